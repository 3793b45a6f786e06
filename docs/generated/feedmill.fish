# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_feedmill_global_optspecs
    string join \n config= data= v/verbose q/quiet log-format= h/help V/version
end

function __fish_feedmill_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_feedmill_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_feedmill_using_subcommand
    set -l cmd (__fish_feedmill_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c feedmill -n "__fish_feedmill_needs_command" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_needs_command" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_needs_command" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_needs_command" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_needs_command" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_needs_command" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "run" -d 'Run the daemon: poll, store, serve'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "poll" -d 'Poll once and exit: what is due, everything, or the named sources'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "add" -d 'Find the feed of an address and add it to feeds.toml'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "remove" -d 'Take sources out of feeds.toml'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "list" -d 'Show the sources and how they are'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "check" -d 'Check feeds.toml, and with --live every source'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "preview" -d 'Show the articles of a feed as they would be'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "explain" -d 'Say why an article is here, merged, or missing'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "search" -d 'Find articles by their words'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "unmerge" -d 'Take an article out of the story that it was merged into'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "release" -d 'Let in entries that were held back as a burst'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "rebuild" -d 'Make stored articles again, after a change of feeds.toml or of the program'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "status" -d 'Show how feedmill is, at a glance'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "import" -d 'Add the sources of another reader\'s file: OPML, newsboat urls, Planet ini'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "export" -d 'Write the sources as OPML, or the articles as a Hugo tree'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "backup" -d 'Write everything in the store to one file'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "restore" -d 'Put a backup in the place of the store'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "verify" -d 'Read everything in the store and say what does not fit'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "man" -d 'Print the manual page'
complete -c feedmill -n "__fish_feedmill_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c feedmill -n "__fish_feedmill_using_subcommand run" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand run" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand run" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand run" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand run" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand run" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand poll" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand poll" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand poll" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand poll" -l all -d 'All sources, due or not'
complete -c feedmill -n "__fish_feedmill_using_subcommand poll" -l json -d 'Print JSON, one object a source'
complete -c feedmill -n "__fish_feedmill_using_subcommand poll" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand poll" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand poll" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand poll" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand add" -l name -d 'Name of the source [default: made of the feed\'s title]' -r
complete -c feedmill -n "__fish_feedmill_using_subcommand add" -l category -d 'Its category' -r
complete -c feedmill -n "__fish_feedmill_using_subcommand add" -l tag -d 'A tag; may be given several times' -r
complete -c feedmill -n "__fish_feedmill_using_subcommand add" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand add" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand add" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand add" -s y -l yes -d 'Take the best feed where there are several, without asking'
complete -c feedmill -n "__fish_feedmill_using_subcommand add" -l offline -d 'Add the address as it is, without asking the publisher'
complete -c feedmill -n "__fish_feedmill_using_subcommand add" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand add" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand add" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand remove" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand remove" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand remove" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand remove" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand remove" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand remove" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand list" -l category -d 'Only the sources of this category' -r
complete -c feedmill -n "__fish_feedmill_using_subcommand list" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand list" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand list" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand list" -l explain -d 'Show why each source is polled when it is, and how its last poll ended'
complete -c feedmill -n "__fish_feedmill_using_subcommand list" -l json -d 'Print JSON, one object a source'
complete -c feedmill -n "__fish_feedmill_using_subcommand list" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand list" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand list" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand check" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand check" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand check" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand check" -l live -d 'Ask every source once, and say what came back'
complete -c feedmill -n "__fish_feedmill_using_subcommand check" -l keys -d 'Explain every key that feeds.toml can have'
complete -c feedmill -n "__fish_feedmill_using_subcommand check" -l json -d 'With --live: print JSON, one object a source'
complete -c feedmill -n "__fish_feedmill_using_subcommand check" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand check" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand check" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand preview" -l filter -d 'Only articles that pass this filter, written as in a `[[view]]`' -r
complete -c feedmill -n "__fish_feedmill_using_subcommand preview" -l limit -d 'Show this many articles' -r
complete -c feedmill -n "__fish_feedmill_using_subcommand preview" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand preview" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand preview" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand preview" -l markdown -d 'Print the whole articles as Markdown files with front matter'
complete -c feedmill -n "__fish_feedmill_using_subcommand preview" -l json -d 'Print JSON, one object an article'
complete -c feedmill -n "__fish_feedmill_using_subcommand preview" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand preview" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand preview" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand preview" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand explain" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand explain" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand explain" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand explain" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand explain" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand explain" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand search" -l limit -d 'Show this many articles' -r
complete -c feedmill -n "__fish_feedmill_using_subcommand search" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand search" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand search" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand search" -l json -d 'Print JSON'
complete -c feedmill -n "__fish_feedmill_using_subcommand search" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand search" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand search" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand search" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand unmerge" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand unmerge" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand unmerge" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand unmerge" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand unmerge" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand unmerge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand unmerge" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand release" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand release" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand release" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand release" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand release" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand release" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand release" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand rebuild" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand rebuild" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand rebuild" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand rebuild" -l json -d 'Print JSON: how many articles had which outcome'
complete -c feedmill -n "__fish_feedmill_using_subcommand rebuild" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand rebuild" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand rebuild" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand rebuild" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand status" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand status" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand status" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand status" -l json -d 'Print JSON'
complete -c feedmill -n "__fish_feedmill_using_subcommand status" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand status" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand status" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand import" -l category -d 'Category of the sources that stand in no folder' -r
complete -c feedmill -n "__fish_feedmill_using_subcommand import" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand import" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand import" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand import" -l dry-run -d 'Show what would be added, and change nothing'
complete -c feedmill -n "__fish_feedmill_using_subcommand import" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand import" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand import" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and not __fish_seen_subcommand_from opml hugo help" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and not __fish_seen_subcommand_from opml hugo help" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and not __fish_seen_subcommand_from opml hugo help" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and not __fish_seen_subcommand_from opml hugo help" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and not __fish_seen_subcommand_from opml hugo help" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and not __fish_seen_subcommand_from opml hugo help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and not __fish_seen_subcommand_from opml hugo help" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and not __fish_seen_subcommand_from opml hugo help" -f -a "opml" -d 'The list of sources with their categories, for any feed reader'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and not __fish_seen_subcommand_from opml hugo help" -f -a "hugo" -d 'One Markdown file an article with front matter, DIR/SOURCE/FILE.md, as Hugo reads it'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and not __fish_seen_subcommand_from opml hugo help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from opml" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from opml" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from opml" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from opml" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from opml" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from opml" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from opml" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from hugo" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from hugo" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from hugo" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from hugo" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from hugo" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from hugo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from hugo" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from help" -f -a "opml" -d 'The list of sources with their categories, for any feed reader'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from help" -f -a "hugo" -d 'One Markdown file an article with front matter, DIR/SOURCE/FILE.md, as Hugo reads it'
complete -c feedmill -n "__fish_feedmill_using_subcommand export; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c feedmill -n "__fish_feedmill_using_subcommand backup" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand backup" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand backup" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand backup" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand backup" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand backup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand backup" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand restore" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand restore" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand restore" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand restore" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand restore" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand restore" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand verify" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand verify" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand verify" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand verify" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand verify" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand verify" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand completions" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand completions" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand completions" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand completions" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand completions" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand completions" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand man" -l config -d 'The configuration [default: ./feeds.toml, else /etc/feedmill/feeds.toml]' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand man" -l data -d 'The folder of everything that feedmill writes' -r -F
complete -c feedmill -n "__fish_feedmill_using_subcommand man" -l log-format -d 'How the log is written' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'
journald\t'To the journal of systemd, each field as one of its own; to standard error where there is none'"
complete -c feedmill -n "__fish_feedmill_using_subcommand man" -s v -l verbose -d 'Say more; twice for everything'
complete -c feedmill -n "__fish_feedmill_using_subcommand man" -s q -l quiet -d 'Say only what is wrong'
complete -c feedmill -n "__fish_feedmill_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c feedmill -n "__fish_feedmill_using_subcommand man" -s V -l version -d 'Print version'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "run" -d 'Run the daemon: poll, store, serve'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "poll" -d 'Poll once and exit: what is due, everything, or the named sources'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "add" -d 'Find the feed of an address and add it to feeds.toml'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "remove" -d 'Take sources out of feeds.toml'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "list" -d 'Show the sources and how they are'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "check" -d 'Check feeds.toml, and with --live every source'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "preview" -d 'Show the articles of a feed as they would be'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "explain" -d 'Say why an article is here, merged, or missing'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "search" -d 'Find articles by their words'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "unmerge" -d 'Take an article out of the story that it was merged into'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "release" -d 'Let in entries that were held back as a burst'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "rebuild" -d 'Make stored articles again, after a change of feeds.toml or of the program'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "status" -d 'Show how feedmill is, at a glance'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "import" -d 'Add the sources of another reader\'s file: OPML, newsboat urls, Planet ini'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "export" -d 'Write the sources as OPML, or the articles as a Hugo tree'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "backup" -d 'Write everything in the store to one file'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "restore" -d 'Put a backup in the place of the store'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "verify" -d 'Read everything in the store and say what does not fit'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "completions" -d 'Print the completions of a shell'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "man" -d 'Print the manual page'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and not __fish_seen_subcommand_from run poll add remove list check preview explain search unmerge release rebuild status import export backup restore verify completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and __fish_seen_subcommand_from export" -f -a "opml" -d 'The list of sources with their categories, for any feed reader'
complete -c feedmill -n "__fish_feedmill_using_subcommand help; and __fish_seen_subcommand_from export" -f -a "hugo" -d 'One Markdown file an article with front matter, DIR/SOURCE/FILE.md, as Hugo reads it'
