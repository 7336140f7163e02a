#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/control_status.h"
#include "agent/incident/blind.h"
#include "agent/show/json_line.h"
#include "agent/show/nagios.h"

/* Incidents that are listed; the status page has all. */
#define INCIDENTS_MAX 50

#define UNKNOWN 3

/* --------------------------------------------------------------- one domain */

static void
put_unknown(struct buf *out, const struct show_format *show,
    const struct domain *domain, const char *why)
{
	char line[512];

	snprintf(line, sizeof(line), "%s: %s", domain->name, why);
	if (show == &show_nagios)
		nagios_status(out, SEVERITY_UNKNOWN, line);
	else if (show == &show_json)
		json_line(out,
		    json_pack("{s:s, s:s, s:s, s:s}", "schema",
		        "mxvigil.check/1", "domain", domain->name, "verdict",
		        severity_name(SEVERITY_UNKNOWN), "summary", why),
		    JSON_COMPACT);
	else
		buf_printf(out, "%s: unknown: %s", domain->name, why);
	if (show != &show_json)
		buf_putc(out, '\n');
}

static void
put_report(struct buf *out, const struct show_format *show,
    const struct show_style *style, const struct report *report)
{
	struct show_totals totals = { .domains = 1 };

	totals.by_verdict[report->verdict] = 1;
	if (show->streams) {
		show->report(out, report, style);
		return;
	}
	if (show->end != NULL)
		show->end(out, &report, 1, &totals, style);
}

int
status_domain(struct watch *w, struct domain *domain,
    const struct show_format *show, const struct show_style *style,
    struct buf *out)
{
	struct facts *facts = NULL;
	struct report *report;
	bool pending = false;
	int code;

	if (!domain->standing.known) {
		put_unknown(out, show, domain, "not yet looked at");
		return UNKNOWN;
	}
	if (watch_stale(w, domain)) {
		put_unknown(out, show, domain,
		    "stale: it was not looked at for three intervals");
		return UNKNOWN;
	}
	if (watch_doubtful(w, domain)) {
		put_unknown(out, show, domain,
		    "this monitor is blind: what it saw last may be its own "
		    "trouble");
		return UNKNOWN;
	}
	report = watch_report(w, domain, &facts, &pending);
	if (report == NULL) {
		put_unknown(out, show, domain, "out of memory");
		return UNKNOWN;
	}
	put_report(out, show, style, report);
	code = show_exit(report->verdict);
	report_free(report);
	facts_free(facts);
	return code;
}

/* ---------------------------------------------------------------- everything
 */

struct listing {
	struct watch *watch;
	struct buf *out;
	json_t *json;
	enum severity severity; /* those of which are wanted */
	size_t n, left_out;
	size_t start; /* of what is written, in out */
};

static const char *
state_of(struct listing *l, const struct cause *cause)
{
	if (cause->acked.us != 0)
		return " (acknowledged)";
	return watch_hush(l->watch, cause) != NULL ? " (silenced)" : "";
}

static void
list_human(void *arg, struct cause *cause)
{
	struct listing *l = arg;
	char since[CLOCK_TEXT];

	if (cause->severity != l->severity || ++l->n > INCIDENTS_MAX)
		return;
	buf_printf(l->out, "%6llu  %-8s  %.10s %.5s  %s: %s  %s",
	    (unsigned long long)cause->id, severity_name(cause->severity),
	    clock_format(cause->began, since), since + 11, cause->subject,
	    cause->message, cause->rule->id);
	if (cause->nmember > 1)
		buf_printf(l->out, ", %zu domains", cause->nmember);
	buf_printf(l->out, "%s\n", state_of(l, cause));
}

static void
list_json(void *arg, struct cause *cause)
{
	struct listing *l = arg;
	char since[CLOCK_TEXT];

	if (cause->severity != l->severity || ++l->n > INCIDENTS_MAX)
		return;
	(void)json_array_append_new(l->json,
	    json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:b, s:b}", "id",
	        (json_int_t)cause->id, "rule", cause->rule->id, "severity",
	        severity_name(cause->severity), "subject", cause->subject,
	        "message", cause->message, "since",
	        clock_format(cause->began, since), "domains",
	        (json_int_t)cause->nmember, "acknowledged",
	        cause->acked.us != 0, "silenced",
	        watch_hush(l->watch, cause) != NULL));
}

static void
list_nagios(void *arg, struct cause *cause)
{
	struct listing *l = arg;
	struct buf text;

	if (cause->severity != l->severity)
		return;
	/* What comes last is the least: nothing after the first that is left
	 * out. */
	if (l->left_out > 0) {
		l->left_out++;
		return;
	}
	buf_init(&text, 0);
	buf_printf(&text, "%s: %s: %s", cause->rule->id, cause->subject,
	    cause->message);
	if (cause->nmember > 1)
		buf_printf(&text, ", %zu domains", cause->nmember);
	buf_puts(&text, state_of(l, cause));
	if (!nagios_line(l->out, l->start, l->severity, buf_str(&text)))
		l->left_out++;
	buf_free(&text);
}

