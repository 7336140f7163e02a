#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings_diff.h"
#include "tests/unit/settings_case.h"
#include "tests/unit/support.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define BIT(change) (UINT32_C(1) << (change))

/* A configuration that says something of everything. */
static const char before[] =
    "vantages: [{name: a, resolver: 192.0.2.1}]\n"
    "domains: [a.example, {name: b.example, interval: 1m, labels: {x: y},\n"
    "  expect: {down: [m.example], mx: [10 m.example]}}]\n"
    "maintenance: [{name: w, match: [\"*.x\"], time: 01:00-02:00}]\n"
    "channels:\n"
    "- {name: c, type: slack, url: \"https://a.example/1\"}\n"
    "- {name: d, type: exec, command: [/bin/a, b], rules: [mx.single]}\n"
    "canaries: {smtp: [m.example]}\n"
    "heartbeat: {url: \"https://a.example/2\"}\n"
    "http: {hosts: [h.example]}\n"
    "rules: {mx.single: off}\n"
    "networks: {allow: [10.0.0.0/8]}\n";

/* clang-format off */
static const struct {
	const char *from, *to;		/* in the text above; "": add */
	uint32_t want;
} row[] = {
	{ "", "", 0 },
	{ "192.0.2.1", "192.0.2.2", BIT(CHANGED_VANTAGES) },
	{ "192.0.2.1", "\"192.0.2.1:54\"", BIT(CHANGED_VANTAGES) },
	{ "192.0.2.1", "\"https://a/\"", BIT(CHANGED_VANTAGES) },
	{ "192.0.2.1", "192.0.2.1, trust_ad: true", BIT(CHANGED_VANTAGES) },
	{ "{name: a,", "{name: v,", BIT(CHANGED_VANTAGES) },
	{ "", "quorum: 1\n", BIT(CHANGED_POLICY) },
	{ "", "thresholds: {mx_ttl: 1h}\n", BIT(CHANGED_POLICY) },
	{ "", "thresholds: {greeting: 1s}\n", BIT(CHANGED_POLICY) },
	{ "", "thresholds: {cert_warning_days: 9}\n", BIT(CHANGED_POLICY) },
	{ "", "thresholds: {cert_critical_days: 7}\n", BIT(CHANGED_POLICY) },
	{ "single: off", "single: info", BIT(CHANGED_POLICY) },
	{ "{mx.single: off}", "{}", BIT(CHANGED_POLICY) },
	{ "10.0.0.0/8", "10.0.0.0/9", BIT(CHANGED_PROBING) },
	{ "[10.0.0.0/8]", "[]", BIT(CHANGED_PROBING) },
	{ "[10.0.0.0/8]", "[10.0.0.0/8], ipv4_prefix: 16",
	    BIT(CHANGED_POLICY) },
	{ "[10.0.0.0/8]", "[10.0.0.0/8], asn_database: a",
	    BIT(CHANGED_PROBING) },
	{ "", "smtp: {port: 26}\n", BIT(CHANGED_PROBING) },
	{ "", "smtp: {helo: a.example}\n", BIT(CHANGED_PROBING) },
	{ "", "smtp: {depth: rcpt}\n", BIT(CHANGED_PROBING) },
	{ "", "smtp: {timeouts: {reply: 1s}}\n", BIT(CHANGED_PROBING) },
	{ "", "smtp: {per_host: 2, connections: 9}\n",
	    BIT(CHANGED_PROBING) },
	{ "", "intervals: {dns: 1m}\n", BIT(CHANGED_INTERVALS) },
	{ "", "intervals: {tls: 1m}\n", BIT(CHANGED_INTERVALS) },
	/* Domains are compared one by one. */
	{ "[a.example,", "[c.example,", 0 },
	{ "interval: 1m", "interval: 2m", 0 },
	{ "", "alerts: {storm: 3}\n", BIT(CHANGED_ALERTS) },
	{ "", "alerts: {dns: {strikes: 4}}\n", BIT(CHANGED_ALERTS) },
	{ "", "alerts: {smtp: {retry: [1s]}}\n", BIT(CHANGED_ALERTS) },
	{ "", "alerts: {dns: {retry: [15s, 31s]}}\n", BIT(CHANGED_ALERTS) },
	{ "", "alerts: {queue_life: 2d}\n", BIT(CHANGED_ALERTS) },
	{ "name: w", "name: v", BIT(CHANGED_MAINTENANCE) },
	{ "*.x", "*.y", BIT(CHANGED_MAINTENANCE) },
	{ "01:00-02:00", "01:00-02:01", BIT(CHANGED_MAINTENANCE) },
	{ "01:00-02:00", "01:00-02:00, days: mon", BIT(CHANGED_MAINTENANCE) },
	{ "example/1", "example/3", BIT(CHANGED_CHANNELS) },
	{ "type: slack", "type: discord", BIT(CHANGED_CHANNELS) },
	{ "name: c", "name: e", BIT(CHANGED_CHANNELS) },
	{ "[/bin/a, b]", "[/bin/a, c]", BIT(CHANGED_CHANNELS) },
	{ "[mx.single]", "[\"mx.*\"]", BIT(CHANGED_CHANNELS) },
	{ "command", "remind: 1m, command", BIT(CHANGED_CHANNELS) },
	{ "command", "resolved: false, command", BIT(CHANGED_CHANNELS) },
	{ "command", "per_minute: 9, command", BIT(CHANGED_CHANNELS) },
	{ "command", "labels: {a: b}, command", BIT(CHANGED_CHANNELS) },
	{ "command", "min_severity: info, command", BIT(CHANGED_CHANNELS) },
	{ "command", "quiet: {time: 01:00-02:00}, command",
	    BIT(CHANGED_CHANNELS) },
	{ "smtp: [m", "smtp: [n", BIT(CHANGED_CANARIES) },
	{ "[m.example]}\nheart", "[m.example], interval: 5s}\nheart",
	    BIT(CHANGED_CANARIES) },
	{ "example/2", "example/3", BIT(CHANGED_HEARTBEAT) },
	{ "[h.example]", "[i.example]", BIT(CHANGED_PAGE) },
	{ "[h.example]", "[h.example], url: \"https://a\"",
	    BIT(CHANGED_PAGE) },
	{ "[h.example]", "[h.example], domain_metrics: false",
	    BIT(CHANGED_PAGE) },
	{ "[h.example]", "[h.example], listen: \"127.0.0.1:1\"",
	    BIT(CHANGED_LISTEN) },
	{ "[h.example]", "[h.example], listen: off", BIT(CHANGED_LISTEN) },
	{ "[h.example]", "[h.example], public: true", 0 },
	{ "", "store: {keep: 10d}\n", BIT(CHANGED_KEEP) },
	{ "", "store: {path: /a.db}\n", BIT(CHANGED_STORE) },
	{ "", "store: {path: " SETTINGS_STORE "}\n", 0 },
	{ "", "socket: /a.sock\n", BIT(CHANGED_SOCKET) },
	{ "", "workers: 3\n", BIT(CHANGED_WORKERS) },
	{ "", "workers: 3\nquorum: 1\nsocket: /a\n", BIT(CHANGED_WORKERS) |
	    BIT(CHANGED_POLICY) | BIT(CHANGED_SOCKET) },
};
/* clang-format on */

