#include <stdlib.h>
#include <string.h>

#include "agent/show/json.h"
#include "agent/show/json_line.h"
#include "agent/show/show.h"
#include "agent/status/gather.h"
#include "agent/status/veil.h"

#include "agent/status/reply.h"

/*
 * The API: every key is always there; what is not known is null.  Lists come in
 * pages: "total" is how many match, "next" the offset of the next page or null.
 */

#define OFFSET_MAX  100000000
#define LIMIT_MAX   1000
#define LIMIT_USUAL 100

static void
put_bool(struct buf *b, const char *key, bool value)
{
	buf_puts(b, key);
	buf_puts(b, value ? "true" : "false");
}

static void
put_moment(struct buf *b, const char *key, struct wall t)
{
	char text[CLOCK_TEXT];

	json_put(b, key, t.us == 0 ? NULL : clock_format(t, text));
}

/* The part of a list that is wanted. */
static unsigned
part(const struct ask *ask, struct reply_part *part)
{
	if (ask_number(ask, "offset", OFFSET_MAX, 0, &part->offset) != 0 ||
	    ask_number(ask, "limit", LIMIT_MAX, LIMIT_USUAL, &part->limit) !=
	        0 ||
	    part->limit == 0)
		return 400;
	return 200;
}

/* -------------------------------------------------------------- domains */

static const char *
deliverable(const struct domain_line *l)
{
	if (l->mark == MARK_PENDING || l->stale ||
	    l->outcome == OUTCOME_UNKNOWN)
		return "null";
	return l->outcome == OUTCOME_ACCEPTED ? "true" : "false";
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

static void
put_domain(struct buf *b, const struct domain_line *l)
{
	bool known = l->mark != MARK_PENDING;

	json_put(b, "{\"domain\": ", l->name);
	json_put(b, ", \"unicode\": ", l->unicode);
	json_put(b, ", \"verdict\": ", verdict_of(l));
	json_put(b, ", \"outcome\": ", known ? outcome_name(l->outcome) : NULL);
	buf_puts(b, ", \"deliverable\": ");
	buf_puts(b, deliverable(l));
	put_bool(b, ", \"stale\": ", l->stale);
	put_moment(b, ", \"since\": ", l->since);
	put_moment(b, ", \"checked_at\": ", l->judged);
	json_put(b, ", \"worst_rule\": ", l->rule == NULL ? NULL : l->rule->id);
	buf_printf(
	    b, ", \"findings\": %zu}", l->rule == NULL ? 0 : l->more + 1);
}

unsigned
api_domains(struct watch *w, const struct ask *ask, struct reply *a)
{
	struct domain_filter filter;
	struct domain_list list = { .n = 0 };
	char label[GATHER_LABEL];
	struct reply_part window = { .more = false };
	int status;

	if (part(ask, &window) != 200 ||
	    gather_filter(ask, &filter, label) != 0)
		return 400;
	status = gather_domains(w, &filter, window.offset, window.limit, &list);
	if (status != 0) {
		free(list.line);
		return (unsigned)status;
	}
	window.total = (json_int_t)list.total;
	window.more = window.offset + list.n < list.total;
	reply_list(a, "domains", &window);
	for (size_t i = 0; i < list.n; i++) {
		buf_puts(&a->body, i > 0 ? ", " : "");
		put_domain(&a->body, &list.line[i]);
	}
	reply_list_end(a);
	free(list.line);
	return 200;
}

/* ------------------------------------------------------------ incidents */

static void
put_incident(struct buf *b, const struct incident_line *l)
{
	buf_printf(b, "{\"id\": %llu", (unsigned long long)l->id);
	json_put(b, ", \"state\": ", l->state);
	json_put(b, ", \"severity\": ", severity_name(l->severity));
	json_put(b, ", \"rule\": ", l->rule);
	json_put(b, ", \"subject\": ", l->subject);
	json_put(b, ", \"message\": ", l->message);
	json_put(b, ", \"example\": ", l->example);
	json_put(b, ", \"outcome\": ", outcome_name(l->outcome));
	buf_printf(b, ", \"domains\": %zu, \"peak\": %zu", l->domains, l->peak);
	put_moment(b, ", \"began\": ", l->began);
	put_moment(b, ", \"closed\": ", l->closed);
	put_bool(b, ", \"flapping\": ", l->flapping);
	put_bool(b, ", \"acknowledged\": ", l->acked);
	json_put(b, ", \"acknowledged_by\": ", l->acked_by);
	json_put(b, ", \"held_back\": ", l->hush);
	buf_puts(b, ", \"parent\": ");
	json_value(b, json_optional((json_int_t)l->parent));
	buf_putc(b, '}');
}

static void
put_incidents(struct buf *b, const struct incident_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		buf_puts(b, i > 0 ? ", " : "");
		put_incident(b, &list->line[i]);
	}
}

static void
list_incidents(struct reply *a, const struct incident_list *list,
    struct reply_part *part, bool counted)
{
	part->total = counted ? (json_int_t)list->total : -1;
	part->more = part->offset + list->n < list->total;
	reply_list(a, "incidents", part);
	put_incidents(&a->body, list);
	reply_list_end(a);
}

