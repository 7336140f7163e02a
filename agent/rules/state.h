#ifndef AGENT_RULES_STATE_H
#define AGENT_RULES_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/rules/view.h"

/*
 * What several rules must agree on, so that one cause makes one finding: each
 * rule asks these predicates of the view, never another rule's findings.
 * TRI_UNKNOWN is "cannot be told from here".
 */

/* ------------------------------------------------------------- vantages */

/* What a vantage says about the domain. */
enum vote {
	VOTE_MX,		/* it has MX records */
	VOTE_NO_MX,		/* it exists, without MX records */
	VOTE_NXDOMAIN,
	VOTE_UNRESOLVABLE,	/* SERVFAIL, REFUSED, timeout … */
	VOTE_BOGUS,
	VOTE_LOOP,		/* its aliases have no end */
	VOTE_BLIND,		/* the vantage itself is dead: no vote */
	VOTE_UNCHECKED,		/* it was not asked: no vote */
	VOTE_COUNT
};
enum vote	 state_vote(const struct view_vantage *);
/* What this end of its look-up alone would say. */
enum vote	 state_vote_of(enum dns_status);

/* Does the vantage see something else than what is believed? */
bool		 state_differs(const struct view *,
		    const struct view_vantage *);

/* The domain exists and can be resolved, as far as the quorum believes. */
bool		 state_resolves(const struct view *);

/* --------------------------------------------------------- name servers */

/* Is there a set of name servers to judge? */
bool		 state_has_ns(const struct view *);

/* Is it in the set that is believed?  Its own servers or the vantages list it,
 * and so does the parent zone or a quorum of the vantages: one vantage that
 * lies does not add to the set. */
bool		 state_ns_believed(const struct view *,
		    const struct view_ns *);

/* It did not answer, or not with authority. */
bool		 state_ns_silent(const struct view_ns_address *);
bool		 state_ns_lame(const struct view_ns_address *);

/* Does no name server answer with authority?  TRI_UNKNOWN: none that was
 * asked does, but not all were. */
enum tri	 state_all_ns_down(const struct view *);

/* --------------------------------------------------------- mail servers */

/* Neither MX records nor an address. */
bool		 state_mx_none(const struct view *);

/* Is this row the first of its host?  A host may be there at two
 * preferences. */
bool		 state_mx_first(const struct view *, const struct view_mx *);

/* It takes mail, at least at one of its addresses. */
bool		 state_mx_up(const struct view_mx *);
bool		 state_any_up(const struct view *);
bool		 state_any(const struct view *, enum mx_state);

/* The rows from first on that share its preference end before this index. */
size_t		 state_tier_end(const struct view *, size_t first);

/* No host takes mail and none says "later". */
enum tri	 state_all_down(const struct view *);

/* No host takes mail and at least one says "later". */
enum tri	 state_all_deferring(const struct view *);

/* The hosts of the lowest preference take no mail, a later one does. */
bool		 state_primary_down(const struct view *);

/* Were dialogues wanted at all? */
bool		 state_smtp_wanted(const struct view *);

/* All its addresses are of the family that was not wanted. */
bool		 state_mx_unwanted(const struct view *,
		    const struct view_mx *);

#endif
