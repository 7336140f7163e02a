#include "agent/store/look.h"

/*
 * From the log into the database.  SQLite does that in a commit, once 1000
 * pages are in the log: it waits for the disk twice then, 20 to 50 ms in which
 * a loop that writes stands still.  When the caller defers it, it is done in
 * another thread, over a connection of its own, beside which the store is
 * written as ever; only a log that has become very long is still cut in a
 * commit.
 */

#define PAGES          1000
#define PAGES_DEFERRED 16000

static int
committed(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct store *store = arg;

	store->behind = (size_t)pages;
	if (pages >= (store->deferred ? PAGES_DEFERRED : PAGES))
		(void)sqlite3_wal_checkpoint_v2(
		    db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

void
look_after_log(struct store *store)
{
	sqlite3_wal_hook(store->db, committed, store);
}

bool
store_defers(struct store *store)
{
	store->deferred = true;
	return store->behind >= PAGES;
}

const char *
store_path(const struct store *store)
{
	return store->path;
}

int
store_checkpoint(const char *path)
{
	sqlite3 *db = NULL;
	int code = sqlite3_open_v2(path, &db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
	        SQLITE_OPEN_PRIVATECACHE,
	    NULL);

	if (code == SQLITE_OK)
		sqlite3_db_config(
		    db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* It sees the log only when it has read something. */
	if (code == SQLITE_OK)
		code =
		    sqlite3_exec(db, "PRAGMA user_version", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_wal_checkpoint_v2(
		    db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	sqlite3_close(db);
	return code == SQLITE_OK ? 0 : -1;
}
