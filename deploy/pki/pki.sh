#!/bin/sh
# Makes, renews and revokes the certificates of PondSentinel: README.md beside this file. Needs Debian's openssl and coreutils.
#
# The folder is the only state. Each change is one rename of something that was finished elsewhere, so that a run that is
# cut off leaves everything as before, and the same command can be given again.
set -eu
umask 077
LC_ALL=C
export LC_ALL

CA_DAYS=7305      # 20 years
GATEWAY_DAYS=1826 # 5 years: nobody goes to a pond for a certificate more often
STAFFED_DAYS=731  # 2 years, for servers and backends: where people are
CRL_DAYS=731      # Mosquitto lets nobody in once its list is past this
WARN_DAYS=60
BACKEND_NAME=pond-backend # whom the broker's access rules let speak as the backend

usage() {
    cat <<'TEXT'
pki.sh [--folder DIR] VERB …      certificates of PondSentinel; names are 1 to 32 of a-z, 0-9 and -

  init [--name TEXT]              make the authority, once
  server NAME [--san HOST …]      certificate of a broker; HOST: name or address that clients call it by (default: NAME)
  gateway ID [--days N]           certificate of a gateway, 5 years
  backend [NAME]                  certificate of a backend (default: pond-backend, the name in the broker's access rules)
  renew NAME [--days N]           a further certificate with a new key; the one before stays valid until it ends
  revoke NAME [NUMBER]            take back all certificates of a name, or the one of this number
  crl                             make the list of revoked certificates anew, valid for two years
  list                            show everything; exit 1 where something ends within 60 days
  check                           show only what wants doing; exit 1 where there is anything

  --folder DIR   where everything is kept (default: $POND_PKI, else pondsentinel-pki in your home)

Exit codes: 0 done, 1 something wants doing (list, check), 2 nothing done.
TEXT
}

say() { printf '%s\n' "$*"; }
fail() {
    printf 'pki.sh: %s\n' "$*" >&2
    exit 2
}

is_name() {
    case $1 in
        '' | *[!a-z0-9-]*) return 1 ;;
    esac
    [ "${#1}" -le 32 ]
}

want_name() {
    is_name "$1" || fail "\"$1\" is no name: use 1 to 32 of a-z, 0-9 and -"
}

# What openssl says of success goes nowhere; what it says of a failure goes with ours.
run_openssl() {
    openssl "$@" 2>"$work/openssl.log" || {
        cat "$work/openssl.log" >&2
        fail "openssl $1 failed, see above; nothing was changed"
    }
}

# ---- the folder ---------------------------------------------------------------------------------------------------------

work=
clean() { [ -z "$work" ] || rm -rf "$work"; }

# One run at a time, with a place of its own on the same file system, so that finished things can be renamed into place.
open_folder() {
    mkdir -p "$folder" || fail "cannot make the folder $folder"
    chmod 700 "$folder"
    exec 9>"$folder/.lock"
    flock -n 9 || fail "another pki.sh is at work in $folder; wait until it has ended"
    rm -rf "$folder"/.new.*
    trap clean EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    work=$(mktemp -d "$folder/.new.XXXXXX")
}

want_authority() {
    [ -f "$folder/ca/ca.key" ] && [ -f "$folder/ca/ca.pem" ] ||
        fail "there is no authority in $folder; make it with: pki.sh --folder $folder init"
    open_folder
}

# Puts a finished file or folder into place. Never over another one, but for the list of revoked certificates.
publish() {
    find "$1" -type f -exec sync {} +
    mv -T "$1" "$2"
    sync "$(dirname "$2")"
}

# ---- certificates -------------------------------------------------------------------------------------------------------

ends() { openssl x509 -in "$1" -noout -enddate | cut -d= -f2; }
serial() { openssl x509 -in "$1" -noout -serial | cut -d= -f2; }
days_left() { echo $((($(date -d "$1" +%s) - $(date +%s)) / 86400)); }
day() { date -u -d "$1" +%Y-%m-%d; }
is_revoked() { [ -e "$folder/revoked/$(serial "$1")" ]; }
numbers() { ls "$folder/issued/$1" 2>/dev/null | grep -x '[0-9]*' | sort -n || true; }
role() { cat "$folder/issued/$1/1/role"; }

