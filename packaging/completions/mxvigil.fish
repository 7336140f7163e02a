# fish completion for mxvigil and check_mxvigil
# Made by "make manuals" from the tables of the program.

# Is this the command of the line?
function __mxvigil_is
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test $words[2] = $argv[1]
end

function __mxvigil_none
    set -l words (commandline -opc)
    test (count $words) -eq 1
end

function __mxvigil_help
    set -l words (commandline -opc)
    test (count $words) -eq 2; and test $words[2] = help
end

# The program whose rules and channels are asked for.
function __mxvigil_ask
    set -l words (commandline -opc)
    $words[1] $argv 2>/dev/null
end

# The rules, each with what it finds.
function __mxvigil_rules
    __mxvigil_ask rules --format json | awk -F '"' \
        '$2 == "rule" { id = $4 } $2 == "line" { print id "\t" $4 }'
end

# A rule, "=" and one of the words.
function __mxvigil_severities
    set -l typed (commandline -ct | string replace -r '^--rule=' '')
    if string match -q '*=*' -- $typed
        printf '%s\n' (string replace -r '=.*' = -- $typed)$argv
    else
        __mxvigil_rules | string replace \t =\t
    end
end

# The channels of the configuration that the line names, or of the usual one.
function __mxvigil_channels
    set -l words (commandline -opc)
    set -l file
    for i in (seq 2 (count $words))
        switch $words[$i]
            case -f --config
                set file -f $words[(math $i + 1)]
            case '--config=*'
                set file -f (string replace -- --config= '' $words[$i])
        end
    end
    __mxvigil_ask config show $file | sed -n \
        '/^channels:/,/^[^ ]/s/^ *name: "\([^"]*\)".*/\1/p'
end

complete -c mxvigil -f
complete -c check_mxvigil -w 'mxvigil check'
complete -c mxvigil -n __mxvigil_none -a check -d 'look once, print, exit with a plugin\'s status'
complete -c mxvigil -n __mxvigil_help -a check -d 'look once, print, exit with a plugin\'s status'
complete -c mxvigil -n __mxvigil_none -a run -d 'the daemon: watch, remember, alert, serve the status page'
complete -c mxvigil -n __mxvigil_help -a run -d 'the daemon: watch, remember, alert, serve the status page'
complete -c mxvigil -n __mxvigil_none -a status -d 'ask the running daemon what it knows now'
complete -c mxvigil -n __mxvigil_help -a status -d 'ask the running daemon what it knows now'
complete -c mxvigil -n __mxvigil_none -a history -d 'what happened to a domain, from the store'
complete -c mxvigil -n __mxvigil_help -a history -d 'what happened to a domain, from the store'
complete -c mxvigil -n __mxvigil_none -a silence -d 'hold alerts for a time and a reason'
complete -c mxvigil -n __mxvigil_help -a silence -d 'hold alerts for a time and a reason'
complete -c mxvigil -n __mxvigil_none -a ack -d 'take an incident on'
complete -c mxvigil -n __mxvigil_help -a ack -d 'take an incident on'
complete -c mxvigil -n __mxvigil_none -a alert -d 'send a test alert through a channel'
complete -c mxvigil -n __mxvigil_help -a alert -d 'send a test alert through a channel'
complete -c mxvigil -n __mxvigil_none -a replay -d 'judge recorded observations again, without a network'
complete -c mxvigil -n __mxvigil_help -a replay -d 'judge recorded observations again, without a network'
complete -c mxvigil -n __mxvigil_none -a rules -d 'list the rules; explain one'
complete -c mxvigil -n __mxvigil_help -a rules -d 'list the rules; explain one'
complete -c mxvigil -n __mxvigil_none -a config -d 'write, validate or print a configuration'
complete -c mxvigil -n __mxvigil_help -a config -d 'write, validate or print a configuration'
complete -c mxvigil -n __mxvigil_none -a doctor -d 'tell whether this host can do the job'
complete -c mxvigil -n __mxvigil_help -a doctor -d 'tell whether this host can do the job'
complete -c mxvigil -n __mxvigil_none -a help -d 'how to use mxvigil, or one of its commands'
complete -c mxvigil -s h -l help -d 'Print how it is used'
complete -c mxvigil -s V -l version -d 'Print the version'

