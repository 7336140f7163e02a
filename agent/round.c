#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/round_facts.h"
#include "agent/round_plan.h"
#include "agent/round.h"

/*
 * A round keeps a list of wants.  When answers have come it asks the plan
 * (round_plan.h) what is worth asking now, submits what is not in the list
 * yet, and is complete when nothing is pending.  Its end has one way: end().
 *
 * The plan is asked once in a turn of the loop, before it waits again: the
 * answers of a domain come a handful at a time, and to ask it for each of them
 * is a seventh of the CPU time of a check of many domains.
 */

/* Questions of the budget that extras may not use. */
#define KEPT_BACK 10

/* The time is up this much before the caller's: for judging and printing. */
#define SLACK_MS 200

struct item {
	STAILQ_ENTRY(item) link;
	struct round *round;
	struct want want; /* name points to the copy below */
	char *name;
	struct ticket *ticket; /* NULL: done */
};

STAILQ_HEAD(item_list, item);

struct clockwork {
	uv_timer_t timer;
	uv_prepare_t turn;
};

struct round {
	struct engine *engine;
	const struct settings *settings;
	struct facts *facts;
	struct mono started, until;
	struct item_list items;
	unsigned questions; /* of the budget */
	bool address_known; /* of any mail server */
	bool no_memory;
	struct clockwork *clockwork; /* frees itself when closed */
	round_done_fn *done;
	void *arg;
};

/* ---------------------------------------------------------------- the end */

static void
free_clockwork(uv_handle_t *timer)
{
	free(timer);
}

/* The timer is its first member. */
static void
close_timer(uv_handle_t *turn)
{
	struct clockwork *c = turn->data;

	uv_close((uv_handle_t *)&c->timer, free_clockwork);
}

/* Free the round but not the facts; what is under way is cancelled. */
static void
dissolve(struct round *round)
{
	struct item *item;

	while ((item = STAILQ_FIRST(&round->items)) != NULL) {
		STAILQ_REMOVE_HEAD(&round->items, link);
		if (item->ticket != NULL)
			engine_cancel(item->ticket);
		free(item->name);
		free(item);
	}
	if (round->clockwork != NULL) {
		round->clockwork->turn.data = round->clockwork;
		uv_timer_stop(&round->clockwork->timer);
		uv_close((uv_handle_t *)&round->clockwork->turn, close_timer);
	}
	free(round);
}

/* Every ending but cancellation passes here. */
static void
end(struct round *round)
{
	struct facts *facts = round->facts;
	round_done_fn *done = round->done;
	void *arg = round->arg;

	facts->duration_ms = clock_ms_between(round->started, clock_mono());
	if (round_conclude(facts, round->engine) != 0 || round->no_memory) {
		log_error("%s: out of memory: some of it is not known",
		    facts->domain);
		facts->limited = true;
	}
	log_debug("%s: %u questions, %zu dialogues, %.1f ms%s", facts->domain,
	    round->questions, facts->nsmtp, facts->duration_ms,
	    facts->timed_out ? ", time ran out" : "");
	dissolve(round);
	done(arg, facts);
}

/* ------------------------------------------------------------- submission */

static void go_on(uv_prepare_t *);

static void
go_on_later(struct round *round)
{
	uv_prepare_start(&round->clockwork->turn, go_on);
}

static uint64_t
left_ms(const struct round *round)
{
	double left = clock_ms_between(clock_mono(), round->until);

	return left < 1 ? 1 : (uint64_t)left;
}

/* A sender can go on as soon as it knows one address; without any, the last
 * look-up ends the wait. */
static void
note_dns_time(struct round *round, const struct obs_dns *obs)
{
	if (round->address_known)
		return;
	round->address_known = obs != NULL && obs->status == DNS_OK;
	round->facts->dns_ms = clock_ms_between(round->started, clock_mono());
}

static void
answered(void *arg, struct obs_dns *obs)
{
	struct item *item = arg;
	struct round *round = item->round;

	item->ticket = NULL;
	if (obs == NULL || facts_add_dns(round->facts, obs_dns_ref(obs)) != 0)
		round->no_memory = true;
	if (item->want.mx_host)
		note_dns_time(round, obs);
	go_on_later(round);
}

