#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/rules/view.h"
#include "tests/unit/support.h"

#include "tests/unit/facts.h"

struct fixture {
	struct facts *facts;
	struct policy policy;
	struct view *view;
};

static void
begin(struct fixture *x, struct facts *f)
{
	memset(x, 0, sizeof(*x));
	x->facts = f;
	facts_policy(&x->policy);
}

static void
build(struct fixture *x)
{
	view_free(x->view);
	x->view = view_build(x->facts, &x->policy, facts_now);
	assert_non_null(x->view);
}

static void
end(struct fixture *x)
{
	view_free(x->view);
	facts_free(x->facts);
	policy_free(&x->policy);
}

/* --------------------------------------------------------------- belief */

/*
 * One letter a vantage: m MX, n other MX, 0 NODATA, x NXDOMAIN, s SERVFAIL,
 * r REFUSED, t timeout, g malformed, w unreachable, b bogus, d blind,
 * u unchecked, - not asked, l an endless chain of aliases.
 */
static const struct {
	const char *label, *votes;
	unsigned quorum;
	enum view_belief belief;
	int believed; /* vantage, -1: none */
} beliefs[] = {
	{ "one, MX", "m", 0, BELIEF_MX, 0 },
	{ "one, NODATA", "0", 0, BELIEF_NO_MX, 0 },
	{ "one, NXDOMAIN", "x", 0, BELIEF_NXDOMAIN, -1 },
	{ "one, SERVFAIL", "s", 0, BELIEF_UNRESOLVABLE, -1 },
	{ "one, REFUSED", "r", 0, BELIEF_UNRESOLVABLE, -1 },
	{ "one, timeout", "t", 0, BELIEF_UNRESOLVABLE, -1 },
	{ "one, garbage", "g", 0, BELIEF_UNRESOLVABLE, -1 },
	{ "one, unreachable", "w", 0, BELIEF_UNRESOLVABLE, -1 },
	{ "one, bogus", "b", 0, BELIEF_BOGUS, -1 },
	{ "one, blind", "d", 0, BELIEF_UNKNOWN, -1 },
	{ "one, unchecked", "u", 0, BELIEF_UNKNOWN, -1 },
	{ "one, not asked", "-", 0, BELIEF_UNKNOWN, -1 },
	{ "one, alias loop", "l", 0, BELIEF_UNRESOLVABLE, -1 },
	{ "none at all", "", 0, BELIEF_UNKNOWN, -1 },
	{ "two: one fails", "ms", 0, BELIEF_MX, 0 },
	{ "two: the other fails", "sm", 0, BELIEF_MX, 1 },
	{ "two fail", "st", 0, BELIEF_UNRESOLVABLE, -1 },
	{ "two: no majority for NXDOMAIN", "xm", 0, BELIEF_MX, 1 },
	{ "two: NXDOMAIN and NODATA", "x0", 0, BELIEF_NO_MX, 1 },
	{ "two: NXDOMAIN and SERVFAIL", "xs", 0, BELIEF_UNKNOWN, -1 },
	{ "two: bogus, the other does not validate", "bm", 0, BELIEF_MX, 1 },
	{ "two: bogus and SERVFAIL", "bs", 0, BELIEF_UNRESOLVABLE, -1 },
	{ "three: NXDOMAIN by majority", "xxm", 0, BELIEF_NXDOMAIN, -1 },
	{ "three: SERVFAIL by majority", "smt", 0, BELIEF_UNRESOLVABLE, -1 },
	{ "three: bogus by majority", "bbm", 0, BELIEF_BOGUS, -1 },
	{ "three: bogus and SERVFAIL", "bsm", 0, BELIEF_UNRESOLVABLE, -1 },
	{ "three: more bogus of five", "bbsmm", 0, BELIEF_BOGUS, -1 },
	{ "three: one MX among others", "0m0", 0, BELIEF_MX, 1 },
	{ "three: the set of most", "nmm", 0, BELIEF_MX, 1 },
	{ "three: a tie goes to the first", "nm0", 0, BELIEF_MX, 0 },
	{ "three: two blind, one MX", "ddm", 0, BELIEF_MX, 2 },
	{ "three: two blind, one SERVFAIL", "dds", 0, BELIEF_UNKNOWN, -1 },
	{ "three: blind does not help", "ssd", 0, BELIEF_UNRESOLVABLE, -1 },
	{ "three: all blind", "ddd", 0, BELIEF_UNKNOWN, -1 },
	{ "three: unchecked does not vote", "uux", 0, BELIEF_UNKNOWN, -1 },
	{ "quorum 1", "xmm", 1, BELIEF_NXDOMAIN, -1 },
	{ "quorum 1: bogus", "mb", 1, BELIEF_BOGUS, -1 },
	{ "quorum 3 not reached", "ssm", 3, BELIEF_MX, 2 },
	{ "quorum 3 reached", "sts", 3, BELIEF_UNRESOLVABLE, -1 },
	{ "quorum beyond the vantages", "ss", 3, BELIEF_UNKNOWN, -1 },
	{ "quorum beyond them, success", "sm", 3, BELIEF_MX, 1 },
};

static void
cast(struct facts *f, unsigned v, char vote)
{
	static const char letter[] = "xsrtgwbu";
	static const enum dns_status status[] = { DNS_NXDOMAIN, DNS_SERVFAIL,
		DNS_REFUSED, DNS_TIMEOUT, DNS_MALFORMED, DNS_UNREACHABLE,
		DNS_BOGUS, DNS_UNCHECKED };
	const char *at = strchr(letter, vote);

	if (at != NULL)
		facts_vantage_fails(f, v, status[at - letter]);
	else if (vote == 'm')
		facts_with_mx(f, v, "10 mx1.example.org");
	else if (vote == 'n')
		facts_with_mx(f, v, "20 mx1.example.org");
	else if (vote == '0')
		facts_with_mx(f, v, "");
	else if (vote == 'd')
		facts_vantage_blind(f, v);
	else if (vote == 'l')
		facts_fails(f, v, f->domain, DNS_MX, DNS_NODATA)->loop = true;
}

