#include "agent/incident/blind.h"
#include "agent/sched/schedule.h"
#include "agent/show/metrics.h"
#include "agent/status/scrape.h"
#include "agent/status/veil.h"

/* Of the agent itself: what it watches, how it fares, whom it could tell. */

#define GAUGE(name, help, ...)            \
	{                                 \
		name, METRIC_GAUGE, help, \
		{                         \
			__VA_ARGS__       \
		}                         \
	}
#define COUNTER(name, help, ...)            \
	{                                   \
		name, METRIC_COUNTER, help, \
		{                           \
			__VA_ARGS__         \
		}                           \
	}

static const struct metric build =
    GAUGE("mxvigil_build_info", "Which program this is; always 1.", "version");
static const struct metric domains = GAUGE("mxvigil_domains",
    "Domains that are watched, by verdict; pending: not looked at yet.",
    "verdict");
static const struct metric outcomes = GAUGE("mxvigil_domains_by_outcome",
    "Domains by what happens to mail for them.", "outcome");
static const struct metric incidents =
    GAUGE("mxvigil_incidents_open", "Incidents that are open.", "severity");
static const struct metric looks = COUNTER(
    "mxvigil_looks", "Questions and dialogues done since the start.", NULL);
static const struct metric lost = COUNTER(
    "mxvigil_looks_lost", "Those of them that brought no result.", NULL);
static const struct metric blind = GAUGE("mxvigil_blind",
    "1 when the agent cannot see the network, so that it tells of nothing.",
    NULL);
static const struct metric sight = GAUGE("mxvigil_sight_up",
    "1 when the agent can look this way: DNS, port 25 over IPv4 or IPv6.",
    "way");
static const struct metric ready = GAUGE(
    "mxvigil_ready", "1 when everything that the agent needs works.", NULL);
static const struct metric store =
    GAUGE("mxvigil_store_up", "1 when the store can be written.", NULL);
static const struct metric reload =
    GAUGE("mxvigil_config_last_reload_successful",
        "1 unless the last configuration was refused.", NULL);
static const struct metric lag = GAUGE("mxvigil_loop_lag_seconds",
    "The longest that something had to wait for its turn in the last "
    "minute.",
    NULL);
static const struct metric workers =
    GAUGE("mxvigil_workers", "Probe processes that are wanted.", NULL);
static const struct metric workers_up =
    GAUGE("mxvigil_workers_ready", "Probe processes that are at work.", NULL);
static const struct metric deaths = COUNTER("mxvigil_worker_deaths",
    "Probe processes that died since the start.", NULL);
static const struct metric tasks = GAUGE("mxvigil_tasks",
    "Looks that wait for a probe process, or are under way.", "state");
static const struct metric vantage_up = GAUGE("mxvigil_vantage_up",
    "1 when the vantage answers its control question.", "vantage");
static const struct metric vantage_out = GAUGE("mxvigil_vantage_excluded",
    "1 when what the vantage answers does not count now.", "vantage");
static const struct metric alerts = COUNTER("mxvigil_alerts",
    "Messages of a channel since the start; failed: tries that will be "
    "repeated; dead: given up.",
    "channel", "result");
static const struct metric queue = GAUGE(
    "mxvigil_alert_queue_length", "Messages that wait to be sent.", "channel");
static const struct metric things = GAUGE("mxvigil_watched_things",
    "Distinct names, name servers and mail servers that domains rest on.",
    "kind");
static const struct metric scheduled =
    GAUGE("mxvigil_schedule_length", "Looks that are planned.", NULL);
static const struct metric late = { "mxvigil_schedule_lateness_seconds",
	METRIC_HISTOGRAM, "How much later than planned looks were begun.",
	{ NULL } };
static const struct metric phase = { "mxvigil_smtp_phase_seconds",
	METRIC_HISTOGRAM, "How long mail servers took in each phase.",
	{ "phase" } };
static const struct metric query = { "mxvigil_dns_query_seconds",
	METRIC_HISTOGRAM, "How long a vantage took to answer.", { "vantage" } };

static void
put_counts(struct metrics *m, struct watch *w)
{
	struct watch_counts c;

	watch_counts(w, &c);
	metrics_family(m, &domains);
	metrics_one(m, "ok", (double)c.ok);
	metrics_one(m, "warning", (double)c.warning);
	metrics_one(m, "critical", (double)c.critical);
	metrics_one(m, "unknown", (double)c.unknown);
	metrics_one(m, "pending", (double)c.pending);
	metrics_family(m, &outcomes);
	metrics_one(m, "accepted", (double)c.accepted);
	metrics_one(m, "deferred", (double)c.deferred);
	metrics_one(m, "bounced", (double)c.bounced);
	metrics_one(m, "refused", (double)c.refused);
	metrics_family(m, &incidents);
	metrics_one(m, "critical", (double)c.open_critical);
	metrics_one(m, "warning", (double)c.open_warning);
}

