#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/file.h"
#include "agent/base/text.h"
#include "config/settings_keys.h"
#include "config/url.h"

/* From a file to settings: all of it, or nothing. */

void
settings_note(
    struct schema_walk *walk, const yaml_node_t *node, const char *format, ...)
{
	const struct loading *loading = walk->aside;
	va_list ap;

	if (loading->notes == NULL)
		return;
	buf_printf(loading->notes, "%s:%zu:%zu: %s%s", walk->file->path,
	    node->start_mark.line + 1, node->start_mark.column + 1, walk->path,
	    *walk->path == '\0' ? "" : ": ");
	va_start(ap, format);
	buf_vprintf(loading->notes, format, ap);
	va_end(ap);
	buf_putc(loading->notes, '\n');
}

void
settings_check_inline(
    struct schema_walk *walk, const yaml_node_t *node, const char *url)
{
	const struct loading *loading = walk->aside;

	if (url_is_redacted(url))
		schema_complain(walk, node,
		    "this is what \"config show\" prints instead of a secret: "
		    "write the whole URL");
	else if (loading->is_open)
		settings_note(walk, node,
		    "a secret that others can read: move it to a file of its "
		    "own (url_file), or chmod 600 %s",
		    walk->file->path);
}

/* ------------------------------------------------------------------ checks */

/* Rules that hold between settings. */
static void
check_policy(struct schema_walk *walk, const struct settings *settings)
{
	const struct policy *policy = &settings->policy;
	yaml_node_t *root = walk->file->root;

	if (settings->nvantage > 0 && policy->quorum > settings->nvantage)
		schema_complain(walk, schema_find(walk, root, "quorum"),
		    "quorum: %u of %zu vantages can never agree",
		    policy->quorum, settings->nvantage);
	if (policy->cert_crit_set &&
	    policy->cert_crit_days > policy->cert_warn_days)
		schema_complain(walk, schema_find(walk, root, "thresholds"),
		    "thresholds: cert_critical_days (%u) is more than "
		    "cert_warning_days (%u)",
		    policy->cert_crit_days, policy->cert_warn_days);
}

static void
read_tree(struct schema_walk *walk, struct settings *settings)
{
	schema_read_map(walk, walk->file->root, settings_keys);
	settings_take_domains(walk);
	settings_check_http(walk);
	settings_check_heartbeat(walk);
	settings_check_store(walk);
	/* What is missing because of a mistake is no mistake. */
	if (walk->file->nerrors == 0)
		check_policy(walk, settings);
}

/* ------------------------------------------------------------------ reading */

/* What settings_init() cannot do, for it cannot fail. */
static int
fill_in(struct settings *settings)
{
	if (settings->store_path == NULL)
		settings->store_path = strdup(SETTINGS_STORE);
	return settings->store_path == NULL ? -1 : 0;
}

static int
read_text(struct settings *settings, struct loading *loading, const char *path,
    const struct buf *text, struct buf *errors)
{
	struct settings fresh;
	struct yaml_file file;
	struct schema_walk walk = {
		.file = &file, .into = &fresh, .aside = loading
	};
	int result;

	if (yaml_file_read(&file, path, buf_str(text), text->len, errors) != 0)
		return -1;
	settings_init(&fresh);
	names_init(&loading->names);
	loading->settings = &fresh;
	if (file.root != NULL)
		read_tree(&walk, &fresh);
	names_free(&loading->names);
	loading->settings = NULL;
	yaml_file_free(&file);
	result = file.nerrors == 0 ? fill_in(&fresh) : -1;
	if (file.nerrors == 0 && result != 0)
		buf_printf(errors, "%s: out of memory\n", path);
	settings_free(result == 0 ? settings : &fresh);
	if (result == 0)
		*settings = fresh;
	return result;
}

int
settings_read(struct settings *settings, const char *path, const char *yaml,
    size_t len, struct buf *errors)
{
	struct loading loading = { .dir = "." };
	/* As if it were a buffer's: it is only read. */
	const struct buf text = { .data = (char *)(uintptr_t)yaml, .len = len };

	return read_text(settings, &loading, path, &text, errors);
}

/* What helps, for a line about a configuration that cannot be read. */
static const char *
remedy(int error)
{
	switch (error) {
	case ENOENT:
		return ": \"mxvigil config init -f FILE DOMAIN\" writes one";
	case EACCES:
		return ": run this as root or as the user of the agent";
	case EISDIR:
		return ": name a file in it";
	default:
		return "";
	}
}

/* A file may hold secret URLs. */
static int
load(struct settings *settings, struct loading *loading, const char *path,
    struct buf *errors)
{
	char *shown = file_shown(path);
	struct buf text;
	int result;

	buf_init(&text, 0);
	result =
	    shown == NULL ? -ENOMEM : file_read(path, YAML_SIZE_MAX, &text);
	if (result != 0)
		buf_printf(errors, "%s: %s%s\n", shown == NULL ? "" : shown,
		    strerror(-result), remedy(-result));
	else
		result = read_text(settings, loading, shown, &text, errors);
	if (text.data != NULL)
		explicit_bzero(text.data, text.size);
	buf_free(&text);
	free(shown);
	return result == 0 ? 0 : -1;
}

int
settings_load(struct settings *settings, const char *path, struct buf *errors)
{
	struct loading loading = { .dir = "." };

	return load(settings, &loading, path, errors);
}

/* The folder that the file is in; malloc'ed. */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* A pipe is nobody else's. */
static bool
is_open(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077) != 0;
}

int
settings_load_daemon(struct settings *settings, const char *path,
    struct buf *errors, struct buf *notes)
{
	char *dir = folder_of(path);
	struct loading loading = {
		.is_whole = true,
		.dir = dir,
		.is_open = is_open(path),
		.notes = notes,
	};
	int result = -1;

	if (dir == NULL)
		buf_puts(errors, "out of memory\n");
	else
		result = load(settings, &loading, path, errors);
	free(dir);
	return result;
}
