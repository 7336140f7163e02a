#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/yaml.h"
#include "tests/unit/settings_case.h"
#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ------------------------------------------------------------------- bad */

/* The lines without the name of the file, with which each must begin. */
static char *
without_path(const char *label, const char *errors)
{
	struct buf out;

	buf_init(&out, 0);
	while (*errors != '\0') {
		size_t len = strcspn(errors, "\n") + 1;

		if (strncmp(errors, "f:", 2) != 0)
			fail_msg("%s: no file in \"%s\"", label, errors);
		buf_add(&out, errors + 2, len - 2);
		errors += len;
	}
	return out.len == 0 ? strdup("") : buf_take(&out);
}

static void
check_bad(const struct bad_settings *bad)
{
	struct settings settings;
	struct buf errors;
	char *before, *after, *got;

	settings_init(&settings);
	before = case_shown(&settings);
	buf_init(&errors, 0);
	if (settings_read(
	        &settings, "f", bad->yaml, strlen(bad->yaml), &errors) != -1)
		fail_msg("%s: was taken", bad->label);
	got = without_path(bad->label, buf_str(&errors));
	if (strcmp(got, bad->want) != 0)
		fail_msg("%s:\n--- got\n%s--- wanted\n%s", bad->label, got,
		    bad->want);
	after = case_shown(&settings);
	assert_string_equal(before, after); /* nothing of it was kept */
	free(before);
	free(after);
	free(got);
	buf_free(&errors);
	settings_free(&settings);
}

static void
test_bad(void **state)
{
	(void)state;
	assert_true(settings_bad_count >= 80);
	for (size_t i = 0; i < settings_bad_count; i++)
		check_bad(&settings_bad[i]);
}

/* A thousand mistakes are not a thousand lines. */
static void
test_many_mistakes(void **state)
{
	struct settings settings;
	struct buf text, errors;
	size_t lines = 0;

	(void)state;
	buf_init(&text, 0);
	buf_puts(&text, "networks:\n  allow:\n");
	for (int i = 0; i < 1000; i++)
		buf_puts(&text, "    - nonsense\n");
	buf_init(&errors, 0);
	settings_init(&settings);
	assert_int_equal(
	    settings_read(&settings, "f", buf_str(&text), text.len, &errors),
	    -1);
	for (const char *p = buf_str(&errors); (p = strchr(p, '\n')) != NULL;
	     p++)
		lines++;
	assert_int_equal(lines, YAML_MISTAKES_MAX + 1);
	assert_non_null(strstr(buf_str(&errors), "f: and 900 more mistakes\n"));
	buf_free(&text);
	buf_free(&errors);
	settings_free(&settings);
}

