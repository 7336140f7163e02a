#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/file.h"
#include "agent/printer.h"
#include "agent/record.h"
#include "agent/rules/rules.h"

#include "agent/cmd_replay.h"

/* Exit status for a wrong option. */
#define BAD 2
/* No line that we write comes near it. */
#define LINE_MAX_BYTES (16u << 20)
/* Lines on standard error about one recording, at the most. */
#define COMPLAINTS_MAX 20

/* What to do, and how far it is. */
struct replay {
	struct printer_options how;
	const char *path;
	char *shown; /* the path, in messages */
	bool sender_set, now;
	enum sender_profile sender;
	struct policy overrides; /* only its overrides count */
	struct printer *printer;
	unsigned looks, failed;
	bool output_broken;
};

/* ---------------------------------------------------------------- options */

static struct replay *
replay_of(const struct args *args)
{
	return args->into;
}

static int
set_format(struct args *args, const char *name, const char *value)
{
	return args_format(args, name, value, &replay_of(args)->how.format);
}

static int
set_color(struct args *args, const char *name, const char *value)
{
	return args_color(args, name, value, &replay_of(args)->how.color);
}

static int
set_sender(struct args *args, const char *name, const char *value)
{
	replay_of(args)->sender_set = true;
	return args_sender(args, name, value, &replay_of(args)->sender);
}

static int
set_rule(struct args *args, const char *name, const char *value)
{
	return args_rule(args, name, value, &replay_of(args)->overrides);
}

static int
set_now(struct args *args, const char *name, const char *value)
{
	(void)name;
	(void)value;
	replay_of(args)->now = true;
	return 0;
}

static int
set_verbose(struct args *args, const char *name, const char *value)
{
	(void)name;
	(void)value;
	replay_of(args)->how.verbosity++;
	return 0;
}

static const struct arg rows[] = {
	{ .name = "--format",
	    .value = "human|json|nagios",
	    .kind = ARG_CHOICE,
	    .set = set_format,
	    .help = "How to print (default human)." },
	{ .name = "--sender",
	    .value = "rfc|postfix|exim|opensmtpd|help",
	    .kind = ARG_CHOICE,
	    .set = set_sender,
	    .help = "Judge as this sender (default: as recorded). help tells "
	            "the differences." },
	{ .name = "--rule",
	    .value = "RULE=ok|info|warning|critical|off",
	    .kind = ARG_RULE,
	    .many = true,
	    .set = set_rule,
	    .help = "Change the severity of a rule, or silence it. Globs are "
	            "allowed. Repeatable.",
	    .more = "Added to those that were recorded; the last match "
	            "counts." },
	{ .name = "--now",
	    .set = set_now,
	    .help = "Judge certificates by the time of now. Without it, by "
	            "that of the recording." },
	ARGS_COLOR_ROW(set_color),
	ARGS_VERBOSE_ROW(set_verbose),
	{ .name = NULL },
};

const struct manual manual_replay = {
	.program = "mxvigil",
	.name = "replay",
	.line = "judge recorded observations again, without a network",
	.synopsis = (const char *const[]){ "replay [options] FILE", NULL },
	.about =
	    "Judge the observations that \"mxvigil check --record FILE\" wrote "
	    "again, without a network, to the same verdict. FILE \"-\" is "
	    "standard input.",
	.row = rows,
	.operand = ARG_FILE,
	.status = "That of a check: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; 2 "
	          "also for a wrong option, 3 for a recording that cannot be "
	          "read.",
	.example =
	    (const struct example[]){
	        { "mxvigil replay example.ndjson",
	            "What the check said, from its recording." },
	        { "mxvigil replay --sender postfix --format json "
	          "example.ndjson",
	            "What Postfix would have done." },
	        { "mxvigil replay --rule mx.single=off example.ndjson",
	            "What a rule makes of it." },
	        { .line = NULL } },
};

static enum args_result
read_options(struct replay *replay, int argc, char **argv)
{
	struct args args = {
		.command = "mxvigil replay",
		.manual = &manual_replay,
		.into = replay,
	};
	enum args_result result = args_read(&args, argc, argv);

	if (result != ARGS_GO)
		return result;
	if (args.noperand != 1) {
		args_complain(&args, args.noperand == 0 ? "" : args.operand[1],
		    "",
		    args.noperand == 0 ? "which recording?" :
		                         "one recording at a time");
		return ARGS_BAD;
	}
	replay->path = args.operand[0];
	return ARGS_GO;
}

/* ----------------------------------------------------------------- replay */

