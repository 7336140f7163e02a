#include "agent/status/sheet.h"
#include "agent/status/html.h"

/*
 * Mail over the last days: a strip, a piece for each hour that has the colour
 * of the worst in it, and the figures that count.
 */

static const char *const weather_words[] = {
	[WEATHER_NONE] = "not watched",
	[WEATHER_ACCEPTED] = "mail gets in",
	[WEATHER_REFUSED] = "no mail wanted",
	[WEATHER_UNKNOWN] = "not known",
	[WEATHER_DEFERRED] = "mail waits",
	[WEATHER_BOUNCED] = "mail bounces",
};

static void
pieces(struct buf *b, const struct strip *s)
{
	size_t begin = 0, end;

	buf_printf(b,
	    "<svg class=\"strip\" viewBox=\"0 0 %d 30\" "
	    "preserveAspectRatio=\"none\" aria-hidden=\"true\">",
	    STRIP_PIECES);
	for (; begin < STRIP_PIECES; begin = end) {
		end = begin + 1;
		while (end < STRIP_PIECES && s->piece[end] == s->piece[begin])
			end++;
		buf_printf(b,
		    "<rect class=\"w%d\" x=\"%zu\" width=\"%zu\" "
		    "height=\"30\"/>",
		    s->piece[begin], begin, end - begin);
	}
	buf_puts(b, "</svg>\n");
}

/* Those that are there. */
static void
key(struct buf *b, const struct strip *s)
{
	bool there[WEATHER_BOUNCED + 1] = { false };

	for (size_t i = 0; i < STRIP_PIECES; i++)
		there[s->piece[i]] = true;
	buf_puts(b, "<div class=\"key\">");
	for (int w = WEATHER_NONE; w <= WEATHER_BOUNCED; w++)
		if (there[w])
			buf_printf(b,
			    "<span><svg viewBox=\"0 0 8 8\" "
			    "aria-hidden=\"true\"><rect class=\"w%d\" "
			    "width=\"8\" height=\"8\" rx=\"2\"/></svg>%s"
			    "</span>",
			    w, weather_words[w]);
	buf_puts(b, "</div>\n");
}

/* "45 min", "3 h" of minutes. */
static void
minutes(struct buf *b, double count)
{
	struct wall zero = { 0 }, end = { (int64_t)(count * 60e6) };

	html_duration(b, zero, end);
}

static void
lost(struct buf *b, size_t *n, double count, const char *word)
{
	if (count <= 0)
		return;
	buf_puts(b, (*n)++ > 0 ? ", " : "");
	minutes(b, count);
	buf_putc(b, ' ');
	buf_puts(b, word);
}

static void
figure(struct buf *b, const char *period, const struct availability *a)
{
	double known = a->accepted_min + a->deferred_min + a->bounced_min;
	size_t n = 0;

	buf_printf(b, "<div><dt>%s</dt><dd>", period);
	if (known > 0)
		html_percent(b, a->accepted_min / known);
	else
		buf_puts(b, "\xe2\x80\x93");
	buf_puts(b, "<span class=\"dim\">");
	lost(b, &n, a->deferred_min, "waiting");
	lost(b, &n, a->bounced_min, "bounced");
	lost(b, &n, a->unknown_min, "not known");
	if (n == 0)
		buf_puts(b, known > 0 ? "without a break" : "nothing known");
	buf_puts(b, "</span></dd></div>");
}

void
sheet_strip(struct buf *b, const struct strip *s, struct wall now)
{
	struct wall from = { now.us - (int64_t)STRIP_DAYS * 86400 * 1000000 };

	buf_puts(b, "<dl class=\"figures\">");
	figure(b, "Last 24 hours", &s->day);
	figure(b, "Last 7 days", &s->week);
	figure(b, "Last 30 days", &s->month);
	buf_puts(b, "</dl>\n");
	pieces(b, s);
	buf_puts(b, "<div class=\"scale\"><span>");
	html_time(b, from);
	buf_puts(b, "</span><span>now</span></div>");
	key(b, s);
}
