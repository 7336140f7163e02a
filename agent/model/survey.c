#include "agent/model/parts.h"

/*
 * What is asked of the whole: what a domain rests on, and whether a vantage
 * sees domains as the others do.
 */

void
model_rests_on(const struct model *m, const struct domain *domain,
    model_thing_fn *each, void *arg)
{
	const struct watched *w = watched_of(domain);
	size_t n;
	struct thing *const *thing = rest_things(w->set, &n);

	(void)m;
	each(arg, domain->own);
	for (size_t i = 0; w->servers != NULL && i < w->servers->n; i++)
		each(arg, w->servers->thing[i]);
	for (size_t i = 0; i < n; i++)
		each(arg, thing[i]);
}

/* What all other vantages that count and answered see, when these are at
 * least two and see the same; else NULL. */
static const struct atom *
seen_by_others(
    const struct model *m, const struct thing *own, unsigned vantage, int mx)
{
	const struct atom *seen = NULL;
	unsigned n = 0;

	for (unsigned v = 0; v < m->settings->nvantage; v++) {
		const struct atom *answer = picture_find(own, v, mx);

		if (v == vantage || answer == NULL ||
		    m->alive[v] == TRI_NO || (m->excluded >> v & 1) != 0)
			continue;
		if (seen != NULL && seen != answer)
			return NULL;
		seen = answer;
		n++;
	}
	return n < 2 ? NULL : seen;
}

void
model_agreement(
    const struct model *m, unsigned vantage, size_t *same, size_t *otherwise)
{
	int mx = type_index(DNS_MX);

	*same = *otherwise = 0;
	for (size_t i = 0; i < m->ids; i++) {
		const struct thing *own =
		    m->domain[i] == NULL ? NULL : m->domain[i]->domain.own;
		const struct atom *mine, *theirs;

		if (own == NULL || !own->known)
			continue;
		mine = picture_find(own, vantage, mx);
		theirs = seen_by_others(m, own, vantage, mx);
		if (mine == NULL || theirs == NULL)
			continue;
		if (mine == theirs)
			(*same)++;
		else
			(*otherwise)++;
	}
}