static unsigned
open_incidents(struct watch *w, struct reply *a, struct reply_part *part)
{
	struct causes causes = { 0 };
	struct incident_list list = { .n = 0 };
	int status;

	book_each(watch_book(w), true, gather_causes_add, &causes);
	status =
	    gather_causes_page(w, &causes, part->offset, part->limit, &list);
	if (status == 0)
		list_incidents(a, &list, part, true);
	free(causes.cause);
	incident_list_free(&list);
	return status == 0 ? 200 : (unsigned)status;
}

static unsigned
all_incidents(struct watch *w, struct reply *a, struct reply_part *part)
{
	struct incident_list list = { .n = 0 };
	int status =
	    gather_past(w, NULL, true, part->offset, part->limit, &list);

	if (status == 0)
		list_incidents(a, &list, part, false);
	incident_list_free(&list);
	return status == 0 ? 200 : (unsigned)status;
}

unsigned
api_incidents(struct watch *w, const struct ask *ask, struct reply *a)
{
	const char *state = ask_value(ask, "state");
	struct reply_part window = { .more = false };
	unsigned status = part(ask, &window);

	if (status != 200)
		return status;
	if (state == NULL || strcmp(state, "open") == 0)
		return open_incidents(w, a, &window);
	if (strcmp(state, "all") == 0)
		return all_incidents(w, a, &window);
	return 400;
}

static void
put_texts(struct buf *b, const char *key, char *const *text, size_t n)
{
	buf_puts(b, key);
	for (size_t i = 0; i < n; i++)
		json_put(b, i > 0 ? ", " : "", text[i]);
}

static void
put_names(struct buf *b, const char *key, const struct domain_list *members)
{
	buf_puts(b, key);
	for (size_t i = 0; i < members->n; i++)
		json_put(b, i > 0 ? ", " : "", members->line[i].name);
}

static void
put_incident_page(struct reply *a, const struct incident_page *p)
{
	struct buf *b = &a->body;

	reply_begin(a, "incident");
	put_incident(b, &p->line);
	json_put(b,
	    ", \"senders\": ", p->message == NULL ? NULL : p->message->senders);
	json_put(b, ", \"remedy\": ", p->rule == NULL ? NULL : p->rule->remedy);
	put_texts(b, ", \"evidence\": [", p->evidence, p->nevidence);
	put_names(b, "], \"members\": [", &p->members);
	buf_printf(
	    b, "], \"members_total\": %zu, \"children\": [", p->members.total);
	put_incidents(b, &p->children);
	reply_list_end(a);
}

unsigned
api_incident(struct watch *w, const struct ask *ask, struct reply *a)
{
	struct incident_page p = { .message = NULL };
	uint64_t id = reply_number(ask);
	int status = id == 0 ? 404 : gather_incident(w, ask, id, &p);

	if (status == 0)
		put_incident_page(a, &p);
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
static void
put_check(struct buf *b, const struct report *r, bool veiled)
{
	static const struct show_style style = { .utf8 = true };
	struct buf text;
	json_t *object;

	if (r == NULL) {
		buf_puts(b, "null");
		return;
	}
	buf_init(&text, 0);
	show_json.report(&text, r, &style);
	b->failed |= text.failed;
	if (veiled && !text.failed) {
		object = json_loadb(text.data, text.len, 0, NULL);
		veil_json(object);
		json_value(b, object);
	} else if (!text.failed) {
		buf_add(b, text.data, text.len - 1); /* its line ends */
	}
	buf_free(&text);
}

static void
put_availability(struct buf *b, const struct strip *s)
{
	const struct {
		const char *name;
		const struct availability *a;
	} span[] = { { "day", &s->day }, { "week", &s->week },
		{ "month", &s->month } };

	for (size_t i = 0; i < sizeof(span) / sizeof(*span); i++) {
		buf_printf(b, "%s\"%s\": ", i > 0 ? ", " : "", span[i].name);
		json_value(b, s->known ? availability(span[i].a) : json_null());
	}
}

static void
put_domain_page(struct reply *a, const struct domain_page *p)
{
	struct buf *b = &a->body;

	reply_begin(a, "domain");
	put_domain(b, &p->line);
	put_bool(b, ", \"pending\": ", p->pending);
	buf_puts(b, ", \"labels\": ");
	json_value(b, labels(p->group));
	buf_puts(b, ", \"incidents\": [");
	put_incidents(b, &p->incidents);
	buf_puts(b, "], \"availability\": {");
	put_availability(b, &p->strip);
	buf_puts(b, "}, \"check\": ");
	put_check(b, p->report, p->bare != NULL);
	reply_end(a);
}

unsigned
api_domain(struct watch *w, const struct ask *ask, struct reply *a)
{
	struct domain_page p = { .report = NULL };
	struct domain *domain = reply_domain(w, ask);
	int status = domain == NULL ? 404 : gather_domain(w, ask, domain, &p);

	if (status == 0)
		put_domain_page(a, &p);
	domain_page_free(&p);
	return status == 0 ? 200 : (unsigned)status;
}
