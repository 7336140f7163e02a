#include <errno.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/file.h"
#include "agent/base/name.h"

#include "agent/targets.h"

/* Lines on standard error for one file, at the most. */
#define COMPLAINTS_MAX 20

static void complain(struct targets *targets, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
complain(struct targets *targets, const char *format, ...)
{
	struct buf line;
	va_list ap;

	buf_init(&line, 0);
	va_start(ap, format);
	buf_vprintf(&line, format, ap);
	va_end(ap);
	fprintf(stderr, "mxvigil: %s\n", buf_str(&line));
	if (targets->bad++ == 0)
		targets->first_bad = buf_take(&line);
	buf_free(&line);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
no_node(void *node)
{
	(void)node;
}

void
targets_init(struct targets *targets)
{
	*targets = (struct targets){ .n = 0 };
}

void
targets_free(struct targets *targets)
{
	tdestroy(targets->seen, no_node);
	for (size_t i = 0; i < targets->n; i++) {
		free(targets->target[i].ascii);
		free(targets->target[i].unicode);
	}
	free(targets->target);
	free(targets->first_bad);
	targets_init(targets);
}

/* Returns 0, 1 when it was there already, or -1 without memory; unicode is
 * taken over on 0. */
static int
append(struct targets *targets, const char *ascii, char *unicode)
{
	struct target *more;
	char *copy;

	if (tfind(ascii, &targets->seen, compare) != NULL)
		return 1;
	if ((targets->n & (targets->n - 1)) == 0) {
		more = reallocarray(targets->target,
		    targets->n == 0 ? 1 : 2 * targets->n, sizeof(*more));
		if (more == NULL)
			return -1;
		targets->target = more;
	}
	copy = strdup(ascii);
	if (copy == NULL || tsearch(copy, &targets->seen, compare) == NULL) {
		free(copy);
		return -1;
	}
	targets->target[targets->n++] = (struct target){ copy, unicode };
	return 0;
}

void
targets_add(struct targets *targets, const char *typed, const char *where)
{
	char ascii[NAME_WIRE + 1], why[1024];
	char *unicode = NULL;
	int added;

	if (name_domain(typed, ascii, &unicode, why, sizeof(why)) != 0) {
		complain(targets, "%s%s", where, why);
		return;
	}
	added = append(targets, ascii, unicode);
	if (added == 0)
		return;
	free(unicode);
	if (added < 0)
		complain(targets, "%s%s: out of memory", where, ascii);
}

/* ------------------------------------------------------------------ files */

/* Cut the comment and white space around the name off; the rest of line. */
static char *
trim(char *line)
{
	char *end;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, " \t\r\f\v");
	end = line + strlen(line);
	while (end > line && strchr(" \t\r\f\v", end[-1]) != NULL)
		*--end = '\0';
	return line;
}

static void
add_lines(struct targets *targets, char *text, const char *shown)
{
	unsigned bad = targets->bad;
	size_t number = 0;
	char *line, where[600];

	if (strncmp(text, "\xef\xbb\xbf", 3) == 0) /* UTF-8 mark */
		text += 3;
	while ((line = strsep(&text, "\n")) != NULL) {
		number++;
		line = trim(line);
		if (*line == '\0')
			continue;
		if (targets->bad - bad == COMPLAINTS_MAX) {
			complain(targets,
			    "%s:%zu: too many lines that are no "
			    "domain: the rest of the file is not read",
			    shown, number);
			return;
		}
		snprintf(where, sizeof(where), "%s:%zu: ", shown, number);
		targets_add(targets, line, where);
	}
}

/* Returns NULL, or what is wrong with the file. */
static const char *
read_text(const char *path, struct buf *text)
{
	int result = file_read(path, TARGETS_FILE_MAX, text);

	if (result == -EFBIG)
		return "larger than 64 MiB";
	if (result != 0)
		return strerror(-result);
	if (text->len > 0 && memchr(text->data, '\0', text->len) != NULL)
		return "not a text: there is a zero byte in it";
	return NULL;
}

void
targets_add_file(struct targets *targets, const char *path)
{
	char *shown = file_shown(path);
	const char *wrong;
	struct buf text;

	buf_init(&text, TARGETS_FILE_MAX);
	wrong = shown == NULL ? "out of memory" : read_text(path, &text);
	if (wrong != NULL)
		complain(targets, "%s: %s", shown == NULL ? "" : shown, wrong);
	else if (text.len > 0)
		add_lines(targets, text.data, shown);
	free(shown);
	buf_free(&text);
}
