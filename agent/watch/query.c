#include <stdlib.h>
#include <string.h>

#include "agent/watch/life.h"
#include "agent/watch/parts.h"

/*
 * What others may ask of the core.
 */

const struct settings *
watch_settings(const struct watch *w)
{
	return w->settings;
}

struct model *
watch_model(const struct watch *w)
{
	return w->model;
}

struct book *
watch_book(const struct watch *w)
{
	return w->book;
}

struct store *
watch_store(const struct watch *w)
{
	return w->store;
}

const struct notify *
watch_notify(const struct watch *w)
{
	return w->notify;
}

const struct schedule *
watch_schedule(const struct watch *w)
{
	return w->schedule;
}

const struct pool *
watch_pool(const struct watch *w)
{
	return w->pool;
}

const struct histogram *
watch_smtp_phase(const struct watch *w, enum smtp_phase phase)
{
	switch (phase) {
	case SMTP_CONNECT:
	case SMTP_GREETING:
	case SMTP_EHLO:
	case SMTP_TLS:
	case SMTP_DONE:
		return &w->phase[phase];
	default:
		return NULL;
	}
}

const struct histogram *
watch_dns_time(const struct watch *w, size_t vantage)
{
	return vantage < w->settings->nvantage ? &w->vantage[vantage].time :
	                                         NULL;
}

/* ------------------------------------------------------------------- domains
 */

/* The places of verdicts on the page: the worst first. */
enum { PLACES = 5 };

static unsigned
place_of(const struct domain *domain)
{
	static const uint8_t place[] = {
		[SEVERITY_OFF] = 3,
		[SEVERITY_OK] = 3,
		[SEVERITY_INFO] = 3,
		[SEVERITY_UNKNOWN] = 1,
		[SEVERITY_WARNING] = 2,
		[SEVERITY_CRITICAL] = 0,
	};

	return domain->standing.known ? place[domain->standing.verdict] : 4;
}

static bool
has_label(const struct domain_group *group, const char *key, const char *value)
{
	for (size_t i = 0; i < group->nlabel; i++)
		if (strcmp(group->label[i].key, key) == 0 &&
		    (value == NULL ||
		        strcmp(group->label[i].value, value) == 0))
			return true;
	return false;
}

static bool
matches(const struct watch *w, const struct domain *domain,
    const struct domain_filter *filter)
{
	const char *unicode = model_unicode(w->model, domain);
	const struct standing *s = &domain->standing;

	if (filter->verdict == -2 && s->known)
		return false;
	if (filter->verdict >= 0 &&
	    (!s->known || s->verdict != filter->verdict))
		return false;
	if (filter->label != NULL &&
	    !has_label(domain->group, filter->label, filter->value))
		return false;
	return filter->search == NULL ||
	    strcasestr(domain->name, filter->search) != NULL ||
	    (unicode != NULL && strcasestr(unicode, filter->search) != NULL);
}

/* Two passes over the domains in the order of their names: how many there are
 * of each place, then those that fall into the page. */
size_t
watch_domains(struct watch *w, const struct domain_filter *filter,
    size_t offset, struct domain **out, size_t n)
{
	size_t count[PLACES] = { 0 }, next[PLACES], all = 0;

	for (size_t i = 0; i < w->nby_name; i++)
		if (matches(w, w->by_name[i], filter))
			count[place_of(w->by_name[i])]++;
	for (size_t p = 0; p < PLACES; p++) {
		next[p] = all;
		all += count[p];
	}
	memset(out, 0, n * sizeof(struct domain *));
	for (size_t i = 0; i < w->nby_name; i++) {
		struct domain *domain = w->by_name[i];
		size_t at;

		if (!matches(w, domain, filter))
			continue;
		at = next[place_of(domain)]++;
		if (at >= offset && at - offset < n)
			out[at - offset] = domain;
	}
	return all;
}

bool
watch_stale(const struct watch *w, const struct domain *domain)
{
	uint64_t interval = domain->group->interval_ms != 0 ?
	    domain->group->interval_ms :
	    w->settings->dns_interval_ms;

	return clock_ms_between(thing_looked(domain_own(domain)),
	           clock_mono()) > 3.0 * (double)interval + 60000;
}

