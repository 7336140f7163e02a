#ifndef AGENT_STATUS_HTML_H
#define AGENT_STATUS_HTML_H

#include <stddef.h>

#include "agent/base/buf.h"
#include "agent/base/clock.h"

/*
 * Writers of HTML.  Markup is ours and is appended as it stands; every text
 * that is not a literal of ours goes through html_text(), wherever it came
 * from.  Attributes are always in double quotes.
 */

/* Append text so that it is only text, in an element or in an attribute.  What
 * is no valid UTF-8, and control characters, become U+FFFD.  NULL is "". */
void	 html_text(struct buf *, const char *text);

/* Append at most max characters of it; "…" marks the cut. */
void	 html_cut(struct buf *, const char *text, size_t max);

/* Append text as one part of a path or of a query: safe in an attribute. */
void	 html_url(struct buf *, const char *text);

/* "1,234"; "1 domain", "1,234 domains". */
void	 html_count(struct buf *, size_t n);
void	 html_counted(struct buf *, size_t n, const char *one,
	    const char *many);

/* The moment as an element <time>: "2026-11-23 16:40 UTC"; "–" for none. */
void	 html_time(struct buf *, struct wall);

/* How long from one to the other: "40 s", "12 min", "3 h 5 min", "2 days". */
void	 html_duration(struct buf *, struct wall from, struct wall to);

/* Parts of a hundred that do not round up to all: "99.98 %", "100 %". */
void	 html_percent(struct buf *, double part);

#endif
