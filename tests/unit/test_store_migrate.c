#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/store_scene.h"
#include "tests/unit/support.h"

/*
 * A file of an older version.  There is only one so far, so the test has an
 * older one of its own, which kept small facts only: for this test, today's
 * tables are version 2.
 */

#define schema_steps   real_steps
#define schema_version real_version
#include "agent/store/schema.c"
#undef schema_steps
#undef schema_version

#define OLDER                                                   \
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);" \
	"INSERT INTO meta VALUES ('instance', 'kept');"

static char newer[sizeof(version_1) + 256];

const char *const schema_steps[] = { OLDER, newer };
const size_t schema_version = 2;

static void
make_older(struct scene *scene, const char *more)
{
	char sql[512];

	scene_begin(scene);
	snprintf(sql, sizeof(sql),
	    OLDER "PRAGMA application_id = %d; PRAGMA user_version = 1; %s",
	    SCHEMA_APPLICATION, more);
	scene_sql(scene, sql);
	snprintf(newer, sizeof(newer),
	    "ALTER TABLE meta RENAME TO older; %s"
	    "INSERT INTO meta SELECT key, value FROM older; DROP TABLE older;",
	    version_1);
}

static void
assert_kept(struct scene *scene)
{
	char *value = store_meta(scene->store, "instance");

	assert_non_null(value);
	assert_string_equal(value, "kept");
	free(value);
}

static void
test_brought_up_to_date(void **state)
{
	struct scene scene;

	(void)state;
	make_older(&scene, "");
	assert_null(store_open_read(scene.path, scene.why, sizeof(scene.why)));
	assert_non_null(strstr(scene.why, "made by an older mxvigil"));
	scene_open(&scene);
	assert_int_equal(scene.opening.found, STORE_MIGRATED);
	assert_kept(&scene);
	scene_post(scene.store, "ops", "opened", 1);
	scene_close(&scene);
	assert_int_equal(scene_number(&scene, "PRAGMA user_version"), 2);
	scene_open(&scene);
	assert_int_equal(scene.opening.found, STORE_GOOD);
	assert_kept(&scene);
	assert_int_equal(store_outbox_waiting(scene.store, "ops"), 1);
	scene_end(&scene);
}

static void
test_fresh_takes_all_steps(void **state)
{
	struct scene scene;

	(void)state;
	make_older(&scene, "");
	scene_end(&scene);
	scene_begin(&scene);
	scene_open(&scene);
	assert_int_equal(scene.opening.found, STORE_FRESH);
	assert_kept(&scene);
	assert_int_equal(scene_number(&scene, "PRAGMA user_version"), 2);
	scene_end(&scene);
}

/* A step that fails half way has changed nothing. */
static void
test_all_or_nothing(void **state)
{
	struct scene scene;
	sqlite3 *db;

	(void)state;
	make_older(&scene, "CREATE TABLE outbox (id)");
	assert_int_equal(sqlite3_open(scene.path, &db), SQLITE_OK);
	assert_int_equal(schema_bring(db, schema_steps, 1, 2), SQLITE_ERROR);
	sqlite3_close(db);
	assert_int_equal(scene_number(&scene, "PRAGMA user_version"), 1);
	assert_int_equal(scene_number(&scene, "SELECT count(*) FROM meta"), 1);
	assert_int_equal(scene_number(&scene,
	                     "SELECT count(*) FROM sqlite_schema "
	                     "WHERE name = 'incident'"),
	    0);
	scene_end(&scene);
}

/* One that cannot be brought up to date is kept aside. */
static void
test_hopeless(void **state)
{
	struct scene scene;

	(void)state;
	make_older(&scene, "CREATE TABLE outbox (id)");
	scene_open(&scene);
	assert_int_equal(scene.opening.found, STORE_DAMAGED);
	assert_non_null(strstr(scene.opening.damage, "outbox"));
	scene_close(&scene);
	assert_int_equal(rename(scene.opening.aside, scene.path), 0);
	assert_int_equal(scene_number(&scene, "SELECT count(*) FROM meta"), 1);
	scene_end(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_brought_up_to_date),
		cmocka_unit_test(test_fresh_takes_all_steps),
		cmocka_unit_test(test_all_or_nothing),
		cmocka_unit_test(test_hopeless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