static bool
is_blind(const struct watch *w)
{
	for (int i = 0; i < SIGHT_COUNT; i++)
		if (w->blind_ms[i] >= 0)
			return true;
	return false;
}

static void
add_worst(void *arg, struct cause *cause)
{
	enum severity *worst = arg;

	if ((cause->incident.state == INCIDENT_OPEN ||
	        cause->incident.state == INCIDENT_RECOVERING) &&
	    cause->severity > *worst)
		*worst = cause->severity;
}

bool
watch_doubtful(const struct watch *w, const struct domain *domain)
{
	enum severity worst = SEVERITY_OFF;

	if (domain->standing.verdict < SEVERITY_WARNING || !is_blind(w))
		return false;
	book_of_domain(w->book, domain->id, add_worst, &worst);
	return worst < domain->standing.verdict;
}

static void
count_domain(const struct watch *w, const struct domain *domain,
    struct watch_counts *counts)
{
	const struct standing *s = &domain->standing;

	if (!s->known) {
		counts->pending++;
		return;
	}
	/* What was so once is not known to be so now. */
	if (watch_stale(w, domain) || watch_doubtful(w, domain)) {
		counts->unknown++;
		return;
	}
	counts->ok += s->verdict <= SEVERITY_INFO;
	counts->unknown += s->verdict == SEVERITY_UNKNOWN;
	counts->warning += s->verdict == SEVERITY_WARNING;
	counts->critical += s->verdict == SEVERITY_CRITICAL;
	counts->accepted += s->outcome == OUTCOME_ACCEPTED;
	counts->deferred += s->outcome == OUTCOME_DEFERRED;
	counts->bounced += s->outcome == OUTCOME_BOUNCED;
	counts->refused += s->outcome == OUTCOME_REFUSED;
}

static void
count_cause(void *arg, struct cause *cause)
{
	struct watch_counts *counts = arg;

	counts->open_critical += cause->severity == SEVERITY_CRITICAL;
	counts->open_warning += cause->severity == SEVERITY_WARNING;
}

void
watch_counts(const struct watch *w, struct watch_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	counts->domains = w->nby_name;
	for (size_t i = 0; i < w->nby_name; i++)
		count_domain(w, w->by_name[i], counts);
	book_each(w->book, true, count_cause, counts);
}

/* -------------------------------------------------------------------- health
 */

static const char *
not_ready(const struct watch *w)
{
	struct pool_stats stats;

	if (journal_error(w->journal) != NULL)
		return "the store cannot be written";
	pool_stats(w->pool, &stats);
	if (stats.ready == 0)
		return "no probe process is at work";
	if (w->blind_ms[SIGHT_DNS] >= 0)
		return "no vantage answers";
	return w->stopping ? "it is ending" : NULL;
}

void
watch_health(const struct watch *w, struct watch_health *health)
{
	*health = (struct watch_health){
		.started = w->started,
		.reloaded = w->reloaded,
		.reload_error =
		    *w->reload_error == '\0' ? NULL : w->reload_error,
		.first_pass = w->first_pass,
		.not_ready = not_ready(w),
		.store_error = journal_error(w->journal),
		.looks = w->looks,
		.lost = w->lost,
		.loop_lag_s =
		    w->lag_s > w->lag_before_s ? w->lag_s : w->lag_before_s,
	};
	health->ready = health->not_ready == NULL;
	for (size_t i = 0; i < SIGHT_COUNT; i++) {
		health->blind[i] = w->blind_ms[i] >= 0;
		health->blind_why[i] = w->blind_why[i];
	}
}

bool
watch_progress(const struct watch *w)
{
	struct pool_stats stats;

	pool_stats(w->pool, &stats);
	return clock_ms_between(w->ticked, clock_mono()) < 10000 &&
	    (stats.ready > 0 ||
	        clock_ms_between(w->started_mono, clock_mono()) < 120000);
}
