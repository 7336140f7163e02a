#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/incident/blind.h"
#include "tests/unit/looks.h"
#include "tests/unit/support.h"

#include "tests/unit/fake_parts.h"

/* The functions of watch.h, model.h, book.h, store.h … that the status page
 * calls. */

#define MINUTE 60000000LL
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* ----------------------------------------------------------------- watch */

const double watch_bounds[WATCH_BUCKETS] = { .001, .005, .01, .05, .1, .25, .5,
	1, 2.5, 5, 10, 30 };
const double schedule_bounds[SCHEDULE_BUCKETS] = { .001, .005, .01, .05, .1,
	.25, .5, 1, 2.5, 5, 10, 30 };

const struct settings *
watch_settings(const struct watch *w)
{
	return &w->settings;
}

struct model *
watch_model(const struct watch *w)
{
	return (struct model *)(uintptr_t)w;
}

struct book *
watch_book(const struct watch *w)
{
	return (struct book *)(uintptr_t)w;
}

struct store *
watch_store(const struct watch *w)
{
	return (struct store *)(uintptr_t)w;
}

const struct notify *
watch_notify(const struct watch *w)
{
	return (const struct notify *)w;
}

const struct schedule *
watch_schedule(const struct watch *w)
{
	return (const struct schedule *)w;
}

const struct pool *
watch_pool(const struct watch *w)
{
	return (const struct pool *)w;
}

static void
poison(char **slot, const char *text)
{
	free(*slot);
	*slot = strdup(text);
	assert_non_null(*slot);
}

/* Everything that a server may say. */
static void
poison_facts(struct facts *f, const char *payload)
{
	for (size_t i = 0; i < f->nvantage; i++)
		poison(&f->vantage[i].name, payload);
	for (size_t i = 0; i < f->nsmtp; i++) {
		struct obs_smtp *s = f->smtp[i];

		if (s->text != NULL)
			poison(&s->text, payload);
		if (s->detail != NULL)
			poison(&s->detail, payload);
		if (s->tls != NULL && s->tls->protocol != NULL)
			poison(&s->tls->protocol, payload);
	}
}

struct report *
watch_report(
    struct watch *w, struct domain *d, struct facts **facts, bool *pending)
{
	const struct look *look = &looks[d->id < looks_count ? d->id : 0];

	*facts = look->make();
	*pending = false;
	if (*w->payload != '\0')
		poison_facts(*facts, w->payload);
	return judge(*facts, &w->policy, facts_now);
}

static int
place(const struct domain *d)
{
	static const int weight[] = { [SEVERITY_CRITICAL] = 0,
		[SEVERITY_UNKNOWN] = 1,
		[SEVERITY_WARNING] = 2,
		[SEVERITY_OK] = 3 };

	return d->standing.known ? weight[d->standing.verdict] : 4;
}

static bool
matches(const struct domain *d, const struct domain_filter *f)
{
	bool known = d->standing.known;

	if (f->search != NULL && strcasestr(d->name, f->search) == NULL)
		return false;
	if (f->verdict == -2 && known)
		return false;
	if (f->verdict >= 0 && (!known || d->standing.verdict != f->verdict))
		return false;
	return f->label == NULL || strcmp(f->label, "plan") == 0;
}

int
watch_domains(
    struct watch *w, const struct domain_filter *f, struct domain_part *part)
{
	part->got = part->total = 0;
	if (w->later > 0) {
		w->later--;
		return WATCH_LATER;
	}
	for (int p = 0; p < 5; p++)
		for (size_t i = 0; i < w->ndomain; i++) {
			if (place(&w->domain[i]) != p ||
			    !matches(&w->domain[i], f))
				continue;
			if (part->total++ >= part->offset &&
			    part->got < part->n)
				part->domain[part->got++] = &w->domain[i];
		}
	return 0;
}

bool
watch_stale(const struct watch *w, const struct domain *d)
{
	return w->stale[d->id];
}

/* Blind since it was judged, if at all. */
bool
watch_doubtful(const struct watch *w, const struct domain *d)
{
	return w->health.blind[0] && d->standing.verdict >= SEVERITY_WARNING;
}

