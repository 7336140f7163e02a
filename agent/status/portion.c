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

/* Part low up to before high so that what belongs before k is before it. */
static void
part_at(const struct list *l, size_t low, size_t high, size_t k)
{
	while (high - low > 1) {
		size_t store = low;

		swap(l, low + (size_t)random() % (high - low), high - 1);
		for (size_t i = low; i < high - 1; i++)
			if (l->compare(at(l, i), at(l, high - 1)) < 0)
				swap(l, i, store++);
		swap(l, store, high - 1);
		if (store == k)
			return;
		if (k < store)
			high = store;
		else
			low = store + 1;
	}
}

void
portion_sort(void *list, size_t n, size_t size, size_t from, size_t to,
    int (*compare)(const void *, const void *))
{
	const struct list l = { list, size, compare };

	if (from >= to || size > SIZE_MAX_ITEM)
		return;
	part_at(&l, 0, n, from);
	if (to < n)
		part_at(&l, from, n, to);
	qsort(at(&l, from), to - from, size, compare);
}
