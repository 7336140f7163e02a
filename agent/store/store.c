#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/text.h"
#include "agent/store/look.h"
#include "agent/store/place.h"
#include "agent/store/schema.h"

/*
 * Opening, for one who writes: the lock; then, when there is nothing, a whole
 * store is made beside its place and renamed into it, so that what stands there
 * was once good; then it is looked through.  Only what is certainly damaged is
 * set aside, with all that belongs to it: a disk that is full, a file that may
 * not be read or is in use are no damage, and neither is the database of
 * another program or of a newer version.
 */

/* -------------------------------------------------------------------- make */

static int
fill(struct store *store, const char *path)
{
	int code = look_open(store, path, SQLITE_OPEN_READWRITE);

	if (code == SQLITE_OK)
		code = look_durable(store);
	if (code == SQLITE_OK)
		code = schema_bring(store->db, schema_steps, 0, schema_version);
	/* All of it into the one file, which is renamed. */
	if (code == SQLITE_OK)
		code = sqlite3_wal_checkpoint_v2(
		    store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (code != SQLITE_OK)
		store_failed(store, "", code);
	look_close(store);
	return code == SQLITE_OK ? 0 : -1;
}

static int
make_fresh(struct store *store)
{
	char *made = place_new(store->path);

	if (made == NULL) {
		look_refuse(store, strerror(errno));
		return -1;
	}
	if (fill(store, made) != 0) {
		place_discard(made);
		return -1;
	}
	if (place_settle(made, store->path) != 0) {
		look_refuse(store, strerror(errno));
		return -1;
	}
	return 0;
}

static int
set_aside(struct store *store, struct store_opening *opening)
{
	look_close(store);
	snprintf(opening->damage, sizeof(opening->damage), "%s", store->why);
	if (place_set_aside(store->path, clock_wall(), opening->aside,
	        sizeof(opening->aside)) != 0) {
		look_refuse(store, strerror(errno));
		return -1;
	}
	opening->found = STORE_DAMAGED;
	return 0;
}

/* What is there?  LOOK_DAMAGED: it has been set aside. */
static enum look
look_at_old(struct store *store, struct store_opening *opening)
{
	enum look look = LOOK_DAMAGED;

	if (place_has(store->path, ""))
		look = look_to_write(store);
	else
		look_refuse(store, "damaged: there is only its journal");
	opening->found = look == LOOK_MIGRATED ? STORE_MIGRATED : STORE_GOOD;
	if (look == LOOK_DAMAGED && set_aside(store, opening) != 0)
		return LOOK_REFUSED;
	return look;
}

static int
find_or_make(struct store *store, struct store_opening *opening)
{
	if (place_has(store->path, "") || place_has(store->path, "-wal")) {
		enum look look = look_at_old(store, opening);

		if (look != LOOK_DAMAGED)
			return look == LOOK_REFUSED ? -1 : 0;
	}
	if (make_fresh(store) != 0)
		return -1;
	return look_to_write(store) == LOOK_GOOD ? 0 : -1;
}

/* -------------------------------------------------------------------- open */

static struct store *
new_store(const char *path, bool make, char *why, size_t why_size)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	store->lock = -1;
	store->shown = text_safe_dup(path, strlen(path));
	store->path = place_resolve(path, make);
	if (store->shown != NULL && store->path != NULL)
		return store;
	snprintf(why, why_size, "%s: %s",
	    store->shown == NULL ? "store" : store->shown, strerror(errno));
	store_close(store);
	return NULL;
}

struct store *
store_open(
    const char *path, struct store_opening *opening, char *why, size_t why_size)
{
	struct store *store = new_store(path, true, why, why_size);

	*opening = (struct store_opening){ .found = STORE_FRESH };
	if (store == NULL)
		return NULL;
	store->lock = place_lock(store->path, store->shown, why, why_size);
	if (store->lock >= 0 && find_or_make(store, opening) == 0) {
		sqlite3_db_config(
		    store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
		return store;
	}
	if (store->lock >= 0)
		snprintf(why, why_size, "%s", store->why);
	store_close(store);
	return NULL;
}

struct store *
store_open_read(const char *path, char *why, size_t why_size)
{
	struct store *store = new_store(path, false, why, why_size);

	if (store == NULL)
		return NULL;
	if (look_to_read(store) == LOOK_GOOD)
		return store;
	snprintf(why, why_size, "%s", store->why);
	store_close(store);
	return NULL;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	look_close(store);
	if (store->lock >= 0)
		close(store->lock);
	free(store->path);
	free(store->shown);
	free(store);
}

const char *
store_why(const struct store *store)
{
	return store->why;
}

bool
store_refused(const struct store *store)
{
	return store->refused;
}

/* ------------------------------------------------------------ transactions */

static int
run(struct store *store, enum sql sql)
{
	struct query query;

	return query_start(&query, store, sql) == 0 ? query_run(&query) : -1;
}

/* A pragma takes effect when it is prepared, so it is not one of the statements
 * that are prepared once. */
static int
be_lazy(struct store *store, bool lazy)
{
	int code;

	if (store->lazy == lazy)
		return 0;
	code = sqlite3_exec(store->db,
	    lazy ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL",
	    NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return store_failed(store, "", code);
	store->lazy = lazy;
	return 0;
}

static int
begin(struct store *store, bool lazy)
{
	store->refused = false;
	if (store->in) {
		look_refuse(store, "a transaction is open already");
		store->failed = true;
		return -1;
	}
	if (be_lazy(store, lazy) != 0 ||
	    run(store, store->lock < 0 ? SQL_BEGIN_READ : SQL_BEGIN_WRITE) != 0)
		return -1;
	store->in = true;
	return 0;
}

int
store_begin(struct store *store)
{
	return begin(store, false);
}

int
store_begin_lazy(struct store *store)
{
	return begin(store, true);
}

/* A commit that fails rolls back: nothing stays half done for want of a
 * caller's store_rollback(). */
int
store_commit(struct store *store)
{
	int result = -1;

	if (!store->in)
		look_refuse(store, "no transaction is open");
	else if (!store->failed)
		result = run(store, SQL_COMMIT);
	if (result != 0)
		store_rollback(store);
	store->in = store->failed = false;
	(void)be_lazy(store, false);
	return result;
}

void
store_rollback(struct store *store)
{
	char why[sizeof(store->why)];

	/* The reason that is asked for is that of the failure. */
	memcpy(why, store->why, sizeof(why));
	store->in = store->failed = false;
	if (!sqlite3_get_autocommit(store->db))
		run(store, SQL_ROLLBACK);
	(void)be_lazy(store, false);
	memcpy(store->why, why, sizeof(why));
}
