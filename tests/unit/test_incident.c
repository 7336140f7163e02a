#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/incident/incident.h"
#include "tests/unit/support.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* What the agent does by default. */
static const struct alert_setting defaults = {
	.dns = { 3, { 15000, 30000 }, 2, 60000 },
	.smtp = { 5, { 15000, 30000, 60000, 60000 }, 4, 150000 },
	.good = 2,
	.good_ms = 60000,
	.flap_changes = 4,
	.flap_ms = 86400000,
};

/* Few and round numbers: 2 strikes 10 ms apart, 2 goods 20 ms apart. */
static const struct confirm_setting quick = { 2, { 10, 15 }, 2, 10 };
static const struct alert_setting quick_alerts = {
	.good = 2,
	.good_ms = 20,
	.flap_changes = 4,
	.flap_ms = 100000,
};

static struct incident_step
feed(struct incident *i, enum incident_event event, int64_t now)
{
	return incident_event(i, event, now, &quick, &quick_alerts);
}

/* ------------------------------------------------------ state and event */

/* Every state there is, reached at time 100. */
enum place {
	OK,
	SUSPECT,
	OPEN,
	RECOVERING,
	FLAPPING_OK,
	FLAPPING_SUSPECT,
	FLAPPING_OPEN,
	FLAPPING_RECOVERING,
	PLACES
};

static const char *const place_name[] = { "ok", "suspect", "open", "recovering",
	"flapping ok", "flapping suspect", "flapping open",
	"flapping recovering" };

static void
reach(struct incident *i, enum place place)
{
	static const enum incident_state state[] = { INCIDENT_OK,
		INCIDENT_SUSPECT, INCIDENT_OPEN, INCIDENT_RECOVERING };

	incident_init(i);
	i->state = state[place % 4];
	i->flapping = place >= FLAPPING_OK;
	i->strikes = i->state == INCIDENT_SUSPECT;
	i->goods = i->state == INCIDENT_RECOVERING;
	i->first_ms = i->last_ms = 100;
	i->due_ms = i->state == INCIDENT_SUSPECT ? 110 : 120;
	if (!i->flapping)
		return;
	for (unsigned k = 0; k < 4; k++)
		i->change_ms[k] = 90 + k;
	i->nchange = 4;
}

struct row {
	enum place place;
	enum incident_event event;
	int64_t at;
	enum incident_state state;
	enum incident_news news;
	int64_t look;
};

/* Too early, and when it is due, where that makes a difference; a tick also
 * when the time of flapping is over (a quarter of 100 s). */
