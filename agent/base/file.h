#ifndef AGENT_BASE_FILE_H
#define AGENT_BASE_FILE_H

#include <stddef.h>

#include "agent/base/buf.h"

/*
 * Files that the operator names.  "-" is standard input.
 */

/* Append all that is in the file to *text.  Returns 0, or a negative errno:
 * -EFBIG when there is more than max bytes, of which no more are read. */
int	 file_read(const char *path, size_t max, struct buf *text);

/* What to call the file in a message: malloc'ed, escaped for a terminal; NULL
 * without memory. */
char	*file_shown(const char *path);

#endif
