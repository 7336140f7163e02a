#ifndef AGENT_SHOW_JSON_LINE_H
#define AGENT_SHOW_JSON_LINE_H

#include <jansson.h>

#include "agent/base/buf.h"

/* Write value, whose reference is taken, and a line break.  flags are those
 * of json_dumps(3).  NULL, like what cannot be written, fails the buffer. */
void		 json_line(struct buf *out, json_t *value, size_t flags);

#endif
