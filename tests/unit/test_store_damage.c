#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/store_scene.h"
#include "tests/unit/support.h"

/*
 * Files that are not as we left them.  Whatever is in one: the agent starts,
 * or says why not; what is damaged is kept as it is, under another name.
 */

#define DOMAINS 300

static void
fill(struct store *store)
{
	assert_int_equal(store_begin(store), 0);
	for (int i = 0; i < DOMAINS; i++) {
		struct incident_row row = scene_opened("key", i + 1);
		char name[64];

		snprintf(name, sizeof(name), "d%d.example", i);
		assert_int_equal(store_domain_put(store,
		                     &(struct domain_row){ .name = name,
		                         .mx = "10 mx.example.net" }),
		    0);
		assert_int_equal(store_incident_put(store, &row), 0);
		assert_int_equal(
		    store_member(store, row.id, name, (struct wall){ 1 }, true),
		    0);
		assert_int_equal(store_state(store, "domain", name, "accepted",
		                     (struct wall){ 1 }),
		    0);
		scene_post(store, "ops", "opened", row.id);
	}
	assert_int_equal(store_alive(store, (struct wall){ 1 }), 0);
	assert_int_equal(store_commit(store), 0);
}

struct bytes {
	char *data;
	size_t len;
};

static struct bytes
bytes_of(const char *path)
{
	struct bytes bytes;

	bytes.data = read_file(path, &bytes.len);
	return bytes;
}

static void
write_bytes(const char *path, const char *data, size_t len)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* A good file, and the journal beside it of more that was committed. */
static void
prepare(struct scene *scene, struct bytes *file, struct bytes *journal)
{
	char path[128];

	scene_begin(scene);
	scene_open(scene);
	fill(scene->store);
	scene_close(scene);
	scene_open(scene);
	*file = bytes_of(scene->path);
	assert_true(file->len > 100000);
	assert_int_equal(store_meta_put(scene->store, "in", "journal"), 0);
	snprintf(path, sizeof(path), "%s-wal", scene->path);
	*journal = bytes_of(path);
	assert_true(journal->len > 4096);
	scene_close(scene);
}

static void
finish(struct scene *scene, struct bytes *file, struct bytes *journal)
{
	free(file->data);
	free(journal->data);
	scene_end(scene);
}

static void
put_files(
    struct scene *scene, const struct bytes *file, const struct bytes *journal)
{
	char path[128];

	write_bytes(scene->path, file->data, file->len);
	snprintf(path, sizeof(path), "%s-shm", scene->path);
	unlink(path);
	snprintf(path, sizeof(path), "%s-wal", scene->path);
	unlink(path);
	if (journal != NULL)
		write_bytes(path, journal->data, journal->len);
}

static void
take_incident(void *arg, const struct incident_row *row)
{
	*(size_t *)arg += strlen(row->key) + strlen(row->message);
}

static void
take_domain(void *arg, const struct domain_row *row)
{
	*(size_t *)arg += strlen(row->name);
}

static void
take_outbox(void *arg, const struct outbox_row *row)
{
	*(size_t *)arg += strlen(row->json);
}

/* All may fail now, and nothing may break.  Returns whether all went well. */
static bool
use(struct store *store)
{
	struct incident_row row = scene_opened("later", 9);
	struct availability a;
	size_t n = 0;
	int bad = 0;

	bad |= store_incidents_live(store, take_incident, &n);
	bad |= store_incidents(store, "d7.example", 0, 9, take_incident, &n);
	bad |= store_domains(store, take_domain, &n);
	bad |= store_outbox_next(store, "ops", 1000, take_outbox, &n);
	bad |= store_availability(store, "domain", "d7.example",
	    (struct wall){ 0 }, (struct wall){ 99 }, &a);
	bad |= store_begin(store);
	bad |= store_incident_put(store, &row);
	bad |= store_member(store, row.id, "x", (struct wall){ 1 }, true);
	bad |= store_trim(store, (struct wall){ 5 }) < 0;
	bad |= store_commit(store);
	store_rollback(store);
	return bad == 0;
}

