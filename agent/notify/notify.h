#ifndef AGENT_NOTIFY_NOTIFY_H
#define AGENT_NOTIFY_NOTIFY_H

#include <uv.h>

#include "agent/notify/channel.h"
#include "agent/store/store.h"

/*
 * The outbox and its channels: who gets a message, when, how often it is tried.
 * A message is a row in the store for each channel that wants it, written in
 * the same transaction as what it tells of; the rows of a channel are sent in
 * their order, one at a time, whatever other channels do.  At least once; the
 * same id on every try.
 *
 * A failed try is repeated after 1 s, doubling up to 5 min, with full jitter,
 * or when the receiver asked for it; a dead letter (refused for good three
 * times, or a week old) is marked so and told through the other channels.
 * Messages of a channel are at most per_minute; when more than that wait, all
 * that wait are put into one digest (in one transaction: nothing is lost, and
 * an opening and its end are both counted).  Quiet hours delay and never drop.
 *
 * Two kinds of channel know incidents apart (pagerduty, alertmanager): theirs
 * are never merged, and all ends are told.  Alertmanager is given an alert for
 * each incident of a digest, at any rate, and again while it lasts; until then
 * the row waits in the outbox, so that a restart finds it.
 */

struct notify;

struct notify_hooks {
	/* A message could not be delivered and is given up. */
	void	(*dead)(void *arg, const char *channel, const char *why);
	/* The channel works again, after a dead letter; or for the first time
	 * since the start, when what was before is not known. */
	void	(*alive)(void *arg, const char *channel);
};

/* NULL: no memory.  The settings and the store must outlive it. */
struct notify	*notify_new(uv_loop_t *, struct store *,
		    const struct settings *, const struct notify_hooks *,
		    void *arg);
/* What is under way is abandoned, and sent again at the next start. */
void		 notify_free(struct notify *);
void		 notify_reload(struct notify *, const struct settings *);

/* Whom does it concern?  Used for the filters of the channels. */
struct audience {
	const struct label	*label;		/* of the domains hit: any of
						 * them is enough */
	size_t			 nlabel;
	const char		*not_channel;	/* never to this one, or NULL */
	/* To this one only, for which it was written; "": to all that do not
	 * choose by labels; NULL: to all. */
	const char		*only_channel;
};

/*
 * Write a message to the outbox of every channel whose filters take it, inside
 * the store's transaction that the caller has begun.  RESOLVED, SETTLED and
 * REMINDER go only to channels that were told of the opening (directly or in a
 * digest), whatever their filters say.  So do GROWN and FLAPPING; and where the
 * opening was not told, to channels whose filters take them now: GROWN as an
 * opening, FLAPPING as all that is told of it.  Of the REMINDERs a channel gets
 * those for which it is time by its own setting: the times between them double,
 * up to a day.  The agent's own troubles (rules agent.*) go to all whose
 * severity takes them.  A digest may hold more than
 * MESSAGE_ITEMS_MAX items: all count as told; a channel gets those that its
 * filters take.  The incidents must be in the store before.  Returns how many
 * channels got it, or -1: the store failed (the caller rolls back).
 */
int		 notify_post(struct notify *, const struct message *,
		    const struct audience *);

/* After the commit: go and send. */
void		 notify_wake(struct notify *);

/* Send it without a store, at once, best effort: for trouble with the store
 * itself.  only_channel as in struct audience.  Errors are logged. */
void		 notify_direct(struct notify *, const struct message *,
		    const char *only_channel);
/* Is the channel among those? */
bool		 notify_is_meant(const struct channel_setting *,
		    const char *only_channel);

/* Wait for what is being sent, at most ms; then done. */
void		 notify_finish(struct notify *, uint64_t ms,
		    void (*done)(void *arg), void *arg);

struct notify_stats {
	const char	*channel;
	size_t		 waiting;
	uint64_t	 delivered, failed, dead;	/* since the start */
	struct wall	 last;			/* delivered; us 0: never */
	const char	*error;			/* of the last try, or NULL */
};
/* The i-th channel: false when there is none. */
bool		 notify_stats(const struct notify *, size_t i,
		    struct notify_stats *);

#endif
