/*
 * Can the domain be resolved at all?  Every vantage has a vote, and a failure
 * is believed when the quorum has it (view->belief).
 */

#include <stdbool.h>
#include <string.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/state.h"
#include "agent/rules/words.h"

/* Does an earlier vantage say the same? */
static bool
said_before(const struct view *v, size_t i)
{
	const char *words = words_vantage(v, &v->vantage[i]);

	for (size_t j = 0; j < i; j++) {
		if (strcmp(words_vantage(v, &v->vantage[j]), words) == 0)
			return true;
	}
	return false;
}

/* "SERVFAIL at v0, v2; timeout at v1": what each vantage says. */
static void
list_vantages(struct buf *b, const struct view *v)
{
	for (size_t i = 0; i < v->nvantage; i++) {
		const char *words = words_vantage(v, &v->vantage[i]);
		const char *before = " at ";

		if (said_before(v, i))
			continue;
		buf_printf(b, "%s%s", i > 0 ? "; " : "", words);
		for (size_t j = i; j < v->nvantage; j++) {
			if (strcmp(words_vantage(v, &v->vantage[j]), words) !=
			    0)
				continue;
			buf_printf(
			    b, "%s%s", before, v->vantage[j].about->name);
			before = ", ";
		}
	}
}

/* The same as evidence, one by one. */
static void
vantage_evidence(struct finding *f, const struct view *v)
{
	for (size_t i = 0; i < v->nvantage; i++) {
		struct buf item;

		buf_init(&item, 0);
		buf_printf(&item, "%s: %s", v->vantage[i].about->name,
		    words_vantage(v, &v->vantage[i]));
		words_item(f, "vantages", &item);
	}
	finding_number(f, "quorum", v->quorum);
}

/* RFC 5321 5.1: "If a non-existent domain error is returned, this situation
 * MUST be reported as an error." */
static void
look_nxdomain(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	struct buf b;

	(void)d;
	if (v->belief != BELIEF_NXDOMAIN)
		return;
	buf_init(&b, 0);
	buf_printf(&b, "%s does not exist (", v->facts->domain);
	list_vantages(&b, v);
	buf_puts(&b, "): mail for it bounces at once");
	vantage_evidence(
	    words_add(out, rule, rule->severity, v->facts->domain, &b), v);
}

const struct rule rule_dns_nxdomain = {
	.id = "dns.nxdomain",
	.severity = SEVERITY_CRITICAL,
	.quorum = true,
	.line = "the domain does not exist",
	.explanation =
	    "The DNS says for certain that there is no such domain "
	    "(NXDOMAIN). A sender must not wait for it to come back: it "
	    "returns the mail at once. Most often the registration has run "
	    "out or was put on hold, or the delegation was taken out of the "
	    "parent zone. Other servers remember the answer for as long as "
	    "the parent's SOA record says, so mail still bounces for a while "
	    "after it is mended.",
	.remedy =
	    "Ask the registrar for the state of the registration: renew "
	    "it, or have the hold lifted. When it is in order, see that the "
	    "parent zone has NS records for the domain, or, below your own "
	    "zone, that the name has its records there.",
	.rfc = "RFC 5321 section 5.1",
	.look = look_nxdomain,
};

static size_t
count_votes(const struct view *v, enum vote vote)
{
	size_t n = 0;

	for (size_t i = 0; i < v->nvantage; i++)
		n += state_vote(&v->vantage[i]) == vote;
	return n;
}

/* It could not be found out whether the domain resolves. */
static void
add_unknown(const struct rule *rule, const struct view *v, struct findings *out)
{
	size_t silent =
	    count_votes(v, VOTE_BLIND) + count_votes(v, VOTE_UNCHECKED);
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b,
	    "whether %s resolves cannot be told from here: ", v->facts->domain);
	if (silent < v->nvantage)
		buf_printf(&b, "%u of %zu vantages must agree on a failure (",
		    v->quorum, v->nvantage);
	else
		buf_puts(&b, "no vantage says anything of it (");
	list_vantages(&b, v);
	buf_putc(&b, ')');
	vantage_evidence(
	    words_add(out, rule, SEVERITY_UNKNOWN, v->facts->domain, &b), v);
}

/* RFC 5321 5.1: "If a temporary error is returned, the message MUST be queued
 * and retried later." */
