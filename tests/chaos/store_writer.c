#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/store/store.h"

/*
 * Writes to a store as the agent does, one transaction after the other, and
 * says which were acknowledged; until it is killed.
 *
 *	store_writer PATH FIRST [COUNT]	write from number FIRST on; "ok N" for
 *					each, "failed N: why" for what was not
 *	store_writer PATH FIRST 0 early	lie: say "ok N" before it is written, so
 *					that a test can show that it notices
 *	store_writer PATH		open, say how it was found, what the
 *					last number is, and check the whole
 */
static bool early;

static struct wall
at(long number)
{
	return (struct wall){ 1000000 + number };
}

static int
open_incident(struct store *store, long number, const char *domain)
{
	struct incident_row row = {
		.key = domain,
		.state = "open",
		.rule = "mx.all-down",
		.severity = "critical",
		.message = "every mail server is down",
		.evidence = "[]",
		.opened = at(number),
	};
	struct outbox_row message = {
		.channel = "ops",
		.kind = "opened",
		.message_id = domain,
		.json = "{}",
		.made = at(number),
		.due = at(number),
	};

	if (store_incident_put(store, &row) != 0 ||
	    store_member(store, row.id, domain, at(number), true) != 0)
		return -1;
	message.incident = row.id;
	return store_outbox_put(store, &message);
}

static int
write_one(struct store *store, long number)
{
	char domain[64], text[32];

	snprintf(domain, sizeof(domain), "d%ld.example", number);
	snprintf(text, sizeof(text), "%ld", number);
	if (store_begin(store) != 0)
		return -1;
	if (open_incident(store, number, domain) != 0 ||
	    store_state(store, "domain", domain, "deferred", at(number)) != 0 ||
	    store_meta_put(store, "number", text) != 0) {
		store_rollback(store);
		return -1;
	}
	return store_commit(store);
}

static void
acknowledge(long number)
{
	printf("ok %ld\n", number);
	fflush(stdout);
}

static void
write_many(struct store *store, long first, long count)
{
	for (long i = first; count == 0 || i < first + count; i++) {
		if (early)
			acknowledge(i);
		if (write_one(store, i) != 0)
			printf("failed %ld: %s\n", i, store_why(store));
		else if (!early)
			acknowledge(i);
	}
}

/* ------------------------------------------------------------------- check */

struct check {
	struct store *store;
	long rows, last;
	int wrong;
};

/* Whatever is there is there whole. */
static void
check_incident(void *arg, const struct incident_row *row)
{
	struct check *check = arg;
	long number = strtol(row->key + 1, NULL, 10);
	struct wall joined, parted, first;

	check->rows++;
	if (number > check->last)
		check->last = number;
	if (store_membership(
	        check->store, row->id, row->key, &joined, &parted) != 1 ||
	    store_outbox_told(check->store, "ops", row->id) != 1 ||
	    store_first_state(check->store, "domain", row->key, &first) != 1)
		check->wrong++;
}

static int
check(struct store *store, enum store_found found)
{
	static const char *const names[] = { "fresh", "good", "migrated",
		"damaged" };
	struct check c = { store, 0, -1, 0 };
	char *number = store_meta(store, "number");

	if (store_incidents_live(store, check_incident, &c) != 0 ||
	    store_outbox_waiting(store, "ops") != c.rows ||
	    c.last != (number == NULL ? -1 : atol(number)))
		c.wrong++;
	printf("%s %ld %ld %d\n", names[found], c.rows, c.last, c.wrong);
	free(number);
	return c.wrong != 0;
}

int
main(int argc, char **argv)
{
	struct store_opening opening;
	struct store *store;
	char why[1024];
	int status = 0;

	if (argc < 2) {
		fputs("usage: store_writer PATH [FIRST [COUNT [early]]]\n",
		    stderr);
		return 2;
	}
	early = argc > 4;
	store = store_open(argv[1], &opening, why, sizeof(why));
	if (store == NULL) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	if (argc == 2)
		status = check(store, opening.found);
	else
		write_many(store, atol(argv[2]), argc > 3 ? atol(argv[3]) : 0);
	store_close(store);
	return status;
}
