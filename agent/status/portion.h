#ifndef AGENT_STATUS_PORTION_H
#define AGENT_STATUS_PORTION_H

#include <stddef.h>

/* Bring what belongs at from up to before to, if all were sorted, there; what
 * comes after it is left unsorted.  The first pages of a long list cost one
 * pass.  to: at most n. */
void	portion_sort(void *list, size_t n, size_t size, size_t from,
	    size_t to, int (*compare)(const void *, const void *));

#endif
