#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "tests/unit/support.h"

#include "tests/unit/looks.h"

static void
set(char **slot, const char *text)
{
	free(*slot);
	*slot = strdup(text);
	assert_non_null(*slot);
}

static struct facts *
primary_down(void)
{
	struct facts *f = facts_healthy();
	struct obs_smtp *s;

	s = facts_smtp_fails(
	    f, "192.0.2.25", "mx1.example.org", SMTP_CONNECT, SMTP_TIMEOUT, 0);
	s->total_ms = 10000;
	s = facts_smtp_fails(f, "2001:db8:1::25", "mx1.example.org",
	    SMTP_CONNECT, SMTP_CONN_REFUSED, 0);
	set(&s->detail, "connection refused");
	/* A name server with an address of each family. */
	facts_address(
	    f, EVERY, "ns1.example.org", "192.0.2.53, 2001:db8:1::53");
	facts_server_up(f, "2001:db8:1::53", "ns1.example.org, ns2.example.net",
	    "10 mx1.example.org, 20 mx2.example.org");
	return f;
}

static struct facts *
all_down(void)
{
	struct facts *f = primary_down();
	struct obs_smtp *s = facts_smtp_fails(f, "198.51.100.25",
	    "mx2.example.org", SMTP_GREETING, SMTP_REJECTED, 554);

	set(&s->text, "5.7.1 no service here for the likes of you");
	set(&s->dialogue,
	    "< 554 5.7.1 no service here for the likes of you\n"
	    "> QUIT\n< 221 bye\n");
	return f;
}

static struct facts *
deferring(void)
{
	struct facts *f = primary_down();
	struct obs_smtp *s = facts_smtp_fails(f, "198.51.100.25",
	    "mx2.example.org", SMTP_GREETING, SMTP_DEFERRED, 421);

	set(&s->text, "too many connections, come back later");
	return f;
}

static struct facts *
nxdomain(void)
{
	struct facts *f = facts_blank("gone.example", 3);

	for (unsigned i = 0; i < 3; i++)
		facts_vantage_fails(f, i, DNS_NXDOMAIN);
	return f;
}

static struct facts *
unresolvable(void)
{
	struct facts *f = facts_blank("example.net", 3);

	for (unsigned i = 0; i < 3; i++)
		facts_vantage_fails(f, i, DNS_SERVFAIL);
	facts_delegation(f, "203.0.113.1", "ns1.example.org, ns2.example.org");
	facts_address(f, 0, "ns1.example.org", "192.0.2.53");
	facts_address(f, 0, "ns2.example.org", "192.0.2.54");
	facts_server_fails(f, "192.0.2.53", DNS_TIMEOUT);
	facts_server_fails(f, "192.0.2.54", DNS_REFUSED);
	return f;
}

static struct facts *
blind(void)
{
	struct facts *f = facts_blank("example.org", 2);

	facts_vantage_blind(f, 0);
	facts_vantage_blind(f, 1);
	return f;
}

static struct facts *
disagreement(void)
{
	struct facts *f = facts_healthy();

	facts_vantage_fails(f, 1, DNS_SERVFAIL);
	facts_with_mx(f, 2, "10 old.example.org");
	facts_address(f, 0, "old.example.org", "203.0.113.7");
	facts_smtp_up(f, "203.0.113.7", "old.example.org");
	return f;
}

static struct facts *
null_mx(void)
{
	struct facts *f = facts_healthy();

	facts_with_mx(f, EVERY, "0 .");
	return f;
}

static struct facts *
implicit(void)
{
	struct facts *f = facts_healthy();

	facts_with_mx(f, EVERY, "");
	facts_address(f, EVERY, "example.org", "192.0.2.80");
	facts_smtp_up(f, "192.0.2.80", "example.org");
	return f;
}

static struct facts *
idn(void)
{
	struct facts *f = facts_blank("xn--bcher-kva.example", 2);

	f->unicode = strdup("b\xc3\xbc"
	                    "cher.example");
	assert_non_null(f->unicode);
	facts_with_ns(f, EVERY, "ns1.example.org, ns2.example.net");
	facts_with_mx(f, EVERY, "10 mx.xn--bcher-kva.example");
	facts_address(f, 0, "ns1.example.org", "192.0.2.53");
	facts_address(f, 0, "ns2.example.net", "198.51.100.53");
	facts_address(f, 0, "mx.xn--bcher-kva.example", "203.0.113.25");
	facts_server_up(f, "192.0.2.53", "ns1.example.org, ns2.example.net",
	    "10 mx.xn--bcher-kva.example");
	facts_server_up(f, "198.51.100.53", "ns1.example.org, ns2.example.net",
	    "10 mx.xn--bcher-kva.example");
	facts_smtp_up(f, "203.0.113.25", "mx.xn--bcher-kva.example");
	return f;
}

/* Name servers of different minds; TLS at its worst; bad MX targets. */
static struct facts *
faulty(void)
{
	struct facts *f = facts_healthy();
	struct obs_smtp *s;

	facts_with_mx(f, EVERY,
	    "10 mx1.example.org, 10 mx2.example.org, 20 192.0.2.77, "
	    "30 nowhere.example.org, 40 inside.example.org");
	facts_no_address(f, EVERY, "nowhere.example.org", DNS_NXDOMAIN);
	facts_address(f, EVERY, "inside.example.org", "10.1.2.3");
	facts_direct_soa(f, "198.51.100.53", FACTS_SERIAL - 100);
	s = facts_smtp_up(f, "192.0.2.25", "mx1.example.org");
	s->tls->not_after.us = facts_now.us + INT64_C(3) * 86400 * 1000000;
	set(&s->tls->protocol, "TLSv1");
	s = facts_smtp_fails(f, "2001:db8:1::25", "mx1.example.org", SMTP_TLS,
	    SMTP_TLS_FAILED, 0);
	s->starttls = true;
	s->tls = calloc(1, sizeof(*s->tls));
	assert_non_null(s->tls);
	s->tls->error = strdup("wrong version number");
	assert_non_null(s->tls->error);
	s = facts_smtp_up(f, "198.51.100.25", "mx2.example.org");
	obs_tls_free(s->tls);
	s->tls = NULL;
	s->starttls = false;
	return f;
}

