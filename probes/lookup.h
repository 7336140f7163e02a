#ifndef PROBES_LOOKUP_H
#define PROBES_LOOKUP_H

#include <uv.h>

#include "agent/net/dns.h"
#include "agent/rules/obs.h"

/*
 * One question, answered for good: up to three tries, FORMERR tried again
 * without EDNS surprises, SERVFAIL asked once more with checking disabled and
 * then once more without, so that "bogus" is told from "dead" and from "had a
 * hiccup".
 */

struct lookup;		/* one question under way */

struct lookup_job {
	const char	*name;		/* copied */
	uint16_t	 type;
	bool		 direct;	/* RD=0, no CD, no AD */
	unsigned	 vantage;	/* into the observation */
	struct ip	 server;	/* into the observation, when direct */
	unsigned	 tries;		/* 3 */
};

/* The observation is the receiver's: one reference. */
typedef void lookup_done_fn(void *arg, struct obs_dns *);

/* NULL only when out of memory.  done runs exactly once, from the loop, never
 * inside this call. */
struct lookup	*lookup_start(struct dns_channel *, const struct lookup_job *,
		    lookup_done_fn *, void *arg);

/* Stop; done will not run; the pointer is dead on return. */
void		 lookup_cancel(struct lookup *);

#endif
