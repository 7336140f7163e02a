#include <stdlib.h>
#include <string.h>

#include "packaging/doc/mdoc.h"
#include "packaging/doc/page.h"

#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct row {
	const char *label, *in, *want;
};

static void
check_rows(
    const struct row *row, size_t n, void (*write)(struct buf *, const char *))
{
	for (size_t i = 0; i < n; i++) {
		struct buf b;

		buf_init(&b, 0);
		write(&b, row[i].in);
		if (strcmp(buf_str(&b), row[i].want) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", row[i].label,
			    buf_str(&b), row[i].want);
		assert_false(b.failed);
		buf_free(&b);
	}
}

/* ------------------------------------------------------------------- prose */

static void
test_prose(void **state)
{
	static const struct row row[] = {
		{ "nothing", "", "" },
		{ "blanks", " \n ", "" },
		{ "words", "what  is\nwatched", "what is watched\n" },
		{ "sentences", "One. Two! Three? (Four.) \"Five.\" Six",
		    "One.\nTwo!\nThree?\n(Four.)\n\"Five.\"\nSix\n" },
		{ "no sentences", "5.1 a.b ... so", "5.1 a.b ...\\& so\n" },
		{ "no sentence at the end", "such as x.y=...",
		    "such as x.y=...\\&\n" },
		{ "a dot alone", "- . and :", "\\- .\\& and :\n" },
		{ "paragraphs", "One.\n\nTwo.\n\n", "One.\n.Pp\nTwo.\n" },
		{ "a request", ".yaml", "\\&.yaml\n" },
		{ "a request behind a sentence", "One. .sock",
		    "One.\n\\&.sock\n" },
		{ "an apostrophe", "'tls.*' isn't", "\\&'tls.*' isn't\n" },
		{ "a backslash", "a\\b \\fBc", "a\\eb \\efBc\n" },
		{ "accents", "~ ^ `x`", "\\(ti \\(ha \\(gax\\(ga\n" },
		{ "quotes", "a \"b\" c", "a \"b\" c\n" },
		{ "not ASCII",
		    "b\xc3\xbc"
		    "cher \xe2\x82\xac \xf0\x9f\x98\x80",
		    "b\\[u00FC]cher \\[u20AC] \\[u1F600]\n" },
		{ "not UTF-8", "a\xff", "a\\[u00FF]\n" },
		{ "a hyphen of print", "read-only", "read-only\n" },
		{ "options", "-f --all (-v) \"--why\"",
		    "\\-f \\-\\-all (\\-v) \"\\-\\-why\"\n" },
		{ "a rule", "mx.all-down, and so", "mx.all\\-down, and so\n" },
		{ "a range", "4-5 d", "4-5 d\n" },
		{ "a path", "/etc/a-b", "/etc/a\\-b\n" },
		{ "a page", "see mxvigil-run(1), or x(5).",
		    "see\n.Xr mxvigil-run 1 ,\nor\n.Xr x 5 .\n" },
		{ "no page", "f(x) g(10) (1) a(1)b", "f(x) g(10) (1) a(1)b\n" },
	};

	(void)state;
	check_rows(row, COUNT(row), mdoc_prose);
}

/* Lines are filled, and none is too long where it need not be. */
static void
test_fill(void **state)
{
	struct buf in, out;
	char *rest, *line;
	size_t lines = 0;

	(void)state;
	buf_init(&in, 0);
	buf_init(&out, 0);
	for (int i = 0; i < 200; i++)
		buf_puts(&in, "seven77 ");
	mdoc_prose(&out, buf_str(&in));
	rest = out.data;
	while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
		assert_true(strlen(line) <= 78);
		if (*rest != '\0')
			assert_true(strlen(line) > 78 - 8);
		lines++;
	}
	assert_true(lines > 15);
	buf_free(&in);
	buf_free(&out);
}

/* ------------------------------------------------------------ macro lines */

static void
test_typed(void **state)
{
	static const struct row row[] = {
		{ "a command", "mxvigil check --list a-b",
		    "mxvigil check \\-\\-list a\\-b" },
		{ "quotes", "x 'a b' \"c\"", "x \\(aqa b\\(aq \\(dqc\\(dq" },
		{ "macros", "Li Nm Fl %A .x Line",
		    "\\&Li \\&Nm \\&Fl \\&%A .x Line" },
		{ "punctuation", "a | b . ) x", "a \\&| b \\&. \\&) x" },
		{ "blanks", "a   b", "a \\ \\ b" },
		{ "a backslash", "a\\n", "a\\en" },
		{ "shell", "a `b` ~ ^", "a \\(gab\\(ga \\(ti \\(ha" },
	};

	(void)state;
	check_rows(row, COUNT(row), mdoc_typed);
}