static const struct row rows[] = {
	{ OK, INCIDENT_FAIL, 100, INCIDENT_SUSPECT, NEWS_SUSPECT, 110 },
	{ OK, INCIDENT_GOOD, 100, INCIDENT_OK, NEWS_NONE, -1 },
	{ OK, INCIDENT_UNKNOWN, 100, INCIDENT_OK, NEWS_NONE, -1 },
	{ OK, INCIDENT_OTHER, 100, INCIDENT_OK, NEWS_NONE, -1 },
	{ OK, INCIDENT_HOLD, 100, INCIDENT_OK, NEWS_NONE, -1 },
	{ OK, INCIDENT_RELEASE, 100, INCIDENT_OK, NEWS_NONE, -1 },
	{ OK, INCIDENT_TICK, 100, INCIDENT_OK, NEWS_NONE, -1 },

	{ SUSPECT, INCIDENT_FAIL, 109, INCIDENT_SUSPECT, NEWS_NONE, 110 },
	{ SUSPECT, INCIDENT_FAIL, 110, INCIDENT_OPEN, NEWS_OPENED, -1 },
	{ SUSPECT, INCIDENT_GOOD, 101, INCIDENT_OK, NEWS_CLEARED, -1 },
	{ SUSPECT, INCIDENT_UNKNOWN, 109, INCIDENT_SUSPECT, NEWS_NONE, 110 },
	{ SUSPECT, INCIDENT_UNKNOWN, 110, INCIDENT_SUSPECT, NEWS_NONE, 120 },
	{ SUSPECT, INCIDENT_OTHER, 105, INCIDENT_SUSPECT, NEWS_NONE, 115 },
	{ SUSPECT, INCIDENT_HOLD, 110, INCIDENT_SUSPECT, NEWS_NONE, -1 },
	{ SUSPECT, INCIDENT_RELEASE, 110, INCIDENT_SUSPECT, NEWS_NONE, 110 },
	{ SUSPECT, INCIDENT_TICK, 110, INCIDENT_SUSPECT, NEWS_NONE, 110 },

	{ OPEN, INCIDENT_FAIL, 200, INCIDENT_OPEN, NEWS_NONE, -1 },
	{ OPEN, INCIDENT_GOOD, 200, INCIDENT_RECOVERING, NEWS_RECOVERING, 220 },
	{ OPEN, INCIDENT_UNKNOWN, 200, INCIDENT_OPEN, NEWS_NONE, -1 },
	{ OPEN, INCIDENT_OTHER, 200, INCIDENT_OPEN, NEWS_NONE, -1 },
	{ OPEN, INCIDENT_HOLD, 200, INCIDENT_OPEN, NEWS_NONE, -1 },
	{ OPEN, INCIDENT_RELEASE, 200, INCIDENT_OPEN, NEWS_NONE, -1 },
	{ OPEN, INCIDENT_TICK, 200, INCIDENT_OPEN, NEWS_NONE, -1 },

	{ RECOVERING, INCIDENT_FAIL, 101, INCIDENT_OPEN, NEWS_REOPENED, -1 },
	{ RECOVERING, INCIDENT_GOOD, 119, INCIDENT_RECOVERING, NEWS_NONE, 120 },
	{ RECOVERING, INCIDENT_GOOD, 120, INCIDENT_OK, NEWS_CLOSED, -1 },
	{ RECOVERING, INCIDENT_UNKNOWN, 119, INCIDENT_RECOVERING, NEWS_NONE,
	    120 },
	{ RECOVERING, INCIDENT_UNKNOWN, 125, INCIDENT_RECOVERING, NEWS_NONE,
	    145 },
	{ RECOVERING, INCIDENT_OTHER, 119, INCIDENT_RECOVERING, NEWS_NONE,
	    120 },
	{ RECOVERING, INCIDENT_HOLD, 120, INCIDENT_RECOVERING, NEWS_NONE, -1 },
	{ RECOVERING, INCIDENT_RELEASE, 120, INCIDENT_RECOVERING, NEWS_NONE,
	    120 },
	{ RECOVERING, INCIDENT_TICK, 120, INCIDENT_RECOVERING, NEWS_NONE, 120 },

	{ FLAPPING_OK, INCIDENT_FAIL, 100, INCIDENT_SUSPECT, NEWS_SUSPECT,
	    110 },
	{ FLAPPING_OK, INCIDENT_GOOD, 100, INCIDENT_OK, NEWS_NONE, -1 },
	{ FLAPPING_OK, INCIDENT_UNKNOWN, 100, INCIDENT_OK, NEWS_NONE, -1 },
	{ FLAPPING_OK, INCIDENT_OTHER, 100, INCIDENT_OK, NEWS_NONE, -1 },
	{ FLAPPING_OK, INCIDENT_HOLD, 100, INCIDENT_OK, NEWS_NONE, -1 },
	{ FLAPPING_OK, INCIDENT_RELEASE, 100, INCIDENT_OK, NEWS_NONE, -1 },
	{ FLAPPING_OK, INCIDENT_TICK, 25092, INCIDENT_OK, NEWS_NONE, -1 },
	{ FLAPPING_OK, INCIDENT_TICK, 25093, INCIDENT_OK, NEWS_SETTLED, -1 },

	{ FLAPPING_SUSPECT, INCIDENT_FAIL, 109, INCIDENT_SUSPECT, NEWS_NONE,
	    110 },
	{ FLAPPING_SUSPECT, INCIDENT_FAIL, 110, INCIDENT_OPEN, NEWS_NONE, -1 },
	{ FLAPPING_SUSPECT, INCIDENT_GOOD, 110, INCIDENT_OK, NEWS_NONE, -1 },
	{ FLAPPING_SUSPECT, INCIDENT_UNKNOWN, 110, INCIDENT_SUSPECT, NEWS_NONE,
	    120 },
	{ FLAPPING_SUSPECT, INCIDENT_OTHER, 105, INCIDENT_SUSPECT, NEWS_NONE,
	    115 },
	{ FLAPPING_SUSPECT, INCIDENT_HOLD, 110, INCIDENT_SUSPECT, NEWS_NONE,
	    -1 },
	{ FLAPPING_SUSPECT, INCIDENT_RELEASE, 110, INCIDENT_SUSPECT, NEWS_NONE,
	    110 },
	{ FLAPPING_SUSPECT, INCIDENT_TICK, 99999, INCIDENT_SUSPECT, NEWS_NONE,
	    110 },

	{ FLAPPING_OPEN, INCIDENT_FAIL, 200, INCIDENT_OPEN, NEWS_NONE, -1 },
	{ FLAPPING_OPEN, INCIDENT_GOOD, 200, INCIDENT_RECOVERING,
	    NEWS_RECOVERING, 220 },
	{ FLAPPING_OPEN, INCIDENT_UNKNOWN, 200, INCIDENT_OPEN, NEWS_NONE, -1 },
	{ FLAPPING_OPEN, INCIDENT_OTHER, 200, INCIDENT_OPEN, NEWS_NONE, -1 },
	{ FLAPPING_OPEN, INCIDENT_HOLD, 200, INCIDENT_OPEN, NEWS_NONE, -1 },
	{ FLAPPING_OPEN, INCIDENT_RELEASE, 200, INCIDENT_OPEN, NEWS_NONE, -1 },
	{ FLAPPING_OPEN, INCIDENT_TICK, 25092, INCIDENT_OPEN, NEWS_NONE, -1 },
	{ FLAPPING_OPEN, INCIDENT_TICK, 25093, INCIDENT_OPEN, NEWS_SETTLED,
	    -1 },

	{ FLAPPING_RECOVERING, INCIDENT_FAIL, 101, INCIDENT_OPEN, NEWS_REOPENED,
	    -1 },
	{ FLAPPING_RECOVERING, INCIDENT_GOOD, 119, INCIDENT_RECOVERING,
	    NEWS_NONE, 120 },
	{ FLAPPING_RECOVERING, INCIDENT_GOOD, 120, INCIDENT_OK, NEWS_NONE, -1 },
	{ FLAPPING_RECOVERING, INCIDENT_UNKNOWN, 119, INCIDENT_RECOVERING,
	    NEWS_NONE, 120 },
	{ FLAPPING_RECOVERING, INCIDENT_OTHER, 119, INCIDENT_RECOVERING,
	    NEWS_NONE, 120 },
	{ FLAPPING_RECOVERING, INCIDENT_HOLD, 120, INCIDENT_RECOVERING,
	    NEWS_NONE, -1 },
	{ FLAPPING_RECOVERING, INCIDENT_RELEASE, 120, INCIDENT_RECOVERING,
	    NEWS_NONE, 120 },
	{ FLAPPING_RECOVERING, INCIDENT_TICK, 99999, INCIDENT_RECOVERING,
	    NEWS_NONE, 120 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void
test_every_event_in_every_state(void **state)
{
	bool seen[PLACES][INCIDENT_TICK + 1] = { { false } };

	(void)state;
	for (size_t k = 0; k < ROWS; k++) {
		const struct row *r = &rows[k];
		struct incident_step step;
		struct incident i;

		reach(&i, r->place);
		step = feed(&i, r->event, r->at);
		seen[r->place][r->event] = true;
		if (i.state != r->state || step.news != r->news ||
		    step.look_ms != r->look)
			fail_msg("%s, event %d at %d: %s, news %d, look %d",
			    place_name[r->place], (int)r->event, (int)r->at,
			    incident_state_name(i.state), (int)step.news,
			    (int)step.look_ms);
	}
	for (size_t p = 0; p < PLACES; p++)
		for (size_t e = 0; e <= INCIDENT_TICK; e++)
			if (!seen[p][e])
				fail_msg(
				    "%s, event %zu: no row", place_name[p], e);
}

/* While held, nothing but the release does anything. */
static void
test_held(void **state)
{
	(void)state;
	for (unsigned n = 0; n < PLACES * (INCIDENT_TICK + 1); n++) {
		enum place p = (enum place)(n / (INCIDENT_TICK + 1));
		enum incident_event e =
		    (enum incident_event)(n % (INCIDENT_TICK + 1));
		struct incident_step step;
		struct incident i, before;

		if (e == INCIDENT_RELEASE)
			continue;
		reach(&i, p);
		i.held = true;
		before = i;
		step = feed(&i, e, 99999);
		assert_memory_equal(&i, &before, sizeof(i));
		assert_int_equal(step.news, NEWS_NONE);
		assert_int_equal(step.look_ms, -1);
	}
}

static void
test_release(void **state)
{
	struct incident_step step;
	struct incident i;

	(void)state;
	reach(&i, SUSPECT);
	i.strikes = 5;
	i.held = true;
	step = feed(&i, INCIDENT_RELEASE, 5000);
	assert_int_equal(i.state, INCIDENT_SUSPECT);
	assert_int_equal(i.strikes, 1);
	assert_int_equal(i.first_ms, 5000);
	assert_int_equal(step.look_ms, 5010);
	reach(&i, RECOVERING);
	i.held = true;
	step = feed(&i, INCIDENT_RELEASE, 5000);
	assert_int_equal(step.look_ms, 5020);
	assert_int_equal(feed(&i, INCIDENT_GOOD, 5019).news, NEWS_NONE);
	assert_int_equal(feed(&i, INCIDENT_GOOD, 5020).news, NEWS_CLOSED);
}

/* What failed once here and once there was not confirmed. */
static void
test_other(void **state)
{
	struct incident i;

	(void)state;
	reach(&i, SUSPECT);
	feed(&i, INCIDENT_OTHER, 110);
	assert_int_equal(i.strikes, 1);
	assert_int_equal(feed(&i, INCIDENT_FAIL, 119).news, NEWS_NONE);
	assert_int_equal(feed(&i, INCIDENT_FAIL, 120).news, NEWS_OPENED);
}

/* --------------------------------------------------------- confirmation */

/* When do the defaults open, failing at every look that they ask for? */
static int64_t
time_to_open(const struct confirm_setting *c, unsigned *looks)
{
	struct incident i;
	struct incident_step step;
	int64_t now = 0;

	incident_init(&i);
	*looks = 1;
	step = incident_event(&i, INCIDENT_FAIL, now, c, &defaults);
	while (i.state != INCIDENT_OPEN) {
		assert_true(step.look_ms > now && ++*looks < 100);
		now = step.look_ms;
		step = incident_event(&i, INCIDENT_FAIL, now, c, &defaults);
	}
	assert_int_equal(step.news, NEWS_OPENED);
	return now;
}

static void
test_confirmation(void **state)
{
	static const struct {
		const char *label;
		struct confirm_setting c;
		int64_t opens;
		unsigned looks;
	} cases[] = {
		{ "smtp", { 5, { 15000, 30000, 60000, 60000 }, 4, 150000 },
		    165000, 5 },
		{ "dns: the time lacks", { 3, { 15000, 30000 }, 2, 60000 },
		    60000, 4 },
		{ "at once", { 1, { 1000 }, 1, 0 }, 0, 1 },
		{ "one strike, but for long", { 1, { 1000 }, 1, 2500 }, 2500,
		    4 },
		{ "the last pause repeats", { 4, { 1000 }, 1, 0 }, 3000, 4 },
		{ "no pauses", { 2, { 0 }, 0, 700 }, 700, 2 },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		unsigned looks;
		int64_t at = time_to_open(&cases[k].c, &looks);

		if (at != cases[k].opens || looks != cases[k].looks)
			fail_msg("%s: %d after %u looks", cases[k].label,
			    (int)at, looks);
	}
}

/* Strikes that come too fast count once. */
static void
test_too_fast(void **state)
{
	struct incident i;

	(void)state;
	incident_init(&i);
	for (int64_t now = 0; now < 15000; now += 100)
		incident_event(
		    &i, INCIDENT_FAIL, now, &defaults.smtp, &defaults);
	assert_int_equal(i.strikes, 1);
}

static void
test_seed(void **state)
{
	struct incident i, from;

	(void)state;
	/* Part of a suspicion: it goes on. */
	incident_init(&i);
	reach(&from, SUSPECT);
	from.strikes = 4;
	incident_seed(&i, &from, true, &defaults.smtp);
	assert_int_equal(
	    incident_event(&i, INCIDENT_FAIL, 200000, &defaults.smtp, &defaults)
	        .news,
	    NEWS_SUSPECT);
	assert_int_equal(i.strikes, 4);
	assert_int_equal(
	    incident_event(&i, INCIDENT_FAIL, 260000, &defaults.smtp, &defaults)
	        .news,
	    NEWS_OPENED);
	/* More than that: two looks of its own. */
	incident_init(&i);
	incident_seed(&i, &from, false, &defaults.smtp);
	assert_int_equal(
	    incident_event(&i, INCIDENT_FAIL, 200000, &defaults.smtp, &defaults)
	        .news,
	    NEWS_SUSPECT);
	assert_int_equal(i.strikes, 3);
	/* Part of what is open: known already. */
	reach(&from, OPEN);
	incident_init(&i);
	incident_seed(&i, &from, true, &defaults.smtp);
	assert_int_equal(
	    incident_event(&i, INCIDENT_FAIL, 200000, &defaults.smtp, &defaults)
	        .news,
	    NEWS_OPENED);
}

static void
test_seed_lost(void **state)
{
	struct incident i, from;

	(void)state;
	reach(&from, OPEN);
	/* A good look, or a hold, takes the head start away. */
	incident_init(&i);
	incident_seed(&i, &from, true, &defaults.smtp);
	feed(&i, INCIDENT_GOOD, 100);
	assert_int_equal(i.strikes, 0);
	incident_seed(&i, &from, true, &defaults.smtp);
	feed(&i, INCIDENT_HOLD, 100);
	feed(&i, INCIDENT_RELEASE, 100);
	assert_int_equal(i.strikes, 0);
	/* Nothing to go on from. */
	reach(&from, OK);
	incident_seed(&i, &from, true, &defaults.smtp);
	assert_int_equal(i.strikes, 0);
}

/* ------------------------------------------------------------- flapping */

/* Fail until it opens, or be well until it closes; the news of that. */
static enum incident_news
turn(struct incident *i, bool fail, int64_t *now)
{
	enum incident_state goal = fail ? INCIDENT_OPEN : INCIDENT_OK;
	struct incident_step step = { NEWS_NONE, -1 };

	for (int k = 0; k < 20 && i->state != goal; k++) {
		*now += 20;
		step = feed(i, fail ? INCIDENT_FAIL : INCIDENT_GOOD, *now);
	}
	assert_int_equal(i->state, goal);
	return step.news;
}

static void
test_flapping(void **state)
{
	struct incident i;
	int64_t now = 0;

	(void)state;
	incident_init(&i);
	assert_int_equal(turn(&i, true, &now), NEWS_OPENED);
	assert_int_equal(turn(&i, false, &now), NEWS_CLOSED);
	assert_int_equal(turn(&i, true, &now), NEWS_OPENED);
	assert_int_equal(turn(&i, false, &now), NEWS_FLAPPING);
	for (int k = 0; k < 100; k++) {
		assert_int_equal(turn(&i, true, &now), NEWS_NONE);
		assert_int_equal(turn(&i, false, &now), NEWS_NONE);
		assert_int_equal(feed(&i, INCIDENT_TICK, now).news, NEWS_NONE);
	}
	assert_int_equal(turn(&i, true, &now), NEWS_NONE);
	assert_int_equal(feed(&i, INCIDENT_TICK, now + 24999).news, NEWS_NONE);
	assert_int_equal(
	    feed(&i, INCIDENT_TICK, now + 25000).news, NEWS_SETTLED);
	assert_int_equal(i.state, INCIDENT_OPEN);
	/* And it starts from nothing: its end is told. */
	now += 25000;
	assert_int_equal(turn(&i, false, &now), NEWS_CLOSED);
}

/* Fewer than half of the changes in the window, each long after the other but
 * less than a quarter. */
static void
test_settles_by_count(void **state)
{
	struct incident i;

	(void)state;
	reach(&i, FLAPPING_OK);
	i.change_ms[3] = 100090;
	assert_int_equal(feed(&i, INCIDENT_TICK, 100091).news, NEWS_NONE);
	assert_int_equal(feed(&i, INCIDENT_TICK, 100092).news, NEWS_SETTLED);
}

static void
test_old_changes(void **state)
{
	struct incident i;
	int64_t now = 0;

	(void)state;
	incident_init(&i);
	for (int k = 0; k < 80; k++) {
		assert_int_equal(turn(&i, true, &now), NEWS_OPENED);
		assert_int_equal(turn(&i, false, &now), NEWS_CLOSED);
		now += 100000;
	}
}

/* The ring holds fewer than are asked for; none are: never. */
static void
test_flap_limits(void **state)
{
	struct alert_setting many = quick_alerts, none = quick_alerts;
	struct incident a, b;
	unsigned told = 0;

	(void)state;
	many.flap_changes = 1000;
	none.flap_changes = 0;
	incident_init(&a);
	incident_init(&b);
	for (int64_t now = 0; now < 4000; now += 20) {
		enum incident_event e =
		    now / 100 % 2 == 0 ? INCIDENT_FAIL : INCIDENT_GOOD;

		told += incident_event(&a, e, now, &quick, &many).news ==
		    NEWS_FLAPPING;
		assert_int_not_equal(
		    incident_event(&b, e, now, &quick, &none).news,
		    NEWS_FLAPPING);
	}
	assert_int_equal(told, 1);
}

/* ----------------------------------------------------------- properties */

/* xorshift64*: the same numbers everywhere. */
static uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1du;
}

static double
chance(uint64_t *seed)
{
	return (double)(next(seed) >> 11) / 9007199254740992.0;
}

/* What a listener knows. */
struct listener {
	bool open, flapping, suspect;
};

static void
hear(struct listener *l, const struct incident *i, enum incident_news news)
{
	switch (news) {
	case NEWS_NONE:
		return;
	case NEWS_SUSPECT:
		assert_false(l->suspect);
		l->suspect = true;
		return;
	case NEWS_OPENED:
		assert_false(l->open || l->flapping);
		l->open = true;
		break;
	case NEWS_CLOSED:
		assert_true(l->open && !l->flapping);
		l->open = false;
		break;
	case NEWS_RECOVERING:
	case NEWS_REOPENED:
		assert_true(l->open || l->flapping);
		return;
	case NEWS_CLEARED:
		assert_true(l->suspect && !l->open && !l->flapping);
		break;
	case NEWS_FLAPPING:
		assert_false(l->flapping);
		l->flapping = true;
		break;
	case NEWS_SETTLED:
		assert_true(l->flapping);
		l->flapping = false;
		l->open = i->state == INCIDENT_OPEN;
		break;
	}
	l->suspect = false;
}

static void
step_at_random(
    struct incident *i, struct listener *l, int64_t *now, uint64_t *seed)
{
	enum incident_event e = (enum incident_event)(next(seed) % 7);
	struct incident before = *i;
	struct incident_step step;

	*now += (int64_t)(next(seed) % 40);
	step = feed(i, e, *now);
	hear(l, i, step.news);
	if (e == INCIDENT_HOLD || e == INCIDENT_RELEASE ||
	    e == INCIDENT_UNKNOWN || e == INCIDENT_OTHER ||
	    e == INCIDENT_TICK || before.held)
		assert_int_equal(i->state, before.state);
	if (e == INCIDENT_UNKNOWN) {
		assert_int_equal(i->strikes, before.strikes);
		assert_int_equal(i->goods, before.goods);
	}
	if (e == INCIDENT_FAIL)
		assert_int_not_equal(i->state == INCIDENT_OK && !i->held, true);
	if (!i->held &&
	    (i->state == INCIDENT_SUSPECT || i->state == INCIDENT_RECOVERING))
		assert_true(step.look_ms >= 0);
	else
		assert_int_equal(step.look_ms, -1);
	/* In a state of flapping nothing is suspected for the listener. */
	if (i->state == INCIDENT_OK || i->state == INCIDENT_OPEN)
		l->suspect = false;
	assert_int_equal(l->flapping, i->flapping);
	if (!i->flapping)
		assert_int_equal(l->open,
		    i->state == INCIDENT_OPEN ||
		        i->state == INCIDENT_RECOVERING);
}

static void
test_properties(void **state)
{
	uint64_t seed = 88172645463325252u;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct listener l = { false, false, false };
		struct incident i;
		int64_t now = 0;

		incident_init(&i);
		for (int k = 0; k < 300; k++)
			step_at_random(&i, &l, &now, &seed);
	}
}

