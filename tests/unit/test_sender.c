#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/rules/sender.h"
#include "agent/rules/sender_habits.h"
#include "tests/unit/support.h"

#include "tests/unit/facts.h"

/*
 * A domain in one line: "10 a=ud 20 b=u" is the MX "a" at preference 10 with
 * one address that is up and one that is down, and so on.  Addresses, in the
 * order in which they are tried: u up, U the same in IPv6, ? not tried, p
 * private, L loopback, o this machine's own, and those of the table.  In their
 * place: - no address, ! look-up fails, _ not looked up.
 */
static const struct {
	char letter;
	enum smtp_phase phase;
	enum smtp_error error;
	int code;
} failures[] = {
	{ 'd', SMTP_CONNECT, SMTP_TIMEOUT, 0 },
	{ 'D', SMTP_CONNECT, SMTP_TIMEOUT, 0 }, /* IPv6 */
	{ 'o', SMTP_CONNECT, SMTP_FORBIDDEN, 0 },
	{ 'l', SMTP_GREETING, SMTP_DEFERRED, 421 },
	{ 'g', SMTP_GREETING, SMTP_REJECTED, 554 },
	{ 'e', SMTP_EHLO, SMTP_REJECTED, 550 },
	{ 's', SMTP_STARTTLS, SMTP_DEFERRED, 454 },
	{ 't', SMTP_TLS, SMTP_TLS_FAILED, 0 },
	{ 'x', SMTP_TLS, SMTP_REJECTED, 550 }, /* at EHLO */
	{ 'c', SMTP_TLS, SMTP_CLOSED, 0 },
	{ 'P', SMTP_TLS, SMTP_PROTOCOL, 0 },
	{ 'm', SMTP_RCPT, SMTP_REJECTED, 550 }, /* at MAIL */
	{ 'q', SMTP_RCPT, SMTP_DEFERRED, 451 },
	{ 'k', SMTP_RCPT, SMTP_RESET, 0 },
	{ 'w', SMTP_RCPT, SMTP_PROTOCOL, 0 },
};

static void
put_address(struct facts *f, const char *host, const char *ip, char letter)
{
	struct obs_smtp *o;

	if (strchr("uU", letter) != NULL)
		facts_smtp_up(f, ip, host);
	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
		if (failures[i].letter != letter)
			continue;
		o = facts_smtp_fails(f, ip, host, failures[i].phase,
		    failures[i].error, failures[i].code);
		if (failures[i].error == SMTP_FORBIDDEN)
			o->detail = strdup("own address");
	}
}

static void
put_host(struct facts *f, const char *host, const char *letters)
{
	static unsigned next;
	char ip[64], all[1024] = "";

	if (*letters == '-')
		facts_no_address(f, 0, host, DNS_NXDOMAIN);
	else if (*letters == '!')
		facts_no_address(f, 0, host, DNS_SERVFAIL);
	if (strchr("-!_", *letters) != NULL)
		return;
	for (; *letters != '\0'; letters++) {
		next = next % 250 + 1;
		snprintf(ip, sizeof(ip), "%s%u",
		    *letters == 'p'                    ? "10.0.0." :
		        *letters == 'L'                ? "127.0.0." :
		        strchr("UD", *letters) != NULL ? "2001:db8::" :
		                                         "192.0.2.",
		    next);
		strcat(strcat(all, " "), ip);
		put_address(f, host, ip, *letters);
	}
	facts_address(f, 0, host, all);
}