static int
apply(const struct replay *replay, struct policy *policy)
{
	const struct policy *more = &replay->overrides;

	if (replay->sender_set)
		policy->sender = replay->sender;
	for (size_t i = 0; i < more->noverride; i++)
		if (policy_override(policy, more->override[i].pattern,
		        more->override[i].severity) != 0)
			return -1;
	return 0;
}

static void
look(void *arg, struct facts *facts, struct policy *policy, struct wall judged)
{
	struct replay *replay = arg;
	struct report *report = NULL;

	replay->looks++;
	if (apply(replay, policy) == 0)
		report =
		    judge(facts, policy, replay->now ? clock_wall() : judged);
	if (report == NULL) {
		fprintf(stderr, "mxvigil: %s: out of memory\n", facts->domain);
		replay->failed++;
		facts_free(facts);
		policy_free(policy);
		free(policy);
		return;
	}
	if (printer_report(replay->printer, report, facts, policy) != 0)
		replay->output_broken = true;
}

static void
bad_line(struct replay *replay, size_t number, const char *why)
{
	fprintf(stderr, "mxvigil: %s:%zu: %s\n", replay->shown, number, why);
	replay->failed++;
}

/* One line into *line, without its end; of one that is too long, only the
 * beginning, and *line has failed.  Returns false at the end of the file. */
static bool
next_line(FILE *file, struct buf *line)
{
	int c = 0;

	buf_reset(line);
	while (!line->failed && (c = getc_unlocked(file)) != EOF && c != '\n')
		buf_putc(line, (char)c);
	return c != EOF || line->len > 0;
}

/* Returns false when no more is to be read. */
static bool
take_line(struct replay *replay, struct record_reader *reader,
    const struct buf *line, size_t number)
{
	char why[512];

	if (line->failed || replay->failed == COMPLAINTS_MAX) {
		bad_line(replay, number,
		    line->failed ?
		        "the line is too long: the rest is not read" :
		        "too many bad lines: the rest is not read");
		return false;
	}
	if (record_reader_line(
	        reader, buf_str(line), line->len, why, sizeof(why)) != 0)
		bad_line(replay, number, why);
	return !replay->output_broken;
}

static void
take_end(struct replay *replay, struct record_reader *reader, size_t number)
{
	char why[512];

	if (record_reader_end(reader, why, sizeof(why)) != 0)
		bad_line(replay, number, why);
	else if (replay->looks == 0 && replay->failed == 0)
		bad_line(replay, number, "nothing is recorded here");
}

static void
read_lines(struct replay *replay, FILE *file, struct record_reader *reader)
{
	bool more = true;
	size_t number = 0;
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	while (more && next_line(file, &line))
		more = take_line(replay, reader, &line, ++number);
	buf_free(&line);
	if (ferror(file))
		bad_line(replay, number + 1, strerror(errno));
	else if (more)
		take_end(replay, reader, number);
}

static FILE *
open_recording(struct replay *replay)
{
	FILE *file =
	    strcmp(replay->path, "-") == 0 ? stdin : fopen(replay->path, "re");

	if (file == NULL)
		fprintf(stderr, "mxvigil: %s: %s%s\n", replay->shown,
		    strerror(errno),
		    errno == ENOENT ?
		        ": \"mxvigil check --record FILE\" writes one" :
		        "");
	return file;
}

static int
replay_file(struct replay *replay)
{
	FILE *file = open_recording(replay);
	struct record_reader *reader;

	if (file == NULL)
		return show_exit(SEVERITY_UNKNOWN);
	reader = record_reader_new(look, replay);
	if (reader != NULL)
		read_lines(replay, file, reader);
	else
		replay->failed++;
	record_reader_free(reader);
	if (file != stdin)
		fclose(file);
	if (replay->failed > 0)
		printer_unknown(replay->printer, replay->failed);
	return printer_end(replay->printer);
}

static int
run(struct replay *replay)
{
	int status = show_exit(SEVERITY_UNKNOWN);

	replay->shown = file_shown(replay->path);
	replay->printer = printer_new(&replay->how);
	if (replay->shown != NULL && replay->printer != NULL)
		status = replay_file(replay);
	else
		fputs("mxvigil: out of memory\n", stderr);
	printer_free(replay->printer);
	free(replay->shown);
	return status;
}

int
cmd_replay(int argc, char **argv)
{
	struct replay replay = { .how.format = &show_human };
	int status = BAD;

	policy_init(&replay.overrides);
	switch (read_options(&replay, argc, argv)) {
	case ARGS_DONE:
		status = 0;
		break;
	case ARGS_GO:
		status = run(&replay);
		break;
	case ARGS_BAD:
		break;
	}
	policy_free(&replay.overrides);
	return status;
}
