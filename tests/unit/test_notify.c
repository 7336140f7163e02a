#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/outbox_scene.h"
#include "tests/unit/support.h"

#define T(text) ((char *)(text))

static struct outbox o;

/* ------------------------------------------------------------------- order */

static void
test_order(void **state)
{
	static const enum message_kind kinds[] = { MESSAGE_OPENED,
		MESSAGE_GROWN, MESSAGE_FLAPPING, MESSAGE_SETTLED };

	(void)state;
	outbox_begin(&o, 2);
	outbox_start(&o);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(outbox_post(&o, kinds[i], "7", 0), 2);
	outbox_drained(&o, 0);
	outbox_drained(&o, 1);
	for (size_t c = 0; c < 2; c++) {
		assert_int_equal(o.receiver[c]->n, 4);
		for (size_t i = 0; i < 4; i++) {
			char want[64];

			snprintf(want, sizeof(want), "\"kind\":\"%s\"",
			    message_kind_name(kinds[i]));
			assert_got(&o, c, i, want);
			/* One id for a message, on all channels. */
			assert_string_equal(
			    o.receiver[c]->got[i].id, o.receiver[0]->got[i].id);
		}
	}
	outbox_end(&o);
}

static void
test_same_id_on_retry(void **state)
{
	static const char *const answers[] = { "500 No", "503 No", "200 OK" };
	struct notify_stats stats;

	(void)state;
	outbox_begin(&o, 1);
	outbox_answers(&o, 0, answers, 3);
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, "7", 0);
	outbox_post(&o, MESSAGE_RESOLVED, "7", 0);
	outbox_drained(&o, 0);
	assert_int_equal(o.receiver[0]->n, 4);
	for (size_t i = 1; i < 3; i++)
		assert_string_equal(
		    o.receiver[0]->got[i].id, o.receiver[0]->got[0].id);
	assert_string_not_equal(
	    o.receiver[0]->got[3].id, o.receiver[0]->got[0].id);
	assert_got(&o, 0, 3, "\"kind\":\"resolved\"");
	assert_true(notify_stats(o.notify, 0, &stats));
	assert_string_equal(stats.channel, "a");
	assert_int_equal(stats.waiting, 0);
	assert_int_equal(stats.delivered, 2);
	assert_int_equal(stats.failed, 2);
	assert_int_equal(stats.dead, 0);
	assert_null(stats.error);
	assert_true(stats.last.us > 0);
	assert_false(notify_stats(o.notify, 1, &stats));
	outbox_end(&o);
}

static void
test_retry_after(void **state)
{
	static const char *const answers[] = { "429 Slow\r\nRetry-After: 1",
		"200 OK" };

	(void)state;
	outbox_begin(&o, 1);
	outbox_answers(&o, 0, answers, 2);
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, "7", 0);
	outbox_drained(&o, 0);
	assert_int_equal(o.receiver[0]->n, 2);
	assert_true(
	    o.receiver[0]->got[1].at_ms >= o.receiver[0]->got[0].at_ms + 990);
	outbox_end(&o);
}

/* The one that hangs has its own time; nobody waits for it. */
static void
test_hanging_receiver(void **state)
{
	(void)state;
	outbox_begin(&o, 2);
	outbox_answers(&o, 0, outbox_hang, 1);
	outbox_start(&o);
	for (int i = 0; i < 20; i++)
		outbox_post(&o, MESSAGE_OPENED, "7", 0);
	outbox_drained(&o, 1);
	assert_int_equal(o.receiver[1]->n, 20);
	assert_true(o.receiver[0]->n <= 1);
	assert_int_equal(outbox_waiting(&o, 0), 20);
	outbox_end(&o);
}

/* ------------------------------------------------------------------ restart */

static void
test_restart(void **state)
{
	char *id;

	(void)state;
	outbox_begin(&o, 1);
	outbox_answers(&o, 0, outbox_hang, 1);
	outbox_start(&o);
	for (int i = 0; i < 3; i++)
		outbox_post(&o, MESSAGE_OPENED, "7", 0);
	outbox_until(&o, o.receiver[0]->n == 1);
	id = o.receiver[0]->got[0].id;
	outbox_stop(&o);
	outbox_answers(&o, 0, outbox_ok, 1);
	outbox_start(&o);
	outbox_drained(&o, 0);
	assert_int_equal(o.receiver[0]->n, 4);
	assert_string_equal(o.receiver[0]->got[1].id, id);
	assert_string_not_equal(o.receiver[0]->got[2].id, id);
	outbox_end(&o);
}