/* ------------------------------------------------------------ simulator */

/* One object, looked at every interval, and when the machine asks for it. */
struct world {
	const struct confirm_setting *confirm;
	int64_t interval, slow; /* how long a look that fails takes */
	double loss;            /* of looks, that fail for no reason */
	int64_t from, to;       /* outage */
};

/* Returns when it opened, or -1. */
static int64_t
simulate(const struct world *w, int64_t phase, int64_t until, uint64_t *seed,
    unsigned *alarms)
{
	struct incident i;
	int64_t regular = phase, look = -1, opened = -1;

	incident_init(&i);
	while (regular < until) {
		bool asked = look >= 0 && look < regular;
		int64_t at = asked ? look : regular;
		bool fails =
		    (at >= w->from && at < w->to) || chance(seed) < w->loss;
		struct incident_step step;

		if (!asked)
			regular += w->interval;
		step = incident_event(&i, fails ? INCIDENT_FAIL : INCIDENT_GOOD,
		    at + (fails ? w->slow : 0), w->confirm, &defaults);
		look = step.look_ms;
		if (step.news != NEWS_OPENED)
			continue;
		++*alarms;
		if (opened < 0)
			opened = at + w->slow;
	}
	return opened;
}

/* How many false alarms have 1000 objects in 30 days, half of which fail at
 * once and half after 10 s? */
