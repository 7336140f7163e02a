#include <stdint.h>
#include <string.h>

#include "agent/base/num.h"
#include "agent/base/text.h"
#include "agent/status/html.h"

#include "agent/status/ask.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decode len bytes in place, which never grows them.  Returns the new length,
 * or -1. */
static long
decode(char *text, size_t len, bool query)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			if (len - i < 3 || hex(text[i + 1]) < 0 ||
			    hex(text[i + 2]) < 0)
				return -1;
			c = (char)(hex(text[i + 1]) << 4 | hex(text[i + 2]));
			i += 2;
		} else if (c == '+' && query) {
			c = ' ';
		}
		text[n++] = c;
	}
	return (long)n;
}

/* Valid UTF-8 without controls, and nothing that another part of the world
 * could take for the end of a segment. */
static bool
clean(const char *text, size_t len, bool query)
{
	uint32_t point;
	size_t step;

	for (size_t i = 0; i < len; i += step) {
		step = text_utf8(text + i, len - i, &point);
		if (step == 0 || point < 0x20 ||
		    (point >= 0x7f && point < 0xa0))
			return false;
		if (!query && (point == '/' || point == '\\'))
			return false;
	}
	return true;
}

/* Decode the piece of len bytes at text and end it there. */
static const char *
piece(char *text, size_t len, bool query)
{
	long n = decode(text, len, query);

	if (n < 0 || !clean(text, (size_t)n, query))
		return NULL;
	text[n] = '\0';
	return text;
}

static int
take_path(struct ask *a, char *path)
{
	while (path != NULL && *path != '\0') {
		char *end = strchr(path, '/');
		size_t len = end == NULL ? strlen(path) : (size_t)(end - path);

		if (a->nsegment == ASK_SEGMENTS_MAX)
			return -1;
		a->segment[a->nsegment] = piece(path, len, false);
		if (a->segment[a->nsegment++] == NULL)
			return -1;
		path = end == NULL ? NULL : end + 1;
		/* "/domain/" names nothing, which is not "/domain". */
		if (path != NULL && *path == '\0') {
			if (a->nsegment == ASK_SEGMENTS_MAX)
				return -1;
			a->segment[a->nsegment++] = path;
		}
	}
	return 0;
}

static int
take_pair(struct ask *a, char *text)
{
	char *equals = strchr(text, '=');
	struct ask_pair pair = { NULL, "" };

	if (equals != NULL) {
		*equals = '\0';
		pair.value = piece(equals + 1, strlen(equals + 1), true);
	}
	pair.key = piece(text, strlen(text), true);
	if (pair.key == NULL || pair.value == NULL ||
	    a->npair == ASK_PAIRS_MAX || ask_value(a, pair.key) != NULL)
		return -1;
	a->pair[a->npair++] = pair;
	return 0;
}

static int
take_query(struct ask *a, char *query)
{
	char *rest = query, *one;

	while ((one = strsep(&rest, "&")) != NULL)
		if (*one != '\0' && take_pair(a, one) != 0)
			return -1;
	return 0;
}

int
ask_parse(struct ask *a, const char *target)
{
	size_t len = strlen(target);
	char *query;

	memset(a, 0, sizeof(*a));
	if (len > ASK_TARGET_MAX)
		return 414;
	/* Absolute and asterisk forms are for proxies. */
	if (*target != '/' || strchr(target, '#') != NULL)
		return 400;
	memcpy(a->text, target, len + 1);
	query = strchr(a->text, '?');
	if (query != NULL)
		*query++ = '\0';
	if (take_path(a, a->text + 1) != 0)
		return 400;
	return query != NULL && take_query(a, query) != 0 ? 400 : 0;
}

const char *
ask_value(const struct ask *a, const char *key)
{
	for (size_t i = 0; i < a->npair; i++)
		if (strcmp(a->pair[i].key, key) == 0)
			return a->pair[i].value;
	return NULL;
}

int
ask_number(const struct ask *a, const char *key, size_t max, size_t fallback,
    size_t *out)
{
	const char *text = ask_value(a, key);
	uint64_t n;

	*out = fallback;
	if (text == NULL)
		return 0;
	if (num_uint(text, 0, max, &n) != 0)
		return -1;
	*out = (size_t)n;
	return 0;
}

static void
put_pair(struct buf *b, const char **before, const char *key, const char *value)
{
	buf_puts(b, *before);
	html_url(b, key);
	buf_putc(b, '=');
	html_url(b, value);
	*before = "&amp;";
}

void
ask_link(struct buf *b, const struct ask *a, const char *key, const char *value)
{
	const char *before = "?";

	if (a->nsegment == 0)
		buf_putc(b, '/');
	for (size_t i = 0; i < a->nsegment; i++) {
		buf_putc(b, '/');
		html_url(b, a->segment[i]);
	}
	for (size_t i = 0; i < a->npair; i++)
		if (strcmp(a->pair[i].key, key) != 0)
			put_pair(b, &before, a->pair[i].key, a->pair[i].value);
	if (value != NULL)
		put_pair(b, &before, key, value);
}
