#include <langinfo.h>
#include <stdio.h>
#include <string.h>

#include "agent/asking.h"
#include "agent/printer.h"

#include "agent/cmd_status.h"

#define UNKNOWN 3

static const char usage[] =
    "Usage: mxvigil status [options] [DOMAIN]\n"
    "\n"
    "Ask the running agent (mxvigil run) what it knows now: of a domain what "
    "a\n"
    "check would print, else how many domains are how, and the open "
    "incidents.\n"
    "\n" ASKING_USAGE "      --format human|json|nagios\n"
    "      --color auto|always|never\n"
    "  -v                   more words\n"
    "  -h, --help; -V, --version\n"
    "\n"
    "Examples:\n"
    "  mxvigil status\n"
    "  mxvigil status --format nagios example.org\n"
    "\n"
    "Exit status: 0 ok, 1 warning, 2 critical, 3 unknown; also when no agent\n"
    "answers, the domain is not watched, or what it knows is stale.\n";

struct options {
	struct asking asking; /* must be first */
	const struct show_format *format;
	enum color_choice color;
	unsigned verbosity;
};

static int
set_format(struct args *args, const char *name, const char *value)
{
	struct options *o = args->into;
	int wrong = args_format(args, name, value, &o->format);

	args->plugin = o->asking.plugin = o->format == &show_nagios;
	return wrong;
}

static int
set_color(struct args *args, const char *name, const char *value)
{
	struct options *o = args->into;

	return args_color(args, name, value, &o->color);
}

static int
set_verbose(struct args *args, const char *name, const char *value)
{
	(void)name;
	(void)value;
	((struct options *)args->into)->verbosity++;
	return 0;
}

static const struct arg rows[] = {
	ASKING_ROWS,
	{ "--format", 0, true, false, set_format },
	{ "--color", 0, true, false, set_color },
	{ "-v", 'v', false, false, set_verbose },
	{ .name = NULL },
};

static int
ask(const struct options *o, const char *domain)
{
	struct show_style style;
	json_t *request;

	printer_style(&style, o->color, o->verbosity);
	request = json_pack("{s:s, s:s, s:b, s:b, s:i, s:i}", "command",
	    "status", "format", o->format->name, "color", style.color, "utf8",
	    style.utf8, "columns", (int)style.columns, "verbosity",
	    (int)style.verbosity);
	if (domain != NULL)
		(void)json_object_set_new(
		    request, "domain", json_string(domain));
	return asking_print(&o->asking, "mxvigil status", request, UNKNOWN);
}

int
cmd_status(int argc, char **argv)
{
	struct options o = { .format = &show_human };
	struct args args = { .command = "mxvigil status",
		.usage = usage,
		.row = rows,
		.into = &o };

	switch (args_read(&args, argc, argv)) {
	case ARGS_DONE:
		return 0;
	case ARGS_BAD:
		return UNKNOWN;
	case ARGS_GO:
		break;
	}
	if (args.noperand > 1) {
		args_complain(&args, args.operand[1], "", "one at a time");
		return UNKNOWN;
	}
	return ask(&o, args.noperand == 1 ? args.operand[0] : NULL);
}
