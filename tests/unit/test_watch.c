#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "tests/unit/fault_vfs.h"
#include "tests/unit/support.h"
#include "tests/unit/watch_scene.h"

/* What is remembered and told. */

#define ORG "domains: [example.org]\n"

/* --------------------------------------------------------- one that comes,
 * goes */

static int64_t
incidents(struct stage *s, const char *where)
{
	return stage_number(s, "SELECT count(*) FROM incident WHERE %s", where);
}

static uint64_t
told(struct stage *s)
{
	return (uint64_t)stage_number(
	    s, "SELECT id FROM incident WHERE announced");
}

static void
an_outage_is_told_once_and_so_is_its_end(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	assert_int_equal(stage_number(s, "SELECT count(*) FROM outbox"), 0);
	stage_break(s);
	stage_until(s, stage_rows(s, "opened") > 0);
	/* What is told is as it is remembered, in one transaction. */
	assert_int_equal(
	    incidents(s, "state = 'open' AND announced AND closed = 0"), 1);
	assert_int_equal(stage_number(s,
	                     "SELECT count(*) FROM member WHERE "
	                     "domain = 'example.org' AND parted = 0"),
	    1);
	stage_again(s);
	stage_mend(s);
	stage_until(s, stage_rows(s, "resolved") > 0);
	assert_int_equal(incidents(s, "closed > 0"), 1);
	stage_until(s, stage_got(s, "\"kind\":\"resolved\"") == 1);
	assert_int_equal(stage_got(s, "\"kind\":\"opened\""), 1);
	assert_int_equal(s->receiver->n, 2);
	assert_int_equal(
	    stage_number(s, "SELECT count(*) FROM member WHERE parted > 0"), 1);
}

static void
a_blip_is_not_told(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	s->watch->settings->alerts.smtp.strikes = 50;
	stage_break(s);
	stage_until(s, incidents(s, "state = 'suspect'") == 1);
	stage_mend(s);
	stage_until(s, incidents(s, "1") == 0);
	assert_int_equal(stage_number(s, "SELECT count(*) FROM outbox"), 0);
}

/* ------------------------------------------------------------- the first look
 */

static void
the_first_look_is_one_digest(void **state)
{
	struct stage *s = *state;
	struct buf yaml;

	buf_init(&yaml, 0);
	buf_puts(&yaml, "domains: [example.org");
	for (int i = 0; i < 120; i++) {
		char name[32];

		snprintf(name, sizeof(name), "d%d.example", i);
		stage_no_domain(s, name);
		buf_printf(&yaml, ", %s", name);
	}
	buf_puts(&yaml, "]\n");
	stage_settle(s, buf_str(&yaml));
	buf_free(&yaml);
	stage_until(s, stage_rows(s, "digest") == 1);
	assert_int_equal(stage_rows(s, "opened"), 0);
	/* More than it can name: all have been told. */
	assert_int_equal(stage_number(s, "SELECT count(*) FROM tells"), 120);
	assert_int_equal(incidents(s, "announced"), 120);
	stage_until(s, stage_got(s, "found 120 troubles") == 1);
	stage_domain(s, "d7.example");
	stage_until(s, stage_rows(s, "resolved") == 1);
}

/* It does not wait for the domains. */
static void
own_troubles_are_told_during_the_first_look(void **state)
{
	struct stage *s = *state;

	fake_pool.holds = true;
	stage_start(s, ORG);
	watch_reload_refused(s->watch, "f:1:2: there is no such key");
	stage_until(s, stage_got(s, "there is no such key") == 1);
	assert_true(s->watch->first_pass);
	fake_pool.holds = false;
	stage_until(s, !s->watch->first_pass);
	stage_reload(s, ORG);
	stage_until(s, stage_rows(s, "resolved") == 1);
}

static void
a_store_that_was_set_aside_is_told_once(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	watch_store_aside(s->watch, "/var/lib/mxvigil/old.db");
	stage_until(s, stage_got(s, "/var/lib/mxvigil/old.db") == 1);
	stage_pass(s, 20);
	assert_int_equal(s->receiver->n, 1);
	assert_int_equal(incidents(s, "closed = 0"), 0);
}

/* -------------------------------------------------------------------- the
 * store */

static void
what_cannot_be_written_is_sent_and_kept(void **state)
{
	struct stage *s = *state;
	struct watch_health health;

	stage_settle(s, ORG);
	fault_set(1, SQLITE_FULL, true);
	stage_break(s);
	stage_until(s, stage_got(s, "agent.store") > 0);
	stage_until(s, stage_got(s, "mx.all-deferring") > 0);
	watch_health(s->watch, &health);
	assert_false(health.ready);
	assert_non_null(health.store_error);
	fault_set(0, 0, false);
	stage_until(s, stage_rows(s, "opened") >= 2);
	/* The end of what was told without the store is told with it. */
	stage_until(s, stage_rows(s, "resolved") == 1);
	watch_health(s->watch, &health);
	assert_null(health.store_error);
	assert_int_equal(incidents(s, "state = 'open' AND announced"), 1);
	assert_int_equal(
	    stage_number(s,
	        "SELECT count(*) FROM outbox a JOIN outbox b ON a.kind = "
	        "'resolved' AND b.kind = 'opened' AND a.incident = b.incident "
	        "WHERE a.id < b.id"),
	    0);
}

