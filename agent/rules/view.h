#ifndef AGENT_RULES_VIEW_H
#define AGENT_RULES_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/rules/obs.h"
#include "agent/rules/policy.h"

/*
 * The facts in the order in which a sender meets them: who says what, which
 * name servers there are, which mail servers, in which state.  Made by one
 * pure function; rules, sender and renderers read nothing else.
 * Pointers go into the facts, which must outlive the view.
 */

struct view_mx_rr {
	unsigned	 preference;
	const char	*host;		/* "." for a null MX */
	uint32_t	 ttl;
};

/* What one vantage says about the domain. */
struct view_vantage {
	const struct obs_vantage *about;
	const struct obs_dns	*ns, *mx;	/* may be NULL */
	enum dns_status		 status;	/* of the MX look-up */
	bool			 blind;		/* answers nothing at all: its
						 * failure is about itself */
	const char		**ns_host;	/* sorted */
	size_t			 nns;
	struct view_mx_rr	*mx_rr;		/* by preference, then host */
	size_t			 nmx;
};

/* Address status of a name server, as in the JSON. */
enum ns_state { NS_AUTHORITATIVE, NS_LAME, NS_REFUSED, NS_TIMEOUT,
	NS_UNREACHABLE, NS_UNCHECKED };
const char	*ns_state_name(enum ns_state);

struct view_ns_address {
	struct ip	 ip;
	struct ip_net	 network;
	uint32_t	 asn;		/* 0: not known */
	enum ns_state	 state;
	bool		 has_serial;
	uint32_t	 serial;
	uint32_t	 refresh;	/* SOA, seconds; with has_serial */
	double		 rtt_ms;	/* < 0: no answer */
	const char	*special;	/* not globally reachable: why */
	const struct obs_dns *soa, *ns, *mx;	/* direct answers, or NULL */
};

/* How looking up a host's addresses ended. */
enum host_lookup {
	HOST_FOUND,		/* at least one address */
	HOST_NONE,		/* surely none: NXDOMAIN or no A, no AAAA */
	HOST_FAILED,		/* temporary failure, confirmed by quorum */
	HOST_UNKNOWN		/* not found out from here */
};

struct view_ns {
	const char		*host;
	uint32_t		 ttl;	/* of the NS record, authoritative */
	bool			 ttl_known;
	bool			 at_parent, at_child;	/* in which NS set */
	enum host_lookup	 lookup;
	enum dns_status		 lookup_status;	/* when not found: why */
	bool			 alias;		/* its name is a CNAME */
	struct view_ns_address	*address;
	size_t			 naddress;
	bool			 cut;		/* over FACTS_ADDRESS_MAX */
};

enum mx_state { MX_UP, MX_DEGRADED, MX_DEFERRING, MX_DOWN, MX_UNUSABLE,
	MX_UNCHECKED };
const char	*mx_state_name(enum mx_state);

struct view_mx_address {
	struct ip		 ip;
	uint32_t		 asn;
	enum mx_state		 state;	/* MX_UP, DEFERRING, DOWN, UNCHECKED */
	const char		*special;	/* bad address: why, or NULL */
	bool			 own;	/* refused by policy for another
					 * reason: this machine's own */
	const struct obs_smtp	*smtp;	/* NULL: no dialogue was held */
};

enum mx_target { TARGET_HOST, TARGET_LITERAL, TARGET_LOCAL, TARGET_NULL,
	TARGET_IMPLICIT };

struct view_mx {
	unsigned		 preference;
	const char		*host;
	uint32_t		 ttl;		/* authoritative if known */
	bool			 ttl_known, ttl_authoritative;
	enum mx_target		 target;
	const char		*alias_of;	/* CNAME target, or NULL */
	enum host_lookup	 lookup;
	enum dns_status		 lookup_status;
	enum mx_state		 state;
	struct view_mx_address	*address;
	size_t			 naddress;
	bool			 cut;
	double			 share;		/* set by sender_walk */
};

/* What the quorum of vantages believes of the domain. */
enum view_belief {
	BELIEF_MX,		/* MX records */
	BELIEF_NO_MX,		/* it exists, without MX: implicit MX */
	BELIEF_NXDOMAIN,
	BELIEF_UNRESOLVABLE,	/* SERVFAIL, REFUSED, timeout … */
	BELIEF_BOGUS,
	BELIEF_UNKNOWN		/* no quorum, or every vantage is blind */
};

struct view {
	const struct facts	*facts;
	const struct policy	*policy;
	struct wall		 now;
	unsigned		 quorum;	/* in effect */
	enum view_belief	 belief;
	struct view_vantage	*vantage;
	size_t			 nvantage;
	/* Whose MX answer the view rests on: of the set that most vantages
	 * see the first one; NULL when there is none. */
	const struct view_vantage *believed;
	const char		*zone;		/* or NULL */
	bool			 zone_is_domain;
	const char		*alias;		/* the domain is a CNAME to
						 * this, or NULL */
	struct view_ns		*ns;		/* sorted by host */
	size_t			 nns, ns_total;	/* total: before the limit */
	bool			 parent_known;	/* the delegation was seen */
	struct view_mx		*mx;		/* by preference, then host;
						 * an implicit MX is one */
	size_t			 nmx, mx_total;
	bool			 null_mx;	/* RFC 7505, and nothing else */
	bool			 null_mixed;
	struct ip_net		*network;	/* of the name servers */
	size_t			 nnetwork;
};

/* Build the view.  now is the time to judge certificates and signatures by.
 * NULL: no memory. */
struct view	*view_build(const struct facts *, const struct policy *,
		    struct wall now);
void		 view_free(struct view *);

/* Do two vantages see the same MX set?  TTLs do not count. */
bool		 view_same_mx(const struct view_vantage *,
		    const struct view_vantage *);

/* What the dialogue alone says of an address; NULL: MX_UNCHECKED. */
enum mx_state	 view_dialogue(const struct obs_smtp *);

/* May the address be connected to, as far as networks go?  NULL: yes; else
 * the registry's word for it, unless an allowed network holds it. */
const char	*view_special(const struct policy *, const struct ip *);

#endif
