#include <stdlib.h>
#include <time.h>

#include "agent/base/clock.h"

#include "tests/unit/support.h"

static const struct {
	int64_t us;
	const char *text;
} times[] = {
	{ 0, "1970-01-01T00:00:00.000Z" },
	{ 1795452000123000, "2026-11-23T16:40:00.123Z" },
	{ 951782399999000, "2000-02-28T23:59:59.999Z" },
	{ 951782400000000, "2000-02-29T00:00:00.000Z" },
	{ 4107542400000000, "2100-03-01T00:00:00.000Z" },
	{ 2147483648000000, "2038-01-19T03:14:08.000Z" },
	{ -1000, "1969-12-31T23:59:59.999Z" },
	{ -62167219200000000, "0000-01-01T00:00:00.000Z" },
	{ 253402300799999000, "9999-12-31T23:59:59.999Z" },
};

static void
test_format_and_parse(void **state)
{
	char text[CLOCK_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct wall t = { times[i].us }, back = { 1 };

		assert_string_equal(clock_format(t, text), times[i].text);
		assert_int_equal(clock_parse(text, &back), 0);
		assert_true(back.us == t.us);
	}
}

/* What lies below a millisecond is cut, also before 1970. */
static void
test_format_cuts(void **state)
{
	char text[CLOCK_TEXT];

	(void)state;
	clock_format((struct wall){ 1999 }, text);
	assert_string_equal(text, "1970-01-01T00:00:00.001Z");
	clock_format((struct wall){ -1 }, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

static void
test_format_clamps(void **state)
{
	char text[CLOCK_TEXT];

	(void)state;
	clock_format((struct wall){ INT64_MAX }, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	clock_format((struct wall){ INT64_MIN }, text);
	assert_string_equal(text, "0000-01-01T00:00:00.000Z");
}

static void
test_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		"2026",
		"2026-11-23T16:40:00Z",
		"2026-11-23T16:40:00.12Z",
		"2026-11-23T16:40:00.1234Z",
		"2026-11-23 16:40:00.123Z",
		"2026-11-23T16:40:00.123",
		"2026-11-23T16:40:00.123z",
		"2026-11-23T16:40:00.123Z ",
		" 2026-11-23T16:40:00.123Z",
		"2026-11-23T16:40:00.123+00:00",
		"2026-02-29T00:00:00.000Z",
		"2026-02-30T00:00:00.000Z",
		"2026-00-10T00:00:00.000Z",
		"2026-13-10T00:00:00.000Z",
		"2026-01-00T00:00:00.000Z",
		"2026-01-32T00:00:00.000Z",
		"2026-01-01T24:00:00.000Z",
		"2026-01-01T00:60:00.000Z",
		"2026-01-01T00:00:60.000Z",
		"2026-01-01T-1:00:00.000Z",
		"2026/01/01T00:00:00.000Z",
		"+026-01-01T00:00:00.000Z",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct wall t = { 77 };

		if (clock_parse(bad[i], &t) != -1)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_true(t.us == 77);
	}
}

static void
test_zone_of_the_machine_does_not_matter(void **state)
{
	char text[CLOCK_TEXT];
	struct wall t;

	(void)state;
	setenv("TZ", "Pacific/Auckland", 1);
	tzset();
	clock_format((struct wall){ 0 }, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
	assert_int_equal(clock_parse(text, &t), 0);
	assert_true(t.us == 0);
	unsetenv("TZ");
	tzset();
}

static void
test_clocks(void **state)
{
	struct mono a = clock_mono(), b = clock_mono();
	struct wall now = clock_wall();

	(void)state;
	assert_true(b.us >= a.us);
	assert_true(now.us / 1000000 - (int64_t)time(NULL) <= 1);
	assert_true((int64_t)time(NULL) - now.us / 1000000 <= 1);
}

static void
test_ms_between(void **state)
{
	struct mono a = { 1000 }, b = { 3500 };

	(void)state;
	assert_float_equal(clock_ms_between(a, b), 2.5, 1e-9);
	assert_float_equal(clock_ms_between(b, a), -2.5, 1e-9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format_and_parse),
		cmocka_unit_test(test_format_cuts),
		cmocka_unit_test(test_format_clamps),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_zone_of_the_machine_does_not_matter),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_ms_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
