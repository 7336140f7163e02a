#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/incident/cause.h"
#include "tests/unit/facts.h"
#include "tests/unit/support.h"

#define MX1  "mx1.example.org"
#define MX2  "mx2.example.org"
#define MX1A "192.0.2.25"
#define MX1B "2001:db8:1::25"
#define MX2A "198.51.100.25"
#define NS   "ns1.example.org ns2.example.net"

/* A look at a domain, judged. */
struct fixture {
	struct facts *facts;
	struct policy policy;
	struct report *report;
	struct symptoms s;
};

static void
begin(struct fixture *x, struct facts *f)
{
	memset(x, 0, sizeof(*x));
	x->facts = f;
	facts_policy(&x->policy);
}

static void
look(struct fixture *x, const char *last_ns)
{
	x->report = judge(x->facts, &x->policy, facts_now);
	assert_non_null(x->report);
	assert_int_equal(causes_of(x->report, last_ns, &x->s), 0);
}

static void
end(struct fixture *x)
{
	symptoms_free(&x->s);
	report_free(x->report);
	facts_free(x->facts);
	policy_free(&x->policy);
}

static void
kill_at(struct facts *f, const char *ip, const char *host)
{
	facts_smtp_fails(f, ip, host, SMTP_CONNECT, SMTP_TIMEOUT, 0);
}

/* ---------------------------------------------------------- the mapping */

typedef void change_fn(struct facts *, struct policy *);

#define CHANGE(name) static void name(struct facts *f, struct policy *p)

CHANGE(nothing)
{
	(void)f;
	(void)p;
}

CHANGE(all_down)
{
	(void)p;
	kill_at(f, MX1A, MX1);
	kill_at(f, MX1B, MX1);
	kill_at(f, MX2A, MX2);
}

CHANGE(all_deferring)
{
	all_down(f, p);
	facts_smtp_fails(f, MX2A, MX2, SMTP_GREETING, SMTP_DEFERRED, 421);
}

CHANGE(primary_down)
{
	(void)p;
	kill_at(f, MX1A, MX1);
	kill_at(f, MX1B, MX1);
}

CHANGE(backup_rejects)
{
	(void)p;
	facts_smtp_fails(f, MX2A, MX2, SMTP_GREETING, SMTP_REJECTED, 554);
}

CHANGE(one_address)
{
	(void)p;
	kill_at(f, MX1B, MX1);
}

/* Two faults without a common address are two causes. */
CHANGE(address_and_backup)
{
	one_address(f, p);
	kill_at(f, MX2A, MX2);
}

CHANGE(load)
{
	(void)p;
	facts_with_mx(f, EVERY, "10 " MX1 ", 10 " MX2);
	kill_at(f, MX2A, MX2);
}

/* Nothing to connect to: what the MX records name is at fault. */
CHANGE(all_unusable)
{
	(void)p;
	facts_no_address(f, EVERY, MX1, DNS_NXDOMAIN);
	facts_no_address(f, EVERY, MX2, DNS_NXDOMAIN);
}

CHANGE(no_tls)
{
	(void)p;
	facts_smtp_up(f, MX1A, MX1)->starttls = false;
}

CHANGE(slow)
{
	(void)p;
	facts_smtp_up(f, MX2A, MX2)->greeting_ms = 20000;
}

CHANGE(postmaster)
{
	struct obs_smtp *o = facts_smtp_up(f, MX1A, MX1);

	(void)p;
	f->depth = DEPTH_RCPT;
	o->rcpt_code = 550;
	o->rcpt_text = strdup("no such user");
}

CHANGE(nxdomain)
{
	(void)p;
	facts_vantage_fails(f, EVERY, DNS_NXDOMAIN);
}

CHANGE(servfail)
{
	(void)p;
	facts_vantage_fails(f, EVERY, DNS_SERVFAIL);
}

CHANGE(bogus)
{
	(void)p;
	facts_vantage_fails(f, EVERY, DNS_BOGUS);
}

CHANGE(servers_down)
{
	(void)p;
	facts_server_fails(f, "192.0.2.53", DNS_TIMEOUT);
	facts_server_fails(f, "198.51.100.53", DNS_TIMEOUT);
}

