#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/name.h"
#include "agent/watch/parts.h"
#include "config/settings_diff.h"

/*
 * Is it us?  Every canary interval each vantage is asked a control question,
 * and each canary is spoken to.  What comes of it goes to the pure judge of
 * blindness; while we are blind the book is held, and one alert says so.
 *
 * A vantage that is silent, or sees other records than the rest for many
 * domains, is left out of judgement until it behaves: one alert about it, none
 * about the domains.
 */

/* Control questions in a row without an answer: the vantage is dead. */
#define SILENT_MAX 3

/* Domains that a vantage must see otherwise, and their part of all (in
 * percent), before it is left out; and the part at which it is let in. */
#define LIAR_DOMAINS 5
#define LIAR_PERCENT 50
#define HONEST_PERCENT 20
#define LATELY_MS 60000

/* The part of all domains (in percent) that is nearly all. */
#define MOST_PERCENT 60

/* How often vantages are compared, in seconds. */
#define COMPARE_S 5

/* How long one that is asked again may take to be asked about everything. */
#define BACK_MS 600000

struct canary {
	struct watch *watch;
	unsigned number;
	const char *host;
	struct ip ip[2]; /* of each family; none: not known */
	bool asked[2], resolving;
	bool retired;                /* of earlier settings */
	struct canary *retired_next; /* the first of each array of these */
};

static const enum sight sight_of_family[] = { SIGHT_SMTP4, SIGHT_SMTP6 };

/* ----------------------------------------------------------------- canaries */

struct call {
	TAILQ_ENTRY(call) among;
	struct canary *canary;
	size_t family;
};

static void
end_call(struct call *call)
{
	call->canary->asked[call->family] = false;
	TAILQ_REMOVE(&call->canary->watch->calls, call, among);
	free(call);
}

static void
canary_answered(void *arg, const struct task_result *result)
{
	struct call *call = arg;
	struct canary *canary = call->canary;
	const struct obs_smtp *obs = result->smtp;

	if (!canary->retired && obs != NULL && obs->error != SMTP_LOCAL &&
	    obs->error != SMTP_FORBIDDEN)
		blind_canary(canary->watch->blind, sight_of_family[call->family],
		    canary->number, obs->phase > SMTP_GREETING || obs->code != 0,
		    watch_now().ms);
	end_call(call);
}

static void
speak(struct canary *canary, size_t family)
{
	struct task task = {
		.kind = TASK_DIALOGUE,
		.name = canary->host,
		.ip = canary->ip[family],
		.depth = DEPTH_EHLO,
	};
	struct call *call;

	if (canary->ip[family].family == 0 || canary->asked[family])
		return;
	call = malloc(sizeof(*call));
	if (call == NULL)
		return;
	call->canary = canary;
	call->family = family;
	canary->asked[family] = true;
	TAILQ_INSERT_TAIL(&canary->watch->calls, call, among);
	if (pool_submit(canary->watch->pool, &task, canary_answered, call) != 0)
		end_call(call);
}

static void
take_address(struct canary *canary, const struct obs_dns *obs)
{
	const struct dns_rr *rr =
	    obs_dns_find(obs, DNS_ANSWER, obs->type, NULL, 0);

	if (rr != NULL)
		canary->ip[obs->type == DNS_AAAA] = rr->ip;
}

static void
canary_resolved(void *arg, const struct task_result *result)
{
	struct canary *canary = arg;

	canary->resolving = false;
	if (canary->retired)
		return;
	for (size_t i = 0; i < result->ndns; i++)
		take_address(canary, result->dns[i]);
	speak(canary, 0);
	speak(canary, 1);
}

/* Bit i: vantage.  All, where none counts. */
static uint32_t
those_that_count(const struct watch *w)
{
	uint32_t all = 0, count = 0;

	for (size_t v = 0; v < w->settings->nvantage; v++) {
		all |= UINT32_C(1) << v;
		if (!w->vantage[v].excluded)
			count |= UINT32_C(1) << v;
	}
	return count != 0 ? count : all;
}

