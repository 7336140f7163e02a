#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "agent/base/log.h"
#include "agent/watch/journal_parts.h"

/*
 * What is to be written, in its order.  All of it goes into one transaction:
 * so a change of state, its row of history and its messages are there together
 * or not at all.  When the store fails, everything stays here and is tried
 * again, each second.
 *
 * How the domains stand and what they join is in rows of another kind
 * (journal_bulk.c), which a restart would make anew.  A few of them go with the
 * rest.  When they are many, as when a mail host of 200,000 domains dies, they
 * follow behind in slices, so that the loop goes on meanwhile.
 */

/* More than this, and the store has been away for long: what is not urgent is
 * no longer kept. */
#define ENTRIES_MAX 50000

/* Of the rows that come in bulk, so many go with the rest. */
#define FEW 500

/* A slice of them, and how long the loop is left alone then; and the slices of
 * one that cannot wait. */
#define SLICE_MS 4
#define PAUSE_MS 12
#define LONG_MS  1000

/* So long after the last time, what is urgent need not be written at once. */
#define CLOSE_MS 500

struct entry {
	TAILQ_ENTRY(entry) link;
	const struct journal_kind *kind;
	void *what;
};

struct journal {
	struct watch *watch;
	TAILQ_HEAD(entries, entry) entries;
	size_t n, urgent;
	struct bulk bulk;
	uint64_t forgotten;
	bool failed;
	struct mono written;
	char why[256];
};

struct journal *
journal_new(struct watch *w)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	if (journal == NULL)
		return NULL;
	journal->watch = w;
	TAILQ_INIT(&journal->entries);
	bulk_init(&journal->bulk);
	return journal;
}

static void
drop_entry(struct journal *journal, struct entry *entry)
{
	TAILQ_REMOVE(&journal->entries, entry, link);
	journal->n--;
	journal->urgent -= entry->kind->urgent;
	entry->kind->drop(entry->what);
	free(entry);
}

static void
drop_all(struct journal *journal)
{
	while (journal->n > 0)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): off the list */
		drop_entry(journal, TAILQ_FIRST(&journal->entries));
}

void
journal_free(struct journal *journal)
{
	if (journal == NULL)
		return;
	drop_all(journal);
	bulk_free(&journal->bulk);
	free(journal);
}

void
journal_add(
    struct journal *journal, const struct journal_kind *kind, void *what)
{
	struct entry *entry = NULL;
	bool full = journal->n >= ENTRIES_MAX && !kind->urgent;

	if (what != NULL && !full)
		entry = malloc(sizeof(*entry));
	if (entry == NULL) {
		if (journal->forgotten++ == 0)
			log_error("%s: not kept: %s", kind->name,
			    full ? "the store has been away for too long" :
			           "out of memory");
		if (what != NULL)
			kind->drop(what);
		return;
	}
	entry->kind = kind;
	entry->what = what;
	TAILQ_INSERT_TAIL(&journal->entries, entry, link);
	journal->n++;
	journal->urgent += kind->urgent;
}

bool
journal_replace(struct journal *journal, const struct journal_kind *kind,
    bool (*same)(const void *, const void *), void *what)
{
	struct entry *entry;

	if (!journal->failed)
		return false;
	TAILQ_FOREACH_REVERSE(entry, &journal->entries, entries, link)
	if (entry->kind == kind && same(entry->what, what)) {
		kind->drop(entry->what);
		entry->what = what;
		return true;
	}
	return false;
}

/* ---------------------------------------------------------------- writing */

/* All entries, up to the first that cannot be. */
static int
apply_all(struct journal *journal, struct entry **bad)
{
	struct entry *entry;

	TAILQ_FOREACH (entry, &journal->entries, link)
		if (entry->kind->apply(journal->watch, entry->what) != 0) {
			*bad = entry;
			return -1;
		}
	return 0;
}

static int
explain(struct journal *journal, const char *what)
{
	snprintf(journal->why, sizeof(journal->why), "%s%s%s",
	    what == NULL ? "" : what, what == NULL ? "" : ": ",
	    store_why(journal->watch->store));
	return -1;
}

/* bad: what the store refuses for what it is. */
static int
try_all(struct journal *journal, struct entry **bad)
{
	struct store *store = journal->watch->store;
	struct entry *at = NULL;
	bool few = journal->bulk.n <= FEW;

	*bad = NULL;
	journal->bulk.put = 0;
	journal->bulk.bad = NULL;
	if (store_begin(store) == 0) {
		if (apply_all(journal, &at) == 0 &&
		    (!few ||
		        bulk_put(journal->watch, &journal->bulk, LONG_MS) ==
		            0) &&
		    store_commit(store) == 0)
			return 0;
		store_rollback(store);
	}
	if (at != NULL && store_refused(store))
		*bad = at;
	return explain(journal, at == NULL ? NULL : at->kind->name);
}

/* One row must not keep all others from being written. */
static bool
leave_out(struct journal *journal, struct entry *bad)
{
	const char *name = NULL;

	if (bad != NULL)
		name = bad->kind->name;
	else if (store_refused(journal->watch->store))
		name = bulk_refused(&journal->bulk);
	if (name == NULL)
		return false;
	log_error("%s: cannot be remembered: %s", name, journal->why);
	if (bad != NULL)
		drop_entry(journal, bad);
	return true;
}

