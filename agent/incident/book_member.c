/*
 * Who suffers from what, as two arrays that know each other's places: a cause
 * has its members, a domain its causes.  Both lose one by putting the last in
 * its place, so that joining and leaving cost the same however many there are.
 */

#include <stdlib.h>
#include <string.h>

#include "agent/incident/book_parts.h"

struct sufferer *
member_causes(const struct book *book, uint32_t domain)
{
	if (domain >= book->ndomain || book->domain[domain].n == 0)
		return NULL;
	return &book->domain[domain];
}

struct member *
member_find(const struct book *book, const struct page *p, uint32_t domain)
{
	struct sufferer *d = member_causes(book, domain);

	for (uint32_t i = 0; d != NULL && i < d->n; i++) {
		if (d->list[i].page == p)
			return &p->member[d->list[i].slot];
	}
	return NULL;
}

/* ----------------------------------------------------------------- sums */

/* Worse for mail, from left to right. */
static enum outcome
worst_outcome(const size_t by_outcome[])
{
	static const enum outcome worst_first[] = { OUTCOME_BOUNCED,
		OUTCOME_DEFERRED, OUTCOME_REFUSED, OUTCOME_UNKNOWN };

	for (size_t i = 0; i < sizeof(worst_first) / sizeof(*worst_first); i++)
		if (by_outcome[worst_first[i]] > 0)
			return worst_first[i];
	return OUTCOME_ACCEPTED;
}

/* Of the last member what was known of it stays. */
static void
sum_up(struct page *p)
{
	struct cause *c = &p->c;

	c->ndeferred = p->by_outcome[OUTCOME_DEFERRED];
	c->nbounced = p->by_outcome[OUTCOME_BOUNCED];
	c->nrefused = p->by_outcome[OUTCOME_REFUSED];
	if (c->nmember == 0)
		return;
	c->outcome = worst_outcome(p->by_outcome);
	for (c->severity = SEVERITY_CRITICAL;
	     c->severity > SEVERITY_OFF && p->by_severity[c->severity] == 0;
	     c->severity--)
		;
}

static void
count(struct page *p, const struct member *m, bool more)
{
	size_t one = more ? 1 : (size_t)-1;

	p->by_severity[m->severity] += one;
	p->by_outcome[m->outcome] += one;
	if (m->unsure)
		p->nunsure += one;
}

/* ---------------------------------------------------------------- texts */

/* Are the texts of this member's symptom better than those it has?  Those of
 * the worst are; of two as bad, those of the example. */
static bool
tells_more(const struct page *p, uint32_t domain, const struct symptom *s)
{
	if (p->c.message == NULL || s->severity > p->shown)
		return true;
	return s->severity == p->c.severity &&
	    (p->shown > p->c.severity || p->c.example == domain);
}

/* Without memory the old texts stay, which is as true as it was. */
static int
tell(struct page *p, uint32_t domain, const struct symptom *s)
{
	if (!tells_more(p, domain, s))
		return 0;
	if (p->c.kind != CAUSE_SERVERS)
		page_addresses(p, s->ip, s->nip);
	if (page_say(p, s->rule, s->subject, s->message, s->evidence,
	        s->nevidence) != 0)
		return p->c.message != NULL ? 0 : -1;
	p->shown = s->severity;
	return 0;
}

/* -------------------------------------------------------- join and leave */

static int
room_for_domain(struct book *book, uint32_t domain)
{
	size_t n = (size_t)domain + 1;
	struct sufferer *more;

	if (domain < book->ndomain)
		return 0;
	if (n < book->ndomain * 2)
		n = book->ndomain * 2;
	more = realloc(book->domain, n * sizeof(*more));
	if (more == NULL)
		return -1;
	memset(&more[book->ndomain], 0, (n - book->ndomain) * sizeof(*more));
	book->domain = more;
	book->ndomain = n;
	return 0;
}

static int
room_for_cause(struct sufferer *d)
{
	uint32_t size = d->size > 0 ? d->size * 2 : 2;
	struct suffered *more;

	if (d->n < d->size)
		return 0;
	more = realloc(d->list, size * sizeof(*more));
	if (more == NULL)
		return -1;
	d->list = more;
	d->size = size;
	return 0;
}

static int
room_for_member(struct page *p)
{
	size_t size = p->size > 0 ? p->size * 2 : 4;
	struct member *more;
	uint32_t *ids;

	if (p->member != NULL && p->c.nmember < p->size)
		return 0;
	more = realloc(p->member, size * sizeof(*more));
	if (more == NULL)
		return -1;
	p->member = more;
	ids = realloc(p->c.member, size * sizeof(*ids));
	if (ids == NULL)
		return -1;
	p->c.member = ids;
	p->size = size;
	return 0;
}

/* A place in both arrays; NULL: no memory. */
static struct member *
enter(struct book *book, struct page *p, uint32_t domain)
{
	struct sufferer *d;
	struct member *m;

	if (room_for_domain(book, domain) != 0 ||
	    room_for_cause(&book->domain[domain]) != 0 ||
	    room_for_member(p) != 0)
		return NULL;
	d = &book->domain[domain];
	m = &p->member[p->c.nmember];
	*m = (struct member){ .at = d->n };
	d->list[d->n++] = (struct suffered){ p, p->c.nmember };
	if (p->c.nmember == 0)
		p->c.example = domain;
	p->c.member[p->c.nmember++] = domain;
	if (p->c.nmember > p->c.peak)
		p->c.peak = p->c.nmember;
	return m;
}

int
member_join(
    struct book *book, struct page *p, uint32_t domain, const struct symptom *s)
{
	struct member *m = member_find(book, p, domain);

	if (m != NULL)
		count(p, m, false);
	else if (p->c.message == NULL && tell(p, domain, s) != 0)
		return -1;
	else
		m = enter(book, p, domain);
	if (m == NULL)
		return -1;
	m->severity = (uint8_t)s->severity;
	m->outcome = (uint8_t)s->outcome;
	m->unsure = false;
	count(p, m, true);
	sum_up(p);
	return tell(p, domain, s);
}

void
member_keep(struct page *p, size_t slot, bool unsure)
{
	struct member *m = &p->member[slot];

	count(p, m, false);
	m->unsure = unsure;
	count(p, m, true);
}

/* Out of the cause's array. */
static void
drop_member(struct book *book, struct page *p, size_t slot)
{
	size_t last = --p->c.nmember;

	count(p, &p->member[slot], false);
	if (slot != last) {
		p->member[slot] = p->member[last];
		p->c.member[slot] = p->c.member[last];
		book->domain[p->c.member[slot]].list[p->member[slot].at].slot =
		    slot;
	}
}

void
member_leave(struct book *book, uint32_t domain, size_t i)
{
	struct sufferer *d = &book->domain[domain];
	struct page *p = d->list[i].page;

	drop_member(book, p, d->list[i].slot);
	d->n--;
	if (i != d->n) {
		d->list[i] = d->list[d->n];
		d->list[i].page->member[d->list[i].slot].at = (uint32_t)i;
	}
	if (d->n == 0) {
		free(d->list);
		memset(d, 0, sizeof(*d));
	}
	/* Any other, so that each has its turn: perhaps only one of them goes
	 * on failing. */
	if (p->c.example == domain && p->c.nmember > 0)
		p->c.example = p->c.member[book->round % p->c.nmember];
	sum_up(p);
}
