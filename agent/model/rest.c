#include <stdlib.h>
#include <string.h>

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

/* ------------------------------------------------------------- references */

static void
refer(const struct atom *set, const struct servers *servers)
{
	size_t n;
	struct thing *const *thing = rest_things(set, &n);

	for (size_t i = 0; i < n; i++)
		thing[i]->refs++;
	for (size_t i = 0; servers != NULL && i < servers->n; i++)
		servers->thing[i]->refs++;
}

/* The list must outlive its things: the set goes last. */
static void
let_go(struct model *m, struct atom *set, struct servers *servers)
{
	size_t n;
	struct thing *const *thing = rest_things(set, &n);

	for (size_t i = 0; i < n; i++)
		thing_release(m, thing[i]);
	for (size_t i = 0; servers != NULL && i < servers->n; i++)
		thing_release(m, servers->thing[i]);
	intern_unref(&m->sets, set);
	free(servers);
}

static void
swap(struct thing **a, struct thing **b)
{
	struct thing *one = *a;

	*a = *b;
	*b = one;
}

/* Order them: the servers, the others, both sorted, then the domain's own.
 * Returns how many servers; *n: how many without its own. */
static size_t
arrange(const struct domain *domain, struct thing **thing, size_t *n)
{
	size_t servers = 0;

	/* Without a vantage that counts it rests on nothing. */
	if (*n == 0)
		return 0;
	for (size_t i = 0; i < *n; i++)
		if (thing[i] == domain_own(domain)) {
			swap(&thing[i], &thing[--*n]);
			break;
		}
	for (size_t i = 0; i < *n; i++)
		if (thing[i]->kind == THING_SERVER)
			swap(&thing[i], &thing[servers++]);
	qsort(thing, servers, sizeof(struct thing *), rest_compare);
	qsort(thing + servers, *n - servers, sizeof(struct thing *),
	    rest_compare);
	return servers;
}

static bool
same_servers(
    const struct servers *servers, struct thing *const *thing, size_t n)
{
	if (servers == NULL || servers->n != n)
		return n == 0 && servers == NULL;
	return memcmp(servers->thing, thing, n * sizeof(struct thing *)) == 0;
}

static struct servers *
make_servers(struct thing *const *thing, size_t n)
{
	struct servers *servers =
	    malloc(sizeof(*servers) + n * sizeof(struct thing *));

	if (servers == NULL)
		return NULL;
	servers->n = n;
	memcpy(servers->thing, thing, n * sizeof(struct thing *));
	return servers;
}

int
rest_replace(
    struct model *m, struct domain *domain, struct thing **thing, size_t n)
{
	struct watched *w = watched_of(domain);
	struct atom *old_set = set_of(m, domain), *set = NULL;
	struct servers *old = w->servers, *servers = NULL;
	size_t first = arrange(domain, thing, &n);
	bool failed = false;

	if (n > first) {
		set = intern_get(&m->sets, thing + first,
		    (n - first) * sizeof(struct thing *));
		failed = set == NULL;
		if (!failed && set->refs == 1)
			set->number = ++m->numbers;
	}
	if (!failed && set == old_set && same_servers(old, thing, first)) {
		intern_unref(&m->sets, set);
		return 0;
	}
	if (first > 0)
		servers = make_servers(thing, first);
	if (failed || (first > 0 && servers == NULL)) {
		intern_unref(&m->sets, set);
		free(servers);
		return -1;
	}
	refer(set, servers);
	*record_set(m, domain) = intern_id(set);
	w->servers = servers;
	let_go(m, old_set, old);
	return 0;
}

void
rest_drop(struct model *m, struct domain *domain)
{
	struct watched *w = watched_of(domain);

	let_go(m, set_of(m, domain), w->servers);
	*record_set(m, domain) = 0;
	w->servers = NULL;
}