CHANGE(one_server_down)
{
	(void)p;
	facts_server_fails(f, "198.51.100.53", DNS_TIMEOUT);
}

CHANGE(lame)
{
	(void)p;
	facts_server_fails(f, "198.51.100.53", DNS_REFUSED);
}

CHANGE(ns_unresolvable)
{
	(void)p;
	facts_no_address(f, EVERY, "ns2.example.net", DNS_NXDOMAIN);
}

CHANGE(one_network)
{
	(void)p;
	facts_address(f, 0, "ns2.example.net", "192.0.2.54");
	facts_server_up(f, "192.0.2.54", "ns1.example.org, ns2.example.net",
	    "10 " MX1 ", 20 " MX2);
}

CHANGE(mismatch)
{
	(void)p;
	facts_delegation(f, "203.0.113.1",
	    "ns1.example.org, ns2.example.net, ns3.example.net");
}

CHANGE(liars)
{
	(void)p;
	facts_with_mx(f, 1, "10 mx.example.com");
}

CHANGE(no_mx)
{
	(void)p;
	facts_with_mx(f, EVERY, "");
	facts_no_address(f, EVERY, "example.org", DNS_NODATA);
}

CHANGE(null_mixed)
{
	(void)p;
	facts_with_mx(f, EVERY, "0 ., 10 " MX1 ", 20 " MX2);
}

CHANGE(private_address)
{
	(void)p;
	facts_address(f, 0, MX2, "10.0.0.1");
}

/* Advice, until the operator thinks otherwise. */
CHANGE(raised)
{
	facts_with_mx(f, EVERY, "10 " MX1);
	assert_int_equal(policy_override(p, "mx.single", SEVERITY_CRITICAL), 0);
}

/* One line a symptom: kind, rule, severity, s(mtp) or d(ns), key. */
static const struct {
	const char *label;
	change_fn *change;
	const char *last_ns, *want;
} rows[] = {
	{ "healthy", nothing, NULL, "" },
	{ "all down", all_down, NULL,
	    "mail servers|mx.all-down|critical|s|servers " MX1A " " MX2A
	    " " MX1B "\n" },
	{ "all deferring", all_deferring, NULL,
	    "mail servers|mx.all-deferring|warning|s|servers " MX1A " " MX2A
	    " " MX1B "\n" },
	{ "primary down", primary_down, NULL,
	    "mail servers|mx.primary-down|warning|s|servers " MX1A " " MX1B
	    "\n" },
	{ "backup refuses", backup_rejects, NULL,
	    "mail servers|mx.host-down|warning|s|servers " MX2A "\n" },
	{ "one address", one_address, NULL,
	    "mail servers|mx.address-down|warning|s|servers " MX1B "\n" },
	{ "two faults", address_and_backup, NULL,
	    "mail servers|mx.host-down|warning|s|servers " MX2A "\n"
	    "mail servers|mx.address-down|warning|s|servers " MX1B "\n" },
	{ "one of two", load, NULL,
	    "mail servers|mx.host-down|warning|s|servers " MX2A "\n" },
	{ "nothing to connect to", all_unusable, NULL,
	    "MX set|mx.all-down|critical|d|mx.all-down 10 " MX1 ", 20 " MX2 "\n"
	    "host|mx.host-unresolvable|warning|d|mx.host-unresolvable " MX1 "\n"
	    "host|mx.host-unresolvable|warning|d|mx.host-unresolvable " MX2
	    "\n" },
	{ "no TLS", no_tls, NULL,
	    "host|tls.none|warning|s|tls.none " MX1 "\n" },
	{ "slow", slow, NULL, "host|mx.slow|warning|s|mx.slow " MX2 "\n" },
	{ "postmaster", postmaster, NULL,
	    "domain|smtp.postmaster-rejected|warning|s|"
	    "smtp.postmaster-rejected example.org\n" },
	{ "nxdomain", nxdomain, NS,
	    "domain|dns.nxdomain|critical|d|dns.nxdomain example.org\n" },
	{ "servfail", servfail, NS,
	    "name servers|dns.unresolvable|critical|d|name-servers " NS "\n" },
	{ "servfail, never seen well", servfail, NULL,
	    "domain|dns.unresolvable|critical|d|name-servers example.org\n" },
	{ "bogus", bogus, NS,
	    "name servers|dns.bogus|critical|d|dns.bogus " NS "\n" },
	{ "name servers down", servers_down, NULL,
	    "name servers|dns.all-ns-down|critical|d|name-servers " NS "\n" },
	{ "name server down", one_server_down, NULL,
	    "host|dns.ns-down|warning|d|dns.ns-down 198.51.100.53\n" },
	{ "lame", lame, NULL,
	    "host|dns.ns-lame|warning|d|dns.ns-lame ns2.example.net " NS "\n" },
	{ "name server without address", ns_unresolvable, NULL,
	    "host|dns.ns-unresolvable|warning|d|dns.ns-unresolvable "
	    "ns2.example.net\n" },
	{ "one network", one_network, NULL,
	    "name servers|dns.single-network|warning|d|dns.single-network " NS
	    "\n" },
	{ "mismatch", mismatch, NULL,
	    "name servers|dns.ns-mismatch|warning|d|dns.ns-mismatch " NS "\n" },
	{ "one vantage differs", liars, NULL,
	    "vantage|dns.vantage-disagreement|warning|d|"
	    "dns.vantage-disagreement v1\n" },
	{ "no MX, no address", no_mx, NULL,
	    "domain|mx.none|critical|d|mx.none example.org\n" },
	{ "null MX beside others", null_mixed, NULL,
	    "MX set|mx.null-mixed|warning|d|mx.null-mixed 0 ., 10 " MX1
	    ", 20 " MX2 "\n" },
	{ "private", private_address, NULL,
	    "host|mx.bad-address|warning|d|mx.bad-address " MX2 "\n" },
	{ "raised", raised, NULL,
	    "MX set|mx.single|critical|d|mx.single 10 " MX1 "\n" },
};