static struct facts *
domain(const char *spec)
{
	struct facts *f = facts_blank("example.org", 1);
	char *all = strdup(spec), *save, mx[1024] = "", *word;

	assert_non_null(all);
	for (word = strtok_r(all, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		char *host = strtok_r(NULL, " ", &save);
		char *letters = strchr(host, '=');

		*letters++ = '\0';
		if (*mx != '\0')
			strcat(mx, ", ");
		strcat(strcat(strcat(mx, word), " "), host);
		put_host(f, host, letters);
	}
	facts_with_mx(f, 0, mx);
	free(all);
	return f;
}

static void
tell_attempts(const struct delivery *d, char *out, size_t size)
{
	size_t len = 0;

	*out = '\0';
	for (size_t i = 0; i < d->nattempt; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s:%s",
		    i > 0 ? " " : "", d->attempt[i].mx->host,
		    d->attempt[i].outcome);
	assert_true(len < size);
}

/* Shares in percent, of the hosts that have one. */
static void
tell_shares(const struct view *v, char *out, size_t size)
{
	size_t len = 0;

	*out = '\0';
	for (size_t i = 0; i < v->nmx; i++)
		if (v->mx[i].share > 0)
			len += (size_t)snprintf(out + len, size - len,
			    "%s%s:%.0f", len > 0 ? " " : "", v->mx[i].host,
			    v->mx[i].share * 100);
	assert_true(len < size);
}

#define RFC     SENDER_RFC
#define POSTFIX SENDER_POSTFIX
#define EXIM    SENDER_EXIM
#define BSD     SENDER_OPENSMTPD
#define YES     OUTCOME_ACCEPTED
#define WAIT    OUTCOME_DEFERRED
#define BOUNCE  OUTCOME_BOUNCED
#define REFUSE  OUTCOME_REFUSED
#define DUNNO   OUTCOME_UNKNOWN

static const struct {
	const char *label;
	enum sender_profile profile;
	const char *spec;
	enum outcome outcome;
	const char *shares, *attempts;
} rows[] = {
	/* ------------------------------------------------------- rfc */
	{ "one host", RFC, "10 a=u", YES, "a:100", "a:up" },
	{ "the first takes all", RFC, "10 a=u 20 b=u", YES, "a:100", "a:up" },
	{ "two of a preference", RFC, "10 a=u 10 b=u", YES, "a:50 b:50",
	    "a:up" },
	{ "by host, not by address", RFC, "10 a=uuu 10 b=u", YES, "a:50 b:50",
	    "a:up" },
	{ "one of two is down", RFC, "10 a=d 10 b=u", YES, "b:100",
	    "a:timeout b:up" },
	{ "the primary is down", RFC, "10 a=d 20 b=u", YES, "b:100",
	    "a:timeout b:up" },
	{ "an address is down", RFC, "10 a=du", YES, "a:100",
	    "a:timeout a:up" },
	{ "the primary defers", RFC, "10 a=l 20 b=u", YES, "b:100",
	    "a:deferred b:up" },
	{ "the primary has no address", RFC, "10 a=- 20 b=u", YES, "b:100",
	    "a:unresolvable b:up" },
	{ "the primary cannot be looked up", RFC, "10 a=! 20 b=u", YES, "b:100",
	    "a:unresolvable b:up" },
	{ "the primary was not tried", RFC, "10 a=? 20 b=u", YES, "b:100",
	    "a:unchecked b:up" },
	{ "a private address beside", RFC, "10 a=up", YES, "a:100",
	    "a:unusable a:up" },
	{ "a private primary", RFC, "10 a=p 20 b=u", YES, "b:100",
	    "a:unusable b:up" },
	{ "all down", RFC, "10 a=d 20 b=d", WAIT, "", "a:timeout b:timeout" },
	{ "all defer", RFC, "10 a=l", WAIT, "", "a:deferred" },
	{ "down, and no address", RFC, "10 a=- 20 b=d", WAIT, "",
	    "a:unresolvable b:timeout" },
	{ "down, and private", RFC, "10 a=p 20 b=d", WAIT, "",
	    "a:unusable b:timeout" },
	{ "a look-up fails", RFC, "10 a=!", WAIT, "", "a:unresolvable" },
	{ "no look-up", RFC, "10 a=_", DUNNO, "", "a:unchecked" },
	{ "no addresses", RFC, "10 a=- 20 b=-", BOUNCE, "",
	    "a:unresolvable b:unresolvable" },
	{ "private only", RFC, "10 a=p", BOUNCE, "", "a:unusable" },
	{ "loopback only", RFC, "10 a=L", BOUNCE, "", "a:unusable" },
	{ "an address for a name", RFC, "10 192.0.2.9=-", BOUNCE, "",
	    "192.0.2.9:unusable" },
	{ "localhost", RFC, "10 localhost=-", BOUNCE, "",
	    "localhost:unusable" },
	{ "not tried", RFC, "10 a=?", DUNNO, "", "a:unchecked" },
	{ "not tried, and down", RFC, "10 a=d 20 b=?", DUNNO, "",
	    "a:timeout b:unchecked" },
	{ "our own address", RFC, "10 a=o", DUNNO, "", "a:unchecked" },
	{ "our own, then one", RFC, "10 a=o 20 b=u", YES, "b:100",
	    "a:unchecked b:up" },
	{ "null MX", RFC, "0 .=-", REFUSE, "", "" },
	{ "null MX beside others", RFC, "0 .=- 10 a=u", YES, "a:100", "a:up" },
	{ "three, one of them down", RFC, "10 a=u 10 b=d 10 c=u 20 d=u", YES,
	    "a:50 c:50", "a:up" },
	{ "EHLO taken, MAIL 451", RFC, "10 a=q", WAIT, "", "a:deferred" },
	{ "every refusal leads to the next", RFC,
	    "10 a=g 11 b=e 12 c=x 13 d=m 14 e=k 15 f=u", YES, "f:100",
	    "a:rejected b:rejected c:rejected d:rejected e:reset f:up" },
	{ "refused for good by all", RFC, "10 a=g 20 b=m", WAIT, "",
	    "a:rejected b:rejected" },
	{ "no TLS is plain text at once", RFC, "10 a=t 20 b=u", YES, "a:100",
	    "a:up" },
	{ "closed inside TLS", RFC, "10 a=c 20 b=u", YES, "b:100",
	    "a:closed b:up" },

	/* --------------------------------------------------- postfix */
	{ "by address", POSTFIX, "10 a=uuu 10 b=u", YES, "a:75 b:25", "a:up" },
	{ "by live address", POSTFIX, "10 a=ud 10 b=u", YES, "a:50 b:50",
	    "a:up" },
	{ "five dead before", POSTFIX, "10 a=ddddd 20 b=u", WAIT, "",
	    "a:timeout a:timeout a:timeout a:timeout a:timeout" },
	{ "six dead before", POSTFIX, "10 a=ddd 15 c=ddd 20 b=u", WAIT, "",
	    "a:timeout a:timeout a:timeout c:timeout c:timeout" },
	{ "four dead before", POSTFIX, "10 a=dddd 20 b=u", YES, "b:100",
	    "a:timeout a:timeout a:timeout a:timeout b:up" },
	{ "the last try is kept", POSTFIX, "10 a=dddddd 10 b=u", YES, "b:100",
	    "a:timeout a:timeout a:timeout a:timeout b:up" },
	{ "the other family keeps its place", POSTFIX, "10 a=dddddd 20 b=U",
	    YES, "b:100", "a:timeout a:timeout a:timeout a:timeout b:up" },
	{ "the other family keeps its place, IPv4", POSTFIX,
	    "10 a=DDDDDD 20 b=u", YES, "b:100",
	    "a:timeout a:timeout a:timeout a:timeout b:up" },
	{ "two late failures before", POSTFIX, "10 a=qq 20 b=u", WAIT, "",
	    "a:deferred a:deferred" },
	{ "one late failure before", POSTFIX, "10 a=q 20 b=u", YES, "b:100",
	    "a:deferred b:up" },
	{ "hosts without address cost nothing", POSTFIX,
	    "10 a=- 11 b=- 12 c=- 13 d=- 14 e=- 15 f=- 20 g=u", YES, "g:100",
	    "a:unresolvable b:unresolvable c:unresolvable d:unresolvable "
	    "e:unresolvable f:unresolvable g:up" },
	{ "private only", POSTFIX, "10 a=p", WAIT, "", "a:unreachable" },
	{ "loopback only", POSTFIX, "10 a=L", BOUNCE, "", "" },
	{ "localhost only", POSTFIX, "10 localhost=-", BOUNCE, "", "" },
	{ "the sender is the best", POSTFIX, "10 a=L 20 b=u", BOUNCE, "", "" },
	{ "the sender among the best", POSTFIX, "10 a=u 10 b=L", BOUNCE, "",
	    "" },
	{ "the sender is the second", POSTFIX, "10 a=u 20 b=L 30 c=u", YES,
	    "a:100", "a:up" },
	{ "what is after the sender does not count", POSTFIX,
	    "10 a=d 20 b=L 30 c=u", WAIT, "", "a:timeout" },
	{ "before the sender only a dead name", POSTFIX, "10 a=- 20 b=L", WAIT,
	    "", "a:unresolvable" },
	{ "an address for a name", POSTFIX, "10 192.0.2.9=-", DUNNO, "",
	    "192.0.2.9:unchecked" },
	{ "a loopback for a name", POSTFIX, "10 127.0.0.1=-", BOUNCE, "", "" },
	{ "a private address for a name", POSTFIX, "10 10.0.0.1=-", WAIT, "",
	    "10.0.0.1:unreachable" },
	{ "null MX beside others", POSTFIX, "0 .=- 10 a=u", REFUSE, "", "" },
	{ "a 554 greeting, then one", POSTFIX, "10 a=g 20 b=u", YES, "b:100",
	    "a:rejected b:up" },
	{ "554 greetings only", POSTFIX, "10 a=g 20 b=g", WAIT, "",
	    "a:rejected b:rejected" },
	{ "EHLO refused, then one", POSTFIX, "10 a=e 20 b=u", BOUNCE, "",
	    "a:rejected" },
	{ "EHLO refused after one is dead", POSTFIX, "10 a=d 20 b=e 30 c=u",
	    BOUNCE, "", "a:timeout b:rejected" },
	{ "EHLO refused behind one that takes it", POSTFIX, "10 a=u 20 b=e",
	    YES, "a:100", "a:up" },
	{ "EHLO refused beside one that takes it", POSTFIX, "10 a=e 10 b=u",
	    YES, "b:100", "b:up" },
	{ "EHLO refused, and one not tried behind", POSTFIX, "10 a=e 20 b=?",
	    BOUNCE, "", "a:rejected" },
	{ "EHLO refused, and one not tried beside", POSTFIX, "10 a=e 10 b=?",
	    DUNNO, "", "a:rejected" },
	{ "EHLO refused out of reach", POSTFIX, "10 a=ddddd 20 b=e", WAIT, "",
	    "a:timeout a:timeout a:timeout a:timeout a:timeout" },
	{ "EHLO inside TLS refused", POSTFIX, "10 a=x 20 b=u", BOUNCE, "",
	    "a:rejected" },
	{ "closed inside TLS", POSTFIX, "10 a=c 20 b=u", YES, "b:100",
	    "a:closed b:up" },
	{ "rubbish inside TLS", POSTFIX, "10 a=P 20 b=u", YES, "b:100",
	    "a:protocol b:up" },
	{ "MAIL refused", POSTFIX, "10 a=m 20 b=u", BOUNCE, "", "a:rejected" },
	{ "closed at MAIL", POSTFIX, "10 a=k 20 b=u", YES, "b:100",
	    "a:reset b:up" },
	{ "rubbish at MAIL", POSTFIX, "10 a=w 20 b=u", YES, "b:100",
	    "a:protocol b:up" },
	{ "STARTTLS put off is plain text", POSTFIX, "10 a=s 20 b=u", YES,
	    "a:100", "a:up" },
	{ "no TLS, then one", POSTFIX, "10 a=t 20 b=u", YES, "b:100",
	    "a:tls b:up" },
	{ "no TLS only", POSTFIX, "10 a=t", WAIT, "", "a:tls" },
	{ "no TLS, then one that is dead", POSTFIX, "10 a=t 20 b=d", WAIT, "",
	    "a:tls b:timeout" },
	{ "no TLS, then EHLO refused", POSTFIX, "10 a=t 20 b=e", BOUNCE, "",
	    "a:tls b:rejected" },
	{ "no TLS, then one not tried", POSTFIX, "10 a=t 20 b=?", DUNNO, "",
	    "a:tls b:unchecked" },
	{ "two that fail before TLS are no sessions", POSTFIX, "10 a=tt 20 b=u",
	    YES, "b:100", "a:tls a:tls b:up" },
	{ "a number for a name", POSTFIX, "10 2130706433=-", BOUNCE, "",
	    "2130706433:unusable" },
	{ "no addresses", POSTFIX, "10 a=-", BOUNCE, "", "a:unresolvable" },
	{ "all down", POSTFIX, "10 a=d", WAIT, "", "a:timeout" },
	{ "null MX", POSTFIX, "0 .=-", REFUSE, "", "" },

	/* ------------------------------------------------------ exim */
	{ "by host", EXIM, "10 a=uuu 10 b=u", YES, "a:50 b:50", "a:up" },
	{ "five dead before", EXIM, "10 a=ddddd 20 b=u", YES, "b:100",
	    "a:timeout a:timeout a:timeout a:timeout a:timeout b:up" },
	{ "an address for a name", EXIM, "10 192.0.2.9=-", BOUNCE, "",
	    "192.0.2.9:unusable" },
	{ "private only", EXIM, "10 a=p", WAIT, "", "a:unreachable" },
	{ "localhost only", EXIM, "10 localhost=-", WAIT, "", "" },
	{ "localhost, then one", EXIM, "10 localhost=- 20 a=u", WAIT, "", "" },
	{ "loopback, then one", EXIM, "10 a=L 20 b=u", YES, "b:100",
	    "a:unusable b:up" },
	{ "null MX beside others", EXIM, "0 .=- 10 a=u", YES, "a:100", "a:up" },
	{ "a 554 greeting, then one", EXIM, "10 a=g 20 b=u", YES, "b:100",
	    "a:rejected b:up" },
	{ "a 554 greeting is the last word", EXIM, "10 a=d 20 b=g", BOUNCE, "",
	    "a:timeout b:rejected" },
	{ "a 554 greeting is not the last word", EXIM, "10 a=g 20 b=d", WAIT,
	    "", "a:rejected b:timeout" },
	{ "behind it is nothing to try", EXIM, "10 a=g 20 b=-", BOUNCE, "",
	    "a:rejected b:unresolvable" },
	{ "behind it is one not tried", EXIM, "10 a=g 20 b=?", DUNNO, "",
	    "a:rejected b:unchecked" },
	{ "EHLO refused is the last word", EXIM, "10 a=l 20 b=e", BOUNCE, "",
	    "a:deferred b:rejected" },
	{ "EHLO refused, then one", EXIM, "10 a=e 20 b=u", YES, "b:100",
	    "a:rejected b:up" },
	{ "no TLS is plain text at once", EXIM, "10 a=t 20 b=u", YES, "a:100",
	    "a:up" },
	{ "EHLO inside TLS refused", EXIM, "10 a=x 20 b=u", YES, "a:100",
	    "a:up" },
	{ "closed inside TLS", EXIM, "10 a=c 20 b=u", YES, "a:100", "a:up" },
	{ "rubbish inside TLS", EXIM, "10 a=P 20 b=u", YES, "b:100",
	    "a:protocol b:up" },
	{ "MAIL refused", EXIM, "10 a=m 20 b=u", BOUNCE, "", "a:rejected" },
	{ "MAIL put off", EXIM, "10 a=q 20 b=u", YES, "b:100",
	    "a:deferred b:up" },
	{ "closed at MAIL", EXIM, "10 a=k 20 b=u", YES, "b:100",
	    "a:reset b:up" },
	{ "loopback only", EXIM, "10 a=L", BOUNCE, "", "a:unusable" },
	{ "no addresses", EXIM, "10 a=-", BOUNCE, "", "a:unresolvable" },
	{ "null MX", EXIM, "0 .=-", REFUSE, "", "" },

	/* ------------------------------------------------- opensmtpd */
	{ "no addresses", BSD, "10 a=-", WAIT, "", "a:unresolvable" },
	{ "localhost is a null MX", BSD, "10 localhost=-", REFUSE, "", "" },
	{ "localhost beside others", BSD, "10 localhost=- 20 a=u", YES, "a:100",
	    "localhost:unusable a:up" },
	{ "loopback only", BSD, "10 a=L", WAIT, "", "a:unreachable" },
	{ "private only", BSD, "10 a=p", WAIT, "", "a:unreachable" },
	{ "an address for a name", BSD, "10 192.0.2.9=-", DUNNO, "",
	    "192.0.2.9:unchecked" },
	{ "null MX beside others", BSD, "0 .=- 10 a=u", YES, "a:100", "a:up" },
	{ "554 greetings only", BSD, "10 a=g 20 b=g", WAIT, "",
	    "a:rejected b:rejected" },
	{ "EHLO refused, then one", BSD, "10 a=e 20 b=u", YES, "b:100",
	    "a:rejected b:up" },
	{ "no TLS is plain text at once", BSD, "10 a=t 20 b=u", YES, "a:100",
	    "a:up" },
	{ "EHLO inside TLS refused", BSD, "10 a=x 20 b=u", YES, "b:100",
	    "a:rejected b:up" },
	{ "MAIL refused", BSD, "10 a=m 20 b=u", BOUNCE, "", "a:rejected" },
	{ "MAIL put off", BSD, "10 a=q 20 b=u", WAIT, "", "a:deferred" },
	{ "MAIL put off, and one not tried", BSD, "10 a=q 20 b=?", WAIT, "",
	    "a:deferred" },
	{ "MAIL put off beside one that takes it", BSD, "10 a=q 10 b=u", YES,
	    "b:100", "b:up" },
	{ "closed at MAIL", BSD, "10 a=k 20 b=u", WAIT, "", "a:reset" },
	{ "many dead before", BSD, "10 a=dddddd 20 b=u", YES, "b:100",
	    "a:timeout a:timeout a:timeout a:timeout a:timeout a:timeout "
	    "b:up" },
	{ "null MX", BSD, "0 .=-", REFUSE, "", "" },
};

static void
check(size_t i)
{
	char attempts[512], shares[256];
	struct facts *f = domain(rows[i].spec);
	struct delivery d;
	struct policy p;
	struct view *v;
	double sum = 0;

	facts_policy(&p);
	p.sender = rows[i].profile;
	v = view_build(f, &p, facts_now);
	assert_non_null(v);
	assert_int_equal(sender_walk(v, &d), 0);
	tell_attempts(&d, attempts, sizeof(attempts));
	tell_shares(v, shares, sizeof(shares));
	if (d.outcome != rows[i].outcome ||
	    strcmp(attempts, rows[i].attempts) != 0 ||
	    strcmp(shares, rows[i].shares) != 0)
		fail_msg("%s, %s: %s, shares \"%s\", attempts \"%s\"",
		    sender_about[p.sender].name, rows[i].label,
		    outcome_name(d.outcome), shares, attempts);
	for (size_t j = 0; j < v->nmx; j++)
		sum += v->mx[j].share;
	assert_float_equal(sum, (d.outcome == YES ? 1 : 0), 1e-9);
	assert_int_equal(d.accepted_by != NULL, d.outcome == YES);
	assert_int_equal(d.time_s >= 0, d.outcome == YES);
	assert_int_equal(d.reach > 0, d.outcome == YES);
	assert_true(d.reach + d.bounce <= 1 + 1e-9);
	assert_true(!d.retried || d.outcome == WAIT);
	assert_non_null(d.why);
	delivery_free(&d);
	view_free(v);
	policy_free(&p);
	facts_free(f);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check(i);
}

/* ------------------------------------------- what DNS alone decides */

static const struct {
	const char *label, *votes; /* s SERVFAIL, r REFUSED, x, b, d, u */
	enum outcome outcome[SENDER_COUNT];
} by_dns[] = {
	{ "NXDOMAIN", "xx", { BOUNCE, BOUNCE, BOUNCE, BOUNCE } },
	{ "SERVFAIL", "ss", { WAIT, WAIT, WAIT, WAIT } },
	{ "bogus", "bb", { WAIT, WAIT, WAIT, WAIT } },
	{ "REFUSED by all", "rr", { WAIT, WAIT, WAIT, BOUNCE } },
	{ "REFUSED, and SERVFAIL", "rs", { WAIT, WAIT, WAIT, WAIT } },
	{ "REFUSED, and blind", "rrd", { WAIT, WAIT, WAIT, BOUNCE } },
	{ "blind", "dd", { DUNNO, DUNNO, DUNNO, DUNNO } },
	{ "unchecked", "uu", { DUNNO, DUNNO, DUNNO, DUNNO } },
};

static void
test_dns(void **state)
{
	static const char letter[] = "xsrbu";
	static const enum dns_status status[] = { DNS_NXDOMAIN, DNS_SERVFAIL,
		DNS_REFUSED, DNS_BOGUS, DNS_UNCHECKED };

	(void)state;
	for (size_t i = 0; i < sizeof(by_dns) / sizeof(*by_dns) * SENDER_COUNT;
	     i++) {
		const char *votes = by_dns[i / SENDER_COUNT].votes;
		struct facts *f =
		    facts_blank("example.org", (unsigned)strlen(votes));
		struct delivery d;
		struct policy p;
		struct view *v;

		facts_policy(&p);
		p.sender = (enum sender_profile)(i % SENDER_COUNT);
		for (unsigned j = 0; votes[j] != '\0'; j++)
			if (votes[j] == 'd')
				facts_vantage_blind(f, j);
			else
				facts_vantage_fails(f, j,
				    status[strchr(letter, votes[j]) - letter]);
		v = view_build(f, &p, facts_now);
		assert_non_null(v);
		assert_int_equal(sender_walk(v, &d), 0);
		if (d.outcome !=
		    by_dns[i / SENDER_COUNT].outcome[i % SENDER_COUNT])
			fail_msg("%s, %s: %s", sender_about[p.sender].name,
			    by_dns[i / SENDER_COUNT].label,
			    outcome_name(d.outcome));
		assert_int_equal(d.nattempt, 0);
		delivery_free(&d);
		view_free(v);
		policy_free(&p);
		facts_free(f);
	}
}

/* ---------------------------------------------- no MX records at all */

static void
test_implicit(void **state)
{
	static const struct {
		const char *letters;
		enum outcome outcome[SENDER_COUNT];
	} row[] = {
		{ "u", { YES, YES, YES, YES } },
		{ "d", { WAIT, WAIT, WAIT, WAIT } },
		{ "!", { WAIT, WAIT, WAIT, WAIT } },
		{ "?", { DUNNO, DUNNO, DUNNO, DUNNO } },
		{ "-", { BOUNCE, BOUNCE, BOUNCE, WAIT } },
		{ "L", { BOUNCE, BOUNCE, BOUNCE, WAIT } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row) * SENDER_COUNT; i++) {
		struct facts *f = facts_blank("example.org", 1);
		struct delivery d;
		struct policy p;
		struct view *v;

		facts_policy(&p);
		p.sender = (enum sender_profile)(i % SENDER_COUNT);
		facts_with_mx(f, 0, "");
		put_host(f, "example.org", row[i / SENDER_COUNT].letters);
		v = view_build(f, &p, facts_now);
		assert_non_null(v);
		assert_int_equal(sender_walk(v, &d), 0);
		if (d.outcome !=
		    row[i / SENDER_COUNT].outcome[i % SENDER_COUNT])
			fail_msg("%s, %s: %s", sender_about[p.sender].name,
			    row[i / SENDER_COUNT].letters,
			    outcome_name(d.outcome));
		delivery_free(&d);
		view_free(v);
		policy_free(&p);
		facts_free(f);
	}
}

/* ----------------------------------------------------------------- odds */

#define T(...)                              \
	{                                   \
		{                           \
			{                   \
				__VA_ARGS__ \
			}                   \
		}                           \
	}
#define LIVE  [DRAW_LIVE]
#define DEAD  [DRAW_DEAD]
#define LAST  [DRAW_LAST]
#define LATE  [DRAW_LATE]
#define LATER [DRAW_DEFERS]
#define NEVER [DRAW_BOUNCES]

static const struct {
	const char *label;
	enum sender_profile profile;
	struct sender_tier tier[4];
	unsigned ntier;
	double accepted, bounced;
} chances[] = {
	{ "nothing", POSTFIX, { T(0) }, 0, 0, 0 },
	{ "all live", POSTFIX, { T(LIVE = 3) }, 1, 1, 0 },
	{ "within the limit", POSTFIX, { T(LIVE = 1, DEAD = 4) }, 1, 1, 0 },
	/* 1 - C(9,5) / C(10,5) */
	{ "one of ten", POSTFIX, { T(LIVE = 1, DEAD = 9) }, 1, 0.5, 0 },
	/* 1 - C(8,5) / C(10,5) = 1 - 56/252 */
	{ "two of ten", POSTFIX, { T(LIVE = 2, DEAD = 8) }, 1, 1 - 56.0 / 252,
	    0 },
	{ "six dead first", POSTFIX, { T(DEAD = 6), T(LIVE = 1) }, 2, 0, 0 },
	{ "five dead first", POSTFIX, { T(DEAD = 5), T(LIVE = 1) }, 2, 0, 0 },
	/* three tries are left: 1 - C(5,3) / C(6,3) */
	{ "two dead, then one of six", POSTFIX,
	    { T(DEAD = 2), T(LIVE = 1, DEAD = 5) }, 2, 0.5, 0 },
	{ "an empty preference", POSTFIX, { T(0), T(LIVE = 1) }, 2, 1, 0 },
	{ "two late ones first", POSTFIX, { T(LATE = 2), T(LIVE = 1) }, 2, 0,
	    0 },
	/* it fails only when both late ones come first: 1 - 2/3 * 1/2 */
	{ "two late ones beside", POSTFIX, { T(LIVE = 1, LATE = 2) }, 1,
	    2.0 / 3, 0 },
	{ "one late one first", POSTFIX, { T(LATE = 1), T(LIVE = 1) }, 2, 1,
	    0 },
	{ "one refuses, one takes", POSTFIX, { T(LIVE = 1, NEVER = 1) }, 1, 0.5,
	    0.5 },
	{ "one of each, one dead", POSTFIX,
	    { T(LIVE = 1, DEAD = 1, NEVER = 1) }, 1, 0.5, 0.5 },
	{ "one refuses first", POSTFIX, { T(NEVER = 1), T(LIVE = 1) }, 2, 0,
	    1 },
	/* 1 - C(9,5) / C(10,5) */
	{ "one of ten refuses", POSTFIX, { T(NEVER = 1, DEAD = 9) }, 1, 0,
	    0.5 },
	/* The other family keeps its place: five dead do not fill the run. */
	{ "six dead, then IPv6", POSTFIX,
	    { T(DEAD = 6), { .n[1] = { LIVE = 1 } } }, 2, 1, 0 },
	{ "six dead, then both", POSTFIX,
	    { T(DEAD = 6), { { { LIVE = 1 }, { LIVE = 1 } } } }, 2, 1, 0 },
	{ "six dead in IPv6, then IPv4", POSTFIX,
	    { { .n[1] = { DEAD = 6 } }, T(LIVE = 1) }, 2, 1, 0 },
	/* All but one of the IPv4 half are dead, as is the IPv6 half: three
	 * are tried when IPv4 comes first, else two.  (3/5 + 2/5) / 2 */
	{ "halves", POSTFIX, { { { { LIVE = 1, DEAD = 4 }, { DEAD = 5 } } } },
	    1, 0.5, 0 },
	/* IPv4 comes first, so it has three tries, of which none is left. */
	{ "the odd one is of the first family", POSTFIX,
	    { T(DEAD = 3), { { { LIVE = 1 }, { DEAD = 3 } } } }, 2, 0, 0 },
	{ "the odd one is of the first family, IPv6", POSTFIX,
	    { { .n[1] = { DEAD = 2 } }, { { { DEAD = 3 }, { LIVE = 1 } } } }, 2,
	    1, 0 },
	{ "no limit", RFC,
	    { T(DEAD = 50), T(LATE = 9, DEAD = 9), T(LIVE = 1, DEAD = 99) }, 3,
	    1, 0 },
	{ "no limit, none", RFC, { T(DEAD = 5) }, 1, 0, 0 },
	{ "one more each", EXIM, { T(DEAD = 5), T(DEAD = 3), T(LIVE = 1) }, 3,
	    1, 0 },
	{ "one more each, one of two", EXIM,
	    { T(DEAD = 7), T(LIVE = 1, DEAD = 1) }, 2, 0.5, 0 },
	/* half of the runs meet it at the second, the others at the third */
	{ "one more each, twice", EXIM,
	    { T(DEAD = 7), T(LIVE = 1, DEAD = 1), T(LIVE = 1, LATE = 1) }, 3,
	    0.75, 0 },
	{ "the last word", EXIM, { T(DEAD = 1), T(LAST = 1) }, 2, 0, 1 },
	{ "not the last word", EXIM, { T(LAST = 1), T(DEAD = 1) }, 2, 0, 0 },
	{ "the last word, one of four", EXIM, { T(LAST = 1, DEAD = 3) }, 1, 0,
	    0.25 },
	{ "the last word, behind nothing", EXIM, { T(LAST = 2), T(0) }, 2, 0,
	    1 },
	{ "the last word, beside late ones", EXIM, { T(LAST = 1, LATE = 1) }, 1,
	    0, 0.5 },
	{ "the last word, if at all", EXIM, { T(LAST = 6, LIVE = 6) }, 1,
	    1 - 1.0 / 132, 1.0 / 132 },
	{ "one of each", BSD, { T(LIVE = 1, LATER = 1, NEVER = 2, DEAD = 9) },
	    1, 0.25, 0.5 },
	{ "put off first", BSD, { T(LATER = 1, DEAD = 3), T(LIVE = 1) }, 2, 0,
	    0 },
	{ "dead first", BSD, { T(DEAD = 30), T(NEVER = 1), T(LIVE = 1) }, 3, 0,
	    1 },
};

static void
test_odds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(chances) / sizeof(*chances); i++) {
		struct sender_odds got =
		    sender_odds(&sender_habits[chances[i].profile],
		        chances[i].tier, chances[i].ntier);

		if (fabs(got.accepted - chances[i].accepted) > 1e-9 ||
		    fabs(got.bounced - chances[i].bounced) > 1e-9)
			fail_msg("%s: %g, %g", chances[i].label, got.accepted,
			    got.bounced);
	}
}

