#include <stdio.h>
#include <string.h>

#include "agent/store/availability.h"
#include "tests/unit/support.h"

/*
 * States, marks and the pieces that come of them, in minutes.  Marks are
 * "first-last"; what is expected is written the same way.
 */

#define LIST_MAX 8

static struct wall
minutes(int n)
{
	return (struct wall){ n * INT64_C(60000000) };
}

struct row {
	const char *label;
	int from, to;
	struct {
		int at;
		const char *state;
	} change[LIST_MAX];
	struct {
		int first, last;
	} seen[LIST_MAX];
	const char *want;
};

static const struct row rows[] = {
	{ "nothing is known", 0, 60, { { 0 } }, { { 0 } }, "0-60 unknown " },
	{ "accepted all the time", 10, 60, { { 0, "accepted" } },
	    { { 0, 100 } }, "10-60 accepted " },
	{ "from the first state on", 0, 60, { { 20, "accepted" } },
	    { { 0, 60 } }, "0-20 unknown 20-60 accepted " },
	{ "an outage", 0, 60,
	    { { 0, "accepted" }, { 20, "deferred" }, { 25, "accepted" } },
	    { { 0, 60 } }, "0-20 accepted 20-25 deferred 25-60 accepted " },
	{ "neighbours are one", 0, 60,
	    { { 0, "accepted" }, { 20, "accepted" }, { 40, "bounced" } },
	    { { 0, 60 } }, "0-40 accepted 40-60 bounced " },
	{ "nobody there", 0, 60, { { 0, "accepted" } },
	    { { 0, 20 }, { 40, 60 } },
	    "0-20 accepted 20-40 unknown 40-60 accepted " },
	{ "a change while nobody was there", 0, 60,
	    { { 0, "accepted" }, { 40, "deferred" } },
	    { { 0, 20 }, { 40, 60 } },
	    "0-20 accepted 20-40 unknown 40-60 deferred " },
	{ "unknown that was seen joins what was not", 0, 60,
	    { { 0, "accepted" }, { 20, "unknown" }, { 30, "accepted" } },
	    { { 0, 25 }, { 30, 60 } },
	    "0-20 accepted 20-30 unknown 30-60 accepted " },
	{ "a moment ago", 0, 60, { { 0, "accepted" } }, { { 0, 58 } },
	    "0-60 accepted " },
	{ "exactly a gap", 0, 60, { { 0, "accepted" } }, { { 0, 57 } },
	    "0-60 accepted " },
	{ "dead for a while", 0, 60, { { 0, "accepted" } }, { { 0, 56 } },
	    "0-56 accepted 56-60 unknown " },
	{ "changes and marks outside", 30, 40,
	    { { 0, "bounced" }, { 10, "accepted" }, { 50, "deferred" } },
	    { { 0, 20 }, { 25, 35 }, { 60, 70 } },
	    "30-35 accepted 35-40 unknown " },
	{ "many in one", 0, 10,
	    { { 0, "accepted" }, { 2, "deferred" }, { 3, "bounced" },
	        { 5, "refused" }, { 8, "accepted" } },
	    { { 0, 1 }, { 4, 10 } },
	    "0-1 accepted 1-4 unknown 4-5 bounced 5-8 refused 8-10 accepted " },
	{ "an empty time", 20, 20, { { 0, "accepted" } }, { { 0, 60 } }, "" },
	{ "a time backwards", 30, 20, { { 0, "accepted" } }, { { 0, 60 } },
	    "" },
	{ "two changes at once", 0, 60,
	    { { 0, "accepted" }, { 20, "deferred" }, { 20, "bounced" } },
	    { { 0, 60 } }, "0-20 accepted 20-60 bounced " },
	{ "a mark of no length", 0, 60, { { 0, "accepted" } }, { { 30, 30 } },
	    "0-60 unknown " },
};

/* The lists of a row end with the first zeros behind their first element. */
static struct timeline
line_of(const struct row *row, struct state_change *change, struct seen *seen)
{
	struct timeline line = { change, 0, seen, 0 };

	for (; line.nchange < LIST_MAX && row->change[line.nchange].state;
	     line.nchange++)
		change[line.nchange] = (struct state_change){
			minutes(row->change[line.nchange].at),
			row->change[line.nchange].state
		};
	for (; line.nseen < LIST_MAX && row->seen[line.nseen].last > 0;
	     line.nseen++)
		seen[line.nseen] =
		    (struct seen){ minutes(row->seen[line.nseen].first),
			    minutes(row->seen[line.nseen].last) };
	return line;
}

static void
write_piece(void *arg, const char *state, struct wall from, struct wall to)
{
	size_t len = strlen(arg);

	snprintf((char *)arg + len, 512 - len, "%d-%d %s ",
	    (int)(from.us / 60000000), (int)(to.us / 60000000), state);
}

static void
test_walk(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct state_change change[LIST_MAX];
		struct seen seen[LIST_MAX];
		struct timeline line = line_of(&rows[i], change, seen);
		char got[512] = "";

		availability_walk(&line, minutes(rows[i].from),
		    minutes(rows[i].to), write_piece, got);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got %s", rows[i].label, got);
	}
}

static double
sum(const struct availability *a)
{
	return a->accepted_min + a->deferred_min + a->bounced_min +
	    a->refused_min + a->unknown_min;
}

/* Nothing of the time is lost or counted twice. */
static void
test_sum_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct state_change change[LIST_MAX];
		struct seen seen[LIST_MAX];
		struct timeline line = line_of(&rows[i], change, seen);
		int length = rows[i].to - rows[i].from;
		struct availability a;

		availability_sum(
		    &line, minutes(rows[i].from), minutes(rows[i].to), &a);
		if (sum(&a) != (length < 0 ? 0 : length))
			fail_msg("%s: %f", rows[i].label, sum(&a));
	}
}

static void
test_sum_by_state(void **state)
{
	static const struct state_change change[] = {
		{ { 0 }, "accepted" },
		{ { 60000000 }, "deferred" },
		{ { 180000000 }, "bounced" },
		{ { 360000000 }, "refused" },
		{ { 600000000 }, "unknown" },
		{ { 900000000 }, "a word from elsewhere" },
	};
	static const struct seen seen[] = { { { 0 }, { 1200000000 } } };
	const struct timeline line = { change, 6, seen, 1 };
	struct availability a;

	(void)state;
	availability_sum(&line, minutes(0), minutes(20), &a);
	assert_true(a.accepted_min == 1);
	assert_true(a.deferred_min == 2);
	assert_true(a.bounced_min == 3);
	assert_true(a.refused_min == 4);
	assert_true(a.unknown_min == 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_sum_is_whole),
		cmocka_unit_test(test_sum_by_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
