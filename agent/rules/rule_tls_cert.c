/*
 * What do the certificates say?  Without DANE or MTA-STS a sender takes any
 * certificate (RFC 3207 4.1): faults here are a matter of order, and of those
 * who do check.
 */

#include <stdbool.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/tls_look.h"
#include "agent/rules/words.h"

#define DAY_US INT64_C(86400000000)

static const struct obs_tls *
certificate(const struct obs_smtp *smtp)
{
	return smtp->tls != NULL && smtp->tls->certificate ? smtp->tls : NULL;
}

static void
say_time(struct buf *b, const char *words, struct wall when)
{
	buf_puts(b, words);
	buf_putc(b, ' ');
	words_time(b, when);
}

/* RFC 5280 4.1.2.5: a certificate is valid from notBefore to notAfter. */
static bool
expired(const struct view *v, const struct obs_smtp *smtp, struct buf *b)
{
	const struct obs_tls *tls = certificate(smtp);

	if (tls == NULL)
		return false;
	if (tls->not_after.us < v->now.us) {
		say_time(
		    b, "has a certificate that expired on", tls->not_after);
		return true;
	}
	if (tls->not_before.us > v->now.us) {
		say_time(b, "has a certificate that is not valid before",
		    tls->not_before);
		return true;
	}
	return false;
}

static void
look_expired(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	tls_look(rule, rule->severity, v, expired, out);
}

const struct rule rule_tls_expired = {
	.id = "tls.expired",
	.severity = SEVERITY_WARNING,
	.line = "the certificate has expired",
	.explanation =
	    "The certificate of the mail server, or one of its "
	    "chain, is past its end date (or before its first day). Most "
	    "senders do not look and deliver all the same. Those that check, "
	    "because of MTA-STS or by their own policy, do not deliver.",
	.remedy =
	    "Renew the certificate and reload the mail server: many "
	    "renewals fail only at that last step. See that the renewal runs "
	    "by itself, and that it reloads the server.",
	.rfc = "RFC 5280 section 4.1.2.5",
	.look = look_expired,
};

static bool
ends_within(const struct view *v, const struct obs_smtp *smtp, unsigned days)
{
	const struct obs_tls *tls = certificate(smtp);

	return tls != NULL && tls->not_after.us >= v->now.us &&
	    tls->not_after.us < v->now.us + days * DAY_US;
}

static void
say_left(const struct view *v, const struct obs_smtp *smtp, struct buf *b)
{
	struct wall end = smtp->tls->not_after;

	buf_puts(b, "has a certificate that expires in ");
	words_duration(b, (double)(end.us - v->now.us) / 1e6);
	say_time(b, ", on", end);
}

static bool
expiring_now(const struct view *v, const struct obs_smtp *smtp, struct buf *b)
{
	if (!ends_within(v, smtp, v->policy->cert_crit_days))
		return false;
	say_left(v, smtp, b);
	return true;
}

static bool
expiring(const struct view *v, const struct obs_smtp *smtp, struct buf *b)
{
	if (!ends_within(v, smtp, v->policy->cert_warn_days) ||
	    (v->policy->cert_crit_set &&
	        ends_within(v, smtp, v->policy->cert_crit_days)))
		return false;
	say_left(v, smtp, b);
	return true;
}

/* It stops no mail: critical only where the operator asked for that. */
static void
look_expiring(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	if (v->policy->cert_crit_set)
		tls_look(rule, SEVERITY_CRITICAL, v, expiring_now, out);
	tls_look(rule, rule->severity, v, expiring, out);
}

const struct rule rule_tls_expiring = {
	.id = "tls.expiring",
	.severity = SEVERITY_WARNING,
	.line = "the certificate is about to expire",
	.explanation =
	    "The certificate of the mail server, or one of its "
	    "chain, ends soon (--cert-days says how soon). Renewals by ACME "
	    "happen weeks before the end, so this one has mostly failed. "
	    "After the end, senders that check certificates do not deliver "
	    "any more.",
	.remedy =
	    "Run the renewal by hand and read what it says; then reload "
	    "the mail server, and see that it hands out the new certificate.",
	.rfc = "RFC 5280 section 4.1.2.5",
	.look = look_expiring,
};

