/*
 * Who suffers from what.  Each such pair is in one array of the book; a cause
 * knows the numbers of its own, and a domain finds its through a table of
 * buckets.  A cause loses one by putting its last in that one's place.  So
 * joining and leaving cost the same however many there are, and a domain that
 * suffers from nothing takes no room: a pair is 36 bytes, of a million healthy
 * domains there is not one.
 */

#include <stdlib.h>
#include <string.h>

#include "agent/incident/book_parts.h"

/* ------------------------------------------------------------ by domain */

/* Numbers of domains are small and without large gaps. */
static uint32_t *
bucket_of(const struct book *book, uint32_t domain)
{
	return &book->bucket[domain & (book->size_suffered - 1)];
}

/* From this one of a bucket on. */
static struct suffered *
seek(const struct book *book, uint32_t at, uint32_t domain)
{
	while (at != MEMBER_NONE && book->suffered[at].domain != domain)
		at = book->suffered[at].next;
	return at == MEMBER_NONE ? NULL : &book->suffered[at];
}

struct suffered *
member_first(const struct book *book, uint32_t domain)
{
	if (book->nsuffered == 0)
		return NULL;
	return seek(book, *bucket_of(book, domain), domain);
}

struct suffered *
member_next(const struct book *book, const struct suffered *s)
{
	return seek(book, s->next, s->domain);
}

struct suffered *
member_find(const struct book *book, const struct page *p, uint32_t domain)
{
	struct suffered *s = member_first(book, domain);

	while (s != NULL && s->page != p)
		s = member_next(book, s);
	return s;
}

/* The latest is the first of its bucket. */
static void
link_up(struct book *book, uint32_t number)
{
	struct suffered *s = &book->suffered[number];
	uint32_t *at = bucket_of(book, s->domain);

	s->next = *at;
	*at = number;
}

static void
unlink_from(struct book *book, uint32_t number)
{
	uint32_t *at = bucket_of(book, book->suffered[number].domain);

	while (*at != number)
		at = &book->suffered[*at].next;
	*at = book->suffered[number].next;
}

void
book_members_free(struct book *book)
{
	free(book->suffered);
	free(book->bucket);
	book->suffered = NULL;
	book->bucket = NULL;
	book->size_suffered = book->used = book->nsuffered = 0;
	book->unused = MEMBER_NONE;
}

/* Twice as many; those there are go to their new buckets. */
static int
make_room(struct book *book)
{
	uint32_t size = book->size_suffered == 0 ? 64 : book->size_suffered * 2;
	struct suffered *more =
	    reallocarray(book->suffered, size, sizeof(*more));
	uint32_t *bucket;

	if (more == NULL)
		return -1;
	book->suffered = more;
	bucket = reallocarray(book->bucket, size, sizeof(*bucket));
	if (bucket == NULL)
		return -1;
	book->bucket = bucket;
	book->size_suffered = size;
	memset(bucket, 0xff, size * sizeof(*bucket));
	for (uint32_t i = 0; i < book->used; i++)
		link_up(book, i);
	return 0;
}

/* A number for another one, or MEMBER_NONE without memory.  There is room when
 * all that were used are in use. */
static uint32_t
take_number(struct book *book)
{
	uint32_t number = book->unused;

	if (number != MEMBER_NONE)
		book->unused = book->suffered[number].next;
	else if (book->used == book->size_suffered && make_room(book) != 0)
		return MEMBER_NONE;
	else
		number = book->used++;
	book->nsuffered++;
	return number;
}

static void
give_number(struct book *book, uint32_t number)
{
	book->suffered[number].next = book->unused;
	book->unused = number;
	if (--book->nsuffered == 0)
		book_members_free(book);
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
count(struct page *p, const struct suffered *m, bool more)
{
	size_t one = more ? 1 : (size_t)-1;

	p->by_severity[m->severity] += one;
	p->by_outcome[m->outcome] += one;
	if (m->unsure)
		p->nunsure += one;
}

/* ---------------------------------------------------------------- texts */

/* Those of the worst are; of two as bad, those of the example. */
bool
member_tells_more(
    const struct page *p, uint32_t domain, const struct symptom *s)
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
	if (!member_tells_more(p, domain, s))
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
room_for_member(struct page *p)
{
	size_t size = p->size > 0 ? p->size * 2 : 4;
	uint32_t *more;

	if (p->c.nmember < p->size)
		return 0;
	more = reallocarray(p->suffered, size, sizeof(*more));
	if (more == NULL)
		return -1;
	p->suffered = more;
	more = reallocarray(p->c.member, size, sizeof(*more));
	if (more == NULL)
		return -1;
	p->c.member = more;
	p->size = size;
	return 0;
}

/* A place in all arrays; NULL: no memory. */
static struct suffered *
enter(struct book *book, struct page *p, uint32_t domain)
{
	uint32_t number;
	struct suffered *s;

	if (room_for_member(p) != 0 ||
	    (number = take_number(book)) == MEMBER_NONE)
		return NULL;
	s = &book->suffered[number];
	*s = (struct suffered){
		.page = p, .slot = (uint32_t)p->c.nmember, .domain = domain
	};
	link_up(book, number);
	if (p->c.nmember == 0)
		p->c.example = domain;
	p->suffered[p->c.nmember] = number;
	p->c.member[p->c.nmember++] = domain;
	if (p->c.nmember > p->c.peak)
		p->c.peak = p->c.nmember;
	return s;
}

int
member_join(
    struct book *book, struct page *p, uint32_t domain, const struct symptom *s)
{
	struct suffered *m = member_find(book, p, domain);
	bool joins = m == NULL;

	if (!joins)
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
	return tell(p, domain, s) != 0 ? -1 : joins;
}

void
member_keep(struct suffered *m, bool unsure)
{
	count(m->page, m, false);
	m->unsure = unsure;
	count(m->page, m, true);
}

/* Out of the cause's arrays. */
static void
drop_member(struct book *book, const struct suffered *m)
{
	struct page *p = m->page;
	size_t last = --p->c.nmember;

	count(p, m, false);
	p->suffered[m->slot] = p->suffered[last];
	p->c.member[m->slot] = p->c.member[last];
	book->suffered[p->suffered[last]].slot = m->slot;
}

void
member_leave(struct book *book, struct suffered *m)
{
	uint32_t number = (uint32_t)(m - book->suffered), domain = m->domain;
	struct page *p = m->page;

	drop_member(book, m);
	unlink_from(book, number);
	give_number(book, number);
	/* Any other, so that each has its turn: perhaps only one of them goes
	 * on failing. */
	if (p->c.example == domain && p->c.nmember > 0)
		p->c.example = p->c.member[book->round % p->c.nmember];
	sum_up(p);
}
