#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tests/unit/watch_scene.h"

/* Restarts, other settings, the end. */

#define ORG "domains: [example.org]\n"

static int64_t
incidents(struct stage *s, const char *where)
{
	return stage_number(s, "SELECT count(*) FROM incident WHERE %s", where);
}

/* ---------------------------------------------------------------- the looks */

/* Name servers get no more than their part of the workers' time. */
static void
what_is_asked_of_servers_holds_nothing_up(void **state)
{
	struct stage *s = *state;
	size_t asks, submitted;

	stage_settle(s, ORG);
	asks = fake_pool.asks;
	stage_until(s, fake_pool.asks > asks);
	stage_until(s, s->watch->asks == 0);
	s->watch->asks_max = 0;
	asks = fake_pool.asks;
	submitted = fake_pool.submitted;
	stage_again(s);
	stage_again(s);
	assert_int_equal(fake_pool.asks, asks);
	assert_true(fake_pool.submitted > submitted);
}

/* ------------------------------------------------------------------ restart */

static void
a_restart_goes_on_where_it_was(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	stage_break(s);
	stage_until(s, stage_got(s, "\"kind\":\"opened\"") == 1);
	stage_restart(s, ORG);
	assert_false(s->watch->first_pass);
	assert_int_equal(book_count(s->watch->book), 1);
	stage_until(s, s->watch->unjudged == 0);
	stage_again(s);
	stage_pass(s, 15);
	assert_int_equal(stage_rows(s, "opened"), 1);
	assert_int_equal(incidents(s, "1"), 1);
	stage_mend(s);
	stage_until(s, stage_got(s, "\"kind\":\"resolved\"") == 1);
}

/* What mended while nobody looked is over, too. */
static void
what_mended_meanwhile_is_told(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	stage_break(s);
	stage_until(s, stage_rows(s, "opened") == 1);
	stage_stop(s);
	stage_mend(s);
	stage_start(s, ORG);
	stage_until(s, stage_rows(s, "resolved") == 1);
	assert_int_equal(incidents(s, "closed > 0"), 1);
}

static void
the_verdict_is_as_old_as_it_was(void **state)
{
	struct stage *s = *state;
	uint32_t since;

	stage_settle(s, ORG);
	since = stage_find(s, "example.org")->standing.since_s;
	stage_stop(s);
	fake_clock_jump(3600 * INT64_C(1000000));
	stage_start(s, ORG);
	stage_until(s, s->watch->unjudged == 0);
	assert_int_equal(stage_find(s, "example.org")->standing.since_s, since);
	stage_stop(s);
	/* It was another one. */
	stage_no_domain(s, "example.org");
	fake_clock_jump(3600 * INT64_C(1000000));
	stage_start(s, ORG);
	stage_until(s, s->watch->unjudged == 0);
	assert_true(
	    stage_find(s, "example.org")->standing.since_s > since + 7000);
}

/* The strikes of a clock that was a day ahead count now. */
static void
a_clock_that_was_ahead_does_not_hold_up(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	s->watch->settings->alerts.smtp.strikes = 50;
	stage_break(s);
	stage_until(s, incidents(s, "state = 'suspect'") == 1);
	stage_stop(s);
	fake_clock_jump(-86400 * INT64_C(1000000));
	stage_start(s, ORG);
	stage_until(s, stage_rows(s, "opened") == 1);
}

/* Nobody would end them. */
static void
own_troubles_that_are_over_end_at_the_start(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	watch_reload_refused(s->watch, "it is broken");
	own_notify_hooks.dead(s->watch, "b", "refused: 403");
	stage_until(s, incidents(s, "announced AND closed = 0") == 2);
	stage_restart(s, ORG);
	stage_until(s, stage_rows(s, "resolved") == 2);
	assert_int_equal(incidents(s, "closed = 0"), 0);
}

/* ------------------------------------------------------------------- reload */

static void
a_reload_keeps_what_stays(void **state)
{
	struct stage *s = *state;
	const struct domain *org;

	stage_domain(s, "example.net");
	stage_domain(s, "example.com");
	stage_settle(s, "domains: [example.org, example.net]\n");
	org = stage_find(s, "example.org");
	stage_reload(s, "domains: [example.com, example.org]\n");
	assert_ptr_equal(stage_find(s, "example.org"), org);
	assert_true(org->standing.known);
	assert_false(stage_find(s, "example.com")->standing.known);
	assert_null(model_find(s->watch->model, "example.net"));
	assert_int_equal(s->watch->nby_name, 2);
	stage_until(s, s->watch->unjudged == 0);
	stage_until(s, stage_number(s, "SELECT count(*) FROM domain") == 2);
	assert_int_equal(stage_number(s, "SELECT count(*) FROM outbox"), 0);
}

