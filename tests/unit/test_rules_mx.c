#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tests/unit/rule_case.h"

#define NS "ns1.example.org, ns2.example.net"

/* These MX records, said by everybody. */
static void
publish(struct facts *f, const char *mx)
{
	facts_with_mx(f, EVERY, mx);
	facts_server_up(f, "192.0.2.53", NS, mx);
	facts_server_up(f, "198.51.100.53", NS, mx);
}

/* One more host, up. */
static void
host_up(struct facts *f, const char *host, const char *ip)
{
	facts_address(f, 0, host, ip);
	facts_smtp_up(f, ip, host);
}

static void
host_down(struct facts *f, const char *host, const char *ip)
{
	facts_address(f, 0, host, ip);
	facts_smtp_fails(f, ip, host, SMTP_CONNECT, SMTP_TIMEOUT, 0);
}

/* ------------------------------------------------- where records point */

static void
no_mx(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "");
	host_up(f, "example.org", "192.0.2.80");
}

static void
no_mx_no_address(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "");
	facts_no_address(f, EVERY, "example.org", DNS_NODATA);
}

static void
no_mx_lookup_fails(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "");
	facts_no_address(f, EVERY, "example.org", DNS_SERVFAIL);
}

static void
null_mx(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "0 .");
}

static void
null_mx_of_preference(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "10 .");
}

static void
null_and_another(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "0 ., 10 mx1.example.org, 20 mx2.example.org");
}

static void
literal_beside(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "10 mx1.example.org, 20 mx2.example.org, 30 192.0.2.99");
}

static void
literal_alone(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "10 192.0.2.99");
}

static void
digits_in_a_name(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "10 mx1.example.org, 20 192.0.2.99.example.org");
	host_up(f, "192.0.2.99.example.org", "198.51.100.99");
}

static void
alias(struct facts *f, struct policy *p)
{
	(void)p;
	facts_alias(
	    f, 0, "mx2.example.org", "mail.example.net", "198.51.100.25");
}

static void
mx2_no_address(struct facts *f, struct policy *p)
{
	(void)p;
	facts_no_address(f, 0, "mx2.example.org", DNS_NXDOMAIN);
}

static void
mx2_lookup_fails(struct facts *f, struct policy *p)
{
	(void)p;
	facts_no_address(f, EVERY, "mx2.example.org", DNS_SERVFAIL);
}

static void
mx2_lookup_unknown(struct facts *f, struct policy *p)
{
	(void)p;
	facts_no_address(f, 0, "mx2.example.org", DNS_UNCHECKED);
	f->timed_out = true;
}

static void
dns_only(struct facts *f, struct policy *p)
{
	(void)p;
	while (f->nsmtp > 0)
		obs_smtp_unref(f->smtp[--f->nsmtp]);
	f->depth = DEPTH_DNS;
}

static void
mx2_lookup_unknown_dns_only(struct facts *f, struct policy *p)
{
	mx2_lookup_unknown(f, p);
	dns_only(f, p);
}

static void
mx2_private(struct facts *f, struct policy *p)
{
	(void)p;
	facts_address(f, 0, "mx2.example.org", "10.1.2.3");
	facts_smtp_fails(
	    f, "10.1.2.3", "mx2.example.org", SMTP_CONNECT, SMTP_FORBIDDEN, 0);
}

static void
mx2_private_beside(struct facts *f, struct policy *p)
{
	(void)p;
	facts_address(f, 0, "mx2.example.org", "198.51.100.25 10.1.2.3");
}

static void
mx2_private_allowed(struct facts *f, struct policy *p)
{
	struct ip_net net;

	host_up(f, "mx2.example.org", "10.1.2.3");
	assert_int_equal(ip_net_parse("10.0.0.0/8", &net), 0);
	assert_int_equal(policy_allow(p, &net), 0);
}

static void
localhost_beside(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "10 mx1.example.org, 20 mx2.example.org, 30 localhost");
}

