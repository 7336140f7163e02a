/*
 * Does TLS work?  Senders use it when it is offered and go without when it
 * fails (RFC 3207 4.1), so nothing here stops mail.
 */

#include <stdbool.h>
#include <string.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/tls_look.h"
#include "agent/rules/words.h"

/* The list of extensions was seen, or HELO was all there was. */
static bool
not_offered(const struct view *v, const struct obs_smtp *smtp, struct buf *b)
{
	if (v->facts->depth < DEPTH_STARTTLS || smtp->phase <= SMTP_EHLO ||
	    smtp->starttls)
		return false;
	buf_puts(b,
	    smtp->helo_only ?
	        "knows no extensions, so no STARTTLS: "
	        "mail comes in plain text" :
	        "does not offer STARTTLS: mail comes in plain text");
	return true;
}

static void
look_none(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	tls_look(rule, rule->severity, v, not_offered, out);
}

const struct rule rule_tls_none = {
	.id = "tls.none",
	.severity = SEVERITY_WARNING,
	.line = "STARTTLS is not offered",
	.explanation =
	    "The mail server does not offer encryption. Mail for "
	    "the domain crosses the Internet in plain text, where everybody "
	    "on the way can read and change it. Some senders insist on TLS "
	    "and cannot deliver at all.",
	.remedy =
	    "Give the server a certificate (a free one from an ACME "
	    "authority does) and turn STARTTLS on. If it is turned on, look "
	    "for a firewall that strips STARTTLS out of the dialogue: some "
	    "\"SMTP inspection\" features do.",
	.rfc = "",
	.look = look_none,
};

/* Why there is no TLS, or NULL. */
static const char *
handshake_error(const struct obs_smtp *smtp)
{
	if (smtp->tls != NULL && smtp->tls->error != NULL)
		return smtp->tls->error;
	if (smtp->detail != NULL && *smtp->detail != '\0')
		return smtp->detail;
	return NULL;
}

/* The handshake was refused, or begun and not ended. */
static bool
handshake_failed(
    const struct view *v, const struct obs_smtp *smtp, struct buf *b)
{
	(void)v;
	if (smtp->tls != NULL && smtp->tls->established)
		return false;
	if (smtp->starttls_code >= 400 || smtp->phase == SMTP_STARTTLS) {
		buf_printf(b, "offers STARTTLS but answers it with %d",
		    smtp->starttls_code != 0 ? smtp->starttls_code :
		                               smtp->code);
		return true;
	}
	if (smtp->phase != SMTP_TLS && smtp->tls == NULL)
		return false;
	buf_puts(b, "offers STARTTLS but the handshake fails");
	if (handshake_error(smtp) != NULL)
		buf_printf(b, ": %s", handshake_error(smtp));
	return true;
}

static void
look_failed(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	tls_look(rule, rule->severity, v, handshake_failed, out);
}

const struct rule rule_tls_failed = {
	.id = "tls.failed",
	.severity = SEVERITY_WARNING,
	.line = "STARTTLS is offered, but the handshake fails",
	.explanation =
	    "The mail server says that it can encrypt, and then "
	    "cannot. Most senders try again in plain text, some only after a "
	    "delay; those that insist on TLS cannot deliver. Mostly the "
	    "certificate or its key cannot be read, or the server speaks only "
	    "versions or ciphers that nobody uses any more.",
	.remedy =
	    "Try it by hand: \"openssl s_client -starttls smtp -connect "
	    "HOST:25\", and read the server's log at that moment. See that it "
	    "can read certificate and key, that the two belong together, and "
	    "that TLS 1.2 and 1.3 are allowed.",
	.rfc = "RFC 3207 section 4.1",
	.look = look_failed,
};

/* RFC 3207 4.2: what was learned before the handshake is to be forgotten. */
static bool
injected(const struct view *v, const struct obs_smtp *smtp, struct buf *b)
{
	(void)v;
	if (smtp->tls == NULL || smtp->tls->injected == 0)
		return false;
	buf_printf(b,
	    "sends %zu %s of plain text between its answer to "
	    "STARTTLS and the handshake",
	    smtp->tls->injected, smtp->tls->injected == 1 ? "byte" : "bytes");
	return true;
}

static void
look_injection(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	tls_look(rule, rule->severity, v, injected, out);
}

const struct rule rule_tls_injection = {
	.id = "tls.injection",
	.severity = SEVERITY_WARNING,
	.line = "plain text comes between STARTTLS and the handshake",
	.explanation =
	    "After its answer to STARTTLS the server, or somebody "
	    "between it and us, sent more plain text. A sender that does not "
	    "throw it away takes it for something that was said under "
	    "encryption: that is how answers are slipped into a protected "
	    "dialogue. A careful sender breaks the connection off.",
	.remedy =
	    "Update the mail server: buffers that survive STARTTLS are "
	    "an old and mended fault in most of them. If it is up to date, "
	    "look at proxies and firewalls in front of it that rewrite SMTP.",
	.rfc = "RFC 3207 section 4.2",
	.look = look_injection,
};

/* RFC 8996: TLS 1.0 and 1.1 must not be used. */
static bool
old_protocol(const struct view *v, const struct obs_smtp *smtp, struct buf *b)
{
	static const struct {
		const char *protocol, *name;
	} old[] = {
		{ "SSLv2", "SSL 2" },
		{ "SSLv3", "SSL 3" },
		{ "TLSv1", "TLS 1.0" },
		{ "TLSv1.1", "TLS 1.1" },
	};

	(void)v;
	if (smtp->tls == NULL || smtp->tls->protocol == NULL)
		return false;
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
		if (strcmp(smtp->tls->protocol, old[i].protocol) != 0)
			continue;
		buf_printf(b, "speaks %s at best", old[i].name);
		return true;
	}
	return false;
}

static void
look_old_protocol(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	tls_look(rule, rule->severity, v, old_protocol, out);
}

const struct rule rule_tls_old_protocol = {
	.id = "tls.old-protocol",
	.severity = SEVERITY_WARNING,
	.line = "the server speaks nothing newer than TLS 1.1",
	.explanation =
	    "The best that the mail server can do is TLS 1.1 or "
	    "older, which is broken and withdrawn. More and more senders "
	    "refuse it: their mail then comes in plain text, or not at all "
	    "where they insist on TLS.",
	.remedy =
	    "Allow TLS 1.2 and 1.3 in the mail server's configuration, "
	    "or update the server or its TLS library if it knows neither.",
	.rfc = "RFC 8996",
	.look = look_old_protocol,
};
