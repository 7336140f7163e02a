#ifndef AGENT_NOTIFY_ESCAPE_PARTS_H
#define AGENT_NOTIFY_ESCAPE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

/* What escape.c is made of: nothing for others. */

#define ESCAPE_PIECE 32

/* The character at s as it is written where nothing has a meaning: itself, or
 * an escape when it does not show.  Returns its bytes in s. */
size_t	 escape_show(const char *s, char piece[ESCAPE_PIECE]);

/* Is it a word and nothing else, to every program that looks at it? */
bool	 escape_is_plain(const char *s, size_t len);

/* May such a word begin a line, with tail stops behind it?  "-", "1." and
 * "===" are markup there. */
bool	 escape_begins(const char *s, size_t len, size_t tail);

#endif
