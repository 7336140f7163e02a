#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/show/metrics.h"
#include "agent/status/scrape.h"
#include "tests/unit/facts.h"
#include "tests/unit/fake_watch.h"
#include "tests/unit/support.h"

static const struct metric labelled = { "t_labelled", METRIC_GAUGE,
	"Back\\slash and\nbreak and \"quotes\".", { "a", "b" } };
static const struct metric counter = { "t_done", METRIC_COUNTER, "Done.",
	{ NULL } };
static const struct metric histogram = { "t_seconds", METRIC_HISTOGRAM, "Time.",
	{ "phase" } };

static void
expect(struct buf *b, const char *expected)
{
	assert_false(b->failed);
	assert_string_equal(buf_str(b), expected);
	buf_free(b);
}

static void
test_labels(void **state)
{
	const char *value[] = { "x\"y\\z\n", "\xc3\xbc{}," };
	struct metrics m;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	metrics_init(&m, &b, false);
	metrics_family(&m, &labelled);
	metrics_sample(&m, value, -1.5);
	metrics_end(&m);
	expect(&b,
	    "# HELP t_labelled Back\\\\slash and\\nbreak and \"quotes\".\n"
	    "# TYPE t_labelled gauge\n"
	    "t_labelled{a=\"x\\\"y\\\\z\\n\",b=\"\xc3\xbc{},\"} -1.5\n");
}

static void
test_counter(void **state)
{
	struct metrics m;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	metrics_init(&m, &b, false);
	metrics_plain(&m, &counter, 12345678901);
	metrics_end(&m);
	expect(&b,
	    "# HELP t_done_total Done.\n# TYPE t_done_total counter\n"
	    "t_done_total 12345678901\n");
	metrics_init(&m, &b, true);
	metrics_plain(&m, &counter, 0);
	metrics_end(&m);
	expect(&b,
	    "# HELP t_done Done.\n# TYPE t_done counter\n"
	    "t_done_total 0\n# EOF\n");
}

static void
test_histogram(void **state)
{
	static const double bound[] = { 0.005, 1 };
	static const uint64_t count[] = { 2, 0, 3 };
	const char *phase = "connect";
	struct metrics m;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	metrics_init(&m, &b, false);
	metrics_family(&m, &histogram);
	metrics_histogram(&m, &phase, bound, count, 2, 9.25);
	expect(&b,
	    "# HELP t_seconds Time.\n# TYPE t_seconds histogram\n"
	    "t_seconds_bucket{phase=\"connect\",le=\"0.005\"} 2\n"
	    "t_seconds_bucket{phase=\"connect\",le=\"1.0\"} 2\n"
	    "t_seconds_bucket{phase=\"connect\",le=\"+Inf\"} 5\n"
	    "t_seconds_sum{phase=\"connect\"} 9.25\n"
	    "t_seconds_count{phase=\"connect\"} 5\n");
}

/* --------------------------------------------------------------- scrape */

static char *
scraped(struct watch *w, bool openmetrics)
{
	struct scrape *s = scrape_new(w, openmetrics);
	struct buf b;
	char *text;
	int more;

	assert_non_null(s);
	buf_init(&b, 0);
	while ((more = scrape_next(s, &b)) > 0)
		;
	assert_int_equal(more, 0);
	scrape_free(s);
	text = buf_take(&b);
	assert_non_null(text);
	return text;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
keep(void *node)
{
	(void)node;
}

/* Does the sample belong to the family? */
static bool
belongs(const char *line, const char *family)
{
	static const char *const suffix[] = { "", "_bucket", "_sum", "_count",
		"_total" };
	size_t len = strlen(family), name = strcspn(line, "{ ");

	if (strncmp(line, family, len) != 0)
		return false;
	for (size_t i = 0; i < sizeof(suffix) / sizeof(*suffix); i++)
		if (name == len + strlen(suffix[i]) &&
		    strncmp(line + len, suffix[i], name - len) == 0)
			return true;
	return false;
}

/* Each family begins once, with HELP and TYPE; its samples follow it; no
 * series is there twice. */
static void
check_exposition(char *text)
{
	void *series = NULL, *families = NULL;
	char *rest = text, *line, *family = NULL, *end;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (strncmp(line, "# TYPE ", 7) == 0 || *line == '\0' ||
		    strcmp(line, "# EOF") == 0)
			continue;
		if (strncmp(line, "# HELP ", 7) == 0) {
			family = line + 7;
			family[strcspn(family, " ")] = '\0';
			if (*(char **)tsearch(family, &families, by_text) !=
			    family)
				fail_msg("family %s twice", family);
			assert_memory_equal(rest, "# TYPE ", 7);
			continue;
		}
		assert_non_null(family);
		if (!belongs(line, family))
			fail_msg("%s is not of %s", line, family);
		end = strrchr(line, ' ');
		assert_non_null(end);
		*end = '\0';
		if (*(char **)tsearch(line, &series, by_text) != line)
			fail_msg("%s twice", line);
	}
	tdestroy(series, keep);
	tdestroy(families, keep);
}

