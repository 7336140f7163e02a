#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "config/settings_domains.h"

/*
 * The domains, and the files that name more of them.  What is behind a name is
 * its group: names without anything behind them share one.  The names are kept
 * aside until the whole configuration was read (config/names.h): then a name
 * that is there more than once is settled.
 */

#define IN(member) .offset = offsetof(struct domain_item, member)

/* ------------------------------------------------------------------ groups */

void
settings_free_group(struct domain_group *group)
{
	settings_free_labels(group->label, group->nlabel);
	if (group->expect != NULL)
		settings_free_expect(group->expect);
	free(group->expect);
}

void
settings_free_item(struct domain_item *item)
{
	free(item->name);
	free(item->files);
	settings_free_group(&item->group);
	settings_free_expect(&item->expect);
}

/* The group of the item becomes one of the settings, which take over what it
 * holds.  Returns its index, or -1 without memory. */
static int64_t
add_group(struct settings *settings, struct domain_item *item)
{
	struct expect_setting *expect = NULL;
	struct domain_group *more =
	    reallocarray(settings->group, settings->ngroup + 1, sizeof(*more));

	if (more == NULL)
		return -1;
	settings->group = more;
	if (settings_expects(&item->expect)) {
		expect = malloc(sizeof(*expect));
		if (expect == NULL)
			return -1;
		settings_sort_expect(&item->expect);
		*expect = item->expect;
		item->expect = (struct expect_setting){ .down = NULL };
	}
	item->group.expect = expect;
	more[settings->ngroup] = item->group;
	item->group = (struct domain_group){ .label = NULL };
	return (int64_t)settings->ngroup++;
}

static bool
is_plain(const struct domain_group *group)
{
	return group->interval_ms == 0 && group->nlabel == 0 &&
	    group->expect == NULL;
}

/* The names that have nothing behind them share a group; files always have one
 * of their own, so that it tells where a domain is from. */
static int64_t
group_for(struct loading *loading, struct domain_item *item)
{
	if (!is_plain(&item->group) || settings_expects(&item->expect))
		return add_group(loading->settings, item);
	if (!loading->has_plain) {
		int64_t group = add_group(loading->settings, item);

		if (group < 0)
			return -1;
		loading->plain = (uint32_t)group;
		loading->has_plain = true;
	}
	return loading->plain;
}

/* Takes over what the item holds. */
int
settings_add_files(struct settings *settings, struct domain_item *item)
{
	struct domain_files_setting *more = reallocarray(
	    settings->domain_files, settings->ndomain_files + 1, sizeof(*more));
	int64_t group;

	if (more == NULL)
		return -1;
	settings->domain_files = more;
	group = add_group(settings, item);
	if (group < 0)
		return -1;
	more[settings->ndomain_files++] =
	    (struct domain_files_setting){ .pattern = item->files,
		    .group = (uint32_t)group };
	item->files = NULL;
	return 0;
}

/* -------------------------------------------------------------------- keys */

static void
read_labels(struct schema_walk *walk, yaml_node_t *node)
{
	struct domain_item *item = walk->into;

	settings_read_labels(
	    walk, node, &item->group.label, &item->group.nlabel);
}

static bool
show_labels(struct buf *out, const void *from)
{
	const struct domain_item *item = from;

	return settings_show_labels(out, item->group.label, item->group.nlabel);
}

/* clang-format off */
#define GROUP_KEYS                                                         \
	{ .name = "interval", .kind = SCHEMA_DURATION,                     \
	    IN(group.interval_ms), .min = SECOND, .max = 30 * DAY,         \
	    .more = "How often to look at it through the vantages. Without " \
	    "it, intervals.dns." },                                        \
	{ .name = "labels", .kind = SCHEMA_CUSTOM, .read = read_labels,    \
	    .show = show_labels, .expected = "a group of up to 16 texts",  \
	    .more = "Yours: channels and maintenance choose domains by "   \
	    "them, metrics and the page show them. A key is a letter and " \
	    "up to 63 letters, digits, underscores, dots and hyphens." },  \
	{ .name = "expect", .kind = SCHEMA_MAP,                            \
	    .keys = settings_expect_keys,                                  \
	    .more = "What you know beforehand, so that it is not told as " \
	    "news." }

const struct schema_key settings_domain_keys[] = {
	{ .name = "name", .kind = SCHEMA_TEXT, IN(name),
	    .expected = "a domain", .is_needed = true,
	    .more = "Its name." },
	GROUP_KEYS,
	{ .name = NULL },
};

const struct schema_key settings_files_keys[] = {
	{ .name = "files", .kind = SCHEMA_TEXT, IN(files),
	    .expected = "a file or a glob", .is_needed = true,
	    .more = "What else is in the group is for all domains in the "
	    "files." },
	GROUP_KEYS,
	{ .name = NULL },
};
/* clang-format on */

/* A text alone, or a group of keys. */
bool
settings_read_item(struct schema_walk *walk, yaml_node_t *node,
    struct domain_item *item, const struct schema_key *keys)
{
	struct schema_walk inner = *walk;
	unsigned before = walk->file->nerrors;