static void
test_belief(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(beliefs) / sizeof(*beliefs); i++) {
		unsigned n = (unsigned)strlen(beliefs[i].votes);
		int believed = -1;
		struct fixture x;

		begin(&x, facts_blank("example.org", n));
		x.policy.quorum = beliefs[i].quorum;
		for (unsigned v = 0; v < n; v++)
			cast(x.facts, v, beliefs[i].votes[v]);
		build(&x);
		if (x.view->believed != NULL)
			believed = (int)(x.view->believed - x.view->vantage);
		if (x.view->belief != beliefs[i].belief ||
		    believed != beliefs[i].believed)
			fail_msg("%s: belief %d of %d", beliefs[i].label,
			    x.view->belief, believed);
		end(&x);
	}
}

static void
test_quorum(void **state)
{
	static const unsigned majority[] = { 1, 1, 2, 2, 3, 3, 4 };
	struct fixture x;

	(void)state;
	for (unsigned n = 0; n < 7; n++) {
		begin(&x, facts_blank("example.org", n));
		build(&x);
		assert_int_equal(x.view->quorum, majority[n]);
		end(&x);
	}
}

static void
test_vantage(void **state)
{
	const struct view_vantage *w;
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	facts_with_mx(x.facts, 1,
	    "20 b.example.org, 10 z.example.org/50, 20 a.example.org, "
	    "10 z.example.org/40");
	facts_with_ns(x.facts, 1,
	    "b.example.org, a.example.org, "
	    "b.example.org");
	facts_vantage_blind(x.facts, 2);
	build(&x);
	w = &x.view->vantage[1];
	assert_int_equal(w->status, DNS_OK);
	assert_false(w->blind);
	assert_int_equal(w->nns, 2);
	assert_string_equal(w->ns_host[0], "a.example.org");
	assert_string_equal(w->ns_host[1], "b.example.org");
	assert_int_equal(w->nmx, 3);
	assert_string_equal(w->mx_rr[0].host, "z.example.org");
	assert_int_equal(w->mx_rr[0].ttl, 40);
	assert_string_equal(w->mx_rr[1].host, "a.example.org");
	assert_string_equal(w->mx_rr[2].host, "b.example.org");
	assert_false(view_same_mx(w, &x.view->vantage[0]));
	assert_true(view_same_mx(w, w));
	assert_true(x.view->vantage[2].blind);
	assert_int_equal(x.view->vantage[2].status, DNS_TIMEOUT);
	assert_string_equal(x.view->vantage[0].about->name, "v0");
	end(&x);
}

/* Records of another owner in the answer are nobody's. */
static void
test_foreign_records(void **state)
{
	struct dns_rr rr = { .owner = (char[]){ "other.example" },
		.target = (char[]){ "mx.other.example" },
		.type = DNS_MX };
	struct obs_dns *o;
	struct fixture x;

	(void)state;
	begin(&x, facts_blank("example.org", 1));
	o = facts_says(x.facts, 0, "example.org", DNS_MX, "10 mx1.example.org");
	assert_int_equal(obs_dns_add(o, DNS_ANSWER, &rr), 0);
	build(&x);
	assert_int_equal(x.view->nmx, 1);
	assert_string_equal(x.view->mx[0].host, "mx1.example.org");
	end(&x);
}

/* --------------------------------------------------- states of addresses */

static const struct {
	const char *label;
	enum smtp_phase phase;
	enum smtp_error error;
	int code, rcpt_code;
	bool hurried;
	enum mx_state state;
} dialogues[] = {
	{ "all done", SMTP_DONE, SMTP_OK, 221, 0, false, MX_UP },
	{ "depth connect", SMTP_CONNECT, SMTP_OK, 0, 0, false, MX_UP },
	{ "depth greeting", SMTP_GREETING, SMTP_OK, 220, 0, false, MX_UP },
	{ "QUIT unanswered", SMTP_DONE, SMTP_TIMEOUT, 0, 0, false, MX_UP },
	{ "silent", SMTP_CONNECT, SMTP_TIMEOUT, 0, 0, false, MX_DOWN },
	{ "no greeting", SMTP_GREETING, SMTP_TIMEOUT, 0, 0, false, MX_DOWN },
	{ "no time", SMTP_GREETING, SMTP_TIMEOUT, 0, 0, true, MX_UNCHECKED },
	{ "refused in a hurry", SMTP_CONNECT, SMTP_CONN_REFUSED, 0, 0, true,
	    MX_DOWN },
	{ "refused", SMTP_CONNECT, SMTP_CONN_REFUSED, 0, 0, false, MX_DOWN },
	{ "unreachable", SMTP_CONNECT, SMTP_UNREACHABLE, 0, 0, false, MX_DOWN },
	{ "reset", SMTP_GREETING, SMTP_RESET, 0, 0, false, MX_DOWN },
	{ "closed", SMTP_EHLO, SMTP_CLOSED, 0, 0, false, MX_DOWN },
	{ "HTTP", SMTP_GREETING, SMTP_PROTOCOL, 0, 0, false, MX_DOWN },
	{ "554", SMTP_GREETING, SMTP_REJECTED, 554, 0, false, MX_DOWN },
	{ "521", SMTP_GREETING, SMTP_REJECTED, 521, 0, false, MX_DOWN },
	{ "421", SMTP_GREETING, SMTP_DEFERRED, 421, 0, false, MX_DEFERRING },
	{ "EHLO 550", SMTP_EHLO, SMTP_REJECTED, 550, 0, false, MX_DOWN },
	{ "EHLO 451", SMTP_EHLO, SMTP_DEFERRED, 451, 0, false, MX_DEFERRING },
	{ "STARTTLS 454", SMTP_STARTTLS, SMTP_DEFERRED, 454, 0, false, MX_UP },
	{ "STARTTLS 502", SMTP_STARTTLS, SMTP_REJECTED, 502, 0, false, MX_UP },
	{ "STARTTLS silent", SMTP_STARTTLS, SMTP_TIMEOUT, 0, 0, false,
	    MX_DOWN },
	{ "handshake", SMTP_TLS, SMTP_TLS_FAILED, 0, 0, false, MX_UP },
	{ "no EHLO in TLS", SMTP_TLS, SMTP_CLOSED, 0, 0, false, MX_DOWN },
	{ "no time in TLS", SMTP_TLS, SMTP_TIMEOUT, 0, 0, true, MX_UNCHECKED },
	{ "MAIL 550", SMTP_RCPT, SMTP_REJECTED, 550, 0, false, MX_DOWN },
	{ "MAIL 451", SMTP_RCPT, SMTP_DEFERRED, 451, 451, false, MX_DEFERRING },
	{ "RCPT 550", SMTP_DONE, SMTP_OK, 221, 550, false, MX_UP },
	{ "RCPT 450", SMTP_DONE, SMTP_OK, 221, 450, false, MX_DEFERRING },
	{ "RCPT 250", SMTP_DONE, SMTP_OK, 221, 250, false, MX_UP },
	{ "no descriptor", SMTP_CONNECT, SMTP_LOCAL, 0, 0, false,
	    MX_UNCHECKED },
	{ "forbidden", SMTP_CONNECT, SMTP_FORBIDDEN, 0, 0, false,
	    MX_UNCHECKED },
};

