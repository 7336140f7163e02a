#ifndef PROBES_LOOKUP_H
#define PROBES_LOOKUP_H

#include <uv.h>

#include "agent/net/dns.h"
#include "agent/rules/obs.h"
#include "probes/parse/dns_print.h"

/*
 * One question, answered for good: up to three tries, FORMERR tried again
 * without EDNS surprises, SERVFAIL asked once more with checking disabled and
 * then once more without, so that "bogus" is told from "dead" and from "had a
 * hiccup".
 */

struct lookup_job {
	const char	*name;		/* must stay as long as it is asked */
	uint16_t	 type;
	bool		 direct;	/* RD=0, no CD, no AD */
	unsigned	 vantage;	/* into the observation */
	struct ip	 server;	/* into the observation, when direct */
	uint8_t		 tries;		/* 3 */
	/* For fingerprints, which are taken with this key (NULL: none are; it
	 * must stay): that of the answer that is known, or 0. */
	const struct dns_print_key *key;
	uint64_t	 print;
	uint32_t	 serial;	/* of an SOA, that they tell it from */
};

/* The observation is the receiver's: one reference.  NULL with a time: the
 * answer is the one that is known, and took so long.  NULL and < 0: there is
 * no memory for what was seen. */
typedef void lookup_done_fn(void *arg, struct obs_dns *, double same_ms);

/* A question under way: its memory is the owner's, its content is not.  Most
 * answers are the known ones, and for these nothing is ever allocated. */
struct lookup {
	struct lookup_job	 job;
	struct dns_channel	*channel;
	struct dns_query	*query;
	lookup_done_fn		*done;
	void			*arg;
	uint8_t			 step;
	uint8_t			 tries, refusals;	/* in this step */
	uint8_t			 total;		/* tries in all steps */
	bool			 no_edns;
	struct obs_dns		*failure;	/* the first SERVFAIL */
	struct obs_dns		*unchecked;	/* with checking disabled */
};

/* Returns 0, or -1 without memory: there is then nothing to cancel.  done runs
 * exactly once, from the loop, never inside this call; the memory is the
 * owner's again when it runs. */
int		 lookup_start(struct lookup *, struct dns_channel *,
		    const struct lookup_job *, lookup_done_fn *, void *arg);

/* Stop one that is under way; done will not run. */
void		 lookup_cancel(struct lookup *);

#endif
