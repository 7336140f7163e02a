#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tests/unit/store_scene.h"
#include "tests/unit/support.h"

/* Opening and closing, who may, and transactions. */

static mode_t
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void
put_meta(struct store *store, const char *key, const char *value)
{
	assert_int_equal(store_meta_put(store, key, value), 0);
}

static void
assert_meta(struct store *store, const char *key, const char *want)
{
	char *got = store_meta(store, key);

	if (want == NULL)
		assert_null(got);
	else
		assert_string_equal(got, want);
	free(got);
}

static void
test_fresh_then_good(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	scene_open(&scene);
	assert_int_equal(scene.opening.found, STORE_FRESH);
	put_meta(scene.store, "instance", "a");
	scene_close(&scene);
	scene_open(&scene);
	assert_int_equal(scene.opening.found, STORE_GOOD);
	assert_string_equal(scene.opening.aside, "");
	assert_meta(scene.store, "instance", "a");
	scene_end(&scene);
}

/* Nobody else may read it; nothing is left of its making. */
static void
test_modes(void **state)
{
	struct scene scene;
	char deeper[256], path[300];
	mode_t mask = umask(0);
	struct store_opening opening;
	char why[256];
	struct store *store;

	(void)state;
	scene_begin(&scene);
	snprintf(deeper, sizeof(deeper), "%s/lib", scene.folder);
	snprintf(path, sizeof(path), "%s/store.db", deeper);
	store = store_open(path, &opening, why, sizeof(why));
	assert_non_null(store);
	put_meta(store, "a", "b");
	assert_int_equal(mode_of(deeper), 0700);
	assert_int_equal(mode_of(path), 0600);
	snprintf(path, sizeof(path), "%s/store.db-wal", deeper);
	assert_int_equal(mode_of(path), 0600);
	snprintf(path, sizeof(path), "%s/store.db.lock", deeper);
	assert_int_equal(mode_of(path), 0600);
	store_close(store);
	umask(mask);
	unlink(strcat(strcpy(path, deeper), "/store.db"));
	unlink(strcat(strcpy(path, deeper), "/store.db.lock"));
	assert_int_equal(rmdir(deeper), 0);
	scene_end(&scene);
}

static void
test_no_folder(void **state)
{
	struct store_opening opening;
	char why[256];

	(void)state;
	assert_null(store_open(
	    "/tmp/mxvigil.none/of/this.db", &opening, why, sizeof(why)));
	assert_string_equal(
	    why, "/tmp/mxvigil.none/of/this.db: No such file or directory");
	assert_null(store_open_read("/tmp/mxvigil.none.db", why, sizeof(why)));
	assert_string_equal(
	    why, "/tmp/mxvigil.none.db: No such file or directory");
	assert_null(store_open("/proc/store.db", &opening, why, sizeof(why)));
	assert_non_null(strstr(why, "/proc/store.db"));
}