/* Its incident ends, in its name; the new domain has its number. */
static void
what_is_removed_is_over(void **state)
{
	struct stage *s = *state;

	stage_no_domain(s, "gone.example");
	stage_domain(s, "new.example");
	stage_settle(s, "domains: [example.org, gone.example]\n");
	stage_until(s, stage_rows(s, "opened") == 1);
	stage_reload(s, "domains: [example.org, new.example]\n");
	assert_int_equal(stage_number(s,
	                     "SELECT count(*) FROM member WHERE domain = "
	                     "'gone.example' AND parted > 0"),
	    1);
	stage_until(s, stage_rows(s, "resolved") == 1);
	stage_until(s, stage_got(s, "\"kind\":\"resolved\"") == 1);
	assert_int_equal(stage_got(s, "new.example"), 0);
}

/* Everything at once, again and again, with all of it under way. */
static void
reloads_bear_what_is_under_way(void **state)
{
	static const char *const other[] = {
		"domains: [example.net]\ncanaries: {smtp: [192.0.2.25]}\n",
		"domains: [example.org]\ncanaries: {smtp: [mx1.example.org]}\n",
		"domains: [example.net, example.org]\n",
	};
	struct stage *s = *state;

	stage_domain(s, "example.net");
	stage_settle(s,
	    ORG "canaries: {smtp: [mx1.example.org, "
	        "198.51.100.25]}\n");
	for (unsigned i = 0; i < 12; i++) {
		if (i % 2 == 0)
			stage_break(s);
		else
			stage_mend(s);
		fake_pool.holds = true;
		stage_pass(s, 7);
		stage_reload(s, other[i % 3]);
		fake_pool.holds = false;
		stage_pass(s, i % 5);
	}
	stage_mend(s);
	stage_until(s, s->watch->unjudged == 0);
	stage_until(s, book_count(s->watch->book) == 0);
}

static void
what_is_refused_changes_nothing(void **state)
{
	struct stage *s = *state;
	const struct settings *old;
	char why[128] = "";

	stage_settle(s, ORG);
	old = watch_settings(s->watch);
	fake_pool.refuses_reload = true;
	assert_int_equal(watch_reload(s->watch,
	                     stage_settings(s, "domains: [example.net]\n"), why,
	                     sizeof(why)),
	    -1);
	assert_string_equal(why, "it cannot be");
	assert_ptr_equal(watch_settings(s->watch), old);
	assert_non_null(model_find(s->watch->model, "example.org"));
	assert_null(model_find(s->watch->model, "example.net"));
}

/* Every step-th name below end. */
static char *
long_list(unsigned end, unsigned step)
{
	struct buf out;

	buf_init(&out, 0);
	buf_puts(&out, "domains: [");
	for (unsigned i = 0; i < end; i += step)
		buf_printf(&out, "n%05u.example, ", i);
	buf_puts(&out, "]\n");
	return buf_take(&out);
}

static void
reload_long(struct stage *s, unsigned end, unsigned step)
{
	char *yaml = long_list(end, step);

	stage_reload(s, yaml);
	free(yaml);
}

/* All of them, in order, and nothing else. */
static void
check_long(struct stage *s, unsigned end, unsigned step)
{
	struct watch *w = s->watch;
	struct watch_counts counts;
	unsigned n = 0;

	stage_until(s, w->moving == NULL);
	for (unsigned i = 0; i < end; i += step, n++) {
		char name[32];

		snprintf(name, sizeof(name), "n%05u.example", i);
		assert_true(n < w->nby_name);
		assert_string_equal(w->by_name[n]->name, name);
		assert_ptr_equal(model_find(w->model, name), w->by_name[n]);
	}
	assert_int_equal(w->nby_name, n);
	assert_int_equal(model_count(w->model), n);
	watch_counts(w, &counts);
	assert_int_equal(counts.domains, n);
	assert_int_equal(counts.pending, w->unjudged);
}

/* More than is passed in one turn of the loop. */
static void
long_lists_are_passed_in_slices(void **state)
{
	struct stage *s = *state;
	const struct domain *stays;
	char *yaml = long_list(9000, 2);

	fake_pool.holds = true;
	stage_start(s, yaml);
	free(yaml);
	check_long(s, 9000, 2);
	stays = stage_find(s, "n00006.example");
	reload_long(s, 14000, 3);
	assert_non_null(s->watch->moving);
	check_long(s, 14000, 3);
	assert_ptr_equal(stage_find(s, "n00006.example"), stays);
	/* The next one comes before that is through. */
	reload_long(s, 14000, 1);
	stage_turn(s);
	assert_non_null(s->watch->moving);
	reload_long(s, 100, 3);
	check_long(s, 100, 3);
	assert_ptr_equal(stage_find(s, "n00006.example"), stays);
	/* The end comes before. */
	reload_long(s, 14000, 3);
	assert_non_null(s->watch->moving);
	stage_stop(s);
}

