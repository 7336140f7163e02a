#include <stdlib.h>
#include <string.h>

#include "agent/watch/parts.h"

/*
 * The rows that are written often, as they lie in the journal: each one a
 * struct with its texts behind it in the same block.
 */

#define TEXTS 3

struct row {
	struct wall at;
	uint64_t number;
	bool flag;
	const char *text[TEXTS];
};

/* A row with copies of n texts, of which each may be NULL. */
static struct row *
new_row(const char *const *text, size_t n)
{
	size_t size = sizeof(struct row);
	struct row *row;
	char *at;

	for (size_t i = 0; i < n; i++)
		size += text[i] == NULL ? 0 : strlen(text[i]) + 1;
	row = calloc(1, size);
	if (row == NULL)
		return NULL;
	row->at = clock_wall();
	at = (char *)(row + 1);
	for (size_t i = 0; i < n; i++) {
		if (text[i] == NULL)
			continue;
		row->text[i] = memcpy(at, text[i], strlen(text[i]) + 1);
		at += strlen(at) + 1;
	}
	return row;
}

static int
put_history(struct watch *w, void *what)
{
	const struct row *row = what;
	const struct history_row history = {
		.at = row->at,
		.name = row->text[0],
		.what = row->text[1],
		.text = row->text[2],
		.incident = row->number,
	};

	return store_history_put(w->store, &history);
}

void
journal_history(struct watch *w, const char *name, const char *what,
    const char *text, uint64_t incident)
{
	static const struct journal_kind kind = { "history", true, put_history,
		free };
	struct row *row = new_row((const char *[]){ name, what, text }, 3);

	if (row != NULL)
		row->number = incident;
	journal_add(w->journal, &kind, row);
}

static int
put_state(struct watch *w, void *what)
{
	const struct row *row = what;

	return store_state(
	    w->store, row->text[0], row->text[1], row->text[2], row->at);
}

void
journal_state(
    struct watch *w, const char *kind, const char *name, const char *state)
{
	static const struct journal_kind entry = { "state", false, put_state,
		free };

	journal_add(w->journal, &entry,
	    new_row((const char *[]){ kind, name, state }, 3));
}

static int
put_member(struct watch *w, void *what)
{
	const struct row *row = what;

	return store_member(
	    w->store, row->number, row->text[0], row->at, row->flag);
}

void
journal_member(
    struct watch *w, uint64_t incident, const char *domain, bool joins)
{
	static const struct journal_kind kind = { "member", false, put_member,
		free };
	struct row *row = new_row(&domain, 1);

	if (row != NULL) {
		row->number = incident;
		row->flag = joins;
	}
	journal_add(w->journal, &kind, row);
}

static int
put_meta(struct watch *w, void *what)
{
	const struct row *row = what;

	return store_meta_put(w->store, row->text[0], row->text[1]);
}

void
journal_meta(struct watch *w, const char *key, const char *value)
{
	static const struct journal_kind kind = { "meta", true, put_meta,
		free };

	journal_add(
	    w->journal, &kind, new_row((const char *[]){ key, value }, 2));
}

static int
drop_domain(struct watch *w, void *what)
{
	const struct row *row = what;

	return store_domain_drop(w->store, row->text[0]);
}

void
journal_gone(struct watch *w, const char *domain)
{
	static const struct journal_kind kind = { "domain", false, drop_domain,
		free };

	journal_add(w->journal, &kind, new_row(&domain, 1));
}
