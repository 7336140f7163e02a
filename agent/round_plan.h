#ifndef AGENT_ROUND_PLAN_H
#define AGENT_ROUND_PLAN_H

#include <stdint.h>

#include "agent/rules/obs.h"

/*
 * What to ask next, from what is known: a pure function over the facts, which
 * names everything that is worth asking, what was asked before included.  The
 * round asks what is new, and calls it again with every answer.
 */

enum want_kind {
	WANT_LOOKUP,	/* vantage, name, type */
	WANT_ASK,	/* ip, name, type */
	WANT_DIALOGUE	/* ip, name: the MX host */
};

/* Earlier ones go first when the budget of questions is short. */
enum want_weight {
	WANT_CONTROL,	/* is the vantage alive?  Not of the budget; waited for
			 * only when the vantage failed */
	WANT_NEEDED,	/* something stays unknown without it */
	WANT_EXTRA	/* says more about what is known already */
};

struct want {
	enum want_kind	 kind;
	enum want_weight weight;
	unsigned	 vantage;
	struct ip	 ip;
	const char	*name;
	uint16_t	 type;
	bool		 mx_host;	/* address look-up of an MX host */
};

typedef void	plan_want_fn(void *arg, const struct want *);

/* Name all that is worth asking, the most needed first.  facts->vantage must
 * be filled in.  The names in wants live as long as the facts. */
void		 plan_wants(const struct facts *, plan_want_fn *, void *arg);

/* The zone that holds the domain, and the zone above that, as far as the facts
 * tell: pointers into them, or NULL. */
const char	*plan_zone(const struct facts *);
const char	*plan_parent(const struct facts *);

/* Did this vantage fail to resolve the domain in a way that may be its own
 * fault? */
bool		 plan_vantage_failed(const struct facts *, unsigned vantage);

#endif
