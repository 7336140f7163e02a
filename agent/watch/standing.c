#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/watch/parts.h"

/*
 * What is kept of a judgement: how the domain stands, and what happens to mail
 * that is brought to its hosts.
 */

/* Mostly they are what they were. */
static void
keep_findings(struct standing *s, const struct conclusion *j)
{
	struct found *found = NULL;
	size_t size = j->nfound * sizeof(*found);

	if (s->nfound == j->nfound &&
	    (size == 0 || memcmp(s->found, j->found, size) == 0))
		return;
	if (size > 0)
		found = malloc(size);
	if (found != NULL)
		memcpy(found, j->found, size);
	free(s->found);
	s->found = found;
	s->nfound = found == NULL ? 0 : j->nfound;
}

/* Before the first judgement it is that of an earlier run: since tells whether
 * there was any. */
void
standing_keep(
    struct watch *w, struct domain *domain, const struct conclusion *j)
{
	struct standing *s = &domain->standing;
	bool was = s->since.us != 0;
	bool moved = !was || s->verdict != j->verdict;
	bool turned = !was || s->outcome != j->outcome;

	s->judged = clock_wall();
	if (!s->known)
		w->unjudged--;
	if (moved)
		s->since = s->judged;
	s->known = true;
	s->verdict = j->verdict;
	s->outcome = j->outcome;
	keep_findings(s, j);
	if (moved || turned)
		journal_standing(w, domain, turned);
	if (moved)
		log_debug("%s: %s, mail is %s", domain->name,
		    severity_name((enum severity)j->verdict),
		    outcome_name((enum outcome)j->outcome));
}

/* ------------------------------------------------------------ states of hosts
 */

struct host {
	char *name;
	const char *state;
};

static int
compare_hosts(const void *a, const void *b)
{
	return strcmp(
	    ((const struct host *)a)->name, ((const struct host *)b)->name);
}

/* What happens to mail that is brought to this host. */
static const char *
state_of(const struct view_mx *mx)
{
	static const char *const states[] = {
		[MX_UP] = "accepted",
		[MX_DEGRADED] = "accepted",
		[MX_DEFERRING] = "deferred",
		[MX_DOWN] = "deferred",
		[MX_UNUSABLE] = "bounced",
		[MX_UNCHECKED] = "unknown",
	};

	return states[mx->state];
}

static struct host *
host_of(struct watch *w, const char *name)
{
	struct host like = { .name = (char *)(uintptr_t)name }, *host;
	struct host **node = tfind(&like, &w->hosts, compare_hosts);

	if (node != NULL)
		return *node;
	host = calloc(1, sizeof(*host));
	if (host != NULL && (host->name = strdup(name)) != NULL &&
	    tsearch(host, &w->hosts, compare_hosts) != NULL)
		return host;
	if (host != NULL)
		free(host->name);
	free(host);
	return NULL;
}

void
standing_hosts(struct watch *w, const struct view *view)
{
	for (size_t i = 0; i < view->nmx; i++) {
		const struct view_mx *mx = &view->mx[i];
		struct host *host;

		if (mx->target != TARGET_HOST)
			continue;
		host = host_of(w, mx->host);
		if (host == NULL || host->state == state_of(mx))
			continue;
		host->state = state_of(mx);
		journal_state(w, "host", host->name, host->state);
	}
}

void
standing_free_host(void *node)
{
	struct host *host = node;

	free(host->name);
	free(host);
}
