#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/record.h"
#include "agent/show/show.h"
#include "tests/unit/looks.h"
#include "tests/unit/support.h"

/* What a reader gave: each look as JSON and as a recording again. */
struct got {
	struct buf json, again;
	unsigned looks;
};

static void
take(void *arg, struct facts *f, struct policy *policy, struct wall judged)
{
	static const struct show_style plain = { .utf8 = true };
	struct got *got = arg;
	struct report *r = judge(f, policy, judged);

	assert_non_null(r);
	show_json.report(&got->json, r, &plain);
	record_write(&got->again, f, policy, judged);
	report_free(r);
	facts_free(f);
	policy_free(policy);
	free(policy);
	got->looks++;
}

static void
got_free(struct got *got)
{
	buf_free(&got->json);
	buf_free(&got->again);
}

/* Read all lines.  Returns how many mistakes were told; the first in why. */
static unsigned
read_all(const char *text, size_t len, struct got *got, char *why, size_t size)
{
	struct record_reader *r;
	unsigned mistakes = 0;
	char more[200];

	*got = (struct got){ .looks = 0 };
	buf_init(&got->json, 0);
	buf_init(&got->again, 0);
	*why = '\0';
	r = record_reader_new(take, got);
	assert_non_null(r);
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end == NULL ? len : (size_t)(end - text);

		if (record_reader_line(r, text, n, mistakes == 0 ? why : more,
		        mistakes == 0 ? size : sizeof(more)) != 0)
			mistakes++;
		n += end != NULL;
		text += n;
		len -= n;
	}
	if (record_reader_end(r, mistakes == 0 ? why : more,
	        mistakes == 0 ? size : sizeof(more)) != 0)
		mistakes++;
	record_reader_free(r);
	return mistakes;
}

static void
record(const struct judged *j, struct buf *out)
{
	buf_init(out, 0);
	record_write(out, j->facts, &j->policy, facts_now);
	assert_false(out->failed);
}

/* What is read back is judged to the same report, and written the same; the
 * recordings are the seeds of the fuzzer. */
static void
test_round_trip(void **state)
{
	static const struct show_style plain = { .utf8 = true };

	(void)state;
	for (size_t i = 0; i < looks_count; i++) {
		struct judged j;
		struct buf text, json;
		struct got got;
		char why[200], path[80];

		look_judge(&looks[i], &j);
		record(&j, &text);
		buf_init(&json, 0);
		show_json.report(&json, j.report, &plain);
		if (read_all(text.data, text.len, &got, why, sizeof(why)) != 0)
			fail_msg("%s: %s", looks[i].name, why);
		assert_int_equal(got.looks, 1);
		assert_string_equal(buf_str(&got.json), buf_str(&json));
		assert_string_equal(buf_str(&got.again), buf_str(&text));
		snprintf(path, sizeof(path), "tests/fuzz/seeds/record/%s",
		    looks[i].name);
		assert_golden(path, text.data, text.len);
		got_free(&got);
		buf_free(&json);
		buf_free(&text);
		look_free(&j);
	}
}

/* Everything that a policy says comes back. */
static void
test_policy(void **state)
{
	struct judged j;
	struct ip_net net;
	struct buf text;
	struct got got;
	char why[200];

	(void)state;
	look_judge(look_find("healthy"), &j);
	j.policy.quorum = 2;
	j.policy.ipv4_prefix = 23;
	j.policy.ipv6_prefix = 56;
	j.policy.cert_warn_days = 30;
	j.policy.cert_crit_days = 10;
	j.policy.cert_crit_set = true;
	j.policy.mx_ttl_min = 60;
	j.policy.slow_ms = 123.456789012345;
	assert_int_equal(range_parse("~:0.1", &j.policy.warn), 0);
	assert_int_equal(range_parse("@10:", &j.policy.crit), 0);
	j.policy.sender = SENDER_EXIM;
	assert_int_equal(policy_override(&j.policy, "mx.*", SEVERITY_OFF), 0);
	assert_int_equal(ip_net_parse("10.0.0.0/8", &net), 0);
	assert_int_equal(policy_allow(&j.policy, &net), 0);
	record(&j, &text);
	assert_int_equal(
	    read_all(text.data, text.len, &got, why, sizeof(why)), 0);
	assert_string_equal(buf_str(&got.again), buf_str(&text));
	assert_non_null(strstr(text.data, "\"warn.start\":null"));
	assert_non_null(strstr(text.data, "\"crit.end\":null"));
	assert_non_null(strstr(text.data, "\"crit.inside\":true"));
	assert_non_null(strstr(text.data, "\"sender\":\"exim\""));
	assert_non_null(strstr(text.data, "\"10.0.0.0/8\""));
	assert_non_null(
	    strstr(text.data, "{\"pattern\":\"mx.*\",\"severity\":\"off\"}"));
	got_free(&got);
	buf_free(&text);
	look_free(&j);
}

