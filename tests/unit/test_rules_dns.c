#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tests/unit/rule_case.h"

#define NS "ns1.example.org, ns2.example.net"
#define MX "10 mx1.example.org, 20 mx2.example.org"

static void
nothing(struct facts *f, struct policy *p)
{
	(void)f;
	(void)p;
}

/* --------------------------------------------- can it be resolved at all */

static void
nxdomain_everywhere(struct facts *f, struct policy *p)
{
	(void)p;
	facts_vantage_fails(f, EVERY, DNS_NXDOMAIN);
}

static void
nxdomain_at_two(struct facts *f, struct policy *p)
{
	(void)p;
	facts_vantage_fails(f, 0, DNS_NXDOMAIN);
	facts_vantage_fails(f, 1, DNS_NXDOMAIN);
}

static void
nxdomain_at_one(struct facts *f, struct policy *p)
{
	(void)p;
	facts_vantage_fails(f, 1, DNS_NXDOMAIN);
}

static void
servfail_everywhere(struct facts *f, struct policy *p)
{
	(void)p;
	facts_vantage_fails(f, EVERY, DNS_SERVFAIL);
}

static void
dead_everywhere(struct facts *f, struct policy *p)
{
	servfail_everywhere(f, p);
	facts_server_fails(f, "192.0.2.53", DNS_TIMEOUT);
	facts_server_fails(f, "198.51.100.53", DNS_TIMEOUT);
}

static void
servfail_at_one(struct facts *f, struct policy *p)
{
	(void)p;
	facts_vantage_fails(f, 2, DNS_SERVFAIL);
}

static void
servfail_and_timeout(struct facts *f, struct policy *p)
{
	(void)p;
	facts_vantage_fails(f, 0, DNS_SERVFAIL);
	facts_vantage_fails(f, 1, DNS_TIMEOUT);
}

static void
servfail_at_two_quorum_three(struct facts *f, struct policy *p)
{
	servfail_and_timeout(f, p);
	p->quorum = 3;
}

static void
blind_at_one(struct facts *f, struct policy *p)
{
	(void)p;
	facts_vantage_blind(f, 1);
}

static void
blind_everywhere(struct facts *f, struct policy *p)
{
	(void)p;
	facts_vantage_blind(f, EVERY);
}

static void
two_blind_one_fails(struct facts *f, struct policy *p)
{
	(void)p;
	facts_vantage_blind(f, 0);
	facts_vantage_blind(f, 1);
	facts_vantage_fails(f, 2, DNS_SERVFAIL);
}

static void
not_asked_in_time(struct facts *f, struct policy *p)
{
	(void)p;
	facts_vantage_fails(f, EVERY, DNS_UNCHECKED);
	f->timed_out = true;
}

static void
one_not_asked(struct facts *f, struct policy *p)
{
	(void)p;
	facts_vantage_fails(f, 2, DNS_UNCHECKED);
}

static void
bogus_everywhere(struct facts *f, struct policy *p)
{
	(void)p;
	facts_vantage_fails(f, EVERY, DNS_BOGUS);
	facts_fails(f, 0, "example.org", DNS_MX, DNS_BOGUS)->ede = 7;
}

static void
bogus_at_one(struct facts *f, struct policy *p)
{
	(void)p;
	facts_vantage_fails(f, 0, DNS_BOGUS);
}

static void
alias_row(struct facts *f, struct policy *p)
{
	struct obs_dns *o;

	(void)p;
	facts_with_mx(f, EVERY, "10 mx1.example.org, 20 mx2.example.org");
	o = facts_says(f, 0, "example.org", DNS_MX,
	    "10 mx1.example.org, 20 mx2.example.org");
	o->cnames = FACTS_CNAME_MAX + 1;
}

static void
alias_loop(struct facts *f, struct policy *p)
{
	(void)p;
	for (unsigned v = 0; v < 3; v++) {
		struct obs_dns *o =
		    facts_fails(f, v, "example.org", DNS_MX, DNS_NODATA);

		o->loop = true;
	}
}

static void
other_mx_at_one(struct facts *f, struct policy *p)
{
	(void)p;
	facts_with_mx(f, 1, "10 old.example.org");
}

static void
other_preference_at_one(struct facts *f, struct policy *p)
{
	(void)p;
	facts_with_mx(f, 1, "20 mx1.example.org, 10 mx2.example.org");
}