static void
remove_aside(const char *aside)
{
	static const char *const ending[] = { "", "-wal", "-shm" };
	char path[600];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", aside, ending[i]);
		unlink(path);
	}
}

/* Returns how it was found, or -1 when it was refused. */
static int
open_damaged(struct scene *scene, const struct bytes *file)
{
	struct bytes kept;
	bool well;

	scene->store = store_open(
	    scene->path, &scene->opening, scene->why, sizeof(scene->why));
	if (scene->store == NULL) {
		assert_non_null(strstr(scene->why, scene->path));
		return -1;
	}
	well = use(scene->store);
	scene_close(scene);
	if (scene->opening.found != STORE_DAMAGED)
		return (int)scene->opening.found;
	assert_true(well);
	assert_non_null(strstr(scene->opening.damage, "mxvigil.db"));
	kept = bytes_of(scene->opening.aside);
	assert_int_equal(kept.len, file->len);
	assert_memory_equal(kept.data, file->data, file->len);
	free(kept.data);
	remove_aside(scene->opening.aside);
	return STORE_DAMAGED;
}

static void
test_garbage(void **state)
{
	static const struct {
		const char *label, *text;
	} rows[] = {
		{ "empty", "" },
		{ "one byte", "x" },
		{ "text",
		    "this is not a database; it is a text that somebody "
		    "put here, long enough to be taken for a header, "
		    "which is a hundred bytes long and no more" },
		{ "only its name", "SQLite format 3" },
	};
	struct bytes zeros = { calloc(1, 20000), 20000 };
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes file = { (char *)rows[i].text,
			strlen(rows[i].text) };

		put_files(&scene, &file, NULL);
		if (open_damaged(&scene, &file) != STORE_DAMAGED)
			fail_msg("%s: %s", rows[i].label, scene.why);
	}
	put_files(&scene, &zeros, NULL);
	assert_int_equal(open_damaged(&scene, &zeros), STORE_DAMAGED);
	free(zeros.data);
	scene_end(&scene);
}

