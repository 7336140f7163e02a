#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agent/incident/book_parts.h"

/* ------------------------------------------------------------ the book */

void
book_reload(struct book *book, const struct alert_setting *alerts)
{
	book->alerts = alerts;
	book->plain = *alerts;
	book->plain.good = 1;
}

struct book *
book_new(const struct alert_setting *alerts, const struct book_hooks *hooks,
    void *arg)
{
	struct book *book = calloc(1, sizeof(*book));

	if (book == NULL)
		return NULL;
	book->hooks = hooks;
	book->arg = arg;
	TAILQ_INIT(&book->past);
	book->unused = MEMBER_NONE;
	book->dropped = 1;
	book_reload(book, alerts);
	return book;
}

void
book_free(struct book *book)
{
	if (book == NULL)
		return;
	book_past_free(book);
	while (book->n > 0) {
		struct page *p = book->page[book->n - 1];

		page_take_out(book, p);
		page_free(p);
	}
	book_members_free(book);
	free(book->page);
	free(book);
}

bool
book_holds(const struct book *book, const struct page *p)
{
	if (p->raised)
		return false;
	return p->c.by_smtp ? book->hold_smtp : book->hold_dns;
}

struct page *
book_add(struct book *book, const char *key, enum cause_kind kind, bool by_smtp,
    const struct ip *ip, size_t nip)
{
	struct page *p = page_new(key, kind, by_smtp);

	if (p == NULL)
		return NULL;
	page_addresses(p, ip, nip);
	if (page_put(book, p) != 0) {
		page_free(p);
		return NULL;
	}
	past_give(book, p);
	p->raised = kind == CAUSE_AGENT;
	p->c.incident.held = book_holds(book, p);
	return p;
}

void
book_drop(struct book *book, struct page *p)
{
	page_take_out(book, p);
	past_keep(book, p);
	/* Out of the way, it is nobody's parent any more. */
	p->c.incident.state = INCIDENT_OK;
	family_changed(book, p);
	page_free(p);
}

/* --------------------------------------------------------------- events */

static const struct confirm_setting at_once = { .strikes = 1 };

static struct incident_step
ask(struct book *book, struct page *p, enum incident_event event, int64_t ms)
{
	if (p->raised)
		return incident_event(
		    &p->c.incident, event, ms, &at_once, &book->plain);
	return incident_event(&p->c.incident, event, ms,
	    p->c.by_smtp ? &book->alerts->smtp : &book->alerts->dns,
	    book->alerts);
}

static void
note_change(
    struct book *book, struct page *p, enum incident_state was, struct wall now)
{
	bool opened = was == INCIDENT_OK || was == INCIDENT_SUSPECT;

	if (p->c.incident.state == INCIDENT_OPEN && opened) {
		p->c.opened = now;
		p->c.closed = (struct wall){ 0 };
		p->c.peak = p->c.nmember;
		p->grown = 0;
		p->grown_severity = SEVERITY_OFF;
		family_changed(book, p);
	} else if (p->c.incident.state == INCIDENT_OK && !opened) {
		p->c.closed = now;
		/* What is over for good is dropped after it was told. */
		if (p->c.incident.flapping)
			family_changed(book, p);
	}
}

static bool
is_over(const struct page *p)
{
	return p->c.incident.state == INCIDENT_OK && !p->c.incident.flapping &&
	    p->c.nmember == 0;
}

bool
book_step(struct book *book, struct page *p, enum incident_event event,
    struct book_now now)
{
	enum incident_state was = p->c.incident.state;
	struct incident_step step = ask(book, p, event, now.ms);

	if (p->c.incident.state != was)
		note_change(book, p, was, now.wall);
	if (step.news != NEWS_NONE)
		book->hooks->news(book->arg, &p->c, step.news);
	if (is_over(p)) {
		book_drop(book, p);
		return true;
	}
	if (step.look_ms >= 0 && event != INCIDENT_TICK)
		book_ask(book, p, step.look_ms);
	return false;
}

void
book_ask(struct book *book, struct page *p, int64_t at_ms)
{
	p->asked = p->c.example;
	book->hooks->look(book->arg, &p->c, at_ms);
}

/*
 * What does a look say?  When addresses were spoken to, all members know of
 * it.  Else only the example was looked at: what is known of the others is as
 * old as before, and when it is well, they are suspected anew.  Otherwise
 * packets that are lost here and there would in time confirm what nobody
 * suffered from twice.
 */
static enum incident_event
what_was_seen(const struct book *book, const struct page *p)
{
	const struct suffered *m;

	if (p->c.nmember == 0)
		return INCIDENT_GOOD;
	if (p->c.by_smtp && p->c.nip > 0)
		return p->nunsure < p->c.nmember ? INCIDENT_FAIL :
		                                   INCIDENT_UNKNOWN;
	m = member_find(book, p, p->asked);
	if (m == NULL)
		return INCIDENT_OTHER;
	return m->unsure ? INCIDENT_UNKNOWN : INCIDENT_FAIL;
}

