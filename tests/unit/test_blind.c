#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/incident/blind.h"
#include "tests/unit/support.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static struct blind *
begin(void)
{
	struct blind *b = blind_new();

	assert_non_null(b);
	return b;
}

static struct ip_net
network(unsigned n, unsigned family)
{
	struct ip_net net = { .ip.family = (uint8_t)family,
		.length = family == 6 ? 48 : 24 };

	net.ip.byte[0] = family == 6 ? 0x20 : 198;
	net.ip.byte[1] = (uint8_t)(n >> 8);
	net.ip.byte[2] = (uint8_t)n;
	return net;
}

static void
look(struct blind *b, unsigned n, unsigned family, bool fine, int64_t at)
{
	struct ip_net net = network(n, family);

	blind_dialogue(b, &net, fine, at);
}

/* The networks from..to-1, one after the other within half a minute. */
static void
look_all(struct blind *b, unsigned from, unsigned to, unsigned family,
    bool fine, int64_t at)
{
	for (unsigned n = from; n < to; n++)
		look(b, n, family, fine,
		    at + (int64_t)(n - from) * 30 * SECOND / (to - from));
}

static bool
is(const struct blind *b, enum sight sight, int64_t at)
{
	char why[200] = "";
	bool blind = blind_is(b, sight, at, why, sizeof(why));

	assert_int_equal(blind, *why != '\0');
	return blind;
}

static void
assert_why(
    const struct blind *b, enum sight sight, int64_t at, const char *text)
{
	char why[200] = "";

	assert_true(blind_is(b, sight, at, why, sizeof(why)));
	assert_string_equal(why, text);
}

/* ------------------------------------------------------------ correlation */

/* How many networks were fine, how many of them fail a minute later, how many
 * are still fine, and how many were dead all along. */
static void
test_correlation(void **state)
{
	static const struct {
		const char *label;
		unsigned fine, fail, stay, dead;
		bool blind;
	} rows[] = {
		{ "nothing known", 0, 0, 0, 0, false },
		{ "one network only", 1, 1, 0, 0, false },
		{ "two networks only", 2, 2, 0, 0, false },
		{ "three of three", 3, 3, 0, 0, true },
		{ "one provider among many", 20, 1, 19, 0, false },
		{ "a big one: half", 20, 10, 10, 0, false },
		{ "three of six", 6, 3, 3, 0, false },
		{ "three of five", 5, 3, 2, 0, true },
		{ "all of many", 300, 300, 0, 0, true },
		{ "the dead have no say", 4, 4, 0, 50, true },
		{ "all dead since ever", 0, 0, 0, 50, false },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct blind *b = begin();
		unsigned dead = rows[k].fine, all = dead + rows[k].dead;

		look_all(b, 0, rows[k].fine, 4, true, 0);
		look_all(b, dead, all, 4, false, 0);
		look_all(b, rows[k].fail, rows[k].fine, 4, true, 2 * MINUTE);
		look_all(b, dead, all, 4, false, 2 * MINUTE);
		look_all(b, 0, rows[k].fail, 4, false, 2 * MINUTE);
		if (is(b, SIGHT_SMTP4, 2 * MINUTE + 30 * SECOND) !=
		    rows[k].blind)
			fail_msg("%s", rows[k].label);
		assert_false(is(b, SIGHT_SMTP6, 3 * MINUTE));
		assert_false(is(b, SIGHT_DNS, 3 * MINUTE));
		blind_free(b);
	}
}

/* One after the other over a long time is their trouble. */
static void
test_not_at_once(void **state)
{
	struct blind *b = begin();

	(void)state;
	for (unsigned n = 0; n < 10; n++)
		look(b, n, 4, true, n);
	for (unsigned n = 0; n < 10; n++) {
		int64_t at = (2 + 2 * (int64_t)n) * MINUTE;

		look(b, n, 4, false, at);
		assert_false(is(b, SIGHT_SMTP4, at));
	}
	blind_free(b);
}

/* They were fine, but that is too long ago to tell anything. */
static void
test_fine_long_ago(void **state)
{
	struct blind *b = begin();

	(void)state;
	look_all(b, 0, 10, 4, true, 0);
	look_all(b, 0, 10, 4, false, 20 * MINUTE);
	assert_false(is(b, SIGHT_SMTP4, 21 * MINUTE));
	blind_free(b);
}