# check
complete -c mxvigil -n '__mxvigil_is check' -s H -x -d 'A domain, as a plain argument is'
complete -c mxvigil -n '__mxvigil_is check' -l list -r -F -d 'Domains from a file'
complete -c mxvigil -n '__mxvigil_is check' -s f -l config -r -F -d 'Vantages, thresholds and rules from a configuration'
complete -c mxvigil -n '__mxvigil_is check' -l vantage -x -d 'A resolver to ask, repeatable'
complete -c mxvigil -n '__mxvigil_is check' -l quorum -x -d 'Vantages that must agree on a DNS failure'
complete -c mxvigil -n '__mxvigil_is check' -l dns-port -x -d 'Port of the domain\'s own name servers (default 53)'
complete -c mxvigil -n '__mxvigil_is check' -l trust-ad -d 'Believe the AD bit of all vantages'
complete -c mxvigil -n '__mxvigil_is check' -l depth -x -a 'dns connect greeting ehlo starttls rcpt' -d 'How far to go at each mail server (default starttls)'
complete -c mxvigil -n '__mxvigil_is check' -s p -l port -x -d 'SMTP port (default 25)'
complete -c mxvigil -n '__mxvigil_is check' -s 4 -d 'Only IPv4 at the mail servers'
complete -c mxvigil -n '__mxvigil_is check' -s 6 -d 'Only IPv6 at the mail servers'
complete -c mxvigil -n '__mxvigil_is check' -l helo -x -d 'Name to say in EHLO (default: the host\'s full name)'
complete -c mxvigil -n '__mxvigil_is check' -l ca-file -r -F -d 'Trust anchors for TLS, in PEM (default: the system\'s)'
complete -c mxvigil -n '__mxvigil_is check' -l allow-network -x -d 'Addresses that may be connected to all the same'
complete -c mxvigil -n '__mxvigil_is check' -s t -l timeout -x -d 'For a whole domain (default 30; 10 as check_mxvigil)'
complete -c mxvigil -n '__mxvigil_is check' -s w -x -d 'Warn of a delivery time in seconds outside this range'
complete -c mxvigil -n '__mxvigil_is check' -s c -x -d 'The same, critical'
complete -c mxvigil -n '__mxvigil_is check' -l cert-days -x -d 'Days that a certificate must have left (default 21,7)'
complete -c mxvigil -n '__mxvigil_is check' -l rule -x -a '(__mxvigil_severities ok info warning critical off)' -d 'Change the severity of a rule, or silence it'
complete -c mxvigil -n '__mxvigil_is check' -l sender -x -a 'rfc postfix exim opensmtpd help' -d 'Whose delivery behaviour to describe (default rfc)'
complete -c mxvigil -n '__mxvigil_is check' -l format -x -a 'human json nagios' -d 'How to print (default human; nagios as check_mxvigil)'
complete -c mxvigil -n '__mxvigil_is check' -l record -r -F -d 'Write every observation to a file'
complete -c mxvigil -n '__mxvigil_is check' -l color -x -a 'auto always never' -d 'Colours (default auto: on a terminal, unless NO_COLOR is set)'
complete -c mxvigil -n '__mxvigil_is check' -l no-progress -d 'No progress line'
complete -c mxvigil -n '__mxvigil_is check' -s j -x -d 'Domains at the same time (default: as many as the machine carries)'
complete -c mxvigil -n '__mxvigil_is check' -s v -l verbose -d 'More words: the SMTP dialogue and the DNS answers, line by line'

# run
complete -c mxvigil -n '__mxvigil_is run' -s f -l config -r -F -d 'The configuration (default /etc/mxvigil/mxvigil.yaml)'
complete -c mxvigil -n '__mxvigil_is run' -l ca-file -r -F -d 'Trust anchors for TLS, in PEM (default: the system\'s)'
complete -c mxvigil -n '__mxvigil_is run' -l no-sandbox -d 'Let the probe processes do whatever this user may'
complete -c mxvigil -n '__mxvigil_is run' -l log -x -a 'auto stderr journal syslog json' -d 'Where the lines of the log go (default auto)'
complete -c mxvigil -n '__mxvigil_is run' -s q -l quiet -d 'Log warnings and errors only'
complete -c mxvigil -n '__mxvigil_is run' -s v -l verbose -d 'Log every transition'

# status
complete -c mxvigil -n '__mxvigil_is status' -s f -l config -r -F -d 'The agent\'s configuration'
complete -c mxvigil -n '__mxvigil_is status' -l socket -r -F -d 'The agent\'s control socket (default: as the configuration says)'
complete -c mxvigil -n '__mxvigil_is status' -l alive -d 'Only whether the agent is at work, whatever it sees: exit status 0, or 3'
complete -c mxvigil -n '__mxvigil_is status' -l format -x -a 'human json nagios' -d 'How to print (default human)'
complete -c mxvigil -n '__mxvigil_is status' -l color -x -a 'auto always never' -d 'Colours (default auto: on a terminal, unless NO_COLOR is set)'
complete -c mxvigil -n '__mxvigil_is status' -s v -l verbose -d 'More words'