/* Bytes of all values, escapes, direction marks, a plugin's separators. */
static char *
poison(void)
{
	static const char more[] = "\033[2J\033]0;x\a | a=1 \n\r<b>$HOME$`id`"
	                           "\xe2\x80\xae\xe2\x80\xa8 \\n \\\\| '\"~&";
	char raw[256 + sizeof(more)];
	char *text;

	for (int i = 0; i < 256; i++)
		raw[i] = (char)i;
	memcpy(raw + 256, more, sizeof(more));
	text = text_safe_dup(raw + 200, sizeof(raw) - 201);
	assert_non_null(text);
	return text;
}

static char *
long_poison(void)
{
	char raw[4096];
	char *text;

	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] = (char)i;
	text = text_safe_dup(raw, sizeof(raw));
	assert_non_null(text);
	return text;
}

static void
poison_dialogue(struct obs_smtp *s, const char *text)
{
	struct buf lines;

	buf_init(&lines, 0);
	for (int i = 0; i < 8; i++)
		buf_printf(&lines, "< 250-%s\n> %s\n", text, text);
	free(s->dialogue);
	s->dialogue = buf_take(&lines);
	assert_non_null(s->dialogue);
}

static struct facts *
hostile(void)
{
	struct facts *f = facts_blank("example.org", 1);
	char *text = poison(), *more = long_poison();
	struct obs_smtp *s;

	facts_with_ns(f, 0, "ns\\124\\027.example.org, ns\\\\.example.net");
	facts_with_mx(
	    f, 0, "10 \\124a\\061b\\010.example.org, 20 mx\\200.example.org");
	facts_address(
	    f, 0, "\\124a\\061b\\010.example.org", "192.0.2.25 2001:db8::25");
	facts_address(f, 0, "mx\\200.example.org", "198.51.100.25");
	s = facts_smtp_fails(f, "192.0.2.25", "\\124a\\061b\\010.example.org",
	    SMTP_GREETING, SMTP_REJECTED, 554);
	set(&s->text, text);
	poison_dialogue(s, text);
	s = facts_smtp_fails(f, "2001:db8::25", "\\124a\\061b\\010.example.org",
	    SMTP_GREETING, SMTP_PROTOCOL, 0);
	set(&s->detail, more);
	s = facts_smtp_up(f, "198.51.100.25", "mx\\200.example.org");
	set(&s->extension[0], text);
	set(&s->tls->subject, more);
	set(&s->tls->trust_error, text);
	set(&s->tls->protocol, text);
	s->tls->trusted = TRI_NO;
	s->tls->not_after.us = 0;
	free(text);
	free(more);
	return f;
}

/* As many of everything as there may be. */
static struct facts *
crowd(void)
{
	struct facts *f = facts_blank("example.org", 3);
	struct buf mx;
	char host[40], ip[IP_TEXT];

	buf_init(&mx, 0);
	for (int i = 0; i < FACTS_MX_MAX; i++)
		buf_printf(
		    &mx, "%s%d mx%d.example.org", i > 0 ? ", " : "", i, i);
	facts_with_mx(f, EVERY, buf_str(&mx));
	buf_free(&mx);
	for (int i = 0; i < FACTS_MX_MAX; i++) {
		snprintf(host, sizeof(host), "mx%d.example.org", i);
		snprintf(ip, sizeof(ip), "192.0.2.%d", i + 1);
		facts_address(f, 0, host, ip);
		facts_smtp_fails(
		    f, ip, host, SMTP_GREETING, SMTP_REJECTED, 554);
	}
	return f;
}

const struct look looks[] = {
	{ "healthy", facts_healthy },
	{ "primary-down", primary_down },
	{ "all-down", all_down },
	{ "deferring", deferring },
	{ "nxdomain", nxdomain },
	{ "unresolvable", unresolvable },
	{ "blind", blind },
	{ "disagreement", disagreement },
	{ "null-mx", null_mx },
	{ "implicit", implicit },
	{ "idn", idn },
	{ "faulty", faulty },
	{ "hostile", hostile },
	{ "crowd", crowd },
};
const size_t looks_count = sizeof(looks) / sizeof(*looks);

void
look_judge(const struct look *look, struct judged *j)
{
	j->facts = look->make();
	facts_policy(&j->policy);
	j->report = judge(j->facts, &j->policy, facts_now);
	assert_non_null(j->report);
}

void
look_free(struct judged *j)
{
	report_free(j->report);
	policy_free(&j->policy);
	facts_free(j->facts);
}

const struct look *
look_find(const char *name)
{
	for (size_t i = 0; i < looks_count; i++)
		if (strcmp(looks[i].name, name) == 0)
			return &looks[i];
	fail_msg("no look %s", name);
	return NULL;
}

void
look_golden(char out[64], const char *format, const char *name)
{
	snprintf(out, 64, "tests/golden/%s-%s.txt", format, name);
}
