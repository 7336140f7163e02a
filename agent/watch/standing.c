#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/watch/parts.h"

/*
 * What is kept of a judgement: how the domain stands, and what happens to mail
 * that is brought to its hosts.
 */

/* --------------------------------------------------------- one copy of each */

static struct atom *
atom_of(const struct stand *stand)
{
	return stand == NULL ?
	    NULL :
	    (struct atom *)((uintptr_t)stand - offsetof(struct atom, bytes));
}

static void
release(struct watch *w, const struct stand *stand)
{
	if (stand == NULL)
		return;
	if (atom_of(stand)->refs == 1) {
		set_release(w, stand->ns);
		set_release(w, stand->mx);
	}
	intern_unref(&w->stands, atom_of(stand));
}

/* Mostly it is what it was.  0, or -1 without memory: then it is. */
static int
take(struct watch *w, struct standing *s, const struct stand *head,
    const struct found *found)
{
	union {
		struct stand stand;
		char bytes[sizeof(*head) + UINT8_MAX * sizeof(*found)];
	} all = { .stand = { head->ns, head->mx, head->nfound } };
	size_t size = head->nfound * sizeof(*found);
	const struct stand *old = s->is;
	struct atom *atom;

	if (size > 0)
		memcpy(all.bytes + sizeof(*head), found, size);
	size += sizeof(*head);
	if (old != NULL && atom_of(old)->len == size &&
	    memcmp(old, all.bytes, size) == 0)
		return 0;
	atom = intern_get(&w->stands, all.bytes, size);
	if (atom == NULL)
		return -1;
	if (atom->refs == 1) {
		set_again(head->ns);
		set_again(head->mx);
	}
	s->is = (const void *)atom->bytes;
	release(w, old);
	return 0;
}

bool
standing_believe(
    struct watch *w, struct domain *domain, const char *ns, const char *mx)
{
	struct standing *s = &domain->standing;
	const struct stand *is = standing_is(s);
	struct stand head = { .ns = ns != NULL ? ns : is->ns,
		.mx = mx != NULL ? mx : is->mx,
		.nfound = is->nfound };

	if (head.ns == is->ns && head.mx == is->mx)
		return false;
	return take(w, s, &head, is->found) == 0;
}

void
standing_drop(struct watch *w, struct domain *domain)
{
	release(w, domain->standing.is);
	domain->standing.is = NULL;
}

static void
keep_findings(struct watch *w, struct standing *s, const struct conclusion *j)
{
	const struct stand *is = standing_is(s);
	struct stand head = { is->ns, is->mx, j->nfound };

	if (take(w, s, &head, j->found) != 0)
		log_error("out of memory: findings are not kept");
}

/* -------------------------------------------------------------- a judgement */

/* Before the first judgement it is that of an earlier run: since tells whether
 * there was any. */
void
standing_keep(
    struct watch *w, struct domain *domain, const struct conclusion *j)
{
	struct standing *s = &domain->standing;
	bool was = s->since_s != 0;
	bool moved = !was || s->verdict != j->verdict;
	bool turned = !was || s->outcome != j->outcome;

	s->judged_s = (uint32_t)(clock_wall().us / 1000000);
	if (!s->known)
		w->unjudged--;
	if (moved)
		s->since_s = s->judged_s;
	s->known = true;
	s->verdict = j->verdict;
	s->outcome = j->outcome;
	keep_findings(w, s, j);
	roll_note(w, domain);
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
