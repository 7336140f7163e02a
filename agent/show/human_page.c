#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/show/human_page.h"

static const char *const tone_code[] = {
	[TONE_PLAIN] = "\033[0m",
	[TONE_STRONG] = "\033[1m",
	[TONE_FAINT] = "\033[2m",
	[TONE_GOOD] = "\033[32m",
	[TONE_WARNING] = "\033[33m",
	[TONE_BAD] = "\033[31m",
	[TONE_ODD] = "\033[35m",
};

void
page_init(struct page *p, struct buf *out, const struct show_style *style)
{
	*p = (struct page){ .out = out, .style = style };
	p->width = style->columns == 0 ? SIZE_MAX : style->columns;
}

static void
set_tone(struct page *p, enum tone tone)
{
	if (!p->style->color || p->tone == tone)
		return;
	if (p->tone != TONE_PLAIN)
		buf_puts(p->out, tone_code[TONE_PLAIN]);
	if (tone != TONE_PLAIN)
		buf_puts(p->out, tone_code[tone]);
	p->tone = tone;
}

/* An indent takes at most a third of the line: there must be room for text. */
static size_t
indent_of(const struct page *p, size_t wanted)
{
	return wanted < p->width / 3 ? wanted : p->width / 3;
}

void
page_line(struct page *p, size_t indent, size_t hang)
{
	p->column = 0;
	p->gap = indent_of(p, indent);
	p->hang = indent_of(p, hang);
}

void
page_end(struct page *p)
{
	set_tone(p, TONE_PLAIN);
	buf_putc(p->out, '\n');
	p->column = p->gap = 0;
}

void
page_blank(struct page *p)
{
	page_line(p, 0, 0);
	page_end(p);
}

void
page_gap(struct page *p, size_t blanks)
{
	if (p->gap < blanks)
		p->gap = blanks;
}

void
page_hang_here(struct page *p)
{
	p->hang = indent_of(p, p->column + p->gap);
}

/* -------------------------------------------------------------- characters */

/* What is written for the character at *text, into out[16]; moves on. */
static void
next(const struct page *p, const char **text, char *out)
{
	uint32_t point = '?';
	size_t len = text_utf8(*text, strnlen(*text, 4), &point);

	if (len == 0)
		snprintf(out, 16, "?");
	else if (point < 0x80 || p->style->utf8)
		snprintf(out, 16, "%.*s", (int)len, *text);
	else
		snprintf(out, 16, "\\u{%04X}", point);
	*text += len == 0 ? 1 : len;
}

static size_t
width_of(const struct page *p, const char *text, size_t len)
{
	const char *end = text + len;
	char c[16];
	size_t n = 0;

	while (text < end) {
		next(p, &text, c);
		n += text_columns(c);
	}
	return n;
}

size_t
page_width(const struct page *p, const char *text)
{
	return width_of(p, text, strlen(text));
}

/* ----------------------------------------------------------------- flowing */

static void
wrap(struct page *p)
{
	size_t hang = p->hang;

	page_end(p);
	p->gap = hang;
}

static bool
fits(const struct page *p, size_t width)
{
	return p->column + p->gap + width <= p->width;
}

static void
put(struct page *p, enum tone tone, const char *character)
{
	buf_pad(p->out, ' ', p->gap);
	set_tone(p, tone);
	buf_puts(p->out, character);
	p->column += p->gap + text_columns(character);
	p->gap = 0;
}

/* One word or cell: in this line, in the next, or broken into both. */
static void
place(struct page *p, enum tone tone, const char *text, size_t len)
{
	const char *end = text + len;
	char c[16];

	/* A line with nothing in it but its indent is as good as any. */
	if (p->column > 0 && !fits(p, width_of(p, text, len)))
		wrap(p);
	while (text < end) {
		next(p, &text, c);
		if (!fits(p, text_columns(c)))
			wrap(p);
		put(p, tone, c);
	}
}

void
page_text(struct page *p, enum tone tone, const char *text)
{
	for (;;) {
		size_t blanks = strspn(text, " "), len;

		page_gap(p, blanks);
		text += blanks;
		if (*text == '\0')
			return;
		len = strcspn(text, " ");
		place(p, tone, text, len);
		text += len;
	}
}

void
page_printf(struct page *p, enum tone tone, const char *format, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, 0);
	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	p->out->failed |= text.failed;
	page_text(p, tone, buf_str(&text));
	buf_free(&text);
}

void
page_cell(struct page *p, enum tone tone, size_t width, const char *text)
{
	size_t taken = page_width(p, text);

	if (p->hang + taken <= p->width)
		place(p, tone, text, strlen(text));
	else
		page_text(p, tone, text);
	page_gap(p, (taken < width ? width - taken : 0) + 2);
}