static const struct rule_case records[] = {
	{ "no MX records, an address", no_mx, "mx.missing=warning example.org",
	    "address of example.org" },
	{ "neither MX records nor address", no_mx_no_address,
	    "mx.none=critical example.org", "bounces" },
	{ "no MX records, the address look-up fails", no_mx_lookup_fails,
	    "mx.missing=warning example.org; "
	    "mx.host-unresolvable=warning example.org; "
	    "mx.all-down=critical example.org",
	    "its address cannot be looked up (SERVFAIL)" },
	{ "null MX", null_mx, "mx.null=info example.org", "takes no mail" },
	{ "null MX of another preference", null_mx_of_preference,
	    "mx.null=info example.org", NULL },
	{ "null MX beside others", null_and_another,
	    "mx.null-mixed=warning example.org", NULL },
	{ "an address beside hosts", literal_beside,
	    "mx.ip-literal=warning 192.0.2.99", "preference 30" },
	{ "an address alone", literal_alone,
	    "mx.ip-literal=warning 192.0.2.99; "
	    "mx.all-down=critical example.org; mx.single=info 192.0.2.99",
	    "no mail server can be used: mail bounces" },
	{ "a name that begins like an address", digits_in_a_name, "", NULL },
	{ "an alias", alias, "mx.cname=warning mx2.example.org",
	    "alias of mail.example.net" },
	{ "a host without address", mx2_no_address,
	    "mx.host-unresolvable=warning mx2.example.org",
	    "mx2.example.org has no address" },
	{ "a host whose look-up fails", mx2_lookup_fails,
	    "mx.host-unresolvable=warning mx2.example.org",
	    "cannot be looked up (SERVFAIL)" },
	{ "a host not looked up in time", mx2_lookup_unknown,
	    "mx.host-down=unknown mx2.example.org", "time ran out" },
	{ "the same where only the DNS is looked at",
	    mx2_lookup_unknown_dns_only,
	    "mx.host-unresolvable=unknown mx2.example.org", "time ran out" },
	{ "a private address", mx2_private,
	    "mx.bad-address=warning mx2.example.org",
	    "10.1.2.3 is private-use" },
	{ "a private address beside a good one", mx2_private_beside,
	    "mx.bad-address=warning mx2.example.org", NULL },
	{ "a private address that is allowed", mx2_private_allowed, "", NULL },
	{ "localhost", localhost_beside, "mx.bad-address=warning localhost",
	    NULL },
};

static void
test_records(void **state)
{
	(void)state;
	TRY(records);
}

/* ----------------------------------------------------------------- the set */

static void
same_host_twice(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f,
	    "10 mx1.example.org, 20 mx2.example.org, "
	    "30 mx1.example.org");
}

static void
same_address(struct facts *f, struct policy *p)
{
	(void)p;
	facts_address(f, 0, "mx2.example.org", "198.51.100.25 192.0.2.25");
	facts_smtp_up(f, "192.0.2.25", "mx2.example.org");
}

static void
one_host(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "10 mx1.example.org");
}

static void
one_host_twice(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "10 mx1.example.org, 20 mx1.example.org");
}

static void
one_network(struct facts *f, struct policy *p)
{
	(void)p;
	host_up(f, "mx2.example.org", "192.0.2.26");
}

static void
one_network_by_ipv6(struct facts *f, struct policy *p)
{
	(void)p;
	host_up(f, "mx1.example.org", "2001:db8:1::25");
	host_up(f, "mx2.example.org", "2001:db8:1::26");
}

static void
one_network_but_ipv6_apart(struct facts *f, struct policy *p)
{
	(void)p;
	host_up(f, "mx2.example.org", "2001:db8:2::25");
}

static void
short_ttl(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "10 mx1.example.org/300, 20 mx2.example.org/300");
}

static void
short_ttl_wanted(struct facts *f, struct policy *p)
{
	short_ttl(f, p);
	p->mx_ttl_min = 300;
}

/* What a cache says has counted down: that is no short TTL. */
static void
short_ttl_in_caches(struct facts *f, struct policy *p)
{
	(void)p;
	facts_with_mx(f, EVERY, "10 mx1.example.org/17, 20 mx2.example.org/17");
}

/* Nor is it when the servers themselves were not asked. */
static void
short_ttl_in_caches_only(struct facts *f, struct policy *p)
{
	short_ttl_in_caches(f, p);
	facts_direct_fails(
	    f, "192.0.2.53", "example.org", DNS_MX, DNS_UNCHECKED);
	facts_direct_fails(
	    f, "198.51.100.53", "example.org", DNS_MX, DNS_UNCHECKED);
}

static void
zero_ttl(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f, "10 mx1.example.org/0, 20 mx2.example.org/0");
}

