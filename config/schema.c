#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"

#include "config/schema.h"

#define KEYS_MAX 64

/* ------------------------------------------------------------- complaints */

void
schema_complain(
    struct schema_walk *walk, const yaml_node_t *node, const char *format, ...)
{
	struct buf line;
	va_list ap;

	buf_init(&line, 4096);
	va_start(ap, format);
	buf_vprintf(&line, format, ap);
	va_end(ap);
	yaml_complain(walk->file, node, "%s%s%s", walk->path,
	    *walk->path == '\0' ? "" : ": ", buf_str(&line));
	buf_free(&line);
}

/* What kind of node it is, in words. */
static const char *
word_for(const yaml_node_t *node)
{
	if (yaml_is_nothing(node))
		return "nothing";
	switch (node->type) {
	case YAML_SEQUENCE_NODE:
		return "a list";
	case YAML_MAPPING_NODE:
		return "a group of keys";
	default:
		return "a single value";
	}
}

const char *
schema_text(
    struct schema_walk *walk, const yaml_node_t *node, const char *expected)
{
	const char *text = yaml_scalar(node);

	if (text != NULL && *text != '\0' && !yaml_is_nothing(node))
		return text;
	schema_complain(walk, node, "expected %s, not %s", expected,
	    text != NULL && *text == '\0' ? "nothing" : word_for(node));
	return NULL;
}

/* ------------------------------------------------------------------- paths */

