#ifndef CONFIG_NAMES_H
#define CONFIG_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"

/*
 * Collects domains from a list and from files, a million of them cheaply: each
 * once, in the order of their names, with the texts in one piece.
 */

/* The order of the list in the configuration: it wins over all files. */
#define NAMES_LIST 0

/* There are fewer groups than bytes in a configuration. */
#define NAMES_GROUP UINT32_C(0x3fffffff)

struct name_entry {
	uint64_t	 head;		/* some bytes of it, to sort by */
	uint32_t	 at;		/* in names.text */
	uint32_t	 group : 30;
	uint32_t	 has_unicode : 1;
	uint32_t	 repeated : 1;	/* not the first of its name */
	uint32_t	 order;		/* who wins: the least */
	int		 node;		/* where it stands in the list */
};

/* All zero: empty. */
struct names {
	struct buf		 text;
	struct name_entry	*entry;
	size_t			 n, size;
};

void	 names_init(struct names *);
void	 names_free(struct names *);

/* Add a domain; the texts are copied, group, order and node are of like.
 * unicode may be NULL.  Returns 0, or -1 without memory. */
int	 names_add(struct names *, const char *name, const char *unicode,
	    const struct name_entry *like);

/* The text of an entry, until the next is added. */
const char *names_text(const struct names *, const struct name_entry *);

/* Sort by name, and by order where names are equal. */
void	 names_sort(struct names *);

/* Copy each name once, the first of the equal ones, to the settings, which have
 * none yet.  Returns how many were left out, or -1 without memory. */
long	 names_take(struct names *, struct settings *);

#endif
