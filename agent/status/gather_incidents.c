#include <stdlib.h>
#include <string.h>

#include "agent/status/gather.h"
#include "agent/status/portion.h"
#include "agent/status/veil.h"

/* Incidents: the open ones are in the book, the past ones in the store. */

void
incident_line_free(struct incident_line *l)
{
	free(l->state);
	free(l->rule);
	free(l->subject);
	free(l->message);
	free(l->example);
	free(l->hush);
	free(l->acked_by);
}

void
incident_list_free(struct incident_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		incident_line_free(&list->line[i]);
	free(list->line);
}

/* A copy of a text that may be missing; *failed when there is no memory. */
static char *
copy(const char *text, bool *failed)
{
	char *new = text == NULL ? NULL : strdup(text);

	*failed |= text != NULL && new == NULL;
	return new;
}

int
gather_cause(struct watch *w, struct cause *c, struct incident_line *l)
{
	const struct domain *example = model_domain(watch_model(w), c->example);
	bool failed = false;

	*l = (struct incident_line){
		.id = c->id,
		.severity = c->severity,
		.acked = c->acked.us != 0,
		.flapping = c->incident.flapping,
		.parent = c->parent == NULL ? 0 : c->parent->id,
		.domains = c->nmember,
		.peak = c->peak > c->nmember ? c->peak : c->nmember,
		.outcome = c->outcome,
		.began = c->began,
		.closed = c->closed,
	};
	l->state = copy(incident_state_name(c->incident.state), &failed);
	l->rule = copy(c->rule->id, &failed);
	l->subject = copy(c->subject, &failed);
	l->message = copy(c->message, &failed);
	l->hush = copy(watch_hush(w, c), &failed);
	l->acked_by = copy(c->acked_by, &failed);
	if (c->nmember > 0 && example != NULL)
		l->example = copy(example->name, &failed);
	veil_incident(w, l);
	return failed ? -1 : 0;
}

static enum outcome
outcome_of(const char *name)
{
	for (int i = OUTCOME_ACCEPTED; name != NULL && i < OUTCOME_UNKNOWN; i++)
		if (strcmp(outcome_name((enum outcome)i), name) == 0)
			return (enum outcome)i;
	return OUTCOME_UNKNOWN;
}

int
gather_row(const struct incident_row *r, struct incident_line *l)
{
	bool failed = false;

	*l = (struct incident_line){
		.id = r->id,
		.severity = SEVERITY_WARNING,
		.acked = r->acked.us != 0,
		.flapping = r->flapping,
		.over = r->closed.us != 0,
		.domains = (size_t)r->total,
		.peak = (size_t)(r->peak > r->total ? r->peak : r->total),
		.outcome = outcome_of(r->outcome),
		.began = r->began,
		.closed = r->closed,
	};
	if (r->severity != NULL)
		(void)severity_parse(r->severity, &l->severity);
	l->state = copy(l->over ? "over" : r->state, &failed);
	l->rule = copy(r->rule, &failed);
	l->subject = copy(r->subject, &failed);
	l->message = copy(r->message, &failed);
	l->example = copy(r->example, &failed);
	l->acked_by = copy(r->acked_by, &failed);
	return failed ? -1 : 0;
}

/* ----------------------------------------------------------------- open */

void
gather_causes_add(void *arg, struct cause *cause)
{
	struct causes *c = arg;
	struct cause **more;

	if (c->failed || (c->parent != NULL && cause->parent != c->parent) ||
	    (cause->incident.state != INCIDENT_OPEN &&
	        cause->incident.state != INCIDENT_RECOVERING))
		return;
	if (c->n == c->size) {
		size_t size = c->size == 0 ? 64 : c->size * 2;

		more = reallocarray(c->cause, size, sizeof(struct cause *));
		if (more == NULL) {
			c->failed = true;
			return;
		}
		c->cause = more;
		c->size = size;
	}
	c->cause[c->n++] = cause;
}

/* Worst first, what hits most before the rest, then the oldest. */
static int
by_weight(const void *a, const void *b)
{
	const struct cause *x = *(struct cause *const *)a;
	const struct cause *y = *(struct cause *const *)b;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if ((x->parent != NULL) != (y->parent != NULL))
		return x->parent == NULL ? -1 : 1;
	if (x->nmember != y->nmember)
		return x->nmember > y->nmember ? -1 : 1;
	if (x->began.us != y->began.us)
		return x->began.us < y->began.us ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

int
gather_causes_page(struct watch *w, struct causes *c, size_t offset,
    size_t limit, struct incident_list *list)
{
	size_t end = offset + limit < c->n ? offset + limit : c->n;

	if (c->failed)
		return 500;
	portion_sort(c->cause, c->n, sizeof(*c->cause), offset, end, by_weight);
	list->line = calloc(limit, sizeof(*list->line));
	if (list->line == NULL)
		return 500;
	list->offset = offset;
	list->total = c->n;
	while (list->n < limit && offset + list->n < c->n) {
		struct cause *cause = c->cause[offset + list->n];

		if (gather_cause(w, cause, &list->line[list->n++]) != 0)
			return 500;
	}
	return 0;
}

/* ----------------------------------------------------------------- past */

struct past {
	struct incident_list *list;
	size_t seen, room;
	bool open_too, failed;
};

static void
take_row(void *arg, const struct incident_row *row)
{
	struct past *p = arg;
	struct incident_list *list = p->list;

	if (p->seen++ == p->room || p->failed ||
	    (row->closed.us == 0 && !p->open_too))
		return;
	p->failed = gather_row(row, &list->line[list->n++]) != 0;
}

int
gather_past(struct watch *w, const char *domain, bool open_too, size_t offset,
    size_t limit, struct incident_list *list)
{
	struct past p = { .list = list, .room = limit, .open_too = open_too };
	size_t before = list->n;
	struct incident_line *more;

	more = reallocarray(list->line, list->n + limit, sizeof(*more));
	if (more == NULL)
		return 500;
	list->line = more;
	/* One more than is shown tells that there are more. */
	if (store_incidents(
	        watch_store(w), domain, offset, limit + 1, take_row, &p) != 0 ||
	    p.failed)
		return 500;
	for (size_t i = before; i < list->n; i++)
		veil_incident(w, &list->line[i]);
	list->offset = offset;
	list->total = offset + list->n + (p.seen > limit);
	return 0;
}
