#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "agent/base/file.h"
#include "agent/base/text.h"
#include "agent/targets.h"
#include "config/example.h"
#include "config/settings.h"

#include "agent/config_init.h"

#define RESOLV_CONF "/etc/resolv.conf"

static int
out_of_memory(void)
{
	fputs("mxvigil config: out of memory\n", stderr);
	return -1;
}

/* -------------------------------------------------------------------- text */

/* What goes below a line of the example: the items that it is to have. */
struct insert {
	const char *line;
	struct buf items;
};

/* A name server of one link only cannot be a vantage: say where it went. */
static void
put_left_out(struct buf *out)
{
	FILE *file = fopen(RESOLV_CONF, "re");
	char *line = NULL, address[64];
	size_t size = 0;

	while (file != NULL && getline(&line, &size, file) > 0) {
		if (sscanf(line, "nameserver %63s", address) != 1 ||
		    strchr(address, '%') == NULL)
			continue;
		buf_puts(out, "  # Left out, for it is of one link only: ");
		text_safe(out, address, strlen(address));
		buf_putc(out, '\n');
	}
	free(line);
	if (file != NULL)
		fclose(file);
}

static void
put_vantages(struct buf *out)
{
	struct settings machine;
	char why[256];
	int found;

	settings_init(&machine);
	found = settings_resolv_conf(&machine, RESOLV_CONF, why, sizeof(why));
	if (found == 0)
		snprintf(why, sizeof(why), RESOLV_CONF ": no nameserver");
	if (found <= 0)
		fprintf(stderr,
		    "mxvigil config: %s: name a resolver below vantages\n",
		    why);
	else
		buf_puts(out, "  # Of " RESOLV_CONF ":\n");
	for (size_t i = 0; i < machine.nvantage; i++)
		buf_printf(out, "  - {name: \"%s\", resolver: \"%s\"}\n",
		    machine.vantage[i].name, machine.vantage[i].name);
	put_left_out(out);
	settings_free(&machine);
}

static void
put_domains(struct buf *out, const struct targets *domains)
{
	for (size_t i = 0; i < domains->n; i++) {
		const struct target *t = &domains->target[i];

		if (t->unicode == NULL)
			buf_printf(out, "  - \"%s\"\n", t->ascii);
		else
			buf_printf(
			    out, "  - \"%s\" # %s\n", t->unicode, t->ascii);
	}
}

static void
put_example(struct buf *out, const struct insert *insert, size_t n)
{
	for (const char *line = config_example; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		len += line[len] == '\n';
		buf_add(out, line, len);
		for (size_t i = 0; i < n; i++)
			if (strncmp(line, insert[i].line, len) == 0)
				buf_puts(out, buf_str(&insert[i].items));
		line += len;
	}
}

static void
put_text(struct buf *out, const struct targets *domains)
{
	struct insert insert[] = {
		{ .line = "vantages:\n" },
		{ .line = "domains:\n" },
	};
	const size_t n = sizeof(insert) / sizeof(insert[0]);

	for (size_t i = 0; i < n; i++)
		buf_init(&insert[i].items, 0);
	if (domains->n > 0) {
		put_vantages(&insert[0].items);
		put_domains(&insert[1].items, domains);
	}
	put_example(out, insert, n);
	for (size_t i = 0; i < n; i++) {
		out->failed = out->failed || insert[i].items.failed;
		buf_free(&insert[i].items);
	}
}

/* -------------------------------------------------------------------- file */

/* Returns 0, or an errno. */
static int
write_all(int fd, const struct buf *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(fd, text->data + done, text->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		done += (size_t)n;
	}
	return fsync(fd) == 0 ? 0 : errno;
}

/* Returns 0, or an errno: then there is no such file. */
static int
write_new(const char *path, const struct buf *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int error;

	if (fd < 0)
		return errno;
	error = write_all(fd, text);
	if (close(fd) != 0 && error == 0)
		error = errno;
	if (error != 0)
		unlink(path);
	return error;
}

/* Half a file would be a trap: what is there under the name is whole, and
 * link(2) never takes the place of another. */
static int
write_file(const char *path, const struct buf *text)
{
	char *beside;
	int error;

	if (asprintf(&beside, "%s.%d", path, (int)getpid()) < 0)
		return ENOMEM;
	error = write_new(beside, text);
	if (error == 0) {
		error = link(beside, path) == 0 ? 0 : errno;
		unlink(beside);
	}
	free(beside);
	return error;
}

/* What failed with the file and what helps, in one line. */
static int
complain_file(const char *path, int error)
{
	static const struct {
		int error;
		const char *remedy;
	} rows[] = {
		{ EEXIST, ": it is kept; name another file" },
		{ ENOENT, ": make its folder first" },
		{ EACCES, ": run it as a user who may write there" },
	};
	char *shown = file_shown(path);
	const char *remedy = "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].error == error)
			remedy = rows[i].remedy;
	fprintf(stderr, "mxvigil config: %s: %s%s\n",
	    shown == NULL ? "" : shown, strerror(error), remedy);
	free(shown);
	return -1;
}

/* ----------------------------------------------------------------- command */

/* A URL is no file: what is wrong with it is said with the domain in it. */
static bool
is_file(const char *operand)
{
	const char *dot = strrchr(operand, '.');

	if (strcmp(operand, "-") == 0)
		return true;
	if (strstr(operand, "://") != NULL)
		return false;
	return strchr(operand, '/') != NULL ||
	    (dot != NULL &&
	        (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0));
}

static int
read_domains(const struct args *args, struct targets *domains)
{
	for (int i = 1; i < args->noperand; i++) {
		if (is_file(args->operand[i]))
			return args_complain(args, args->operand[i], "",
			    "this is a file, not a domain: write -f before it");
		targets_add(domains, args->operand[i]);
	}
	return domains->bad == 0 ? 0 : -1;
}

static int
write_text(const char *path, const struct targets *domains)
{
	struct buf text;
	int error = 0;

	buf_init(&text, 0);
	put_text(&text, domains);
	if (text.failed) {
		buf_free(&text);
		return out_of_memory();
	}
	if (path == NULL || strcmp(path, "-") == 0)
		fputs(buf_str(&text), stdout);
	else
		error = write_file(path, &text);
	buf_free(&text);
	return error == 0 ? 0 : complain_file(path, error);
}

int
config_init(const struct args *args, const char *path)
{
	struct targets domains;
	int result;

	targets_init(&domains);
	result = read_domains(args, &domains);
	if (result == 0)
		result = write_text(path, &domains);
	targets_free(&domains);
	return result;
}
