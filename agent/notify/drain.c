#include <stdlib.h>

#include "agent/notify/quiet.h"

#include "agent/notify/notify_parts.h"

/*
 * What a channel does next: the oldest row that waits, unless these are its
 * quiet hours, it was used too fast, or so many wait that one digest must do:
 * more than may be sent in a minute, or than a few when nothing may be sent
 * now.
 */

#define QUIET_LOOK 500 /* rows among which one that may pass is looked for */
#define BURY_ROWS  100
#define FEW        4 /* a minute's messages are so many times a few */

/* ------------------------------------------------------------------- quiet */

static uint64_t
quiet_s(const struct lane *lane)
{
	const struct channel_setting *c = lane->channel;

	return c->quiet_days == 0 ?
	    0 :
	    (uint64_t)quiet_left(c->quiet_days, c->quiet_from, c->quiet_to,
	        lane->owner->times.now().us / 1000000);
}

static bool
may_pass(const struct lane *lane, const struct parcel *p, bool quiet)
{
	if (!quiet || p->message == NULL)
		return true;
	return !lane->channel->quiet_all &&
	    p->message->severity >= SEVERITY_CRITICAL;
}

/* ------------------------------------------------------------------ picking */

/* The first that may go; but what was said before of the same incident comes
 * first.  NULL: none. */
static struct parcel *
pick(const struct lane *lane, const struct parcels *list, bool quiet)
{
	struct parcel *first = NULL;

	for (size_t i = 0; i < list->n && first == NULL; i++)
		if (!keep_has(lane, list->parcel[i].id) &&
		    may_pass(lane, &list->parcel[i], quiet))
			first = &list->parcel[i];
	if (first == NULL || first->incident == 0)
		return first;
	for (size_t i = 0; i < list->n; i++)
		if (list->parcel[i].incident == first->incident &&
		    !keep_has(lane, list->parcel[i].id))
			return &list->parcel[i];
	return first;
}

/* Into lane->parcel.  held: some wait that may not go now.  Returns 0, or -1:
 * the lane rests. */
static int
pick_next(struct lane *lane, bool quiet, bool *held)
{
	struct parcels list;
	struct parcel *p;
	const char *why;

	if (parcels_read(lane->owner->store, lane->name,
	        lane->nkept + (quiet ? QUIET_LOOK : 1), &list, &why) != 0) {
		lane_store_failed(lane, why);
		return -1;
	}
	lane->store_failed = false;
	p = pick(lane, &list, quiet);
	*held = p == NULL && list.n > lane->nkept;
	if (p != NULL) {
		lane->parcel = *p;
		*p = (struct parcel){ 0 };
	}
	parcels_free(&list);
	return 0;
}

/* -------------------------------------------------------------------- pace */

/* How long the row that was picked must wait; 0: it may go. */
static uint64_t
wait_ms(struct lane *lane)
{
	const struct notify *n = lane->owner;
	int64_t early = (lane->parcel.due.us - n->times.now().us) / 1000;

	/* Asked for before a restart.  Only once: wall clocks jump. */
	if (lane->fresh && !lane->waited && early > 0) {
		lane->waited = true;
		lane->failures = lane->parcel.tries;
		return (uint64_t)early < HOUR_MS ? (uint64_t)early : HOUR_MS;
	}
	if (lane_resend_ms(lane) != 0)
		return 0;
	return pace_wait(&lane->pace, lane->channel->per_minute,
	    n->times.minute_ms, lane_now_ms(lane));
}

/* One that was or may have been tried goes under its own id again. */
static bool
is_storm(const struct lane *lane, bool must_wait)
{
	const struct channel_setting *c = lane->channel;
	int64_t most = must_wait ? c->per_minute / FEW : c->per_minute;

	return !lane_keeps_state(c) && !lane->fresh &&
	    lane->parcel.tries == 0 && c->per_minute > 0 &&
	    store_outbox_waiting(lane->owner->store, lane->name) >
	    (most > 1 ? most : 1);
}

/* ---------------------------------------------------------------- deciding */

static void
send_kept(struct lane *lane, struct kept *k)
{
	int lasts = keep_lasts(lane, k);

	if (lasts == 1) {
		deliver_again(lane, k);
	} else if (lasts == 0) {
		keep_drop(lane, k);
		lane_rest(lane, LANE_WAIT, lane->owner->times.retry_ms);
	} else {
		lane_store_failed(lane, store_why(lane->owner->store));
	}
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Nothing may go: what is to be sent again, or rest; what is held goes when
 * the quiet hours end. */
static void
idle(struct lane *lane, bool held)
{
	uint64_t look = least(lane->owner->times.look_ms, quiet_s(lane) * 1000);
	uint64_t wait;
	struct kept *k = keep_next(lane, &wait);

	if (k != NULL && wait == 0)
		send_kept(lane, k);
	else if (held)
		lane_rest(lane, LANE_HELD, least(wait, look));
	else
		lane_rest(lane, LANE_IDLE, wait);
}

static void
send_next(struct lane *lane)
{
	bool quiet = quiet_s(lane) > 0, held;
	uint64_t wait;

	if (pick_next(lane, quiet, &held) != 0)
		return;
	if (lane->parcel.id == 0) {
		idle(lane, held);
		return;
	}
	if (lane->parcel.message == NULL) {
		deliver_bury(lane, lane->parcel.why);
		return;
	}
	wait = wait_ms(lane);
	if (!quiet && is_storm(lane, wait > 0)) {
		parcel_free(&lane->parcel);
		if (merge(lane) == 0)
			lane_rest(lane, LANE_WAIT, wait);
	} else if (wait > 0) {
		parcel_free(&lane->parcel);
		lane_rest(lane, LANE_WAIT, wait);
	} else {
		deliver(lane);
	}
}

/* ---------------------------------------------------------- gone channels */

static int
bury_rows(struct lane *lane, const struct parcels *list)
{
	struct store *store = lane->owner->store;
	struct wall now = lane->owner->times.now();

	if (store_begin(store) != 0)
		return -1;
	for (size_t i = 0; i < list->n; i++)
		if (store_outbox_dead(store, list->parcel[i].id, now,
		        "the channel was taken out of the configuration") != 0)
			return -1;
	return store_commit(store);
}

/* Its rows are dead, a bounded number at a time; then the lane goes. */
static void
bury_all(struct lane *lane)
{
	const struct log_about about = lane_about(lane, "given-up");
	struct store *store = lane->owner->store;
	struct parcels list;
	const char *why;

	if (parcels_read(store, lane->name, BURY_ROWS, &list, &why) != 0) {
		lane_store_failed(lane, why);
		return;
	}
	if (list.n == 0) {
		lane_free(lane);
	} else if (bury_rows(lane, &list) != 0) {
		lane_store_failed(lane, store_why(store));
		store_rollback(store);
	} else {
		log_say(LOG_WARNING, &about,
		    "channel %s is gone: %zu messages for it are given up",
		    lane->name, list.n);
		lane_rest(lane, LANE_WAIT, 0);
	}
	parcels_free(&list);
}

void
drain(uv_timer_t *timer)
{
	struct lane *lane = timer->data;

	if (lane->state == LANE_BUSY || lane->owner->finishing)
		return;
	if (lane->channel == NULL)
		bury_all(lane);
	else if (lane->outcome != OUTCOME_NONE)
		(void)deliver_settle(lane);
	else
		send_next(lane);
}
