#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/notify/quiet.h"
#include "agent/watch/life.h"
#include "agent/watch/parts.h"

/*
 * Silences, which an operator gives for a time and a reason, and maintenance,
 * which the configuration plans.  Both hold back what is told; what happens is
 * tracked and remembered meanwhile.
 */

/* Members that are compared with a pattern: of a cause with more, all of them
 * are hardly meant. */
#define MEMBERS_MAX 1000

/* ------------------------------------------------------------------ matching
 */

typedef bool matches_fn(const void *what, const struct domain *domain);

/* Do all domains that suffer from it match? */
static bool
all_members(struct watch *w, const struct cause *cause, matches_fn *matches,
    const void *what)
{
	if (cause->nmember == 0 || cause->nmember > MEMBERS_MAX)
		return false;
	for (size_t i = 0; i < cause->nmember; i++) {
		const struct domain *domain =
		    model_domain(w->model, cause->member[i]);

		if (domain != NULL && !matches(what, domain))
			return false;
	}
	return true;
}

/* The subject, the addresses, or the hosts that were meant at them. */
static bool
is_about(struct watch *w, const struct cause *cause, const char *pattern)
{
	char ip[IP_TEXT];

	if (text_glob(pattern, cause->subject))
		return true;
	for (size_t i = 0; i < cause->nip; i++) {
		const struct thing *thing =
		    model_endpoint(w->model, &cause->ip[i]);

		if (text_glob(pattern, ip_format(&cause->ip[i], ip)) ||
		    (thing != NULL && text_glob(pattern, thing->name)))
			return true;
	}
	return false;
}

static bool
is_named(const void *pattern, const struct domain *domain)
{
	return text_glob(pattern, domain->name);
}

static bool
matches_pattern(struct watch *w, const struct cause *cause, const char *pattern)
{
	return text_glob(pattern, cause->rule->id) ||
	    is_about(w, cause, pattern) ||
	    all_members(w, cause, is_named, pattern);
}

struct sought {
	struct watch *watch;
	const char *pattern;
	bool found;
};

static void
seek_thing(void *arg, struct thing *thing)
{
	struct sought *s = arg;
	char ip[IP_TEXT];

	if (s->found)
		return;
	s->found = text_glob(s->pattern, thing->name) ||
	    (thing->kind != THING_NAME &&
	        text_glob(s->pattern, ip_format(thing_ip(thing), ip)));
}

/* Of a name server. */
static void
seek_address(void *arg, const struct ip *ip)
{
	struct sought *s = arg;
	char text[IP_TEXT];

	s->found = s->found || text_glob(s->pattern, ip_format(ip, text));
}

static void
seek_cause(void *arg, struct cause *cause)
{
	struct sought *s = arg;

	s->found = s->found || is_about(s->watch, cause, s->pattern);
}

bool
watch_knows(struct watch *w, const char *pattern)
{
	struct sought s = { .watch = w, .pattern = pattern };

	/* Names as they are need no passing of all. */
	s.found = rule_pattern_known(pattern) ||
	    model_find(w->model, pattern) != NULL ||
	    model_name(w->model, pattern) != NULL;
	for (size_t i = 0; i < w->nby_name && !s.found; i++)
		s.found = text_glob(pattern, w->by_name[i]->name);
	if (!s.found)
		book_each(w->book, false, seek_cause, &s);
	if (!s.found)
		model_each(w->model, THING_NAME, seek_thing, &s);
	if (!s.found)
		model_each(w->model, THING_SERVER, seek_thing, &s);
	if (!s.found)
		model_each_server(w->model, seek_address, &s);
	if (!s.found)
		model_each(w->model, THING_ENDPOINT, seek_thing, &s);
	return s.found;
}

/* --------------------------------------------------------------- maintenance
 */

static bool
is_labelled(const void *what, const struct domain *domain)
{
	const struct maintenance_setting *m = what;

	return message_has_labels(
	    domain->group->label, domain->group->nlabel, m->label, m->nlabel);
}

static bool
is_now(const struct maintenance_setting *m, struct wall now)
{
	int64_t s = now.us / 1000000;

	if (m->days == 0)
		return s >= m->from_s && s < m->to_s;
	return quiet_left(m->days, m->from_min, m->to_min, s) > 0;
}

static bool
is_maintained(struct watch *w, const struct cause *cause,
    const struct maintenance_setting *m)
{
	if (cause->kind == CAUSE_AGENT || !is_now(m, clock_wall()))
		return false;
	if (m->nlabel > 0 && !all_members(w, cause, is_labelled, m))
		return false;
	for (size_t i = 0; i < m->nmatch; i++)
		if (matches_pattern(w, cause, m->match[i]))
			return true;
	return m->nmatch == 0;
}

