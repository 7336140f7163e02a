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
 * order in which they are tried: u up, l later (421), d down (timeout), q
 * answers 451 to MAIL, ? not tried, p private, L loopback, o this machine's
 * own.  In their place: - no address, ! look-up fails, _ not looked up.
 */
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
		    *letters == 'p'     ? "10.0.0." :
		        *letters == 'L' ? "127.0.0." :
		                          "192.0.2.",
		    next);
		strcat(strcat(all, " "), ip);
		if (*letters == 'u')
			facts_smtp_up(f, ip, host);
		else if (*letters == 'l')
			facts_smtp_fails(
			    f, ip, host, SMTP_GREETING, SMTP_DEFERRED, 421);
		else if (*letters == 'd')
			facts_smtp_fails(
			    f, ip, host, SMTP_CONNECT, SMTP_TIMEOUT, 0);
		else if (*letters == 'q')
			facts_smtp_fails(
			    f, ip, host, SMTP_RCPT, SMTP_DEFERRED, 451);
		else if (*letters == 'o')
			facts_smtp_fails(
			    f, ip, host, SMTP_CONNECT, SMTP_FORBIDDEN, 0)
			    ->detail = strdup("own address");
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
	{ "an address for a name", BSD, "10 192.0.2.9=-", WAIT, "",
	    "192.0.2.9:unusable" },
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
	assert_float_equal(sum, d.outcome == YES ? 1 : 0, 1e-9);
	assert_int_equal(d.accepted_by != NULL, d.outcome == YES);
	assert_int_equal(d.time_s >= 0, d.outcome == YES);
	assert_int_equal(d.reach > 0, d.outcome == YES);
	assert_true(d.reach <= 1);
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
	{ "REFUSED by all", "rr", { WAIT, BOUNCE, WAIT, BOUNCE } },
	{ "REFUSED, and SERVFAIL", "rs", { WAIT, WAIT, WAIT, WAIT } },
	{ "REFUSED, and blind", "rrd", { WAIT, BOUNCE, WAIT, BOUNCE } },
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

/* ---------------------------------------------------------------- reach */

static const struct {
	const char *label;
	enum sender_profile profile;
	struct sender_tier tier[4];
	unsigned ntier;
	double reach;
} reaches[] = {
	{ "nothing", POSTFIX, { { 0, 0, 0 } }, 0, 0 },
	{ "all live", POSTFIX, { { 3, 0, 0 } }, 1, 1 },
	{ "within the limit", POSTFIX, { { 1, 0, 4 } }, 1, 1 },
	/* 1 - C(9,5) / C(10,5) */
	{ "one of ten", POSTFIX, { { 1, 0, 9 } }, 1, 0.5 },
	/* 1 - C(8,5) / C(10,5) = 1 - 56/252 */
	{ "two of ten", POSTFIX, { { 2, 0, 8 } }, 1, 1 - 56.0 / 252 },
	{ "six dead first", POSTFIX, { { 0, 0, 6 }, { 1, 0, 0 } }, 2, 0 },
	{ "five dead first", POSTFIX, { { 0, 0, 5 }, { 1, 0, 0 } }, 2, 0 },
	/* three tries are left: 1 - C(5,3) / C(6,3) */
	{ "two dead, then one of six", POSTFIX, { { 0, 0, 2 }, { 1, 0, 5 } }, 2,
	    0.5 },
	{ "an empty preference", POSTFIX, { { 0, 0, 0 }, { 1, 0, 0 } }, 2, 1 },
	{ "two late ones first", POSTFIX, { { 0, 2, 0 }, { 1, 0, 0 } }, 2, 0 },
	/* it fails only when both late ones come first: 1 - 2/3 * 1/2 */
	{ "two late ones beside", POSTFIX, { { 1, 2, 0 } }, 1, 2.0 / 3 },
	{ "one late one first", POSTFIX, { { 0, 1, 0 }, { 1, 0, 0 } }, 2, 1 },
	{ "no limit", RFC, { { 0, 0, 50 }, { 0, 9, 9 }, { 1, 0, 99 } }, 3, 1 },
	{ "no limit, none", RFC, { { 0, 0, 5 } }, 1, 0 },
	{ "one more each", EXIM, { { 0, 0, 5 }, { 0, 0, 3 }, { 1, 0, 0 } }, 3,
	    1 },
	{ "one more each, one of two", EXIM, { { 0, 0, 7 }, { 1, 0, 1 } }, 2,
	    0.5 },
	/* half of the runs meet it at the second, the others at the third */
	{ "one more each, twice", EXIM,
	    { { 0, 0, 7 }, { 1, 0, 1 }, { 1, 1, 0 } }, 3, 0.75 },
};

static void
test_reach(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reaches) / sizeof(*reaches); i++) {
		double got = sender_reach(&sender_habits[reaches[i].profile],
		    reaches[i].tier, reaches[i].ntier);

		if (got < reaches[i].reach - 1e-9 ||
		    got > reaches[i].reach + 1e-9)
			fail_msg("%s: %g", reaches[i].label, got);
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
	assert_non_null(strstr(sender_about[EXIM].line, "from its manual"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_implicit),
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_reach_in_walk),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_depth_dns),
		cmocka_unit_test(test_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