/* A name is looked up each time: its address may change. */
static void
resolve(struct canary *canary)
{
	struct task task = {
		.kind = TASK_LOOKUP,
		.name = canary->host,
		.type = { DNS_A, DNS_AAAA },
		.ntype = 2,
		.vantages = those_that_count(canary->watch),
	};

	if (canary->resolving)
		return;
	canary->resolving = pool_submit(canary->watch->pool, &task,
	    canary_resolved, canary) == 0;
}

static void
ask_canaries(struct watch *w)
{
	for (size_t i = 0; i < w->ncanary; i++) {
		struct canary *canary = &w->canary[i];

		if (name_kind(canary->host, NULL) == NAME_HOST) {
			resolve(canary);
		} else {
			speak(canary, 0);
			speak(canary, 1);
		}
	}
}

static void
fill_canary(struct canary *canary, unsigned number, const char *host)
{
	struct ip ip;

	canary->number = number;
	canary->host = host;
	if (ip_parse(host, &ip) == 0)
		canary->ip[ip.family == 6] = ip;
}

static int
make_canaries(struct watch *w)
{
	const struct canary_setting *s = &w->settings->canaries;

	w->canary = calloc(s->nsmtp + 1, sizeof(*w->canary));
	if (w->canary == NULL)
		return -1;
	w->ncanary = s->nsmtp;
	for (size_t i = 0; i < s->nsmtp; i++) {
		w->canary[i].watch = w;
		fill_canary(&w->canary[i], (unsigned)i, s->smtp[i]);
	}
	return 0;
}

/* --------------------------------------------------------- control questions */

static void
ask_all(uv_timer_t *timer)
{
	struct watch *w = timer->data;

	if (w->stopping)
		return;
	look_at(w, model_control(w->model), NULL);
	ask_canaries(w);
	uv_timer_start(timer, ask_all, w->settings->canaries.interval_ms, 0);
}

void
sight_control(struct watch *w)
{
	unsigned answered = 0, n = (unsigned)w->settings->nvantage;

	for (unsigned v = 0; v < n; v++) {
		enum tri alive = model_alive(w->model, v);

		answered += alive == TRI_YES;
		if (alive == TRI_YES)
			w->vantage[v].silent = 0;
		else if (alive == TRI_NO)
			w->vantage[v].silent++;
	}
	blind_vantages(w->blind, answered, n, watch_now().ms);
}

void
sight_dialogue(struct watch *w, const struct obs_smtp *obs)
{
	const struct policy *policy = &w->settings->policy;
	struct ip_net network = ip_network(
	    &obs->ip, policy->ipv4_prefix, policy->ipv6_prefix);

	if (obs->error == SMTP_LOCAL || obs->error == SMTP_FORBIDDEN ||
	    obs->hurried)
		return;
	blind_dialogue(w->blind, &network,
	    obs->phase > SMTP_GREETING || obs->code != 0, watch_now().ms);
}

/* ---------------------------------------------------------------- witnesses */

/* Mail servers of other networks that are looked at when one begins to fail,
 * and how often that may be, in milliseconds. */
#define WITNESSES     4
#define WITNESS_MS    10000

struct search {
	struct watch *watch;
	struct ip_net seen[WITNESSES];
	struct thing *thing[WITNESSES];
	size_t n;
};

/* It was well, it is not being looked at, and stands for no other yet. */
static void
consider(void *arg, struct thing *thing)
{
	struct search *search = arg;
	const struct policy *policy = &search->watch->settings->policy;
	const struct obs_smtp *smtp = model_dialogue(thing);
	struct ip_net network = ip_network(
	    &thing->ip, policy->ipv4_prefix, policy->ipv6_prefix);

	if (search->n == WITNESSES || thing->busy || smtp == NULL ||
	    smtp->error != SMTP_OK)
		return;
	for (size_t i = 0; i < search->n; i++)
		if (ip_net_equal(&search->seen[i], &network))
			return;
	search->seen[search->n] = network;
	search->thing[search->n++] = thing;
}

