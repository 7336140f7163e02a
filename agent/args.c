#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/text.h"
#include "agent/manual.h"

#include "agent/args.h"

/* Of a command; those that every command has are among them. */
#define ROWS_MAX 48
/* getopt's value for a row without a letter. */
#define LONG_BASE 1000

/* ------------------------------------------------------------- complaints */

/* The guidelines' mark for performance data must not be in the text.  Some
 * monitors read standard error into the same pipe, and take the first line. */
void
args_plugin_unknown(const char *why)
{
	fputs("MXVIGIL UNKNOWN - ", stdout);
	for (; *why != '\0'; why++)
		putchar(*why == '|' ? '/' : *why);
	putchar('\n');
	fflush(stdout);
}

int
args_complain(const struct args *args, const char *option, const char *value,
    const char *expected)
{
	struct buf line;

	buf_init(&line, 0);
	text_safe(&line, option, strlen(option));
	if (*option != '\0' && *value != '\0')
		buf_putc(&line, ' ');
	text_safe(&line, value, strlen(value));
	buf_printf(&line, "%s%s", line.len > 0 ? ": " : "", expected);
	if (args->plugin)
		args_plugin_unknown(buf_str(&line));
	fprintf(stderr, "%s: %s; \"%s --help\" tells more\n", args->command,
	    buf_str(&line), args->command);
	buf_free(&line);
	return -1;
}

/* ---------------------------------------------------------------- grammar */

static int
print_usage(struct args *args, const char *name, const char *value)
{
	struct buf usage;

	(void)name;
	(void)value;
	buf_init(&usage, 0);
	manual_usage(&usage, args->manual);
	fputs(buf_str(&usage), stdout);
	buf_free(&usage);
	return 1;
}

static int
print_version(struct args *args, const char *name, const char *value)
{
	(void)args;
	(void)name;
	(void)value;
	puts("mxvigil " MXVIGIL_VERSION);
	return 1;
}

const struct arg args_common[] = {
	{ .name = "--help",
	    .letter = 'h',
	    .early = true,
	    .set = print_usage,
	    .help = "Print how it is used." },
	{ .name = "--version",
	    .letter = 'V',
	    .early = true,
	    .set = print_version,
	    .help = "Print the version." },
	{ .name = NULL },
};

/* All rows of a command, and what getopt wants to know of them. */
struct grammar {
	const struct arg *row[ROWS_MAX];
	size_t n;
	struct option longs[ROWS_MAX + 1];
	size_t nlong;
	char shorts[2 * ROWS_MAX + 2];
};

static bool
is_long(const struct arg *row)
{
	return strncmp(row->name, "--", 2) == 0;
}

static void
add_row(struct grammar *grammar, const struct arg *row)
{
	size_t end = strlen(grammar->shorts);
	int id = row->letter != 0 ? row->letter : LONG_BASE + (int)grammar->n;

	grammar->row[grammar->n++] = row;
	if (row->letter != 0) {
		grammar->shorts[end++] = row->letter;
		grammar->shorts[end] = row->value != NULL ? ':' : '\0';
	}
	if (is_long(row))
		grammar->longs[grammar->nlong++] = (struct option){
			.name = row->name + 2,
			.has_arg = row->value != NULL ? required_argument :
			                                no_argument,
			.val = id,
		};
}

static void
add_rows(struct grammar *grammar, const struct arg *row)
{
	for (; row->name != NULL && grammar->n < ROWS_MAX; row++)
		add_row(grammar, row);
}

static void
build_grammar(struct grammar *grammar, const struct args *args)
{
	*grammar = (struct grammar){ .shorts = ":" };
	add_rows(grammar, args_common);
	add_rows(grammar, args->manual->row);
}

static const struct arg *
find_row(const struct grammar *grammar, int id)
{
	if (id >= LONG_BASE)
		return grammar->row[id - LONG_BASE];
	for (size_t i = 0; id != 0 && i < grammar->n; i++)
		if (grammar->row[i]->letter == id)
			return grammar->row[i];
	return NULL;
}

/* ----------------------------------------------------------- bad options */

/* A long option that is none, or that could be several: those it could be, or
 * the nearest. */
