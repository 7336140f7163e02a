#include <stdlib.h>
#include <string.h>

#include "agent/show/json.h"
#include "agent/show/show.h"
#include "agent/status/gather.h"
#include "agent/status/veil.h"

#include "agent/status/reply.h"

/*
 * The API: every key is always there; what is not known is null.  Lists come in
 * pages: "total" is how many match, "next" the offset of the next page or null.
 */

#define OFFSET_MAX    100000000
#define LIMIT_MAX     1000
#define LIMIT_USUAL   100
#define INCIDENTS_MAX 100 /* of one domain */

static json_t *
moment(struct wall t)
{
	char text[CLOCK_TEXT];

	return t.us == 0 ? json_null() : json_string(clock_format(t, text));
}

/* The part of a list that is wanted. */
static unsigned
part(const struct ask *ask, size_t *offset, size_t *limit)
{
	if (ask_number(ask, "offset", OFFSET_MAX, 0, offset) != 0 ||
	    ask_number(ask, "limit", LIMIT_MAX, LIMIT_USUAL, limit) != 0 ||
	    *limit == 0)
		return 400;
	return 200;
}

/* A page of a list, under its name; takes the reference.  total is null when
 * only the next page tells. */
static void
page(struct reply *a, const char *name, json_t *list, size_t offset,
    size_t limit, json_t *total, bool more)
{
	json_int_t from = (json_int_t)offset, n = (json_int_t)limit;

	reply_json(a,
	    json_pack("{s:o, s:I, s:I, s:o, s:o}", "total", total, "offset",
	        from, "limit", n, "next",
	        more ? json_integer(from + n) : json_null(), name, list));
}

/* -------------------------------------------------------------- domains */

static json_t *
deliverable(const struct domain_line *l)
{
	if (l->mark == MARK_PENDING || l->stale ||
	    l->outcome == OUTCOME_UNKNOWN)
		return json_null();
	return json_boolean(l->outcome == OUTCOME_ACCEPTED);
}

static const char *
verdict_of(const struct domain_line *l)
{
	static const char *const name[MARK_COUNT] = {
		[MARK_OK] = "ok",
		[MARK_INFO] = "ok",
		[MARK_WARNING] = "warning",
		[MARK_CRITICAL] = "critical",
		[MARK_UNKNOWN] = "unknown",
		[MARK_PENDING] = NULL,
	};

	return name[l->mark];
}

static json_t *
domain_json(const struct domain_line *l)
{
	bool known = l->mark != MARK_PENDING;

	return json_pack(
	    "{s:s, s:s?, s:s?, s:s?, s:o, s:b, s:o, s:o, s:s?, s:I}", "domain",
	    l->name, "unicode", l->unicode, "verdict", verdict_of(l), "outcome",
	    known ? outcome_name(l->outcome) : NULL, "deliverable",
	    deliverable(l), "stale", l->stale, "since", moment(l->since),
	    "checked_at", moment(l->judged), "worst_rule",
	    l->rule == NULL ? NULL : l->rule->id, "findings",
	    (json_int_t)(l->rule == NULL ? 0 : l->more + 1));
}

unsigned
api_domains(struct watch *w, const struct ask *ask, struct reply *a)
{
	struct domain_filter filter;
	struct domain_list list = { .n = 0 };
	char label[GATHER_LABEL];
	size_t offset, limit;
	json_t *rows;
	int status;

	if (part(ask, &offset, &limit) != 200 ||
	    gather_filter(ask, &filter, label) != 0)
		return 400;
	status = gather_domains(w, &filter, offset, limit, &list);
	if (status != 0) {
		free(list.line);
		return (unsigned)status;
	}
	rows = json_array();
	for (size_t i = 0; i < list.n; i++)
		json_append(&rows, domain_json(&list.line[i]));
	page(a, "domains", rows, offset, limit,
	    json_integer((json_int_t)list.total), offset + list.n < list.total);
	free(list.line);
	return 200;
}

/* ------------------------------------------------------------ incidents */

static json_t *
incident_json(const struct incident_line *l)
{
	return json_pack("{s:I, s:s?, s:s, s:s?, s:s?, s:s?, s:s?, s:s, s:I, "
	                 "s:I, s:o, s:o, s:b, s:b, s:s?, s:s?, s:o}",
	    "id", (json_int_t)l->id, "state", l->state, "severity",
	    severity_name(l->severity), "rule", l->rule, "subject", l->subject,
	    "message", l->message, "example", l->example, "outcome",
	    outcome_name(l->outcome), "domains", (json_int_t)l->domains, "peak",
	    (json_int_t)l->peak, "began", moment(l->began), "closed",
	    moment(l->closed), "flapping", l->flapping, "acknowledged",
	    l->acked, "acknowledged_by", l->acked_by, "held_back", l->hush,
	    "parent", json_optional((json_int_t)l->parent));
}

static json_t *
incidents_json(const struct incident_list *list)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_append(&rows, incident_json(&list->line[i]));
	return rows;
}

