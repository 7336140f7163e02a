#include <string.h>

#include "agent/worker/pool_parts.h"

static bool
same_name(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The n-th vantage of the task. */
static unsigned
vantage_of(const struct task *t, size_t n)
{
	unsigned vantage = 0;

	for (;; vantage++)
		if ((t->vantages >> vantage & 1) != 0 && n-- == 0)
			return vantage;
}

/* Returns 0, or -1 without memory. */
static int
read_task(struct job *job)
{
	struct cursor in = { .at = job->bytes, .end = job->bytes + job->len };

	if (job->task.name != NULL)
		return 0;
	return codec_task(&in, &job->task);
}

/* Is it what was asked?  A worker that was taken over can lie about what it
 * was asked, and about nothing else. */
static bool
answers(const struct job *job, const struct obs_dns *o)
{
	const struct task *t = &job->task;
	size_t i = job->result.ndns;

	if (t->kind == TASK_DIALOGUE || i >= job->want ||
	    !same_name(o->name, t->name) || o->type != t->type[i % t->ntype])
		return false;
	if (t->kind == TASK_ASK)
		return o->direct && ip_equal(&o->server, &t->ip);
	return !o->direct && o->vantage == vantage_of(t, i / t->ntype);
}

static bool
is_dialogue(const struct job *job, const struct obs_smtp *o)
{
	const struct task *t = &job->task;

	return t->kind == TASK_DIALOGUE && job->result.smtp == NULL &&
	    ip_equal(&o->ip, &t->ip) && same_name(o->host, t->name) &&
	    o->port == job->era->smtp_port &&
	    (o->rcpt == NULL || same_name(o->rcpt, t->rcpt));
}

static void
take_dns(struct job *job, struct cursor *in)
{
	struct obs_dns *o = codec_dns(in);

	if (o == NULL)
		return;
	if (read_task(job) == 0 && answers(job, o)) {
		job->result.dns[job->result.ndns++] = o;
		job->result.serial = job->task.serial;
		return;
	}
	obs_dns_unref(o);
	codec_fail(in);
}

static void
take_smtp(struct job *job, struct cursor *in)
{
	struct obs_smtp *o = codec_smtp(in);

	if (o == NULL)
		return;
	if (read_task(job) == 0 && is_dialogue(job, o)) {
		job->result.smtp = o;
		return;
	}
	obs_smtp_unref(o);
	codec_fail(in);
}

/* It is what was known: only of what is known can that be said. */
static void
take_same(struct job *job, struct cursor *in)
{
	struct task_result *result = &job->result;
	unsigned tenths = codec_u16(in);

	if (!codec_task_knows(job->bytes, job->len, job->want, result->ndns)) {
		codec_fail(in);
		return;
	}
	result->same_ms[result->ndns] = (float)tenths / 10;
	result->dns[result->ndns++] = NULL;
}

/* All the observations of a frame.  False: something is wrong with it. */
static bool
take_parts(struct job *job, struct cursor *in)
{
	static void (*const take[])(struct job *, struct cursor *) = {
		[FRAME_DNS] = take_dns,
		[FRAME_SMTP] = take_smtp,
		[FRAME_SAME] = take_same,
	};

	while (!in->failed && in->at < in->end)
		take[codec_enum(in, FRAME_SAME)](job, in);
	return !in->failed;
}

static bool
is_complete(const struct job *job)
{
	return job->result.ndns + (job->result.smtp != NULL) == job->want;
}

static struct job *
find_job(const struct child *child, uint32_t id)
{
	unsigned slot = id & CHILD_SLOTS;
	struct job *job;

	if (slot >= child->era->pool->options.in_flight)
		return NULL;
	job = child->job[slot];
	return job != NULL && job->id == id ? job : NULL;
}

int
child_result(struct child *child, struct frame *frame)
{
	struct job *job = find_job(child, frame->task);
	unsigned how = codec_enum(&frame->body, FRAME_LOST);

	if (job == NULL || !take_parts(job, &frame->body) ||
	    (how == FRAME_LAST && !is_complete(job)))
		return -1;
	if (how == FRAME_MORE)
		return 0;
	child_take(child, job);
	pool_finish(job, how == FRAME_LOST);
	return 0;
}
