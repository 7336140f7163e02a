#ifndef AGENT_MODEL_INTERN_H
#define AGENT_MODEL_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Strings of bytes, each kept once and counted: equal bytes are the same atom,
 * so two things are compared by comparing pointers.
 */

struct atom {
	struct atom	*next;		/* of its bucket */
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
	struct atom	**bucket;
	size_t		 nbucket, count;
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

/* The first atom (after NULL), or the one after that; NULL: no more.  Between
 * calls nothing may be made or dropped. */
struct atom	*intern_next(const struct intern *, const struct atom *);

#endif
