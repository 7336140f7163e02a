#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/notify/filter.h"
#include "agent/watch/parts.h"

/*
 * What is told, and when.  A cause that opens joins a group, which is told
 * when it has been gathered for a moment: each in a message of its own, or all
 * in one digest when they are many, or when it is the first look at all.  What
 * is held back (a child of another cause, a silence, maintenance) stays in the
 * group until it may be told or is over.
 */

/* While it storms, digests come this many times more seldom than groups. */
#define STORM_PATIENCE  12
#define STORM_WINDOW_MS 60000

/* ----------------------------------------------------------------- the group
 */

struct group {
	struct watch *watch;
	bool own; /* the agent's own troubles only */
	struct cause **cause;
	size_t n, size;
};

/* What nobody suffers from now is not told: it recovers, or is from an earlier
 * run and was not looked at yet.  The agent's own troubles have no members. */
static bool
may_be_told(const struct group *group, const struct cause *cause)
{
	if (!cause->waiting || cause->announced || cause->parent != NULL ||
	    cause->incident.flapping)
		return false;
	if (filter_is_own(cause->rule->id))
		return hush_why(group->watch, cause) == NULL;
	return !group->own && cause->nmember > 0 &&
	    hush_why(group->watch, cause) == NULL;
}

static void
add_to_group(void *arg, struct cause *cause)
{
	struct group *group = arg;

	if (!may_be_told(group, cause))
		return;
	if (group->n == group->size) {
		size_t size = group->size == 0 ? 16 : 2 * group->size;
		struct cause **more =
		    realloc(group->cause, size * sizeof(struct cause *));

		if (more == NULL)
			return; /* it stays in the group */
		group->cause = more;
		group->size = size;
	}
	group->cause[group->n++] = cause;
}

static void
note_announced(struct watch *w, struct cause *cause)
{
	const size_t size = sizeof(w->announced_ms) / sizeof(int64_t);

	cause->waiting = false;
	cause->announced = true;
	cause->told_members = cause->nmember;
	cause->told_severity = cause->severity;
	cause->reminded = clock_wall();
	w->announced_ms[w->nannounced++ % size] = watch_now().ms;
	save_cause(w, cause);
}

static size_t
announced_lately(const struct watch *w)
{
	const size_t size = sizeof(w->announced_ms) / sizeof(int64_t);
	int64_t now = watch_now().ms;
	size_t n = 0;

	for (size_t i = 0; i < size && i < w->nannounced; i++)
		n += now - w->announced_ms[i] < STORM_WINDOW_MS;
	return n;
}

static bool
is_storm(const struct watch *w, size_t waiting)
{
	return waiting > 1 &&
	    announced_lately(w) + waiting > w->settings->alerts.storm;
}

/* Without memory for the message, it is all told later. */
static void
announce_digest(struct watch *w, struct group *group, bool first)
{
	const struct causes causes = { group->cause, group->n };

	if (!post_digest(w, &causes, first))
		return;
	for (size_t i = 0; i < group->n; i++)
		note_announced(w, group->cause[i]);
	w->storm_ms = watch_now().ms;
}

/* A channel is not told through itself that it fails. */
static const char *
channel_of(const struct cause *cause)
{
	return strcmp(cause->rule->id, "agent.channel") == 0 ? cause->subject :
	                                                       NULL;
}

static void
announce_each(struct watch *w, struct group *group)
{
	for (size_t i = 0; i < group->n; i++) {
		struct cause *cause = group->cause[i];

		if (post_cause(w, cause, MESSAGE_OPENED, channel_of(cause)))
			note_announced(w, cause);
	}
}

/* The last digest is not long ago: more is gathered before the next. */
static bool
storms_still(const struct watch *w)
{
	int64_t wait = STORM_PATIENCE * (int64_t)w->settings->alerts.wait_ms;

	return w->storm_ms >= 0 && watch_now().ms - w->storm_ms < wait;
}

static void
announce(struct watch *w, bool first)
{
	struct group group = { .watch = w, .own = w->first_pass };

	book_each(w->book, true, add_to_group, &group);
	if (first && group.n > 1)
		announce_digest(w, &group, true);
	else if (!is_storm(w, group.n))
		announce_each(w, &group);
	else if (!storms_still(w))
		announce_digest(w, &group, false);
	free(group.cause);
}

static void
gathered(uv_timer_t *timer)
{
	struct watch *w = timer->data;

	event_announce(w);
	announce(w, false);
	journal_commit(w->journal, false);
}

void
tell_soon(struct watch *w)
{
	if (!uv_is_active((uv_handle_t *)&w->gather))
		uv_timer_start(
		    &w->gather, gathered, w->settings->alerts.wait_ms, 0);
}

/* ---------------------------------------------------------------------- news
 */

static void
remember(struct watch *w, const struct cause *cause, const char *what)
{
	const struct domain *domain = model_domain(w->model, cause->example);
	const struct log_about about = {
		.event = what,
		.domain = domain == NULL ? NULL : domain->name,
		.host = cause->kind == CAUSE_HOST ? cause->subject : NULL,
		.rule = cause->rule->id,
		.severity = severity_name(cause->severity),
		.channel = channel_of(cause),
		.vantage = cause->kind == CAUSE_VANTAGE ? cause->subject : NULL,
		.incident = cause->id,
	};

	log_say(LOG_INFO, &about,
	    "incident %llu: %s: %s: %s: %s (%zu domain%s)",
	    (unsigned long long)cause->id, what, cause->rule->id,
	    cause->subject, cause->message, cause->nmember,
	    cause->nmember == 1 ? "" : "s");
	journal_history(w, domain == NULL ? "" : domain->name, what,
	    cause->message, cause->id);
}

