#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/base/text.h"
#include "agent/notify/channel.h"
#include "agent/notify/escape.h"
#include "tests/unit/markup.h"
#include "tests/unit/support.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define ZERO     "\xe2\x80\x8b"

/* ------------------------------------------------------------------- rows */

static void
test_words(void **state)
{
	static const struct {
		enum escape_format format;
		const char *text, *want;
	} row[] = {
		{ ESCAPE_SLACK, "no mail server of example.org takes mail",
		    "no mail server of `example.org` takes mail" },
		{ ESCAPE_SLACK, "hits a.example, b.example (and more).",
		    "hits `a.example`, `b.example` (and more)." },
		{ ESCAPE_SLACK, "CRITICAL: at 16:40 on 2026-11-23, it's down",
		    "CRITICAL: at 16:40 on 2026-11-23, it's down" },
		{ ESCAPE_SLACK, "<!channel> & `x`",
		    "`&lt;!channel&gt;` `&amp;` `'x'`" },
		{ ESCAPE_SLACK_PLAIN, "<!channel> & a.example",
		    "&lt;!channel&gt; &amp; a.example" },
		{ ESCAPE_MATTERMOST, "ask @all or ~town-square",
		    "ask `@all` or `~town-square`" },
		{ ESCAPE_DISCORD, "[x](http://e) **b** ||s||",
		    "`[x](http://e`) `**b**` `||s||`" },
		{ ESCAPE_DISCORD, "1. one", "`1`. one" },
		{ ESCAPE_DISCORD, "- one", "`-` one" },
		{ ESCAPE_DISCORD, "one - two", "one - two" },
		{ ESCAPE_GOOGLE_CHAT, "hi <users/all>",
		    "hi `<" ZERO "users/all>`" },
		{ ESCAPE_HTML, "see <b> \"x\" /start mx.example",
		    "see <code>&lt;b&gt;</code> &quot;x&quot; "
		    "<code>/start</code> <code>mx.example</code>" },
		{ ESCAPE_HTML, "call 123456789 and/or 12",
		    "call <code>123456789</code> and/or 12" },
		{ ESCAPE_CARD, "{{DATE(1)}} <at>x</at> [x](http://e)",
		    "{" ZERO "{" ZERO "DATE(1)}} <" ZERO "at>x<" ZERO
		    "/at> [x]" ZERO "(http:" ZERO "//e)" },
		{ ESCAPE_PLAIN, "https://a.example WWW.b.example 10.0.0.1",
		    "https[:]//a.example www[.]b.example 10.0.0.1" },
		{ ESCAPE_UNLINKED, "a.example. @room x",
		    "a." ZERO "example. @" ZERO "room x" },
		{ ESCAPE_CLEAN, "a\nb\xff <@x>", "a\\x0ab\\xff <@x>" },
		{ ESCAPE_SLACK, "  a   b  ", "a b" },
		{ ESCAPE_SLACK,
		    "b\xc3\xbc"
		    "cher \xef\xbc\xa0"
		    "all",
		    "b\xc3\xbc"
		    "cher `\xef\xbc\xa0"
		    "all`" },
		{ ESCAPE_SLACK,
		    "a\xe2\x80\xae"
		    "b",
		    "`a\\u{202e}b`" },
		{ ESCAPE_SLACK, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct buf out;

		buf_init(&out, 0);
		escape_words(&out, row[i].format, row[i].text, SIZE_MAX);
		assert_string_equal(buf_str(&out), row[i].want);
		buf_free(&out);
	}
}

static void
test_cut(void **state)
{
	static const struct {
		enum escape_format format;
		const char *text;
		size_t max;
		const char *want;
	} row[] = {
		{ ESCAPE_SLACK, "abcdef", 6, "abcdef" },
		{ ESCAPE_SLACK, "abcdef", 5, "ab" ELLIPSIS },
		{ ESCAPE_SLACK, "abcdef", 3, ELLIPSIS },
		{ ESCAPE_SLACK, "abcdef", 2, "" },
		{ ESCAPE_SLACK, "abcdef", 0, "" },
		{ ESCAPE_SLACK, "a b.c", 7, "a `b.c`" },
		{ ESCAPE_SLACK, "a b.cdef", 8, "a `b`" ELLIPSIS },
		{ ESCAPE_SLACK, "a b.cdef", 7, "a " ELLIPSIS },
		{ ESCAPE_SLACK_PLAIN, "a<<", 9, "a&lt;&lt;" },
		{ ESCAPE_SLACK_PLAIN, "a<<", 8, "a&lt;" ELLIPSIS },
		{ ESCAPE_SLACK_PLAIN, "a<<", 7, "a" ELLIPSIS },
		{ ESCAPE_HTML, "a.b", 16, "<code>a.b</code>" },
		{ ESCAPE_HTML, "a.b", 15, ELLIPSIS },
		{ ESCAPE_PLAIN, "\xc3\xa4\xc3\xb6\xc3\xbc", 6,
		    "\xc3\xa4\xc3\xb6\xc3\xbc" },
		{ ESCAPE_PLAIN, "\xc3\xa4\xc3\xb6\xc3\xbc", 5,
		    "\xc3\xa4" ELLIPSIS },
		{ ESCAPE_PLAIN, "a\nbc", 6, "a" ELLIPSIS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct buf out;

		buf_init(&out, 0);
		buf_puts(&out, "before");
		escape_words(&out, row[i].format, row[i].text, row[i].max);
		assert_string_equal(buf_str(&out) + 6, row[i].want);
		buf_free(&out);
	}
}

/* ------------------------------------------------------------------- chance */

static const char *const nasty[] = { "@everyone", "@here", "@all", "@channel",
	"<!channel>", "<!here|x>", "<@U1>", "<#C1>", "<users/all>",
	"<https://e.example|x>", "[x](http://e.example)", "![x](//e)",
	"https://e.example/", "HTTP://e", "www.e.example", "Www.e",
	"mailto:a@b", "e.example", "discord.gg/x", "/start", "#tag", "$USD",
	"+12125550123", "4111111111111111", "*", "**", "_", "__", "~", "~~",
	"`", "```", "|", "||", ">", ">>>", "&", "&amp;", "&#64;", "&lt;", "<",
	"<b>", "</code>", "<code>", "<a href=\"http://e\">", "</pre>", "\"",
	"'", "(", ")", "[", "]", "](", "{{DATE(2017-02-14T06:08:39Z)}}", "{",
	"${x}", "<at>x</at>", "\\", "\\\\", "\n", "\r\n", "\t", "\x01", "\x7f",
	"\xe2\x80\xae", "\xe2\x80\xa8", "\xe2\x80\x8b", "\xef\xbb\xbf",
	"\xef\xbc\xa0", "\xe3\x80\x82", "\xc2\xa0", "\xff", "\xc3",
	"\xed\xa0\x80", "\xf0\x9f\x92\xa9", "\xc3\xa4", "\xe2\x80\xa6",
	":smile:", ":100:", "16:40", "2026-11-23", "- ", "1. ", "1)", "# ",
	"+ ", "---", "===", "...", ":", "://", ":/", ";", ",", ".", "!", "?",
	" ", "  ", "word", "Mail", "of", "a", "7", "%", "=", "-", "/" };

#define NASTY (sizeof(nasty) / sizeof(*nasty))

/* xorshift: the same on every machine. */
static uint64_t
chance(uint64_t n)
{
	static uint64_t x = 88172645463325252U;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x % n;
}

static void
make_text(struct buf *text)
{
	size_t n = chance(20) == 0 ? 500 : chance(8) + 1;

	buf_reset(text);
	for (size_t i = 0; i < n; i++) {
		buf_puts(text, nasty[chance(NASTY)]);
		if (chance(3) == 0)
			buf_putc(text, ' ');
	}
}

/* What a reader should see of it all. */
static char *
wanted(enum escape_format format, bool code, const char *text)
{
	bool marks = format <= ESCAPE_HTML && format != ESCAPE_SLACK_PLAIN;
	bool words = marks && !code;
	struct buf out;
	char *want, *space;

	buf_init(&out, 0);
	escape_code(&out, ESCAPE_CLEAN, text, SIZE_MAX);
	want = buf_take(&out);
	assert_non_null(want);
	for (char *c = want; marks && *c != '\0'; c++) {
		if (*c == '`' && format != ESCAPE_HTML)
			*c = '\'';
	}
	while (words && *want == ' ')
		memmove(want, want + 1, strlen(want));
	while (words && (space = strstr(want, "  ")) != NULL)
		memmove(space, space + 1, strlen(space));
	if (words && *want != '\0' && want[strlen(want) - 1] == ' ')
		want[strlen(want) - 1] = '\0';
	return want;
}

/* Cut or whole, it is the text from its start. */
static void
check_seen(enum escape_format format, bool code, const char *text,
    const char *out, bool whole)
{
	char *want, *seen;
	size_t len;

	if (format == ESCAPE_PLAIN) /* "[:]" stands for ":" */
		return;
	want = wanted(format, code, text);
	seen = markup_seen(format, out);
	len = strlen(seen);
	if (!whole && len >= 3 && strcmp(seen + len - 3, ELLIPSIS) == 0)
		len -= 3;
	if (strncasecmp(seen, want, len) != 0 || (whole && want[len] != '\0'))
		fail_msg("format %d: %s\nwanted %s\nseen   %s", (int)format,
		    text, want, seen);
	free(want);
	free(seen);
}

static void
check_one(enum escape_format format, bool code, const char *text)
{
	size_t max = chance(3) == 0 ? SIZE_MAX : chance(200);
	struct buf out;
	const char *wrong;

	buf_init(&out, 0);
	if (code)
		escape_code(&out, format, text, max);
	else
		escape_words(&out, format, text, max);
	assert_false(out.failed);
	assert_true(out.len <= max);
	wrong = markup_wrong(format, buf_str(&out), code);
	if (wrong != NULL)
		fail_msg("format %d, code %d, max %zu: %s in\n%s\nof %s",
		    (int)format, code, max, wrong, buf_str(&out), text);
	check_seen(format, code, text, buf_str(&out), max == SIZE_MAX);
	buf_free(&out);
}

static void
test_chance(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	for (int i = 0; i < 4000; i++) {
		make_text(&text);
		for (int f = 0; f < ESCAPE_FORMATS; f++) {
			check_one((enum escape_format)f, false, buf_str(&text));
			check_one((enum escape_format)f, true, buf_str(&text));
		}
	}
	buf_free(&text);
}

/* The model itself finds what it is there to find. */
static void
test_model(void **state)
{
	static const struct {
		enum escape_format format;
		const char *text;
	} bad[] = { { ESCAPE_SLACK, "<!channel>" }, { ESCAPE_SLACK, "a & b" },
		{ ESCAPE_SLACK, "*b*" }, { ESCAPE_SLACK, "`open" },
		{ ESCAPE_SLACK, "a ``" }, { ESCAPE_MATTERMOST, "@all" },
		{ ESCAPE_MATTERMOST, "a.example" },
		{ ESCAPE_MATTERMOST, "- x" }, { ESCAPE_DISCORD, "[x](y)" },
		{ ESCAPE_DISCORD, "1. x" }, { ESCAPE_DISCORD, "a :x: b" },
		{ ESCAPE_GOOGLE_CHAT, "`<users/all>`" },
		{ ESCAPE_GOOGLE_CHAT, "`http://x`" },
		{ ESCAPE_HTML, "<b>x</b>" }, { ESCAPE_HTML, "a.example" },
		{ ESCAPE_HTML, "/start" }, { ESCAPE_HTML, "<code>a" },
		{ ESCAPE_HTML, "call 4111111111111111" },
		{ ESCAPE_CARD, "{{DATE" }, { ESCAPE_CARD, "http://x" },
		{ ESCAPE_PLAIN, "http://x" }, { ESCAPE_UNLINKED, "a.b" },
		{ ESCAPE_UNLINKED, "@room" }, { ESCAPE_CLEAN, "\xff" },
		{ ESCAPE_CLEAN, "a\nb" }, { ESCAPE_SLACK_PLAIN, "<x>" } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (markup_wrong(bad[i].format, bad[i].text, false) == NULL)
			fail_msg("not found: %s", bad[i].text);
	}
}

/* The names of the header are the formats. */
static void
test_names(void **state)
{
	static const struct {
		void (*escape)(struct buf *, const char *, size_t);
		enum escape_format format;
	} row[] = { { escape_slack, ESCAPE_SLACK },
		{ escape_mattermost, ESCAPE_MATTERMOST },
		{ escape_discord, ESCAPE_DISCORD },
		{ escape_html, ESCAPE_HTML },
		{ escape_google_chat, ESCAPE_GOOGLE_CHAT },
		{ escape_card, ESCAPE_CARD }, { escape_plain, ESCAPE_PLAIN } };
	static const char text[] = "a <b> {c} http://www.d & e.f";

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct buf a, b;

		buf_init(&a, 0);
		buf_init(&b, 0);
		row[i].escape(&a, text, 25);
		escape_words(&b, row[i].format, text, 25);
		assert_string_equal(buf_str(&a), buf_str(&b));
		buf_free(&a);
		buf_free(&b);
	}
}

/* A full buffer fails and says so; it is not written past. */
static void
test_no_room(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 10);
	escape_slack(&out, "many words that are too long", 100);
	assert_true(out.failed);
	assert_true(out.len <= 10);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_chance),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
