#ifndef PACKAGING_DOC_PAGE_H
#define PACKAGING_DOC_PAGE_H

#include "agent/base/buf.h"

/*
 * A manual page of which parts are generated: whatever stands between
 *
 *	.\" begin: PART WORD...
 *	.\" end
 *
 * All else is written by hand and stays.
 */

struct part {
	const char	*name;		/* NULL ends a table */
	/* Append the lines of the part; word ends with NULL.  Returns NULL, or
	 * what is wrong with the words. */
	const char	*(*write)(struct buf *, char *const *word);
};

/* Append the page with its parts written anew.  Returns 0, or -1 with a
 * complaint "LINE: what is wrong" in *why. */
int	page_rewrite(const char *text, const struct part *, struct buf *out,
	    struct buf *why);

/* All parts that there are. */
extern const struct part page_parts[];

#endif