static void
test_dialogue(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(dialogues) / sizeof(*dialogues); i++) {
		struct obs_smtp *o;
		struct fixture x;

		begin(&x, facts_blank("example.org", 1));
		facts_with_mx(x.facts, 0, "10 mx1.example.org");
		facts_address(x.facts, 0, "mx1.example.org", "192.0.2.1");
		o = facts_smtp_fails(x.facts, "192.0.2.1", "mx1.example.org",
		    dialogues[i].phase, dialogues[i].error, dialogues[i].code);
		o->rcpt_code = dialogues[i].rcpt_code;
		o->hurried = dialogues[i].hurried;
		build(&x);
		if (x.view->mx[0].address[0].state != dialogues[i].state)
			fail_msg("%s: %s", dialogues[i].label,
			    mx_state_name(x.view->mx[0].address[0].state));
		assert_ptr_equal(x.view->mx[0].address[0].smtp, o);
		end(&x);
	}
}

/* --------------------------------------------------------- states of hosts */

/* u up, l later, d down, ? not tried, f forbidden, o this machine's own. */
static const struct {
	const char *addresses;
	enum mx_state state;
} hosts[] = {
	{ "u", MX_UP },
	{ "l", MX_DEFERRING },
	{ "d", MX_DOWN },
	{ "?", MX_UNCHECKED },
	{ "f", MX_UNUSABLE },
	{ "o", MX_UNCHECKED },
	{ "uu", MX_UP },
	{ "ul", MX_DEGRADED },
	{ "ud", MX_DEGRADED },
	{ "u?", MX_UP },
	{ "uf", MX_DEGRADED },
	{ "uo", MX_UP },
	{ "ll", MX_DEFERRING },
	{ "ld", MX_DEFERRING },
	{ "l?", MX_UNCHECKED },
	{ "lf", MX_DEFERRING },
	{ "lo", MX_UNCHECKED },
	{ "dd", MX_DOWN },
	{ "d?", MX_UNCHECKED },
	{ "df", MX_DOWN },
	{ "do", MX_UNCHECKED },
	{ "??", MX_UNCHECKED },
	{ "?f", MX_UNCHECKED },
	{ "?o", MX_UNCHECKED },
	{ "ff", MX_UNUSABLE },
	{ "fo", MX_UNCHECKED },
	{ "uld", MX_DEGRADED },
	{ "ul?", MX_DEGRADED },
	{ "ulf", MX_DEGRADED },
	{ "ud?", MX_DEGRADED },
	{ "udf", MX_DEGRADED },
	{ "u?f", MX_DEGRADED },
	{ "ld?", MX_UNCHECKED },
	{ "ldf", MX_DEFERRING },
	{ "l?f", MX_UNCHECKED },
	{ "d?f", MX_UNCHECKED },
	{ "uld?", MX_DEGRADED },
	{ "uldf", MX_DEGRADED },
	{ "ul?f", MX_DEGRADED },
	{ "ud?f", MX_DEGRADED },
	{ "ld?f", MX_UNCHECKED },
	{ "uld?f", MX_DEGRADED },
	{ "uld?fo", MX_DEGRADED },
};

static void
put_address(struct facts *f, char letter, const char *ip)
{
	const char *host = "mx1.example.org";

	if (letter == 'u')
		facts_smtp_up(f, ip, host);
	else if (letter == 'l')
		facts_smtp_fails(
		    f, ip, host, SMTP_GREETING, SMTP_DEFERRED, 421);
	else if (letter == 'd')
		facts_smtp_fails(f, ip, host, SMTP_CONNECT, SMTP_TIMEOUT, 0);
	else if (letter == 'f')
		facts_smtp_fails(f, ip, host, SMTP_CONNECT, SMTP_FORBIDDEN, 0)
		    ->detail = strdup("private-use");
	else if (letter == 'o')
		facts_smtp_fails(f, ip, host, SMTP_CONNECT, SMTP_FORBIDDEN, 0)
		    ->detail = strdup("own address");
}

static void
test_host_state(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		char ip[64], all[512] = "";
		struct fixture x;

		begin(&x, facts_blank("example.org", 1));
		facts_with_mx(x.facts, 0, "10 mx1.example.org");
		for (unsigned j = 0; hosts[i].addresses[j] != '\0'; j++) {
			snprintf(ip, sizeof(ip), "192.0.2.%u", j + 1);
			strcat(strcat(all, " "), ip);
			put_address(x.facts, hosts[i].addresses[j], ip);
		}
		facts_address(x.facts, 0, "mx1.example.org", all);
		build(&x);
		if (x.view->mx[0].state != hosts[i].state)
			fail_msg("%s: %s", hosts[i].addresses,
			    mx_state_name(x.view->mx[0].state));
		end(&x);
	}
}

