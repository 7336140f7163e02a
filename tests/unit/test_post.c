#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/outbox_scene.h"
#include "tests/unit/support.h"

#define T(text) ((char *)(text))

/* Nothing is sent here: what counts is who has a row. */

#define HOUR_US (3600 * INT64_C(1000000))

static struct outbox o;
static int64_t ahead_us; /* of the clock */

static struct wall
later(void)
{
	struct wall now = clock_wall();

	now.us += ahead_us;
	return now;
}

static int
begin(void **state)
{
	(void)state;
	outbox_begin(&o, 1);
	ahead_us = 0;
	o.times.now = later;
	outbox_start(&o);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	outbox_end(&o);
	return 0;
}

/* ------------------------------------------------------------------ filters */

static char *dns_only[] = { T("dns.*") };
static char *dns_or_mx[] = { T("dns.*"), T("mx.all-*") };
static struct label acme[] = { { T("customer"), T("acme") } };
static struct label acme_gold[] = { { T("customer"), T("acme") },
	{ T("tier"), T("gold") } };
static struct label others[] = { { T("customer"), T("other") },
	{ T("tier"), T("acme") } };

static const struct {
	const char *label;
	struct channel_setting wants;
	enum severity severity;
	const char *rule;
	const struct label *have;
	size_t nhave;
	const char *not_channel;
	int takes;
} filters[] = {
	{ "no filter", { .min_severity = SEVERITY_INFO }, SEVERITY_INFO,
	    "mx.all-down", NULL, 0, NULL, 1 },
	{ "severe enough", { .min_severity = SEVERITY_WARNING },
	    SEVERITY_WARNING, "mx.all-down", NULL, 0, NULL, 1 },
	{ "not severe enough", { .min_severity = SEVERITY_CRITICAL },
	    SEVERITY_WARNING, "mx.all-down", NULL, 0, NULL, 0 },
	{ "another family", { .rule = dns_only, .nrule = 1 }, SEVERITY_CRITICAL,
	    "mx.all-down", NULL, 0, NULL, 0 },
	{ "one of two globs", { .rule = dns_or_mx, .nrule = 2 },
	    SEVERITY_CRITICAL, "mx.all-down", NULL, 0, NULL, 1 },
	{ "no rule at all", { .rule = dns_only, .nrule = 1 }, SEVERITY_CRITICAL,
	    NULL, NULL, 0, NULL, 0 },
	{ "the label", { .label = acme, .nlabel = 1 }, SEVERITY_CRITICAL,
	    "mx.all-down", acme_gold, 2, NULL, 1 },
	{ "one label of two", { .label = acme_gold, .nlabel = 2 },
	    SEVERITY_CRITICAL, "mx.all-down", acme, 1, NULL, 0 },
	{ "other values", { .label = acme, .nlabel = 1 }, SEVERITY_CRITICAL,
	    "mx.all-down", others, 2, NULL, 0 },
	{ "no labels", { .label = acme, .nlabel = 1 }, SEVERITY_CRITICAL,
	    "mx.all-down", NULL, 0, NULL, 0 },
	{ "our own trouble, whatever the rules",
	    { .rule = dns_only, .nrule = 1 }, SEVERITY_WARNING, "agent.vantage",
	    NULL, 0, NULL, 1 },
	{ "our own trouble, whatever the labels",
	    { .label = acme, .nlabel = 1 }, SEVERITY_CRITICAL, "agent.blind",
	    NULL, 0, NULL, 1 },
	{ "our own trouble, not severe enough",
	    { .min_severity = SEVERITY_CRITICAL }, SEVERITY_WARNING,
	    "agent.config", NULL, 0, NULL, 0 },
	{ "not to this one", { .nlabel = 0 }, SEVERITY_CRITICAL, "mx.all-down",
	    NULL, 0, "a", 0 },
	{ "not to another one", { .nlabel = 0 }, SEVERITY_CRITICAL,
	    "mx.all-down", NULL, 0, "b", 1 },
};

static void
use(const struct channel_setting *wants)
{
	o.channel[0].min_severity = wants->min_severity;
	o.channel[0].rule = wants->rule;
	o.channel[0].nrule = wants->nrule;
	o.channel[0].label = wants->label;
	o.channel[0].nlabel = wants->nlabel;
}

static void
test_filters(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		const struct message m = { .kind = MESSAGE_OPENED,
			.severity = filters[i].severity,
			.rule = T(filters[i].rule) };
		const struct audience audience = { filters[i].have,
			filters[i].nhave, filters[i].not_channel, NULL };
		int64_t before = outbox_waiting(&o, 0);

		print_message("  %s\n", filters[i].label);
		use(&filters[i].wants);
		assert_int_equal(
		    outbox_post_message(&o, &m, &audience), filters[i].takes);
		assert_int_equal(
		    outbox_waiting(&o, 0), before + filters[i].takes);
	}
}

