#include <stdbool.h>
#include <time.h>

#include "agent/notify/quiet.h"

/* Minutes after local midnight of a date, which may be 0 or 32 too.  mktime
 * knows how long the days are: where the clock is put forward over the time
 * asked for, it is the time just after. */
static int64_t
time_of(const struct tm *date, int days, unsigned minutes)
{
	struct tm tm = {
		.tm_year = date->tm_year,
		.tm_mon = date->tm_mon,
		.tm_mday = date->tm_mday + days,
		.tm_hour = (int)(minutes / 60),
		.tm_min = (int)(minutes % 60),
		.tm_isdst = -1,
	};

	return (int64_t)mktime(&tm);
}

/* Monday is 0. */
static unsigned
weekday(const struct tm *today, int days)
{
	return (unsigned)(today->tm_wday + 6 + 7 + days) % 7;
}

/* What began yesterday may last until today. */
int64_t
quiet_left(uint8_t on_days, uint16_t from_min, uint16_t to_min, int64_t now_s)
{
	bool over_midnight = to_min <= from_min;
	time_t seconds = (time_t)now_s;
	int64_t left = 0;
	struct tm today;

	localtime_r(&seconds, &today);
	for (int days = -1; days <= 0; days++) {
		int64_t from, to;

		if ((on_days >> weekday(&today, days) & 1) == 0)
			continue;
		from = time_of(&today, days, from_min);
		to = time_of(&today, days + over_midnight, to_min);
		if (from <= now_s && now_s < to && to - now_s > left)
			left = to - now_s;
	}
	return left;
}