/* Is it that server, or is it us?  Where few servers are watched, they are
 * looked at too seldom to tell in time. */
void
sight_witness(struct watch *w)
{
	struct search search = { .watch = w };
	int64_t now = watch_now().ms;

	if (now - w->witness_ms < WITNESS_MS)
		return;
	w->witness_ms = now;
	model_each(w->model, THING_ENDPOINT, consider, &search);
	for (size_t i = 0; i < search.n; i++)
		look_at(w, search.thing[i], NULL);
}

/* ----------------------------------------------------------------- blindness */

static void
tell_blind(struct watch *w, enum sight sight, bool blind)
{
	char key[64], message[256];

	snprintf(key, sizeof(key), "agent blind %s", sight_name(sight));
	if (!blind) {
		book_clear(w->book, key, watch_now());
		return;
	}
	if (book_find(w->book, key) != NULL)
		return;
	snprintf(message, sizeof(message),
	    "this monitor cannot see %s: %s; no domain is judged by it until "
	    "it can",
	    sight_name(sight), w->blind_why[sight]);
	book_raise(w->book, key, CAUSE_AGENT, "agent.blind", SEVERITY_CRITICAL,
	    sight_name(sight), message, watch_now());
}

/* Held at once; told when it lasts as long as a first retry. */
static bool
note_sight(struct watch *w, enum sight sight)
{
	struct book_now now = watch_now();
	int64_t patience = (int64_t)w->settings->alerts.dns.retry_ms[0];
	bool blind = blind_is(w->blind, sight, now.ms, w->blind_why[sight],
	    sizeof(w->blind_why[sight]));

	if (!blind) {
		if (w->blind_ms[sight] >= 0)
			log_info("%s is seen again", sight_name(sight));
		w->blind_ms[sight] = -1;
		tell_blind(w, sight, false);
		return false;
	}
	if (w->blind_ms[sight] < 0) {
		w->blind_ms[sight] = now.ms;
		log_warning("blind: %s: %s", sight_name(sight),
		    w->blind_why[sight]);
	}
	/* Without DNS nothing else is worth a word of its own, and for a while
	 * after: it may come back a moment later. */
	if (sight != SIGHT_DNS && w->blind_ms[SIGHT_DNS] >= 0)
		w->blind_ms[sight] = now.ms;
	if (now.ms - w->blind_ms[sight] >= patience)
		tell_blind(w, sight, true);
	return true;
}

static bool
is_unresolved(const struct domain *domain, const struct rule *unresolvable)
{
	const struct standing *s = &domain->standing;

	for (size_t i = 0; i < s->nfound; i++)
		if (rules_all[s->found[i].rule] == unresolvable)
			return true;
	return false;
}

/* Of the domains looked at since then, can most be resolved by none? */
static bool
resolves_nothing(const struct watch *w, int64_t since_ms)
{
	const struct rule *unresolvable = rule_find("dns.unresolvable");
	size_t all = 0, unresolved = 0;

	for (size_t i = 0; i < w->nby_name; i++) {
		const struct domain *domain = w->by_name[i];

		if (!domain->standing.known ||
		    domain->own->looked.us < since_ms * 1000)
			continue;
		all++;
		unresolved += is_unresolved(domain, unresolvable);
	}
	return unresolved > 0 && unresolved * 100 >= all * MOST_PERCENT;
}

/* Resolvers of our own may be cut off with us: they answer, but find nothing.
 * That is no news of any domain while port 25 is silent everywhere too. */
static bool
is_cut_off(const struct watch *w)
{
	int64_t smtp4 = w->blind_ms[SIGHT_SMTP4];
	int64_t smtp6 = w->blind_ms[SIGHT_SMTP6];
	int64_t since = smtp4 >= 0 ? smtp4 : smtp6;

	return since >= 0 && resolves_nothing(w, since - LATELY_MS);
}

static void
judge_sight(struct watch *w)
{
	bool dns = note_sight(w, SIGHT_DNS);
	bool smtp4 = note_sight(w, SIGHT_SMTP4);
	bool smtp6 = note_sight(w, SIGHT_SMTP6);

	book_hold(w->book, dns || smtp4 || smtp6, dns || is_cut_off(w),
	    watch_now());
}

