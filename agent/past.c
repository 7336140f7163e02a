#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"

#include "agent/past.h"

#define HOUR_US  INT64_C(3600000000)
#define TEXT_CUT 4096 /* of a message */

const struct past_about past_periods[PAST_PERIODS] = {
	[PAST_DAY] = { "24 hours", "24h", 24 },
	[PAST_WEEK] = { "7 days", "7d", 7 * 24 },
	[PAST_MONTH] = { "30 days", "30d", 30 * 24 },
	[PAST_ALL] = { "all", "all", 0 },
};

const char *const past_kind_name[PAST_KINDS] = {
	[PAST_DOMAIN] = "domain",
	[PAST_HOST] = "host",
};

#define PART(field) offsetof(struct availability, field)

const struct past_state past_states[PAST_STATES] = {
	{ "accepted", PART(accepted_min), '=' },
	{ "deferred", PART(deferred_min), '~' },
	{ "bounced", PART(bounced_min), '!' },
	{ "refused", PART(refused_min), 'x' },
	{ "unknown", PART(unknown_min), '.' },
};

double
past_minutes(const struct availability *availability, size_t state)
{
	return *(const double *)(const void *)((const char *)availability +
	    past_states[state].offset);
}

/* ------------------------------------------------------------------- memory */

/* A copy without what a terminal would obey: the file may be anybody's. */
static char *
clean(struct past *past, const char *text)
{
	char line[TEXT_CUT], *copy;

	text_line(line, sizeof(line), text == NULL ? "" : text);
	copy = strdup(line);
	past->failed |= copy == NULL;
	return copy;
}

/* Room for one more at the end of a list of n; NULL: no memory. */
static void *
one_more(struct past *past, void *list, size_t n, size_t size)
{
	void *more = list;

	/* Doubled whenever n is a power of two. */
	if ((n & (n - 1)) == 0)
		more = reallocarray(list, n == 0 ? 1 : 2 * n, size);
	past->failed |= more == NULL;
	return more;
}

static void
free_incident(struct past_incident *incident)
{
	free(incident->rule);
	free(incident->severity);
	free(incident->state);
	free(incident->subject);
	free(incident->message);
	free(incident->outcome);
	free(incident->acked_by);
	free(incident->note);
	free(incident->evidence);
}

static void
free_view(struct past_view *view)
{
	for (size_t i = 0; i < view->nspan; i++)
		free(view->span[i].state);
	free(view->span);
}

void
past_free(struct past *past)
{
	for (size_t i = 0; i < past->nincident; i++)
		free_incident(&past->incident[i]);
	for (size_t i = 0; i < past->nchange; i++) {
		free(past->change[i].what);
		free(past->change[i].text);
	}
	for (size_t i = 0; i < PAST_KINDS; i++)
		free_view(&past->view[i]);
	free(past->incident);
	free(past->change);
	free(past->ns);
	free(past->mx);
	free(past->verdict);
	free(past->outcome);
}

/* ------------------------------------------------------------- availability */

/* Who gathers, and where. */
struct gathering {
	struct past *past;
	struct store *store;
	struct past_view *view;
	int result;
};

static void
take_span(void *arg, const char *state, struct wall from, struct wall to)
{
	struct gathering *g = arg;
	struct past_span *span =
	    one_more(g->past, g->view->span, g->view->nspan, sizeof(*span));

	if (span == NULL)
		return;
	g->view->span = span;
	span[g->view->nspan++] =
	    (struct past_span){ clean(g->past, state), from, to };
}

static struct wall
beginning(const struct past *past, const struct past_view *view, size_t period)
{
	struct wall from = view->first;

	if (past_periods[period].hours != 0)
		from.us = past->now.us - past_periods[period].hours * HOUR_US;
	return from;
}

static int
gather_view(struct gathering *g, enum past_kind kind)
{
	struct past *past = g->past;
	struct past_view *view = &past->view[kind];
	const char *name = past_kind_name[kind];
	int found = store_first_state(g->store, name, past->name, &view->first);

	view->known = found == 1;
	if (found != 1)
		return found;
	for (size_t i = 0; i < PAST_PERIODS; i++) {
		view->from[i] = beginning(past, view, i);
		if (store_availability(g->store, name, past->name,
		        view->from[i], past->now, &view->by[i]) != 0)
			return -1;
	}
	g->view = view;
	return store_timeline(
	    g->store, name, past->name, past->since, past->now, take_span, g);
}

