#ifndef AGENT_STATUS_SHEET_H
#define AGENT_STATUS_SHEET_H

#include "agent/status/views.h"

/* What the pages are made of: all append HTML. */

extern const char sheet_style[];	/* as it stands between <style> and
					 * </style> */

/* Everything up to the content, and everything after it.  here: which entry
 * of the navigation this is ("/", "/incidents"), or "". */
void		 sheet_begin(struct buf *, const struct sheet *,
		    const char *title, enum mark, const char *here);
void		 sheet_end(struct buf *, const struct sheet *);

/* "critical" …: the class of what bears the mark. */
const char	*sheet_class(enum mark);

/* The mark of a mail server, or of one of its addresses. */
enum mark	 sheet_state(enum mx_state);

/* The icon alone (large in a hero), and with its word or another one. */
void		 sheet_icon(struct buf *, enum mark);
void		 sheet_mark(struct buf *, enum mark, const char *word);

/* The first line of a page: how it stands, in one sentence.  Text follows, and
 * then sheet_hero_end(). */
void		 sheet_hero(struct buf *, enum mark);
void		 sheet_hero_end(struct buf *);

/* The icon as a file of its own, for the browser's tab. */
void		 sheet_favicon(struct buf *, enum mark);

/* Links to the pages before and after; nothing when one page holds all. */
void		 sheet_pager(struct buf *, const struct sheet *, size_t offset,
		    size_t shown, size_t total);

/* A term and what it is: between <dl> and </dl>. */
void		 sheet_fact(struct buf *, const char *term);
void		 sheet_fact_end(struct buf *);

/* The lists. */
void		 sheet_domains(struct buf *, const struct sheet *,
		    const struct domain_list *);
void		 sheet_incidents(struct buf *, const struct sheet *,
		    const struct incident_list *);
void		 sheet_history(struct buf *, const struct history_list *);
/* A domain's name as people write it, and as DNS knows it. */
void		 sheet_name(struct buf *, const char *name,
		    const char *unicode);

/* How the agent is. */
void		 sheet_agent(struct buf *, const struct home *);

/* What DNS says of a domain. */
void		 sheet_dns(struct buf *, const struct report *);

/* Drawings: how mail goes to a domain; mail over the last days. */
void		 sheet_path(struct buf *, const struct report *);
void		 sheet_strip(struct buf *, const struct strip *, struct wall now);

/* What the outcome means, as part of a sentence: "mail gets in". */
const char	*sheet_outcome(enum outcome);

#endif