static void
many_mx(struct facts *f, unsigned n)
{
	char list[2048] = "10 mx1.example.org, 20 mx2.example.org";
	char host[64], ip[32];

	for (unsigned i = 2; i < n; i++) {
		snprintf(
		    host, sizeof(host), ", %u mx%u.example.org", 10 + i, i + 1);
		strcat(list, host);
		snprintf(ip, sizeof(ip), "203.0.113.%u", 100 + i);
		host_up(f, strchr(host, 'm'), ip);
	}
	publish(f, list);
}

static void
too_many_mx(struct facts *f, struct policy *p)
{
	(void)p;
	many_mx(f, 21);
}

static void
as_many_mx_as_may_be(struct facts *f, struct policy *p)
{
	(void)p;
	many_mx(f, 20);
}

static void
too_many_addresses(struct facts *f, struct policy *p)
{
	char list[512] = "", ip[32];

	(void)p;
	for (unsigned i = 0; i < 9; i++) {
		snprintf(ip, sizeof(ip), "203.0.113.%u", 100 + i);
		strcat(strcat(list, " "), ip);
		facts_smtp_up(f, ip, "mx2.example.org");
	}
	facts_address(f, 0, "mx2.example.org", list);
}

static void
host_alias_loop(struct facts *f, struct policy *p)
{
	(void)p;
	facts_no_address(f, EVERY, "mx2.example.org", DNS_NODATA);
	facts_fails(f, 0, "mx2.example.org", DNS_A, DNS_NODATA)->loop = true;
}

static const struct rule_case set[] = {
	{ "the same host at two preferences", same_host_twice,
	    "mx.duplicate=info mx1.example.org",
	    "at preference 10 and again at 30" },
	{ "the same address behind two hosts", same_address,
	    "mx.duplicate=info 192.0.2.25",
	    "mx1.example.org and mx2.example.org are the same address" },
	{ "one host with two addresses", one_host,
	    "mx.single=info mx1.example.org", NULL },
	{ "one host at two preferences", one_host_twice,
	    "mx.duplicate=info mx1.example.org; "
	    "mx.single=info mx1.example.org",
	    NULL },
	{ "one network", one_network, "mx.single-network=info example.org",
	    "192.0.2.0/24" },
	{ "one network, IPv6 only", one_network_by_ipv6,
	    "mx.single-network=info example.org", "2001:db8:1::/48" },
	{ "one IPv4 network, another host elsewhere by IPv6",
	    one_network_but_ipv6_apart, "", NULL },
	{ "a short TTL", short_ttl, "mx.ttl-short=info example.org",
	    "5 minutes only; at least 1 day is advised" },
	{ "a short TTL, short enough", short_ttl_wanted, "", NULL },
	{ "a short TTL in caches only", short_ttl_in_caches, "", NULL },
	{ "a short TTL in caches, the servers were not asked",
	    short_ttl_in_caches_only, "", NULL },
	{ "a TTL of 0", zero_ttl, "mx.ttl-short=info example.org",
	    "0 seconds" },
	{ "21 hosts", too_many_mx, "mx.limit=info example.org",
	    "21 MX records: the first 20" },
	{ "20 hosts", as_many_mx_as_may_be, "", NULL },
	{ "9 addresses", too_many_addresses, "mx.limit=info mx2.example.org",
	    "more than 8 addresses" },
};

static void
test_set(void **state)
{
	(void)state;
	TRY(set);
}

static void
test_alias_loop(void **state)
{
	struct facts *f = facts_healthy();
	struct policy p;

	(void)state;
	facts_policy(&p);
	host_alias_loop(f, &p);
	try_facts("aliases of an MX host that loop", f, &p,
	    "mx.host-unresolvable=warning mx2.example.org; "
	    "mx.limit=info mx2.example.org",
	    "lead in a circle");
	policy_free(&p);
	facts_free(f);
}

/* ------------------------------------------------------------ who takes mail
 */

/* All three addresses of the healthy domain end so. */
static void
all_end(struct facts *f, enum smtp_phase phase, enum smtp_error error, int code)
{
	facts_smtp_fails(
	    f, "192.0.2.25", "mx1.example.org", phase, error, code);
	facts_smtp_fails(
	    f, "2001:db8:1::25", "mx1.example.org", phase, error, code);
	facts_smtp_fails(
	    f, "198.51.100.25", "mx2.example.org", phase, error, code);
}

