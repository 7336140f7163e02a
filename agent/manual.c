#include <string.h>

#include "agent/manual.h"

#define WIDTH    78 /* columns of the page */
#define HELP_AT  26 /* column where the help of an option begins */
#define EXAMPLES 3  /* at the most; the manual page has them all */

/* ----------------------------------------------------------------- texts */

void
manual_wrap(struct buf *b, const char *text, size_t column, size_t indent)
{
	size_t at = column, from = column;

	while (*text != '\0' && *text != '\n') {
		size_t len = strcspn(text, " \n");

		if (at > from && at + 1 + len > WIDTH) {
			buf_putc(b, '\n');
			buf_pad(b, ' ', indent);
			at = from = indent;
		} else if (at > from) {
			buf_putc(b, ' ');
			at++;
		}
		buf_add(b, text, len);
		at += len;
		text += len;
		text += strspn(text, " ");
	}
	buf_putc(b, '\n');
}

static void
put_paragraphs(struct buf *b, const char *text)
{
	while (*text != '\0') {
		buf_putc(b, '\n');
		manual_wrap(b, text, 0, 0);
		text += strcspn(text, "\n");
		text += strspn(text, "\n");
	}
}

size_t
manual_sentence(const char *text)
{
	const char *end = strstr(text, ". ");
	size_t len = end == NULL ? strlen(text) : (size_t)(end - text);

	return len > 0 && text[len - 1] == '.' ? len - 1 : len;
}

/* ----------------------------------------------------------------- parts */

static void
put_synopsis(struct buf *b, const struct manual *m)
{
	for (size_t i = 0; m->synopsis[i] != NULL; i++)
		buf_printf(b, "%s %s %s\n", i == 0 ? "Usage:" : "      ",
		    m->program, m->synopsis[i]);
}

static void
put_option(struct buf *b, const struct arg *row)
{
	size_t begin = b->len, width;

	buf_puts(b, "  ");
	if (row->letter != 0 && row->letter != row->name[1])
		buf_printf(b, "-%c, ", row->letter);
	buf_puts(b, row->name);
	if (row->value != NULL)
		buf_printf(b, " %s", row->value);
	width = b->len - begin;
	if (width + 2 > HELP_AT) {
		buf_putc(b, '\n');
		width = 0;
	}
	buf_pad(b, ' ', HELP_AT - width);
	manual_wrap(b, row->help, HELP_AT, HELP_AT);
}

static void
put_options(struct buf *b, const struct manual *m)
{
	const struct arg *row = m->row;
	bool sections = false;

	if (row->name == NULL || row->section == NULL)
		buf_puts(b, "\nOptions:\n");
	for (; row->name != NULL; row++) {
		if (row->section != NULL)
			buf_printf(b, "\n%s:\n", row->section);
		sections |= row->section != NULL;
		put_option(b, row);
	}
	buf_puts(b, sections ? "\nOther:\n" : "");
	for (row = args_common; row->name != NULL; row++)
		put_option(b, row);
}

static void
put_examples(struct buf *b, const struct manual *m)
{
	const struct example *example = m->example;

	buf_puts(b, "\nExamples:\n");
	for (int i = 0; i < EXAMPLES && example->line != NULL; i++, example++) {
		buf_printf(b, "  %s\n      ", example->line);
		manual_wrap(b, example->what, 6, 6);
	}
}

void
manual_usage(struct buf *b, const struct manual *m)
{
	put_synopsis(b, m);
	put_paragraphs(b, m->about);
	put_options(b, m);
	put_examples(b, m);
	buf_puts(b, "\nExit status:");
	put_paragraphs(b, m->status);
}
