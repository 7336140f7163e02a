#include <sys/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"

#include "agent/worker/pool_parts.h"

#define TICK_MS   1000
#define RECENT_MS (10 * 60 * 1000)

/* Of what there is at once, so many go to the same child: its questions leave
 * up to 64 with one system call. */
#define IN_A_ROW    64
#define WAITING_MAX (4 << 20)

/* ------------------------------------------------------------------- jobs */

static void
forget_observations(struct job *job)
{
	for (size_t i = 0; i < job->result.ndns; i++)
		obs_dns_unref(job->result.dns[i]);
	obs_smtp_unref(job->result.smtp);
	job->result.ndns = 0;
	job->result.smtp = NULL;
}

void
pool_finish(struct job *job, bool lost)
{
	if (lost)
		forget_observations(job);
	job->result.lost = lost;
	if (!job->era->pool->closing)
		job->done(job->arg, &job->result);
	forget_observations(job);
	codec_task_free(&job->task);
	free(job);
}

static struct job *
job_new(struct pool *pool, const struct task *task)
{
	struct buf *bytes = &pool->scratch;
	size_t want = codec_task_wants(task), room;
	struct job *job;

	buf_reset(bytes);
	codec_put_task(bytes, task);
	if (bytes->failed)
		return NULL;
	room = want * (sizeof(struct obs_dns *) + sizeof(float));
	job = calloc(1, sizeof(*job) + room + bytes->len);
	if (job == NULL)
		return NULL;
	job->want = want;
	job->result.dns = (struct obs_dns **)(job + 1);
	job->result.same_ms = (float *)(job->result.dns + want);
	job->bytes = (uint8_t *)(job->result.same_ms + want);
	job->len = bytes->len;
	memcpy(job->bytes, bytes->data, bytes->len);
	return job;
}

/* ------------------------------------------------------------------ queue */

static bool
may_take(const struct child *child)
{
	return child != NULL && child->ready &&
	    child->running < child->era->pool->options.in_flight;
}

/* The one that has least to do; of equals not the one whose turn it was. */
static struct child *
least_busy(struct era *era)
{
	struct child *best = NULL;
	unsigned last = era->turn;

	for (unsigned n = 1; n <= era->nseats; n++) {
		unsigned i = (last + n) % era->nseats;
		struct child *child = era->seat[i].child;

		if (!may_take(child) ||
		    (best != NULL && child->running >= best->running))
			continue;
		best = child;
		era->turn = i;
	}
	return best;
}

/* A ready child with room, or NULL. */
static struct child *
choose_child(struct era *era)
{
	struct child *child = era->seat[era->turn].child;
	uint64_t now = uv_now(era->pool->loop);

	if (era->row > 0 && era->row_at == now && may_take(child)) {
		era->row--;
		return child;
	}
	child = least_busy(era);
	era->row = child == NULL ? 0 : IN_A_ROW - 1;
	era->row_at = now;
	return child;
}

static void
wait_first(struct era *era, struct job *job)
{
	TAILQ_INSERT_HEAD(&era->waiting, job, link);
}

void
pool_dispatch(struct era *era)
{
	struct child *child;
	struct job *job;

	while ((job = TAILQ_FIRST(&era->waiting)) != NULL &&
	    (child = choose_child(era)) != NULL) {
		TAILQ_REMOVE(&era->waiting, job, link);
		if (child_give(child, job) != 0) {
			wait_first(era, job);
			return;
		}
		era->pool->waiting--;
	}
}

static bool
has_vantages(const struct pool *pool, const struct task *task)
{
	size_t n = pool->setup.settings.nvantage;

	return task->kind != TASK_LOOKUP || n >= 32 || task->vantages >> n == 0;
}

int
pool_submit(
    struct pool *pool, const struct task *task, pool_done_fn *done, void *arg)
{
	struct era *era = era_current(pool);
	struct job *job;

	if (pool->waiting >= WAITING_MAX || !has_vantages(pool, task))
		return -1;
	job = job_new(pool, task);
	if (job == NULL)
		return -1;
	job->era = era;
	job->done = done;
	job->arg = arg;
	TAILQ_INSERT_TAIL(&era->waiting, job, link);
	pool->waiting++;
	pool_dispatch(era);
	return 0;
}

/* ------------------------------------------------------------------- life

 * Whatever is not a customer's call or a child's word happens in the tick,
 * which comes once a second, and at once when it is wanted. */

static void tick_closed(uv_handle_t *);

