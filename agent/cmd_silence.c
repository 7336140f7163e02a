#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "agent/asking.h"
#include "agent/base/num.h"

#include "agent/cmd_silence.h"

#define BAD 2

struct options {
	struct asking asking; /* must be first */
	uint64_t ms, end;
	const char *why;
	bool list, all;
};

/* A bare number would be seconds, which hardly anybody means. */
static bool
has_unit(const char *value)
{
	return value[strspn(value, "0123456789.")] != '\0';
}

static int
set_for(struct args *args, const char *name, const char *value)
{
	struct options *o = args->into;

	if (has_unit(value) && num_duration(value, &o->ms) == 0 && o->ms > 0)
		return 0;
	return args_complain(
	    args, name, value, "expected a time with its unit: 30m, 2h, 1d");
}

static int
set_end(struct args *args, const char *name, const char *value)
{
	struct options *o = args->into;

	if (num_uint(value, 1, INT64_MAX, &o->end) == 0)
		return 0;
	return args_complain(
	    args, name, value, "expected the number of a silence");
}

static int
set_list(struct args *args, const char *name, const char *value)
{
	struct options *o = args->into;

	(void)value;
	o->list = true;
	o->all |= strcmp(name, "--all") == 0;
	return 0;
}

static const struct arg silence_rows[] = {
	{ .name = "--for",
	    .value = "TIME",
	    .set = set_for,
	    .help = "How long, such as 30m, 2h or 1d. It must be said." },
	{ .name = "--why",
	    .value = "TEXT",
	    .at = offsetof(struct options, why),
	    .help = "The reason, which others will read. It must be said." },
	{ .name = "--list",
	    .set = set_list,
	    .help = "List the silences that hold now." },
	{ .name = "--all",
	    .set = set_list,
	    .help = "List those that have ended, too." },
	{ .name = "--end",
	    .value = "NUMBER",
	    .set = set_end,
	    .help = "End a silence before its time." },
	ASKING_ROWS,
	{ .name = NULL },
};

static const struct arg ack_rows[] = {
	{ .name = "--why",
	    .value = "TEXT",
	    .at = offsetof(struct options, why),
	    .help = "What others should know (default: nothing)." },
	ASKING_ROWS,
	{ .name = NULL },
};

const struct manual manual_silence = {
	.program = "mxvigil",
	.name = "silence",
	.line = "hold alerts for a time and a reason",
	.synopsis =
	    (const char *const[]){
	        "silence [options] DOMAIN|HOST|RULE --for TIME --why TEXT",
	        "silence [options] --list [--all]",
	        "silence [options] --end NUMBER", NULL },
	.about =
	    "Hold the alerts about a domain, a host or address, or a rule "
	    "(globs are allowed) for a time and a reason. What happens is "
	    "tracked meanwhile; what is still broken when the silence ends is "
	    "told then.",
	.row = silence_rows,
	.operand = ARG_RULE,
	.status = "0, or 2 when there is a mistake or no agent answers.",
	.example =
	    (const struct example[]){
	        { "mxvigil silence mx1.example.org --for 2h --why 'new disks'",
	            "A mail server that is being worked at." },
	        { "mxvigil silence 'tls.*' --for 7d --why 'certificates are "
	          "on their way'",
	            "A family of rules, for a week." },
	        { "mxvigil silence --list",
	            "Which silences hold, by whom and why." },
	        { "mxvigil silence --end 3", "One of them is over." },
	        { .line = NULL } },
};

const struct manual manual_ack = {
	.program = "mxvigil",
	.name = "ack",
	.line = "take an incident on",
	.synopsis = (const char *const[]){ "ack [options] INCIDENT", NULL },
	.about =
	    "Take an incident on: no more reminders about it, only its end. "
	    "The number of the incident is in every message, and in mxvigil "
	    "status.",
	.row = ack_rows,
	.status = "0, or 2 when there is a mistake, no such incident, or no "
	          "agent answers.",
	.example =
	    (const struct example[]){
	        { "mxvigil ack 17", "Somebody works at incident 17." },
	        { "mxvigil ack 17 --why 'I am on my way to the data centre'",
	            "And says how." },
	        { .line = NULL } },
};

/* Returns 0; BAD and DONE as exit statuses are told by *done. */
static int
read_options(struct args *args, int argc, char **argv, bool *done)
{
	enum args_result result = args_read(args, argc, argv);

	*done = result != ARGS_GO;
	return result == ARGS_BAD ? BAD : 0;
}

static json_t *
silence_request(struct args *args, const struct options *o)
{
	if (o->list)
		return json_pack(
		    "{s:s, s:b}", "command", "silences", "all", o->all);
	if (o->end != 0)
		return json_pack("{s:s, s:I}", "command", "unsilence", "id",
		    (json_int_t)o->end);
	if (args->noperand == 0)
		args_complain(args, "", "", "which domain, host or rule?");
	else if (args->noperand > 1)
		args_complain(args, args->operand[1], "", "one at a time");
	else if (o->ms == 0)
		args_complain(args, "--for", "", "how long? (such as 2h)");
	else if (o->why == NULL || *o->why == '\0')
		args_complain(args, "--why", "", "for which reason?");
	else
		return json_pack("{s:s, s:s, s:I, s:s}", "command", "silence",
		    "match", args->operand[0], "ms", (json_int_t)o->ms, "why",
		    o->why);
	return NULL;
}

int
cmd_silence(int argc, char **argv)
{
	struct options o = { .ms = 0 };
	struct args args = { .command = "mxvigil silence",
		.manual = &manual_silence,
		.into = &o };
	json_t *request;
	bool done;
	int status = read_options(&args, argc, argv, &done);

	if (done)
		return status;
	request = silence_request(&args, &o);
	return request == NULL ?
	    BAD :
	    asking_print(&o.asking, "mxvigil silence", request, BAD);
}

static int
read_incident(struct args *args, uint64_t *incident)
{
	if (args->noperand == 0)
		return args_complain(args, "", "", "which incident?");
	if (args->noperand > 1)
		return args_complain(
		    args, args->operand[1], "", "one at a time");
	if (num_uint(args->operand[0], 1, INT64_MAX, incident) == 0)
		return 0;
	return args_complain(
	    args, args->operand[0], "", "expected the number of an incident");
}

int
cmd_ack(int argc, char **argv)
{
	struct options o = { .ms = 0 };
	struct args args = {
		.command = "mxvigil ack", .manual = &manual_ack, .into = &o
	};
	uint64_t incident = 0;
	bool done;
	int status = read_options(&args, argc, argv, &done);

	if (done)
		return status;
	if (read_incident(&args, &incident) != 0)
		return BAD;
	return asking_print(&o.asking, "mxvigil ack",
	    json_pack("{s:s, s:I, s:s}", "command", "ack", "incident",
	        (json_int_t)incident, "why", o.why == NULL ? "" : o.why),
	    BAD);
}
