#include "agent/sched/schedule.h"
#include "tests/unit/support.h"

#define MINUTE 60000

static struct mono
at(int64_t ms)
{
	return (struct mono){ ms * 1000 };
}

/* Take all that can be had at this time; returns how many. */
static size_t
take_all(struct schedule *s, int64_t ms)
{
	size_t n = 0;

	while (schedule_take(s, at(ms)) != NULL)
		n++;
	return n;
}

/* ---------------------------------------------------------- a table of times
 */

enum what { AFTER, FIRST, REMOVE, TAKE, WAIT };

/* What is done, at which time, with which slot (TAKE: the one that comes, -1:
 * none) and delay (WAIT: what it says). */
struct step {
	enum what what;
	int64_t ms;
	int slot;
	int64_t delay;
};

static void
play(const struct step *step, size_t n)
{
	struct schedule *s = schedule_new();
	struct slot slot[4];

	assert_non_null(s);
	for (size_t i = 0; i < 4; i++)
		slot_init(&slot[i]);
	for (size_t i = 0; i < n; i++, step++) {
		struct slot *taken;

		switch (step->what) {
		case AFTER:
			assert_int_equal(
			    schedule_after(s, &slot[step->slot],
			        (uint64_t)step->delay, at(step->ms)),
			    0);
			break;
		case FIRST:
			assert_int_equal(
			    schedule_first(s, &slot[step->slot], at(step->ms)),
			    0);
			break;
		case REMOVE:
			schedule_remove(s, &slot[step->slot]);
			break;
		case TAKE:
			taken = schedule_take(s, at(step->ms));
			if (taken !=
			    (step->slot < 0 ? NULL : &slot[step->slot]))
				fail_msg("step %zu: slot %d, not %d", i,
				    taken == NULL ? -1 : (int)(taken - slot),
				    step->slot);
			break;
		case WAIT:
			assert_int_equal(
			    schedule_wait(s, at(step->ms)), step->delay);
			break;
		}
	}
	schedule_free(s);
}

#define PLAY(steps) play(steps, sizeof(steps) / sizeof((steps)[0]))

static void
due_when_the_delay_is_over(void **state)
{
	static const struct step steps[] = {
		{ WAIT, 0, 0, -1 },
		{ TAKE, 0, -1, 0 },
		{ AFTER, 0, 0, 1000 },
		{ WAIT, 0, 0, 1000 },
		{ TAKE, 999, -1, 0 },
		{ WAIT, 999, 0, 1 },
		{ WAIT, 2000, 0, 0 },
		{ TAKE, 1000, 0, 0 },
		{ TAKE, 5000, -1, 0 },
		{ WAIT, 5000, 0, -1 },
	};

	(void)state;
	PLAY(steps);
}

static void
the_soonest_of_all_delays_first(void **state)
{
	static const struct step steps[] = {
		{ AFTER, 0, 0, 5000 },
		{ AFTER, 1000, 1, 1000 },
		{ AFTER, 2000, 2, 5000 },
		{ AFTER, 2500, 3, 1000 },
		{ WAIT, 2500, 0, 0 },
		{ TAKE, 9000, 1, 0 },
		{ TAKE, 9000, 3, 0 },
		{ TAKE, 9000, 0, 0 },
		{ TAKE, 9000, 2, 0 },
		{ TAKE, 9000, -1, 0 },
	};

	(void)state;
	PLAY(steps);
}

static void
a_slot_is_in_one_place(void **state)
{
	static const struct step steps[] = {
		{ AFTER, 0, 0, 1000 },
		{ AFTER, 0, 0, 3000 },
		{ TAKE, 2000, -1, 0 },
		{ TAKE, 3000, 0, 0 },
		{ FIRST, 3000, 1, 0 },
		{ AFTER, 3000, 1, 1000 },
		{ TAKE, 3000, -1, 0 },
		{ REMOVE, 3000, 1, 0 },
		{ REMOVE, 3000, 1, 0 },
		{ TAKE, 9000, -1, 0 },
		{ WAIT, 9000, 0, -1 },
	};

	(void)state;
	PLAY(steps);
}