/* Five dual-stack hosts of which only the last is alive: the mail servers are
 * "up", and half of the runs do not get there. */
static void
test_reach_in_walk(void **state)
{
	struct facts *f = domain("10 a=dd 10 b=dd 10 c=dd 10 d=dd 10 e=ud");
	struct delivery d;
	struct policy p;
	struct view *v;

	(void)state;
	facts_policy(&p);
	p.sender = POSTFIX;
	v = view_build(f, &p, facts_now);
	assert_non_null(v);
	assert_int_equal(sender_walk(v, &d), 0);
	assert_int_equal(d.outcome, YES);
	assert_float_equal(d.reach, 0.5, 1e-9);
	assert_int_equal(d.nattempt, 5);
	delivery_free(&d);
	view_free(v);
	policy_free(&p);
	facts_free(f);
}

/* ----------------------------------------------------------- the rest */

static void
test_time(void **state)
{
	struct facts *f = domain("10 a=dl 20 b=u 30 c=u");
	struct delivery d;
	struct policy p;
	struct view *v;

	(void)state;
	facts_policy(&p);
	v = view_build(f, &p, facts_now);
	assert_non_null(v);
	assert_int_equal(sender_walk(v, &d), 0);
	/* 20 ms DNS, 5 s timeout, 2 ms for "421", 20 ms. */
	assert_float_equal(d.time_s, 5.042, 1e-9);
	assert_ptr_equal(d.accepted_by, &v->mx[1]);
	assert_ptr_equal(d.attempt[2].address, &v->mx[1].address[0]);
	delivery_free(&d);
	assert_null(d.attempt);
	view_free(v);
	policy_free(&p);
	facts_free(f);
}

