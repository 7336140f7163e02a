#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/status/reply.h"
#include "agent/status/sheet.h"
#include "tests/unit/fake_watch.h"
#include "tests/unit/support.h"

/*
 * Whatever servers and operators write, a page has the same elements with the
 * same attributes: everything is compared with the page on which all such text
 * is "x".
 */

static const char *const pages[] = { "/", "/?q=down&verdict=critical",
	"/domain/primary-down.example", "/domain/all-down.example",
	"/domain/healthy.example", "/incident/17", "/incident/18",
	"/incident/5", "/incidents", "/host/mx1.example.org",
	"/host/mx3.example.org" };
#define PAGES (sizeof(pages) / sizeof(*pages))

static char *
page_of(struct watch *w, const char *target)
{
	struct reply reply = { .status = 0 };
	struct ask ask;
	char *text;

	assert_int_equal(ask_parse(&ask, target), 0);
	buf_init(&reply.body, 0);
	reply_make(w, &ask, &reply);
	if (reply.status != 200)
		fail_msg("%s: %u", target, reply.status);
	text = buf_take(&reply.body);
	assert_non_null(text);
	reply_free(&reply);
	return text;
}

/* ------------------------------------------------ the structure of a page */

static bool
is_void(const char *name)
{
	static const char *const voids[] = { "meta", "link", "input",
		"!DOCTYPE" };

	for (size_t i = 0; i < sizeof(voids) / sizeof(*voids); i++)
		if (strcmp(voids[i], name) == 0)
			return true;
	return false;
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
	    c == '!' || (c >= '0' && c <= '9');
}

#define DEPTH_MAX 64

struct walk {
	const char *at;
	struct buf shape;
	char open[DEPTH_MAX][16];
	size_t depth;
};

static void
take_name(struct walk *k, char out[32])
{
	size_t n = 0;

	while (is_name(*k->at) && n < 31)
		out[n++] = *k->at++;
	out[n] = '\0';
	assert_int_not_equal(n, 0);
}

/* name="value", name, or the end. */
static void
take_attribute(struct walk *k)
{
	char name[32];

	take_name(k, name);
	buf_printf(&k->shape, " %s", name);
	if (*k->at != '=')
		return;
	k->at++;
	assert_int_equal(*k->at, '"');
	k->at++;
	while (*k->at != '"') {
		assert_int_not_equal(*k->at, '\0');
		assert_int_not_equal(*k->at, '<');
		k->at++;
	}
	k->at++;
}

static void
close_tag(struct walk *k, const char *name)
{
	assert_int_not_equal(k->depth, 0);
	assert_string_equal(k->open[--k->depth], name);
}

static void
take_tag(struct walk *k)
{
	bool closing = k->at[1] == '/', empty;
	char name[32];

	k->at += closing ? 2 : 1;
	take_name(k, name);
	buf_printf(&k->shape, "<%s%s", closing ? "/" : "", name);
	while (*k->at == ' ') {
		k->at++;
		take_attribute(k);
	}
	empty = *k->at == '/';
	k->at += empty;
	assert_int_equal(*k->at, '>');
	k->at++;
	if (closing) {
		close_tag(k, name);
	} else if (!empty && !is_void(name)) {
		assert_true(k->depth < DEPTH_MAX);
		strcpy(k->open[k->depth++], name);
	}
	if (!closing && strcmp(name, "style") == 0) {
		k->at = strstr(k->at, "</style>");
		assert_non_null(k->at);
	}
}

/* Tags and the names of their attributes; every element is closed. */
static char *
shape_of(const char *html)
{
	struct walk k = { .at = html };
	char *shape;

	buf_init(&k.shape, 0);
	while (*k.at != '\0')
		if (*k.at == '<')
			take_tag(&k);
		else
			assert_int_not_equal(*k.at++, '>');
	assert_int_equal(k.depth, 0);
	shape = buf_take(&k.shape);
	assert_non_null(shape);
	return shape;
}

/* ----------------------------------------------------------- bad strings */

static char *plain[PAGES];

static int
make_plain(void **state)
{
	struct watch *w = fake_watch(5, "x");

	(void)state;
	for (size_t i = 0; i < PAGES; i++) {
		char *html = page_of(w, pages[i]);

		plain[i] = shape_of(html);
		free(html);
	}
	fake_free(w);
	return 0;
}

static int
free_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < PAGES; i++)
		free(plain[i]);
	return 0;
}

static void
try(const char *payload)
{
	struct watch *w = fake_watch(5, payload);

	for (size_t i = 0; i < PAGES; i++) {
		char *html = page_of(w, pages[i]);
		char *shape = shape_of(html);

		if (strcmp(shape, plain[i]) != 0)
			fail_msg("%s is another page with \"%s\"", pages[i],
			    payload);
		free(shape);
		free(html);
	}
	fake_free(w);
}