static void
put_health(struct metrics *m, const struct watch *w)
{
	static const char *const way[SIGHT_COUNT] = { [SIGHT_DNS] = "dns",
		[SIGHT_SMTP4] = "smtp4",
		[SIGHT_SMTP6] = "smtp6" };
	struct watch_health h;
	bool any = false;

	watch_health(w, &h);
	metrics_family(m, &sight);
	for (int i = 0; i < SIGHT_COUNT; i++) {
		metrics_one(m, way[i], !h.blind[i]);
		any |= h.blind[i];
	}
	metrics_plain(m, &blind, any);
	metrics_plain(m, &ready, h.ready);
	metrics_plain(m, &store, h.store_error == NULL);
	metrics_plain(m, &reload, h.reload_error == NULL);
	metrics_plain(m, &lag, h.loop_lag_s);
	metrics_plain(m, &looks, (double)h.looks);
	metrics_plain(m, &lost, (double)h.lost);
}

static void
put_pool(struct metrics *m, const struct watch *w)
{
	struct pool_stats s;

	pool_stats(watch_pool(w), &s);
	metrics_plain(m, &workers, s.workers);
	metrics_plain(m, &workers_up, s.ready);
	metrics_plain(m, &deaths, (double)s.deaths);
	metrics_family(m, &tasks);
	metrics_one(m, "waiting", (double)s.waiting);
	metrics_one(m, "running", (double)s.running);
}

/* The i-th vantage under the name that may be shown. */
static bool
shown_vantage(const struct watch *w, size_t i, struct vantage_health *v,
    char number[VIEW_NAME])
{
	if (!watch_vantage(w, i, v))
		return false;
	v->name = veil_vantage(w, i, v->name, number);
	return true;
}

static void
put_vantages(struct metrics *m, const struct watch *w)
{
	struct vantage_health v;
	char number[VIEW_NAME];

	metrics_family(m, &vantage_up);
	for (size_t i = 0; shown_vantage(w, i, &v, number); i++)
		if (v.alive != TRI_UNKNOWN)
			metrics_one(m, v.name, v.alive == TRI_YES);
	metrics_family(m, &vantage_out);
	for (size_t i = 0; shown_vantage(w, i, &v, number); i++)
		metrics_one(m, v.name, v.excluded);
	metrics_family(m, &query);
	for (size_t i = 0; shown_vantage(w, i, &v, number); i++) {
		const struct histogram *h = watch_dns_time(w, i);

		if (h != NULL)
			metrics_histogram(m, &v.name, watch_bounds, h->count,
			    WATCH_BUCKETS, h->sum_s);
	}
}

static void
put_channels(struct metrics *m, const struct watch *w)
{
	const struct notify *n = watch_notify(w);
	struct notify_stats s;
	char number[VIEW_NAME];
	bool veiled = veil_wanted(w);

	metrics_family(m, &alerts);
	for (size_t i = 0; notify_stats(n, i, &s); i++) {
		const char *value[] = {
			veiled ? veil_number(i, number) : s.channel, "delivered"
		};

		metrics_sample(m, value, (double)s.delivered);
		value[1] = "failed";
		metrics_sample(m, value, (double)s.failed);
		value[1] = "dead";
		metrics_sample(m, value, (double)s.dead);
	}
	metrics_family(m, &queue);
	for (size_t i = 0; notify_stats(n, i, &s); i++)
		metrics_one(m, veiled ? veil_number(i, number) : s.channel,
		    (double)s.waiting);
}

static void
put_phases(struct metrics *m, const struct watch *w)
{
	metrics_family(m, &phase);
	for (int p = SMTP_CONNECT; p <= SMTP_DONE; p++) {
		const struct histogram *h =
		    watch_smtp_phase(w, (enum smtp_phase)p);
		const char *name = smtp_phase_name((enum smtp_phase)p);

		if (h != NULL)
			metrics_histogram(m, &name, watch_bounds, h->count,
			    WATCH_BUCKETS, h->sum_s);
	}
}

static void
put_schedule(struct metrics *m, struct watch *w)
{
	const struct lateness *l = schedule_lateness(watch_schedule(w));
	struct model_stats s;

	metrics_plain(m, &scheduled, (double)schedule_count(watch_schedule(w)));
	metrics_family(m, &late);
	metrics_histogram(
	    m, NULL, schedule_bounds, l->count, SCHEDULE_BUCKETS, l->sum_s);
	model_stats(watch_model(w), &s);
	metrics_family(m, &things);
	metrics_one(m, "name", (double)s.names);
	metrics_one(m, "name server", (double)s.servers);
	metrics_one(m, "mail server", (double)s.endpoints);
}

void
scrape_agent(struct metrics *m, struct watch *w)
{
	metrics_family(m, &build);
	metrics_one(m, MXVIGIL_VERSION, 1);
	put_counts(m, w);
	put_health(m, w);
	put_pool(m, w);
	put_vantages(m, w);
	put_channels(m, w);
	put_phases(m, w);
	put_schedule(m, w);
}
