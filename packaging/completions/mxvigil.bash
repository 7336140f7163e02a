# bash completion for mxvigil and check_mxvigil -*- shell-script -*-
# Made by "make manuals" from the tables of the program.

_mxvigil_commands="check run status history silence ack alert replay rules config doctor help"

# The options of a command, into $options.
_mxvigil_options() {
	case $1 in
	check)
		options=" \
		    -H \
		    --list \
		    -f --config \
		    --vantage \
		    --quorum \
		    --dns-port \
		    --trust-ad \
		    --depth \
		    -p --port \
		    -4 \
		    -6 \
		    --helo \
		    --ca-file \
		    --allow-network \
		    -t --timeout \
		    -w \
		    -c \
		    --cert-days \
		    --rule \
		    --sender \
		    --format \
		    --record \
		    --color \
		    --no-progress \
		    -j \
		    -v --verbose \
		    -h --help \
		    -V --version"
		;;
	run)
		options=" \
		    -f --config \
		    --ca-file \
		    --no-sandbox \
		    --log \
		    -q --quiet \
		    -v --verbose \
		    -h --help \
		    -V --version"
		;;
	status)
		options=" \
		    -f --config \
		    --socket \
		    --alive \
		    --format \
		    --color \
		    -v --verbose \
		    -h --help \
		    -V --version"
		;;
	history)
		options=" \
		    --since \
		    --limit \
		    -f --config \
		    --store \
		    --format \
		    --color \
		    -h --help \
		    -V --version"
		;;
	silence)
		options=" \
		    --for \
		    --why \
		    --list \
		    --all \
		    --end \
		    -f --config \
		    --socket \
		    -h --help \
		    -V --version"
		;;
	ack)
		options=" \
		    --why \
		    -f --config \
		    --socket \
		    -h --help \
		    -V --version"
		;;
	alert)
		options=" \
		    --all \
		    -f --config \
		    -h --help \
		    -V --version"
		;;
	replay)
		options=" \
		    --format \
		    --sender \
		    --rule \
		    --now \
		    --color \
		    -v --verbose \
		    -h --help \
		    -V --version"
		;;
	rules)
		options=" \
		    --format \
		    -h --help \
		    -V --version"
		;;
	config)
		options=" \
		    -f --config \
		    -h --help \
		    -V --version"
		;;
	doctor)
		options=" \
		    -f --config \
		    --ca-file \
		    --user \
		    --format \
		    -h --help \
		    -V --version"
		;;
	*)
		options=" \
		    -h --help \
		    -V --version"
		;;
	esac
}

# Takes the option of the command a value?  What it is goes into $kind, the words
# that it may be into $values.
_mxvigil_value() {
	kind= values=
	case $1 in
	check)
		case $2 in
		-H) kind=any ;;
		--list) kind=file ;;
		-f | --config) kind=file ;;
		--vantage) kind=any ;;
		--quorum) kind=any ;;
		--dns-port) kind=any ;;
		--depth)
			kind=words values="dns connect greeting ehlo starttls rcpt"
			;;
		-p | --port) kind=any ;;
		--helo) kind=any ;;
		--ca-file) kind=file ;;
		--allow-network) kind=any ;;
		-t | --timeout) kind=any ;;
		-w) kind=any ;;
		-c) kind=any ;;
		--cert-days) kind=any ;;
		--rule)
			kind=severity values="ok info warning critical off"
			;;
		--sender)
			kind=words values="rfc postfix exim opensmtpd help"
			;;
		--format)
			kind=words values="human json nagios"
			;;
		--record) kind=file ;;
		--color)
			kind=words values="auto always never"
			;;
		-j) kind=any ;;
		esac
		;;
	run)
		case $2 in
		-f | --config) kind=file ;;
		--ca-file) kind=file ;;
		--log)
			kind=words values="auto stderr journal syslog json"
			;;
		esac
		;;
	status)
		case $2 in
		-f | --config) kind=file ;;
		--socket) kind=file ;;
		--format)
			kind=words values="human json nagios"
			;;
		--color)
			kind=words values="auto always never"
			;;
		esac
		;;
	history)
		case $2 in
		--since) kind=any ;;
		--limit) kind=any ;;
		-f | --config) kind=file ;;
		--store) kind=file ;;
		--format)
			kind=words values="human json"
			;;
		--color)
			kind=words values="auto always never"
			;;
		esac
		;;
	silence)
		case $2 in
		--for) kind=any ;;
		--why) kind=any ;;
		--end) kind=any ;;
		-f | --config) kind=file ;;
		--socket) kind=file ;;
		esac
		;;
	ack)
		case $2 in
		--why) kind=any ;;
		-f | --config) kind=file ;;
		--socket) kind=file ;;
		esac
		;;
	alert)
		case $2 in
		-f | --config) kind=file ;;
		esac
		;;
	replay)
		case $2 in
		--format)
			kind=words values="human json nagios"
			;;
		--sender)
			kind=words values="rfc postfix exim opensmtpd help"
			;;
		--rule)
			kind=severity values="ok info warning critical off"
			;;
		--color)
			kind=words values="auto always never"
			;;
		esac
		;;
	rules)
		case $2 in
		--format)
			kind=words values="human json"
			;;
		esac
		;;
	config)
		case $2 in
		-f | --config) kind=file ;;
		esac
		;;
	doctor)
		case $2 in
		-f | --config) kind=file ;;
		--ca-file) kind=file ;;
		--user) kind=any ;;
		--format)
			kind=words values="human json"
			;;
		esac
		;;
	esac
	[ -n "$kind" ]
}

