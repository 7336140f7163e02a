#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "tests/unit/answers.h"
#include "tests/unit/support.h"

#include "tests/unit/fake_pool.h"

struct fake_pool fake_pool;

struct job {
	TAILQ_ENTRY(job) link;
	struct task task;
	char *name, *rcpt;
	pool_done_fn *done;
	void *arg;
};

struct pool {
	uv_timer_t timer;
	TAILQ_HEAD(, job) jobs;
	unsigned nvantage;
};

void
fake_pool_reset(void)
{
	fake_pool = (struct fake_pool){ .facts = NULL };
}

static void
free_job(struct pool *pool, struct job *job)
{
	TAILQ_REMOVE(&pool->jobs, job, link);
	fake_pool.waiting--;
	free(job->name);
	free(job->rcpt);
	free(job);
}

static void
finish(struct pool *pool, struct job *job)
{
	struct task_result result = { .lost = fake_pool.loses };
	pool_done_fn *done = job->done;
	void *arg = job->arg;

	if (!result.lost)
		result =
		    answers_to(fake_pool.facts, &job->task, pool->nvantage);
	free_job(pool, job);
	done(arg, &result);
	answers_free(&result);
}

/* Those that are there now; what they lead to comes with the next turn. */
static void
turn(uv_timer_t *timer)
{
	struct pool *pool = timer->data;

	for (size_t n = fake_pool.waiting; n > 0 && !fake_pool.holds; n--)
		finish(pool, TAILQ_FIRST(&pool->jobs));
}

struct pool *
pool_new(uv_loop_t *loop, const struct settings *settings,
    const struct pool_options *options, char *why, size_t why_size)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	(void)options;
	(void)why;
	(void)why_size;
	assert_non_null(pool);
	TAILQ_INIT(&pool->jobs);
	pool->nvantage = (unsigned)settings->nvantage;
	uv_timer_init(loop, &pool->timer);
	pool->timer.data = pool;
	uv_timer_start(&pool->timer, turn, 1, 1);
	return pool;
}

int
pool_submit(
    struct pool *pool, const struct task *task, pool_done_fn *done, void *arg)
{
	struct job *job;

	if (fake_pool.refuses)
		return -1;
	job = calloc(1, sizeof(*job));
	assert_non_null(job);
	job->name = strdup(task->name);
	job->rcpt = task->rcpt == NULL ? NULL : strdup(task->rcpt);
	job->task = *task;
	job->task.name = job->name;
	job->task.rcpt = job->rcpt;
	job->done = done;
	job->arg = arg;
	TAILQ_INSERT_TAIL(&pool->jobs, job, link);
	fake_pool.submitted++;
	fake_pool.asks += task->kind == TASK_ASK;
	fake_pool.waiting++;
	if (task->kind == TASK_LOOKUP && strcmp(task->name, ".") != 0)
		fake_pool.asked = task->vantages;
	return 0;
}

int
pool_reload(struct pool *pool, const struct settings *settings, char *why,
    size_t why_size)
{
	if (fake_pool.refuses_reload) {
		snprintf(why, why_size, "it cannot be");
		return -1;
	}
	pool->nvantage = (unsigned)settings->nvantage;
	return 0;
}

void
pool_stats(const struct pool *pool, struct pool_stats *stats)
{
	(void)pool;
	*stats = (struct pool_stats){ .workers = 1,
		.ready = !fake_pool.unready,
		.waiting = fake_pool.waiting,
		.recent_deaths = fake_pool.deaths };
}

static void
closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	while (!TAILQ_EMPTY(&pool->jobs))
		free_job(pool, TAILQ_FIRST(&pool->jobs));
	uv_close((uv_handle_t *)&pool->timer, closed);
}
