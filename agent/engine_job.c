#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/engine_job.h"

/* Finished jobs that are remembered, at the most: the oldest are forgotten. */
#define FINISHED_MAX 50000

static int
compare_jobs(const void *a, const void *b)
{
	return strcmp(
	    ((const struct job *)a)->key, ((const struct job *)b)->key);
}

static int64_t
ms_left(struct mono until)
{
	return (until.us - clock_mono().us) / 1000;
}

static void start_waiting(struct engine *);

static bool
take_place(struct job *job)
{
	struct ledger *ledger = job->engine->ledger;

	return ledger == NULL || ledger_take(ledger, &job->ip);
}

static void
give_place(struct job *job)
{
	if (job->engine->ledger != NULL)
		ledger_give(job->engine->ledger, &job->ip);
}

void
job_free(struct job *job)
{
	obs_dns_unref(job->dns);
	obs_smtp_unref(job->smtp);
	free(job->key);
	free(job->name);
	free(job->rcpt);
	free(job);
}

static void
forget(struct job *job)
{
	assert(job->interest == 0 && job->server == NULL);
	tdelete(job, &job->engine->jobs, compare_jobs);
	job_free(job);
}

void
job_forget_oldest(struct engine *engine)
{
	struct job *job, *next;

	for (job = TAILQ_FIRST(&engine->finished);
	     job != NULL && engine->nfinished > FINISHED_MAX; job = next) {
		next = TAILQ_NEXT(job, link);
		if (job->interest > 0)
			continue;
		TAILQ_REMOVE(&engine->finished, job, link);
		engine->nfinished--;
		forget(job);
	}
}

/* Every ending of a job that was not given up passes here. */
static void
finish(struct job *job)
{
	struct engine *engine = job->engine;
	struct ticket *ticket;

	job->state = JOB_FINISHED;
	job->asking = false;
	job->probe = NULL;
	TAILQ_INSERT_TAIL(&engine->finished, job, link);
	engine->nfinished++;
	while ((ticket = TAILQ_FIRST(&job->tickets)) != NULL) {
		TAILQ_REMOVE(&job->tickets, ticket, link);
		ticket_make_due(engine, ticket);
	}
}

static void
looked_up(void *arg, struct obs_dns *obs, double same_ms)
{
	struct job *job = arg;
	struct server *server = job->server;

	(void)same_ms; /* no answer was known */
	job->dns = obs;
	job->server = NULL;
	finish(job);
	server_drop(job->engine, server);
}

static void
talked(void *arg, struct obs_smtp *obs)
{
	struct job *job = arg;

	job->smtp = obs;
	if (obs != NULL)
		obs->waited_ms =
		    clock_ms_between(job->queued, clock_mono()) - obs->total_ms;
	give_place(job);
	finish(job);
	start_waiting(job->engine);
}

/* An observation for a job that could not even be started: our own failure,
 * so it says that nothing is known. */
static void
fail(struct job *job)
{
	if (job->kind == JOB_DIALOGUE) {
		job->smtp = obs_smtp_new(
		    &job->ip, job->engine->settings->smtp_port, job->name);
		if (job->smtp != NULL)
			job->smtp->error = SMTP_LOCAL;
	} else {
		job->dns = obs_dns_new(job->name, job->type);
		if (job->dns != NULL) {
			job->dns->direct = job->kind == JOB_ASK;
			job->dns->vantage = job->vantage;
			job->dns->server = job->ip;
		}
	}
	log_error("%s: out of memory", job->key);
	finish(job);
}

static void
start_lookup(struct job *job)
{
	struct lookup_job what = {
		.name = job->name,
		.type = job->type,
		.direct = job->kind == JOB_ASK,
		.vantage = job->vantage,
		.server = job->ip,
		.tries = ENGINE_TRIES,
	};
	struct dns_channel *channel = NULL;

	job->state = JOB_RUNNING;
	if (job->kind == JOB_LOOKUP) {
		channel = job->engine->vantage[job->vantage];
	} else {
		job->server = server_hold(job->engine, &job->ip);
		if (job->server != NULL)
			channel = job->server->channel;
	}
	job->asking = channel != NULL &&
	    lookup_start(&job->lookup, channel, &what, looked_up, job) == 0;
	if (!job->asking) {
		server_drop(job->engine, job->server);
		job->server = NULL;
		fail(job);
	}
}