static bool finished;

static void
note_finished(void *arg)
{
	(void)arg;
	finished = true;
	uv_stop(&o.loop);
}

static void
test_finish(void **state)
{
	(void)state;
	/* Nothing is under way. */
	outbox_begin(&o, 1);
	outbox_start(&o);
	finished = false;
	notify_finish(o.notify, 60000, note_finished, NULL);
	assert_false(finished);
	outbox_until(&o, finished);
	outbox_end(&o);
	/* What is under way ends; what waits is not begun. */
	outbox_begin(&o, 1);
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, "7", 0);
	outbox_post(&o, MESSAGE_RESOLVED, "7", 0);
	outbox_until(&o, o.receiver[0]->n == 1);
	finished = false;
	notify_finish(o.notify, 60000, note_finished, NULL);
	outbox_until(&o, finished);
	assert_int_equal(outbox_waiting(&o, 0), 1);
	assert_int_equal(o.receiver[0]->n, 1);
	outbox_end(&o);
	/* It hangs. */
	outbox_begin(&o, 1);
	outbox_answers(&o, 0, outbox_hang, 1);
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, "7", 0);
	outbox_until(&o, o.receiver[0]->n == 1);
	finished = false;
	notify_finish(o.notify, 20, note_finished, NULL);
	outbox_until(&o, finished);
	assert_int_equal(outbox_waiting(&o, 0), 1);
	outbox_end(&o);
}

/* ------------------------------------------------------------- dead letters */

static void
test_refused(void **state)
{
	static const char *const answers[] = { "400 Bad", "404 No", "403 No",
		"200 OK" };

	(void)state;
	outbox_begin(&o, 1);
	outbox_answers(&o, 0, answers, 4);
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, "7", 0);
	outbox_post(&o, MESSAGE_OPENED, "8", 0);
	outbox_drained(&o, 0);
	assert_int_equal(o.receiver[0]->n, 4);
	assert_int_equal(o.dead, 1);
	assert_string_equal(o.dead_channel, "a");
	assert_non_null(strstr(o.dead_why, "403"));
	assert_int_equal(o.alive, 1);
	assert_got(&o, 0, 3, "\"incident\":\"8\"");
	/* Who was not told of the opening is not told of the end. */
	assert_int_equal(outbox_post(&o, MESSAGE_RESOLVED, "7", 0), 0);
	assert_int_equal(outbox_post(&o, MESSAGE_RESOLVED, "8", 0), 1);
	outbox_end(&o);
}

/* Refusals with something else between them are still refusals. */
static void
test_two_refusals(void **state)
{
	static const char *const answers[] = { "400 Bad", "500 No", "400 Bad",
		"200 OK" };

	(void)state;
	outbox_begin(&o, 1);
	outbox_answers(&o, 0, answers, 4);
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, "7", 0);
	outbox_drained(&o, 0);
	assert_int_equal(o.receiver[0]->n, 4);
	assert_int_equal(o.dead, 0);
	outbox_end(&o);
}

static void
test_too_old(void **state)
{
	static const char *const answers[] = { "500 No" };

	(void)state;
	outbox_begin(&o, 1);
	outbox_answers(&o, 0, answers, 1);
	o.times.week_ms = 30;
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, "7", 0);
	outbox_drained(&o, 0);
	assert_int_equal(o.dead, 1);
	assert_non_null(strstr(o.dead_why, "too old"));
	assert_true(o.receiver[0]->n > 1);
	outbox_end(&o);
}

static void
test_unreadable(void **state)
{
	(void)state;
	outbox_begin(&o, 1);
	scene_post(o.scene.store, "a", "opened", 7);
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, "8", 0);
	outbox_drained(&o, 0);
	assert_int_equal(o.dead, 1);
	assert_int_equal(o.receiver[0]->n, 1);
	outbox_end(&o);
}