void
watch_counts(const struct watch *w, struct watch_counts *c)
{
	memset(c, 0, sizeof(*c));
	c->domains = w->ndomain;
	for (size_t i = 0; i < w->ndomain; i++) {
		const struct standing *s = &w->domain[i].standing;

		if (!s->known) {
			c->pending++;
			continue;
		}
		c->ok += s->verdict == SEVERITY_OK;
		c->warning += s->verdict == SEVERITY_WARNING;
		c->critical += s->verdict == SEVERITY_CRITICAL;
		c->unknown += s->verdict == SEVERITY_UNKNOWN;
		c->accepted += s->outcome == OUTCOME_ACCEPTED;
		c->deferred += s->outcome == OUTCOME_DEFERRED;
		c->bounced += s->outcome == OUTCOME_BOUNCED;
		c->refused += s->outcome == OUTCOME_REFUSED;
	}
	c->open_critical = 1;
	c->open_warning = 2;
}

void
watch_health(const struct watch *w, struct watch_health *h)
{
	*h = w->health;
}

bool
watch_vantage(const struct watch *w, size_t i, struct vantage_health *v)
{
	static const char *const name[] = { "local", "quad9", "cloudflare" };

	if (i >= 3)
		return false;
	*v = (struct vantage_health){ .name = name[i],
		.resolver = "192.0.2.1:53",
		.alive = i == 1 ? TRI_NO : TRI_YES,
		.excluded = i == 1,
		.why = w->payload };
	return true;
}

static const struct histogram times = {
	{ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 }, 12.5
};

const struct histogram *
watch_smtp_phase(const struct watch *w, enum smtp_phase phase)
{
	(void)w;
	return phase == SMTP_STARTTLS || phase == SMTP_RCPT ? NULL : &times;
}

const struct histogram *
watch_dns_time(const struct watch *w, size_t vantage)
{
	(void)w;
	(void)vantage;
	return &times;
}

struct message *
watch_describe(struct watch *w, const struct cause *c, enum message_kind kind)
{
	struct message *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->kind = kind;
	m->severity = c->severity;
	m->rule = strdup(c->rule->id);
	m->title = strdup(w->payload);
	m->senders = strdup(w->payload);
	m->remedy = strdup(w->payload);
	m->evidence = calloc(2, sizeof(char *));
	assert_non_null(m->evidence);
	m->evidence[0] = strdup(w->payload);
	m->evidence[1] = strdup("local and quad9 see it, cloudflare as well");
	m->nevidence = 2;
	return m;
}

void
message_free(struct message *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->nevidence; i++)
		free(m->evidence[i]);
	free(m->evidence);
	free(m->rule);
	free(m->title);
	free(m->senders);
	free(m->remedy);
	free(m);
}

const char *
watch_hush(struct watch *w, const struct cause *c)
{
	return c->id == 18 ? w->payload : NULL;
}

bool
notify_stats(const struct notify *n, size_t i, struct notify_stats *s)
{
	const struct watch *w = (const struct watch *)n;

	if (i >= 2)
		return false;
	*s = (struct notify_stats){ .channel = i == 0 ? "ops" : "pager",
		.waiting = i,
		.delivered = 12,
		.failed = 3,
		.error = i == 0 ? NULL : w->payload };
	return true;
}

void
pool_stats(const struct pool *p, struct pool_stats *s)
{
	(void)p;
	*s = (struct pool_stats){ 4, 4, 0, 37, 1, 0 };
}

size_t
schedule_count(const struct schedule *s)
{
	(void)s;
	return 321;
}

const struct lateness *
schedule_lateness(const struct schedule *s)
{
	static const struct lateness late = { { 100, 20, 3 }, 1.5, 0.009 };

	(void)s;
	return &late;
}

const char *
sight_name(enum sight sight)
{
	static const char *const name[] = { "DNS", "port 25 over IPv4",
		"port 25 over IPv6" };

	return name[sight];
}