static void
other_ttl_and_order(struct facts *f, struct policy *p)
{
	(void)p;
	facts_with_mx(f, 1, "20 mx2.example.org/17, 10 mx1.example.org/17");
}

static void
no_mx_at_one(struct facts *f, struct policy *p)
{
	(void)p;
	facts_with_mx(f, 1, "");
}

static const struct rule_case resolving[] = {
	{ "a healthy domain", nothing, "", NULL },
	{ "NXDOMAIN everywhere: nothing else is said", nxdomain_everywhere,
	    "dns.nxdomain=critical example.org", "bounces at once" },
	{ "NXDOMAIN at two of three", nxdomain_at_two,
	    "dns.nxdomain=critical example.org", "resolves at v2" },
	{ "NXDOMAIN at one of three", nxdomain_at_one,
	    "dns.vantage-disagreement=warning example.org",
	    "v1 cannot resolve the domain (NXDOMAIN); v0, v2 can" },
	{ "SERVFAIL everywhere, though the servers answer us",
	    servfail_everywhere, "dns.unresolvable=critical example.org",
	    "(SERVFAIL at v0, v1, v2)" },
	{ "SERVFAIL everywhere, the servers are dead", dead_everywhere,
	    "dns.unresolvable=critical example.org; "
	    "dns.all-ns-down=critical example.org",
	    "ns1.example.org 192.0.2.53: timeout; ns2" },
	{ "SERVFAIL at one of three", servfail_at_one,
	    "dns.vantage-disagreement=warning example.org",
	    "v2 cannot resolve the domain (SERVFAIL); v0, v1 can" },
	{ "two kinds of failure make a quorum together", servfail_and_timeout,
	    "dns.unresolvable=critical example.org",
	    "(SERVFAIL at v0; timeout at v1; resolves at v2)" },
	{ "two failures where three must agree", servfail_at_two_quorum_three,
	    "dns.vantage-disagreement=warning example.org",
	    "v1 cannot resolve the domain (timeout); v2 can" },
	{ "a blind vantage among others", blind_at_one,
	    "dns.vantage-disagreement=warning example.org",
	    "v1 answers nothing at all; v0, v2 see 10 mx1" },
	{ "all vantages blind", blind_everywhere,
	    "dns.unresolvable=unknown example.org",
	    "(no answer at all at v0, v1, v2)" },
	{ "two blind, one fails: no quorum", two_blind_one_fails,
	    "dns.unresolvable=unknown example.org",
	    "2 of 3 vantages must agree" },
	{ "time ran out before anything was asked", not_asked_in_time,
	    "dns.unresolvable=unknown example.org", "time ran out" },
	{ "one vantage was not asked", one_not_asked, "", NULL },
	{ "bogus everywhere", bogus_everywhere,
	    "dns.bogus=critical example.org", "(signature expired)" },
	{ "bogus at the one vantage that validates", bogus_at_one,
	    "dns.vantage-disagreement=warning example.org",
	    "v0 cannot resolve the domain (DNSSEC validation fails)" },
	{ "aliases in a long row", alias_row, "dns.limit=info example.org",
	    "9 in a row" },
	{ "aliases that loop", alias_loop,
	    "dns.unresolvable=critical example.org; "
	    "dns.limit=info example.org",
	    "(aliases without end at v0, v1, v2)" },
	{ "other MX records at one", other_mx_at_one,
	    "dns.vantage-disagreement=warning example.org",
	    "v1 sees other MX records (10 old.example.org); v0, v2 see 10 "
	    "mx1" },
	{ "other preferences at one", other_preference_at_one,
	    "dns.vantage-disagreement=warning example.org",
	    "(10 mx2.example.org, 20 mx1.example.org)" },
	{ "other TTL and order at one", other_ttl_and_order, "", NULL },
	{ "no MX records at one", no_mx_at_one,
	    "dns.vantage-disagreement=warning example.org",
	    "v1 sees no MX records" },
};

static void
test_resolving(void **state)
{
	(void)state;
	TRY(resolving);
}

/* ------------------------------------------------------- name servers */

static void
ns2_times_out(struct facts *f, struct policy *p)
{
	(void)p;
	facts_server_fails(f, "198.51.100.53", DNS_TIMEOUT);
}

static void
ns2_unreachable(struct facts *f, struct policy *p)
{
	(void)p;
	facts_server_fails(f, "198.51.100.53", DNS_UNREACHABLE);
}