/* RFC 9525 6: the name that was meant must be among those it bears. */
static bool
other_name(const struct view *v, const struct obs_smtp *smtp, struct buf *b)
{
	const struct obs_tls *tls = certificate(smtp);

	(void)v;
	if (tls == NULL || tls->name_ok != TRI_NO)
		return false;
	buf_puts(b, "has a certificate for other names");
	if (tls->names != NULL && *tls->names != '\0')
		buf_printf(b, " (%s)", tls->names);
	return true;
}

static void
look_name(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	tls_look(rule, rule->severity, v, other_name, out);
}

const struct rule rule_tls_name_mismatch = {
	.id = "tls.name-mismatch",
	.severity = SEVERITY_INFO,
	.line = "the certificate is not for the mail server's name",
	.explanation =
	    "The certificate does not bear the name that the MX "
	    "record gives. A sender that encrypts when it can, without "
	    "checking, does not mind. With MTA-STS, and with DANE where the "
	    "authority is pinned, the name must match, or mail is not "
	    "delivered.",
	.remedy =
	    "Have the certificate made out for the host name in the MX "
	    "record, or let the MX record use the name that the certificate "
	    "bears.",
	.rfc = "RFC 9525 section 6",
	.look = look_name,
};

static bool
untrusted(const struct view *v, const struct obs_smtp *smtp, struct buf *b)
{
	const struct obs_tls *tls = certificate(smtp);

	(void)v;
	if (tls == NULL || tls->trusted != TRI_NO)
		return false;
	buf_puts(b, "has a certificate that no known authority vouches for");
	if (tls->trust_error != NULL)
		buf_printf(b, " (%s)", tls->trust_error);
	return true;
}

static void
look_untrusted(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	tls_look(rule, rule->severity, v, untrusted, out);
}

const struct rule rule_tls_untrusted = {
	.id = "tls.untrusted",
	.severity = SEVERITY_INFO,
	.line = "the certificate leads to no authority that is trusted",
	.explanation =
	    "The certificate is self-signed, comes from an "
	    "authority that is not known, or is sent without the "
	    "intermediate certificates. A sender that encrypts when it can, "
	    "without checking, does not mind. With MTA-STS mail is not "
	    "delivered to such a server.",
	.remedy =
	    "Send the whole chain (the \"fullchain\" file of an ACME "
	    "client), or take a certificate of a public authority. With DANE "
	    "a self-signed certificate is fine.",
	.rfc = "RFC 5280 section 6",
	.look = look_untrusted,
};

static bool
weak(const struct view *v, const struct obs_smtp *smtp, struct buf *b)
{
	const struct obs_tls *tls = certificate(smtp);

	(void)v;
	if (tls == NULL || tls->weak == NULL)
		return false;
	buf_printf(b, "has a weak certificate: %s", tls->weak);
	return true;
}

static void
look_weak(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	tls_look(rule, rule->severity, v, weak, out);
}

const struct rule rule_tls_weak_key = {
	.id = "tls.weak-key",
	.severity = SEVERITY_INFO,
	.line = "a key or signature of the certificate is weak",
	.explanation =
	    "A key in the certificate chain is short, or a "
	    "signature rests on a hash that can be forged. A sender that "
	    "encrypts when it can does not mind, but modern TLS libraries "
	    "refuse such certificates by default, and then the handshake "
	    "fails.",
	.remedy = "Have a new certificate made with a fresh key: ECDSA P-256, "
	          "or RSA of 2048 bits or more, signed with SHA-256.",
	.rfc = "RFC 9325 section 4",
	.look = look_weak,
};