/* The longest that any customer of the job still waits. */
static uint64_t
patience(const struct job *job)
{
	const struct ticket *ticket;
	int64_t most = 1;

	TAILQ_FOREACH (ticket, &job->tickets, link) {
		int64_t left = ms_left(ticket->until);

		if (left > most)
			most = left;
	}
	return (uint64_t)most;
}

void
engine_dress(const struct engine *engine, struct smtp_job *what)
{
	const struct settings *settings = engine->settings;

	what->port = settings->smtp_port;
	what->helo = engine->helo;
	what->timeouts = (struct smtp_timeouts){
		.connect_ms = settings->connect_ms,
		.greeting_ms = settings->greeting_ms,
		.reply_ms = settings->reply_ms,
		.session_ms = settings->session_ms,
	};
}

/* The place in the ledger is taken. */
static void
start_dialogue(struct job *job)
{
	const struct engine *engine = job->engine;
	struct smtp_job what = {
		.ip = job->ip,
		.host = job->name,
		.rcpt = job->rcpt,
		.depth = job->depth,
		.left_ms = patience(job),
	};

	engine_dress(engine, &what);
	job->state = JOB_RUNNING;
	job->probe = probe_smtp_start(
	    engine->hub, engine->egress, engine->tls, &what, talked, job);
	if (job->probe == NULL) {
		give_place(job);
		fail(job);
	}
}

/* Start what waits and has a place now, in the order of submission. */
static void
start_waiting(struct engine *engine)
{
	struct job *job, *next;

	for (job = TAILQ_FIRST(&engine->waiting); job != NULL; job = next) {
		next = TAILQ_NEXT(job, link);
		if (!take_place(job))
			continue;
		TAILQ_REMOVE(&engine->waiting, job, link);
		start_dialogue(job);
	}
}

/* Nobody wants to know any more what is not known yet. */
void
job_give_up(struct job *job)
{
	struct engine *engine = job->engine;

	if (job->state == JOB_WAITING)
		TAILQ_REMOVE(&engine->waiting, job, link);
	if (job->asking)
		lookup_cancel(&job->lookup);
	if (job->probe != NULL) {
		probe_smtp_cancel(job->probe);
		give_place(job);
	}
	server_drop(engine, job->server);
	job->server = NULL;
	forget(job);
	start_waiting(engine);
}

struct job *
job_find(
    struct engine *engine, const char *key, const struct job *like, bool *made)
{
	struct job probe = { .key = (char *)(uintptr_t)key }, *job;
	struct job **node = tfind(&probe, &engine->jobs, compare_jobs);

	*made = false;
	if (node != NULL)
		return *node;
	job = malloc(sizeof(*job));
	if (job == NULL)
		return NULL;
	*job = *like;
	job->engine = engine;
	job->queued = clock_mono();
	TAILQ_INIT(&job->tickets);
	job->key = strdup(key);
	job->name = strdup(like->name);
	job->rcpt = like->rcpt == NULL ? NULL : strdup(like->rcpt);
	if (job->key == NULL || job->name == NULL ||
	    (like->rcpt != NULL && job->rcpt == NULL) ||
	    tsearch(job, &engine->jobs, compare_jobs) == NULL) {
		job_free(job);
		return NULL;
	}
	*made = true;
	return job;
}

void
job_start(struct job *job)
{
	struct engine *engine = job->engine;

	if (job->kind != JOB_DIALOGUE) {
		start_lookup(job);
		return;
	}
	TAILQ_INSERT_TAIL(&engine->waiting, job, link);
	if (take_place(job)) {
		TAILQ_REMOVE(&engine->waiting, job, link);
		start_dialogue(job);
	}
}