static void
ns2_one_address_down(struct facts *f, struct policy *p)
{
	(void)p;
	facts_address(f, 0, "ns2.example.net", "198.51.100.53 2001:db8:2::53");
	facts_server_fails(f, "2001:db8:2::53", DNS_TIMEOUT);
}

static void
ns2_unchecked(struct facts *f, struct policy *p)
{
	(void)p;
	facts_server_fails(f, "198.51.100.53", DNS_UNCHECKED);
}

static void
ns2_private(struct facts *f, struct policy *p)
{
	(void)p;
	facts_address(f, 0, "ns2.example.net", "10.0.0.53");
	facts_address(f, 1, "ns2.example.net", "10.0.0.53");
}

static void
ns2_refuses(struct facts *f, struct policy *p)
{
	(void)p;
	facts_server_fails(f, "198.51.100.53", DNS_REFUSED);
}

static void
ns2_servfail(struct facts *f, struct policy *p)
{
	(void)p;
	facts_server_fails(f, "198.51.100.53", DNS_SERVFAIL);
}

static void
ns2_without_aa(struct facts *f, struct policy *p)
{
	(void)p;
	facts_direct_soa(f, "198.51.100.53", FACTS_SERIAL)->aa = false;
}

static void
both_fail(struct facts *f, struct policy *p)
{
	facts_server_fails(f, "192.0.2.53", DNS_TIMEOUT);
	ns2_refuses(f, p);
}

static void
one_fails_one_unchecked(struct facts *f, struct policy *p)
{
	facts_server_fails(f, "192.0.2.53", DNS_TIMEOUT);
	ns2_unchecked(f, p);
}

static void
both_unchecked(struct facts *f, struct policy *p)
{
	facts_server_fails(f, "192.0.2.53", DNS_UNCHECKED);
	ns2_unchecked(f, p);
}

/* No name server at all ever answers us directly, not even the parent's. */
static void
port_53_blocked(struct facts *f, struct policy *p)
{
	(void)p;
	facts_server_fails(f, "192.0.2.53", DNS_TIMEOUT);
	facts_server_fails(f, "198.51.100.53", DNS_TIMEOUT);
	facts_direct_fails(
	    f, "203.0.113.1", "example.org", DNS_NS, DNS_TIMEOUT);
}

static void
port_53_blocked_unresolvable(struct facts *f, struct policy *p)
{
	port_53_blocked(f, p);
	facts_fails(f, EVERY, "example.org", DNS_MX, DNS_SERVFAIL);
}

static void
ns2_no_address(struct facts *f, struct policy *p)
{
	(void)p;
	facts_no_address(f, 0, "ns2.example.net", DNS_NXDOMAIN);
}

static void
ns2_lookup_fails(struct facts *f, struct policy *p)
{
	(void)p;
	facts_no_address(f, EVERY, "ns2.example.net", DNS_SERVFAIL);
}

static void
ns2_lookup_unknown(struct facts *f, struct policy *p)
{
	(void)p;
	facts_no_address(f, 0, "ns2.example.net", DNS_UNCHECKED);
	f->timed_out = true;
}

static void
parent_lists_more(struct facts *f, struct policy *p)
{
	(void)p;
	facts_delegation(f, "203.0.113.1", NS ", ns3.example.net");
	facts_address(f, 0, "ns3.example.net", "203.0.113.53");
	facts_server_up(f, "203.0.113.53", NS, MX);
}

static void
zone_lists_more(struct facts *f, struct policy *p)
{
	static const char all[] = NS ", ns3.example.net";

	(void)p;
	facts_with_ns(f, EVERY, all);
	facts_address(f, 0, "ns3.example.net", "203.0.113.53");
	facts_server_up(f, "192.0.2.53", all, MX);
	facts_server_up(f, "198.51.100.53", all, MX);
	facts_server_up(f, "203.0.113.53", all, MX);
}

static void
parent_not_known(struct facts *f, struct policy *p)
{
	zone_lists_more(f, p);
	facts_direct_fails(
	    f, "203.0.113.1", "example.org", DNS_NS, DNS_TIMEOUT);
}

static void
one_ns(struct facts *f, struct policy *p)
{
	static const char one[] = "ns1.example.org";

	(void)p;
	facts_with_ns(f, EVERY, one);
	facts_server_up(f, "192.0.2.53", one, MX);
	facts_delegation(f, "203.0.113.1", one);
	facts_fails(f, 0, "ns2.example.net", DNS_A, DNS_UNCHECKED);
}

