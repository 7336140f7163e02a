#ifndef AGENT_ARGS_H
#define AGENT_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/rules/policy.h"
#include "agent/show/show.h"

/*
 * Options of a command as rows of a table, read as GNU getopt_long(3) does:
 * options may follow operands, "--" ends them, a long one may be cut where it
 * stays unique.  A mistake gives one line on standard error that names the
 * option, what was given and what was expected.
 */

struct args;
struct manual;

/* What a value or an operand is, for those who complete it. */
enum arg_kind {
	ARG_ANY,
	ARG_FILE,
	ARG_RULE,	/* the id of a rule, a family or a glob */
	ARG_CHOICE,	/* one of the words that are named */
	ARG_CHANNEL,	/* of the configuration */
	ARG_DOMAIN
};

/* name: as in the row; value: "" where there is none.  Returns 0, -1 after a
 * complaint, or 1 when all was said and nothing is to do. */
typedef int args_set_fn(struct args *, const char *name, const char *value);

struct arg {
	const char	*name;		/* "--port"; "-w": no long form */
	/* NULL: the value, which stays argv's, is kept in the const char * at
	 * this offset of args.into; an ARG_FILE is not empty. */
	args_set_fn	*set;
	size_t		 at;
	/* What stands for the value in texts, NULL: takes none.  Of an
	 * ARG_CHOICE its words: "human|json"; of an ARG_RULE, what may follow
	 * the rule: "RULE=ok|off". */
	const char	*value;
	/* Sentences in ASCII, with the default; the first is short enough for
	 * a list.  More of them is for the manual page alone, or NULL. */
	const char	*help, *more;
	const char	*section;	/* heading; NULL: as the row before */
	enum arg_kind	 kind;
	char		 letter;	/* or 0 */
	bool		 early;		/* taken by args_scan() */
	bool		 many;		/* each time it is given counts */
};

struct args {
	const char		*command;	/* "mxvigil check": begins
						 * complaints; has --help */
	const struct manual	*manual;	/* its rows, and --help */
	void			*into;		/* for set(), and at */
	bool			 plugin;	/* a complaint is on standard
						 * output a status line too */
	char			**operand;	/* after either function */
	int			 noperand;
};

enum args_result {
	ARGS_GO,
	ARGS_DONE,	/* help or version was printed */
	ARGS_BAD	/* a complaint was printed */
};

/* --help and --version; ends with name NULL. */
extern const struct arg args_common[];

/* Are all of them options that there are, each with a value where it wants
 * one?  Takes --help and --version, which every command has, and the early
 * ones. */
enum args_result args_scan(struct args *, int argc, char **argv);

/* Take all others, after a good args_scan(). */
enum args_result args_take(struct args *, int argc, char **argv);

/* Both, one after the other. */
enum args_result args_read(struct args *, int argc, char **argv);

/* The same for a command without operands: one is a mistake. */
enum args_result args_read_alone(struct args *, int argc, char **argv);

/* One line: the option (or operand), its value, what was expected.  Either
 * may be "".  Returns -1. */
int	args_complain(const struct args *, const char *option,
	    const char *value, const char *expected);

/* "MXVIGIL UNKNOWN - why" on standard output: whoever reads a plugin sees
 * nothing else. */
void	args_plugin_unknown(const char *why);

/* The values that several commands take.  Each does what set() of a row does;
 * args_sender() prints what the senders are when that is asked for. */
enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

int	args_color(const struct args *, const char *name, const char *value,
	    enum color_choice *out);
int	args_format(const struct args *, const char *name, const char *value,
	    const struct show_format **out);
int	args_rule(const struct args *, const char *name, const char *value,
	    struct policy *policy);
int	args_sender(const struct args *, const char *name, const char *value,
	    enum sender_profile *out);

/* Rows that several commands have. */
#define ARGS_COLOR_ROW(set_it) \
	{ .name = "--color", \
	    .value = "auto|always|never", \
	    .kind = ARG_CHOICE, \
	    .set = (set_it), \
	    .help = "Colours (default auto: on a terminal, unless NO_COLOR " \
	            "is set)." }
#define ARGS_VERBOSE_ROW(set_it) \
	{ .name = "--verbose", \
	    .letter = 'v', \
	    .set = (set_it), \
	    .help = "More words: the SMTP dialogue and the DNS answers, " \
	            "line by line." }

#endif
