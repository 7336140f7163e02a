#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "config/settings_keys.h"

#define LABELS_MAX     16
#define LABEL_KEY_MAX  64
#define LABEL_TEXT_MAX 200

/* Labels while they are read. */
struct labels {
	struct label *label;
	size_t n;
};

void
settings_free_labels(struct label *label, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(label[i].key);
		free(label[i].value);
	}
	free(label);
}

/* A key can be the name of a label in Prometheus and in a query, but for '.'
 * and '-'. */
static bool
is_key(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "_0123456789.-";
	size_t len = strlen(text);

	return len > 0 && len <= LABEL_KEY_MAX &&
	    strspn(text, letters) == len &&
	    strchr("0123456789.-", *text) == NULL;
}

/* Takes value over. */
static int
append(struct labels *labels, const char *key, char *value)
{
	struct label *more =
	    reallocarray(labels->label, labels->n + 1, sizeof(*more));

	if (more != NULL)
		labels->label = more;
	if (more == NULL || (more[labels->n].key = strdup(key)) == NULL) {
		free(value);
		return -1;
	}
	more[labels->n++].value = value;
	return 0;
}

static void
read_label(struct schema_walk *walk, yaml_node_t *name, yaml_node_t *value,
    const void *unused)
{
	struct labels *labels = walk->into;
	char *text = schema_take(walk, value, "a text", settings_take_title);

	(void)unused;
	if (!is_key(yaml_scalar(name)))
		schema_complain(walk, name,
		    "is no name for a label: a letter, then up to 63 letters, "
		    "digits and _.-");
	else if (labels->n == LABELS_MAX)
		schema_complain(
		    walk, name, "one label too many (most: %d)", LABELS_MAX);
	else if (text != NULL) {
		if (append(labels, yaml_scalar(name), text) != 0)
			schema_complain(walk, name, "out of memory");
		return;
	}
	free(text);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct label *)a)->key, ((const struct label *)b)->key);
}

void
settings_read_labels(const struct schema_walk *walk, yaml_node_t *node,
    struct label **label, size_t *n)
{
	struct schema_walk inner = *walk;
	struct labels labels = { .label = NULL };

	inner.into = &labels;
	schema_each_pair(&inner, node, read_label, NULL);
	if (labels.n > 1)
		qsort(labels.label, labels.n, sizeof(*labels.label), compare);
	*label = labels.label;
	*n = labels.n;
}

bool
settings_show_labels(struct buf *out, const struct label *label, size_t n)
{
	buf_puts(out, " {");
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, i == 0 ? "" : ", ");
		schema_show_text(out, label[i].key);
		buf_puts(out, ": ");
		schema_show_text(out, label[i].value);
	}
	buf_puts(out, "}\n");
	return n > 0;
}