/* ------------------------------------------------------------------ vantages */

static void
vantage_key(const struct watch *w, unsigned v, char key[160])
{
	snprintf(key, 160, "agent vantage %.120s", w->settings->vantage[v].name);
}

static void
clear_vantage(struct watch *w, unsigned v)
{
	char key[160];

	vantage_key(w, v, key);
	book_clear(w->book, key, watch_now());
}

/* Without asking it, or with. */
static void
spare(struct watch *w, unsigned v, bool on)
{
	w->vantage[v].spared = on;
	w->vantage[v].back_ms = watch_now().ms;
	/* What is wanted anew is wanted of all: at the pace of a start. */
	w->adding = true;
	model_spare(w->model, v, on);
	w->adding = false;
}

static void
let_in(struct watch *w, unsigned v)
{
	w->vantage[v].excluded = false;
	model_exclude(w->model, v, false);
	clear_vantage(w, v);
	log_info("vantage %s counts again", w->settings->vantage[v].name);
	conclude_soon(w);
}

static void
leave_out(struct watch *w, unsigned v)
{
	w->vantage[v].excluded = true;
	w->vantage[v].out_ms = watch_now().ms;
	model_exclude(w->model, v, true);
	log_warning("vantage %s does not count for now: %s",
	    w->settings->vantage[v].name, w->vantage[v].why);
	conclude_soon(w);
}

/* Told when it lasts as long as a failure that is believed: after an outage
 * one cache sees its end later than another. */
static void
tell_left_out(struct watch *w, unsigned v)
{
	struct vantage_state *state = &w->vantage[v];
	char key[160], message[512];

	vantage_key(w, v, key);
	if (watch_now().ms - state->out_ms <
	        (int64_t)w->settings->alerts.dns.span_ms ||
	    book_find(w->book, key) != NULL)
		return;
	snprintf(message, sizeof(message),
	    "vantage %.120s does not count for now: %s",
	    w->settings->vantage[v].name, state->why);
	book_raise(w->book, key, CAUSE_VANTAGE, "agent.vantage",
	    SEVERITY_WARNING, w->settings->vantage[v].name, message,
	    watch_now());
}

/* It behaves again: it counts when it was asked about everything, or has had
 * the time for that. */
static void
come_back(struct watch *w, unsigned v)
{
	struct vantage_state *state = &w->vantage[v];

	if (state->spared)
		spare(w, v, false);
	else if (model_lacks(w->model, v) == 0 ||
	    watch_now().ms - state->back_ms > BACK_MS)
		let_in(w, v);
}

/* Of the domains looked at since then, as many as make a liar, or keep it
 * one. */
static bool
contradicts(struct watch *w, unsigned v, struct mono since)
{
	struct vantage_state *state = &w->vantage[v];
	unsigned percent =
	    state->excluded ? HONEST_PERCENT : LIAR_PERCENT;
	size_t same, otherwise;

	model_agreement(w->model, v, since, &same, &otherwise);
	if (otherwise < (state->excluded ? 1 : LIAR_DOMAINS) ||
	    otherwise * 100 < (same + otherwise) * percent)
		return false;
	if (state->silent > 0)
		snprintf(state->why, sizeof(state->why), "it does not answer");
	else
		snprintf(state->why, sizeof(state->why),
		    "of %zu domains that the other vantages agree on it sees "
		    "%zu otherwise",
		    same + otherwise, otherwise);
	return true;
}

/* Silent, or contradicting the others?  Fills in why.  One that has begun to
 * lie is found by what was looked at lately; what a spared one said is old. */
static bool
is_bad(struct watch *w, unsigned v)
{
	struct vantage_state *state = &w->vantage[v];
	struct mono lately = { (watch_now().ms - LATELY_MS) * 1000 };

	if (state->silent >= SILENT_MAX) {
		snprintf(state->why, sizeof(state->why),
		    "it does not answer, not even who serves the root");
		return true;
	}
	if (state->spared)
		return false;
	return contradicts(w, v, (struct mono){ 0 }) ||
	    (!state->excluded && contradicts(w, v, lately));
}

