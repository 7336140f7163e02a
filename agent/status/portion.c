#include <stdlib.h>
#include <string.h>

#include "agent/status/portion.h"

#define SIZE_MAX_ITEM 64

struct list {
	char *item;
	size_t size;
	int (*compare)(const void *, const void *);
};

static char *
at(const struct list *l, size_t i)
{
	return l->item + i * l->size;
}

static void
swap(const struct list *l, size_t i, size_t k)
{
	char t[SIZE_MAX_ITEM];

	memcpy(t, at(l, i), l->size);
	memcpy(at(l, i), at(l, k), l->size);
	memcpy(at(l, k), t, l->size);
}

/* The first n are a heap, the last of them in order on top, but for the i-th.
 */
static void
sink(const struct list *l, size_t n, size_t i)
{
	for (size_t k; (k = 2 * i + 1) < n; i = k) {
		k += k + 1 < n && l->compare(at(l, k + 1), at(l, k)) > 0;
		if (l->compare(at(l, k), at(l, i)) <= 0)
			return;
		swap(l, i, k);
	}
}

/* The first ones seen are kept in a heap; most others come after the last of
 * them, which one comparison says. */
void
portion_sort(void *list, size_t n, size_t size, size_t from, size_t to,
    int (*compare)(const void *, const void *))
{
	const struct list l = { list, size, compare };

	if (from >= to || size > SIZE_MAX_ITEM)
		return;
	for (size_t i = to; to < n && i-- > 0;)
		sink(&l, to, i);
	for (size_t i = to; i < n; i++)
		if (compare(at(&l, i), list) < 0) {
			swap(&l, i, 0);
			sink(&l, to, 0);
		}
	qsort(list, to, size, compare);
}
