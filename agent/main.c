#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/cmd_alert.h"
#include "agent/cmd_check.h"
#include "agent/cmd_config.h"
#include "agent/cmd_doctor.h"
#include "agent/cmd_history.h"
#include "agent/cmd_replay.h"
#include "agent/cmd_rules.h"
#include "agent/cmd_run.h"
#include "agent/cmd_silence.h"
#include "agent/cmd_status.h"
#include "agent/options.h"
#include "agent/process.h"
#include "agent/worker/pool.h"

/* Exit status for what is wrong on the command line. */
#define BAD 2

static int
run_check(int argc, char **argv)
{
	return cmd_check(argc, argv, false);
}

typedef int run_fn(int argc, char **argv);

static run_fn run_help;

/* The commands of which there is a manual. */
static const struct command {
	const struct manual *manual;
	run_fn *run;
} commands[] = {
	{ &manual_check, run_check },
	{ &manual_run, cmd_run },
	{ &manual_status, cmd_status },
	{ &manual_history, cmd_history },
	{ &manual_silence, cmd_silence },
	{ &manual_ack, cmd_ack },
	{ &manual_alert, cmd_alert },
	{ &manual_replay, cmd_replay },
	{ &manual_rules, cmd_rules },
	{ &manual_config, cmd_config },
	{ &manual_doctor, cmd_doctor },
};
#define COMMANDS (sizeof(commands) / sizeof(*commands))

static run_fn *
find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].manual->name, name) == 0)
			return commands[i].run;
	if (strcmp(name, "help") == 0)
		return run_help;
	/* It is for us, not for people. */
	return strcmp(name, "probe") == 0 ? probe_main : NULL;
}

static void
print_usage(FILE *to)
{
	fputs("Usage: mxvigil COMMAND [options]\n\n"
	      "What would a sending mail server do with mail for a domain, "
	      "and why?\n\nCommands:\n",
	    to);
	for (size_t i = 0; manuals_all[i] != NULL; i++)
		fprintf(to, "  %-8s %s\n", manuals_all[i]->name,
		    manuals_all[i]->line);
	fputs("  help     " MANUAL_HELP "\n"
	      "\n\"mxvigil COMMAND --help\" tells more of each.\n"
	      "\"mxvigil check example.org\" is a good start.\n",
	    to);
}

static int
print_version(void)
{
	puts("mxvigil " MXVIGIL_VERSION);
	return 0;
}

/* What may have been meant by a word that is no command. */
static void
guess(const char *typed, char *hint, size_t size)
{
	const char *name[COMMANDS + 1], *nearest;

	*hint = '\0';
	for (size_t i = 0; i < COMMANDS; i++)
		name[i] = commands[i].manual->name;
	name[COMMANDS] = "help";
	nearest = text_nearest(typed, name, COMMANDS + 1);
	if (nearest != NULL)
		snprintf(hint, size, " (did you mean \"%s\"?)", nearest);
	else if (strchr(typed, '.') != NULL)
		snprintf(hint, size, " (\"mxvigil check DOMAIN\" checks one)");
}

static int
unknown_command(const char *typed)
{
	char safe[128], hint[64];

	text_line(safe, sizeof(safe), typed);
	guess(typed, hint, sizeof(hint));
	fprintf(stderr,
	    *typed == '-' ?
	        "mxvigil: %s: no such option%s; \"mxvigil help\" tells more\n" :
	        "mxvigil: there is no command \"%s\"%s; \"mxvigil help\" lists "
	        "them\n",
	    safe, hint);
	return BAD;
}

static bool
is_option(const char *word, const char *letter, const char *name)
{
	return strcmp(word, letter) == 0 || strcmp(word, name) == 0;
}

static int
run_help(int argc, char **argv)
{
	run_fn *run;
	char help[] = "--help";

	if (argc > 1 && is_option(argv[1], "-V", "--version"))
		return print_version();
	if (argc < 2 || is_option(argv[1], "-h", "--help")) {
		print_usage(stdout);
		return 0;
	}
	run = find_command(argv[1]);
	if (run == NULL)
		return unknown_command(argv[1]);
	return run(2, (char *[]){ argv[1], help, NULL });
}

static int
dispatch(int argc, char **argv)
{
	run_fn *run;

	if (argc < 2) {
		print_usage(stderr);
		return BAD;
	}
	run = find_command(argv[1]);
	if (run != NULL)
		return run(argc - 1, argv + 1);
	if (is_option(argv[1], "-h", "--help") ||
	    is_option(argv[1], "-V", "--version"))
		return run_help(argc, argv);
	return unknown_command(argv[1]);
}

int
main(int argc, char **argv)
{
	int status;

	process_begin();
	if (argc > 0 && strcmp(basename(argv[0]), "check_mxvigil") == 0)
		status = cmd_check(argc, argv, true);
	else
		status = dispatch(argc, argv);
	return process_end(status);
}