/* A store that fails is asked again. */
static void
test_store_fails(void **state)
{
	(void)state;
	outbox_begin(&o, 1);
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, "7", 0);
	scene_sql(&o.scene, "ALTER TABLE outbox RENAME TO away");
	outbox_until(&o, o.turns > 50);
	assert_int_equal(o.receiver[0]->n, 0);
	scene_sql(&o.scene, "ALTER TABLE away RENAME TO outbox");
	outbox_drained(&o, 0);
	assert_int_equal(o.dead, 0);
	assert_int_equal(o.receiver[0]->n, 1);
	outbox_end(&o);
}

static void
take_table_away(void *arg)
{
	(void)arg;
	scene_sql(&o.scene, "ALTER TABLE outbox RENAME TO away");
}

/* What was sent is not sent twice only because it could not be noted. */
static void
test_store_fails_after_sending(void **state)
{
	(void)state;
	outbox_begin(&o, 1);
	outbox_start(&o);
	o.receiver[0]->told = take_table_away;
	outbox_post(&o, MESSAGE_OPENED, "7", 0);
	outbox_until(&o, o.receiver[0]->n == 1);
	o.receiver[0]->told = NULL;
	o.turns = 0;
	outbox_until(&o, o.turns > 50);
	scene_sql(&o.scene, "ALTER TABLE away RENAME TO outbox");
	outbox_drained(&o, 0);
	outbox_post(&o, MESSAGE_RESOLVED, "7", 0);
	outbox_drained(&o, 0);
	assert_int_equal(o.receiver[0]->n, 2);
	outbox_end(&o);
}

/* ------------------------------------------------------------------ digests */

static void
test_storm(void **state)
{
	char incident[24];

	(void)state;
	outbox_begin(&o, 1);
	o.channel[0].per_minute = 3;
	outbox_start(&o);
	for (int i = 1; i <= 10; i++) {
		snprintf(incident, sizeof(incident), "%d", i);
		outbox_post(&o, MESSAGE_OPENED, incident,
		    i == 5 ? SEVERITY_CRITICAL : SEVERITY_WARNING);
	}
	outbox_post(&o, MESSAGE_RESOLVED, "9", SEVERITY_WARNING);
	outbox_drained(&o, 0);
	/* The first one may have been under way before a restart. */
	assert_int_equal(o.receiver[0]->n, 2);
	assert_got(&o, 0, 0, "\"incident\":\"1\"");
	assert_got(&o, 0, 1, "\"kind\":\"digest\"");
	assert_got(&o, 0, 1, "\"severity\":\"critical\"");
	assert_got(&o, 0, 1, "10 alerts in one message: 9 opened, 1 resolved");
	assert_got(&o, 0, 1, "\"items_total\":9");
	assert_got(&o, 0, 1, "\"items\":[{\"incident\":\"5\"");
	assert_got(&o, 0, 1,
	    "{\"incident\":\"9\",\"severity\":\"ok\",\"rule\":\"mx.all-down\","
	    "\"subject\":\"192.0.2.25\","
	    "\"title\":\"resolved: nobody takes mail\"");
	/* All were told. */
	for (int i = 2; i <= 10; i++) {
		snprintf(incident, sizeof(incident), "%d", i);
		assert_int_equal(
		    store_outbox_told(o.scene.store, "a", (uint64_t)i), 1);
	}
	outbox_end(&o);
}

/* A minute's worth goes one by one, the next has to wait. */
static void
test_pace(void **state)
{
	(void)state;
	outbox_begin(&o, 1);
	o.channel[0].per_minute = 2;
	o.times.minute_ms = 200;
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, "1", 0);
	outbox_post(&o, MESSAGE_OPENED, "2", 0);
	outbox_drained(&o, 0);
	outbox_post(&o, MESSAGE_OPENED, "3", 0);
	outbox_drained(&o, 0);
	assert_int_equal(o.receiver[0]->n, 3);
	assert_true(
	    o.receiver[0]->got[2].at_ms >= o.receiver[0]->got[0].at_ms + 95);
	outbox_end(&o);
}

/* One that was tried keeps its id: it does not go into a digest. */
static void
test_storm_after_failure(void **state)
{
	static const char *const answers[] = { "500 No", "500 No", "200 OK" };
	char incident[24];

	(void)state;
	outbox_begin(&o, 1);
	o.channel[0].per_minute = 4;
	outbox_answers(&o, 0, answers, 3);
	outbox_start(&o);
	for (int i = 1; i <= 8; i++) {
		snprintf(incident, sizeof(incident), "%d", i);
		outbox_post(&o, MESSAGE_OPENED, incident, 0);
	}
	outbox_drained(&o, 0);
	assert_int_equal(o.receiver[0]->n, 4);
	assert_string_equal(o.receiver[0]->got[2].id, o.receiver[0]->got[0].id);
	assert_got(&o, 0, 3, "7 alerts in one message: 7 opened, 0 resolved");
	outbox_end(&o);
}

