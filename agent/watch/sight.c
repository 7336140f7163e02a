#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/watch/parts.h"
#include "config/settings_diff.h"

/*
 * Is it us?  Every canary interval each vantage is asked a control question,
 * and each canary is spoken to.  What comes of it goes to the pure judge of
 * blindness; while we are blind the book is held, and one alert says so.
 * The canaries themselves are in canary.c; what becomes of single vantages is
 * in vantage.c.
 */

/* What has been looked at in this time counts. */
#define LATELY_MS 60000

/* The part of all domains (in percent) that is nearly all; of very many, that
 * is known from so many of them, which takes 2 ms, to half a percent. */
#define MOST_PERCENT 60
#define SAMPLE       20000

/* How often vantages are compared, in seconds. */
#define COMPARE_S 5

/* --------------------------------------------------------- control questions
 */

static void
ask_all(uv_timer_t *timer)
{
	struct watch *w = timer->data;

	if (w->stopping)
		return;
	look_at(w, model_control(w->model), NULL);
	canary_ask(w);
	uv_timer_start(timer, ask_all, w->settings->canaries.interval_ms, 0);
}

/* Control looks in a row that could not be made: we are blind. */
#define UNASKED_MAX 3

/* asked: it could be put to them at all.  Where it cannot be for long, for want
 * of sockets say, we see no more than if they were dead. */
void
sight_control(struct watch *w, bool asked)
{
	unsigned answered = 0, n = (unsigned)w->settings->nvantage;

	w->unasked = asked ? 0 : w->unasked + 1;
	if (w->unasked >= UNASKED_MAX)
		blind_vantages(w->blind, 0, n, watch_now().ms);
	if (!asked)
		return;
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

/* One of each network, some of the last that were well: so that they need not
 * be looked for among all mail servers when one fails. */
static void
note_witness(struct watch *w, const struct ip *ip, const struct ip_net *network)
{
	size_t n =
	    w->nwitness < WATCH_WITNESSES ? w->nwitness : WATCH_WITNESSES;

	for (size_t i = 0; i < n; i++)
		if (ip_net_equal(&w->witness[i].network, network)) {
			w->witness[i].ip = *ip;
			return;
		}
	w->witness[w->nwitness++ % WATCH_WITNESSES] =
	    (struct witness){ *ip, *network };
}

void
sight_dialogue(struct watch *w, const struct obs_smtp *obs)
{
	const struct policy *policy = &w->settings->policy;
	struct ip_net network =
	    ip_network(&obs->ip, policy->ipv4_prefix, policy->ipv6_prefix);

	if (obs->error == SMTP_LOCAL || obs->error == SMTP_FORBIDDEN ||
	    obs->hurried)
		return;
	blind_dialogue(w->blind, &network,
	    obs->phase > SMTP_GREETING || obs->code != 0, watch_now().ms);
	if (obs->error == SMTP_OK)
		note_witness(w, &obs->ip, &network);
}

/* ---------------------------------------------------------------- witnesses */

/* Mail servers of other networks that are looked at when one begins to fail,
 * and how often that may be, in milliseconds. */
#define WITNESSES  4
#define WITNESS_MS 10000

/* It was well and is so still, and it is not being looked at. */
static struct thing *
find_witness(const struct watch *w, const struct witness *witness)
{
	struct thing *thing = model_endpoint(w->model, &witness->ip);
	const struct obs_smtp *smtp =
	    thing == NULL ? NULL : model_dialogue(thing);

	return smtp == NULL || thing->busy || smtp->error != SMTP_OK ? NULL :
	                                                               thing;
}

/* Is it that server, or is it us?  Where few servers are watched, they are
 * looked at too seldom to tell in time. */
void
sight_witness(struct watch *w)
{
	size_t n =
	    w->nwitness < WATCH_WITNESSES ? w->nwitness : WATCH_WITNESSES;
	int64_t now = watch_now().ms;
	unsigned called = 0;

	if (now - w->witness_ms < WITNESS_MS)
		return;
	w->witness_ms = now;
	for (size_t i = 0; i < n && called < WITNESSES; i++) {
		struct thing *thing =
		    find_witness(w, &w->witness[(w->seconds + i) % n]);

		if (thing == NULL)
			continue;
		look_at(w, thing, NULL);
		called++;
	}
}

/* ----------------------------------------------------------------- blindness
 */

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

static const struct log_about seen = { .event = "seen" };
static const struct log_about unseen = { .event = "blind" };

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
			log_say(LOG_INFO, &seen, "%s is seen again",
			    sight_name(sight));
		w->blind_ms[sight] = -1;
		tell_blind(w, sight, false);
		return false;
	}
	if (w->blind_ms[sight] < 0) {
		w->blind_ms[sight] = now.ms;
		log_say(LOG_WARNING, &unseen, "blind: %s: %s",
		    sight_name(sight), w->blind_why[sight]);
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
	const struct stand *s = standing_is(&domain->standing);

	for (size_t i = 0; i < s->nfound; i++)
		if (rules_all[s->found[i].rule] == unresolvable)
			return true;
	return false;
}

/* Of the domains looked at since then, can most be resolved by none?  Each
 * second it is others that are asked about. */
static bool
resolves_nothing(const struct watch *w, int64_t since_ms)
{
	const struct rule *unresolvable = rule_find("dns.unresolvable");
	size_t step = 1 + w->nby_name / SAMPLE;
	size_t all = 0, unresolved = 0;

	for (size_t i = w->seconds % step; i < w->nby_name; i += step) {
		const struct domain *domain = w->by_name[i];

		if (!domain->standing.known ||
		    thing_looked(domain_own(domain)).us < since_ms * 1000)
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

	book_hold(
	    w->book, dns || smtp4 || smtp6, dns || is_cut_off(w), watch_now());
}

void
sight_tick(struct watch *w)
{
	judge_sight(w);
	if (w->seconds % COMPARE_S == 0)
		vantage_judge(w);
}

/* ---------------------------------------------------------------------- life
 */

int
sight_init(struct watch *w)
{
	for (size_t i = 0; i < SIGHT_COUNT; i++)
		w->blind_ms[i] = -1;
	w->blind = blind_new();
	if (w->blind == NULL || canary_init(w) != 0)
		return -1;
	uv_timer_start(&w->control, ask_all, 0, 0);
	return 0;
}

/* Canaries are numbered anew. */
static int
renew_canaries(struct watch *w)
{
	struct blind *blind = blind_new();

	if (canary_renew(w) != 0 || blind == NULL) {
		blind_free(blind);
		return -1;
	}
	blind_free(w->blind);
	w->blind = blind;
	uv_timer_start(&w->control, ask_all, 0, 0);
	return 0;
}

int
sight_reload(struct watch *w, uint32_t changed)
{
	if ((changed & 1 << CHANGED_VANTAGES) != 0)
		vantage_forget(w);
	if ((changed & 1 << CHANGED_CANARIES) != 0)
		return renew_canaries(w);
	canary_rename(w);
	return 0;
}

void
sight_free(struct watch *w)
{
	canary_free(w);
	blind_free(w->blind);
}
