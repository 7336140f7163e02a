#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"

#include "agent/store/query.h"

/* ----------------------------------------------------------------- trouble */

/* Where the system's own word says more than SQLite's. */
static bool
system_knows(int code)
{
	return code == SQLITE_IOERR || code == SQLITE_CANTOPEN;
}

int
store_failed(struct store *store, const char *doing, int code)
{
	int number = store->db == NULL ? 0 : sqlite3_system_errno(store->db);
	/* The connection's last word may be of something later. */
	const char *what = store->db != NULL &&
	        (sqlite3_errcode(store->db) & 0xff) == (code & 0xff) ?
	    sqlite3_errmsg(store->db) :
	    sqlite3_errstr(code);
	char line[sizeof(store->why)];

	snprintf(line, sizeof(line), "%s: %s%s%s%s%s", store->shown, doing,
	    *doing == '\0' ? "" : ": ", what,
	    number != 0 && system_knows(code & 0xff) ? ": " : "",
	    number != 0 && system_knows(code & 0xff) ? strerror(number) : "");
	text_line(store->why, sizeof(store->why), line);
	store->refused = (code & 0xff) == SQLITE_CONSTRAINT ||
	    (code & 0xff) == SQLITE_MISMATCH || (code & 0xff) == SQLITE_TOOBIG;
	/* SQLite may have rolled back by itself: what follows must not be
	 * written on its own. */
	if (store->in)
		store->failed = true;
	return -1;
}

static bool
is_write(sqlite3_stmt *stmt)
{
	return !sqlite3_stmt_readonly(stmt);
}

/* -------------------------------------------------------------- statements */

static int
prepare(struct store *store, enum sql sql, sqlite3_stmt **stmt)
{
	return sqlite3_prepare_v3(store->db, sql_text[sql], -1,
	    SQLITE_PREPARE_PERSISTENT, stmt, NULL);
}

int
query_prepare_all(struct store *store)
{
	int code = SQLITE_OK;

	for (size_t i = 0; i < SQL_COUNT && code == SQLITE_OK; i++)
		if (store->stmt[i] == NULL)
			code = prepare(store, (enum sql)i, &store->stmt[i]);
	return code;
}

void
query_forget_all(struct store *store)
{
	for (size_t i = 0; i < SQL_COUNT; i++) {
		sqlite3_finalize(store->stmt[i]);
		store->stmt[i] = NULL;
	}
}

int
query_start(struct query *query, struct store *store, enum sql sql)
{
	int code = SQLITE_OK;

	*query = (struct query){ .store = store, .next = 1 };
	query->stmt = store->stmt[sql];
	if (sqlite3_stmt_busy(query->stmt)) {
		query->own = true;
		code = prepare(store, sql, &query->stmt);
	}
	if (code != SQLITE_OK)
		return store_failed(store, "", code);
	/* Of a failed transaction the first reason is kept. */
	if (store->failed && is_write(query->stmt)) {
		query_done(query);
		return -1;
	}
	return 0;
}

static void
bound(struct query *query, int code)
{
	query->next++;
	if (query->code == SQLITE_OK)
		query->code = code;
}

void
query_text(struct query *query, const char *text)
{
	bound(query,
	    sqlite3_bind_text(
	        query->stmt, query->next, text, -1, SQLITE_STATIC));
}

void
query_int(struct query *query, int64_t value)
{
	bound(query, sqlite3_bind_int64(query->stmt, query->next, value));
}

