#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/cmd_alert.h"
#include "agent/cmd_check.h"
#include "agent/cmd_config.h"
#include "agent/cmd_history.h"
#include "agent/cmd_replay.h"
#include "agent/cmd_rules.h"
#include "agent/cmd_run.h"
#include "agent/cmd_silence.h"
#include "agent/cmd_status.h"
#include "agent/worker/pool.h"

/* Exit status for what is wrong on the command line. */
#define BAD 2

static int
run_check(int argc, char **argv)
{
	return cmd_check(argc, argv, false);
}

static int run_help(int argc, char **argv);

/* Without a line it is not for people. */
static const struct command {
	const char *name, *line;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "check", "look once, print, exit with a plugin's status", run_check },
	{ "run", "the daemon: watch, remember, alert, serve the status page",
	    cmd_run },
	{ "status", "ask the running daemon what it knows now", cmd_status },
	{ "history", "what happened to a domain, from the store", cmd_history },
	{ "silence", "hold alerts for a time and a reason", cmd_silence },
	{ "ack", "take an incident on", cmd_ack },
	{ "alert", "send a test alert through a channel", cmd_alert },
	{ "replay", "judge recorded observations again, without a network",
	    cmd_replay },
	{ "rules", "list the rules; explain one", cmd_rules },
	{ "config", "write, validate or print a configuration", cmd_config },
	{ "help", "how to use mxvigil, or one of its commands", run_help },
	{ "probe", NULL, probe_main },
};
#define COMMANDS (sizeof(commands) / sizeof(*commands))

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void
print_usage(FILE *to)
{
	fputs("Usage: mxvigil COMMAND [options]\n\n"
	      "What would a sending mail server do with mail for a domain, "
	      "and why?\n\nCommands:\n",
	    to);
	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].line != NULL)
			fprintf(to, "  %-8s %s\n", commands[i].name,
			    commands[i].line);
	fputs("\n\"mxvigil COMMAND --help\" tells more.  "
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
	const char *name[COMMANDS], *nearest;
	size_t n = 0;

	*hint = '\0';
	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].line != NULL)
			name[n++] = commands[i].name;
	nearest = text_nearest(typed, name, n);
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
	const struct command *command;
	char help[] = "--help";

	if (argc > 1 && is_option(argv[1], "-V", "--version"))
		return print_version();
	if (argc < 2 || is_option(argv[1], "-h", "--help")) {
		print_usage(stdout);
		return 0;
	}
	command = find_command(argv[1]);
	if (command == NULL)
		return unknown_command(argv[1]);
	return command->run(2, (char *[]){ argv[1], help, NULL });
}

static int
dispatch(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_usage(stderr);
		return BAD;
	}
	command = find_command(argv[1]);
	if (command != NULL)
		return command->run(argc - 1, argv + 1);
	if (is_option(argv[1], "-h", "--help") ||
	    is_option(argv[1], "-V", "--version"))
		return run_help(argc, argv);
	return unknown_command(argv[1]);
}

/* What was printed must have arrived before all is well. */
static int
finish(int status)
{
	if (status != 0 || (fflush(stdout) == 0 && !ferror(stdout)))
		return status;
	if (errno != EPIPE)
		fprintf(stderr, "mxvigil: standard output: %m\n");
	return BAD;
}

/* For those who look for a fault in mxvigil itself. */
static void
set_log_level(const char *wanted)
{
	static const char *const names[] = { [LOG_DEBUG] = "debug",
		[LOG_INFO] = "info",
		[LOG_WARNING] = "warning",
		[LOG_ERROR] = "error" };

	for (size_t i = 0; wanted != NULL && i < 4; i++)
		if (strcmp(names[i], wanted) == 0)
			log_set_level((enum log_level)i);
}

/* Were a standard descriptor closed, the next file would take its number and
 * get what is meant for the screen.  Writing to one that was gives an error. */
static void
hold_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)open("/dev/null",
			    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int
main(int argc, char **argv)
{
	int status;

	hold_standard_files();
	/* Text may be UTF-8, numbers are always written with a point. */
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	signal(SIGPIPE, SIG_IGN);
	set_log_level(getenv("MXVIGIL_LOG"));
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (argc > 0 && strcmp(basename(argv[0]), "check_mxvigil") == 0)
		status = cmd_check(argc, argv, true);
	else
		status = dispatch(argc, argv);
	curl_global_cleanup();
	return finish(status);
}
