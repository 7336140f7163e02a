#ifndef AGENT_ROUND_H
#define AGENT_ROUND_H

#include "agent/engine.h"

/*
 * One look at one domain: decides what to ask next from what is known, as
 * much as possible at the same time, until everything is known, a limit is
 * reached or the time is up.
 */

struct round;

/* The facts are the receiver's (facts_free). */
typedef void round_done_fn(void *arg, struct facts *);

/* domain: A-labels; unicode may be NULL; both are copied.  The settings and
 * the engine must outlive the round.  NULL only without memory; done runs
 * exactly once, from the loop, never inside this call, at the latest when
 * settings->timeout_ms is over. */
struct round	*round_start(uv_loop_t *, struct engine *,
		    const struct settings *, const char *domain,
		    const char *unicode, round_done_fn *, void *arg);

/* Stop; done will not run; the pointer is dead on return. */
void		 round_cancel(struct round *);

#endif
