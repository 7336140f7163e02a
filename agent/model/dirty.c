#include <stdlib.h>
#include <string.h>

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
	uint32_t link = domain->id + 1;

	if (domain->thing.dirty)
		return;
	domain->thing.dirty = true;
	m->ndirty++;
	/* One that was dropped is still there. */
	if (domain->thing.queued)
		return;
	domain->thing.queued = true;
	*record_next(m, domain->id) = 0;
	if (m->last == 0)
		m->first = link;
	else
		*record_next(m, m->last - 1) = link;
	m->last = link;
}

void
dirty_drop(struct model *m, struct domain *domain)
{
	m->ndirty -= domain->thing.dirty;
	domain->thing.dirty = false;
}

/* The first of the list, whatever has become of it, or NULL. */
static struct domain *
unqueue(struct model *m)
{
	struct domain *w;

	if (m->first == 0)
		return NULL;
	w = record_at(m, m->first - 1);
	m->first = *record_next(m, m->first - 1);
	if (m->first == 0)
		m->last = 0;
	w->thing.queued = false;
	return w;
}

void
dirty_all(struct model *m)
{
	m->epoch++;
	for (size_t i = 0; i < m->ids; i++) {
		struct domain *domain = model_domain(m, (uint32_t)i);

		if (domain != NULL && domain_own(domain)->known)
			dirty_add(m, domain);
	}
}

/* --------------------------------------------------------------- the way up */

static bool
all_complete(const struct model *m, struct thing *const *thing, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!thing_complete(m, thing[i]))
			return false;
	return true;
}

bool
dirty_complete(const struct model *m, const struct domain *domain)
{
	size_t n;
	struct thing *const *thing = rest_things(set_of(m, domain), &n);

	return thing_complete(m, domain_own(domain)) &&
	    servers_complete(m, domain) && all_complete(m, thing, n);
}

void
dirty_concern(struct model *m, struct domain *domain)
{
	if (!domain->thing.waits || dirty_complete(m, domain))
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

bool
dirty_marks(struct model *m)
{
	uint8_t *passed;

	if (m->npassed < m->sets.size) {
		passed = realloc(m->passed, m->sets.size);
		if (passed == NULL)
			return false;
		m->passed = passed;
		m->npassed = m->sets.size;
	}
	memset(m->passed, 0, m->npassed);
	return true;
}

/* Those that hold something touched.  False: no memory. */
static bool
mark_sets(struct model *m)
{
	struct atom *set = NULL;

	if (!dirty_marks(m))
		return false;
	while ((set = intern_next(&m->sets, set)) != NULL) {
		size_t n;
		struct thing *const *thing = rest_things(set, &n);

		if (!any_touched(thing, n))
			continue;
		m->passed[set->id] = true;
		set->number = ++m->numbers;
	}
	return true;
}

/* A million in a millisecond or two: nothing is read of a domain but the id of
 * its set, and those are next to each other. */
static void
pass(struct model *m)
{
	if (!mark_sets(m)) {
		m->all_touched = true;
		return;
	}
	for (size_t i = 0; i < m->ids; i++) {
		const struct chunk *chunk = m->chunk[i / CHUNK];

		if (m->passed[chunk->set[i % CHUNK]] != 0)
			dirty_concern(m, model_domain(m, (uint32_t)i));
	}
}

/* From the things touched since to the domains. */
static void
spread(struct model *m)
{
	bool shared = false;

	for (size_t i = 0; i < m->ntouched; i++) {
		struct thing *thing = m->touched[i];
		struct domain *domain = model_domain_of(thing);

		if (domain != NULL)
			dirty_concern(m, domain);
		/* Nobody else?  Then it is done. */
		thing->touched = thing->refs > (domain != NULL);
		shared |= thing->touched;
	}
	if (shared && m->sets.count > 0)
		pass(m);
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
	struct domain *domain;

	/* All domains may have to be passed: not while there are others. */
	if (m->ndirty == 0 && (m->ntouched > 0 || m->all_touched))
		spread(m);
	while ((domain = unqueue(m)) != NULL)
		if (domain->thing.dirty) {
			dirty_drop(m, domain);
			return domain;
		}
	return NULL;
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
