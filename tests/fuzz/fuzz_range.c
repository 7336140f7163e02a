#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/num.h"
#include "agent/rules/policy.h"

/*
 * What a person writes as numbers: plugin ranges, durations, decimals and
 * whole numbers, all from the same text.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)           \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

/* Inside and outside are opposites, and the ends belong to the inside. */
static void
check_range(const char *text)
{
	static const double value[] = { -INFINITY, -1e9, -1, 0, 0.5, 1, 10, 1e9,
		INFINITY };
	struct range r, other;
	char inverted[300];

	if (range_parse(text, &r) != 0)
		return;
	MUST(r.set && r.start <= r.end);
	MUST(!isnan(r.start) && !isnan(r.end));
	MUST(range_alerts(&r, r.start) == r.inside);
	MUST(range_alerts(&r, r.end) == r.inside);
	MUST(strspn(text, "@~:.-0123456789") == strlen(text));
	if (strlen(text) > sizeof(inverted) - 2)
		return;
	strcpy(inverted, "@");
	strcat(inverted, text);
	if (r.inside) {
		MUST(range_parse(inverted, &other) != 0);
		strcpy(inverted, text + 1);
	}
	MUST(range_parse(inverted, &other) == 0);
	for (size_t i = 0; i < sizeof(value) / sizeof(value[0]); i++)
		MUST(range_alerts(&r, value[i]) !=
		    range_alerts(&other, value[i]));
}

static void
check_numbers(const char *text)
{
	uint64_t whole, ms;
	double decimal;
	int is_whole = num_uint(text, 0, UINT64_MAX, &whole) == 0;
	int is_decimal = num_decimal(text, &decimal) == 0;

	if (is_whole) {
		MUST(is_decimal);
		MUST(num_uint(text, whole, whole, &whole) == 0);
		if (whole > 0)
			MUST(num_uint(text, 0, whole - 1, &whole) != 0);
	}
	if (is_decimal)
		MUST(isfinite(decimal));
	if (num_duration(text, &ms) != 0)
		return;
	MUST(ms <= (uint64_t)3650 * 86400 * 1000);
	if (is_whole)
		MUST(ms == whole * 1000);
	else if (is_decimal)
		MUST(fabs((double)ms - decimal * 1000) <= 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	enum severity severity;

	MUST(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_range(text);
	check_numbers(text);
	if (severity_parse(text, &severity) == 0)
		MUST(strcmp(severity_name(severity), text) == 0);
	free(text);
	return 0;
}
