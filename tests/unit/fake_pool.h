#ifndef TESTS_UNIT_FAKE_POOL_H
#define TESTS_UNIT_FAKE_POOL_H

#include "agent/worker/pool.h"
#include "tests/unit/facts.h"

/*
 * In place of agent/worker/pool.c: no processes, but facts that tell what each
 * task finds.  There is one pool at a time, and this is how it behaves.
 */
extern struct fake_pool {
	struct facts	*facts;		/* not owned */
	bool		 holds;		/* answers nothing; later it will */
	bool		 loses;		/* every answer is lost */
	bool		 refuses;	/* takes no task */
	bool		 unready;	/* no process is at work */
	unsigned	 deaths;	/* recent ones */
	bool		 refuses_reload;
	/* What it saw. */
	size_t		 submitted, waiting;
	size_t		 asks;		/* name servers that were asked */
	uint32_t	 asked;		/* vantages of the last look-up that was
					 * not the control question */
} fake_pool;

/* As at first: it answers at once, and knows nothing. */
void	fake_pool_reset(void);

#endif
