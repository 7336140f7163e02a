#ifndef AGENT_NOTIFY_NOTIFY_PARTS_H
#define AGENT_NOTIFY_NOTIFY_PARTS_H

#include <sys/queue.h>

#include "agent/base/log.h"
#include "agent/notify/notify.h"
#include "agent/notify/pace.h"
#include "agent/notify/send.h"

/*
 * What the parts of the outbox share.
 *
 *	notify.c	channels come and go
 *	lane.c		one of them
 *	post.c		who gets a message: rows into the store
 *	drain.c		one channel: which row next, and when
 *	deliver.c	one try, and what came of it
 *	merge.c		many rows become one
 *	keep.c		what must be sent again while it lasts
 *	parcel.c	a row of the outbox in memory
 *	direct.c	without a store
 *
 * Each channel has a lane: a timer that wakes it, and at most one thing under
 * way.  Everything that happens in a lane happens in its timer's callback or
 * when a try has ended, never inside a call from outside.
 */

/* Times that tests make short. */
struct notify_times {
	uint64_t	 retry_ms, retry_max_ms;	/* 1 s, 5 min */
	uint64_t	 store_ms;	/* after an error of the store: 5 s */
	uint64_t	 minute_ms;
	uint64_t	 week_ms;
	uint64_t	 resend_ms;	/* 0: as the kind of channel has it */
	uint64_t	 command_ms;	/* 15 s */
	uint64_t	 look_ms;	/* at the wall clock, in quiet hours:
					 * 1 min */
	struct wall	 (*now)(void);
};
extern const struct notify_times notify_times_default;

/* Before the first message. */
void		 notify_set_times(struct notify *, const struct notify_times *);

/* A row of the outbox. */
struct parcel {
	uint64_t	 id, incident;
	struct wall	 made, due;
	unsigned	 tries;
	struct message	*message;	/* NULL: it cannot be read */
	char		 why[128];	/* … because */
};
struct parcels {
	struct parcel	*parcel;
	size_t		 n, room;
	bool		 failed;	/* out of memory */
};
void		 parcel_free(struct parcel *);	/* what it holds */
void		 parcels_free(struct parcels *);
/* The next rows of a channel, at most limit.  Returns 0, or -1: the store, or
 * memory (one line in why). */
int		 parcels_read(struct store *, const char *channel,
		    size_t limit, struct parcels *, const char **why);

/* What was delivered, is not over, and must be sent again until it is.  Its
 * row waits in the outbox meanwhile, which brings it back after a restart. */
struct kept {
	TAILQ_ENTRY(kept) entry;
	uint64_t	 id, incident;
	struct message	*message;
	int64_t		 next_ms;
};
TAILQ_HEAD(kept_list, kept);

enum lane_state {
	LANE_IDLE,	/* nothing to do: wake it */
	LANE_HELD,	/* quiet hours: wake it, something may pass */
	LANE_WAIT,	/* for its timer, and for nothing else */
	LANE_BUSY	/* a try is under way */
};

enum outcome_kind { OUTCOME_NONE, OUTCOME_SENT, OUTCOME_LATER, OUTCOME_DEAD };

struct lane {
	TAILQ_ENTRY(lane) entry;
	struct notify	*owner;
	char		*name;
	const struct channel_setting *channel;	/* NULL: gone */
	uv_timer_t	 timer;
	enum lane_state	 state;
	bool		 fresh;		/* nothing was tried yet: the first row
					 * may have been under way when we
					 * ended */
	bool		 waited;	/* until that row is due */
	struct parcel	 parcel;	/* under way; id 0: none */
	struct sending	*sending;
	struct kept	*again;		/* that is what is sent */
	struct kept_list kept;
	size_t		 nkept;
	/* What came of it, until the store has it. */
	enum outcome_kind outcome;
	int64_t		 until_ms;	/* OUTCOME_LATER: not before that */
	unsigned	 failures;	/* in a row */
	unsigned	 refusals;	/* of this row: */
	uint64_t	 refused_id;
	bool		 was_dead;	/* or may have been */
	bool		 store_failed;
	struct pace	 pace;
	uint64_t	 delivered, failed, dead;
	struct wall	 last;
	char		 error[256];
};
TAILQ_HEAD(lanes, lane);

struct direct;

struct notify {
	uv_loop_t	*loop;
	struct store	*store;
	const struct settings *settings;
	const struct notify_hooks *hooks;
	void		*arg;
	struct notify_times times;
	struct sender	 sender;
	struct lanes	 lanes;
	LIST_HEAD(, direct) directs;
	bool		 finishing;
	void		(*finished)(void *arg);
	void		*finished_arg;
	uv_timer_t	 limit;		/* of finishing */
	unsigned	 handles;
};

#define NEVER_MS UINT64_MAX
#define HOUR_MS  ((uint64_t)3600 * 1000)


/* Does the kind of channel know incidents apart, so that each needs its own
 * messages?  Then nothing is merged, and ends are always told. */
bool		 lane_keeps_state(const struct channel_setting *);
/* Milliseconds after which what lasts is sent again; 0: never. */
uint64_t	 lane_resend_ms(const struct lane *);
int64_t		 lane_now_ms(const struct lane *);
/* Go on after ms (or NEVER_MS), in this state. */
void		 lane_rest(struct lane *, enum lane_state, uint64_t ms);
/* The store failed: said once; go on later. */
void		 lane_store_failed(struct lane *, const char *why);
/* Nothing is left of a channel that is gone, or all ends. */
void		 lane_free(struct lane *);
struct lane	*lane_new(struct notify *, const struct channel_setting *);
/* What is under way is abandoned. */
void		 lane_abandon(struct lane *);
/* For the log: this happened to the channel, with what is under way. */
struct log_about lane_about(const struct lane *, const char *event);

/* drain.c: the timer's callback. */
void		 drain(uv_timer_t *);

/* deliver.c: try lane->parcel, or what is kept, now. */
void		 deliver(struct lane *);
void		 deliver_again(struct lane *, struct kept *);
/* Write what came of the last try.  Returns 0, or -1: the lane rests. */
int		 deliver_settle(struct lane *);
/* Give up lane->parcel; why is one line. */
void		 deliver_bury(struct lane *, const char *why);

/* merge.c: all rows that wait into one.  Returns 0, or -1: the lane rests. */
int		 merge(struct lane *);

/* keep.c. */
bool		 keep_has(const struct lane *, uint64_t id);
/* What is kept of this incident, or NULL. */
const struct message *keep_of(const struct lane *, uint64_t incident);
/* In the caller's transaction: what the delivery of the lane's parcel means
 * for what is kept.  Returns 0, or -1: the store. */
int		 keep_store(struct lane *);
/* The same, after the commit.  May take over the parcel's message. */
void		 keep_note(struct lane *);
/* Is the lane's parcel one that is kept while it lasts, and does it last? */
bool		 keep_needs(struct lane *);
/* The one to send again first, or NULL; *wait_ms: until then. */
struct kept	*keep_next(struct lane *, uint64_t *wait_ms);
/* Is its incident still there?  1, 0, or -1: the store. */
int		 keep_lasts(struct lane *, const struct kept *);
void		 keep_drop(struct lane *, struct kept *);
/* The channel may be of another kind now, for which nothing is kept. */
void		 keep_reload(struct lane *);
void		 keep_free(struct lane *);

/* direct.c */
bool		 direct_any(const struct notify *);
void		 direct_free_all(struct notify *);

/* The notify's memory goes with the last of its handles. */
void		 notify_release(struct notify *);

/* Something ended: is all done that notify_finish waits for? */
void		 notify_ended(struct notify *);

#endif
