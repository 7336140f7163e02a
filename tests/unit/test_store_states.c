#include <stdio.h>
#include <string.h>

#include "tests/unit/store_scene.h"
#include "tests/unit/support.h"

/* States and marks through the store: over restarts and clocks that jump. */

static struct wall
minutes(int n)
{
	return (struct wall){ n * INT64_C(60000000) };
}

static void
say(struct scene *scene, int at, const char *state)
{
	assert_int_equal(store_state(scene->store, "domain", "a.example", state,
	                     minutes(at)),
	    0);
}

/* A mark every minute, as the agent does it. */
static void
live(struct scene *scene, int from, int to)
{
	for (int i = from; i <= to; i++)
		assert_int_equal(store_alive(scene->store, minutes(i)), 0);
}

static void
write_piece(void *arg, const char *state, struct wall from, struct wall to)
{
	size_t len = strlen(arg);

	snprintf((char *)arg + len, 512 - len, "%d-%d %s ",
	    (int)(from.us / 60000000), (int)(to.us / 60000000), state);
}

static void
assert_timeline(struct scene *scene, int from, int to, const char *want)
{
	char got[512] = "";

	assert_int_equal(store_timeline(scene->store, "domain", "a.example",
	                     minutes(from), minutes(to), write_piece, got),
	    0);
	assert_string_equal(got, want);
}

static void
test_timeline(void **state)
{
	struct scene *scene = *state;
	struct availability a;
	struct wall first;

	assert_int_equal(
	    store_first_state(scene->store, "domain", "a.example", &first), 0);
	live(scene, 0, 60);
	say(scene, 5, "accepted");
	say(scene, 20, "deferred");
	say(scene, 30, "accepted");
	assert_timeline(scene, 0, 60,
	    "0-5 unknown 5-20 accepted 20-30 deferred 30-60 accepted ");
	assert_timeline(scene, 25, 31, "25-30 deferred 30-31 accepted ");
	assert_int_equal(store_availability(scene->store, "domain", "a.example",
	                     minutes(0), minutes(60), &a),
	    0);
	assert_true(a.accepted_min == 45 && a.deferred_min == 10 &&
	    a.unknown_min == 5 && a.bounced_min == 0);
	assert_int_equal(
	    store_first_state(scene->store, "domain", "a.example", &first), 1);
	assert_int_equal(first.us, minutes(5).us);
	/* Neither another kind nor another name. */
	assert_int_equal(
	    store_first_state(scene->store, "host", "a.example", &first), 0);
	assert_int_equal(store_availability(scene->store, "domain", "b.example",
	                     minutes(0), minutes(60), &a),
	    0);
	assert_true(a.unknown_min == 60);
}

/* The same again is no change. */
static void
test_same_state(void **state)
{
	struct scene *scene = *state;

	say(scene, 5, "accepted");
	say(scene, 6, "accepted");
	say(scene, 7, "accepted");
	assert_int_equal(scene_number(scene, "SELECT count(*) FROM state"), 1);
	say(scene, 8, "deferred");
	say(scene, 8, "bounced");
	assert_int_equal(scene_number(scene, "SELECT count(*) FROM state"), 2);
	say(scene, 8, "accepted");
	assert_int_equal(scene_number(scene, "SELECT count(*) FROM state"), 1);
	assert_int_equal(
	    scene_number(scene, "SELECT until IS NULL FROM state"), 1);
}

static void
test_restart(void **state)
{
	struct scene *scene = *state;

	live(scene, 0, 20);
	say(scene, 0, "accepted");
	scene_close(scene);
	scene_open(scene);
	/* Back within three minutes: nothing was missed. */
	live(scene, 23, 30);
	scene_close(scene);
	scene_open(scene);
	live(scene, 34, 60);
	say(scene, 34, "accepted");
	assert_timeline(
	    scene, 0, 60, "0-30 accepted 30-34 unknown 34-60 accepted ");
	assert_int_equal(scene_number(scene, "SELECT count(*) FROM alive"), 2);
}

/* The clock was a day ahead for a while, and is put right. */
static void
test_clock_ahead(void **state)
{
	struct scene *scene = *state;
	const int day = 24 * 60;

	live(scene, 0, 20);
	say(scene, 0, "accepted");
	live(scene, day + 20, day + 30);
	say(scene, day + 25, "bounced");
	live(scene, 31, 60);
	say(scene, 31, "deferred");
	assert_timeline(
	    scene, 0, 60, "0-20 accepted 20-31 unknown 31-60 deferred ");
	/* What it said then does not come true. */
	live(scene, 61, 70);
	assert_timeline(scene, day + 20, day + 40, "1460-1480 unknown ");
	assert_int_equal(scene_number(scene, "SELECT count(*) FROM alive"), 2);
}

/* A step back of seconds does no harm. */
static void
test_clock_steps_back(void **state)
{
	struct scene *scene = *state;

	live(scene, 0, 20);
	live(scene, 19, 30);
	say(scene, 10, "accepted");
	assert_timeline(scene, 0, 30, "0-10 unknown 10-30 accepted ");
	assert_int_equal(scene_number(scene, "SELECT count(*) FROM alive"), 1);
}

/* Outside a transaction, too, it is all or nothing; and inside one. */
static void
test_with_transaction(void **state)
{
	struct scene *scene = *state;

	say(scene, 0, "accepted");
	assert_int_equal(store_begin(scene->store), 0);
	say(scene, 5, "deferred");
	live(scene, 0, 9);
	store_rollback(scene->store);
	live(scene, 0, 9);
	assert_timeline(scene, 0, 9, "0-9 accepted ");
}

#define WITH_STORE(test) \
	cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(test_timeline),
		WITH_STORE(test_same_state),
		WITH_STORE(test_restart),
		WITH_STORE(test_clock_ahead),
		WITH_STORE(test_clock_steps_back),
		WITH_STORE(test_with_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
