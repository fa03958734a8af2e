#!/bin/sh
# man.sh NAME SUMMARY DATE VERSION TAIL COMMAND…: prints the man page of a program, made of what it says of itself with --help,
# each verb in turn, so that the page is never behind the program. TAIL is a file with the rest, in roff. COMMAND runs it.
set -eu
name=$1 summary=$2 date=$3 version=$4 tail=$5
shift 5

# Text as it is, for roff: nothing in it may be a request, and a hyphen is one that can be copied.
verbatim() {
    fold -s -w 110 | sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\([.']\)/\\\\\&\1/" -e 's/ *$//'
}

verbs() { awk '/^Commands:/ { on = 1; next } /^[^ ]/ { on = 0 } on && /^  [a-z]/ { print $1 }'; }

section() {
    printf '.SS "%s"\n.EX\n' "$*"
    verbatim
    printf '.EE\n'
}

# Prints the sections of all verbs below one.
below() {
    path=$1
    shift
    # shellcheck disable=SC2086 # A path of verbs is words.
    for verb in $("$@" $path --help | verbs); do
        # shellcheck disable=SC2086
        "$@" $path "$verb" --help | section "$name${path:+ $path} $verb"
        (below "${path:+$path }$verb" "$@")
    done
}

# A program that cannot be run makes no page.
"$@" --version >/dev/null
cat <<ROFF
.TH $(echo "$name" | tr a-z A-Z | sed 's/-/\\-/g') 1 "$date" "$name $version" "PondSentinel"
.SH NAME
$(echo "$name" | sed 's/-/\\-/g') \- $summary
.SH SYNOPSIS
.B $name
.RI [ command ]\ [ options ]
.SH DESCRIPTION
.EX
ROFF
"$@" --help | verbatim
printf '.EE\n.SH COMMANDS\n'
below "" "$@"
cat "$tail"
