#include <stdlib.h>
#include <string.h>

#include "agent/rules/rules.h"
#include "tests/unit/support.h"

#include "tests/unit/facts.h"

struct fixture {
	struct facts *facts;
	struct policy policy;
	struct report *report;
};

static void
begin(struct fixture *x, struct facts *f)
{
	memset(x, 0, sizeof(*x));
	x->facts = f;
	facts_policy(&x->policy);
}

static void
look(struct fixture *x)
{
	report_free(x->report);
	x->report = judge(x->facts, &x->policy, facts_now);
	assert_non_null(x->report);
}

static void
end(struct fixture *x)
{
	report_free(x->report);
	facts_free(x->facts);
	policy_free(&x->policy);
}

static void
override(struct fixture *x, const char *pattern, enum severity severity)
{
	assert_int_equal(policy_override(&x->policy, pattern, severity), 0);
}

static const struct finding *
find(const struct report *r, const char *id)
{
	for (size_t i = 0; i < r->findings.n; i++)
		if (strcmp(r->findings.finding[i].rule->id, id) == 0)
			return &r->findings.finding[i];
	return NULL;
}

static void
assert_summary(const struct fixture *x, const char *text)
{
	assert_string_equal(x->report->summary, text);
}

/* Begins with these words, whatever a rule says after them. */
static void
assert_starts(const struct fixture *x, const char *text)
{
	if (strncmp(x->report->summary, text, strlen(text)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"",
		    x->report->summary, text);
}

/* Break every address of host. */
static void
break_host(struct facts *f, const char *host, enum smtp_phase phase,
    enum smtp_error error, int code)
{
	static const char *const ip[] = { "192.0.2.25", "2001:db8:1::25",
		"198.51.100.25" };

	for (size_t i = 0; i < 3; i++) {
		struct ip a;

		assert_int_equal(ip_parse(ip[i], &a), 0);
		if (facts_dialogue(f, &a, host) != NULL)
			facts_smtp_fails(f, ip[i], host, phase, error, code);
	}
}

/* -------------------------------------------------------------- verdict */

static void
test_healthy(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	look(&x);
	for (size_t i = 0; i < x.report->findings.n; i++)
		if (x.report->findings.finding[i].severity > SEVERITY_INFO)
			fail_msg("%s", x.report->findings.finding[i].message);
	assert_int_equal(x.report->verdict, SEVERITY_OK);
	assert_int_equal(x.report->delivery.outcome, OUTCOME_ACCEPTED);
	assert_summary(&x, "mail gets in through mx1.example.org");
	end(&x);
}

static void
test_verdicts(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	break_host(x.facts, "mx1.example.org", SMTP_CONNECT, SMTP_TIMEOUT, 0);
	look(&x);
	assert_int_equal(x.report->verdict, SEVERITY_WARNING);
	break_host(x.facts, "mx2.example.org", SMTP_CONNECT, SMTP_TIMEOUT, 0);
	look(&x);
	assert_int_equal(x.report->verdict, SEVERITY_CRITICAL);
	assert_int_equal(
	    x.report->findings.finding[0].severity, SEVERITY_CRITICAL);
	break_host(x.facts, "mx1.example.org", SMTP_CONNECT, SMTP_LOCAL, 0);
	break_host(x.facts, "mx2.example.org", SMTP_CONNECT, SMTP_LOCAL, 0);
	look(&x);
	assert_int_equal(x.report->verdict, SEVERITY_UNKNOWN);
	assert_int_equal(x.report->delivery.outcome, OUTCOME_UNKNOWN);
	end(&x);
}

/* Info counts as OK. */
static void
test_info(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	facts_with_mx(x.facts, EVERY, "10 mx1.example.org");
	look(&x);
	assert_non_null(find(x.report, "mx.single"));
	assert_int_equal(x.report->verdict, SEVERITY_OK);
	assert_summary(&x, "mail gets in through mx1.example.org");
	end(&x);
}

/* ------------------------------------------------------------ overrides */

static void
test_override(void **state)
{
	static const struct {
		const char *pattern[2];
		enum severity severity[2], is, verdict;
	} row[] = {
		{ { "mx.single" }, { SEVERITY_WARNING }, SEVERITY_WARNING,
		    SEVERITY_WARNING },
		{ { "mx.single" }, { SEVERITY_CRITICAL }, SEVERITY_CRITICAL,
		    SEVERITY_CRITICAL },
		{ { "mx.single" }, { SEVERITY_OK }, SEVERITY_OK, SEVERITY_OK },
		{ { "mx.single" }, { SEVERITY_OFF }, SEVERITY_OFF,
		    SEVERITY_OK },
		{ { "mx.*" }, { SEVERITY_WARNING }, SEVERITY_WARNING,
		    SEVERITY_WARNING },
		{ { "dns.*" }, { SEVERITY_CRITICAL }, SEVERITY_INFO,
		    SEVERITY_OK },
		{ { "mx.*", "mx.single" }, { SEVERITY_OFF, SEVERITY_WARNING },
		    SEVERITY_WARNING, SEVERITY_WARNING },
		{ { "mx.single", "mx.*" }, { SEVERITY_WARNING, SEVERITY_OFF },
		    SEVERITY_OFF, SEVERITY_OK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		const struct finding *f;
		struct fixture x;

		begin(&x, facts_healthy());
		facts_with_mx(x.facts, EVERY, "10 mx1.example.org");
		override(&x, row[i].pattern[0], row[i].severity[0]);
		if (row[i].pattern[1] != NULL)
			override(&x, row[i].pattern[1], row[i].severity[1]);
		look(&x);
		f = find(x.report, "mx.single");
		assert_int_equal(
		    f != NULL ? f->severity : SEVERITY_OFF, row[i].is);
		assert_int_equal(x.report->verdict, row[i].verdict);
		end(&x);
	}
}

/* What is not known stays so. */
static void
test_override_unknown(void **state)
{
	static const enum severity severity[] = { SEVERITY_OK, SEVERITY_INFO,
		SEVERITY_WARNING, SEVERITY_CRITICAL };
	struct fixture x;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin(&x, facts_healthy());
		facts_vantage_blind(x.facts, EVERY);
		override(&x, "*", severity[i]);
		look(&x);
		assert_non_null(find(x.report, "dns.unresolvable"));
		assert_int_equal(find(x.report, "dns.unresolvable")->severity,
		    SEVERITY_UNKNOWN);
		assert_int_equal(x.report->verdict, SEVERITY_UNKNOWN);
		end(&x);
	}
	begin(&x, facts_healthy());
	facts_vantage_blind(x.facts, EVERY);
	override(&x, "*", SEVERITY_OFF);
	look(&x);
	assert_int_equal(x.report->findings.n, 0);
	assert_int_equal(x.report->verdict, SEVERITY_OK);
	end(&x);
}

/* ---------------------------------------------------------------- order */

static size_t
place(const struct rule *rule)
{
	for (size_t i = 0; i < rules_count; i++)
		if (rules_all[i] == rule)
			return i;
	fail_msg("%s is in no table", rule->id);
	return 0;
}

/* Wrong in many ways at once. */
static struct facts *
ruin(void)
{
	struct facts *f = facts_healthy();

	facts_with_ns(
	    f, EVERY, "ns1.example.org, z.example.org, a.example.org");
	facts_address(f, 0, "z.example.org", "");
	facts_address(f, 0, "a.example.org", "");
	facts_with_mx(f, EVERY,
	    "10 mx1.example.org/60, 20 mx2.example.org/60, 20 "
	    "none.example.org, "
	    "20 192.0.2.9");
	facts_with_mx(f, 2, "10 mx1.example.org");
	facts_address(f, 0, "none.example.org", "");
	facts_direct_says(
	    f, "198.51.100.53", "example.org", DNS_MX, "10 mx1.example.org/60");
	facts_direct_fails(
	    f, "192.0.2.53", "example.org", DNS_SOA, DNS_REFUSED);
	facts_smtp_fails(f, "192.0.2.25", "mx1.example.org", SMTP_GREETING,
	    SMTP_REJECTED, 554);
	facts_smtp_up(f, "198.51.100.25", "mx2.example.org")->starttls = false;
	return f;
}

static void
assert_sorted(const struct findings *all)
{
	for (size_t i = 1; i < all->n; i++) {
		const struct finding *a = &all->finding[i - 1], *b = &a[1];

		assert_true(a->severity >= b->severity);
		if (a->severity != b->severity)
			continue;
		assert_true(place(a->rule) <= place(b->rule));
		if (a->rule == b->rule)
			assert_true(strcmp(a->subject, b->subject) <= 0);
	}
}

static void
test_order(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, ruin());
	look(&x);
	assert_true(x.report->findings.n >= 6);
	assert_sorted(&x.report->findings);
	override(&x, "mx.ttl-short", SEVERITY_CRITICAL);
	override(&x, "mx.ip-literal", SEVERITY_OK);
	look(&x);
	assert_string_equal(
	    x.report->findings.finding[0].rule->id, "mx.ttl-short");
	assert_string_equal(
	    x.report->findings.finding[x.report->findings.n - 1].rule->id,
	    "mx.ip-literal");
	assert_sorted(&x.report->findings);
	end(&x);
}

