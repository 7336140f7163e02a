#include "agent/store/query.h"

#define AT(field) offsetof(struct outbox_row, field)

static const struct column columns[] = {
	{ COLUMN_TEXT, AT(channel) },
	{ COLUMN_TEXT, AT(kind) },
	{ COLUMN_TEXT, AT(message_id) },
	{ COLUMN_TEXT, AT(json) },
	{ COLUMN_U64, AT(incident) },
	{ COLUMN_WALL, AT(made) },
	{ COLUMN_WALL, AT(due) },
	{ COLUMN_UINT, AT(tries) },
	{ .type = COLUMN_END },
};
#define ID_COLUMN 8

int
store_outbox_put(struct store *store, struct outbox_row *row)
{
	struct query query;

	if (query_start(&query, store, SQL_OUTBOX_ADD) != 0)
		return -1;
	query_bind(&query, columns, row);
	if (query_run(&query) != 0)
		return -1;
	row->id = (uint64_t)sqlite3_last_insert_rowid(store->db);
	return 0;
}

int
store_outbox_next(struct store *store, const char *channel, size_t limit,
    store_outbox_fn *fn, void *arg)
{
	struct outbox_row row;
	struct query query;

	if (query_start(&query, store, SQL_OUTBOX_NEXT) != 0)
		return -1;
	query_text(&query, channel);
	query_count(&query, limit);
	while (query_row(&query)) {
		query_read(&query, columns, &row);
		row.id = (uint64_t)query_get_int(&query, ID_COLUMN);
		fn(arg, &row);
	}
	return query_done(&query);
}

int64_t
store_outbox_waiting(struct store *store, const char *channel)
{
	struct query query;
	int64_t n = 0;

	if (query_start(&query, store, SQL_OUTBOX_WAITING) != 0)
		return -1;
	query_text(&query, channel);
	return query_number(&query, &n) == 0 ? n : -1;
}

int
store_outbox_sent(struct store *store, uint64_t id, struct wall at)
{
	struct query query;

	if (query_start(&query, store, SQL_OUTBOX_SENT) != 0)
		return -1;
	query_int(&query, at.us);
	query_int(&query, (int64_t)id);
	return query_run(&query);
}

static int
set_with_reason(struct store *store, enum sql sql, uint64_t id, struct wall at,
    const char *why)
{
	struct query query;

	if (query_start(&query, store, sql) != 0)
		return -1;
	query_int(&query, at.us);
	query_text(&query, why);
	query_int(&query, (int64_t)id);
	return query_run(&query);
}

int
store_outbox_later(
    struct store *store, uint64_t id, struct wall due, const char *why)
{
	return set_with_reason(store, SQL_OUTBOX_LATER, id, due, why);
}

int
store_outbox_dead(
    struct store *store, uint64_t id, struct wall at, const char *why)
{
	return set_with_reason(store, SQL_OUTBOX_DEAD, id, at, why);
}

/* -------------------------------------------------------------------- told */

int
store_outbox_told(struct store *store, const char *channel, uint64_t incident)
{
	struct query query;
	int64_t told = 0;

	if (query_start(&query, store, SQL_OUTBOX_TOLD) != 0)
		return -1;
	query_int(&query, (int64_t)incident);
	query_text(&query, channel);
	return query_number(&query, &told) == 0 ? told != 0 : -1;
}

int
store_outbox_last(struct store *store, const char *channel, uint64_t incident,
    struct wall *made, unsigned *reminders)
{
	struct query query;

	*made = (struct wall){ 0 };
	*reminders = 0;
	if (query_start(&query, store, SQL_OUTBOX_LAST) != 0)
		return -1;
	query_int(&query, (int64_t)incident);
	query_text(&query, channel);
	if (query_row(&query)) {
		made->us = query_get_int(&query, 0);
		*reminders = (unsigned)query_get_int(&query, 1);
	}
	return query_done(&query);
}

int
store_outbox_tells(struct store *store, const char *channel, uint64_t incident,
    uint64_t outbox_id)
{
	struct query query;

	if (query_start(&query, store, SQL_TELLS_ADD) != 0)
		return -1;
	query_int(&query, (int64_t)incident);
	query_text(&query, channel);
	query_int(&query, (int64_t)outbox_id);
	return query_run(&query);
}

/* Statements about a row and the digest that it goes into. */
static int
of_both(struct store *store, enum sql sql, uint64_t into, uint64_t id)
{
	struct query query;

	if (query_start(&query, store, sql) != 0)
		return -1;
	query_int(&query, (int64_t)into);
	query_int(&query, (int64_t)id);
	return query_run(&query);
}

static int
forget_tells(struct store *store, uint64_t id)
{
	struct query query;

	if (query_start(&query, store, SQL_TELLS_FORGET) != 0)
		return -1;
	query_int(&query, (int64_t)id);
	return query_run(&query);
}

/* What the row told, itself or as a digest, is told by the new one now: should
 * that die, nobody was told. */
int
store_outbox_merged(struct store *store, uint64_t id, uint64_t into)
{
	struct together together;
	int result = -1;

	if (id == into)
		return 0;
	if (together_begin(store, &together) != 0)
		return -1;
	if (of_both(store, SQL_OUTBOX_MERGE, into, id) == 0 &&
	    of_both(store, SQL_TELLS_OPENED, into, id) == 0 &&
	    of_both(store, SQL_TELLS_MOVE, into, id) == 0)
		result = forget_tells(store, id);
	return together_end(store, &together, result);
}
