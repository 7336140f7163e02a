/*
 * Do the name servers of the zone answer, each asked directly?  When none
 * does, dns.all-ns-down alone says so, with what each of them did.
 */

#include <stdbool.h>
#include <string.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/state.h"
#include "agent/rules/words.h"

/* What the server at this address did. */
static const char *
server_words(const struct view_ns_address *address)
{
	static const char *const words[] = {
		[NS_AUTHORITATIVE] = "answers with authority",
		[NS_LAME] = "answers without authority",
		[NS_REFUSED] = "REFUSED",
		[NS_TIMEOUT] = "timeout",
		[NS_UNREACHABLE] = "unreachable",
		[NS_UNCHECKED] = "not asked",
	};

	if (address->state == NS_LAME && address->soa != NULL &&
	    address->soa->status == DNS_SERVFAIL)
		return words_dns(DNS_SERVFAIL);
	return words[address->state];
}

typedef bool ns_fault_fn(const struct view_ns_address *);

static size_t
count_faults(const struct view_ns *ns, ns_fault_fn *fault)
{
	size_t n = 0;

	for (size_t i = 0; i < ns->naddress; i++)
		n += fault(&ns->address[i]);
	return n;
}

/* "192.0.2.53: timeout, 2001:db8::53: REFUSED": the addresses at fault. */
static void
list_faults(struct buf *b, const struct view_ns *ns, ns_fault_fn *fault)
{
	char text[IP_TEXT];
	const char *comma = "";

	for (size_t i = 0; i < ns->naddress; i++) {
		if (!fault(&ns->address[i]))
			continue;
		buf_printf(b, "%s%s: %s", comma,
		    ip_format(&ns->address[i].ip, text),
		    server_words(&ns->address[i]));
		comma = ", ";
	}
}

static void
fault_evidence(struct finding *f, const struct view_ns *ns, ns_fault_fn *fault)
{
	char text[IP_TEXT];

	for (size_t i = 0; i < ns->naddress; i++) {
		struct buf item;

		if (!fault(&ns->address[i]))
			continue;
		buf_init(&item, 0);
		buf_printf(&item, "%s: %s", ip_format(&ns->address[i].ip, text),
		    ns_state_name(ns->address[i].state));
		words_item(f, "addresses", &item);
	}
}

/* ----------------------------------------------------------- all of them */

static bool
without_authority(const struct view_ns_address *address)
{
	return address->state != NS_AUTHORITATIVE;
}

/* Did any name server, the parent's included, answer us directly? */
static bool
port_53_works(const struct facts *facts)
{
	for (size_t i = 0; i < facts->ndns; i++) {
		if (facts->dns[i]->direct && facts->dns[i]->rcode >= 0)
			return true;
	}
	return false;
}

/* Each server with what it did. */
static void
list_servers(struct buf *b, const struct view *v)
{
	for (size_t i = 0; i < v->nns; i++) {
		const struct view_ns *ns = &v->ns[i];

		buf_printf(b, "%s%s ", i > 0 ? "; " : "", ns->host);
		if (ns->naddress == 0)
			words_lookup(b, v, ns->lookup, ns->lookup_status);
		else
			list_faults(b, ns, without_authority);
	}
}

static void
server_evidence(struct finding *f, const struct view *v)
{
	for (size_t i = 0; i < v->nns; i++) {
		const struct view_ns *ns = &v->ns[i];
		struct buf item;

		buf_init(&item, 0);
		buf_printf(&item, "%s ", ns->host);
		if (ns->naddress == 0)
			words_lookup(&item, v, ns->lookup, ns->lookup_status);
		else
			list_faults(&item, ns, without_authority);
		words_item(f, "servers", &item);
	}
}

/*
 * The vantages may still resolve the domain, from their caches: that does not
 * last.  But when they do and no name server of anybody ever answered us, it
 * is as likely that we may not ask them.
 */
static void
look_all_ns_down(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	enum tri down = state_all_ns_down(v);
	bool deaf =
	    v->belief != BELIEF_UNRESOLVABLE && !port_53_works(v->facts);
	struct buf b;

	(void)d;
	if (down == TRI_NO)
		return;
	buf_init(&b, 0);
	buf_printf(&b, "no name server of %s ", v->zone);
	if (deaf)
		buf_puts(&b,
		    "answers us, nor does any other; it may be that "
		    "port 53 is blocked from here (");
	else if (down == TRI_UNKNOWN)
		buf_puts(&b, "that could be asked answers with authority (");
	else
		buf_puts(&b, "answers with authority (");
	list_servers(&b, v);
	buf_putc(&b, ')');
	server_evidence(
	    words_add(out, rule,
	        deaf || down == TRI_UNKNOWN ? SEVERITY_UNKNOWN : rule->severity,
	        v->zone, &b),
	    v);
}

const struct rule rule_dns_all_ns_down = {
	.id = "dns.all-ns-down",
	.severity = SEVERITY_CRITICAL,
	.line = "no name server answers with authority",
	.explanation =
	    "Not one of the domain's name servers gives an answer "
	    "that counts: each is silent, cannot be reached, or does not "
	    "know the zone. Resolvers that still have the records in their "
	    "caches go on for as long as the TTL lasts; for all others the "
	    "domain cannot be resolved, and mail waits at its senders, to "
	    "bounce after some days.",
	.remedy =
	    "See whether the servers run and have the zone loaded "
	    "(\"dig +norecurse @SERVER DOMAIN SOA\" must show the aa flag), "
	    "whether port 53 is open to the world for UDP and TCP, and "
	    "whether the zone has expired on the secondaries because they "
	    "no longer reach the primary. Then bring one of them back; each "
	    "one helps.",
	.rfc = "RFC 5321 section 5.1",
	.look = look_all_ns_down,
};