static void
mx1_ends(
    struct facts *f, enum smtp_phase phase, enum smtp_error error, int code)
{
	facts_smtp_fails(
	    f, "192.0.2.25", "mx1.example.org", phase, error, code);
	facts_smtp_fails(
	    f, "2001:db8:1::25", "mx1.example.org", phase, error, code);
}

static void
mx2_ends(
    struct facts *f, enum smtp_phase phase, enum smtp_error error, int code)
{
	facts_smtp_fails(
	    f, "198.51.100.25", "mx2.example.org", phase, error, code);
}

static void
all_time_out(struct facts *f, struct policy *p)
{
	(void)p;
	all_end(f, SMTP_CONNECT, SMTP_TIMEOUT, 0);
}

static void
all_but_one_refused(struct facts *f, struct policy *p)
{
	(void)p;
	mx1_ends(f, SMTP_CONNECT, SMTP_CONN_REFUSED, 0);
}

static void
all_local(struct facts *f, struct policy *p)
{
	(void)p;
	all_end(f, SMTP_CONNECT, SMTP_LOCAL, 0);
}

static void
down_and_local(struct facts *f, struct policy *p)
{
	(void)p;
	mx1_ends(f, SMTP_CONNECT, SMTP_TIMEOUT, 0);
	mx2_ends(f, SMTP_CONNECT, SMTP_LOCAL, 0);
}

static void
all_hurried(struct facts *f, struct policy *p)
{
	(void)p;
	all_end(f, SMTP_CONNECT, SMTP_TIMEOUT, 0);
	for (size_t i = 0; i < f->nsmtp; i++)
		f->smtp[i]->hurried = true;
	f->timed_out = true;
}

static void
dns_only_no_addresses(struct facts *f, struct policy *p)
{
	dns_only(f, p);
	facts_no_address(f, EVERY, "mx1.example.org", DNS_NXDOMAIN);
	facts_no_address(f, EVERY, "mx2.example.org", DNS_NODATA);
}

static void
all_rejecting(struct facts *f, struct policy *p)
{
	(void)p;
	all_end(f, SMTP_GREETING, SMTP_REJECTED, 554);
}

static void
unusable_and_down(struct facts *f, struct policy *p)
{
	mx2_no_address(f, p);
	mx1_ends(f, SMTP_GREETING, SMTP_PROTOCOL, 0);
}

static void
all_private(struct facts *f, struct policy *p)
{
	mx2_private(f, p);
	facts_no_address(f, 0, "mx1.example.org", DNS_NXDOMAIN);
}

static void
all_deferring(struct facts *f, struct policy *p)
{
	(void)p;
	all_end(f, SMTP_GREETING, SMTP_DEFERRED, 421);
}

static void
deferring_and_down(struct facts *f, struct policy *p)
{
	(void)p;
	mx1_ends(f, SMTP_CONNECT, SMTP_TIMEOUT, 0);
	mx2_ends(f, SMTP_GREETING, SMTP_DEFERRED, 421);
}

static void
deferring_and_local(struct facts *f, struct policy *p)
{
	(void)p;
	mx1_ends(f, SMTP_CONNECT, SMTP_LOCAL, 0);
	mx2_ends(f, SMTP_GREETING, SMTP_DEFERRED, 421);
}

static void
own_address(struct facts *f, struct policy *p)
{
	(void)p;
	all_end(f, SMTP_CONNECT, SMTP_FORBIDDEN, 0);
}