const char *
incident_state_name(enum incident_state state)
{
	static const char *const name[] = { "ok", "suspect", "open",
		"recovering" };

	return name[state];
}

/* ----------------------------------------------------------------- model */

static struct watch *
of_model(const struct model *m)
{
	return (struct watch *)(uintptr_t)m;
}

struct domain *
model_find(const struct model *m, const char *name)
{
	struct watch *w = of_model(m);

	for (size_t i = 0; i < w->ndomain; i++)
		if (strcmp(w->domain[i].name, name) == 0)
			return &w->domain[i];
	return NULL;
}

struct domain *
model_domain(const struct model *m, uint32_t id)
{
	struct watch *w = of_model(m);

	return id < w->ndomain ? &w->domain[id] : NULL;
}

size_t
model_count(const struct model *m)
{
	return of_model(m)->ndomain;
}

uint32_t
model_ids(const struct model *m)
{
	return (uint32_t)of_model(m)->ndomain;
}

struct thing *
model_name(const struct model *m, const char *name)
{
	struct watch *w = of_model(m);

	w->host.refs = (uint32_t)(w->ndomain < 150 ? w->ndomain : 150);
	return strncmp(name, "mx", 2) == 0 ? &w->host : NULL;
}

void
model_each(const struct model *m, enum thing_kind kind, model_thing_fn *each,
    void *arg)
{
	struct watch *w = of_model(m);

	for (size_t i = 0; kind == THING_ENDPOINT && i < FAKE_ENDPOINTS; i++)
		each(arg, &w->endpoint[i]);
}

struct thing *
model_endpoint(const struct model *m, const struct ip *ip)
{
	struct watch *w = of_model(m);

	for (size_t i = 0; i < FAKE_ENDPOINTS; i++)
		if (ip_compare(&w->ip[i], ip) == 0)
			return &w->endpoint[i];
	return NULL;
}

/* The endpoints stand in a row in their watch; how many users each has says
 * which it is. */
static const struct watch *
watch_of(const struct thing *t)
{
	const char *first = (const char *)(t - (t->refs - 1));

	return (const void *)(first - offsetof(struct watch, endpoint));
}

const struct obs_smtp *
model_dialogue(const struct thing *t)
{
	return watch_of(t)->said[t->refs - 1];
}

const struct ip *
thing_ip(const struct thing *t)
{
	return &watch_of(t)->ip[t->refs - 1];
}

const char *
model_unicode(const struct model *m, const struct domain *domain)
{
	const struct watch *w = of_model(m);

	return w->unicode[domain - w->domain];
}

void
model_users(struct model *m, const struct thing *t, size_t skip, size_t n,
    model_domain_fn *each, void *arg)
{
	struct watch *w = of_model(m);

	(void)t;
	for (size_t i = skip; i < w->ndomain && i < 150 && n > 0; i++, n--)
		each(arg, &w->domain[i]);
}

void
model_stats(const struct model *m, struct model_stats *s)
{
	(void)m;
	*s = (struct model_stats){ 5, 20, 8, FAKE_ENDPOINTS, 90 };
}

/* ------------------------------------------------------------------ book */

struct cause *
book_by_id(const struct book *b, uint64_t id)
{
	struct watch *w = (struct watch *)(uintptr_t)b;

	for (size_t i = 0; i < w->ncause; i++)
		if (w->cause[i].id == id)
			return &w->cause[i];
	return NULL;
}

void
book_each(const struct book *b, bool open_only, book_cause_fn *each, void *arg)
{
	struct watch *w = (struct watch *)(uintptr_t)b;

	(void)open_only;
	for (size_t i = 0; i < w->ncause; i++)
		each(arg, &w->cause[i]);
}

void
book_of_domain(
    const struct book *b, uint32_t domain, book_cause_fn *each, void *arg)
{
	struct watch *w = (struct watch *)(uintptr_t)b;

	if (domain == 1 || domain == 2)
		each(arg, &w->cause[0]);
}

/* ----------------------------------------------------------------- store */

