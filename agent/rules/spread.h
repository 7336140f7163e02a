#ifndef AGENT_RULES_SPREAD_H
#define AGENT_RULES_SPREAD_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/rules/view.h"

/*
 * Over how many networks do addresses of one family spread: none, one or
 * several?  Addresses that the Internet cannot reach do not count.
 */
struct spread {
	struct ip_net	first;		/* the network, when it is one */
	size_t		addresses;
	size_t		hosts;		/* with addresses of any family */
	bool		several;
	bool		partial;	/* a host has only the other family */
};

/* Those of all name servers, of all mail servers; family is 4 or 6. */
struct spread	 spread_ns(const struct view *, uint8_t family);
struct spread	 spread_mx(const struct view *, uint8_t family);

/* There are some, all in one network. */
bool		 spread_single(const struct spread *);

/* Are all name servers (mail servers) looked up?  If not, one that is not
 * known may well be somewhere else. */
bool		 spread_ns_known(const struct view *);
bool		 spread_mx_known(const struct view *);

#endif
