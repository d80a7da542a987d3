import { EXIT, type ExitCode } from '../exit-code.ts'
import { print, printJson } from '../output.ts'
import type { SHELLS } from '../project-commands.ts'
import type { GlobalOptions } from '../session.ts'

/** Prints the script: it asks `offstage complete` what can follow, so that it never has to be renewed. */
export async function completion([shell]: [(typeof SHELLS)[number]], { json }: GlobalOptions): Promise<ExitCode> {
  if (json) printJson({ shell, script: SCRIPTS[shell] })
  else print(SCRIPTS[shell])
  return EXIT.ok
}

const BASH = `# offstage completion for bash: source <(offstage completion bash)
_offstage() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
  [[ \${COMPREPLY[0]} == *: ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -o default -F _offstage offstage`

const ZSH = `#compdef offstage
# offstage completion for zsh: source <(offstage completion zsh), after compinit
_offstage() {
  local -a found
  local line
  for line in "\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#found} )); then _describe -V offstage found; else _files; fi
}
if [[ \${funcstack[1]} == _offstage ]]; then _offstage "$@"; else compdef _offstage offstage; fi`

const FISH = `# offstage completion for fish: offstage completion fish > ~/.config/fish/completions/offstage.fish
function __offstage_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  $before[1] complete -- $before[2..-1] "$current" 2>/dev/null
end
complete -c offstage -f -a '(__offstage_complete)'
complete -c offstage -l config -r -F`

const SCRIPTS: Record<(typeof SHELLS)[number], string> = { bash: BASH, zsh: ZSH, fish: FISH }