/* Large inputs that must not take long: each is refused or read at once. */
static void
test_large(void **state)
{
	static const struct {
		const char *label, *begin, *repeat;
	} input[] = {
		{ "flow lists", "a: ", "[" },
		{ "flow maps", "a: ", "{a: " },
		{ "block lists", "", "- " },
		{ "questions", "", "? " },
		{ "one key", "", "k" },
		{ "comment", "# ", "#" },
		{ "quoted", "a: \"", "q" },
		{ "same key", "", "quorum: 1\n" },
		{ "rules", "rules:\n", "  mx.single: off\n" },
		{ "dashes", "domains:\n", "- a.example\n" },
		{ "documents", "", "---\n" },
		{ "anchors", "", "&a " },
		{ "spaces", "", " " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(input); i++) {
		struct settings settings;
		struct buf text, errors;

		buf_init(&text, 0);
		buf_puts(&text, input[i].begin);
		while (text.len < YAML_SIZE_MAX - 64)
			buf_puts(&text, input[i].repeat);
		buf_init(&errors, 0);
		settings_init(&settings);
		alarm(20);
		settings_read(
		    &settings, "f", buf_str(&text), text.len, &errors);
		alarm(0);
		assert_true(errors.len < 100000);
		buf_free(&text);
		buf_free(&errors);
		settings_free(&settings);
	}
}

static void
test_too_large(void **state)
{
	struct settings settings;
	struct buf text, errors;

	(void)state;
	buf_init(&text, 0);
	buf_pad(&text, '\n', YAML_SIZE_MAX + 1);
	buf_init(&errors, 0);
	settings_init(&settings);
	assert_int_equal(
	    settings_read(&settings, "f", text.data, text.len, &errors), -1);
	assert_non_null(strstr(buf_str(&errors), "larger than 1048576"));
	buf_free(&text);
	buf_free(&errors);
	settings_free(&settings);
}

/* ------------------------------------------------------------------ good */

/* clang-format off */
static const struct {
	const char *label, *yaml, *want;	/* want: a line of show */
} good[] = {
	{ "empty", "", "  port: 25\n" },
	{ "comment", "# nothing\n", "  port: 25\n" },
	{ "document marks", "---\nquorum: 1\n...\n", "quorum: 1\n" },
	{ "document of nothing", "---\n", "  port: 25\n" },
	{ "UTF-8 mark", "\xef\xbb\xbfquorum: 1\n", "quorum: 1\n" },
	{ "CRLF", "smtp:\r\n  port: 587\r\n", "  port: 587\n" },
	{ "JSON", "{\"smtp\": {\"port\": 2525}}", "  port: 2525\n" },
	{ "empty groups", "smtp:\nrules:\nnetworks: {}\nvantages:\n",
	    "vantages: []\n" },
	{ "depth", "smtp: {depth: rcpt}\n", "  depth: rcpt\n" },
	{ "helo", "smtp: {helo: Monitor.Example.org}\n",
	    "  helo: \"monitor.example.org\"\n" },
	{ "helo literal", "smtp: {helo: \"[192.0.2.1]\"}\n",
	    "  helo: \"[192.0.2.1]\"\n" },
	{ "helo IPv6 literal", "smtp: {helo: \"[IPv6:2001:db8::1]\"}\n",
	    "  helo: \"[IPv6:2001:db8::1]\"\n" },
	{ "helo IDN", "smtp: {helo: b\xc3\xbc" "cher.example}\n",
	    "  helo: \"xn--bcher-kva.example\"\n" },
	{ "leading zero is decimal", "smtp: {port: 025}\n", "  port: 25\n" },
	{ "seconds by themselves", "smtp: {timeouts: {connect: 5}}\n",
	    "    connect: 5s\n" },
	{ "part of a second", "smtp: {timeouts: {connect: 2.5s}}\n",
	    "    connect: 2500ms\n" },
	{ "minutes", "smtp: {timeouts: {session: 120s}}\n",
	    "    session: 2m\n" },
	{ "quoted time", "smtp: {timeouts: {reply: \"7s\"}}\n",
	    "    reply: 7s\n" },
	{ "slow", "thresholds: {greeting: 1500ms}\n",
	    "  greeting: 1500ms\n" },
	{ "mx_ttl", "thresholds: {mx_ttl: 12h}\n", "  mx_ttl: 12h\n" },
	{ "mx_ttl 0", "thresholds: {mx_ttl: 0}\n", "  mx_ttl: 0s\n" },
	{ "critical", "thresholds: {cert_critical_days: 7}\n",
	    "  cert_critical_days: 7\n" },
	{ "allow", "networks: {allow: [10.0.0.0/8, \"2001:db8::/32\"]}\n",
	    "  allow: [\"10.0.0.0/8\", \"2001:db8::/32\"]\n" },
	{ "database", "networks: {asn_database: \"/a \\\"b\\\\ \\n\"}\n",
	    "  asn_database: \"/a \\\"b\\\\ \\u000a\"\n" },
	{ "database, separators",
	    "networks: {asn_database: \"\\L\\N\\_\\u200b\\U0001F600\"}\n",
	    "  asn_database: \"\\u2028\\u0085\xc2\xa0\xe2\x80\x8b"
	    "\xf0\x9f\x98\x80\"\n" },
	{ "rule", "rules: {mx.single: warning}\n",
	    "  \"mx.single\": warning\n" },
	{ "rule glob", "rules: {\"tls.*\": off}\n", "  \"tls.*\": off\n" },
	{ "vantage", "vantages: [{name: a, resolver: 192.0.2.1}]\n",
	    "  - {name: \"a\", resolver: \"192.0.2.1:53\", "
	    "trust_ad: false}\n" },
	{ "vantage port", "vantages: [{name: a, resolver: "
	    "\"192.0.2.1:5353\", trust_ad: true}]\n",
	    "resolver: \"192.0.2.1:5353\", trust_ad: true}\n" },
	{ "loopback is trusted",
	    "vantages: [{name: a, resolver: 127.0.0.53}]\n",
	    "resolver: \"127.0.0.53:53\", trust_ad: true}\n" },
	{ "loopback is not trusted when told",
	    "vantages: [{name: a, resolver: \"::1\", trust_ad: false}]\n",
	    "resolver: \"[::1]:53\", trust_ad: false}\n" },
	{ "vantage v6", "vantages: [{name: a, resolver: "
	    "\"[2001:db8::1]:5353\"}]\n",
	    "resolver: \"[2001:db8::1]:5353\", trust_ad: false}\n" },
	{ "vantage https", "vantages: [{name: a, resolver: "
	    "\"https://dns.example.org/dns-query\"}]\n",
	    "resolver: \"https://dns.example.org/dns-query\", "
	    "trust_ad: false}\n" },
	{ "vantage https port", "vantages: [{name: a, resolver: "
	    "\"https://[2001:db8::1]:8443/q\"}]\n",
	    "resolver: \"https://[2001:db8::1]:8443/q\"" },
	{ "the daemon's",
	    "domains:\n  - example.org\n"
	    "  - {name: example.net, interval: 1m, labels: {customer: a}}\n"
	    "domain_files: [\"/etc/mxvigil/domains.d/*.txt\"]\n"
	    "intervals: {dns: 5m, smtp: 5m, authority: 1h, tls: 6h}\n"
	    "channels:\n  - {name: ops, type: slack, url_file: /etc/x, "
	    "min_severity: warning, rules: [\"dns.*\"], remind: 4h}\n"
	    "http: {listen: \"127.0.0.1:9725\"}\n"
	    "store: {path: /var/lib/mxvigil/mxvigil.db, keep: 400d}\n",
	    "  port: 25\n" },
	{ "the daemon's, all commented out",
	    "domains:\nchannels:\nintervals:\nhttp:\nstore:\n"
	    "domain_files:\nalerts:\nmaintenance:\ncanaries:\n"
	    "heartbeat:\n", "  port: 25\n" },
	{ "a domain", "domains: [Example.org.]\n",
	    "domains:\n  - \"example.org\"\n" },
	{ "a domain and its interval",
	    "domains: [{name: b\xc3\xbc" "cher.example, interval: 90s}]\n",
	    "  -\n    name: \"xn--bcher-kva.example\"\n"
	    "    interval: 90s\n" },
	{ "domains are sorted", "domains: [b.example, a.example]\n",
	    "  - \"a.example\"\n  - \"b.example\"\n" },
	{ "labels are sorted",
	    "domains: [{name: a.example, labels: {b: \"1\", a: \"x y\"}}]\n",
	    "    labels: {\"a\": \"x y\", \"b\": \"1\"}\n" },
	{ "expect is sorted", "domains: [{name: a.example, expect: {ns: "
	    "[NS2.example, ns1.example], mx: [20 b.example, \"3 .\", "
	    "\"20  a.example\"]}}]\n",
	    "      ns: [\"ns1.example\", \"ns2.example\"]\n"
	    "      mx: [\"3 .\", \"20 a.example\", \"20 b.example\"]\n" },
	{ "nothing expected", "domains: [{name: a.example, expect: {no_mail: "
	    "false, down: []}}]\n", "domains:\n  - \"a.example\"\n" },
	{ "files", "domain_files: [\"*.txt\", {files: b, interval: 1h}]\n",
	    "  - \"*.txt\"\n  -\n    files: \"b\"\n    interval: 1h\n" },
	{ "intervals", "intervals: {dns: 30s, tls: 1d}\n",
	    "  dns: 30s\n" },
	{ "workers", "workers: 8\n", "workers: 8\n" },
	{ "retries", "alerts: {dns: {retry: [500ms, 1, 2m]}}\n",
	    "    retry: [500ms, 1s, 2m]\n" },
	{ "alerts", "alerts: {storm: 5, good_gap: 0, flap_window: 1h}\n",
	    "  storm: 5\n" },
	{ "maintenance, once", "maintenance: [{name: a, from: "
	    "\"2026-11-24T22:00:00+01:00\", to: \"2026-11-25 00:00Z\"}]\n",
	    "    from: \"2026-11-24T21:00:00Z\"\n"
	    "    to: \"2026-11-25T00:00:00Z\"\n" },
	{ "maintenance, weekly",
	    "maintenance: [{name: a, match: [\"*.example\"], days: \"fri-mon\","
	    " time: \"22:00-06:00\"}]\n",
	    "    days: \"mon,fri,sat,sun\"\n    time: \"22:00-06:00\"\n" },
	{ "maintenance, daily", "maintenance: [{name: a, time: 00:00-24:00}]\n",
	    "    days: \"mon-sun\"\n    time: \"00:00-24:00\"\n" },
	{ "canaries", "canaries: {smtp: [MX.example, 192.0.2.1, "
	    "\"2001:db8::1\"]}\n",
	    "  smtp: [\"mx.example\", \"192.0.2.1\", \"2001:db8::1\"]\n" },
	{ "heartbeat is secret",
	    "heartbeat: {url: \"https://a.example:8443/ping/secret\"}\n",
	    "  url: \"https://a.example:8443/...\"\n" },
	{ "heartbeat file", "heartbeat: {url_file: a, interval: 30s}\n",
	    "  url_file: \"a\"\n" },
	{ "http off", "http: {listen: off}\n", "  listen: off\n" },
	{ "http v6", "http: {listen: \"[::1]:80\"}\n",
	    "  listen: \"[::1]:80\"\n" },
	{ "http for all", "http: {listen: \"0.0.0.0:80\", public: true, "
	    "hosts: [A.example, 192.0.2.1]}\n",
	    "  hosts: [\"a.example\", \"192.0.2.1\"]\n" },
	{ "store", "store: {path: /a/b.db, keep: 10d}\n",
	    "  path: \"/a/b.db\"\n" },
	{ "socket", "socket: /a.sock\n", "socket: \"/a.sock\"\n" },
};
/* clang-format on */

static void
check_good(size_t i)
{
	struct settings first, second;
	char *once, *twice;

	case_read(&first, good[i].label, good[i].yaml);
	once = case_shown(&first);
	if (strstr(once, good[i].want) == NULL)
		fail_msg(
		    "%s:\n%s--- lacks\n%s", good[i].label, once, good[i].want);
	case_read(&second, good[i].label, once);
	twice = case_shown(&second);
	assert_string_equal(once, twice);
	free(once);
	free(twice);
	settings_free(&first);
	settings_free(&second);
}

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		check_good(i);
}

