#include <stdio.h>
#include <string.h>

#include "agent/status/html.h"

#include "agent/status/sheet.h"

#define REFRESH_S "30"

/*
 * Each mark has a shape of its own, so that it is told without its colour.  The
 * shapes are 16 units wide; "even-odd" cuts the sign out of the field.
 */
static const struct {
	const char *class, *word, *shape, *colour;
} marks[MARK_COUNT] = {
	[MARK_OK] = { "ok", "fine",
	    "M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0zM6.9 11.6l5.3-5.3-1.4-1.4-3.9 "
	    "3.9-1.8-1.8-1.4 1.4z",
	    "#1a7340" },
	[MARK_INFO] = { "info", "advice",
	    "M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0zM7 7v5h2V7zM7 4v2h2V4z",
	    "#2d5f8b" },
	[MARK_WARNING] = { "warning", "warning",
	    "M8 .8 16 15H0zM7 5.6v4.6h2V5.6zM7 11.3v2h2v-2z", "#c98500" },
	[MARK_CRITICAL] = { "critical", "critical",
	    "M4.7 0h6.6L16 4.7v6.6L11.3 16H4.7L0 11.3V4.7zM5.2 3.9 3.9 5.2 6.7 "
	    "8l-2.8 2.8 1.3 1.3L8 9.3l2.8 2.8 1.3-1.3L9.3 8l2.8-2.8-1.3-1.3L8 "
	    "6.7z",
	    "#b3261e" },
	[MARK_UNKNOWN] = { "unknown", "not known",
	    "M3 0h10a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3H3a3 3 0 0 1-3-3V3a3 3 0 0 "
	    "1 3-3zM7 11.4v2.1h2.1v-2.1zM4.9 5.6h2c0-.7.4-1.1 "
	    "1.1-1.1s1.1.4 1.1 1c0 1.1-2.2 1.5-2.2 3.8v.8h2v"
	    "-.5c0-1.2 2.3-1.7 2.3-4.2 0-1.8-1.4-3-3.3-3S4.9 "
	    "3.7 4.9 5.6z",
	    "#5f4bb6" },
	[MARK_PENDING] = { "pending", "not yet",
	    "M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0zm0 1.8a6.2 6.2 0 1 0 0 "
	    "12.4A6.2 6.2 0 0 0 8 1.8zM7.1 4h1.8v3.6l2.6 "
	    "2.6-1.3 1.3-3.1-3.1z",
	    "#59636e" },
};

static const struct {
	const char *path, *name;
} places[] = {
	{ "/", "Status" },
	{ "/incidents", "Incidents" },
	{ "/metrics", "Metrics" },
};

enum mark
mark_of(enum severity severity)
{
	static const enum mark mark[] = {
		[SEVERITY_OFF] = MARK_OK,
		[SEVERITY_OK] = MARK_OK,
		[SEVERITY_INFO] = MARK_INFO,
		[SEVERITY_UNKNOWN] = MARK_UNKNOWN,
		[SEVERITY_WARNING] = MARK_WARNING,
		[SEVERITY_CRITICAL] = MARK_CRITICAL,
	};

	return mark[severity];
}

enum mark
sheet_state(enum mx_state state)
{
	static const enum mark mark[] = {
		[MX_UP] = MARK_OK,
		[MX_DEGRADED] = MARK_WARNING,
		[MX_DEFERRING] = MARK_WARNING,
		[MX_DOWN] = MARK_CRITICAL,
		[MX_UNUSABLE] = MARK_CRITICAL,
		[MX_UNCHECKED] = MARK_UNKNOWN,
	};

	return mark[state];
}

const char *
sheet_class(enum mark mark)
{
	return marks[mark].class;
}

const char *
sheet_outcome(enum outcome outcome)
{
	static const char *const words[] = {
		[OUTCOME_ACCEPTED] = "mail gets in",
		[OUTCOME_DEFERRED] = "mail waits at the senders",
		[OUTCOME_BOUNCED] = "mail bounces",
		[OUTCOME_REFUSED] = "it takes no mail, and says so",
		[OUTCOME_UNKNOWN] = "it cannot be told whether mail gets in",
	};

	return words[outcome];
}

void
sheet_icon(struct buf *b, enum mark mark)
{
	buf_printf(b,
	    "<svg class=\"i\" viewBox=\"0 0 16 16\" aria-hidden=\"true\">"
	    "<use href=\"#%s\"/></svg>",
	    marks[mark].class);
}

void
sheet_mark(struct buf *b, enum mark mark, const char *word)
{
	buf_printf(b, "<span class=\"mark %s\">", marks[mark].class);
	sheet_icon(b, mark);
	buf_putc(b, ' ');
	html_text(b, word == NULL ? marks[mark].word : word);
	buf_puts(b, "</span>");
}

void
sheet_favicon(struct buf *b, enum mark mark)
{
	buf_printf(b,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\">"
	    "<path fill=\"%s\" fill-rule=\"evenodd\" d=\"%s\"/></svg>\n",
	    marks[mark].colour, marks[mark].shape);
}