static const struct rule_case servers[] = {
	{ "a name server times out", ns2_times_out,
	    "dns.ns-down=warning ns2.example.net",
	    "ns2.example.net does not answer (198.51.100.53: timeout)" },
	{ "a name server is unreachable", ns2_unreachable,
	    "dns.ns-down=warning ns2.example.net", "unreachable" },
	{ "one address of a name server times out", ns2_one_address_down,
	    "dns.ns-down=warning ns2.example.net",
	    "at some of its addresses (2001:db8:2::53: timeout)" },
	{ "a name server was not asked", ns2_unchecked, "", NULL },
	{ "a name server with a private address", ns2_private,
	    "dns.ns-down=warning ns2.example.net", "10.0.0.53 is a private" },
	{ "a name server refuses", ns2_refuses,
	    "dns.ns-lame=warning ns2.example.net",
	    "no authority for example.org (198.51.100.53: REFUSED)" },
	{ "a name server says SERVFAIL", ns2_servfail,
	    "dns.ns-lame=warning ns2.example.net", "53: SERVFAIL" },
	{ "a name server without the AA flag", ns2_without_aa,
	    "dns.ns-lame=warning ns2.example.net", NULL },
	{ "all fail: one finding", both_fail,
	    "dns.all-ns-down=critical example.org",
	    "(ns1.example.org 192.0.2.53: timeout; ns2.example.net "
	    "198.51.100.53: REFUSED)" },
	{ "one fails, one was not asked", one_fails_one_unchecked,
	    "dns.all-ns-down=unknown example.org", "that could be asked" },
	{ "none was asked", both_unchecked, "", NULL },
	{ "no name server of anybody answers us, vantages resolve",
	    port_53_blocked, "dns.all-ns-down=unknown example.org",
	    "port 53 is blocked" },
	{ "no name server of anybody answers us, nor the vantages",
	    port_53_blocked_unresolvable,
	    "dns.unresolvable=critical example.org; "
	    "dns.all-ns-down=critical example.org",
	    NULL },
	{ "a name server without address", ns2_no_address,
	    "dns.ns-unresolvable=warning ns2.example.net", "has no address" },
	{ "a name server whose look-up fails", ns2_lookup_fails,
	    "dns.ns-unresolvable=warning ns2.example.net",
	    "cannot be looked up (SERVFAIL)" },
	{ "a name server not looked up in time", ns2_lookup_unknown,
	    "dns.ns-unresolvable=unknown ns2.example.net", "time ran out" },
	{ "the parent lists one more", parent_lists_more,
	    "dns.ns-mismatch=warning example.org",
	    "only the parent zone lists name server ns3.example.net" },
	{ "the zone lists one more", zone_lists_more,
	    "dns.ns-mismatch=warning example.org",
	    "only the zone itself lists name server ns3.example.net" },
	{ "the parent's list is not known", parent_not_known, "", NULL },
	{ "one name server", one_ns,
	    "dns.single-nameserver=warning example.org", NULL },
};

static void
test_servers(void **state)
{
	(void)state;
	TRY(servers);
}

/* ----------------------------------------------------------- networks */

/* ns1 and ns2 at these addresses, all answering. */
static void
move_ns(struct facts *f, const char *ns1, const char *ns2)
{
	char all[256], *save;

	facts_address(f, 0, "ns1.example.org", ns1);
	facts_address(f, 0, "ns2.example.net", ns2);
	snprintf(all, sizeof(all), "%s %s", ns1, ns2);
	for (char *ip = strtok_r(all, " ", &save); ip != NULL;
	     ip = strtok_r(NULL, " ", &save))
		facts_server_up(f, ip, NS, MX);
}

static void
one_ipv4_network(struct facts *f, struct policy *p)
{
	(void)p;
	move_ns(f, "192.0.2.53 2001:db8:1::53", "192.0.2.54 2001:db8:2::53");
}

static void
one_ipv4_network_longer_prefix(struct facts *f, struct policy *p)
{
	move_ns(f, "192.0.2.53", "192.0.2.154");
	p->ipv4_prefix = 25;
}