/* Suspicions and recoveries go on and on meanwhile. */
static void
a_store_that_is_away_does_not_fill_the_memory(void **state)
{
	struct stage *s = *state;
	size_t waiting;
	uint64_t id;

	stage_settle(s, ORG);
	stage_break(s);
	stage_until(s, incidents(s, "announced") == 1);
	id = told(s);
	fault_set(1, SQLITE_FULL, true);
	save_cause(s->watch, book_by_id(s->watch->book, id));
	stage_until(s, journal_error(s->watch->journal) != NULL);
	stage_pass(s, 15);
	waiting = journal_waiting(s->watch->journal);
	for (int i = 0; i < 1000; i++)
		save_cause(s->watch, book_by_id(s->watch->book, id));
	assert_true(journal_waiting(s->watch->journal) <= waiting + 1);
	fault_set(0, 0, false);
	stage_until(s, journal_waiting(s->watch->journal) == 0);
}

/* A member of an incident that is not there can never be written. */
static void
a_row_that_is_refused_keeps_no_other(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	journal_meta(s->watch, "before", "1");
	journal_member(s->watch, 4711, "example.org", true);
	journal_meta(s->watch, "after", "1");
	journal_commit(s->watch->journal, true);
	assert_null(journal_error(s->watch->journal));
	assert_int_equal(journal_waiting(s->watch->journal), 0);
	assert_int_equal(stage_number(s,
	                     "SELECT count(*) FROM meta WHERE key IN "
	                     "('before', 'after')"),
	    2);
}

/* ------------------------------------------------------------- held back */

static uint64_t
silence(struct stage *s, const char *match)
{
	struct wall until = { clock_wall().us + 3600000000 };
	uint64_t id;
	char why[128];

	assert_int_equal(watch_silence(s->watch, match, until, "new disks",
	                     "root", &id, why, sizeof(why)),
	    0);
	return id;
}

static const char *const about[] = { "example.org", "*.example.org",
	"192.0.2.25", "mx.*" };

static void
a_silence_holds_back_until_it_ends(void **state)
{
	struct stage *s = *state;
	char why[128];

	stage_settle(s, ORG);
	assert_true(watch_knows(s->watch, "mx1.example.org"));
	assert_true(watch_knows(s->watch, "mx.single"));
	assert_false(watch_knows(s->watch, "mx.singel"));
	assert_false(watch_knows(s->watch, "example.net"));
	for (size_t i = 0; i < 4; i++) {
		uint64_t id = silence(s, about[i]);

		print_message("  %s\n", about[i]);
		assert_true(watch_knows(s->watch, about[i]));
		stage_break(s);
		stage_until(s, incidents(s, "state = 'open'") == 1);
		stage_pass(s, 15);
		assert_int_equal(stage_rows(s, "opened"), i);
		assert_int_equal(
		    watch_unsilence(s->watch, id, why, sizeof(why)), 0);
		stage_until(s, stage_rows(s, "opened") == (int64_t)i + 1);
		stage_mend(s);
		stage_until(s,
		    incidents(s, "state = 'open'") == 0 &&
		        incidents(s, "state = 'recovering'") == 0);
		/* So that it does not flap. */
		stage_until(s, book_count(s->watch->book) == 0);
		stage_restart(s, ORG);
		s->watch->settings->alerts.flap_changes = 0;
		stage_until(s, s->watch->unjudged == 0);
	}
}

/* What is known before anybody suffers from it again is not enough to say whom
 * it is about. */
static void
a_silence_outlives_a_restart(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	silence(s, "example.org");
	stage_break(s);
	stage_until(s, incidents(s, "state = 'open'") == 1);
	fake_pool.holds = true;
	stage_restart(s, ORG);
	stage_pass(s, 20);
	assert_int_equal(stage_rows(s, "opened"), 0);
	fake_pool.holds = false;
	stage_until(s, s->watch->unjudged == 0);
	stage_again(s);
	stage_pass(s, 20);
	assert_int_equal(stage_rows(s, "opened"), 0);
	assert_int_equal(incidents(s, "state = 'open'"), 1);
}

/* Whoever fixes the clock does not end what was said an hour ago. */
static void
a_clock_set_back_does_not_end_a_silence(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	silence(s, "example.org");
	fake_clock_jump(-86400 * INT64_C(1000000));
	stage_break(s);
	stage_until(s, incidents(s, "state = 'open'") == 1);
	stage_pass(s, 15);
	assert_int_equal(stage_rows(s, "opened"), 0);
}

