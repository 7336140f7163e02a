#ifndef AGENT_RULES_SENDER_HABITS_H
#define AGENT_RULES_SENDER_HABITS_H

#include <stdbool.h>

#include "agent/rules/policy.h"
#include "agent/rules/sender.h"

/*
 * How senders differ from the plain reading of RFC 5321, as one table; and
 * what the parts of the walk share:
 *
 *	sender.c		what DNS settles, then the outcome
 *	sender_fate.c		what comes of trying one address, one host
 *	sender_odds.c		the chances of a whole run
 *	sender_run.c		one such run, as a list; shares
 *	sender_profile.c	the table
 */

/* What becomes of an MX that leads to the sender itself. */
enum itself {
	ITSELF_USELESS,		/* as if it had no address */
	ITSELF_LOOPS,		/* the sender knows itself: it and everything
				 * not better than it is dropped */
	ITSELF_FAILS		/* tried in vain */
};

/*
 * What comes of trying an address or a host.  A later one is better: a host
 * that takes mail settles it, one that could not be looked at leaves it open
 * whatever the others do, and a failure that may pass is better than nothing
 * to try.
 */
enum fate {
	FATE_USELESS,		/* nothing to try */
	FATE_FAILS,		/* the next one is tried */
	FATE_LAST,		/* the same; mail bounces if there is none */
	FATE_DEFERS,		/* the run ends: later */
	FATE_BOUNCES,		/* the run ends: mail bounces */
	FATE_RETRIED,		/* the next one is tried; a later run gets in */
	FATE_UNKNOWN,
	FATE_TAKES,
	FATE_COUNT
};

/* How an address fails, where senders differ in what they make of it. */
enum trouble {
	TROUBLE_OTHER,
	TROUBLE_GREETING,	/* a 5xx greeting */
	TROUBLE_EHLO,		/* 5xx to EHLO, and to HELO */
	TROUBLE_HANDSHAKE,	/* after STARTTLS there is no TLS */
	TROUBLE_EHLO_TLS,	/* inside TLS: 5xx to EHLO */
	TROUBLE_LOST_TLS,	/* the connection ends there */
	TROUBLE_MAIL,		/* 5xx to MAIL */
	TROUBLE_LATER,		/* 4xx to MAIL or RCPT */
	TROUBLE_LOST,		/* the connection ends there */
	TROUBLE_COUNT
};

struct sender_habits {
	unsigned	addresses;	/* tried in one run; 0: all */
	unsigned	sessions;	/* of them past EHLO and TLS; 0: all */
	bool		balances;	/* of the addresses neither family gets
					 * more than its half, if both have */
	bool		one_more_each;	/* then one of each later preference */
	bool		shuffles_addresses;	/* within a preference, not
						 * hosts */
	bool		literals;	/* an MX may be an IP address */
	bool		special;	/* tries addresses that are not
					 * globally reachable */
	bool		null_mixed;	/* a null MX counts beside others */
	bool		localhost_null;	/* MX localhost is a null MX */
	enum itself	localhost;	/* the name, as an MX */
	enum itself	loopback;	/* an address of an MX */
	enum outcome	loops;		/* the sender itself is the best MX */
	enum outcome	resolver_refuses;	/* every resolver: REFUSED */
	enum outcome	no_address;	/* no target has an address */
	/* FATE_USELESS: what the state of the address says. */
	enum fate	upon[TROUBLE_COUNT];
};

extern const struct sender_habits sender_habits[SENDER_COUNT];

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
/* The rows that a run comes to: behind a preference where one address ends
 * every run there are none. */
size_t		 sender_run_end(const struct sender_run *);
/* It fails only after a whole EHLO and TLS. */
bool		 sender_is_late(const struct view_mx_address *);

/* The chances of one delivery run; it is deferred in all other cases. */
struct sender_odds {
	double	accepted, bounced;
};

/* What may come of drawing an address. */
enum draw { DRAW_LIVE, DRAW_DEAD, DRAW_LAST, DRAW_LATE, DRAW_DEFERS,
	DRAW_BOUNCES, DRAW_COUNT };

/* How many addresses of one preference are so, IPv4 and IPv6; all in the
 * first where the sender makes no difference. */
struct sender_tier {
	unsigned	n[2][DRAW_COUNT];
};

/*
 * The chances when the addresses are sorted by preference and shuffled within
 * each, and the sender gives up after habits->addresses of them or
 * habits->sessions that fail late.  Exact.
 */
struct sender_odds sender_odds(const struct sender_habits *,
		    const struct sender_tier *, unsigned ntier);
struct sender_odds sender_run_odds(const struct sender_run *);

#endif
