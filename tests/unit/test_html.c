#include <string.h>

#include "agent/status/ask.h"
#include "agent/status/html.h"
#include "tests/unit/support.h"

#define SECOND 1000000LL

struct text_case {
	const char *label, *text, *expected;
};

static void
expect(struct buf *b, const char *label, const char *expected)
{
	assert_false(b->failed);
	if (strcmp(buf_str(b), expected) != 0)
		fail_msg("%s: got \"%s\", expected \"%s\"", label, buf_str(b),
		    expected);
	buf_free(b);
}

static void
test_text(void **state)
{
	static const struct text_case cases[] = {
		{ "plain", "mx1.example.org", "mx1.example.org" },
		{ "nothing", NULL, "" },
		{ "markup", "<b a=\"1\" c='2'>&</b>",
		    "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;&lt;/b&gt;" },
		{ "umlaut",
		    "b\xc3\xbc"
		    "cher",
		    "b\xc3\xbc"
		    "cher" },
		{ "no UTF-8", "a\xff<", "a\xef\xbf\xbd&lt;" },
		{ "overlong <", "\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "cut in a character", "a\xe2\x80",
		    "a\xef\xbf\xbd\xef\xbf\xbd" },
		{ "controls", "a\x01\x1b\x7f",
		    "a\xef\xbf\xbd\xef\xbf\xbd"
		    "\xef\xbf\xbd" },
		{ "C1", "\xc2\x9b", "\xef\xbf\xbd" },
		{ "blanks stay", "a\tb\nc", "a\tb\nc" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf b;

		buf_init(&b, 0);
		html_text(&b, cases[i].text);
		expect(&b, cases[i].label, cases[i].expected);
	}
}

static void
test_cut(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	html_cut(&b, "<<<<", 2);
	expect(&b, "escapes count as one", "&lt;&lt;\xe2\x80\xa6");
	html_cut(&b, "\xc3\xbc\xc3\xbc", 2);
	expect(&b, "all of it fits", "\xc3\xbc\xc3\xbc");
	html_cut(&b, "\xc3\xbc\xc3\xbc\xc3\xbc", 2);
	expect(&b, "between characters", "\xc3\xbc\xc3\xbc\xe2\x80\xa6");
}

static void
test_url(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	html_url(&b, "a-z_0.~/?&=\"<\xc3\xbc %");
	expect(&b, "url", "a-z_0.~%2F%3F%26%3D%22%3C%C3%BC%20%25");
}

static void
test_count(void **state)
{
	static const struct {
		size_t n;
		const char *expected;
	} cases[] = { { 0, "0 rows" }, { 1, "1 row" }, { 999, "999 rows" },
		{ 1000, "1,000 rows" }, { 1234567, "1,234,567 rows" },
		{ 1000001, "1,000,001 rows" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf b;

		buf_init(&b, 0);
		html_counted(&b, cases[i].n, "row", "rows");
		expect(&b, "count", cases[i].expected);
	}
}

static void
test_duration(void **state)
{
	static const struct {
		long long seconds;
		const char *expected;
	} cases[] = { { -5, "0 s" }, { 59, "59 s" }, { 60, "1 min" },
		{ 3599, "59 min" }, { 3600, "1 h" }, { 3900, "1 h 5 min" },
		{ 86399, "23 h 59 min" }, { 86400, "1 day" },
		{ 90000, "1 day 1 h" }, { 2 * 86400 + 7200, "2 days 2 h" },
		{ 30 * 86400 + 7200, "30 days" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct wall from = { 1795452000 * SECOND };
		struct wall to = { from.us + cases[i].seconds * SECOND };
		struct buf b;

		buf_init(&b, 0);
		html_duration(&b, from, to);
		expect(&b, "duration", cases[i].expected);
	}
}

static void
test_time(void **state)
{
	struct wall none = { 0 }, t = { 1795452000 * SECOND };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	html_time(&b, t);
	expect(&b, "time",
	    "<time datetime=\"2026-11-23T16:40:00.000Z\">2026-11-23 16:40 UTC"
	    "</time>");
	html_time(&b, none);
	expect(&b, "none", "\xe2\x80\x93");
}

/* What is nearly all is not shown as all. */
static void
test_percent(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	html_percent(&b, 1);
	expect(&b, "all", "100\xc2\xa0%");
	html_percent(&b, 0.99999);
	expect(&b, "nearly all", "99.99\xc2\xa0%");
	html_percent(&b, 0.5);
	expect(&b, "half", "50\xc2\xa0%");
}

/* ------------------------------------------------------------------ ask */

static void
test_refused(void **state)
{
	static const struct {
		const char *label, *target;
		int status;
	} cases[] = {
		{ "NUL", "/%00", 400 },
		{ "NUL in the query", "/?q=a%00b", 400 },
		{ "half an escape", "/domain/%4", 400 },
		{ "a percent alone", "/%", 400 },
		{ "no hex", "/%zz", 400 },
		{ "line break", "/domain/a%0d%0ab", 400 },
		{ "no UTF-8", "/domain/%ff", 400 },
		{ "overlong slash", "/%c0%af", 400 },
		{ "slash in a segment", "/domain/a%2Fb", 400 },
		{ "backslash", "/domain/a%5cb", 400 },
		{ "absolute form", "http://evil.example/", 400 },
		{ "asterisk form", "*", 400 },
		{ "empty", "", 400 },
		{ "fragment", "/#x", 400 },
		{ "a key twice", "/?q=a&q=b", 400 },
		{ "too deep", "/a/b/c/d/e/f/g", 400 },
		{ "too many keys", "/?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q", 400 },
	};
	struct ask a;
	char long_target[ASK_TARGET_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (ask_parse(&a, cases[i].target) != cases[i].status)
			fail_msg("%s: not refused", cases[i].label);
	memset(long_target, 'a', sizeof(long_target));
	long_target[0] = '/';
	long_target[sizeof(long_target) - 1] = '\0';
	assert_int_equal(ask_parse(&a, long_target), 414);
	long_target[ASK_TARGET_MAX] = '\0';
	assert_int_equal(ask_parse(&a, long_target), 0);
}

static void
test_ask(void **state)
{
	struct ask a;
	size_t n;

	(void)state;
	assert_int_equal(ask_parse(&a, "/"), 0);
	assert_int_equal(a.nsegment, 0);
	assert_int_equal(
	    ask_parse(&a, "/domain/b%C3%BCcher.example?q=a+b%2Bc&e&offset=7"),
	    0);
	assert_int_equal(a.nsegment, 2);
	assert_string_equal(a.segment[0], "domain");
	assert_string_equal(a.segment[1],
	    "b\xc3\xbc"
	    "cher.example");
	assert_string_equal(ask_value(&a, "q"), "a b+c");
	assert_string_equal(ask_value(&a, "e"), "");
	assert_null(ask_value(&a, "x"));
	assert_int_equal(ask_number(&a, "offset", 10, 3, &n), 0);
	assert_int_equal(n, 7);
	assert_int_equal(ask_number(&a, "offset", 6, 3, &n), -1);
	assert_int_equal(ask_number(&a, "none", 6, 3, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(ask_number(&a, "q", 6, 3, &n), -1);
	assert_int_equal(ask_parse(&a, "/domain/"), 0);
	assert_int_equal(a.nsegment, 2);
	assert_string_equal(a.segment[1], "");
}

static void
test_link(void **state)
{
	struct ask a;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(ask_parse(&a, "/?q=%22%3E%26&offset=100"), 0);
	ask_link(&b, &a, "offset", "200");
	expect(&b, "another value", "/?q=%22%3E%26&amp;offset=200");
	ask_link(&b, &a, "q", NULL);
	expect(&b, "without it", "/?offset=100");
	assert_int_equal(ask_parse(&a, "/domain/%3Cb%3E"), 0);
	ask_link(&b, &a, "refresh", "off");
	expect(&b, "a path", "/domain/%3Cb%3E?refresh=off");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
