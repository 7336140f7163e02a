#include <stdlib.h>
#include <string.h>

#include "agent/model/intern.h"

#define BUCKETS_FIRST 64

uint64_t
intern_hash(uint64_t seed, const void *bytes, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed;
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 32;
}

/* Started from where the table lies: nobody outside can tell which names will
 * meet in one bucket. */
static size_t
bucket_of(const struct intern *in, const void *bytes, size_t len, size_t n)
{
	return (size_t)intern_hash((uintptr_t)in, bytes, len) & (n - 1);
}

static uint32_t *
place_of(const struct intern *in, const void *bytes, size_t len)
{
	return &in->bucket[bucket_of(in, bytes, len, in->nbucket)];
}

/* More buckets than atoms.  Without memory the chains get longer. */
static void
grow(struct intern *in)
{
	size_t n = in->nbucket == 0 ? BUCKETS_FIRST : in->nbucket * 2;
	uint32_t *bucket;

	if (in->count < in->nbucket)
		return;
	bucket = calloc(n, sizeof(*bucket));
	if (bucket == NULL)
		return;
	for (uint32_t id = 1; id <= in->ids; id++) {
		struct atom *atom = in->atom[id];
		uint32_t *to;

		if (atom == NULL)
			continue;
		to = &bucket[bucket_of(in, atom->bytes, atom->len, n)];
		atom->next = *to;
		*to = id;
	}
	free(in->bucket);
	in->bucket = bucket;
	in->nbucket = n;
}

/* Room for one id more. */
static bool
room_for_id(struct intern *in)
{
	uint32_t size = in->size == 0 ? BUCKETS_FIRST : in->size * 2;
	struct atom **atom;
	uint32_t *unused;

	if (in->nfree > 0 || in->ids + 1 < in->size)
		return true;
	if (size <= in->size)
		return false;
	atom = reallocarray(in->atom, size, sizeof(struct atom *));
	if (atom == NULL)
		return false;
	in->atom = atom;
	unused = reallocarray(in->free, size, sizeof(*unused));
	if (unused == NULL)
		return false;
	in->free = unused;
	in->size = size;
	return true;
}

void
intern_free(struct intern *in)
{
	for (uint32_t id = 1; id <= in->ids; id++)
		free(in->atom[id]);
	free(in->bucket);
	free(in->atom);
	free(in->free);
	*in = (struct intern){ 0 };
}

struct atom *
intern_find(const struct intern *in, const void *bytes, size_t len)
{
	struct atom *atom;

	if (in->nbucket == 0)
		return NULL;
	atom = intern_at(in, *place_of(in, bytes, len));
	for (; atom != NULL; atom = intern_at(in, atom->next))
		if (atom->len == len && memcmp(atom->bytes, bytes, len) == 0)
			return atom;
	return NULL;
}

struct atom *
intern_get(struct intern *in, const void *bytes, size_t len)
{
	struct atom *atom = intern_find(in, bytes, len);
	uint32_t *place, id;

	if (atom != NULL)
		return intern_ref(atom);
	grow(in);
	if (in->nbucket == 0 || len >= UINT32_MAX || !room_for_id(in) ||
	    (atom = malloc(sizeof(*atom) + len + 1)) == NULL)
		return NULL;
	place = place_of(in, bytes, len);
	id = in->nfree > 0 ? in->free[--in->nfree] : ++in->ids;
	*atom = (struct atom){
		.next = *place, .id = id, .refs = 1, .len = (uint32_t)len
	};
	memcpy(atom->bytes, bytes, len);
	atom->bytes[len] = '\0';
	in->atom[id] = atom;
	*place = id;
	in->count++;
	return atom;
}

struct atom *
intern_ref(struct atom *atom)
{
	atom->refs++;
	return atom;
}

void
intern_unref(struct intern *in, struct atom *atom)
{
	uint32_t *at;

	if (atom == NULL || --atom->refs > 0)
		return;
	at = place_of(in, atom->bytes, atom->len);
	while (*at != atom->id)
		at = &in->atom[*at]->next;
	*at = atom->next;
	in->count--;
	in->atom[atom->id] = NULL;
	in->free[in->nfree++] = atom->id;
	free(atom);
}

struct atom *
intern_next(const struct intern *in, const struct atom *atom)
{
	uint32_t id = atom == NULL ? 1 : atom->id + 1;

	while (id <= in->ids && in->atom[id] == NULL)
		id++;
	return id <= in->ids ? in->atom[id] : NULL;
}