static void
one_ipv6_network(struct facts *f, struct policy *p)
{
	(void)p;
	move_ns(f, "192.0.2.53 2001:db8:1::53", "198.51.100.53 2001:db8:1::54");
}

static void
single_ipv6_address(struct facts *f, struct policy *p)
{
	(void)p;
	move_ns(f, "192.0.2.53 2001:db8:1::53", "198.51.100.53");
}

static void
one_ipv4_address(struct facts *f, struct policy *p)
{
	(void)p;
	move_ns(f, "192.0.2.53 2001:db8:1::53", "2001:db8:2::53");
}

static void
ipv6_only_one_network(struct facts *f, struct policy *p)
{
	(void)p;
	move_ns(f, "2001:db8:1::53", "2001:db8:1::54");
}

static void
ipv6_only_two_networks(struct facts *f, struct policy *p)
{
	(void)p;
	move_ns(f, "2001:db8:1::53", "2001:db8:2::53");
}

static void
one_network_one_unknown(struct facts *f, struct policy *p)
{
	one_ipv4_network(f, p);
	facts_with_ns(f, EVERY, NS ", ns3.example.net");
	facts_no_address(f, 0, "ns3.example.net", DNS_UNCHECKED);
}

static void
asn(struct facts *f, const char *ip, uint32_t number)
{
	struct ip a;

	assert_int_equal(ip_parse(ip, &a), 0);
	assert_int_equal(facts_add_asn(f, &a, number), 0);
	f->asn_known = true;
}

static void
one_asn(struct facts *f, struct policy *p)
{
	(void)p;
	asn(f, "192.0.2.53", 64500);
	asn(f, "198.51.100.53", 64500);
}

static void
two_asns(struct facts *f, struct policy *p)
{
	(void)p;
	asn(f, "192.0.2.53", 64500);
	asn(f, "198.51.100.53", 64501);
}

static void
one_asn_one_unknown(struct facts *f, struct policy *p)
{
	(void)p;
	asn(f, "192.0.2.53", 64500);
	asn(f, "198.51.100.53", 0);
}

static void
one_asn_one_network(struct facts *f, struct policy *p)
{
	move_ns(f, "192.0.2.53", "192.0.2.54");
	asn(f, "192.0.2.53", 64500);
	asn(f, "192.0.2.54", 64500);
	(void)p;
}

static void
one_mx(struct facts *f, const char *ip)
{
	static const char mx[] = "10 mx1.example.org";

	facts_with_mx(f, EVERY, mx);
	facts_address(f, 0, "mx1.example.org", ip);
	facts_smtp_up(f, ip, "mx1.example.org");
	facts_server_up(f, "192.0.2.53", NS, mx);
	facts_server_up(f, "198.51.100.53", NS, mx);
}

static void
all_in_one(struct facts *f, struct policy *p)
{
	one_mx(f, "192.0.2.25");
	move_ns(f, "192.0.2.53", "192.0.2.54");
	(void)p;
}

static void
mx_apart(struct facts *f, struct policy *p)
{
	one_mx(f, "203.0.113.25");
	move_ns(f, "192.0.2.53", "192.0.2.54");
	(void)p;
}

static const struct rule_case networks[] = {
	{ "one IPv4 network, several IPv6 ones", one_ipv4_network,
	    "dns.single-network=warning example.org",
	    "all IPv4 addresses of the name servers are in one network, "
	    "192.0.2.0/24" },
	{ "not one network by the prefix that is set",
	    one_ipv4_network_longer_prefix, "", NULL },
	{ "several IPv4 networks, one IPv6 network", one_ipv6_network,
	    "dns.single-network=info example.org", "2001:db8:1::/48" },
	{ "a single IPv6 address beside two IPv4 networks", single_ipv6_address,
	    "", NULL },
	{ "one IPv4 address among two servers", one_ipv4_address,
	    "dns.single-network=warning example.org", "192.0.2.0/24" },
	{ "IPv6 only, one network", ipv6_only_one_network,
	    "dns.single-network=warning example.org", "all IPv6" },
	{ "IPv6 only, two networks", ipv6_only_two_networks, "", NULL },
	{ "one network, but one server is not known", one_network_one_unknown,
	    "dns.ns-unresolvable=unknown ns3.example.net", NULL },
	{ "one autonomous system", one_asn, "dns.single-asn=info example.org",
	    "AS64500" },
	{ "two autonomous systems", two_asns, "", NULL },
	{ "one system and one that is not known", one_asn_one_unknown, "",
	    NULL },
	{ "one network: its system needs no finding", one_asn_one_network,
	    "dns.single-network=warning example.org", NULL },
	{ "name and mail servers in one network", all_in_one,
	    "dns.single-network=warning example.org; "
	    "dns.shared-fate=warning example.org; "
	    "mx.single=info mx1.example.org",
	    "every mail server is in 192.0.2.0/24" },
	{ "mail server elsewhere", mx_apart,
	    "dns.single-network=warning example.org; "
	    "mx.single=info mx1.example.org",
	    NULL },
};

