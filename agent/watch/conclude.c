#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/rules/expect.h"
#include "agent/watch/parts.h"

/*
 * Judging what is dirty, in slices, so that the loop goes on meanwhile.  At
 * the end of all slices the trials that have ended are told to the book, and
 * what is to be remembered is written.
 */

#define SLICE_MS 8

/* Without memory: when to try again. */
#define NO_MEMORY_MS 1000

/* What comes in one such time is judged together: who is concerned by what is
 * shared is found by passing all domains. */
#define TOGETHER_MS 50

/* ----------------------------------------------------------------- standing */

static size_t
index_of(const struct rule *rule)
{
	size_t i = 0;

	while (rules_all[i] != rule)
		i++;
	return i;
}

static void
keep_findings(struct standing *standing, const struct findings *all)
{
	size_t n = all->n > UINT8_MAX ? UINT8_MAX : all->n;
	struct found *found = malloc((n + 1) * sizeof(*found));

	free(standing->found);
	standing->found = found;
	standing->nfound = found == NULL ? 0 : (uint8_t)n;
	for (size_t i = 0; i < standing->nfound; i++)
		found[i] = (struct found){
			.rule = (uint8_t)index_of(all->finding[i].rule),
			.severity = (uint8_t)all->finding[i].severity,
		};
}

static void
keep_standing(
    struct watch *w, struct domain *domain, const struct report *report)
{
	struct standing *s = &domain->standing;
	struct wall now = report->view->now;
	bool moved = !s->known || s->verdict != (uint8_t)report->verdict;
	bool turned =
	    !s->known || s->outcome != (uint8_t)report->delivery.outcome;

	if (!s->known)
		w->unjudged--;
	/* Before the first judgement it is that of an earlier run. */
	if (s->since.us == 0 || s->verdict != (uint8_t)report->verdict)
		s->since = now;
	s->known = true;
	s->judged = now;
	s->verdict = (uint8_t)report->verdict;
	s->outcome = (uint8_t)report->delivery.outcome;
	keep_findings(s, &report->findings);
	if (turned)
		journal_state(w, "domain", domain->name,
		    outcome_name(report->delivery.outcome));
	if (moved || turned)
		journal_domain(w, domain);
	if (moved)
		log_debug("%s: %s: %s", domain->name,
		    severity_name(report->verdict), report->summary);
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

static void
keep_hosts(struct watch *w, const struct view *view)
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
conclude_free_host(void *node)
{
	struct host *host = node;

	free(host->name);
	free(host);
}

/* ---------------------------------------------------------------- judgement */

static struct report *
judge_domain(struct watch *w, const struct domain *domain,
    const struct facts *facts, struct wall now)
{
	struct report *report = judge(facts, &w->settings->policy, now);

	if (report == NULL)
		return NULL;
	if (domain->group->expect != NULL &&
	    expect_apply(report, domain->group->expect) != 0) {
		report_free(report);
		return NULL;
	}
	return report;
}

static int
book_domain(
    struct watch *w, const struct domain *domain, const struct report *report)
{
	struct symptoms symptoms;
	int error;

	if (causes_of(report, domain->standing.ns, &symptoms) != 0)
		return -1;
	error = book_judged(w->book, domain->id, &symptoms,
	    report->verdict == SEVERITY_UNKNOWN, watch_now());
	symptoms_free(&symptoms);
	return error;
}

/* It joined or left what is told already. */
void
conclude_moved(void *watch, struct cause *cause, uint32_t id, bool joins)
{
	struct watch *w = watch;
	const struct domain *domain = model_domain(w->model, id);

	if (domain != NULL)
		journal_member(w, cause->id, domain->name, joins);
}

static int
conclude(struct watch *w, struct domain *domain)
{
	struct wall now = clock_wall();
	bool pending = false;
	struct facts *facts = model_assemble(w->model, domain, now, &pending);
	struct report *report = NULL;
	int error = -1;

	domain->standing.pending = pending;
	if (facts != NULL && pending) {
		facts_free(facts);
		return 0;
	}
	if (facts != NULL)
		report = judge_domain(w, domain, facts, now);
	if (report != NULL && book_domain(w, domain, report) == 0) {
		keep_standing(w, domain, report);
		keep_hosts(w, report->view);
		change_judged(w, domain, report);
		error = 0;
	}
	report_free(report);
	facts_free(facts);
	return error;
}

static void
slice(uv_timer_t *timer)
{
	struct watch *w = timer->data;
	struct mono start = clock_mono();
	struct domain *domain;
	uint64_t wait = 0;

	while ((domain = model_dirty(w->model)) != NULL) {
		if (conclude(w, domain) != 0) {
			log_error("%s: out of memory", domain->name);
			model_renew(w->model, domain);
			wait = NO_MEMORY_MS;
			break;
		}
		if (clock_ms_between(start, clock_mono()) > SLICE_MS)
			break;
	}
	if (model_dirty_count(w->model) > 0) {
		uv_timer_start(timer, slice, wait, 0);
		return;
	}
	trial_conclude(w);
	journal_commit(w->journal, false);
}

void
conclude_soon(struct watch *w)
{
	if (!uv_is_active((uv_handle_t *)&w->slice))
		uv_timer_start(&w->slice, slice, TOGETHER_MS, 0);
}

void
conclude_renew(struct watch *w)
{
	uint64_t interval = w->settings->authority_interval_ms;
	size_t n = w->nby_name;

	if (n == 0 || interval == 0)
		return;
	w->owed += (double)n * 1000 / (double)interval;
	while (w->owed >= 1) {
		const struct domain *domain;

		w->owed -= 1;
		w->renewed = w->renewed + 1 < n ? w->renewed + 1 : 0;
		domain = w->by_name[w->renewed];
		if (domain->standing.known)
			model_renew(w->model, w->by_name[w->renewed]);
	}
	conclude_soon(w);
}

struct report *
watch_report(
    struct watch *w, struct domain *domain, struct facts **facts, bool *pending)
{
	struct wall now = clock_wall();
	struct report *report;

	*facts = model_assemble(w->model, domain, now, pending);
	if (*facts == NULL)
		return NULL;
	report = judge_domain(w, domain, *facts, now);
	if (report == NULL) {
		facts_free(*facts);
		*facts = NULL;
	}
	return report;
}

struct forgotten {
	struct watch *watch;
	const struct domain *domain;
};

static void
part_with(void *arg, struct cause *cause)
{
	const struct forgotten *f = arg;

	if (cause->incident.state == INCIDENT_OPEN ||
	    cause->incident.state == INCIDENT_RECOVERING)
		journal_member(f->watch, cause->id, f->domain->name, false);
}

void
conclude_forget(struct watch *w, struct domain *domain)
{
	struct forgotten forgotten = { w, domain };
	struct standing *s = &domain->standing;

	if (!s->known)
		w->unjudged--;
	book_of_domain(w->book, domain->id, part_with, &forgotten);
	book_forget(w->book, domain->id, watch_now());
	change_forget(domain);
	set_release(w, s->ns);
	set_release(w, s->mx);
}
