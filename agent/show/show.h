#ifndef AGENT_SHOW_SHOW_H
#define AGENT_SHOW_SHOW_H

#include <stdbool.h>

#include "agent/base/buf.h"
#include "agent/rules/rules.h"

/* How to show: nothing here changes what is said. */
struct show_style {
	bool		 color;
	unsigned	 columns;	/* of the terminal; 0: do not wrap */
	unsigned	 verbosity;	/* -v count */
	bool		 utf8;		/* the terminal takes UTF-8 */
};

/* Counts over a whole run. */
struct show_totals {
	unsigned	 domains;
	unsigned	 by_verdict[SEVERITY_CRITICAL + 1];
	double		 seconds;
};

/* A format is a row of functions that write into a buffer. */
struct show_format {
	const char	*name;
	/* One domain, as it finishes; last is true for the only or last. */
	void		(*report)(struct buf *, const struct report *,
			    const struct show_style *);
	/* After all of them; may be NULL. */
	void		(*end)(struct buf *, const struct report *const *all,
			    size_t n, const struct show_totals *,
			    const struct show_style *);
	bool		 streams;	/* report() output is printed at once;
					 * else everything is kept for end() */
};

extern const struct show_format show_human, show_json, show_nagios;
/* The format of this name, or NULL. */
const struct show_format *show_find(const char *name);

/* The exit status of a verdict, and the worse of two verdicts: CRITICAL, then
 * UNKNOWN, then WARNING, then OK. */
int		 show_exit(enum severity verdict);
enum severity	 show_worse(enum severity a, enum severity b);

#endif
