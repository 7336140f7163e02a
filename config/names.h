#ifndef CONFIG_NAMES_H
#define CONFIG_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"

/*
 * Collects domains from a list and from files, a million of them cheaply: the
 * texts lie in a few large blocks (settings.names), which never move, and each
 * domain is once in an array that is sorted at the end.
 */

/* The order of the list in the configuration: it wins over all files. */
#define NAMES_LIST 0

struct name_entry {
	struct domain_setting	 domain;
	uint32_t		 order;	/* who wins: the least */
	int			 node;	/* where it stands in the list */
};

struct names {
	struct name_entry	*entry;
	size_t			 n, size;
};

void	 names_free(struct names *);

/* Add a domain; the texts are copied into the settings.  Returns 0, or -1
 * without memory. */
int	 names_add(struct names *, struct settings *, const char *name,
	    const char *unicode, const struct name_entry *like);

/* Sort by name, and by order where names are equal. */
void	 names_sort(struct names *);

/* Move each name once, the first of the equal ones, to settings.domain.
 * Returns how many were left out, or -1 without memory. */
long	 names_take(struct names *, struct settings *);

#endif