	inner.into = item;
	if (node->type == YAML_SCALAR_NODE)
		schema_read_value(&inner, node, keys);
	else
		schema_read_map(&inner, node, keys);
	return walk->file->nerrors == before;
}

/* ------------------------------------------------------------------ domains */

static int
node_index(const struct schema_walk *walk, const yaml_node_t *node)
{
	return (int)(node - walk->file->document.nodes.start) + 1;
}

static void
add_domain(
    struct schema_walk *walk, yaml_node_t *node, struct domain_item *item)
{
	struct loading *loading = walk->aside;
	struct name_entry like = { .order = NAMES_LIST,
		.node = node_index(walk, node) };
	char ascii[NAME_WIRE + 1], *unicode = NULL, why[512];
	int64_t group;

	if (name_domain(item->name, ascii, &unicode, why, sizeof(why)) != 0) {
		if (node->type == YAML_SCALAR_NODE)
			schema_complain(walk, node, "%s", why);
		else
			schema_complain_key(walk, node, "name", "%s", why);
		return;
	}
	group = group_for(loading, item);
	like.group = (uint32_t)group & NAMES_GROUP;
	if (group < 0 || names_add(&loading->names, ascii, unicode, &like) != 0)
		schema_complain(walk, node, "out of memory");
	free(unicode);
}

static void
read_domain(struct schema_walk *walk, yaml_node_t *node)
{
	struct domain_item item = { .name = NULL };

	if (settings_read_item(walk, node, &item, settings_domain_keys))
		add_domain(walk, node, &item);
	settings_free_item(&item);
}

void
settings_read_domains(struct schema_walk *walk, yaml_node_t *node)
{
	schema_each(walk, node, read_domain);
}

/* What is there twice in the list is a mistake; in files it is not, for they
 * come from several hands. */
static void
complain_repeated(struct schema_walk *walk, const struct names *names)
{
	for (size_t i = 1; i < names->n; i++) {
		const struct name_entry *one = &names->entry[i - 1];
		const struct name_entry *two = &names->entry[i];

		if (two->repeated && two->order == NAMES_LIST)
			schema_complain(walk, yaml_node(walk->file, two->node),
			    "domains: \"%s\" is there twice, first in line "
			    "%zu",
			    names_text(names, two),
			    yaml_node(walk->file, one->node)->start_mark.line +
			        1);
	}
}

void
settings_take_domains(struct schema_walk *walk)
{
	struct loading *loading = walk->aside;
	long repeated;

	names_sort(&loading->names);
	complain_repeated(walk, &loading->names);
	repeated = names_take(&loading->names, loading->settings);
	if (repeated < 0)
		schema_complain(walk, walk->file->root, "out of memory");
	else if (repeated > 0 && walk->file->nerrors == 0)
		settings_note(walk, walk->file->root,
		    "domains that are named more than once: %ld (the list "
		    "wins over files, the first file over others)",
		    repeated);
}

/* ----------------------------------------------------------------- printing */

/* A domain or a pattern with what is behind it. */
static void
show_item(struct buf *out, const struct domain_item *item)
{
	const char *text = item->name != NULL ? item->name : item->files;

	if (is_plain(&item->group) && !settings_expects(&item->expect)) {
		buf_puts(out, "  - ");
		schema_show_text(out, text);
		buf_putc(out, '\n');
		return;
	}
	schema_show_item(out,
	    item->name != NULL ? settings_domain_keys : settings_files_keys,
	    item);
}

static struct domain_item
item_of(const struct settings *settings, size_t index)
{
	const struct domain_group *group = &settings->group[index];
	struct domain_item item = { .group = *group };

	if (group->expect != NULL)
		item.expect = *group->expect;
	item.group.expect = NULL;
	return item;
}

/* For each group: is it of files?  malloc'ed. */
static bool *
mark_files(const struct settings *settings)
{
	bool *is_of_files = calloc(settings->ngroup + 1, sizeof(bool));

	for (size_t i = 0; is_of_files != NULL && i < settings->ndomain_files;
	     i++)
		is_of_files[settings->domain_files[i].group] = true;
	return is_of_files;
}

/* Those of the list; those in files stay there. */
bool
settings_show_domains(struct buf *out, const void *from)
{
	const struct settings *settings = from;
	bool *is_of_files = mark_files(settings);
	size_t shown = 0;

	if (is_of_files == NULL) {
		out->failed = true;
		return false;
	}
	buf_putc(out, '\n');
	for (size_t i = 0; i < settings->ndomain; i++) {
		struct domain_setting domain = settings_domain(settings, i);
		struct domain_item item = item_of(settings, domain.group);

		if (is_of_files[domain.group])
			continue;
		item.name = (char *)(uintptr_t)domain.name;
		show_item(out, &item);
		shown++;
	}
	free(is_of_files);
	return shown > 0;
}

bool
settings_show_files(struct buf *out, const void *from)
{
	const struct settings *settings = from;

	buf_putc(out, '\n');
	for (size_t i = 0; i < settings->ndomain_files; i++) {
		const struct domain_files_setting *files =
		    &settings->domain_files[i];
		struct domain_item item = item_of(settings, files->group);

		item.files = files->pattern;
		show_item(out, &item);
	}
	return settings->ndomain_files > 0;
}