# The newest certificate of a name that is not revoked.
newest() {
    for candidate in $(numbers "$1" | tac); do
        is_revoked "$folder/issued/$1/$candidate/$1.pem" || { echo "$candidate"; return; }
    done
}

# The settings that openssl ca wants. Its database lives for one run: the folder tells what has been issued.
write_settings() {
    cat >"$work/ca.cnf" <<TEXT
[ca]
default_ca = pond
[pond]
database = $work/index
new_certs_dir = $work
rand_serial = yes
crlnumber = $work/crlnumber
certificate = $folder/ca/ca.pem
private_key = $folder/ca/ca.key
default_md = sha256
unique_subject = no
email_in_dn = no
policy = name
crl_extensions = list
[name]
commonName = supplied
[list]
authorityKeyIdentifier = keyid:always
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = ${san:-DNS:none}
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
TEXT
    : >"$work/index"
}

# issue NAME ROLE DAYS: key and certificate as a folder issued/NAME/NUMBER, finished or not at all. $san: names of a server.
issue() {
    name=$1 use=$2 days=$3
    last=$(numbers "$name" | tail -n 1)
    number=$((${last:-0} + 1))
    authority_days=$(days_left "$(ends "$folder/ca/ca.pem")")
    [ "$days" -lt "$authority_days" ] ||
        fail "the authority itself ends in $authority_days days, before this certificate would; make a new authority in another folder"
    case $use in
        server) section=server ;;
        *) section=client ;;
    esac
    made=$work/made
    mkdir "$made"
    write_settings
    run_openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$made/$name.key"
    run_openssl req -new -key "$made/$name.key" -subj "/CN=$name" -out "$work/request.pem"
    # An hour back, so that a machine whose clock is a little behind takes it at once.
    run_openssl ca -batch -notext -config "$work/ca.cnf" -extensions "$section" -in "$work/request.pem" \
        -startdate "$(date -u -d '1 hour ago' +%Y%m%d%H%M%SZ)" -enddate "$(date -u -d "$days days" +%Y%m%d%H%M%SZ)" \
        -out "$made/$name.pem"
    verify "$made/$name.pem" "$use" >/dev/null || fail "the new certificate does not verify; nothing was changed"
    cp "$folder/ca/ca.pem" "$made/ca.pem"
    say "$use" >"$made/role"
    [ "$use" != server ] || say "$san" >"$made/names"
    chmod 644 "$made"/*
    chmod 600 "$made/$name.key"
    mkdir -p "$folder/issued/$name"
    publish "$made" "$folder/issued/$name/$number"
    say "$use $name, number $number, until $(day "$(ends "$folder/issued/$name/$number/$name.pem")"): $folder/issued/$name/$number"
}

verify() {
    case $2 in
        server) purpose=sslserver ;;
        *) purpose=sslclient ;;
    esac
    openssl verify -CAfile "$folder/ca/ca.pem" -purpose "$purpose" "$1" 2>&1
}

# want_new NAME ROLE: leaves with success where the same has been made before, in failure where something else has.
want_new() {
    [ -n "$(numbers "$1")" ] || return 0
    [ "$(role "$1")" = "$2" ] || fail "$1 is the name of a $(role "$1") already; names are for ever, so choose another"
    number=$(newest "$1")
    [ -n "$number" ] || fail "all certificates of $1 are revoked; for a further one: pki.sh renew $1"
    pem=$folder/issued/$1/$number/$1.pem
    if [ "$2" = server ]; then
        names=$(cat "$folder/issued/$1/$number/names")
        [ "$names" = "$san" ] || fail "$1 has a certificate for $names; for other names make a server of another name"
    fi
    say "$2 $1 has a certificate already, number $number, until $(day "$(ends "$pem")"): left alone; for a further one: pki.sh renew $1"
    exit 0
}

# ---- revocation ---------------------------------------------------------------------------------------------------------

# Made from the files in revoked/, each named by a serial number, with what openssl's database wants to know of it.
make_list() {
    san=
    write_settings
    for file in "$folder"/revoked/*; do
        [ -f "$file" ] && cat "$file" >>"$work/index"
    done
    last=0
    [ ! -f "$folder/crl.pem" ] || last=$(openssl crl -in "$folder/crl.pem" -noout -crlnumber | cut -dx -f2)
    next=$(printf '%X' $((0x$last + 1)))
    [ $((${#next} % 2)) = 0 ] || next=0$next # openssl reads whole bytes
    say "$next" >"$work/crlnumber"
    run_openssl ca -gencrl -config "$work/ca.cnf" -crldays "$CRL_DAYS" -out "$work/crl.pem"
    openssl crl -in "$work/crl.pem" -CAfile "$folder/ca/ca.pem" -noout 2>/dev/null || fail "the new list does not verify; nothing was changed"
    chmod 644 "$work/crl.pem"
    publish "$work/crl.pem" "$folder/crl.pem"
    say "list of revoked certificates, until $(day "$(list_ends)"): $folder/crl.pem"
}

list_ends() { openssl crl -in "$folder/crl.pem" -noout -nextupdate | cut -d= -f2; }
is_listed() { openssl crl -in "$folder/crl.pem" -noout -text | grep -qi "Serial Number: 0*$1\$"; }

revoke_one() {
    pem=$1
    id=$(serial "$pem")
    if [ -e "$folder/revoked/$id" ]; then
        say "number $2 of $3 is revoked already"
        return 0
    fi
    mkdir -p "$folder/revoked"
    printf 'R\t%s\t%s\t%s\tunknown\t/CN=%s\n' \
        "$(date -u -d "$(ends "$pem")" +%y%m%d%H%M%SZ)" "$(date -u +%y%m%d%H%M%SZ)" "$id" "$3" >"$work/revoked"
    publish "$work/revoked" "$folder/revoked/$id"
    say "revoked: number $2 of $3"
}

# ---- what wants doing ---------------------------------------------------------------------------------------------------

findings=0
finding() {
    findings=1
    say "! $*"
}

# within END: whether it is over or will be soon, in words.
within() {
    left=$(($(date -d "$1" +%s) - $(date +%s)))
    if [ "$left" -lt 0 ]; then
        soon="ended on $(day "$1")"
    elif [ "$left" -lt $(((WARN_DAYS + 1) * 86400)) ]; then
        soon="ends in $((left / 86400)) days, on $(day "$1")"
        [ $((left / 86400)) != 1 ] || soon="ends in 1 day, on $(day "$1")"
    else
        return 1
    fi
}

look_at_name() {
    live=$(newest "$1")
    for number in $(numbers "$1"); do
        place=$folder/issued/$1/$number
        end=$(ends "$place/$1.pem")
        state=valid
        if is_revoked "$place/$1.pem"; then
            state=revoked
            [ ! -f "$folder/crl.pem" ] || is_listed "$(serial "$place/$1.pem")" || finding "number $number of $1 is revoked but not on the list; make it anew: pki.sh crl"
        elif [ "$number" != "$live" ]; then
            state="followed by $live"
        fi
        [ "$quiet" = 1 ] || printf '%-32s %-8s %6s  %s  %s\n' "$1" "$(role "$1")" "$number" "$(day "$end")" "$state"
        if [ "$number" = "$live" ] && within "$end"; then
            finding "the certificate of $1 $soon; make a further one: pki.sh renew $1"
        fi
        if [ "$state" != revoked ]; then
            [ "$(stat -c %a "$place/$1.key")" = 600 ] || finding "$place/$1.key can be read by others; chmod 600, or revoke it where somebody has"
            # Dates are told of above.
            verdict=$(verify "$place/$1.pem" "$(role "$1")") || case $verdict in
                *expired*) ;;
                *) finding "$place/$1.pem does not verify: $(say "$verdict" | tail -n 1)" ;;
            esac
        fi
    done
}

look() {
    quiet=$1
    [ "$quiet" = 1 ] || printf '%-32s %-8s %6s  %-10s  %s\n' NAME ROLE NUMBER UNTIL STATE
    end=$(ends "$folder/ca/ca.pem")
    [ "$quiet" = 1 ] || printf '%-32s %-8s %6s  %s\n' "authority" "" "" "$(day "$end")"
    within "$end" && finding "the authority $soon; make a new one in another folder, and new certificates of it for everybody"
    [ "$(stat -c %a "$folder/ca/ca.key")" = 600 ] || finding "$folder/ca/ca.key can be read by others; chmod 600"
    if [ -f "$folder/crl.pem" ]; then
        end=$(list_ends)
        [ "$quiet" = 1 ] || printf '%-32s %-8s %6s  %s\n' "list of revoked certificates" "" "" "$(day "$end")"
        within "$end" && finding "the list of revoked certificates $soon, and Mosquitto then lets nobody in; make it anew and bring it to the broker: pki.sh crl"
    else
        finding "there is no list of revoked certificates; make it: pki.sh crl"
    fi
    for place in "$folder"/issued/*; do
        [ -d "$place/1" ] && look_at_name "$(basename "$place")"
    done
    [ "$findings" = 1 ] || [ "$quiet" = 0 ] || say "nothing wants doing"
    return "$findings"
}

# ---- verbs --------------------------------------------------------------------------------------------------------------

verb_init() {
    title="PondSentinel CA $(openssl rand -hex 4)"
    if [ $# -gt 0 ]; then
        [ "$1" = --name ] && [ $# = 2 ] || fail "init takes --name TEXT and nothing else"
        title=$2
        case $title in
            '' | *[!A-Za-z0-9\ .-]*) fail "the name of the authority must be letters, digits, blanks, dots and hyphens" ;;
        esac
        [ "${#title}" -le 64 ] || fail "the name of the authority must be 64 characters or fewer"
    fi
    open_folder
    if [ -e "$folder/ca" ]; then
        [ -f "$folder/ca/ca.key" ] && [ -f "$folder/ca/ca.pem" ] || fail "$folder/ca is there but is no authority; choose another folder"
        say "there is an authority already, until $(day "$(ends "$folder/ca/ca.pem")"): left alone"
    else
        mkdir "$work/ca"
        run_openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/ca/ca.key"
        cat >"$work/init.cnf" <<'TEXT'
[req]
distinguished_name = dn
x509_extensions = authority
[dn]
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
TEXT
        run_openssl req -x509 -new -sha256 -config "$work/init.cnf" -key "$work/ca/ca.key" -subj "/CN=$title" \
            -days "$CA_DAYS" -out "$work/ca/ca.pem"
        chmod 600 "$work/ca/ca.key"
        chmod 644 "$work/ca/ca.pem"
        publish "$work/ca" "$folder/ca"
        say "authority \"$title\", until $(day "$(ends "$folder/ca/ca.pem")"): $folder/ca"
    fi
    [ -f "$folder/crl.pem" ] || make_list
}

# One name or address that clients call a server by, as openssl has it.
as_san() {
    case $1 in
        '' | *[!A-Za-z0-9.:-]*) return 1 ;;
        *:*)
            say "$1" | grep -Eqx '[0-9A-Fa-f:]{2,39}' && say "IP:$1"
            ;;
        *[!0-9.]*)
            [ "${#1}" -le 253 ] && say "$1" |
                grep -Eqx '([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*' && say "DNS:$1"
            ;;
        *)
            say "$1" | grep -Eqx '((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])' && say "IP:$1"
            ;;
    esac
}

verb_server() {
    [ $# -ge 1 ] || fail "server wants a name; see pki.sh --help"
    name=$1
    shift
    want_name "$name"
    san=
    while [ $# -gt 0 ]; do
        [ "$1" = --san ] && [ $# -ge 2 ] || fail "server takes --san HOST and nothing else, not \"$1\""
        entry=$(as_san "$2") || fail "\"$2\" is no name or address of a server; write it alone, as in --san broker.example.org"
        san=${san:+$san,}$entry
        shift 2
    done
    san=${san:-DNS:$name}
    want_authority
    want_new "$name" server
    issue "$name" server "$STAFFED_DAYS"
}

# days_option DEFAULT [--days N]
days_option() {
    days=$1
    shift
    [ $# -gt 0 ] || return 0
    [ "$1" = --days ] && [ $# = 2 ] || fail "\"$*\" is not understood here; only --days N is"
    case $2 in
        '' | *[!0-9]* | 0* | ?????*) fail "days must be 1 to $GATEWAY_DAYS" ;;
    esac
    [ "$2" -le "$GATEWAY_DAYS" ] || fail "days must be 1 to $GATEWAY_DAYS"
    days=$2
}

verb_gateway() {
    [ $# -ge 1 ] || fail "gateway wants an id; see pki.sh --help"
    name=$1
    shift
    want_name "$name"
    days_option "$GATEWAY_DAYS" "$@"
    [ "$name" != "$BACKEND_NAME" ] || fail "$name is whom the broker takes for the backend; a gateway must not have that name"
    san=
    want_authority
    want_new "$name" gateway
    issue "$name" gateway "$days"
}

verb_backend() {
    name=${1:-$BACKEND_NAME}
    [ $# -le 1 ] || fail "backend takes one name"
    want_name "$name"
    san=
    want_authority
    want_new "$name" backend
    issue "$name" backend "$STAFFED_DAYS"
}

verb_renew() {
    [ $# -ge 1 ] || fail "renew wants a name; see pki.sh --help"
    name=$1
    shift
    want_name "$name"
    want_authority
    [ -n "$(numbers "$name")" ] || fail "$name has no certificate yet; make it with: pki.sh gateway $name (or server, backend)"
    kind=$(role "$name")
    case $kind in
        gateway) usual=$GATEWAY_DAYS ;;
        *) usual=$STAFFED_DAYS ;;
    esac
    days_option "$usual" "$@"
    san=
    [ "$kind" != server ] || san=$(cat "$folder/issued/$name/1/names")
    issue "$name" "$kind" "$days"
}

verb_revoke() {
    [ $# -ge 1 ] && [ $# -le 2 ] || fail "revoke wants a name, and the number of one certificate or none; see pki.sh --help"
    want_name "$1"
    want_authority
    [ -n "$(numbers "$1")" ] || fail "$1 has no certificate; pki.sh list shows what there is"
    chosen=$(numbers "$1")
    if [ $# = 2 ]; then
        chosen=$(say "$chosen" | grep -Fx -e "$2") || fail "$1 has no certificate of number \"$2\"; pki.sh list shows what there is"
    fi
    for number in $chosen; do
        revoke_one "$folder/issued/$1/$number/$1.pem" "$number" "$1"
    done
    make_list
    say "bring the list to every broker, and to gateways and backends where they have one, and restart Mosquitto"
}

verb_crl() {
    [ $# = 0 ] || fail "crl takes nothing"
    want_authority
    make_list
}

verb_list() {
    [ $# = 0 ] || fail "list takes nothing"
    want_authority
    look 0
}

verb_check() {
    [ $# = 0 ] || fail "check takes nothing"
    want_authority
    look 1
}

folder=${POND_PKI:-${HOME:-}/pondsentinel-pki}
if [ "${1:-}" = --folder ]; then
    [ $# -ge 2 ] || fail "--folder wants a folder"
    folder=$2
    shift 2
fi
case $folder in
    /*) ;;
    *) folder=$PWD/$folder ;;
esac
# It stands in openssl's settings, where these would mean something else.
case $folder in
    *[\$\"\'\\\#\;]* | *'
'*) fail "the folder's name has characters that openssl's settings cannot hold: $folder" ;;
esac
command -v openssl >/dev/null || fail "openssl is not installed: sudo apt install openssl"

verb=${1:-}
[ $# = 0 ] || shift
case $verb in
    init | server | gateway | backend | renew | revoke | crl | list | check) "verb_$verb" "$@" ;;
    --help | -h | help) usage ;;
    '') usage >&2; exit 2 ;;
    *) fail "\"$verb\" is no verb; see pki.sh --help" ;;
esac
