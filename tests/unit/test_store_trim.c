#include <stdio.h>
#include <string.h>

#include "tests/unit/store_scene.h"
#include "tests/unit/support.h"

/* What is forgotten, and what never is. */

#define OLD 100
#define NEW 1000

static const struct wall before = { 500 };

static int
trim_all(struct store *store)
{
	int calls = 1, more;

	while ((more = store_trim(store, before)) == 1)
		calls++;
	assert_int_equal(more, 0);
	return calls;
}

static uint64_t
incident(struct store *store, int64_t opened, int64_t closed)
{
	struct incident_row row = scene_opened("key", opened);

	row.closed.us = closed;
	assert_int_equal(store_incident_put(store, &row), 0);
	assert_int_equal(store_member(store, row.id, "a.example",
	                     (struct wall){ opened }, true),
	    0);
	return row.id;
}

static int64_t
count(struct scene *scene, const char *table)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	return scene_number(scene, sql);
}

static void
test_incidents(void **state)
{
	struct scene *scene = *state;

	incident(scene->store, 1, OLD);
	incident(scene->store, 1, NEW);
	incident(scene->store, 1, 0);
	assert_int_equal(trim_all(scene->store), 1);
	assert_int_equal(count(scene, "incident"), 2);
	assert_int_equal(count(scene, "member"), 2);
	assert_int_equal(
	    count(scene, "incident WHERE closed NOT IN (0, 1000)"), 0);
}

static void
test_outbox(void **state)
{
	struct scene *scene = *state;
	struct store *store = scene->store;
	uint64_t gone = incident(store, 1, OLD), lives = incident(store, 1, 0);
	uint64_t digest;

	/* Sent long ago, of what is over: forgotten. */
	store_outbox_sent(store, scene_post(store, "ops", "opened", gone),
	    (struct wall){ OLD });
	store_outbox_dead(store, scene_post(store, "ops", "opened", 0),
	    (struct wall){ OLD }, "gone");
	/* Not sent; sent lately; about what lives: kept. */
	scene_post(store, "ops", "resolved", gone);
	store_outbox_sent(
	    store, scene_post(store, "ops", "opened", 0), (struct wall){ NEW });
	store_outbox_sent(store, scene_post(store, "ops", "opened", lives),
	    (struct wall){ OLD });
	digest = scene_post(store, "boss", "digest", 0);
	store_outbox_tells(store, "boss", lives, digest);
	store_outbox_tells(store, "boss", gone, digest);
	store_outbox_sent(store, digest, (struct wall){ OLD });
	trim_all(store);
	assert_int_equal(count(scene, "outbox"), 4);
	assert_int_equal(count(scene, "tells"), 1);
	assert_int_equal(store_outbox_told(store, "ops", lives), 1);
	assert_int_equal(store_outbox_told(store, "boss", lives), 1);
	assert_int_equal(store_outbox_waiting(store, "ops"), 1);
	assert_int_equal(count(scene, "incident"), 1);
}

static void
test_states(void **state)
{
	struct scene *scene = *state;
	static const char *const states[] = { "accepted", "deferred" };
	struct wall first;

	for (int i = 0; i < 10; i++)
		assert_int_equal(
		    store_state(scene->store, "domain", "a.example",
		        states[i % 2], (struct wall){ i * 100 }),
		    0);
	assert_int_equal(store_state(scene->store, "host", "mx.example",
	                     "accepted", (struct wall){ 1 }),
	    0);
	trim_all(scene->store);
	/* What held at that time is still known. */
	assert_int_equal(
	    store_first_state(scene->store, "domain", "a.example", &first), 1);
	assert_int_equal(first.us, 400);
	assert_int_equal(
	    store_first_state(scene->store, "host", "mx.example", &first), 1);
	assert_int_equal(count(scene, "state"), 7);
}

static void
test_the_rest(void **state)
{
	struct scene *scene = *state;
	struct store *store = scene->store;
	const int64_t late = INT64_C(600000000);

	store_alive(store, (struct wall){ OLD });
	store_alive(store, (struct wall){ late });
	store_history_put(
	    store, &(struct history_row){ { OLD }, "a", "w", "t", 0 });
	store_history_put(
	    store, &(struct history_row){ { NEW }, "a", "w", "t", 0 });
	store_silence_put(store,
	    &(struct silence_row){ 0, "a", "", "", { 1 }, { OLD }, { 0 } });
	store_silence_put(store,
	    &(struct silence_row){ 0, "b", "", "", { 1 }, { NEW }, { OLD } });
	store_silence_put(store,
	    &(struct silence_row){ 0, "c", "", "", { 1 }, { NEW }, { 0 } });
	store_domain_put(store, &(struct domain_row){ .name = "a" });
	store_meta_put(store, "a", "b");
	trim_all(store);
	assert_int_equal(count(scene, "alive"), 1);
	assert_int_equal(count(scene, "history"), 1);
	assert_int_equal(count(scene, "silence"), 1);
	assert_int_equal(count(scene, "domain"), 1);
	assert_int_equal(count(scene, "meta"), 1);
}

/* Much is forgotten in pieces, and each call ends soon. */
static void
test_pieces(void **state)
{
	struct scene *scene = *state;
	struct store *store = scene->store;
	uint64_t id = incident(store, 1, OLD);

	assert_int_equal(store_begin(store), 0);
	for (int i = 0; i < 5000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%d.example", i);
		store_member(store, id, name, (struct wall){ 1 }, true);
		store_history_put(
		    store, &(struct history_row){ { OLD }, name, "w", "t", 0 });
	}
	assert_int_equal(store_commit(store), 0);
	assert_int_equal(store_trim(store, before), 1);
	assert_int_equal(count(scene, "member") + count(scene, "history"),
	    5001 + 5000 - 2000);
	/* 10002 rows, 2000 a call. */
	assert_int_equal(trim_all(store), 5);
	assert_int_equal(count(scene, "member"), 0);
	assert_int_equal(count(scene, "incident"), 0);
	assert_int_equal(count(scene, "history"), 0);
}

#define WITH_STORE(test) \
	cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(test_incidents),
		WITH_STORE(test_outbox),
		WITH_STORE(test_states),
		WITH_STORE(test_the_rest),
		WITH_STORE(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