/* --------------------------------------------------------------------- told */

/* Whether it is posted when the opening was not told, and when it was; then
 * without filters that take it. */
static const struct {
	enum message_kind kind;
	int untold, told, unwanted;
} tellings[] = {
	{ MESSAGE_OPENED, 1, 1, 0 },
	{ MESSAGE_GROWN, 1, 1, 1 },
	{ MESSAGE_REMINDER, 0, 1, 1 },
	{ MESSAGE_RESOLVED, 0, 1, 1 },
	{ MESSAGE_FLAPPING, 1, 1, 1 },
	{ MESSAGE_SETTLED, 0, 1, 1 },
	{ MESSAGE_CHANGED, 1, 1, 0 },
	{ MESSAGE_TEST, 1, 1, 0 },
};

static void
test_told(void **state)
{
	static const char *const untold[] = { "1", "2", "3", "4", "5", "6", "7",
		"8" };

	(void)state;
	outbox_post(&o, MESSAGE_OPENED, "99", 0);
	for (size_t i = 0; i < sizeof(tellings) / sizeof(*tellings); i++) {
		enum message_kind kind = tellings[i].kind;

		print_message("  %s\n", message_kind_name(kind));
		o.channel[0].min_severity = SEVERITY_WARNING;
		assert_int_equal(
		    outbox_post(&o, kind, untold[i], 0), tellings[i].untold);
		ahead_us += 25 * HOUR_US;
		assert_int_equal(
		    outbox_post(&o, kind, "99", 0), tellings[i].told);
		ahead_us += 25 * HOUR_US;
		o.channel[0].min_severity = SEVERITY_CRITICAL;
		assert_int_equal(outbox_post(&o, kind, "99", SEVERITY_WARNING),
		    tellings[i].unwanted);
	}
}

/* What begins late is told of its end as well. */
static void
test_told_late(void **state)
{
	static const enum message_kind kinds[] = { MESSAGE_GROWN,
		MESSAGE_FLAPPING };

	(void)state;
	o.channel[0].min_severity = SEVERITY_CRITICAL;
	for (size_t i = 0; i < 2; i++) {
		const char *incident = i == 0 ? "5" : "6";

		assert_int_equal(
		    outbox_post(&o, MESSAGE_OPENED, incident, SEVERITY_WARNING),
		    0);
		assert_int_equal(
		    outbox_post(&o, MESSAGE_RESOLVED, incident, 0), 0);
		assert_int_equal(outbox_post(&o, kinds[i], incident, 0), 1);
		assert_int_equal(
		    outbox_post(&o, MESSAGE_RESOLVED, incident, 0), 1);
	}
	assert_int_equal(scene_number(&o.scene,
	                     "SELECT count(*) FROM outbox WHERE kind = "
	                     "'opened' AND incident = 5"),
	    1);
	assert_int_equal(
	    scene_number(
	        &o.scene, "SELECT count(*) FROM outbox WHERE kind = 'grown'"),
	    0);
}

/* When which reminders are due: hours after the opening, and whether the
 * channel gets one that is posted then. */
static const struct {
	int hours, due;
} reminders[] = { { 3, 0 }, { 4, 1 }, { 5, 0 }, { 11, 0 }, { 12, 1 }, { 20, 0 },
	{ 28, 1 }, { 48, 0 }, { 52, 1 }, { 70, 0 }, { 76, 1 } };

static void
post_reminders(const char *incident)
{
	int64_t from_us = ahead_us;

	for (size_t i = 0; i < sizeof(reminders) / sizeof(*reminders); i++) {
		print_message(
		    "  %s after %d hours\n", incident, reminders[i].hours);
		ahead_us = from_us + reminders[i].hours * HOUR_US;
		assert_int_equal(outbox_post(&o, MESSAGE_REMINDER, incident, 0),
		    reminders[i].due);
	}
}

/* They are each channel's own, and begin again when it grows. */
static void
test_reminders(void **state)
{
	(void)state;
	o.channel[0].remind_ms = 4 * 3600 * 1000;
	outbox_post(&o, MESSAGE_OPENED, "7", 0);
	post_reminders("7");
	outbox_post(&o, MESSAGE_GROWN, "7", 0);
	post_reminders("7");
	/* A clock that was ahead does not keep it back. */
	ahead_us = 0;
	assert_int_equal(outbox_post(&o, MESSAGE_REMINDER, "7", 0), 1);
}

