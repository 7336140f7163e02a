#include <stdlib.h>
#include <string.h>

#include "agent/worker/probe.h"

/* One of the questions of a task. */
struct part {
	struct work *work;
	struct obs_dns *dns;
	double same_ms; /* what the task knew; < 0: not */
	bool looking;
	struct engine_look look;
};

/* One piece of memory; for a task whose answers are known the only one but
 * that with its names. */
struct work {
	TAILQ_ENTRY(work) link;
	struct probe *probe;
	uint32_t id;
	struct task task;
	struct probe_smtp *talk; /* the dialogue under way */
	struct obs_smtp *smtp;
	size_t nparts, untold;
	struct part part[];
};

/* ---------------------------------------------------------------- sending */

static void
send_all(struct probe *p)
{
	if (p->out.bytes.failed)
		probe_stop(p, 1);
	else
		outbox_send(&p->out);
}

void
probe_send_ready(struct probe *p)
{
	struct buf *out = &p->out.bytes;

	frame_end(out, frame_begin(out, FRAME_READY, 0));
	send_all(p);
}

static void
send_lost(struct work *w)
{
	struct buf *out = &w->probe->out.bytes;
	size_t at = frame_begin(out, FRAME_RESULT, w->id);

	codec_put_u8(out, FRAME_LOST);
	frame_end(out, at);
	send_all(w->probe);
}

/* Append bytes of a part, each time in a new frame when the last one is full.
 * *at: where that begins. */
static void
put_part(struct buf *out, size_t *at, uint32_t id, const void *part, size_t len)
{
	if (out->failed)
		return;
	if (out->len - *at + len > FRAME_MAX) {
		out->data[*at + FRAME_HEADER] = FRAME_MORE;
		frame_end(out, *at);
		*at = frame_begin(out, FRAME_RESULT, id);
		codec_put_u8(out, FRAME_LAST);
	}
	buf_add(out, part, len);
}

static void
put_same(struct buf *out, size_t *at, uint32_t id, double ms)
{
	unsigned tenths =
	    ms < UINT16_MAX / 10 ? (unsigned)(ms * 10 + 0.5) : UINT16_MAX;
	const uint8_t part[] = { FRAME_SAME, (uint8_t)tenths,
		(uint8_t)(tenths >> 8) };

	put_part(out, at, id, part, sizeof(part));
}

static void
encode(struct buf *out, const struct work *w, size_t i)
{
	buf_reset(out);
	if (w->task.kind != TASK_DIALOGUE) {
		codec_put_u8(out, FRAME_DNS);
		codec_put_dns(out, w->part[i].dns);
	} else {
		codec_put_u8(out, FRAME_SMTP);
		codec_put_smtp(out, w->smtp);
	}
}

/* One that is too long is lost. */
static void
send_result(struct work *w)
{
	struct buf *out = &w->probe->out.bytes, *part = &w->probe->part;
	size_t from = out->len, at = frame_begin(out, FRAME_RESULT, w->id);

	codec_put_u8(out, FRAME_LAST);
	for (size_t i = 0; i < w->nparts; i++) {
		if (w->part[i].same_ms >= 0) {
			put_same(out, &at, w->id, w->part[i].same_ms);
			continue;
		}
		encode(part, w, i);
		if (part->failed) {
			out->len = from;
			send_lost(w);
			return;
		}
		put_part(out, &at, w->id, part->data, part->len);
	}
	frame_end(out, at);
	send_all(w->probe);
}

/* ------------------------------------------------------------------- work */

/* Takes over the task.  NULL: no memory. */
static struct work *
work_new(struct probe *p, uint32_t id, struct task *task)
{
	size_t n = codec_task_wants(task);
	struct work *w = malloc(sizeof(*w) + n * sizeof(w->part[0]));

	if (w == NULL) {
		codec_task_free(task);
		return NULL;
	}
	*w = (struct work){
		.probe = p,
		.id = id,
		.task = *task,
		.nparts = n,
		.untold = n,
	};
	for (size_t i = 0; i < n; i++) {
		w->part[i].work = w;
		w->part[i].dns = NULL;
		w->part[i].same_ms = -1;
		w->part[i].looking = false;
	}
	return w;
}

