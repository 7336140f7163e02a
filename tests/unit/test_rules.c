#include <string.h>

#include "agent/rules/rules.h"
#include "tests/unit/support.h"

/* Every rule that is promised, by family, in the order of the promise. */
static const char *const promised[] = {
	"dns.nxdomain",
	"dns.unresolvable",
	"dns.bogus",
	"dns.vantage-disagreement",
	"dns.single-network",
	"dns.single-asn",
	"dns.single-nameserver",
	"dns.shared-fate",
	"dns.ns-unresolvable",
	"dns.ns-down",
	"dns.ns-lame",
	"dns.all-ns-down",
	"dns.ns-mismatch",
	"dns.serial-mismatch",
	"dns.signature-expiring",
	"dns.ns-changed",
	"dns.limit",
	"mx.missing",
	"mx.none",
	"mx.null",
	"mx.null-mixed",
	"mx.ip-literal",
	"mx.cname",
	"mx.host-unresolvable",
	"mx.bad-address",
	"mx.duplicate",
	"mx.single",
	"mx.single-network",
	"mx.ttl-short",
	"mx.all-down",
	"mx.all-deferring",
	"mx.primary-down",
	"mx.host-down",
	"mx.address-down",
	"mx.rejecting",
	"mx.deferring",
	"mx.load-uneven",
	"mx.slow",
	"mx.changed",
	"mx.limit",
	"smtp.postmaster-rejected",
	"smtp.delivery-time",
	"tls.none",
	"tls.failed",
	"tls.injection",
	"tls.expired",
	"tls.expiring",
	"tls.old-protocol",
	"tls.name-mismatch",
	"tls.untrusted",
	"tls.weak-key",
	"agent.blind",
	"agent.vantage",
	"agent.channel",
	"agent.store",
	"agent.config",
	"agent.worker",
};
#define PROMISED (sizeof(promised) / sizeof(promised[0]))

static const char *const critical[] = { "dns.nxdomain", "dns.unresolvable",
	"dns.bogus", "dns.all-ns-down", "mx.none", "mx.all-down", "agent.blind",
	"agent.store" };
static const char *const advice[] = { "dns.single-asn", "dns.ns-changed",
	"dns.limit", "mx.null", "mx.duplicate", "mx.single",
	"mx.single-network", "mx.ttl-short", "mx.deferring", "mx.changed",
	"mx.limit", "tls.name-mismatch", "tls.untrusted", "tls.weak-key" };
static const char *const by_quorum[] = { "dns.nxdomain", "dns.unresolvable",
	"dns.bogus" };
static const char *const daemons[] = { "dns.ns-changed", "mx.changed",
	"agent.blind", "agent.vantage", "agent.channel", "agent.store",
	"agent.config", "agent.worker" };

static bool
is_in(const char *id, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], id) == 0)
			return true;
	}
	return false;
}
#define IS_IN(id, list) is_in(id, list, sizeof(list) / sizeof((list)[0]))

static void
test_all_promised(void **state)
{
	(void)state;
	for (size_t i = 0; i < PROMISED; i++) {
		const struct rule *rule = rule_find(promised[i]);

		if (rule == NULL)
			fail_msg("there is no %s", promised[i]);
		assert_string_equal(rule->id, promised[i]);
	}
	assert_int_equal(rules_count, PROMISED);
}

static void
test_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < rules_count; i++)
		assert_ptr_equal(rule_find(rules_all[i]->id), rules_all[i]);
}

static int
family_of(const char *id)
{
	static const char *const family[] = { "dns.", "mx.", "smtp.", "tls.",
		"agent." };

	for (int i = 0; i < 5; i++) {
		if (strncmp(id, family[i], strlen(family[i])) == 0)
			return i;
	}
	fail_msg("%s is of no family", id);
	return -1;
}

static void
test_ordered_by_family(void **state)
{
	int last = 0;

	(void)state;
	for (size_t i = 0; i < rules_count; i++) {
		int family = family_of(rules_all[i]->id);

		assert_true(family >= last);
		last = family;
	}
}

static void
test_severities(void **state)
{
	(void)state;
	for (size_t i = 0; i < rules_count; i++) {
		const struct rule *r = rules_all[i];
		enum severity want = SEVERITY_WARNING;

		if (IS_IN(r->id, critical))
			want = SEVERITY_CRITICAL;
		else if (IS_IN(r->id, advice))
			want = SEVERITY_INFO;
		if (r->severity != want)
			fail_msg("%s is %s", r->id, severity_name(r->severity));
		assert_int_equal(r->quorum, IS_IN(r->id, by_quorum));
		assert_int_equal(r->look == NULL, IS_IN(r->id, daemons));
	}
}

static size_t
sentences(const char *text)
{
	size_t n = 0;

	for (const char *p = text; (p = strchr(p, '.')) != NULL; p++)
		n += p[1] == ' ' || p[1] == '\0';
	return n;
}

static void
test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < rules_count; i++) {
		const struct rule *r = rules_all[i];
		size_t n = sentences(r->explanation);

		if (strpbrk(r->line, "\n\t") != NULL || strlen(r->line) < 10 ||
		    strlen(r->line) > 80)
			fail_msg("line of %s", r->id);
		if (n < 2 || n > 5)
			fail_msg("explanation of %s: %zu sentences", r->id, n);
		if (strpbrk(r->explanation, "\n\t") != NULL ||
		    strpbrk(r->remedy, "\n\t") != NULL ||
		    strlen(r->remedy) < 30)
			fail_msg("texts of %s", r->id);
		/* A piece of a literal that lacks its blank. */
		if (strstr(r->explanation, "  ") != NULL ||
		    strstr(r->remedy, "  ") != NULL)
			fail_msg("blanks in %s", r->id);
		if (*r->rfc != '\0' && strncmp(r->rfc, "RFC ", 4) != 0)
			fail_msg("rfc of %s", r->id);
	}
}

static void
test_find(void **state)
{
	(void)state;
	assert_null(rule_find("mx.all-dowm"));
	assert_null(rule_find(""));
	assert_null(rule_find("mx"));
}

static void
test_patterns(void **state)
{
	static const struct {
		const char *pattern;
		bool known;
	} rows[] = {
		{ "mx.all-down", true },
		{ "mx.*", true },
		{ "*", true },
		{ "tls.???ing", false },
		{ "tls.expir?", false },
		{ "tls.expir??", true },
		{ "mx", false },
		{ "dane.*", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rule_pattern_known(rows[i].pattern) != rows[i].known)
			fail_msg("pattern \"%s\"", rows[i].pattern);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_promised),
		cmocka_unit_test(test_unique),
		cmocka_unit_test(test_ordered_by_family),
		cmocka_unit_test(test_severities),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
