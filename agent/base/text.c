#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"

struct span {
	uint32_t first, last;
};

/*
 * What does not show, or changes the order of what shows: controls, format
 * characters (Unicode category Cf), line separators, fillers and variation
 * selectors.
 */
static const struct span hidden[] = {
	{ 0x0000, 0x001f }, /* C0 */
	{ 0x007f, 0x009f }, /* DEL and C1 */
	{ 0x00ad, 0x00ad }, /* soft hyphen */
	{ 0x034f, 0x034f }, /* combining grapheme joiner */
	{ 0x0600, 0x0605 }, /* Arabic number signs */
	{ 0x061c, 0x061c }, /* Arabic letter mark */
	{ 0x06dd, 0x06dd }, { 0x070f, 0x070f }, { 0x0890, 0x0891 },
	{ 0x08e2, 0x08e2 }, { 0x115f, 0x1160 }, /* Hangul fillers */
	{ 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, /* Mongolian selectors */
	{ 0x200b, 0x200f }, /* zero width, direction marks */
	{ 0x2028, 0x202e }, /* separators, embeddings */
	{ 0x2060, 0x206f }, /* joiners, isolates */
	{ 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, /* variation selectors */
	{ 0xfeff, 0xfeff },                     /* byte order mark */
	{ 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0xfffe, 0xffff },
	{ 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x13455 },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe0fff }, /* tags, selectors */
};

/* Marks that stand over the character before them: no column. */
static const struct span combining[] = {
	{ 0x0300, 0x036f },
	{ 0x0483, 0x0489 },
	{ 0x0591, 0x05bd },
	{ 0x05bf, 0x05c7 },
	{ 0x0610, 0x061a },
	{ 0x064b, 0x065f },
	{ 0x0670, 0x0670 },
	{ 0x06d6, 0x06ed },
	{ 0x0900, 0x0902 },
	{ 0x093a, 0x093a },
	{ 0x093c, 0x093c },
	{ 0x0941, 0x0948 },
	{ 0x094d, 0x094d },
	{ 0x0e31, 0x0e31 },
	{ 0x0e34, 0x0e3a },
	{ 0x0e47, 0x0e4e },
	{ 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff },
	{ 0x200b, 0x200f },
	{ 0x202a, 0x202e },
	{ 0x2060, 0x206f },
	{ 0x20d0, 0x20f0 },
	{ 0x3099, 0x309a },
	{ 0xfe00, 0xfe0f },
	{ 0xfe20, 0xfe2f },
	{ 0xfeff, 0xfeff },
	{ 0xe0100, 0xe01ef },
};

/* East Asian wide and full-width characters, emoji: two columns (UAX #11). */
static const struct span wide[] = {
	{ 0x1100, 0x115f },
	{ 0x231a, 0x231b },
	{ 0x2329, 0x232a },
	{ 0x23e9, 0x23ec },
	{ 0x2e80, 0x303e },
	{ 0x3041, 0x33ff },
	{ 0x3400, 0x4dbf },
	{ 0x4e00, 0xa4cf },
	{ 0xa960, 0xa97c },
	{ 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },
	{ 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },
	{ 0xffe0, 0xffe6 },
	{ 0x16fe0, 0x18aff },
	{ 0x1b000, 0x1b2ff },
	{ 0x1f300, 0x1f64f },
	{ 0x1f680, 0x1f6ff },
	{ 0x1f900, 0x1f9ff },
	{ 0x1fa70, 0x1faff },
	{ 0x20000, 0x3fffd },
};

static bool
within(uint32_t point, const struct span *span, size_t n)
{
	for (size_t i = 0; i < n && span[i].first <= point; i++) {
		if (point <= span[i].last)
			return true;
	}
	return false;
}

#define WITHIN(point, table) \
	within((point), (table), sizeof(table) / sizeof((table)[0]))

/* How many bytes the character takes that begins with this one; 0: none
 * does. */
static size_t
utf8_length(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t
text_utf8(const void *bytes, size_t len, uint32_t *point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *s = bytes;
	size_t n = len == 0 ? 0 : utf8_length(s[0]);
	uint32_t value;

	if (n == 0 || n > len)
		return 0;
	value = n == 1 ? s[0] : s[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (s[i] & 0x3f);
	}
	if (value < least[n] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*point = value;
	return n;
}

#define PIECE 16 /* room for any one character, escaped */

/* What is written for the character at s, into piece.  Returns how many bytes
 * of s that is. */
static size_t
make_piece(const uint8_t *s, size_t len, bool keep_backslash, char *piece)
{
	uint32_t point = 0;
	size_t n = text_utf8(s, len, &point);

	if (n == 0 || (n == 1 && WITHIN(point, hidden))) {
		snprintf(piece, PIECE, "\\x%02x", s[0]);
		return 1;
	}
	if (WITHIN(point, hidden)) {
		snprintf(piece, PIECE, "\\u{%04x}", (unsigned)point);
		return n;
	}
	if (point == '\\' && !keep_backslash) {
		snprintf(piece, PIECE, "\\\\");
		return n;
	}
	memcpy(piece, s, n);
	piece[n] = '\0';
	return n;
}

/* How many bytes of text stand for themselves in any case.  Most text is
 * nothing else: it costs a tenth of what its characters cost one by one. */
static size_t
plain_run(const uint8_t *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= ' ' && s[n] <= '~' && s[n] != '\\')
		n++;
	return n;
}

/* Write at most max bytes (>= 3) of the escaped text; no NUL.  Returns how
 * many. */
static size_t
escape(char *out, size_t max, const uint8_t *s, size_t len, bool keep_backslash)
{
	char piece[PIECE];
	size_t used, fits; /* fits: used, with room for "..." */

	used = fits = plain_run(s, len < max - 3 ? len : max - 3);
	memcpy(out, s, used);
	s += used;
	len -= used;
	while (len > 0) {
		size_t n = make_piece(s, len, keep_backslash, piece);
		size_t size = strlen(piece);

		if (size > max - used) {
			memcpy(out + fits, "...", 3);
			return fits + 3;
		}
		memcpy(out + used, piece, size);
		used += size;
		if (used <= max - 3)
			fits = used;
		s += n;
		len -= n;
	}
	return used;
}

void
text_safe(struct buf *out, const void *bytes, size_t len)
{
	char safe[TEXT_MAX];

	buf_add(out, safe, escape(safe, sizeof(safe), bytes, len, false));
}

char *
text_safe_dup(const void *bytes, size_t len)
{
	char safe[TEXT_MAX];

	return strndup(safe, escape(safe, sizeof(safe), bytes, len, false));
}

size_t
text_line(char *out, size_t size, const char *message)
{
	size_t len = escape(
	    out, size - 1, (const uint8_t *)message, strlen(message), true);

	out[len] = '\0';
	return len;
}

size_t
text_columns(const char *text)
{
	size_t left = strlen(text), columns = 0;

	while (left > 0) {
		uint32_t point = 0;
		size_t n = text_utf8(text, left, &point);

		if (n == 0) /* shown as one replacement character */
			n = 1;
		if (!WITHIN(point, combining))
			columns += WITHIN(point, wide) ? 2 : 1;
		text += n;
		left -= n;
	}
	return columns;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Only the last '*' is ever taken back to, which bounds the work by the
 * product of the lengths. */
bool
text_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (*pattern != '\0' &&
		    (*pattern == '?' || lower(*pattern) == lower(*text))) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

#define WORD_MAX 64

static unsigned
least_of(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Edits from the first i characters of a to the first j of b; the rows are
 * those of i-2, i-1 and i, each at its number modulo 3. */
static unsigned
edits(unsigned row[3][WORD_MAX + 1], const char *a, const char *b, size_t i,
    size_t j)
{
	const unsigned *now = row[i % 3], *last = row[(i + 2) % 3];
	unsigned n;

	if (i == 0 || j == 0)
		return (unsigned)(i + j);
	n = last[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));
	n = least_of(n, least_of(last[j], now[j - 1]) + 1);
	if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
	    lower(a[i - 2]) == lower(b[j - 1]))
		n = least_of(n, row[(i + 1) % 3][j - 2] + 1);
	return n;
}

/* Edits (insert, delete, replace, swap of neighbours) from a to b, both at
 * most WORD_MAX long. */
static unsigned
distance(const char *a, const char *b)
{
	size_t alen = strlen(a), blen = strlen(b);
	unsigned row[3][WORD_MAX + 1] = { 0 };

	for (size_t i = 0; i <= alen; i++) {
		for (size_t j = 0; j <= blen; j++)
			row[i % 3][j] = edits(row, a, b, i, j);
	}
	return row[alen % 3][blen];
}

const char *
text_nearest(const char *word, const char *const *candidates, size_t n)
{
	const char *best = NULL;
	size_t len = strlen(word);
	unsigned least = 3;

	if (len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		unsigned away;

		if (strlen(candidates[i]) > WORD_MAX)
			continue;
		away = distance(word, candidates[i]);
		if (away < least && 2 * away < len) {
			least = away;
			best = candidates[i];
		}
	}
	return best;
}
