#ifndef AGENT_SHOW_JSON_LINE_H
#define AGENT_SHOW_JSON_LINE_H

#include <jansson.h>

#include "agent/base/buf.h"

/* Write value, whose reference is taken, and a line break.  flags are those
 * of json_dumps(3).  NULL, like what cannot be written, fails the buffer. */
void		 json_line(struct buf *out, json_t *value, size_t flags);

/*
 * For long lists, whose rows are written as text: it takes a fifth of the time.
 * What comes out is as json_line() would have it, with reals to 15 digits.
 */

/* What stands before it as it is, and then the text in quotes, or null for NULL.
 * The text must be valid UTF-8. */
void		 json_put(struct buf *out, const char *before,
		    const char *text);
/* The value, whose reference is taken. */
void		 json_value(struct buf *out, json_t *value);

#endif
