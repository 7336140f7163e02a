#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tests/unit/watch_scene.h"

/* What was concluded of one domain holds for all that are like it.  Names below
 * "alike" are answered alike (see answers.h). */

static void
settle(struct stage *s, unsigned n, const char *more)
{
	struct buf yaml;

	buf_init(&yaml, 0);
	buf_puts(&yaml, "domains: [d0.alike");
	for (unsigned i = 1; i < n; i++)
		buf_printf(&yaml, ", d%u.alike", i);
	buf_printf(&yaml, "%s]\n", more);
	stage_start(s, buf_str(&yaml));
	/* All at once, and then no more of it. */
	s->watch->settings->dns_interval_ms = 3600000;
	s->watch->settings->smtp_interval_ms = 3600000;
	s->watch->settings->authority_interval_ms = 3600000;
	buf_free(&yaml);
	stage_until(s, s->watch->unjudged == 0);
	stage_until(s, model_dirty_count(s->watch->model) == 0);
}

/* How many reports are made when all are judged again. */
static uint64_t
judge_all(struct stage *s)
{
	struct watch *w = s->watch;
	uint64_t before = w->reports;

	for (size_t i = 0; i < w->nby_name; i++)
		model_renew(w->model, w->by_name[i]);
	conclude_soon(w);
	stage_until(s, model_dirty_count(w->model) == 0);
	return w->reports - before;
}

static void
ten_thousand_are_judged_once(void **state)
{
	struct stage *s = *state;
	const struct standing *last;

	settle(s, 10000, "");
	/* The first one, and again when its servers were known. */
	assert_in_range(s->watch->reports, 1, 20);
	assert_in_range(s->watch->assemblies, 1, 50);
	assert_int_equal(judge_all(s), 0);
	last = &stage_find(s, "d9999.alike")->standing;
	assert_int_equal(last->verdict, SEVERITY_OK);
	assert_int_equal(last->outcome, OUTCOME_ACCEPTED);
	assert_string_equal(
	    standing_is(last)->ns, "ns1.example.org ns2.example.net");
}

static void
who_differs_is_judged_itself(void **state)
{
	struct stage *s = *state;
	struct domain *other;

	settle(s, 20, "");
	other = stage_find(s, "d7.alike");
	stage_no_domain(s, "d7.alike");
	look_at(s->watch, domain_own(other), NULL);
	stage_until(s, other->standing.verdict == SEVERITY_CRITICAL);
	assert_int_equal(
	    stage_find(s, "d8.alike")->standing.verdict, SEVERITY_OK);
	/* Its cause is its own, so there is nothing to keep. */
	assert_int_equal(judge_all(s), 1);
}

static void
an_outage_is_judged_once_and_hits_all(void **state)
{
	struct stage *s = *state;
	uint64_t before;

	settle(s, 500, "");
	before = s->watch->reports;
	s->watch->settings->smtp_interval_ms = 100;
	stage_break(s);
	look_at(s->watch,
	    model_endpoint(s->watch->model, &s->facts->smtp[0]->ip), NULL);
	look_at(s->watch,
	    model_endpoint(s->watch->model, &s->facts->smtp[1]->ip), NULL);
	look_at(s->watch,
	    model_endpoint(s->watch->model, &s->facts->smtp[2]->ip), NULL);
	stage_until(s,
	    stage_find(s, "d499.alike")->standing.outcome == OUTCOME_DEFERRED);
	stage_until(s,
	    stage_number(s,
	        "SELECT count(*) FROM incident "
	        "WHERE state = 'open'") == 1);
	stage_until(s,
	    stage_number(s, "SELECT count(*) FROM member WHERE parted = 0") ==
	        500);
	assert_int_equal(book_count(s->watch->book), 1);
	/* A few for each look that found something else. */
	assert_in_range(s->watch->reports - before, 1, 100);
}

static void
it_is_made_anew_with_time(void **state)
{
	struct stage *s = *state;

	settle(s, 20, "");
	assert_int_equal(judge_all(s), 0);
	s->watch->settings->authority_interval_ms = 1;
	stage_pass(s, 2);
	assert_in_range(judge_all(s), 1, 20);
	s->watch->settings->authority_interval_ms = 3600000;
	assert_in_range(judge_all(s), 0, 1);
	assert_int_equal(judge_all(s), 0);
}

static void
what_is_expected_differs(void **state)
{
	struct stage *s = *state;

	settle(s, 4,
	    ", {name: e0.alike, expect: {mx: [10 mx.example]}}"
	    ", {name: e1.alike, expect: {mx: [10 mx.example]}}");
	assert_int_equal(
	    stage_find(s, "d0.alike")->standing.verdict, SEVERITY_OK);
	assert_int_equal(
	    stage_find(s, "e0.alike")->standing.verdict, SEVERITY_WARNING);
	assert_int_equal(
	    stage_find(s, "e1.alike")->standing.verdict, SEVERITY_WARNING);
	/* These two have causes of their own. */
	assert_in_range(judge_all(s), 0, 2);
}

static void
a_reload_forgets_it(void **state)
{
	struct stage *s = *state;

	settle(s, 3, "");
	stage_reload(s, "domains: [d0.alike, d1.alike, d2.alike]\n");
	assert_null(s->watch->alike);
	stage_reload(s,
	    "domains: [d0.alike, d1.alike]\n"
	    "rules: {dns.single-asn: critical}\n");
	stage_until(s, model_dirty_count(s->watch->model) == 0);
	assert_in_range(judge_all(s), 0, 1);
}

int
main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(ten_thousand_are_judged_once),
		TEST(who_differs_is_judged_itself),
		TEST(an_outage_is_judged_once_and_hits_all),
		TEST(it_is_made_anew_with_time),
		TEST(what_is_expected_differs),
		TEST(a_reload_forgets_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
