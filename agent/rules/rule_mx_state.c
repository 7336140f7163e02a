/*
 * Does any mail server take mail?  When none does, the rules here say so once
 * for all of them, and those of rule_mx_part.c are silent.
 */

#include <stdbool.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/state.h"
#include "agent/rules/words.h"

/* A finding about all mail servers: what is said, then each with its
 * reason. */
static void
add_all(const struct rule *rule, const struct view *v, enum severity severity,
    const char *words, struct findings *out)
{
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b, "%s (", words);
	words_hosts(&b, v, 0, v->nmx);
	buf_putc(&b, ')');
	words_hosts_evidence(
	    words_add(out, rule, severity, v->facts->domain, &b), v, 0, v->nmx);
}

static bool
all_unusable(const struct view *v)
{
	for (size_t i = 0; i < v->nmx; i++) {
		if (v->mx[i].state != MX_UNUSABLE)
			return false;
	}
	return true;
}

static void
look_all_down(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	enum tri down = state_all_down(v);

	(void)d;
	if (down == TRI_YES)
		add_all(rule, v, rule->severity,
		    all_unusable(v) ?
		        "no mail server can be used: mail bounces" :
		        "no mail server takes mail",
		    out);
	else if (down == TRI_UNKNOWN && state_smtp_wanted(v))
		add_all(rule, v, SEVERITY_UNKNOWN,
		    "whether a mail server "
		    "takes mail cannot be told from here",
		    out);
}

const struct rule rule_mx_all_down = {
	.id = "mx.all-down",
	.severity = SEVERITY_CRITICAL,
	.line = "no mail server takes mail",
	.explanation =
	    "Every mail server of the domain fails: each is "
	    "refused, unreachable, silent, closes the connection, speaks no "
	    "SMTP, answers with a permanent refusal, or cannot be used at "
	    "all. Mail waits at its senders, which try again for 4 to 5 days "
	    "as a rule and then return it. When no MX record can be used in "
	    "the first place, it is returned at once; the address of the "
	    "domain itself is then not tried.",
	.remedy =
	    "Look at each server's own reason in the finding: bring the "
	    "mail service up, open port 25 from everywhere, undo the refusal. "
	    "One server that takes mail is enough for all of it to flow "
	    "again. If they are all well seen from elsewhere, see with "
	    "another target whether this machine may connect to port 25 at "
	    "all.",
	.rfc = "RFC 5321 section 5.1, RFC 5321 section 4.5.4.1",
	.look = look_all_down,
};

static void
look_all_deferring(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	enum tri deferring = state_all_deferring(v);

	(void)d;
	if (deferring == TRI_YES)
		add_all(rule, v, rule->severity,
		    "no mail server takes mail "
		    "now; they say \"later\", to us at least",
		    out);
	else if (deferring == TRI_UNKNOWN)
		add_all(rule, v, SEVERITY_UNKNOWN,
		    "no mail server that could "
		    "be tried takes mail now",
		    out);
}

const struct rule rule_mx_all_deferring = {
	.id = "mx.all-deferring",
	.severity = SEVERITY_WARNING,
	.line = "no mail server takes mail now, and at least one says "
	        "\"later\" (4xx)",
	.explanation =
	    "No mail server takes mail at this moment, and at "
	    "least one answers with a temporary refusal: too many "
	    "connections, too little disk, greylisting. Senders keep the mail "
	    "and try again, so nothing is lost unless it lasts for days. It "
	    "may also be only us that are put off, because the server does "
	    "not know us or sees us too often.",
	.remedy =
	    "Read the answers in the finding and the log of the "
	    "servers. When it is load or a full disk, make room. When it is "
	    "greylisting or a rate limit for strangers, let this machine's "
	    "address through, so that the watch sees what known senders see.",
	.rfc = "RFC 5321 section 4.2.1",
	.look = look_all_deferring,
};
