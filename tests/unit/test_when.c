#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/when.h"
#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
static const struct {
	const char *text;
	int days;		/* -1: none */
	const char *shown;
} days[] = {
	{ "mon", 0x01, "mon" },
	{ "sun", 0x40, "sun" },
	{ "mon-fri", 0x1f, "mon,tue,wed,thu,fri" },
	{ "mon-sun", 0x7f, "mon-sun" },
	{ "Sat,SUN", 0x60, "sat,sun" },
	{ "sat, sun", 0x60, "sat,sun" },
	{ "fri-mon", 0x71, "mon,fri,sat,sun" },
	{ "tue-tue", 0x02, "tue" },
	{ "mon-wed,fri", 0x17, "mon,tue,wed,fri" },
	{ "tue-mon", 0x7f, "mon-sun" },
	{ "", -1, NULL },
	{ "monday", -1, NULL },
	{ "mo-fr", -1, NULL },
	{ "mon-", -1, NULL },
	{ "-fri", -1, NULL },
	{ "mon,", -1, NULL },
	{ "mon fri", -1, NULL },
	{ "mon-wed-fri", -1, NULL },
	{ "mon  ", -1, NULL },
	{ "1-5", -1, NULL },
};

static const struct {
	const char *text;
	int from, to;		/* -1: none */
	const char *shown;
} hours[] = {
	{ "22:00-06:00", 1320, 360, "22:00-06:00" },
	{ "00:00-00:00", 0, 0, "00:00-00:00" },
	{ "00:00-24:00", 0, 1440, "00:00-24:00" },
	{ "24:00-06:30", 0, 390, "00:00-06:30" },
	{ "23:59-23:59", 1439, 1439, "23:59-23:59" },
	{ "", -1, 0, NULL },
	{ "22-06", -1, 0, NULL },
	{ "22:00", -1, 0, NULL },
	{ "22:00-", -1, 0, NULL },
	{ "22:00 - 06:00", -1, 0, NULL },
	{ "22:60-06:00", -1, 0, NULL },
	{ "25:00-06:00", -1, 0, NULL },
	{ "24:01-06:00", -1, 0, NULL },
	{ "9:00-17:00", -1, 0, NULL },
	{ "22:00-06:00 ", -1, 0, NULL },
	{ "22:00-06:00:00", -1, 0, NULL },
};

static const struct {
	const char *text;
	int64_t seconds;	/* -1: none */
} times[] = {
	{ "2026-11-24T22:00:00Z", 1795557600 },
	{ "2026-11-24t22:00:00z", 1795557600 },
	{ "2026-11-24 22:00Z", 1795557600 },
	{ "2026-11-24T23:00:00+01:00", 1795557600 },
	{ "2026-11-24T16:30:00-05:30", 1795557600 },
	{ "2026-11-24 23:00", 1795557600 },	/* local: UTC+1 */
	{ "2026-11-24 23:00:01", 1795557601 },
	{ "2028-02-29T00:00:00Z", 1835395200 },
	{ "9998-12-31T23:59:59-23:59", INT64_C(253370851139) },
	{ "9999-12-31T23:59:59Z", INT64_C(253402300799) },
	{ "9999-12-31T23:59:59-00:01", -1 },
	{ "2026-02-29T00:00:00Z", -1 },
	{ "2026-02-30 00:00", -1 },
	{ "2026-04-31T00:00:00Z", -1 },
	{ "2026-13-01T00:00:00Z", -1 },
	{ "2026-00-01T00:00:00Z", -1 },
	{ "2026-11-24", -1 },
	{ "2026-11-24T", -1 },
	{ "2026-11-24T24:00:00Z", -1 },
	{ "2026-11-24T22:00:60Z", -1 },
	{ "2026-11-24T22:00:00", 1795554000 },	/* local */
	{ "2026-11-24T22:00:00+1", -1 },
	{ "2026-11-24T22:00:00+24:00", -1 },
	{ "2026-11-24T22:00:00Z ", -1 },
	{ "2026-11-24T22:00:00.5Z", -1 },
	{ "26-11-24 22:00", -1 },
	{ "1970-01-01T00:00:00Z", -1 },
	{ "1969-12-31T00:00:00Z", -1 },
	{ "tomorrow", -1 },
	{ "", -1 },
};
/* clang-format on */

static void
test_days(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(days); i++) {
		uint8_t got = 0x80;
		struct buf out;

		if (when_days(days[i].text, &got) !=
		    (days[i].days < 0 ? -1 : 0))
			fail_msg("\"%s\"", days[i].text);
		assert_int_equal(got, days[i].days < 0 ? 0x80 : days[i].days);
		if (days[i].days < 0)
			continue;
		buf_init(&out, 0);
		when_show_days(&out, got);
		assert_string_equal(buf_str(&out), days[i].shown);
		buf_free(&out);
	}
}

static void
test_hours(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hours); i++) {
		uint16_t from = 1, to = 2;
		bool good = hours[i].from >= 0;
		struct buf out;

		if (when_hours(hours[i].text, &from, &to) != (good ? 0 : -1))
			fail_msg("\"%s\"", hours[i].text);
		assert_int_equal(from, good ? hours[i].from : 1);
		assert_int_equal(to, good ? hours[i].to : 2);
		if (!good)
			continue;
		buf_init(&out, 0);
		when_show_hours(&out, from, to);
		assert_string_equal(buf_str(&out), hours[i].shown);
		buf_free(&out);
	}
}

static void
test_times(void **state)
{
	(void)state;
	setenv("TZ", "XYZ-1", 1); /* an hour east of Greenwich */
	tzset();
	for (size_t i = 0; i < COUNT(times); i++) {
		int64_t got = 0;
		bool good = times[i].seconds >= 0;

		if (when_time(times[i].text, &got) != (good ? 0 : -1) ||
		    (good && got != times[i].seconds))
			fail_msg("\"%s\": %lld", times[i].text, (long long)got);
	}
}

/* What is shown reads back. */
static void
test_show_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(times); i++) {
		int64_t got = 0;
		struct buf out;

		if (times[i].seconds < 0)
			continue;
		buf_init(&out, 0);
		when_show_time(&out, times[i].seconds);
		assert_int_equal(when_time(buf_str(&out), &got), 0);
		assert_int_equal(got, times[i].seconds);
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_show_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