static const struct rule_case all[] = {
	{ "all time out", all_time_out, "mx.all-down=critical example.org",
	    "no mail server takes mail (mx1.example.org: timeout at connect; "
	    "mx2.example.org: timeout at connect)" },
	{ "all but one refuse the connection", all_but_one_refused,
	    "mx.primary-down=warning mx1.example.org",
	    "every mail server at preference 10 is down; mail goes to "
	    "preference 20 (mx1.example.org: connection refused)" },
	{ "nothing can be tried from here", all_local,
	    "mx.all-down=unknown example.org", "cannot be told from here" },
	{ "one down, the other cannot be tried", down_and_local,
	    "mx.all-down=unknown example.org", "timeout at connect" },
	{ "time ran out", all_hurried, "mx.all-down=unknown example.org",
	    "time ran out at connect" },
	{ "only the DNS was wanted", dns_only, "", NULL },
	{ "only the DNS was wanted, and it tells", dns_only_no_addresses,
	    "mx.host-unresolvable=warning mx1.example.org; "
	    "mx.host-unresolvable=warning mx2.example.org; "
	    "mx.all-down=critical example.org",
	    "mail bounces (mx1.example.org: has no address; " },
	{ "all refuse", all_rejecting,
	    "mx.all-down=critical example.org; "
	    "mx.rejecting=warning mx1.example.org; "
	    "mx.rejecting=warning mx2.example.org",
	    "mx1.example.org: answers 554 \"what it said\"" },
	{ "one without address, one speaks no SMTP", unusable_and_down,
	    "mx.host-unresolvable=warning mx2.example.org; "
	    "mx.all-down=critical example.org",
	    "speaks no SMTP at greeting" },
	{ "all unusable", all_private,
	    "mx.host-unresolvable=warning mx1.example.org; "
	    "mx.bad-address=warning mx2.example.org; "
	    "mx.all-down=critical example.org",
	    "mx2.example.org: not reachable from the Internet: private-use" },
	{ "all say later", all_deferring,
	    "mx.all-deferring=warning example.org",
	    "answers 421 \"what it said\"" },
	{ "one says later, the other is down", deferring_and_down,
	    "mx.all-deferring=warning example.org", "timeout at connect" },
	{ "one says later, the other cannot be tried", deferring_and_local,
	    "mx.all-deferring=unknown example.org", "that could be tried" },
	{ "they are all this machine", own_address,
	    "mx.all-down=unknown example.org", "this machine's own address" },
};

static void
test_all(void **state)
{
	(void)state;
	TRY(all);
}

/* ------------------------------------------------------------ some of them */

/* 10 mx1, 10 mx3, 20 mx2 */
static void
two_first(struct facts *f)
{
	publish(f,
	    "10 mx1.example.org, 10 mx3.example.org, "
	    "20 mx2.example.org");
	host_up(f, "mx3.example.org", "203.0.113.25");
}

static void
two_first_up(struct facts *f, struct policy *p)
{
	(void)p;
	two_first(f);
}

static void
one_of_two_down(struct facts *f, struct policy *p)
{
	(void)p;
	two_first(f);
	host_down(f, "mx3.example.org", "203.0.113.25");
}

static void
both_first_down(struct facts *f, struct policy *p)
{
	one_of_two_down(f, p);
	mx1_ends(f, SMTP_CONNECT, SMTP_TIMEOUT, 0);
}

static void
one_of_two_deferring(struct facts *f, struct policy *p)
{
	(void)p;
	two_first(f);
	facts_smtp_fails(f, "203.0.113.25", "mx3.example.org", SMTP_GREETING,
	    SMTP_DEFERRED, 450);
}

static void
one_of_two_without_address(struct facts *f, struct policy *p)
{
	(void)p;
	two_first(f);
	facts_no_address(f, 0, "mx3.example.org", DNS_NODATA);
}

static void
first_down_and_unknown(struct facts *f, struct policy *p)
{
	(void)p;
	two_first(f);
	mx1_ends(f, SMTP_CONNECT, SMTP_TIMEOUT, 0);
	facts_smtp_fails(
	    f, "203.0.113.25", "mx3.example.org", SMTP_CONNECT, SMTP_LOCAL, 0);
}

static void
backup_down(struct facts *f, struct policy *p)
{
	(void)p;
	mx2_ends(f, SMTP_CONNECT, SMTP_TIMEOUT, 0);
}

static void
backup_unknown(struct facts *f, struct policy *p)
{
	(void)p;
	mx2_ends(f, SMTP_CONNECT, SMTP_LOCAL, 0);
}

/* Only IPv6, and only IPv4 was wanted: by request, so nothing is said. */
static void
backup_unwanted(struct facts *f, struct policy *p)
{
	(void)p;
	f->family = 4;
	facts_address(f, 0, "mx2.example.org", "2001:db8:2::25");
}

static void
primary_deferring(struct facts *f, struct policy *p)
{
	(void)p;
	mx1_ends(f, SMTP_GREETING, SMTP_DEFERRED, 421);
}

