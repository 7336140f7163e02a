#include <stdlib.h>
#include <string.h>

#include "agent/store/query.h"

#define AT(field) offsetof(struct history_row, field)

static const struct column columns[] = {
	{ COLUMN_WALL, AT(at) },
	{ COLUMN_TEXT, AT(name) },
	{ COLUMN_TEXT, AT(what) },
	{ COLUMN_TEXT, AT(text) },
	{ COLUMN_U64, AT(incident) },
	{ .type = COLUMN_END },
};

int
store_history_put(struct store *store, const struct history_row *row)
{
	struct query query;

	if (query_start(&query, store, SQL_HISTORY_ADD) != 0)
		return -1;
	query_bind(&query, columns, row);
	return query_run(&query);
}

int
store_history(struct store *store, const char *name, struct wall from,
    struct wall to, size_t offset, size_t limit, store_history_fn *fn,
    void *arg)
{
	struct history_row row;
	struct query query;

	if (query_start(&query, store,
	        name == NULL ? SQL_HISTORY_ALL : SQL_HISTORY_OF) != 0)
		return -1;
	if (name != NULL)
		query_text(&query, name);
	query_int(&query, from.us);
	query_int(&query, to.us);
	query_count(&query, limit);
	query_count(&query, offset);
	while (query_row(&query)) {
		query_read(&query, columns, &row);
		fn(arg, &row);
	}
	return query_done(&query);
}

/* -------------------------------------------------------------- small facts */

int
store_meta_put(struct store *store, const char *key, const char *value)
{
	struct query query;

	if (query_start(&query, store, SQL_META_PUT) != 0)
		return -1;
	query_text(&query, key);
	query_text(&query, value);
	return query_run(&query);
}

char *
store_meta(struct store *store, const char *key)
{
	struct query query;
	char *value = NULL;

	if (query_start(&query, store, SQL_META_GET) != 0)
		return NULL;
	query_text(&query, key);
	if (query_row(&query))
		value = strdup(query_get_text(&query, 0));
	query_done(&query);
	return value;
}
