#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "agent/targets.h"
#include "tests/unit/capture.h"
#include "tests/unit/scratch.h"
#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* In octal, for "c" could be a further hexadecimal digit. */
#define IDN "b\303\274cher.example"

/* The names in order, each with a blank behind it. */
static void
assert_names(const char *label, const struct targets *targets, const char *want)
{
	struct buf got;

	buf_init(&got, 0);
	for (size_t i = 0; i < targets->n; i++)
		buf_printf(&got, "%s ", targets->target[i].ascii);
	if (strcmp(buf_str(&got), want) != 0)
		fail_msg("%s: got \"%s\"", label, buf_str(&got));
	buf_free(&got);
}

/* -------------------------------------------------------------------- names */

static void
test_names(void **state)
{
	static const char *const typed[] = { "b.example", "a.example.",
		"B.Example", IDN, "a.example", "xn--bcher-kva.example",
		"_x.example" };
	struct targets targets;

	(void)state;
	targets_init(&targets);
	for (size_t i = 0; i < COUNT(typed); i++)
		targets_add(&targets, typed[i]);
	assert_names("names", &targets,
	    "b.example a.example "
	    "xn--bcher-kva.example _x.example ");
	assert_null(targets.target[0].unicode);
	assert_string_equal(targets.target[2].unicode, IDN);
	assert_int_equal(targets.bad, 0);
	assert_null(targets.first_bad);
	targets_free(&targets);
	assert_int_equal(targets.n, 0);
}

/* Each that is none has one line; the others are kept. */
static void
test_bad_names(void **state)
{
	static const struct {
		const char *typed, *want;
	} row[] = {
		{ "", "mxvigil: the domain is empty\n" },
		{ "a b", "mxvigil: \"a b\" has a space at position 2\n" },
		{ "a..b",
		    "mxvigil: \"a..b\" has an empty label at "
		    "position 3\n" },
		{ "me@a.example",
		    "mxvigil: \"me@a.example\" is a mail "
		    "address: did you mean \"a.example\"?\n" },
		{ "https://a.example/x",
		    "mxvigil: \"https://a.example/x\" is "
		    "a URL: did you mean \"a.example\"?\n" },
		{ "192.0.2.1",
		    "mxvigil: \"192.0.2.1\" is an IP address, not "
		    "a domain\n" },
		{ "a\x1b[31m\n.example",
		    "mxvigil: \"a\\x1b[31m\\x0a.example\""
		    " has a control character at position 2\n" },
		{ "\xff.example",
		    "mxvigil: \"\\xff.example\" is not UTF-8 at "
		    "position 1\n" },
	};
	struct targets targets;
	struct capture c;

	(void)state;
	targets_init(&targets);
	for (size_t i = 0; i < COUNT(row); i++) {
		capture_begin(&c);
		targets_add(&targets, row[i].typed);
		capture_end(&c);
		assert_string_equal(c.err, row[i].want);
		assert_string_equal(c.out, "");
		capture_free(&c);
		assert_int_equal(targets.bad, i + 1);
	}
	targets_add(&targets, "good.example");
	assert_names("bad names", &targets, "good.example ");
	assert_string_equal(targets.first_bad, "the domain is empty");
	targets_free(&targets);
}

/* Many names stay in order, and are found again. */
static void
test_many(void **state)
{
	struct targets targets;
	char name[32];

	(void)state;
	targets_init(&targets);
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 20000; i++) {
			snprintf(name, sizeof(name), "d%u.example", i);
			targets_add(&targets, name);
		}
	assert_int_equal(targets.n, 20000);
	assert_string_equal(targets.target[19999].ascii, "d19999.example");
	targets_free(&targets);
}

/* -------------------------------------------------------------------- files */

#define TEXT(text) text, sizeof(text) - 1
#define ODD        "a b\n"
#define TEN_ODD    ODD ODD ODD ODD ODD ODD ODD ODD ODD ODD

