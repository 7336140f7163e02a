#ifndef AGENT_INCIDENT_CAUSE_DRAFT_H
#define AGENT_INCIDENT_CAUSE_DRAFT_H

#include "agent/incident/cause_parts.h"

/* A symptom before it is written out. */
struct draft {
	char			*key;		/* NULL: not known yet */
	enum cause_kind		 kind;
	bool			 by_smtp;
	const char		*subject;	/* not owned; NULL: its mail
						 * servers */
	const struct finding	**finding;	/* worst first */
	size_t			 n;
	struct ips		 ips;
};

struct drafts {
	struct draft	*draft;		/* worst first */
	size_t		 n;
};
void	 drafts_free(struct drafts *);

/* Put the finding into the draft with this key, which is taken over (NULL: no
 * memory), or into a new one.  Return 0, or -1 without memory. */
int	 drafts_add(struct drafts *, char *key, enum cause_kind, bool by_smtp,
	    const char *subject, const struct finding *);
/* Mail servers that fail, by their addresses, which are taken over: those with
 * one in common are one draft.  It gets its key when all are known. */
int	 drafts_add_servers(struct drafts *, struct ips *,
	    const struct finding *);

/* Returns 0, or -1 without memory (*out is then to be freed). */
int	 cause_write(const struct report *, struct drafts *,
	    struct symptoms *out);

#endif
