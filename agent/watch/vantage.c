#include <stdio.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/watch/parts.h"

/*
 * A vantage that is silent, or sees other records than the rest for many
 * domains, is left out of judgement until it behaves: one alert about it, none
 * about the domains.  One that is silent is not even asked, for each look would
 * wait for it.
 */

/* Control questions in a row without an answer: the vantage is dead. */
#define SILENT_MAX 3

/* Domains that a vantage must see otherwise, and their part of all (in
 * percent), before it is left out; and the part at which it is let in. */
#define LIAR_DOMAINS   5
#define LIAR_PERCENT   50
#define HONEST_PERCENT 20
#define LATELY_MS      60000

/* How long one that is asked again may take to be asked about everything. */
#define BACK_MS 600000

static void
vantage_key(const struct watch *w, unsigned v, char key[160])
{
	snprintf(
	    key, 160, "agent vantage %.120s", w->settings->vantage[v].name);
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
	const struct log_about about = { .event = "vantage-in",
		.vantage = w->settings->vantage[v].name };

	w->vantage[v].excluded = false;
	model_exclude(w->model, v, false);
	clear_vantage(w, v);
	log_say(LOG_INFO, &about, "vantage %s counts again", about.vantage);
	conclude_soon(w);
}

static void
leave_out(struct watch *w, unsigned v)
{
	const struct log_about about = { .event = "vantage-out",
		.vantage = w->settings->vantage[v].name };

	w->vantage[v].excluded = true;
	w->vantage[v].out_ms = watch_now().ms;
	model_exclude(w->model, v, true);
	log_say(LOG_WARNING, &about, "vantage %s does not count for now: %s",
	    about.vantage, w->vantage[v].why);
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
	else if (!model_lacks(w->model, v) ||
	    watch_now().ms - state->back_ms > BACK_MS)
		let_in(w, v);
}

/* Of the domains looked at since then, as many as make a liar, or keep it
 * one. */
static bool
contradicts(struct watch *w, unsigned v, struct mono since)
{
	struct vantage_state *state = &w->vantage[v];
	unsigned percent = state->excluded ? HONEST_PERCENT : LIAR_PERCENT;
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

void
vantage_judge(struct watch *w)
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
		if (w->vantage[v].silent >= SILENT_MAX && !w->vantage[v].spared)
			spare(w, v, true);
	}
}

/* Vantages are numbered anew: none is judged by what another one did. */
void
vantage_forget(struct watch *w)
{
	memset(w->vantage, 0, sizeof(w->vantage));
	for (unsigned v = 0; v < w->settings->nvantage; v++) {
		spare(w, v, false);
		model_exclude(w->model, v, false);
	}
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
