#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/file.h"
#include "agent/base/name.h"
#include "agent/base/text.h"
#include "config/settings_domains.h"

/*
 * domain_files: files of one domain a line, named by globs.
 */

#define PATTERNS_MAX  1000
#define FILES_MAX     10000
#define FILE_SIZE_MAX ((size_t)64 << 20)
#define LINE_MAX_LEN  1024
/* Mistakes in one file that are told one by one. */
#define MISTAKES_MAX 20

/* ------------------------------------------------------------------- lines */

/* A file while it is read. */
struct domain_file {
	struct schema_walk *walk;
	const char *shown;
	struct name_entry like;
	size_t line;
	unsigned mistakes;
};

static void complain(struct domain_file *file, size_t column,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

static void
complain(struct domain_file *file, size_t column, const char *format, ...)
{
	struct buf what;
	va_list ap;

	buf_init(&what, 4096);
	va_start(ap, format);
	buf_vprintf(&what, format, ap);
	va_end(ap);
	yaml_complain_of(file->walk->file, file->shown, file->line, column,
	    "%s", buf_str(&what));
	buf_free(&what);
	file->mistakes++;
}

/* Characters from line to at, from 1. */
static size_t
column_of(const char *line, const char *at)
{
	size_t column = 1;

	for (; line < at; line++)
		column += ((unsigned char)*line & 0xc0) != 0x80;
	return column;
}

static void
add_name(struct domain_file *file, const char *line, const char *name)
{
	struct loading *loading = file->walk->aside;
	char ascii[NAME_WIRE + 1], *unicode = NULL, why[512];

	if (name_domain(name, ascii, &unicode, why, sizeof(why)) != 0) {
		complain(file, column_of(line, name), "%s", why);
		return;
	}
	if (names_add(&loading->names, ascii, unicode, &file->like) != 0)
		complain(file, 1, "out of memory");
	free(unicode);
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The line up to end, which is cut there: a name, a comment, both or none. */
static void
read_line(struct domain_file *file, char *line, char *end)
{
	size_t len = (size_t)(end - line);
	char *zero = memchr(line, '\0', len), *name = line;
	char *comment = memchr(line, '#', len);

	if (zero != NULL) {
		complain(file, column_of(line, zero),
		    "a zero byte is not allowed here");
		return;
	}
	if (comment != NULL)
		end = comment;
	while (name < end && is_space(*name))
		name++;
	while (end > name && is_space(end[-1]))
		end--;
	*end = '\0';
	if (end - name > LINE_MAX_LEN)
		complain(file, column_of(line, name),
		    "a line of more than %d bytes", LINE_MAX_LEN);
	else if (*name != '\0')
		add_name(file, line, name);
}

static void
read_lines(struct domain_file *file, char *text, size_t len)
{
	char *end = text + len, *next;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3; /* a UTF-8 mark */
	for (; text < end; text = next + 1) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (next == NULL)
			next = end;
		file->line++;
		if (file->mistakes == MISTAKES_MAX) {
			complain(file, 1,
			    "and more: the rest of the file is not read");
			return;
		}
		read_line(file, text, next);
	}
}

/* ------------------------------------------------------------------- files */

/* Append all of it.  A pipe must not make us wait.  Returns 0, or a negative
 * errno. */
static int
read_regular(const char *path, struct buf *text)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return file_read(path, FILE_SIZE_MAX, text);
}

static const char *
word_for(int error)
{
	if (error == -EFBIG)
		return "larger than 64 MiB";
	return error == -EINVAL ? "not a regular file" : strerror(-error);
}

static void
read_file(struct schema_walk *walk, yaml_node_t *node, const char *path,
    const struct name_entry *like)
{
	struct domain_file file = { .walk = walk, .like = *like };
	char *shown = text_safe_dup(path, strlen(path));
	struct buf text;
	int error;

	buf_init(&text, FILE_SIZE_MAX);
	error = shown == NULL ? -ENOMEM : read_regular(path, &text);
	file.shown = shown;
	if (error != 0)
		schema_complain(walk, node, "%s: %s",
		    shown == NULL ? "" : shown, word_for(error));
	else if (text.len > 0)
		read_lines(&file, text.data, text.len);
	buf_free(&text);
	free(shown);
}

/* ------------------------------------------------------------------- globs */

static bool
is_glob(const char *pattern)
{
	return strpbrk(pattern, "*?[") != NULL;
}

/* The pattern from the root: a relative one is from the configuration's
 * folder, in whose name nothing is a wildcard. */
static char *
absolute(const char *dir, const char *pattern)
{
	struct buf out;

	buf_init(&out, 0);
	if (*pattern != '/') {
		for (; *dir != '\0'; dir++) {
			if (is_glob(pattern) && strchr("*?[\\", *dir) != NULL)
				buf_putc(&out, '\\');
			buf_putc(&out, *dir);
		}
		buf_putc(&out, '/');
	}
	buf_puts(&out, pattern);
	return buf_take(&out);
}

/* A folder that is not there holds nothing that matches. */
static int
is_fatal(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

static void
read_matches(struct schema_walk *walk, yaml_node_t *node, const char *pattern,
    const struct name_entry *like)
{
	glob_t found;
	int result = glob(pattern, 0, is_fatal, &found);

	if (result == GLOB_NOMATCH)
		settings_note(walk, node, "no file matches");
	else if (result != 0)
		schema_complain(walk, node, "%s",
		    result == GLOB_NOSPACE ? "out of memory" : strerror(errno));
	else if (found.gl_pathc > FILES_MAX)
		schema_complain(
		    walk, node, "matches more than %d files", FILES_MAX);
	else
		for (size_t i = 0; i < found.gl_pathc; i++)
			read_file(walk, node, found.gl_pathv[i], like);
	if (result == 0)
		globfree(&found);
}

static void
read_pattern(struct schema_walk *walk, yaml_node_t *node, size_t index)
{
	const struct loading *loading = walk->aside;
	const struct domain_files_setting *files =
	    &loading->settings->domain_files[index];
	const struct name_entry like = { .group = files->group & NAMES_GROUP,
		.order = (uint32_t)(NAMES_LIST + 1 + index) };
	char *pattern = absolute(loading->dir, files->pattern);

	if (pattern == NULL)
		schema_complain(walk, node, "out of memory");
	else if (is_glob(files->pattern))
		read_matches(walk, node, pattern, &like);
	else
		read_file(walk, node, pattern, &like);
	free(pattern);
}

/* -------------------------------------------------------------------- items */

static void
read_files(struct schema_walk *walk, yaml_node_t *node)
{
	const struct loading *loading = walk->aside;
	struct domain_item item = { .name = NULL };
	bool is_good;

	is_good = settings_read_item(walk, node, &item, settings_files_keys);
	if (is_good && loading->settings->ndomain_files == PATTERNS_MAX)
		schema_complain(
		    walk, node, "one item too many (most: %d)", PATTERNS_MAX);
	else if (is_good && settings_add_files(loading->settings, &item) != 0)
		schema_complain(walk, node, "out of memory");
	else if (is_good && loading->is_whole)
		read_pattern(walk, node, loading->settings->ndomain_files - 1);
	settings_free_item(&item);
}

void
settings_read_files(struct schema_walk *walk, yaml_node_t *node)
{
	schema_each(walk, node, read_files);
}