static void
test_bad_strings(void **state)
{
	static const char *const payloads[] = {
		"<script>alert(1)</script>",
		"\"><img src=x onerror=alert(1)>",
		"'><svg onload=alert(1)>",
		"\" onmouseover=\"alert(1)",
		"' onfocus='alert(1)' autofocus='",
		"</title></style></textarea><script>",
		"</text></svg><script>",
		"<!--",
		"-->",
		"]]>",
		"<![CDATA[<b>]]>",
		"<?php ?>",
		"&lt;script&gt;",
		"&#60;script&#62;",
		"&quot;&gt;",
		"javascript:alert(1)",
		"//evil.example",
		"\\\" x",
		"`x`",
		"x\xff<b>\xc0\xbc",
		"\xe2\x80\xae<b>",
		"\xf0\x9f\x92\xa9<",
		"\x01\x02<b>\x1b[2J",
		"<b\n\n\tx>",
		"{{7*7}}${7*7}",
		"%3Cb%3E",
		"<a href=x>",
		"<use href=#x>",
		"<desc>",
		"\"/></svg>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(payloads) / sizeof(*payloads); i++)
		try(payloads[i]);
}

/* The list that others made, where there is one. */
static void
test_corpus(void **state)
{
	const char *corpus = getenv("MXVIGIL_CORPUS");
	char path[1024];
	json_t *list, *one;
	size_t i;

	(void)state;
	if (corpus == NULL) {
		print_message("MXVIGIL_CORPUS is not set: its strings are not "
		              "tried\n");
		skip();
	}
	snprintf(path, sizeof(path), "%s/strings/blns.json", corpus);
	list = json_load_file(path, 0, NULL);
	assert_non_null(list);
	json_array_foreach(list, i, one) if (json_string_length(one) > 0)
	    try(json_string_value(one));
	json_decref(list);
}

/* What was typed comes back as text only. */
static void
test_search(void **state)
{
	struct watch *w = fake_watch(5, "x");
	char *html = page_of(w, "/?q=%22%3E%3Cscript%3E&label=%3Cb%3E");

	(void)state;
	assert_null(strstr(html, "<script>"));
	assert_null(strstr(html, "<b>"));
	assert_non_null(strstr(html, "value=\"&quot;&gt;&lt;script&gt;\""));
	free(shape_of(html));
	free(html);
	fake_free(w);
}

/* -------------------------------------------------------------- the answer */

struct answer_case {
	const char *label, *expected;
	struct watch_counts counts;
	bool blind;
};

static const struct answer_case answers[] = {
	{ "none", "<h1>No domain is watched yet</h1>", { .domains = 0 },
	    false },
	{ "first look", "<h1>The first look is under way</h1>",
	    { .domains = 5, .pending = 5 }, false },
	{ "one", "<h1>Mail gets in for 1 domain</h1>",
	    { .domains = 1, .ok = 1, .accepted = 1 }, false },
	{ "all", "<h1>Mail gets in for all 1,234 domains</h1>",
	    { .domains = 1234, .ok = 1234, .accepted = 1234 }, false },
	{ "some take none",
	    "<h1>Mail gets in for all 7 domains that take mail</h1>",
	    { .domains = 9, .ok = 9, .accepted = 7, .refused = 2 }, false },
	{ "all take none", "<h1>No domain takes mail, as each says itself</h1>",
	    { .domains = 2, .ok = 2, .refused = 2 }, false },
	{ "so far", "<h1>Mail gets in for all 3 domains looked at so far</h1>",
	    { .domains = 9, .ok = 3, .accepted = 3, .pending = 6 }, false },
	{ "one unknown", "<h1>Mail gets in for 8 of 9 domains</h1>",
	    { .domains = 9, .ok = 8, .accepted = 8, .unknown = 1 }, false },
	{ "bad", "<h1>3 of 1,234 domains get no mail</h1>",
	    { .domains = 1234,
	        .ok = 1231,
	        .accepted = 1231,
	        .critical = 3,
	        .deferred = 2,
	        .bounced = 1 },
	    false },
	{ "one bad", "<h1>1 of 9 domains gets no mail</h1>",
	    { .domains = 9,
	        .ok = 8,
	        .accepted = 8,
	        .critical = 1,
	        .deferred = 1 },
	    false },
	{ "blind", "<h1>The agent cannot see whether mail gets in</h1>",
	    { .domains = 9, .ok = 9, .accepted = 9 }, true },
};

static void
test_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct home h = { .counts = answers[i].counts };
		struct ask ask = { .nsegment = 0 };
		struct buf b;

		h.sheet.ask = &ask;
		h.health.ready = true;
		h.health.blind[SIGHT_DNS] = answers[i].blind;
		buf_init(&b, 0);
		render_home(&b, &h);
		if (strstr(buf_str(&b), answers[i].expected) == NULL)
			fail_msg(
			    "%s: no %s", answers[i].label, answers[i].expected);
		free(shape_of(buf_str(&b)));
		buf_free(&b);
	}
}

/* The same share of mail that the report has is in the drawing's words. */
static void
test_path(void **state)
{
	struct watch *w = fake_watch(5, "x");
	char *html = page_of(w, "/domain/primary-down.example");

	(void)state;
	assert_non_null(strstr(html,
	    "Preference 10: mx1.example.org is down, "
	    "no mail; "));
	assert_non_null(strstr(html,
	    "Preference 20: mx2.example.org is up, "
	    "100\xc2\xa0% of mail; "));
	assert_non_null(strstr(html, "class=\"flow\""));
	free(html);
	fake_free(w);
}

/* It renews itself, unless it was asked not to; links keep what was asked. */
static void
test_refresh(void **state)
{
	struct watch *w = fake_watch(300, "x");
	char *html = page_of(w, "/?q=d00");

	(void)state;
	assert_non_null(strstr(html, "http-equiv=\"refresh\""));
	assert_non_null(strstr(html, "<a href=\"/?q=d00&amp;refresh=off\">"));
	assert_non_null(strstr(html,
	    "<a href=\"/?q=d00&amp;offset=100\" "
	    "rel=\"next\">"));
	free(html);
	html = page_of(w, "/?q=d00&refresh=off&offset=100");
	assert_null(strstr(html, "http-equiv=\"refresh\""));
	assert_non_null(
	    strstr(html, "<a href=\"/?q=d00&amp;refresh=off\" rel=\"prev\">"));
	free(html);
	fake_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_strings),
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_refresh),
	};

	return cmocka_run_group_tests(tests, make_plain, free_plain);
}
