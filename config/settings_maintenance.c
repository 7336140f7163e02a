#include <stdlib.h>
#include <string.h>

#include "config/settings_keys.h"
#include "config/when.h"

/* Maintenance: times in which no alerts are wanted, once or every week. */

#define WINDOWS_MAX 1000
#define GLOBS_MAX   1000

#define IN(member)    .offset = offsetof(struct maintenance_setting, member)
#define COUNT(member) .count = offsetof(struct maintenance_setting, member)

/* ---------------------------------------------------------- days and hours */

void
settings_read_days(struct schema_walk *walk, yaml_node_t *node, uint8_t *days)
{
	static const char expected[] = "days such as mon-fri or sat,sun";
	const char *text = schema_text(walk, node, expected);

	if (text != NULL && when_days(text, days) != 0)
		schema_complain(walk, node, "expected %s", expected);
}

void
settings_read_hours(
    struct schema_walk *walk, yaml_node_t *node, uint16_t *from, uint16_t *to)
{
	static const char expected[] = "hours such as \"22:00-06:00\"";
	const char *text = schema_text(walk, node, expected);

	if (text != NULL && when_hours(text, from, to) != 0)
		schema_complain(walk, node, "expected %s", expected);
}

bool
settings_show_days(struct buf *out, uint8_t days)
{
	buf_puts(out, " \"");
	when_show_days(out, days);
	buf_puts(out, "\"\n");
	return days != 0;
}

bool
settings_show_hours(struct buf *out, uint16_t from, uint16_t to)
{
	buf_puts(out, " \"");
	when_show_hours(out, from, to);
	buf_puts(out, "\"\n");
	return true;
}

/* -------------------------------------------------------------------- keys */

static void
read_labels(struct schema_walk *walk, yaml_node_t *node)
{
	struct maintenance_setting *window = walk->into;

	settings_read_labels(walk, node, &window->label, &window->nlabel);
}

static bool
show_labels(struct buf *out, const void *from)
{
	const struct maintenance_setting *window = from;

	return settings_show_labels(out, window->label, window->nlabel);
}

static void
read_time(struct schema_walk *walk, yaml_node_t *node, int64_t *seconds)
{
	static const char expected[] =
	    "a time such as \"2026-11-24 22:00\" (local) or "
	    "\"2026-11-24T22:00:00Z\"";
	const char *text = schema_text(walk, node, expected);

	if (text != NULL && when_time(text, seconds) != 0)
		schema_complain(walk, node, "expected %s", expected);
}

static void
read_from(struct schema_walk *walk, yaml_node_t *node)
{
	struct maintenance_setting *window = walk->into;

	read_time(walk, node, &window->from_s);
}

static void
read_to(struct schema_walk *walk, yaml_node_t *node)
{
	struct maintenance_setting *window = walk->into;

	read_time(walk, node, &window->to_s);
}

static bool
show_time(struct buf *out, int64_t seconds)
{
	buf_puts(out, " \"");
	when_show_time(out, seconds);
	buf_puts(out, "\"\n");
	return seconds != 0;
}

static bool
show_from(struct buf *out, const void *from)
{
	return show_time(
	    out, ((const struct maintenance_setting *)from)->from_s);
}

static bool
show_to(struct buf *out, const void *from)
{
	return show_time(out, ((const struct maintenance_setting *)from)->to_s);
}

static void
read_days(struct schema_walk *walk, yaml_node_t *node)
{
	struct maintenance_setting *window = walk->into;

	settings_read_days(walk, node, &window->days);
}

static bool
show_days(struct buf *out, const void *from)
{
	return settings_show_days(
	    out, ((const struct maintenance_setting *)from)->days);
}

static void
read_hours(struct schema_walk *walk, yaml_node_t *node)
{
	struct maintenance_setting *window = walk->into;

	settings_read_hours(walk, node, &window->from_min, &window->to_min);
}

static bool
show_hours(struct buf *out, const void *from)
{
	const struct maintenance_setting *window = from;

	settings_show_hours(out, window->from_min, window->to_min);
	return window->days != 0;
}

