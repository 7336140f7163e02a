/*
 * Sets of mail servers that fail, found by each of their addresses: a smaller
 * set is told under a bigger one that is confirmed and as severe, and that hits
 * (or hit) as many.
 */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agent/incident/book_parts.h"

/* The causes that an address is part of. */
struct row {
	struct ip ip;
	struct page **page;
	size_t n, size;
};

static int
by_ip(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return ip_compare(&x->ip, &y->ip);
}

static struct row *
find_row(const struct book *book, const struct ip *ip)
{
	struct row like = { .ip = *ip };
	void *found = tfind(&like, &book->by_ip, by_ip);

	return found != NULL ? *(struct row **)found : NULL;
}

static struct row *
new_row(struct book *book, const struct ip *ip)
{
	struct row *row = calloc(1, sizeof(*row));

	if (row == NULL)
		return NULL;
	row->ip = *ip;
	if (tsearch(row, &book->by_ip, by_ip) != NULL)
		return row;
	free(row);
	return NULL;
}

static int
add_to_row(struct row *row, struct page *p)
{
	size_t size = row->size > 0 ? row->size * 2 : 2;
	struct page **more;

	if (row->n == row->size) {
		more = realloc(row->page, size * sizeof(*more));
		if (more == NULL)
			return -1;
		row->page = more;
		row->size = size;
	}
	row->page[row->n++] = p;
	return 0;
}

static void
drop_from_row(struct book *book, struct row *row, const struct page *p)
{
	for (size_t i = 0; i < row->n; i++) {
		if (row->page[i] == p)
			row->page[i--] = row->page[--row->n];
	}
	if (row->n > 0)
		return;
	tdelete(row, &book->by_ip, by_ip);
	free(row->page);
	free(row);
}

static void
drop_rows(struct book *book, const struct page *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct row *row = find_row(book, &p->c.ip[i]);

		if (row != NULL)
			drop_from_row(book, row, p);
	}
}

int
family_put(struct book *book, struct page *p)
{
	if (p->c.kind != CAUSE_SERVERS)
		return 0;
	for (size_t i = 0; i < p->c.nip; i++) {
		struct row *row = find_row(book, &p->c.ip[i]);

		if (row == NULL)
			row = new_row(book, &p->c.ip[i]);
		if (row == NULL || add_to_row(row, p) != 0) {
			drop_rows(book, p, i + 1);
			return -1;
		}
	}
	return 0;
}

/* ------------------------------------------------------ who is under whom */

static bool
is_open(const struct page *p)
{
	return p->c.incident.state == INCIDENT_OPEN ||
	    p->c.incident.state == INCIDENT_RECOVERING;
}

/* Is a's set of addresses a part of b's, which has more? */
static bool
is_part(const struct page *a, const struct page *b)
{
	return a->c.nip < b->c.nip &&
	    cause_within(a->c.ip, a->c.nip, b->c.ip, b->c.nip);
}

/* The biggest that it can be told under, or NULL. */
static struct page *
find_parent(const struct book *book, const struct page *p)
{
	struct row *row;
	struct page *best = NULL;

	if (!is_open(p) || p->c.nip == 0)
		return NULL;
	row = find_row(book, &p->c.ip[0]);
	for (size_t i = 0; row != NULL && i < row->n; i++) {
		struct page *o = row->page[i];

		if (is_open(o) && is_part(p, o) &&
		    o->c.severity >= p->c.severity &&
		    o->c.peak >= p->c.nmember &&
		    (best == NULL || o->c.nip > best->c.nip))
			best = o;
	}
	return best;
}

static void
set_parent(struct book *book, struct page *p)
{
	struct page *parent = find_parent(book, p);
	bool had = p->c.parent != NULL;

	p->c.parent = parent != NULL ? &parent->c : NULL;
	if (had && parent == NULL && is_open(p) && book->hooks->outlives)
		book->hooks->outlives(book->arg, &p->c);
}

void
family_changed(struct book *book, struct page *p)
{
	if (p->c.kind != CAUSE_SERVERS)
		return;
	set_parent(book, p);
	for (size_t i = 0; i < p->c.nip; i++) {
		struct row *row = find_row(book, &p->c.ip[i]);

		for (size_t j = 0; row != NULL && j < row->n; j++) {
			if (is_part(row->page[j], p))
				set_parent(book, row->page[j]);
		}
	}
}

void
family_take_out(struct book *book, struct page *p)
{
	if (p->c.kind == CAUSE_SERVERS)
		drop_rows(book, p, p->c.nip);
}
