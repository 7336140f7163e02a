#include <stdbool.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/rules/expect.h"
#include "tests/unit/facts.h"
#include "tests/unit/support.h"

#define MX1        "mx1.example.org"
#define MX2        "mx2.example.org"
#define NS1        "ns1.example.org"
#define NS2        "ns2.example.net"
#define HOSTS(...) ((char **)(const char *[]){ __VA_ARGS__ })

typedef void change_fn(struct facts *, struct policy *);

#define CHANGE(name) static void name(struct facts *f, struct policy *p)

static void
break_at(struct facts *f, const char *ip, const char *host)
{
	facts_smtp_fails(f, ip, host, SMTP_CONNECT, SMTP_TIMEOUT, 0);
}

CHANGE(nothing)
{
	(void)f;
	(void)p;
}

CHANGE(first_down)
{
	(void)p;
	break_at(f, "192.0.2.25", MX1);
	break_at(f, "2001:db8:1::25", MX1);
}

CHANGE(one_address_down)
{
	(void)p;
	break_at(f, "192.0.2.25", MX1);
}

CHANGE(second_down)
{
	(void)p;
	break_at(f, "198.51.100.25", MX2);
}

CHANGE(second_refuses)
{
	(void)p;
	facts_smtp_fails(
	    f, "198.51.100.25", MX2, SMTP_GREETING, SMTP_REJECTED, 554);
}

CHANGE(second_defers)
{
	(void)p;
	facts_smtp_fails(
	    f, "198.51.100.25", MX2, SMTP_GREETING, SMTP_DEFERRED, 421);
}

CHANGE(both_down)
{
	first_down(f, p);
	second_down(f, p);
}

CHANGE(one_tier)
{
	(void)p;
	facts_with_mx(f, EVERY, "10 " MX1 ", 10 " MX2);
	second_down(f, p);
}

CHANGE(one_tier_refuses)
{
	one_tier(f, p);
	second_refuses(f, p);
}

/* And a third, of which nothing is known. */
CHANGE(one_tier_unknown)
{
	one_tier(f, p);
	facts_with_mx(f, EVERY, "10 " MX1 ", 10 " MX2 ", 10 mx3.example.org");
	facts_address(f, 0, "mx3.example.org", "203.0.113.25");
	facts_smtp_fails(
	    f, "203.0.113.25", "mx3.example.org", SMTP_CONNECT, SMTP_LOCAL, 0);
}

/* The first preference has both, and neither takes mail; a third does. */
CHANGE(tier_down)
{
	(void)p;
	facts_with_mx(f, EVERY, "10 " MX1 ", 10 " MX2 ", 20 mx3.example.org");
	facts_address(f, 0, "mx3.example.org", "203.0.113.25");
	facts_smtp_up(f, "203.0.113.25", "mx3.example.org");
	both_down(f, p);
}

CHANGE(null_mx)
{
	(void)p;
	facts_with_mx(f, EVERY, "0 .");
}

CHANGE(no_mx)
{
	(void)p;
	facts_with_mx(f, EVERY, "");
	facts_no_address(f, EVERY, "example.org", DNS_NODATA);
}

CHANGE(servfail)
{
	(void)p;
	facts_vantage_fails(f, EVERY, DNS_SERVFAIL);
}

CHANGE(changed_raised)
{
	(void)f;
	assert_int_equal(
	    policy_override(p, "mx.changed", SEVERITY_CRITICAL), 0);
}

CHANGE(changed_off)
{
	(void)f;
	assert_int_equal(policy_override(p, "*.changed", SEVERITY_OFF), 0);
}

