#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "agent/base/log.h"
#include "agent/watch/parts.h"

/*
 * What is to be written, in its order.  All of it goes into one transaction:
 * so a change of state, its row of history and its messages are there together
 * or not at all.  When the store fails, everything stays here and is tried
 * again, each second.
 */

/* More than this, and the store has been away for long: what is not urgent is
 * no longer kept. */
#define ENTRIES_MAX 50000

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

/* All that is there, up to the first that cannot be. */
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

/* bad: what the store refuses for what it is. */
static int
try_all(struct journal *journal, struct entry **bad)
{
	struct store *store = journal->watch->store;
	struct entry *at = NULL;

	*bad = NULL;
	if (store_begin(store) == 0) {
		if (apply_all(journal, &at) == 0 && store_commit(store) == 0)
			return 0;
		store_rollback(store);
	}
	if (at != NULL && store_refused(store))
		*bad = at;
	snprintf(journal->why, sizeof(journal->why), "%s%s%s",
	    at == NULL ? "" : at->kind->name, at == NULL ? "" : ": ",
	    store_why(store));
	return -1;
}

/* One row must not keep all others from being written. */
static int
write_all(struct journal *journal)
{
	struct entry *bad;

	while (try_all(journal, &bad) != 0) {
		if (bad == NULL)
			return -1;
		log_error("%s: cannot be remembered: %s", bad->kind->name,
		    journal->why);
		drop_entry(journal, bad);
	}
	return 0;
}

static const struct log_about failed = { .event = "store-failed" };
static const struct log_about written = { .event = "store-written" };

void
journal_commit(struct journal *journal, bool all)
{
	if (journal->n == 0 || (journal->urgent == 0 && !all))
		return;
	/* While the store fails, it is not asked more than once a second.  And
	 * what follows close upon the last time waits for the next second:
	 * together, the rows of an outage cost little more than a few. */
	if (!all &&
	    (journal->failed ||
	        clock_ms_between(journal->written, clock_mono()) < CLOSE_MS))
		return;
	if (write_all(journal) != 0) {
		if (!journal->failed)
			log_say(LOG_ERROR, &failed,
			    "the store cannot be written: %s (what is to be "
			    "remembered is kept until it can)",
			    journal->why);
		journal->failed = true;
		return;
	}
	if (journal->failed)
		log_say(LOG_INFO, &written, "the store is written again");
	journal->failed = false;
	journal->written = clock_mono();
	journal->forgotten = 0;
	drop_all(journal);
	notify_wake(journal->watch->notify);
}

const char *
journal_error(const struct journal *journal)
{
	return journal->failed ? journal->why : NULL;
}

size_t
journal_waiting(const struct journal *journal)
{
	return journal->n;
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
