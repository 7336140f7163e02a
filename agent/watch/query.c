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

/* Does a verdict that is asked for have this place? */
static bool
is_wanted(const struct domain_filter *filter, enum roll_place place)
{
	static const int verdict[] = {
		[ROLL_CRITICAL] = SEVERITY_CRITICAL,
		[ROLL_UNKNOWN] = SEVERITY_UNKNOWN,
		[ROLL_WARNING] = SEVERITY_WARNING,
		[ROLL_OK] = SEVERITY_OK,
		[ROLL_PENDING] = -2,
	};

	return filter->verdict == -1 || filter->verdict == verdict[place];
}

/* Without a search: place by place, from the roll. */
static void
list_all(struct watch *w, const struct domain_filter *filter,
    struct domain_part *part)
{
	size_t skip = part->offset;

	for (enum roll_place p = 0; p < ROLL_PLACES; p++) {
		size_t n = roll_count(w->roll, p);

		if (!is_wanted(filter, p))
			continue;
		part->total += n;
		part->got += roll_pick(
		    w, p, skip, part->domain + part->got, part->n - part->got);
		skip -= skip < n ? skip : n;
	}
}

/* Two passes over those that were found: how many there are of each place,
 * then those that fall into the part. */
static void
list_found(struct watch *w, const struct domain_filter *filter,
    const struct sift *sift, struct domain_part *part)
{
	size_t count[ROLL_PLACES] = { 0 }, next[ROLL_PLACES];
	size_t end = part->offset + part->n, n = w->nby_name;

	for (size_t i = 0; (i = sift_next(sift, i)) < n; i++)
		count[roll_place(w->roll, i)]++;
	for (enum roll_place p = 0; p < ROLL_PLACES; p++) {
		next[p] = part->total;
		part->total += is_wanted(filter, p) ? count[p] : 0;
	}
	part->got = end < part->total ? end : part->total;
	part->got -= part->offset < part->got ? part->offset : part->got;
	for (size_t i = 0, left = part->got;
	     left > 0 && (i = sift_next(sift, i)) < n; i++) {
		enum roll_place place = roll_place(w->roll, i);
		size_t at = next[place]++;

		if (!is_wanted(filter, place) || at < part->offset || at >= end)
			continue;
		part->domain[at - part->offset] = w->by_name[i];
		left--;
	}
}

int
watch_domains(struct watch *w, const struct domain_filter *filter,
    struct domain_part *part)
{
	const struct sift *sift;
	enum sifted found;

	part->got = part->total = 0;
	if (filter->search == NULL && filter->label == NULL) {
		list_all(w, filter, part);
		return 0;
	}
	found = sift_find(w, filter, &sift);
	if (found == SIFT_READY)
		list_found(w, filter, sift, part);
	return found == SIFT_READY ? 0 : found == SIFT_LATER ? WATCH_LATER : -1;
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