static void
write_symptom(struct buf *b, const struct symptom *s)
{
	buf_printf(b, "%s|%s|%s|%c|%s\n", cause_kind_name(s->kind), s->rule->id,
	    severity_name(s->severity), s->by_smtp ? 's' : 'd', s->key);
}

static void
test_mapping(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture x;
		struct buf b;

		begin(&x, facts_healthy());
		rows[i].change(x.facts, &x.policy);
		look(&x, rows[i].last_ns);
		buf_init(&b, 0);
		for (size_t k = 0; k < x.s.n; k++)
			write_symptom(&b, &x.s.symptom[k]);
		if (strcmp(buf_str(&b), rows[i].want) != 0) {
			print_error("%s:\n%swanted:\n%s", rows[i].label,
			    buf_str(&b), rows[i].want);
			wrong++;
		}
		buf_free(&b);
		end(&x);
	}
	assert_int_equal(wrong, 0);
}

/* Whatever a rule's severity is made by the operator, it has its kind. */
static void
test_every_rule(void **state)
{
	static const struct rule other = { .id = "x.y" };

	(void)state;
	for (size_t i = 0; i < rules_count; i++)
		if (!cause_knows(rules_all[i]))
			fail_msg("%s", rules_all[i]->id);
	assert_false(cause_knows(&other));
}

/* Each symptom has all of its texts, and each key comes once. */
static void
test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture x;

		begin(&x, facts_healthy());
		rows[i].change(x.facts, &x.policy);
		look(&x, rows[i].last_ns);
		for (size_t k = 0; k < x.s.n; k++) {
			const struct symptom *s = &x.s.symptom[k];

			assert_true(*s->subject != '\0');
			assert_true(*s->message != '\0');
			assert_int_equal(
			    s->outcome, x.report->delivery.outcome);
			for (size_t n = 0; n < s->nevidence; n++)
				assert_true(*s->evidence[n] != '\0');
			for (size_t n = 0; n < k; n++)
				assert_string_not_equal(
				    s->key, x.s.symptom[n].key);
			if (k > 0)
				assert_true(s->severity <= s[-1].severity);
		}
		end(&x);
	}
}