/* Longer than a day, it does not double. */
static void
test_rare_reminders(void **state)
{
	(void)state;
	o.channel[0].remind_ms = 72 * 3600 * 1000;
	outbox_post(&o, MESSAGE_OPENED, "8", 0);
	for (int i = 0; i < 3; i++) {
		ahead_us += 60 * HOUR_US;
		assert_int_equal(outbox_post(&o, MESSAGE_REMINDER, "8", 0), 0);
		ahead_us += 12 * HOUR_US;
		assert_int_equal(outbox_post(&o, MESSAGE_REMINDER, "8", 0), 1);
	}
}

static void
test_unwanted_ends(void **state)
{
	(void)state;
	o.channel[0].resolved = false;
	o.channel[0].remind_ms = 0;
	outbox_post(&o, MESSAGE_OPENED, "7", 0);
	assert_int_equal(outbox_post(&o, MESSAGE_REMINDER, "7", 0), 0);
	assert_int_equal(outbox_post(&o, MESSAGE_RESOLVED, "7", 0), 0);
	/* Where ends must come to an end. */
	o.channel[0].type = CHANNEL_PAGERDUTY;
	assert_int_equal(outbox_post(&o, MESSAGE_RESOLVED, "7", 0), 1);
}

/* ------------------------------------------------------------------ digests */

static struct message_item items[] = {
	{ .incident = T("11"),
	    .severity = SEVERITY_CRITICAL,
	    .rule = T("mx.all-down"),
	    .title = T("all down"),
	    .domains = 5,
	    .label = others,
	    .nlabel = 2 },
	{ .incident = T("12"),
	    .severity = SEVERITY_WARNING,
	    .rule = T("dns.ns-down"),
	    .title = T("one down"),
	    .domains = 2,
	    .label = acme_gold,
	    .nlabel = 2 },
	{ .incident = T("13"),
	    .severity = SEVERITY_WARNING,
	    .rule = T("tls.expired"),
	    .title = T("expired"),
	    .domains = 1,
	    .label = acme,
	    .nlabel = 1 },
};
/* Of all of them. */
static struct label all_labels[] = { { T("customer"), T("acme") },
	{ T("customer"), T("other") }, { T("tier"), T("acme") },
	{ T("tier"), T("gold") } };

static const struct message digest = {
	.kind = MESSAGE_DIGEST,
	.severity = SEVERITY_CRITICAL,
	.key = T("digest"),
	.title = T("three troubles"),
	.total = 8,
	.item = items,
	.nitem = 3,
	.total_items = 3,
	.label = all_labels,
	.nlabel = 4,
};
static const struct audience everybody = { all_labels, 4, NULL, NULL };

static int64_t
count_like(const char *pattern)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM outbox WHERE json LIKE '%%%s%%'", pattern);
	return scene_number(&o.scene, sql);
}

static void
test_digest(void **state)
{
	(void)state;
	assert_int_equal(outbox_post_message(&o, &digest, NULL), 1);
	assert_int_equal(count_like("\"title\":\"three troubles\""), 1);
	for (uint64_t id = 11; id <= 13; id++)
		assert_int_equal(store_outbox_told(o.scene.store, "a", id), 1);
	assert_int_equal(store_outbox_told(o.scene.store, "a", 14), 0);
	assert_int_equal(outbox_post(&o, MESSAGE_RESOLVED, "12", 0), 1);
}

/* A channel gets those that it wants, and is told of no other. */
static void
test_digest_in_part(void **state)
{
	(void)state;
	o.channel[0].rule = dns_only;
	o.channel[0].nrule = 1;
	assert_int_equal(outbox_post_message(&o, &digest, NULL), 1);
	assert_int_equal(
	    count_like("three troubles (1 of them for this channel)"), 1);
	assert_int_equal(
	    count_like("\"kind\":\"digest\",\"severity\":\"warning\""), 1);
	assert_int_equal(count_like("all down"), 0);
	assert_int_equal(store_outbox_told(o.scene.store, "a", 11), 0);
	assert_int_equal(store_outbox_told(o.scene.store, "a", 12), 1);
	o.channel[0].min_severity = SEVERITY_CRITICAL;
	assert_int_equal(outbox_post_message(&o, &digest, NULL), 0);
}