static void
test_words(void **state)
{
	static const struct row row[] = {
		{ "words", "1 to 5; default: 3", "1 to 5; default: 3" },
		{ "a macro", "MX An Xr", "\\&MX \\&An \\&Xr" },
		{ "print", "read-only isn't", "read-only isn't" },
		{ "quotes", "\"a\"", "\\(dqa\\(dq" },
	};

	(void)state;
	check_rows(row, COUNT(row), mdoc_words);
}

static void
test_form(void **state)
{
	static const struct row row[] = {
		{ "a value", "FILE", "Ar FILE" },
		{ "choices", "human|json", "Cm human Ns | Ns Cm json" },
		{ "a part", "NAME=ADDR[:PORT]",
		    "Ar NAME Ns = Ns Ar ADDR Ns Oo : Ns Ar PORT Oc" },
		{ "a list", "WARN[,CRIT]", "Ar WARN Ns Oo , Ns Ar CRIT Oc" },
		{ "a command", "check [options] DOMAIN...",
		    "Cm check Oo Ar options Oc Ar DOMAIN ..." },
		{ "repeated, or not", "rules [RULE...]",
		    "Cm rules Oo Ar RULE ... Oc" },
		{ "options", "ack --why TEXT -H X",
		    "Cm ack Fl \\-why Ar TEXT Fl H Ar X" },
		{ "an option that may be", "silence --list [--all]",
		    "Cm silence Fl \\-list Oo Fl \\-all Oc" },
		{ "values", "DOMAIN|HOST", "Ar DOMAIN Ns | Ns Ar HOST" },
	};

	(void)state;
	check_rows(row, COUNT(row), mdoc_form);
}

/* ------------------------------------------------------------------- pages */

static const char *
write_words(struct buf *out, char *const *word)
{
	for (; *word != NULL; word++)
		buf_printf(out, "<%s>\n", *word);
	return NULL;
}

static const char *
write_nothing(struct buf *out, char *const *word)
{
	(void)out;
	(void)word;
	return "it cannot be";
}

static const struct part parts[] = {
	{ "words", write_words },
	{ "nothing", write_nothing },
	{ .name = NULL },
};

#define BEGIN(words) ".\\\" begin: " words "\n"
#define END          ".\\\" end\n"

static void
test_page(void **state)
{
	static const struct row row[] = {
		{ "no part", ".Sh A\nb\n", ".Sh A\nb\n" },
		{ "a part", "a\n" BEGIN("words x y") "old\n" END "b\n",
		    "a\n" BEGIN("words x y") "<x>\n<y>\n" END "b\n" },
		{ "an empty one", BEGIN("words z") END,
		    BEGIN("words z") "<z>\n" END },
		{ "without words", BEGIN("words") "old\n" END,
		    BEGIN("words") END },
		{ "another comment", ".\\\" beginning\n", ".\\\" beginning\n" },
		{ "unknown", "a\n" BEGIN("other x") END,
		    "2: there is no part other" },
		{ "it fails", BEGIN("nothing") END, "1: it cannot be" },
		{ "no name", BEGIN(" ") END, "1: no part, or too many words" },
		{ "in another", BEGIN("words") BEGIN("words") END,
		    "2: another part has not ended" },
		{ "no end", BEGIN("words") "a\n", "2: a part has not ended" },
		{ "no begin", "a\n" END, "2: no part has begun" },
		{ "no line end", "a", "0: the last line has no end" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct buf out, why;
		int result;

		buf_init(&out, 0);
		buf_init(&why, 0);
		result = page_rewrite(row[i].in, parts, &out, &why);
		if (strcmp(buf_str(result == 0 ? &out : &why), row[i].want) !=
		    0)
			fail_msg("%s: \"%s\"", row[i].label,
			    buf_str(result == 0 ? &out : &why));
		assert_int_equal(why.len == 0, result == 0);
		buf_free(&out);
		buf_free(&why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prose),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_typed),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