static unsigned
false_alarms(const struct confirm_setting *c, double loss)
{
	uint64_t seed = 0x9e3779b97f4a7c15u;
	unsigned alarms = 0;

	for (int k = 0; k < 1000; k++) {
		struct world w = { c, 5 * MINUTE, k % 2 * 10 * SECOND, loss, -1,
			-1 };

		simulate(&w, (int64_t)(next(&seed) % 300000), 30 * DAY, &seed,
		    &alarms);
	}
	return alarms;
}

/* A line that loses 5 % of the packets, both ways, fails 0.05 % of the looks
 * (4000 dialogues in a namespace); one that loses 20 %, 4.4 %. */
static void
test_no_false_alarm(void **state)
{
	(void)state;
	assert_int_equal(false_alarms(&defaults.smtp, 0.0005), 0);
	assert_int_equal(false_alarms(&defaults.dns, 0.0005), 0);
	assert_in_range(false_alarms(&defaults.smtp, 0.044), 0, 12);
}

/* It does see what fails for no reason: the test can fail. */
static void
test_simulator_sees(void **state)
{
	static const struct confirm_setting hasty = { 1, { 1000 }, 1, 0 };

	(void)state;
	assert_true(false_alarms(&hasty, 0.0005) > 1000);
}

/* Outages that begin anywhere between two looks. */
static unsigned
count_found(const struct confirm_setting *c, int64_t interval, int64_t length)
{
	uint64_t seed = 42;
	unsigned found = 0;

	for (int k = 0; k < 2000; k++) {
		struct world w = { c, interval, k % 2 * 10 * SECOND, 0.0005,
			HOUR, HOUR + length };
		unsigned alarms = 0;
		int64_t at =
		    simulate(&w, (int64_t)(next(&seed) % (uint64_t)interval),
		        3 * HOUR, &seed, &alarms);

		found += alarms == 1 && at >= HOUR &&
		    at <= HOUR + length + 10 * SECOND;
	}
	return found;
}

