/*
 * A domain was judged: what it suffers from now, against what it did.
 */

#include <stdlib.h>
#include <string.h>

#include "agent/incident/book_parts.h"

/* -------------------------------------------------------- what it joins */

/* Of what the domain was known to suffer from: mail servers with an address in
 * common are (mostly) the same failure under another set. */
static void
seed_from(const struct book *book, struct page *p, const struct page *old)
{
	bool whole = cause_within(p->c.ip, p->c.nip, old->c.ip, old->c.nip);
	bool meet = whole;

	for (size_t i = 0; i < p->c.nip && !meet; i++)
		meet = cause_within(&p->c.ip[i], 1, old->c.ip, old->c.nip);
	if (old == p || old->c.kind != CAUSE_SERVERS || !meet)
		return;
	if (old->c.incident.state == INCIDENT_SUSPECT || whole) {
		incident_seed(&p->c.incident, &old->c.incident, whole,
		    &book->alerts->smtp);
		if (old->c.began.us < p->c.began.us)
			p->c.began = old->c.began;
	}
}

static void
seed(const struct book *book, struct page *p, uint32_t domain)
{
	struct suffered *old = member_first(book, domain);

	if (p->c.kind != CAUSE_SERVERS || p->c.incident.state != INCIDENT_OK ||
	    p->c.incident.flapping)
		return;
	for (; old != NULL; old = member_next(book, old))
		seed_from(book, p, old->page);
}

static bool
is_open(const struct page *p)
{
	return p->c.incident.state == INCIDENT_OPEN ||
	    p->c.incident.state == INCIDENT_RECOVERING;
}

/* The same symptom comes of many domains that are alike: where it was found
 * the last time it still is, unless any page was dropped since.  That spares
 * the compares of keys, some 0.5 us each time. */
static struct page *
find(const struct book *book, struct symptom *s)
{
	if (s->found != book->dropped)
		s->page = page_find(book, s->key);
	s->found = s->page == NULL ? 0 : book->dropped;
	return s->page;
}

static struct page *
find_or_add(
    struct book *book, uint32_t domain, struct symptom *s, struct book_now now)
{
	struct page *p = find(book, s);

	if (p != NULL)
		return p;
	p = book_add(book, s->key, s->kind, s->by_smtp, s->ip, s->nip);
	if (p != NULL) {
		p->c.began = now.wall;
		seed(book, p, domain);
	}
	return p;
}

static int
join(struct book *book, uint32_t domain, struct symptom *s, struct book_now now)
{
	struct page *p = find_or_add(book, domain, s, now);
	enum severity was;
	bool first;
	int joined;

	if (p == NULL)
		return -1;
	first = p->c.nmember == 0;
	was = p->c.severity;
	joined = member_join(book, p, domain, s);
	if (joined < 0) {
		if (first && p->c.incident.state == INCIDENT_OK &&
		    !p->c.incident.flapping)
			book_drop(book, p);
		return -1;
	}
	if (joined > 0 && is_open(p) && book->hooks->moved != NULL)
		book->hooks->moved(book->arg, &p->c, domain, true);
	p->round = book->round;
	p->unlooked = false;
	if (first || p->c.incident.state == INCIDENT_OK ||
	    p->c.incident.state == INCIDENT_RECOVERING)
		book_step(book, p, INCIDENT_FAIL, now);
	if (p->c.severity != was)
		family_changed(book, p);
	return 0;
}

/* ------------------------------------------------------- what it leaves */

static bool
any_of(const struct page *p, const struct ip *ip, size_t n)
{
	for (size_t i = 0; i < p->c.nip; i++) {
		if (cause_within(&p->c.ip[i], 1, ip, n))
			return true;
	}
	return false;
}

/* Could it not be seen whether the domain still suffers from this? */
static bool
is_unseen(const struct page *p, const struct symptoms *now)
{
	if (!p->c.by_smtp)
		return now->dns_unseen;
	if (now->mx_unseen || any_of(p, now->unseen, now->nunseen))
		return true;
	/* What is learned by talking to a host that takes no mail now. */
	return p->c.kind == CAUSE_HOST && any_of(p, now->silent, now->nsilent);
}

/* Mail servers that are told of already, and now fail with others. */
static bool
is_part_of_more(const struct page *p, const struct symptoms *now)
{
	if (p->c.kind != CAUSE_SERVERS || p->c.nip == 0 || !is_open(p))
		return false;
	for (size_t i = 0; i < now->n; i++) {
		const struct symptom *s = &now->symptom[i];

		if (s->kind == CAUSE_SERVERS &&
		    cause_within(p->c.ip, p->c.nip, s->ip, s->nip))
			return true;
	}
	return false;
}

static void
leave(struct book *book, struct suffered *m, struct book_now now)
{
	struct page *p = m->page;
	enum severity was = p->c.severity;

	member_leave(book, m);
	if (p->c.nmember == 0)
		book_step(book, p, INCIDENT_GOOD, now);
	else if (p->c.severity != was)
		family_changed(book, p);
}

static void
leave_or_keep(struct book *book, struct suffered *m, const struct symptoms *s,
    struct book_now now)
{
	struct page *p = m->page;

	if (is_part_of_more(p, s)) {
		member_keep(m, false);
	} else if (is_unseen(p, s)) {
		member_keep(m, true);
	} else {
		if (is_open(p) && book->hooks->moved != NULL)
			book->hooks->moved(book->arg, &p->c, m->domain, false);
		leave(book, m, now);
	}
}

int
book_judged(struct book *book, uint32_t domain, struct symptoms *s,
    bool unknown, struct book_now now)
{
	struct suffered *m, *next;

	book->round++;
	for (size_t i = 0; i < s->n; i++) {
		if (join(book, domain, &s->symptom[i], now) != 0)
			return -1;
	}
	for (m = member_first(book, domain); m != NULL; m = next) {
		next = member_next(book, m);
		if (m->page->round == book->round)
			continue;
		if (unknown)
			member_keep(m, true);
		else
			leave_or_keep(book, m, s, now);
	}
	return 0;
}

bool
book_tells(const struct book *book, uint32_t domain, struct symptoms *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct page *p = find(book, &all->symptom[i]);

		if (p == NULL || member_tells_more(p, domain, &all->symptom[i]))
			return true;
	}
	return false;
}

void
book_forget(struct book *book, uint32_t domain, struct book_now now)
{
	struct suffered *m, *next;

	for (m = member_first(book, domain); m != NULL; m = next) {
		next = member_next(book, m);
		leave(book, m, now);
	}
}
