/*
 * Findings come worst first.  Each is put into a draft of a symptom: the one
 * with its key, or, when it is about mail servers that fail, the one with any
 * of the same addresses; so a draft's first finding is its worst.  Then each
 * draft is written out (cause_write.c).
 */

#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/rules/state.h"

#include "agent/incident/cause_draft.h"

#define KEY_MAX 480

/* ----------------------------------------------------------------- keys */

/* "rule first second" */
static char *
key_of(const char *rule, const char *first, const char *second)
{
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b, "%s %s", rule, first);
	if (second != NULL)
		buf_printf(&b, " %s", second);
	return cause_key(&b, KEY_MAX);
}

static char *
key_of_ips(const char *what, const struct ips *s)
{
	char text[IP_TEXT];
	struct buf b;

	buf_init(&b, 0);
	buf_puts(&b, what);
	for (size_t i = 0; i < s->n; i++)
		buf_printf(&b, " %s", ip_format(&s->ip[i], text));
	return cause_key(&b, KEY_MAX);
}

/* ----------------------------------------------- a finding to its draft */

/* What the keys of a domain's causes are made of. */
struct about {
	const struct report *report;
	char *ns, *mx; /* believed sets, "" where not known */
};

/* What a key begins with. */
static const char *
name_of(const struct cause_row *row, const struct finding *f)
{
	return row->group != NULL ? row->group : f->rule->id;
}

static int
add_by_domain(struct drafts *all, const struct about *a,
    const struct cause_row *row, const struct finding *f)
{
	const char *domain = a->report->facts->domain;

	return drafts_add(all, key_of(name_of(row, f), domain, NULL),
	    CAUSE_DOMAIN, row->by_smtp, domain, f);
}

static int
add_by_set(struct drafts *all, const struct about *a,
    const struct cause_row *row, const char *set, const struct finding *f)
{
	if (*set == '\0' || strcmp(set, "none") == 0)
		return add_by_domain(all, a, row, f);
	return drafts_add(
	    all, key_of(name_of(row, f), set, NULL), row->kind, false, set, f);
}

static int
add_by_host(
    struct drafts *all, const struct cause_row *row, const struct finding *f)
{
	return drafts_add(all, key_of(f->rule->id, f->subject, NULL),
	    CAUSE_HOST, row->by_smtp, f->subject, f);
}

static int
add_by_vantage(
    struct drafts *all, const struct about *a, const struct finding *f)
{
	const struct view *v = a->report->view;

	for (size_t i = 0; i < v->nvantage; i++) {
		const char *name = v->vantage[i].about->name;

		if (state_differs(v, &v->vantage[i]) &&
		    drafts_add(all, key_of(f->rule->id, name, NULL),
		        CAUSE_VANTAGE, false, name, f) != 0)
			return -1;
	}
	return 0;
}

/* Mail servers fail, but there is no address that does: none can be used. */
static int
add_unusable(struct drafts *all, const struct about *a,
    const struct cause_row *row, const struct finding *f)
{
	static const struct cause_row set = { NULL, CAUSE_MX_SET, BY_MX_SET,
		false, NULL };
	static const struct cause_row host = { NULL, CAUSE_HOST, BY_HOST, false,
		NULL };

	return row->by == BY_ALL ? add_by_set(all, a, &set, a->mx, f) :
	                           add_by_host(all, &host, f);
}

static int
add_by_addresses(struct drafts *all, const struct about *a,
    const struct cause_row *row, const struct finding *f)
{
	struct ips ips = { NULL, 0 };
	int r = cause_addresses(a->report, f, row->by, &ips);

	if (r == 0 && row->by == BY_NS_DOWN)
		r = drafts_add(all,
		    ips.n > 0 ? key_of_ips(f->rule->id, &ips) :
		                key_of(f->rule->id, f->subject, NULL),
		    CAUSE_HOST, false, f->subject, f);
	else if (r == 0 && ips.n > 0)
		r = drafts_add_servers(all, &ips, f);
	else if (r == 0)
		r = add_unusable(all, a, row, f);
	ips_free(&ips);
	return r;
}

/* The addresses of a mail server that is only known by its name. */
static int
add_talk(struct drafts *all, const struct about *a, const struct cause_row *row,
    const struct finding *f)
{
	struct draft *d;

	if (add_by_host(all, row, f) != 0)
		return -1;
	d = &all->draft[all->n - 1];
	/* It may have joined another one, which has them already. */
	if (d->finding[0] != f)
		return 0;
	return cause_addresses(a->report, f, row->by, &d->ips);
}

static int
add(struct drafts *all, const struct about *a, const struct finding *f)
{
	const struct cause_row *row = cause_row(f->rule);

	switch (row->by) {
	case BY_HOST:
		return add_by_host(all, row, f);
	case BY_TALK:
		return add_talk(all, a, row, f);
	case BY_ALL:
	case BY_TIER:
	case BY_SUBJECT:
	case BY_LOAD:
	case BY_NS_DOWN:
		return add_by_addresses(all, a, row, f);
	case BY_NS_ZONE:
		return drafts_add(all, key_of(f->rule->id, f->subject, a->ns),
		    row->kind, false, f->subject, f);
	case BY_NS_SET:
		return add_by_set(all, a, row, a->ns, f);
	case BY_MX_SET:
		return add_by_set(all, a, row, a->mx, f);
	case BY_VANTAGE:
		return add_by_vantage(all, a, f);
	case BY_DOMAIN:
	case BY_AGENT:
		break;
	}
	return add_by_domain(all, a, row, f);
}

static int
draft_all(struct drafts *all, const struct about *a)
{
	const struct findings *found = &a->report->findings;

	for (size_t i = 0; i < found->n; i++) {
		if (found->finding[i].severity >= SEVERITY_WARNING &&
		    add(all, a, &found->finding[i]) != 0)
			return -1;
	}
	for (size_t i = 0; i < all->n; i++) {
		struct draft *d = &all->draft[i];

		if (d->key == NULL)
			d->key = key_of_ips("servers", &d->ips);
		if (d->key == NULL)
			return -1;
	}
	return 0;
}

int
causes_of(const struct report *r, const char *last_ns, struct symptoms *out)
{
	struct about a = { r, cause_ns_set(r), cause_mx_set(r) };
	struct drafts all = { NULL, 0 };
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (a.ns != NULL && *a.ns == '\0' && last_ns != NULL) {
		free(a.ns);
		a.ns = strdup(last_ns);
	}
	if (a.ns != NULL && a.mx != NULL && draft_all(&all, &a) == 0)
		rc = cause_write(r, &all, out);
	if (rc != 0)
		symptoms_free(out);
	drafts_free(&all);
	free(a.ns);
	free(a.mx);
	return rc;
}
