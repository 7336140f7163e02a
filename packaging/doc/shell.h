#ifndef PACKAGING_DOC_SHELL_H
#define PACKAGING_DOC_SHELL_H

#include "agent/manual.h"

/*
 * What the completions of the three shells have in common.  Each file is made
 * of tables, which are written here, and of code, which is in code.bash,
 * code.zsh and code.fish, and knows what to do with each kind of value.
 */

/* The code, as it is in those files. */
extern const char shell_bash[], shell_zsh[], shell_fish[];

/* Append the words of "human|json" or, of a rule, those after the "=", with
 * spaces between them. */
void	shell_words(struct buf *, const char *value);

/* Append text up to len within single quotes; each character of special gets
 * a backslash, and a quote becomes what quote says. */
void	shell_quote(struct buf *, const char *text, size_t len,
	    const char *special, const char *quote);

/* Append a row's names: "-f", what is between, "--config". */
void	shell_names(struct buf *, const struct arg *, const char *between);

/* Has the row a letter beside its name? */
bool	shell_has_letter(const struct arg *);

#endif
