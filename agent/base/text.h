#ifndef AGENT_BASE_TEXT_H
#define AGENT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"

/* What is kept of one piece of text from the network. */
#define TEXT_MAX 512

/*
 * Append bytes from outside as valid UTF-8 that is harmless on a terminal and
 * in a log: C0 and C1 controls, DEL, bytes that are not UTF-8, bidi and other
 * invisible format characters and line separators become \xHH or \u{HHHH};
 * a backslash becomes "\\".  Cut at TEXT_MAX bytes of output, never inside a
 * character or an escape; "..." then ends it.
 */
void	 text_safe(struct buf *out, const void *bytes, size_t len);

/* The same into a malloc'ed string, which the caller frees; NULL: no memory. */
char	*text_safe_dup(const void *bytes, size_t len);

/* The same for a message of our own that quotes such text: a backslash stays,
 * size bounds it.  Writes at most size bytes with the NUL (size >= 4); returns
 * the length. */
size_t	 text_line(char *out, size_t size, const char *message);

/* The character that starts at s (len bytes are there) into *point.  Returns
 * how many bytes it takes, or 0 when they are not UTF-8 (RFC 3629). */
size_t	 text_utf8(const void *s, size_t len, uint32_t *point);

/* How many columns of a terminal valid UTF-8 text takes. */
size_t	 text_columns(const char *text);

/* Does text match a glob of '*' and '?' (ASCII case ignored)?  Linear. */
bool	 text_glob(const char *pattern, const char *text);

/* The candidate nearest to word (at most 2 edits and less than half of its
 * length away), or NULL.  For "did you mean". */
const char	*text_nearest(const char *word, const char *const *candidates,
		    size_t n);

#endif