/* Of warning and worse, in their order; then verdict and outcome. */
static const struct {
	const char *label;
	change_fn *change;
	struct expect_setting e;
	const char *want;
} rows[] = {
	{ "nothing expected", first_down, { 0 },
	    "mx.primary-down warning accepted" },

	/* Hosts that never answer. */
	{ "nolisting", first_down, { .down = HOSTS(MX1), .ndown = 1 },
	    "ok accepted" },
	{ "the other one is", second_down, { .down = HOSTS(MX1), .ndown = 1 },
	    "mx.host-down warning accepted" },
	{ "a dead backup", second_down, { .down = HOSTS(MX2), .ndown = 1 },
	    "ok accepted" },
	{ "it refuses", second_refuses, { .down = HOSTS(MX2), .ndown = 1 },
	    "ok accepted" },
	{ "an address", one_address_down, { .down = HOSTS(MX1), .ndown = 1 },
	    "ok accepted" },
	{ "all of one preference", one_tier, { .down = HOSTS(MX2), .ndown = 1 },
	    "ok accepted" },
	{ "it refuses, of one preference", one_tier_refuses,
	    { .down = HOSTS(MX2), .ndown = 1 }, "ok accepted" },
	{ "another is not known", one_tier_unknown,
	    { .down = HOSTS(MX2), .ndown = 1 },
	    "mx.host-down unknown "
	    "accepted" },
	{ "one of a preference is not", tier_down,
	    { .down = HOSTS(MX1), .ndown = 1 },
	    "mx.primary-down warning accepted" },
	{ "both of it are", tier_down, { .down = HOSTS(MX1, MX2), .ndown = 2 },
	    "ok accepted" },
	{ "all down stays", both_down, { .down = HOSTS(MX1, MX2), .ndown = 2 },
	    "mx.all-down critical deferred" },

	/* Backups. */
	{ "a backup puts off", second_defers,
	    { .backup = HOSTS(MX2), .nbackup = 1 }, "ok accepted" },
	{ "a backup is down", second_down,
	    { .backup = HOSTS(MX2), .nbackup = 1 }, "ok accepted" },
	{ "a backup is needed", both_down,
	    { .backup = HOSTS(MX2), .nbackup = 1 },
	    "mx.all-down critical deferred" },
	{ "only a backup takes mail", first_down,
	    { .backup = HOSTS(MX1, MX2), .nbackup = 2 },
	    "mx.primary-down warning accepted" },

	/* No mail. */
	{ "null MX", null_mx, { .no_mail = true }, "ok refused" },
	{ "neither MX nor address", no_mx, { .no_mail = true }, "ok refused" },
	{ "its servers are down", both_down, { .no_mail = true },
	    "ok refused" },
	{ "but it takes mail", nothing, { .no_mail = true },
	    "mx.changed warning accepted" },
	{ "not to be found", servfail, { .no_mail = true },
	    "dns.unresolvable critical deferred" },

	/* Sets. */
	{ "the same sets", nothing,
	    { .ns = HOSTS(NS1, NS2),
	        .nns = 2,
	        .mx = HOSTS("10 " MX1, "20 " MX2),
	        .nmx = 2 },
	    "ok accepted" },
	{ "another name server", nothing,
	    { .ns = HOSTS(NS1, "ns3.example.net"), .nns = 2 },
	    "dns.ns-changed warning accepted" },
	{ "one name server more", nothing, { .ns = HOSTS(NS1), .nns = 1 },
	    "dns.ns-changed warning accepted" },
	{ "another preference", nothing,
	    { .mx = HOSTS("10 " MX1, "30 " MX2), .nmx = 2 },
	    "mx.changed warning accepted" },
	{ "no MX any more", no_mx,
	    { .mx = HOSTS("10 " MX1, "20 " MX2), .nmx = 2 },
	    "mx.none mx.changed critical bounced" },
	{ "not known now", servfail,
	    { .ns = HOSTS(NS1), .nns = 1, .mx = HOSTS("1 x"), .nmx = 1 },
	    "dns.unresolvable critical deferred" },
	{ "as the operator rates it", changed_raised,
	    { .mx = HOSTS("10 " MX1), .nmx = 1 },
	    "mx.changed critical accepted" },
	{ "or not at all", changed_off, { .mx = HOSTS("10 " MX1), .nmx = 1 },
	    "ok accepted" },
};

/* A look with one thing changed, judged, and what was expected applied. */
struct fixture {
	struct facts *facts;
	struct policy policy;
	struct report *report;
};

static void
look(struct fixture *x, change_fn *change, const struct expect_setting *e)
{
	x->facts = facts_healthy();
	facts_policy(&x->policy);
	change(x->facts, &x->policy);
	x->report = judge(x->facts, &x->policy, facts_now);
	assert_non_null(x->report);
	assert_int_equal(expect_apply(x->report, e), 0);
}

static void
end(struct fixture *x)
{
	report_free(x->report);
	facts_free(x->facts);
	policy_free(&x->policy);
}

static void
write_report(struct buf *b, const struct report *r)
{
	for (size_t i = 0; i < r->findings.n; i++)
		if (r->findings.finding[i].severity >= SEVERITY_UNKNOWN)
			buf_printf(b, "%s ", r->findings.finding[i].rule->id);
	buf_printf(b, "%s %s", severity_name(r->verdict),
	    outcome_name(r->delivery.outcome));
}

static void
test_rows(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture x;
		struct buf b;

		look(&x, rows[i].change, &rows[i].e);
		buf_init(&b, 0);
		write_report(&b, x.report);
		if (strcmp(buf_str(&b), rows[i].want) != 0) {
			print_error("%s: %s\n", rows[i].label, buf_str(&b));
			wrong++;
		}
		buf_free(&b);
		end(&x);
	}
	assert_int_equal(wrong, 0);
}

static const struct finding *
find(const struct report *r, const char *id)
{
	for (size_t i = 0; i < r->findings.n; i++)
		if (strcmp(r->findings.finding[i].rule->id, id) == 0)
			return &r->findings.finding[i];
	fail_msg("no %s", id);
	return NULL;
}

/* What is new and what is missing is said, and there as evidence. */
static void
test_difference(void **state)
{
	static const char *const mx[] = { "10 " MX1, "30 mx9.example.org" };
	const struct expect_setting e = { .mx = (char **)mx, .nmx = 2 };
	const struct finding *f;
	struct fixture x;

	(void)state;
	look(&x, nothing, &e);
	f = find(x.report, "mx.changed");
	assert_string_equal(f->message,
	    "the MX records of example.org are not those expected: new is "
	    "20 " MX2 "; missing is 30 mx9.example.org");
	assert_int_equal(f->nevidence, 2);
	assert_string_equal(f->evidence[0].key, "new");
	assert_string_equal(f->evidence[0].list[0], "20 " MX2);
	assert_string_equal(f->evidence[1].list[0], "30 mx9.example.org");
	end(&x);
}

/* The one line follows. */
static void
test_summary(void **state)
{
	static const char *const down[] = { MX1 };
	const struct expect_setting nolisting = { .down = (char **)down,
		.ndown = 1 };
	const struct expect_setting none = { .no_mail = true };
	struct fixture x;

	(void)state;
	look(&x, first_down, &nolisting);
	assert_string_equal(x.report->summary, "mail gets in through " MX2);
	end(&x);
	look(&x, both_down, &none);
	assert_string_equal(
	    x.report->summary, "the domain takes no mail, as expected");
	end(&x);
	look(&x, nothing, &none);
	assert_string_equal(x.report->summary,
	    "mail gets in through " MX1 "; example.org takes mail through " MX1
	    ", but is to take none");
	end(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_difference),
		cmocka_unit_test(test_summary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