/* ------------------------------------------------------------- quiet hours */

static int64_t fake_s;

static struct wall
fake_clock(void)
{
	return (struct wall){ fake_s * 1000000 };
}

/* 2026-11-23, a Monday, 23:00 UTC. */
#define MONDAY_23 ((int64_t)1795474800)

static void
begin_quiet(size_t n)
{
	setenv("TZ", "UTC", 1);
	tzset();
	fake_s = MONDAY_23;
	outbox_begin(&o, n);
	o.times.now = fake_clock;
	for (size_t i = 0; i < n; i++) {
		o.channel[i].quiet_days = 0x7f;
		o.channel[i].quiet_from = 22 * 60;
		o.channel[i].quiet_to = 7 * 60;
	}
}

static void
test_quiet(void **state)
{
	(void)state;
	begin_quiet(2);
	o.channel[1].quiet_all = true;
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, "1", SEVERITY_WARNING);
	outbox_post(&o, MESSAGE_OPENED, "2", SEVERITY_CRITICAL);
	outbox_until(&o, o.receiver[0]->n == 1);
	assert_got(&o, 0, 0, "\"incident\":\"2\"");
	/* What becomes critical brings its beginning with it. */
	outbox_post(&o, MESSAGE_GROWN, "1", SEVERITY_CRITICAL);
	outbox_post(&o, MESSAGE_OPENED, "3", SEVERITY_WARNING);
	outbox_until(&o, o.receiver[0]->n == 3);
	assert_got(&o, 0, 1, "\"kind\":\"opened\"");
	assert_got(&o, 0, 1, "\"incident\":\"1\"");
	assert_got(&o, 0, 2, "\"kind\":\"grown\"");
	outbox_until(&o, outbox_waiting(&o, 0) == 1);
	assert_int_equal(outbox_waiting(&o, 1), 4);
	assert_int_equal(o.receiver[1]->n, 0);
	/* Nothing is dropped. */
	fake_s += 8 * 3600 + 1;
	outbox_drained(&o, 0);
	outbox_drained(&o, 1);
	assert_int_equal(o.receiver[0]->n, 4);
	assert_int_equal(o.receiver[1]->n, 4);
	assert_got(&o, 1, 0, "\"incident\":\"1\"");
	outbox_end(&o);
	unsetenv("TZ");
}

/* ------------------------------------------------------------------ reload */

static void
test_reload(void **state)
{
	struct settings less = { 0 }, more = { 0 };
	struct channel_setting left[2];
	struct notify_stats stats;

	(void)state;
	outbox_begin(&o, 3);
	o.settings.nchannel = 2;
	outbox_answers(&o, 0, outbox_hang, 1);
	outbox_answers(&o, 1, outbox_hang, 1);
	outbox_start(&o);
	for (int i = 0; i < 3; i++)
		outbox_post(&o, MESSAGE_OPENED, "7", 0);
	outbox_until(&o, o.receiver[0]->n == 1 && o.receiver[1]->n == 1);
	/* "a" goes, "b" stays, "c" comes. */
	left[0] = o.channel[2];
	left[1] = o.channel[1];
	less.channel = left;
	less.nchannel = 2;
	notify_reload(o.notify, &less);
	outbox_drained(&o, 0);
	assert_int_equal(outbox_waiting(&o, 1), 3);
	assert_true(notify_stats(o.notify, 0, &stats));
	assert_string_equal(stats.channel, "c");
	assert_true(notify_stats(o.notify, 1, &stats));
	assert_string_equal(stats.channel, "b");
	assert_false(notify_stats(o.notify, 2, &stats));
	assert_int_equal(outbox_post(&o, MESSAGE_OPENED, "8", 0), 2);
	outbox_drained(&o, 2);
	assert_int_equal(o.receiver[2]->n, 1);
	/* And back again. */
	more.channel = o.channel;
	more.nchannel = 3;
	notify_reload(o.notify, &more);
	outbox_answers(&o, 0, outbox_ok, 1);
	assert_int_equal(outbox_post(&o, MESSAGE_OPENED, "9", 0), 3);
	outbox_drained(&o, 0);
	assert_got(&o, 0, 1, "\"incident\":\"9\"");
	outbox_end(&o);
}

