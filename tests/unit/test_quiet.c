#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/notify/quiet.h"
#include "tests/unit/support.h"

#define ALL      0x7f
#define WEEKDAYS 0x1f
#define MONDAY   0x01
#define SUNDAY   0x40
#define H(h, m)  ((h)*60 + (m))

/* Local times; Monday is 2026-11-23.  In Europe/Berlin the clock goes forward
 * on Sunday, 2026-03-29, from 2 to 3, and back on 2026-10-25 from 3 to 2. */
static const struct {
	const char *label, *zone;
	uint8_t days;
	uint16_t from, to;
	const char *now; /* UTC */
	int64_t left;
} rows[] = {
	{ "no days", "UTC", 0, H(0, 0), H(0, 0), "2026-11-23 12:00:00", 0 },
	{ "before", "UTC", ALL, H(12, 0), H(13, 0), "2026-11-23 11:59:59", 0 },
	{ "at the beginning", "UTC", ALL, H(12, 0), H(13, 0),
	    "2026-11-23 12:00:00", 3600 },
	{ "at the last second", "UTC", ALL, H(12, 0), H(13, 0),
	    "2026-11-23 12:59:59", 1 },
	{ "at the end", "UTC", ALL, H(12, 0), H(13, 0), "2026-11-23 13:00:00",
	    0 },
	{ "over midnight, in the evening", "UTC", ALL, H(22, 0), H(7, 0),
	    "2026-11-23 23:00:00", 8 * 3600 },
	{ "over midnight, in the morning", "UTC", ALL, H(22, 0), H(7, 0),
	    "2026-11-24 06:30:00", 1800 },
	{ "over midnight, at noon", "UTC", ALL, H(22, 0), H(7, 0),
	    "2026-11-24 12:00:00", 0 },
	{ "begins on Monday, goes on on Tuesday", "UTC", MONDAY, H(22, 0),
	    H(7, 0), "2026-11-24 06:00:00", 3600 },
	{ "begins on Monday, not on Sunday", "UTC", MONDAY, H(22, 0), H(7, 0),
	    "2026-11-23 06:00:00", 0 },
	{ "begins on Sunday, goes on on Monday", "UTC", SUNDAY, H(22, 0),
	    H(7, 0), "2026-11-23 06:00:00", 3600 },
	{ "not at the weekend", "UTC", WEEKDAYS, H(12, 0), H(13, 0),
	    "2026-11-28 12:30:00", 0 },
	{ "a whole day", "UTC", MONDAY, H(0, 0), H(0, 0), "2026-11-23 10:00:00",
	    14 * 3600 },
	{ "the end of a month", "UTC", ALL, H(22, 0), H(7, 0),
	    "2026-12-31 23:00:00", 8 * 3600 },
	{ "local time", "Europe/Berlin", ALL, H(22, 0), H(7, 0),
	    "2026-11-23 21:30:00", 8 * 3600 + 1800 },
	{ "a night that is an hour short", "Europe/Berlin", ALL, H(22, 0),
	    H(7, 0), "2026-03-28 21:00:00", 8 * 3600 },
	{ "a night that is an hour long", "Europe/Berlin", ALL, H(22, 0),
	    H(7, 0), "2026-10-24 20:00:00", 10 * 3600 },
	{ "begins in the hour that is not", "Europe/Berlin", ALL, H(2, 30),
	    H(4, 0), "2026-03-29 01:45:00", 900 },
	{ "ends in the hour that is there twice", "Europe/Berlin", ALL, H(1, 0),
	    H(2, 0), "2026-10-24 23:30:00", 1800 },
	{ "the other side of the world", "Pacific/Auckland", MONDAY, H(0, 0),
	    H(6, 0), "2026-11-22 12:00:00", 5 * 3600 },
};

static int64_t
utc(const char *text)
{
	struct tm tm = { 0 };

	assert_non_null(strptime(text, "%Y-%m-%d %H:%M:%S", &tm));
	return (int64_t)timegm(&tm);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		print_message("  %s\n", rows[i].label);
		setenv("TZ", rows[i].zone, 1);
		tzset();
		assert_int_equal(quiet_left(rows[i].days, rows[i].from,
		                     rows[i].to, utc(rows[i].now)),
		    rows[i].left);
	}
}

/* Through a year of minutes in a zone with a clock that is changed: what is
 * left runs out, and then it is not quiet. */
static void
test_year(void **state)
{
	int64_t now = utc("2026-01-01 00:00:00");
	int64_t end = utc("2027-01-01 00:00:00");
	unsigned nights = 0;

	(void)state;
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	while (now < end) {
		int64_t left = quiet_left(ALL, H(1, 30), H(2, 30), now);

		assert_in_range(left, 0, 7200);
		if (left > 0) {
			nights++;
			now += left;
			assert_int_equal(
			    quiet_left(ALL, H(1, 30), H(2, 30), now), 0);
		}
		now += 60;
	}
	assert_int_equal(nights, 365);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_year),
	};

	return cmocka_run_group_tests_name("quiet", tests, NULL, NULL);
}
