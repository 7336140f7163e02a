#include <stdlib.h>

#include "agent/show/metrics.h"

#include "agent/status/scrape.h"

/*
 * First what there is once, then the mail servers, then family by family the
 * domains, a few hundred at a time.  Ids only rise during that, so nothing is
 * told twice; a reload, which gives ids away again, ends it.
 */

#define PIECE 512 /* domains at a time */

struct scrape {
	struct watch *watch;
	bool openmetrics, started, done;
	size_t family; /* of the domains, the one that is written */
	uint32_t id;   /* next domain */
	size_t told;   /* domains in this family */
	struct wall reloaded;
};

struct scrape *
scrape_new(struct watch *w, bool openmetrics)
{
	struct scrape *s = calloc(1, sizeof(*s));
	struct watch_health health;

	if (s == NULL)
		return NULL;
	watch_health(w, &health);
	s->watch = w;
	s->openmetrics = openmetrics;
	s->reloaded = health.reloaded;
	return s;
}

void
scrape_free(struct scrape *s)
{
	free(s);
}

/* -------------------------------------------------------------- domains */

/* What is known of it now, not once upon a time. */
static bool
fresh(const struct watch *w, const struct domain *d)
{
	return d->standing.known && !watch_stale(w, d) && !watch_doubtful(w, d);
}

static void
verdict(struct metrics *m, const struct watch *w, const struct domain *d)
{
	static const int value[] = { [SEVERITY_OFF] = 0,
		[SEVERITY_OK] = 0,
		[SEVERITY_INFO] = 0,
		[SEVERITY_UNKNOWN] = 3,
		[SEVERITY_WARNING] = 1,
		[SEVERITY_CRITICAL] = 2 };

	metrics_one(m, d->name, fresh(w, d) ? value[d->standing.verdict] : 3);
}

static void
deliverable(struct metrics *m, const struct watch *w, const struct domain *d)
{
	if (fresh(w, d) && d->standing.outcome != OUTCOME_UNKNOWN)
		metrics_one(
		    m, d->name, d->standing.outcome == OUTCOME_ACCEPTED);
}

/* A rule may have found several things in one domain: it is one series for
 * each severity. */
static bool
told_before(const struct stand *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (s->found[k].rule == s->found[i].rule &&
		    s->found[k].severity == s->found[i].severity)
			return true;
	return false;
}

static void
finding(struct metrics *m, const struct watch *w, const struct domain *d)
{
	const struct stand *s = standing_is(&d->standing);

	if (!fresh(w, d))
		return;
	for (size_t i = 0; i < s->nfound; i++) {
		const char *value[3] = { d->name, NULL, NULL };

		if (s->found[i].rule >= rules_count || told_before(s, i))
			continue;
		value[1] = rules_all[s->found[i].rule]->id;
		value[2] = severity_name(s->found[i].severity);
		metrics_sample(m, value, 1);
	}
}

static void
judged(struct metrics *m, const struct watch *w, const struct domain *d)
{
	(void)w;
	if (d->standing.known)
		metrics_one(m, d->name, (double)d->standing.judged_s);
}

static const struct {
	struct metric metric;
	void (*put)(
	    struct metrics *, const struct watch *, const struct domain *);
} families[] = {
	{ { "mxvigil_domain_verdict", METRIC_GAUGE,
	      "What is held of the domain: 0 ok, 1 warning, 2 critical, "
	      "3 unknown, stale, or seen while blind.",
	      { "domain" } },
	    verdict },
	{ { "mxvigil_domain_deliverable", METRIC_GAUGE,
	      "1: mail for the domain is accepted now; 0: it is not. Absent "
	      "when it is not known.",
	      { "domain" } },
	    deliverable },
	{ { "mxvigil_domain_judged_timestamp_seconds", METRIC_GAUGE,
	      "When the domain was judged last.", { "domain" } },
	    judged },
	{ { "mxvigil_finding", METRIC_GAUGE,
	      "1 for each rule that finds something in the domain now.",
	      { "domain", "rule", "severity" } },
	    finding },
};
#define FAMILIES (sizeof(families) / sizeof(*families))

/* Some domains of the family; true when it is complete. */
static bool
some_domains(struct scrape *s, struct metrics *m)
{
	struct model *model = watch_model(s->watch);
	uint32_t end = model_ids(model);

	if (s->id == 0)
		metrics_family(m, &families[s->family].metric);
	m->family = &families[s->family].metric;
	for (size_t n = 0; n < PIECE && s->id < end; s->id++, n++) {
		const struct domain *d = model_domain(model, s->id);

		if (d == NULL)
			continue;
		if (s->told == SCRAPE_DOMAINS_MAX)
			return true;
		s->told++;
		families[s->family].put(m, s->watch, d);
	}
	return s->id >= end;
}

static void
next_family(struct scrape *s)
{
	s->family++;
	s->id = 0;
	s->told = 0;
}

/* ---------------------------------------------------------------- whole */

static int
first_piece(struct scrape *s, struct metrics *m)
{
	static const struct metric dropped = { "mxvigil_domains_without_series",
		METRIC_GAUGE,
		"Domains that have no series of their own: there are too many, "
		"or they are not wanted.",
		{ NULL } };
	const struct http_setting *http = &watch_settings(s->watch)->http;
	size_t all = model_count(watch_model(s->watch));
	size_t most = http->domain_metrics ? SCRAPE_DOMAINS_MAX : 0;

	s->started = true;
	scrape_process(m);
	scrape_agent(m, s->watch);
	metrics_plain(m, &dropped, all > most ? (double)(all - most) : 0);
	if (!http->domain_metrics)
		s->family = FAMILIES;
	return scrape_incidents(m, s->watch) != 0 ?
	    -1 :
	    scrape_hosts(m, watch_model(s->watch));
}

int
scrape_next(struct scrape *s, struct buf *out)
{
	struct watch_health health;
	struct metrics m;

	if (s->done)
		return 0;
	metrics_init(&m, out, s->openmetrics);
	watch_health(s->watch, &health);
	if (health.reloaded.us != s->reloaded.us)
		return -1;
	if (!s->started) {
		if (first_piece(s, &m) != 0)
			return -1;
	} else if (s->family < FAMILIES) {
		if (some_domains(s, &m))
			next_family(s);
	} else {
		metrics_end(&m);
		s->done = true;
	}
	return out->failed ? -1 : 1;
}