static void
test_exposition(void **state)
{
	struct watch *w = fake_watch(700, "x\"\n\\");
	char *text;

	(void)state;
	for (int openmetrics = 0; openmetrics < 2; openmetrics++) {
		text = scraped(w, openmetrics);
		assert_true(
		    (strstr(text, "\n# EOF\n") != NULL) == (openmetrics == 1));
		check_exposition(text);
		free(text);
	}
	fake_free(w);
}

static void
assert_line(const char *text, const char *line)
{
	if (strstr(text, line) == NULL)
		fail_msg("no %s", line);
}

static void
assert_no_line(const char *text, const char *line)
{
	if (strstr(text, line) != NULL)
		fail_msg("there is %s", line);
}

#define SERIES(metric, domain) \
	"\nmxvigil_domain_" metric "{domain=\"" domain "\"} "

static void
test_domains(void **state)
{
	struct watch *w = fake_watch(20, "x");
	char *text;

	(void)state;
	fake_stale(w, 15);
	fake_domain(w, 16)->standing.known = false;
	fake_domain(w, 17)->standing.outcome = OUTCOME_UNKNOWN;
	text = scraped(w, false);
	assert_line(text, SERIES("verdict", "all-down.example") "2\n");
	assert_line(text, SERIES("deliverable", "all-down.example") "0\n");
	assert_line(text, SERIES("verdict", "primary-down.example") "1\n");
	assert_line(text, SERIES("deliverable", "primary-down.example") "1\n");
	assert_line(text,
	    "\nmxvigil_finding{domain=\"primary-down.example\",rule=\"mx."
	    "primary-down\",severity=\"warning\"} 1\n");
	assert_line(text, SERIES("verdict", "d00014.example") "0\n");
	assert_line(text, SERIES("deliverable", "null-mx.example") "0\n");
	assert_line(text, SERIES("verdict", "d00015.example") "3\n");
	assert_no_line(text, SERIES("deliverable", "d00015.example"));
	assert_line(text, SERIES("verdict", "d00016.example") "3\n");
	assert_no_line(text, SERIES("deliverable", "d00016.example"));
	assert_no_line(text, SERIES("deliverable", "d00017.example"));
	assert_line(text, "\nmxvigil_domains_without_series 0\n");
	assert_line(text, "\nmxvigil_blind 0\n");
	assert_line(text, "\nmxvigil_build_info{version=\"");
	assert_line(text, "\nprocess_open_fds ");
	assert_line(text, "\nprocess_resident_memory_bytes ");
	assert_line(text, "\nprocess_start_time_seconds ");
	free(text);
	fake_free(w);
}