static void
past_row(const struct watch *w, uint64_t id, struct incident_row *r)
{
	*r = (struct incident_row){ .id = id,
		.key = "servers 192.0.2.25",
		.kind = "mail servers",
		.rule = "mx.all-down",
		.severity = "critical",
		.state = "ok",
		.subject = w->payload,
		.message = w->payload,
		.evidence = "[\"mx1: timeout at connect\", \"mx2: 554\"]",
		.outcome = "deferred",
		.peak = 12,
		.began = { clock_wall().us - (int64_t)(20 - id) * DAY },
		.closed = { clock_wall().us - (int64_t)(20 - id) * DAY +
		    50 * MINUTE },
		.example = "d00099.example" };
}

int
store_incidents(struct store *s, const char *domain, size_t offset,
    size_t limit, store_incident_fn *each, void *arg)
{
	const struct watch *w = (const struct watch *)s;
	struct incident_row row;

	(void)domain;
	for (size_t i = offset; i < 9 && i - offset < limit; i++) {
		past_row(w, 9 - i, &row);
		each(arg, &row);
	}
	return w->store_fails ? -1 : 0;
}

int
store_incident(struct store *s, uint64_t id, store_incident_fn *each, void *arg)
{
	const struct watch *w = (const struct watch *)s;
	struct incident_row row;

	if (id < 10) {
		past_row(w, id, &row);
		each(arg, &row);
	}
	return w->store_fails ? -1 : 0;
}

int
store_first_state(
    struct store *s, const char *kind, const char *name, struct wall *first)
{
	(void)s;
	(void)kind;
	(void)name;
	first->us = clock_wall().us - 29 * DAY;
	return 1;
}

/* All domains, and one that is not watched. */
int
store_members(struct store *s, uint64_t incident, size_t offset, size_t limit,
    size_t *total, store_member_fn *each, void *arg)
{
	const struct watch *w = (const struct watch *)s;

	(void)incident;
	*total = w->ndomain + 1;
	for (size_t i = offset; i < *total && i - offset < limit; i++)
		each(arg, i == 0 ? "gone.example" : w->domain[i - 1].name);
	return w->store_fails ? -1 : 0;
}

int
store_availability(struct store *s, const char *kind, const char *name,
    struct wall from, struct wall to, struct availability *out)
{
	double all = (double)(to.us - from.us) / 60e6;

	(void)s;
	(void)kind;
	(void)name;
	*out = (struct availability){ .accepted_min = all - 64,
		.deferred_min = 47,
		.bounced_min = all > 2000 ? 5 : 0,
		.unknown_min = 12 };
	return 0;
}

int
store_timeline(struct store *s, const char *kind, const char *name,
    struct wall from, struct wall to, store_state_fn *each, void *arg)
{
	static const struct {
		const char *state;
		int hours;
	} past[] = { { "unknown", 30 }, { "accepted", 200 }, { "deferred", 7 },
		{ "accepted", 150 }, { "bounced", 2 }, { "accepted", 240 },
		{ "unknown", 8 } };
	struct wall at = { from.us + 20 * HOUR };

	(void)s;
	(void)kind;
	(void)name;
	for (size_t i = 0; i < sizeof(past) / sizeof(*past); i++) {
		struct wall end = { at.us + past[i].hours * HOUR };

		each(arg, past[i].state, at, end);
		at = end;
	}
	each(arg, "accepted", at, to);
	return ((const struct watch *)s)->store_fails ? -1 : 0;
}

int
store_history(struct store *s, const char *name, struct wall from,
    struct wall to, size_t offset, size_t limit, store_history_fn *each,
    void *arg)
{
	static const char *const what[] = { "opened", "grown", "mx.changed",
		"closed" };
	const struct watch *w = (const struct watch *)s;

	(void)from;
	(void)offset;
	for (size_t i = 0; i < 4 && i < limit; i++) {
		struct history_row row = { .at = { to.us -
			                       (int64_t)i * 7 * HOUR },
			.name = name == NULL ? "d00001.example" : name,
			.what = what[i],
			.text = w->payload,
			.incident = i == 2 ? 0 : 17 };

		each(arg, &row);
	}
	return w->store_fails ? -1 : 0;
}
