#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/rules/words.h"

#include "agent/status/html.h"

#define DAY 86400

static const char *
escape(uint32_t point)
{
	switch (point) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\n':
		return "\n";
	case '\t':
		return "\t";
	default:
		break;
	}
	return point < 0x20 || (point >= 0x7f && point < 0xa0) ?
	    "\xef\xbf\xbd" :
	    NULL;
}

/* Append the character at text; returns its length. */
static size_t
put(struct buf *b, const char *text, size_t len)
{
	uint32_t point;
	size_t step = text_utf8(text, len, &point);
	const char *other;

	if (step == 0) {
		buf_puts(b, "\xef\xbf\xbd");
		return 1;
	}
	other = escape(point);
	if (other != NULL)
		buf_puts(b, other);
	else
		buf_add(b, text, step);
	return step;
}

void
html_cut(struct buf *b, const char *text, size_t max)
{
	size_t len = text == NULL ? 0 : strlen(text);

	for (size_t i = 0, n = 0; i < len; n++) {
		if (n == max) {
			buf_puts(b, "\xe2\x80\xa6");
			return;
		}
		i += put(b, text + i, len - i);
	}
}

void
html_text(struct buf *b, const char *text)
{
	html_cut(b, text, SIZE_MAX);
}

void
html_url(struct buf *b, const char *text)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                           "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text != '\0'; text++)
		if (strchr(safe, *text) != NULL)
			buf_putc(b, *text);
		else
			buf_printf(b, "%%%02X", (unsigned char)*text);
}

void
html_count(struct buf *b, size_t n)
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%zu", n);

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_putc(b, ',');
		buf_putc(b, digits[i]);
	}
}

void
html_counted(struct buf *b, size_t n, const char *one, const char *many)
{
	html_count(b, n);
	buf_putc(b, ' ');
	buf_puts(b, n == 1 ? one : many);
}

void
html_time(struct buf *b, struct wall t)
{
	char exact[CLOCK_TEXT];

	if (t.us == 0) {
		buf_puts(b, "\xe2\x80\x93");
		return;
	}
	buf_printf(b, "<time datetime=\"%s\">", clock_format(t, exact));
	words_time(b, t);
	buf_puts(b, "</time>");
}

/* The two greatest units, the lower one only where it matters. */
void
html_duration(struct buf *b, struct wall from, struct wall to)
{
	int64_t s = (to.us - from.us) / 1000000;

	if (s < 0)
		s = 0;
	if (s < 60)
		buf_printf(b, "%d s", (int)s);
	else if (s < 3600)
		buf_printf(b, "%d min", (int)(s / 60));
	else if (s < DAY && s % 3600 / 60 > 0)
		buf_printf(
		    b, "%d h %d min", (int)(s / 3600), (int)(s % 3600 / 60));
	else if (s < DAY)
		buf_printf(b, "%d h", (int)(s / 3600));
	else if (s < 3 * DAY && s % DAY >= 3600)
		buf_printf(b, "%d day%s %d h", (int)(s / DAY),
		    s < 2 * DAY ? "" : "s", (int)(s % DAY / 3600));
	else
		buf_printf(b, "%lld day%s", (long long)(s / DAY),
		    s < 2 * DAY ? "" : "s");
}

void
html_percent(struct buf *b, double part)
{
	double shown = floor(part * 10000) / 100;

	if (shown == floor(shown))
		buf_printf(b, "%.0f\xc2\xa0%%", shown);
	else
		buf_printf(b, "%.2f\xc2\xa0%%", shown);
}
