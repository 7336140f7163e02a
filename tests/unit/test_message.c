#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/notify/message.h"
#include "tests/unit/support.h"

/* 2026-11-23 16:40:00.123 UTC */
#define AT      ((int64_t)1795452000123000)
#define MIN     ((int64_t)60 * 1000000)
#define T(text) ((char *)(text))

static char *domains[] = { T("a.example"), T("b.example"), T("c.example") };
static char *evidence[] = { T("192.0.2.25: timeout at connect"),
	T("quad9: <@everyone> \"4.3.2\"") };
static struct label labels[] = { { T("customer"), T("acme") },
	{ T("customer"), T("x") } };
static struct message_item items[] = {
	{ .incident = T("17"),
	    .severity = SEVERITY_CRITICAL,
	    .rule = T("mx.all-down"),
	    .subject = T("192.0.2.25"),
	    .title = T("nobody takes mail"),
	    .domains = 500,
	    .label = labels,
	    .nlabel = 2 },
	{ .severity = SEVERITY_OK,
	    .title = T("resolved: one name server"),
	    .domains = 1 },
};

#define OUTAGE                                                                 \
	.id = T("msg_1"), .incident = T("17"), .key = T("servers 192.0.2.25"), \
	.severity = SEVERITY_CRITICAL, .rule = T("mx.all-down"),               \
	.subject = T("192.0.2.25"), .title = T("no mail server takes mail"),   \
	.at = { AT }, .since = { AT - 65 * MIN }, .domain = domains,           \
	.ndomain = 3, .total = 500

static const struct {
	struct message m;
	const char *headline, *when, *whom;
} words[] = {
	{ { .kind = MESSAGE_OPENED, OUTAGE },
	    "CRITICAL: no mail server takes mail (500 domains)",
	    "since 2026-11-23 15:35 UTC, for 1 h 5 min",
	    "hits 500 domains: a.example, b.example, c.example … and 497 "
	    "more" },
	{ { .kind = MESSAGE_GROWN, OUTAGE },
	    "CRITICAL, and worse than before: no mail server takes mail (500 "
	    "domains)",
	    "since 2026-11-23 15:35 UTC, for 1 h 5 min",
	    "hits 500 domains: a.example, b.example, c.example … and 497 "
	    "more" },
	{ { .kind = MESSAGE_REMINDER, OUTAGE },
	    "STILL CRITICAL after 1 h 5 min: no mail server takes mail (500 "
	    "domains)",
	    "since 2026-11-23 15:35 UTC, for 1 h 5 min",
	    "hits 500 domains: a.example, b.example, c.example … and 497 "
	    "more" },
	{ { .kind = MESSAGE_RESOLVED, OUTAGE, .until = { AT - 5 * MIN } },
	    "RESOLVED after 1 h: no mail server takes mail (500 domains)",
	    "from 2026-11-23 15:35 UTC to 2026-11-23 16:35 UTC, for 1 h",
	    "hit 500 domains: a.example, b.example, c.example … and 497 "
	    "more" },
	{ { .kind = MESSAGE_FLAPPING, OUTAGE },
	    "FLAPPING, it comes and goes: no mail server takes mail (500 "
	    "domains)",
	    "since 2026-11-23 15:35 UTC, for 1 h 5 min",
	    "hits 500 domains: a.example, b.example, c.example … and 497 "
	    "more" },
	{ { .kind = MESSAGE_SETTLED, OUTAGE },
	    "SETTLED, and still CRITICAL: no mail server takes mail (500 "
	    "domains)",
	    "since 2026-11-23 15:35 UTC, for 1 h 5 min",
	    "hits 500 domains: a.example, b.example, c.example … and 497 "
	    "more" },
	{ { .kind = MESSAGE_SETTLED, OUTAGE, .until = { AT } },
	    "SETTLED, and resolved: no mail server takes mail (500 domains)",
	    "from 2026-11-23 15:35 UTC to 2026-11-23 16:40 UTC, for 1 h 5 min",
	    "hit 500 domains: a.example, b.example, c.example … and 497 more" },
	{ { .kind = MESSAGE_CHANGED,
	      .severity = SEVERITY_INFO,
	      .title = T("the MX records are others than before"),
	      .at = { AT },
	      .domain = domains,
	      .ndomain = 1,
	      .total = 1 },
	    "CHANGED: the MX records are others than before (a.example)",
	    "at 2026-11-23 16:40 UTC", "hits a.example" },
	{ { .kind = MESSAGE_DIGEST,
	      .severity = SEVERITY_WARNING,
	      .title = T("50 problems at the first look"),
	      .at = { AT } },
	    "WARNING: 50 problems at the first look", "at 2026-11-23 16:40 UTC",
	    "" },
	{ { .kind = MESSAGE_DIGEST,
	      .severity = SEVERITY_OK,
	      .title = T("30 alerts in one message"),
	      .at = { AT } },
	    "DIGEST: 30 alerts in one message", "at 2026-11-23 16:40 UTC", "" },
	{ { .kind = MESSAGE_TEST,
	      .severity = SEVERITY_INFO,
	      .title = T("nothing is wrong"),
	      .at = { AT } },
	    "TEST: nothing is wrong", "at 2026-11-23 16:40 UTC", "" },
	{ { .kind = MESSAGE_OPENED,
	      .severity = SEVERITY_WARNING,
	      .title = T("a.example has one name server"),
	      .at = { AT },
	      .since = { AT },
	      .domain = domains,
	      .ndomain = 1,
	      .total = 1 },
	    "WARNING: a.example has one name server",
	    "since 2026-11-23 16:40 UTC, for 0 s", "hits a.example" },
	{ { .kind = MESSAGE_OPENED,
	      .severity = SEVERITY_WARNING,
	      .title = T("it is slow"),
	      .at = { AT },
	      .domain = domains,
	      .ndomain = 2 },
	    "WARNING: it is slow", "at 2026-11-23 16:40 UTC",
	    "hits 2 domains: a.example, b.example" },
	{ { .kind = MESSAGE_OPENED,
	      .severity = SEVERITY_UNKNOWN,
	      .at = { AT },
	      .total = 7 },
	    "UNKNOWN", "at 2026-11-23 16:40 UTC", "hits 7 domains" },
};
#define WORDS (sizeof(words) / sizeof(*words))

