#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"

#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_safe(void **state)
{
	static const struct {
		const char *label, *in, *want;
	} row[] = {
		{ "plain", "220 mx.example.org ESMTP", NULL },
		{ "empty", "", NULL },
		{ "letters",
		    "b\xc3\xbc"
		    "cher \xe2\x82\xac \xf0\x9f\x98\x80",
		    NULL },
		{ "right to left letters", "\xd7\x90\xd7\x91", NULL },
		{ "backslash", "a\\b", "a\\\\b" },
		{ "escape sequence", "\x1b[31mred", "\\x1b[31mred" },
		{ "bell, tab, line end", "\a\t\r\n", "\\x07\\x09\\x0d\\x0a" },
		{ "DEL", "\x7f", "\\x7f" },
		{ "C1", "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0",
		    "\\u{0080}\\u{009b}\\u{009f}\xc2\xa0" },
		{ "lone C1 byte", "\x9b", "\\x9b" },
		{ "bidi override",
		    "a\xe2\x80\xae"
		    "b",
		    "a\\u{202e}b" },
		{ "bidi isolate", "\xe2\x81\xa6", "\\u{2066}" },
		{ "direction mark", "\xe2\x80\x8e", "\\u{200e}" },
		{ "Arabic letter mark", "\xd8\x9c", "\\u{061c}" },
		{ "zero width space", "\xe2\x80\x8b", "\\u{200b}" },
		{ "soft hyphen", "\xc2\xad", "\\u{00ad}" },
		{ "line separator", "\xe2\x80\xa8", "\\u{2028}" },
		{ "paragraph separator", "\xe2\x80\xa9", "\\u{2029}" },
		{ "byte order mark", "\xef\xbb\xbf", "\\u{feff}" },
		{ "tag", "\xf3\xa0\x81\xa1", "\\u{e0061}" },
		{ "Hangul filler", "\xe3\x85\xa4", "\\u{3164}" },
		{ "variation selector", "\xef\xb8\x8f", "\\u{fe0f}" },
		{ "not UTF-8", "\xff\xfe", "\\xff\\xfe" },
		{ "cut character", "a\xe2\x82", "a\\xe2\\x82" },
		{ "cut character, then text", "\xe2\x82x", "\\xe2\\x82x" },
		{ "overlong slash", "\xc0\xaf", "\\xc0\\xaf" },
		{ "overlong, three", "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
		{ "surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "above Unicode", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
		{ "five bytes", "\xf8\x88\x80\x80\x80",
		    "\\xf8\\x88\\x80\\x80\\x80" },
		{ "last character", "\xf4\x8f\xbf\xbf", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		const char *want =
		    row[i].want == NULL ? row[i].in : row[i].want;
		char *got = text_safe_dup(row[i].in, strlen(row[i].in));

		if (strcmp(got, want) != 0)
			fail_msg("%s: %s", row[i].label, got);
		free(got);
	}
}

static void
test_safe_nul(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_puts(&b, "<");
	text_safe(&b, "a\0b", 3);
	buf_puts(&b, ">");
	assert_string_equal(buf_str(&b), "<a\\x00b>");
	buf_free(&b);
}

/* The piece repeated so often that it does not fit: the cut is at a whole
 * piece, the end is "...", and the whole at most TEXT_MAX bytes. */
static void
check_cut(const char *in, const char *out)
{
	char bytes[2048];
	size_t size = strlen(in), piece = strlen(out), len, n = 0;
	char *got;

	while (n + size <= sizeof(bytes)) {
		memcpy(bytes + n, in, size);
		n += size;
	}
	got = text_safe_dup(bytes, n);
	len = strlen(got);
	assert_true(len <= TEXT_MAX);
	assert_true(len > TEXT_MAX - 3 - piece);
	assert_string_equal(got + len - 3, "...");
	assert_int_equal((len - 3) % piece, 0);
	for (size_t i = 0; i < len - 3; i += piece)
		assert_memory_equal(got + i, out, piece);
	free(got);
}

static void
test_safe_cut(void **state)
{
	(void)state;
	check_cut("a", "a");
	check_cut("\n", "\\x0a");
	check_cut("\\", "\\\\");
	check_cut("\xc3\xa9", "\xc3\xa9");
	check_cut("\xe2\x82\xac", "\xe2\x82\xac");
	check_cut("\xe2\x80\xae", "\\u{202e}");
	check_cut("\xf3\xa0\x81\xa1", "\\u{e0061}");
}

static void
test_safe_exact_fit(void **state)
{
	char bytes[TEXT_MAX + 1];
	char *got;

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	got = text_safe_dup(bytes, TEXT_MAX);
	assert_int_equal(strlen(got), TEXT_MAX);
	assert_null(strchr(got, '.'));
	free(got);
	got = text_safe_dup(bytes, TEXT_MAX + 1);
	assert_int_equal(strlen(got), TEXT_MAX);
	assert_string_equal(got + TEXT_MAX - 4, "a...");
	free(got);
}

/* Whatever the bytes: valid UTF-8, no control, bounded. */
static void
test_safe_any_bytes(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 5000; round++) {
		uint8_t bytes[300];
		size_t len = (size_t)round % sizeof(bytes);
		const char *s;
		char *got;

		for (size_t i = 0; i < len; i++) {
			seed = seed * 1103515245U + 12345U;
			bytes[i] = (uint8_t)(seed >> 16);
		}
		got = text_safe_dup(bytes, len);
		assert_true(strlen(got) <= TEXT_MAX);
		for (s = got; *s != '\0';) {
			uint32_t point = 0;
			size_t n = text_utf8(s, strlen(s), &point);

			assert_true(n > 0);
			assert_true(point >= 0x20);
			assert_false(point >= 0x7f && point < 0xa0);
			s += n;
		}
		free(got);
	}
}

static void
test_utf8(void **state)
{
	static const struct {
		const char *in;
		uint32_t point;
		size_t n;
	} row[] = {
		{ "a", 'a', 1 },
		{ "\x7f", 0x7f, 1 },
		{ "\xc2\x80", 0x80, 2 },
		{ "\xdf\xbf", 0x7ff, 2 },
		{ "\xe0\xa0\x80", 0x800, 3 },
		{ "\xed\x9f\xbf", 0xd7ff, 3 },
		{ "\xee\x80\x80", 0xe000, 3 },
		{ "\xef\xbf\xbf", 0xffff, 3 },
		{ "\xf0\x90\x80\x80", 0x10000, 4 },
		{ "\xf4\x8f\xbf\xbf", 0x10ffff, 4 },
		{ "", 0, 0 },
		{ "\x80", 0, 0 },
		{ "\xc1\xbf", 0, 0 },
		{ "\xe0\x9f\xbf", 0, 0 },
		{ "\xf0\x8f\xbf\xbf", 0, 0 },
		{ "\xf4\x90\x80\x80", 0, 0 },
		{ "\xed\xbf\xbf", 0, 0 },
		{ "\xc3(", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		uint32_t point = 0;

		assert_int_equal(
		    text_utf8(row[i].in, strlen(row[i].in), &point), row[i].n);
		assert_int_equal(point, row[i].point);
	}
	assert_int_equal(text_utf8("\xe2\x82\xac", 2, &(uint32_t){ 0 }), 0);
}

static void
test_line(void **state)
{
	char out[12];

	(void)state;
	assert_int_equal(text_line(out, sizeof(out), "a\\b"), 3);
	assert_string_equal(out, "a\\b");
	assert_int_equal(text_line(out, sizeof(out), "12345678901"), 11);
	assert_string_equal(out, "12345678901");
	assert_int_equal(text_line(out, sizeof(out), "123456789012"), 11);
	assert_string_equal(out, "12345678...");
	text_line(out, sizeof(out), "12345\n7890");
	assert_string_equal(out, "12345...");
	assert_int_equal(text_line(out, 4, "abcdef"), 3);
	assert_string_equal(out, "...");
}

static void
test_columns(void **state)
{
	static const struct {
		const char *text;
		size_t want;
	} row[] = {
		{ "", 0 },
		{ "abc", 3 },
		{ "b\xc3\xbc"
		  "cher",
		    6 },
		{ "bu\xcc\x88"
		  "cher",
		    6 },                           /* combining */
		{ "\xe4\xbe\x8b\xe3\x81\x88", 4 }, /* two wide */
		{ "\xed\x95\x9c", 2 },             /* Hangul */
		{ "\xef\xbd\x81", 2 },             /* full-width a */
		{ "\xef\xbd\xb1", 1 },             /* half-width a */
		{ "\xf0\x9f\x98\x80", 2 },         /* emoji */
		{ "\xd0\xb6\xd7\x90", 2 },
		{ "\xe2\x9c\x93 ok", 4 },
		{ "\xff", 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		if (text_columns(row[i].text) != row[i].want)
			fail_msg("\"%s\": %zu", row[i].text,
			    text_columns(row[i].text));
	}
}

static void
test_glob(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool want;
	} row[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "*", "", true },
		{ "*", "anything", true },
		{ "**", "", true },
		{ "dns.*", "dns.bogus", true },
		{ "dns.*", "dns.", true },
		{ "dns.*", "dnsx", false },
		{ "DNS.*", "dns.bogus", true },
		{ "*.bogus", "dns.bogus", true },
		{ "*bogus*", "dns.bogus", true },
		{ "d?s.*", "dns.bogus", true },
		{ "?", "", false },
		{ "?", "a", true },
		{ "?", "ab", false },
		{ "mx.single", "mx.single", true },
		{ "mx.single", "mx.single-network", false },
		{ "mx.single*", "mx.single-network", true },
		{ "*a*b", "xaxxb", true },
		{ "*a*b", "xaxxbc", false },
		{ "a*b*c", "abbbbc", true },
		{ "[a]", "a", false },
		{ "*a?", "aab", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		if (text_glob(row[i].pattern, row[i].text) != row[i].want)
			fail_msg("%s, %s", row[i].pattern, row[i].text);
	}
}

/* A pattern of many stars would take a naive matcher longer than there is
 * time. */
static void
test_glob_does_not_explode(void **state)
{
	char pattern[201], text[2001];

	(void)state;
	for (size_t i = 0; i < 200; i++)
		pattern[i] = i % 2 == 0 ? '*' : 'a';
	pattern[199] = 'b';
	pattern[200] = '\0';
	memset(text, 'a', 2000);
	text[2000] = '\0';
	assert_false(text_glob(pattern, text));
	text[1999] = 'b';
	assert_true(text_glob(pattern, text));
}

static void
test_nearest(void **state)
{
	static const char *const key[] = { "name", "port", "resolver", "quorum",
		"timeouts", "helo" };
	static const struct {
		const char *word, *want;
	} row[] = {
		{ "prot", "port" },
		{ "por", "port" },
		{ "ports", "port" },
		{ "pork", "port" },
		{ "Port", "port" },
		{ "resolvr", "resolver" },
		{ "reslover", "resolver" },
		{ "rsolvr", "resolver" },
		{ "quorm", "quorum" },
		{ "timeout", "timeouts" },
		{ "xxxx", NULL },
		{ "pole", NULL },
		{ "pt", NULL },
		{ "p", NULL },
		{ "", NULL },
		{ "resolveromat", NULL },
		{ "name", "name" },
	};
	char longer[200];

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		const char *got = text_nearest(row[i].word, key, COUNT(key));

		if (got == NULL ?
		        row[i].want != NULL :
		        row[i].want == NULL || strcmp(got, row[i].want) != 0)
			fail_msg("%s: %s", row[i].word, got);
	}
	memset(longer, 'p', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_null(text_nearest(longer, key, COUNT(key)));
	assert_null(text_nearest("port", key, 0));
	assert_null(text_nearest("port", (const char *[]){ longer }, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_safe),
		cmocka_unit_test(test_safe_nul),
		cmocka_unit_test(test_safe_cut),
		cmocka_unit_test(test_safe_exact_fit),
		cmocka_unit_test(test_safe_any_bytes),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_glob),
		cmocka_unit_test(test_glob_does_not_explode),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
