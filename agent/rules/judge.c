#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"

#include "agent/rules/rules.h"
#include "agent/rules/summary.h"

/* ------------------------------------------------------------ overrides */

/* The last match wins.  What could not be found out stays so, however bad it
 * would be; it can only be turned off. */
static enum severity
severity_of(const struct policy *policy, const struct finding *f)
{
	enum severity severity = f->severity;

	for (size_t i = 0; i < policy->noverride; i++)
		if (text_glob(policy->override[i].pattern, f->rule->id))
			severity = policy->override[i].severity;
	if (severity != SEVERITY_OFF && f->severity == SEVERITY_UNKNOWN)
		return SEVERITY_UNKNOWN;
	return severity;
}

static void
apply_overrides(const struct policy *policy, struct findings *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct finding *f = &all->finding[i];

		f->severity = severity_of(policy, f);
		if (f->severity == SEVERITY_OFF)
			finding_free(f);
		else
			all->finding[n++] = *f;
	}
	all->n = n;
}

/* ---------------------------------------------------------------- order */

static size_t
place(const struct rule *rule)
{
	size_t i = 0;

	while (i < rules_count && rules_all[i] != rule)
		i++;
	return i;
}

/* Worst first, then as the rules are shown, then by subject. */
static int
by_weight(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int order;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->rule != y->rule)
		return place(x->rule) < place(y->rule) ? -1 : 1;
	order = strcmp(x->subject, y->subject);
	return order != 0 ? order : strcmp(x->message, y->message);
}

/* -------------------------------------------------------------- verdict */

static enum severity
worst(const struct findings *all)
{
	enum severity severity = SEVERITY_OK;

	for (size_t i = 0; i < all->n; i++)
		if (all->finding[i].severity > severity)
			severity = all->finding[i].severity;
	return severity == SEVERITY_INFO ? SEVERITY_OK : severity;
}

static void
look(struct report *r)
{
	for (size_t i = 0; i < rules_count; i++)
		if (rules_all[i]->look != NULL)
			rules_all[i]->look(
			    rules_all[i], r->view, &r->delivery, &r->findings);
}

static void
decide(struct report *r)
{
	apply_overrides(r->policy, &r->findings);
	if (r->findings.n > 1)
		qsort(r->findings.finding, r->findings.n,
		    sizeof(*r->findings.finding), by_weight);
	r->verdict = worst(&r->findings);
}

int
judge_again(struct report *r)
{
	if (r->findings.failed)
		return -1;
	decide(r);
	free(r->summary);
	r->summary = summary_line(r);
	return r->summary != NULL ? 0 : -1;
}

struct report *
judge(const struct facts *facts, const struct policy *policy, struct wall now)
{
	struct report *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->facts = facts;
	r->policy = policy;
	r->view = view_build(facts, policy, now);
	if (r->view == NULL || sender_walk(r->view, &r->delivery) != 0)
		goto fail;
	look(r);
	if (judge_again(r) != 0)
		goto fail;
	return r;
fail:
	report_free(r);
	return NULL;
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
	free(r->summary);
	findings_free(&r->findings);
	delivery_free(&r->delivery);
	view_free(r->view);
	free(r);
}
