#include <stdlib.h>

#include "agent/base/log.h"
#include "agent/watch/parts.h"

/*
 * A look is one task for one thing.  It begins when the schedule says so, when
 * something is new, or when a trial asks for it; several trials may wait for
 * the same look.  Dialogues wait for their place in the politeness ledger.
 */

/* Tasks that may wait for a worker before nothing more is taken: what is late
 * then shows as lateness. */
#define QUEUE_MAX  2000
#define CROWDED_MS 20

/* What is due is taken so often at most, all of it: with thousands a second a
 * timer for each would cost as much as the looks. */
#define PUMP_MS 10

/* A look that was lost is our own trouble: again soon, but not at once. */
#define LOST_MS 10000

/* When to see whether an address that said 421 may be talked to again. */
#define PUT_OFF_MS 30000

/* When to see whether one more name server may be asked. */
#define ASK_LATER_MS 5000

struct look {
	TAILQ_ENTRY(look) link;  /* waiting */
	TAILQ_ENTRY(look) among; /* all that are under way */
	struct watch *watch;
	struct thing *thing;
	bool waits;
	bool placed;       /* has a place in the ledger */
	uint32_t vantages; /* that were asked for so many types each */
	size_t ntype;
	struct trial **trial;
	size_t ntrial;
};

const double watch_bounds[WATCH_BUCKETS] = { 0.005, 0.01, 0.025, 0.05, 0.1,
	0.25, 0.5, 1, 2.5, 5, 10, 30 };

static void
count_time(struct histogram *h, double ms)
{
	size_t i = 0;

	if (ms < 0)
		return;
	while (i < WATCH_BUCKETS && ms > watch_bounds[i] * 1000)
		i++;
	h->count[i]++;
	h->sum_s += ms / 1000;
}

static void
count_dialogue(struct watch *w, const struct obs_smtp *obs)
{
	count_time(&w->phase[SMTP_CONNECT], obs->connect_ms);
	count_time(&w->phase[SMTP_GREETING], obs->greeting_ms);
	count_time(&w->phase[SMTP_EHLO], obs->ehlo_ms);
	if (obs->tls != NULL && obs->tls->established)
		count_time(&w->phase[SMTP_TLS], obs->tls->handshake_ms);
	if (obs->phase == SMTP_DONE)
		count_time(&w->phase[SMTP_DONE], obs->total_ms);
}

/* What was the same is in the order of the vantages that were asked. */
static void
count_same(
    struct watch *w, const struct look *look, const struct task_result *result)
{
	size_t i = 0;

	for (unsigned v = 0; v < WATCH_VANTAGES; v++)
		for (size_t t = 0; (look->vantages >> v & 1) != 0 &&
		     t < look->ntype && i < result->ndns;
		     t++, i++)
			if (result->dns[i] == NULL)
				count_time(
				    &w->vantage[v].time, result->same_ms[i]);
}

static void
count(
    struct watch *w, const struct look *look, const struct task_result *result)
{
	w->looks++;
	if (result->lost)
		w->lost++;
	if (result->smtp != NULL)
		count_dialogue(w, result->smtp);
	for (size_t i = 0; i < result->ndns; i++) {
		const struct obs_dns *obs = result->dns[i];

		if (obs != NULL && !obs->direct &&
		    obs->vantage < WATCH_VANTAGES && obs->rcode >= 0)
			count_time(&w->vantage[obs->vantage].time, obs->rtt_ms);
	}
	if (result->same_ms != NULL)
		count_same(w, look, result);
}

/* -------------------------------------------------------------- the ledger */

static void submit(struct look *);

/* NOLINTBEGIN(misc-no-recursion): start_waiting() is begun once only */

static void
start_if_may(struct look *look)
{
	struct watch *w = look->watch;

	if (!ledger_take(w->ledger, thing_ip(look->thing)))
		return;
	TAILQ_REMOVE(&w->waiting, look, link);
	look->waits = false;
	look->placed = true;
	submit(look);
}

/* A place is free.  A look that cannot be submitted ends at once, and comes
 * here: that must not change the list on the way. */
static void
start_waiting(struct watch *w)
{
	struct look *look, *next;

	if (w->starting)
		return;
	w->starting = true;
	for (look = TAILQ_FIRST(&w->waiting); look != NULL; look = next) {
		next = TAILQ_NEXT(look, link);
		start_if_may(look);
	}
	w->starting = false;
}

