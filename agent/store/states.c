#include <stdlib.h>
#include <string.h>

#include "agent/store/availability.h"
#include "agent/store/query.h"

/* ------------------------------------------------------------------- write */

/* All three take kind, name, at and, but for the first, state. */
static int
about(struct store *store, enum sql sql, const char *kind, const char *name,
    const struct state_change *change)
{
	struct query query;

	if (query_start(&query, store, sql) != 0)
		return -1;
	query_text(&query, kind);
	query_text(&query, name);
	query_int(&query, change->at.us);
	if (change->state != NULL)
		query_text(&query, change->state);
	return query_run(&query);
}

/* When its last state began: 1, or 0 when there is none, or -1. */
static int
find_last(
    struct store *store, const char *kind, const char *name, struct wall *began)
{
	struct query query;
	int found = 0;

	if (query_start(&query, store, SQL_STATE_LAST) != 0)
		return -1;
	query_text(&query, kind);
	query_text(&query, name);
	if (query_row(&query)) {
		began->us = query_get_int(&query, 0);
		found = 1;
	}
	return query_done(&query) == 0 ? found : -1;
}

/* What is there is cut off and ended only when there is any: most often it is
 * the first state, which then takes 2 us and not 10. */
static int
change_state(struct store *store, const char *kind, const char *name,
    const struct state_change *change)
{
	struct state_change cut = { change->at, NULL };
	struct wall began;
	int found = find_last(store, kind, name, &began);

	if (found == 0)
		return about(store, SQL_STATE_NEW, kind, name, change);
	if (found < 0 ||
	    (began.us >= change->at.us &&
	        about(store, SQL_STATE_CUT, kind, name, &cut) != 0) ||
	    about(store, SQL_STATE_END, kind, name, change) != 0)
		return -1;
	return about(store, SQL_STATE_ADD, kind, name, change);
}

int
store_state(struct store *store, const char *kind, const char *name,
    const char *state, struct wall at)
{
	struct state_change change = { at, state };
	struct together together;

	if (together_begin(store, &together) != 0)
		return -1;
	return together_end(
	    store, &together, change_state(store, kind, name, &change));
}

static int64_t
mark(struct store *store, enum sql sql, struct wall at, int64_t gap)
{
	struct query query;

	if (query_start(&query, store, sql) != 0)
		return -1;
	query_int(&query, at.us);
	if (gap > 0)
		query_int(&query, gap);
	return query_change(&query);
}

int
store_alive(struct store *store, struct wall at)
{
	struct together together;
	int64_t changed = -1;

	if (together_begin(store, &together) != 0)
		return -1;
	if (mark(store, SQL_ALIVE_CUT, at, 0) >= 0)
		changed =
		    mark(store, SQL_ALIVE_STRETCH, at, AVAILABILITY_GAP_US);
	if (changed == 0)
		changed = mark(store, SQL_ALIVE_ADD, at, 0);
	return together_end(store, &together, changed < 0 ? -1 : 0);
}

/* -------------------------------------------------------------------- read */

/* Two lists that grow. */
struct lists {
	struct state_change *change;
	size_t nchange, room;
	struct seen *seen;
	size_t nseen, seen_room;
};

static void *
grow(void *list, size_t n, size_t *room, size_t size)
{
	void *more;

	if (n < *room)
		return list;
	more = reallocarray(list, *room * 2 + 16, size);
	if (more != NULL)
		*room = *room * 2 + 16;
	return more;
}

static int
add_change(struct lists *lists, int64_t at, const char *state)
{
	struct state_change *change =
	    grow(lists->change, lists->nchange, &lists->room, sizeof(*change));
	char *copy = strdup(state);

	if (change != NULL)
		lists->change = change;
	if (change == NULL || copy == NULL) {
		free(copy);
		return -1;
	}
	change[lists->nchange].at.us = at;
	change[lists->nchange++].state = copy;
	return 0;
}

static int
add_seen(struct lists *lists, int64_t first, int64_t last)
{
	struct seen *seen =
	    grow(lists->seen, lists->nseen, &lists->seen_room, sizeof(*seen));

	if (seen == NULL)
		return -1;
	lists->seen = seen;
	seen[lists->nseen++] = (struct seen){ { first }, { last } };
	return 0;
}

static int
read_changes(struct query *query, struct lists *lists)
{
	while (query_row(query))
		if (add_change(lists, query_get_int(query, 0),
		        query_get_text(query, 1)) != 0)
			query->code = SQLITE_NOMEM;
	return query_done(query);
}

static int
read_seen(struct query *query, struct lists *lists)
{
	while (query_row(query))
		if (add_seen(lists, query_get_int(query, 0),
		        query_get_int(query, 1)) != 0)
			query->code = SQLITE_NOMEM;
	return query_done(query);
}

static int
load(struct store *store, const char *kind, const char *name,
    const struct wall span[2], struct lists *lists)
{
	struct query query;

	if (query_start(&query, store, SQL_STATE_OF) != 0)
		return -1;
	query_text(&query, kind);
	query_text(&query, name);
	query_int(&query, span[0].us);
	query_int(&query, span[1].us);
	if (read_changes(&query, lists) != 0 ||
	    query_start(&query, store, SQL_ALIVE_IN) != 0)
		return -1;
	/* Marks just before may reach into it. */
	query_int(&query, span[0].us - AVAILABILITY_GAP_US);
	query_int(&query, span[1].us);
	return read_seen(&query, lists);
}

static void
free_lists(struct lists *lists)
{
	for (size_t i = 0; i < lists->nchange; i++)
		free((char *)lists->change[i].state);
	free(lists->change);
	free(lists->seen);
}

static struct timeline
line_of(const struct lists *lists)
{
	return (struct timeline){ lists->change, lists->nchange, lists->seen,
		lists->nseen };
}

int
store_availability(struct store *store, const char *kind, const char *name,
    struct wall from, struct wall to, struct availability *out)
{
	struct lists lists = { 0 };
	int result =
	    load(store, kind, name, (struct wall[]){ from, to }, &lists);
	struct timeline line = line_of(&lists);

	if (result == 0)
		availability_sum(&line, from, to, out);
	free_lists(&lists);
	return result;
}

int
store_timeline(struct store *store, const char *kind, const char *name,
    struct wall from, struct wall to, store_state_fn *fn, void *arg)
{
	struct lists lists = { 0 };
	int result =
	    load(store, kind, name, (struct wall[]){ from, to }, &lists);
	struct timeline line = line_of(&lists);

	if (result == 0)
		availability_walk(&line, from, to, fn, arg);
	free_lists(&lists);
	return result;
}

int
store_first_state(
    struct store *store, const char *kind, const char *name, struct wall *at)
{
	struct query query;
	int found = 0;

	if (query_start(&query, store, SQL_STATE_FIRST) != 0)
		return -1;
	query_text(&query, kind);
	query_text(&query, name);
	if (query_row(&query)) {
		at->us = query_get_int(&query, 0);
		found = 1;
	}
	return query_done(&query) == 0 ? found : -1;
}