/* The order in which answers came changes no word. */
static void
test_permutations(void **state)
{
	struct fixture x, y;

	(void)state;
	begin(&x, ruin());
	begin(&y, ruin());
	look(&x);
	for (unsigned seed = 1; seed <= 100; seed++) {
		facts_shuffle(y.facts, seed);
		look(&y);
		assert_summary(&y, x.report->summary);
		assert_int_equal(y.report->findings.n, x.report->findings.n);
		for (size_t i = 0; i < x.report->findings.n; i++) {
			const struct finding *a = x.report->findings.finding;
			const struct finding *b = y.report->findings.finding;

			assert_ptr_equal(a[i].rule, b[i].rule);
			assert_string_equal(a[i].subject, b[i].subject);
			assert_string_equal(a[i].message, b[i].message);
		}
	}
	end(&x);
	end(&y);
}

/* -------------------------------------------------------------- summary */

#define WAITS ": mail waits at its senders, and bounces after 4 to 5 days"

static void
test_accepted(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	break_host(x.facts, "mx1.example.org", SMTP_CONNECT, SMTP_TIMEOUT, 0);
	look(&x);
	assert_summary(&x,
	    "mail gets in through mx2.example.org; mx1.example.org "
	    "(preference 10) is down: timeout at connect");
	facts_with_mx(x.facts, EVERY,
	    "10 mx1.example.org, 10 mx3.example.org, 20 mx2.example.org");
	facts_no_address(x.facts, EVERY, "mx3.example.org", DNS_NXDOMAIN);
	look(&x);
	assert_summary(&x,
	    "mail gets in through mx2.example.org; mx1.example.org "
	    "(preference 10) is down: timeout at connect, and 1 more");
	end(&x);
}

