/*
 * Where do the MX records point?  What the DNS alone tells, before anybody
 * connects.
 */

#include <stdbool.h>
#include <string.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/state.h"
#include "agent/rules/words.h"

/* RFC 5321 5.1: without MX records the host itself is the mail server. */
static void
look_missing(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	if (v->belief != BELIEF_NO_MX || state_mx_none(v))
		return;
	findings_add(out, rule, rule->severity, v->facts->domain,
	    "no MX records: senders try the address of %s itself",
	    v->facts->domain);
}

const struct rule rule_mx_missing = {
	.id = "mx.missing",
	.severity = SEVERITY_WARNING,
	.line = "no MX records: senders fall back to the address of the "
	        "domain itself",
	.explanation =
	    "The domain has no MX records, so senders connect to "
	    "the address of the domain itself, as if it were an MX record of "
	    "preference 0. That address mostly belongs to a web server: mail "
	    "then hangs on a host that nobody thinks of as a mail server, "
	    "there is no backup, and it ends on the day the web site moves.",
	.remedy =
	    "Publish an MX record that names the mail server, for "
	    "instance \"DOMAIN. 86400 IN MX 10 mail.DOMAIN.\". If the domain "
	    "is to take no mail, publish the null MX instead: "
	    "\"DOMAIN. IN MX 0 .\".",
	.rfc = "RFC 5321 section 5.1",
	.look = look_missing,
};

static void
look_none(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	if (!state_mx_none(v))
		return;
	findings_add(out, rule, rule->severity, v->facts->domain,
	    "%s has neither MX records nor an address: mail for it bounces",
	    v->facts->domain);
}

const struct rule rule_mx_none = {
	.id = "mx.none",
	.severity = SEVERITY_CRITICAL,
	.line = "neither MX nor address: undeliverable",
	.explanation =
	    "The domain exists but names no mail server, and has "
	    "no address to fall back to. Nobody can deliver mail to it: "
	    "senders return it at once. The MX records may have been lost "
	    "when the zone was moved or edited.",
	.remedy =
	    "Publish MX records, for instance \"DOMAIN. 86400 IN MX 10 "
	    "mail.DOMAIN.\", and address records for the host they name. If "
	    "the domain is to take no mail, say so with \"DOMAIN. IN MX 0 "
	    ".\".",
	.rfc = "RFC 5321 section 5.1",
	.look = look_none,
};

/* RFC 7505 3: a single MX record with "." as its target. */
static void
look_null(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	if (v->null_mx)
		findings_add(out, rule, rule->severity, v->facts->domain,
		    "%s says that it takes no mail (null MX)",
		    v->facts->domain);
}

const struct rule rule_mx_null = {
	.id = "mx.null",
	.severity = SEVERITY_INFO,
	.line = "the domain says that it takes no mail",
	.explanation =
	    "The only MX record points to the root (\"0 .\"): the "
	    "domain declares that it takes no mail. Senders return mail for "
	    "it at once, which is what its owner wants. Nothing is broken, "
	    "and no server is tried.",
	.remedy =
	    "Nothing, if that is meant. If the domain should take mail, "
	    "replace the record by one that names its mail server: \"DOMAIN. "
	    "86400 IN MX 10 mail.DOMAIN.\".",
	.rfc = "RFC 7505 section 3",
	.look = look_null,
};

static void
look_null_mixed(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	if (v->null_mixed)
		findings_add(out, rule, rule->severity, v->facts->domain,
		    "the MX records of %s name mail servers and also say "
		    "\".\", that it takes no mail",
		    v->facts->domain);
}

const struct rule rule_mx_null_mixed = {
	.id = "mx.null-mixed",
	.severity = SEVERITY_WARNING,
	.line = "a null MX beside others",
	.explanation =
	    "An MX record that points to \".\" says that the domain "
	    "takes no mail; it must stand alone. Beside real mail servers it "
	    "makes no sense: a sender may read it as one more host and fail "
	    "on it, or take the whole set for \"no mail here\" and return the "
	    "message.",
	.remedy = "Remove the MX record with \".\" if the domain takes mail; "
	          "or remove all the others if it does not.",
	.rfc = "RFC 7505 section 3",
	.look = look_null_mixed,
};

/* RFC 1035 3.3.9: the exchange is a domain name. */
static void
look_ip_literal(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];

		if (mx->target != TARGET_LITERAL || !state_mx_first(v, mx))
			continue;
		finding_number(
		    findings_add(out, rule, rule->severity, mx->host,
		        "the MX record of preference %u points to the "
		        "address %s; it must name a host",
		        mx->preference, mx->host),
		    "preference", mx->preference);
	}
}

const struct rule rule_mx_ip_literal = {
	.id = "mx.ip-literal",
	.severity = SEVERITY_WARNING,
	.line = "an MX record points to an IP address",
	.explanation =
	    "An MX record must name a host. What looks like an "
	    "address there is a name, one that does not exist. Some senders "
	    "(Postfix for one) connect to it all the same, others (Exim for "
	    "one) refuse on purpose; when no other MX record can be used, "
	    "they return the mail.",
	.remedy = "Give the mail server a name with an A or AAAA record, and "
	          "let the MX record point to that name: \"DOMAIN. IN MX 10 "
	          "mail.DOMAIN.\" and \"mail.DOMAIN. IN A ADDRESS\".",
	.rfc = "RFC 1035 section 3.3.9, RFC 5321 section 5.1",
	.look = look_ip_literal,
};