/* The text with its first from replaced, or with to behind it. */
static char *
edited(const char *from, const char *to)
{
	const char *at =
	    *from == '\0' ? before + strlen(before) : strstr(before, from);
	struct buf out;

	assert_non_null(at);
	buf_init(&out, 0);
	buf_add(&out, before, (size_t)(at - before));
	buf_puts(&out, to);
	buf_puts(&out, at + strlen(from));
	return buf_take(&out);
}

static void
test_changes(void **state)
{
	struct settings a, b;
	uint32_t seen = 0;

	(void)state;
	case_read(&a, "before", before);
	for (size_t i = 0; i < COUNT(row); i++) {
		char *text = edited(row[i].from, row[i].to);

		case_read(&b, row[i].to, text);
		if (settings_diff(&a, &b) != row[i].want ||
		    settings_diff(&b, &a) != row[i].want)
			fail_msg("\"%s\" to \"%s\": %#x", row[i].from,
			    row[i].to, settings_diff(&a, &b));
		seen |= row[i].want;
		settings_free(&b);
		free(text);
	}
	assert_int_equal(seen, BIT(SETTINGS_CHANGES) - 1); /* each has a row */
	settings_free(&a);
}

static void
test_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SETTINGS_CHANGES; i++) {
		assert_non_null(settings_change_name((enum settings_change)i));
		assert_int_equal(
		    settings_needs_restart((enum settings_change)i),
		    i >= CHANGED_WORKERS);
	}
	assert_string_equal(
	    settings_change_name(CHANGED_LISTEN), "http.listen");
}