/* A warning of another kind is told in its own words. */
static void
test_accepted_with_warning(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	facts_direct_fails(
	    x.facts, "192.0.2.53", "example.org", DNS_SOA, DNS_TIMEOUT);
	look(&x);
	assert_starts(&x, "mail gets in through mx1.example.org; ");
	assert_non_null(
	    strstr(x.report->summary, x.report->findings.finding[0].message));
	assert_int_equal(x.report->verdict, SEVERITY_WARNING);
	end(&x);
}

static void
test_reach(void **state)
{
	static const char all[] = "192.0.2.100 192.0.2.101 192.0.2.102 "
	                          "192.0.2.103 192.0.2.104 192.0.2.105 "
	                          "192.0.2.106";
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	x.policy.sender = SENDER_POSTFIX;
	facts_with_mx(x.facts, EVERY, "10 mx3.example.org, 10 mx2.example.org");
	facts_address(x.facts, 0, "mx3.example.org", all);
	for (unsigned i = 0; i < 7; i++) {
		char ip[] = "192.0.2.100";

		ip[10] = (char)('0' + i);
		facts_smtp_fails(x.facts, ip, "mx3.example.org", SMTP_CONNECT,
		    SMTP_CONN_REFUSED, 0);
	}
	look(&x);
	/* 5 of 8 addresses are tried, one of them is alive. */
	assert_starts(&x,
	    "mail gets in through mx2.example.org in 62 % of "
	    "delivery runs");
	end(&x);
}