static void
test_forbidden(void **state)
{
	const struct view_mx_address *a;
	struct fixture x;

	(void)state;
	begin(&x, facts_blank("example.org", 1));
	facts_with_mx(x.facts, 0, "10 mx1.example.org");
	facts_address(
	    x.facts, 0, "mx1.example.org", "10.0.0.1 192.0.2.1 192.0.2.2");
	facts_smtp_up(x.facts, "10.0.0.1", "mx1.example.org");
	put_address(x.facts, 'f', "192.0.2.1");
	put_address(x.facts, 'o', "192.0.2.2");
	build(&x);
	a = x.view->mx[0].address;
	/* Our policy rules, whatever the recording says. */
	assert_non_null(a[0].special);
	assert_int_equal(a[0].state, MX_UNCHECKED);
	assert_string_equal(a[1].special, "private-use");
	assert_false(a[1].own);
	assert_null(a[2].special);
	assert_true(a[2].own);
	end(&x);
}

/* -------------------------------------------------------- host look-ups */

/*
 * Two letters a vantage, for A and AAAA: a address, 0 NODATA, x NXDOMAIN,
 * s SERVFAIL, t timeout, b bogus, l an endless chain of aliases, u unchecked,
 * - not asked; "D" in front: it is blind.
 */
static const struct {
	const char *label, *answers;
	enum host_lookup lookup;
	enum dns_status status;
} lookups[] = {
	{ "both", "aa", HOST_FOUND, DNS_OK },
	{ "IPv4 only", "a0", HOST_FOUND, DNS_OK },
	{ "IPv6 only", "0a", HOST_FOUND, DNS_OK },
	{ "AAAA fails", "as", HOST_FOUND, DNS_OK },
	{ "AAAA not asked", "a-", HOST_FOUND, DNS_OK },
	{ "nothing", "00", HOST_NONE, DNS_NODATA },
	{ "no such name", "xx", HOST_NONE, DNS_NXDOMAIN },
	{ "no such name, AAAA fails", "xs", HOST_NONE, DNS_NXDOMAIN },
	{ "no A, AAAA fails", "0s", HOST_FAILED, DNS_SERVFAIL },
	{ "A fails, no AAAA", "t0", HOST_FAILED, DNS_TIMEOUT },
	{ "both fail", "st", HOST_FAILED, DNS_SERVFAIL },
	{ "no A, AAAA not asked", "0-", HOST_UNKNOWN, DNS_UNCHECKED },
	{ "no A, AAAA unchecked", "0u", HOST_UNKNOWN, DNS_UNCHECKED },
	{ "A fails, AAAA unchecked", "su", HOST_UNKNOWN, DNS_UNCHECKED },
	{ "not asked", "--", HOST_UNKNOWN, DNS_UNCHECKED },
	{ "unchecked", "uu", HOST_UNKNOWN, DNS_UNCHECKED },
	{ "blind", "Dtt", HOST_UNKNOWN, DNS_UNCHECKED },
	{ "bogus", "bb", HOST_FAILED, DNS_BOGUS },
	{ "bogus, another does not validate", "bb aa", HOST_FOUND, DNS_OK },
	{ "an endless chain", "l0", HOST_FAILED, DNS_MALFORMED },
	{ "second finds", "ss aa", HOST_FOUND, DNS_OK },
	{ "second finds what first denies", "xx a0", HOST_FOUND, DNS_OK },
	{ "second confirms", "ss tt", HOST_FAILED, DNS_SERVFAIL },
	{ "second denies", "ss 00", HOST_NONE, DNS_NODATA },
	{ "second has no time", "ss uu", HOST_UNKNOWN, DNS_UNCHECKED },
	{ "second not asked", "ss --", HOST_FAILED, DNS_SERVFAIL },
	{ "second is blind", "ss Dtt", HOST_FAILED, DNS_SERVFAIL },
	{ "first is blind", "Dtt 00", HOST_NONE, DNS_NODATA },
	{ "blind, yet it answers", "Daa", HOST_FOUND, DNS_OK },
};

static void
answer(struct facts *f, unsigned v, uint16_t type, char letter)
{
	static const char fails[] = "xstu";
	static const enum dns_status status[] = { DNS_NXDOMAIN, DNS_SERVFAIL,
		DNS_TIMEOUT, DNS_UNCHECKED };
	const char *at = strchr(fails, letter), *host = "mx1.example.org";

	if (letter == 'a')
		facts_says(f, v, host, type,
		    type == DNS_A ? "192.0.2.1" : "2001:db8::1");
	else if (letter == 'b')
		facts_says(f, v, host, type,
		    type == DNS_A ? "192.0.2.2" : "2001:db8::2")
		    ->status = DNS_BOGUS;
	else if (letter == '0')
		facts_says(f, v, host, type, "");
	else if (letter == 'l')
		facts_says(f, v, host, type, "")->loop = true;
	else if (at != NULL)
		facts_fails(f, v, host, type, status[at - fails]);
}

static void
test_lookup(void **state)
{
	static const enum mx_state without[] = { MX_UNCHECKED, MX_UNUSABLE,
		MX_DOWN, MX_UNCHECKED };

	(void)state;
	for (size_t i = 0; i < sizeof(lookups) / sizeof(*lookups); i++) {
		const char *at = lookups[i].answers;
		const struct view_mx *mx;
		struct fixture x;

		begin(&x, facts_blank("example.org", 2));
		facts_with_mx(x.facts, EVERY, "10 mx1.example.org");
		for (unsigned v = 0; *at != '\0'; v++, at += 2) {
			at += *at == ' ';
			x.facts->vantage[v].alive =
			    *at == 'D' ? TRI_NO : TRI_YES;
			at += *at == 'D';
			answer(x.facts, v, DNS_A, at[0]);
			answer(x.facts, v, DNS_AAAA, at[1]);
		}
		build(&x);
		mx = &x.view->mx[0];
		if (mx->lookup != lookups[i].lookup ||
		    mx->lookup_status != lookups[i].status ||
		    mx->state != without[mx->lookup])
			fail_msg("%s: look-up %d, %s, state %s",
			    lookups[i].label, mx->lookup,
			    dns_status_name(mx->lookup_status),
			    mx_state_name(mx->state));
		end(&x);
	}
}