# history
complete -c mxvigil -n '__mxvigil_is history' -l since -x -d 'How far back to go, such as 12h (default 30d)'
complete -c mxvigil -n '__mxvigil_is history' -l limit -x -d 'At most so many incidents, and so many changes (default 20)'
complete -c mxvigil -n '__mxvigil_is history' -s f -l config -r -F -d 'The configuration'
complete -c mxvigil -n '__mxvigil_is history' -l store -r -F -d 'The store itself'
complete -c mxvigil -n '__mxvigil_is history' -l format -x -a 'human json' -d 'How to print (default human)'
complete -c mxvigil -n '__mxvigil_is history' -l color -x -a 'auto always never' -d 'Colours (default auto: on a terminal, unless NO_COLOR is set)'

# silence
complete -c mxvigil -n '__mxvigil_is silence' -l for -x -d 'How long, such as 30m, 2h or 1d'
complete -c mxvigil -n '__mxvigil_is silence' -l why -x -d 'The reason, which others will read'
complete -c mxvigil -n '__mxvigil_is silence' -l list -d 'List the silences that hold now'
complete -c mxvigil -n '__mxvigil_is silence' -l all -d 'List those that have ended, too'
complete -c mxvigil -n '__mxvigil_is silence' -l end -x -d 'End a silence before its time'
complete -c mxvigil -n '__mxvigil_is silence' -s f -l config -r -F -d 'The agent\'s configuration'
complete -c mxvigil -n '__mxvigil_is silence' -l socket -r -F -d 'The agent\'s control socket (default: as the configuration says)'
complete -c mxvigil -n '__mxvigil_is silence' -a '(__mxvigil_rules)'

# ack
complete -c mxvigil -n '__mxvigil_is ack' -l why -x -d 'What others should know (default: nothing)'
complete -c mxvigil -n '__mxvigil_is ack' -s f -l config -r -F -d 'The agent\'s configuration'
complete -c mxvigil -n '__mxvigil_is ack' -l socket -r -F -d 'The agent\'s control socket (default: as the configuration says)'

# alert
complete -c mxvigil -n '__mxvigil_is alert' -l all -d 'Every channel of the configuration'
complete -c mxvigil -n '__mxvigil_is alert' -s f -l config -r -F -d 'The configuration (default /etc/mxvigil/mxvigil.yaml)'
complete -c mxvigil -n '__mxvigil_is alert; and not __fish_seen_subcommand_from test' -a 'test'
complete -c mxvigil -n '__mxvigil_is alert; and __fish_seen_subcommand_from test' -a '(__mxvigil_channels)'

# replay
complete -c mxvigil -n '__mxvigil_is replay' -l format -x -a 'human json nagios' -d 'How to print (default human)'
complete -c mxvigil -n '__mxvigil_is replay' -l sender -x -a 'rfc postfix exim opensmtpd help' -d 'Judge as this sender (default: as recorded)'
complete -c mxvigil -n '__mxvigil_is replay' -l rule -x -a '(__mxvigil_severities ok info warning critical off)' -d 'Change the severity of a rule, or silence it'
complete -c mxvigil -n '__mxvigil_is replay' -l now -d 'Judge certificates by the time of now'
complete -c mxvigil -n '__mxvigil_is replay' -l color -x -a 'auto always never' -d 'Colours (default auto: on a terminal, unless NO_COLOR is set)'
complete -c mxvigil -n '__mxvigil_is replay' -s v -l verbose -d 'More words: the SMTP dialogue and the DNS answers, line by line'
complete -c mxvigil -n '__mxvigil_is replay' -F

# rules
complete -c mxvigil -n '__mxvigil_is rules' -l format -x -a 'human json' -d 'How to print (default human)'
complete -c mxvigil -n '__mxvigil_is rules' -a '(__mxvigil_rules)'

# config
complete -c mxvigil -n '__mxvigil_is config' -s f -l config -r -F -d 'The file to write or to read'
complete -c mxvigil -n '__mxvigil_is config; and not __fish_seen_subcommand_from init check show' -a 'init check show'
complete -c mxvigil -n '__mxvigil_is config; and __fish_seen_subcommand_from init check show' -F

# doctor
complete -c mxvigil -n '__mxvigil_is doctor' -s f -l config -r -F -d 'The configuration (default /etc/mxvigil/mxvigil.yaml, if it is there)'
complete -c mxvigil -n '__mxvigil_is doctor' -l ca-file -r -F -d 'Trust anchors for TLS, in PEM (default: the system\'s)'
complete -c mxvigil -n '__mxvigil_is doctor' -l user -x -d 'As root: look as this user, whom the agent runs as'
complete -c mxvigil -n '__mxvigil_is doctor' -l format -x -a 'human json' -d 'How to print (default human)'
