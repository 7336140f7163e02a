#ifndef AGENT_MANUAL_H
#define AGENT_MANUAL_H

#include "agent/args.h"
#include "agent/base/buf.h"

/*
 * What the program says of its commands.  --help, the manual pages and the
 * completions of shells are all made from these tables, and from the rows of
 * options that the commands themselves read.
 *
 * Texts are plain: sentences of ASCII without line breaks of their own, a blank
 * line ("\n\n") between paragraphs.
 */

struct example {
	const char	*line;		/* whole, as it is typed into a shell */
	const char	*what;		/* what it does: one short sentence */
};

struct manual {
	const char		*program;	/* "mxvigil" */
	const char		*name;		/* of the command: "check"; NULL:
						 * it is the program's only one */
	const char		*line;		/* what it does, for a list: no
						 * capital, no full stop */
	const char *const	*synopsis;	/* what may follow the program:
						 * "check [options] DOMAIN...";
						 * NULL ends them */
	const char		*about;		/* paragraphs */
	const struct arg	*row;		/* options; --help and --version
						 * go without saying */
	enum arg_kind		 operand;	/* what the first operand is,
						 * ARG_ANY: there is none */
	const char		*words;		/* of an ARG_CHOICE: "init|show" */
	enum arg_kind		 more;		/* what the next ones are */
	const char		*status;	/* of exit: paragraphs */
	const struct example	*example;	/* two at least; line NULL ends */
};

/* Every command that people call but "help", in the order in which they are
 * listed; NULL ends them. */
extern const struct manual *const manuals_all[];

/* What "help" does, which has no manual. */
#define MANUAL_HELP "how to use mxvigil, or one of its commands"

/* check_mxvigil, which is "mxvigil check" under another name. */
extern const struct manual manual_check_mxvigil;

/* Append what --help prints: not wider than 78 columns. */
void	manual_usage(struct buf *, const struct manual *);

/* Append a paragraph word by word and a line break, each further line
 * indented; column is where the first one begins. */
void	manual_wrap(struct buf *, const char *text, size_t column,
	    size_t indent);

/* The length of the first sentence of a text, without its full stop. */
size_t	manual_sentence(const char *text);

#endif