/* -------------------------------------------------------- mail servers */

static void
test_null_mx(void **state)
{
	static const struct {
		const char *mx;
		bool null, mixed;
		size_t n;
	} row[] = {
		{ "0 .", true, false, 0 },
		{ "10 .", true, false, 0 },
		{ "0 ., 10 .", true, false, 0 },
		{ "0 ., 10 mx1.example.org", false, true, 1 },
		{ "10 mx1.example.org", false, false, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct fixture x;

		begin(&x, facts_blank("example.org", 1));
		facts_with_mx(x.facts, 0, row[i].mx);
		build(&x);
		assert_int_equal(x.view->belief, BELIEF_MX);
		assert_int_equal(x.view->null_mx, row[i].null);
		assert_int_equal(x.view->null_mixed, row[i].mixed);
		assert_int_equal(x.view->nmx, row[i].n);
		assert_int_equal(x.view->mx_total, row[i].n);
		end(&x);
	}
}

static void
test_targets(void **state)
{
	static const struct {
		const char *host;
		enum mx_target target;
	} row[] = {
		{ "192.0.2.7", TARGET_LITERAL },
		{ "2130706433", TARGET_LITERAL },
		{ "localhost", TARGET_LOCAL },
		{ "x.localhost", TARGET_LOCAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		char mx[64];
		struct fixture x;

		begin(&x, facts_blank("example.org", 1));
		snprintf(mx, sizeof(mx), "10 %s", row[i].host);
		facts_with_mx(x.facts, 0, mx);
		/* Even a resolver that makes something of it changes nothing.
		 */
		facts_address(x.facts, 0, row[i].host, "192.0.2.7");
		build(&x);
		assert_int_equal(x.view->mx[0].target, row[i].target);
		assert_int_equal(x.view->mx[0].state, MX_UNUSABLE);
		assert_int_equal(x.view->mx[0].naddress, 0);
		end(&x);
	}
}

static void
test_implicit(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_blank("example.org", 1));
	facts_with_mx(x.facts, 0, "");
	facts_address(x.facts, 0, "example.org", "192.0.2.1");
	facts_smtp_up(x.facts, "192.0.2.1", "example.org");
	build(&x);
	assert_int_equal(x.view->nmx, 1);
	assert_int_equal(x.view->mx[0].target, TARGET_IMPLICIT);
	assert_int_equal(x.view->mx[0].preference, 0);
	assert_string_equal(x.view->mx[0].host, "example.org");
	assert_int_equal(x.view->mx[0].state, MX_UP);
	facts_no_address(x.facts, 0, "example.org", DNS_NODATA);
	build(&x);
	assert_int_equal(x.view->mx[0].state, MX_UNUSABLE);
	assert_int_equal(x.view->mx[0].lookup, HOST_NONE);
	end(&x);
}

/* The domain is an alias without MX records: either name may have been looked
 * up and talked to. */
static void
test_implicit_alias(void **state)
{
	static const char *const name[] = { "example.org", "real.example.net" };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct obs_dns *o;
		struct fixture x;

		begin(&x, facts_blank("example.org", 1));
		o = facts_says(x.facts, 0, "example.org", DNS_MX, "");
		free(o->canonical);
		o->canonical = strdup(name[1]);
		o->cnames = 1;
		if (i < 2)
			facts_alias(x.facts, 0, name[0], name[1], "192.0.2.1");
		else
			facts_address(x.facts, 0, name[1], "192.0.2.1");
		facts_smtp_up(x.facts, "192.0.2.1", name[i % 2]);
		build(&x);
		assert_string_equal(x.view->alias, name[1]);
		assert_string_equal(x.view->mx[0].host, name[1]);
		assert_null(x.view->mx[0].alias_of);
		assert_int_equal(x.view->mx[0].state, MX_UP);
		end(&x);
	}
}

static void
test_mx_alias(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_blank("example.org", 1));
	facts_with_mx(x.facts, 0, "10 mx1.example.org");
	facts_alias(
	    x.facts, 0, "mx1.example.org", "real.example.net", "192.0.2.1");
	facts_smtp_up(x.facts, "192.0.2.1", "mx1.example.org");
	build(&x);
	assert_string_equal(x.view->mx[0].alias_of, "real.example.net");
	assert_int_equal(x.view->mx[0].state, MX_UP);
	end(&x);
}

static void
test_ttl(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	facts_with_mx(
	    x.facts, EVERY, "10 mx1.example.org/17, 20 mx2.example.org/17");
	facts_server_up(x.facts, "192.0.2.53", "ns1.example.org/3600",
	    "10 mx1.example.org/600");
	facts_server_up(x.facts, "198.51.100.53", "ns1.example.org/7200",
	    "10 mx1.example.org/300");
	build(&x);
	assert_int_equal(x.view->mx[0].ttl, 300);
	assert_true(x.view->mx[0].ttl_authoritative);
	assert_int_equal(x.view->mx[1].ttl, 17);
	assert_false(x.view->mx[1].ttl_authoritative);
	assert_string_equal(x.view->ns[0].host, "ns1.example.org");
	assert_int_equal(x.view->ns[0].ttl, 3600);
	assert_true(x.view->ns[0].ttl_known);
	assert_false(x.view->ns[1].ttl_known);
	end(&x);
}