static void
first_looks_do_not_starve_the_others(void **state)
{
	static const struct step steps[] = {
		{ FIRST, 1000, 0, 0 },
		{ FIRST, 1000, 1, 0 },
		{ AFTER, 0, 2, 900 },
		{ TAKE, 1000, 2, 0 },
		{ TAKE, 1000, 0, 0 },
		{ TAKE, 1000, 1, 0 },
	};

	(void)state;
	PLAY(steps);
}

static void
what_is_wanted_goes_before_first_looks(void **state)
{
	static const struct step steps[] = {
		{ FIRST, 1000, 0, 0 },
		{ FIRST, 1000, 1, 0 },
		{ AFTER, 1000, 2, 0 },
		{ AFTER, 0, 3, 500 },
		{ TAKE, 1005, 3, 0 },
		{ TAKE, 1005, 2, 0 },
		{ TAKE, 1005, 0, 0 },
		{ TAKE, 1005, 1, 0 },
	};

	(void)state;
	PLAY(steps);
}

/* ------------------------------------------------------------------- paces */

#define MANY 4000

static void
first_looks_are_paced(void **state)
{
	struct schedule *s = schedule_new();
	static struct slot slot[MANY];
	size_t taken = 0, burst;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(schedule_first(s, &slot[i], at(0)), 0);
	burst = take_all(s, 0);
	assert_in_range(burst, 1, 21);
	for (int64_t ms = 0; ms < 10000; ms += 10)
		taken += take_all(s, ms);
	/* 200 a second. */
	assert_in_range(burst + taken, 1990, 2030);
	/* What spreads them over the interval, when that is more. */
	schedule_pace(s, 60000, MINUTE);
	taken = 0;
	for (int64_t ms = 10000; ms < 11000; ms += 10)
		taken += take_all(s, ms);
	assert_in_range(taken, 990, 1110);
	schedule_pace(s, 10, MINUTE);
	taken = 0;
	for (int64_t ms = 11000; ms < 12000; ms += 10)
		taken += take_all(s, ms);
	assert_in_range(taken, 195, 225);
	schedule_free(s);
}

static void
spread_out_they_stay_so(void **state)
{
	struct schedule *s = schedule_new();
	static struct slot slot[MANY];
	struct slot *one;
	size_t most = 0, all = 0;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		schedule_first(s, &slot[i], at(0));
	schedule_pace(s, MANY, 10000);
	for (int64_t ms = 0; ms < 40000; ms += 5) {
		size_t n = 0;

		for (; (one = schedule_take(s, at(ms))) != NULL; n++)
			schedule_after(s, one, 10000, at(ms));
		if (ms >= 12000) {
			most = n > most ? n : most;
			all += n;
		}
	}
	/* 400 a second, 2 every 5 ms. */
	assert_in_range(all, 11000, 11400);
	assert_in_range(most, 1, 45);
	assert_true(schedule_lateness(s)->worst_s < 0.2);
	schedule_free(s);
}

/* What came at once comes again one after the other; a single one early. */
static void
second_looks_are_spread(void **state)
{
	struct schedule *s = schedule_new();
	static struct slot slot[MANY];
	struct slot *one;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(schedule_spread(s, &slot[i], 8000, at(0)), 0);
	assert_int_equal(take_all(s, 999), 0);
	for (int64_t second = 1; second < 8; second++) {
		size_t n = 0;

		for (int64_t ms = 0; ms < 1000; ms += 5)
			n += take_all(s, second * 1000 + ms);
		/* A seventh, and what a late loop may make up. */
		if (n < 510 || n > 640)
			fail_msg("%zu in the %d. second", n, (int)second);
	}
	take_all(s, 8000);
	assert_int_equal(schedule_count(s), 0);
	assert_true(schedule_lateness(s)->worst_s < 0.1);
	schedule_spread(s, &slot[0], 8000, at(20000));
	assert_int_equal(schedule_wait(s, at(20000)), 1000);
	one = schedule_take(s, at(21000));
	assert_ptr_equal(one, &slot[0]);
	schedule_free(s);
}