static void
primary_unusable(struct facts *f, struct policy *p)
{
	(void)p;
	facts_no_address(f, 0, "mx1.example.org", DNS_NXDOMAIN);
}

static void
middle_down(struct facts *f, struct policy *p)
{
	(void)p;
	publish(f,
	    "10 mx1.example.org, 20 mx2.example.org, "
	    "30 mx3.example.org");
	host_up(f, "mx3.example.org", "203.0.113.25");
	mx1_ends(f, SMTP_CONNECT, SMTP_TIMEOUT, 0);
	mx2_ends(f, SMTP_GREETING, SMTP_CLOSED, 0);
}

static void
ipv6_down(struct facts *f, struct policy *p)
{
	(void)p;
	facts_smtp_fails(f, "2001:db8:1::25", "mx1.example.org", SMTP_CONNECT,
	    SMTP_TIMEOUT, 0);
}

static void
ipv6_not_here(struct facts *f, struct policy *p)
{
	(void)p;
	facts_smtp_fails(f, "2001:db8:1::25", "mx1.example.org", SMTP_CONNECT,
	    SMTP_LOCAL, 0);
}

static void
ipv6_deferring(struct facts *f, struct policy *p)
{
	(void)p;
	facts_smtp_fails(f, "2001:db8:1::25", "mx1.example.org", SMTP_GREETING,
	    SMTP_DEFERRED, 421);
}

static const struct rule_case part[] = {
	{ "two hosts share the load", two_first_up, "", NULL },
	{ "one of the two is down", one_of_two_down,
	    "mx.host-down=warning mx3.example.org; "
	    "mx.load-uneven=warning mx3.example.org",
	    "of the 2 mail servers at preference 10 only 1 takes mail (not "
	    "mx3.example.org)" },
	{ "both are down", both_first_down,
	    "mx.primary-down=warning mx1.example.org",
	    "mx1.example.org: timeout at connect; mx3.example.org: timeout" },
	{ "one of the two says later", one_of_two_deferring,
	    "mx.load-uneven=warning mx3.example.org; "
	    "mx.deferring=info mx3.example.org",
	    "mx3.example.org puts us off: 450 \"what it said\"" },
	{ "one of the two has no address", one_of_two_without_address,
	    "mx.host-unresolvable=warning mx3.example.org; "
	    "mx.load-uneven=warning mx3.example.org",
	    NULL },
	{ "one of the two is down, the other not known", first_down_and_unknown,
	    "mx.host-down=warning mx1.example.org; "
	    "mx.host-down=unknown mx3.example.org",
	    "cannot be tried from here" },
	{ "the backup is down", backup_down,
	    "mx.host-down=warning mx2.example.org",
	    "mx2.example.org (preference 20) is down: timeout at connect" },
	{ "the backup is not known", backup_unknown,
	    "mx.host-down=unknown mx2.example.org", "is not known" },
	{ "the backup was not wanted", backup_unwanted, "", NULL },
	{ "the first says later", primary_deferring,
	    "mx.primary-down=warning mx1.example.org; "
	    "mx.deferring=info mx1.example.org",
	    "no mail server at preference 10 takes mail now; mail goes" },
	{ "the first has no address", primary_unusable,
	    "mx.host-unresolvable=warning mx1.example.org; "
	    "mx.primary-down=warning mx1.example.org",
	    "(mx1.example.org: has no address)" },
	{ "the first and the second are down, the third is up", middle_down,
	    "mx.primary-down=warning mx1.example.org; "
	    "mx.host-down=warning mx2.example.org",
	    "connection closed at greeting" },
	{ "one address is down", ipv6_down,
	    "mx.address-down=warning mx1.example.org",
	    "at some of its addresses only (2001:db8:1::25: timeout" },
	{ "one address cannot be tried from here", ipv6_not_here, "", NULL },
	{ "one address says later", ipv6_deferring,
	    "mx.deferring=info mx1.example.org", "off (2001:db8:1::25): 421" },
};

static void
test_part(void **state)
{
	(void)state;
	TRY(part);
}

/* ---------------------------------------------------------- what they say */

static void
backup_never(struct facts *f, struct policy *p)
{
	(void)p;
	mx2_ends(f, SMTP_GREETING, SMTP_REJECTED, 521);
}

