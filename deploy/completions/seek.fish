# fish completion for seek
set -l commands index search like status ls rm get dump import eval recall model daemon service
complete -c seek -f
complete -c seek -n "not __fish_seen_subcommand_from $commands" -a "$commands"
complete -c seek -l socket -r -F -d "Unix socket of the daemon"
complete -c seek -l data -r -a "(__fish_complete_directories)" -d "Data directory"
complete -c seek -l address -x -d "TCP address"
complete -c seek -l token-file -r -F -d "Token for --address"
complete -c seek -s c -l collection -x -a "(seek ls -q 2>/dev/null | string split -f1 ' ')" -d "Collection"
complete -c seek -l timeout -x -d "Limit of each call"
complete -c seek -l json -d "JSON"
complete -c seek -l no-color -d "No colours"
complete -c seek -s q -l quiet -d "No remarks"
complete -c seek -n "__fish_seen_subcommand_from index" -l index-share -x -d "Largest share of text for the index"
complete -c seek -n "__fish_seen_subcommand_from index" -l hot-share -x -d "Share of text for embeddings"
complete -c seek -n "__fish_seen_subcommand_from index" -a "(__fish_complete_directories)"
complete -c seek -n "__fish_seen_subcommand_from import get like rm ls" -F
set -l model_commands list add pull use bench rm
complete -c seek -n "__fish_seen_subcommand_from model; and not __fish_seen_subcommand_from $model_commands" -a "$model_commands"
complete -c seek -n "__fish_seen_subcommand_from model; and __fish_seen_subcommand_from add" -a "(__fish_complete_directories)"
complete -c seek -n "__fish_seen_subcommand_from model; and __fish_seen_subcommand_from use bench rm" -a "(seek model list -q 2>/dev/null | string replace -r '^[* ] (\S+).*' '\$1')"
complete -c seek -n "__fish_seen_subcommand_from model; and __fish_seen_subcommand_from add pull" -l name -x -d "What it is called here"
complete -c seek -n "__fish_seen_subcommand_from model; and __fish_seen_subcommand_from pull" -l hub -x -d "A mirror of the hub"
complete -c seek -n "__fish_seen_subcommand_from model; and __fish_seen_subcommand_from pull" -l ca-file -r -F -d "Root certificates"
complete -c seek -n "__fish_seen_subcommand_from model; and __fish_seen_subcommand_from use" -l check -d "Only check"
complete -c seek -n "__fish_seen_subcommand_from model; and __fish_seen_subcommand_from bench" -l device -x -a "cpu cuda mps"
complete -c seek -n "__fish_seen_subcommand_from model; and __fish_seen_subcommand_from bench" -l lengths -x -d "Tokens of an input"
complete -c seek -n "__fish_seen_subcommand_from model; and __fish_seen_subcommand_from bench" -l at-once -x -d "Inputs at once"
complete -c seek -n "__fish_seen_subcommand_from daemon" -a "start stop status"
complete -c seek -n "__fish_seen_subcommand_from service" -a "install uninstall status"
complete -c seek -n "__fish_seen_subcommand_from ls" -l skipped -d "Skipped files"
complete -c seek -n "__fish_seen_subcommand_from rm; and not __fish_seen_subcommand_from model" -l all -d "The collection itself"
complete -c seek -n "__fish_seen_subcommand_from rm; and not __fish_seen_subcommand_from model" -s y -l yes -d "Do not ask"
complete -c seek -n "__fish_seen_subcommand_from eval recall" -l queries -r -F
complete -c seek -n "__fish_seen_subcommand_from eval" -l qrels -r -F
complete -c seek -n "__fish_seen_subcommand_from search like eval recall" -l strategy -x -a "frugal exact flat brute two_level"
complete -c seek -n "__fish_seen_subcommand_from search like eval recall" -l recall -x
complete -c seek -n "__fish_seen_subcommand_from search like eval recall" -l no-cache
complete -c seek -n "__fish_seen_subcommand_from search like eval recall" -l first-stage -x -a "auto beam scan"
complete -c seek -n "__fish_seen_subcommand_from search like eval recall" -l rerank-ratio -x
complete -c seek -n "__fish_seen_subcommand_from search like eval recall" -l beam-width -x
complete -c seek -n "__fish_seen_subcommand_from search like eval recall" -l batch-rows -x
complete -c seek -n "__fish_seen_subcommand_from search like eval recall" -s k -l top-k -x
complete -c seek -n "__fish_seen_subcommand_from search like" -l path -r -F
complete -c seek -n "__fish_seen_subcommand_from search like" -l glob -x
complete -c seek -n "__fish_seen_subcommand_from search like" -l after -x
complete -c seek -n "__fish_seen_subcommand_from search like" -l before -x
complete -c seek -n "__fish_seen_subcommand_from search like" -l deadline -x
complete -c seek -n "__fish_seen_subcommand_from search like" -l full