static void
look_unresolvable(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	struct buf b;

	(void)d;
	if (v->belief == BELIEF_UNKNOWN)
		add_unknown(rule, v, out);
	if (v->belief != BELIEF_UNRESOLVABLE)
		return;
	buf_init(&b, 0);
	buf_printf(&b, "%s cannot be resolved (", v->facts->domain);
	list_vantages(&b, v);
	buf_puts(&b,
	    "): mail waits at its senders, and bounces after some "
	    "days");
	vantage_evidence(
	    words_add(out, rule, rule->severity, v->facts->domain, &b), v);
}

const struct rule rule_dns_unresolvable = {
	.id = "dns.unresolvable",
	.severity = SEVERITY_CRITICAL,
	.quorum = true,
	.line = "no name server answers for the domain (SERVFAIL, timeout, "
	        "refused)",
	.explanation =
	    "Resolvers cannot find out where the domain's mail "
	    "goes: its name servers do not answer, or answer uselessly. That "
	    "is a temporary failure by the rules, so senders keep the mail "
	    "and try again, usually for 4 to 5 days, and return it after "
	    "that. Some senders give up at once. Resolvers that still have "
	    "the records in their cache deliver for a while longer.",
	.remedy =
	    "Find out why the name servers that the parent zone lists "
	    "do not answer: \"dig +norecurse @SERVER DOMAIN SOA\" against "
	    "each. Start them again, load the zone, open port 53 for UDP and "
	    "TCP; or have the delegation point to servers that work. When no "
	    "domain can be resolved, look at your own resolvers: mxvigil "
	    "doctor.",
	.rfc = "RFC 5321 section 5.1",
	.look = look_unresolvable,
};

/* RFC 8914 section 4: what resolvers add to a SERVFAIL, where it names the
 * fault of the signatures. */
static const char *
ede_words(int code)
{
	static const char *const words[] = {
		[1] = "unsupported key algorithm",
		[2] = "unsupported DS digest",
		[7] = "signature expired",
		[8] = "signature not yet valid",
		[9] = "DNSKEY missing",
		[10] = "signatures missing",
		[11] = "no zone key bit set",
		[12] = "NSEC missing",
	};

	if (code < 0 || (size_t)code >= sizeof(words) / sizeof(words[0]))
		return NULL;
	return words[code];
}

/* The reason that a resolver gave, or NULL. */
static const char *
bogus_reason(const struct view *v)
{
	for (size_t i = 0; i < v->nvantage; i++) {
		const struct obs_dns *mx = v->vantage[i].mx;

		if (mx != NULL && mx->status == DNS_BOGUS &&
		    ede_words(mx->ede) != NULL)
			return ede_words(mx->ede);
	}
	return NULL;
}

/* RFC 4035 5.5: data that fails validation is answered with SERVFAIL. */
static void
look_bogus(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	const char *reason = bogus_reason(v);
	struct finding *f;
	struct buf b;

	(void)d;
	if (v->belief != BELIEF_BOGUS)
		return;
	buf_init(&b, 0);
	buf_printf(
	    &b, "the DNSSEC signatures of %s do not hold", v->facts->domain);
	if (reason != NULL)
		buf_printf(&b, " (%s)", reason);
	buf_puts(&b, ": senders behind validating resolvers cannot find it (");
	list_vantages(&b, v);
	buf_putc(&b, ')');
	f = words_add(out, rule, rule->severity, v->facts->domain, &b);
	if (reason != NULL)
		finding_text(f, "reason", reason);
	vantage_evidence(f, v);
}

const struct rule rule_dns_bogus = {
	.id = "dns.bogus",
	.severity = SEVERITY_CRITICAL,
	.quorum = true,
	.line = "DNSSEC validation fails: validating senders cannot find the "
	        "domain",
	.explanation =
	    "The domain resolves when signatures are left "
	    "unchecked, but its DNSSEC signatures do not fit together. "
	    "Resolvers that validate, among them those of most large mail "
	    "providers, answer SERVFAIL, so their mail waits and bounces "
	    "after some days. Senders whose resolvers do not validate notice "
	    "nothing, which makes this hard to see from inside.",
	.remedy =
	    "Compare the DS records at the parent with the zone's "
	    "DNSKEY records, and look at when the signatures end. Sign the "
	    "zone again, or mend the DS records at the registrar; when "
	    "neither can be done at once, have the DS records removed until "
	    "the zone is signed properly.",
	.rfc = "RFC 4035 section 5.5",
	.look = look_bogus,
};