/* What a 421 means for the next dialogue with this address. */
static void
note_politeness(struct watch *w, const struct obs_smtp *obs)
{
	if (obs->error == SMTP_DEFERRED && obs->code == 421)
		ledger_back_off(w->ledger, &obs->ip, watch_now().ms);
	else if (obs->error == SMTP_OK)
		ledger_forgive(w->ledger, &obs->ip);
}

/* ------------------------------------------------------------------ ending */

static void
plan_next(struct watch *w, struct thing *thing, bool lost, bool first)
{
	uint64_t interval = model_interval_ms(w->model, thing);
	struct mono now = clock_mono();

	if (w->stopping)
		return;
	if (thing->again)
		schedule_after(w->schedule, &thing->slot, 0, now);
	else if (lost)
		schedule_after(w->schedule, &thing->slot, LOST_MS, now);
	/* First looks at domains were paced, others were not. */
	else if (first && model_domain_of(thing) == NULL)
		schedule_spread(w->schedule, &thing->slot, interval, now);
	else
		schedule_after(w->schedule, &thing->slot, interval, now);
	look_pump(w);
}

/* Every look ends here. */
static void
ended(void *arg, const struct task_result *result)
{
	struct look *look = arg;
	struct watch *w = look->watch;
	struct thing *thing = look->thing;
	bool gone = thing->refs == 0 || (thing->fleeting && !result->lost);
	bool first = !thing->known, placed = look->placed;
	enum learned learned;

	count(w, look, result);
	if (placed)
		ledger_give(w->ledger, thing_ip(thing));
	if (result->smtp != NULL) {
		note_politeness(w, result->smtp);
		sight_dialogue(w, result->smtp);
	}
	thing->busy = false;
	thing->slot.user = NULL;
	TAILQ_REMOVE(&w->under_way, look, among);
	w->asks -= thing->kind == THING_SERVER;
	learned = model_learn(w->model, thing, result, clock_mono());
	if (thing == model_control(w->model)) {
		sight_control(w, learned != LEARNED_NOTHING);
	} else if (!gone) {
		plan_next(w, thing, result->lost, first);
		change_looked(w, thing);
	}
	for (size_t i = 0; i < look->ntrial; i++)
		trial_looked(look->trial[i], learned == LEARNED_NOTHING);
	free(look->trial);
	free(look);
	if (placed)
		start_waiting(w);
	conclude_soon(w);
}

/* --------------------------------------------------------------- beginning */

static void
submit(struct look *look)
{
	static const struct task_result lost = { .lost = true };
	struct watch *w = look->watch;
	struct task task;

	model_task(w->model, look->thing, clock_mono(), &task);
	look->vantages = task.vantages;
	look->ntype = task.ntype;
	if (pool_submit(w->pool, &task, ended, look) != 0) {
		log_error("%s: out of memory", task.name);
		ended(look, &lost);
	}
}

/* NOLINTEND(misc-no-recursion) */

static void
add_trial(struct look *look, struct trial *trial)
{
	struct trial **more;

	if (trial == NULL)
		return;
	more =
	    realloc(look->trial, (look->ntrial + 1) * sizeof(struct trial *));
	if (more == NULL) {
		trial_looked(trial, true);
		return;
	}
	look->trial = more;
	look->trial[look->ntrial++] = trial;
}

/* Milliseconds to wait before it is looked at: the address asked to be left
 * alone for a while, or name servers are asked about enough.  0: none. */
static uint64_t
put_off_ms(struct watch *w, const struct thing *thing, bool tried)
{
	if (thing->kind == THING_ENDPOINT &&
	    !ledger_may(w->ledger, thing_ip(thing), watch_now().ms))
		return PUT_OFF_MS;
	if (thing->kind == THING_SERVER && w->asks >= w->asks_max && !tried)
		return ASK_LATER_MS;
	return 0;
}

static bool
is_put_off(struct watch *w, struct thing *thing, bool tried)
{
	uint64_t ms = put_off_ms(w, thing, tried);

	if (ms != 0)
		schedule_after(w->schedule, &thing->slot, ms, clock_mono());
	return ms != 0;
}

static struct look *
new_look(struct watch *w, struct thing *thing)
{
	struct look *look = calloc(1, sizeof(*look));

	if (look == NULL) {
		schedule_after(
		    w->schedule, &thing->slot, LOST_MS, clock_mono());
		return NULL;
	}
	look->watch = w;
	look->thing = thing;
	thing->busy = true;
	thing->again = false;
	thing->slot.user = look;
	TAILQ_INSERT_TAIL(&w->under_way, look, among);
	w->asks += thing->kind == THING_SERVER;
	return look;
}

