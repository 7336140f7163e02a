#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"

#define MAX_DEFAULT ((size_t)16 << 20)
#define SIZE_FIRST  ((size_t)256)

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max == 0 ? MAX_DEFAULT : max };
}

void
buf_free(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

/* Make room for n more bytes and the NUL.  Returns where they go, or NULL
 * with failed set. */
static char *
room(struct buf *b, size_t n)
{
	size_t size = b->size == 0 ? SIZE_FIRST : b->size;
	char *data;

	if (b->failed || b->len > b->max || n > b->max - b->len) {
		b->failed = true;
		return NULL;
	}
	if (b->len + n < b->size)
		return b->data + b->len;
	while (size <= b->len + n) {
		if (size > SIZE_MAX / 2) {
			b->failed = true;
			return NULL;
		}
		size *= 2;
	}
	data = realloc(b->data, size);
	if (data == NULL) {
		b->failed = true;
		return NULL;
	}
	b->data = data;
	b->size = size;
	return data + b->len;
}

static void
grown(struct buf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	char *to = room(b, len);

	if (to == NULL)
		return;
	if (len > 0)
		memcpy(to, bytes, len);
	grown(b, len);
}

void
buf_puts(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void
buf_putc(struct buf *b, char byte)
{
	buf_add(b, &byte, 1);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	buf_vprintf(b, format, ap);
	va_end(ap);
}

/* Most text fits into what there is, and is formatted once. */
void
buf_vprintf(struct buf *b, const char *format, va_list ap)
{
	char *to = room(b, 0);
	size_t left = to == NULL ? 0 : b->size - b->len;
	va_list again;
	int len;

	if (to == NULL)
		return;
	va_copy(again, ap);
	len = vsnprintf(to, left, format, again);
	va_end(again);
	if (len < 0 || (size_t)len >= left || (size_t)len > b->max - b->len)
		*to = '\0';
	if (len < 0)
		b->failed = true;
	if ((to = room(b, len < 0 ? 0 : (size_t)len)) == NULL)
		return;
	if ((size_t)len >= left)
		vsnprintf(to, (size_t)len + 1, format, ap);
	grown(b, (size_t)len);
}

void
buf_pad(struct buf *b, char byte, size_t n)
{
	char *to = room(b, n);

	if (to == NULL)
		return;
	memset(to, byte, n);
	grown(b, n);
}

void
buf_drop(struct buf *b, size_t n)
{
	if (b->failed || b->len == 0)
		return;
	if (n > b->len)
		n = b->len;
	b->len -= n;
	memmove(b->data, b->data + n, b->len + 1);
}

const char *
buf_str(const struct buf *b)
{
	return b->data == NULL ? "" : b->data;
}

char *
buf_take(struct buf *b)
{
	char *data = NULL;

	buf_add(b, "", 0); /* an empty one gets its NUL */
	if (!b->failed) {
		data = b->data;
		b->data = NULL;
	}
	buf_free(b);
	return data;
}