static void
tick(uv_timer_t *timer)
{
	struct pool *pool = timer->data;
	struct era *era, *next;

	child_hurry(pool);
	if (!pool->closing)
		hosts_tick(pool);
	for (era = TAILQ_FIRST(&pool->eras); era != NULL; era = next) {
		/* Customers may begin another era meanwhile: behind it. */
		era_tick(era);
		next = TAILQ_NEXT(era, link);
		era_free_if_over(era);
	}
	if (pool->closing && pool->holds == 0 && TAILQ_EMPTY(&pool->eras))
		uv_close((uv_handle_t *)timer, tick_closed);
}

void
pool_wake(struct pool *pool)
{
	uv_timer_start(&pool->tick, tick, 0, TICK_MS);
}

void
pool_release(struct pool *pool)
{
	pool->holds--;
	pool_wake(pool);
}

static void
tick_closed(uv_handle_t *handle)
{
	struct pool *pool = handle->data;

	hosts_free(pool);
	setup_free(&pool->setup);
	buf_free(&pool->scratch);
	free((char *)(uintptr_t)pool->options.program);
	free(pool);
}

static struct pool *
pool_blank(uv_loop_t *loop, const struct pool_options *options)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return NULL;
	pool->loop = loop;
	pool->options = *options;
	if (pool->options.in_flight < 1)
		pool->options.in_flight = 1;
	if (pool->options.in_flight > CHILD_SLOTS)
		pool->options.in_flight = CHILD_SLOTS;
	pool->options.program = strdup(options->program);
	if (pool->options.program == NULL ||
	    getrandom(&pool->key, sizeof(pool->key), 0) != sizeof(pool->key)) {
		free((char *)(uintptr_t)pool->options.program);
		free(pool);
		return NULL;
	}
	TAILQ_INIT(&pool->eras);
	SLIST_INIT(&pool->hosts);
	TAILQ_INIT(&pool->leaving);
	settings_init(&pool->setup.settings);
	buf_init(&pool->scratch, 0);
	uv_timer_init(loop, &pool->tick);
	pool->tick.data = pool;
	pool->refreshed = uv_now(loop);
	return pool;
}

struct pool *
pool_new(uv_loop_t *loop, const struct settings *settings,
    const struct pool_options *options, char *why, size_t why_size)
{
	struct pool *pool = pool_blank(loop, options);

	if (pool == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	if (pool_reload(pool, settings, why, why_size) == 0)
		return pool;
	pool_free(pool);
	return NULL;
}

int
pool_reload(struct pool *pool, const struct settings *settings, char *why,
    size_t why_size)
{
	struct setup setup;

	if (setup_make(
	        &setup, settings, pool->options.sandbox, why, why_size) != 0)
		return -1;
	setup.key = pool->key;
	if (era_is_for(pool, &setup)) {
		setup_free(&setup);
		return 0;
	}
	snprintf(why, why_size, "out of memory");
	return era_begin(pool, &setup);
}

void
pool_free(struct pool *pool)
{
	struct era *era;

	if (pool == NULL)
		return;
	pool->closing = true;
	TAILQ_FOREACH (era, &pool->eras, link)
		era->over = true;
	hosts_cancel(pool);
	pool_wake(pool);
}

/* ------------------------------------------------------------------ stats */

void
pool_count_death(struct pool *pool)
{
	pool->died[pool->deaths++ % POOL_DEATHS] = uv_now(pool->loop);
}

static unsigned
recent_deaths(const struct pool *pool)
{
	uint64_t now = uv_now(pool->loop);
	unsigned n = 0;

	for (size_t i = 0; i < POOL_DEATHS && i < pool->deaths; i++)
		if (now - pool->died[i] < RECENT_MS)
			n++;
	return n;
}

void
pool_stats(const struct pool *pool, struct pool_stats *stats)
{
	const struct era *era = era_current(pool);

	*stats = (struct pool_stats){
		.workers = era->nseats,
		.waiting = pool->waiting,
		.running = pool->running,
		.deaths = pool->deaths,
		.recent_deaths = recent_deaths(pool),
	};
	for (unsigned i = 0; i < era->nseats; i++)
		if (era->seat[i].child != NULL && era->seat[i].child->ready)
			stats->ready++;
}

size_t
pool_pids(const struct pool *pool, int *pid, size_t n)
{
	const struct era *era;
	size_t found = 0;

	TAILQ_FOREACH (era, &pool->eras, link)
		for (unsigned i = 0; i < era->nseats && found < n; i++)
			if (era->seat[i].child != NULL)
				pid[found++] = era->seat[i].child->process.pid;
	return found;
}
