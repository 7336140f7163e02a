#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tests/unit/rule_case.h"

#define DAY INT64_C(86400000000)

/* The dialogue with the backup, mx2.example.org, to be changed. */
static struct obs_smtp *
mx2(struct facts *f)
{
	return facts_smtp_up(f, "198.51.100.25", "mx2.example.org");
}

static char *
copy(const char *text)
{
	char *new = strdup(text);

	assert_non_null(new);
	return new;
}

static void
replace(char **old, const char *text)
{
	free(*old);
	*old = copy(text);
}

/* Without STARTTLS there are no TLS facts. */
static struct obs_smtp *
plain(struct obs_smtp *o)
{
	obs_tls_free(o->tls);
	o->tls = NULL;
	o->starttls = false;
	o->starttls_code = 0;
	return o;
}

/* ------------------------------------------------------------ handshake */

static void
not_offered(struct facts *f, struct policy *p)
{
	(void)p;
	plain(mx2(f));
}

static void
not_asked_for(struct facts *f, struct policy *p)
{
	not_offered(f, p);
	f->depth = DEPTH_EHLO;
}

static void
helo_only(struct facts *f, struct policy *p)
{
	(void)p;
	plain(mx2(f))->helo_only = true;
}

static void
not_offered_at_one(struct facts *f, struct policy *p)
{
	(void)p;
	plain(facts_smtp_up(f, "2001:db8:1::25", "mx1.example.org"));
}

static void
not_offered_by_all(struct facts *f, struct policy *p)
{
	not_offered_at_one(f, p);
	plain(facts_smtp_up(f, "192.0.2.25", "mx1.example.org"));
}

/* It did not come to the list of extensions: nothing is known. */
static void
greylisted_at_ehlo(struct facts *f, struct policy *p)
{
	(void)p;
	facts_smtp_fails(f, "198.51.100.25", "mx2.example.org", SMTP_EHLO,
	    SMTP_DEFERRED, 421);
}

static void
handshake_fails(struct facts *f, struct policy *p)
{
	struct obs_smtp *o = mx2(f);

	(void)p;
	o->phase = SMTP_TLS;
	o->error = SMTP_TLS_FAILED;
	o->tls->established = o->tls->certificate = false;
	o->tls->error = copy("no shared cipher");
}

static void
handshake_fails_bare(struct facts *f, struct policy *p)
{
	(void)p;
	facts_smtp_fails(f, "198.51.100.25", "mx2.example.org", SMTP_TLS,
	    SMTP_TLS_FAILED, 0);
}

static void
handshake_times_out(struct facts *f, struct policy *p)
{
	(void)p;
	facts_smtp_fails(
	    f, "198.51.100.25", "mx2.example.org", SMTP_TLS, SMTP_TIMEOUT, 0);
}

static void
handshake_cut_short(struct facts *f, struct policy *p)
{
	(void)p;
	facts_smtp_fails(
	    f, "198.51.100.25", "mx2.example.org", SMTP_TLS, SMTP_TIMEOUT, 0)
	    ->hurried = true;
}

static void
starttls_refused(struct facts *f, struct policy *p)
{
	(void)p;
	facts_smtp_fails(f, "198.51.100.25", "mx2.example.org", SMTP_STARTTLS,
	    SMTP_DEFERRED, 454);
}

/* As above, but the dialogue went on to its end. */
static void
starttls_refused_politely(struct facts *f, struct policy *p)
{
	struct obs_smtp *o = plain(mx2(f));

	(void)p;
	o->starttls = true;
	o->starttls_code = 502;
}

static void
closed_at_starttls(struct facts *f, struct policy *p)
{
	(void)p;
	facts_smtp_fails(f, "198.51.100.25", "mx2.example.org", SMTP_STARTTLS,
	    SMTP_CLOSED, 0);
}

static void
injected(struct facts *f, struct policy *p)
{
	(void)p;
	mx2(f)->tls->injected = 9;
}

static void
tls_1_1(struct facts *f, struct policy *p)
{
	(void)p;
	replace(&mx2(f)->tls->protocol, "TLSv1.1");
}

static void
tls_1_0(struct facts *f, struct policy *p)
{
	(void)p;
	replace(&mx2(f)->tls->protocol, "TLSv1");
}

static void
tls_1_2(struct facts *f, struct policy *p)
{
	(void)p;
	replace(&mx2(f)->tls->protocol, "TLSv1.2");
}

static const struct rule_case handshakes[] = {
	{ "not offered", not_offered, "tls.none=warning mx2.example.org",
	    "mx2.example.org does not offer STARTTLS" },
	{ "not offered, and not looked for", not_asked_for, "", NULL },
	{ "HELO only", helo_only, "tls.none=warning mx2.example.org",
	    "knows no extensions" },
	{ "not offered at one of two addresses", not_offered_at_one,
	    "tls.none=warning mx1.example.org",
	    "mx1.example.org (2001:db8:1::25) does not" },
	{ "not offered at both: one finding", not_offered_by_all,
	    "tls.none=warning mx1.example.org", "mx1.example.org does not" },
	{ "nothing known of it", greylisted_at_ehlo,
	    "mx.deferring=info mx2.example.org", NULL },
	{ "the handshake fails", handshake_fails,
	    "tls.failed=warning mx2.example.org",
	    "the handshake fails: no shared cipher" },
	{ "the handshake fails, and no more is known", handshake_fails_bare,
	    "tls.failed=warning mx2.example.org", "but the handshake fails" },
	{ "the handshake times out: that is down", handshake_times_out,
	    "mx.host-down=warning mx2.example.org", "timeout at tls" },
	{ "our time ran out in the handshake", handshake_cut_short,
	    "mx.host-down=unknown mx2.example.org", "time ran out at tls" },
	{ "STARTTLS is refused", starttls_refused,
	    "tls.failed=warning mx2.example.org", "answers it with 454" },
	{ "STARTTLS is refused, all else is well", starttls_refused_politely,
	    "tls.failed=warning mx2.example.org", "answers it with 502" },
	{ "the connection is closed at STARTTLS: that is down",
	    closed_at_starttls, "mx.host-down=warning mx2.example.org",
	    "connection closed at starttls" },
	{ "plain text before the handshake", injected,
	    "tls.injection=warning mx2.example.org",
	    "sends 9 bytes of plain text" },
	{ "TLS 1.1", tls_1_1, "tls.old-protocol=warning mx2.example.org",
	    "speaks TLS 1.1 at best" },
	{ "TLS 1.0", tls_1_0, "tls.old-protocol=warning mx2.example.org",
	    "TLS 1.0 " },
	{ "TLS 1.2", tls_1_2, "", NULL },
};