static void
guess(const struct grammar *grammar, const char *typed, struct buf *hint)
{
	const char *name[ROWS_MAX], *nearest;
	size_t n = 0, len = strlen(typed);

	for (size_t i = 0; i < grammar->nlong; i++)
		if (strncmp(grammar->longs[i].name, typed + 2, len - 2) == 0)
			name[n++] = grammar->longs[i].name;
	if (len > 2 && n > 1) {
		buf_puts(hint, "is not enough to tell which option");
		for (size_t i = 0; i < n; i++)
			buf_printf(
			    hint, "%s --%s", i == 0 ? ":" : ",", name[i]);
		return;
	}
	for (n = 0; n < grammar->n; n++)
		name[n] = grammar->row[n]->name;
	nearest = text_nearest(typed, name, n);
	buf_puts(hint, "no such option");
	if (nearest != NULL)
		buf_printf(hint, " (did you mean %s?)", nearest);
}

static int
complain_unknown(
    const struct args *args, const struct grammar *grammar, const char *word)
{
	char *typed = strndup(word, strcspn(word, "="));
	struct buf hint;

	buf_init(&hint, 0);
	if (typed != NULL)
		guess(grammar, typed, &hint);
	args_complain(args, typed == NULL ? "" : typed, "", buf_str(&hint));
	buf_free(&hint);
	free(typed);
	return -1;
}

/* getopt says ':' for a value that is missing, and '?' for an option that is
 * none and for a value where none belongs; optopt is then what it would have
 * returned, the letter that is none, or 0 for a long one. */
static int
complain_getopt(const struct args *args, const struct grammar *grammar,
    int result, char **argv)
{
	const struct arg *row;
	char letter[] = { '-', (char)optopt, '\0' };

	if (optopt == 0)
		return complain_unknown(args, grammar, argv[optind - 1]);
	row = find_row(grammar, optopt);
	if (row == NULL)
		return args_complain(args, letter, "", "no such option");
	return args_complain(args, row->name, "",
	    result == ':' ? "a value is missing" :
	                    "this option takes no value");
}

/* -------------------------------------------------------------------- walk */

static int
keep(const struct args *args, const struct arg *row, const char *value)
{
	void *at = (char *)args->into + row->at;

	if (row->kind == ARG_FILE && *value == '\0')
		return args_complain(args, row->name, value, "expected a file");
	*(const char **)at = value;
	return 0;
}

static int
take(struct args *args, const struct arg *row, const char *value)
{
	return row->set == NULL ? keep(args, row, value) :
	                          row->set(args, row->name, value);
}

static enum args_result
walk(struct args *args, int argc, char **argv, bool early)
{
	struct grammar grammar;
	int id, said;

	build_grammar(&grammar, args);
	optind = 0; /* GNU getopt: start over */
	opterr = 0;
	while ((id = getopt_long(
	            argc, argv, grammar.shorts, grammar.longs, NULL)) != -1) {
		const struct arg *row;

		if (id == '?' || id == ':') {
			complain_getopt(args, &grammar, id, argv);
			return ARGS_BAD;
		}
		row = find_row(&grammar, id);
		if (row->early != early)
			continue;
		said = take(args, row, row->value != NULL ? optarg : "");
		if (said != 0)
			return said < 0 ? ARGS_BAD : ARGS_DONE;
	}
	args->operand = argv + optind;
	args->noperand = argc - optind;
	return ARGS_GO;
}

enum args_result
args_scan(struct args *args, int argc, char **argv)
{
	return walk(args, argc, argv, true);
}

enum args_result
args_take(struct args *args, int argc, char **argv)
{
	return walk(args, argc, argv, false);
}

enum args_result
args_read(struct args *args, int argc, char **argv)
{
	enum args_result result = args_scan(args, argc, argv);

	return result == ARGS_GO ? args_take(args, argc, argv) : result;
}

enum args_result
args_read_alone(struct args *args, int argc, char **argv)
{
	enum args_result result = args_read(args, argc, argv);

	if (result != ARGS_GO || args->noperand == 0)
		return result;
	args_complain(args, args->operand[0], "", "one thing too many");
	return ARGS_BAD;
}