/* An outage of hours, with a look at each every five minutes, and its end. */
static void
test_own_uplink_cut(void **state)
{
	struct blind *b = begin();
	int64_t at;

	(void)state;
	look_all(b, 0, 40, 4, true, 0);
	look_all(b, 0, 40, 4, false, 5 * MINUTE);
	assert_why(b, SIGHT_SMTP4, 6 * MINUTE,
	    "40 of 40 networks that answered before fail at once");
	for (at = 10 * MINUTE; at < 4 * HOUR; at += 5 * MINUTE) {
		look_all(b, 0, 40, 4, false, at);
		assert_true(is(b, SIGHT_SMTP4, at + 4 * MINUTE));
	}
	/* Back: when 17 of them answer, 23 of 40 fail: below 60 %. */
	look_all(b, 0, 16, 4, true, at);
	assert_true(is(b, SIGHT_SMTP4, at));
	look(b, 16, 4, true, at + MINUTE);
	assert_false(is(b, SIGHT_SMTP4, at + MINUTE));
	/* What still fails has no say any more. */
	look_all(b, 20, 40, 4, false, at + MINUTE);
	assert_false(is(b, SIGHT_SMTP4, at + 2 * MINUTE));
	blind_free(b);
}

/* And again: what was fine since counts anew. */
static void
test_cut_twice(void **state)
{
	struct blind *b = begin();

	(void)state;
	for (int64_t at = 0; at < 3 * HOUR; at += HOUR) {
		look_all(b, 0, 5, 4, true, at);
		assert_false(is(b, SIGHT_SMTP4, at + MINUTE));
		look_all(b, 0, 5, 4, false, at + 3 * MINUTE);
		assert_true(is(b, SIGHT_SMTP4, at + 4 * MINUTE));
	}
	blind_free(b);
}

static void
test_ipv6_only(void **state)
{
	struct blind *b = begin();

	(void)state;
	look_all(b, 0, 8, 6, true, 0);
	look_all(b, 0, 8, 4, true, 0);
	look_all(b, 0, 8, 6, false, 2 * MINUTE);
	look_all(b, 0, 8, 4, true, 2 * MINUTE);
	assert_true(is(b, SIGHT_SMTP6, 3 * MINUTE));
	assert_false(is(b, SIGHT_SMTP4, 3 * MINUTE));
	assert_false(is(b, SIGHT_DNS, 3 * MINUTE));
	blind_free(b);
}

/* --------------------------------------------------------------- canaries */

static void
test_canaries(void **state)
{
	struct blind *b = begin();

	(void)state;
	blind_canary(b, SIGHT_SMTP4, 0, true, 0);
	blind_canary(b, SIGHT_SMTP4, 1, true, 0);
	blind_canary(b, SIGHT_SMTP4, 0, false, MINUTE);
	assert_false(is(b, SIGHT_SMTP4, MINUTE));
	blind_canary(b, SIGHT_SMTP4, 1, false, MINUTE);
	assert_why(b, SIGHT_SMTP4, MINUTE, "none of the 2 canaries answers");
	assert_false(is(b, SIGHT_SMTP6, MINUTE));
	blind_canary(b, SIGHT_SMTP4, 1, true, 2 * MINUTE);
	assert_false(is(b, SIGHT_SMTP4, 2 * MINUTE));
	blind_free(b);
}

/* The canary is dead, not we: others answer. */
static void
test_dead_canary(void **state)
{
	struct blind *b = begin();

	(void)state;
	blind_canary(b, SIGHT_SMTP4, 0, false, 0);
	assert_why(b, SIGHT_SMTP4, 0, "the only canary does not answer");
	look(b, 0, 4, true, MINUTE);
	assert_false(is(b, SIGHT_SMTP4, MINUTE));
	blind_canary(b, SIGHT_SMTP4, 0, false, 2 * MINUTE);
	assert_false(is(b, SIGHT_SMTP4, 2 * MINUTE));
	/* Until nobody has answered for long. */
	blind_canary(b, SIGHT_SMTP4, 0, false, 12 * MINUTE);
	assert_true(is(b, SIGHT_SMTP4, 12 * MINUTE));
	blind_free(b);
}

