#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"

#include "agent/worker/pool_parts.h"

#define ADDRESSES_MS 3000 /* to wait for them, at a start */
#define DELAY_MAX_MS 60000
#define UNSERVED_MS  30000 /* jobs wait for a worker: then they are lost */

struct era *
era_current(const struct pool *pool)
{
	return TAILQ_LAST(&pool->eras, era_list);
}

/* ------------------------------------------------------------------ seats */

static void
postpone(struct seat *seat)
{
	uint64_t now = uv_now(seat->era->pool->loop);

	seat->due = now + seat->delay_ms;
	seat->delay_ms = seat->delay_ms == 0 ? 1000 : seat->delay_ms * 2;
	if (seat->delay_ms > DELAY_MAX_MS)
		seat->delay_ms = DELAY_MAX_MS;
}

static void
fill_seat(struct seat *seat)
{
	struct pool *pool = seat->era->pool;
	int rc = child_start(seat);

	if (rc == 0)
		return;
	log_error("a probe process cannot be started: %s", uv_strerror(rc));
	pool_count_death(pool);
	postpone(seat);
}

static void
fill_seats(struct era *era)
{
	uint64_t now = uv_now(era->pool->loop);

	for (unsigned i = 0; i < era->nseats; i++)
		if (era->seat[i].child == NULL && era->seat[i].due <= now)
			fill_seat(&era->seat[i]);
}

void
era_bereaved(struct seat *seat, bool served_well)
{
	struct era *era = seat->era;

	pool_count_death(era->pool);
	if (served_well)
		seat->delay_ms = 0;
	postpone(seat);
	pool_wake(era->pool);
}

/* ------------------------------------------------------------------- eras */

void
era_free_if_over(struct era *era)
{
	bool last = era == era_current(era->pool) && !era->pool->closing;

	if (last || era->children > 0 || !TAILQ_EMPTY(&era->waiting))
		return;
	TAILQ_REMOVE(&era->pool->eras, era, link);
	buf_free(&era->setup);
	free(era);
}

static void
lose_waiting(struct era *era)
{
	struct job *job;

	while ((job = TAILQ_FIRST(&era->waiting)) != NULL) {
		TAILQ_REMOVE(&era->waiting, job, link);
		era->pool->waiting--;
		pool_finish(job, true);
	}
}

/* Does anybody sit there? */
static bool
is_deserted(const struct era *era)
{
	for (unsigned i = 0; i < era->nseats; i++)
		if (era->seat[i].child != NULL)
			return false;
	return true;
}

/*
 * An era that is over keeps its children while there is something to do for
 * them.  A closing pool has nothing to do.
 */
static void
wind_up(struct era *era)
{
	bool idle;

	if (era->pool->closing || is_deserted(era))
		lose_waiting(era);
	idle = TAILQ_EMPTY(&era->waiting);
	for (unsigned i = 0; i < era->nseats; i++) {
		struct child *child = era->seat[i].child;

		if (child != NULL && idle &&
		    (child->running == 0 || era->pool->closing))
			child_dismiss(child);
	}
}

static struct era *
era_new(struct pool *pool)
{
	unsigned n = pool->options.workers < 1 ? 1 : pool->options.workers;
	struct era *era = calloc(1, sizeof(*era) + n * sizeof(era->seat[0]));

	if (era == NULL)
		return NULL;
	era->pool = pool;
	era->nseats = n;
	era->served = uv_now(pool->loop);
	era->start_by = era->served + ADDRESSES_MS;
	buf_init(&era->setup, FRAME_MAX);
	TAILQ_INIT(&era->waiting);
	for (unsigned i = 0; i < n; i++)
		era->seat[i].era = era;
	return era;
}

static int
write_setup(struct buf *frame, const struct setup *setup)
{
	size_t at = frame_begin(frame, FRAME_SETUP, 0);

	setup_put(frame, setup);
	frame_end(frame, at);
	if (!frame->failed)
		return 0;
	buf_free(frame);
	return -1;
}

bool
era_is_for(struct pool *pool, struct setup *setup)
{
	const struct era *era = era_current(pool);
	struct buf frame;
	bool same;

	if (era == NULL || era->setup.len == 0 || !hosts_fill(pool, setup))
		return false;
	buf_init(&frame, FRAME_MAX);
	same = write_setup(&frame, setup) == 0 && frame.len == era->setup.len &&
	    memcmp(frame.data, era->setup.data, frame.len) == 0;
	buf_free(&frame);
	return same;
}

/* With the addresses that are known, once they all are or time is up. */
static void
open_era(struct era *era)
{
	struct pool *pool = era->pool;
	bool whole = hosts_fill(pool, &pool->setup);

	if (!whole && uv_now(pool->loop) < era->start_by)
		return;
	if (write_setup(&era->setup, &pool->setup) != 0)
		log_error("what the probes are to know is too much");
}

int
era_begin(struct pool *pool, struct setup *setup)
{
	struct era *old = era_current(pool), *era = era_new(pool);

	if (era == NULL) {
		setup_free(setup);
		return -1;
	}
	setup_free(&pool->setup);
	pool->setup = *setup;
	TAILQ_INSERT_TAIL(&pool->eras, era, link);
	era->session_ms = setup->settings.session_ms;
	era->smtp_port = setup->settings.smtp_port;
	if (old != NULL)
		old->over = true;
	pool_wake(pool);
	return 0;
}

int
era_renew(struct pool *pool)
{
	struct setup same = pool->setup;

	memset(&pool->setup, 0, sizeof(pool->setup));
	settings_init(&pool->setup.settings);
	return era_begin(pool, &same);
}

static void
tick_children(struct era *era)
{
	for (unsigned i = 0; i < era->nseats; i++) {
		struct child *child = era->seat[i].child;

		if (child != NULL && child->ready)
			era->served = uv_now(era->pool->loop);
		if (child != NULL)
			child_tick(child);
	}
}

void
era_tick(struct era *era)
{
	struct pool *pool = era->pool;

	tick_children(era);
	if (era->over) {
		wind_up(era);
		return;
	}
	if (era->setup.len == 0)
		open_era(era);
	if (era->setup.len > 0)
		fill_seats(era);
	if (uv_now(pool->loop) - era->served > UNSERVED_MS)
		lose_waiting(era);
}