static void
work_free(struct work *w)
{
	if (w->talk != NULL)
		probe_smtp_cancel(w->talk);
	obs_smtp_unref(w->smtp);
	for (size_t i = 0; i < w->nparts; i++) {
		if (w->part[i].looking)
			engine_look_cancel(&w->part[i].look);
		obs_dns_unref(w->part[i].dns);
	}
	codec_task_free(&w->task);
	free(w);
}

/* Sending may be the end of the probe, which gives up all work in its list. */
static void
end_work(struct work *w, void (*send)(struct work *))
{
	TAILQ_REMOVE(&w->probe->works, w, link);
	send(w);
	work_free(w);
}

void
probe_give_up(struct probe *p)
{
	struct work *w;

	while ((w = TAILQ_FIRST(&p->works)) != NULL) {
		TAILQ_REMOVE(&p->works, w, link);
		work_free(w);
	}
}

/* known: there is something to tell, and not no memory for what was seen. */
static void
part_told(struct work *w, bool known)
{
	if (!known)
		end_work(w, send_lost);
	else if (--w->untold == 0)
		end_work(w, send_result);
}

static void
looked(void *arg, struct obs_dns *obs, double same_ms)
{
	struct part *part = arg;

	part->looking = false;
	part->dns = obs;
	part->same_ms = same_ms;
	part_told(part->work, obs != NULL || same_ms >= 0);
}

static void
talked(void *arg, struct obs_smtp *obs)
{
	struct work *w = arg;

	w->talk = NULL;
	w->smtp = obs;
	part_told(w, obs != NULL);
}

/* Returns 0, or -1 without memory. */
static int
start_look(struct work *w, size_t i, unsigned vantage)
{
	const struct task *t = &w->task;
	struct part *part = &w->part[i];
	const struct lookup_job job = {
		.name = t->name,
		.type = t->type[i % t->ntype],
		.direct = t->kind == TASK_ASK,
		.vantage = vantage,
		.server = t->ip,
		.print = t->print == NULL ? 0 : t->print[i],
		.serial = t->type[i % t->ntype] == DNS_SOA ? t->serial : 0,
	};

	part->looking =
	    engine_look(w->probe->engine, &part->look, &job, looked, part) == 0;
	return part->looking ? 0 : -1;
}

static int
start_dialogue(struct work *w)
{
	const struct task *t = &w->task;
	const struct smtp_job job = {
		.ip = t->ip,
		.host = t->name,
		.rcpt = t->rcpt,
		.depth = t->depth,
		.resume = t->resume,
	};

	w->talk = engine_talk(w->probe->engine, &job, talked, w);
	return w->talk == NULL ? -1 : 0;
}

/* The parts in their order: vantage by vantage, type by type.  Returns 0, or
 * -1 without memory. */
static int
start_parts(struct work *w)
{
	const struct task *t = &w->task;
	uint32_t left = t->kind == TASK_LOOKUP ? t->vantages : 1;
	size_t i = 0;

	if (t->kind == TASK_DIALOGUE)
		return start_dialogue(w);
	for (; left != 0; left &= left - 1)
		for (size_t type = 0; type < t->ntype; type++, i++)
			if (start_look(w, i, (unsigned)__builtin_ctz(left)) !=
			    0)
				return -1;
	return 0;
}

/* Does it speak of vantages that there are? */
static bool
fits(const struct probe *p, const struct task *t)
{
	size_t n = p->setup.settings.nvantage;

	return t->kind != TASK_LOOKUP || n >= 32 || t->vantages >> n == 0;
}

int
probe_task(struct probe *p, struct frame *frame)
{
	struct task task;
	struct work *w;

	if (codec_task(&frame->body, &task) != 0)
		return -1;
	if (!codec_ended(&frame->body) || !fits(p, &task)) {
		codec_task_free(&task);
		return -1;
	}
	w = work_new(p, frame->task, &task);
	if (w == NULL)
		return -1;
	TAILQ_INSERT_TAIL(&p->works, w, link);
	if (start_parts(w) != 0)
		end_work(w, send_lost);
	return 0;
}
