#include <stdlib.h>

#include "agent/model/parts.h"

/*
 * From what has changed to whom it concerns.  Only the way down is stored: a
 * domain knows its things.  The way up is walked once for all that changed
 * since the last time: what is one domain's alone leads to it by its name; for
 * the rest the sets that hold something touched are marked, then all domains
 * are passed.
 */

/* ------------------------------------------------------------------ touch */

void
dirty_touch(struct model *m, struct thing *thing)
{
	size_t size = m->touched_size == 0 ? 64 : m->touched_size * 2;
	struct thing **touched;

	if (thing->touched || m->all_touched)
		return;
	if (m->ntouched == m->touched_size) {
		touched =
		    reallocarray(m->touched, size, sizeof(struct thing *));
		if (touched == NULL) {
			m->all_touched = true;
			return;
		}
		m->touched = touched;
		m->touched_size = size;
	}
	m->touched[m->ntouched++] = thing;
	thing->touched = true;
}

void
dirty_untouch(struct model *m, struct thing *thing)
{
	for (size_t i = 0; thing->touched && i < m->ntouched; i++)
		if (m->touched[i] == thing) {
			m->touched[i] = m->touched[--m->ntouched];
			break;
		}
	thing->touched = false;
}

void
dirty_add(struct model *m, struct domain *domain)
{
	if (domain->dirty)
		return;
	domain->dirty = true;
	TAILQ_INSERT_TAIL(&m->dirty, watched_of(domain), link);
	m->ndirty++;
}

void
dirty_drop(struct model *m, struct domain *domain)
{
	if (!domain->dirty)
		return;
	domain->dirty = false;
	TAILQ_REMOVE(&m->dirty, watched_of(domain), link);
	m->ndirty--;
}

void
dirty_all(struct model *m)
{
	m->epoch++;
	for (size_t i = 0; i < m->ids; i++)
		if (m->domain[i] != NULL && m->domain[i]->domain.own->known)
			dirty_add(m, &m->domain[i]->domain);
}

/* --------------------------------------------------------------- the way up */

static bool
set_has(const struct atom *set, const struct thing *thing)
{
	size_t n;
	struct thing *const *all = rest_things(set, &n);

	return n > 0 &&
	    bsearch(&thing, all, n, sizeof(struct thing *), rest_compare) !=
	    NULL;
}

static bool
servers_have(const struct servers *servers, const struct thing *thing)
{
	for (size_t i = 0; servers != NULL && i < servers->n; i++)
		if (servers->thing[i] == thing)
			return true;
	return false;
}

static bool
rests_on(const struct watched *w, const struct thing *thing)
{
	if (thing->kind == THING_SERVER)
		return servers_have(w->servers, thing);
	return w->domain.own == thing || set_has(w->set, thing);
}

/* The domain that bears its name, if that rests on it. */
static struct domain *
namesake(const struct model *m, const struct thing *thing)
{
	struct thing *name = thing->kind == THING_NAME ?
	    (struct thing *)(uintptr_t)thing :
	    thing_name(m, thing->name);
	struct domain *domain = name == NULL ? NULL : node_of(name)->domain;

	if (domain == NULL || !rests_on(watched_of(domain), thing))
		return NULL;
	return domain;
}

static bool
all_complete(const struct model *m, struct thing *const *thing, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!thing_complete(m, thing[i]))
			return false;
	return true;
}

/* Something that it rests on has changed.  While anything of that has not been
 * looked at there is nothing to judge: the last one to come calls again. */
static void
concern(struct model *m, struct domain *domain)
{
	const struct watched *w = watched_of(domain);
	size_t n;
	struct thing *const *thing = rest_things(w->set, &n);

	if (w->pending &&
	    (!thing_complete(m, domain->own) || !all_complete(m, thing, n) ||
	        (w->servers != NULL &&
	            !all_complete(m, w->servers->thing, w->servers->n))))
		return;
	dirty_add(m, domain);
}

static bool
any_touched(struct thing *const *thing, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (thing[i]->touched)
			return true;
	return false;
}

static void
mark_sets(struct model *m)
{
	struct atom *set = NULL;

	m->pass = m->numbers;
	while ((set = intern_next(&m->sets, set)) != NULL) {
		size_t n;
		struct thing *const *thing = rest_things(set, &n);

		if (any_touched(thing, n))
			set->number = ++m->numbers;
	}
}

/* Pass all domains; servers: may one of their servers be touched? */
static void
pass(struct model *m, bool servers)
{
	mark_sets(m);
	for (size_t i = 0; i < m->ids; i++) {
		struct watched *w = m->domain[i];

		if (w == NULL)
			continue;
		if ((w->set != NULL && w->set->number > m->pass) ||
		    (servers && w->servers != NULL &&
		        any_touched(w->servers->thing, w->servers->n)))
			concern(m, &w->domain);
	}
}

/* From the things touched since to the domains. */
static void
spread(struct model *m)
{
	bool sets = false, servers = false;

	for (size_t i = 0; i < m->ntouched; i++) {
		struct thing *thing = m->touched[i];
		struct domain *domain = namesake(m, thing);

		if (domain != NULL)
			concern(m, domain);
		/* Nobody else?  Then it is done. */
		thing->touched = thing->refs > (domain != NULL);
		sets |= thing->touched && thing->kind != THING_SERVER;
		servers |= thing->touched && thing->kind == THING_SERVER;
	}
	if (sets || servers)
		pass(m, servers);
	if (m->all_touched)
		dirty_all(m);
	for (size_t i = 0; i < m->ntouched; i++)
		m->touched[i]->touched = false;
	m->ntouched = 0;
	m->all_touched = false;
}

struct domain *
model_dirty(struct model *m)
{
	struct watched *w;

	/* All domains may have to be passed: not while there are others. */
	if (m->ndirty == 0 && (m->ntouched > 0 || m->all_touched))
		spread(m);
	w = TAILQ_FIRST(&m->dirty);
	if (w == NULL)
		return NULL;
	dirty_drop(m, &w->domain);
	return &w->domain;
}

size_t
model_dirty_count(const struct model *m)
{
	if (m->ndirty == 0 && (m->ntouched > 0 || m->all_touched))
		return 1;
	return m->ndirty;
}

void
model_renew(struct model *m, struct domain *domain)
{
	dirty_add(m, domain);
}

void
model_users(const struct model *m, const struct thing *thing,
    model_domain_fn *each, void *arg)
{
	for (size_t i = 0; i < m->ids; i++)
		if (m->domain[i] != NULL && rests_on(m->domain[i], thing))
			each(arg, &m->domain[i]->domain);
}
