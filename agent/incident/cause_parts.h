#ifndef AGENT_INCIDENT_CAUSE_PARTS_H
#define AGENT_INCIDENT_CAUSE_PARTS_H

#include "agent/base/buf.h"
#include "agent/incident/cause.h"

/* What the files of causes_of() share. */

/* How the key of a finding's cause is made. */
enum cause_by {
	BY_DOMAIN,		/* the rule and the domain */
	BY_HOST,		/* the rule and the finding's subject */
	BY_TALK,		/* the same; its addresses are those of the
				 * mail server */
	BY_ALL, BY_TIER, BY_SUBJECT, BY_LOAD,	/* addresses that fail: of all
				 * mail servers, of the first preference, of
				 * the subject, of those of its preference */
	BY_NS_DOWN,		/* addresses of a name server that fail */
	BY_NS_ZONE,		/* name server, and the NS set */
	BY_NS_SET, BY_MX_SET,	/* the rule and the set */
	BY_VANTAGE,		/* each vantage that differs */
	BY_AGENT		/* never a finding */
};

struct cause_row {
	const struct rule	*rule;
	enum cause_kind		 kind;
	enum cause_by		 by;
	bool			 by_smtp;
	const char		*group;	/* rules that are one cause; NULL: the
					 * rule's id */
};
/* Never NULL: what is not in the table is the domain's own. */
const struct cause_row	*cause_row(const struct rule *);

/* Addresses, sorted, each once. */
struct ips {
	struct ip	*ip;
	size_t		 n;
};
/* Return 0, or -1 without memory. */
int	 ips_add(struct ips *, const struct ip *);
int	 ips_merge(struct ips *, const struct ips *);
bool	 ips_has(const struct ips *, const struct ip *);
bool	 ips_meet(const struct ips *, const struct ips *);
void	 ips_free(struct ips *);

/* The addresses behind the finding: none where the rule is not about
 * addresses, or none of them was reached for.  Returns 0, or -1. */
int	 cause_addresses(const struct report *, const struct finding *,
	    enum cause_by, struct ips *out);

/* A key out of *b, which is freed: what is longer than max bytes ends in a hash
 * of the rest.  NULL: no memory. */
char	*cause_key(struct buf *b, size_t max);

#endif