/* A canary that answers says that it is them. */
static void
test_canary_against_correlation(void **state)
{
	struct blind *b = begin();

	(void)state;
	look_all(b, 0, 10, 4, true, 0);
	blind_canary(b, SIGHT_SMTP4, 3, true, MINUTE);
	look_all(b, 0, 10, 4, false, 2 * MINUTE);
	assert_false(is(b, SIGHT_SMTP4, 3 * MINUTE));
	blind_canary(b, SIGHT_SMTP4, 3, false, 3 * MINUTE);
	assert_true(is(b, SIGHT_SMTP4, 3 * MINUTE));
	blind_canary(b, SIGHT_SMTP4, 3, true, 4 * MINUTE);
	assert_false(is(b, SIGHT_SMTP4, 4 * MINUTE));
	blind_free(b);
}

/* One that was taken out of the configuration, and one that never was. */
static void
test_forgotten_canary(void **state)
{
	struct blind *b = begin();

	(void)state;
	blind_canary(b, SIGHT_SMTP4, 0, false, 0);
	blind_canary(b, SIGHT_SMTP4, 1000, false, 0);
	blind_canary(b, SIGHT_DNS, 0, false, 0);
	assert_true(is(b, SIGHT_SMTP4, 10 * MINUTE));
	assert_false(is(b, SIGHT_SMTP4, 10 * MINUTE + 1));
	assert_false(is(b, SIGHT_DNS, 0));
	blind_free(b);
}

/* -------------------------------------------------------------------- DNS */

static void
test_vantages(void **state)
{
	struct blind *b = begin();

	(void)state;
	blind_vantages(b, 0, 0, 0);
	assert_false(is(b, SIGHT_DNS, 0));
	blind_vantages(b, 1, 3, 0);
	assert_false(is(b, SIGHT_DNS, 0));
	blind_vantages(b, 0, 3, 0);
	assert_why(b, SIGHT_DNS, 0, "none of the 3 vantages answers");
	/* Then nothing else can be seen either. */
	assert_true(is(b, SIGHT_SMTP4, 0));
	assert_true(is(b, SIGHT_SMTP6, 0));
	blind_vantages(b, 0, 1, 0);
	assert_why(b, SIGHT_DNS, 0, "the only vantage does not answer");
	blind_vantages(b, 2, 3, 0);
	assert_false(is(b, SIGHT_SMTP6, 0));
	blind_free(b);
}

/* What failed meanwhile says nothing; but what is still cut off is found at
 * the first look, also of what was fine long ago. */
static void
test_vantages_back(void **state)
{
	struct blind *b = begin();

	(void)state;
	look_all(b, 0, 5, 4, true, 0);
	look_all(b, 0, 5, 4, false, MINUTE);
	blind_vantages(b, 0, 3, MINUTE);
	assert_true(is(b, SIGHT_SMTP4, HOUR));
	blind_vantages(b, 1, 3, HOUR);
	assert_false(is(b, SIGHT_SMTP4, HOUR));
	look(b, 0, 4, false, HOUR);
	assert_why(b, SIGHT_SMTP4, HOUR,
	    "1 of 1 networks that answered before fail at once");
	look_all(b, 1, 5, 4, true, HOUR);
	assert_false(is(b, SIGHT_SMTP4, HOUR + MINUTE));
	blind_free(b);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(sight_name(SIGHT_DNS), "DNS");
	assert_string_equal(sight_name(SIGHT_SMTP4), "port 25 over IPv4");
	assert_string_equal(sight_name(SIGHT_SMTP6), "port 25 over IPv6");
	blind_free(NULL);
}

/* Many networks, looked at again and again: what is too old is forgotten, and
 * a look costs the same. */
static void
test_many(void **state)
{
	struct blind *b = begin();
	int64_t at = 0;

	(void)state;
	for (int round = 0; round < 4; round++)
		for (unsigned n = 0; n < 60000; n++, at += 5)
			look(b, n, 4, n % 3 != 0, at);
	assert_false(is(b, SIGHT_SMTP4, at));
	for (unsigned n = 0; n < 60000; n++, at += 5)
		look(b, n, 4, false, at);
	assert_true(is(b, SIGHT_SMTP4, at));
	blind_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_correlation),
		cmocka_unit_test(test_not_at_once),
		cmocka_unit_test(test_fine_long_ago),
		cmocka_unit_test(test_own_uplink_cut),
		cmocka_unit_test(test_cut_twice),
		cmocka_unit_test(test_ipv6_only),
		cmocka_unit_test(test_canaries),
		cmocka_unit_test(test_dead_canary),
		cmocka_unit_test(test_canary_against_correlation),
		cmocka_unit_test(test_forgotten_canary),
		cmocka_unit_test(test_vantages),
		cmocka_unit_test(test_vantages_back),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
