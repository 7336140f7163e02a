#include <stdlib.h>
#include <string.h>

#include "agent/watch/parts.h"

/*
 * The labels of many domains as one list.  All of them, however many: a channel
 * that chooses by one must find it.  A channel that chooses is told of the
 * domains that it chose, and of no others: they are somebody else's.
 */

struct labels {
	struct label *label; /* of the groups */
	size_t n, room;
	const struct channel_setting *to;
	const struct domain_group *last;
	bool failed;
};

static void
gather(struct labels *all, const struct label *label)
{
	if (all->n == all->room) {
		size_t room = all->room == 0 ? 16 : 2 * all->room;
		struct label *more =
		    reallocarray(all->label, room, sizeof(*more));

		if (more == NULL) {
			all->failed = true;
			return;
		}
		all->label = more;
		all->room = room;
	}
	all->label[all->n++] = *label;
}

bool
labels_chosen(const struct channel_setting *to, const struct domain *domain)
{
	return to == NULL ||
	    message_has_labels(domain->group->label, domain->group->nlabel,
	        to->label, to->nlabel);
}

size_t
labels_count(const struct watch *w, const struct cause *cause,
    const struct channel_setting *to)
{
	size_t n = 0;

	if (to == NULL)
		return cause->nmember;
	for (size_t i = 0; i < cause->nmember; i++) {
		const struct domain *domain =
		    model_domain(w->model, cause->member[i]);

		n += domain != NULL && labels_chosen(to, domain);
	}
	return n;
}

/* Neighbours are often of one group. */
static void
add_domain(struct labels *all, const struct domain *domain)
{
	if (domain == NULL || domain->group == all->last)
		return;
	all->last = domain->group;
	if (!labels_chosen(all->to, domain))
		return;
	for (size_t i = 0; i < domain->group->nlabel; i++)
		gather(all, &domain->group->label[i]);
}

/* Those it hits; what is over hits nobody any more: whom it was about. */
static void
add_cause(const struct watch *w, struct labels *all, const struct cause *cause)
{
	for (size_t i = 0; i < cause->nmember; i++)
		add_domain(all, model_domain(w->model, cause->member[i]));
	if (cause->nmember == 0)
		add_domain(all, model_domain(w->model, cause->example));
}

static int
copy_all(struct labels *all, struct label **out, size_t *nout)
{
	size_t n = message_unique_labels(all->label, all->n);
	int result =
	    all->failed ? -1 : message_copy_labels(out, nout, all->label, n);

	free(all->label);
	return result;
}

int
labels_of_cause(const struct watch *w, const struct cause *cause,
    const struct channel_setting *to, struct label **out, size_t *nout)
{
	struct labels all = { .to = to };

	add_cause(w, &all, cause);
	return copy_all(&all, out, nout);
}

int
labels_of_causes(const struct watch *w, const struct causes *causes,
    const struct channel_setting *to, struct label **out, size_t *nout)
{
	struct labels all = { .to = to };

	for (size_t i = 0; i < causes->n; i++)
		add_cause(w, &all, causes->cause[i]);
	return copy_all(&all, out, nout);
}

int
labels_of_domains(const struct watch *w, char *const *name, size_t n,
    struct label **out, size_t *nout)
{
	struct labels all = { .label = NULL };

	for (size_t i = 0; i < n; i++)
		if (name[i] != NULL)
			add_domain(&all, model_find(w->model, name[i]));
	return copy_all(&all, out, nout);
}