/* clang-format off */
const struct schema_key settings_maintenance_keys[] = {
	{ .name = "name", .kind = SCHEMA_TEXT, IN(name),
	    .take = settings_take_title, .expected = "one line",
	    .is_needed = true, .more = "What it is for, up to 200 bytes." },
	{ .name = "match", .kind = SCHEMA_LIST, IN(match), COUNT(nmatch),
	    .max = GLOBS_MAX, .take = settings_take_glob,
	    .expected = "a glob",
	    .more = "Domains and hosts that it holds for. Without any, it "
	    "holds for all." },
	{ .name = "labels", .kind = SCHEMA_CUSTOM, .read = read_labels,
	    .show = show_labels, .expected = "a group of texts",
	    .more = "It holds only for domains that have all of these." },
	{ .name = "from", .kind = SCHEMA_CUSTOM, .read = read_from,
	    .show = show_from, .expected = "a time",
	    .more = "Once, from then on: such as \"2026-11-24 22:00\" "
	    "(local time), \"2026-11-24T22:00:00Z\" or "
	    "\"2026-11-24T22:00:00+01:00\"." },
	{ .name = "to", .kind = SCHEMA_CUSTOM, .read = read_to,
	    .show = show_to, .expected = "a time",
	    .more = "The end of it." },
	{ .name = "days", .kind = SCHEMA_CUSTOM, .read = read_days,
	    .show = show_days, .expected = "days",
	    .more = "Every week on these days, such as mon-fri or sat,sun. "
	    "Without it, every day." },
	{ .name = "time", .kind = SCHEMA_CUSTOM, .read = read_hours,
	    .show = show_hours, .expected = "hours",
	    .more = "Hours in local time on these days, such as "
	    "\"22:00-06:00\". When they end before they begin, they end on "
	    "the next day." },
	{ .name = NULL },
};
/* clang-format on */

/* -------------------------------------------------------------------- items */

void
settings_free_maintenance(struct maintenance_setting *window)
{
	free(window->name);
	settings_free_texts(window->match, window->nmatch);
	settings_free_labels(window->label, window->nlabel);
}

/* Either from and to, or time with or without days. */
static void
check_window(struct schema_walk *walk, yaml_node_t *node,
    const struct maintenance_setting *window)
{
	bool from = schema_find(walk, node, "from") != NULL;
	bool to = schema_find(walk, node, "to") != NULL;
	bool days = schema_find(walk, node, "days") != NULL;
	bool hours = schema_find(walk, node, "time") != NULL;

	if ((from || to) && (days || hours))
		schema_complain(walk, node,
		    "from and to are for once, days and time for every week: "
		    "only one of the two");
	else if (from != to)
		schema_complain(
		    walk, node, "%s is missing", from ? "to" : "from");
	else if (!from && !hours)
		schema_complain(walk, node, "%s",
		    days ? "time is missing" :
		           "when? from and to, or days and time are missing");
	else if (from && window->to_s <= window->from_s)
		schema_complain_key(
		    walk, node, "to", "it ends before it begins");
}

/* By its keys, and then as a whole.  Was there no mistake? */
static bool
read_item(struct schema_walk *walk, yaml_node_t *node,
    struct maintenance_setting *window)
{
	struct schema_walk inner = *walk;
	unsigned before = walk->file->nerrors;

	inner.into = window;
	schema_read_map(&inner, node, settings_maintenance_keys);
	if (walk->file->nerrors == before)
		check_window(walk, node, window);
	if (window->from_s == 0 && window->days == 0)
		window->days = WHEN_ALL_DAYS;
	return walk->file->nerrors == before;
}

/* Takes over what the window holds. */
static int
append(struct settings *settings, struct maintenance_setting *window)
{
	struct maintenance_setting *more = reallocarray(
	    settings->maintenance, settings->nmaintenance + 1, sizeof(*more));

	if (more == NULL)
		return -1;
	settings->maintenance = more;
	more[settings->nmaintenance++] = *window;
	*window = (struct maintenance_setting){ .name = NULL };
	return 0;
}

static void
read_window(struct schema_walk *walk, yaml_node_t *node)
{
	struct loading *loading = walk->aside;
	struct maintenance_setting window = { .name = NULL };

	if (!read_item(walk, node, &window))
		;
	else if (loading->settings->nmaintenance == WINDOWS_MAX)
		schema_complain(
		    walk, node, "one item too many (most: %d)", WINDOWS_MAX);
	else if (append(loading->settings, &window) != 0)
		schema_complain(walk, node, "out of memory");
	settings_free_maintenance(&window);
}

void
settings_read_maintenance(struct schema_walk *walk, yaml_node_t *node)
{
	schema_each(walk, node, read_window);
}

bool
settings_show_maintenance(struct buf *out, const void *from)
{
	const struct settings *settings = from;

	buf_putc(out, '\n');
	for (size_t i = 0; i < settings->nmaintenance; i++)
		schema_show_item(
		    out, settings_maintenance_keys, &settings->maintenance[i]);
	return settings->nmaintenance > 0;
}