static void
suspected(struct watch *w, struct cause *cause)
{
	save_cause(w, cause);
	if (cause->by_smtp || cause->kind == CAUSE_NS_SET)
		sight_witness(w);
}

static void
opened(struct watch *w, struct cause *cause)
{
	save_cause(w, cause);
	remember(w, cause, "opened");
	journal_joined(w, cause);
	cause->waiting = true;
	tell_soon(w);
}

/* Whoever was told of the opening is told of the end. */
static void
closed(struct watch *w, struct cause *cause)
{
	trial_drop(cause);
	save_cause(w, cause);
	remember(w, cause, "closed");
	if (cause->announced)
		post_cause(w, cause, MESSAGE_RESOLVED, NULL);
	/* A child of it is told now, when it is still there. */
	tell_soon(w);
}

static void
cleared(struct watch *w, struct cause *cause)
{
	log_debug("incident %llu: %s: %s: nothing",
	    (unsigned long long)cause->id, cause->rule->id, cause->subject);
	trial_drop(cause);
	save_drop(w, cause);
}

static void
flapping(struct watch *w, struct cause *cause)
{
	bool told = cause->announced || hush_why(w, cause) == NULL;

	/* Held back, it waits until it has settled. */
	cause->announced = told;
	cause->waiting = !told;
	save_cause(w, cause);
	remember(w, cause, "flapping");
	if (told)
		post_cause(w, cause, MESSAGE_FLAPPING, NULL);
}

static void
settled(struct watch *w, struct cause *cause)
{
	if (cause->incident.state == INCIDENT_OK)
		trial_drop(cause);
	else if (!cause->announced)
		cause->waiting = true;
	save_cause(w, cause);
	remember(w, cause, "settled");
	if (cause->announced)
		post_cause(w, cause, MESSAGE_SETTLED, NULL);
}

void
tell_news(void *watch, struct cause *cause, enum incident_news news)
{
	static void (*const tell[])(struct watch *, struct cause *) = {
		[NEWS_SUSPECT] = suspected,
		[NEWS_OPENED] = opened,
		[NEWS_RECOVERING] = save_cause,
		[NEWS_REOPENED] = save_cause,
		[NEWS_CLOSED] = closed,
		[NEWS_CLEARED] = cleared,
		[NEWS_FLAPPING] = flapping,
		[NEWS_SETTLED] = settled,
	};

	if (news != NEWS_NONE)
		tell[news](watch, cause);
}

static bool
may_grow(struct watch *w, const struct cause *cause)
{
	return cause->announced && cause->acked.us == 0 &&
	    !cause->incident.flapping && hush_why(w, cause) == NULL;
}

void
tell_grown(void *watch, struct cause *cause)
{
	struct watch *w = watch;

	if (!may_grow(w, cause))
		return;
	remember(w, cause, "grown");
	post_cause(w, cause, MESSAGE_GROWN, NULL);
	cause->told_members = cause->nmember;
	cause->told_severity = cause->severity;
	cause->reminded = clock_wall();
	cause->reminders = 0;
	save_cause(w, cause);
}

/* Name servers that fail for one domain more need not fail for the same
 * reason: each is told, but not more often than digests are. */
static void
grow(void *arg, struct cause *cause)
{
	struct watch *w = arg;
	int64_t wait =
	    STORM_PATIENCE * (int64_t)w->settings->alerts.wait_ms * 1000;

	if (cause->kind == CAUSE_NS_SET &&
	    cause->nmember > cause->told_members &&
	    clock_wall().us - cause->reminded.us > wait)
		tell_grown(w, cause);
}

/* It was told under its parent, which is over. */
void
tell_outlives(void *watch, struct cause *cause)
{
	cause->waiting = !cause->announced;
	tell_soon(watch);
}

/* It joined or left what is open. */
void
tell_moved(void *watch, struct cause *cause, uint32_t domain, bool joins)
{
	journal_moved(watch, cause, domain, joins);
}

/* Each strike and each good look is kept, so that a restart goes on from
 * there. */
void
tell_look(void *watch, struct cause *cause, int64_t at_ms)
{
	struct watch *w = watch;

	trial_plan(w, cause, at_ms);
	if (cause->incident.state != INCIDENT_OPEN)
		save_cause(w, cause);
}

/* --------------------------------------------------------------------- ticks
 */

/* Until all domains were judged, and what was suspected then could have been
 * confirmed. */
static bool
is_first_pass_over(const struct watch *w)
{
	const struct alert_setting *a = &w->settings->alerts;
	uint64_t span =
	    a->smtp.span_ms > a->dns.span_ms ? a->smtp.span_ms : a->dns.span_ms;
	double since;

	if (w->all_judged.us == 0)
		return false;
	since = clock_ms_between(w->all_judged, clock_mono());
	return since > 1.25 * (double)span + (double)a->wait_ms;
}

static void
end_first_pass(struct watch *w)
{
	w->first_pass = false;
	log_info(
	    "the first look at all %zu domains is over", model_count(w->model));
	announce(w, true);
	journal_meta(w, META_FIRST_PASS, "done");
}

void
tell_tick(struct watch *w)
{
	if (w->all_judged.us == 0 && w->unjudged == 0)
		w->all_judged = clock_mono();
	if (w->first_pass && is_first_pass_over(w))
		end_first_pass(w);
	else if (w->seconds % 5 == 0)
		tell_soon(w); /* a hush may be over */
	if (w->seconds % 10 == 0) {
		book_each(w->book, true, grow, w);
		remind_tick(w);
	}
}
