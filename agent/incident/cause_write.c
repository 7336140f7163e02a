/*
 * Symptoms in words, and what could not be told.
 */

#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/rules/state.h"
#include "agent/rules/words.h"

#include "agent/incident/cause_draft.h"

#define LINES_MAX   24 /* of evidence */
#define HOSTS_NAMED 3

void
symptoms_free(struct symptoms *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct symptom *s = &all->symptom[i];

		for (size_t k = 0; k < s->nevidence; k++)
			free(s->evidence[k]);
		free(s->evidence);
		free(s->key);
		free(s->subject);
		free(s->message);
	}
	free(all->symptom);
	free(all->unseen);
	free(all->silent);
	memset(all, 0, sizeof(*all));
}

/* ------------------------------------------------------------- evidence */

/* Take what is in *b, which is freed, as one more line.  To do without a line
 * is better than without the symptom. */
static void
add_line(struct symptom *s, struct buf *b)
{
	if (s->nevidence < LINES_MAX && b->len > 0 && !b->failed)
		s->evidence[s->nevidence] = buf_take(b);
	if (s->nevidence < LINES_MAX && s->evidence[s->nevidence] != NULL)
		s->nevidence++;
	buf_free(b);
}

/* "mx1.example.org [192.0.2.25]: timeout at connect" */
static void
write_server(struct symptom *s, const struct view *v, const struct view_mx *mx,
    const struct view_mx_address *a)
{
	char text[IP_TEXT];
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b, "%s [%s]: ", mx->host, ip_format(&a->ip, text));
	words_address(&b, v, a);
	add_line(s, &b);
}

static void
write_servers(struct symptom *s, const struct view *v, const struct ips *ips)
{
	for (size_t i = 0; i < v->nmx; i++) {
		if (!state_mx_first(v, &v->mx[i]))
			continue;
		for (size_t j = 0; j < v->mx[i].naddress; j++) {
			if (ips_has(ips, &v->mx[i].address[j].ip))
				write_server(
				    s, v, &v->mx[i], &v->mx[i].address[j]);
		}
	}
}

/* "only_at_parent" as words. */
static void
write_key(struct buf *b, const char *key)
{
	for (; *key != '\0'; key++)
		buf_putc(b, *key == '_' ? ' ' : *key);
	buf_puts(b, ": ");
}

static void
write_evidence(struct symptom *s, const struct evidence *e)
{
	struct buf b;

	buf_init(&b, 0);
	write_key(&b, e->key);
	switch (e->kind) {
	case EVIDENCE_TEXT:
		buf_puts(&b, e->text != NULL ? e->text : "");
		break;
	case EVIDENCE_NUMBER:
		buf_printf(&b, "%.10g", e->number);
		break;
	case EVIDENCE_LIST:
		for (size_t i = 0; i < e->nlist; i++)
			buf_printf(&b, "%s%s", i > 0 ? ", " : "", e->list[i]);
		break;
	}
	add_line(s, &b);
}

static int
write_lines(struct symptom *s, const struct view *v, const struct draft *d)
{
	const struct finding *worst = d->finding[0];

	s->evidence = calloc(LINES_MAX, sizeof(*s->evidence));
	if (s->evidence == NULL)
		return -1;
	if (d->kind == CAUSE_SERVERS)
		write_servers(s, v, &d->ips);
	for (size_t i = 0; d->kind != CAUSE_SERVERS && i < worst->nevidence;
	     i++)
		write_evidence(s, &worst->evidence[i]);
	for (size_t i = 1; i < d->n; i++) {
		struct buf b;

		buf_init(&b, 0);
		buf_printf(&b, "also %s: %s", d->finding[i]->rule->id,
		    d->finding[i]->message);
		add_line(s, &b);
	}
	return 0;
}

/* -------------------------------------------------------------- subject */

static bool
has_any(const struct view_mx *mx, const struct ips *ips)
{
	for (size_t i = 0; i < mx->naddress; i++) {
		if (ips_has(ips, &mx->address[i].ip))
			return true;
	}
	return false;
}

