#ifndef AGENT_SHOW_JSON_H
#define AGENT_SHOW_JSON_H

#include <jansson.h>

#include "agent/show/show.h"

/*
 * What the files of the JSON renderer share.  A constructor returns NULL when
 * out of memory.
 */

/* Append item, whose reference is taken; *list becomes NULL when it or item
 * is NULL. */
void		 json_append(json_t **list, json_t *item);

/* value rounded to the nearest of so many parts of one (10: a tenth); null
 * when it is negative or not finite, which means not known. */
json_t		*json_rounded(double value, double parts);

/* An integer; null for 0, which means not known. */
json_t		*json_optional(json_int_t value);

/* "found", "none", "failed", "unknown". */
const char	*json_lookup(enum host_lookup);

/* The list of mail servers. */
json_t		*json_mx(const struct report *);

#endif
