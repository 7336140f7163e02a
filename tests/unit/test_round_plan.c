#include <stdio.h>
#include <string.h>

#include "agent/round_plan.h"
#include "tests/unit/facts.h"
#include "tests/unit/support.h"

/* The wants of a plan, each as one line of text. */
#define LINES 400
struct wants {
	char line[LINES][96];
	size_t n;
};

static void
note(void *arg, const struct want *want)
{
	static const char *const kind[] = { "lookup", "ask", "talk" };
	struct wants *wants = arg;
	char ip[IP_TEXT];

	assert_true(wants->n < LINES);
	if (want->kind == WANT_LOOKUP)
		snprintf(wants->line[wants->n++], 96, "%s %u %s %u",
		    kind[want->kind], want->vantage, want->name, want->type);
	else
		snprintf(wants->line[wants->n++], 96, "%s %s %s %u",
		    kind[want->kind], ip_format(&want->ip, ip), want->name,
		    want->type);
}

static struct wants
plan(const struct facts *facts)
{
	static struct wants wants;

	wants.n = 0;
	plan_wants(facts, note, &wants);
	return wants;
}

static bool
has(const struct wants *wants, const char *line)
{
	for (size_t i = 0; i < wants->n; i++)
		if (strcmp(wants->line[i], line) == 0)
			return true;
	return false;
}

#define assert_wants(w, line)     assert_true(has(&(w), line))
#define assert_wants_not(w, line) assert_false(has(&(w), line))

static size_t
count(const struct wants *wants, const char *prefix)
{
	size_t n = 0;

	for (size_t i = 0; i < wants->n; i++)
		n += strncmp(wants->line[i], prefix, strlen(prefix)) == 0;
	return n;
}

static void
begins_with_ns_and_mx_everywhere(void **state)
{
	struct facts *facts = facts_blank("example.org", 2);
	struct wants w = plan(facts);

	(void)state;
	assert_wants(w, "lookup 0 example.org 15");
	assert_wants(w, "lookup 1 example.org 15");
	assert_wants(w, "lookup 0 example.org 2");
	assert_wants(w, "lookup 1 example.org 2");
	assert_wants(w, "lookup 0 . 2");
	assert_wants(w, "lookup 1 . 2");
	assert_int_equal(w.n, 6);
	facts_free(facts);
}

static void
one_answer_is_enough_to_go_on(void **state)
{
	struct facts *facts = facts_blank("example.org", 2);
	struct wants w;

	(void)state;
	facts_with_mx(facts, 1, "10 mx1.example.org, 20 mx2.example.net");
	w = plan(facts);
	assert_wants(w, "lookup 1 mx1.example.org 1");
	assert_wants(w, "lookup 1 mx1.example.org 28");
	assert_wants(w, "lookup 1 mx2.example.net 1");
	assert_wants_not(w, "lookup 0 mx1.example.org 1");
	assert_int_equal(count(&w, "talk"), 0);
	facts_free(facts);
}

static void
an_address_is_enough_to_talk(void **state)
{
	struct facts *facts = facts_blank("example.org", 1);
	struct wants w;

	(void)state;
	facts_with_mx(facts, 0, "10 mx1.example.org");
	facts_says(facts, 0, "mx1.example.org", DNS_A, "192.0.2.25");
	w = plan(facts);
	assert_wants(w, "talk 192.0.2.25 mx1.example.org 0");
	facts_says(facts, 0, "mx1.example.org", DNS_AAAA, "2001:db8::25");
	w = plan(facts);
	assert_wants(w, "talk 2001:db8::25 mx1.example.org 0");
	facts->family = 4;
	w = plan(facts);
	assert_wants_not(w, "talk 2001:db8::25 mx1.example.org 0");
	facts->depth = DEPTH_DNS;
	w = plan(facts);
	assert_int_equal(count(&w, "talk"), 0);
	facts_free(facts);
}

static void
a_host_that_one_vantage_does_not_find_is_sought_at_all(void **state)
{
	struct facts *facts = facts_blank("example.org", 3);
	struct wants w;

	(void)state;
	facts_with_mx(facts, EVERY, "10 mx1.example.org");
	facts_no_address(facts, 0, "mx1.example.org", DNS_SERVFAIL);
	w = plan(facts);
	assert_wants(w, "lookup 1 mx1.example.org 1");
	assert_wants(w, "lookup 2 mx1.example.org 28");
	facts_free(facts);
}

static void
a_dead_vantage_is_not_asked_for_more(void **state)
{
	struct facts *facts = facts_blank("example.org", 2);
	struct wants w;

	(void)state;
	facts_vantage_blind(facts, 0);
	facts_with_mx(facts, 1, "10 mx1.example.org");
	w = plan(facts);
	assert_wants_not(w, "lookup 0 mx1.example.org 1");
	assert_wants(w, "lookup 1 mx1.example.org 1");
	assert_true(plan_vantage_failed(facts, 0));
	assert_false(plan_vantage_failed(facts, 1));
	facts_free(facts);
}