/* The shapes, once for all uses. */
static void
shapes(struct buf *b)
{
	buf_puts(b,
	    "<svg class=\"shapes\" width=\"0\" height=\"0\" "
	    "aria-hidden=\"true\">");
	for (size_t i = 0; i < MARK_COUNT; i++)
		buf_printf(b,
		    "<symbol id=\"%s\" viewBox=\"0 0 16 16\"><path "
		    "fill-rule=\"evenodd\" d=\"%s\"/></symbol>",
		    marks[i].class, marks[i].shape);
	buf_puts(b, "</svg>\n");
}

static void
head(struct buf *b, const struct sheet *f, const char *title, enum mark mark)
{
	buf_puts(b,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width,initial-scale=1\">\n");
	if (f->live)
		buf_puts(b,
		    "<meta http-equiv=\"refresh\" content=\"" REFRESH_S
		    "\">\n");
	buf_puts(b, "<title>");
	html_text(b, title);
	buf_printf(b,
	    " \xc2\xb7 mxvigil</title>\n<link rel=\"icon\" "
	    "type=\"image/svg+xml\" href=\"/icon/%s\">\n<style>%s</style>\n"
	    "</head>\n",
	    marks[mark].class, sheet_style);
}

/* When it was made, and how to stop it from being made again. */
static void
clock_line(struct buf *b, const struct sheet *f)
{
	char text[CLOCK_TEXT];

	clock_format(f->now, text);
	buf_printf(b, "<p><time datetime=\"%s\">%.8s UTC</time> \xc2\xb7 ",
	    text, text + 11);
	buf_puts(b,
	    f->live ? "refreshes every " REFRESH_S " s \xc2\xb7 <a href=\"" :
	              "<a href=\"");
	ask_link(b, f->ask, "refresh", f->live ? "off" : NULL);
	buf_puts(
	    b, f->live ? "\">stop</a></p>" : "\">refresh by itself</a></p>");
}

void
sheet_begin(struct buf *b, const struct sheet *f, const char *title,
    enum mark mark, const char *here)
{
	head(b, f, title, mark);
	buf_puts(b, "<body>\n");
	shapes(b);
	buf_puts(b,
	    "<a class=\"skip\" href=\"#content\">Skip to the content</a>\n"
	    "<header class=\"top\"><strong><a href=\"/\">mxvigil</a></strong>"
	    "<nav aria-label=\"Pages\">");
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		buf_printf(b, "<a href=\"%s\"%s>%s</a>", places[i].path,
		    strcmp(here, places[i].path) == 0 ?
		        " aria-current=\"page\"" :
		        "",
		    places[i].name);
	buf_puts(b, "</nav>");
	clock_line(b, f);
	buf_puts(b, "</header>\n<main id=\"content\">\n");
}

void
sheet_end(struct buf *b, const struct sheet *f)
{
	(void)f;
	buf_puts(b,
	    "</main>\n<footer>mxvigil " MXVIGIL_VERSION
	    " \xc2\xb7 times are UTC \xc2\xb7 <a href=\"/api/v1/domains\">as "
	    "JSON</a></footer>\n</body>\n</html>\n");
}

void
sheet_hero(struct buf *b, enum mark mark)
{
	buf_printf(b, "<div class=\"hero %s\">", marks[mark].class);
	sheet_icon(b, mark);
	buf_puts(b, "<div>");
}

void
sheet_hero_end(struct buf *b)
{
	buf_puts(b, "</div></div>\n");
}

void
sheet_fact(struct buf *b, const char *term)
{
	buf_printf(b, "<dt>%s</dt><dd>", term);
}

void
sheet_fact_end(struct buf *b)
{
	buf_puts(b, "</dd>\n");
}

static void
page_link(struct buf *b, const struct sheet *f, size_t offset, const char *rel)
{
	char number[24];

	snprintf(number, sizeof(number), "%zu", offset);
	buf_puts(b, "<a href=\"");
	ask_link(b, f->ask, "offset", offset == 0 ? NULL : number);
	buf_printf(b, "\" rel=\"%s\">", rel);
}

void
sheet_pager(struct buf *b, const struct sheet *f, size_t offset, size_t shown,
    size_t total)
{
	if (offset == 0 && shown >= total)
		return;
	buf_puts(b, "<nav class=\"pager\" aria-label=\"Further rows\">");
	if (offset > 0) {
		page_link(
		    b, f, offset < PAGE_ROWS ? 0 : offset - PAGE_ROWS, "prev");
		buf_puts(b, "\xe2\x86\x90 before</a>");
	}
	buf_puts(b, "<span class=\"dim\">");
	html_count(b, shown == 0 ? 0 : offset + 1);
	buf_puts(b, "\xe2\x80\x93");
	html_count(b, offset + shown);
	buf_puts(b, "</span>");
	if (offset + shown < total) {
		page_link(b, f, offset + shown, "next");
		buf_puts(b, "after \xe2\x86\x92</a>");
	}
	buf_puts(b, "</nav>\n");
}