/* Nobody asked the mail servers: what DNS does not tell is not known. */
static void
test_depth_dns(void **state)
{
	static const struct {
		const char *spec;
		enum outcome outcome;
	} row[] = {
		{ "10 a=?", DUNNO },
		{ "10 a=-", BOUNCE },
		{ "10 a=!", WAIT },
		{ "10 a=p", BOUNCE },
		{ "0 .=-", REFUSE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct facts *f = domain(row[i].spec);
		struct delivery d;
		struct policy p;
		struct view *v;

		f->depth = DEPTH_DNS;
		facts_policy(&p);
		v = view_build(f, &p, facts_now);
		assert_non_null(v);
		assert_int_equal(sender_walk(v, &d), 0);
		if (d.outcome != row[i].outcome)
			fail_msg(
			    "%s: %s", row[i].spec, outcome_name(d.outcome));
		delivery_free(&d);
		view_free(v);
		policy_free(&p);
		facts_free(f);
	}
}

/* Deferred now; but does the next try get in? */
static void
test_retried(void **state)
{
	static const struct {
		const char *spec;
		bool retried;
	} row[] = {
		{ "10 a=t", true }, { "10 a=d 20 b=t 30 c=l", true },
		{ "10 a=d", false }, { "10 a=t 20 b=e", false }, /* bounces */
		{ "10 a=t 20 b=u", false }, /* is accepted */
		{ "10 a=t 20 b=?", false }, /* is not known */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct facts *f = domain(row[i].spec);
		struct delivery d;
		struct policy p;
		struct view *v;

		facts_policy(&p);
		p.sender = POSTFIX;
		v = view_build(f, &p, facts_now);
		assert_non_null(v);
		assert_int_equal(sender_walk(v, &d), 0);
		if (d.retried != row[i].retried)
			fail_msg("%s", row[i].spec);
		delivery_free(&d);
		view_free(v);
		policy_free(&p);
		facts_free(f);
	}
}

static void
test_about(void **state)
{
	enum sender_profile profile;

	(void)state;
	for (unsigned i = 0; i < SENDER_COUNT; i++) {
		assert_int_equal(
		    sender_parse(sender_about[i].name, &profile), 0);
		assert_int_equal(profile, i);
		assert_non_null(strstr(sender_about[i].help, "Uncertain:"));
	}
	profile = SENDER_EXIM;
	assert_int_equal(sender_parse("qmail", &profile), -1);
	assert_int_equal(sender_parse("", &profile), -1);
	assert_int_equal(sender_parse("RFC", &profile), -1);
	assert_int_equal(profile, SENDER_EXIM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_implicit),
		cmocka_unit_test(test_odds),
		cmocka_unit_test(test_reach_in_walk),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_depth_dns),
		cmocka_unit_test(test_retried),
		cmocka_unit_test(test_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
