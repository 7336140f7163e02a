#include <stdlib.h>
#include <string.h>

#include "agent/round_plan.h"
#include "agent/round_facts.h"

/* A vantage that answered anything of use is alive; one that failed even the
 * control question is not. */
static enum tri
judge_alive(const struct facts *facts, unsigned vantage)
{
	bool control_failed = false;

	for (size_t i = 0; i < facts->ndns; i++) {
		const struct obs_dns *obs = facts->dns[i];

		if (obs->direct || obs->vantage != vantage)
			continue;
		if (obs->status == DNS_OK || obs->status == DNS_NODATA ||
		    obs->status == DNS_NXDOMAIN || obs->status == DNS_BOGUS)
			return TRI_YES;
		if (strcmp(obs->name, ".") == 0)
			control_failed = obs->status != DNS_UNCHECKED;
	}
	return control_failed ? TRI_NO : TRI_UNKNOWN;
}

static int
add_asn(
    struct facts *facts, const struct engine *engine, const struct dns_rr *rr)
{
	for (size_t i = 0; i < facts->nasn; i++)
		if (ip_equal(&facts->asn[i].ip, &rr->ip))
			return 0;
	return facts_add_asn(facts, &rr->ip, engine_asn(engine, &rr->ip));
}

/* The autonomous system of every address that was seen. */
static int
look_up_asns(struct facts *facts, const struct engine *engine)
{
	int failed = 0;

	facts->asn_known = engine_has_asn(engine);
	if (!facts->asn_known)
		return 0;
	for (size_t i = 0; i < facts->ndns; i++) {
		const struct obs_dns *obs = facts->dns[i];

		for (size_t j = 0; j < obs->nrr; j++)
			if (obs->rr[j].type == DNS_A ||
			    obs->rr[j].type == DNS_AAAA)
				failed |= add_asn(facts, engine, &obs->rr[j]);
	}
	return failed;
}

int
round_copy_name(char **to, const char *from)
{
	free(*to);
	*to = from == NULL ? NULL : strdup(from);
	return from != NULL && *to == NULL ? -1 : 0;
}

int
round_conclude(struct facts *facts, const struct engine *engine)
{
	int failed = look_up_asns(facts, engine);

	for (unsigned v = 0; v < facts->nvantage; v++)
		facts->vantage[v].alive = judge_alive(facts, v);
	failed |= round_copy_name(&facts->zone, plan_zone(facts));
	failed |= round_copy_name(&facts->parent, plan_parent(facts));
	return failed;
}
