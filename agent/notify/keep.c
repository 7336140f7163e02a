#include <stdlib.h>

#include "agent/notify/notify_parts.h"

/*
 * An alert that must be sent again while it lasts.  The row of the message that
 * tells of it goes on waiting in the outbox until another takes its place or
 * it is over, so that a restart finds it there and sends it as if it were new.
 */

static bool
is_over(const struct message *m)
{
	return m->kind == MESSAGE_RESOLVED ||
	    (m->kind == MESSAGE_SETTLED && m->until.us != 0);
}

static bool
is_begun(const struct message *m)
{
	return m->kind == MESSAGE_OPENED || m->kind == MESSAGE_GROWN ||
	    m->kind == MESSAGE_FLAPPING ||
	    (m->kind == MESSAGE_SETTLED && !is_over(m));
}

static bool
concerns(const struct lane *lane)
{
	return lane_resend_ms(lane) != 0 && lane->parcel.incident != 0;
}

bool
keep_has(const struct lane *lane, uint64_t id)
{
	const struct kept *k;

	TAILQ_FOREACH (k, &lane->kept, entry)
		if (k->id == id)
			return true;
	return false;
}

const struct message *
keep_of(const struct lane *lane, uint64_t incident)
{
	const struct kept *k;

	TAILQ_FOREACH (k, &lane->kept, entry)
		if (k->incident == incident)
			return k->message;
	return NULL;
}

static void
drop(struct lane *lane, struct kept *k)
{
	TAILQ_REMOVE(&lane->kept, k, entry);
	lane->nkept--;
	message_free(k->message);
	free(k);
}

int
keep_store(struct lane *lane)
{
	const struct parcel *p = &lane->parcel;
	struct store *store = lane->owner->store;
	struct wall now = lane->owner->times.now();
	bool begun = concerns(lane) && is_begun(p->message);
	struct kept *k;

	if (begun || (concerns(lane) && is_over(p->message)))
		TAILQ_FOREACH (k, &lane->kept, entry)
			if (k->incident == p->incident &&
			    store_outbox_sent(store, k->id, now) != 0)
				return -1;
	return begun ? 0 : store_outbox_sent(store, p->id, now);
}

static void
add(struct lane *lane, struct parcel *p)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		/* The receiver lets it end by itself. */
		(void)store_outbox_sent(
		    lane->owner->store, p->id, lane->owner->times.now());
		return;
	}
	k->id = p->id;
	k->incident = p->incident;
	k->message = p->message;
	p->message = NULL;
	k->next_ms = lane_now_ms(lane) + (int64_t)lane_resend_ms(lane);
	TAILQ_INSERT_TAIL(&lane->kept, k, entry);
	lane->nkept++;
}

void
keep_note(struct lane *lane)
{
	struct parcel *p = &lane->parcel;
	bool begun = is_begun(p->message);
	struct kept *k, *next;

	if (!concerns(lane) || (!begun && !is_over(p->message)))
		return;
	for (k = TAILQ_FIRST(&lane->kept); k != NULL; k = next) {
		next = TAILQ_NEXT(k, entry);
		if (k->incident == p->incident)
			drop(lane, k);
	}
	if (begun)
		add(lane, p);
}

/* They are in the order of their times: whatever is sent goes to the end. */
struct kept *
keep_next(struct lane *lane, uint64_t *wait_ms)
{
	struct kept *k = TAILQ_FIRST(&lane->kept);
	int64_t wait;

	*wait_ms = NEVER_MS;
	if (k == NULL)
		return NULL;
	wait = k->next_ms - lane_now_ms(lane);
	*wait_ms = wait > 0 ? (uint64_t)wait : 0;
	return k;
}

static void
look(void *arg, const struct incident_row *row)
{
	*(bool *)arg = row->closed.us == 0;
}

static int
lasts(struct lane *lane, uint64_t incident)
{
	bool open = false;

	if (store_incident(lane->owner->store, incident, look, &open) != 0)
		return -1;
	return open;
}

int
keep_lasts(struct lane *lane, const struct kept *k)
{
	return lasts(lane, k->incident);
}

bool
keep_needs(struct lane *lane)
{
	return concerns(lane) && is_begun(lane->parcel.message) &&
	    lasts(lane, lane->parcel.incident) == 1;
}

void
keep_drop(struct lane *lane, struct kept *k)
{
	if (store_outbox_sent(
	        lane->owner->store, k->id, lane->owner->times.now()) == 0)
		drop(lane, k);
}

void
keep_reload(struct lane *lane)
{
	struct kept *k;

	if (lane_resend_ms(lane) != 0)
		return;
	if (lane->again != NULL) {
		send_cancel(lane->sending);
		lane->sending = NULL;
		lane->again = NULL;
		lane_rest(lane, LANE_WAIT, 0);
	}
	TAILQ_FOREACH (k, &lane->kept, entry)
		(void)store_outbox_sent(
		    lane->owner->store, k->id, lane->owner->times.now());
	keep_free(lane);
}

void
keep_free(struct lane *lane)
{
	struct kept *k;

	while ((k = TAILQ_FIRST(&lane->kept)) != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): off the list */
		drop(lane, k);
}
