/*
 * What became of causes that are over: when they opened and closed, so that
 * one which comes back under the same key is known to flap.
 */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agent/incident/book_parts.h"

#define PAST_MAX 65536

struct past {
	TAILQ_ENTRY(past) list;
	char *key;
	unsigned n;
	int64_t change_ms[]; /* a ring, as in the incident */
};

static int
by_key(const void *a, const void *b)
{
	const struct past *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static void
forget(struct book *book, struct past *p)
{
	TAILQ_REMOVE(&book->past, p, list);
	tdelete(p, &book->by_past, by_key);
	book->npast--;
	free(p->key);
	free(p);
}

static unsigned
kept(unsigned n)
{
	return n < INCIDENT_CHANGES_MAX ? n : INCIDENT_CHANGES_MAX;
}

static struct past *
new_past(const struct page *page)
{
	const struct incident *i = &page->c.incident;
	size_t size = kept(i->nchange) * sizeof(i->change_ms[0]);
	struct past *p = calloc(1, sizeof(*p) + size);

	if (p == NULL)
		return NULL;
	p->key = strdup(page->c.key);
	if (p->key == NULL) {
		free(p);
		return NULL;
	}
	p->n = i->nchange;
	memcpy(p->change_ms, i->change_ms, size);
	return p;
}

void
past_keep(struct book *book, const struct page *page)
{
	struct past *p;

	if (page->c.incident.nchange == 0 || (p = new_past(page)) == NULL)
		return;
	if (tsearch(p, &book->by_past, by_key) == NULL) {
		free(p->key);
		free(p);
		return;
	}
	TAILQ_INSERT_TAIL(&book->past, p, list);
	if (++book->npast > PAST_MAX)
		forget(book, TAILQ_FIRST(&book->past));
}

void
past_give(struct book *book, struct page *page)
{
	struct past like = { .key = page->c.key }, *p;
	void *found = tfind(&like, &book->by_past, by_key);

	if (found == NULL)
		return;
	p = *(struct past **)found;
	page->c.incident.nchange = p->n;
	memcpy(page->c.incident.change_ms, p->change_ms,
	    kept(p->n) * sizeof(p->change_ms[0]));
	forget(book, p);
}

/* They are in the order of their last change. */
void
past_trim(struct book *book, int64_t now_ms)
{
	struct past *p;

	while ((p = TAILQ_FIRST(&book->past)) != NULL) {
		int64_t last = p->change_ms[(p->n - 1) % INCIDENT_CHANGES_MAX];

		if ((uint64_t)(now_ms - last) <= book->alerts->flap_ms)
			return;
		forget(book, p);
	}
}

void
book_past_free(struct book *book)
{
	while (!TAILQ_EMPTY(&book->past))
		forget(book, TAILQ_FIRST(&book->past));
}
