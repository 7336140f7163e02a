#include <string.h>

#include "agent/show/json_line.h"

static int
take(const char *bytes, size_t len, void *arg)
{
	struct buf *out = arg;

	buf_add(out, bytes, len);
	return out->failed ? -1 : 0;
}

static void
put(struct buf *out, json_t *value, size_t flags)
{
	if (value == NULL || json_dump_callback(value, take, out, flags) != 0)
		out->failed = true;
	json_decref(value);
}

void
json_line(struct buf *out, json_t *value, size_t flags)
{
	put(out, value, flags);
	buf_putc(out, '\n');
}

void
json_value(struct buf *out, json_t *value)
{
	put(out, value, JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY);
}

/* What may not stand in a string as it is (RFC 8259 7). */
static void
escape(struct buf *out, char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = strchr(from, c);

	if (at != NULL)
		buf_add(out, (char[]){ '\\', to[at - from] }, 2);
	else
		buf_printf(out, "\\u%04X", (unsigned)c);
}

void
json_put(struct buf *out, const char *before, const char *text)
{
	buf_puts(out, before);
	if (text == NULL) {
		buf_puts(out, "null");
		return;
	}
	buf_putc(out, '"');
	while (*text != '\0') {
		size_t n = 0;

		while ((unsigned char)text[n] >= ' ' && text[n] != '"' &&
		    text[n] != '\\')
			n++;
		buf_add(out, text, n);
		text += n;
		if (*text != '\0')
			escape(out, *text++);
	}
	buf_putc(out, '"');
}