static unsigned
open_incidents(struct watch *w, struct reply *a, size_t offset, size_t limit)
{
	struct causes causes = { 0 };
	struct incident_list list = { .n = 0 };
	int status;

	book_each(watch_book(w), true, gather_causes_add, &causes);
	gather_causes_sort(&causes);
	status = gather_causes_page(w, &causes, offset, limit, &list);
	if (status == 0)
		page(a, "incidents", incidents_json(&list), offset, limit,
		    json_integer((json_int_t)list.total),
		    offset + list.n < list.total);
	free(causes.cause);
	incident_list_free(&list);
	return status == 0 ? 200 : (unsigned)status;
}

static unsigned
all_incidents(struct watch *w, struct reply *a, size_t offset, size_t limit)
{
	struct incident_list list = { .n = 0 };
	int status = gather_past(w, NULL, true, offset, limit, &list);

	if (status == 0)
		page(a, "incidents", incidents_json(&list), offset, limit,
		    json_null(), list.total > offset + list.n);
	incident_list_free(&list);
	return status == 0 ? 200 : (unsigned)status;
}

unsigned
api_incidents(struct watch *w, const struct ask *ask, struct reply *a)
{
	const char *state = ask_value(ask, "state");
	size_t offset, limit;
	unsigned status = part(ask, &offset, &limit);

	if (status != 200)
		return status;
	if (state == NULL || strcmp(state, "open") == 0)
		return open_incidents(w, a, offset, limit);
	if (strcmp(state, "all") == 0)
		return all_incidents(w, a, offset, limit);
	return 400;
}

static json_t *
texts(char *const *text, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_append(&list, json_string(text[i]));
	return list;
}

static json_t *
names(const struct domain_list *members)
{
	json_t *list = json_array();

	for (size_t i = 0; i < members->n; i++)
		json_append(&list, json_string(members->line[i].name));
	return list;
}

unsigned
api_incident(struct watch *w, const struct ask *ask, struct reply *a)
{
	struct incident_page p = { .message = NULL };
	uint64_t id = reply_number(ask);
	int status = id == 0 ? 404 : gather_incident(w, ask, id, &p);

	if (status == 0)
		reply_json(a,
		    json_pack("{s:o, s:s?, s:s?, s:o, s:o, s:I, s:o}",
		        "incident", incident_json(&p.line), "senders",
		        p.message == NULL ? NULL : p.message->senders, "remedy",
		        p.rule == NULL ? NULL : p.rule->remedy, "evidence",
		        texts(p.evidence, p.nevidence), "members",
		        names(&p.members), "members_total",
		        (json_int_t)p.members.total, "children",
		        incidents_json(&p.children)));
	incident_page_free(&p);
	return status == 0 ? 200 : (unsigned)status;
}

/* ----------------------------------------------------------- one domain */

static json_t *
availability(const struct availability *a)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "accepted_min",
	    json_rounded(a->accepted_min, 10), "deferred_min",
	    json_rounded(a->deferred_min, 10), "bounced_min",
	    json_rounded(a->bounced_min, 10), "refused_min",
	    json_rounded(a->refused_min, 10), "unknown_min",
	    json_rounded(a->unknown_min, 10));
}

static json_t *
labels(const struct domain_group *group)
{
	json_t *object = json_object();

	for (size_t i = 0; object != NULL && group != NULL && i < group->nlabel;
	     i++)
		if (json_object_set_new(object, group->label[i].key,
		        json_string(group->label[i].value)) != 0) {
			json_decref(object);
			object = NULL;
		}
	return object;
}

/* The same object as a check's, by its own renderer. */
static json_t *
check(const struct report *r, bool veiled)
{
	static const struct show_style style = { .utf8 = true };
	struct buf text;
	json_t *object = NULL;

	if (r == NULL)
		return json_null();
	buf_init(&text, 0);
	show_json.report(&text, r, &style);
	if (!text.failed)
		object = json_loadb(text.data, text.len, 0, NULL);
	if (veiled)
		veil_json(object);
	buf_free(&text);
	return object;
}

unsigned
api_domain(struct watch *w, const struct ask *ask, struct reply *a)
{
	struct domain_page p = { .report = NULL };
	struct domain *domain = reply_domain(w, ask);
	int status = domain == NULL ? 404 : gather_domain(w, ask, domain, &p);
	const struct strip *s = &p.strip;

	if (status == 0)
		reply_json(a,
		    json_pack("{s:o, s:b, s:o, s:o, s:{s:o, s:o, s:o}, s:o}",
		        "domain", domain_json(&p.line), "pending", p.pending,
		        "labels", labels(p.group), "incidents",
		        incidents_json(&p.incidents), "availability", "day",
		        s->known ? availability(&s->day) : json_null(), "week",
		        s->known ? availability(&s->week) : json_null(),
		        "month",
		        s->known ? availability(&s->month) : json_null(),
		        "check", check(p.report, p.bare != NULL)));
	domain_page_free(&p);
	return status == 0 ? 200 : (unsigned)status;
}