/* -------------------------------------------------------------- the words */

static bool
has_line(const struct symptom *s, const char *line)
{
	for (size_t i = 0; i < s->nevidence; i++)
		if (strcmp(s->evidence[i], line) == 0)
			return true;
	return false;
}

/* What the servers said, and what else was found of them. */
static void
test_servers_words(void **state)
{
	struct fixture x;
	const struct symptom *s;

	(void)state;
	begin(&x, facts_healthy());
	all_down(x.facts, &x.policy);
	facts_smtp_fails(x.facts, MX2A, MX2, SMTP_GREETING, SMTP_REJECTED, 554);
	look(&x, NULL);
	assert_int_equal(x.s.n, 1);
	s = x.s.symptom;
	assert_string_equal(s->subject, MX1 ", " MX2);
	assert_int_equal(s->nevidence, 4);
	assert_string_equal(
	    s->evidence[0], MX1 " [" MX1A "]: timeout at connect");
	assert_string_equal(
	    s->evidence[1], MX1 " [" MX1B "]: timeout at connect");
	assert_string_equal(
	    s->evidence[2], MX2 " [" MX2A "]: answers 554 \"what it said\"");
	assert_string_equal(s->evidence[3],
	    "also mx.rejecting: " MX2 " refuses us, at greeting: 554 \"what it "
	    "said\"");
	assert_int_equal(s->outcome, OUTCOME_DEFERRED);
	assert_int_equal(s->nip, 3);
	end(&x);
}

static void
test_vantages_words(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	servfail(x.facts, &x.policy);
	look(&x, NS);
	assert_true(has_line(
	    x.s.symptom, "vantages: v0: SERVFAIL, v1: SERVFAIL, v2: SERVFAIL"));
	assert_true(has_line(x.s.symptom, "quorum: 2"));
	assert_string_equal(x.s.symptom->subject, NS);
	end(&x);
}

/* A mail server that is known by its name: where to look again. */
static void
test_addresses_of_host(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	no_tls(x.facts, &x.policy);
	look(&x, NULL);
	assert_int_equal(x.s.symptom->nip, 2);
	end(&x);
}

/* Twenty servers with two addresses each: all are in the key, the first of
 * them are kept. */
static void
test_many_servers(void **state)
{
	struct facts *f = facts_blank("example.org", 1);
	struct fixture x, y;
	struct buf mx;

	(void)state;
	buf_init(&mx, 0);
	for (unsigned i = 0; i < 20; i++) {
		char host[32], ip[64];

		snprintf(host, sizeof(host), "mx%u.example.org", i);
		snprintf(
		    ip, sizeof(ip), "192.0.2.%u 2001:db8:1:2:3:4:5:%u", i, i);
		buf_printf(&mx, "%s10 %s", i > 0 ? ", " : "", host);
		facts_address(f, 0, host, ip);
		snprintf(ip, sizeof(ip), "192.0.2.%u", i);
		kill_at(f, ip, host);
		snprintf(ip, sizeof(ip), "2001:db8:1:2:3:4:5:%u", i);
		kill_at(f, ip, host);
	}
	facts_with_mx(f, EVERY, buf_str(&mx));
	begin(&x, f);
	look(&x, NULL);
	assert_true(x.s.n > 0);
	assert_int_equal(x.s.symptom->kind, CAUSE_SERVERS);
	assert_int_equal(x.s.symptom->nip, CAUSE_IPS_MAX);
	assert_true(strlen(x.s.symptom->key) <= 480);
	assert_true(strchr(x.s.symptom->key, '#') != NULL);
	assert_int_equal(x.s.symptom->nevidence, 24);
	/* One address less, far behind, is another key. */
	begin(&y, x.facts);
	facts_smtp_up(f, "2001:db8:1:2:3:4:5:9", "mx9.example.org");
	look(&y, NULL);
	for (size_t i = 0; i < y.s.n; i++)
		assert_string_not_equal(y.s.symptom[i].key, x.s.symptom->key);
	buf_free(&mx);
	x.facts = NULL;
	end(&x);
	end(&y);
}