static void
test_family(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	x.facts->family = 4;
	build(&x);
	assert_int_equal(x.view->mx[0].naddress, 1);
	assert_int_equal(x.view->mx[0].address[0].ip.family, 4);
	x.facts->family = 6;
	build(&x);
	assert_int_equal(x.view->mx[0].naddress, 1);
	assert_int_equal(x.view->mx[0].address[0].ip.family, 6);
	/* The second has no IPv6 address: that is not "no address". */
	assert_int_equal(x.view->mx[1].naddress, 1);
	assert_int_equal(x.view->mx[1].lookup, HOST_FOUND);
	end(&x);
}

/* --------------------------------------------------------- name servers */

static const struct {
	enum dns_status status;
	bool aa;
	enum ns_state state;
} servers[] = {
	{ DNS_OK, true, NS_AUTHORITATIVE },
	{ DNS_OK, false, NS_LAME },
	{ DNS_NODATA, true, NS_LAME },
	{ DNS_NODATA, false, NS_LAME },
	{ DNS_NXDOMAIN, true, NS_LAME },
	{ DNS_NXDOMAIN, false, NS_LAME },
	{ DNS_SERVFAIL, false, NS_LAME },
	{ DNS_REFUSED, false, NS_REFUSED },
	{ DNS_TIMEOUT, false, NS_TIMEOUT },
	{ DNS_MALFORMED, false, NS_LAME },
	{ DNS_UNREACHABLE, false, NS_UNREACHABLE },
	{ DNS_UNCHECKED, false, NS_UNCHECKED },
};

static void
test_ns_state(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(servers) / sizeof(*servers); i++) {
		const struct view_ns_address *a;
		struct obs_dns *o;
		struct fixture x;

		begin(&x, facts_healthy());
		o = servers[i].status == DNS_OK ?
		    facts_direct_soa(x.facts, "192.0.2.53", 7) :
		    facts_direct_fails(x.facts, "192.0.2.53", "example.org",
		        DNS_SOA, servers[i].status);
		o->aa = servers[i].aa;
		build(&x);
		a = &x.view->ns[0].address[0];
		if (a->state != servers[i].state)
			fail_msg("%s, aa %d: %s",
			    dns_status_name(servers[i].status), servers[i].aa,
			    ns_state_name(a->state));
		assert_ptr_equal(a->soa, o);
		assert_int_equal(a->has_serial, a->state == NS_AUTHORITATIVE);
		assert_int_equal(a->rtt_ms < 0, o->rcode < 0);
		end(&x);
	}
}

static void
test_ns_unasked(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_blank("example.org", 1));
	facts_with_ns(x.facts, 0, "ns1.example.org, ns2.example.org");
	facts_address(x.facts, 0, "ns1.example.org", "192.0.2.1");
	facts_address(x.facts, 0, "ns2.example.org", "10.0.0.1");
	build(&x);
	assert_int_equal(x.view->ns[0].address[0].state, NS_UNCHECKED);
	assert_null(x.view->ns[0].address[0].special);
	assert_non_null(x.view->ns[1].address[0].special);
	/* What nobody can reach is in no network. */
	assert_int_equal(x.view->nnetwork, 1);
	end(&x);
}

static void
test_ns_healthy(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	build(&x);
	assert_true(x.view->parent_known);
	assert_true(x.view->zone_is_domain);
	assert_int_equal(x.view->nns, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct view_ns *ns = &x.view->ns[i];

		assert_true(ns->at_parent);
		assert_true(ns->at_child);
		assert_int_equal(ns->lookup, HOST_FOUND);
		assert_int_equal(ns->naddress, 1);
		assert_int_equal(ns->address[0].state, NS_AUTHORITATIVE);
		assert_int_equal(ns->address[0].serial, FACTS_SERIAL);
		assert_int_equal(ns->address[0].refresh, FACTS_REFRESH);
		assert_non_null(ns->address[0].mx);
		assert_non_null(ns->address[0].ns);
	}
	assert_int_equal(x.view->nnetwork, 2);
	end(&x);
}

static const struct view_ns *
server(const struct view *v, const char *host)
{
	for (size_t i = 0; i < v->nns; i++)
		if (strcmp(v->ns[i].host, host) == 0)
			return &v->ns[i];
	fail_msg("no %s", host);
	return NULL;
}

/* Each of the three names a server that the others do not know. */
static void
test_ns_sources(void **state)
{
	const struct view_ns *ns;
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	facts_with_ns(x.facts, 1, "ns1.example.org, cached.example.org");
	facts_server_up(x.facts, "192.0.2.53",
	    "ns1.example.org, ns2.example.net, hidden.example.org", "");
	facts_delegation(
	    x.facts, "203.0.113.1", "ns1.example.org, old.example.org");
	build(&x);
	assert_int_equal(x.view->nns, 5);
	ns = server(x.view, "ns1.example.org");
	assert_true(ns->at_parent && ns->at_child);
	ns = server(x.view, "ns2.example.net");
	assert_true(!ns->at_parent && ns->at_child);
	ns = server(x.view, "hidden.example.org");
	assert_true(!ns->at_parent && ns->at_child);
	ns = server(x.view, "old.example.org");
	assert_true(ns->at_parent && !ns->at_child);
	ns = server(x.view, "cached.example.org");
	assert_true(!ns->at_parent && !ns->at_child);
	end(&x);
}

/* The child names a server which in turn names another. */
static void
test_ns_chain(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_blank("example.org", 1));
	facts_with_ns(x.facts, 0, "a.example.org");
	facts_address(x.facts, 0, "a.example.org", "192.0.2.1");
	facts_address(x.facts, 0, "b.example.org", "192.0.2.2");
	facts_server_up(x.facts, "192.0.2.2", "c.example.org", "");
	facts_server_up(x.facts, "192.0.2.1", "b.example.org", "");
	/* An answer with authority of somebody who is none of them. */
	facts_server_up(x.facts, "192.0.2.9", "stale.example.org", "");
	build(&x);
	assert_int_equal(x.view->nns, 3);
	assert_true(server(x.view, "c.example.org")->at_child);
	end(&x);
}