/* By labels as well: nothing of the others is in it. */
static void
test_digest_by_label(void **state)
{
	static const char *const foreign[] = { "all down", "other",
		"\"incident\":\"11\"", "mx.all-down", "critical" };

	(void)state;
	o.channel[0].label = acme;
	o.channel[0].nlabel = 1;
	assert_int_equal(outbox_post_message(&o, &digest, &everybody), 1);
	assert_int_equal(
	    count_like("three troubles (2 of them for this channel)"), 1);
	assert_int_equal(count_like("\"total_domains\":3"), 1);
	assert_int_equal(count_like("\"total_items\":2"), 1);
	assert_int_equal(count_like("\"labels\":[[\"customer\",\"acme\"],"
	                            "[\"tier\",\"gold\"]],\"items\""),
	    1);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		assert_int_equal(count_like(foreign[i]), 0);
	assert_int_equal(store_outbox_told(o.scene.store, "a", 11), 0);
	/* No single one has both labels. */
	o.channel[0].label =
	    (struct label[]){ { T("customer"), T("other") }, acme_gold[1] };
	o.channel[0].nlabel = 2;
	assert_int_equal(outbox_post_message(&o, &digest, &everybody), 0);
}

/* More than a message can name: all were told. */
static void
test_large_digest(void **state)
{
	static struct message_item many[300];
	static char number[300][8];
	struct message large = digest;

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		snprintf(number[i], sizeof(number[i]), "%zu", 1000 + i);
		many[i] = items[0];
		many[i].incident = number[i];
	}
	large.item = many;
	large.nitem = large.total_items = 300;
	assert_int_equal(outbox_post_message(&o, &large, NULL), 1);
	assert_int_equal(count_like("\"incident\":\"1299\""), 0);
	assert_int_equal(count_like("\"total_items\":300"), 1);
	assert_int_equal(outbox_post(&o, MESSAGE_RESOLVED, "1299", 0), 1);
}

/* An alert for each, with what the store knows of it. */
static void
test_digest_for_alertmanager(void **state)
{
	struct message_item two[] = { items[0], items[1] };
	struct message m = digest;
	char first[24], second[24];

	(void)state;
	o.channel[0].type = CHANNEL_ALERTMANAGER;
	outbox_incident(&o, first);
	outbox_incident(&o, second);
	two[0].incident = first;
	two[1].incident = second;
	m.item = two;
	m.nitem = m.total_items = 2;
	assert_int_equal(outbox_post_message(&o, &m, NULL), 1);
	assert_int_equal(outbox_waiting(&o, 0), 2);
	assert_int_equal(count_like("\"kind\":\"opened\""), 2);
	assert_int_equal(count_like("\"subject\":\"mx1.example.org\""), 2);
	assert_int_equal(count_like("timeout at connect"), 2);
	assert_int_equal(count_like("\"labels\":[[\"customer\",\"other\"],"
	                            "[\"tier\",\"acme\"]]"),
	    1);
	assert_int_equal(count_like("\"labels\":[[\"customer\",\"acme\"],"
	                            "[\"tier\",\"gold\"]]"),
	    1);
	assert_int_equal(outbox_post(&o, MESSAGE_RESOLVED, second, 0), 1);
}

/* ------------------------------------------------------------------- others */

static void
test_ids(void **state)
{
	struct message m = { .kind = MESSAGE_TEST,
		.severity = SEVERITY_CRITICAL };

	(void)state;
	assert_int_equal(outbox_post_message(&o, &m, NULL), 1);
	m.id = T("msg_mine");
	assert_int_equal(outbox_post_message(&o, &m, NULL), 1);
	assert_int_equal(
	    scene_number(&o.scene,
	        "SELECT count(*) FROM outbox WHERE message_id LIKE 'msg_%' "
	        "AND json LIKE '%\"' || message_id || '\"%'"),
	    2);
	assert_int_equal(scene_number(&o.scene,
	                     "SELECT count(*) FROM outbox WHERE "
	                     "message_id = 'msg_mine'"),
	    1);
}

static void
test_store_fails(void **state)
{
	static const enum message_kind kinds[] = { MESSAGE_OPENED,
		MESSAGE_GROWN, MESSAGE_REMINDER, MESSAGE_FLAPPING,
		MESSAGE_RESOLVED };

	(void)state;
	scene_sql(&o.scene, "ALTER TABLE outbox RENAME TO away");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct message m = { .kind = kinds[i],
			.incident = T("7"),
			.severity = SEVERITY_CRITICAL };

		assert_int_equal(notify_post(o.notify, &m, NULL), -1);
	}
	assert_int_equal(notify_post(o.notify, &digest, NULL), -1);
	scene_sql(&o.scene, "ALTER TABLE away RENAME TO outbox");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_filters),
		CASE(test_told),
		CASE(test_told_late),
		CASE(test_reminders),
		CASE(test_rare_reminders),
		CASE(test_unwanted_ends),
		CASE(test_digest),
		CASE(test_digest_in_part),
		CASE(test_digest_by_label),
		CASE(test_large_digest),
		CASE(test_digest_for_alertmanager),
		CASE(test_ids),
		CASE(test_store_fails),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
