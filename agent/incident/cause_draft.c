#include <stdlib.h>
#include <string.h>

#include "agent/incident/cause_draft.h"

void
drafts_free(struct drafts *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->draft[i].key);
		free(d->draft[i].finding);
		ips_free(&d->draft[i].ips);
	}
	free(d->draft);
}

static int
add_finding(struct draft *d, const struct finding *f)
{
	const struct finding **more =
	    realloc(d->finding, (d->n + 1) * sizeof(const struct finding *));

	if (more == NULL)
		return -1;
	d->finding = more;
	more[d->n++] = f;
	return 0;
}

static struct draft *
new_draft(struct drafts *all)
{
	struct draft *more = realloc(all->draft, (all->n + 1) * sizeof(*more));

	if (more == NULL)
		return NULL;
	all->draft = more;
	memset(&more[all->n], 0, sizeof(*more));
	return &more[all->n++];
}

int
drafts_add(struct drafts *all, char *key, enum cause_kind kind, bool by_smtp,
    const char *subject, const struct finding *f)
{
	struct draft *d = NULL;

	if (key == NULL)
		return -1;
	for (size_t i = 0; i < all->n && d == NULL; i++) {
		if (all->draft[i].key != NULL &&
		    strcmp(all->draft[i].key, key) == 0)
			d = &all->draft[i];
	}
	if (d != NULL) {
		free(key);
		return add_finding(d, f);
	}
	d = new_draft(all);
	if (d == NULL) {
		free(key);
		return -1;
	}
	d->key = key;
	d->kind = kind;
	d->by_smtp = by_smtp;
	d->subject = subject;
	return add_finding(d, f);
}

/* The i-th draft becomes part of the first; what was worse stays in front. */
static int
unite(struct drafts *all, size_t first, size_t i)
{
	struct draft *to = &all->draft[first], *from = &all->draft[i];

	if (ips_merge(&to->ips, &from->ips) != 0)
		return -1;
	for (size_t k = 0; k < from->n; k++) {
		if (add_finding(to, from->finding[k]) != 0)
			return -1;
	}
	free(from->finding);
	ips_free(&from->ips);
	memmove(from, from + 1, (all->n - i - 1) * sizeof(*from));
	all->n--;
	return 0;
}

int
drafts_add_servers(struct drafts *all, struct ips *ips, const struct finding *f)
{
	struct draft *d = new_draft(all);
	size_t last = all->n - 1;

	if (d == NULL)
		return -1;
	d->kind = CAUSE_SERVERS;
	d->by_smtp = true;
	d->ips = *ips;
	*ips = (struct ips){ NULL, 0 };
	if (add_finding(d, f) != 0)
		return -1;
	for (size_t i = 0; i < last; i++) {
		if (all->draft[i].kind != CAUSE_SERVERS ||
		    !ips_meet(&all->draft[i].ips, &all->draft[last].ips))
			continue;
		/* What it has then may meet another, further on. */
		for (size_t k = all->n; k-- > i + 1;) {
			if (all->draft[k].kind == CAUSE_SERVERS &&
			    ips_meet(&all->draft[i].ips, &all->draft[k].ips) &&
			    unite(all, i, k) != 0)
				return -1;
		}
		break;
	}
	return 0;
}