/* A lame server that answers from its memory is not the parent. */
static void
test_ns_lame_referral(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	facts_delegation(x.facts, "192.0.2.53", "old.example.org");
	build(&x);
	assert_int_equal(x.view->nns, 2);
	end(&x);
}

static void
test_ns_all_fail(void **state)
{
	struct obs_dns *o;
	struct fixture x;

	(void)state;
	begin(&x, facts_blank("example.org", 2));
	facts_vantage_fails(x.facts, EVERY, DNS_SERVFAIL);
	facts_no_address(x.facts, EVERY, "ns1.example.org", DNS_SERVFAIL);
	facts_no_address(x.facts, EVERY, "ns2.example.org", DNS_SERVFAIL);
	o = facts_delegation(
	    x.facts, "203.0.113.1", "ns1.example.org, ns2.example.org");
	facts_glue(o, "ns1.example.org", "192.0.2.1");
	facts_glue(o, "ns1.example.org", "2001:db8::1");
	facts_server_fails(x.facts, "192.0.2.1", DNS_TIMEOUT);
	build(&x);
	assert_int_equal(x.view->nns, 2);
	assert_int_equal(x.view->ns[0].lookup, HOST_FOUND);
	assert_int_equal(x.view->ns[0].naddress, 2);
	assert_int_equal(x.view->ns[0].address[0].state, NS_TIMEOUT);
	assert_int_equal(x.view->ns[1].lookup, HOST_FAILED);
	assert_int_equal(x.view->ns[1].lookup_status, DNS_SERVFAIL);
	assert_true(x.view->ns[0].at_parent);
	assert_false(x.view->ns[0].at_child);
	end(&x);
}

/* What fails validation still tells where the name servers are. */
static void
test_ns_bogus(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	facts_server_fails(x.facts, "192.0.2.53", DNS_REFUSED);
	facts_server_fails(x.facts, "198.51.100.53", DNS_REFUSED);
	for (size_t i = 0; i < x.facts->ndns; i++)
		if (!x.facts->dns[i]->direct)
			x.facts->dns[i]->status = DNS_BOGUS;
	build(&x);
	assert_int_equal(x.view->belief, BELIEF_BOGUS);
	assert_int_equal(x.view->nmx, 0);
	assert_int_equal(x.view->nns, 2);
	assert_true(x.view->ns[0].at_child);
	assert_int_equal(x.view->ns[0].lookup, HOST_FOUND);
	assert_int_equal(x.view->ns[0].naddress, 1);
	end(&x);
}

/* No server told with authority: what vantages say is the child's word. */
static void
test_ns_child_by_vantage(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	facts_server_fails(x.facts, "192.0.2.53", DNS_REFUSED);
	facts_server_fails(x.facts, "198.51.100.53", DNS_TIMEOUT);
	build(&x);
	assert_true(x.view->ns[0].at_child && x.view->ns[1].at_child);
	end(&x);
}

/* A domain inside another zone. */
static void
test_ns_zone(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_blank("mail.example.org", 1));
	free(x.facts->zone);
	x.facts->zone = strdup("example.org");
	facts_with_ns(x.facts, 0, "ns1.example.org");
	facts_says(x.facts, 0, "mail.example.org", DNS_NS, "");
	facts_with_mx(x.facts, 0, "10 mx1.example.org");
	facts_address(x.facts, 0, "ns1.example.org", "192.0.2.1");
	facts_server_up(x.facts, "192.0.2.1", "ns1.example.org/99",
	    "10 mx1.example.org/55");
	build(&x);
	assert_string_equal(x.view->zone, "example.org");
	assert_false(x.view->zone_is_domain);
	assert_int_equal(x.view->nns, 1);
	assert_int_equal(x.view->ns[0].ttl, 99);
	assert_int_equal(x.view->vantage[0].nns, 1);
	assert_int_equal(x.view->mx[0].ttl, 55);
	free(x.facts->zone);
	x.facts->zone = NULL;
	build(&x);
	assert_int_equal(x.view->nns, 0);
	assert_null(x.view->zone);
	end(&x);
}

/* --------------------------------------------------------------- limits */

static void
many(char *out, size_t size, const char *format, unsigned from, unsigned n)
{
	size_t len = 0;

	for (unsigned i = from; i < from + n; i++) {
		char one[64];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(one, sizeof(one), format, i);
#pragma GCC diagnostic pop
		len += (size_t)snprintf(
		    out + len, size - len, "%s%s", len > 0 ? "," : "", one);
	}
	assert_true(len < size);
}

static void
test_limits(void **state)
{
	char text[2048];
	struct fixture x;

	(void)state;
	begin(&x, facts_blank("example.org", 1));
	many(text, sizeof(text), "10 mx%02u.example.org", 0, 25);
	facts_with_mx(x.facts, 0, text);
	many(text, sizeof(text), "ns%02u.example.org", 0, 20);
	facts_with_ns(x.facts, 0, text);
	many(text, sizeof(text), "192.0.2.%u", 1, 10);
	facts_address(x.facts, 0, "mx00.example.org", text);
	facts_address(x.facts, 0, "ns19.example.org", text);
	facts_smtp_up(x.facts, "192.0.2.10", "mx00.example.org");
	facts_direct_soa(x.facts, "192.0.2.9", 1);
	build(&x);
	assert_int_equal(x.view->nmx, FACTS_MX_MAX);
	assert_int_equal(x.view->mx_total, 25);
	assert_int_equal(x.view->nns, FACTS_NS_MAX);
	assert_int_equal(x.view->ns_total, 20);
	assert_true(x.view->mx[0].cut);
	assert_int_equal(x.view->mx[0].naddress, FACTS_ADDRESS_MAX);
	/* What was seen to is kept, in its place. */
	assert_int_equal(x.view->mx[0].address[7].ip.byte[3], 10);
	assert_int_equal(x.view->mx[0].address[6].ip.byte[3], 7);
	assert_string_equal(x.view->ns[15].host, "ns19.example.org");
	assert_true(x.view->ns[15].cut);
	assert_int_equal(x.view->ns[15].address[7].ip.byte[3], 9);
	end(&x);
}

