#ifndef AGENT_STORE_AVAILABILITY_H
#define AGENT_STORE_AVAILABILITY_H

#include <stddef.h>

#include "agent/store/store.h"

/*
 * What mail met over a time, from two lists: since when it was how, and when
 * the agent was there to see it.  Pure.  Both lists are in the order of their
 * times.
 */

/* Marks of the agent that are further apart have "unknown" between them. */
#define AVAILABILITY_GAP_US (3 * 60 * (int64_t)1000000)

struct state_change {
	struct wall	 at;
	const char	*state;
};
/* Marks without a gap, from the first to the last. */
struct seen {
	struct wall	 first, last;
};
struct timeline {
	const struct state_change	*change;
	size_t				 nchange;
	const struct seen		*seen;
	size_t				 nseen;
};

/* Call fn for each piece of from..to in order, without gaps, so that neighbours
 * differ.  Before the first change it is "unknown".  Behind the last mark it
 * is, too, when to is further from it than a gap. */
void	 availability_walk(const struct timeline *, struct wall from,
	    struct wall to, store_state_fn *, void *arg);

/* The same as minutes.  A state that is not known by name is unknown. */
void	 availability_sum(const struct timeline *, struct wall from,
	    struct wall to, struct availability *out);

#endif
