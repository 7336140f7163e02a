#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/num.h"

#define DURATION_MAX_MS ((uint64_t)10 * 365 * 86400 * 1000)
#define FRACTION_DIGITS 9

static const struct {
	const char *name;
	uint64_t ms;
} unit[] = {
	{ "", 1000 },
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60000 },
	{ "h", 3600000 },
	{ "d", 86400000 },
};

/* Read digits at *text, which is moved behind them.  Returns how many there
 * were, or -1 when the value does not fit. */
static int
read_digits(const char **text, uint64_t *value)
{
	int n = 0;

	*value = 0;
	for (; **text >= '0' && **text <= '9'; (*text)++, n++) {
		uint64_t digit = (uint64_t)(**text - '0');

		if (*value > (UINT64_MAX - digit) / 10)
			return -1;
		*value = *value * 10 + digit;
	}
	return n;
}

int
num_uint(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t value;

	if (read_digits(&text, &value) <= 0 || *text != '\0')
		return -1;
	if (value < min || value > max)
		return -1;
	*out = value;
	return 0;
}

/* The fraction behind a '.', as so many parts of *scale. */
static int
read_fraction(const char **text, uint64_t *parts, uint64_t *scale)
{
	int n;

	*parts = 0;
	*scale = 1;
	if (**text != '.')
		return 0;
	(*text)++;
	n = read_digits(text, parts);
	if (n <= 0 || n > FRACTION_DIGITS)
		return -1;
	while (n-- > 0)
		*scale *= 10;
	return 0;
}

int
num_duration(const char *text, uint64_t *ms_out)
{
	uint64_t whole, parts, scale, ms;
	size_t i;

	if (read_digits(&text, &whole) <= 0 ||
	    read_fraction(&text, &parts, &scale) < 0)
		return -1;
	for (i = 0; strcmp(text, unit[i].name) != 0; i++) {
		if (i + 1 == sizeof(unit) / sizeof(unit[0]))
			return -1;
	}
	if (whole > DURATION_MAX_MS / unit[i].ms)
		return -1;
	/* Rounded up, so that only zero is zero. */
	ms = whole * unit[i].ms + (parts * unit[i].ms + scale - 1) / scale;
	if (ms > DURATION_MAX_MS)
		return -1;
	*ms_out = ms;
	return 0;
}

static bool
is_decimal(const char *text)
{
	size_t whole, fraction;

	if (*text == '-')
		text++;
	whole = strspn(text, "0123456789");
	text += whole;
	if (*text == '\0')
		return whole > 0;
	fraction = strspn(text + 1, "0123456789");
	return *text == '.' && fraction > 0 && text[1 + fraction] == '\0';
}

int
num_decimal(const char *text, double *out)
{
	char *end;
	double value;

	if (!is_decimal(text))
		return -1;
	value = strtod(text, &end);
	if (*end != '\0' || !isfinite(value))
		return -1;
	*out = value;
	return 0;
}
