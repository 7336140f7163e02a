#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tests/unit/fault_vfs.h"
#include "tests/unit/store_scene.h"
#include "tests/unit/support.h"

/* A disk that is full or fails, at every single place: what was said to be
 * written is there, what failed is not, and later all is well. */

#define ROUNDS 3

/* One transaction as the agent has them; its number is kept in it. */
static int
transact(struct store *store, int number)
{
	struct incident_row row = scene_opened("servers A", 1);
	char text[32], name[64];
	struct outbox_row message = { .channel = "ops",
		.kind = "opened",
		.message_id = "m",
		.json = "{}",
		.made = { 1 } };

	snprintf(text, sizeof(text), "%d", number);
	snprintf(name, sizeof(name), "d%d.example", number);
	if (store_begin(store) != 0)
		return -1;
	if (store_incident_put(store, &row) != 0 ||
	    store_member(store, row.id, name, (struct wall){ 1 }, true) != 0 ||
	    store_outbox_put(store, &message) != 0 ||
	    store_state(store, "domain", name, "deferred",
	        (struct wall){ number + 1 }) != 0 ||
	    store_meta_put(store, "number", text) != 0) {
		store_rollback(store);
		return -1;
	}
	return store_commit(store);
}

static int
number_of(struct store *store)
{
	char *text = store_meta(store, "number");
	int number = text == NULL ? -1 : atoi(text);

	free(text);
	return number;
}

/* Everything of the last transaction, or nothing of a later one. */
static void
assert_whole(struct scene *scene, int acknowledged)
{
	assert_int_equal(number_of(scene->store), acknowledged);
	assert_int_equal(scene_number(scene, "SELECT count(*) FROM incident"),
	    store_outbox_waiting(scene->store, "ops"));
	assert_int_equal(scene_number(scene, "SELECT count(*) FROM incident"),
	    scene_number(scene, "SELECT count(*) FROM member"));
}

/* Returns whether the fault came. */
static bool
run_with_fault(unsigned nth, int code, bool lasts)
{
	struct scene scene;
	int acknowledged = 0;
	bool hit;

	scene_begin(&scene);
	scene_open(&scene);
	assert_int_equal(transact(scene.store, 0), 0);
	fault_set(nth, code, lasts);
	for (int i = 1; i <= ROUNDS; i++) {
		if (transact(scene.store, i) == 0)
			acknowledged = i;
		else
			assert_int_not_equal(*store_why(scene.store), '\0');
	}
	hit = fault_hit();
	fault_set(0, 0, false);
	assert_whole(&scene, acknowledged);
	assert_int_equal(transact(scene.store, 100), 0);
	assert_whole(&scene, 100);
	scene_close(&scene);
	scene_open(&scene);
	assert_int_equal(scene.opening.found, STORE_GOOD);
	assert_whole(&scene, 100);
	scene_end(&scene);
	return hit;
}

static const int codes[] = { SQLITE_FULL, SQLITE_IOERR_WRITE };

static void
test_every_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		unsigned nth = 1;

		while (run_with_fault(nth, codes[i], i == 1))
			nth++;
		/* The sweep went somewhere, and to the end. */
		assert_true(nth > 20);
	}
}

/* While opening: refused with a reason, and not taken for damage. */
static bool
open_with_fault(unsigned nth, int code, bool fresh)
{
	struct scene scene;
	bool hit;

	scene_begin(&scene);
	if (!fresh) {
		scene_open(&scene);
		assert_int_equal(transact(scene.store, 7), 0);
		scene_close(&scene);
	}
	fault_set(nth, code, true);
	scene.store = store_open(
	    scene.path, &scene.opening, scene.why, sizeof(scene.why));
	hit = fault_hit();
	if (scene.store == NULL)
		assert_non_null(strstr(scene.why, scene.path));
	scene_close(&scene);
	fault_set(0, 0, false);
	assert_int_equal(scene_files(&scene, "damaged", NULL), 0);
	scene_open(&scene);
	assert_int_not_equal(scene.opening.found, STORE_DAMAGED);
	assert_int_equal(number_of(scene.store), fresh ? -1 : 7);
	scene_end(&scene);
	return hit;
}

static void
test_while_opening(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		unsigned nth = 1;

		while (open_with_fault(nth, codes[i], i == 1))
			nth++;
		assert_true(nth > 3);
	}
}

/* What is acknowledged survives a power cut: each commit is put on the disk
 * before it returns. */
static void
test_durable(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	scene_open(&scene);
	for (int i = 0; i < 5; i++) {
		unsigned before = fault_syncs();

		assert_int_equal(transact(scene.store, i), 0);
		assert_true(fault_syncs() > before);
	}
	scene_end(&scene);
}

/* No file may grow beyond so many bytes. */
static void
set_limit(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The same by the system itself, until nothing fits any more. */
static void
test_limit(void **state)
{
	struct scene scene;
	struct rlimit before;
	int acknowledged = 0, failed = 0;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	scene_begin(&scene);
	scene_open(&scene);
	assert_int_equal(transact(scene.store, 0), 0);
	set_limit(1 << 19);
	for (int i = 1; i < 1000 && failed < 10; i++) {
		if (transact(scene.store, i) == 0)
			acknowledged = i;
		else
			failed++;
	}
	set_limit(before.rlim_cur);
	assert_int_equal(failed, 10);
	assert_true(acknowledged > 5);
	assert_whole(&scene, acknowledged);
	assert_int_equal(transact(scene.store, 1000), 0);
	scene_close(&scene);
	scene_open(&scene);
	assert_int_equal(scene.opening.found, STORE_GOOD);
	assert_whole(&scene, 1000);
	scene_end(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durable),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_every_place),
		cmocka_unit_test(test_while_opening),
	};

	fault_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
