#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "agent/manual.h"
#include "tests/unit/capture.h"
#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MORE     "; \"tool do --help\" tells more\n"

struct result {
	enum args_result result;
	struct buf seen;          /* options, then "|", then operands */
	const char *folder, *tag; /* what is kept */
	struct capture c;
};

/* Writes down what it is given: "--name=value ". */
static int
note(struct args *args, const char *name, const char *value)
{
	struct result *r = args->into;

	buf_printf(&r->seen, "%s=%s ", name, value);
	return 0;
}

static int
refuse(struct args *args, const char *name, const char *value)
{
	return args_complain(args, name, value, "expected something else");
}

static int
stop(struct args *args, const char *name, const char *value)
{
	(void)args;
	(void)name;
	(void)value;
	return 1;
}

static const struct arg rows[] = {
	{ .name = "--file",
	    .letter = 'f',
	    .early = true,
	    .set = note,
	    .value = "FILE",
	    .kind = ARG_FILE,
	    .help = "From it." },
	{ .name = "--port",
	    .letter = 'p',
	    .set = note,
	    .value = "PORT",
	    .help = "Which port." },
	{ .name = "--prefix",
	    .set = note,
	    .value = "TEXT",
	    .help = "Before it." },
	{ .name = "--quiet", .letter = 'q', .set = note, .help = "Less." },
	{ .name = "-4",
	    .letter = '4',
	    .set = note,
	    .help = "Only four.",
	    .section = "Numbers" },
	{ .name = "-w",
	    .letter = 'w',
	    .set = note,
	    .value = "RANGE",
	    .help = "Warn. Not more." },
	{ .name = "--bad",
	    .letter = 'b',
	    .set = refuse,
	    .value = "a|b",
	    .kind = ARG_CHOICE,
	    .help = "Bad." },
	{ .name = "--list", .letter = 'l', .set = stop, .help = "List." },
	{ .name = "--folder",
	    .letter = 'd',
	    .at = offsetof(struct result, folder),
	    .value = "DIR",
	    .kind = ARG_FILE,
	    .help = "There." },
	{ .name = "--tag",
	    .at = offsetof(struct result, tag),
	    .value = "TEXT",
	    .help = "A word." },
	{ .name = NULL },
};

static const struct manual manual = {
	.program = "tool",
	.name = "do",
	.synopsis = (const char *const[]){ "do [options] [WORD...]",
	    "do --list", NULL },
	.about = "Do it, or list what is to be done.\n\nNo more.",
	.row = rows,
	.status = "0.",
	.example = (const struct example[]){ { "tool do a", "Do a." },
	    { .line = NULL } },
};

#define USAGE                                               \
	"Usage: tool do [options] [WORD...]\n"              \
	"       tool do --list\n"                           \
	"\n"                                                \
	"Do it, or list what is to be done.\n"              \
	"\n"                                                \
	"No more.\n"                                        \
	"\n"                                                \
	"Options:\n"                                        \
	"  -f, --file FILE         From it.\n"              \
	"  -p, --port PORT         Which port.\n"           \
	"  --prefix TEXT           Before it.\n"            \
	"  -q, --quiet             Less.\n"                 \
	"\n"                                                \
	"Numbers:\n"                                        \
	"  -4                      Only four.\n"            \
	"  -w RANGE                Warn. Not more.\n"       \
	"  -b, --bad a|b           Bad.\n"                  \
	"  -l, --list              List.\n"                 \
	"  -d, --folder DIR        There.\n"                \
	"  --tag TEXT              A word.\n"               \
	"\n"                                                \
	"Other:\n"                                          \
	"  -h, --help              Print how it is used.\n" \
	"  -V, --version           Print the version.\n"    \
	"\n"                                                \
	"Examples:\n"                                       \
	"  tool do a\n"                                     \
	"      Do a.\n"                                     \
	"\n"                                                \
	"Exit status:\n"                                    \
	"0.\n"

static void
run(struct result *r, const char *words, bool plugin)
{
	char command[] = "do", *copy = strdup(words), *save;
	char *argv[24] = { command };
	struct args args = { .command = "tool do",
		.manual = &manual,
		.into = r,
		.plugin = plugin };
	int argc = 1;

	for (char *p = strtok_r(copy, " ", &save); p != NULL && argc < 23;
	     p = strtok_r(NULL, " ", &save))
		argv[argc++] = p;
	*r = (struct result){ .folder = NULL };
	buf_init(&r->seen, 0);
	capture_begin(&r->c);
	r->result = args_read(&args, argc, argv);
	capture_end(&r->c);
	if (r->folder != NULL)
		buf_printf(&r->seen, "folder:%s ", r->folder);
	if (r->tag != NULL)
		buf_printf(&r->seen, "tag:%s ", r->tag);
	r->folder = r->tag = NULL;
	buf_putc(&r->seen, '|');
	for (int i = 0; r->result == ARGS_GO && i < args.noperand; i++)
		buf_printf(&r->seen, " %s", args.operand[i]);
	free(copy);
}

static void
end(struct result *r)
{
	buf_free(&r->seen);
	capture_free(&r->c);
}

