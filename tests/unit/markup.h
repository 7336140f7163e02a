#ifndef TESTS_UNIT_MARKUP_H
#define TESTS_UNIT_MARKUP_H

#include "agent/notify/escape.h"

/*
 * A small and suspicious model of how the services read text: what might be a
 * mention, a link or a mark for some client counts as one.
 */

/* What of one line could be more than text; NULL: nothing.  code: it stands
 * between marks for code. */
const char	*markup_wrong(enum escape_format, const char *line, bool code);

/* What a reader sees of it, malloc'ed: marks for code and what is invisible
 * left out, entities read. */
char		*markup_seen(enum escape_format, const char *text);

#endif