/* ---------------------------------------------------------------- incidents */

/* From when to when for this name: of a domain that is its own time. */
static void
set_times(struct gathering *g, struct past_incident *to,
    const struct incident_row *row)
{
	int found = store_membership(
	    g->store, row->id, g->past->name, &to->since, &to->until);

	if (found < 0)
		g->result = -1;
	if (found != 1) {
		to->since = row->began;
		to->until = row->closed;
	}
	if (to->until.us == 0)
		to->until = row->closed;
}

static void
fill_incident(
    struct past *past, struct past_incident *to, const struct incident_row *row)
{
	to->id = row->id;
	to->peak = row->peak;
	to->rule = clean(past, row->rule);
	to->severity = clean(past, row->severity);
	to->state = clean(past, row->state);
	to->subject = clean(past, row->subject);
	to->message = clean(past, row->message);
	to->outcome = clean(past, row->outcome);
	to->acked_by = clean(past, row->acked_by);
	to->note = clean(past, row->note);
	to->evidence = strdup(row->evidence);
	past->failed |= to->evidence == NULL;
	to->opened = row->opened;
	to->closed = row->closed;
	to->acked = row->acked;
	to->flapping = row->flapping;
}

static void
take_incident(void *arg, const struct incident_row *row)
{
	struct gathering *g = arg;
	struct past *past = g->past;
	struct past_incident one = { 0 }, *more;

	if (past->more_incidents)
		return;
	set_times(g, &one, row);
	if (one.until.us != 0 && one.until.us < past->since.us)
		return;
	if (past->nincident == past->limit) {
		past->more_incidents = true;
		return;
	}
	more = one_more(past, past->incident, past->nincident, sizeof(*more));
	if (more == NULL)
		return;
	past->incident = more;
	fill_incident(past, &one, row);
	more[past->nincident++] = one;
}

/* ------------------------------------------------------------------- changes
 */

/* What belongs to an incident is told there. */
static void
take_change(void *arg, const struct history_row *row)
{
	struct past *past = ((struct gathering *)arg)->past;
	struct past_change *more;

	if (row->incident != 0 || past->more_changes)
		return;
	if (past->nchange == past->limit) {
		past->more_changes = true;
		return;
	}
	more = one_more(past, past->change, past->nchange, sizeof(*more));
	if (more == NULL)
		return;
	past->change = more;
	more[past->nchange++] = (struct past_change){ row->at,
		clean(past, row->what), clean(past, row->text) };
}

static void
take_domain(void *arg, const struct domain_row *row)
{
	struct past *past = ((struct gathering *)arg)->past;

	past->watched = true;
	past->ns = clean(past, row->ns);
	past->mx = clean(past, row->mx);
	past->verdict = clean(past, row->verdict);
	past->outcome = clean(past, row->outcome);
	past->state_since = row->since;
}

/* -------------------------------------------------------------------- gather
 */

static int
gather_all(struct gathering *g)
{
	struct past *past = g->past;

	if (store_domain(g->store, past->name, take_domain, g) != 0)
		return -1;
	for (size_t i = 0; i < PAST_KINDS; i++)
		if (gather_view(g, (enum past_kind)i) < 0)
			return -1;
	if (store_incidents(
	        g->store, past->name, 0, SIZE_MAX, take_incident, g) != 0 ||
	    store_history(g->store, past->name, past->since, past->now, 0,
	        SIZE_MAX, take_change, g) != 0)
		return -1;
	return g->result;
}

/* Is the name in the store at all, however long ago? */
static bool
known(const struct past *past)
{
	return past->watched || past->view[PAST_DOMAIN].known ||
	    past->view[PAST_HOST].known || past->nincident > 0 ||
	    past->nchange > 0;
}

/* In one transaction: a running agent writes meanwhile. */
int
past_gather(struct past *past, struct store *store)
{
	struct gathering g = { .past = past, .store = store };
	int result;

	if (store_begin(store) != 0)
		return -1;
	result = gather_all(&g);
	store_rollback(store);
	if (result != 0 || past->failed)
		return -1;
	return known(past);
}
