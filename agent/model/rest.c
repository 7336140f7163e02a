#include <stdlib.h>

#include "agent/model/parts.h"

/*
 * What a domain rests on, and who counts on what.
 */

struct thing *const *
rest_things(const struct atom *set, size_t *n)
{
	*n = set == NULL ? 0 : set->len / sizeof(struct thing *);
	return set == NULL ? NULL : (void *)(uintptr_t)set->bytes;
}

int
rest_compare(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t) * (struct thing *const *)a;
	uintptr_t y = (uintptr_t) * (struct thing *const *)b;

	return (x > y) - (x < y);
}

bool
rest_has(const struct atom *set, const struct thing *thing)
{
	size_t n;
	struct thing *const *all = rest_things(set, &n);

	return n > 0 &&
	    bsearch(&thing, all, n, sizeof(struct thing *), rest_compare) !=
	    NULL;
}

/* ------------------------------------------------------------- references */

static void
refer(const struct atom *set)
{
	size_t n;
	struct thing *const *thing = rest_things(set, &n);

	for (size_t i = 0; i < n; i++)
		thing[i]->refs++;
}

/* The list must outlive its things: the set goes last. */
static void
let_go(struct model *m, struct atom *set)
{
	size_t n;
	struct thing *const *thing = rest_things(set, &n);

	for (size_t i = 0; i < n; i++)
		thing_release(m, thing[i]);
	intern_unref(&m->sets, set);
}

/* Sorted, without the domain's own; returns how many are left. */
static size_t
arrange(const struct domain *domain, struct thing **thing, size_t n)
{
	const struct thing *own = domain_own(domain);

	for (size_t i = 0; i < n; i++)
		if (thing[i] == own) {
			struct thing *last = thing[--n];

			thing[n] = thing[i];
			thing[i] = last;
			break;
		}
	if (n > 0)
		qsort(thing, n, sizeof(struct thing *), rest_compare);
	return n;
}

int
rest_replace(
    struct model *m, struct domain *domain, struct thing **thing, size_t n)
{
	struct atom *old = set_of(m, domain), *set = NULL;

	n = arrange(domain, thing, n);
	if (n > 0) {
		set = intern_get(&m->sets, thing, n * sizeof(struct thing *));
		if (set == NULL)
			return -1;
		if (set->refs == 1)
			set->number = ++m->numbers;
	}
	if (set == old) {
		intern_unref(&m->sets, set);
		return 0;
	}
	refer(set);
	*record_set(m, domain) = intern_id(set);
	let_go(m, old);
	return 0;
}

bool
rest_like(struct model *m, struct domain *domain, const struct domain *other)
{
	struct atom *old = set_of(m, domain), *set = set_of(m, other);

	if (set == old)
		return false;
	intern_ref(set);
	refer(set);
	*record_set(m, domain) = intern_id(set);
	let_go(m, old);
	return true;
}

void
rest_drop(struct model *m, struct domain *domain)
{
	let_go(m, set_of(m, domain));
	*record_set(m, domain) = 0;
}
