#ifndef AGENT_STATUS_VEIL_H
#define AGENT_STATUS_VEIL_H

#include <jansson.h>

#include "agent/status/views.h"

/*
 * What strangers are not told where others can reach the page (http.public):
 * the addresses of resolvers, the names of channels, what mail servers say of
 * themselves, and the agent's own troubles but for their kind.  All but the
 * first take that out of what has been gathered; without http.public they do
 * nothing.
 */

bool		 veil_wanted(const struct watch *);

/* What stands for the i-th channel, or vantage: "#1". */
const char	*veil_number(size_t i, char out[VIEW_NAME]);
/* The i-th vantage's name; its number where the name is an address. */
const char	*veil_vantage(const struct watch *, size_t i, const char *name,
		    char out[VIEW_NAME]);

/* In a sentence of ours: 554 "no service here" becomes 554, and a vantage that
 * is named by its address a number.  NULL is nothing. */
void		 veil_text(const struct watch *, char *);

/* For http.public only.  The report shows other dialogues from now on: the
 * caller frees them after the report.  NULL: no memory. */
struct obs_smtp	*veil_report(const struct watch *, struct report *,
		    struct facts *);
/* What show_json made of such a report. */
void		 veil_json(json_t *check);

void		 veil_incident(const struct watch *, struct incident_line *);
/* All but its line, and the lines of its children. */
void		 veil_incident_page(const struct watch *,
		    struct incident_page *);
void		 veil_history(const struct watch *, struct history_list *);
/* How the agent is. */
void		 veil_agent(const struct watch *, struct home *);

#endif
