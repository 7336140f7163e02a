#include <stdbool.h>

#include "agent/notify/pace.h"
#include "tests/unit/support.h"

#define MINUTE 60000

static void
test_bucket(void **state)
{
	struct pace p = { 0 };

	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(pace_wait(&p, 20, MINUTE, 1000), 0);
		pace_take(&p, MINUTE);
	}
	assert_int_equal(pace_wait(&p, 20, MINUTE, 1000), 3000);
	assert_int_equal(pace_wait(&p, 20, MINUTE, 2000), 2000);
	assert_int_equal(pace_wait(&p, 20, MINUTE, 4000), 0);
	pace_take(&p, MINUTE);
	/* It never holds more than a minute's worth. */
	assert_int_equal(pace_wait(&p, 20, MINUTE, 100 * MINUTE), 0);
	for (int i = 0; i < 20; i++)
		pace_take(&p, MINUTE);
	assert_true(pace_wait(&p, 20, MINUTE, 100 * MINUTE) > 0);
}

static void
test_limits(void **state)
{
	struct pace p = { 0 };

	(void)state;
	/* No limit. */
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(pace_wait(&p, 0, MINUTE, 0), 0);
		pace_take(&p, MINUTE);
	}
	/* A clock that stands still or goes back gives nothing. */
	p = (struct pace){ 0 };
	assert_int_equal(pace_wait(&p, 1, MINUTE, 5000), 0);
	pace_take(&p, MINUTE);
	assert_int_equal(pace_wait(&p, 1, MINUTE, 4000), MINUTE);
	/* A limit that is lowered holds at once. */
	p = (struct pace){ 0 };
	assert_int_equal(pace_wait(&p, 100, MINUTE, 0), 0);
	assert_int_equal(pace_wait(&p, 1, MINUTE, 0), 0);
	pace_take(&p, MINUTE);
	assert_int_equal(pace_wait(&p, 1, MINUTE, 0), MINUTE);
}

/* 1 s, 2 s, 4 s … 300 s: anything up to that, and all of it is used. */
static void
test_backoff(void **state)
{
	static const uint64_t most[] = { 1000, 2000, 4000, 8000, 16000, 32000,
		64000, 128000, 256000, 300000, 300000 };

	(void)state;
	for (unsigned n = 1; n <= 11; n++) {
		bool low = false, high = false;

		for (int i = 0; i < 500; i++) {
			uint64_t ms = pace_backoff(n, 1000, 300000);

			assert_in_range(ms, 1, most[n - 1]);
			low = low || ms < most[n - 1] / 4;
			high = high || ms > most[n - 1] / 4 * 3;
		}
		assert_true(low && high);
	}
	assert_in_range(pace_backoff(4000000000U, 1000, 300000), 1, 300000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bucket),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_backoff),
	};

	return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
