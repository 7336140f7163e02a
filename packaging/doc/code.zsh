
_mxvigil-help() {
	_arguments '1:command:_mxvigil_commands'
}

# The rules, each with what it finds.
_mxvigil_rules() {
	local -a rules=(${(f)"$(_call_program rules ${(q)program} rules \
	    --format json 2>/dev/null | awk -F '"' \
	    '$2 == "rule" { id = $4 } $2 == "line" { print id ":" $4 }')"})

	_describe -t rules rule rules "$@"
}

# A rule, "=" and one of the words.
_mxvigil_severities() {
	local expl

	if compset -P '*='; then
		_wanted severities expl severity compadd -- "$@"
	else
		_mxvigil_rules -S =
	fi
}

# The channels of the configuration that the line names, or of the usual one.
_mxvigil_channels() {
	local file=${opt_args[-f]:-${opt_args[--config]}} expl
	local -a channels=(${(f)"$(_call_program channels ${(q)program} \
	    config show ${file:+-f} ${file:+${(q)${(Q)file}}} 2>/dev/null | sed -n \
	    '/^channels:/,/^[^ ]/s/^ *name: "\([^"]*\)".*/\1/p')"})

	_wanted channels expl channel compadd -a channels
}

_mxvigil() {
	local program=${words[1]/%check_mxvigil/mxvigil}
	local context state state_descr line curcontext=$curcontext
	typeset -A opt_args

	(( $+commands[$program] )) || [[ -x $program ]] || program=mxvigil
	if [[ ${words[1]:t} == check_mxvigil ]]; then
		_mxvigil-check
		return
	fi
	_arguments -C \
		'(- *)'{-h,--help}'[Print how it is used]' \
		'(- *)'{-V,--version}'[Print the version]' \
		'1:command:_mxvigil_commands' \
		'*:: :->argument' && return
	[[ $state == argument ]] && (( $+functions[_mxvigil-$words[1]] )) &&
		_mxvigil-$words[1]
}

_mxvigil "$@"
