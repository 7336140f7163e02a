#include <math.h>
#include <string.h>

#include "agent/show/metrics.h"

void
metrics_init(struct metrics *m, struct buf *out, bool openmetrics)
{
	*m = (struct metrics){ .out = out, .openmetrics = openmetrics };
}

/* A HELP text: backslash and line break are escaped; OpenMetrics wants it of
 * quotes, too. */
static void
put_escaped(struct buf *b, const char *text, bool quotes)
{
	for (; *text != '\0'; text++)
		if (*text == '\n')
			buf_puts(b, "\\n");
		else if (*text == '\\')
			buf_puts(b, "\\\\");
		else if (*text == '"' && quotes)
			buf_puts(b, "\\\"");
		else
			buf_putc(b, *text);
}

/* The name of a counter's samples ends in _total; in OpenMetrics that of its
 * family does not. */
static const char *
total(const struct metrics *m, bool of_family)
{
	if (m->family->type != METRIC_COUNTER)
		return "";
	return of_family && m->openmetrics ? "" : "_total";
}

void
metrics_family(struct metrics *m, const struct metric *family)
{
	static const char *const type[] = { [METRIC_GAUGE] = "gauge",
		[METRIC_COUNTER] = "counter",
		[METRIC_HISTOGRAM] = "histogram" };

	m->family = family;
	buf_printf(m->out, "# HELP %s%s ", family->name, total(m, true));
	put_escaped(m->out, family->help, m->openmetrics);
	buf_printf(m->out, "\n# TYPE %s%s %s\n", family->name, total(m, true),
	    type[family->type]);
}

/* Whole numbers, by far the most, are written by hand: there may be hundreds of
 * thousands of them. */
static void
put_number(struct buf *b, double number)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t whole;

	if (isnan(number)) {
		buf_puts(b, "NaN");
		return;
	}
	if (isinf(number)) {
		buf_puts(b, number > 0 ? "+Inf" : "-Inf");
		return;
	}
	if (number < 0 || number >= 1e15 || number != floor(number)) {
		buf_printf(b, "%.15g", number);
		return;
	}
	whole = (uint64_t)number;
	do
		digits[--at] = (char)('0' + whole % 10);
	while ((whole /= 10) > 0);
	buf_add(b, digits + at, sizeof(digits) - at);
}

/* name{a="x",b="y",le="z"}: le may be NULL. */
static void
put_name(struct metrics *m, const char *suffix, const char *const *value,
    const char *le)
{
	struct buf *b = m->out;
	const char *const *label = m->family->label;
	char before = '{';

	buf_puts(b, m->family->name);
	buf_puts(b, suffix);
	for (size_t i = 0; label[i] != NULL; i++) {
		buf_putc(b, before);
		buf_puts(b, label[i]);
		buf_puts(b, "=\"");
		put_escaped(b, value[i], true);
		buf_putc(b, '"');
		before = ',';
	}
	if (le != NULL) {
		buf_putc(b, before);
		buf_printf(b, "le=\"%s\"", le);
		before = ',';
	}
	if (before == ',')
		buf_putc(b, '}');
	buf_putc(b, ' ');
}

void
metrics_sample(struct metrics *m, const char *const *value, double number)
{
	put_name(m, total(m, false), value, NULL);
	put_number(m->out, number);
	buf_putc(m->out, '\n');
}

void
metrics_plain(struct metrics *m, const struct metric *family, double number)
{
	metrics_family(m, family);
	metrics_sample(m, NULL, number);
}

void
metrics_one(struct metrics *m, const char *value, double number)
{
	metrics_sample(m, &value, number);
}

/* A bound as OpenMetrics spells it: always with a point. */
static void
spell_bound(struct buf *b, double bound)
{
	buf_printf(b, "%.15g", bound);
	if (strpbrk(buf_str(b), ".e") == NULL)
		buf_puts(b, ".0");
}

void
metrics_histogram(struct metrics *m, const char *const *value,
    const double *bound, const uint64_t *count, size_t nbound, double sum)
{
	uint64_t all = 0;
	struct buf le;

	buf_init(&le, 64);
	for (size_t i = 0; i <= nbound; i++) {
		all += count[i];
		buf_reset(&le);
		if (i < nbound)
			spell_bound(&le, bound[i]);
		else
			buf_puts(&le, "+Inf");
		put_name(m, "_bucket", value, buf_str(&le));
		put_number(m->out, (double)all);
		buf_putc(m->out, '\n');
	}
	m->out->failed |= le.failed;
	buf_free(&le);
	put_name(m, "_sum", value, NULL);
	put_number(m->out, sum);
	buf_putc(m->out, '\n');
	put_name(m, "_count", value, NULL);
	put_number(m->out, (double)all);
	buf_putc(m->out, '\n');
}

void
metrics_end(struct metrics *m)
{
	if (m->openmetrics)
		buf_puts(m->out, "# EOF\n");
}
