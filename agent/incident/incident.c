/*
 * Every event is answered in every state: a table of functions by event, each
 * of which knows all states.  What is confirmed, an opening or a closing,
 * passes change(), which counts it and finds the flapping.
 */

#include <string.h>

#include "agent/incident/incident.h"

const char *
incident_state_name(enum incident_state state)
{
	static const char *const name[] = {
		[INCIDENT_OK] = "ok",
		[INCIDENT_SUSPECT] = "suspect",
		[INCIDENT_OPEN] = "open",
		[INCIDENT_RECOVERING] = "recovering",
	};

	return name[state];
}

void
incident_init(struct incident *i)
{
	memset(i, 0, sizeof(*i));
}

/* What an event is answered from. */
struct when {
	int64_t now;
	const struct confirm_setting *confirm;
	const struct alert_setting *alerts;
};

static int64_t
later(int64_t now, uint64_t ms)
{
	return ms > (uint64_t)(INT64_MAX / 2) ? INT64_MAX / 2 :
	                                        now + (int64_t)ms;
}

/* From the n-th strike to the next. */
static uint64_t
retry_ms(const struct confirm_setting *c, unsigned n)
{
	if (c->nretry == 0)
		return c->span_ms;
	return c->retry_ms[n <= c->nretry ? n - 1 : c->nretry - 1];
}

static struct incident_step
answer(enum incident_news news, int64_t look_ms)
{
	return (struct incident_step){ news, look_ms };
}

/* ------------------------------------------------------------- flapping */

/* How many confirmed changes lie within the window. */
static unsigned
recent_changes(const struct incident *i, const struct when *w)
{
	unsigned kept = i->nchange < INCIDENT_CHANGES_MAX ?
	    i->nchange :
	    INCIDENT_CHANGES_MAX;
	unsigned n = 0;

	for (unsigned k = 0; k < kept; k++)
		n += later(i->change_ms[k], w->alerts->flap_ms) > w->now;
	return n;
}

static int64_t
last_change(const struct incident *i)
{
	return i->change_ms[(i->nchange - 1) % INCIDENT_CHANGES_MAX];
}

static unsigned
flap_limit(const struct alert_setting *a)
{
	return a->flap_changes < INCIDENT_CHANGES_MAX ? a->flap_changes :
	                                                INCIDENT_CHANGES_MAX;
}

/* A change is confirmed: what of it is told? */
static enum incident_news
change(struct incident *i, enum incident_state to, const struct when *w)
{
	i->state = to;
	i->strikes = i->goods = 0;
	i->change_ms[i->nchange++ % INCIDENT_CHANGES_MAX] = w->now;
	if (i->flapping)
		return NEWS_NONE;
	i->flapping = w->alerts->flap_changes > 0 &&
	    recent_changes(i, w) >= flap_limit(w->alerts);
	if (i->flapping)
		return NEWS_FLAPPING;
	return to == INCIDENT_OPEN ? NEWS_OPENED : NEWS_CLOSED;
}

/* ------------------------------------------------------------- failures */

static struct incident_step
count_strike(struct incident *i, const struct when *w, enum incident_news news)
{
	i->last_ms = w->now;
	i->strikes++;
	if (i->strikes < w->confirm->strikes ||
	    later(i->first_ms, w->confirm->span_ms) > w->now) {
		i->due_ms = later(w->now, retry_ms(w->confirm, i->strikes));
		/* When only the time lacks, look as soon as it is over. */
		if (i->strikes >= w->confirm->strikes &&
		    later(i->first_ms, w->confirm->span_ms) < i->due_ms)
			i->due_ms = later(i->first_ms, w->confirm->span_ms);
		return answer(news, i->due_ms);
	}
	return answer(change(i, INCIDENT_OPEN, w), -1);
}

static struct incident_step
on_fail(struct incident *i, const struct when *w)
{
	switch (i->state) {
	case INCIDENT_OK:
		if (i->strikes == 0)
			i->first_ms = w->now;
		i->state = INCIDENT_SUSPECT;
		return count_strike(i, w, NEWS_SUSPECT);
	case INCIDENT_SUSPECT:
		if (w->now < i->due_ms)
			return answer(NEWS_NONE, i->due_ms);
		return count_strike(i, w, NEWS_NONE);
	case INCIDENT_RECOVERING:
		i->state = INCIDENT_OPEN;
		i->goods = 0;
		return answer(NEWS_REOPENED, -1);
	case INCIDENT_OPEN:
		break;
	}
	return answer(NEWS_NONE, -1);
}

/* ---------------------------------------------------------------- goods */

static struct incident_step
count_good(struct incident *i, const struct when *w, enum incident_news news)
{
	i->last_ms = w->now;
	i->goods++;
	if (i->goods >= w->alerts->good)
		return answer(change(i, INCIDENT_OK, w), -1);
	i->state = INCIDENT_RECOVERING;
	i->due_ms = later(w->now, w->alerts->good_ms);
	return answer(news, i->due_ms);
}