static void
assert_words(void (*say)(const struct message *, struct buf *),
    const struct message *m, const char *want)
{
	struct buf out;

	buf_init(&out, 0);
	say(m, &out);
	assert_string_equal(buf_str(&out), want);
	assert_false(out.failed);
	buf_free(&out);
}

static void
test_words(void **state)
{
	unsigned seen = 0;

	(void)state;
	for (size_t i = 0; i < WORDS; i++) {
		print_message("  %s\n", words[i].headline);
		assert_words(message_headline, &words[i].m, words[i].headline);
		assert_words(message_when, &words[i].m, words[i].when);
		assert_words(message_whom, &words[i].m, words[i].whom);
		seen |= 1U << words[i].m.kind;
	}
	assert_int_equal(seen, (1U << MESSAGE_KINDS) - 1);
}

static void
test_durations(void **state)
{
	static const struct {
		int64_t s;
		const char *want;
	} rows[] = {
		{ -5, "0 s" },
		{ 59, "59 s" },
		{ 60, "1 min" },
		{ 119, "1 min" },
		{ 3599, "59 min" },
		{ 3600, "1 h" },
		{ 3900, "1 h 5 min" },
		{ 86399, "23 h 59 min" },
		{ 86400, "1 d" },
		{ 86400 + 3599, "1 d" },
		{ 5 * 86400 + 7200, "5 d 2 h" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		message_duration(rows[i].s * 1000000, &out);
		assert_string_equal(buf_str(&out), rows[i].want);
		buf_free(&out);
	}
}

/* -------------------------------------------------------------------- JSON */

static const struct message full = { .kind = MESSAGE_RESOLVED,
	OUTAGE,
	.until = { AT },
	.senders = T("they wait"),
	.evidence = evidence,
	.nevidence = 2,
	.remedy = T("mend it"),
	.link = T("https://status.example/"),
	.label = labels,
	.nlabel = 2 };

static const char full_json[] =
    "{\"schema\":\"mxvigil.message/1\",\"kind\":\"resolved\","
    "\"severity\":\"critical\",\"id\":\"msg_1\",\"incident\":\"17\","
    "\"key\":\"servers 192.0.2.25\",\"rule\":\"mx.all-down\","
    "\"subject\":\"192.0.2.25\",\"title\":\"no mail server takes mail\","
    "\"senders\":\"they wait\",\"remedy\":\"mend it\","
    "\"link\":\"https://status.example/\","
    "\"at\":\"2026-11-23T16:40:00.123Z\","
    "\"since\":\"2026-11-23T15:35:00.123Z\","
    "\"until\":\"2026-11-23T16:40:00.123Z\","
    "\"domains\":[\"a.example\",\"b.example\",\"c.example\"],"
    "\"total_domains\":500,"
    "\"evidence\":[\"192.0.2.25: timeout at connect\","
    "\"quad9: <@everyone> \\\"4.3.2\\\"\"],"
    "\"labels\":[[\"customer\",\"acme\"],[\"customer\",\"x\"]]}";

static const char digest_json[] =
    "{\"schema\":\"mxvigil.message/1\",\"kind\":\"digest\","
    "\"severity\":\"critical\",\"id\":\"msg_2\","
    "\"at\":\"2026-11-23T16:40:00.123Z\","
    "\"domains\":[],\"total_domains\":0,\"evidence\":[],\"labels\":[],"
    "\"items\":[{\"incident\":\"17\",\"severity\":\"critical\","
    "\"rule\":\"mx.all-down\",\"subject\":\"192.0.2.25\","
    "\"title\":\"nobody takes mail\",\"domains\":500,"
    "\"labels\":[[\"customer\",\"acme\"],[\"customer\",\"x\"]]},"
    "{\"severity\":\"ok\",\"title\":\"resolved: one name server\","
    "\"domains\":1,\"labels\":[]}],"
    "\"total_items\":2}";

static void
assert_json(const struct message *m, const char *want)
{
	struct message *back;
	struct buf out;
	char why[160];

	buf_init(&out, 0);
	message_write(m, &out);
	assert_false(out.failed);
	if (want != NULL)
		assert_string_equal(buf_str(&out), want);
	back = message_read(buf_str(&out), why, sizeof(why));
	if (back == NULL)
		print_error("%s\n", why);
	assert_non_null(back);
	if (want != NULL) {
		buf_reset(&out);
		message_write(back, &out);
		assert_string_equal(buf_str(&out), want);
	}
	message_free(back);
	buf_free(&out);
}

static void
test_json(void **state)
{
	const struct message digest = { .kind = MESSAGE_DIGEST,
		.id = T("msg_2"),
		.severity = SEVERITY_CRITICAL,
		.at = { AT },
		.item = items,
		.nitem = 2,
		.total_items = 2 };

	(void)state;
	assert_json(&full, full_json);
	assert_json(&digest, digest_json);
	for (size_t i = 0; i < WORDS; i++) {
		struct message m = words[i].m;

		m.id = T("msg_3");
		assert_json(&m, NULL);
	}
}

/* However much there is and whatever is in it: what is written can be read. */
static void
test_bounds(void **state)
{
	static char *many[10000];
	static struct message_item lots[10000];
	static struct label marks[1000];
	static char long_text[100000];
	struct message m = { .kind = MESSAGE_DIGEST, .id = T("msg_4") };

	(void)state;
	memset(long_text, 0xe4, sizeof(long_text) - 1);
	for (size_t i = 0; i < 10000; i++) {
		many[i] = T("bad \n\033[1m\xff text");
		lots[i] = items[i % 2];
	}
	for (size_t i = 0; i < 1000; i++)
		marks[i] = (struct label){ long_text, long_text };
	for (size_t i = 0; i < 10000; i++) {
		lots[i].label = marks;
		lots[i].nlabel = 1000;
	}
	m.domain = m.evidence = many;
	m.ndomain = m.nevidence = m.nitem = m.total = m.total_items = 10000;
	m.item = lots;
	m.label = marks;
	m.nlabel = 1000;
	m.title = m.subject = long_text;
	assert_json(&m, NULL);
}

#define HEAD                                                               \
	"\"schema\":\"mxvigil.message/1\",\"id\":\"m\",\"kind\":\"test\"," \
	"\"severity\":\"info\""

static const struct {
	const char *json, *why;
} bad[] = {
	{ "", "no JSON" },
	{ "[]", "expected an object" },
	{ "{", "no JSON" },
	{ "{} {}", "no JSON" },
	{ "{" HEAD ",\"id\":\"n\"}", "no JSON" },
	{ "{\"schema\":\"mxvigil.message/1\"}", "kind is missing" },
	{ "{\"schema\":\"x/1\",\"kind\":\"test\",\"severity\":\"info\","
	  "\"id\":\"m\"}",
	    "schema: expected mxvigil.message/1" },
	{ "{\"schema\":\"mxvigil.message/1\",\"kind\":\"test\","
	  "\"severity\":\"info\"}",
	    "id is missing" },
	{ "{\"schema\":\"mxvigil.message/1\",\"kind\":7,\"severity\":\"info\","
	  "\"id\":\"m\"}",
	    "kind: expected a kind" },
	{ "{\"schema\":\"mxvigil.message/1\",\"kind\":\"grow\","
	  "\"severity\":\"info\",\"id\":\"m\"}",
	    "kind: expected a kind" },
	{ "{\"schema\":\"mxvigil.message/1\",\"kind\":\"test\","
	  "\"severity\":\"bad\",\"id\":\"m\"}",
	    "severity: expected a severity" },
	{ "{" HEAD ",\"colour\":\"red\"}", "unknown key colour" },
	{ "{" HEAD ",\"title\":7}", "title: expected a text" },
	{ "{" HEAD ",\"title\":null}", "title: expected a text" },
	{ "{" HEAD ",\"title\":\"a\\nb\"}", "title: expected a text" },
	{ "{" HEAD ",\"title\":\"a\\u0000b\"}", "no JSON" },
	{ "{" HEAD ",\"title\":\"\\ud800\"}", "no JSON" },
	{ "{" HEAD ",\"title\":\"a\\u202eb\"}", "title: expected a text" },
	{ "{" HEAD ",\"at\":\"2026-11-23\"}", "at: expected a time" },
	{ "{" HEAD ",\"at\":\"2026-11-23T16:40:00.123\"}",
	    "at: expected a time" },
	{ "{" HEAD ",\"at\":\"2026-02-30T16:40:00.123Z\"}",
	    "at: expected a time" },
	{ "{" HEAD ",\"at\":1795452000}", "at: expected a time" },
	{ "{" HEAD ",\"domains\":\"a\"}", "domains: expected a list" },
	{ "{" HEAD ",\"domains\":[[]]}", "domains: expected a text" },
	{ "{" HEAD ",\"domains\":{}}", "domains: expected a list" },
	{ "{" HEAD ",\"total_domains\":-1}", "total_domains: expected a numb" },
	{ "{" HEAD ",\"total_domains\":1.5}",
	    "total_domains: expected a numb" },
	{ "{" HEAD ",\"labels\":[[\"a\"]]}", "labels: expected pairs" },
	{ "{" HEAD ",\"labels\":[{}]}", "labels: expected pairs" },
	{ "{" HEAD ",\"items\":[{\"severity\":\"info\",\"title\":\"t\","
	  "\"labels\":[[\"a\"]]}]}",
	    "labels: expected pairs" },
	{ "{" HEAD ",\"items\":[{\"severity\":\"info\",\"title\":\"t\","
	  "\"subject\":7}]}",
	    "subject: expected a text" },
	{ "{" HEAD ",\"items\":[7]}", "items: expected objects" },
	{ "{" HEAD ",\"items\":[{}]}", "items: expected objects" },
	{ "{" HEAD ",\"items\":[{\"severity\":\"info\",\"title\":\"t\","
	  "\"x\":1}]}",
	    "items: unknown key x" },
};

static void
test_bad_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char why[160] = "";

		print_message("  %s\n", bad[i].json);
		assert_null(message_read(bad[i].json, why, sizeof(why)));
		if (strncmp(why, bad[i].why, strlen(bad[i].why)) != 0)
			assert_string_equal(why, bad[i].why);
	}
}

