#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/watch/parts.h"

/*
 * Changes of the NS and MX sets.  A set that differs from the one believed is
 * a candidate; it is looked at again after a while, and when it is still the
 * same it is believed, remembered and told.
 */

#define SET_TEXT 4096

/* ------------------------------------------------------------ one copy each */

struct set {
	size_t refs;
	char text[];
};

static int
compare_sets(const void *a, const void *b)
{
	return strcmp(
	    ((const struct set *)a)->text, ((const struct set *)b)->text);
}

static struct set *
set_of(const char *text)
{
	return (
	    struct set *)((char *)(uintptr_t)text - offsetof(struct set, text));
}

const char *
set_hold(struct watch *w, const char *text)
{
	size_t len;
	struct set *set, **node;

	if (text == NULL)
		return NULL;
	len = strlen(text);
	set = malloc(sizeof(*set) + len + 1);
	if (set == NULL)
		return NULL;
	set->refs = 0;
	memcpy(set->text, text, len + 1);
	node = tsearch(set, &w->sets, compare_sets);
	if (node == NULL || *node != set)
		free(set);
	if (node == NULL)
		return NULL;
	(*node)->refs++;
	return (*node)->text;
}

const char *
set_again(const char *held)
{
	if (held != NULL)
		set_of(held)->refs++;
	return held;
}

void
set_release(struct watch *w, const char *text)
{
	struct set *set;

	if (text == NULL)
		return;
	set = set_of(text);
	if (--set->refs > 0)
		return;
	tdelete(set, &w->sets, compare_sets);
	free(set);
}

/* ------------------------------------------------------------------ changes */

struct change {
	TAILQ_ENTRY(change) link;
	struct watch *watch;
	struct domain *domain;
	const char *ns, *mx; /* the candidates, held */
	uv_timer_t timer;    /* until the second look; then idle */
	bool due;
	struct mono before; /* due: when the first look was */
};

static int
compare_changes(const void *a, const void *b)
{
	uint32_t x = ((const struct change *)a)->domain->id;
	uint32_t y = ((const struct change *)b)->domain->id;

	return (x > y) - (x < y);
}

/* Of this domain, or NULL. */
static struct change *
change_of(const struct watch *w, const struct domain *domain)
{
	struct change like = { .domain = (struct domain *)(uintptr_t)domain };
	struct change **node;

	if (!domain->standing.changing)
		return NULL;
	node = tfind(&like, &w->changing, compare_changes);
	return node == NULL ? NULL : *node;
}

static void
free_change(uv_handle_t *handle)
{
	struct change *change = handle->data;

	free(change);
}

static void
drop(struct change *change)
{
	TAILQ_REMOVE(&change->watch->changes, change, link);
	tdelete(change, &change->watch->changing, compare_changes);
	change->domain->standing.changing = false;
	set_release(change->watch, change->ns);
	set_release(change->watch, change->mx);
	uv_close((uv_handle_t *)&change->timer, free_change);
}

void
change_forget(struct watch *w, const struct domain *domain)
{
	struct change *change = change_of(w, domain);

	if (change != NULL)
		drop(change);
}

void
change_free(struct watch *w)
{
	struct change *change;

	while ((change = TAILQ_FIRST(&w->changes)) != NULL)
		drop(change);
}

static void
second_look(uv_timer_t *timer)
{
	struct change *change = timer->data;
	struct domain *domain = change->domain;

	change->due = true;
	change->before = thing_looked(domain_own(domain));
	look_at(change->watch, domain_own(domain), NULL);
}

/* The answers may be as they were the first time: judge it in any case. */
void
change_looked(struct watch *w, const struct thing *thing)
{
	struct domain *domain = model_domain_of(thing);
	const struct change *change =
	    domain == NULL ? NULL : change_of(w, domain);

	if (change != NULL && change->due)
		model_renew(w->model, domain);
}

/* Remember what was seen, and look again after the time in which a failure of
 * the DNS would be confirmed. */
static void
propose(struct watch *w, struct domain *domain, const char *ns, const char *mx)
{
	struct change *change = calloc(1, sizeof(*change));

	if (change == NULL)
		return;
	change->watch = w;
	change->domain = domain;
	if (tsearch(change, &w->changing, compare_changes) == NULL) {
		free(change);
		return;
	}
	domain->standing.changing = true;
	change->ns = set_again(ns);
	change->mx = set_again(mx);
	uv_timer_init(w->loop, &change->timer);
	change->timer.data = change;
	TAILQ_INSERT_TAIL(&w->changes, change, link);
	uv_timer_start(
	    &change->timer, second_look, w->settings->alerts.dns.span_ms, 0);
}

/* What could not be seen is no change. */
static bool
differs(const char *believed, const char *seen)
{
	return believed != NULL && seen != NULL && believed != seen;
}

static void
tell_change(struct watch *w, const struct domain *domain, const char *rule,
    const char *before, const char *after)
{
	const struct log_about about = { .event = "changed",
		.domain = domain->name,
		.rule = rule,
		.severity = severity_name(SEVERITY_INFO) };
	char text[2 * SET_TEXT + 64];

	snprintf(text, sizeof(text), "%.*s -> %.*s", SET_TEXT, before, SET_TEXT,
	    after);
	log_say(LOG_INFO, &about, "%s: %s: %s", domain->name, rule, text);
	journal_history(w, domain->name, rule, text, 0);
	event_add(w, domain, rule, text);
}

static void
confirm(struct watch *w, struct domain *domain, const char *ns, const char *mx)
{
	const struct stand *is = standing_is(&domain->standing);

	if (differs(is->ns, ns))
		tell_change(w, domain, "dns.ns-changed", is->ns, ns);
	if (differs(is->mx, mx))
		tell_change(w, domain, "mx.changed", is->mx, mx);
	standing_believe(w, domain, ns, mx);
	journal_standing(w, domain, false);
}

void
change_judged(
    struct watch *w, struct domain *domain, const char *ns, const char *mx)
{
	const struct stand *is = standing_is(&domain->standing);
	struct change *change = change_of(w, domain);
	bool same;

	/* What was never seen before is believed at once. */
	if (standing_believe(w, domain, is->ns == NULL ? ns : NULL,
	        is->mx == NULL ? mx : NULL))
		journal_standing(w, domain, false);
	is = standing_is(&domain->standing);
	if (!differs(is->ns, ns) && !differs(is->mx, mx)) {
		if (change != NULL)
			drop(change);
		return;
	}
	same = change != NULL && change->ns == ns && change->mx == mx;
	if (same &&
	    (!change->due ||
	        thing_looked(domain_own(domain)).us == change->before.us))
		return;
	if (change != NULL)
		drop(change);
	if (same)
		confirm(w, domain, ns, mx);
	else
		propose(w, domain, ns, mx);
}