/* What the file says goes where it belongs. */
static void
test_values(void **state)
{
	struct settings s;

	(void)state;
	case_read(&s, "values",
	    "vantages:\n"
	    "  - {name: a, resolver: 192.0.2.1}\n"
	    "  - {name: b, resolver: \"https://b.example/q\"}\n"
	    "  - {name: c, resolver: \"[2001:db8::1]:5353\"}\n"
	    "quorum: 3\n"
	    "smtp: {port: 26, helo: h.example, depth: ehlo, per_host: 2,\n"
	    "  per_network: 3, connections: 5, timeouts: {connect: 1s,\n"
	    "  greeting: 2s, reply: 3s, session: 4s}}\n"
	    "networks: {ipv4_prefix: 16, ipv6_prefix: 32,\n"
	    "  asn_database: /a.mmdb, allow: [10.0.0.0/8]}\n"
	    "thresholds: {mx_ttl: 1h, greeting: 2s,\n"
	    "  cert_warning_days: 30, cert_critical_days: 10}\n"
	    "rules: {\"mx.*\": off, mx.single: critical}\n");
	assert_int_equal(s.nvantage, 3);
	assert_string_equal(s.vantage[0].name, "a");
	assert_int_equal(s.vantage[0].port, 53);
	assert_string_equal(s.vantage[1].url, "https://b.example/q");
	assert_int_equal(s.vantage[2].ip.family, 6);
	assert_int_equal(s.vantage[2].port, 5353);
	assert_int_equal(s.policy.quorum, 3);
	assert_int_equal(s.smtp_port, 26);
	assert_string_equal(s.helo, "h.example");
	assert_int_equal(s.depth, DEPTH_EHLO);
	assert_int_equal(s.per_host, 2);
	assert_int_equal(s.per_network, 3);
	assert_int_equal(s.connections, 5);
	assert_int_equal(s.connect_ms, 1000);
	assert_int_equal(s.greeting_ms, 2000);
	assert_int_equal(s.reply_ms, 3000);
	assert_int_equal(s.session_ms, 4000);
	assert_int_equal(s.policy.ipv4_prefix, 16);
	assert_int_equal(s.policy.ipv6_prefix, 32);
	assert_string_equal(s.asn_database, "/a.mmdb");
	assert_int_equal(s.policy.nallow, 1);
	assert_int_equal(s.policy.mx_ttl_min, 3600);
	assert_float_equal(s.policy.slow_ms, 2000, 0);
	assert_int_equal(s.policy.cert_warn_days, 30);
	assert_int_equal(s.policy.cert_crit_days, 10);
	assert_true(s.policy.cert_crit_set);
	assert_int_equal(s.policy.noverride, 2);
	assert_string_equal(s.policy.override[1].pattern, "mx.single");
	assert_int_equal(s.policy.override[1].severity, SEVERITY_CRITICAL);
	settings_free(&s);
}