/* Replace the first from in text by to. */
static void
replace(struct buf *text, const char *from, const char *to)
{
	char *at = strstr(text->data, from);
	struct buf new;

	if (at == NULL)
		fail_msg("no %s", from);
	buf_init(&new, 0);
	buf_add(&new, text->data, (size_t)(at - text->data));
	buf_puts(&new, to);
	buf_puts(&new, at + strlen(from));
	buf_free(text);
	*text = new;
}

/* One mistake, told once, in words that name the place. */
static void
test_mistakes(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} row[] = {
		{ "mxvigil.record/1", "mxvigil.record/9",
		    "schema: mxvigil.record/1 expected" },
		{ "\"domain\":\"example.org\"", "\"domain\":\"Example.org\"",
		    "domain: not a name in canonical form" },
		{ "\"domain\":\"example.org\"", "\"domain\":\"\"",
		    "domain: not a name in canonical form" },
		{ "\"domain\":\"example.org\",", "", "domain: is not there" },
		{ "\"unicode\":null", "\"unicode\":\"\\u202e.org\"",
		    "unicode: not a domain" },
		{ "\"unicode\":null",
		    "\"unicode\":\"b\xc3\xbc"
		    "cher.example\"",
		    "unicode: not the domain's name" },
		{ "\"port\":25", "\"port\":0",
		    "port: a number from 1 to 65535 expected" },
		{ "\"port\":25", "\"port\":65536",
		    "port: a number from 1 to 65535 expected" },
		{ "\"port\":25", "\"port\":\"25\"",
		    "port: a number from 1 to 65535 expected" },
		{ "\"family\":0", "\"family\":5",
		    "family: 0, 4 or 6 expected" },
		{ "\"depth\":\"starttls\"", "\"depth\":\"deep\"",
		    "depth: not one of its words" },
		{ "\"timed_out\":false", "\"timed_out\":0",
		    "timed_out: true or false expected" },
		{ "\"policy\":{", "\"policy\":1,\"x\":{",
		    "policy.: an object expected" },
		{ "\"192.0.2.0/24\"", "\"192.0.2.1/24\"",
		    "policy.allow: a network expected" },
		{ "\"allow\":[", "\"allow\":3,\"x\":[",
		    "policy.allow: a list expected" },
		{ "\"override\":[]", "\"override\":[{\"pattern\":\"mx.*\"}]",
		    "override[0].severity: is not there" },
		{ "\"resolver\":\"192", "\"resolver\":\"\\u001b[2J192",
		    "resolver: holds control characters" },
		{ "\"vantage\":0,", "\"vantage\":7,",
		    "vantage: no such vantage" },
		{ "\"status\":\"ok\"", "\"status\":\"fine\"",
		    "status: not one of its words" },
		{ "\"rr\":[{", "\"rr\":[3,{", "rr[0].: an object expected" },
		{ "\"ttl\":86400", "\"ttl\":-1",
		    "rr[0].ttl: a number from 0 to 2147483647 expected" },
		{ "\"ttl\":86400", "\"ttl\":86400.5",
		    "rr[0].ttl: a number from 0 to 2147483647 expected" },
		{ "\"ip\":\"192.0.2.25\"", "\"ip\":\"192.0.2.256\"",
		    "rr[0].ip: an address expected" },
		{ "\"type\":2,\"target\":\"ns1.example.org\"",
		    "\"type\":2,\"target\":null",
		    "rr[0].target: a record of its type has one" },
		{ "\"type\":28,\"target\":null,", "\"type\":1,\"target\":null,",
		    "rr[0].ip: a record of its type has one" },
		{ "\"record\":\"smtp\",\"ip\":\"192.0.2.25\"",
		    "\"record\":\"smtp\",\"ip\":null",
		    "ip: an address expected" },
		{ "\"tls\":{", "\"tls\":1,\"x\":{",
		    "tls.: an object expected" },
		{ "\"extension\":[", "\"extension\":[\"a\\u0000b\",",
		    "column " },
		{ "\"extension\":[", "\"extension\":[\"a\\nb\",",
		    "extension[0].extension: holds control characters" },
		{ "{\"record\":\"vantage\"", "{\"record\":\"vantag\"",
		    "record: no such kind of line" },
		{ "{\"record\":\"vantage\"", "{\"recor\":\"vantage\"",
		    "record: the kind of line expected" },
		{ "{\"record\":\"vantage\"", "[\"record\",\"vantage\"",
		    "column " },
		{ "{\"record\":\"look\"", "{\"record\":\"end\"",
		    "record: no look before it" },
		{ "{\"record\":\"end\"}", "",
		    "the look at example.org has no end" },
		{ "{\"record\":\"end\"}", "{\"record\":\"end\",}",
		    "column 17: not JSON" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct judged j;
		struct buf text;
		struct got got;
		char why[200];
		unsigned n;

		look_judge(look_find("healthy"), &j);
		record(&j, &text);
		replace(&text, row[i].from, row[i].to);
		n = read_all(text.data, text.len, &got, why, sizeof(why));
		if (n != 1 || strncmp(why, row[i].why, strlen(row[i].why)) != 0)
			fail_msg(
			    "%s -> %s: %u, %s", row[i].from, row[i].to, n, why);
		assert_int_equal(got.looks, 0);
		got_free(&got);
		buf_free(&text);
		look_free(&j);
	}
}

