#ifndef AGENT_RULES_VIEW_BUILD_H
#define AGENT_RULES_VIEW_BUILD_H

#include "agent/rules/view.h"

/* What the files that build a view share; nobody else includes this. */

/* The steps, in this order.  Return 0, or -1 without memory. */
int	 view_vantages(struct view *);	/* vantages, belief, alias */
int	 view_servers(struct view *);	/* name servers, networks */
int	 view_mail(struct view *);	/* mail servers */

/* array, moved, with room for one zeroed item behind its n; NULL: no memory,
 * array is untouched. */
void	*view_room(void *array, size_t n, size_t size);

/* The autonomous system of ip; 0: not known. */
uint32_t view_asn(const struct facts *, const struct ip *);

/* Was ip seen to as an address of host?  Those come first where a host has
 * more addresses than are kept. */
typedef bool view_seen_fn(const struct view *, const struct ip *,
		    const char *host);

/* The addresses of a host, as all vantages together tell them. */
struct view_host {
	enum host_lookup	 lookup;
	enum dns_status		 status;	/* OK, or why none */
	const char		*alias;		/* CNAME target, or NULL */
	struct ip		*ip;		/* sorted, each once; malloc'ed */
	size_t			 nip;
	bool			 cut;		/* there were more */
};

/* Returns 0, or -1 without memory; the caller frees out->ip. */
int	 view_resolve(const struct view *, const char *host,
	    struct view_host *out);
/* Add the addresses in answers of this status (view_resolve takes OK). */
int	 view_host_take(const struct view *, const char *host,
	    enum dns_status, struct view_host *);
/* Add one address, unless it is there. */
int	 view_host_add(struct view_host *, const struct ip *);
/* Put the addresses in order and keep FACTS_ADDRESS_MAX of each family. */
void	 view_host_cut(const struct view *, const char *host,
	    struct view_host *, view_seen_fn *);

/* Fill in the addresses of ns, whose host is set.  0, or -1 without memory. */
int	 view_fill_server(const struct view *, struct view_ns *ns);
/* Is this an answer in which the parent delegates the zone? */
bool	 view_is_referral(const struct view *, const struct obs_dns *);

#endif
