#ifndef AGENT_BASE_LRU_H
#define AGENT_BASE_LRU_H

#include <stddef.h>

/*
 * A bounded memory: values by the bytes of a key.  When it is full, what was
 * not asked for the longest goes.
 */
struct lru;

/* At most max values, at least one, each of which release() frees when it
 * goes.  NULL: no memory. */
struct lru	*lru_new(size_t max, void (*release)(void *value));
/* NULL is harmless. */
void		 lru_free(struct lru *);

/* The value, which stays the memory's and lives until the next lru_put() or
 * lru_drop(); or NULL. */
void		*lru_get(struct lru *, const void *key, size_t len);

/* Remember the value, which is not NULL, in place of the one that is there.
 * It is taken over, also when there is no memory to remember it.  Returns 0,
 * or -1: it was released. */
int		 lru_put(struct lru *, const void *key, size_t len,
		    void *value);

void		 lru_drop(struct lru *, const void *key, size_t len);

#endif