static void
backup_rejects_ehlo(struct facts *f, struct policy *p)
{
	(void)p;
	mx2_ends(f, SMTP_EHLO, SMTP_REJECTED, 550);
}

static void
slow(struct facts *f, struct policy *p)
{
	(void)p;
	facts_smtp_up(f, "198.51.100.25", "mx2.example.org")->greeting_ms =
	    10001;
}

static void
slow_enough(struct facts *f, struct policy *p)
{
	(void)p;
	facts_smtp_up(f, "198.51.100.25", "mx2.example.org")->greeting_ms =
	    10000;
}

static void
slow_by_policy(struct facts *f, struct policy *p)
{
	slow_enough(f, p);
	p->slow_ms = 9000;
}

/* The postmaster at mx2 is answered with this. */
static void
postmaster(struct facts *f, int code)
{
	struct obs_smtp *o =
	    facts_smtp_up(f, "198.51.100.25", "mx2.example.org");

	f->depth = DEPTH_RCPT;
	o->rcpt = strdup("example.org");
	o->rcpt_code = code;
	o->rcpt_text = strdup("5.7.1 relaying denied");
	assert_non_null(o->rcpt);
	assert_non_null(o->rcpt_text);
}

static void
postmaster_refused(struct facts *f, struct policy *p)
{
	(void)p;
	postmaster(f, 550);
}

static void
postmaster_taken(struct facts *f, struct policy *p)
{
	(void)p;
	postmaster(f, 250);
}

static void
postmaster_greylisted(struct facts *f, struct policy *p)
{
	(void)p;
	postmaster(f, 451);
}

static void
time_warned(struct facts *f, struct policy *p)
{
	(void)f;
	assert_int_equal(range_parse("0.001", &p->warn), 0);
}

static void
time_critical(struct facts *f, struct policy *p)
{
	time_warned(f, p);
	assert_int_equal(range_parse("@0:60", &p->crit), 0);
}

static void
time_in_range(struct facts *f, struct policy *p)
{
	(void)f;
	assert_int_equal(range_parse("10", &p->warn), 0);
	assert_int_equal(range_parse("20", &p->crit), 0);
}

static void
time_of_no_delivery(struct facts *f, struct policy *p)
{
	time_critical(f, p);
	all_time_out(f, p);
}

static const struct rule_case replies[] = {
	{ "the backup never takes mail", backup_never,
	    "mx.host-down=warning mx2.example.org; "
	    "mx.rejecting=warning mx2.example.org",
	    "mx2.example.org says that it never takes mail, at greeting: 521 "
	    "\"what it said\"" },
	{ "the backup refuses EHLO", backup_rejects_ehlo,
	    "mx.host-down=warning mx2.example.org; "
	    "mx.rejecting=warning mx2.example.org",
	    "mx2.example.org refuses us, at ehlo: 550" },
	{ "a slow greeting", slow, "mx.slow=warning mx2.example.org",
	    "takes 10.0 s to greet" },
	{ "a greeting just in time", slow_enough, "", NULL },
	{ "too slow by the policy", slow_by_policy,
	    "mx.slow=warning mx2.example.org", NULL },
	{ "postmaster is refused", postmaster_refused,
	    "smtp.postmaster-rejected=warning mx2.example.org",
	    "refuses mail for postmaster@example.org: 550 \"5.7.1 "
	    "relaying denied\"" },
	{ "postmaster is taken", postmaster_taken, "", NULL },
	{ "postmaster is greylisted", postmaster_greylisted,
	    "mx.deferring=info mx2.example.org", "451 \"5.7.1" },
	{ "delivery takes long", time_warned,
	    "smtp.delivery-time=warning example.org", "warning" },
	{ "delivery takes very long", time_critical,
	    "smtp.delivery-time=critical example.org", "critical" },
	{ "delivery is in time", time_in_range, "", NULL },
	{ "no delivery, no time", time_of_no_delivery,
	    "mx.all-down=critical example.org", NULL },
};

static void
test_replies(void **state)
{
	(void)state;
	TRY(replies);
}

/* Whatever happens together, it is said once. */
static void
test_together(void **state)
{
	(void)state;
	TRY_PAIRS(records, all);
	TRY_PAIRS(records, part);
	TRY_PAIRS(records, replies);
	TRY_PAIRS(set, part);
	TRY_PAIRS(part, replies);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_alias_loop),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
