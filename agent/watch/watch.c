#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/watch/life.h"
#include "agent/watch/parts.h"

/*
 * The core's life, and what it does every second.
 */

/* Domains a probe process is thought to be busy with. */
#define DOMAINS_A_WORKER 5000
#define WORKERS_MAX      32
#define IN_FLIGHT        4000

/* How often what is too old is forgotten, and how many ticks a minute has. */
#define TRIM_S   600
#define MINUTE_S 60

struct book_now
watch_now(void)
{
	return (struct book_now){ .ms = clock_mono().us / 1000,
		.wall = clock_wall() };
}

/* ------------------------------------------------------------- the model's */

static const char *
refuses(void *arg, const struct ip *ip)
{
	struct watch *w = arg;

	return egress_refuses(w->egress, EGRESS_PROBE, ip);
}

static uint32_t
find_asn(void *arg, const struct ip *ip)
{
	struct watch *w = arg;

	return w->asn == NULL ? 0 : asn_find(w->asn, ip);
}

static const struct model_hooks model_hooks = {
	.wanted = look_wanted,
	.unwanted = look_unwanted,
	.refuses = refuses,
	.asn = find_asn,
};

static const struct book_hooks book_hooks = {
	.news = tell_news,
	.grown = tell_grown,
	.look = tell_look,
	.outlives = tell_outlives,
	.moved = tell_moved,
};

/* --------------------------------------------------------------- every second
 */

static void
measure_lag(struct watch *w)
{
	struct mono now = clock_mono();
	double lag = clock_ms_between(w->ticked, now) / 1000 - 1;

	if (w->seconds % MINUTE_S == 0) {
		w->lag_before_s = w->lag_s;
		w->lag_s = 0;
	}
	if (w->seconds > 0 && lag > w->lag_s)
		w->lag_s = lag;
	w->ticked = now;
}

/* A piece; the next one a second later, when there is more. */
static void
trim(struct watch *w)
{
	struct wall before = { clock_wall().us -
		(int64_t)w->settings->keep_ms * 1000 };
	int more = store_trim(w->store, before);

	if (more < 0)
		log_warning(
		    "the store could not be trimmed: %s", store_why(w->store));
	w->trimming = more > 0;
}

static void
tick(uv_timer_t *timer)
{
	struct watch *w = timer->data;

	measure_lag(w);
	w->seconds++;
	sight_tick(w);
	book_tick(w->book, watch_now());
	own_tick(w);
	tell_tick(w);
	conclude_renew(w);
	roll_sweep(w);
	sift_tick(w);
	if (w->seconds % MINUTE_S == 1 &&
	    store_alive(w->store, clock_wall()) != 0)
		log_warning("store: %s", store_why(w->store));
	if (w->trimming || w->seconds % TRIM_S == 0)
		trim(w);
	if (w->seconds % MINUTE_S == 0)
		egress_refresh(w->egress);
	journal_commit(w->journal, true);
}

/* ----------------------------------------------------------------------- life
 */

static unsigned
count_workers(const struct settings *s)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t wanted = 1 + s->ndomain / DOMAINS_A_WORKER;

	if (s->workers != 0)
		return s->workers;
	if (cpus > 0 && wanted > (size_t)cpus)
		wanted = (size_t)cpus;
	return (unsigned)(wanted < WORKERS_MAX ? wanted : WORKERS_MAX);
}

static int
open_pool(struct watch *w, const struct watch_options *options, char *why,
    size_t why_size)
{
	const struct pool_options pool = {
		.program = options->program != NULL ? options->program :
		                                      "/proc/self/exe",
		.workers = count_workers(w->settings),
		.sandbox = options->sandbox,
		.in_flight = IN_FLIGHT,
	};

	w->asks_max = (size_t)pool.workers * IN_FLIGHT / 2;
	w->pool = pool_new(w->loop, w->settings, &pool, why, why_size);
	return w->pool == NULL ? -1 : 0;
}

static void
init_timers(struct watch *w)
{
	uv_timer_t *const timers[] = { &w->slice, &w->second, &w->gather,
		&w->control, &w->follow, &w->domains };

	for (size_t i = 0; i < 6; i++) {
		uv_timer_init(w->loop, timers[i]);
		timers[i]->data = w;
	}
	look_init(w);
}

static int
open_asn(struct watch *w, char *why, size_t why_size)
{
	if (w->settings->asn_database == NULL)
		return 0;
	w->asn = asn_open(w->settings->asn_database, why, why_size);
	return w->asn == NULL ? -1 : 0;
}

