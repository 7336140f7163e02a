#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "packaging/doc/mdoc.h"

/*
 * How something is called, as macros: "[--rule RULE=ok|off] DOMAIN..." is cut
 * up into options, what stands for a value (in capitals), words that are typed,
 * brackets and punctuation; what was not apart stays together.
 */

/* How long the piece is that text begins with. */
static size_t
piece(const char *text)
{
	size_t len = 0;

	if (strncmp(text, "...", 3) == 0)
		return 3;
	if (*text == '-')
		return strcspn(text, " []|=");
	while (
	    isalnum((unsigned char)text[len]) || (len > 0 && text[len] == '-'))
		len++;
	return len > 0 ? len : 1;
}

static void
put_option(struct buf *out, const char *text, size_t len)
{
	buf_puts(out, "Fl ");
	for (size_t i = 0; i < len; i++)
		buf_printf(out, "%s%c", text[i] == '-' ? "\\" : "", text[i]);
}

static void
put_piece(struct buf *out, const char *text, size_t len)
{
	if (*text == '[')
		buf_puts(out, "Oo");
	else if (*text == ']')
		buf_puts(out, "Oc");
	else if (*text == '-')
		put_option(out, text + 1, len - 1);
	else if (isupper((unsigned char)*text) ||
	    (len == 7 && memcmp(text, "options", len) == 0))
		buf_printf(out, "Ar %.*s", (int)len, text);
	else if (isalnum((unsigned char)*text))
		buf_printf(out, "Cm %.*s", (int)len, text);
	else
		buf_add(out, text, len);
}

void
mdoc_form(struct buf *out, const char *form)
{
	bool apart = true; /* from what was before */

	while (*form != '\0') {
		size_t len = piece(form);

		/* Brackets hold what is in them close by themselves, and "..."
		 * is an argument of what is repeated. */
		if (!apart && *form != ']' && strncmp(form, "...", 3) != 0)
			buf_puts(out, "Ns ");
		put_piece(out, form, len);
		apart = *form == '[';
		form += len;
		if (*form == ' ')
			apart = true;
		form += strspn(form, " ");
		if (*form != '\0')
			buf_putc(out, ' ');
	}
}
