#include <string.h>

#include "agent/base/name.h"
#include "agent/round_plan_parts.h"
#include "agent/round_plan.h"

/* Servers of the zone above: how many are looked up, and asked. */
#define PARENT_HOSTS 3
#define PARENT_ASKED 2

/* ------------------------------------------------------------------ zones */

/* The owner of the SOA in a negative answer: the zone that name is in. */
static const char *
soa_owner(const struct obs_dns *obs, const char *name)
{
	const struct dns_rr *soa;

	if (obs == NULL || obs->status != DNS_NODATA)
		return NULL;
	soa = obs_dns_find(obs, DNS_AUTHORITY, DNS_SOA, NULL, 0);
	if (soa == NULL)
		soa = obs_dns_find(obs, DNS_ANSWER, DNS_SOA, NULL, 0);
	return soa != NULL && name_is_below(name, soa->owner) ? soa->owner :
	                                                        NULL;
}

/* The zone that holds name, as a vantage's answer to NS of it tells. */
static const char *
zone_by_ns(const struct obs_dns *obs)
{
	if (obs == NULL)
		return NULL;
	return plan_has_data(obs) ? obs->canonical :
	                            soa_owner(obs, obs->canonical);
}

static const char *
zone_by_vantages(const struct facts *facts, const char *name)
{
	for (unsigned v = 0; v < facts->nvantage; v++) {
		const char *zone =
		    zone_by_ns(facts_answer(facts, v, name, DNS_NS));

		if (zone != NULL)
			return zone;
	}
	return NULL;
}

/* The zone by the referral of the servers above it. */
static const char *
zone_by_referral(const struct facts *facts)
{
	for (size_t i = 0; i < facts->ndns; i++) {
		const struct obs_dns *obs = facts->dns[i];
		const struct dns_rr *ns;

		if (!obs->direct || obs->type != DNS_NS || obs->aa ||
		    obs->status != DNS_OK)
			continue;
		ns = obs_dns_find(obs, DNS_AUTHORITY, DNS_NS, NULL, 0);
		if (ns != NULL && name_is_below(facts->domain, ns->owner))
			return ns->owner;
	}
	return NULL;
}

const char *
plan_zone(const struct facts *facts)
{
	const char *zone = zone_by_vantages(facts, facts->domain);

	return zone != NULL ? zone : zone_by_referral(facts);
}

static const char *
name_above(const struct facts *facts)
{
	const char *zone = plan_zone(facts);

	return name_parent(zone != NULL ? zone : facts->domain, 1);
}

const char *
plan_parent(const struct facts *facts)
{
	return zone_by_vantages(facts, name_above(facts));
}

/* ----------------------------------------------------------- name servers */

/* The name servers as the vantages, the zone and its parent name them. */
static struct hosts
name_servers(const struct plan *p, const char *zone)
{
	const struct facts *facts = p->facts;
	struct hosts hosts = { .n = 0 };

	for (size_t i = 0; i < facts->ndns; i++) {
		const struct obs_dns *obs = facts->dns[i];

		if (obs->type != DNS_NS || !plan_has_data(obs))
			continue;
		if (obs->direct && strcmp(obs->name, zone) == 0)
			plan_add_targets(&hosts, obs,
			    obs->aa ? DNS_ANSWER : DNS_AUTHORITY, FACTS_NS_MAX);
		else if (!obs->direct && strcmp(obs->canonical, zone) == 0)
			plan_add_targets(&hosts, obs, DNS_ANSWER, FACTS_NS_MAX);
	}
	return hosts;
}

/* The name under which the zone's servers know the domain's MX. */
static const char *
mail_name(const struct plan *p)
{
	for (unsigned v = 0; v < p->facts->nvantage; v++)
		if (plan_has_data(plan_mx_of(p, v)))
			return plan_mx_of(p, v)->canonical;
	return p->facts->domain;
}

static void
ask_all(const struct plan *p, const struct hosts *hosts, const char *name,
    uint16_t type, enum want_weight weight)
{
	for (size_t i = 0; i < hosts->n; i++) {
		struct addresses addresses =
		    plan_addresses_of(p, hosts->host[i]);

		for (size_t j = 0; j < addresses.n; j++)
			plan_want_ask(p, &addresses.ip[j], name, type, weight);
	}
}

static void
plan_zone_servers(const struct plan *p, const char *zone)
{
	struct hosts hosts;
	bool pending = false;

	for (unsigned v = 0; v < p->facts->nvantage; v++)
		if (strcmp(zone, p->facts->domain) != 0 &&
		    plan_is_useful(plan_mx_of(p, v)))
			plan_want_lookup(p, v, zone, DNS_NS);
	hosts = name_servers(p, zone);
	for (size_t i = 0; i < hosts.n; i++)
		if (plan_want_addresses(p, hosts.host[i], false) == PENDING)
			pending = true;
	ask_all(p, &hosts, zone, DNS_SOA, WANT_NEEDED);
	if (pending)
		return;
	ask_all(p, &hosts, mail_name(p), DNS_MX, WANT_EXTRA);
	ask_all(p, &hosts, zone, DNS_NS, WANT_EXTRA);
}

/* --------------------------------------------------------- the delegation */

static void
plan_delegation(const struct plan *p)
{
	static const uint16_t ns = DNS_NS, a = DNS_A, aaaa = DNS_AAAA;
	const char *zone = plan_zone(p->facts), *above = name_above(p->facts);
	const char *parent;
	struct hosts hosts = { .n = 0 };
	size_t asked = 0;

	plan_want_anywhere(p, above, &ns, 1, false);
	parent = zone_by_vantages(p->facts, above);
	if (parent == NULL)
		return;
	if (strcmp(parent, above) != 0)
		plan_want_anywhere(p, parent, &ns, 1, false);
	for (unsigned v = 0; v < p->facts->nvantage; v++) {
		const struct obs_dns *obs =
		    facts_answer(p->facts, v, parent, DNS_NS);

		if (plan_has_data(obs))
			plan_add_targets(&hosts, obs, DNS_ANSWER, PARENT_HOSTS);
	}
	for (size_t i = 0; i < hosts.n && asked < PARENT_ASKED; i++) {
		struct addresses addresses;

		if (plan_want_anywhere(p, hosts.host[i], &a, 1, false) ==
		    NOT_FOUND)
			plan_want_anywhere(p, hosts.host[i], &aaaa, 1, false);
		addresses = plan_addresses_of(p, hosts.host[i]);
		if (addresses.n == 0)
			continue;
		plan_want_ask(p, &addresses.ip[0],
		    zone != NULL ? zone : p->facts->domain, DNS_NS,
		    WANT_NEEDED);
		asked++;
	}
}

void
plan_name_servers(const struct plan *p)
{
	const char *zone = plan_zone(p->facts);

	plan_delegation(p);
	if (zone != NULL)
		plan_zone_servers(p, zone);
}
