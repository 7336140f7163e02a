#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/notify/digest.h"

/* What a message says of one incident. */
struct entry {
	char *incident; /* or NULL: of none */
	char *rule, *subject, *title;
	struct label *label;
	size_t nlabel;
	enum severity severity;
	size_t domains, order;
	bool over, superseded;
};

struct digest {
	struct entry *entry;
	size_t n, room;
	size_t opened, resolved, others;
	size_t unnamed; /* incidents of digests that did not name them */
	enum severity worst_unnamed;
};

struct digest *
digest_new(void)
{
	return calloc(1, sizeof(struct digest));
}

void
digest_free(struct digest *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n; i++) {
		free(d->entry[i].incident);
		free(d->entry[i].rule);
		free(d->entry[i].subject);
		free(d->entry[i].title);
		message_free_labels(d->entry[i].label, d->entry[i].nlabel);
	}
	free(d->entry);
	free(d);
}

/* ------------------------------------------------------------------ adding */

static struct entry *
add_entry(struct digest *d)
{
	if (d->n == d->room) {
		size_t room = d->room == 0 ? 64 : 2 * d->room;
		struct entry *more =
		    reallocarray(d->entry, room, sizeof(*more));

		if (more == NULL)
			return NULL;
		d->entry = more;
		d->room = room;
	}
	d->entry[d->n] = (struct entry){ .order = d->n };
	return &d->entry[d->n++];
}

static int
copy(char **to, const char *text)
{
	*to = text == NULL ? NULL : strdup(text);
	return text == NULL || *to != NULL ? 0 : -1;
}

static int
add_item(struct digest *d, const struct message_item *item, bool over)
{
	struct entry *e = add_entry(d);

	if (e == NULL)
		return -1;
	e->severity = item->severity;
	e->domains = item->domains;
	e->over = over;
	return copy(&e->incident, item->incident) == 0 &&
	        copy(&e->rule, item->rule) == 0 &&
	        copy(&e->subject, item->subject) == 0 &&
	        copy(&e->title, item->title == NULL ? "" : item->title) == 0 &&
	        message_copy_labels(
	            &e->label, &e->nlabel, item->label, item->nlabel) == 0 ?
	    0 :
	    -1;
}

/* One that we have made before names what is over with severity OK. */
static int
add_digest(struct digest *d, const struct message *m)
{
	for (size_t i = 0; i < m->nitem; i++) {
		bool over = m->item[i].severity <= SEVERITY_OK;

		if (add_item(d, &m->item[i], over) != 0)
			return -1;
		d->opened += !over;
		d->resolved += over;
	}
	if (m->total_items > m->nitem) {
		d->unnamed += m->total_items - m->nitem;
		d->opened += m->total_items - m->nitem;
		if (m->severity > d->worst_unnamed)
			d->worst_unnamed = m->severity;
	}
	return 0;
}

int
digest_add(struct digest *d, const struct message *m)
{
	const struct message_item item = {
		.incident = m->incident,
		.severity = m->severity,
		.rule = m->rule,
		.subject = m->subject,
		.title = m->title,
		.domains = m->total,
		.label = m->label,
		.nlabel = m->nlabel,
	};

	if (m->kind == MESSAGE_DIGEST)
		return add_digest(d, m);
	if (m->kind == MESSAGE_OPENED)
		d->opened++;
	else if (m->kind == MESSAGE_RESOLVED)
		d->resolved++;
	else
		d->others++;
	return add_item(d, &item,
	    m->kind == MESSAGE_RESOLVED ||
	        (m->kind == MESSAGE_SETTLED && m->until.us != 0));
}

/* ----------------------------------------------------------------- sorting */

static int
by_incident(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = 0;

	if (x->incident != NULL && y->incident != NULL)
		order = strcmp(x->incident, y->incident);
	else
		order = (x->incident != NULL) - (y->incident != NULL);
	return order != 0 ? order : x->order < y->order ? -1 : 1;
}

static void
mark_superseded(struct digest *d)
{
	qsort(d->entry, d->n, sizeof(*d->entry), by_incident);
	for (size_t i = 0; i + 1 < d->n; i++) {
		const char *now = d->entry[i].incident;
		const char *next = d->entry[i + 1].incident;

		d->entry[i].superseded =
		    now != NULL && next != NULL && strcmp(now, next) == 0;
	}
}

static int
by_weight(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->superseded != y->superseded)
		return x->superseded - y->superseded;
	if (x->over != y->over)
		return x->over - y->over;
	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->domains != y->domains)
		return x->domains > y->domains ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* ------------------------------------------------------------- the message */

static char *
make_title(const struct digest *d)
{
	struct buf text;

	buf_init(&text, 0);
	buf_printf(&text, "%zu alerts in one message: %zu opened, %zu resolved",
	    d->opened + d->resolved + d->others, d->opened, d->resolved);
	if (d->others > 0)
		buf_printf(&text, ", %zu other%s", d->others,
		    d->others == 1 ? "" : "s");
	return buf_take(&text);
}

static int
fill_item(struct message_item *item, const struct entry *e)
{
	static const char mark[] = "resolved: ";
	struct buf title;

	buf_init(&title, 0);
	if (e->over && strncmp(e->title, mark, sizeof(mark) - 1) != 0)
		buf_puts(&title, mark);
	buf_puts(&title, e->title);
	item->severity = e->over ? SEVERITY_OK : e->severity;
	item->domains = e->domains;
	item->title = buf_take(&title);
	return item->title != NULL && copy(&item->incident, e->incident) == 0 &&
	        copy(&item->rule, e->rule) == 0 &&
	        copy(&item->subject, e->subject) == 0 &&
	        message_copy_labels(
	            &item->label, &item->nlabel, e->label, e->nlabel) == 0 ?
	    0 :
	    -1;
}

static int
fill_items(struct message *m, const struct digest *d)
{
	m->item = calloc(MESSAGE_ITEMS_MAX, sizeof(*m->item));
	if (m->item == NULL)
		return -1;
	m->severity =
	    d->worst_unnamed > SEVERITY_OK ? d->worst_unnamed : SEVERITY_OK;
	m->total_items = d->unnamed;
	for (size_t i = 0; i < d->n && !d->entry[i].superseded; i++) {
		const struct entry *e = &d->entry[i];

		if (!e->over && e->severity > m->severity)
			m->severity = e->severity;
		m->total_items++;
		if (m->nitem < MESSAGE_ITEMS_MAX &&
		    fill_item(&m->item[m->nitem++], e) != 0)
			return -1;
	}
	return 0;
}

struct message *
digest_message(struct digest *d, struct wall now)
{
	struct message *m;

	if (d->n == 0 || (m = message_new(MESSAGE_DIGEST)) == NULL)
		return NULL;
	mark_superseded(d);
	qsort(d->entry, d->n, sizeof(*d->entry), by_weight);
	m->id = message_id();
	m->key = strdup("digest");
	m->title = make_title(d);
	m->at = now;
	if (m->id != NULL && m->key != NULL && m->title != NULL &&
	    fill_items(m, d) == 0)
		return m;
	message_free(m);
	return NULL;
}