void
look_at(struct watch *w, struct thing *thing, struct trial *trial)
{
	struct look *look = NULL;

	if (thing->busy) {
		if (trial != NULL)
			add_trial(thing->slot.user, trial);
		return;
	}
	schedule_remove(w->schedule, &thing->slot);
	if (w->stopping || is_put_off(w, thing, trial != NULL) ||
	    (look = new_look(w, thing)) == NULL) {
		if (trial != NULL)
			trial_looked(trial, true);
		return;
	}
	add_trial(look, trial);
	if (thing->kind != THING_ENDPOINT) {
		submit(look);
		return;
	}
	look->waits = true;
	TAILQ_INSERT_TAIL(&w->waiting, look, link);
	start_if_may(look);
}

/* ---------------------------------------------------------------- the pump */

static struct thing *
thing_of(struct slot *slot)
{
	return (struct thing *)((char *)slot - offsetof(struct thing, slot));
}

static bool
is_crowded(const struct watch *w)
{
	struct pool_stats stats;

	pool_stats(w->pool, &stats);
	return stats.waiting > QUEUE_MAX;
}

static void
pump(uv_timer_t *timer)
{
	struct watch *w = timer->data;
	struct slot *slot;

	while (!is_crowded(w) &&
	    (slot = schedule_take(w->schedule, clock_mono())) != NULL)
		look_at(w, thing_of(slot), NULL);
	look_pump(w);
}

void
look_pump(struct watch *w)
{
	int64_t wait = schedule_wait(w->schedule, clock_mono());

	if (w->stopping || wait < 0) {
		uv_timer_stop(&w->pump);
		return;
	}
	if (wait < PUMP_MS)
		wait = PUMP_MS;
	if (wait < CROWDED_MS && is_crowded(w))
		wait = CROWDED_MS;
	if (!uv_is_active((uv_handle_t *)&w->pump) ||
	    uv_timer_get_due_in(&w->pump) > (uint64_t)wait)
		uv_timer_start(&w->pump, pump, (uint64_t)wait, 0);
}

void
look_wanted(void *watch, struct thing *thing)
{
	struct watch *w = watch;
	struct mono now = clock_mono();

	if (thing->busy)
		return; /* it says that it wants more */
	if (w->adding) {
		/* A million times; whoever adds calls the pump. */
		schedule_first(w->schedule, &thing->slot, now);
		return;
	}
	schedule_after(w->schedule, &thing->slot, 0, now);
	look_pump(w);
}

void
look_unwanted(void *watch, struct thing *thing)
{
	struct watch *w = watch;

	schedule_remove(w->schedule, &thing->slot);
}

/* What nobody rests on any more has waited for this. */
static void
give_up(struct watch *w, struct look *look)
{
	static const struct task_result lost = { .lost = true };
	struct thing *thing = look->thing;

	for (size_t i = 0; i < look->ntrial; i++)
		trial_looked(look->trial[i], true);
	thing->busy = false;
	thing->slot.user = NULL;
	if (thing->refs == 0)
		model_learn(w->model, thing, &lost, clock_mono());
	free(look->trial);
	free(look);
}

void
look_free(struct watch *w)
{
	struct look *look;

	while ((look = TAILQ_FIRST(&w->under_way)) != NULL) {
		TAILQ_REMOVE(&w->under_way, look, among);
		give_up(w, look);
	}
	TAILQ_INIT(&w->waiting);
}

int
look_limits(struct watch *w)
{
	const struct settings *s = w->settings;
	struct ledger_limits limits = {
		.per_host = s->per_host,
		.per_network = s->per_network,
		.total = s->connections,
		.ipv4_prefix = s->policy.ipv4_prefix,
		.ipv6_prefix = s->policy.ipv6_prefix,
	};
	struct ledger *ledger;

	/* Places that are taken now are given back to the old one. */
	if (w->ledger != NULL) {
		ledger_limit(w->ledger, &limits);
		return 0;
	}
	ledger = ledger_new(&limits);
	if (ledger == NULL)
		return -1;
	w->ledger = ledger;
	return 0;
}

void
look_init(struct watch *w)
{
	TAILQ_INIT(&w->waiting);
	TAILQ_INIT(&w->under_way);
	uv_timer_init(w->loop, &w->pump);
	w->pump.data = w;
}
