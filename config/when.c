#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "config/when.h"

#define DAYS     7
#define YEAR_MIN 1970
#define YEAR_MAX 9999
/* 9999-12-31T23:59:59Z: RFC 3339 has no later one. */
#define SECONDS_MAX INT64_C(253402300799)

static const char *const day_name[DAYS] = { "mon", "tue", "wed", "thu", "fri",
	"sat", "sun" };

/* ----------------------------------------------------------------- readers */

/* Exactly so many digits at *text, which is moved behind them. */
static int
read_digits(const char **text, int n, int min, int max, int *out)
{
	int value = 0;

	for (; n > 0; n--, (*text)++) {
		if (**text < '0' || **text > '9')
			return -1;
		value = 10 * value + (**text - '0');
	}
	*out = value;
	return value < min || value > max ? -1 : 0;
}

static int
read_char(const char **text, const char *any)
{
	if (**text == '\0' || strchr(any, **text) == NULL)
		return -1;
	(*text)++;
	return 0;
}

/* -------------------------------------------------------------------- days */

static int
read_day(const char **text)
{
	for (int i = 0; i < DAYS; i++)
		if (strncasecmp(*text, day_name[i], 3) == 0) {
			*text += 3;
			return i;
		}
	return -1;
}

/* "mon", or "mon-fri"; the week is a ring. */
static int
read_span(const char **text, uint8_t *days)
{
	int first = read_day(text), last = first;

	if (first >= 0 && **text == '-') {
		(*text)++;
		last = read_day(text);
	}
	if (first < 0 || last < 0)
		return -1;
	for (int i = first;; i = (i + 1) % DAYS) {
		*days = (uint8_t)(*days | 1U << i);
		if (i == last)
			return 0;
	}
}

int
when_days(const char *text, uint8_t *days)
{
	uint8_t found = 0;

	do {
		text += *text == ' ';
		if (read_span(&text, &found) != 0)
			return -1;
	} while (read_char(&text, ",") == 0);
	if (*text != '\0')
		return -1;
	*days = found;
	return 0;
}

void
when_show_days(struct buf *out, uint8_t days)
{
	const char *comma = "";

	if (days == WHEN_ALL_DAYS) {
		buf_puts(out, "mon-sun");
		return;
	}
	for (int i = 0; i < DAYS; i++)
		if ((days >> i & 1) != 0) {
			buf_printf(out, "%s%s", comma, day_name[i]);
			comma = ",";
		}
}

/* ------------------------------------------------------------------- hours */

static int
read_minutes(const char **text, uint16_t *out)
{
	int hour, minute;

	if (read_digits(text, 2, 0, 24, &hour) != 0 ||
	    read_char(text, ":") != 0 ||
	    read_digits(text, 2, 0, hour == 24 ? 0 : 59, &minute) != 0)
		return -1;
	*out = (uint16_t)(60 * hour + minute);
	return 0;
}

int
when_hours(const char *text, uint16_t *from, uint16_t *to)
{
	uint16_t begin, end;

	if (read_minutes(&text, &begin) != 0 || read_char(&text, "-") != 0 ||
	    read_minutes(&text, &end) != 0 || *text != '\0')
		return -1;
	*from = begin % (24 * 60);
	*to = end;
	return 0;
}

void
when_show_hours(struct buf *out, uint16_t from, uint16_t to)
{
	buf_printf(
	    out, "%02u:%02u-%02u:%02u", from / 60, from % 60, to / 60, to % 60);
}

/* ------------------------------------------------------------------- times */

static int
read_date(const char **text, struct tm *tm)
{
	int year, month;

	if (read_digits(text, 4, YEAR_MIN, YEAR_MAX, &year) != 0 ||
	    read_char(text, "-") != 0 ||
	    read_digits(text, 2, 1, 12, &month) != 0 ||
	    read_char(text, "-") != 0 ||
	    read_digits(text, 2, 1, 31, &tm->tm_mday) != 0)
		return -1;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	return 0;
}

static int
read_clock(const char **text, struct tm *tm)
{
	if (read_digits(text, 2, 0, 23, &tm->tm_hour) != 0 ||
	    read_char(text, ":") != 0 ||
	    read_digits(text, 2, 0, 59, &tm->tm_min) != 0)
		return -1;
	if (read_char(text, ":") != 0)
		return 0;
	return read_digits(text, 2, 0, 59, &tm->tm_sec);
}

/* RFC 3339 5.6, time-offset: "Z", "+01:00"; nothing is local time. */
static int
read_offset(const char **text, bool *is_local, int *seconds)
{
	bool west = **text == '-';
	int hour, minute;

	*is_local = **text == '\0';
	*seconds = 0;
	if (*is_local || read_char(text, "Zz") == 0)
		return 0;
	if (read_char(text, "+-") != 0 ||
	    read_digits(text, 2, 0, 23, &hour) != 0 ||
	    read_char(text, ":") != 0 ||
	    read_digits(text, 2, 0, 59, &minute) != 0)
		return -1;
	*seconds = (3600 * hour + 60 * minute) * (west ? -1 : 1);
	return 0;
}

/* The 30th of February would be taken for a day of March. */
static bool
is_day(const struct tm *tm)
{
	struct tm copy = { .tm_year = tm->tm_year,
		.tm_mon = tm->tm_mon,
		.tm_mday = tm->tm_mday,
		.tm_hour = 12 };

	timegm(&copy);
	return copy.tm_mday == tm->tm_mday;
}

int
when_time(const char *text, int64_t *seconds)
{
	struct tm tm = { .tm_isdst = -1 };
	bool is_local;
	int offset;
	int64_t found;

	if (read_date(&text, &tm) != 0 || read_char(&text, "Tt ") != 0 ||
	    read_clock(&text, &tm) != 0 ||
	    read_offset(&text, &is_local, &offset) != 0 || *text != '\0' ||
	    !is_day(&tm))
		return -1;
	found = is_local ? mktime(&tm) : timegm(&tm) - offset;
	if (found <= 0 || found > SECONDS_MAX)
		return -1;
	*seconds = found;
	return 0;
}

void
when_show_time(struct buf *out, int64_t seconds)
{
	char text[32];
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		buf_puts(out, text);
}
