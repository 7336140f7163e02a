/*
 * What does not come from judging domains: the agent's own troubles, and what
 * was stored.
 */

#include <stdlib.h>
#include <string.h>

#include "agent/incident/book_parts.h"

struct cause *
book_raise(struct book *book, const char *key, enum cause_kind kind,
    const char *rule, enum severity severity, const char *subject,
    const char *message, struct book_now now)
{
	const struct rule *found = rule_find(rule);
	struct page *p = page_find(book, key);
	bool is_new = p == NULL;

	if (found == NULL)
		return NULL;
	if (is_new)
		p = book_add(book, key, kind, false, NULL, 0);
	if (p == NULL)
		return NULL;
	if (page_say(p, found, subject, message, NULL, 0) != 0 && is_new) {
		book_drop(book, p);
		return NULL;
	}
	p->raised = true;
	p->unlooked = false;
	p->c.incident.held = false;
	p->c.severity = severity;
	if (is_new)
		p->c.began = now.wall;
	book_step(book, p, INCIDENT_FAIL, now);
	return &p->c;
}

void
book_clear(struct book *book, const char *key, struct book_now now)
{
	struct page *p = page_find(book, key);

	if (p != NULL && p->raised)
		book_step(book, p, INCIDENT_GOOD, now);
}

/* -------------------------------------------------------------- restored */

/* What the caller knows of it. */
static int
copy_callers(struct cause *c, const struct cause *like)
{
	if (like->acked_by != NULL) {
		c->acked_by = strdup(like->acked_by);
		if (c->acked_by == NULL)
			return -1;
	}
	c->id = like->id;
	c->announced = like->announced;
	c->acked = like->acked;
	c->reminded = like->reminded;
	c->reminders = like->reminders;
	c->told_members = like->told_members;
	c->told_severity = like->told_severity;
	c->restored = true;
	return 0;
}

static void
copy_standing(struct page *p, const struct cause *like)
{
	struct cause *c = &p->c;

	c->severity = p->shown = like->severity;
	c->outcome = like->outcome;
	c->peak = like->peak;
	c->example = like->example;
	c->began = like->began;
	c->opened = like->opened;
	c->closed = like->closed;
	c->incident = like->incident;
	c->incident.held = false;
	p->unlooked = !p->raised;
}

/* A suspicion that is too old begins anew. */
static void
refresh(struct incident *i, int64_t now_ms, int64_t stale_ms)
{
	if (i->state != INCIDENT_SUSPECT || now_ms - i->last_ms <= stale_ms)
		return;
	i->strikes = 1;
	i->first_ms = i->last_ms = i->due_ms = now_ms;
}

struct cause *
book_restore(struct book *book, const struct cause *like, const char *rule,
    struct book_now now, int64_t stale_ms)
{
	const struct rule *found = rule_find(rule);
	struct page *p;

	if (found == NULL || page_find(book, like->key) != NULL ||
	    (like->incident.state == INCIDENT_OK && !like->incident.flapping))
		return NULL;
	p = book_add(
	    book, like->key, like->kind, like->by_smtp, like->ip, like->nip);
	if (p == NULL)
		return NULL;
	p->raised |= strncmp(rule, "agent.", 6) == 0;
	if (page_say(p, found, like->subject, like->message, like->evidence,
	        like->nevidence) != 0 ||
	    copy_callers(&p->c, like) != 0) {
		book_drop(book, p);
		return NULL;
	}
	copy_standing(p, like);
	refresh(&p->c.incident, now.ms, stale_ms);
	family_changed(book, p);
	if (book_holds(book, p))
		book_step(book, p, INCIDENT_HOLD, now);
	else if (p->unlooked)
		book_ask(book, p, now.ms);
	return &p->c;
}
