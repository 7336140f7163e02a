#include "agent/store/query.h"

#define AT(field) offsetof(struct incident_row, field)

/* In the order of the statements' columns; id is the last. */
static const struct column columns[] = {
	{ COLUMN_TEXT, AT(key) },
	{ COLUMN_TEXT, AT(kind) },
	{ COLUMN_TEXT, AT(rule) },
	{ COLUMN_TEXT, AT(severity) },
	{ COLUMN_TEXT, AT(state) },
	{ COLUMN_TEXT, AT(subject) },
	{ COLUMN_TEXT, AT(message) },
	{ COLUMN_TEXT, AT(evidence) },
	{ COLUMN_TEXT, AT(ips) },
	{ COLUMN_TEXT, AT(outcome) },
	{ COLUMN_BOOL, AT(by_smtp) },
	{ COLUMN_BOOL, AT(announced) },
	{ COLUMN_BOOL, AT(flapping) },
	{ COLUMN_UINT, AT(strikes) },
	{ COLUMN_UINT, AT(goods) },
	{ COLUMN_U64, AT(peak) },
	{ COLUMN_U64, AT(total) },
	{ COLUMN_WALL, AT(began) },
	{ COLUMN_WALL, AT(opened) },
	{ COLUMN_WALL, AT(closed) },
	{ COLUMN_WALL, AT(last) },
	{ COLUMN_WALL, AT(acked) },
	{ COLUMN_WALL, AT(reminded) },
	{ COLUMN_TEXT_OR_NULL, AT(acked_by) },
	{ COLUMN_TEXT, AT(example) },
	{ COLUMN_UINT, AT(reminders) },
	{ COLUMN_TEXT, AT(changes) },
	{ COLUMN_TEXT_OR_NULL, AT(note) },
	{ COLUMN_U64, AT(id) },
	{ .type = COLUMN_END },
};

static const struct row_kind kind = { SQL_INCIDENT_SET, SQL_INCIDENT_ADD,
	columns };

int
store_incident_put(struct store *store, struct incident_row *row)
{
	return query_put(store, &kind, row, &row->id);
}

int
store_incident_drop(struct store *store, uint64_t id)
{
	struct query query;

	if (query_start(&query, store, SQL_INCIDENT_DROP) != 0)
		return -1;
	query_int(&query, (int64_t)id);
	return query_run(&query);
}

static int
each(struct query *query, store_incident_fn *fn, void *arg)
{
	struct incident_row row;

	while (query_row(query)) {
		query_read(query, columns, &row);
		fn(arg, &row);
	}
	return query_done(query);
}

int
store_incidents_live(struct store *store, store_incident_fn *fn, void *arg)
{
	struct query query;

	if (query_start(&query, store, SQL_INCIDENT_LIVE) != 0)
		return -1;
	return each(&query, fn, arg);
}

int
store_incidents(struct store *store, const char *domain, size_t offset,
    size_t limit, store_incident_fn *fn, void *arg)
{
	struct query query;

	if (query_start(&query, store,
	        domain == NULL ? SQL_INCIDENT_ALL : SQL_INCIDENT_OF) != 0)
		return -1;
	if (domain != NULL)
		query_text(&query, domain);
	query_count(&query, limit);
	query_count(&query, offset);
	return each(&query, fn, arg);
}

int
store_incident(
    struct store *store, uint64_t id, store_incident_fn *fn, void *arg)
{
	struct query query;

	if (query_start(&query, store, SQL_INCIDENT_ONE) != 0)
		return -1;
	query_int(&query, (int64_t)id);
	return each(&query, fn, arg);
}

/* ----------------------------------------------------------------- members */

static int
join(struct store *store, uint64_t incident, const char *domain, struct wall at)
{
	struct query query;

	if (query_start(&query, store, SQL_MEMBER_JOIN) != 0)
		return -1;
	query_text(&query, domain);
	query_int(&query, (int64_t)incident);
	query_int(&query, at.us);
	return query_run(&query);
}

static int
leave(
    struct store *store, uint64_t incident, const char *domain, struct wall at)
{
	struct query query;

	if (query_start(&query, store, SQL_MEMBER_LEAVE) != 0)
		return -1;
	query_int(&query, at.us);
	query_text(&query, domain);
	query_int(&query, (int64_t)incident);
	return query_run(&query);
}

int
store_member(struct store *store, uint64_t incident, const char *domain,
    struct wall at, bool joins)
{
	return (joins ? join : leave)(store, incident, domain, at);
}

int
store_membership(struct store *store, uint64_t incident, const char *domain,
    struct wall *joined, struct wall *parted)
{
	struct query query;
	int found = 0;

	if (query_start(&query, store, SQL_MEMBER_ONE) != 0)
		return -1;
	query_text(&query, domain);
	query_int(&query, (int64_t)incident);
	if (query_row(&query)) {
		joined->us = query_get_int(&query, 0);
		parted->us = query_get_int(&query, 1);
		found = 1;
	}
	return query_done(&query) == 0 ? found : -1;
}

static int
count_members(struct store *store, uint64_t incident, size_t *total)
{
	struct query query;
	int64_t n = 0;

	if (query_start(&query, store, SQL_MEMBER_COUNT) != 0)
		return -1;
	query_int(&query, (int64_t)incident);
	if (query_number(&query, &n) != 0)
		return -1;
	*total = (size_t)n;
	return 0;
}

int
store_members(struct store *store, uint64_t incident, size_t offset,
    size_t limit, size_t *total, store_member_fn *fn, void *arg)
{
	struct query query;

	if (count_members(store, incident, total) != 0 ||
	    query_start(&query, store, SQL_MEMBER_ALL) != 0)
		return -1;
	query_int(&query, (int64_t)incident);
	query_count(&query, limit);
	query_count(&query, offset);
	while (query_row(&query))
		fn(arg, query_get_text(&query, 0));
	return query_done(&query);
}