static void
test_deferred(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	break_host(x.facts, "mx1.example.org", SMTP_CONNECT, SMTP_TIMEOUT, 0);
	break_host(
	    x.facts, "mx2.example.org", SMTP_CONNECT, SMTP_CONN_REFUSED, 0);
	look(&x);
	assert_summary(&x,
	    "both mail servers are down (mx1.example.org: timeout at connect, "
	    "mx2.example.org: connection refused)" WAITS);
	break_host(
	    x.facts, "mx2.example.org", SMTP_GREETING, SMTP_DEFERRED, 421);
	look(&x);
	assert_starts(&x,
	    "no mail server takes mail now (mx1.example.org: timeout at "
	    "connect, mx2.example.org: ");
	facts_with_mx(x.facts, EVERY, "10 mx1.example.org");
	look(&x);
	assert_summary(&x,
	    "the only mail server is down (mx1.example.org: timeout at "
	    "connect)" WAITS);
	facts_with_mx(x.facts, EVERY,
	    "10 mx1.example.org, 10 a.example.org, 10 b.example.org, "
	    "10 c.example.org");
	facts_no_address(x.facts, EVERY, "a.example.org", DNS_SERVFAIL);
	facts_no_address(x.facts, EVERY, "b.example.org", DNS_NODATA);
	facts_no_address(x.facts, EVERY, "c.example.org", DNS_NODATA);
	look(&x);
	assert_summary(&x,
	    "all 4 mail servers are down (a.example.org: its address cannot "
	    "be looked up (SERVFAIL), b.example.org: has no address, "
	    "c.example.org: has no address, and 1 more)" WAITS);
	end(&x);
}