static void
what_is_known_is_not_reminded_of(void **state)
{
	struct stage *s = *state;
	char why[128];

	stage_settle(s, ORG);
	s->watch->settings->channel[0].remind_ms = 300;
	stage_break(s);
	stage_until(s, stage_rows(s, "reminder") == 2);
	assert_int_equal(
	    watch_ack(s->watch, told(s), "we know", "root", why, sizeof(why)),
	    0);
	assert_int_equal(incidents(s, "acked > 0 AND acked_by = 'root'"), 1);
	fake_clock_jump(86400 * INT64_C(1000000));
	stage_pass(s, 25);
	assert_int_equal(stage_rows(s, "reminder"), 2);
	assert_int_equal(
	    watch_ack(s->watch, 99, "", "root", why, sizeof(why)), -1);
	assert_string_equal(
	    why, "there is no open incident 99: \"mxvigil status\" lists them");
	stage_mend(s);
	stage_until(s, stage_rows(s, "resolved") == 1);
}

/* A day forward is a day over; a day back is none at all. */
static void
reminders_bear_a_clock_that_jumps(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	s->watch->settings->channel[0].remind_ms = 3600000;
	stage_break(s);
	stage_until(s, stage_rows(s, "opened") == 1);
	fake_clock_jump(-86400 * INT64_C(1000000));
	stage_pass(s, 25);
	assert_int_equal(stage_rows(s, "reminder"), 0);
	fake_clock_jump(3601 * INT64_C(1000000));
	stage_until(s, stage_rows(s, "reminder") == 1);
	fake_clock_jump(2 * 86400 * INT64_C(1000000));
	stage_until(s, stage_rows(s, "reminder") == 2);
	stage_pass(s, 25);
	assert_int_equal(stage_rows(s, "reminder"), 2);
}

/* --------------------------------------------------------------------- changes
 */

static void
a_change_is_believed_after_two_looks(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	assert_string_equal(
	    standing_is(&stage_find(s, "example.org")->standing)->mx,
	    "10 mx1.example.org, 20 mx2.example.org");
	facts_with_mx(s->facts, EVERY, "10 mx2.example.org");
	stage_until(s, stage_rows(s, "changed") == 1);
	assert_string_equal(
	    standing_is(&stage_find(s, "example.org")->standing)->mx,
	    "10 mx2.example.org");
	assert_int_equal(
	    stage_number(
	        s, "SELECT count(*) FROM history WHERE what = 'mx.changed'"),
	    1);
	assert_int_equal(
	    stage_number(s,
	        "SELECT count(*) FROM domain WHERE mx = '10 mx2.example.org'"),
	    1);
}

static void
a_change_that_is_gone_at_the_second_look_is_none(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	s->watch->settings->alerts.dns.span_ms = 400;
	facts_with_mx(s->facts, EVERY, "10 mx2.example.org");
	stage_until(s, stage_find(s, "example.org")->standing.changing);
	facts_with_mx(
	    s->facts, EVERY, "10 mx1.example.org, 20 mx2.example.org");
	stage_until(s, !stage_find(s, "example.org")->standing.changing);
	assert_int_equal(
	    stage_number(
	        s, "SELECT count(*) FROM history WHERE what = 'mx.changed'"),
	    0);
}

static void
a_change_in_a_silence_is_remembered_not_told(void **state)
{
	struct stage *s = *state;

	stage_settle(s, ORG);
	silence(s, "example.org");
	facts_with_mx(s->facts, EVERY, "10 mx2.example.org");
	stage_until(s,
	    stage_number(s,
	        "SELECT count(*) FROM history WHERE "
	        "what = 'mx.changed'") == 1);
	stage_pass(s, 15);
	assert_int_equal(stage_rows(s, "changed"), 0);
}

#define CASE(test) \
	cmocka_unit_test_setup_teardown(test, stage_setup, stage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_outage_is_told_once_and_so_is_its_end),
		CASE(a_blip_is_not_told),
		CASE(the_first_look_is_one_digest),
		CASE(own_troubles_are_told_during_the_first_look),
		CASE(a_store_that_was_set_aside_is_told_once),
		CASE(what_cannot_be_written_is_sent_and_kept),
		CASE(a_store_that_is_away_does_not_fill_the_memory),
		CASE(a_row_that_is_refused_keeps_no_other),
		CASE(a_silence_holds_back_until_it_ends),
		CASE(a_silence_outlives_a_restart),
		CASE(a_clock_set_back_does_not_end_a_silence),
		CASE(what_is_known_is_not_reminded_of),
		CASE(reminders_bear_a_clock_that_jumps),
		CASE(a_change_is_believed_after_two_looks),
		CASE(a_change_that_is_gone_at_the_second_look_is_none),
		CASE(a_change_in_a_silence_is_remembered_not_told),
	};

	fault_install();
	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
