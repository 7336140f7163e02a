/*
 * What do the mail servers say?  Decisions rest on the reply codes, never on
 * their text (RFC 5321 4.2).  One finding a host, over all its addresses.
 */

#include <stdbool.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/state.h"
#include "agent/rules/words.h"

typedef bool reply_fn(const struct view *, const struct view_mx_address *);

/* The first address of the host that is so, or NULL. */
static const struct view_mx_address *
first_so(const struct view *v, const struct view_mx *mx, reply_fn *is)
{
	for (size_t i = 0; i < mx->naddress; i++) {
		if (is(v, &mx->address[i]))
			return &mx->address[i];
	}
	return NULL;
}

/* The reply that decided: to the recipient when that said "later", else the
 * one that ended the dialogue. */
static int
deciding_reply(const struct obs_smtp *smtp, const char **text)
{
	bool later = smtp->rcpt_code / 100 == 4;

	*text = later ? smtp->rcpt_text : smtp->text;
	return later ? smtp->rcpt_code : smtp->code;
}

/* The addresses that are so, as evidence; what the first of them said. */
static void
reply_evidence(struct finding *f, const struct view *v,
    const struct view_mx *mx, reply_fn *is)
{
	const struct obs_smtp *smtp = first_so(v, mx, is)->smtp;
	char text[IP_TEXT];
	const char *words;
	int code = deciding_reply(smtp, &words);

	finding_number(f, "preference", mx->preference);
	if (code != 0)
		finding_number(f, "code", code);
	finding_text(f, "text", words);
	for (size_t i = 0; i < mx->naddress; i++) {
		if (is(v, &mx->address[i]))
			finding_item(f, "addresses",
			    ip_format(&mx->address[i].ip, text));
	}
}

/* " (192.0.2.25)" where not all addresses of the host are so. */
static void
say_where(
    struct buf *b, const struct view *v, const struct view_mx *mx, reply_fn *is)
{
	char text[IP_TEXT];
	struct buf list;
	size_t n = 0;

	buf_init(&list, 0);
	for (size_t i = 0; i < mx->naddress; i++) {
		if (!is(v, &mx->address[i]))
			continue;
		n++;
		words_comma(&list);
		buf_puts(&list, ip_format(&mx->address[i].ip, text));
	}
	if (n < mx->naddress)
		buf_printf(b, " (%s)", buf_str(&list));
	buf_free(&list);
}

/* RFC 5321 3.1 (554 at the greeting), RFC 7504 3 (521). */
static bool
rejects(const struct view *v, const struct view_mx_address *a)
{
	(void)v;
	return a->state == MX_DOWN && a->smtp != NULL &&
	    a->smtp->error == SMTP_REJECTED;
}

static void
look_rejecting(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];
		const struct view_mx_address *a = first_so(v, mx, rejects);
		struct buf b;

		if (a == NULL || !state_mx_first(v, mx))
			continue;
		buf_init(&b, 0);
		buf_printf(&b, "%s %s", mx->host,
		    a->smtp->code == 521 ? "says that it never takes mail" :
		                           "refuses us");
		say_where(&b, v, mx, rejects);
		buf_printf(&b, ", at %s: ", smtp_phase_name(a->smtp->phase));
		words_reply(&b, a->smtp->code, a->smtp->text);
		reply_evidence(
		    words_add(out, rule, rule->severity, mx->host, &b), v, mx,
		    rejects);
	}
}

const struct rule rule_mx_rejecting = {
	.id = "mx.rejecting",
	.severity = SEVERITY_WARNING,
	.line = "a mail server answers and refuses (5xx)",
	.explanation =
	    "The mail server is there but refuses for good, before "
	    "any recipient was named: 554 says that there is no mail service "
	    "here, 521 that the host never takes mail. Senders go on to the "
	    "next MX; when all refuse, mail waits or is returned. It may also "
	    "be that only we are refused, by an access list or a blocklist.",
	.remedy =
	    "Read the code and text in the finding. Start the mail "
	    "service in place of the stub that answers; correct the access "
	    "list or blocklist that refuses strangers; or take the host out "
	    "of the MX records if it is not meant to take mail.",
	.rfc = "RFC 5321 section 3.1, RFC 7504 section 3",
	.look = look_rejecting,
};