/* ------------------------------------------------------------ one of them */

/* RFC 2181 10.3: the name in an NS record must have address records. */
static void
look_unresolvable(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	for (size_t i = 0; state_has_ns(v) && i < v->nns; i++) {
		const struct view_ns *ns = &v->ns[i];
		struct buf b;

		if (ns->naddress > 0 || ns->lookup == HOST_FOUND)
			continue;
		buf_init(&b, 0);
		buf_printf(&b, "name server %s%s ", ns->host,
		    ns->lookup == HOST_NONE ? "" : ":");
		words_lookup(&b, v, ns->lookup, ns->lookup_status);
		finding_text(words_add(out, rule,
		                 ns->lookup == HOST_UNKNOWN ? SEVERITY_UNKNOWN :
		                                              rule->severity,
		                 ns->host, &b),
		    "status", dns_status_name(ns->lookup_status));
	}
}

const struct rule rule_dns_ns_unresolvable = {
	.id = "dns.ns-unresolvable",
	.severity = SEVERITY_WARNING,
	.line = "a name server's name has no address",
	.explanation =
	    "An NS record names a server whose address cannot be "
	    "found. Resolvers cannot ask it: they lose time, and the domain "
	    "hangs on the servers that remain. If the domain of that name is "
	    "free to be registered, whoever takes it can answer for yours.",
	.remedy =
	    "Give the name an A (and AAAA) record, with glue at the "
	    "parent when it lies inside the zone itself; or take it out of "
	    "the NS records, in the zone and at the registrar.",
	.rfc = "RFC 2181 section 10.3",
	.look = look_unresolvable,
};

/* Nobody on the Internet can reach any of its addresses. */
static bool
out_of_reach(const struct view_ns *ns)
{
	for (size_t i = 0; i < ns->naddress; i++) {
		if (ns->address[i].special == NULL)
			return false;
	}
	return ns->naddress > 0;
}

static void
add_out_of_reach(
    const struct rule *rule, const struct view_ns *ns, struct findings *out)
{
	char text[IP_TEXT];

	ip_format(&ns->address[0].ip, text);
	finding_item(
	    findings_add(out, rule, rule->severity, ns->host,
	        "name server %s cannot be reached from the Internet: %s is a "
	        "%s address",
	        ns->host, text, ns->address[0].special),
	    "addresses", text);
}

static void
look_down(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	if (!state_has_ns(v) || state_all_ns_down(v) != TRI_NO)
		return;
	for (size_t i = 0; i < v->nns; i++) {
		const struct view_ns *ns = &v->ns[i];
		size_t silent = count_faults(ns, state_ns_silent);
		struct buf b;

		if (out_of_reach(ns))
			add_out_of_reach(rule, ns, out);
		if (silent == 0)
			continue;
		buf_init(&b, 0);
		buf_printf(&b, "name server %s %s (", ns->host,
		    silent < ns->naddress ?
		        "does not answer at some of its addresses" :
		        "does not answer");
		list_faults(&b, ns, state_ns_silent);
		buf_putc(&b, ')');
		fault_evidence(
		    words_add(out, rule, rule->severity, ns->host, &b), ns,
		    state_ns_silent);
	}
}

const struct rule rule_dns_ns_down = {
	.id = "dns.ns-down",
	.severity = SEVERITY_WARNING,
	.line = "a name server does not answer",
	.explanation =
	    "A name server that the domain lists gives no answer, "
	    "at one or all of its addresses. Resolvers wait for it and then "
	    "ask another, so mail still flows, slower now and then. What it "
	    "was there for, to answer when the others fail, it no longer "
	    "does.",
	.remedy =
	    "Start it again, or open port 53 to it for UDP and TCP from "
	    "everywhere. An address that is not meant to answer must go out "
	    "of the DNS; a server that is gone must go out of the NS records, "
	    "in the zone and at the parent.",
	.rfc = "RFC 1034 section 4.1",
	.look = look_down,
};

/* RFC 1912 2.8: a server that is listed must know the zone. */
static void
look_lame(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	if (!state_has_ns(v) || state_all_ns_down(v) != TRI_NO)
		return;
	for (size_t i = 0; i < v->nns; i++) {
		const struct view_ns *ns = &v->ns[i];
		struct buf b;

		if (count_faults(ns, state_ns_lame) == 0)
			continue;
		buf_init(&b, 0);
		buf_printf(&b, "name server %s has no authority for %s (",
		    ns->host, v->zone);
		list_faults(&b, ns, state_ns_lame);
		buf_putc(&b, ')');
		fault_evidence(
		    words_add(out, rule, rule->severity, ns->host, &b), ns,
		    state_ns_lame);
	}
}

const struct rule rule_dns_ns_lame = {
	.id = "dns.ns-lame",
	.severity = SEVERITY_WARNING,
	.line = "a name server answers, but not with authority for the domain",
	.explanation =
	    "The server is there but does not serve the zone: it "
	    "refuses, fails, or refers elsewhere (a lame delegation). "
	    "Resolvers that come upon it must turn to another one, and the "
	    "domain has fewer name servers than it seems to have. Often the "
	    "zone was never set up there, was removed, or has expired because "
	    "transfers from the primary fail.",
	.remedy =
	    "Configure the zone on that server and see that it can "
	    "transfer it from the primary; or take the server out of the NS "
	    "records, in the zone and at the parent.",
	.rfc = "RFC 1912 section 2.8",
	.look = look_lame,
};
