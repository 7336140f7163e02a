#include <sys/queue.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/lru.h"

struct entry {
	TAILQ_ENTRY(entry) use;
	LIST_ENTRY(entry) same; /* of the same slot */
	uint32_t hash;
	void *value;
	size_t len;
	uint8_t key[];
};

TAILQ_HEAD(uses, entry);
LIST_HEAD(slot, entry);

struct lru {
	struct uses uses; /* the last used first */
	size_t n, max;
	void (*release)(void *);
	size_t slots; /* a power of two */
	struct slot slot[];
};

struct lru *
lru_new(size_t max, void (*release)(void *))
{
	struct lru *l;
	size_t slots = 1;

	while (slots < max)
		slots *= 2;
	l = calloc(1, sizeof(*l) + slots * sizeof(l->slot[0]));
	if (l == NULL)
		return NULL;
	TAILQ_INIT(&l->uses);
	l->max = max;
	l->release = release;
	l->slots = slots;
	return l;
}

static void
forget(struct lru *l, struct entry *e)
{
	TAILQ_REMOVE(&l->uses, e, use);
	LIST_REMOVE(e, same);
	l->n--;
	l->release(e->value);
	free(e);
}

void
lru_free(struct lru *l)
{
	struct entry *e;

	if (l == NULL)
		return;
	while ((e = TAILQ_FIRST(&l->uses)) != NULL)
		forget(l, e);
	free(l);
}

/* FNV-1a. */
static uint32_t
hash_of(const uint8_t *key, size_t len)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ key[i]) * 16777619U;
	return hash;
}

static struct entry *
find(struct lru *l, const void *key, size_t len, uint32_t hash)
{
	struct entry *e;

	LIST_FOREACH (e, &l->slot[hash & (l->slots - 1)], same)
		if (e->hash == hash && e->len == len &&
		    memcmp(e->key, key, len) == 0)
			return e;
	return NULL;
}

void *
lru_get(struct lru *l, const void *key, size_t len)
{
	struct entry *e = find(l, key, len, hash_of(key, len));

	if (e == NULL)
		return NULL;
	TAILQ_REMOVE(&l->uses, e, use);
	TAILQ_INSERT_HEAD(&l->uses, e, use);
	return e->value;
}

void
lru_drop(struct lru *l, const void *key, size_t len)
{
	struct entry *e = find(l, key, len, hash_of(key, len));

	if (e != NULL)
		forget(l, e);
}

int
lru_put(struct lru *l, const void *key, size_t len, void *value)
{
	struct entry *e = malloc(sizeof(*e) + len);

	lru_drop(l, key, len);
	if (e == NULL) {
		l->release(value);
		return -1;
	}
	if (l->n == l->max)
		forget(l, TAILQ_LAST(&l->uses, uses));
	*e = (struct entry){
		.hash = hash_of(key, len), .value = value, .len = len
	};
	memcpy(e->key, key, len);
	TAILQ_INSERT_HEAD(&l->uses, e, use);
	LIST_INSERT_HEAD(&l->slot[e->hash & (l->slots - 1)], e, same);
	l->n++;
	return 0;
}
