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
    "Usage: mxvigil config init [-f FILE]    write a first configuration\n"
    "       mxvigil config check -f FILE     find the mistakes in one\n"
    "       mxvigil config show [-f FILE]    print what holds, with every\n"
    "                                        default filled in\n"
    "\n"
    "  -f, --config FILE    check and show read it (- is standard input);\n"
    "                       init writes it, never over a file\n"
    "  -h, --help; -V, --version\n"
    "\n"
    "Without -f, init writes to standard output, and show prints the\n"
    "defaults.  Exit status: 0, or 2 when there are mistakes.\n";

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

/* Returns 0, or BAD after every mistake had its line. */
static int
load(struct settings *settings, const char *path)
{
	struct buf errors;
	int result;

	buf_init(&errors, 0);
	result = settings_load(settings, path, &errors);
	fputs(buf_str(&errors), stderr);
	buf_free(&errors);
	return result == 0 ? 0 : BAD;
}

static int
check(const struct args *args, const char *path)
{
	struct settings settings;
	char *shown;
	int status;

	if (path == NULL) {
		args_complain(args, "check", "", "which file? (-f FILE)");
		return BAD;
	}
	settings_init(&settings);
	status = load(&settings, path);
	settings_free(&settings);
	if (status != 0)
		return status;
	shown = file_shown(path);
	printf("%s: configuration OK\n", shown == NULL ? "" : shown);
	free(shown);
	return 0;
}

static int
show(const struct args *args, const char *path)
{
	struct settings settings;
	struct buf out;
	int status;

	(void)args;
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
	if (args->noperand > 1)
		return args_complain(args, args->operand[1], "",
		    "one thing too many (a file is named by -f FILE)");
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