/* ------------------------------------------------------------------- direct */

static void
test_direct(void **state)
{
	const struct message m = {
		.kind = MESSAGE_OPENED,
		.severity = SEVERITY_CRITICAL,
		.rule = T("agent.store"),
		.title = T("the disk is full"),
	};

	(void)state;
	outbox_begin(&o, 3);
	o.channel[1].rule = (char *[]){ T("mx.*") };
	o.channel[1].nrule = 1;
	o.channel[2].min_severity = SEVERITY_CRITICAL + 1;
	outbox_start(&o);
	notify_direct(o.notify, &m, NULL);
	outbox_until(&o, o.receiver[0]->n == 1 && o.receiver[1]->n == 1);
	assert_got(&o, 0, 0, "the disk is full");
	assert_true(strncmp(o.receiver[0]->got[0].id, "msg_", 4) == 0);
	finished = false;
	notify_finish(o.notify, 60000, note_finished, NULL);
	outbox_until(&o, finished);
	assert_int_equal(o.receiver[2]->n, 0);
	outbox_end(&o);
	/* Under way when all ends. */
	outbox_begin(&o, 1);
	outbox_answers(&o, 0, outbox_hang, 1);
	outbox_start(&o);
	notify_direct(o.notify, &m, NULL);
	outbox_until(&o, o.receiver[0]->n == 1);
	outbox_end(&o);
}

/* Of a digest each gets what it wants, without a store as well. */
static void
test_direct_digest(void **state)
{
	static struct message_item items[] = {
		{ .severity = SEVERITY_CRITICAL,
		    .rule = T("mx.all-down"),
		    .title = T("all down") },
		{ .severity = SEVERITY_WARNING,
		    .rule = T("dns.ns-down"),
		    .title = T("one down") },
	};
	const struct message m = {
		.kind = MESSAGE_DIGEST,
		.severity = SEVERITY_CRITICAL,
		.title = T("two troubles"),
		.item = items,
		.nitem = 2,
		.total_items = 2,
	};

	(void)state;
	outbox_begin(&o, 1);
	o.channel[0].rule = (char *[]){ T("dns.*") };
	o.channel[0].nrule = 1;
	outbox_start(&o);
	notify_direct(o.notify, &m, NULL);
	outbox_until(&o, o.receiver[0]->n == 1);
	assert_got(&o, 0, 0, "one down");
	assert_got(&o, 0, 0, "two troubles (1 of them for this channel)");
	assert_null(strstr(o.receiver[0]->got[0].body, "all down"));
	outbox_end(&o);
}

/* ------------------------------------------------------------------ command */

static void
test_command(void **state)
{
	static char script[] = "read line; case $line in *opened*) exit 0;; "
	                       "*) echo no; exit 64;; esac";
	static char *argv[] = { T("/bin/sh"), T("-c"), script };

	(void)state;
	outbox_begin(&o, 1);
	o.channel[0].type = CHANNEL_EXEC;
	o.channel[0].command = argv;
	o.channel[0].ncommand = 3;
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, "7", 0);
	outbox_drained(&o, 0);
	assert_int_equal(o.alive, 1);
	assert_int_equal(o.dead, 0);
	outbox_post(&o, MESSAGE_RESOLVED, "7", 0);
	outbox_drained(&o, 0);
	assert_int_equal(o.dead, 1);
	outbox_end(&o);
}

/* ------------------------------------------------------------------ resends */

static void
test_resend(void **state)
{
	char incident[24];
	size_t n;

	(void)state;
	outbox_begin(&o, 1);
	o.channel[0].type = CHANNEL_ALERTMANAGER;
	outbox_incident(&o, incident);
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, incident, 0);
	outbox_until(&o, o.receiver[0]->n == 3);
	for (size_t i = 1; i < 3; i++)
		assert_true(o.receiver[0]->got[i].at_ms >=
		    o.receiver[0]->got[i - 1].at_ms + 15);
	/* A restart knows of it. */
	outbox_stop(&o);
	outbox_start(&o);
	n = o.receiver[0]->n;
	outbox_until(&o, o.receiver[0]->n == n + 2);
	outbox_post(&o, MESSAGE_RESOLVED, incident, 0);
	outbox_drained(&o, 0);
	n = o.receiver[0]->n;
	assert_got(&o, 0, n - 1, "RESOLVED");
	o.turns = 0;
	outbox_until(&o, o.turns > 40);
	assert_int_equal(o.receiver[0]->n, n);
	outbox_end(&o);
}

