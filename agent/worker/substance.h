#ifndef AGENT_WORKER_SUBSTANCE_H
#define AGENT_WORKER_SUBSTANCE_H

#include "agent/worker/codec.h"

/*
 * The substance of a DNS answer as bytes: codec_dns.c has it in an observation,
 * codec_essence.c makes the essence of it.
 *
 *	status, flags, RCODE, EDE, the chain of aliases, the records
 *
 * A record has what its type has and nothing else.  In names of the substance
 * the length 2, which no name has, stands for the question's name.
 */

enum substance_flag {
	FLAG_AA = 1,
	FLAG_AD = 2,
	FLAG_TC = 4,
	FLAG_CUT = 8,
	FLAG_LOOP = 16,
	FLAG_DIRECT = 32,
	FLAG_ALL = 63
};

#define SUBSTANCE_SOA (5 * 4)	/* bytes at the end of an SOA: the serial, and
				 * what follows it */

/* All but the records. */
void		 substance_put_outcome(struct buf *, const struct obs_dns *);
void		 substance_put_rr(struct buf *, const struct obs_dns *,
		    unsigned section, const struct dns_rr *);

/* text: room for the name, or NULL: it is passed over. */
const char	*substance_name(struct cursor *, const char *question,
		    char *text);
void		 substance_outcome(struct cursor *, struct obs_dns *);
void		 substance_records(struct cursor *, struct obs_dns *);
/* Returns the section.  owner, target: room for these names, or NULL. */
unsigned	 substance_record(struct cursor *, const char *question,
		    struct dns_rr *, char *owner, char *target);

#endif