/* "mx1.example.org, mx2.example.org and 2 more" */
static char *
name_servers(const struct view *v, const struct ips *ips)
{
	struct buf b;
	size_t n = 0;
	char *text;

	buf_init(&b, 0);
	for (size_t i = 0; i < v->nmx; i++) {
		if (!state_mx_first(v, &v->mx[i]) || !has_any(&v->mx[i], ips))
			continue;
		if (n++ >= HOSTS_NAMED)
			continue;
		words_comma(&b);
		buf_puts(&b, v->mx[i].host);
	}
	if (n > HOSTS_NAMED)
		buf_printf(&b, " and %zu more", n - HOSTS_NAMED);
	text = buf_take(&b);
	buf_free(&b);
	return text;
}

/* ------------------------------------------------------------- symptoms */

static int
write_one(const struct report *r, struct draft *d, struct symptom *s)
{
	const struct finding *worst = d->finding[0];

	s->key = d->key;
	d->key = NULL;
	s->kind = d->kind;
	s->by_smtp = d->by_smtp;
	s->rule = worst->rule;
	s->severity = worst->severity;
	s->outcome = r->delivery.outcome;
	s->subject = d->subject != NULL ? strdup(d->subject) :
	                                  name_servers(r->view, &d->ips);
	s->message = strdup(worst->message);
	for (size_t i = 0; i < d->ips.n && i < CAUSE_IPS_MAX; i++)
		s->ip[s->nip++] = d->ips.ip[i];
	if (s->subject == NULL || s->message == NULL)
		return -1;
	return write_lines(s, r->view, d);
}

/* ------------------------------------------------- what could not be told */

/* Is what the mail servers are not known, or not all of it? */
static bool
mx_unseen(const struct view *v)
{
	if (v->belief == BELIEF_NXDOMAIN)
		return false;
	if (!state_resolves(v))
		return true;
	for (size_t i = 0; i < v->nmx; i++) {
		if (v->mx[i].lookup == HOST_UNKNOWN ||
		    v->mx[i].lookup == HOST_FAILED)
			return true;
	}
	return false;
}

static bool
is_unseen(const struct view_mx_address *a)
{
	return a->special == NULL && !a->own && a->state == MX_UNCHECKED;
}

static bool
is_silent(const struct view_mx_address *a)
{
	return a->state == MX_DOWN || a->state == MX_DEFERRING;
}

typedef bool address_fn(const struct view_mx_address *);

static int
gather_host(const struct view_mx *mx, address_fn *is, struct ips *all)
{
	for (size_t i = 0; i < mx->naddress; i++) {
		if (is(&mx->address[i]) &&
		    ips_add(all, &mx->address[i].ip) != 0)
			return -1;
	}
	return 0;
}

static int
gather(const struct view *v, address_fn *is, struct ip **list, size_t *n)
{
	struct ips all = { NULL, 0 };
	int r = 0;

	for (size_t i = 0; i < v->nmx && r == 0; i++)
		r = gather_host(&v->mx[i], is, &all);
	*list = all.ip;
	*n = all.n;
	return r;
}

static int
write_unseen(const struct view *v, struct symptoms *out)
{
	out->mx_unseen = mx_unseen(v);
	out->dns_unseen = v->belief != BELIEF_NXDOMAIN && !state_resolves(v);
	if (gather(v, is_unseen, &out->unseen, &out->nunseen) != 0)
		return -1;
	return gather(v, is_silent, &out->silent, &out->nsilent);
}

int
cause_write(const struct report *r, struct drafts *all, struct symptoms *out)
{
	out->symptom = calloc(all->n + 1, sizeof(*out->symptom));
	if (out->symptom == NULL)
		return -1;
	for (size_t i = 0; i < all->n; i++) {
		out->n++;
		if (write_one(r, &all->draft[i], &out->symptom[i]) != 0)
			return -1;
	}
	return write_unseen(r->view, out);
}
