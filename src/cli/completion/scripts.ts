/** The scripts that shells source. Each asks the program for completions, so it stays valid after an update. */
export const SCRIPTS = {
  bash: `# zitadel-connect completion for bash: source <(zitadel-connect completion bash)
_zitadel_connect() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(zitadel-connect __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ "\${COMPREPLY[0]:-}" == ":file" ]]; then
    local word="\${COMP_WORDS[COMP_CWORD]}" at=""
    [[ "$word" == @* ]] && at="@"
    COMPREPLY=()
    while IFS= read -r line; do COMPREPLY+=("$at$line"); done < <(compgen -f -- "\${word#@}")
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _zitadel_connect zitadel-connect
`,
  zsh: `#compdef zitadel-connect
# zitadel-connect completion for zsh: source <(zitadel-connect completion zsh)
_zitadel_connect() {
  local line
  local -a candidates
  for line in "\${(@f)$(zitadel-connect __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ "$line" == ":file"* ]]; then
      compset -P '@'
      _files
      return
    fi
    [[ -n "$line" ]] && candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe 'zitadel-connect' candidates
}
compdef _zitadel_connect zitadel-connect
`,
  fish: `# zitadel-connect completion for fish: zitadel-connect completion fish | source
function __zitadel_connect_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l lines (zitadel-connect __complete $words[2..] 2>/dev/null)
  if string match -q ':file*' -- $lines[1]
    __fish_complete_path (string replace -r '^@' '' -- (commandline -ct))
  else
    printf '%s\\n' $lines
  end
end
complete -c zitadel-connect -f -a '(__zitadel_connect_complete)'
`,
} as const;
