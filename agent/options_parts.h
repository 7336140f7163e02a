#ifndef AGENT_OPTIONS_PARTS_H
#define AGENT_OPTIONS_PARTS_H

#include <stdbool.h>

#include "agent/args.h"
#include "agent/options.h"

/* What the parts of the option reader share; for them alone. */

/* What is read: the options themselves, and what can only be seen to after
 * the whole line was read. */
struct reading {
	struct options	*options;
	const char	*config;	/* -f; NULL: none */
	bool		 vantages_given;
	bool		 trust_ad;
};

/* The options of check: set() takes a struct reading. */
extern const struct arg options_rows[];

/* Add a domain, as the set() of a row does. */
int	options_add_domain(struct args *, const char *name,
	    const char *value);

#endif
