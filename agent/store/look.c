#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/text.h"
#include "agent/store/schema.h"

#include "agent/store/look.h"

/* How long another program may keep the database locked before a write
 * fails: the agent waits for nothing longer. */
#define BUSY_MS     500
#define VALUE_MAX   (16 << 20)
#define JOURNAL_MAX "16777216"

/* -------------------------------------------------------------- connection */

static int
exec(struct store *store, const char *sql)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL);
}

/* What a file from elsewhere may not do, and how long to wait. */
static void
set_limits(sqlite3 *db)
{
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, BUSY_MS);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	/* What is damaged is set aside as it is. */
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

int
look_open(struct store *store, const char *path, int flags)
{
	int code = sqlite3_open_v2(path, &store->db,
	    flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);

	if (code != SQLITE_OK)
		return code;
	set_limits(store->db);
	return exec(store,
	    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
	    "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
	    "PRAGMA foreign_keys = ON");
}

int
look_durable(struct store *store)
{
	return exec(store,
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    "PRAGMA journal_size_limit = " JOURNAL_MAX);
}

void
look_close(struct store *store)
{
	query_forget_all(store);
	sqlite3_close(store->db);
	store->db = NULL;
}

/* -------------------------------------------------------------------- look */

/* What does a failure while looking mean? */
static enum look
judge(struct store *store, int code)
{
	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_ERROR: /* no such table, no such column */
		store_failed(store, "damaged", code);
		return LOOK_DAMAGED;
	default:
		store_failed(store, "", code);
		return LOOK_REFUSED;
	}
}

enum look
look_refuse(struct store *store, const char *why)
{
	char line[sizeof(store->why)];

	snprintf(line, sizeof(line), "%s: %s", store->shown, why);
	text_line(store->why, sizeof(store->why), line);
	return LOOK_REFUSED;
}

/* The first value of the first row of a statement; *text is malloc'ed. */
static int
ask(struct store *store, const char *sql, int64_t *number, char **text)
{
	sqlite3_stmt *stmt;
	int code = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL);

	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW && number != NULL)
		*number = sqlite3_column_int64(stmt, 0);
	if (code == SQLITE_ROW && text != NULL) {
		const unsigned char *got = sqlite3_column_text(stmt, 0);

		*text = got == NULL ? NULL : strdup((const char *)got);
	}
	sqlite3_finalize(stmt);
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

/* The word of the check.  Of a page that could not be read it says only with
 * which error: a disk that fails for a moment is no damage. */
static enum look
judge_word(struct store *store, const char *word)
{
	static const char unread[] = "error code=";
	const char *code = strstr(word, unread);

	if (strcmp(word, "ok") == 0)
		return LOOK_GOOD;
	if (code != NULL)
		return judge(
		    store, (int)strtol(code + strlen(unread), NULL, 10));
	look_refuse(store, word);
	return LOOK_DAMAGED;
}

static enum look
look_through(struct store *store)
{
	char *word = NULL;
	int code = ask(store, "PRAGMA quick_check(1)", NULL, &word);
	enum look look;

	if (code != SQLITE_OK)
		return judge(store, code);
	look = word == NULL ? look_refuse(store, "out of memory") :
	                      judge_word(store, word);
	free(word);
	return look;
}

/* Whose is it, and of which version? */
static enum look
look_at_version(struct store *store, int64_t *version)
{
	int64_t application = 0, pages = 0;
	char why[128];
	int code = ask(store, "PRAGMA page_count", &pages, NULL);

	if (code == SQLITE_OK)
		code = ask(store, "PRAGMA application_id", &application, NULL);
	if (code == SQLITE_OK)
		code = ask(store, "PRAGMA user_version", version, NULL);
	if (code != SQLITE_OK)
		return judge(store, code);
	if (pages > 0 && application != SCHEMA_APPLICATION)
		return look_refuse(
		    store, "this is the database of another program");
	if (pages == 0 || *version < 1) {
		look_refuse(store, "damaged: nothing is in it");
		return LOOK_DAMAGED;
	}
	if (*version <= (int64_t)schema_version)
		return LOOK_GOOD;
	snprintf(why, sizeof(why),
	    "made by a newer mxvigil (version %lld of the store; this one "
	    "knows %zu)",
	    (long long)*version, schema_version);
	return look_refuse(store, why);
}

static enum look
look_at_tables(struct store *store)
{
	int code = query_prepare_all(store);

	return code == SQLITE_OK ? LOOK_GOOD : judge(store, code);
}

static enum look
migrate(struct store *store, int64_t version)
{
	int code;

	if (version == (int64_t)schema_version)
		return LOOK_GOOD;
	code = schema_bring(
	    store->db, schema_steps, (size_t)version, schema_version);
	return code == SQLITE_OK ? LOOK_MIGRATED : judge(store, code);
}

enum look
look_to_write(struct store *store)
{
	int64_t version = 0;
	enum look look, brought;
	int code = look_open(store, store->path, SQLITE_OPEN_READWRITE);

	if (code != SQLITE_OK)
		return judge(store, code);
	look = look_at_version(store, &version);
	if (look == LOOK_GOOD)
		look = look_through(store);
	if (look != LOOK_GOOD)
		return look;
	code = look_durable(store);
	if (code != SQLITE_OK)
		return judge(store, code);
	look_after_log(store);
	brought = migrate(store, version);
	if (brought != LOOK_GOOD && brought != LOOK_MIGRATED)
		return brought;
	look = look_at_tables(store);
	return look == LOOK_GOOD ? brought : look;
}

/* There is a file, it is one of ours, and of this version. */
enum look
look_to_read(struct store *store)
{
	int64_t version = 0;
	enum look look;
	int code;

	if (access(store->path, R_OK) != 0)
		return look_refuse(store, strerror(errno));
	code = look_open(store, store->path, SQLITE_OPEN_READONLY);
	if (code != SQLITE_OK)
		return judge(store, code);
	look = look_at_version(store, &version);
	if (look == LOOK_GOOD && version < (int64_t)schema_version)
		return look_refuse(store,
		    "made by an older mxvigil: start the agent once to bring "
		    "it up to date");
	return look == LOOK_GOOD ? look_at_tables(store) : look;
}
