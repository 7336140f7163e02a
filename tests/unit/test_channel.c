#include <stdio.h>
#include <string.h>

#include "agent/notify/render.h"
#include "tests/unit/support.h"

/* 2026-11-23T16:40:00Z */
#define NOW_S  ((int64_t)1795452000)
#define HOUR   ((uint64_t)3600000)
#define BODY_A "{\"retry_after\":"

static const struct wall now = { .us = NOW_S * 1000000 };

static void
test_retry_after(void **state)
{
	static const struct {
		const char *header;
		uint64_t ms;
	} row[] = {
		{ NULL, 0 },
		{ "", 0 },
		{ "0", 0 },
		{ "1", 1000 },
		{ " 120 ", 120000 },
		{ "3599", 3599000 },
		{ "3600", HOUR },
		{ "3601", HOUR },
		{ "000000000000000000000000005", 5000 },
		{ "1000000000000", HOUR },
		{ "99999999999999999999999999999999", HOUR },
		{ "-5", 0 },
		{ "+5", 0 },
		{ "1.5", 0 },
		{ "1e3", 0 },
		{ "0x10", 0 },
		{ "5 minutes", 0 },
		{ "5, 6", 0 },
		{ "soon", 0 },
		{ "\xff\xfe", 0 },
		/* The three forms of RFC 9110 5.6.7. */
		{ "Mon, 23 Nov 2026 16:40:30 GMT", 30000 },
		{ "Monday, 23-Nov-26 16:41:00 GMT", 60000 },
		{ "Mon Nov 23 16:42:00 2026", 120000 },
		{ "Sun Dec  6 16:42:00 2026", HOUR },
		{ "Mon, 23 Nov 2026 16:40:30 GMT  ", 30000 },
		{ "Mon, 23 Nov 2026 16:40:00 GMT", 0 },
		{ "Mon, 23 Nov 2026 16:39:59 GMT", 0 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", 0 },
		{ "Sun Nov  6 08:49:37 1994", 0 },
		{ "Wednesday, 23-Nov-76 16:40:00 GMT", HOUR },
		{ "Wednesday, 23-Nov-77 16:40:00 GMT", 0 },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", HOUR },
		{ "Mon, 23 Nov 2026 16:40:30 CET", 0 },
		{ "Mon, 23 Nov 2026 16:40:30", 0 },
		{ "Mon, 23 Nov 2026 25:40:30 GMT", 0 },
		{ "Mon, 23 Nov 2026 16:40:30 GMT, 5", 0 },
		{ "2026-11-23T16:40:30Z", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		uint64_t ms = channel_retry_after(row[i].header, now);

		if (ms != row[i].ms)
			fail_msg(
			    "%s: %llu", row[i].header, (unsigned long long)ms);
	}
}

/* What may be said to people and logs. */
static void
check_why(const char *why)
{
	assert_true(*why != '\0' && strlen(why) < 256);
	for (; *why != '\0'; why++)
		assert_true((unsigned char)*why >= ' ' && *why != 0x7f);
}

struct judge_row {
	int status;
	const char *retry_after, *body;
	enum delivery_verdict verdict;
	uint64_t wait_ms;
	const char *quote; /* is in why; NULL: nothing is looked for */
};

static void
check_judge(const char *name,
    void (*judge)(const struct answer *, struct judgement *),
    const struct judge_row *row, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct answer a = { .status = row[i].status,
			.retry_after = row[i].retry_after,
			.body = row[i].body,
			.now = now };
		struct judgement j;

		memset(&j, 0x5a, sizeof(j));
		judge(&a, &j);
		check_why(j.why);
		if (j.verdict != row[i].verdict || j.wait_ms != row[i].wait_ms)
			fail_msg("%s %d %s: verdict %d, wait %llu", name,
			    a.status, a.body == NULL ? "" : a.body,
			    (int)j.verdict, (unsigned long long)j.wait_ms);
		if (row[i].quote != NULL && strstr(j.why, row[i].quote) == NULL)
			fail_msg("%s %d: %s", name, a.status, j.why);
	}
}

#define CHECK_JUDGE(name, judge, row) \
	check_judge((name), (judge), (row), sizeof(row) / sizeof(*(row)))

static void
test_common(void **state)
{
	static const struct judge_row row[] = {
		{ 0, NULL, NULL, RETRY, 0, "no answer" },
		{ 0, NULL, "", RETRY, 0, NULL },
		{ 100, NULL, NULL, RETRY, 0, NULL },
		{ 200, NULL, "ok", DELIVERED, 0, "200" },
		{ 202, NULL, "", DELIVERED, 0, NULL },
		{ 204, NULL, NULL, DELIVERED, 0, NULL },
		{ 299, "100", NULL, DELIVERED, 0, NULL },
		{ 301, NULL, NULL, DEAD, 0, "redirects" },
		{ 302, "5", NULL, DEAD, 0, "redirects" },
		{ 307, NULL, NULL, DEAD, 0, "redirects" },
		{ 308, NULL, NULL, DEAD, 0, "redirects" },
		{ 400, NULL, NULL, DEAD, 0, "400" },
		{ 401, NULL, NULL, DEAD, 0, NULL },
		{ 403, NULL, NULL, DEAD, 0, NULL },
		{ 404, NULL, NULL, DEAD, 0, NULL },
		{ 405, NULL, NULL, DEAD, 0, NULL },
		{ 408, NULL, NULL, RETRY, 0, NULL },
		{ 410, NULL, NULL, DEAD, 0, "gone" },
		{ 413, NULL, NULL, DEAD, 0, NULL },
		{ 418, NULL, NULL, DEAD, 0, "418" },
		{ 425, NULL, NULL, RETRY, 0, NULL },
		{ 429, NULL, NULL, RETRY, 0, "too many" },
		{ 429, "7", NULL, RETRY, 7000, NULL },
		{ 429, "-7", NULL, RETRY, 0, NULL },
		{ 429, "1000000000000", NULL, RETRY, HOUR, NULL },
		{ 500, NULL, "<html>", RETRY, 0, NULL },
		{ 503, "Mon, 23 Nov 2026 16:41:00 GMT", NULL, RETRY, 60000,
		    NULL },
		{ 504, NULL, NULL, RETRY, 0, NULL },
		{ 599, NULL, NULL, RETRY, 0, NULL },
		{ 999, NULL, NULL, RETRY, 0, NULL },
	};

	(void)state;
	CHECK_JUDGE("common", channel_judge, row);
}

static void
test_slack(void **state)
{
	static const struct judge_row row[] = {
		{ 200, NULL, "ok", DELIVERED, 0, NULL },
		{ 400, NULL, "invalid_payload", DEAD, 0, "invalid_payload" },
		{ 403, NULL, "action_prohibited", DEAD, 0, NULL },
		{ 404, NULL, "no_service", DEAD, 0, "no_service" },
		{ 410, NULL, "channel_is_archived", DEAD, 0, "archived" },
		{ 429, "30", "rate_limited", RETRY, 30000, NULL },
		{ 500, NULL, "rollup_error", RETRY, 0, NULL },
	};
	const struct answer page = { .status = 500,
		.body = "<html>https://hooks.example/T0/secret" };
	struct judgement j;

	(void)state;
	CHECK_JUDGE("slack", channel_slack.judge, row);
	channel_slack.judge(&page, &j);
	assert_null(strstr(j.why, "secret"));
}

static void
test_discord(void **state)
{
	static const struct judge_row row[] = {
		{ 204, NULL, NULL, DELIVERED, 0, NULL },
		{ 429, NULL, BODY_A "0.65, \"global\":false}", RETRY, 650,
		    NULL },
		{ 429, NULL, BODY_A "64.0001}", RETRY, 64001, NULL },
		{ 429, "65", BODY_A "64.0}", RETRY, 65000, NULL },
		{ 429, "1", BODY_A "64.0}", RETRY, 64000, NULL },
		{ 429, NULL, BODY_A "-3}", RETRY, 0, NULL },
		{ 429, NULL, BODY_A "1e300}", RETRY, HOUR, NULL },
		{ 429, NULL, BODY_A "\"soon\"}", RETRY, 0, NULL },
		{ 429, NULL, BODY_A, RETRY, 0, NULL },
		{ 429, NULL, "[]", RETRY, 0, NULL },
		{ 404, NULL, "{\"message\":\"Unknown Webhook\",\"code\":10015}",
		    DEAD, 0, "Unknown Webhook" },
		{ 400, NULL, "{\"message\":\"a\\nb\\u202e\"}", DEAD, 0,
		    "a\\x0ab" },
		{ 401, NULL, "{\"message\":5}", DEAD, 0, NULL },
	};

	(void)state;
	CHECK_JUDGE("discord", channel_discord.judge, row);
}

static void
test_telegram(void **state)
{
	static const struct judge_row row[] = {
		{ 200, NULL, "{\"ok\":true}", DELIVERED, 0, NULL },
		{ 429, NULL,
		    "{\"ok\":false,\"description\":\"Too Many Requests\","
		    "\"parameters\":{\"retry_after\":14}}",
		    RETRY, 14000, "Too Many" },
		{ 429, "3", "{\"parameters\":{\"retry_after\":null}}", RETRY,
		    3000, NULL },
		{ 429, NULL, "{\"parameters\":[1]}", RETRY, 0, NULL },
		{ 400, NULL,
		    "{\"ok\":false,\"parameters\":{\"migrate_to_chat_id\":"
		    "-1001234567890},\"description\":\"upgraded\"}",
		    DEAD, 0, "-1001234567890" },
		{ 403, NULL, "{\"description\":\"bot was kicked\"}", DEAD, 0,
		    "kicked" },
		{ 404, NULL, "", DEAD, 0, NULL },
	};

	(void)state;
	CHECK_JUDGE("telegram", channel_telegram.judge, row);
}

static void
test_matrix(void **state)
{
	static const struct judge_row row[] = {
		{ 200, NULL, "{\"event_id\":\"$a\"}", DELIVERED, 0, NULL },
		{ 429, NULL,
		    "{\"errcode\":\"M_LIMIT_EXCEEDED\","
		    "\"retry_after_ms\":2000}",
		    RETRY, 2000, "M_LIMIT_EXCEEDED" },
		{ 429, "4", "{\"retry_after_ms\":2000}", RETRY, 4000, NULL },
		{ 429, NULL, "{\"retry_after_ms\":99999999999}", RETRY, HOUR,
		    NULL },
		{ 403, NULL, "{\"errcode\":\"M_FORBIDDEN\"}", DEAD, 0,
		    "M_FORBIDDEN" },
		{ 401, NULL, "{\"errcode\":\"M_UNKNOWN_TOKEN\"}", DEAD, 0,
		    NULL },
		{ 413, NULL, "{\"errcode\":\"M_TOO_LARGE\"}", DEAD, 0, NULL },
		{ 502, NULL, "<html>", RETRY, 0, NULL },
	};

	(void)state;
	CHECK_JUDGE("matrix", channel_matrix.judge, row);
}

static void
test_pagerduty(void **state)
{
	static const struct judge_row row[] = {
		{ 202, NULL, "{\"status\":\"success\"}", DELIVERED, 0, NULL },
		{ 400, NULL,
		    "{\"status\":\"invalid event\",\"errors\":"
		    "[\"'routing_key' is invalid\"]}",
		    DEAD, 0, "is invalid" },
		{ 429, NULL, NULL, RETRY, 0, NULL },
		{ 500, NULL, "{\"errors\":5}", RETRY, 0, NULL },
	};

	(void)state;
	CHECK_JUDGE("pagerduty", channel_pagerduty.judge, row);
}

static void
test_exec(void **state)
{
	static const struct judge_row row[] = {
		{ 0, NULL, NULL, DELIVERED, 0, "status 0" },
		{ 1, NULL, NULL, RETRY, 0, "status 1" },
		{ 63, NULL, NULL, RETRY, 0, NULL },
		{ 64, NULL, NULL, DEAD, 0, NULL },
		{ 75, NULL, NULL, RETRY, 0, NULL },
		{ 78, NULL, NULL, DEAD, 0, NULL },
		{ 79, NULL, NULL, RETRY, 0, NULL },
		{ 126, NULL, NULL, DEAD, 0, NULL },
		{ 127, NULL, NULL, DEAD, 0, "status 127" },
		{ 137, NULL, NULL, RETRY, 0, NULL },
		{ -1, NULL, NULL, RETRY, 0, "not end by itself" },
	};

	(void)state;
	CHECK_JUDGE("exec", channel_exec.judge, row);
}

/* Whatever a receiver says at length stays one short line. */
static void
test_long_words(void **state)
{
	char body[9000];
	struct answer a = { .status = 400, .body = body, .now = now };
	struct judgement j;

	(void)state;
	snprintf(body, sizeof(body), "{\"message\":\"%08000d\"}", 7);
	channel_discord.judge(&a, &j);
	check_why(j.why);
	assert_true(strlen(j.why) > 200);
}

/* The names are those of the configuration, in the order of its enum. */
static void
test_kinds(void **state)
{
	static const char *const name[CHANNEL_TYPES] = { "slack", "mattermost",
		"discord", "teams", "google-chat", "telegram", "matrix", "ntfy",
		"pagerduty", "alertmanager", "webhook", "exec" };

	(void)state;
	for (int i = 0; i < CHANNEL_TYPES; i++) {
		assert_string_equal(channel_kinds[i]->name, name[i]);
		assert_non_null(channel_kinds[i]->render);
		assert_true((channel_kinds[i]->resend_ms != 0) ==
		    (i == CHANNEL_ALERTMANAGER));
	}
}

/* The example of the Standard Webhooks specification, and two keys. */
static void
test_signature(void **state)
{
	static const char key[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
	static const char want[] =
	    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
	static const char *const bad[] = { "", " ", "whsec_", "whsec_abc",
		"whsec_****", "AAAA whsec_x", "\xff\xff\xff\xff" };
	struct buf body, out;
	char both[128];

	(void)state;
	buf_init(&body, 0);
	buf_init(&out, 0);
	buf_puts(&body, "{\"test\": 2432232314}");
	assert_int_equal(sign_webhook(key, "msg_p5jXN8AQM9LWM0D4loKWxJek",
	                     1614265330, &body, &out),
	    0);
	assert_string_equal(buf_str(&out), want);
	buf_reset(&out);
	snprintf(both, sizeof(both), "%s  %s", key, key + 6);
	assert_int_equal(sign_webhook(both, "msg_p5jXN8AQM9LWM0D4loKWxJek",
	                     1614265330, &body, &out),
	    0);
	snprintf(both, sizeof(both), "%s %s", want, want);
	assert_string_equal(buf_str(&out), both);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(
		    sign_webhook(bad[i], "msg_1", 1, &body, &out), -1);
	buf_free(&body);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_common),
		cmocka_unit_test(test_slack),
		cmocka_unit_test(test_discord),
		cmocka_unit_test(test_telegram),
		cmocka_unit_test(test_matrix),
		cmocka_unit_test(test_pagerduty),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
