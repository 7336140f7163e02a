#include "agent/store/query.h"

#define AT(field) offsetof(struct silence_row, field)

static const struct column columns[] = {
	{ COLUMN_TEXT, AT(match) },
	{ COLUMN_TEXT, AT(why) },
	{ COLUMN_TEXT, AT(by) },
	{ COLUMN_WALL, AT(from) },
	{ COLUMN_WALL, AT(until) },
	{ COLUMN_WALL, AT(ended) },
	{ COLUMN_U64, AT(id) },
	{ .type = COLUMN_END },
};

static int64_t
put(struct store *store, enum sql sql, const struct silence_row *row)
{
	struct query query;

	if (query_start(&query, store, sql) != 0)
		return -1;
	query_bind(&query, columns, row);
	return query_change(&query);
}

int
store_silence_put(struct store *store, struct silence_row *row)
{
	int64_t changed = 0;

	if (row->id != 0)
		changed = put(store, SQL_SILENCE_SET, row);
	if (changed == 0)
		changed = put(store, SQL_SILENCE_ADD, row);
	if (changed < 0)
		return -1;
	if (row->id == 0)
		row->id = (uint64_t)sqlite3_last_insert_rowid(store->db);
	return 0;
}

int
store_silences(struct store *store, struct wall now, bool all,
    store_silence_fn *fn, void *arg)
{
	struct silence_row row;
	struct query query;

	if (query_start(
	        &query, store, all ? SQL_SILENCE_ALL : SQL_SILENCE_NOW) != 0)
		return -1;
	if (!all)
		query_int(&query, now.us);
	while (query_row(&query)) {
		query_read(&query, columns, &row);
		fn(arg, &row);
	}
	return query_done(&query);
}
