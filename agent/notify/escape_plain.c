#include <stdint.h>
#include <string.h>

#include "agent/base/text.h"

#include "agent/notify/escape_parts.h"

size_t
escape_show(const char *s, char piece[ESCAPE_PIECE])
{
	uint32_t point;
	size_t n = text_utf8(s, strnlen(s, 4), &point);
	char one[8] = "";

	memcpy(one, s, n == 0 ? 1 : n);
	text_line(piece, ESCAPE_PIECE, one);
	return n == 0 ? 1 : n;
}

struct span {
	uint32_t first, last;
};

/* Other spaces, and forms of punctuation that programs take for the ASCII
 * ones: "＠", "．". */
static const struct span lookalike[] = { { 0x0080, 0x00a0 }, { 0x1680, 0x1680 },
	{ 0x2000, 0x2012 }, { 0x2015, 0x2017 }, { 0x201e, 0x2025 },
	{ 0x2027, 0x206f }, { 0x3000, 0x3002 }, { 0xfe10, 0xfe6f },
	{ 0xff00, 0xffef } };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Punctuation that means nothing inside a word, anywhere. */
static bool
is_harmless(const char *s, size_t i, size_t len)
{
	if (s[i] == '/')
		return i > 0 && i + 1 < len && is_letter(s[i - 1]) &&
		    is_letter(s[i + 1]);
	return strchr("-=%,;!?'\"()", s[i]) != NULL;
}

static bool
is_plain_char(const char *s, size_t i, size_t len, size_t *used)
{
	uint32_t point;
	char piece[ESCAPE_PIECE];

	*used = text_utf8(s + i, len - i, &point);
	if (*used == 0)
		return false;
	if (*used == 1)
		return is_digit(s[i]) || is_letter(s[i]) ||
		    is_harmless(s, i, len);
	for (size_t k = 0; k < sizeof(lookalike) / sizeof(*lookalike); k++) {
		if (point >= lookalike[k].first && point <= lookalike[k].last)
			return false;
	}
	escape_show(s + i, piece);
	return strncmp(piece, s + i, *used) == 0;
}

/* "16:40" */
static bool
is_time(const char *s, size_t len)
{
	return len == 5 && s[2] == ':' && is_digit(s[0]) && is_digit(s[1]) &&
	    is_digit(s[3]) && is_digit(s[4]);
}

/* Numbers as long as those of telephones and bank cards become links. */
#define DIGITS_MAX 8

bool
escape_is_plain(const char *s, size_t len)
{
	size_t used, digits = 0;

	if (is_time(s, len))
		return true;
	for (size_t i = 0; i < len; i += used) {
		if (!is_plain_char(s, i, len, &used))
			return false;
		if (is_digit(s[i]) && ++digits > DIGITS_MAX)
			return false;
	}
	return len > 0;
}

bool
escape_begins(const char *s, size_t len, size_t tail)
{
	size_t digits = 0;

	while (digits < len && is_digit(s[digits]))
		digits++;
	if (digits == len)
		return tail == 0;
	return is_letter(s[0]) || (s[0] & 0x80) != 0;
}