/* POSIX utility syntax guidelines 5, 6, 7, 10, and GNU long options. */
/* clang-format off */
static const struct {
	const char *words, *seen;
} good[] = {
	{ "", "|" },
	{ "a b", "| a b" },
	{ "-p 1 a", "--port=1 | a" },
	{ "-p1 a", "--port=1 | a" },
	{ "--port 1", "--port=1 |" },
	{ "--port=1", "--port=1 |" },
	{ "--po 1", "--port=1 |" },
	{ "--port= a", "--port= | a" },
	{ "--port=a=b", "--port=a=b |" },
	{ "-q4p 1", "--quiet= -4= --port=1 |" },
	{ "-q4p1", "--quiet= -4= --port=1 |" },
	{ "a -q b --port 1 c", "--quiet= --port=1 | a b c" },
	{ "-q -- -p --port a", "--quiet= | -p --port a" },
	{ "-p -q", "--port=-q |" },
	{ "--port --quiet", "--port=--quiet |" },
	{ "-w -5:", "-w=-5: |" },
	{ "-q -q -q", "--quiet= --quiet= --quiet= |" },
	{ "- -q", "--quiet= | -" },
	/* Early ones come first. */
	{ "-q a -f x", "--file=x --quiet= | a" },
	{ "-p 1 --file=y -f x", "--file=y --file=x --port=1 |" },
	{ "-- -f x", "| -f x" },
	/* The last one is kept. */
	{ "-d x a", "folder:x | a" },
	{ "--folder=x -q -dy", "--quiet= folder:y |" },
	{ "a --tag x b -d y", "folder:y tag:x | a b" },
	{ "--tag=", "tag: |" },
};
/* clang-format on */

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct result r;

		run(&r, good[i].words, false);
		if (r.result != ARGS_GO ||
		    strcmp(buf_str(&r.seen), good[i].seen) != 0)
			fail_msg("%s: %s %s", good[i].words, buf_str(&r.seen),
			    r.c.err);
		assert_string_equal(r.c.err, "");
		assert_string_equal(r.c.out, "");
		end(&r);
	}
}

/* clang-format off */
static const struct {
	const char *words, *err;
} bad[] = {
	{ "--prot 1", "tool do: --prot: no such option (did you mean "
	    "--port?)" MORE },
	{ "--prot=1", "tool do: --prot: no such option (did you mean "
	    "--port?)" MORE },
	{ "--verlose", "tool do: --verlose: no such option" MORE },
	{ "--p 1", "tool do: --p: is not enough to tell which option: "
	    "--port, --prefix" MORE },
	{ "-x", "tool do: -x: no such option" MORE },
	{ "-qx", "tool do: -x: no such option" MORE },
	{ "--quiet -x4", "tool do: -x: no such option" MORE },
	{ "a -x b", "tool do: -x: no such option" MORE },
	{ "-\x1b", "tool do: -\\x1b: no such option" MORE },
	{ "-\xc3\xa9", "tool do: -\\xc3: no such option" MORE },
	{ "--\x1b[31mred", "tool do: --\\x1b[31mred: no such option" MORE },
	{ "-p", "tool do: --port: a value is missing" MORE },
	{ "--port", "tool do: --port: a value is missing" MORE },
	{ "--prefix", "tool do: --prefix: a value is missing" MORE },
	{ "-q -w", "tool do: -w: a value is missing" MORE },
	{ "--quiet=1", "tool do: --quiet: this option takes no value" MORE },
	{ "--help=1", "tool do: --help: this option takes no value" MORE },
	{ "--bad 1", "tool do: --bad 1: expected something else" MORE },
	{ "-b \x1b", "tool do: --bad \\x1b: expected something else" MORE },
	{ "--folder=", "tool do: --folder: expected a file" MORE },
	{ "-d x --folder=", "tool do: --folder: expected a file" MORE },
	/* The first mistake is told, and syntax before values. */
	{ "-b 1 -x", "tool do: -x: no such option" MORE },
	{ "-x --help", "tool do: -x: no such option" MORE },
};
/* clang-format on */

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct result r;

		run(&r, bad[i].words, false);
		if (r.result != ARGS_BAD || strcmp(r.c.err, bad[i].err) != 0)
			fail_msg("%s: %s", bad[i].words, r.c.err);
		assert_string_equal(r.c.out, "");
		end(&r);
	}
}

/* Help and version come before what is wrong with values. */
static void
test_done(void **state)
{
	static const struct {
		const char *words, *out;
	} row[] = {
		{ "--help", USAGE },
		{ "-h", USAGE },
		{ "--he", USAGE },
		{ "a --bad 1 -h b", USAGE },
		{ "--version", "mxvigil " MXVIGIL_VERSION "\n" },
		{ "-qV", "mxvigil " MXVIGIL_VERSION "\n" },
		{ "-h -x", USAGE },
		{ "-l", "" },
		{ "-l -b 1", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct result r;

		run(&r, row[i].words, false);
		assert_int_equal(r.result, ARGS_DONE);
		assert_string_equal(r.c.out, row[i].out);
		assert_string_equal(r.c.err, "");
		end(&r);
	}
}

/* Nagios shows standard output alone: one line there too. */
static void
test_plugin(void **state)
{
	static const struct {
		const char *words, *out;
	} row[] = {
		{ "-x", "MXVIGIL UNKNOWN - -x: no such option\n" },
		{ "-b a|b",
		    "MXVIGIL UNKNOWN - --bad a/b: expected something "
		    "else\n" },
		{ "-b a\nb",
		    "MXVIGIL UNKNOWN - --bad a\\x0ab: expected "
		    "something else\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct result r;

		run(&r, row[i].words, true);
		assert_int_equal(r.result, ARGS_BAD);
		assert_string_equal(r.c.out, row[i].out);
		assert_non_null(strstr(r.c.err, MORE));
		end(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_done),
		cmocka_unit_test(test_plugin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
