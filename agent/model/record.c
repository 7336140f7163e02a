#include <stdlib.h>
#include <string.h>

#include "agent/model/parts.h"

/*
 * Where domains are: in chunks, which never move, by their ids; and a table of
 * ids, by the names that are in the records.  So a domain costs its record and
 * some eight bytes.
 *
 * Names lie far away, behind records that do: to compare one takes the time of
 * two reads of memory.  So seven bits of its hash are kept beside the id, and
 * hardly any name is read but the one that is sought.
 *
 * A record whose domain is gone is kept while others rest on its thing.
 */

/* ------------------------------------------------------------------ by name */

#define TABLE_FIRST 64

/* An entry: the id, from 1, and above it the bits of the hash. */
#define ID_BITS 25
#define ID_MASK ((UINT32_C(1) << ID_BITS) - 1)

static uint64_t
hash_of(const struct model *m, const char *name)
{
	return intern_hash((uintptr_t)m, name, strlen(name));
}

static size_t
slot_of(const struct model *m, uint64_t hash)
{
	return (size_t)hash & (m->table_size - 1);
}

static uint32_t
tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32) & ~ID_MASK;
}

static struct domain *
record_in(const struct model *m, size_t slot)
{
	return record_at(m, (m->table[slot] & ID_MASK) - 1);
}

/* The slot that has it, or the free one where it would be. */
static size_t
seek(const struct model *m, const char *name)
{
	uint64_t hash = hash_of(m, name);
	size_t at = slot_of(m, hash);
	uint32_t tag = tag_of(hash);

	while (m->table[at] != 0 &&
	    ((m->table[at] & ~ID_MASK) != tag ||
	        strcmp(record_in(m, at)->name, name) != 0))
		at = (at + 1) & (m->table_size - 1);
	return at;
}

/* One that is not there. */
static void
put(struct model *m, const struct domain *w)
{
	uint64_t hash = hash_of(m, w->name);
	size_t at = slot_of(m, hash);

	while (m->table[at] != 0)
		at = (at + 1) & (m->table_size - 1);
	m->table[at] = tag_of(hash) | (w->id + 1);
}

/* At least an eighth is free; without memory, one.  Those that are in it are
 * those that have a name; in the order of their ids they lie side by side. */
static bool
grow(struct model *m)
{
	size_t old = m->table_size, size = old == 0 ? TABLE_FIRST : 2 * old;
	uint32_t *table;

	if (m->nrecord + 1 <= old - old / 8)
		return true;
	table = calloc(size, sizeof(*table));
	if (table == NULL)
		return m->nrecord + 1 < old;
	free(m->table);
	m->table = table;
	m->table_size = size;
	for (size_t i = 0; i < m->ids; i++) {
		const struct domain *w = record_at(m, i);

		if (w->name != NULL && *w->name != '\0')
			put(m, w);
	}
	return true;
}

/* What follows it may have been kept from its place by it. */
static void
take_out(struct model *m, const struct domain *w)
{
	size_t mask = m->table_size - 1, hole = seek(m, w->name);

	if ((m->table[hole] & ID_MASK) != w->id + 1)
		return;
	for (size_t at = (hole + 1) & mask; m->table[at] != 0;
	     at = (at + 1) & mask) {
		size_t home = slot_of(m, hash_of(m, record_in(m, at)->name));

		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		m->table[hole] = m->table[at];
		hole = at;
	}
	m->table[hole] = 0;
}

struct domain *
record_find(const struct model *m, const char *name)
{
	size_t at;

	if (m->table_size == 0)
		return NULL;
	at = seek(m, name);
	return m->table[at] == 0 ? NULL : record_in(m, at);
}

/* -------------------------------------------------------------------- by id */

static bool
add_chunk(struct model *m)
{
	struct chunk **chunk =
	    reallocarray(m->chunk, m->nchunk + 1, sizeof(struct chunk *));

	if (chunk == NULL)
		return false;
	m->chunk = chunk;
	chunk[m->nchunk] = calloc(1, sizeof(struct chunk));
	if (chunk[m->nchunk] == NULL)
		return false;
	m->nchunk++;
	return true;
}

/* That it is in the list of what is dirty outlives its use. */
static void
wipe(struct domain *w)
{
	bool queued = w->thing.queued;

	*w = (struct domain){ .group = NULL };
	w->thing.queued = queued;
}

struct domain *
record_new(struct model *m, const char *name)
{
	struct domain *w;

	while (m->low < m->ids && record_at(m, m->low)->name != NULL)
		m->low++;
	if (m->low + 1 > ID_MASK ||
	    (m->low == m->nchunk * CHUNK && !add_chunk(m)) || !grow(m))
		return NULL;
	w = record_at(m, m->low);
	wipe(w);
	w->id = (uint32_t)m->low;
	*asked_of(m, w) = (struct asked){ .servers = 0 };
	w->name = name;
	w->thing.inside = true;
	put(m, w);
	m->nrecord++;
	if (m->low == m->ids)
		m->ids++;
	return w;
}

void
record_free(struct model *m, struct domain *w)
{
	size_t id = w->id;

	take_out(m, w);
	wipe(w);
	m->nrecord--;
	if (id < m->low)
		m->low = id;
	while (m->ids > 0 && record_at(m, m->ids - 1)->name == NULL)
		m->ids--;
}

void
record_hide(struct model *m, struct domain *w)
{
	take_out(m, w);
	w->name = "";
}
