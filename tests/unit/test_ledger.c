#include "agent/sched/ledger.h"
#include "tests/unit/support.h"

static const struct ledger_limits limits = {
	.per_host = 1,
	.per_network = 3,
	.total = 5,
	.ipv4_prefix = 24,
	.ipv6_prefix = 48,
};

static struct ip
ip(const char *text)
{
	struct ip out;

	assert_int_equal(ip_parse(text, &out), 0);
	return out;
}

static bool
take(struct ledger *ledger, const char *text)
{
	struct ip where = ip(text);

	return ledger_take(ledger, &where);
}

static void
give(struct ledger *ledger, const char *text)
{
	struct ip where = ip(text);

	ledger_give(ledger, &where);
}

static void
one_at_a_time_an_address(void **state)
{
	struct ledger *ledger = ledger_new(&limits);

	(void)state;
	assert_true(take(ledger, "198.18.0.1"));
	assert_false(take(ledger, "198.18.0.1"));
	assert_true(take(ledger, "198.18.0.2"));
	give(ledger, "198.18.0.1");
	assert_true(take(ledger, "198.18.0.1"));
	ledger_free(ledger);
}

static void
a_few_a_network(void **state)
{
	struct ledger *ledger = ledger_new(&limits);

	(void)state;
	assert_true(take(ledger, "198.18.0.1"));
	assert_true(take(ledger, "198.18.0.2"));
	assert_true(take(ledger, "198.18.0.3"));
	assert_false(take(ledger, "198.18.0.4"));
	assert_true(take(ledger, "198.18.1.4"));
	give(ledger, "198.18.0.2");
	assert_true(take(ledger, "198.18.0.4"));
	ledger_free(ledger);
}

static void
an_ipv6_network_is_a_48(void **state)
{
	struct ledger *ledger = ledger_new(&limits);

	(void)state;
	assert_true(take(ledger, "2001:db8:1::1"));
	assert_true(take(ledger, "2001:db8:1:2::1"));
	assert_true(take(ledger, "2001:db8:1:3::1"));
	assert_false(take(ledger, "2001:db8:1:4::1"));
	assert_true(take(ledger, "2001:db8:2::1"));
	ledger_free(ledger);
}

static void
so_many_in_all(void **state)
{
	struct ledger *ledger = ledger_new(&limits);

	(void)state;
	assert_true(take(ledger, "198.18.0.1"));
	assert_true(take(ledger, "198.18.1.1"));
	assert_true(take(ledger, "198.18.2.1"));
	assert_true(take(ledger, "198.18.3.1"));
	assert_true(take(ledger, "198.18.4.1"));
	assert_false(take(ledger, "198.18.5.1"));
	assert_int_equal(ledger_taken(ledger), 5);
	give(ledger, "198.18.4.1");
	assert_int_equal(ledger_taken(ledger), 4);
	assert_true(take(ledger, "198.18.5.1"));
	ledger_free(ledger);
}

static void
a_network_may_be_one_address(void **state)
{
	struct ledger_limits narrow = limits;
	struct ledger *ledger;

	(void)state;
	narrow.ipv4_prefix = 32;
	narrow.per_host = 2;
	ledger = ledger_new(&narrow);
	assert_true(take(ledger, "198.18.0.1"));
	assert_true(take(ledger, "198.18.0.1"));
	assert_false(take(ledger, "198.18.0.1"));
	give(ledger, "198.18.0.1");
	give(ledger, "198.18.0.1");
	assert_int_equal(ledger_taken(ledger), 0);
	assert_true(take(ledger, "198.18.0.1"));
	ledger_free(ledger);
}

#define MIN INT64_C(60000)

static void
backs_off_twice_as_long_each_time(void **state)
{
	static const int64_t minutes[] = { 5, 10, 20, 40, 60, 60 };
	struct ledger *ledger = ledger_new(&limits);
	struct ip one = ip("198.18.0.1"), other = ip("198.18.0.2");
	int64_t now = 1000;

	(void)state;
	assert_true(ledger_may(ledger, &one, now));
	for (size_t i = 0; i < sizeof(minutes) / sizeof(*minutes); i++) {
		int64_t until = ledger_back_off(ledger, &one, now);

		assert_int_equal(until, now + minutes[i] * MIN);
		/* Said again meanwhile, it counts once. */
		assert_int_equal(
		    ledger_back_off(ledger, &one, now + MIN), until);
		assert_false(ledger_may(ledger, &one, until - 1));
		assert_true(ledger_may(ledger, &other, until - 1));
		assert_true(ledger_may(ledger, &one, until));
		now = until;
	}
	ledger_free(ledger);
}

static void
success_is_forgiveness(void **state)
{
	struct ledger *ledger = ledger_new(&limits);
	struct ip one = ip("2001:db8::1");

	(void)state;
	ledger_forgive(ledger, &one);
	ledger_back_off(ledger, &one, 0);
	ledger_back_off(ledger, &one, 5 * MIN);
	assert_false(ledger_may(ledger, &one, 5 * MIN));
	ledger_forgive(ledger, &one);
	assert_true(ledger_may(ledger, &one, 5 * MIN));
	assert_int_equal(ledger_back_off(ledger, &one, 6 * MIN), 11 * MIN);
	ledger_free(ledger);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_at_a_time_an_address),
		cmocka_unit_test(a_few_a_network),
		cmocka_unit_test(an_ipv6_network_is_a_48),
		cmocka_unit_test(so_many_in_all),
		cmocka_unit_test(a_network_may_be_one_address),
		cmocka_unit_test(backs_off_twice_as_long_each_time),
		cmocka_unit_test(success_is_forgiveness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