static void
test_handshakes(void **state)
{
	(void)state;
	TRY(handshakes);
}

/* ---------------------------------------------------------- certificates */

static void
ends_in(struct facts *f, int64_t us)
{
	mx2(f)->tls->not_after.us = facts_now.us + us;
}

static void
expired(struct facts *f, struct policy *p)
{
	(void)p;
	ends_in(f, -DAY);
}

static void
not_yet_valid(struct facts *f, struct policy *p)
{
	(void)p;
	mx2(f)->tls->not_before.us = facts_now.us + DAY;
}

static void
no_certificate(struct facts *f, struct policy *p)
{
	struct obs_smtp *o = mx2(f);

	(void)p;
	o->tls->not_after.us = facts_now.us - DAY;
	o->tls->certificate = false;
}

static void
ends_in_20_days(struct facts *f, struct policy *p)
{
	(void)p;
	ends_in(f, 20 * DAY);
}

static void
ends_in_22_days(struct facts *f, struct policy *p)
{
	(void)p;
	ends_in(f, 22 * DAY);
}

static void
ends_in_a_day(struct facts *f, struct policy *p)
{
	(void)p;
	ends_in(f, DAY);
}

static void
ends_in_a_day_critical(struct facts *f, struct policy *p)
{
	ends_in_a_day(f, p);
	p->cert_crit_set = true;
}

static void
ends_in_20_days_critical(struct facts *f, struct policy *p)
{
	ends_in_20_days(f, p);
	p->cert_crit_set = true;
}

static void
other_name(struct facts *f, struct policy *p)
{
	struct obs_smtp *o = mx2(f);

	(void)p;
	o->tls->name_ok = TRI_NO;
	replace(&o->tls->names, "www.example.org");
}

static void
name_unknown(struct facts *f, struct policy *p)
{
	(void)p;
	mx2(f)->tls->name_ok = TRI_UNKNOWN;
}

static void
untrusted(struct facts *f, struct policy *p)
{
	struct obs_smtp *o = mx2(f);

	(void)p;
	o->tls->trusted = TRI_NO;
	o->tls->trust_error = copy("self-signed certificate");
}

static void
trust_unknown(struct facts *f, struct policy *p)
{
	(void)p;
	mx2(f)->tls->trusted = TRI_UNKNOWN;
}

static void
weak(struct facts *f, struct policy *p)
{
	(void)p;
	mx2(f)->tls->weak = copy("RSA key of 1024 bits");
}

/* The same certificate on each address: one finding. */
static void
expired_everywhere(struct facts *f, struct policy *p)
{
	(void)p;
	for (size_t i = 0; i < f->nsmtp; i++)
		f->smtp[i]->tls->not_after.us = facts_now.us - DAY;
}

static const struct rule_case certificates[] = {
	{ "expired", expired, "tls.expired=warning mx2.example.org",
	    "expired on 2026-11-22 16:40 UTC" },
	{ "not valid yet", not_yet_valid, "tls.expired=warning mx2.example.org",
	    "not valid before" },
	{ "no certificate at all", no_certificate, "", NULL },
	{ "expired on each address", expired_everywhere,
	    "tls.expired=warning mx1.example.org; "
	    "tls.expired=warning mx2.example.org",
	    "mx1.example.org has a certificate that expired" },
	{ "ends in 20 days", ends_in_20_days,
	    "tls.expiring=warning mx2.example.org", "expires in 20 days" },
	{ "ends in 22 days", ends_in_22_days, "", NULL },
	{ "ends in a day: it stops no mail", ends_in_a_day,
	    "tls.expiring=warning mx2.example.org", "in 1 day" },
	{ "ends in a day, and that was named critical", ends_in_a_day_critical,
	    "tls.expiring=critical mx2.example.org", NULL },
	{ "ends in 20 days, a critical threshold was named",
	    ends_in_20_days_critical, "tls.expiring=warning mx2.example.org",
	    NULL },
	{ "another name", other_name, "tls.name-mismatch=info mx2.example.org",
	    "for other names (www.example.org)" },
	{ "a name that could not be compared", name_unknown, "", NULL },
	{ "not trusted", untrusted, "tls.untrusted=info mx2.example.org",
	    "(self-signed certificate)" },
	{ "trust that could not be judged", trust_unknown, "", NULL },
	{ "a weak key", weak, "tls.weak-key=info mx2.example.org",
	    "RSA key of 1024 bits" },
};

static void
test_certificates(void **state)
{
	(void)state;
	TRY(certificates);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshakes),
		cmocka_unit_test(test_certificates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
