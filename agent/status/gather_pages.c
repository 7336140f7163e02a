#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/status/gather.h"
#include "agent/status/veil.h"

/* What is on each page. */

#define OFFSET_MAX 100000000

/* ----------------------------------------------------------- first page */

static void
agent(struct watch *w, struct home *h)
{
	watch_counts(w, &h->counts);
	watch_health(w, &h->health);
	pool_stats(watch_pool(w), &h->pool);
	while (h->nvantage < SETTINGS_VANTAGES_MAX &&
	    watch_vantage(w, h->nvantage, &h->vantage[h->nvantage]))
		h->nvantage++;
	while (h->nchannel < HOME_CHANNELS &&
	    notify_stats(
	        watch_notify(w), h->nchannel, &h->channel[h->nchannel]))
		h->nchannel++;
	veil_agent(w, h);
}

static int
open_incidents(struct watch *w, struct home *h)
{
	struct causes causes = { 0 };
	int status;

	book_each(watch_book(w), true, gather_causes_add, &causes);
	status =
	    gather_causes_page(w, &causes, 0, PAGE_INCIDENTS, &h->incidents);
	free(causes.cause);
	return status;
}

/* An empty field of the form is nothing that was asked for. */
static const char *
asked(const struct ask *ask, const char *key)
{
	const char *value = ask_value(ask, key);

	return value != NULL && *value != '\0' ? value : NULL;
}

int
gather_home(struct watch *w, const struct ask *ask, struct home *h)
{
	struct domain_filter filter;
	char label[GATHER_LABEL];
	size_t offset;
	int status;

	gather_sheet(&h->sheet, ask);
	if (ask_number(ask, "offset", OFFSET_MAX, 0, &offset) != 0)
		return 400;
	status = gather_filter(ask, &filter, label);
	if (status != 0)
		return status;
	h->search = filter.search;
	h->verdict = asked(ask, "verdict");
	h->label = asked(ask, "label");
	agent(w, h);
	status = open_incidents(w, h);
	if (status != 0)
		return status;
	return gather_domains(w, &filter, offset, PAGE_ROWS, &h->domains);
}

void
home_free(struct home *h)
{
	incident_list_free(&h->incidents);
	free(h->domains.line);
}

/* --------------------------------------------------------------- domain */

static int
domain_incidents(struct watch *w, struct domain *domain, struct domain_page *p)
{
	struct causes causes = { 0 };
	int status;

	book_of_domain(watch_book(w), domain->id, gather_causes_add, &causes);
	status =
	    gather_causes_page(w, &causes, 0, PAGE_INCIDENTS, &p->incidents);
	free(causes.cause);
	if (status != 0)
		return status;
	/* Without the store, what is open is still shown. */
	(void)gather_past(w, domain->name, false, 0, PAGE_PAST, &p->incidents);
	return 0;
}

static int
report(struct watch *w, struct domain *domain, struct domain_page *p)
{
	p->report = watch_report(w, domain, &p->facts, &p->pending);
	if (p->report == NULL)
		return 500;
	if (!veil_wanted(w))
		return 0;
	p->bare = veil_report(w, p->report, p->facts);
	return p->bare == NULL ? 500 : 0;
}

int
gather_domain(struct watch *w, const struct ask *ask, struct domain *domain,
    struct domain_page *p)
{
	struct gather_history history = { &p->history, 0 };
	struct wall from = { 0 };
	int status;

	gather_sheet(&p->sheet, ask);
	gather_domain_line(w, domain, &p->line);
	p->group = domain->group;
	if (domain->standing.known && report(w, domain, p) != 0)
		return 500;
	gather_strip(w, "domain", domain->name, p->sheet.now, &p->strip);
	status = domain_incidents(w, domain, p);
	if (status != 0)
		return status;
	(void)store_history(watch_store(w), domain->name, from, p->sheet.now, 0,
	    PAGE_HISTORY, gather_history_add, &history);
	veil_history(w, &p->history);
	return 0;
}

void
domain_page_free(struct domain_page *p)
{
	report_free(p->report);
	facts_free(p->facts);
	free(p->bare);
	incident_list_free(&p->incidents);
	history_list_free(&p->history);
}

/* ------------------------------------------------------------- incident */

static int
members(struct watch *w, const struct cause *c, size_t offset,
    struct domain_list *list)
{
	list->line = calloc(PAGE_ROWS, sizeof(*list->line));
	if (list->line == NULL)
		return 500;
	list->offset = offset;
	list->total = c->nmember;
	for (size_t i = offset; i < c->nmember && list->n < PAGE_ROWS; i++) {
		const struct domain *d =
		    model_domain(watch_model(w), c->member[i]);

		if (d != NULL)
			gather_domain_line(w, d, &list->line[list->n++]);
	}
	return 0;
}

static int
children(struct watch *w, const struct cause *c, struct incident_list *list)
{
	struct causes causes = { .parent = c };
	int status;

	book_each(watch_book(w), true, gather_causes_add, &causes);
	status = gather_causes_page(w, &causes, 0, PAGE_INCIDENTS, list);
	free(causes.cause);
	return status;
}

static int
copy_evidence(struct incident_page *p, char *const *line, size_t n)
{
	p->evidence = calloc(n + 1, sizeof(char *));
	if (p->evidence == NULL)
		return 500;
	while (p->nevidence < n) {
		p->evidence[p->nevidence] = strdup(line[p->nevidence]);
		if (p->evidence[p->nevidence++] == NULL)
			return 500;
	}
	return 0;
}