/* Cut anywhere, also just there where a page ends. */
static void
test_truncated(void **state)
{
	struct bytes file, journal, cut;
	struct scene scene;
	int damaged = 0;

	(void)state;
	prepare(&scene, &file, &journal);
	cut.data = file.data;
	for (size_t page = 0; page * 4096 < file.len; page += 1 + page / 4) {
		static const int off[] = { 0, 1, 100, 2048, 4095 };

		for (size_t i = 0; i < sizeof(off) / sizeof(*off); i++) {
			cut.len = page * 4096 + (size_t)off[i];
			if (cut.len >= file.len)
				continue;
			put_files(&scene, &cut, NULL);
			if (open_damaged(&scene, &cut) != STORE_DAMAGED)
				fail_msg("%zu bytes: %s", cut.len, scene.why);
			damaged++;
		}
	}
	assert_true(damaged > 50);
	finish(&scene, &file, &journal);
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Bits that fell over: most are found, and none does harm. */
static void
test_flipped(void **state)
{
	struct bytes file, journal, bad;
	int found[STORE_DAMAGED + 2] = { 0 };
	struct scene scene;
	uint32_t seed = 20261123;

	(void)state;
	prepare(&scene, &file, &journal);
	bad.len = file.len;
	bad.data = malloc(file.len);
	assert_non_null(bad.data);
	for (int i = 0; i < 200; i++) {
		memcpy(bad.data, file.data, file.len);
		for (int n = i % 8; n >= 0; n--) {
			/* Every fourth one in the header. */
			size_t at =
			    next_random(&seed) % (i % 4 == 0 ? 100 : file.len);

			bad.data[at] ^= (char)(1 << next_random(&seed) % 8);
		}
		put_files(&scene, &bad, NULL);
		found[open_damaged(&scene, &bad) + 1]++;
		unlink(scene.path);
	}
	print_message("refused %d, good %d, damaged %d\n", found[0],
	    found[STORE_GOOD + 1], found[STORE_DAMAGED + 1]);
	assert_true(found[STORE_DAMAGED + 1] > 50);
	assert_int_equal(found[STORE_FRESH + 1], 0);
	free(bad.data);
	finish(&scene, &file, &journal);
}

/* The journal: what of it is not whole did not happen. */
static void
test_journal(void **state)
{
	struct bytes file, journal, bad;
	struct scene scene;
	uint32_t seed = 25;

	(void)state;
	prepare(&scene, &file, &journal);
	put_files(&scene, &file, &journal);
	scene_open(&scene);
	free(store_meta(scene.store, "in"));
	scene_close(&scene);
	bad.data = malloc(journal.len);
	assert_non_null(bad.data);
	for (int i = 0; i < 100; i++) {
		bad.len =
		    i % 2 ? journal.len : next_random(&seed) % journal.len;
		memcpy(bad.data, journal.data, bad.len);
		if (i % 2)
			bad.data[next_random(&seed) % bad.len] ^= 0x20;
		put_files(&scene, &file, &bad);
		assert_int_equal(open_damaged(&scene, &file), STORE_GOOD);
	}
	free(bad.data);
	finish(&scene, &file, &journal);
}

/* A journal alone is what is left of a store: it must not become part of the
 * next one, nor vanish. */
static void
test_journal_alone(void **state)
{
	struct bytes file, journal, kept;
	struct scene scene;
	char path[600];

	(void)state;
	prepare(&scene, &file, &journal);
	put_files(&scene, &file, &journal);
	unlink(scene.path);
	scene_open(&scene);
	assert_int_equal(scene.opening.found, STORE_DAMAGED);
	assert_null(store_meta(scene.store, "in"));
	snprintf(path, sizeof(path), "%s-wal", scene.opening.aside);
	kept = bytes_of(path);
	assert_int_equal(kept.len, journal.len);
	assert_memory_equal(kept.data, journal.data, journal.len);
	free(kept.data);
	finish(&scene, &file, &journal);
}

/* With the damaged file its journal goes: it would be played into the fresh
 * one. */
static void
test_journal_goes_too(void **state)
{
	struct bytes file, journal;
	struct scene scene;

	(void)state;
	prepare(&scene, &file, &journal);
	memset(file.data, 'x', 200);
	put_files(&scene, &file, &journal);
	scene_open(&scene);
	assert_int_equal(scene.opening.found, STORE_DAMAGED);
	assert_null(store_meta(scene.store, "in"));
	assert_int_equal(scene_files(&scene, "Z-wal", NULL), 1);
	finish(&scene, &file, &journal);
}

/* Two in one second: neither is lost. */
static void
test_never_overwritten(void **state)
{
	struct bytes first = { (char *)"first", 5 };
	struct bytes second = { (char *)"second", 6 };
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	for (int i = 0; i < 3; i++) {
		put_files(&scene, i == 0 ? &first : &second, NULL);
		scene_open(&scene);
		scene_close(&scene);
	}
	assert_int_equal(scene_files(&scene, ".damaged-20", NULL), 3);
	assert_int_equal(scene.opening.found, STORE_DAMAGED);
	scene_end(&scene);
}

/* Its tables are not those that its version says. */
static void
test_wrong_tables(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	scene_open(&scene);
	scene_close(&scene);
	scene_sql(&scene, "ALTER TABLE outbox RENAME COLUMN due TO dew");
	scene_open(&scene);
	assert_int_equal(scene.opening.found, STORE_DAMAGED);
	assert_non_null(strstr(scene.opening.damage, "due"));
	assert_true(use(scene.store));
	scene_end(&scene);
}

/* A crash while a store was made leaves nothing that is taken for one. */
static void
test_half_made(void **state)
{
	struct scene scene;
	char path[128];

	(void)state;
	scene_begin(&scene);
	snprintf(path, sizeof(path), "%s.new", scene.path);
	write_bytes(path, "half", 4);
	scene_open(&scene);
	assert_int_equal(scene.opening.found, STORE_FRESH);
	assert_true(use(scene.store));
	assert_int_equal(scene_files(&scene, ".new", NULL), 0);
	scene_end(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_journal_alone),
		cmocka_unit_test(test_journal_goes_too),
		cmocka_unit_test(test_never_overwritten),
		cmocka_unit_test(test_wrong_tables),
		cmocka_unit_test(test_half_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