/* A file replaces what was there whole. */
static void
test_read_over(void **state)
{
	struct settings s;
	struct buf errors;
	char why[256];

	(void)state;
	settings_init(&s);
	buf_init(&errors, 0);
	assert_int_equal(
	    settings_vantage(&s, "old", "192.0.2.9", why, sizeof(why)), 0);
	s.smtp_port = 4711;
	assert_int_equal(settings_read(&s, "f", "quorum: 1\n", 10, &errors), 0);
	assert_int_equal(s.nvantage, 0);
	assert_int_equal(s.smtp_port, 25);
	assert_int_equal(s.policy.quorum, 1);
	settings_free(&s);
	buf_free(&errors);
}

static void
test_too_many_vantages(void **state)
{
	struct settings s;
	char name[16], why[256];

	(void)state;
	settings_init(&s);
	for (int i = 0; i < SETTINGS_VANTAGES_MAX; i++) {
		snprintf(name, sizeof(name), "v%d", i);
		assert_int_equal(
		    settings_vantage(&s, name, "192.0.2.1", why, sizeof(why)),
		    0);
	}
	assert_int_equal(
	    settings_vantage(&s, "more", "192.0.2.1", why, sizeof(why)), -1);
	assert_string_equal(why, "\"more\" is one vantage too many");
	settings_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_many_mistakes),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_read_over),
		cmocka_unit_test(test_too_many_vantages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