/* A vantage of that name is another one now, or none. */
static void
the_alert_of_a_vantage_that_is_gone_ends(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	book_raise(s->watch->book, "agent vantage v9", CAUSE_VANTAGE,
	    "agent.vantage", SEVERITY_WARNING, "v9", "it does not count",
	    watch_now());
	stage_until(s, stage_rows(s, "opened") == 1);
	stage_reload(s, ORG);
	stage_until(s, stage_rows(s, "resolved") == 1);
}

/* ----------------------------------------------------------------- vantages */

static void
a_dead_vantage_is_left_alone_until_it_answers(void **state)
{
	/* Here a failure is confirmed sooner than three control questions are
	 * asked. */
	static const char yaml[] =
	    ORG "rules: {dns.vantage-disagreement: \"off\"}\n";
	struct stage *s = *state;

	stage_settle(s, yaml);
	facts_vantage_blind(s->facts, 1);
	stage_until(s, stage_got(s, "agent.vantage") == 1);
	assert_true(s->watch->vantage[1].excluded);
	stage_until(s, s->watch->vantage[1].spared);
	stage_again(s);
	assert_int_equal(fake_pool.asked, 5);
	assert_int_equal(stage_rows(s, "opened"), 1);
	/* A start does not make it better, nor worse. */
	stage_restart(s, yaml);
	stage_until(s, s->watch->vantage[1].spared);
	stage_pass(s, 15);
	assert_int_equal(stage_number(s, "SELECT count(*) FROM outbox"), 1);
	facts_with_ns(s->facts, 1, "ns1.example.org, ns2.example.net");
	facts_with_mx(s->facts, 1, "10 mx1.example.org, 20 mx2.example.org");
	s->facts->vantage[1].alive = TRI_YES;
	stage_until(s, stage_rows(s, "resolved") == 1);
	assert_false(s->watch->vantage[1].excluded);
	stage_again(s);
	assert_int_equal(fake_pool.asked, 7);
	assert_int_equal(stage_number(s, "SELECT count(*) FROM outbox"), 2);
}

static void
without_any_vantage_no_domain_is_blamed(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	for (unsigned v = 0; v < 3; v++)
		facts_vantage_blind(s->facts, v);
	s->watch->settings->alerts.dns.strikes = 20;
	stage_until(s, stage_got(s, "agent.blind") == 1);
	stage_again(s);
	stage_pass(s, 20);
	assert_int_equal(stage_rows(s, "opened"), 1);
	for (unsigned v = 0; v < 3; v++)
		s->facts->vantage[v].alive = TRI_YES;
	facts_with_ns(s->facts, EVERY, "ns1.example.org, ns2.example.net");
	facts_with_mx(
	    s->facts, EVERY, "10 mx1.example.org, 20 mx2.example.org");
	stage_until(s, stage_rows(s, "resolved") == 1);
	stage_pass(s, 20);
	assert_int_equal(stage_number(s, "SELECT count(*) FROM outbox"), 2);
}

/* --------------------------------------------------------------- our own fault
 */

/* What is told, but for our own blindness. */
static int64_t
told_of_others(struct stage *s)
{
	return stage_number(s,
	    "SELECT count(*) FROM outbox WHERE json NOT LIKE "
	    "'%%agent.blind%%'");
}

static void
lost_looks_say_nothing_but_that(void **state)
{
	struct stage *s = *state;
	struct watch_health health;

	stage_settle(s, ORG);
	fake_pool.loses = true;
	stage_pass(s, 60);
	watch_health(s->watch, &health);
	assert_true(health.lost > 0);
	assert_true(health.blind[SIGHT_DNS]);
	assert_int_equal(stage_got(s, "agent.blind"), 1);
	assert_int_equal(told_of_others(s), 0);
}

static void
a_pool_that_takes_nothing_is_borne(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG "canaries: {smtp: [mx1.example.org]}\n");
	fake_pool.refuses = true;
	stage_break(s);
	stage_pass(s, 60);
	assert_int_equal(told_of_others(s), 0);
	fake_pool.refuses = false;
}

/* One look at a time has a place; those that wait for it fail one in the end of
 * the other. */
