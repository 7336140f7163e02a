#ifndef AGENT_STATUS_GATHER_H
#define AGENT_STATUS_GATHER_H

#include "agent/status/views.h"

/* What the gatherers share, and the JSON answers use, too.  Functions that
 * return int give 0, or a status to answer with: 400, 404, 500, or
 * REPLY_LATER. */

void		 gather_sheet(struct sheet *, const struct ask *);

/* A domain as a line; a page of those that match. */
void		 gather_domain_line(struct watch *, const struct domain *,
		    struct domain_line *);
int		 gather_domains(struct watch *, const struct domain_filter *,
		    size_t offset, size_t limit, struct domain_list *);

/* The filter that was asked for with q, verdict and label=KEY:VALUE; label
 * holds the text that it points into. */
#define GATHER_LABEL 256
int		 gather_filter(const struct ask *, struct domain_filter *,
		    char label[GATHER_LABEL]);

/* Mail for (kind "domain") or at (kind "host") the name in the last days. */
void		 gather_strip(struct watch *, const char *kind,
		    const char *name, struct wall now, struct strip *);

/* For store_history(): takes the rows, of one incident only when it is not
 * 0. */
struct gather_history {
	struct history_list	*list;
	uint64_t		 incident;
};
void		 gather_history_add(void *arg, const struct history_row *);
void		 history_list_free(struct history_list *);

/* Incidents as lines: of a cause, of a row of the store.  -1: no memory. */
int		 gather_cause(struct watch *, struct cause *,
		    struct incident_line *);
int		 gather_row(const struct incident_row *, struct incident_line *);
/* Open causes: those of all, of a domain, or under a parent; the array is the
 * caller's to free. */
struct causes {
	struct cause	**cause;
	size_t		 n, size;
	const struct cause *parent;	/* only those under it, or NULL */
	bool		 failed;
};
void		 gather_causes_add(void *arg, struct cause *);
/* Of these, worst first, at most limit after offset. */
int		 gather_causes_page(struct watch *, struct causes *,
		    size_t offset, size_t limit, struct incident_list *);
/* Past ones: of a domain (NULL: all), at most limit after offset, behind what
 * the list holds; those that are open are left out. */
int		 gather_past(struct watch *, const char *domain, bool open_too,
		    size_t offset, size_t limit, struct incident_list *);
void		 incident_list_free(struct incident_list *);

#endif