static int
write_all(struct journal *journal)
{
	struct entry *bad;

	while (try_all(journal, &bad) != 0)
		if (!leave_out(journal, bad))
			return -1;
	drop_all(journal);
	bulk_done(&journal->bulk);
	return 0;
}

static int
try_slice(struct journal *journal, double ms)
{
	struct store *store = journal->watch->store;

	if (store_begin_lazy(store) != 0)
		return -1;
	if (bulk_put(journal->watch, &journal->bulk, ms) == 0 &&
	    store_commit(store) == 0)
		return 0;
	store_rollback(store);
	return -1;
}

/* Rows in bulk, for so long.  A loss of power may undo it, as it is not waited
 * for the disk; a restart makes them anew. */
static int
write_slice(struct journal *journal, double ms)
{
	while (try_slice(journal, ms) != 0) {
		explain(journal, NULL);
		if (!leave_out(journal, NULL))
			return -1;
	}
	bulk_done(&journal->bulk);
	return 0;
}

static const struct log_about failed = { .event = "store-failed" };
static const struct log_about written = { .event = "store-written" };

static void
note(struct journal *journal, int result)
{
	if (result != 0 && !journal->failed)
		log_say(LOG_ERROR, &failed,
		    "the store cannot be written: %s (what is to be "
		    "remembered is kept until it can)",
		    journal->why);
	if (result == 0 && journal->failed)
		log_say(LOG_INFO, &written, "the store is written again");
	if (result == 0)
		journal->forgotten = 0;
	journal->failed = result != 0;
}

/* The rows in bulk follow what they may refer to.  While the log is brought
 * into the database they wait: it begins anew only when all of it is there. */
static void
follow(uv_timer_t *timer)
{
	struct watch *w = timer->data;
	struct journal *journal = w->journal;

	if (journal->failed || journal->bulk.n == 0)
		return;
	if (journal->n > 0)
		journal_commit(journal, true);
	else if (w->checkpoint == NULL)
		note(journal, write_slice(journal, SLICE_MS));
	if (!journal->failed && journal->bulk.n > 0)
		uv_timer_start(timer, follow, PAUSE_MS, 0);
	checkpoint_soon(w);
}

static void
follow_soon(struct journal *journal)
{
	uv_timer_t *timer = &journal->watch->follow;

	if (journal->bulk.n > FEW && !journal->failed &&
	    !journal->watch->stopping && !uv_is_active((uv_handle_t *)timer))
		uv_timer_start(timer, follow, PAUSE_MS, 0);
}

void
journal_commit(struct journal *journal, bool all)
{
	bool few = journal->bulk.n > 0 && journal->bulk.n <= FEW;

	/* While the store fails, it is not asked more than once a second.  And
	 * what follows close upon the last time waits for the next second:
	 * together, the rows of an outage cost little more than a few. */
	if (!all &&
	    (journal->urgent == 0 || journal->failed ||
	        clock_ms_between(journal->written, clock_mono()) < CLOSE_MS))
		return;
	if (journal->n > 0 || few) {
		note(journal, write_all(journal));
		if (journal->failed)
			return;
		journal->written = clock_mono();
		notify_wake(journal->watch->notify);
	} else if (journal->failed && journal->bulk.n > 0) {
		note(journal, write_slice(journal, SLICE_MS));
	}
	follow_soon(journal);
	checkpoint_soon(journal->watch);
}

void
journal_finish(struct journal *journal)
{
	journal_commit(journal, true);
	while (!journal->failed && journal->bulk.n > 0)
		note(journal, write_slice(journal, LONG_MS));
}

void
journal_forget(struct journal *journal, uint32_t domain)
{
	if (journal->bulk.n == 0)
		return;
	journal_finish(journal);
	bulk_void(&journal->bulk, domain);
}

/* -------------------------------------------------------------- in bulk */

static void
added(struct journal *journal, const char *what, int result)
{
	if (result != 0 && journal->forgotten++ == 0)
		log_error("%s: not kept: too much waits for the store", what);
	follow_soon(journal);
}

void
journal_moved(
    struct watch *w, const struct cause *cause, uint32_t domain, bool joins)
{
	added(w->journal, "member",
	    bulk_member(
	        &w->journal->bulk, cause->id, domain, joins, clock_wall()));
}

/* In one go, so that it takes a millisecond for 200,000. */
void
journal_joined(struct watch *w, const struct cause *cause)
{
	struct wall now = clock_wall();
	int result = 0;

	for (size_t i = 0; i < cause->nmember; i++)
		result |= bulk_member(
		    &w->journal->bulk, cause->id, cause->member[i], true, now);
	added(w->journal, "member", result);
}

void
journal_standing(struct watch *w, const struct domain *domain, bool turned)
{
	added(w->journal, "domain",
	    bulk_standing(&w->journal->bulk, domain, turned));
}

const char *
journal_error(const struct journal *journal)
{
	return journal->failed ? journal->why : NULL;
}

size_t
journal_waiting(const struct journal *journal)
{
	return journal->n + journal->bulk.n;
}

void
journal_each(struct journal *journal, const struct journal_kind *kind,
    void (*each)(struct watch *, void *what))
{
	struct entry *entry;

	TAILQ_FOREACH (entry, &journal->entries, link)
		if (entry->kind == kind)
			each(journal->watch, entry->what);
}
