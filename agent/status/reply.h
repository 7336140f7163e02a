#ifndef AGENT_STATUS_REPLY_H
#define AGENT_STATUS_REPLY_H

#include <jansson.h>

#include "agent/status/ask.h"
#include "agent/status/scrape.h"
#include "agent/watch/watch.h"

/*
 * From what was asked to what is answered: the table of routes.
 */

struct reply {
	unsigned	 status;	/* or REPLY_LATER: ask again in the
					 * next turn of the loop */
	const char	*type;		/* Content-Type */
	struct buf	 body;
	struct scrape	*scrape;	/* the body comes from this, piece by
					 * piece; or NULL */
	bool		 keeps;		/* may be given again a moment later */
};

/* HTTP's own word for it is never sent. */
#define REPLY_LATER 102

/* Answer; never fails but by saying so.  The caller ends with reply_free. */
void		 reply_make(struct watch *, const struct ask *,
		    struct reply *);
/* Refuse, in the form of the API where the target (or NULL) lies there. */
void		 reply_refuse(struct reply *, unsigned status,
		    const char *target);
void		 reply_free(struct reply *);

/* JSON as text: the object up to its first key's value, which is to follow, and
 * the end of it.  Of a list the rows are to follow, with ", " between them;
 * total < 0: only the next page tells. */
void		 reply_begin(struct reply *, const char *key);
void		 reply_end(struct reply *);
struct reply_part {
	size_t		 offset, limit;
	json_int_t	 total;
	bool		 more;
};
void		 reply_list(struct reply *, const char *key,
		    const struct reply_part *);
void		 reply_list_end(struct reply *);

/* JSON: the object gets "schema" in front and is released; NULL makes the
 * status 500. */
void		 reply_json(struct reply *, json_t *);

/* The API.  Each fills the body and returns 200, or a status to refuse with. */
unsigned	 api_domains(struct watch *, const struct ask *,
		    struct reply *);
unsigned	 api_domain(struct watch *, const struct ask *,
		    struct reply *);
unsigned	 api_incidents(struct watch *, const struct ask *,
		    struct reply *);
unsigned	 api_incident(struct watch *, const struct ask *,
		    struct reply *);
unsigned	 api_hosts(struct watch *, const struct ask *, struct reply *);

/* What the last segment of the path names: a watched domain, in U-labels or
 * A-labels.  NULL: there is none. */
struct domain	*reply_domain(struct watch *, const struct ask *);
/* An incident's number: 0 when it is none. */
uint64_t	 reply_number(const struct ask *);

#endif
