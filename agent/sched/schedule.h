#ifndef AGENT_SCHED_SCHEDULE_H
#define AGENT_SCHED_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "agent/base/clock.h"

/*
 * When to look next.  All that has the same delay waits in one FIFO, which is
 * thereby sorted by due time: adding and taking cost the same however many
 * there are.  There are few delays: the intervals and the retries.  First
 * looks wait in a FIFO of their own that lets them out at a pace, so that they
 * are spread over the interval and stay so.  What was first looked at at once,
 * because a first look wanted it, is spread with its second look.
 */

struct schedule;

/* Lives inside what is scheduled: a million of these must be cheap. */
struct slot {
	union {
		TAILQ_ENTRY(slot) link;
		void		 *user;	/* not scheduled: the caller's */
	};
	uint64_t		 fifo : 16;	/* 0: not scheduled */
	uint64_t		 due : 48;	/* mono, microseconds */
};

/* NULL: no memory. */
struct schedule	*schedule_new(void);
/* Forgets the slots, which are not its own. */
void		 schedule_free(struct schedule *);

void		 slot_init(struct slot *);
static inline bool
slot_is_scheduled(const struct slot *slot)
{
	return slot->fifo != 0;
}

/* Due after delay_ms.  If it is scheduled already, it leaves that place. */
int		 schedule_after(struct schedule *, struct slot *,
		    uint64_t delay_ms, struct mono now);
/* A first look: as soon as the pace allows. */
int		 schedule_first(struct schedule *, struct slot *,
		    struct mono now);
/* A second look, at a time within delay_ms (but not before an eighth of it):
 * all that wait for theirs are let out evenly. */
int		 schedule_spread(struct schedule *, struct slot *,
		    uint64_t delay_ms, struct mono now);
/* First looks a second: at least 200, or what spreads n over interval_ms. */
void		 schedule_pace(struct schedule *, size_t n,
		    uint64_t interval_ms);
void		 schedule_remove(struct schedule *, struct slot *);

/* The slot that is due longest, taken out of its FIFO, or NULL.  When much is
 * overdue (after a standstill) it is let out at no more than twice the usual
 * rate of its FIFO, 400 a second at least; what has no delay at no more than 16
 * for each first look. */
struct slot	*schedule_take(struct schedule *, struct mono now);
/* Milliseconds until schedule_take() may have something; -1: never. */
int64_t		 schedule_wait(const struct schedule *, struct mono now);

/* Both return 0, or -1 without memory for a new FIFO. */

size_t		 schedule_count(const struct schedule *);

/* How late the taken slots were: a histogram in seconds, and the
 * worst. */
#define SCHEDULE_BUCKETS 12
extern const double schedule_bounds[SCHEDULE_BUCKETS];	/* upper, seconds */
struct lateness {
	uint64_t	count[SCHEDULE_BUCKETS + 1];	/* not cumulative */
	double		sum_s, worst_s;
};
const struct lateness *schedule_lateness(const struct schedule *);

#endif
