#include <stdlib.h>
#include <string.h>

#include "agent/rules/view.h"
#include "agent/rules/view_build.h"

/*
 * One name server: its addresses, and what each of them answers.  The
 * vantages know the addresses; where they do not, the glue of the delegation
 * serves, as it does for a resolver.
 */

const char *
ns_state_name(enum ns_state state)
{
	static const char *const name[] = {
		[NS_AUTHORITATIVE] = "authoritative",
		[NS_LAME] = "lame",
		[NS_REFUSED] = "refused",
		[NS_TIMEOUT] = "timeout",
		[NS_UNREACHABLE] = "unreachable",
		[NS_UNCHECKED] = "unchecked",
	};

	return name[state];
}

static const enum ns_state state_of[DNS_STATUS_COUNT] = {
	[DNS_OK] = NS_LAME, /* unless with authority */
	[DNS_NODATA] = NS_LAME,
	[DNS_NXDOMAIN] = NS_LAME,
	[DNS_SERVFAIL] = NS_LAME,
	[DNS_REFUSED] = NS_REFUSED,
	[DNS_TIMEOUT] = NS_TIMEOUT,
	[DNS_BOGUS] = NS_LAME,
	[DNS_MALFORMED] = NS_LAME,
	[DNS_UNREACHABLE] = NS_UNREACHABLE,
	[DNS_UNCHECKED] = NS_UNCHECKED,
};

bool
view_is_referral(const struct view *v, const struct obs_dns *o)
{
	return o->direct && o->type == DNS_NS && !o->aa &&
	    strcmp(o->name, v->zone) == 0 &&
	    (o->status == DNS_OK || o->status == DNS_NODATA) &&
	    obs_dns_find(o, DNS_AUTHORITY, DNS_NS, v->zone, 0) != NULL;
}

static bool
was_asked(const struct view *v, const struct ip *ip, const char *host)
{
	(void)host;
	return facts_direct(v->facts, ip, v->zone, DNS_SOA) != NULL;
}

/* What the delegation says of the host's addresses. */
static int
take_glue(const struct view *v, const char *host, struct view_host *h)
{
	static const uint16_t type[] = { DNS_A, DNS_AAAA };
	const struct dns_rr *rr;

	for (size_t i = 0; i < v->facts->ndns; i++) {
		const struct obs_dns *o = v->facts->dns[i];

		if (!view_is_referral(v, o))
			continue;
		for (size_t t = 0; t < 2; t++)
			for (size_t j = 0; (rr = obs_dns_find(o, DNS_ADDITIONAL,
			                        type[t], host, j)) != NULL;
			     j++)
				if (view_host_add(h, &rr->ip) != 0)
					return -1;
	}
	return 0;
}

/* Where the look-up fails, most often because the zone does, there are other
 * ways: records that fail validation only, and what the parent helps along
 * with. */
static int
resolve(const struct view *v, const char *host, struct view_host *h)
{
	if (view_resolve(v, host, h) != 0)
		return -1;
	if (h->nip == 0 && view_host_take(v, host, DNS_BOGUS, h) != 0)
		return -1;
	if (h->nip == 0 && take_glue(v, host, h) != 0)
		return -1;
	if (h->nip > 0 && h->lookup != HOST_NONE) {
		h->lookup = HOST_FOUND;
		h->status = DNS_OK;
	}
	view_host_cut(v, host, h, was_asked);
	return 0;
}

static enum ns_state
judge_answer(const struct view *v, const struct obs_dns *soa)
{
	if (soa == NULL)
		return NS_UNCHECKED;
	if (soa->status == DNS_OK && soa->aa &&
	    obs_dns_find(soa, DNS_ANSWER, DNS_SOA, v->zone, 0) != NULL)
		return NS_AUTHORITATIVE;
	return state_of[soa->status];
}

static const struct obs_dns *
mail_answer(const struct view *v, const struct ip *ip)
{
	const struct obs_dns *o;

	o = facts_direct(v->facts, ip, v->facts->domain, DNS_MX);
	if (o == NULL && v->alias != NULL)
		o = facts_direct(v->facts, ip, v->alias, DNS_MX);
	return o;
}

static void
fill_address(
    const struct view *v, struct view_ns_address *a, const struct ip *ip)
{
	const struct dns_rr *soa = NULL;

	a->ip = *ip;
	a->network =
	    ip_network(ip, v->policy->ipv4_prefix, v->policy->ipv6_prefix);
	a->asn = view_asn(v->facts, ip);
	a->special = view_special(v->policy, ip);
	a->soa = facts_direct(v->facts, ip, v->zone, DNS_SOA);
	a->ns = facts_direct(v->facts, ip, v->zone, DNS_NS);
	a->mx = mail_answer(v, ip);
	a->state = judge_answer(v, a->soa);
	a->rtt_ms = a->soa != NULL && a->soa->rcode >= 0 ? a->soa->rtt_ms : -1;
	if (a->state == NS_AUTHORITATIVE)
		soa = obs_dns_find(a->soa, DNS_ANSWER, DNS_SOA, v->zone, 0);
	if (soa != NULL) {
		a->has_serial = true;
		a->serial = soa->soa.serial;
		a->refresh = soa->soa.refresh;
	}
}

int
view_fill_server(const struct view *v, struct view_ns *ns)
{
	struct view_host h;

	if (resolve(v, ns->host, &h) != 0) {
		free(h.ip);
		return -1;
	}
	ns->lookup = h.lookup;
	ns->lookup_status = h.status;
	ns->alias = h.alias != NULL;
	ns->cut = h.cut;
	ns->address = calloc(h.nip + 1, sizeof(*ns->address));
	if (ns->address != NULL)
		for (; ns->naddress < h.nip; ns->naddress++)
			fill_address(
			    v, &ns->address[ns->naddress], &h.ip[ns->naddress]);
	free(h.ip);
	return ns->address != NULL ? 0 : -1;
}
