#ifndef AGENT_TARGETS_H
#define AGENT_TARGETS_H

#include <stddef.h>

/*
 * The domains to check, from the command line and from files: validated, each
 * once, in the order in which they were named.
 */

struct target {
	char	*ascii;		/* A-labels */
	char	*unicode;	/* or NULL */
};

struct targets {
	struct target	*target;
	size_t		 n;
	struct seen	*seen;		/* a table of them, by their hashes */
	size_t		 nseen;		/* slots: 0, or a power of two */
	unsigned	 bad;		/* names and files refused: each had
					 * its line on standard error */
	char		*first_bad;	/* the first of these lines, or NULL */
};

/* A list file is refused when it is larger. */
#define TARGETS_FILE_MAX (64u << 20)

void	targets_init(struct targets *);
void	targets_free(struct targets *);

/* Add a name that was typed. */
void	targets_add(struct targets *, const char *typed);

/* Add the names in a file, one a line, with # comments; "-" is standard
 * input.  After a few lines in which there is none the rest is not read. */
void	targets_add_file(struct targets *, const char *path);

#endif