static void
talked(void *arg, struct obs_smtp *obs)
{
	struct item *item = arg;
	struct round *round = item->round;

	item->ticket = NULL;
	if (obs == NULL || facts_add_smtp(round->facts, obs_smtp_ref(obs)) != 0)
		round->no_memory = true;
	go_on_later(round);
}

/* An address that the egress policy refuses: a fact, and no dialogue. */
static void
note_refusal(struct round *round, const struct want *want, const char *why)
{
	struct obs_smtp *obs =
	    obs_smtp_new(&want->ip, round->settings->smtp_port, want->name);

	if (obs != NULL) {
		obs->error = SMTP_FORBIDDEN;
		obs->detail = strdup(why);
	}
	if (obs == NULL || obs->detail == NULL ||
	    facts_add_smtp(round->facts, obs) != 0)
		round->no_memory = true;
}

static struct ticket *
submit(struct round *round, struct item *item)
{
	const struct want *want = &item->want;
	const char *rcpt = NULL;

	switch (want->kind) {
	case WANT_LOOKUP:
		return engine_lookup(round->engine, want->vantage, item->name,
		    want->type, answered, item);
	case WANT_ASK:
		return engine_ask(round->engine, &want->ip, item->name,
		    want->type, answered, item);
	case WANT_DIALOGUE:
		if (round->settings->depth == DEPTH_RCPT)
			rcpt = round->facts->domain;
		return engine_dialogue(round->engine, &want->ip, item->name,
		    rcpt, left_ms(round), talked, item);
	}
	return NULL;
}

static bool
is_same(const struct want *a, const struct want *b)
{
	return a->kind == b->kind && a->type == b->type &&
	    a->vantage == b->vantage && ip_equal(&a->ip, &b->ip) &&
	    strcmp(a->name, b->name) == 0;
}

static struct item *
find(const struct round *round, const struct want *want)
{
	struct item *item;

	STAILQ_FOREACH (item, &round->items, link)
		if (is_same(&item->want, want))
			return item;
	return NULL;
}

static struct item *
remember(struct round *round, const struct want *want)
{
	struct item *item = calloc(1, sizeof(*item));

	if (item == NULL)
		return NULL;
	item->name = strdup(want->name);
	if (item->name == NULL) {
		free(item);
		return NULL;
	}
	item->round = round;
	item->want = *want;
	item->want.name = item->name;
	STAILQ_INSERT_TAIL(&round->items, item, link);
	return item;
}

/* Is there a question left for it?  Control questions are shared by all
 * domains and not counted.  What only adds to what is known leaves some for
 * needs that show later. */
static bool
in_budget(struct round *round, const struct want *want)
{
	unsigned most = want->weight == WANT_EXTRA ?
	    FACTS_QUERY_MAX - KEPT_BACK :
	    FACTS_QUERY_MAX;

	if (want->kind == WANT_DIALOGUE || want->weight == WANT_CONTROL)
		return true;
	if (round->questions < most) {
		round->questions++;
		return true;
	}
	if (want->weight == WANT_NEEDED)
		round->facts->limited = true;
	return false;
}

static void
consider(void *arg, const struct want *want)
{
	struct round *round = arg;
	const char *refused = NULL;
	struct item *item;

	item = find(round, want);
	if (item != NULL) {
		item->want.mx_host |= want->mx_host;
		return;
	}
	if (want->kind != WANT_LOOKUP)
		refused = engine_refuses(round->engine, &want->ip);
	if (refused == NULL && !in_budget(round, want))
		return;
	item = remember(round, want);
	if (item == NULL) {
		round->no_memory = true;
		return;
	}
	if (refused != NULL && want->kind == WANT_DIALOGUE)
		note_refusal(round, want, refused);
	if (refused != NULL)
		return;
	item->ticket = submit(round, item);
	if (item->ticket == NULL)
		round->no_memory = true;
}

/* A control question is waited for only when its vantage failed. */
static bool
is_awaited(const struct round *round, const struct item *item)
{
	return item->ticket != NULL &&
	    (item->want.weight != WANT_CONTROL ||
	        plan_vantage_failed(round->facts, item->want.vantage));
}

