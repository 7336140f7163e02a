#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/rules/policy.h"

#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define ONES        "11111111111111111111"
#define LONG_NUMBER ONES ONES ONES ONES

static void
test_severity(void **state)
{
	static const char *const name[] = { "off", "ok", "info", "unknown",
		"warning", "critical" };
	static const char *const bad[] = { "", "unknown", "Warning", "warn",
		"critical ", "0", "of" };
	enum severity got;

	(void)state;
	for (int i = SEVERITY_OFF; i <= SEVERITY_CRITICAL; i++) {
		assert_string_equal(severity_name((enum severity)i), name[i]);
		if (i == SEVERITY_UNKNOWN)
			continue;
		assert_int_equal(severity_parse(name[i], &got), 0);
		assert_int_equal(got, i);
	}
	got = SEVERITY_INFO;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(severity_parse(bad[i], &got), -1);
	assert_int_equal(got, SEVERITY_INFO);
}

/* The verdict is the worst: the order of the severities is its rule. */
static void
test_severity_order(void **state)
{
	(void)state;
	assert_true(SEVERITY_OFF < SEVERITY_OK);
	assert_true(SEVERITY_OK < SEVERITY_INFO);
	assert_true(SEVERITY_INFO < SEVERITY_UNKNOWN);
	assert_true(SEVERITY_UNKNOWN < SEVERITY_WARNING);
	assert_true(SEVERITY_WARNING < SEVERITY_CRITICAL);
}

/*
 * For each range the values that call for an alert ('!') and those that do
 * not ('.'), in the order of the list.
 */
static const double value[] = { -11, -5, -1, -0.001, 0, 5, 9.999, 10, 10.001,
	15, 20, 21, 1000 };

static const struct {
	const char *text, *alerts;
} range[] = {
	{ "10", "!!!!....!!!!!" },
	{ "10:", "!!!!!!!......" },
	{ "~:10", "........!!!!!" },
	{ "10:20", "!!!!!!!....!!" },
	{ "@10:20", ".......!!!!.." },
	{ "@10", "....!!!!....." },
	{ "@~:10", "!!!!!!!!....." },
	{ "@10:", ".......!!!!!!" },
	{ ":10", "!!!!....!!!!!" },
	{ "~:", "............." },
	{ "@~:", "!!!!!!!!!!!!!" },
	{ "0", "!!!!.!!!!!!!!" },
	{ "0:", "!!!!........." },
	{ "0:0", "!!!!.!!!!!!!!" },
	{ "10:10", "!!!!!!!.!!!!!" },
	{ "-5:", "!............" },
	{ "-5:-1", "!..!!!!!!!!!!" },
	{ "-11:-5", "..!!!!!!!!!!!" },
	{ "~:-1", "...!!!!!!!!!!" },
	{ "-0.5:9.999", "!!!....!!!!!!" },
	{ ".5", "!!!!.!!!!!!!!" },
	{ "0010", "!!!!....!!!!!" },
};

static void
test_range(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(range); i++) {
		struct range r = { 0 };

		if (range_parse(range[i].text, &r) != 0)
			fail_msg("\"%s\" is none", range[i].text);
		assert_true(r.set);
		for (size_t j = 0; j < COUNT(value); j++) {
			if (range_alerts(&r, value[j]) !=
			    (range[i].alerts[j] == '!'))
				fail_msg(
				    "\"%s\" at %g", range[i].text, value[j]);
		}
	}
}

static void
test_range_bad(void **state)
{
	static const char *const bad[] = { "", "abc", "20:10", "@", ":",
		"@:", "~", "@~", "-5", "-", "--1", "5.", "1e3", "10:20:30",
		" 10", "10 ", "10: 20", "~:~", "10:~", "10:~20", "~5:10",
		"1.2.3", "+5", "inf", "nan", "0x10", "1,5", "@@10", "10@",
		"10s", "::", "0:-1", "\xef\xbc\x91", LONG_NUMBER };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct range r = { .end = 4711 };

		if (range_parse(bad[i], &r) != -1)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_false(r.set);
		assert_float_equal(r.end, 4711, 0);
	}
}

static void
test_range_not_set(void **state)
{
	struct range r = { 0 };

	(void)state;
	for (size_t j = 0; j < COUNT(value); j++)
		assert_false(range_alerts(&r, value[j]));
	r.inside = true;
	for (size_t j = 0; j < COUNT(value); j++)
		assert_false(range_alerts(&r, value[j]));
}

static void
test_range_infinite_value(void **state)
{
	struct range r;

	(void)state;
	assert_int_equal(range_parse("10:", &r), 0);
	assert_false(range_alerts(&r, INFINITY));
	assert_true(range_alerts(&r, -INFINITY));
}

static void
test_defaults(void **state)
{
	struct policy p;

	(void)state;
	policy_init(&p);
	assert_int_equal(p.quorum, 0);
	assert_int_equal(p.ipv4_prefix, 24);
	assert_int_equal(p.ipv6_prefix, 48);
	assert_int_equal(p.cert_warn_days, 21);
	assert_int_equal(p.cert_crit_days, 7);
	assert_false(p.cert_crit_set);
	assert_int_equal(p.mx_ttl_min, 86400);
	assert_float_equal(p.slow_ms, 10000, 0);
	assert_int_equal(p.sender, SENDER_RFC);
	assert_false(p.warn.set);
	assert_false(p.crit.set);
	assert_null(p.allow);
	assert_null(p.override);
	policy_free(&p);
}

static void
test_lists(void **state)
{
	char pattern[] = "dns.*";
	struct ip_net net;
	struct policy p;

	(void)state;
	policy_init(&p);
	assert_int_equal(policy_override(&p, pattern, SEVERITY_OFF), 0);
	pattern[0] = 'x';
	assert_int_equal(policy_override(&p, "mx.single", SEVERITY_WARNING), 0);
	assert_int_equal(p.noverride, 2);
	assert_string_equal(p.override[0].pattern, "dns.*");
	assert_int_equal(p.override[0].severity, SEVERITY_OFF);
	assert_string_equal(p.override[1].pattern, "mx.single");
	assert_int_equal(p.override[1].severity, SEVERITY_WARNING);

	for (unsigned i = 0; i < 20; i++) {
		net = (struct ip_net){ { 4, { 10, (uint8_t)i } }, 16 };
		assert_int_equal(policy_allow(&p, &net), 0);
	}
	assert_int_equal(p.nallow, 20);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(p.allow[i].ip.byte[1], i);
	policy_free(&p);
	assert_int_equal(p.nallow + p.noverride, 0);
	policy_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_severity),
		cmocka_unit_test(test_severity_order),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_range_bad),
		cmocka_unit_test(test_range_not_set),
		cmocka_unit_test(test_range_infinite_value),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