void
book_looked(
    struct book *book, struct cause *c, bool unknown, struct book_now now)
{
	struct page *p = (struct page *)c;
	enum incident_event event =
	    unknown ? INCIDENT_UNKNOWN : what_was_seen(book, p);

	/* Nobody else would look at it. */
	if (event == INCIDENT_UNKNOWN && p->unlooked &&
	    c->incident.state == INCIDENT_OPEN) {
		book_ask(book, p, now.ms + (int64_t)book->alerts->good_ms);
		return;
	}
	p->unlooked &= event == INCIDENT_UNKNOWN;
	book_step(book, p, event, now);
}

/* ----------------------------------------------------------------- hold */

/* While it was held, members came or went: that counts from now on. */
static void
catch_up(struct book *book, struct page *p, struct book_now now)
{
	enum incident_state state = p->c.incident.state;
	size_t sure = p->c.nmember - p->nunsure;

	if (p->unlooked)
		book_ask(book, p, now.ms);
	else if (p->c.nmember == 0)
		book_step(book, p, INCIDENT_GOOD, now);
	else if (sure > 0 &&
	    (state == INCIDENT_OK || state == INCIDENT_RECOVERING))
		book_step(book, p, INCIDENT_FAIL, now);
}

void
book_hold(struct book *book, bool by_smtp, bool by_dns, struct book_now now)
{
	if (book->hold_smtp == by_smtp && book->hold_dns == by_dns)
		return;
	book->hold_smtp = by_smtp;
	book->hold_dns = by_dns;
	for (size_t i = book->n; i-- > 0;) {
		struct page *p = i < book->n ? book->page[i] : NULL;

		if (p == NULL || p->c.incident.held == book_holds(book, p))
			continue;
		if (!p->c.incident.held)
			book_step(book, p, INCIDENT_HOLD, now);
		else if (!book_step(book, p, INCIDENT_RELEASE, now))
			catch_up(book, p, now);
	}
}

/* ----------------------------------------------------------------- time */

/* More than was told, and than was said to have grown since. */
static bool
has_grown(const struct page *p)
{
	const struct cause *c = &p->c;
	size_t told = c->told_members > p->grown ? c->told_members : p->grown;
	enum severity worst = c->told_severity > p->grown_severity ?
	    c->told_severity :
	    p->grown_severity;

	if (!c->announced ||
	    (c->incident.state != INCIDENT_OPEN &&
	        c->incident.state != INCIDENT_RECOVERING))
		return false;
	if (c->told_severity != SEVERITY_OFF && c->severity > worst)
		return true;
	return c->told_members > 0 && c->nmember >= told * 2 &&
	    c->nmember >= told + 10;
}

void
book_tick(struct book *book, struct book_now now)
{
	past_trim(book, now.ms);
	for (size_t i = book->n; i-- > 0;) {
		struct page *p = i < book->n ? book->page[i] : NULL;

		if (p == NULL ||
		    (p->c.incident.flapping &&
		        book_step(book, p, INCIDENT_TICK, now)))
			continue;
		if (p->c.parent != NULL && p->c.nmember > p->c.parent->peak)
			family_changed(book, p);
		if (!has_grown(p))
			continue;
		p->grown = p->c.nmember;
		p->grown_severity = p->c.severity;
		book->hooks->grown(book->arg, &p->c);
	}
}

/* ------------------------------------------------------------- questions */

struct cause *
book_find(const struct book *book, const char *key)
{
	struct page *p = page_find(book, key);

	return p != NULL ? &p->c : NULL;
}

struct cause *
book_by_id(const struct book *book, uint64_t id)
{
	for (size_t i = 0; id != 0 && i < book->n; i++) {
		if (book->page[i]->c.id == id)
			return &book->page[i]->c;
	}
	return NULL;
}

size_t
book_count(const struct book *book)
{
	return book->n;
}

void
book_each(
    const struct book *book, bool open_only, book_cause_fn *each, void *arg)
{
	for (size_t i = book->n; i-- > 0;) {
		struct cause *c = &book->page[i]->c;

		if (!open_only || c->incident.state == INCIDENT_OPEN ||
		    c->incident.state == INCIDENT_RECOVERING)
			each(arg, c);
	}
}

void
book_of_domain(
    const struct book *book, uint32_t domain, book_cause_fn *each, void *arg)
{
	struct suffered *s = member_first(book, domain);

	for (; s != NULL; s = member_next(book, s))
		each(arg, &s->page->c);
}
