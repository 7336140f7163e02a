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
test_format(void **state)
{
	char text[CLOCK_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct wall t = { times[i].us };

		assert_string_equal(clock_format(t, text), times[i].text);
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
test_zone_of_the_machine_does_not_matter(void **state)
{
	char text[CLOCK_TEXT];

	(void)state;
	setenv("TZ", "Pacific/Auckland", 1);
	tzset();
	clock_format((struct wall){ 0 }, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
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
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_format_cuts),
		cmocka_unit_test(test_format_clamps),
		cmocka_unit_test(test_zone_of_the_machine_does_not_matter),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_ms_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