static void
those_that_wait_for_a_place_are_borne(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG "smtp: {connections: 1}\n");
	fake_pool.holds = true;
	stage_until(s,
	    !TAILQ_EMPTY(&s->watch->waiting) &&
	        TAILQ_FIRST(&s->watch->waiting) !=
	            TAILQ_LAST(&s->watch->waiting, look_list));
	fake_pool.refuses = true;
	fake_pool.holds = false;
	stage_until(s, TAILQ_EMPTY(&s->watch->waiting));
	fake_pool.refuses = false;
}

/* That a vantage was silent is counted once. */
static void
lost_control_questions_are_not_counted(void **state)
{
	struct stage *s = *state;
	unsigned silent;

	stage_settle(s, ORG);
	facts_vantage_blind(s->facts, 1);
	stage_until(s, s->watch->vantage[1].silent > 0);
	fake_pool.loses = true;
	stage_pass(s, 5);
	silent = s->watch->vantage[1].silent;
	stage_pass(s, 30);
	assert_int_equal(s->watch->vantage[1].silent, silent);
}

static void
dead_probes_are_told(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	fake_pool.deaths = 3;
	stage_until(s, stage_got(s, "agent.worker") == 1);
	fake_pool.deaths = 1;
	stage_pass(s, 10);
	assert_int_equal(stage_rows(s, "resolved"), 0);
	fake_pool.deaths = 0;
	stage_until(s, stage_rows(s, "resolved") == 1);
}

/* A dead channel is not told through itself. */
static void
a_dead_channel_is_told_through_others(void **state)
{
	struct stage *s = *state;

	stage_settle(s,
	    ORG "channels: [{name: a, type: webhook, url_file: a}, "
	        "{name: b, type: webhook, url_file: b}]\n");
	own_notify_hooks.dead(s->watch, "b", "refused: 403");
	stage_until(s, stage_got(s, "agent.channel") == 1);
	stage_pass(s, 10);
	assert_int_equal(stage_number(s,
	                     "SELECT count(*) FROM outbox WHERE channel = "
	                     "'b'"),
	    0);
	own_notify_hooks.alive(s->watch, "b");
	stage_until(s, stage_rows(s, "resolved") == 1);
}

/* ---------------------------------------------------------------------- the
 * end */

static void
the_end_bears_what_is_under_way(void **state)
{
	struct stage *s = *state;

	stage_settle(s,
	    ORG "canaries: {smtp: [mx1.example.org, "
	        "198.51.100.25]}\n");
	stage_break(s);
	stage_until(s, book_count(s->watch->book) > 0);
	facts_with_mx(s->facts, EVERY, "10 mx2.example.org");
	stage_until(s, !TAILQ_EMPTY(&s->watch->changes));
	fake_pool.holds = true;
	stage_pass(s, 15);
	assert_true(fake_pool.waiting > 0);
	stage_stop(s);
}

static void
note(void *arg)
{
	((struct stage *)arg)->stopped = true;
}

/* What was seen at last is stored. */
static void
the_end_stores_the_rest(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	watch_stop(s->watch, 5000, note, s);
	journal_meta(s->watch, "last", "1");
	stage_until(s, s->stopped);
	stage_turn(s);
	watch_free(s->watch);
	s->watch = NULL;
	assert_int_equal(
	    stage_number(s, "SELECT count(*) FROM meta WHERE key = 'last'"), 1);
}

#define CASE(test) \
	cmocka_unit_test_setup_teardown(test, stage_setup, stage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_asked_of_servers_holds_nothing_up),
		CASE(a_restart_goes_on_where_it_was),
		CASE(what_mended_meanwhile_is_told),
		CASE(the_verdict_is_as_old_as_it_was),
		CASE(a_clock_that_was_ahead_does_not_hold_up),
		CASE(own_troubles_that_are_over_end_at_the_start),
		CASE(a_reload_keeps_what_stays),
		CASE(what_is_removed_is_over),
		CASE(reloads_bear_what_is_under_way),
		CASE(long_lists_are_passed_in_slices),
		CASE(what_is_refused_changes_nothing),
		CASE(the_alert_of_a_vantage_that_is_gone_ends),
		CASE(a_dead_vantage_is_left_alone_until_it_answers),
		CASE(without_any_vantage_no_domain_is_blamed),
		CASE(lost_looks_say_nothing_but_that),
		CASE(a_pool_that_takes_nothing_is_borne),
		CASE(those_that_wait_for_a_place_are_borne),
		CASE(lost_control_questions_are_not_counted),
		CASE(dead_probes_are_told),
		CASE(a_dead_channel_is_told_through_others),
		CASE(the_end_bears_what_is_under_way),
		CASE(the_end_stores_the_rest),
	};

	return cmocka_run_group_tests_name("watch_life", tests, NULL, NULL);
}