/* Sorted, and each pair once; what is of somebody else is not copied. */
static void
test_unique_labels(void **state)
{
	static struct label many[] = { { T("b"), T("2") }, { T("a"), T("2") },
		{ T("b"), T("1") }, { T("a"), T("2") }, { T("b"), T("2") } };
	static const struct label want[] = { { T("a"), T("2") },
		{ T("b"), T("1") }, { T("b"), T("2") } };
	struct label *copy;
	size_t n;

	(void)state;
	assert_int_equal(message_unique_labels(NULL, 0), 0);
	assert_int_equal(message_unique_labels(many, 5), 3);
	assert_int_equal(message_copy_labels(&copy, &n, many, 3), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(copy[i].key, want[i].key);
		assert_string_equal(copy[i].value, want[i].value);
	}
	message_free_labels(copy, n);
	assert_int_equal(message_copy_labels(&copy, &n, many, 0), 0);
	assert_null(copy);
}

static void
test_too_many(void **state)
{
	struct buf json;
	char why[160];

	(void)state;
	buf_init(&json, 0);
	buf_puts(&json, "{" HEAD ",\"domains\":[\"a\"");
	for (int i = 0; i < MESSAGE_DOMAINS_MAX; i++)
		buf_puts(&json, ",\"a\"");
	buf_puts(&json, "]}");
	assert_null(message_read(buf_str(&json), why, sizeof(why)));
	assert_string_equal(why, "domains: expected a list of at most 50");
	buf_free(&json);
}

static void
test_id(void **state)
{
	char *a = message_id(), *b = message_id();

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(strlen(a), 34);
	assert_int_equal(strncmp(a, "msg_", 4), 0);
	assert_string_not_equal(a, b);
	free(a);
	free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_bad_json),
		cmocka_unit_test(test_unique_labels),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_id),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
