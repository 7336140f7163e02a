#include <stdio.h>
#include <time.h>

#include "agent/base/clock.h"

#define US 1000000

/* 0000-01-01T00:00:00Z and the last microsecond of 9999: RFC 3339 has four
 * digits for the year. */
#define FIRST_US (-62167219200 * US)
#define LAST_US  (253402300800 * US - 1)

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * US + ts.tv_nsec / 1000;
}

struct mono
clock_mono(void)
{
	return (struct mono){ .us = read_clock(CLOCK_MONOTONIC) };
}

struct wall
clock_wall(void)
{
	return (struct wall){ .us = read_clock(CLOCK_REALTIME) };
}

double
clock_ms_between(struct mono a, struct mono b)
{
	return (double)(b.us - a.us) / 1000.0;
}

char *
clock_format(struct wall t, char *out)
{
	int64_t us = t.us;
	int64_t below;
	time_t seconds;
	struct tm tm;

	if (us < FIRST_US)
		us = FIRST_US;
	if (us > LAST_US)
		us = LAST_US;
	below = (us % US + US) % US;
	seconds = (time_t)((us - below) / US);
	gmtime_r(&seconds, &tm);
	snprintf(out, CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
	    (unsigned)(tm.tm_year + 1900) % 10000,
	    (unsigned)(tm.tm_mon + 1) % 100, (unsigned)tm.tm_mday % 100,
	    (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
	    (unsigned)tm.tm_sec % 100, (unsigned)(below / 1000) % 1000);
	return out;
}
