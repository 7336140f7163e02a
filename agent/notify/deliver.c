#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"

#include "agent/notify/notify_parts.h"

/*
 * One try.  What came of it is first noted in the lane, then written to the
 * store; only when it is there does anything follow from it.  A store that
 * fails is asked again, without another try.
 */

#define REFUSALS_MAX 3
#define OUTPUT_LINES 40 /* of a command, to the log */

/* What a command said, line by line. */
static void
log_output(const struct lane *lane, const char *text)
{
	const struct log_about about = lane_about(lane, "command-said");

	for (int lines = 0; *text != '\0' && lines < OUTPUT_LINES; lines++) {
		size_t len = strcspn(text, "\n");

		if (len > 0)
			log_say(LOG_INFO, &about,
			    "channel %s: the command says: %.*s", lane->name,
			    (int)(len > TEXT_MAX ? TEXT_MAX : len), text);
		text += len + (text[len] == '\n');
	}
}

static uint64_t
wait_after(const struct lane *lane, const struct judgement *j)
{
	const struct notify_times *t = &lane->owner->times;

	if (j->wait_ms > 0)
		return j->wait_ms < HOUR_MS ? j->wait_ms : HOUR_MS;
	return pace_backoff(lane->failures, t->retry_ms, t->retry_max_ms);
}

static void
note_error(struct lane *lane, const char *why)
{
	text_line(lane->error, sizeof(lane->error), why);
	lane->failed++;
	lane->failures++;
}

/* -------------------------------------------------------------- settlement */

static void
rest_until(struct lane *lane)
{
	int64_t wait = lane->until_ms - lane_now_ms(lane);

	lane_rest(lane, LANE_WAIT, wait > 0 ? (uint64_t)wait : 0);
}

static int
write_sent(struct lane *lane)
{
	struct store *store = lane->owner->store;

	if (store_begin(store) != 0)
		return -1;
	if (keep_store(lane) == 0 && store_commit(store) == 0)
		return 0;
	store_rollback(store);
	return -1;
}

static int
write_outcome(struct lane *lane)
{
	struct store *store = lane->owner->store;
	struct wall now = lane->owner->times.now();
	int64_t wait = lane->until_ms - lane_now_ms(lane);
	struct wall due = { now.us + (wait > 0 ? wait * 1000 : 0) };

	switch (lane->outcome) {
	case OUTCOME_SENT:
		return write_sent(lane);
	case OUTCOME_LATER:
		return store_outbox_later(
		    store, lane->parcel.id, due, lane->error);
	case OUTCOME_DEAD:
		return store_outbox_dead(
		    store, lane->parcel.id, now, lane->error);
	case OUTCOME_NONE:
		break;
	}
	return 0;
}

static void
settled_sent(struct lane *lane)
{
	const struct notify_hooks *hooks = lane->owner->hooks;
	bool was_dead = lane->was_dead;

	lane->delivered++;
	lane->last = lane->owner->times.now();
	lane->was_dead = false;
	keep_note(lane);
	parcel_free(&lane->parcel);
	if (was_dead && hooks->alive != NULL)
		hooks->alive(lane->owner->arg, lane->name);
}

static void
settled_dead(struct lane *lane)
{
	const struct notify_hooks *hooks = lane->owner->hooks;

	lane->dead++;
	lane->was_dead = true;
	parcel_free(&lane->parcel);
	if (hooks->dead != NULL)
		hooks->dead(lane->owner->arg, lane->name, lane->error);
}

int
deliver_settle(struct lane *lane)
{
	enum outcome_kind outcome = lane->outcome;

	if (write_outcome(lane) != 0) {
		lane_store_failed(lane, store_why(lane->owner->store));
		return -1;
	}
	lane->store_failed = false;
	lane->outcome = OUTCOME_NONE;
	rest_until(lane);
	if (outcome == OUTCOME_SENT)
		settled_sent(lane);
	else if (outcome == OUTCOME_DEAD)
		settled_dead(lane);
	else
		parcel_free(&lane->parcel);
	return 0;
}

/* ---------------------------------------------------------------- outcomes */

static void
conclude(struct lane *lane, enum outcome_kind outcome, uint64_t wait_ms)
{
	lane->outcome = outcome;
	lane->until_ms = lane_now_ms(lane) + (int64_t)wait_ms;
	(void)deliver_settle(lane);
}

void
deliver_bury(struct lane *lane, const char *why)
{
	const struct log_about about = lane_about(lane, "given-up");

	text_line(lane->error, sizeof(lane->error), why);
	log_say(LOG_ERROR, &about, "channel %s: a message is given up: %s",
	    lane->name, lane->error);
	conclude(lane, OUTCOME_DEAD, 0);
}