static void
test_by_dns(void **state)
{
	static const struct {
		enum dns_status status;
		enum severity verdict;
		const char *summary;
	} row[] = {
		{ DNS_NXDOMAIN, SEVERITY_CRITICAL,
		    "the domain does not exist: mail bounces at once" },
		{ DNS_SERVFAIL, SEVERITY_CRITICAL,
		    "no name server answers for it" WAITS },
		{ DNS_REFUSED, SEVERITY_CRITICAL,
		    "every resolver refuses to look it up" WAITS },
		{ DNS_BOGUS, SEVERITY_CRITICAL,
		    "DNSSEC validation fails" WAITS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct fixture x;

		begin(&x, facts_healthy());
		facts_vantage_fails(x.facts, EVERY, row[i].status);
		look(&x);
		assert_int_equal(x.report->verdict, row[i].verdict);
		assert_summary(&x, row[i].summary);
		end(&x);
	}
}

static void
test_bounced(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	facts_with_mx(x.facts, EVERY, "10 mx1.example.org, 20 192.0.2.9");
	facts_no_address(x.facts, EVERY, "mx1.example.org", DNS_NXDOMAIN);
	look(&x);
	assert_summary(&x,
	    "none of its mail servers can be used (mx1.example.org: has no "
	    "address, 192.0.2.9: an address where a name belongs): mail "
	    "bounces at once");
	assert_int_equal(x.report->verdict, SEVERITY_CRITICAL);
	facts_with_mx(x.facts, EVERY, "");
	facts_no_address(x.facts, EVERY, "example.org", DNS_NODATA);
	look(&x);
	assert_summary(&x,
	    "it has neither MX records nor an address: mail bounces at once");
	assert_int_equal(x.report->verdict, SEVERITY_CRITICAL);
	end(&x);
}

static void
test_refused(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	facts_with_mx(x.facts, EVERY, "0 .");
	look(&x);
	assert_summary(&x, "the domain takes no mail (null MX)");
	assert_int_equal(x.report->verdict, SEVERITY_OK);
	assert_int_equal(x.report->delivery.outcome, OUTCOME_REFUSED);
	end(&x);
}

static void
test_unknown(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	facts_vantage_blind(x.facts, EVERY);
	look(&x);
	assert_starts(&x, "not known: ");
	assert_int_equal(x.report->verdict, SEVERITY_UNKNOWN);
	end(&x);
	begin(&x, facts_healthy());
	x.facts->depth = DEPTH_DNS;
	while (x.facts->nsmtp > 0)
		obs_smtp_unref(x.facts->smtp[--x.facts->nsmtp]);
	look(&x);
	assert_int_equal(x.report->delivery.outcome, OUTCOME_UNKNOWN);
	assert_int_equal(x.report->verdict, SEVERITY_OK);
	assert_summary(&x, "DNS is in order; its mail servers were not asked");
	end(&x);
}

/* The only addresses are of the family that was not wanted: that is not known,
 * and not "no address". */
static void
test_other_family(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	x.facts->family = 4;
	facts_with_mx(x.facts, EVERY, "10 mx1.example.org");
	facts_address(x.facts, 0, "mx1.example.org", "2001:db8:1::26");
	look(&x);
	assert_int_equal(x.report->delivery.outcome, OUTCOME_UNKNOWN);
	assert_int_equal(x.report->verdict, SEVERITY_UNKNOWN);
	assert_starts(&x, "not known: ");
	end(&x);
}

/* Nothing seen at all is not well, and nothing breaks. */
static void
test_empty(void **state)
{
	struct fixture x;

	(void)state;
	for (unsigned n = 0; n < 3; n++) {
		begin(&x, facts_blank("example.org", n));
		look(&x);
		assert_int_equal(x.report->verdict, SEVERITY_UNKNOWN);
		assert_starts(&x, "not known: ");
		end(&x);
	}
	report_free(NULL);
}

/* ------------------------------------------------------------- findings */

static void
test_findings(void **state)
{
	const struct rule *rule = rules_all[0];
	struct findings all = { 0 };
	struct finding *f;

	(void)state;
	f = findings_add(&all, rule, SEVERITY_WARNING, "a", "%s %d", "is", 7);
	assert_non_null(f);
	assert_string_equal(f->message, "is 7");
	finding_text(f, "text", "one");
	finding_text(f, "text", "two");
	finding_number(f, "number", 2.5);
	finding_item(f, "list", "x");
	finding_item(f, "list", "y");
	finding_item(f, "text", "another kind: not taken");
	finding_text(f, "none", NULL);
	assert_int_equal(f->nevidence, 3);
	assert_string_equal(f->evidence[0].text, "two");
	assert_int_equal(f->evidence[1].kind, EVIDENCE_NUMBER);
	assert_float_equal(f->evidence[1].number, 2.5, 1e-9);
	assert_int_equal(f->evidence[2].nlist, 2);
	assert_string_equal(f->evidence[2].list[1], "y");
	/* It stays where it is while others come. */
	for (size_t i = 1; i < FINDINGS_MAX; i++)
		assert_non_null(
		    findings_add(&all, rule, SEVERITY_INFO, "b", "c"));
	assert_string_equal(f->message, "is 7");
	f = findings_add(&all, rule, SEVERITY_INFO, "b", "one too many");
	assert_null(f);
	finding_text(f, "text", "harmless");
	finding_number(f, "number", 1);
	finding_item(f, "list", "harmless");
	assert_int_equal(all.n, FINDINGS_MAX);
	assert_false(all.failed);
	findings_free(&all);
	assert_int_equal(all.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_override),
		cmocka_unit_test(test_override_unknown),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_permutations),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_accepted_with_warning),
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_deferred),
		cmocka_unit_test(test_by_dns),
		cmocka_unit_test(test_bounced),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_other_family),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
