#include <stdlib.h>
#include <string.h>

#include "agent/show/human_page.h"
#include "agent/show/show.h"
#include "tests/unit/looks.h"
#include "tests/unit/show_check.h"
#include "tests/unit/support.h"

static char *
show(const struct report *r, const struct show_style *style)
{
	struct buf out;
	char *text;

	buf_init(&out, 0);
	show_human.report(&out, r, style);
	text = buf_take(&out);
	assert_non_null(text);
	return text;
}

static void
golden(const char *format, const struct show_style *style)
{
	struct judged j;
	char path[64], *text;

	for (size_t i = 0; i < looks_count; i++) {
		look_judge(&looks[i], &j);
		text = show(j.report, style);
		look_golden(path, format, looks[i].name);
		assert_golden(path, text, strlen(text));
		free(text);
		look_free(&j);
	}
}

static void
test_80_columns(void **state)
{
	(void)state;
	golden("human-80", &(struct show_style){ .columns = 80, .utf8 = true });
}

static void
test_120_columns(void **state)
{
	(void)state;
	golden(
	    "human-120", &(struct show_style){ .columns = 120, .utf8 = true });
}

static void
test_words(void **state)
{
	const struct show_style style = {
		.columns = 80, .utf8 = true, .verbosity = 1, .color = true
	};
	struct judged j;
	char *text;

	(void)state;
	look_judge(look_find("all-down"), &j);
	text = show(j.report, &style);
	assert_golden("tests/golden/human-verbose.txt", text, strlen(text));
	free(text);
	look_free(&j);
}

/* What was not kept of an answer is left out, and what was is shown. */
static void
test_faded(void **state)
{
	struct dns_rr soa = { .owner = (char[]){ "org" },
		.target = (char[]){ "a.nic.example" },
		.type = DNS_SOA };
	const struct show_style style = { .columns = 80, .verbosity = 1 };
	struct judged j;
	char *text;

	(void)state;
	look_judge(look_find("healthy"), &j);
	for (size_t i = 0; i < j.facts->ndns; i++) {
		struct obs_dns *o = j.facts->dns[i];

		if (o->direct)
			continue;
		o->rtt_ms = -1;
		o->ad = o->faded = true;
		for (size_t k = 0; k < o->nrr; k++)
			o->rr[k].ttl = 0;
		assert_int_equal(obs_dns_add(o, DNS_AUTHORITY, &soa), 0);
		soa.soa.serial = 7;
		assert_int_equal(obs_dns_add(o, DNS_ANSWER, &soa), 0);
		soa.soa.serial = 0;
	}
	text = show(j.report, &style);
	assert_non_null(strstr(text, "\n  example.org MX @v0  ok ad\n"));
	assert_non_null(
	    strstr(text, "\n    example.org MX 10 mx1.example.org\n"));
	assert_non_null(
	    strstr(text, "\n    authority: org SOA a.nic.example\n"));
	assert_non_null(
	    strstr(text, "\n    org SOA a.nic.example 7 0 0 0 0\n"));
	assert_non_null(
	    strstr(text, "\n  example.org MX @192.0.2.53  ok  10 ms aa\n"));
	assert_non_null(
	    strstr(text, "\n    example.org 86400 MX 10 mx1.example.org\n"));
	assert_null(strstr(text, "-1"));
	assert_null(strstr(text, " 0 MX"));
	free(text);
	look_free(&j);
}

/* No line is wider than the terminal, and nothing but our own colours and
 * line breaks is a control character. */
static void
test_width(void **state)
{
	(void)state;
	for (size_t i = 0; i < looks_count; i++) {
		struct judged j;

		look_judge(&looks[i], &j);
		for (unsigned n = 0; n <= 160; n++) {
			/* Each look and width in one of the eight ways. */
			unsigned way = n + (unsigned)i;
			struct show_style style = {
				.columns = n == 160 ? 0 : 40 + n,
				.color = way & 1,
				.utf8 = way & 2,
				.verbosity = way >> 2 & 1,
			};
			char *text = show(j.report, &style);
			const char *wrong = check_human(text, &style);

			if (wrong != NULL)
				fail_msg("%s, %u columns: %s\n%s",
				    looks[i].name, style.columns, wrong, text);
			free(text);
		}
		look_free(&j);
	}
}

/* A healthy domain is a short text. */
static void
test_short(void **state)
{
	struct judged j;
	unsigned lines = 0;
	char *text;

	(void)state;
	look_judge(look_find("healthy"), &j);
	text = show(j.report, &(struct show_style){ .columns = 80 });
	for (const char *c = text; *c != '\0'; c++)
		lines += *c == '\n';
	assert_in_range(lines, 10, 20);
	assert_int_equal(strncmp(text, "OK  example.org  ", 17), 0);
	free(text);
	look_free(&j);
}

/* The name as people write it only where it can be shown. */
static void
test_idn(void **state)
{
	struct judged j;
	char *text;

	(void)state;
	look_judge(look_find("idn"), &j);
	text = show(j.report, &(struct show_style){ .utf8 = true });
	assert_non_null(strstr(text,
	    "b\xc3\xbc"
	    "cher.example (xn--bcher-kva.example)  "));
	free(text);
	text = show(j.report, &(struct show_style){ .utf8 = false });
	assert_non_null(strstr(text, "  xn--bcher-kva.example  "));
	free(text);
	look_free(&j);
}

static void
test_summary(void **state)
{
	const struct show_style style = { .columns = 80 };
	struct show_totals t = { .domains = 1, .seconds = 3.25 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	t.by_verdict[SEVERITY_OK] = 1;
	show_human.end(&out, NULL, 0, &t, &style);
	assert_string_equal(buf_str(&out), "");
	t.domains = 6;
	t.by_verdict[SEVERITY_WARNING] = 2;
	t.by_verdict[SEVERITY_CRITICAL] = 3;
	show_human.end(&out, NULL, 0, &t, &style);
	assert_string_equal(
	    buf_str(&out), "6 domains in 3.2 s: 3 critical, 2 warning, 1 ok\n");
	buf_free(&out);
}

/* The page by itself: how words, cells and long words flow. */
static void
test_page(void **state)
{
	static const struct {
		const char *label;
		unsigned columns;
		const char *cell, *text, *want;
	} row[] = {
		{ "fits", 40, "a", "b c", "  a   b c\n" },
		{ "wraps at words", 12, "a", "one two three",
		    "  a   one\n    two\n    three\n" },
		{ "breaks a long word", 8, "a", "abcdefghij",
		    "  a\n  abcdef\n  ghij\n" },
		{ "wide characters", 8, "a",
		    "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8"
		    "\xad\xe4\xb8\xad",
		    "  a\n  \xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\n  "
		    "\xe4\xb8\xad\n" },
		{ "nothing", 40, "", "", "\n" },
		{ "blanks alone", 40, "", "   ", "\n" },
		{ "no bound", 0, "a", "b", "  a   b\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct show_style style = { .columns = row[i].columns,
			.utf8 = true };
		struct buf out;
		struct page p;

		buf_init(&out, 0);
		page_init(&p, &out, &style);
		page_line(&p, 2, 4);
		page_cell(&p, TONE_PLAIN, 2, row[i].cell);
		page_text(&p, TONE_PLAIN, row[i].text);
		page_end(&p);
		if (strcmp(buf_str(&out), row[i].want) != 0)
			fail_msg("%s: got\n%s", row[i].label, buf_str(&out));
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_80_columns),
		cmocka_unit_test(test_120_columns),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_faded),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_idn),
		cmocka_unit_test(test_summary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