/* What is looked at every minute is found within 300 s; in general it takes
 * the interval, the 165 s of the confirmation, and five looks that time out. */
static void
test_outage_is_found(void **state)
{
	(void)state;
	assert_int_equal(
	    count_found(&defaults.smtp, MINUTE, 300 * SECOND), 2000);
	assert_int_equal(
	    count_found(&defaults.dns, MINUTE, 180 * SECOND), 2000);
	assert_int_equal(
	    count_found(&defaults.smtp, 5 * MINUTE, 520 * SECOND), 2000);
	assert_int_equal(
	    count_found(&defaults.dns, 5 * MINUTE, 420 * SECOND), 2000);
}

static void
test_blip_is_not(void **state)
{
	(void)state;
	assert_int_equal(count_found(&defaults.smtp, MINUTE, 100 * SECOND), 0);
	assert_int_equal(count_found(&defaults.dns, MINUTE, 45 * SECOND), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_event_in_every_state),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_confirmation),
		cmocka_unit_test(test_too_fast),
		cmocka_unit_test(test_seed),
		cmocka_unit_test(test_seed_lost),
		cmocka_unit_test(test_flapping),
		cmocka_unit_test(test_settles_by_count),
		cmocka_unit_test(test_old_changes),
		cmocka_unit_test(test_flap_limits),
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_no_false_alarm),
		cmocka_unit_test(test_simulator_sees),
		cmocka_unit_test(test_outage_is_found),
		cmocka_unit_test(test_blip_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