static bool
defers(const struct view *v, const struct view_mx_address *a)
{
	(void)v;
	return a->state == MX_DEFERRING && a->smtp != NULL;
}

static void
say_deferral(struct buf *b, const struct obs_smtp *smtp)
{
	const char *text;
	int code = deciding_reply(smtp, &text);

	words_reply(b, code, text);
}

static void
look_deferring(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	if (state_all_deferring(v) != TRI_NO)
		return;
	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];
		const struct view_mx_address *a = first_so(v, mx, defers);
		struct buf b;

		if (a == NULL || !state_mx_first(v, mx))
			continue;
		buf_init(&b, 0);
		buf_printf(&b, "%s puts us off", mx->host);
		say_where(&b, v, mx, defers);
		buf_puts(&b, ": ");
		say_deferral(&b, a->smtp);
		reply_evidence(
		    words_add(out, rule, rule->severity, mx->host, &b), v, mx,
		    defers);
	}
}

const struct rule rule_mx_deferring = {
	.id = "mx.deferring",
	.severity = SEVERITY_INFO,
	.line = "a mail server answers \"later\" (4xx: 421 and the like)",
	.explanation =
	    "The mail server says that it takes no mail just now: "
	    "too many connections, too little space, a sender that it does "
	    "not know yet. Senders try the next MX or come back later, so "
	    "this harms nothing while it passes. Servers do it to strangers "
	    "and to frequent callers, so it may well be only us.",
	.remedy =
	    "Nothing, if it passes. If it stays, read the server's log: "
	    "connection limits, disk space, greylisting. Letting this "
	    "machine's address through makes the watch see what known senders "
	    "see.",
	.rfc = "RFC 5321 section 4.2.1",
	.look = look_deferring,
};

static bool
is_slow(const struct view *v, const struct view_mx_address *a)
{
	return a->smtp != NULL && a->smtp->greeting_ms > v->policy->slow_ms;
}

/* RFC 5321 4.5.3.2.1: a client waits five minutes for the greeting. */
static void
look_slow(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];
		const struct view_mx_address *a = first_so(v, mx, is_slow);
		struct finding *f;
		struct buf b;

		if (a == NULL || !state_mx_first(v, mx))
			continue;
		buf_init(&b, 0);
		buf_printf(&b, "%s takes %.1f s to greet", mx->host,
		    a->smtp->greeting_ms / 1000);
		say_where(&b, v, mx, is_slow);
		f = words_add(out, rule, rule->severity, mx->host, &b);
		finding_number(
		    f, "greeting_seconds", a->smtp->greeting_ms / 1000);
		reply_evidence(f, v, mx, is_slow);
	}
}

const struct rule rule_mx_slow = {
	.id = "mx.slow",
	.severity = SEVERITY_WARNING,
	.line = "a mail server's greeting is slower than the threshold",
	.explanation =
	    "The server takes long until it greets. The standard "
	    "lets senders wait five minutes, but many wait less and count the "
	    "host as down; the others hold a connection that long for each "
	    "message. A delay of a few seconds may be on purpose, to put off "
	    "spammers; a long one mostly comes from overload, or from DNS or "
	    "blocklist look-ups that get no answer.",
	.remedy =
	    "See which look-ups the server makes at connect (reverse "
	    "DNS, ident, blocklists) and take out those that time out; look "
	    "at its load and its connection limit. Shorten a deliberate delay "
	    "to a few seconds.",
	.rfc = "RFC 5321 section 4.5.3.2.1",
	.look = look_slow,
};
