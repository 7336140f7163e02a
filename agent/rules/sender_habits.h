#ifndef AGENT_RULES_SENDER_HABITS_H
#define AGENT_RULES_SENDER_HABITS_H

#include <stdbool.h>

#include "agent/rules/policy.h"
#include "agent/rules/sender.h"

/* What becomes of an MX that points to the sender's own loopback. */
enum loopback {
	LOOPBACK_USELESS,	/* as if it had no address */
	LOOPBACK_LOOPS,		/* it is the sender itself: it and everything
				 * not better than it is dropped */
	LOOPBACK_FAILS		/* tried in vain */
};

/* How a sender differs from the plain reading of RFC 5321. */
struct sender_habits {
	unsigned	addresses;	/* tried in one run; 0: all */
	unsigned	sessions;	/* of them past EHLO and TLS; 0: all */
	bool		one_more_each;	/* then one of each later preference */
	bool		shuffles_addresses;	/* within a preference, not
						 * hosts */
	bool		literals;	/* an MX may be an IP address */
	bool		special;	/* tries addresses that are not
					 * globally reachable */
	bool		localhost_null;	/* MX localhost is a null MX */
	enum loopback	loopback;
	enum outcome	resolver_refuses;	/* every resolver: REFUSED */
	enum outcome	no_address;	/* no target has an address */
};

extern const struct sender_habits sender_habits[SENDER_COUNT];

/* What comes of trying an address or a host.  A later one is better: a host
 * that takes mail settles it, one that could not be looked at leaves it open
 * whatever the others do, and a failure that may pass is better than nothing
 * to try. */
enum fate { FATE_USELESS, FATE_FAILS, FATE_UNKNOWN, FATE_TAKES };

enum fate	 sender_better(enum fate, enum fate);
enum fate	 sender_address_fate(const struct sender_habits *,
		    const struct view_mx_address *);
enum fate	 sender_host_fate(const struct view *,
		    const struct sender_habits *, const struct view_mx *);
/* How many rows of view->mx the sender tries: those before itself. */
size_t		 sender_rows(const struct view *,
		    const struct sender_habits *);

/* A sender at work on a domain. */
struct sender_run {
	struct view			*v;
	const struct sender_habits	*habits;
	/* So many rows are tried: those before the sender itself. */
	size_t				 nmx;
	struct delivery			*out;
};

/* Write the attempts into run->out, which has room for all, and add their
 * time to it: up to the first that takes the mail when accepted, else until
 * the sender gives up. */
void		 sender_run_list(struct sender_run *, bool accepted);
/* Set the shares of the hosts of this preference, one of which takes mail. */
void		 sender_run_share(const struct sender_run *,
		    unsigned preference);
/* sender_reach() of the hosts. */
double		 sender_run_reach(const struct sender_run *);

/*
 * What goes on among the addresses of one preference: how many take mail, how
 * many fail only after a whole EHLO and TLS, how many before.
 */
struct sender_tier {
	unsigned	live, late, dead;
};

/*
 * The chance that one delivery run meets a live address, when the addresses
 * are sorted by preference and shuffled within each, and the sender gives up
 * after habits->addresses of them or habits->sessions late failures.  Exact.
 */
double	sender_reach(const struct sender_habits *habits,
	    const struct sender_tier *tier, unsigned ntier);

#endif
