#include <stdlib.h>
#include <string.h>

#include "agent/model/intern.h"

#define BUCKETS_FIRST 64

/* FNV-1a, started from where the table lies: nobody outside can tell which
 * names will meet in one bucket. */
static size_t
bucket_of(const struct intern *in, const void *bytes, size_t len, size_t n)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)(uintptr_t)in;
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32) & (n - 1);
}

static struct atom **
place_of(const struct intern *in, const void *bytes, size_t len)
{
	return &in->bucket[bucket_of(in, bytes, len, in->nbucket)];
}

/* More buckets than atoms.  Without memory the chains get longer. */
static void
grow(struct intern *in)
{
	size_t n = in->nbucket == 0 ? BUCKETS_FIRST : in->nbucket * 2;
	struct atom **bucket, *atom;

	if (in->count < in->nbucket)
		return;
	bucket = calloc(n, sizeof(struct atom *));
	if (bucket == NULL)
		return;
	for (size_t i = 0; i < in->nbucket; i++)
		while ((atom = in->bucket[i]) != NULL) {
			struct atom **to;

			in->bucket[i] = atom->next;
			to = &bucket[bucket_of(in, atom->bytes, atom->len, n)];
			atom->next = *to;
			*to = atom;
		}
	free(in->bucket);
	in->bucket = bucket;
	in->nbucket = n;
}

void
intern_free(struct intern *in)
{
	for (size_t i = 0; i < in->nbucket; i++)
		while (in->bucket[i] != NULL) {
			struct atom *atom = in->bucket[i];

			in->bucket[i] = atom->next;
			free(atom);
		}
	free(in->bucket);
	*in = (struct intern){ 0 };
}

struct atom *
intern_find(const struct intern *in, const void *bytes, size_t len)
{
	struct atom *atom;

	if (in->nbucket == 0)
		return NULL;
	for (atom = *place_of(in, bytes, len); atom != NULL; atom = atom->next)
		if (atom->len == len && memcmp(atom->bytes, bytes, len) == 0)
			return atom;
	return NULL;
}

struct atom *
intern_get(struct intern *in, const void *bytes, size_t len)
{
	struct atom *atom = intern_find(in, bytes, len);
	struct atom **place;

	if (atom != NULL)
		return intern_ref(atom);
	grow(in);
	if (in->nbucket == 0 || len >= UINT32_MAX ||
	    (atom = malloc(sizeof(*atom) + len + 1)) == NULL)
		return NULL;
	place = place_of(in, bytes, len);
	*atom = (struct atom){ .next = *place, .refs = 1, .len = (uint32_t)len };
	memcpy(atom->bytes, bytes, len);
	atom->bytes[len] = '\0';
	*place = atom;
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
	struct atom **at;

	if (atom == NULL || --atom->refs > 0)
		return;
	at = place_of(in, atom->bytes, atom->len);
	while (*at != atom)
		at = &(*at)->next;
	*at = atom->next;
	in->count--;
	free(atom);
}

struct atom *
intern_next(const struct intern *in, const struct atom *atom)
{
	size_t i = 0;

	if (atom != NULL && atom->next != NULL)
		return atom->next;
	if (atom != NULL)
		i = bucket_of(in, atom->bytes, atom->len, in->nbucket) + 1;
	while (i < in->nbucket && in->bucket[i] == NULL)
		i++;
	return i < in->nbucket ? in->bucket[i] : NULL;
}
