
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
