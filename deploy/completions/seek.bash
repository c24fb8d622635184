# bash completion for seek
_seek_models() {
  seek model list -q 2>/dev/null | sed -n 's/^[* ] \([^ ][^ ]*\).*/\1/p'
}
_seek() {
  local subcommand=""
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command="" word i
  local commands="index search like status ls rm get dump import eval recall model daemon service"
  local global="--socket --data --address --token-file -c --timeout --json --no-color -q --help --version"
  local how="--strategy --recall --no-cache --first-stage --rerank-ratio --beam-width --batch-rows"
  local filters="-k $how --path --glob --after --before --deadline --full"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --socket | --data | --address | --token-file | -c | --collection | --timeout) ((i++)) ;;
      -*) ;;
      *) if [[ $command == "" ]]; then command=$word; else subcommand=$word; break; fi ;;
    esac
  done
  case $previous in
    --socket | --token-file | --queries | --qrels | --ca-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
    --data) COMPREPLY=($(compgen -d -- "$current")); return ;;
    --strategy) COMPREPLY=($(compgen -W "frugal exact flat brute two_level" -- "$current")); return ;;
    --first-stage) COMPREPLY=($(compgen -W "auto beam scan" -- "$current")); return ;;
    --device) COMPREPLY=($(compgen -W "cpu cuda mps" -- "$current")); return ;;
    -c | --collection)
      COMPREPLY=($(compgen -W "$(seek ls -q 2>/dev/null | cut -d' ' -f1)" -- "$current")); return ;;
  esac
  case $command in
    "") COMPREPLY=($(compgen -W "$commands $global" -- "$current")) ;;
    index) COMPREPLY=($(compgen -d -- "$current") $(compgen -W "--check --index-share --hot-share $global" -- "$current")) ;;
    search) COMPREPLY=($(compgen -W "$filters $global" -- "$current")) ;;
    like) COMPREPLY=($(compgen -f -- "$current") $(compgen -W "--document $filters $global" -- "$current")) ;;
    ls) COMPREPLY=($(compgen -f -- "$current") $(compgen -W "--skipped $global" -- "$current")) ;;
    rm) COMPREPLY=($(compgen -f -- "$current") $(compgen -W "--all --yes $global" -- "$current")) ;;
    eval) COMPREPLY=($(compgen -W "--queries --qrels --limit -k $how $global" -- "$current")) ;;
    recall) COMPREPLY=($(compgen -W "--queries --limit -k $how $global" -- "$current")) ;;
    model)
      case $subcommand in
        "") COMPREPLY=($(compgen -W "list add pull use bench rm $global" -- "$current")) ;;
        add) COMPREPLY=($(compgen -d -- "$current") $(compgen -W "--name $global" -- "$current")) ;;
        pull) COMPREPLY=($(compgen -W "--name --hub --ca-file $global" -- "$current")) ;;
        use) COMPREPLY=($(compgen -W "$(_seek_models) --check $global" -- "$current")) ;;
        bench) COMPREPLY=($(compgen -W "$(_seek_models) --device --lengths --at-once $global" -- "$current")) ;;
        rm) COMPREPLY=($(compgen -W "$(_seek_models) $global" -- "$current")) ;;
        *) COMPREPLY=($(compgen -W "$global" -- "$current")) ;;
      esac ;;
    daemon) COMPREPLY=($(compgen -W "start stop status $global" -- "$current")) ;;
    service) COMPREPLY=($(compgen -W "install uninstall status $global" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current") $(compgen -W "$global" -- "$current")) ;;
  esac
}
complete -o filenames -F _seek seek
