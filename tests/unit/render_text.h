#ifndef TESTS_UNIT_RENDER_TEXT_H
#define TESTS_UNIT_RENDER_TEXT_H

#include <jansson.h>

#include "agent/notify/escape.h"

/*
 * Texts of several lines with our own marks in them: the headline in bold, a
 * fence around the evidence, a link to the status page.  What is left must be
 * only text (markup.h).  The functions return NULL, or what is wrong.
 */

/* Holds what the last WRONG said. */
extern char text_wrong[4096];
#define WRONG(...) \
	(snprintf(text_wrong, sizeof(text_wrong), __VA_ARGS__), text_wrong)

/* Our own marks in a text of a service. */
struct marks {
	enum escape_format format;
	const char *line, *bold_on, *bold_off, *fence_on, *fence_off, *link;
};
extern const struct marks marks_slack, marks_markdown, marks_discord,
    marks_google, marks_telegram, marks_matrix, marks_matrix_body, marks_ntfy;

/* A text of so many characters; marks NULL: only its length counts. */
const char	*text_check(const struct marks *, const json_t *text,
		    size_t least, size_t most);
/* A text of one line without marks, of at most so many bytes. */
const char	*text_plain(enum escape_format, const json_t *text,
		    size_t most);
/* Code points, as the services that count characters do. */
size_t		 text_characters(const char *text);

#endif