static void
succeed(struct lane *lane)
{
	const struct message *m = lane->parcel.message;
	const struct log_about about = lane_about(lane, "sent");

	log_say(LOG_INFO, &about, "channel %s: sent %s (%s%s%s)", lane->name,
	    m->id, message_kind_name(m->kind),
	    m->incident == NULL ? "" : ", incident ",
	    m->incident == NULL ? "" : m->incident);
	lane->failures = 0;
	*lane->error = '\0';
	conclude(lane, OUTCOME_SENT, 0);
}

/* What is told again while it lasts is as old as that. */
static bool
is_too_old(struct lane *lane)
{
	int64_t age = lane->owner->times.now().us - lane->parcel.made.us;

	return age / 1000 > (int64_t)lane->owner->times.week_ms &&
	    !keep_needs(lane);
}

/* Refused for good is refused three times. */
static bool
is_refused(struct lane *lane, const struct judgement *j)
{
	if (lane->refused_id != lane->parcel.id)
		lane->refusals = 0;
	lane->refused_id = lane->parcel.id;
	return j->verdict == DEAD && ++lane->refusals >= REFUSALS_MAX;
}

static void
fail(struct lane *lane, const struct judgement *j)
{
	struct log_about about;
	uint64_t wait;
	char why[320];

	note_error(lane, j->why);
	wait = wait_after(lane, j);
	if (is_refused(lane, j)) {
		snprintf(why, sizeof(why), "refused: %s", lane->error);
		deliver_bury(lane, why);
	} else if (is_too_old(lane)) {
		snprintf(why, sizeof(why), "too old: %s", lane->error);
		deliver_bury(lane, why);
	} else {
		about = lane_about(lane, "not-sent");
		log_say(LOG_WARNING, &about,
		    "channel %s: not sent, tried again in %.1f s: %s",
		    lane->name, (double)wait / 1000, lane->error);
		conclude(lane, OUTCOME_LATER, wait);
	}
}

static void
note_again(struct lane *lane, const struct judgement *j)
{
	const struct log_about about = lane_about(lane, "not-sent");
	struct kept *k = lane->again;
	uint64_t wait = lane_resend_ms(lane);

	lane->again = NULL;
	lane->failures = j->verdict == DELIVERED ? 0 : lane->failures + 1;
	if (j->verdict != DELIVERED) {
		log_say(LOG_WARNING, &about, "channel %s: not sent again: %s",
		    lane->name, j->why);
		wait = wait_after(lane, j);
	}
	k->next_ms = lane_now_ms(lane) + (int64_t)wait;
	TAILQ_REMOVE(&lane->kept, k, entry);
	if (j->verdict == DELIVERED)
		TAILQ_INSERT_TAIL(&lane->kept, k, entry);
	else
		TAILQ_INSERT_HEAD(&lane->kept, k, entry);
	lane_rest(lane, LANE_WAIT, 0);
}

static void
on_sent(void *arg, const struct sent *sent)
{
	struct lane *lane = arg;

	lane->sending = NULL;
	if (lane->channel != NULL && lane->channel->type == CHANNEL_EXEC)
		log_output(lane, sent->body);
	if (lane->again != NULL)
		note_again(lane, &sent->judgement);
	else if (sent->judgement.verdict == DELIVERED)
		succeed(lane);
	else
		fail(lane, &sent->judgement);
	notify_ended(lane->owner);
}

/* -------------------------------------------------------------------- start */

static const struct judgement no_memory = { .verdict = RETRY,
	.why = "out of memory" };

void
deliver(struct lane *lane)
{
	lane_rest(lane, LANE_BUSY, NEVER_MS);
	lane->fresh = false;
	if (lane_resend_ms(lane) == 0)
		pace_take(&lane->pace, lane->owner->times.minute_ms);
	lane->sending = send_start(&lane->owner->sender, lane->channel,
	    lane->parcel.message, keep_of(lane, lane->parcel.incident), on_sent,
	    lane);
	if (lane->sending == NULL)
		fail(lane, &no_memory);
}

void
deliver_again(struct lane *lane, struct kept *k)
{
	lane_rest(lane, LANE_BUSY, NEVER_MS);
	lane->again = k;
	lane->sending = send_start(&lane->owner->sender, lane->channel,
	    k->message, NULL, on_sent, lane);
	if (lane->sending == NULL)
		note_again(lane, &no_memory);
}
