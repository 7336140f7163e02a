#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/show/metrics.h"
#include "agent/status/scrape.h"
#include "agent/status/veil.h"

/*
 * A series for each thing that is to be told: an incident that was confirmed
 * and is not part of another.  Who alerts from metrics gets one alert a cause
 * from it, like everybody else.  The agent's own troubles have metrics of their
 * own.
 *
 * Its labels are what does not change while it lasts, but for its severity and
 * its state.  On a very bad day the worst have a series, and the rest is
 * counted.
 */

#define INCIDENTS_MAX 1000

struct telling {
	struct metrics *metrics;
	struct watch *watch;
	enum severity severity;
	size_t n, left_out;
	bool failed;
};

static const struct metric incident = { "mxvigil_incident_domains",
	METRIC_GAUGE,
	"Domains that suffer from an open incident now. State: open, "
	"acknowledged, or silenced, which is maintenance as well.",
	{ "incident", "rule", "severity", "subject", "state" } };
static const struct metric dropped = { "mxvigil_incidents_without_series",
	METRIC_GAUGE, "Open incidents that have no series: there are too many.",
	{ NULL } };

static const char *
state_of(struct watch *w, const struct cause *cause)
{
	if (watch_hush(w, cause) != NULL)
		return "silenced";
	return cause->acked.us != 0 ? "acknowledged" : "open";
}

static void
tell(void *arg, struct cause *cause)
{
	struct telling *t = arg;
	char id[24], *subject;

	if (cause->severity != t->severity || cause->parent != NULL ||
	    cause->kind == CAUSE_AGENT)
		return;
	if (t->n == INCIDENTS_MAX) {
		t->left_out++;
		return;
	}
	subject = strdup(cause->subject);
	if (subject == NULL) {
		t->failed = true;
		return;
	}
	veil_text(t->watch, subject);
	snprintf(id, sizeof(id), "%llu", (unsigned long long)cause->id);
	metrics_sample(t->metrics,
	    (const char *[]){ id, cause->rule->id,
	        severity_name(cause->severity), subject,
	        state_of(t->watch, cause) },
	    (double)cause->nmember);
	free(subject);
	t->n++;
}

int
scrape_incidents(struct metrics *m, struct watch *w)
{
	static const enum severity worst_first[] = { SEVERITY_CRITICAL,
		SEVERITY_WARNING };
	struct telling t = { .metrics = m, .watch = w };

	metrics_family(m, &incident);
	for (size_t i = 0; i < 2; i++) {
		t.severity = worst_first[i];
		book_each(watch_book(w), true, tell, &t);
	}
	metrics_plain(m, &dropped, (double)t.left_out);
	return t.failed ? -1 : 0;
}