/* clang-format off */
static const struct {
	const char *label, *text;
	size_t len;
	const char *names, *said;	/* said: without "mxvigil: FILE" */
} file[] = {
	{ "empty", TEXT(""), "", "" },
	{ "one", TEXT("a.example\n"), "a.example ", "" },
	{ "no line end", TEXT("a.example\nb.example"),
	    "a.example b.example ", "" },
	{ "CRLF", TEXT("a.example\r\nb.example\r\n"),
	    "a.example b.example ", "" },
	{ "UTF-8 mark", TEXT("\xef\xbb\xbf" "a.example\n"), "a.example ",
	    "" },
	{ "mark alone", TEXT("\xef\xbb\xbf"), "", "" },
	{ "comments", TEXT("# x\na.example # y\n#b.example\n"), "a.example ",
	    "" },
	{ "spaces", TEXT("  a.example\t\n\n \t \n\x0b" "b.example\x0c\n"),
	    "a.example b.example ", "" },
	{ "twice", TEXT("a.example\nA.EXAMPLE.\n"), "a.example ", "" },
	{ "IDN", TEXT(IDN "\n"),
	    "xn--bcher-kva.example ", "" },
	{ "a bad line", TEXT("a.example\na..b\nc.example\n"),
	    "a.example c.example ",
	    ":2: \"a..b\" has an empty label at position 3\n" },
	{ "two on a line", TEXT("a.example b.example\n"), "",
	    ":1: \"a.example b.example\" has a space at position 10\n" },
	{ "Latin-1", TEXT("b\xfc" "cher.example\na.example\n"), "a.example ",
	    ":1: \"b\\xfccher.example\" is not UTF-8 at position 2\n" },
	{ "zero byte", TEXT("a.example\nb\0.example\n"), "",
	    ": not a text: there is a zero byte in it\n" },
	{ "UTF-16", TEXT("\xff\xfe" "a\0"), "",
	    ": not a text: there is a zero byte in it\n" },
	{ "lone CR", TEXT("a.example\rb.example\n"), "",
	    ":1: \"a.example\\x0db.example\" has a space at position 10\n" },
};
/* clang-format on */

/* What was said about the file, without its name. */
static char *
said_of(const char *err, const char *path)
{
	struct buf out, begin;

	buf_init(&begin, 0);
	buf_init(&out, 0);
	buf_printf(&begin, "mxvigil: %s", path);
	while (*err != '\0') {
		size_t len = strcspn(err, "\n") + 1;

		assert_int_equal(strncmp(err, buf_str(&begin), begin.len), 0);
		buf_add(&out, err + begin.len, len - begin.len);
		err += len;
	}
	buf_free(&begin);
	return out.len > 0 ? buf_take(&out) : strdup("");
}

static void
test_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(file); i++) {
		char *path = scratch_file(file[i].text, file[i].len), *said;
		struct targets targets;
		struct capture c;

		targets_init(&targets);
		capture_begin(&c);
		targets_add_file(&targets, path);
		capture_end(&c);
		said = said_of(c.err, path);
		if (strcmp(said, file[i].said) != 0)
			fail_msg("%s: said %s", file[i].label, said);
		assert_names(file[i].label, &targets, file[i].names);
		assert_int_equal(targets.bad, *said == '\0' ? 0 : 1);
		scratch_remove(path);
		free(said);
		capture_free(&c);
		targets_free(&targets);
	}
}

/* What is no list of domains at all does not scroll everything away. */
static void
test_no_list(void **state)
{
	static const char text[] = "a.example\n" TEN_ODD TEN_ODD TEN_ODD;
	char *path = scratch_file(text, sizeof(text) - 1);
	struct targets targets;
	struct capture c;
	size_t lines = 0;

	(void)state;
	targets_init(&targets);
	capture_begin(&c);
	targets_add_file(&targets, path);
	capture_end(&c);
	for (const char *p = c.err; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 21);
	assert_int_equal(targets.bad, 21);
	assert_non_null(strstr(c.err, ":22: too many lines"));
	assert_names("no list", &targets, "a.example ");
	scratch_remove(path);
	capture_free(&c);
	targets_free(&targets);
}

static void
test_no_file(void **state)
{
	static const struct {
		const char *path, *want;
	} row[] = {
		{ "/nonexistent",
		    "mxvigil: /nonexistent: No such file or "
		    "directory\n" },
		{ "/", "mxvigil: /: Is a directory\n" },
		{ "/no\n\x1b[2J",
		    "mxvigil: /no\\x0a\\x1b[2J: No such file or "
		    "directory\n" },
		{ "/dev/zero", "mxvigil: /dev/zero: larger than 64 MiB\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct targets targets;
		struct capture c;

		targets_init(&targets);
		capture_begin(&c);
		targets_add_file(&targets, row[i].path);
		capture_end(&c);
		assert_string_equal(c.err, row[i].want);
		assert_int_equal(targets.bad, 1);
		assert_int_equal(targets.n, 0);
		capture_free(&c);
		targets_free(&targets);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_no_list),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