/* A child that holds the store until its pipe is closed. */
static pid_t
hold(struct scene *scene, int *release)
{
	int ready[2], wait[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC) | pipe2(wait, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(wait[1]);
		if (store_open(scene->path, &scene->opening, scene->why,
		        sizeof(scene->why)) == NULL ||
		    write(ready[1], "r", 1) != 1)
			_exit(1);
		_exit(read(wait[0], &byte, 1) == 0 ? 0 : 1);
	}
	assert_true(pid > 0);
	close(ready[1]);
	close(wait[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	*release = wait[1];
	return pid;
}

static void
test_second_refuses(void **state)
{
	struct scene scene;
	char want[256], link_path[128];
	int release, status;
	pid_t first;

	(void)state;
	scene_begin(&scene);
	first = hold(&scene, &release);
	assert_null(store_open(
	    scene.path, &scene.opening, scene.why, sizeof(scene.why)));
	snprintf(want, sizeof(want),
	    "%s: another mxvigil is using it (process %d)", scene.path,
	    (int)first);
	assert_string_equal(scene.why, want);
	/* By another name it is the same store. */
	snprintf(link_path, sizeof(link_path), "%s/other.db", scene.folder);
	assert_int_equal(symlink(scene.path, link_path), 0);
	assert_null(store_open(
	    link_path, &scene.opening, scene.why, sizeof(scene.why)));
	assert_non_null(strstr(scene.why, "another mxvigil"));
	/* When the first has gone, without a word, the second may. */
	close(release);
	assert_int_equal(waitpid(first, &status, 0), first);
	assert_int_equal(status, 0);
	scene_open(&scene);
	assert_int_equal(scene.opening.found, STORE_GOOD);
	scene_end(&scene);
}

static void
test_newer_is_refused(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	scene_open(&scene);
	scene_close(&scene);
	scene_sql(&scene, "PRAGMA user_version = 99");
	assert_null(store_open(
	    scene.path, &scene.opening, scene.why, sizeof(scene.why)));
	assert_non_null(strstr(scene.why, "made by a newer mxvigil"));
	assert_null(store_open_read(scene.path, scene.why, sizeof(scene.why)));
	assert_non_null(strstr(scene.why, "made by a newer mxvigil"));
	assert_int_equal(scene_files(&scene, "damaged", NULL), 0);
	assert_int_equal(scene_number(&scene, "PRAGMA user_version"), 99);
	scene_end(&scene);
}

static void
test_foreign_is_refused(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	scene_sql(&scene, "CREATE TABLE mail (id)");
	assert_null(store_open(
	    scene.path, &scene.opening, scene.why, sizeof(scene.why)));
	assert_non_null(strstr(scene.why, "database of another program"));
	assert_int_equal(scene_number(&scene, "SELECT count(*) FROM mail"), 0);
	scene_end(&scene);
}

/* Who may not read it does not take it for damaged. */
static void
test_unreadable_is_refused(void **state)
{
	struct scene scene;
	char folder[128];

	(void)state;
	scene_begin(&scene);
	snprintf(folder, sizeof(folder), "%s", scene.path);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_null(store_open(
	    scene.path, &scene.opening, scene.why, sizeof(scene.why)));
	assert_non_null(strstr(scene.why, scene.path));
	assert_int_equal(scene_files(&scene, "damaged", NULL), 0);
	assert_int_equal(rmdir(folder), 0);
	scene_end(&scene);
}

static void
test_path_is_escaped(void **state)
{
	char why[256];

	(void)state;
	assert_null(
	    store_open_read("/tmp/mxvigil.\x1b[31m.db", why, sizeof(why)));
	assert_string_equal(
	    why, "/tmp/mxvigil.\\x1b[31m.db: No such file or directory");
}

/* --------------------------------------------------------------- a reader */

static void
test_reader_beside_writer(void **state)
{
	struct scene *scene = *state;
	struct store *reader =
	    store_open_read(scene->path, scene->why, sizeof(scene->why));

	assert_non_null(reader);
	/* It sees what is committed, and holds up nobody. */
	put_meta(scene->store, "a", "1");
	assert_int_equal(store_begin(reader), 0);
	assert_meta(reader, "a", "1");
	put_meta(scene->store, "a", "2");
	assert_meta(reader, "a", "1");
	assert_int_equal(store_commit(reader), 0);
	assert_meta(reader, "a", "2");
	assert_int_equal(store_meta_put(reader, "a", "3"), -1);
	assert_non_null(strstr(store_why(reader), "readonly"));
	store_close(reader);
	assert_meta(scene->store, "a", "2");
}

static void
test_reader_alone(void **state)
{
	struct scene *scene = *state;
	struct store *reader;

	put_meta(scene->store, "a", "1");
	scene_close(scene);
	reader = store_open_read(scene->path, scene->why, sizeof(scene->why));
	assert_non_null(reader);
	assert_meta(reader, "a", "1");
	store_close(reader);
	scene_open(scene);
	assert_int_equal(scene->opening.found, STORE_GOOD);
}

static void
test_reader_of_rubbish(void **state)
{
	struct scene scene;
	FILE *file;

	(void)state;
	scene_begin(&scene);
	file = fopen(scene.path, "w");
	assert_non_null(file);
	fputs("this is no database, whatever its name says\n", file);
	fclose(file);
	assert_null(store_open_read(scene.path, scene.why, sizeof(scene.why)));
	assert_non_null(strstr(scene.why, "damaged"));
	/* To set it aside is the agent's. */
	assert_int_equal(access(scene.path, F_OK), 0);
	scene_end(&scene);
}

/* ----------------------------------------------------------- transactions */

static void
test_commit_and_rollback(void **state)
{
	struct scene *scene = *state;
	struct store *store = scene->store;

	assert_int_equal(store_begin(store), 0);
	put_meta(store, "a", "1");
	assert_int_equal(store_commit(store), 0);
	assert_int_equal(store_begin(store), 0);
	put_meta(store, "a", "2");
	put_meta(store, "b", "2");
	assert_meta(store, "b", "2");
	store_rollback(store);
	assert_meta(store, "a", "1");
	assert_meta(store, "b", NULL);
	store_rollback(store);
	assert_int_equal(store_commit(store), -1);
	assert_non_null(strstr(store_why(store), "no transaction"));
}

/* What was begun dies with the process. */
static void
test_close_in_transaction(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(store_begin(scene->store), 0);
	put_meta(scene->store, "a", "1");
	scene_close(scene);
	scene_open(scene);
	assert_meta(scene->store, "a", NULL);
}

/* One failed write fails the whole: nothing behind it is written, and the
 * first reason is kept. */
static void
test_failed_transaction(void **state)
{
	struct scene *scene = *state;
	struct store *store = scene->store;

	assert_int_equal(store_begin(store), 0);
	put_meta(store, "a", "1");
	/* There is no such incident. */
	assert_int_equal(
	    store_member(store, 77, "a.example", (struct wall){ 1 }, true), -1);
	assert_non_null(strstr(store_why(store), "FOREIGN KEY"));
	assert_int_equal(store_meta_put(store, "b", "1"), -1);
	assert_int_equal(store_commit(store), -1);
	assert_non_null(strstr(store_why(store), "FOREIGN KEY"));
	assert_meta(store, "a", NULL);
	assert_meta(store, "b", NULL);
	put_meta(store, "b", "2");
	assert_meta(store, "b", "2");
}

static void
test_no_nesting(void **state)
{
	struct scene *scene = *state;
	struct store *store = scene->store;

	assert_int_equal(store_begin(store), 0);
	put_meta(store, "a", "1");
	assert_int_equal(store_begin(store), -1);
	assert_non_null(strstr(store_why(store), "already"));
	store_rollback(store);
	assert_meta(store, "a", NULL);
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(store_commit(store), 0);
}

static void
test_locked_by_others(void **state)
{
	struct scene *scene = *state;
	struct store *store = scene->store;
	sqlite3 *other;

	assert_int_equal(sqlite3_open(scene->path, &other), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(store_begin(store), -1);
	assert_non_null(strstr(store_why(store), "locked"));
	assert_int_equal(store_meta_put(store, "a", "1"), -1);
	assert_meta(store, "a", NULL);
	sqlite3_close(other);
	assert_int_equal(store_begin(store), 0);
	put_meta(store, "a", "1");
	assert_int_equal(store_commit(store), 0);
	assert_meta(store, "a", "1");
}

/* A callback may use the store, even the very function that calls it. */
struct inside {
	struct store *store;
	int depth, calls;
};

static void
inside_domains(void *arg, const struct domain_row *row)
{
	struct inside *inside = arg;

	inside->calls++;
	assert_non_null(row->name);
	if (inside->depth > 0)
		return;
	inside->depth++;
	assert_int_equal(
	    store_domains(inside->store, inside_domains, inside), 0);
	inside->depth--;
}

static void
test_inside_itself(void **state)
{
	struct scene *scene = *state;
	struct inside inside = { scene->store, 0, 0 };

	for (int i = 0; i < 3; i++) {
		char name[] = { 'a', (char)('0' + i), '\0' };

		assert_int_equal(store_domain_put(scene->store,
		                     &(struct domain_row){ .name = name }),
		    0);
	}
	assert_int_equal(
	    store_domains(scene->store, inside_domains, &inside), 0);
	assert_int_equal(inside.calls, 3 + 3 * 3);
}

#define WITH_STORE(test) \
	cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fresh_then_good),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_no_folder),
		cmocka_unit_test(test_second_refuses),
		cmocka_unit_test(test_newer_is_refused),
		cmocka_unit_test(test_foreign_is_refused),
		cmocka_unit_test(test_unreadable_is_refused),
		cmocka_unit_test(test_path_is_escaped),
		WITH_STORE(test_reader_beside_writer),
		WITH_STORE(test_reader_alone),
		cmocka_unit_test(test_reader_of_rubbish),
		WITH_STORE(test_commit_and_rollback),
		WITH_STORE(test_close_in_transaction),
		WITH_STORE(test_failed_transaction),
		WITH_STORE(test_no_nesting),
		WITH_STORE(test_locked_by_others),
		WITH_STORE(test_inside_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