/* A series for each thing to tell: not for what is part of another. */
static void
test_incidents(void **state)
{
	struct watch *w = fake_watch(20, "x");
	char *text;

	(void)state;
	fake_settings(w)->http.domain_metrics = false;
	text = scraped(w, false);
	assert_line(text,
	    "\nmxvigil_incident_domains{incident=\"17\",rule=\"mx.all-down\","
	    "severity=\"critical\",subject=\"x\",state=\"open\"} 20\n");
	assert_line(text,
	    "\nmxvigil_incident_domains{incident=\"19\",rule=\"dns.vantage-"
	    "disagreement\",severity=\"warning\",subject=\"x\","
	    "state=\"acknowledged\"} 0\n");
	assert_no_line(text, "incident=\"18\"");
	assert_line(text, "\nmxvigil_incidents_without_series 0\n");
	assert_line(text, "\nmxvigil_addresses_without_series 0\n");
	free(text);
	/* The second is part of nothing, and silenced; the third is ours. */
	fake_cause(w, 1)->parent = NULL;
	fake_cause(w, 2)->kind = CAUSE_AGENT;
	text = scraped(w, false);
	assert_line(text, "incident=\"18\"");
	assert_line(text, "state=\"silenced\"");
	assert_no_line(text, "incident=\"19\"");
	free(text);
	fake_free(w);
}

/* What was seen while blind is not known. */
static void
test_blind(void **state)
{
	struct watch *w = fake_watch(20, "x");
	char *text;

	(void)state;
	fake_health(w)->blind[0] = true;
	text = scraped(w, false);
	assert_line(text, SERIES("verdict", "all-down.example") "3\n");
	assert_no_line(text, SERIES("deliverable", "all-down.example"));
	assert_no_line(text, "mxvigil_finding{domain=\"all-down.example\"");
	assert_line(text, SERIES("verdict", "d00014.example") "0\n");
	free(text);
	fake_free(w);
}

static void
test_no_domains(void **state)
{
	struct watch *w = fake_watch(20, "x");
	char *text;

	(void)state;
	fake_settings(w)->http.domain_metrics = false;
	fake_health(w)->blind[1] = true;
	text = scraped(w, true);
	assert_no_line(text, "mxvigil_domain_");
	assert_no_line(text, "mxvigil_finding");
	assert_line(text, "\nmxvigil_domains_without_series 20\n");
	assert_line(text, "\nmxvigil_blind 1\n");
	assert_line(text, "\n# EOF\n");
	free(text);
	fake_free(w);
}

static void
test_hosts(void **state)
{
	struct watch *w = fake_watch(3, "x");
	struct facts *f = facts_blank("example.org", 1);
	struct obs_smtp *early =
	    facts_smtp_up(f, "198.51.100.25", "mx1.example.org");
	char *text;

	(void)state;
	early->tls->not_after.us = 1700000000000000;
	fake_dialogue(w, 1, obs_smtp_ref(early));
	fake_dialogue(w, 3, NULL);
	text = scraped(w, false);
	assert_line(text,
	    "\nmxvigil_mx_up{host=\"mx1.example.org\",address=\"192.0.2.25\"} "
	    "1\n");
	assert_line(text,
	    "\nmxvigil_mx_up{host=\"mx3.example.org\",address=\"192.0.2.34\"} "
	    "0\n");
	/* Not known yet, and our own failure. */
	assert_no_line(text, "address=\"192.0.2.33\"");
	assert_no_line(text, "address=\"192.0.2.35\"");
	/* Of two certificates of one host, the one that expires first. */
	assert_line(text,
	    "\nmxvigil_certificate_expiry_timestamp_seconds{host=\"mx1."
	    "example.org\"} 1700000000\n");
	assert_no_line(text, "timestamp_seconds{host=\"mx3.example.org\"}");
	free(text);
	facts_free(f);
	fake_free(w);
}

/* A reload may give ids to other domains: the scrape is given up. */
static void
test_reload(void **state)
{
	struct watch *w = fake_watch(20, "x");
	struct scrape *s = scrape_new(w, false);
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_non_null(s);
	assert_int_equal(scrape_next(s, &b), 1);
	fake_reload(w);
	assert_int_equal(scrape_next(s, &b), -1);
	scrape_free(s);
	buf_free(&b);
	fake_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_counter),
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_exposition),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_incidents),
		cmocka_unit_test(test_blind),
		cmocka_unit_test(test_no_domains),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
