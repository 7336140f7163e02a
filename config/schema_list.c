#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"

#include "config/schema.h"

/* Lists of texts. */

/* A list while it is read. */
struct list {
	const struct schema_key *key;
	char **text;
	size_t n;
};

static bool
is_repeated(const struct list *list, const char *text)
{
	if (list->key->repeats)
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->text[i], text) == 0)
			return true;
	return false;
}

/* Takes text over. */
static void
append(struct schema_walk *walk, const yaml_node_t *item, char *text)
{
	struct list *list = walk->into;
	char **more, shown[101];

	if (is_repeated(list, text)) {
		text_line(shown, sizeof(shown), text);
		schema_complain(walk, item, "\"%s\" is there twice", shown);
		free(text);
		return;
	}
	more = reallocarray(list->text, list->n + 1, sizeof(*more));
	if (more == NULL) {
		schema_complain(walk, item, "out of memory");
		free(text);
		return;
	}
	list->text = more;
	list->text[list->n++] = text;
}

static void
read_item(struct schema_walk *walk, yaml_node_t *item)
{
	const struct list *list = walk->into;
	char *text =
	    schema_take(walk, item, list->key->expected, list->key->take);

	if (text != NULL)
		append(walk, item, text);
}

/* So many items that looking for equal ones would take long are not read. */
static bool
is_too_long(
    struct schema_walk *walk, yaml_node_t *node, const struct schema_key *key)
{
	yaml_node_item_t *end;

	if (node->type != YAML_SEQUENCE_NODE)
		return false;
	end = node->data.sequence.items.start + key->max;
	if (node->data.sequence.items.top <= end)
		return false;
	schema_complain(walk, yaml_node(walk->file, *end),
	    "one item too many (most: %llu)", (unsigned long long)key->max);
	return true;
}

void
schema_read_list(
    struct schema_walk *walk, yaml_node_t *node, const struct schema_key *key)
{
	struct schema_walk inner = *walk;
	struct list list = { .key = key };

	if (is_too_long(walk, node, key))
		return;
	inner.into = &list;
	schema_each(&inner, node, read_item);
	*(char ***)(void *)((char *)walk->into + key->offset) = list.text;
	*(size_t *)(void *)((char *)walk->into + key->count) = list.n;
}

void
schema_show_texts(struct buf *out, char *const *text, size_t n)
{
	buf_puts(out, " [");
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, i == 0 ? "" : ", ");
		schema_show_text(out, text[i]);
	}
	buf_puts(out, "]\n");
}