static int
from_cause(
    struct watch *w, struct cause *c, size_t offset, struct incident_page *p)
{
	int status;

	p->rule = c->rule;
	p->message = watch_describe(w, c, MESSAGE_OPENED);
	if (p->message == NULL || gather_cause(w, c, &p->line) != 0)
		return 500;
	status = copy_evidence(p, p->message->evidence, p->message->nevidence);
	if (status == 0)
		status = members(w, c, offset, &p->members);
	return status != 0 ? status : children(w, c, &p->children);
}

struct found_row {
	struct incident_page *page;
	bool found;
	int status;
};

/* The evidence of a past one is a JSON list of our own. */
static void
from_row(void *arg, const struct incident_row *row)
{
	struct found_row *f = arg;
	json_t *list =
	    row->evidence == NULL ? NULL : json_loads(row->evidence, 0, NULL);
	size_t n = json_array_size(list);
	char **line = calloc(n + 1, sizeof(char *));

	f->found = true;
	f->page->rule = row->rule == NULL ? NULL : rule_find(row->rule);
	f->status =
	    line == NULL || gather_row(row, &f->page->line) != 0 ? 500 : 0;
	for (size_t i = 0; line != NULL && i < n; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		line[i] = (char *)(uintptr_t)(text == NULL ? "" : text);
	}
	if (f->status == 0)
		f->status = copy_evidence(f->page, line, n);
	free(line);
	json_decref(list);
}

struct former {
	struct watch *watch;
	struct incident_page *page;
};

/* A domain that suffered from it: it may not be watched any more. */
static void
take_former(void *arg, const char *name)
{
	const struct former *f = arg;
	struct incident_page *p = f->page;
	struct domain_line *l = &p->members.line[p->members.n];
	const struct domain *d = model_find(watch_model(f->watch), name);

	if (p->members.n == PAGE_ROWS)
		return;
	if (d != NULL) {
		gather_domain_line(f->watch, d, l);
	} else {
		char *copy = strdup(name);

		if (copy == NULL)
			return;
		p->gone[p->ngone++] = copy;
		*l = (struct domain_line){ .name = copy,
			.mark = MARK_PENDING,
			.outcome = OUTCOME_UNKNOWN,
			.gone = true };
	}
	p->members.n++;
}

static int
former_members(
    struct watch *w, uint64_t id, size_t offset, struct incident_page *p)
{
	struct former f = { w, p };

	p->members.line = calloc(PAGE_ROWS, sizeof(*p->members.line));
	if (p->members.line == NULL)
		return 500;
	p->members.offset = offset;
	return store_members(watch_store(w), id, offset, PAGE_ROWS,
	           &p->members.total, take_former, &f) == 0 ?
	    0 :
	    500;
}

static int
from_store(struct watch *w, uint64_t id, size_t offset, struct incident_page *p)
{
	struct found_row row = { .page = p };

	if (store_incident(watch_store(w), id, from_row, &row) != 0)
		return 500;
	if (!row.found)
		return 404;
	veil_incident(w, &p->line);
	return row.status != 0 ? row.status : former_members(w, id, offset, p);
}

/* Rows of history are in the order of time: those of this incident lie between
 * its beginning and its end; not more than so many are looked at. */
#define HISTORY_SCAN 2000

static void
incident_history(struct watch *w, uint64_t id, struct incident_page *p)
{
	struct gather_history history = { &p->history, id };
	struct wall from = { p->line.began.us - 1 };
	struct wall to = p->sheet.now;

	if (p->line.over)
		to.us = p->line.closed.us + 60000000;
	(void)store_history(watch_store(w), NULL, from, to, 0, HISTORY_SCAN,
	    gather_history_add, &history);
}

int
gather_incident(struct watch *w, const struct ask *ask, uint64_t id,
    struct incident_page *p)
{
	struct cause *c = book_by_id(watch_book(w), id);
	size_t offset;
	int status;

	gather_sheet(&p->sheet, ask);
	if (ask_number(ask, "offset", OFFSET_MAX, 0, &offset) != 0)
		return 400;
	status = c != NULL ? from_cause(w, c, offset, p) :
	                     from_store(w, id, offset, p);
	if (status != 0)
		return status;
	incident_history(w, id, p);
	veil_incident_page(w, p);
	return 0;
}

void
incident_page_free(struct incident_page *p)
{
	incident_line_free(&p->line);
	message_free(p->message);
	for (size_t i = 0; i < p->nevidence; i++)
		free(p->evidence[i]);
	free(p->evidence);
	free(p->members.line);
	for (size_t i = 0; i < p->ngone; i++)
		free(p->gone[i]);
	incident_list_free(&p->children);
	history_list_free(&p->history);
}

int
gather_incidents(
    struct watch *w, const struct ask *ask, struct incidents_page *p)
{
	size_t offset;

	gather_sheet(&p->sheet, ask);
	if (ask_number(ask, "offset", OFFSET_MAX, 0, &offset) != 0)
		return 400;
	return gather_past(w, NULL, true, offset, PAGE_ROWS, &p->incidents);
}

void
incidents_page_free(struct incidents_page *p)
{
	incident_list_free(&p->incidents);
}