static int
open_all(struct watch *w, const struct watch_options *options, char *why,
    size_t why_size)
{
	const struct settings *s = w->settings;

	if (open_asn(w, why, why_size) != 0 ||
	    open_pool(w, options, why, why_size) != 0)
		return -1;
	snprintf(why, why_size, "out of memory");
	w->egress = egress_new(s->policy.allow, s->policy.nallow);
	w->schedule = schedule_new();
	w->model = model_new(s, &model_hooks, w);
	w->book = book_new(&s->alerts, &book_hooks, w);
	w->journal = journal_new(w);
	w->notify = notify_new(w->loop, w->store, s, &own_notify_hooks, w);
	if (w->egress == NULL || w->schedule == NULL || w->model == NULL ||
	    w->book == NULL || w->journal == NULL || w->notify == NULL ||
	    look_limits(w) != 0 || domains_add(w) != 0)
		return -1;
	snprintf(
	    why, why_size, "the store cannot be read: %s", store_why(w->store));
	if (restore_all(w) != 0)
		return -1;
	settings_drop_list(w->settings);
	return 0;
}

static int
start_all(struct watch *w, char *why, size_t why_size)
{
	snprintf(why, why_size, "out of memory");
	own_sweep(w);
	return sight_init(w);
}

struct watch *
watch_new(uv_loop_t *loop, struct settings *settings, struct store *store,
    const struct watch_options *options, char *why, size_t why_size)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		settings_free(settings);
		free(settings);
		store_close(store);
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	w->loop = loop;
	w->settings = settings;
	w->store = store;
	w->storm_ms = -1;
	w->started = clock_wall();
	w->started_mono = w->ticked = clock_mono();
	TAILQ_INIT(&w->calls);
	TAILQ_INIT(&w->ended);
	TAILQ_INIT(&w->changes);
	STAILQ_INIT(&w->events);
	TAILQ_INIT(&w->sifts);
	init_timers(w);
	if (open_all(w, options, why, why_size) != 0 ||
	    start_all(w, why, why_size) != 0) {
		watch_stop(w, 0, NULL, NULL);
		uv_run(loop, UV_RUN_DEFAULT);
		watch_free(w);
		return NULL;
	}
	if (store_alive(store, w->started) != 0)
		log_warning("store: %s", store_why(store));
	uv_timer_start(&w->second, tick, 1000, 1000);
	look_pump(w);
	notify_wake(w->notify);
	return w;
}

/* ------------------------------------------------------------------- the end
 */

static void
close_timers(struct watch *w)
{
	uv_timer_t *const timers[] = { &w->pump, &w->slice, &w->second,
		&w->gather, &w->control, &w->follow, &w->domains };

	for (size_t i = 0; i < 7; i++)
		uv_close((uv_handle_t *)timers[i], NULL);
}

static void
drop_trial(void *arg, struct cause *cause)
{
	(void)arg;
	trial_drop(cause);
}

static void
close_all(struct watch *w)
{
	if (w->journal != NULL && w->notify != NULL)
		journal_finish(w->journal);
	close_timers(w);
	pool_free(w->pool);
	w->pool = NULL;
	look_free(w);
	if (w->book != NULL)
		book_each(w->book, false, drop_trial, NULL);
	trial_free(w);
	change_free(w);
	notify_free(w->notify);
	w->notify = NULL;
}

struct stopping {
	struct watch *watch;
	void (*done)(void *arg);
	void *arg;
};

static void
finished(void *arg)
{
	struct stopping *stopping = arg;

	close_all(stopping->watch);
	if (stopping->done != NULL)
		stopping->done(stopping->arg);
	free(stopping);
}

void
watch_stop(struct watch *w, uint64_t ms, void (*done)(void *arg), void *arg)
{
	struct stopping *stopping = malloc(sizeof(*stopping));

	w->stopping = true;
	if (stopping == NULL || ms == 0 || w->notify == NULL) {
		free(stopping);
		close_all(w);
		if (done != NULL)
			done(arg);
		return;
	}
	journal_finish(w->journal);
	store_alive(w->store, clock_wall());
	*stopping = (struct stopping){ w, done, arg };
	notify_finish(w->notify, ms, finished, stopping);
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	alike_forget(w);
	for (size_t i = 0; i < w->nby_name; i++)
		standing_drop(w, w->by_name[i]);
	free(w->by_name);
	roll_free(w->roll);
	sift_free(w);
	event_free(w);
	intern_free(&w->stands);
	checkpoint_leave(w);
	journal_free(w->journal);
	book_free(w->book);
	model_free(w->model);
	schedule_free(w->schedule);
	ledger_free(w->ledger);
	egress_free(w->egress);
	asn_close(w->asn);
	sight_free(w);
	hush_free(w);
	tdestroy(w->hosts, standing_free_host);
	store_close(w->store);
	domains_free(w);
	settings_free(w->settings);
	free(w->settings);
	free(w);
}
