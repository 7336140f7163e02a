#include <assert.h>

#include "agent/engine_job.h"

static void
looked(void *arg, struct obs_dns *obs, double same_ms)
{
	struct engine_look *look = arg;

	if (look->server != NULL) {
		server_drop(look->engine, look->server);
		engine_tidy(look->engine);
	}
	look->done(look->arg, obs, same_ms);
}

int
engine_look(struct engine *engine, struct engine_look *look,
    const struct lookup_job *job, lookup_done_fn *done, void *arg)
{
	struct lookup_job whole = *job;
	struct dns_channel *channel = NULL;

	assert(engine->fresh);
	assert(job->direct || job->vantage < engine->settings->nvantage);
	whole.tries = ENGINE_TRIES;
	whole.key = &engine->key;
	look->engine = engine;
	look->done = done;
	look->arg = arg;
	look->server = NULL;
	if (!job->direct)
		channel = engine->vantage[job->vantage];
	else if ((look->server = server_hold(engine, &job->server)) != NULL)
		channel = look->server->channel;
	if (channel != NULL &&
	    lookup_start(&look->lookup, channel, &whole, looked, look) == 0)
		return 0;
	server_drop(engine, look->server);
	return -1;
}

void
engine_look_cancel(struct engine_look *look)
{
	lookup_cancel(&look->lookup);
	server_drop(look->engine, look->server);
}

struct probe_smtp *
engine_talk(struct engine *engine, const struct smtp_job *job,
    smtp_done_fn *done, void *arg)
{
	struct smtp_job whole = *job;

	assert(engine->fresh);
	engine_dress(engine, &whole);
	return probe_smtp_start(
	    engine->hub, engine->egress, engine->tls, &whole, done, arg);
}
