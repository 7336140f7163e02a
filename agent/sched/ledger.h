#ifndef AGENT_SCHED_LEDGER_H
#define AGENT_SCHED_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/ip.h"

/*
 * The politeness ledger: how many connections are open to each address, to
 * each network and in all, so that a monitor is never a burden (or, steered
 * by a hostile zone, a weapon).  It counts; who waits is the caller's matter.
 */

struct ledger;

struct ledger_limits {
	unsigned	per_host, per_network, total;
	uint8_t		ipv4_prefix, ipv6_prefix;	/* of a network */
};

/* NULL: no memory. */
struct ledger	*ledger_new(const struct ledger_limits *);
void		 ledger_free(struct ledger *);

/* Other limits from now on; what a network is stays as it was. */
void		 ledger_limit(struct ledger *, const struct ledger_limits *);

/* Take a place for a connection to ip: true when there was one.  Each is
 * given back by ledger_give() with the same address. */
bool		 ledger_take(struct ledger *, const struct ip *);
void		 ledger_give(struct ledger *, const struct ip *);

/* Places taken in all. */
unsigned	 ledger_taken(const struct ledger *);

/*
 * A server that says 421 ("later", RFC 5321 3.8) is left alone for 5 minutes,
 * then twice as long each time, an hour at the most.  Times are milliseconds of
 * one monotonic clock.
 */

/* It said so now: returns until when it is left alone.  Without memory that is
 * now_ms. */
int64_t		 ledger_back_off(struct ledger *, const struct ip *,
		    int64_t now_ms);
/* May it be talked to? */
bool		 ledger_may(const struct ledger *, const struct ip *,
		    int64_t now_ms);
/* It answered well, or is of no interest any more: forget all that. */
void		 ledger_forgive(struct ledger *, const struct ip *);

#endif
