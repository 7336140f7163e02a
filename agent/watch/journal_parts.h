#ifndef AGENT_WATCH_JOURNAL_PARTS_H
#define AGENT_WATCH_JOURNAL_PARTS_H

#include "agent/watch/parts.h"

/* For journal.c and journal_bulk.c: rows that come by the hundred thousand. */

TAILQ_HEAD(chunks, chunk);

struct bulk {
	struct chunks	 chunks;
	size_t		 n;		/* rows that wait */
	size_t		 put;		/* by the last bulk_put() */
	struct bulk_row	*bad;		/* the one that it could not put */
};

void		 bulk_init(struct bulk *);
void		 bulk_free(struct bulk *);
/* Return 0, or -1: no memory, or too many wait. */
int		 bulk_member(struct bulk *, uint64_t incident, uint32_t domain,
		    bool joins, struct wall);
int		 bulk_standing(struct bulk *, const struct domain *,
		    bool turned);
/* It is gone, and its number will be another's. */
void		 bulk_void(struct bulk *, uint32_t domain);
/* Put the first rows into the open transaction, for so long.  Returns 0, or
 * -1: one could not be put. */
int		 bulk_put(struct watch *, struct bulk *, double ms);
/* The transaction with these is committed. */
void		 bulk_done(struct bulk *);
/* The store will never take the one that could not be put: it is left out.
 * Returns what it is, or NULL when there is none such. */
const char	*bulk_refused(struct bulk *);

#endif
