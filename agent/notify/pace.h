#ifndef AGENT_NOTIFY_PACE_H
#define AGENT_NOTIFY_PACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How fast a channel may be used: a bucket that holds what may be sent in a
 * minute and fills evenly; and how long to wait after failures.  Pure but for
 * the dice.  Times are milliseconds.
 */

/* All zero: full. */
struct pace {
	int64_t	level;		/* a minute's milliseconds for each message */
	int64_t	at_ms;
	bool	begun;
};

/* How long until one may be sent; 0: now.  minute_ms: how long a minute is.
 * per_minute 0: no limit. */
uint64_t	pace_wait(struct pace *, unsigned per_minute,
		    uint64_t minute_ms, int64_t now_ms);
/* One is sent, after a pace_wait(). */
void		pace_take(struct pace *, uint64_t minute_ms);

/* After so many failures in a row (from 1): anything up to base, doubled for
 * each, at most max ("full jitter"); never 0. */
uint64_t	pace_backoff(unsigned failures, uint64_t base_ms,
		    uint64_t max_ms);

#endif