/* Where the path ends, to go back there. */
static size_t enter(struct schema_walk *walk, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static size_t
enter(struct schema_walk *walk, const char *format, ...)
{
	size_t end = strlen(walk->path);
	va_list ap;

	va_start(ap, format);
	vsnprintf(walk->path + end, sizeof(walk->path) - end, format, ap);
	va_end(ap);
	return end;
}

/* Returns where the path ended before the key was added. */
static size_t
enter_key(struct schema_walk *walk, const char *name)
{
	char safe[80];

	text_line(safe, sizeof(safe), name);
	return enter(walk, "%s%s", *walk->path == '\0' ? "" : ".", safe);
}

static void
leave(struct schema_walk *walk, size_t end)
{
	walk->path[end] = '\0';
}

void
schema_complain_key(struct schema_walk *walk, const yaml_node_t *node,
    const char *name, const char *format, ...)
{
	const yaml_node_t *value = schema_find(walk, node, name);
	size_t end = enter_key(walk, name);
	struct buf line;
	va_list ap;

	buf_init(&line, 4096);
	va_start(ap, format);
	buf_vprintf(&line, format, ap);
	va_end(ap);
	schema_complain(
	    walk, value == NULL ? node : value, "%s", buf_str(&line));
	buf_free(&line);
	leave(walk, end);
}

/* -------------------------------------------------------------------- lists */

void
schema_each(struct schema_walk *walk, yaml_node_t *node,
    void (*each)(struct schema_walk *, yaml_node_t *item))
{
	unsigned n = 0;

	if (yaml_is_nothing(node)) /* a key whose items are commented out */
		return;
	if (node->type != YAML_SEQUENCE_NODE) {
		schema_complain(
		    walk, node, "expected a list, not %s", word_for(node));
		return;
	}
	for (const yaml_node_item_t *i = node->data.sequence.items.start;
	     i < node->data.sequence.items.top; i++) {
		size_t end = enter(walk, "[%u]", n++);

		each(walk, yaml_node(walk->file, *i));
		leave(walk, end);
	}
}

/* -------------------------------------------------------------------- pairs */

static int
compare_names(const void *a, const void *b)
{
	return strcmp(yaml_scalar(a), yaml_scalar(b));
}

static void
no_node(void *node)
{
	(void)node;
}

/* Is this the first such key in its mapping?  Complains if not. */
static bool
is_first(struct schema_walk *walk, yaml_node_t *name, void **seen)
{
	yaml_node_t **there;

	if (yaml_scalar(name) == NULL) {
		schema_complain(
		    walk, name, "a key must be a text, not %s", word_for(name));
		return false;
	}
	there = tsearch(name, seen, compare_names);
	if (there == NULL) {
		schema_complain(walk, name, "out of memory");
		return false;
	}
	if (*there != name) {
		size_t end = enter_key(walk, yaml_scalar(name));

		schema_complain(walk, name, "is there twice, first in line %zu",
		    (*there)->start_mark.line + 1);
		leave(walk, end);
	}
	return *there == name;
}

void
schema_each_pair(struct schema_walk *walk, yaml_node_t *node,
    schema_pair_fn *each, const void *arg)
{
	void *seen = NULL;

	if (yaml_is_nothing(node))
		return;
	if (node->type != YAML_MAPPING_NODE) {
		schema_complain(walk, node, "expected a group of keys, not %s",
		    word_for(node));
		return;
	}
	for (const yaml_node_pair_t *i = node->data.mapping.pairs.start;
	     i < node->data.mapping.pairs.top; i++) {
		yaml_node_t *name = yaml_node(walk->file, i->key);
		size_t end;

		if (!is_first(walk, name, &seen))
			continue;
		end = enter_key(walk, yaml_scalar(name));
		each(walk, name, yaml_node(walk->file, i->value), arg);
		leave(walk, end);
	}
	tdestroy(seen, no_node);
}

yaml_node_t *
schema_find(struct schema_walk *walk, const yaml_node_t *node, const char *name)
{
	if (node->type != YAML_MAPPING_NODE)
		return NULL;
	for (const yaml_node_pair_t *i = node->data.mapping.pairs.start;
	     i < node->data.mapping.pairs.top; i++) {
		const char *key = yaml_scalar(yaml_node(walk->file, i->key));

		if (key != NULL && strcmp(key, name) == 0)
			return yaml_node(walk->file, i->value);
	}
	return NULL;
}

/* --------------------------------------------------------------------- maps */

static void
complain_unknown(struct schema_walk *walk, const yaml_node_t *name,
    const struct schema_key *keys)
{
	const char *known[KEYS_MAX], *nearest;
	size_t n = 0;

	for (; n < KEYS_MAX && keys[n].name != NULL; n++)
		known[n] = keys[n].name;
	nearest = text_nearest(yaml_scalar(name), known, n);
	if (nearest != NULL)
		schema_complain(
		    walk, name, "unknown key (did you mean \"%s\"?)", nearest);
	else
		schema_complain(walk, name, "unknown key");
}

static void
read_value(
    struct schema_walk *walk, yaml_node_t *node, const struct schema_key *key)
{
	if (key->read != NULL)
		key->read(walk, node);
	else if (key->kind != SCHEMA_MAP)
		schema_read_value(walk, node, key);
	else if (!yaml_is_nothing(node)) /* its keys are commented out */
		schema_read_map(walk, node, key->keys);
}

static const struct schema_key *
find_key(const struct schema_key *keys, const char *name)
{
	for (; keys->name != NULL; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

static void
read_pair(struct schema_walk *walk, yaml_node_t *name, yaml_node_t *value,
    const void *keys)
{
	const struct schema_key *key = find_key(keys, yaml_scalar(name));

	if (key == NULL)
		complain_unknown(walk, name, keys);
	else
		read_value(walk, value, key);
}

static void
require(struct schema_walk *walk, const yaml_node_t *node,
    const struct schema_key *keys)
{
	for (; keys->name != NULL; keys++)
		if (keys->is_needed &&
		    schema_find(walk, node, keys->name) == NULL)
			schema_complain(
			    walk, node, "%s is missing", keys->name);
}

void
schema_read_map(
    struct schema_walk *walk, yaml_node_t *node, const struct schema_key *keys)
{
	schema_each_pair(walk, node, read_pair, keys);
	if (node->type == YAML_MAPPING_NODE || yaml_is_nothing(node))
		require(walk, node, keys);
}