# The same of the operand of a command that comes after $2 others.
_mxvigil_operand() {
	kind= values=
	case $1,$2 in
	check,0) kind=any values="" ;;
	check,*) kind=any ;;
	run,0) kind=any values="" ;;
	run,*) kind=any ;;
	status,0) kind=any values="" ;;
	status,*) kind=any ;;
	history,0) kind=any values="" ;;
	history,*) kind=any ;;
	silence,0) kind=rule values="" ;;
	silence,*) kind=any ;;
	ack,0) kind=any values="" ;;
	ack,*) kind=any ;;
	alert,0) kind=words values="test" ;;
	alert,*) kind=channel ;;
	replay,0) kind=file values="" ;;
	replay,*) kind=any ;;
	rules,0) kind=rule values="" ;;
	rules,*) kind=rule ;;
	config,0) kind=words values="init check show" ;;
	config,*) kind=file ;;
	doctor,0) kind=any values="" ;;
	doctor,*) kind=any ;;
	help,0) kind=words values=$_mxvigil_commands ;;
	esac
}

# The program whose rules and channels are asked for.
_mxvigil_ask() {
	local program=${COMP_WORDS[0]/%check_mxvigil/mxvigil}

	type -P "$program" >/dev/null || program=mxvigil
	"$program" "$@" 2>/dev/null
}

_mxvigil_rules() {
	_mxvigil_ask rules --format json |
	    sed -n 's/^ *"rule": "\([^"]*\)".*/\1/p'
}

# The channels of the configuration that the line names, or of the usual one.
_mxvigil_channels() {
	local i file=()

	for ((i = 2; i < ${#words[@]} - 1; i++)); do
		case ${words[i]} in
		-f | --config) file=(-f "${words[i + 1]}") ;;
		--config=*) file=(-f "${words[i]#*=}") ;;
		esac
	done
	_mxvigil_ask config show "${file[@]}" |
	    sed -n '/^channels:/,/^[^ ]/s/^ *name: "\([^"]*\)".*/\1/p'
}

# The words of the line up to the cursor, into $words.  Readline takes words
# apart at "=" and ":"; what has no space before it belongs together.
_mxvigil_words() {
	local i rest=$COMP_LINE spaces

	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		spaces=${rest%%[![:space:]]*}
		rest=${rest#"$spaces"}
		rest=${rest#"${COMP_WORDS[i]}"}
		if [ "$i" -eq 0 ] || [ -n "$spaces" ]; then
			words+=("${COMP_WORDS[i]}")
		else
			words[${#words[@]} - 1]+=${COMP_WORDS[i]}
		fi
	done
}

# What begins with $1 and is of this $kind.
_mxvigil_matches() {
	case $kind in
	words)
		compgen -W "$values" -- "$1"
		;;
	file)
		compgen -f -- "$1"
		;;
	rule)
		compgen -W "$(_mxvigil_rules)" -- "$1"
		;;
	channel)
		compgen -W "$(_mxvigil_channels)" -- "$1"
		;;
	severity)
		if [[ $1 == *=* ]]; then
			compgen -P "${1%%=*}=" -W "$values" -- "${1#*=}"
		else
			compgen -S = -W "$(_mxvigil_rules)" -- "$1"
		fi
		;;
	esac
}

# Offer what begins with $2; $1 comes before it, in the same word.
_mxvigil_offer() {
	local typed=$1$2 last=${COMP_WORDS[COMP_CWORD]} i

	mapfile -t COMPREPLY < <(_mxvigil_matches "$2")
	[ "$kind" = file ] && compopt -o filenames 2>/dev/null
	[[ $kind == severity && $2 != *=* ]] &&
	    compopt -o nospace 2>/dev/null
	# Readline takes what comes after the last "=" or ":".
	case $last in
	*[!=:]*) ;;
	*) last= ;;
	esac
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=$1${COMPREPLY[i]}
		COMPREPLY[i]=${COMPREPLY[i]#"${typed%"$last"}"}
	done
}

# Offer what fits the last of $words; those from $1 on belong to $command.
_mxvigil_complete() {
	local i=$1 end=$((${#words[@]} - 1)) before=0 ended= options
	local current=${words[end]}

	for (( ; i < end; i++)); do
		case $ended${words[i]} in
		--)
			ended=1
			;;
		-?*)
			_mxvigil_value "$command" "${words[i]}" && ((++i))
			;;
		*)
			before=$((before + 1))
			;;
		esac
	done
	if [ "$i" -gt "$end" ]; then
		_mxvigil_offer "" "$current"
	elif [[ -z $ended && $current == --*=* ]]; then
		_mxvigil_value "$command" "${current%%=*}" &&
		    _mxvigil_offer "${current%%=*}=" "${current#*=}"
	elif [[ -z $ended && $current == -* ]]; then
		_mxvigil_options "$command"
		kind=words values=$options
		_mxvigil_offer "" "$current"
	else
		_mxvigil_operand "$command" "$before"
		_mxvigil_offer "" "$current"
	fi
}

_mxvigil() {
	local words kind values command=check

	COMPREPLY=()
	_mxvigil_words
	if [ "${words[0]##*/}" = check_mxvigil ]; then
		_mxvigil_complete 1
	elif [ "${#words[@]}" -eq 2 ]; then
		kind=words values="$_mxvigil_commands -h --help -V --version"
		_mxvigil_offer "" "${words[1]}"
	else
		command=${words[1]}
		_mxvigil_complete 2
	fi
}

complete -F _mxvigil mxvigil check_mxvigil