const char *
hush_why(struct watch *w, const struct cause *cause)
{
	static char why[256];
	int64_t now = clock_wall().us;

	for (size_t i = 0; i < w->nsilence; i++) {
		const struct silence *s = &w->silence[i];

		/* It begins when it is given, whatever the clock says since. */
		if (now >= s->until.us || !matches_pattern(w, cause, s->match))
			continue;
		snprintf(why, sizeof(why), "silenced by %.60s: %.160s", s->by,
		    s->why);
		return why;
	}
	for (size_t i = 0; i < w->settings->nmaintenance; i++) {
		const struct maintenance_setting *m =
		    &w->settings->maintenance[i];

		if (!is_maintained(w, cause, m))
			continue;
		snprintf(why, sizeof(why), "maintenance: %.200s",
		    m->name == NULL ? "" : m->name);
		return why;
	}
	return NULL;
}

const char *
watch_hush(struct watch *w, const struct cause *cause)
{
	return hush_why(w, cause);
}

/* ------------------------------------------------------------------ silences
 */

static void
free_silence(struct silence *s)
{
	free(s->match);
	free(s->why);
	free(s->by);
}

static int
keep(struct watch *w, const struct silence_row *row)
{
	struct silence s = {
		.id = row->id, .from = row->from, .until = row->until
	};
	struct silence *more =
	    realloc(w->silence, (w->nsilence + 1) * sizeof(s));

	if (more == NULL)
		return -1;
	w->silence = more;
	s.match = strdup(row->match);
	s.why = strdup(row->why);
	s.by = strdup(row->by);
	if (s.match == NULL || s.why == NULL || s.by == NULL) {
		free_silence(&s);
		return -1;
	}
	w->silence[w->nsilence++] = s;
	return 0;
}

static void
load(void *arg, const struct silence_row *row)
{
	keep(arg, row);
}

int
hush_load(struct watch *w)
{
	return store_silences(w->store, clock_wall(), false, load, w);
}

void
hush_free(struct watch *w)
{
	for (size_t i = 0; i < w->nsilence; i++)
		free_silence(&w->silence[i]);
	free(w->silence);
}

int
watch_silence(struct watch *w, const char *match, struct wall until,
    const char *text, const char *by, uint64_t *id, char *why, size_t why_size)
{
	const struct log_about about = { .event = "silenced" };
	char safe_match[TEXT_MAX + 1], safe_text[TEXT_MAX + 1];
	char end[CLOCK_TEXT];
	struct silence_row row = {
		.match = safe_match,
		.why = safe_text,
		.by = by,
		.from = clock_wall(),
		.until = until,
	};

	text_line(safe_match, sizeof(safe_match), match);
	text_line(safe_text, sizeof(safe_text), text);
	if (store_silence_put(w->store, &row) != 0) {
		snprintf(why, why_size, "%s", store_why(w->store));
		return -1;
	}
	if (keep(w, &row) != 0) {
		snprintf(why, why_size, "out of memory");
		return -1;
	}
	journal_history(w, row.match, "silence", row.why, 0);
	log_say(LOG_INFO, &about, "silence %llu of %s by %s until %s: %s",
	    (unsigned long long)row.id, row.match, row.by,
	    clock_format(row.until, end), row.why);
	*id = row.id;
	return 0;
}

int
watch_unsilence(struct watch *w, uint64_t id, char *why, size_t why_size)
{
	const struct log_about about = { .event = "silence-ended" };

	for (size_t i = 0; i < w->nsilence; i++) {
		struct silence *s = &w->silence[i];
		struct silence_row row = { .id = id,
			.match = s->match,
			.why = s->why,
			.by = s->by,
			.from = s->from,
			.until = s->until,
			.ended = clock_wall() };

		if (s->id != id)
			continue;
		if (store_silence_put(w->store, &row) != 0) {
			snprintf(why, why_size, "%s", store_why(w->store));
			return -1;
		}
		journal_history(w, s->match, "silence", "ended", 0);
		log_say(LOG_INFO, &about, "silence %llu of %s is ended",
		    (unsigned long long)id, s->match);
		free_silence(s);
		*s = w->silence[--w->nsilence];
		return 0;
	}
	snprintf(why, why_size,
	    "there is no silence %llu: \"mxvigil silence --list\" shows them",
	    (unsigned long long)id);
	return -1;
}

int
watch_ack(struct watch *w, uint64_t incident, const char *text, const char *by,
    char *why, size_t why_size)
{
	struct cause *cause = book_by_id(w->book, incident);
	char *copy = strdup(by), safe[TEXT_MAX + 1];
	struct log_about about = { .event = "acknowledged",
		.incident = incident };

	if (cause == NULL || copy == NULL) {
		free(copy);
		snprintf(why, why_size,
		    "there is no open incident %llu: \"mxvigil status\" lists "
		    "them",
		    (unsigned long long)incident);
		return -1;
	}
	free(cause->acked_by);
	cause->acked_by = copy;
	cause->acked = clock_wall();
	save_cause(w, cause);
	text_line(safe, sizeof(safe), text);
	journal_history(w, cause->subject, "acknowledged", safe, incident);
	about.rule = cause->rule->id;
	log_say(LOG_INFO, &about, "incident %llu: acknowledged by %s%s%s",
	    (unsigned long long)incident, by, *safe == '\0' ? "" : ": ", safe);
	journal_commit(w->journal, true);
	return 0;
}