static void
worst_first(struct listing *l, void list(void *arg, struct cause *cause))
{
	static const enum severity order[] = { SEVERITY_CRITICAL,
		SEVERITY_WARNING, SEVERITY_UNKNOWN, SEVERITY_INFO,
		SEVERITY_OK };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		l->severity = order[i];
		book_each(watch_book(l->watch), true, list, l);
	}
}

/* Why the agent cannot tell how domains are, at least some of them; or NULL. */
static const char *
hampered(const struct watch_health *health)
{
	for (size_t i = 0; i < SIGHT_COUNT; i++)
		if (health->blind[i])
			return health->blind_why[i];
	return health->not_ready;
}

/* The worst that holds for any domain; what is blind knows nothing. */
static enum severity
verdict_of(const struct watch_counts *counts, const struct watch_health *health)
{
	if (hampered(health) != NULL)
		return SEVERITY_UNKNOWN;
	if (counts->critical > 0)
		return SEVERITY_CRITICAL;
	if (counts->unknown > 0 ||
	    (counts->pending > 0 && counts->pending == counts->domains))
		return SEVERITY_UNKNOWN;
	return counts->warning > 0 ? SEVERITY_WARNING : SEVERITY_OK;
}

static void
put_counts(struct buf *out, const struct watch_counts *c)
{
	buf_printf(out,
	    "%zu domains: %zu ok, %zu warning, %zu critical, "
	    "%zu unknown",
	    c->domains, c->ok, c->warning, c->critical, c->unknown);
	if (c->pending > 0)
		buf_printf(out, ", %zu not yet looked at", c->pending);
}

static void
put_human(struct watch *w, const struct watch_counts *counts,
    const struct watch_health *health, struct buf *out)
{
	struct listing l = { .watch = w, .out = out };
	struct vantage_health vantage;

	put_counts(out, counts);
	buf_puts(out, "\n");
	for (size_t i = 0; i < 3; i++)
		if (health->blind[i])
			buf_printf(out, "this monitor is blind: %s\n",
			    health->blind_why[i]);
	for (size_t i = 0; watch_vantage(w, i, &vantage); i++)
		if (vantage.excluded)
			buf_printf(out, "vantage %s does not count: %s\n",
			    vantage.name, vantage.why);
	if (health->reload_error != NULL)
		buf_printf(out, "the configuration was refused: %s\n",
		    health->reload_error);
	if (health->store_error != NULL)
		buf_printf(out, "the store fails: %s\n", health->store_error);
	worst_first(&l, list_human);
	if (l.n == 0)
		buf_puts(out, "no open incidents\n");
	else if (l.n > INCIDENTS_MAX)
		buf_printf(
		    out, "and %zu more incidents\n", l.n - INCIDENTS_MAX);
}

static void
put_json(struct watch *w, const struct watch_counts *c,
    const struct watch_health *health, enum severity verdict, struct buf *out)
{
	struct listing l = { .watch = w, .json = json_array() };

	worst_first(&l, list_json);
	json_line(out,
	    json_pack("{s:s, s:s, s:b, s:{s:I, s:I, s:I, s:I, s:I, s:I}, s:o}",
	        "schema", "mxvigil.status/1", "verdict", severity_name(verdict),
	        "blind",
	        health->blind[0] || health->blind[1] || health->blind[2],
	        "domains", "total", (json_int_t)c->domains, "ok",
	        (json_int_t)c->ok, "warning", (json_int_t)c->warning,
	        "critical", (json_int_t)c->critical, "unknown",
	        (json_int_t)c->unknown, "pending", (json_int_t)c->pending,
	        "incidents", l.json),
	    JSON_COMPACT);
}

static void
put_nagios(struct watch *w, const struct watch_counts *c,
    const struct watch_health *health, enum severity verdict, struct buf *out)
{
	struct listing l = { .watch = w, .out = out, .start = out->len };
	const char *why = hampered(health);
	struct buf text;

	buf_init(&text, 0);
	if (why != NULL)
		buf_printf(&text, "this monitor sees not all: %s; ", why);
	put_counts(&text, c);
	nagios_status(out, verdict, buf_str(&text));
	buf_free(&text);
	buf_printf(out,
	    " | domains=%zu;;;0 critical=%zu;;;0 warning=%zu;;;0 "
	    "unknown=%zu;;;0\n",
	    c->domains, c->critical, c->warning, c->unknown);
	worst_first(&l, list_nagios);
	if (l.left_out > 0)
		buf_printf(out, "... and %zu more incidents\n", l.left_out);
}

int
status_overview(struct watch *w, const struct show_format *show,
    const struct show_style *style, struct buf *out)
{
	struct watch_counts counts;
	struct watch_health health;
	enum severity verdict;

	(void)style;
	watch_counts(w, &counts);
	watch_health(w, &health);
	verdict = verdict_of(&counts, &health);
	if (show == &show_json)
		put_json(w, &counts, &health, verdict, out);
	else if (show == &show_nagios)
		put_nagios(w, &counts, &health, verdict, out);
	else
		put_human(w, &counts, &health, out);
	return show_exit(verdict);
}
