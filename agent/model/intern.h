#ifndef AGENT_MODEL_INTERN_H
#define AGENT_MODEL_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Strings of bytes, each kept once and counted: equal bytes are the same atom,
 * so two things are compared by comparing pointers, or ids, which are half as
 * long.
 */

struct atom {
	uint32_t	 next;		/* id of the next of its bucket */
	uint32_t	 id;		/* from 1; used again */
	union {				/* the caller's; zero at first */
		void	 *user;
		uint64_t  number;
	};
	uint32_t	 refs, len;
	char		 bytes[];	/* len of them, aligned to 8; a NUL
					 * behind, which is not counted */
};

/* All zero: empty. */
struct intern {
	uint32_t	*bucket;	/* ids; 0: none */
	size_t		 nbucket, count;
	struct atom	**atom;		/* by id; NULL: free */
	uint32_t	 ids, size;	/* greatest id so far; room */
	uint32_t	 *free;		/* ids to be used again: room for all */
	uint32_t	 nfree;
};

/* Free all that is left in it, whoever still refers to it. */
void		 intern_free(struct intern *);

/* The atom of these bytes, with a reference for the caller; it is made (refs
 * 1) when it is not there.  NULL: no memory. */
struct atom	*intern_get(struct intern *, const void *, size_t len);
/* The same without making it and without a reference; NULL: not there. */
struct atom	*intern_find(const struct intern *, const void *, size_t len);
struct atom	*intern_ref(struct atom *);
/* NULL is harmless. */
void		 intern_unref(struct intern *, struct atom *);
/* 0: NULL.  It must be in use. */
static inline struct atom *
intern_at(const struct intern *in, uint32_t id)
{
	return id == 0 ? NULL : in->atom[id];
}
/* 0 for NULL. */
static inline uint32_t
intern_id(const struct atom *atom)
{
	return atom == NULL ? 0 : atom->id;
}

/* The first atom (after NULL), or the one after that; NULL: no more.  Between
 * calls nothing may be made or dropped. */
struct atom	*intern_next(const struct intern *, const struct atom *);

/* FNV-1a of the bytes, started from a seed that nobody outside knows: where
 * something lies, say. */
uint64_t	 intern_hash(uint64_t seed, const void *, size_t len);

#endif