/* RFC 5321 5.1: only when there is surely no MX. */
static void
the_domain_itself_counts_only_without_any_mx(void **state)
{
	struct facts *facts = facts_blank("example.org", 2);
	struct wants w;

	(void)state;
	facts_says(facts, 0, "example.org", DNS_MX, "");
	w = plan(facts);
	assert_wants_not(w, "lookup 0 example.org 1");
	facts_with_mx(facts, 1, "10 mx1.example.org");
	w = plan(facts);
	assert_wants_not(w, "lookup 0 example.org 1");
	facts_says(facts, 1, "example.org", DNS_MX, "");
	w = plan(facts);
	assert_wants(w, "lookup 0 example.org 1");
	assert_wants(w, "lookup 0 example.org 28");
	facts_fails(facts, 0, "example.org", DNS_MX, DNS_SERVFAIL);
	facts_fails(facts, 1, "example.org", DNS_MX, DNS_SERVFAIL);
	w = plan(facts);
	assert_wants_not(w, "lookup 0 example.org 1");
	facts_free(facts);
}

static void
literals_and_null_mx_are_not_looked_up(void **state)
{
	struct facts *facts = facts_blank("example.org", 1);
	struct wants w;

	(void)state;
	facts_with_mx(facts, 0, "0 ., 10 192.0.2.1, 20 localhost");
	w = plan(facts);
	assert_wants_not(w, "lookup 0 192.0.2.1 1");
	assert_wants_not(w, "lookup 0 localhost 1");
	assert_wants_not(w, "lookup 0 . 1");
	facts_free(facts);
}

static void
nothing_more_is_asked_of_what_does_not_exist(void **state)
{
	struct facts *facts = facts_blank("example.org", 1);
	struct wants w;

	(void)state;
	facts_fails(facts, 0, "example.org", DNS_MX, DNS_NXDOMAIN);
	facts_fails(facts, 0, "example.org", DNS_NS, DNS_NXDOMAIN);
	w = plan(facts);
	assert_int_equal(w.n, 3);
	facts_free(facts);
}

static void
every_name_server_is_asked_itself(void **state)
{
	struct facts *facts = facts_healthy();
	struct wants w = plan(facts);

	(void)state;
	assert_string_equal(plan_zone(facts), "example.org");
	assert_wants(w, "ask 192.0.2.53 example.org 6");
	assert_wants(w, "ask 192.0.2.53 example.org 15");
	assert_wants(w, "ask 192.0.2.53 example.org 2");
	assert_wants(w, "ask 198.51.100.53 example.org 6");
	facts_free(facts);
}

static void
the_delegation_alone_names_servers_too(void **state)
{
	struct facts *facts = facts_blank("example.org", 1);
	struct obs_dns *referral;
	struct wants w;

	(void)state;
	facts_vantage_fails(facts, 0, DNS_SERVFAIL);
	w = plan(facts);
	assert_wants(w, "lookup 0 org 2");
	facts_says(facts, 0, "org", DNS_NS, "a.nic.org");
	w = plan(facts);
	assert_wants(w, "lookup 0 a.nic.org 1");
	facts_says(facts, 0, "a.nic.org", DNS_A, "203.0.113.1");
	w = plan(facts);
	assert_wants(w, "ask 203.0.113.1 example.org 2");
	referral = facts_delegation(facts, "203.0.113.1", "ns1.example.org");
	facts_glue(referral, "ns1.example.org", "192.0.2.53");
	w = plan(facts);
	assert_string_equal(plan_zone(facts), "example.org");
	assert_string_equal(plan_parent(facts), "org");
	assert_wants(w, "ask 192.0.2.53 example.org 6");
	facts_free(facts);
}

static void
more_mail_servers_than_the_limit_are_left_out(void **state)
{
	struct facts *facts = facts_blank("example.org", 1);
	char records[2048] = "";
	struct wants w;

	(void)state;
	for (unsigned i = FACTS_MX_MAX + 5; i-- > 0;) {
		size_t len = strlen(records);

		snprintf(records + len, sizeof(records) - len,
		    "%s%u mx%02u.example.org", len == 0 ? "" : ", ", i, i);
	}
	facts_with_mx(facts, 0, records);
	w = plan(facts);
	assert_int_equal(count(&w, "lookup 0 mx"), 2 * FACTS_MX_MAX);
	assert_wants(w, "lookup 0 mx00.example.org 1");
	assert_wants_not(w, "lookup 0 mx24.example.org 1");
	facts_free(facts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_with_ns_and_mx_everywhere),
		cmocka_unit_test(one_answer_is_enough_to_go_on),
		cmocka_unit_test(an_address_is_enough_to_talk),
		cmocka_unit_test(
		    a_host_that_one_vantage_does_not_find_is_sought_at_all),
		cmocka_unit_test(a_dead_vantage_is_not_asked_for_more),
		cmocka_unit_test(the_domain_itself_counts_only_without_any_mx),
		cmocka_unit_test(literals_and_null_mx_are_not_looked_up),
		cmocka_unit_test(nothing_more_is_asked_of_what_does_not_exist),
		cmocka_unit_test(every_name_server_is_asked_itself),
		cmocka_unit_test(the_delegation_alone_names_servers_too),
		cmocka_unit_test(more_mail_servers_than_the_limit_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
