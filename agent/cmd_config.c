#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/file.h"
#include "agent/config_init.h"
#include "config/settings.h"

#include "agent/cmd_config.h"

#define BAD 2

/* ---------------------------------------------------------- check and show */

/* The file that holds when none is named, or NULL. */
static const char *
file_or_default(const char *path)
{
	if (path == NULL && access(SETTINGS_FILE, F_OK) == 0)
		return SETTINGS_FILE;
	return path;
}

/* Print the lines, each with what they are before it, and free them. */
static void
tell(struct buf *lines, const char *what)
{
	const char *line = buf_str(lines);

	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		fprintf(stderr, "%s%.*s\n", what, (int)len, line);
		line += len + (line[len] == '\n');
	}
	buf_free(lines);
}

static void
print_count(const char *before, size_t n, const char *what)
{
	printf("%s%zu %s%s", before, n, what, n == 1 ? "" : "s");
}

static void
print_sum(const char *path, const struct settings *settings)
{
	char *shown = file_shown(path);

	printf("%s: ok: ", shown == NULL ? "" : shown);
	print_count("", settings->ndomain, "domain");
	if (settings->nvantage == 0)
		printf(", vantages of /etc/resolv.conf");
	else
		print_count(", ", settings->nvantage, "vantage");
	print_count(", ", settings->nchannel, "channel");
	putchar('\n');
	free(shown);
}

static int
check(const struct args *args, const char *path)
{
	struct settings settings;
	struct buf errors, notes;
	int result;

	path = file_or_default(path);
	if (path == NULL)
		return args_complain(args, "check", "",
		    "which file? (" SETTINGS_FILE " is not there)");
	buf_init(&errors, 0);
	buf_init(&notes, 0);
	settings_init(&settings);
	result = settings_load_daemon(&settings, path, &errors, &notes);
	tell(&errors, "");
	tell(&notes, "warning: ");
	if (result == 0)
		print_sum(path, &settings);
	settings_free(&settings);
	return result;
}

/* Returns 0, or BAD after every mistake had its line. */
static int
load(struct settings *settings, const char *path)
{
	struct buf errors;
	int result;

	buf_init(&errors, 0);
	result = settings_load(settings, path, &errors);
	tell(&errors, "");
	return result == 0 ? 0 : BAD;
}

static int
show(const struct args *args, const char *path)
{
	struct settings settings;
	struct buf out;
	int status;

	(void)args;
	path = file_or_default(path);
	settings_init(&settings);
	status = path == NULL ? 0 : load(&settings, path);
	buf_init(&out, 0);
	if (status == 0)
		settings_show(&settings, &out);
	if (out.failed) {
		fputs("mxvigil config: out of memory\n", stderr);
		status = BAD;
	}
	fputs(status == 0 ? buf_str(&out) : "", stdout);
	buf_free(&out);
	settings_free(&settings);
	return status;
}

/* ----------------------------------------------------------------- command */

static const struct {
	const char *name;
	int (*run)(const struct args *, const char *path);
} actions[] = {
	{ "check", check },
	{ "show", show },
};

/* check and show take one file, either way. */
static int
act_on_file(const struct args *args, const char *path,
    int (*run)(const struct args *, const char *path))
{
	if (args->noperand > (path == NULL ? 2 : 1))
		return args_complain(args, args->operand[args->noperand - 1],
		    "", "one thing too many: which file?");
	if (args->noperand == 2)
		path = args->operand[1];
	return run(args, path);
}

static int
act(const struct args *args, const char *path)
{
	const char *action = args->noperand == 0 ? "" : args->operand[0];

	if (strcmp(action, "init") == 0)
		return config_init(args, path);
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (strcmp(actions[i].name, action) == 0)
			return act_on_file(args, path, actions[i].run);
	return args_complain(args, action, "", "expected init, check or show");
}

static const struct arg rows[] = {
	{ .name = "--config",
	    .letter = 'f',
	    .value = "FILE",
	    .kind = ARG_FILE,
	    .at = 0, /* into is the path itself */
	    .help = "The file to write or to read." },
	{ .name = NULL },
};

const struct manual manual_config = {
	.program = "mxvigil",
	.name = "config",
	.line = "write, validate or print a configuration",
	.synopsis = (const char *const[]){ "config init [-f FILE] [DOMAIN...]",
	    "config check [FILE]", "config show [FILE]", NULL },
	.about =
	    "init writes a first configuration for the domains, with every key "
	    "explained: to a new file, never over one that is there, or to "
	    "standard output. The resolvers of this machine (/etc/resolv.conf) "
	    "are its vantages; public ones stand beside them, as comments. "
	    "Without domains it is the same with everything left out. "
	    "check finds the mistakes in a file, show prints what holds, with "
	    "every default filled in and no secret."
	    "\n\n"
	    "check and show read the file (- is standard input); without "
	    "one, " SETTINGS_FILE
	    ", if it is there; else show prints the defaults. "
	    "check reads domain files and secrets too, as the daemon does: it "
	    "may have to run as the daemon's user.",
	.row = rows,
	.operand = ARG_CHOICE,
	.words = "init|check|show",
	.more = ARG_FILE,
	.status = "0, or 2 when there are mistakes.",
	.example =
	    (const struct example[]){
	        { "mxvigil config init -f mxvigil.yaml example.org example.net",
	            "A first configuration, with every key explained." },
	        { "mxvigil config check mxvigil.yaml",
	            "Each mistake with its file, line, column and key." },
	        { "mxvigil config show -f mxvigil.yaml",
	            "What holds, with all defaults." },
	        { .line = NULL } },
};

int
cmd_config(int argc, char **argv)
{
	const char *path = NULL;
	struct args args = {
		.command = "mxvigil config",
		.manual = &manual_config,
		.into = &path,
	};
	enum args_result result = args_read(&args, argc, argv);

	if (result != ARGS_GO)
		return result == ARGS_DONE ? 0 : BAD;
	return act(&args, path) == 0 ? 0 : BAD;
}
