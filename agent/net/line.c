#include <stdlib.h>
#include <string.h>

#include "agent/net/line.h"

int
line_init(struct line *l, size_t max)
{
	*l = (struct line){ .text = malloc(max + 1), .max = max };
	return l->text == NULL ? -1 : 0;
}

void
line_free(struct line *l)
{
	free(l->text);
	l->text = NULL;
}

static void
keep(struct line *l, const char *bytes, size_t len)
{
	size_t room;

	if (len == 0)
		return;
	if (l->seen < l->max) {
		room = l->max - l->seen;
		memcpy(l->text + l->seen, bytes, len < room ? len : room);
	}
	l->seen += len;
	l->last_cr = bytes[len - 1] == '\r';
}

size_t
line_drop(struct line *l)
{
	size_t seen = l->seen;

	l->seen = 0;
	l->last_cr = false;
	return seen;
}

bool
line_take(
    struct line *l, const char **bytes, size_t *len, size_t *kept, bool *cut)
{
	const char *lf = *len == 0 ? NULL : memchr(*bytes, '\n', *len);
	size_t part = lf == NULL ? *len : (size_t)(lf - *bytes);
	size_t whole;

	keep(l, *bytes, part);
	*bytes += part;
	*len -= part;
	if (lf == NULL)
		return false;
	(*bytes)++;
	(*len)--;
	whole = l->seen - (l->last_cr ? 1 : 0);
	line_drop(l);
	*cut = whole > l->max;
	*kept = *cut ? l->max : whole;
	l->text[*kept] = '\0';
	return true;
}
