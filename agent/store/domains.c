#include "agent/store/query.h"

#define AT(field) offsetof(struct domain_row, field)

static const struct column columns[] = {
	{ COLUMN_TEXT, AT(name) },
	{ COLUMN_TEXT, AT(ns) },
	{ COLUMN_TEXT, AT(mx) },
	{ COLUMN_TEXT, AT(ns_next) },
	{ COLUMN_TEXT, AT(mx_next) },
	{ COLUMN_TEXT, AT(verdict) },
	{ COLUMN_TEXT, AT(outcome) },
	{ COLUMN_WALL, AT(since) },
	{ .type = COLUMN_END },
};

int
store_domain_put(struct store *store, const struct domain_row *row)
{
	struct query query;

	if (query_start(&query, store, SQL_DOMAIN_PUT) != 0)
		return -1;
	query_bind(&query, columns, row);
	return query_run(&query);
}

int
store_domain_drop(struct store *store, const char *name)
{
	struct query query;

	if (query_start(&query, store, SQL_DOMAIN_DROP) != 0)
		return -1;
	query_text(&query, name);
	return query_run(&query);
}

static int
each(struct query *query, store_domain_fn *fn, void *arg)
{
	struct domain_row row;

	while (query_row(query)) {
		query_read(query, columns, &row);
		fn(arg, &row);
	}
	return query_done(query);
}

int
store_domains(struct store *store, store_domain_fn *fn, void *arg)
{
	struct query query;

	if (query_start(&query, store, SQL_DOMAIN_ALL) != 0)
		return -1;
	return each(&query, fn, arg);
}

int
store_domain(
    struct store *store, const char *name, store_domain_fn *fn, void *arg)
{
	struct query query;

	if (query_start(&query, store, SQL_DOMAIN_ONE) != 0)
		return -1;
	query_text(&query, name);
	return each(&query, fn, arg);
}
