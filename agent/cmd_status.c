#include <langinfo.h>
#include <stdio.h>
#include <string.h>

#include "agent/asking.h"
#include "agent/printer.h"

#include "agent/cmd_status.h"

#define UNKNOWN 3

struct options {
	struct asking asking; /* must be first */
	const struct show_format *format;
	enum color_choice color;
	unsigned verbosity;
	bool alive;
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

static int
set_alive(struct args *args, const char *name, const char *value)
{
	(void)name;
	(void)value;
	((struct options *)args->into)->alive = true;
	return 0;
}

static const struct arg rows[] = {
	ASKING_ROWS,
	{ .name = "--alive",
	    .set = set_alive,
	    .section = "What to ask",
	    .help = "Only whether the agent is at work, whatever it sees: exit "
	            "status 0, or 3.",
	    .more = "This is what a container's health check wants; systemd's "
	            "watchdog is told the same." },
	{ .name = "--format",
	    .value = "human|json|nagios",
	    .kind = ARG_CHOICE,
	    .set = set_format,
	    .section = "Output",
	    .help = "How to print (default human).",
	    .more = "nagios serves a monitoring system beside the agent: the "
	            "domain is not probed a second time." },
	ARGS_COLOR_ROW(set_color),
	{ .name = "--verbose",
	    .letter = 'v',
	    .set = set_verbose,
	    .help = "More words." },
	{ .name = NULL },
};

const struct manual manual_status = {
	.program = "mxvigil",
	.name = "status",
	.line = "ask the running daemon what it knows now",
	.synopsis = (const char *const[]){ "status [options] [DOMAIN]", NULL },
	.about =
	    "Ask the running agent (mxvigil run) what it knows now: of a "
	    "domain what a check would print, else how many domains are how, "
	    "and the open incidents.",
	.row = rows,
	.operand = ARG_DOMAIN,
	.status = "0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; unknown also when "
	          "no agent answers, the domain is not watched, or what it "
	          "knows is stale.",
	.example =
	    (const struct example[]){
	        { "mxvigil status", "All domains in short, and what is open." },
	        { "mxvigil status -v example.org",
	            "All that the agent knows of a domain." },
	        { "mxvigil status --format nagios example.org",
	            "The same for a monitoring system." },
	        { .line = NULL } },
};

static int
ask_alive(const struct options *o)
{
	return asking_print(&o->asking, "mxvigil status",
	    json_pack("{s:s}", "command", "alive"), UNKNOWN);
}

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
		.manual = &manual_status,
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
	if (o.alive && args.noperand > 0) {
		args_complain(&args, "--alive", args.operand[0], "no domain");
		return UNKNOWN;
	}
	if (o.alive)
		return ask_alive(&o);
	return ask(&o, args.noperand == 1 ? args.operand[0] : NULL);
}
