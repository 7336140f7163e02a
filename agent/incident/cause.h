#ifndef AGENT_INCIDENT_CAUSE_H
#define AGENT_INCIDENT_CAUSE_H

#include "agent/rules/rules.h"

/*
 * From findings to root causes: what of many domains' troubles is one and the
 * same.  Pure.
 */

enum cause_kind {
	CAUSE_DOMAIN,		/* the domain's own */
	CAUSE_HOST,		/* a name server's or mail server's name */
	CAUSE_SERVERS,		/* a set of mail server addresses that fail */
	CAUSE_MX_SET, CAUSE_NS_SET,
	CAUSE_VANTAGE,
	CAUSE_AGENT		/* ourselves: blind, a dead channel … */
};
const char	*cause_kind_name(enum cause_kind);	/* "mail servers" … */

#define CAUSE_IPS_MAX 16

struct page;

/* What a domain suffers from, brought to its cause: all of its findings (of
 * warning and critical) that have the same cause are one symptom. */
struct symptom {
	char			*key;		/* equal: the same cause */
	enum cause_kind		 kind;
	bool			 by_smtp;	/* seen in dialogues: confirmed
						 * the long way; else by DNS */
	const struct rule	*rule;		/* of the worst finding */
	enum severity		 severity;
	char			*subject;	/* host, set, domain: for people */
	char			*message;	/* the worst finding's */
	char			**evidence;	/* lines: server's words,
						 * vantages, other findings */
	size_t			 nevidence;
	enum outcome		 outcome;	/* of this domain's mail */
	/* What to look at again: the addresses, and the domain itself. */
	struct ip		 ip[CAUSE_IPS_MAX];
	size_t			 nip;
	/* The book's: where it is, as long as so many were dropped. */
	struct page		*page;
	uint64_t		 found;
};

struct symptoms {
	struct symptom	*symptom;	/* worst first, each key once */
	size_t		 n;
	/* What could not be told, so that its absence says nothing: what the
	 * DNS shows; what the mail servers show; these addresses of them (not
	 * tried), and those (they take no mail, so that nothing is known of
	 * their TLS, say). */
	bool		 dns_unseen, mx_unseen;
	struct ip	*unseen, *silent;
	size_t		 nunseen, nsilent;
};

/*
 * The symptoms of a judged domain.  last_ns: the NS set that was last
 * believed, as a text key (for a domain that cannot be resolved now), or NULL.
 * Returns 0, or -1 without memory.
 */
int	 causes_of(const struct report *, const char *last_ns,
	    struct symptoms *out);
void	 symptoms_free(struct symptoms *);

/* Is the kind of cause known that findings of this rule have?  Of all rules it
 * is. */
bool	 cause_knows(const struct rule *);

/* Are all addresses of a among those of b? */
bool	 cause_within(const struct ip *a, size_t na, const struct ip *b,
	    size_t nb);

/* The believed NS set and MX set of a report as text ("ns1.a ns2.b",
 * "10 mx1.a, 20 mx2.b", sorted; "none": surely no MX records); malloc'ed; ""
 * when it is not known; NULL: no memory.  What is longer than 4 KiB ends in a
 * hash of the rest. */
char	*cause_ns_set(const struct report *);
char	*cause_mx_set(const struct report *);

#endif