static void
post_severe(const char *incident, enum message_kind kind,
    enum severity severity, const char *title)
{
	const struct message m = {
		.kind = kind,
		.incident = T(incident),
		.key = T("servers 192.0.2.25"),
		.severity = severity,
		.rule = T("mx.primary-down"),
		.title = T(title),
		.at = clock_wall(),
	};

	assert_int_equal(outbox_post_message(&o, &m, NULL), 1);
}

static bool
has(size_t i, const char *text)
{
	return i < o.receiver[0]->n &&
	    strstr(o.receiver[0]->got[i].body, text) != NULL;
}

/* The first request after n with this in it. */
static size_t
wait_for(size_t n, const char *text)
{
	o.turns = 0;
	for (;; n++) {
		outbox_until(&o, o.receiver[0]->n > n);
		if (has(n, text))
			return n;
	}
}

/* An alert that got worse ends as what it was, whenever the agent starts
 * again; and it ends as what it became. */
static void
test_resend_of_worse(void **state)
{
	static const char was[] = "\"severity\":\"warning\"";
	static const char is[] = "\"severity\":\"critical\"";
	char incident[24];
	size_t n;

	(void)state;
	for (int restart = 0; restart < 2; restart++) {
		outbox_begin(&o, 1);
		o.channel[0].type = CHANNEL_ALERTMANAGER;
		outbox_incident(&o, incident);
		outbox_start(&o);
		post_severe(
		    incident, MESSAGE_OPENED, SEVERITY_WARNING, "as it was");
		n = wait_for(0, was);
		if (restart) {
			outbox_stop(&o);
			outbox_start(&o);
		}
		post_severe(
		    incident, MESSAGE_GROWN, SEVERITY_CRITICAL, "as it is");
		n = wait_for(n + 1, is);
		assert_true(has(n, was));
		outbox_until(&o, outbox_waiting(&o, 0) == 1);
		if (restart) {
			outbox_stop(&o);
			outbox_start(&o);
		}
		n = wait_for(n + 1, is);
		assert_false(has(n, was));
		post_severe(incident, MESSAGE_RESOLVED, SEVERITY_WARNING,
		    "as it ended");
		n = wait_for(n + 1, "as it ended");
		assert_true(has(n, is));
		assert_false(has(n, was));
		outbox_drained(&o, 0);
		outbox_end(&o);
	}
}

/* What lasts for longer than a message may wait is not given up when the
 * receiver is away for a moment. */
static void
test_resend_of_old(void **state)
{
	static const char *const answers[] = { "503 Service Unavailable",
		"200 OK" };
	char incident[24];

	(void)state;
	outbox_begin(&o, 1);
	o.channel[0].type = CHANNEL_ALERTMANAGER;
	o.times.week_ms = 0;
	outbox_answers(&o, 0, answers, 2);
	outbox_incident(&o, incident);
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, incident, 0);
	outbox_until(&o, o.receiver[0]->n == 3);
	assert_int_equal(o.dead, 0);
	assert_int_equal(o.alive, 1);
	outbox_end(&o);
}

/* What has closed without a word is not sent again for ever. */
static void
test_resend_of_nothing(void **state)
{
	(void)state;
	outbox_begin(&o, 1);
	o.channel[0].type = CHANNEL_ALERTMANAGER;
	outbox_start(&o);
	outbox_post(&o, MESSAGE_OPENED, "4711", 0);
	outbox_drained(&o, 0);
	assert_int_equal(o.receiver[0]->n, 1);
	outbox_end(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_same_id_on_retry),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_hanging_receiver),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_two_refusals),
		cmocka_unit_test(test_too_old),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_store_fails),
		cmocka_unit_test(test_store_fails_after_sending),
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_storm_after_failure),
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_direct_digest),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_resend),
		cmocka_unit_test(test_resend_of_worse),
		cmocka_unit_test(test_resend_of_old),
		cmocka_unit_test(test_resend_of_nothing),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