void
query_count(struct query *query, size_t n)
{
	query_int(query, n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

bool
query_row(struct query *query)
{
	int code;

	if (query->code != SQLITE_OK)
		return false;
	code = sqlite3_step(query->stmt);
	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE)
		query->code = code;
	return false;
}

int
query_done(struct query *query)
{
	int result = query->code == SQLITE_OK ?
	    0 :
	    store_failed(query->store, "", query->code);

	sqlite3_reset(query->stmt);
	sqlite3_clear_bindings(query->stmt);
	if (query->own)
		sqlite3_finalize(query->stmt);
	return result;
}

int
query_run(struct query *query)
{
	while (query_row(query)) {
	}
	return query_done(query);
}

int64_t
query_change(struct query *query)
{
	return query_run(query) == 0 ? sqlite3_changes64(query->store->db) : -1;
}

int
query_number(struct query *query, int64_t *out)
{
	if (query_row(query))
		*out = query_get_int(query, 0);
	return query_done(query);
}

/* ----------------------------------------------------------------- columns */

const char *
query_get_text(struct query *query, int column)
{
	const char *text =
	    (const char *)sqlite3_column_text(query->stmt, column);

	return text == NULL ? "" : text;
}

int64_t
query_get_int(struct query *query, int column)
{
	return sqlite3_column_int64(query->stmt, column);
}

static void
bind_one(struct query *query, enum column_type type, const void *at)
{
	const char *text;

	switch (type) {
	case COLUMN_TEXT:
		text = *(const char *const *)at;
		query_text(query, text == NULL ? "" : text);
		break;
	case COLUMN_TEXT_OR_NULL:
		query_text(query, *(const char *const *)at);
		break;
	case COLUMN_U64:
		query_int(query, (int64_t) * (const uint64_t *)at);
		break;
	case COLUMN_UINT:
		query_int(query, *(const unsigned *)at);
		break;
	case COLUMN_BOOL:
		query_int(query, *(const bool *)at);
		break;
	case COLUMN_WALL:
		query_int(query, ((const struct wall *)at)->us);
		break;
	case COLUMN_END:
		break;
	}
}

void
query_bind(struct query *query, const struct column *column, const void *from)
{
	for (; column->type != COLUMN_END; column++)
		bind_one(
		    query, column->type, (const char *)from + column->offset);
}

/* A number that was written by us: what does not fit comes from damage. */
static unsigned
small(int64_t value)
{
	return value < 0 || value > UINT_MAX ? 0 : (unsigned)value;
}

static void
read_one(struct query *query, enum column_type type, int number, void *at)
{
	switch (type) {
	case COLUMN_TEXT:
		*(const char **)at = query_get_text(query, number);
		break;
	case COLUMN_TEXT_OR_NULL:
		*(const char **)at =
		    (const char *)sqlite3_column_text(query->stmt, number);
		break;
	case COLUMN_U64:
		*(uint64_t *)at = (uint64_t)query_get_int(query, number);
		break;
	case COLUMN_UINT:
		*(unsigned *)at = small(query_get_int(query, number));
		break;
	case COLUMN_BOOL:
		*(bool *)at = query_get_int(query, number) != 0;
		break;
	case COLUMN_WALL:
		((struct wall *)at)->us = query_get_int(query, number);
		break;
	case COLUMN_END:
		break;
	}
}

void
query_read(struct query *query, const struct column *column, void *to)
{
	for (int i = 0; column[i].type != COLUMN_END; i++)
		read_one(
		    query, column[i].type, i, (char *)to + column[i].offset);
}

/* ---------------------------------------------------------------- together */

int
together_begin(struct store *store, struct together *together)
{
	together->own = !store->in;
	return together->own ? store_begin(store) : 0;
}

int
together_end(struct store *store, const struct together *together, int result)
{
	if (!together->own)
		return result;
	if (result >= 0 && store_commit(store) == 0)
		return result;
	store_rollback(store);
	return -1;
}

/* -------------------------------------------------------------------- rows */

static int64_t
put_by(struct store *store, enum sql sql, const struct column *columns,
    const void *row)
{
	struct query query;

	if (query_start(&query, store, sql) != 0)
		return -1;
	query_bind(&query, columns, row);
	return query_change(&query);
}

int
query_put(
    struct store *store, const struct row_kind *kind, void *row, uint64_t *id)
{
	int64_t changed = 0;

	if (*id != 0)
		changed = put_by(store, kind->set, kind->columns, row);
	if (changed == 0)
		changed = put_by(store, kind->add, kind->columns, row);
	if (changed < 0)
		return -1;
	if (*id == 0)
		*id = (uint64_t)sqlite3_last_insert_rowid(store->db);
	return 0;
}
