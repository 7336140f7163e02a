#ifndef AGENT_ROUND_PLAN_PARTS_H
#define AGENT_ROUND_PLAN_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/round_plan.h"

/* What the parts of the plan share; for them alone. */

struct plan {
	const struct facts	*facts;
	plan_want_fn		*want;
	void			*arg;
};

#define PLAN_HOSTS_MAX 64
#define PLAN_ADDRESSES_MAX (2 * FACTS_ADDRESS_MAX)

struct hosts {
	const char	*host[PLAN_HOSTS_MAX];
	size_t		 n;
};

struct addresses {
	struct ip	 ip[PLAN_ADDRESSES_MAX];
	size_t		 n;
};

/* What a vantage said of the domain's MX, or NULL. */
const struct obs_dns	*plan_mx_of(const struct plan *, unsigned vantage);

/* The vantage works: it said something about the domain. */
bool			 plan_is_useful(const struct obs_dns *);

/* There are records of the type that was asked for. */
bool			 plan_has_data(const struct obs_dns *);

/* Add a host, or all usable targets in a section, each once, at most max. */
void			 plan_add_host(struct hosts *, const char *host,
			    size_t max);
void			 plan_add_targets(struct hosts *,
			    const struct obs_dns *, enum dns_section,
			    size_t max);

/* What the vantages know of the host, and the glue of referrals. */
struct addresses	 plan_addresses_of(const struct plan *,
			    const char *host);

enum progress { FOUND, PENDING, NOT_FOUND };

/* Want name in n types from the first vantage that works; when that one has
 * nothing, from all others that work. */
enum progress		 plan_want_anywhere(const struct plan *,
			    const char *name, const uint16_t *types, size_t n,
			    bool mx_host);
/* The same for A and AAAA. */
enum progress		 plan_want_addresses(const struct plan *,
			    const char *host, bool mx_host);
void			 plan_want_lookup(const struct plan *,
			    unsigned vantage, const char *name,
			    uint16_t type);
void			 plan_want_ask(const struct plan *, const struct ip *,
			    const char *name, uint16_t type,
			    enum want_weight);

/* The part about name servers: of the zone, and of the zone above it. */
void			 plan_name_servers(const struct plan *);

#endif
