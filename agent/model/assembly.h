#ifndef AGENT_MODEL_ASSEMBLY_H
#define AGENT_MODEL_ASSEMBLY_H

#include "agent/model/parts.h"
#include "agent/round_plan.h"

/* Facts in the making; for assemble.c and frame.c alone. */

/* Wants that are remembered: more than a plan can name within the limits of a
 * look.  The table to find them by is a power of two. */
#define ITEMS_MAX 2048
#define SLOTS	  (2 * ITEMS_MAX)

struct item {
	struct want		 want;
	const struct thing	*thing;		/* NULL: refused, or a server
						 * that is asked about the
						 * domain itself */
	bool			 found;		/* it is an address */
};

struct assembly {
	struct model	*m;
	struct domain	*domain;
	struct facts	*facts;
	/* Of the settings, by that of the facts. */
	unsigned	 vantage[SETTINGS_VANTAGES_MAX];
	unsigned	 questions;		/* of the budget */
	bool		 news, pending, no_memory;
	struct thing	**thing;		/* rested on; each once */
	size_t		 nthing, size;
	/* That are asked about it; with references to their addresses. */
	struct server	 server[FACTS_QUERY_MAX];
	size_t		 nserver;
	size_t		 nitem;
	uint16_t	 slot[SLOTS];		/* index into item, plus 1 */
	/* What is before this begins as zero. */
	struct item	 item[ITEMS_MAX];
};

/* The facts of the domain, without any observation.  Returns 0, or -1 without
 * memory, as the next does. */
int	margin_begin(struct assembly *, struct wall now);
/* What follows from the observations: which vantages are alive, the zone and
 * the one above it, autonomous systems, how long a sender waits for the DNS. */
int	margin_conclude(struct assembly *);

#endif
