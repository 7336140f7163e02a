/*
 * What goes down together?  IPv4 and IPv6 are looked at apart: most senders
 * reach a name server over IPv4 only.
 */

#include <stdbool.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/spread.h"
#include "agent/rules/state.h"

/* Are the name servers known well enough to ask how they spread?  A single
 * one has a finding of its own, and so has one beside others that cannot be
 * reached. */
static bool
can_spread(const struct view *v)
{
	return state_has_ns(v) && spread_ns_known(v) &&
	    spread_ns(v, 4).hosts >= 2;
}

/* Are they in one network, in the family that counts? */
static bool
one_network(const struct view *v, struct spread *which)
{
	*which = spread_ns(v, 4);
	if (which->addresses == 0)
		*which = spread_ns(v, 6);
	return spread_single(which);
}

static void
network_evidence(struct finding *f, const struct spread *s)
{
	char text[IP_NET_TEXT];

	finding_text(f, "network", ip_net_format(&s->first, text));
	finding_number(f, "addresses", (double)s->addresses);
}

/* RFC 2182 3.1: secondaries are to be in places that do not fail together. */
static void
look_single_network(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	struct spread s;
	char text[IP_NET_TEXT];

	(void)d;
	if (!can_spread(v))
		return;
	if (one_network(v, &s)) {
		network_evidence(
		    findings_add(out, rule, rule->severity, v->zone,
		        "all %s addresses of the name servers are in one "
		        "network, %s",
		        s.first.ip.family == 4 ? "IPv4" : "IPv6",
		        ip_net_format(&s.first, text)),
		    &s);
		return;
	}
	s = spread_ns(v, 6);
	if (spread_single(&s) && s.addresses >= 2)
		network_evidence(
		    findings_add(out, rule, SEVERITY_INFO, v->zone,
		        "all IPv6 addresses of the name servers are in "
		        "one network, %s; their IPv4 addresses are not",
		        ip_net_format(&s.first, text)),
		    &s);
}

const struct rule rule_dns_single_network = {
	.id = "dns.single-network",
	.severity = SEVERITY_WARNING,
	.line = "all name servers are in one network",
	.explanation =
	    "The name servers stand side by side: one failed line, "
	    "router or power feed takes them all, and then nobody can find "
	    "out where the mail goes. It waits at its senders, and bounces "
	    "when that lasts for days. IPv6 addresses elsewhere do not make "
	    "up for it, because many resolvers ask over IPv4 only.",
	.remedy =
	    "Put at least one name server into another network, best "
	    "with another provider in another place: a secondary service "
	    "does. For name servers that share a network but are announced "
	    "from many places (anycast), turn this rule off.",
	.rfc = "RFC 2182 section 3.1",
	.look = look_single_network,
};

/* The autonomous system that holds every name server, or 0: several, or one
 * that the data does not know. */
static uint32_t
one_asn(const struct view *v)
{
	uint32_t asn = 0;

	for (size_t i = 0; i < v->nns; i++) {
		for (size_t j = 0; j < v->ns[i].naddress; j++) {
			const struct view_ns_address *a = &v->ns[i].address[j];

			if (a->special != NULL)
				continue;
			if (a->asn == 0 || (asn != 0 && a->asn != asn))
				return 0;
			asn = a->asn;
		}
	}
	return asn;
}

static void
look_single_asn(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	struct spread s;
	uint32_t asn;

	(void)d;
	if (!v->facts->asn_known || !can_spread(v) || one_network(v, &s))
		return;
	asn = one_asn(v);
	if (asn != 0)
		finding_number(
		    findings_add(out, rule, rule->severity, v->zone,
		        "the name servers are in several networks, but "
		        "all in one autonomous system, AS%u",
		        asn),
		    "asn", asn);
}

const struct rule rule_dns_single_asn = {
	.id = "dns.single-asn",
	.severity = SEVERITY_INFO,
	.line = "several networks, but one autonomous system",
	.explanation =
	    "The name servers have addresses in different "
	    "networks, but one operator announces them all. A routing "
	    "mistake or an outage of that operator takes all of them at "
	    "once. Large and careful operators are a fair choice, so this is "
	    "advice only.",
	.remedy = "If the domain must survive the failure of a whole "
	          "provider, add a secondary name server of another one.",
	.rfc = "RFC 2182 section 3.1",
	.look = look_single_asn,
};

/* One network that holds all name servers and all mail servers.  IPv4 counts
 * when both have it. */
static bool
one_fate(const struct view *v, struct spread *which)
{
	struct spread mx = spread_mx(v, 4);

	*which = spread_ns(v, 4);
	if (mx.addresses == 0 || which->addresses == 0) {
		mx = spread_mx(v, 6);
		*which = spread_ns(v, 6);
	}
	return spread_single(&mx) && !mx.partial && spread_single(which) &&
	    !which->partial && ip_net_equal(&mx.first, &which->first);
}

static void
look_shared_fate(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	struct spread s;
	char text[IP_NET_TEXT];

	(void)d;
	if (!state_has_ns(v) || !spread_ns_known(v) || !spread_mx_known(v) ||
	    !one_fate(v, &s))
		return;
	ip_net_format(&s.first, text);
	finding_text(
	    findings_add(out, rule, rule->severity, v->facts->domain,
	        "every name server and every mail server is in %s: one outage "
	        "takes both",
	        text),
	    "network", text);
}

const struct rule rule_dns_shared_fate = {
	.id = "dns.shared-fate",
	.severity = SEVERITY_WARNING,
	.line = "name servers and mail servers share one network: one outage "
	        "takes both",
	.explanation =
	    "When a mail server is away but the DNS answers, "
	    "senders know where to wait for, and mail comes through later. "
	    "When the outage takes the name servers as well, they cannot even "
	    "find out where the mail goes; some senders then return it at "
	    "once, and what their caches hold runs out. Here one network "
	    "carries everything.",
	.remedy = "Put one name server, or better two, into another network "
	          "than the mail servers: a secondary DNS service of another "
	          "provider is the least work.",
	.rfc = "",
	.look = look_shared_fate,
};
