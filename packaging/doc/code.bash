
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
