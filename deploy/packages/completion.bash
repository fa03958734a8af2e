# bash completion of @PROGRAM@: the program itself says what may come next.
_@SHELL_NAME@() {
    local word=${COMP_WORDS[COMP_CWORD]}
    mapfile -t COMPREPLY < <(compgen -W "$(@PROGRAM@ "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null | grep -v '^[/]')" -- "$word")
}
complete -o bashdefault -o default -F _@SHELL_NAME@ @PROGRAM@
