#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/base/log.h"
#include "agent/watch/parts.h"

/*
 * What the last run knew: incidents that are not over, sets that were
 * believed, silences.
 */

/* ---------------------------------------------------------------- incidents */

static enum incident_state
state_of(const char *name)
{
	enum incident_state state = INCIDENT_OK;

	while (state <= INCIDENT_RECOVERING &&
	    strcmp(incident_state_name(state), name) != 0)
		state++;
	return state > INCIDENT_RECOVERING ? INCIDENT_SUSPECT : state;
}

static enum cause_kind
kind_of(const char *name)
{
	enum cause_kind kind = CAUSE_DOMAIN;

	while (kind < CAUSE_AGENT && strcmp(cause_kind_name(kind), name) != 0)
		kind++;
	return kind;
}

static enum outcome
outcome_of(const char *name)
{
	enum outcome outcome = OUTCOME_ACCEPTED;

	while (outcome < OUTCOME_UNKNOWN &&
	    strcmp(outcome_name(outcome), name) != 0)
		outcome++;
	return outcome;
}

/* Time of day on the machine's clock. */
static int64_t
mono_of(struct wall at)
{
	struct book_now now = watch_now();

	/* What is later than now was said by a clock that was ahead. */
	return at.us == 0 || at.us > now.wall.us ?
	    now.ms :
	    now.ms - (now.wall.us - at.us) / 1000;
}

static void
read_ips(struct cause *cause, const char *text)
{
	char *copy = strdup(text == NULL ? "" : text), *rest = copy, *word;

	while (copy != NULL && (word = strsep(&rest, " ")) != NULL)
		if (cause->nip < CAUSE_IPS_MAX &&
		    ip_parse(word, &cause->ip[cause->nip]) == 0)
			cause->nip++;
	free(copy);
}

/* The texts live as long as the list. */
static json_t *
read_evidence(struct cause *cause, const char *text)
{
	json_t *list = json_loads(text == NULL ? "[]" : text, 0, NULL), *line;
	size_t i;

	cause->evidence = calloc(json_array_size(list) + 1, sizeof(char *));
	json_array_foreach(list, i, line) if (cause->evidence != NULL &&
	    json_is_string(line)) cause->evidence[cause->nevidence++] =
	    (char *)(uintptr_t)json_string_value(line);
	return list;
}

static void
read_changes(struct incident *incident, const char *text)
{
	json_t *list = json_loads(text == NULL ? "[]" : text, 0, NULL), *at;
	size_t i;

	json_array_foreach(list, i, at) if (incident->nchange <
	    INCIDENT_CHANGES_MAX) incident->change_ms[incident->nchange++] =
	    mono_of((struct wall){ json_integer_value(at) });
	json_decref(list);
}

static void
read_machine(struct incident *incident, const struct incident_row *row)
{
	incident_init(incident);
	incident->state = state_of(row->state);
	incident->flapping = row->flapping;
	incident->strikes = row->strikes;
	incident->goods = row->goods;
	incident->first_ms = mono_of(row->began);
	incident->last_ms = mono_of(row->last);
	incident->due_ms = incident->last_ms;
	read_changes(incident, row->changes);
}

/* Suspicions older than two intervals begin again. */
static int64_t
stale_ms(const struct watch *w, bool by_smtp)
{
	const struct settings *s = w->settings;

	return 2 *
	    (int64_t)(by_smtp ? s->smtp_interval_ms : s->dns_interval_ms);
}

static void
restore_incident(void *arg, const struct incident_row *row)
{
	struct watch *w = arg;
	const struct domain *example =
	    row->example == NULL ? NULL : model_find(w->model, row->example);
	struct cause like = {
		.id = row->id,
		.key = (char *)(uintptr_t)row->key,
		.kind = kind_of(row->kind),
		.by_smtp = row->by_smtp,
		.subject = (char *)(uintptr_t)row->subject,
		.message = (char *)(uintptr_t)row->message,
		.outcome = outcome_of(row->outcome),
		.peak = row->peak,
		.example = example == NULL ? UINT32_MAX : example->id,
		.began = row->began,
		.opened = row->opened,
		.announced = row->announced,
		.acked = row->acked,
		.acked_by = (char *)(uintptr_t)row->acked_by,
		.reminded = row->reminded,
		.reminders = row->reminders,
		.told_members = row->peak,
		.restored = true,
	};
	json_t *evidence = read_evidence(&like, row->evidence);
	struct cause *cause;

	severity_parse(row->severity, &like.severity);
	like.told_severity = like.severity;
	read_ips(&like, row->ips);
	read_machine(&like.incident, row);
	if (row->id >= w->next_incident)
		w->next_incident = row->id + 1;
	cause = book_restore(
	    w->book, &like, row->rule, watch_now(), stale_ms(w, row->by_smtp));
	if (cause == NULL)
		log_warning("incident %llu (%s) is not known any more",
		    (unsigned long long)row->id, row->rule);
	else
		cause->waiting = !cause->announced &&
		    cause->incident.state != INCIDENT_SUSPECT;
	/* The last run did not come to it. */
	if (cause != NULL && cause->waiting)
		tell_soon(w);
	free(like.evidence);
	json_decref(evidence);
}

/* ------------------------------------------------------------------- domains
 */

/* The rows come in the order of names, as the list is. */
struct restoring {
	struct watch *watch;
	size_t next; /* in by_name */
};

/* Its domain, or NULL: half the time of finding it by its name. */
static struct domain *
domain_of(struct restoring *r, const struct domain_row *row)
{
	const struct watch *w = r->watch;

	for (; r->next < w->nby_name; r->next++) {
		struct domain *domain = w->by_name[r->next];
		int order = strcmp(domain->name, row->name);

		if (order >= 0)
			return order == 0 ? domain : NULL;
	}
	return NULL;
}

static void
restore_domain(void *arg, const struct domain_row *row)
{
	struct restoring *r = arg;
	struct watch *w = r->watch;
	struct domain *domain = domain_of(r, row);
	enum severity verdict;
	const char *ns, *mx;

	if (domain == NULL)
		return;
	ns = *row->ns == '\0' ? NULL : set_hold(w, row->ns);
	mx = *row->mx == '\0' ? NULL : set_hold(w, row->mx);
	standing_believe(w, domain, ns, mx);
	set_release(w, ns);
	set_release(w, mx);
	if (severity_parse(row->verdict, &verdict) != 0)
		return;
	domain->standing.verdict = (uint8_t)verdict;
	domain->standing.outcome = (uint8_t)outcome_of(row->outcome);
	domain->standing.since_s = (uint32_t)(row->since.us / 1000000);
}

static void
note_id(void *arg, const struct incident_row *row)
{
	struct watch *w = arg;

	if (row->id >= w->next_incident)
		w->next_incident = row->id + 1;
}

int
restore_all(struct watch *w)
{
	struct restoring restoring = { .watch = w };
	char *done = store_meta(w->store, META_FIRST_PASS);

	w->first_pass = done == NULL;
	free(done);
	w->next_incident = 1;
	if (store_domains(w->store, restore_domain, &restoring) != 0 ||
	    store_incidents(w->store, NULL, 0, 1, note_id, w) != 0 ||
	    store_incidents_live(w->store, restore_incident, w) != 0 ||
	    hush_load(w) != 0)
		return -1;
	return 0;
}
