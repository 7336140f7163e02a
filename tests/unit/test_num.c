#include <math.h>
#include <string.h>

#include "agent/base/num.h"

#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BAD      UINT64_MAX

static void
test_uint(void **state)
{
	static const struct {
		const char *text;
		uint64_t min, max, want;
	} row[] = {
		{ "0", 0, 10, 0 },
		{ "10", 0, 10, 10 },
		{ "007", 0, 10, 7 },
		{ "25", 1, 65535, 25 },
		{ "65535", 1, 65535, 65535 },
		{ "18446744073709551614", 0, UINT64_MAX, UINT64_MAX - 1 },
		{ "65536", 1, 65535, BAD },
		{ "0", 1, 65535, BAD },
		{ "11", 0, 10, BAD },
		{ "", 0, 10, BAD },
		{ "-1", 0, 10, BAD },
		{ "+1", 0, 10, BAD },
		{ " 1", 0, 10, BAD },
		{ "1 ", 0, 10, BAD },
		{ "1\n", 0, 10, BAD },
		{ "0x1", 0, 10, BAD },
		{ "1e1", 0, 10, BAD },
		{ "1.0", 0, 10, BAD },
		{ "five", 0, 10, BAD },
		{ "\xd9\xa1", 0, 10, BAD }, /* Arabic-Indic one */
		{ "18446744073709551616", 0, UINT64_MAX, BAD },
		{ "99999999999999999999999", 0, UINT64_MAX, BAD },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		uint64_t out = 4711;
		int rc = num_uint(row[i].text, row[i].min, row[i].max, &out);

		if (rc != (row[i].want == BAD ? -1 : 0) ||
		    out != (row[i].want == BAD ? 4711 : row[i].want))
			fail_msg(
			    "\"%s\": %d, %ju", row[i].text, rc, (uintmax_t)out);
	}
}

static void
test_uint_largest(void **state)
{
	uint64_t out = 0;

	(void)state;
	assert_int_equal(
	    num_uint("18446744073709551615", 0, UINT64_MAX, &out), 0);
	assert_true(out == UINT64_MAX);
}

static void
test_duration(void **state)
{
	static const struct {
		const char *text;
		uint64_t want;
	} row[] = {
		{ "30", 30000 },
		{ "0", 0 },
		{ "2.5", 2500 },
		{ "2.5s", 2500 },
		{ "30s", 30000 },
		{ "250ms", 250 },
		{ "5m", 300000 },
		{ "1h", 3600000 },
		{ "1.5h", 5400000 },
		{ "2d", 172800000 },
		{ "400d", 34560000000 },
		{ "3650d", 315360000000 },
		{ "315360000", 315360000000 },
		{ "0.0001", 1 }, /* rounded up: not zero */
		{ "0.000", 0 },
		{ "2.5ms", 3 },
		{ "0.123456789", 124 },
		{ "3650.1d", BAD },
		{ "3651d", BAD },
		{ "315360001", BAD },
		{ "18446744073709551615d", BAD },
		{ "99999999999999999999", BAD },
		{ "0.1234567890", BAD },
		{ "", BAD },
		{ "s", BAD },
		{ ".5", BAD },
		{ "5.", BAD },
		{ "5.s", BAD },
		{ "-5", BAD },
		{ "+5", BAD },
		{ "5 s", BAD },
		{ " 5s", BAD },
		{ "5s ", BAD },
		{ "5S", BAD },
		{ "5sec", BAD },
		{ "5w", BAD },
		{ "5us", BAD },
		{ "1h30m", BAD },
		{ "1e3", BAD },
		{ "1.2.3", BAD },
		{ "inf", BAD },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		uint64_t out = 4711;
		int rc = num_duration(row[i].text, &out);

		if (rc != (row[i].want == BAD ? -1 : 0) ||
		    out != (row[i].want == BAD ? 4711 : row[i].want))
			fail_msg(
			    "\"%s\": %d, %ju", row[i].text, rc, (uintmax_t)out);
	}
}

static void
test_decimal(void **state)
{
	static const struct {
		const char *text;
		double want;
	} good[] = {
		{ "1", 1 },
		{ "0", 0 },
		{ "-0.5", -0.5 },
		{ "2.25", 2.25 },
		{ ".5", 0.5 },
		{ "-.5", -0.5 },
		{ "0010", 10 },
		{ "123456789.125", 123456789.125 },
	};
	static const char *const bad[] = { "", "-", ".", "-.", "5.", "+5",
		"--5", "1e3", "0x10", "inf", "nan", "1,5", " 1", "1 ", "1.2.3",
		"1s", "abc", "\xef\xbc\x91" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		double out = NAN;

		if (num_decimal(good[i].text, &out) != 0 ||
		    fabs(out - good[i].want) > 1e-12)
			fail_msg("\"%s\": %g", good[i].text, out);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		double out = 4711;

		if (num_decimal(bad[i], &out) != -1)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_float_equal(out, 4711, 0);
	}
}

static void
test_decimal_must_be_finite(void **state)
{
	char text[401];
	double out = 4711;

	(void)state;
	memset(text, '9', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(num_decimal(text, &out), -1);
	assert_float_equal(out, 4711, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uint),
		cmocka_unit_test(test_uint_largest),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_decimal_must_be_finite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