/* ------------------------------------------------------------------- sets */

static void
assert_sets(struct fixture *x, const char *ns, const char *mx)
{
	char *is_ns, *is_mx;

	look(x, NULL);
	is_ns = cause_ns_set(x->report);
	is_mx = cause_mx_set(x->report);
	assert_string_equal(is_ns, ns);
	assert_string_equal(is_mx, mx);
	free(is_ns);
	free(is_mx);
	end(x);
}

static void
test_sets(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	assert_sets(&x, NS, "10 " MX1 ", 20 " MX2);
	begin(&x, facts_healthy());
	no_mx(x.facts, &x.policy);
	assert_sets(&x, NS, "none");
	begin(&x, facts_healthy());
	servfail(x.facts, &x.policy);
	assert_sets(&x, "", "");
	begin(&x, facts_healthy());
	facts_with_mx(x.facts, EVERY, "0 .");
	assert_sets(&x, NS, "0 .");
	/* One of three lies about the name servers, and its servers agree. */
	begin(&x, facts_healthy());
	facts_with_ns(x.facts, 2, "evil.example.com");
	facts_address(x.facts, 0, "evil.example.com", "203.0.113.66");
	facts_server_up(x.facts, "203.0.113.66", "evil.example.com", "10 " MX1);
	assert_sets(&x, NS, "10 " MX1 ", 20 " MX2);
}

/* ----------------------------------------------------- what was not seen */

static void
test_unseen(void **state)
{
	struct fixture x;

	(void)state;
	begin(&x, facts_healthy());
	look(&x, NULL);
	assert_false(x.s.dns_unseen || x.s.mx_unseen);
	assert_int_equal(x.s.nunseen + x.s.nsilent, 0);
	end(&x);
	/* Its mail servers cannot be known. */
	begin(&x, facts_healthy());
	servfail(x.facts, &x.policy);
	look(&x, NULL);
	assert_true(x.s.dns_unseen && x.s.mx_unseen);
	end(&x);
	/* It is known that it has none. */
	begin(&x, facts_healthy());
	nxdomain(x.facts, &x.policy);
	look(&x, NULL);
	assert_false(x.s.dns_unseen || x.s.mx_unseen);
	end(&x);
	/* The address of one was not found out. */
	begin(&x, facts_healthy());
	facts_no_address(x.facts, EVERY, MX2, DNS_SERVFAIL);
	look(&x, NULL);
	assert_true(!x.s.dns_unseen && x.s.mx_unseen);
	end(&x);
}

static void
test_unseen_addresses(void **state)
{
	struct fixture x;
	char text[IP_TEXT];

	(void)state;
	begin(&x, facts_healthy());
	facts_smtp_fails(x.facts, MX1B, MX1, SMTP_CONNECT, SMTP_LOCAL, 0);
	kill_at(x.facts, MX2A, MX2);
	look(&x, NULL);
	assert_int_equal(x.s.nunseen, 1);
	assert_string_equal(ip_format(&x.s.unseen[0], text), MX1B);
	assert_int_equal(x.s.nsilent, 1);
	assert_string_equal(ip_format(&x.s.silent[0], text), MX2A);
	end(&x);
}

static void
test_within(void **state)
{
	struct ip a[3] = { { 4, { 1 } }, { 4, { 2 } }, { 6, { 1 } } };

	(void)state;
	assert_true(cause_within(a, 3, a, 3));
	assert_true(cause_within(a + 1, 1, a, 3));
	assert_true(cause_within(NULL, 0, a, 1));
	assert_false(cause_within(a, 2, a + 1, 2));
	assert_false(cause_within(a, 1, NULL, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mapping),
		cmocka_unit_test(test_every_rule),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_servers_words),
		cmocka_unit_test(test_vantages_words),
		cmocka_unit_test(test_addresses_of_host),
		cmocka_unit_test(test_many_servers),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_unseen_addresses),
		cmocka_unit_test(test_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