static void
test_order(void **state)
{
	const struct view_mx *mx;
	struct fixture x;

	(void)state;
	begin(&x, facts_blank("example.org", 1));
	facts_with_mx(
	    x.facts, 0, "10 b.example.org, 5 z.example.org, 10 a.example.org");
	facts_address(x.facts, 0, "z.example.org",
	    "2001:db8::2 192.0.2.9 2001:db8::1 192.0.2.10 192.0.2.9");
	build(&x);
	mx = x.view->mx;
	assert_string_equal(mx[0].host, "z.example.org");
	assert_string_equal(mx[1].host, "a.example.org");
	assert_string_equal(mx[2].host, "b.example.org");
	assert_int_equal(mx[0].naddress, 4);
	assert_int_equal(mx[0].address[0].ip.byte[3], 9);
	assert_int_equal(mx[0].address[1].ip.byte[3], 10);
	assert_int_equal(mx[0].address[2].ip.byte[15], 1);
	assert_int_equal(mx[0].address[3].ip.byte[15], 2);
	end(&x);
}

static void
test_special(void **state)
{
	static const struct {
		const char *ip;
		bool special;
	} row[] = {
		{ "192.0.2.1", false }, /* allowed */
		{ "10.0.0.1", true },
		{ "127.0.0.1", true },
		{ "::1", true },
		{ "9.9.9.9", false },
	};
	struct policy policy;

	(void)state;
	facts_policy(&policy);
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct ip ip;

		assert_int_equal(ip_parse(row[i].ip, &ip), 0);
		assert_int_equal(
		    view_special(&policy, &ip) != NULL, row[i].special);
	}
	policy_free(&policy);
}

/* ---------------------------------------- the order of what was observed */

static void
dump(const struct view *v, struct buf *b)
{
	char text[IP_TEXT];

	buf_printf(b, "%d %d %s\n", v->belief, v->parent_known,
	    v->believed != NULL ? v->believed->about->name : "-");
	for (size_t i = 0; i < v->nns; i++) {
		const struct view_ns *ns = &v->ns[i];

		buf_printf(b, "%s %u %d %d %d %d", ns->host, ns->ttl,
		    ns->ttl_known, ns->at_parent, ns->at_child, ns->lookup);
		for (size_t j = 0; j < ns->naddress; j++)
			buf_printf(b, " %s/%d",
			    ip_format(&ns->address[j].ip, text),
			    ns->address[j].state);
		buf_putc(b, '\n');
	}
	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];

		buf_printf(b, "%u %s %u %d %d %d", mx->preference, mx->host,
		    mx->ttl, mx->lookup, mx->lookup_status, mx->state);
		for (size_t j = 0; j < mx->naddress; j++)
			buf_printf(b, " %s/%d",
			    ip_format(&mx->address[j].ip, text),
			    mx->address[j].state);
		buf_putc(b, '\n');
	}
	for (size_t i = 0; i < v->nnetwork; i++)
		buf_printf(b, "%s\n", ip_format(&v->network[i].ip, text));
}

/* A domain in which something is wrong everywhere. */
static struct facts *
muddle(void)
{
	struct facts *f = facts_healthy();

	facts_with_ns(f, 1, "ns1.example.org/5, cached.example.org/9");
	facts_with_mx(f, 2, "10 mx1.example.org/7, 30 mx3.example.org/8");
	facts_server_up(f, "192.0.2.53", "ns1.example.org/60, n3.example.org",
	    "10 mx1.example.org/30, 20 mx2.example.org/31");
	facts_server_up(f, "192.0.2.54", "n4.example.org", "");
	facts_delegation(f, "203.0.113.1", "ns1.example.org, o.example.org");
	facts_glue(facts_delegation(f, "203.0.113.2", "o.example.org"),
	    "o.example.org", "192.0.2.77");
	facts_address(f, 1, "n3.example.org", "192.0.2.54 2001:db8::54");
	facts_address(f, 2, "mx1.example.org", "192.0.2.24 192.0.2.25");
	facts_no_address(f, 1, "mx2.example.org", DNS_SERVFAIL);
	facts_smtp_fails(
	    f, "192.0.2.24", "mx1.example.org", SMTP_CONNECT, SMTP_TIMEOUT, 0);
	return f;
}

static void
test_permutations(void **state)
{
	struct buf first, other;
	struct fixture x;

	(void)state;
	buf_init(&first, 0);
	buf_init(&other, 0);
	begin(&x, muddle());
	build(&x);
	dump(x.view, &first);
	assert_non_null(strstr(buf_str(&first), "n4.example.org"));
	for (unsigned seed = 1; seed <= 300; seed++) {
		facts_shuffle(x.facts, seed);
		build(&x);
		buf_reset(&other);
		dump(x.view, &other);
		assert_string_equal(buf_str(&first), buf_str(&other));
	}
	buf_free(&first);
	buf_free(&other);
	end(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_belief),
		cmocka_unit_test(test_quorum),
		cmocka_unit_test(test_vantage),
		cmocka_unit_test(test_foreign_records),
		cmocka_unit_test(test_dialogue),
		cmocka_unit_test(test_host_state),
		cmocka_unit_test(test_forbidden),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_null_mx),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_implicit),
		cmocka_unit_test(test_implicit_alias),
		cmocka_unit_test(test_mx_alias),
		cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_ns_state),
		cmocka_unit_test(test_ns_unasked),
		cmocka_unit_test(test_ns_healthy),
		cmocka_unit_test(test_ns_sources),
		cmocka_unit_test(test_ns_chain),
		cmocka_unit_test(test_ns_lame_referral),
		cmocka_unit_test(test_ns_all_fail),
		cmocka_unit_test(test_ns_bogus),
		cmocka_unit_test(test_ns_child_by_vantage),
		cmocka_unit_test(test_ns_zone),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_special),
		cmocka_unit_test(test_permutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