/* 16 for each first look. */
static void
what_first_looks_want_comes_with_them(void **state)
{
	struct schedule *s = schedule_new();
	static struct slot slot[MANY];
	size_t n = 0;

	(void)state;
	schedule_pace(s, 300, 1000);
	for (size_t i = 0; i < MANY; i++)
		schedule_after(s, &slot[i], 0, at(0));
	for (int64_t ms = 0; ms < 500; ms += 5)
		n += take_all(s, ms);
	assert_in_range(n, 2390, 2890);
	schedule_free(s);
}

static void
after_a_standstill_no_storm(void **state)
{
	struct schedule *s = schedule_new();
	static struct slot slot[MANY];
	struct slot *one;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		schedule_after(
		    s, &slot[i], 10000, at((int64_t)i * 10000 / MANY));
	/* All are overdue by far: twice 400 a second, and they come back. */
	for (int64_t ms = 100000; ms < 102000; ms += 5)
		for (; (one = schedule_take(s, at(ms))) != NULL; n++)
			schedule_after(s, one, 10000, at(ms));
	assert_in_range(n, 1600, 1700);
	assert_true(schedule_lateness(s)->worst_s > 80);
	assert_int_equal(schedule_lateness(s)->count[SCHEDULE_BUCKETS], n);
	assert_true(schedule_wait(s, at(102000)) <= 5);
	schedule_free(s);
}

static void
a_few_overdue_go_at_400_a_second(void **state)
{
	struct schedule *s = schedule_new();
	static struct slot slot[1000];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		schedule_after(s, &slot[i], 5 * MINUTE, at(0));
	for (int64_t ms = 600000; ms < 601000; ms += 5)
		n += take_all(s, ms);
	assert_in_range(n, 400, 450);
	schedule_free(s);
}

static void
lateness_is_measured(void **state)
{
	struct schedule *s = schedule_new();
	const struct lateness *late = schedule_lateness(s);
	struct slot slot[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		slot_init(&slot[i]);
		schedule_after(s, &slot[i], 1000 * (i + 1), at(0));
	}
	assert_int_equal(schedule_count(s), 3);
	assert_ptr_equal(schedule_take(s, at(1000)), &slot[0]);
	assert_ptr_equal(schedule_take(s, at(2030)), &slot[1]);
	assert_ptr_equal(schedule_take(s, at(103000)), &slot[2]);
	assert_int_equal(schedule_count(s), 0);
	assert_int_equal(late->count[0], 1);
	assert_int_equal(late->count[3], 1);
	assert_int_equal(late->count[SCHEDULE_BUCKETS], 1);
	assert_float_equal(late->sum_s, 100.03, 0.001);
	assert_float_equal(late->worst_s, 100, 0.001);
	schedule_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(due_when_the_delay_is_over),
		cmocka_unit_test(the_soonest_of_all_delays_first),
		cmocka_unit_test(a_slot_is_in_one_place),
		cmocka_unit_test(first_looks_do_not_starve_the_others),
		cmocka_unit_test(what_is_wanted_goes_before_first_looks),
		cmocka_unit_test(first_looks_are_paced),
		cmocka_unit_test(spread_out_they_stay_so),
		cmocka_unit_test(second_looks_are_spread),
		cmocka_unit_test(what_first_looks_want_comes_with_them),
		cmocka_unit_test(after_a_standstill_no_storm),
		cmocka_unit_test(a_few_overdue_go_at_400_a_second),
		cmocka_unit_test(lateness_is_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