static void
test_networks(void **state)
{
	(void)state;
	TRY(networks);
}

/* -------------------------------------------------------------- zone */

static void
older_by_days(struct facts *f, struct policy *p)
{
	(void)p;
	facts_direct_soa(f, "192.0.2.53", 2026112001);
}

static void
newer_within_a_day(struct facts *f, struct policy *p)
{
	(void)p;
	facts_direct_soa(f, "192.0.2.53", FACTS_SERIAL + 1);
}

static void
plain_numbers(struct facts *f, struct policy *p)
{
	(void)p;
	facts_direct_soa(f, "192.0.2.53", 17);
	facts_direct_soa(f, "198.51.100.53", 4711);
}

static void
plain_numbers_other_mx(struct facts *f, struct policy *p)
{
	plain_numbers(f, p);
	facts_direct_says(
	    f, "198.51.100.53", "example.org", DNS_MX, "10 mx1.example.org");
}

static void
day_apart_long_refresh(struct facts *f, struct policy *p)
{
	(void)p;
	facts_direct_soa(f, "192.0.2.53", 2026112201)->rr[0].soa.refresh =
	    2 * 86400;
}

static void
sign(struct obs_dns *o, uint16_t type, int64_t left)
{
	char name[] = "example.org";
	struct dns_rr rr = { .owner = name,
		.type = DNS_RRSIG,
		.ttl = 86400,
		.covered = type,
		.expires = facts_now.us / 1000000 + left };

	assert_int_equal(obs_dns_add(o, DNS_ANSWER, &rr), 0);
}

static void
sign_mx(struct facts *f, int64_t left)
{
	sign(facts_direct_says(f, "192.0.2.53", "example.org", DNS_MX, MX),
	    DNS_MX, left);
}

static void
signed_for_two_days(struct facts *f, struct policy *p)
{
	(void)p;
	sign_mx(f, 2 * 86400);
}

static void
signed_for_a_week(struct facts *f, struct policy *p)
{
	(void)p;
	sign_mx(f, 7 * 86400);
}

static void
signature_over(struct facts *f, struct policy *p)
{
	(void)p;
	sign_mx(f, -3600);
}

static void
both_signatures_over(struct facts *f, struct policy *p)
{
	signature_over(f, p);
	sign(facts_direct_says(f, "192.0.2.53", "example.org", DNS_NS, NS),
	    DNS_NS, -7200);
}

/* Not the domain's: it cannot do anything about these. */
static void
signatures_above(struct facts *f, struct policy *p)
{
	(void)p;
	sign(
	    facts_says(f, 0, ".", DNS_NS, "a.root-servers.net"), DNS_NS, 86400);
	sign(facts_says(f, 0, "org", DNS_NS, "a.nic.org"), DNS_NS, 86400);
}

static void
signature_old_in_a_cache(struct facts *f, struct policy *p)
{
	signed_for_a_week(f, p);
	sign(facts_says(f, 0, "example.org", DNS_MX, MX), DNS_MX, 86400);
}

static void
signature_over_and_bogus(struct facts *f, struct policy *p)
{
	signature_over(f, p);
	facts_vantage_fails(f, EVERY, DNS_BOGUS);
}

/* While keys are rolled there are several: the freshest one holds. */
static void
signed_twice(struct facts *f, struct policy *p)
{
	struct obs_dns *o =
	    facts_direct_says(f, "192.0.2.53", "example.org", DNS_MX, MX);

	(void)p;
	sign(o, DNS_MX, 86400);
	sign(o, DNS_MX, 10 * 86400);
	sign(o, DNS_MX, 2 * 86400);
}

static void
ns_signed_for_a_day(struct facts *f, struct policy *p)
{
	(void)p;
	sign(facts_says(f, 2, "example.org", DNS_NS, NS), DNS_NS, 86400);
}

