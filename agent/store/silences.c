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

static const struct row_kind kind = { SQL_SILENCE_SET, SQL_SILENCE_ADD,
	columns };

int
store_silence_put(struct store *store, struct silence_row *row)
{
	return query_put(store, &kind, row, &row->id);
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
