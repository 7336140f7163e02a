#ifndef AGENT_SCHED_LEDGER_H
#define AGENT_SCHED_LEDGER_H

#include <stdbool.h>

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

/* Take a place for a connection to ip: true when there was one.  Each is
 * given back by ledger_give() with the same address. */
bool		 ledger_take(struct ledger *, const struct ip *);
void		 ledger_give(struct ledger *, const struct ip *);

/* Places taken in all. */
unsigned	 ledger_taken(const struct ledger *);

#endif