/* Ask what is worth asking now; at the end of all questions, end. */
static void
go_on(uv_prepare_t *turn)
{
	struct round *round = turn->data;
	struct item *item;

	uv_prepare_stop(turn);
	plan_wants(round->facts, consider, round);
	STAILQ_FOREACH (item, &round->items, link)
		if (is_awaited(round, item))
			return;
	end(round);
}

/* ---------------------------------------------------------------- time up */

static void
note_unanswered(struct round *round, const struct item *item)
{
	struct obs_dns *obs = obs_dns_new(item->name, item->want.type);

	if (obs != NULL) {
		obs->direct = item->want.kind == WANT_ASK;
		obs->vantage = item->want.vantage;
		obs->server = item->want.ip;
	}
	if (obs == NULL || facts_add_dns(round->facts, obs) != 0)
		round->no_memory = true;
}

static void
note_unfinished(struct round *round, const struct item *item)
{
	struct obs_smtp *obs = engine_snapshot(item->ticket);

	if (obs == NULL) {
		obs = obs_smtp_new(
		    &item->want.ip, round->settings->smtp_port, item->name);
		if (obs != NULL) {
			obs->error = SMTP_LOCAL;
			obs->detail =
			    strdup("its turn did not come in the time given");
		}
	}
	if (obs == NULL || facts_add_smtp(round->facts, obs) != 0)
		round->no_memory = true;
}

static void
run_out(uv_timer_t *timer)
{
	struct round *round = timer->data;
	struct item *item;

	round->facts->timed_out = true;
	STAILQ_FOREACH (item, &round->items, link) {
		if (item->ticket == NULL)
			continue;
		if (item->want.kind == WANT_DIALOGUE)
			note_unfinished(round, item);
		else
			note_unanswered(round, item);
	}
	end(round);
}

/* The first questions are asked from the loop too, so that no ending can come
 * inside round_start(); from then on the timer is the deadline. */
static void
begin(uv_timer_t *timer)
{
	struct round *round = timer->data;

	uv_timer_start(timer, run_out, left_ms(round), 0);
	go_on(&round->clockwork->turn);
}

/* ------------------------------------------------------------------ start */

static bool
fill_facts(struct round *round, const char *domain, const char *unicode)
{
	const struct settings *settings = round->settings;
	struct facts *facts = facts_new(domain);
	char where[IP_TEXT + 8], ip[IP_TEXT];

	round->facts = facts;
	if (facts == NULL || round_copy_name(&facts->unicode, unicode) != 0)
		return false;
	facts->started = clock_wall();
	facts->depth = settings->depth;
	facts->port = settings->smtp_port;
	facts->family = settings->family;
	for (size_t i = 0; i < settings->nvantage; i++) {
		const struct vantage_setting *v = &settings->vantage[i];

		snprintf(where, sizeof(where),
		    v->ip.family == 6 ? "[%s]:%u" : "%s:%u",
		    ip_format(&v->ip, ip), v->port);
		if (facts_add_vantage(facts, v->name,
		        v->url != NULL ? v->url : where, v->trust_ad) != 0)
			return false;
	}
	return true;
}

struct round *
round_start(uv_loop_t *loop, struct engine *engine,
    const struct settings *settings, const char *domain, const char *unicode,
    round_done_fn *done, void *arg)
{
	struct round *round = calloc(1, sizeof(*round));
	uint64_t slack = settings->timeout_ms > 5 * SLACK_MS ? SLACK_MS : 0;

	if (round == NULL)
		return NULL;
	STAILQ_INIT(&round->items);
	round->engine = engine;
	round->settings = settings;
	round->done = done;
	round->arg = arg;
	round->started = clock_mono();
	round->until.us =
	    round->started.us + (int64_t)(settings->timeout_ms - slack) * 1000;
	if (!fill_facts(round, domain, unicode) ||
	    (round->clockwork = malloc(sizeof(*round->clockwork))) == NULL) {
		facts_free(round->facts);
		free(round);
		return NULL;
	}
	uv_timer_init(loop, &round->clockwork->timer);
	uv_prepare_init(loop, &round->clockwork->turn);
	round->clockwork->timer.data = round->clockwork->turn.data = round;
	uv_timer_start(&round->clockwork->timer, begin, 0, 0);
	return round;
}

void
round_cancel(struct round *round)
{
	if (round == NULL)
		return;
	facts_free(round->facts);
	dissolve(round);
}