static struct incident_step
on_good(struct incident *i, const struct when *w)
{
	switch (i->state) {
	case INCIDENT_SUSPECT:
		i->state = INCIDENT_OK;
		i->strikes = 0;
		return answer(i->flapping ? NEWS_NONE : NEWS_CLEARED, -1);
	case INCIDENT_OPEN:
		return count_good(i, w, NEWS_RECOVERING);
	case INCIDENT_RECOVERING:
		if (w->now < i->due_ms)
			return answer(NEWS_NONE, i->due_ms);
		return count_good(i, w, NEWS_NONE);
	case INCIDENT_OK:
		i->strikes = 0;
		break;
	}
	return answer(NEWS_NONE, -1);
}

/* ----------------------------------------------------- the other events */

/* How long to wait in this state until the next look. */
static uint64_t
pause_ms(const struct incident *i, const struct when *w)
{
	return i->state == INCIDENT_SUSPECT ? retry_ms(w->confirm, i->strikes) :
	                                      w->alerts->good_ms;
}

static bool
is_waiting(const struct incident *i)
{
	return i->state == INCIDENT_SUSPECT || i->state == INCIDENT_RECOVERING;
}

static struct incident_step
on_unknown(struct incident *i, const struct when *w)
{
	if (!is_waiting(i))
		return answer(NEWS_NONE, -1);
	if (w->now < i->due_ms)
		return answer(NEWS_NONE, i->due_ms);
	return answer(NEWS_NONE, later(w->now, pause_ms(i, w)));
}

static struct incident_step
on_other(struct incident *i, const struct when *w)
{
	if (i->state != INCIDENT_SUSPECT)
		return on_unknown(i, w);
	i->strikes = 1;
	i->first_ms = i->last_ms = w->now;
	i->due_ms = later(w->now, retry_ms(w->confirm, 1));
	return answer(NEWS_NONE, i->due_ms);
}

static struct incident_step
on_hold(struct incident *i, const struct when *w)
{
	(void)w;
	i->held = true;
	return answer(NEWS_NONE, -1);
}

static struct incident_step
on_release(struct incident *i, const struct when *w)
{
	bool held = i->held;

	i->held = false;
	if (i->state == INCIDENT_OK)
		i->strikes = 0;
	if (!is_waiting(i))
		return answer(NEWS_NONE, -1);
	if (!held)
		return answer(NEWS_NONE, i->due_ms);
	if (i->state == INCIDENT_SUSPECT) {
		i->strikes = 1;
		i->first_ms = w->now;
	} else
		i->goods = 1;
	i->last_ms = w->now;
	i->due_ms = later(w->now, pause_ms(i, w));
	return answer(NEWS_NONE, i->due_ms);
}

static bool
has_settled(const struct incident *i, const struct when *w)
{
	return recent_changes(i, w) < (flap_limit(w->alerts) + 1) / 2 ||
	    later(last_change(i), w->alerts->flap_ms / 4) <= w->now;
}

/* What is suspected, or recovers, is not settled. */
static struct incident_step
on_tick(struct incident *i, const struct when *w)
{
	if (is_waiting(i))
		return answer(NEWS_NONE, i->due_ms);
	if (!i->flapping || !has_settled(i, w))
		return answer(NEWS_NONE, -1);
	i->flapping = false;
	i->nchange = 0;
	return answer(NEWS_SETTLED, -1);
}

struct incident_step
incident_event(struct incident *i, enum incident_event event, int64_t now_ms,
    const struct confirm_setting *confirm, const struct alert_setting *alerts)
{
	static struct incident_step (*const on[])(
	    struct incident *, const struct when *) = {
		[INCIDENT_FAIL] = on_fail,
		[INCIDENT_GOOD] = on_good,
		[INCIDENT_UNKNOWN] = on_unknown,
		[INCIDENT_OTHER] = on_other,
		[INCIDENT_HOLD] = on_hold,
		[INCIDENT_RELEASE] = on_release,
		[INCIDENT_TICK] = on_tick,
	};
	struct when w = { now_ms, confirm, alerts };

	if (i->held && event != INCIDENT_RELEASE)
		return answer(NEWS_NONE, -1);
	return on[event](i, &w);
}

void
incident_seed(struct incident *i, const struct incident *from, bool whole,
    const struct confirm_setting *c)
{
	unsigned most = c->strikes > 3 ? c->strikes - 3 : 0, n;

	if (i->state != INCIDENT_OK || from->state == INCIDENT_OK)
		return;
	/* The failure that is to come is the last of these. */
	if (from->state == INCIDENT_SUSPECT)
		n = from->strikes;
	else
		n = whole ? c->strikes : 0;
	n = n > 0 ? n - 1 : 0;
	if (!whole && n > most)
		n = most;
	if (n <= i->strikes)
		return;
	i->strikes = n;
	i->first_ms = from->first_ms;
}