static const struct rule_case zone[] = {
	{ "serials days apart", older_by_days,
	    "dns.serial-mismatch=warning example.org",
	    "192.0.2.53: 2026112001, 198.51.100.53: 2026112301): further "
	    "apart than a refresh allows; refresh: 2 hours" },
	{ "serials of one day", newer_within_a_day,
	    "dns.serial-mismatch=info example.org",
	    "a transfer under way; refresh: 2 hours" },
	{ "serials that are no dates", plain_numbers,
	    "dns.serial-mismatch=info example.org", NULL },
	{ "serials that are no dates, and other MX records",
	    plain_numbers_other_mx, "dns.serial-mismatch=warning example.org",
	    "MX or NS records differ too" },
	{ "a day apart, but the refresh takes two", day_apart_long_refresh,
	    "dns.serial-mismatch=info example.org", "2 days" },
	{ "a signature for two more days", signed_for_two_days,
	    "dns.signature-expiring=warning example.org",
	    "over the MX records of example.org runs out in 2 days, "
	    "on 2026-11-25 16:40 UTC" },
	{ "a signature for a week", signed_for_a_week, "", NULL },
	{ "a signature that has run out", signature_over,
	    "dns.signature-expiring=warning example.org", "has run out" },
	{ "both signatures have run out", both_signatures_over,
	    "dns.signature-expiring=warning example.org", "MX and NS records" },
	{ "signatures of the zones above", signatures_above, "", NULL },
	{ "an old signature in a cache", signature_old_in_a_cache, "", NULL },
	{ "the same, seen as bogus", signature_over_and_bogus,
	    "dns.bogus=critical example.org", NULL },
	{ "three signatures, one of them fresh", signed_twice, "", NULL },
	{ "a signature over the NS records", ns_signed_for_a_day,
	    "dns.signature-expiring=warning example.org",
	    "over the NS records of example.org runs out in 1 day, " },
};

static void
test_zone(void **state)
{
	(void)state;
	TRY(zone);
}

/* ------------------------------------------------------------- limits */

static void
out_of_questions(struct facts *f, struct policy *p)
{
	(void)p;
	f->limited = true;
}

static void
seventeen_ns(struct facts *f, unsigned n)
{
	char list[1024] = NS, host[64], ip[32];

	for (unsigned i = 2; i < n; i++) {
		snprintf(host, sizeof(host), ", ns%u.example.net", i + 1);
		strcat(list, host);
		snprintf(ip, sizeof(ip), "203.0.113.%u", 100 + i);
		facts_address(f, 0, host + 2, ip);
	}
	facts_with_ns(f, EVERY, list);
	facts_delegation(f, "203.0.113.1", list);
	facts_server_up(f, "192.0.2.53", list, MX);
	facts_server_up(f, "198.51.100.53", list, MX);
}

static void
too_many_ns(struct facts *f, struct policy *p)
{
	(void)p;
	seventeen_ns(f, 17);
}

static void
as_many_ns_as_may_be(struct facts *f, struct policy *p)
{
	(void)p;
	seventeen_ns(f, 16);
}

static void
too_many_addresses(struct facts *f, struct policy *p)
{
	char list[512] = "198.51.100.53", ip[32];

	(void)p;
	for (unsigned i = 0; i < 8; i++) {
		snprintf(ip, sizeof(ip), " 203.0.113.%u", 100 + i);
		strcat(list, ip);
	}
	facts_address(f, 0, "ns2.example.net", list);
}

static const struct rule_case limits[] = {
	{ "out of questions", out_of_questions, "dns.limit=info example.org",
	    "more than 64 DNS questions" },
	{ "17 name servers", too_many_ns, "dns.limit=info example.org",
	    "17 name servers: the first 16 were looked at" },
	{ "16 name servers", as_many_ns_as_may_be, "", NULL },
	{ "9 addresses of a name server", too_many_addresses,
	    "dns.limit=info ns2.example.net", "more than 8 addresses" },
};

static void
test_limits(void **state)
{
	(void)state;
	TRY(limits);
}

/* Whatever happens together, it is said once. */
static void
test_together(void **state)
{
	(void)state;
	TRY_PAIRS(resolving, servers);
	TRY_PAIRS(servers, networks);
	TRY_PAIRS(servers, zone);
	TRY_PAIRS(networks, limits);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolving),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_zone),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
