#include <stdlib.h>
#include <string.h>

#include "agent/base/ip.h"
#include "agent/base/name.h"
#include "agent/rules/policy.h"

#include "config/settings_keys.h"

/*
 * The keys that only the daemon uses, so that a file with them is judged
 * whole: what is wrong in them is found here too.
 */

#define SECOND 1000
#define DAY    ((uint64_t)86400 * SECOND)

#define CHECKED(text) .name = (text), .offset = SCHEMA_NOWHERE

/* ------------------------------------------------------------------- texts */

static void
check_text(struct schema_walk *walk, yaml_node_t *node)
{
	schema_text(walk, node, "a text");
}

void
settings_check_texts(struct schema_walk *walk, yaml_node_t *node)
{
	schema_each(walk, node, check_text);
}

static void
check_label(struct schema_walk *walk, yaml_node_t *name, yaml_node_t *value,
    const void *unused)
{
	(void)name;
	(void)unused;
	schema_text(walk, value, "a text");
}

static void
check_labels(struct schema_walk *walk, yaml_node_t *node)
{
	schema_each_pair(walk, node, check_label, NULL);
}

/* A key without which the group at node makes no sense. */
static void
require(struct schema_walk *walk, yaml_node_t *node, const char *name)
{
	if (node->type == YAML_MAPPING_NODE &&
	    schema_find(walk, node, name) == NULL)
		schema_complain(walk, node, "%s is missing", name);
}

/* ----------------------------------------------------------------- domains */

static void
check_domain(struct schema_walk *walk, yaml_node_t *node)
{
	const char *text = schema_text(walk, node, "a domain");
	char ascii[NAME_WIRE + 1], *unicode = NULL, why[512];

	if (text == NULL)
		return;
	if (name_domain(text, ascii, &unicode, why, sizeof(why)) != 0)
		schema_complain(walk, node, "%s", why);
	free(unicode);
}

/* clang-format off */
static const struct schema_key domain_keys[] = {
	{ CHECKED("name"), .kind = SCHEMA_CUSTOM, .read = check_domain },
	{ CHECKED("interval"), .kind = SCHEMA_DURATION, .min = SECOND,
	    .max = 30 * DAY },
	{ CHECKED("labels"), .kind = SCHEMA_CUSTOM, .read = check_labels },
	{ .name = NULL },
};
/* clang-format on */

/* A name alone, or a group of keys of which the daemon knows more. */
static void
check_domain_item(struct schema_walk *walk, yaml_node_t *node)
{
	if (node->type == YAML_SCALAR_NODE) {
		check_domain(walk, node);
		return;
	}
	schema_read_open(walk, node, domain_keys);
	require(walk, node, "name");
}

void
settings_check_domains(struct schema_walk *walk, yaml_node_t *node)
{
	schema_each(walk, node, check_domain_item);
}

/* ---------------------------------------------------------------- channels */

static void
check_severity(struct schema_walk *walk, yaml_node_t *node)
{
	static const char expected[] = "info, warning or critical";
	const char *text = schema_text(walk, node, expected);
	enum severity severity;

	if (text != NULL &&
	    (severity_parse(text, &severity) != 0 || severity < SEVERITY_INFO))
		schema_complain(walk, node, "expected %s", expected);
}

/* clang-format off */
static const struct schema_key channel_keys[] = {
	{ CHECKED("name"), .kind = SCHEMA_TEXT },
	{ CHECKED("type"), .kind = SCHEMA_TEXT },
	{ CHECKED("url_file"), .kind = SCHEMA_TEXT },
	{ CHECKED("min_severity"), .kind = SCHEMA_CUSTOM,
	    .read = check_severity },
	{ CHECKED("rules"), .kind = SCHEMA_CUSTOM,
	    .read = settings_check_texts },
	{ CHECKED("remind"), .kind = SCHEMA_DURATION, .min = 60 * SECOND,
	    .max = 365 * DAY },
	{ .name = NULL },
};
/* clang-format on */

static void
check_channel(struct schema_walk *walk, yaml_node_t *node)
{
	schema_read_open(walk, node, channel_keys);
	require(walk, node, "name");
	require(walk, node, "type");
}

/* Is there a channel of this name before the item? */
static bool
is_name_taken(struct schema_walk *walk, const yaml_node_t *list,
    const yaml_node_t *item, const char *name)
{
	for (const yaml_node_item_t *i = list->data.sequence.items.start;
	     i < list->data.sequence.items.top; i++) {
		yaml_node_t *node = yaml_node(walk->file, *i), *other;

		if (node == item)
			return false;
		other = schema_find(walk, node, "name");
		if (other != NULL && yaml_scalar(other) != NULL &&
		    strcmp(yaml_scalar(other), name) == 0)
			return true;
	}
	return false;
}

/* Nobody has so many: the search for names that are there twice stays short. */
#define CHANNELS_MAX 256

static void
check_channel_names(struct schema_walk *walk, yaml_node_t *list)
{
	const yaml_node_item_t *start = list->data.sequence.items.start;

	if (list->data.sequence.items.top - start > CHANNELS_MAX) {
		schema_complain(
		    walk, list, "more than %d channels", CHANNELS_MAX);
		return;
	}
	for (; start < list->data.sequence.items.top; start++) {
		yaml_node_t *item = yaml_node(walk->file, *start);
		yaml_node_t *name = schema_find(walk, item, "name");

		if (name != NULL && yaml_scalar(name) != NULL &&
		    is_name_taken(walk, list, item, yaml_scalar(name)))
			schema_complain(walk, name,
			    "there are two channels "
			    "of this name");
	}
}

void
settings_check_channels(struct schema_walk *walk, yaml_node_t *node)
{
	schema_each(walk, node, check_channel);
	if (node->type == YAML_SEQUENCE_NODE)
		check_channel_names(walk, node);
}

/* ------------------------------------------------------------------ tables */

/* clang-format off */
const struct schema_key settings_interval_keys[] = {
	{ CHECKED("dns"), .kind = SCHEMA_DURATION, .min = SECOND,
	    .max = 30 * DAY },
	{ CHECKED("smtp"), .kind = SCHEMA_DURATION, .min = SECOND,
	    .max = 30 * DAY },
	{ CHECKED("authority"), .kind = SCHEMA_DURATION, .min = SECOND,
	    .max = 30 * DAY },
	{ CHECKED("tls"), .kind = SCHEMA_DURATION, .min = SECOND,
	    .max = 30 * DAY },
	{ .name = NULL },
};
/* clang-format on */

static void
check_listen(struct schema_walk *walk, yaml_node_t *node)
{
	static const char expected[] = "ADDRESS:PORT";
	const char *text = schema_text(walk, node, expected);
	struct ip ip;
	uint16_t port = 0;

	if (text != NULL && (ip_port_parse(text, &ip, &port) != 0 || port == 0))
		schema_complain(walk, node, "expected %s", expected);
}

/* clang-format off */
const struct schema_key settings_http_keys[] = {
	{ CHECKED("listen"), .kind = SCHEMA_CUSTOM, .read = check_listen },
	{ .name = NULL },
};

const struct schema_key settings_store_keys[] = {
	{ CHECKED("path"), .kind = SCHEMA_TEXT },
	{ CHECKED("keep"), .kind = SCHEMA_DURATION, .min = DAY,
	    .max = 3650 * DAY },
	{ .name = NULL },
};
