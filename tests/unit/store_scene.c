#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tests/unit/support.h"

#include "tests/unit/store_scene.h"

void
scene_begin(struct scene *scene)
{
	*scene = (struct scene){ .folder = "/tmp/mxvigil.store.XXXXXX" };
	assert_non_null(mkdtemp(scene->folder));
	snprintf(
	    scene->path, sizeof(scene->path), "%s/mxvigil.db", scene->folder);
}

void
scene_open(struct scene *scene)
{
	scene->store = store_open(
	    scene->path, &scene->opening, scene->why, sizeof(scene->why));
	if (scene->store == NULL)
		fail_msg("%s", scene->why);
}

void
scene_close(struct scene *scene)
{
	store_close(scene->store);
	scene->store = NULL;
}

/* Calls fn for each file of the folder. */
static void
each_file(const struct scene *scene,
    void (*fn)(void *arg, const char *name, const char *path), void *arg)
{
	DIR *folder = opendir(scene->folder);
	struct dirent *entry;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		char path[512];

		if (*entry->d_name == '.')
			continue;
		snprintf(
		    path, sizeof(path), "%s/%s", scene->folder, entry->d_name);
		fn(arg, entry->d_name, path);
	}
	closedir(folder);
}

static void
remove_one(void *arg, const char *name, const char *path)
{
	(void)arg;
	(void)name;
	unlink(path);
}

void
scene_end(struct scene *scene)
{
	scene_close(scene);
	each_file(scene, remove_one, NULL);
	assert_int_equal(rmdir(scene->folder), 0);
}

int
scene_setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	scene_begin(scene);
	scene_open(scene);
	*state = scene;
	return 0;
}

int
scene_teardown(void **state)
{
	scene_end(*state);
	free(*state);
	return 0;
}

struct search {
	const char *part;
	char *found;
	int n;
};

static void
search_one(void *arg, const char *name, const char *path)
{
	struct search *search = arg;

	if (strstr(name, search->part) == NULL)
		return;
	search->n++;
	if (search->found != NULL)
		snprintf(search->found, 256, "%s", path);
}

int
scene_files(const struct scene *scene, const char *part, char *found)
{
	struct search search = { part, found, 0 };

	each_file(scene, search_one, &search);
	return search.n;
}

void
scene_sql(const struct scene *scene, const char *sql)
{
	sqlite3 *db;
	char *error = NULL;

	assert_int_equal(sqlite3_open(scene->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error);
	sqlite3_close(db);
}

int64_t
scene_number(const struct scene *scene, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	int64_t number;

	assert_int_equal(sqlite3_open(scene->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return number;
}

struct incident_row
scene_incident(const char *key)
{
	return (struct incident_row){
		.key = key,
		.kind = "mail servers",
		.rule = "mx.all-down",
		.severity = "critical",
		.state = "open",
		.subject = "mx1.example.org",
		.message = "every mail server is down",
		.evidence = "[\"timeout at connect\"]",
		.ips = "192.0.2.25 2001:db8::25",
		.outcome = "deferred",
		.by_smtp = true,
		.announced = true,
		.flapping = true,
		.strikes = 5,
		.goods = 1,
		.peak = 500,
		.total = 7,
		.began = { 1000 },
		.last = { 1003 },
		.acked = { 1004 },
		.reminded = { 1005 },
		.acked_by = "postmaster",
		.example = "example.org",
		.reminders = 3,
		.changes = "[1,2]",
		.note = "known: \xc3\xa4",
	};
}

struct incident_row
scene_opened(const char *key, int64_t opened_us)
{
	struct incident_row row = scene_incident(key);

	row.opened.us = opened_us;
	return row;
}

uint64_t
scene_post(struct store *store, const char *channel, const char *kind,
    uint64_t incident)
{
	struct outbox_row row = {
		.channel = channel,
		.kind = kind,
		.message_id = "id",
		.json = "{}",
		.incident = incident,
		.made = { 100 },
		.due = { 100 },
	};

	assert_int_equal(store_outbox_put(store, &row), 0);
	return row.id;
}
