#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/base/log.h"
#include "agent/watch/parts.h"

/*
 * A cause as a row of the store.  The row is made when something happens and
 * written with the journal: what it holds is copied.
 */

struct saved {
	struct incident_row row;
	char *key, *subject, *message, *evidence, *ips, *acked_by, *example,
	    *changes;
};

static void
drop_saved(void *what)
{
	struct saved *saved = what;

	free(saved->key);
	free(saved->subject);
	free(saved->message);
	free(saved->evidence);
	free(saved->ips);
	free(saved->acked_by);
	free(saved->example);
	free(saved->changes);
	free(saved);
}

static int
put_saved(struct watch *w, void *what)
{
	struct saved *saved = what;

	return store_incident_put(w->store, &saved->row);
}

static char *
copy(const char *text)
{
	return text == NULL ? NULL : strdup(text);
}

static char *
texts_as_json(char **text, size_t n)
{
	json_t *list = json_array();
	char *json;

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_string(text[i]));
	json = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	return json;
}

/* Confirmed changes as times of day: the machine's clock does not outlive the
 * process. */
static char *
changes_as_json(const struct incident *incident)
{
	struct book_now now = watch_now();
	json_t *list = json_array();
	unsigned n = incident->nchange < INCIDENT_CHANGES_MAX ?
	    incident->nchange :
	    INCIDENT_CHANGES_MAX;
	char *json;

	for (unsigned i = 0; i < n; i++)
		(void)json_array_append_new(list,
		    json_integer(now.wall.us +
		        (incident->change_ms[i] - now.ms) * 1000));
	json = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	return json;
}

static char *
ips_as_text(const struct cause *cause)
{
	struct buf text;
	char ip[IP_TEXT];

	buf_init(&text, 0);
	for (size_t i = 0; i < cause->nip; i++)
		buf_printf(&text, "%s%s", i > 0 ? " " : "",
		    ip_format(&cause->ip[i], ip));
	return buf_take(&text);
}

static struct wall
wall_of(int64_t ms)
{
	struct book_now now = watch_now();

	return (struct wall){ now.wall.us + (ms - now.ms) * 1000 };
}

static const char *
example_of(const struct watch *w, const struct cause *cause)
{
	const struct domain *domain = model_domain(w->model, cause->example);

	return domain == NULL ? NULL : domain->name;
}

static void
fill(const struct cause *cause, struct incident_row *row)
{
	const struct incident *incident = &cause->incident;

	row->id = cause->id;
	row->kind = cause_kind_name(cause->kind);
	row->rule = cause->rule->id;
	row->severity = severity_name(cause->severity);
	row->state = incident_state_name(incident->state);
	row->outcome = outcome_name(cause->outcome);
	row->by_smtp = cause->by_smtp;
	row->announced = cause->announced;
	row->flapping = incident->flapping;
	row->strikes = incident->strikes;
	row->goods = incident->goods;
	row->peak = cause->peak;
	row->total = cause->nmember;
	row->began = cause->began;
	row->opened = cause->opened;
	/* What flaps is not over for good. */
	if (!incident->flapping)
		row->closed = cause->closed;
	row->last = wall_of(incident->last_ms);
	row->acked = cause->acked;
	row->reminded = cause->reminded;
	row->reminders = cause->reminders;
}

/* Was there memory for all of it? */
static bool
is_whole(const struct saved *saved, const struct cause *cause)
{
	return saved->key != NULL && saved->subject != NULL &&
	    saved->message != NULL && saved->evidence != NULL &&
	    saved->ips != NULL && saved->changes != NULL &&
	    (saved->acked_by != NULL || cause->acked_by == NULL);
}

static struct saved *
new_saved(const struct watch *w, const struct cause *cause)
{
	struct saved *saved = calloc(1, sizeof(*saved));

	if (saved == NULL)
		return NULL;
	fill(cause, &saved->row);
	saved->row.key = saved->key = copy(cause->key);
	saved->row.subject = saved->subject = copy(cause->subject);
	saved->row.message = saved->message = copy(cause->message);
	saved->row.evidence = saved->evidence =
	    texts_as_json(cause->evidence, cause->nevidence);
	saved->row.ips = saved->ips = ips_as_text(cause);
	saved->row.acked_by = saved->acked_by = copy(cause->acked_by);
	saved->row.example = saved->example = copy(example_of(w, cause));
	saved->row.changes = saved->changes = changes_as_json(&cause->incident);
	if (is_whole(saved, cause))
		return saved;
	drop_saved(saved);
	return NULL;
}

static bool
is_same(const void *a, const void *b)
{
	return ((const struct saved *)a)->row.id ==
	    ((const struct saved *)b)->row.id;
}

void
save_cause(struct watch *w, struct cause *cause)
{
	static const struct journal_kind kind = { "incident", true, put_saved,
		drop_saved };

	struct saved *saved;

	if (cause->id == 0)
		cause->id = w->next_incident++;
	saved = new_saved(w, cause);
	/* While the store fails, the last word on each is enough. */
	if (saved == NULL ||
	    !journal_replace(w->journal, &kind, is_same, saved))
		journal_add(w->journal, &kind, saved);
}

static int
drop_row(struct watch *w, void *what)
{
	const uint64_t *id = what;

	return store_incident_drop(w->store, *id);
}

void
save_drop(struct watch *w, struct cause *cause)
{
	static const struct journal_kind kind = { "incident", true, drop_row,
		free };
	uint64_t *id;

	if (cause->id == 0)
		return;
	id = malloc(sizeof(*id));
	if (id != NULL)
		*id = cause->id;
	journal_add(w->journal, &kind, id);
}
