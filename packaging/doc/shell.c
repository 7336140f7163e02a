#include <string.h>

#include "packaging/doc/shell.h"

void
shell_words(struct buf *b, const char *value)
{
	const char *rule = strchr(value, '=');

	for (const char *p = rule == NULL ? value : rule + 1; *p != '\0'; p++)
		buf_putc(b, *p == '|' ? ' ' : *p);
}

void
shell_quote(struct buf *b, const char *text, size_t len, const char *special,
    const char *quote)
{
	buf_putc(b, '\'');
	for (; len > 0; len--, text++) {
		if (*text == '\'') {
			buf_puts(b, quote);
			continue;
		}
		if (strchr(special, *text) != NULL)
			buf_putc(b, '\\');
		buf_putc(b, *text);
	}
	buf_putc(b, '\'');
}

bool
shell_has_letter(const struct arg *row)
{
	return row->letter != 0 && row->name[1] == '-';
}

void
shell_names(struct buf *b, const struct arg *row, const char *between)
{
	if (shell_has_letter(row))
		buf_printf(b, "-%c%s", row->letter, between);
	buf_puts(b, row->name);
}
