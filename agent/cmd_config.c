#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/args.h"
#include "agent/base/file.h"
#include "agent/base/text.h"
#include "config/example.h"
#include "config/settings.h"

#include "agent/cmd_config.h"

#define BAD 2

static const char usage[] =
    "Usage: mxvigil config init [FILE]     write a first configuration\n"
    "       mxvigil config check [FILE]    find the mistakes in one\n"
    "       mxvigil config show [FILE]     print what holds, with every\n"
    "                                      default filled in\n"
    "\n"
    "  -f, --config FILE    the same as FILE\n"
    "  -h, --help; -V, --version\n"
    "\n"
    "check and show read the file (- is standard input); init writes it,\n"
    "never over one.  Without a file, init writes to standard output, and the\n"
    "others read " SETTINGS_FILE ", if it is there; else show\n"
    "prints the defaults.  check reads domain files and secrets too, as the\n"
    "daemon does: it may have to run as the daemon's user.\n"
    "\n"
    "Exit status: 0, or 2 when there are mistakes.\n";

/* What failed with a file, in one line.  Returns BAD. */
static int
complain_file(const char *path, int error)
{
	char *shown = file_shown(path);

	fprintf(stderr, "mxvigil config: %s: %s\n", shown == NULL ? "" : shown,
	    strerror(error));
	free(shown);
	return BAD;
}

/* -------------------------------------------------------------------- init */

/* Returns 0, or an errno. */
static int
write_example(int fd)
{
	const char *text = config_example;
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		text += n;
		left -= (size_t)n;
	}
	return 0;
}

/* Half a file would be a trap: it is taken away again. */
static int
init(const struct args *args, const char *path)
{
	int fd, error;

	(void)args;
	if (path == NULL || strcmp(path, "-") == 0) {
		fputs(config_example, stdout);
		return 0;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return complain_file(path, errno);
	error = write_example(fd);
	if (close(fd) != 0 && error == 0)
		error = errno;
	if (error == 0)
		return 0;
	unlink(path);
	return complain_file(path, error);
}

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
	{ "init", init },
	{ "check", check },
	{ "show", show },
};

static int
act(const struct args *args, const char *path)
{
	if (args->noperand == 0)
		return args_complain(
		    args, "", "", "expected init, check or show");
	if (args->noperand > (path == NULL ? 2 : 1))
		return args_complain(args, args->operand[args->noperand - 1],
		    "", "one thing too many: which file?");
	if (args->noperand == 2)
		path = args->operand[1];
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (strcmp(actions[i].name, args->operand[0]) == 0)
			return actions[i].run(args, path);
	return args_complain(
	    args, args->operand[0], "", "expected init, check or show");
}

static int
set_config(struct args *args, const char *name, const char *value)
{
	const char **path = args->into;

	if (*value == '\0')
		return args_complain(args, name, value, "expected a file");
	*path = value;
	return 0;
}

static const struct arg rows[] = {
	{ "--config", 'f', true, false, set_config },
	{ .name = NULL },
};

int
cmd_config(int argc, char **argv)
{
	const char *path = NULL;
	struct args args = {
		.command = "mxvigil config",
		.usage = usage,
		.row = rows,
		.into = &path,
	};
	enum args_result result = args_read(&args, argc, argv);

	if (result != ARGS_GO)
		return result == ARGS_DONE ? 0 : BAD;
	return act(&args, path) == 0 ? 0 : BAD;
}
