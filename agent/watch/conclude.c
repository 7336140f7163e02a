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

/* Between two slices the loop does everything else.  Not 0: a timer that is
 * started again for the same moment runs before any descriptor is looked at,
 * until all is judged. */
#define PAUSE_MS 1

/* ---------------------------------------------------------------- judgement */

static struct report *
judge_domain(struct watch *w, const struct domain *domain,
    const struct facts *facts, struct wall now)
{
	struct report *report = judge(facts, &w->settings->policy, now);

	w->reports++;
	if (report == NULL)
		return NULL;
	if (domain->group->expect != NULL &&
	    expect_apply(report, domain->group->expect) != 0) {
		report_free(report);
		return NULL;
	}
	return report;
}

/* What the judgement means for the domain: it may be that of another which is
 * alike. */
static int
take(struct watch *w, struct domain *domain, struct conclusion *j)
{
	if (book_judged(w->book, domain->id, &j->symptoms,
	        j->verdict == SEVERITY_UNKNOWN, watch_now()) != 0)
		return -1;
	standing_keep(w, domain, j);
	change_judged(w, domain, j->ns, j->mx);
	return 0;
}

static int
judge_alone(struct watch *w, struct domain *domain, const struct facts *facts,
    struct wall now)
{
	struct report *report = judge_domain(w, domain, facts, now);
	struct conclusion conclusion;
	int error;

	if (report == NULL ||
	    conclusion_make(w, domain, report, &conclusion) != 0) {
		report_free(report);
		return -1;
	}
	error = take(w, domain, &conclusion);
	standing_hosts(w, report->view);
	alike_keep(w, domain, &conclusion);
	report_free(report);
	return error;
}

/* What it rests on may be known only now that it was put together. */
static int
conclude_facts(struct watch *w, struct domain *domain)
{
	struct wall now = clock_wall();
	bool pending = false;
	struct facts *facts = model_assemble(w->model, domain, now, &pending);
	struct conclusion *alike;
	int error = facts == NULL ? -1 : 0;

	w->assemblies++;
	alike_outline(w, domain);
	domain->standing.pending = pending;
	if (facts != NULL && !pending) {
		alike = alike_find(w, domain);
		error = alike != NULL ? take(w, domain, alike) :
		                        judge_alone(w, domain, facts, now);
	}
	facts_free(facts);
	return error;
}

static int
conclude(struct watch *w, struct domain *domain)
{
	struct conclusion *alike = alike_find(w, domain);
	bool pending = false;

	if (alike == NULL && alike_rest(w, domain, &pending)) {
		domain->standing.pending = pending;
		if (pending)
			return 0;
		alike = alike_find(w, domain);
	}
	if (alike == NULL)
		return conclude_facts(w, domain);
	domain->standing.pending = domain->thing.waits = false;
	return take(w, domain, alike);
}

static void
slice(uv_timer_t *timer)
{
	struct watch *w = timer->data;
	struct mono start = clock_mono();
	struct domain *domain;
	uint64_t wait = PAUSE_MS;

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
	journal_forget(w->journal, domain->id);
	book_of_domain(w->book, domain->id, part_with, &forgotten);
	book_forget(w->book, domain->id, watch_now());
	change_forget(w, domain);
	standing_drop(w, domain);
}