/* -------------------------------------------------------------------- groups
 */

static void
test_groups(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} pair[] = {
		{ "", "", true },
		{ ", interval: 1m", ", interval: 60", true },
		{ ", interval: 1m", ", interval: 2m", false },
		{ ", interval: 1m", "", false },
		{ ", labels: {x: y}", ", labels: {x: y}", true },
		{ ", labels: {x: y}", ", labels: {x: z}", false },
		{ ", labels: {x: y}", ", labels: {z: y}", false },
		{ ", labels: {x: y}", ", labels: {x: y, z: y}", false },
		{ ", labels: {x: y}", "", false },
		{ ", expect: {down: [m.x]}", ", expect: {down: [m.x]}", true },
		{ ", expect: {down: [m.x]}", ", expect: {down: [n.x]}", false },
		{ ", expect: {down: [m.x]}", ", expect: {backup: [m.x]}",
		    false },
		{ ", expect: {mx: [10 m.x]}", ", expect: {mx: [11 m.x]}",
		    false },
		{ ", expect: {no_mail: true}", "", false },
		{ ", expect: {ns: [b, a]}", ", expect: {ns: [A, b]}", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pair); i++) {
		struct settings a, b;
		char text[512];

		snprintf(text, sizeof(text), "domains: [{name: a.x%s}]\n",
		    pair[i].a);
		case_read(&a, pair[i].a, text);
		snprintf(text, sizeof(text), "domains: [{name: a.x%s}]\n",
		    pair[i].b);
		case_read(&b, pair[i].b, text);
		if (settings_same_group(a.group, b.group) != pair[i].same ||
		    settings_same_group(b.group, a.group) != pair[i].same)
			fail_msg("\"%s\", \"%s\"", pair[i].a, pair[i].b);
		settings_free(&a);
		settings_free(&b);
	}
}

/* Settings that were never read differ from none. */
static void
test_defaults(void **state)
{
	struct settings a, b;

	(void)state;
	settings_init(&a);
	case_read(&b, "empty", "");
	assert_int_equal(settings_diff(&a, &b), 0);
	settings_free(&a);
	settings_free(&b);
}

static void
test_socket(void **state)
{
	static const struct {
		const char *text, *want;
	} where[] = {
		{ "", "/var/lib/mxvigil/mxvigil.sock" },
		{ "store: {path: /a/b.c/d}\n", "/a/b.c/d.sock" },
		{ "store: {path: /a/.db}\n", "/a/.db.sock" },
		{ "store: {path: /a/b.c.db}\n", "/a/b.c.sock" },
		{ "socket: /run/x\n", "/run/x" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(where); i++) {
		struct settings s;
		char *path;

		case_read(&s, where[i].text, where[i].text);
		path = settings_socket(&s);
		assert_string_equal(path, where[i].want);
		free(path);
		settings_free(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
