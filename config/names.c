#include <stdlib.h>
#include <string.h>

#include "config/names.h"

#define BLOCK_FIRST ((size_t)4096)
#define BLOCK_MAX   ((size_t)1 << 20)

void
names_free(struct names *names)
{
	free(names->entry);
	*names = (struct names){ .entry = NULL };
}

/* ------------------------------------------------------------------ blocks */

/* A further block with room for len bytes, or NULL. */
static struct buf *
add_block(struct settings *settings, size_t len)
{
	struct buf *more =
	    reallocarray(settings->names, settings->nnames + 1, sizeof(*more));
	size_t size = BLOCK_FIRST;

	if (more == NULL)
		return NULL;
	settings->names = more;
	more += settings->nnames;
	if (settings->nnames > 0 && more[-1].size >= BLOCK_FIRST)
		size = more[-1].size * 2;
	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	if (size <= len)
		size = len + 1;
	buf_init(more, size - 1);
	more->data = malloc(size);
	if (more->data == NULL)
		return NULL;
	more->data[0] = '\0';
	more->size = size; /* so that it never grows, and never moves */
	settings->nnames++;
	return more;
}

/* A copy of the text in a block, or NULL. */
static const char *
keep(struct settings *settings, const char *text)
{
	size_t len = strlen(text) + 1;
	struct buf *block = settings->nnames == 0 ?
	    NULL :
	    &settings->names[settings->nnames - 1];
	char *at;

	if (block == NULL || block->max - block->len < len)
		block = add_block(settings, len);
	if (block == NULL)
		return NULL;
	at = block->data + block->len;
	buf_add(block, text, len);
	return at;
}

/* ----------------------------------------------------------------- entries */

static int
make_room(struct names *names)
{
	size_t size = names->size == 0 ? 64 : 2 * names->size;
	struct name_entry *more;

	if (names->n < names->size)
		return 0;
	more = reallocarray(names->entry, size, sizeof(*more));
	if (more == NULL)
		return -1;
	names->entry = more;
	names->size = size;
	return 0;
}

int
names_add(struct names *names, struct settings *settings, const char *name,
    const char *unicode, const struct name_entry *like)
{
	struct name_entry entry = *like;

	entry.domain.name = keep(settings, name);
	entry.domain.unicode = unicode == NULL ? NULL : keep(settings, unicode);
	if (make_room(names) != 0 || entry.domain.name == NULL ||
	    (unicode != NULL && entry.domain.unicode == NULL))
		return -1;
	names->entry[names->n++] = entry;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct name_entry *x = a, *y = b;
	int order = strcmp(x->domain.name, y->domain.name);

	if (order != 0)
		return order;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return (x->node > y->node) - (x->node < y->node);
}

void
names_sort(struct names *names)
{
	if (names->n > 1)
		qsort(names->entry, names->n, sizeof(*names->entry), compare);
}

long
names_take(struct names *names, struct settings *settings)
{
	struct domain_setting *domain;
	size_t n = 0;

	if (names->n == 0)
		return 0;
	domain = reallocarray(NULL, names->n, sizeof(*domain));
	if (domain == NULL)
		return -1;
	for (size_t i = 0; i < names->n; i++)
		if (n == 0 ||
		    strcmp(domain[n - 1].name, names->entry[i].domain.name) !=
		        0)
			domain[n++] = names->entry[i].domain;
	free(settings->domain);
	settings->domain = domain;
	settings->ndomain = n;
	return (long)(names->n - n);
}