/* Good enough to end what an earlier run said of it. */
static bool
is_proven(const struct watch *w, unsigned v)
{
	return model_alive(w->model, v) == TRI_YES && w->unjudged == 0;
}

static void
judge_vantages(struct watch *w)
{
	size_t n = w->settings->nvantage;

	/* All are silent: it is us, and none is worse than the others. */
	if (n < 2 || w->blind_ms[SIGHT_DNS] >= 0)
		return;
	for (unsigned v = 0; v < n; v++) {
		bool bad = is_bad(w, v);

		if (bad && !w->vantage[v].excluded)
			leave_out(w, v);
		else if (bad)
			tell_left_out(w, v);
		else if (w->vantage[v].excluded)
			come_back(w, v);
		else if (is_proven(w, v))
			clear_vantage(w, v); /* of an earlier run */
		if (w->vantage[v].silent >= SILENT_MAX &&
		    !w->vantage[v].spared)
			spare(w, v, true);
	}
}

void
sight_tick(struct watch *w)
{
	judge_sight(w);
	if (w->seconds % COMPARE_S == 0)
		judge_vantages(w);
}

bool
watch_vantage(const struct watch *w, size_t i, struct vantage_health *out)
{
	if (i >= w->settings->nvantage)
		return false;
	*out = (struct vantage_health){
		.name = w->settings->vantage[i].name,
		.alive = model_alive(w->model, (unsigned)i),
		.excluded = w->vantage[i].excluded,
		.why = w->vantage[i].why,
	};
	return true;
}

/* ---------------------------------------------------------------------- life */

int
sight_init(struct watch *w)
{
	for (size_t i = 0; i < SIGHT_COUNT; i++)
		w->blind_ms[i] = -1;
	w->blind = blind_new();
	if (w->blind == NULL || make_canaries(w) != 0)
		return -1;
	uv_timer_start(&w->control, ask_all, 0, 0);
	return 0;
}

/* What they were asked may still be answered. */
static void
retire(struct watch *w, struct canary *canary, size_t n)
{
	for (size_t i = 0; i < n; i++)
		canary[i].retired = true;
	canary->retired_next = w->retired;
	w->retired = canary;
}

/* Canaries are numbered anew. */
static int
renew_canaries(struct watch *w)
{
	struct canary *old = w->canary;
	struct blind *blind = blind_new();
	size_t n = w->ncanary;

	if (blind == NULL || make_canaries(w) != 0) {
		w->canary = old;
		blind_free(blind);
		return -1;
	}
	retire(w, old, n);
	blind_free(w->blind);
	w->blind = blind;
	return 0;
}

/* Vantages are numbered anew: none is judged by what another one did. */
static void
forget_vantages(struct watch *w)
{
	memset(w->vantage, 0, sizeof(w->vantage));
	for (unsigned v = 0; v < w->settings->nvantage; v++) {
		spare(w, v, false);
		model_exclude(w->model, v, false);
	}
}

int
sight_reload(struct watch *w, uint32_t changed)
{
	const struct canary_setting *s = &w->settings->canaries;

	if ((changed & 1 << CHANGED_VANTAGES) != 0)
		forget_vantages(w);
	if ((changed & (1 << CHANGED_VANTAGES | 1 << CHANGED_CANARIES)) != 0)
		return renew_canaries(w);
	for (size_t i = 0; i < w->ncanary; i++)
		w->canary[i].host = s->smtp[i];
	return 0;
}

void
sight_free(struct watch *w)
{
	struct canary *canary;

	while (!TAILQ_EMPTY(&w->calls))
		end_call(TAILQ_FIRST(&w->calls));
	while ((canary = w->retired) != NULL) {
		w->retired = canary->retired_next;
		free(canary);
	}
	blind_free(w->blind);
	free(w->canary);
}