/* RFC 2181 10.3: the exchange must not be an alias. */
static void
look_cname(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];

		if (mx->target != TARGET_HOST || mx->alias_of == NULL ||
		    !state_mx_first(v, mx))
			continue;
		finding_text(
		    findings_add(out, rule, rule->severity, mx->host,
		        "MX host %s is an alias of %s; senders need not follow "
		        "it",
		        mx->host, mx->alias_of),
		    "alias_of", mx->alias_of);
	}
}

const struct rule rule_mx_cname = {
	.id = "mx.cname",
	.severity = SEVERITY_WARNING,
	.line = "an MX record points to an alias",
	.explanation =
	    "The name in an MX record must have address records of "
	    "its own; here it is an alias (CNAME). Most senders follow it, "
	    "but the standard does not ask them to, and some do not: their "
	    "mail bounces or takes another MX. Certificates and DANE records "
	    "are also easily made for the wrong one of the two names.",
	.remedy = "Let the MX record point to the name that the alias stands "
	          "for, or replace the alias by A and AAAA records.",
	.rfc = "RFC 2181 section 10.3, RFC 5321 section 5.1",
	.look = look_cname,
};

/* At the depth where no dialogue is wanted, no other rule tells that an
 * address could not be found out. */
static bool
worth_telling(const struct view *v, const struct view_mx *mx)
{
	if (mx->target != TARGET_HOST && mx->target != TARGET_IMPLICIT)
		return false;
	switch (mx->lookup) {
	case HOST_NONE:
		return !state_mx_none(v);
	case HOST_FAILED:
		return true;
	case HOST_UNKNOWN:
		return !state_smtp_wanted(v);
	default:
		return false;
	}
}

static void
look_unresolvable(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];
		struct finding *f;
		struct buf b;

		if (!worth_telling(v, mx) || !state_mx_first(v, mx))
			continue;
		buf_init(&b, 0);
		buf_printf(&b, "mail server %s%s ", mx->host,
		    mx->lookup == HOST_NONE ? "" : ":");
		words_lookup(&b, v, mx->lookup, mx->lookup_status);
		f = words_add(out, rule,
		    mx->lookup == HOST_UNKNOWN ? SEVERITY_UNKNOWN :
		                                 rule->severity,
		    mx->host, &b);
		finding_number(f, "preference", mx->preference);
		finding_text(f, "status", dns_status_name(mx->lookup_status));
	}
}

const struct rule rule_mx_host_unresolvable = {
	.id = "mx.host-unresolvable",
	.severity = SEVERITY_WARNING,
	.line = "an MX host has no address",
	.explanation =
	    "An MX record names a host whose address cannot be "
	    "found. Senders pass over it and go on to the next; when none is "
	    "left they return the mail, or wait if the failure may pass. If "
	    "the domain of that name is free to be registered, whoever takes "
	    "it can receive your mail.",
	.remedy =
	    "Add an A (and AAAA) record for the host, see that the zone "
	    "that holds it is served, or take the host out of the MX "
	    "records. Look for a missing dot at the end of the name in the "
	    "zone file.",
	.rfc = "RFC 5321 section 5.1",
	.look = look_unresolvable,
};

static void
list_special(struct buf *b, const struct view_mx *mx)
{
	char text[IP_TEXT];

	for (size_t i = 0; i < mx->naddress; i++) {
		if (mx->address[i].special == NULL)
			continue;
		words_comma(b);
		buf_printf(b, "%s is %s", ip_format(&mx->address[i].ip, text),
		    mx->address[i].special);
	}
}

static void
special_evidence(struct finding *f, const struct view_mx *mx)
{
	char text[IP_TEXT];

	finding_number(f, "preference", mx->preference);
	for (size_t i = 0; i < mx->naddress; i++) {
		if (mx->address[i].special != NULL)
			finding_item(f, "addresses",
			    ip_format(&mx->address[i].ip, text));
	}
}

static void
look_bad_address(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];
		struct buf b, message;

		if (!state_mx_first(v, mx))
			continue;
		buf_init(&b, 0);
		buf_init(&message, 0);
		list_special(&b, mx);
		if (mx->target == TARGET_LOCAL)
			buf_puts(&b, "that is each sender itself");
		if (b.len > 0) {
			buf_printf(&message,
			    "mail server %s has an address "
			    "that the Internet cannot reach (%s)",
			    mx->host, buf_str(&b));
			special_evidence(words_add(out, rule, rule->severity,
			                     mx->host, &message),
			    mx);
		}
		buf_free(&b);
	}
}

const struct rule rule_mx_bad_address = {
	.id = "mx.bad-address",
	.severity = SEVERITY_WARNING,
	.line = "an MX host's address cannot be reached from the Internet",
	.explanation =
	    "The mail server's name leads to an address that has "
	    "no meaning on the Internet: private, loopback, documentation, "
	    "multicast and the like. Senders either cannot connect, or "
	    "connect to something in their own network, and the mail waits, "
	    "bounces or comes back as a loop. Nothing was connected to. "
	    "Inside a network that uses such addresses on purpose, allow it "
	    "with --allow-network.",
	.remedy =
	    "Publish the mail server's public address. When the same "
	    "zone is served to the inside and the outside, keep the inner "
	    "addresses out of the outer view. For internal mail on "
	    "purpose: --allow-network, or networks.allow in the configuration.",
	.rfc = "RFC 6890 section 2.2",
	.look = look_bad_address,
};