/* A look with a mistake costs that look only. */
static void
test_goes_on(void **state)
{
	struct judged j;
	struct buf text, all;
	struct got got;
	char why[200];

	(void)state;
	look_judge(look_find("healthy"), &j);
	record(&j, &text);
	look_free(&j);
	buf_init(&all, 0);
	buf_add(&all, text.data, text.len);
	buf_add(&all, text.data, text.len / 2);
	buf_puts(&all, "\n\n");
	buf_add(&all, text.data, text.len);
	assert_int_equal(
	    read_all(all.data, all.len, &got, why, sizeof(why)), 1);
	assert_int_equal(got.looks, 2);
	got_free(&got);
	buf_free(&all);
	buf_free(&text);
}

/* Cut anywhere: at most one mistake, and one unless the cut is at an end. */
static void
test_truncated(void **state)
{
	struct judged j;
	struct buf text;

	(void)state;
	look_judge(look_find("faulty"), &j);
	record(&j, &text);
	look_free(&j);
	for (size_t len = 0; len < text.len; len += 97) {
		struct got got;
		char why[200];
		unsigned n;

		n = read_all(text.data, len, &got, why, sizeof(why));
		assert_int_equal(n, len > 0);
		assert_int_equal(got.looks, 0);
		assert_true(len == 0 || strlen(why) > 8);
		got_free(&got);
	}
	buf_free(&text);
}

static void
test_too_long(void **state)
{
	struct record_reader *r = record_reader_new(take, NULL);
	size_t len = 1024 * 1024 + 1;
	char *line = malloc(len), why[100];

	(void)state;
	assert_non_null(r);
	assert_non_null(line);
	memset(line, 'x', len);
	assert_int_equal(
	    record_reader_line(r, line, len, why, sizeof(why)), -1);
	assert_string_equal(why, "line: too long");
	assert_int_equal(record_reader_end(r, why, sizeof(why)), 0);
	record_reader_free(r);
	free(line);
}

/* Lists have their bounds. */
static void
test_too_many(void **state)
{
	struct judged j;
	struct buf text, list;
	struct got got;
	char why[200];

	(void)state;
	look_judge(look_find("healthy"), &j);
	record(&j, &text);
	look_free(&j);
	buf_init(&list, 0);
	buf_puts(&list, "\"extension\":[");
	for (int i = 0; i < SMTP_EXTENSIONS_MAX; i++)
		buf_puts(&list, "\"X\",");
	replace(&text, "\"extension\":[", buf_str(&list));
	assert_int_equal(
	    read_all(text.data, text.len, &got, why, sizeof(why)), 1);
	assert_string_equal(why, "extension: too long a list");
	got_free(&got);
	buf_free(&list);
	buf_free(&text);
}

/* Keys that are not known are passed over. */
static void
test_unknown_keys(void **state)
{
	struct judged j;
	struct buf text;
	struct got got;
	char why[200];

	(void)state;
	look_judge(look_find("healthy"), &j);
	record(&j, &text);
	look_free(&j);
	replace(&text, "\"port\":25", "\"harbour\":{\"a\":[1]},\"port\":25");
	assert_int_equal(
	    read_all(text.data, text.len, &got, why, sizeof(why)), 0);
	assert_int_equal(got.looks, 1);
	got_free(&got);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_unknown_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
