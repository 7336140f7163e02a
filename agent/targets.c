#include <errno.h>
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

void
targets_init(struct targets *targets)
{
	*targets = (struct targets){ .n = 0 };
}

void
targets_free(struct targets *targets)
{
	free(targets->seen);
	for (size_t i = 0; i < targets->n; i++) {
		free(targets->target[i].ascii);
		free(targets->target[i].unicode);
	}
	free(targets->target);
	free(targets->first_bad);
	targets_init(targets);
}

/* ------------------------------------------------------------------- table */

#define SEEN_FIRST 256

struct seen {
	uint32_t hash;
	uint32_t target; /* its index, from 1; 0: free */
};

/* FNV-1a, started from where the list lies. */
static uint32_t
hash_of(const struct targets *targets, const char *name)
{
	uint64_t hash =
	    UINT64_C(0xcbf29ce484222325) ^ (uint64_t)(uintptr_t)targets;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return (uint32_t)(hash ^ hash >> 32);
}

/* The slot that has it, or the free one where it would be. */
static struct seen *
seek(const struct targets *targets, uint32_t hash, const char *name)
{
	size_t mask = targets->nseen - 1, at = hash & mask;
	struct seen *seen;

	for (;; at = (at + 1) & mask) {
		seen = &targets->seen[at];
		if (seen->target == 0 ||
		    (seen->hash == hash &&
		        strcmp(targets->target[seen->target - 1].ascii, name) ==
		            0))
			return seen;
	}
}

/* Room for one more, at least half of it free. */
static int
make_room(struct targets *targets)
{
	size_t n = targets->nseen == 0 ? SEEN_FIRST : 2 * targets->nseen;
	struct seen *seen = targets->seen;
	struct target *more;

	if (2 * targets->n < targets->nseen)
		return 0;
	more = reallocarray(targets->target, n / 2, sizeof(*more));
	if (more == NULL)
		return -1;
	targets->target = more;
	targets->seen = calloc(n, sizeof(*seen));
	if (targets->seen == NULL) {
		targets->seen = seen;
		return -1;
	}
	targets->nseen = n;
	for (size_t i = 0; i < targets->n; i++) {
		uint32_t hash = hash_of(targets, more[i].ascii);

		*seek(targets, hash, more[i].ascii) =
		    (struct seen){ hash, (uint32_t)i + 1 };
	}
	free(seen);
	return 0;
}

/* Returns 0, 1 when it was there already, or -1 without memory; unicode is
 * taken over on 0. */
static int
append(struct targets *targets, const char *ascii, char *unicode)
{
	uint32_t hash = hash_of(targets, ascii);
	struct seen *seen;
	char *copy;

	if (make_room(targets) != 0)
		return -1;
	seen = seek(targets, hash, ascii);
	if (seen->target != 0)
		return 1;
	copy = strdup(ascii);
	if (copy == NULL)
		return -1;
	targets->target[targets->n++] =
	    (struct target){ .ascii = copy, .unicode = unicode };
	*seen = (struct seen){ hash, (uint32_t)targets->n };
	return 0;
}

/* -------------------------------------------------------------------- names */

/* Where a name stands: a file, as it is shown, and a line; or nowhere. */
struct place {
	const char *shown;
	size_t line;
};

static void
complain_at(
    struct targets *targets, const struct place *place, const char *what)
{
	if (place->shown == NULL)
		complain(targets, "%s", what);
	else
		complain(
		    targets, "%s:%zu: %s", place->shown, place->line, what);
}

static void
add(struct targets *targets, const char *typed, const struct place *place)
{
	char ascii[NAME_WIRE + 1], why[1024];
	char *unicode = NULL;
	int added;

	if (name_domain(typed, ascii, &unicode, why, sizeof(why)) != 0) {
		complain_at(targets, place, why);
		return;
	}
	added = append(targets, ascii, unicode);
	if (added == 0)
		return;
	free(unicode);
	if (added > 0)
		return;
	snprintf(why, sizeof(why), "%s: out of memory", ascii);
	complain_at(targets, place, why);
}

void
targets_add(struct targets *targets, const char *typed)
{
	const struct place nowhere = { .shown = NULL };

	add(targets, typed, &nowhere);
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
	struct place place = { .shown = shown };
	char *line;

	if (strncmp(text, "\xef\xbb\xbf", 3) == 0) /* UTF-8 mark */
		text += 3;
	while ((line = strsep(&text, "\n")) != NULL) {
		place.line++;
		line = trim(line);
		if (*line == '\0')
			continue;
		if (targets->bad - bad == COMPLAINTS_MAX) {
			complain_at(targets, &place,
			    "too many lines that are no domain: the rest of "
			    "the file is not read");
			return;
		}
		add(targets, line, &place);
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
