/*
 * What does it take to hand over a mail?
 */

#include <stdbool.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/state.h"
#include "agent/rules/words.h"

/* The first address that takes mail but refuses the postmaster, or NULL. */
static const struct view_mx_address *
refusing(const struct view_mx *mx)
{
	for (size_t i = 0; i < mx->naddress; i++) {
		const struct view_mx_address *a = &mx->address[i];

		if (a->state == MX_UP && a->smtp != NULL &&
		    a->smtp->rcpt_code / 100 == 5)
			return a;
	}
	return NULL;
}

/* RFC 5321 4.5.1: mail for postmaster at every domain served is to be
 * taken. */
static void
look_postmaster(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];
		const struct view_mx_address *a = refusing(mx);
		struct finding *f;
		struct buf b;

		if (a == NULL || !state_mx_first(v, mx))
			continue;
		buf_init(&b, 0);
		buf_printf(&b, "%s refuses mail for postmaster@%s: ", mx->host,
		    a->smtp->rcpt != NULL ? a->smtp->rcpt : v->facts->domain);
		words_reply(&b, a->smtp->rcpt_code, a->smtp->rcpt_text);
		f = words_add(out, rule, rule->severity, mx->host, &b);
		finding_number(f, "code", a->smtp->rcpt_code);
		finding_text(f, "text", a->smtp->rcpt_text);
	}
}

const struct rule rule_smtp_postmaster_rejected = {
	.id = "smtp.postmaster-rejected",
	.severity = SEVERITY_WARNING,
	.line = "postmaster of the domain is refused",
	.explanation =
	    "Every domain that takes mail must take it for "
	    "postmaster, the address to which people report trouble with its "
	    "mail. Here the server refuses it. Either nobody can report, or "
	    "the server does not know the domain at all (\"relay denied\") "
	    "and refuses all its mail.",
	.remedy =
	    "Add the address or an alias for postmaster. When the "
	    "answer says that relaying is denied, add the domain to those "
	    "that the server takes mail for.",
	.rfc = "RFC 5321 section 4.5.1",
	.look = look_postmaster,
};

static enum severity
severity_of(const struct policy *policy, double seconds)
{
	if (range_alerts(&policy->crit, seconds))
		return SEVERITY_CRITICAL;
	if (range_alerts(&policy->warn, seconds))
		return SEVERITY_WARNING;
	return SEVERITY_OK;
}

static void
look_delivery_time(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	enum severity severity = severity_of(v->policy, d->time_s);

	if (d->outcome != OUTCOME_ACCEPTED || d->time_s < 0 ||
	    severity == SEVERITY_OK)
		return;
	finding_number(
	    findings_add(out, rule, severity, v->facts->domain,
	        "a sender needs %.3f s until a mail server takes the mail: %s "
	        "range",
	        d->time_s,
	        severity == SEVERITY_CRITICAL ? "in the critical" :
	                                        "in the warning"),
	    "seconds", d->time_s);
}

const struct rule rule_smtp_delivery_time = {
	.id = "smtp.delivery-time",
	.severity = SEVERITY_WARNING,
	.line = "the time to deliver is in the range given with -w or -c",
	.explanation =
	    "From the first DNS question until a mail server took "
	    "the mail, with all attempts at others before it, a sender needs "
	    "the time named in the finding. That is in the range that the "
	    "operator has set as a warning (-w) or as critical (-c). By "
	    "itself it stops no mail; it shows load, dead hosts ahead of the "
	    "one that works, or slow DNS.",
	.remedy =
	    "See in the report which step takes the time: the DNS, an "
	    "attempt that has to time out first, a late greeting. If all is "
	    "as it should be, widen the range.",
	.rfc = "",
	.look = look_delivery_time,
};
