#include "agent/store/query.h"

/* Rows that one call forgets at the most. */
#define PIECE 2000

/* What hangs on something else goes before it. */
static const enum sql order[] = { SQL_TRIM_TELLS, SQL_TRIM_OUTBOX,
	SQL_TRIM_MEMBER, SQL_TRIM_INCIDENT, SQL_TRIM_STATE, SQL_TRIM_ALIVE,
	SQL_TRIM_HISTORY, SQL_TRIM_SILENCE };
#define STEPS (sizeof(order) / sizeof(*order))

static int64_t
forget(struct store *store, enum sql sql, struct wall before, int64_t most)
{
	struct query query;

	if (query_start(&query, store, sql) != 0)
		return -1;
	query_int(&query, before.us);
	query_int(&query, most);
	return query_change(&query);
}

static int
trim_piece(struct store *store, struct wall before)
{
	int64_t left = PIECE;

	for (size_t i = 0; i < STEPS && left > 0; i++) {
		int64_t gone = forget(store, order[i], before, left);

		if (gone < 0)
			return -1;
		left -= gone;
	}
	return left <= 0;
}

int
store_trim(struct store *store, struct wall before)
{
	struct together together;

	if (together_begin(store, &together) != 0)
		return -1;
	return together_end(store, &together, trim_piece(store, before));
}
