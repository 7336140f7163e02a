#include <stdlib.h>
#include <string.h>

#include "agent/worker/probe.h"

struct part {
	struct work *work;
	struct ticket *ticket; /* until it is told */
	struct obs_dns *dns;
	struct obs_smtp *smtp;
};

struct work {
	TAILQ_ENTRY(work) link;
	struct probe *probe;
	uint32_t id;
	struct task task;
	struct part *part;
	size_t nparts, untold;
};

/* ---------------------------------------------------------------- sending */

struct message {
	uv_write_t request;
	struct buf bytes;
};

static void
sent(uv_write_t *request, int status)
{
	struct message *m = request->data;
	struct probe *p = request->handle->data;

	buf_free(&m->bytes);
	free(m);
	if (status < 0)
		probe_stop(p, 0);
}

/* Takes over the bytes. */
static void
send_bytes(struct probe *p, struct buf *bytes)
{
	struct message *m = malloc(sizeof(*m));
	uv_buf_t chunk;

	if (m == NULL || bytes->failed) {
		free(m);
		buf_free(bytes);
		probe_stop(p, 1);
		return;
	}
	m->bytes = *bytes;
	m->request.data = m;
	chunk = uv_buf_init(m->bytes.data, (unsigned)m->bytes.len);
	if (uv_write(&m->request, (uv_stream_t *)&p->pipe, &chunk, 1, sent) !=
	    0) {
		buf_free(&m->bytes);
		free(m);
		probe_stop(p, 1);
	}
}

void
probe_send_ready(struct probe *p)
{
	struct buf out;

	buf_init(&out, 0);
	frame_end(&out, frame_begin(&out, FRAME_READY, 0));
	send_bytes(p, &out);
}

static void
send_lost(struct work *w)
{
	struct buf out;
	size_t at;

	buf_init(&out, 0);
	at = frame_begin(&out, FRAME_RESULT, w->id);
	codec_put_u8(&out, FRAME_LOST);
	frame_end(&out, at);
	send_bytes(w->probe, &out);
}

/* Append the bytes of a part, each time in a new frame when the last one is
 * full.  *at: where that begins. */
static void
put_part(struct buf *out, size_t *at, uint32_t id, const struct buf *part)
{
	if (out->len - *at + part->len > FRAME_MAX) {
		out->data[*at + FRAME_HEADER] = FRAME_MORE;
		frame_end(out, *at);
		*at = frame_begin(out, FRAME_RESULT, id);
		codec_put_u8(out, FRAME_LAST);
	}
	if (part->failed)
		out->failed = true;
	buf_add(out, part->data, part->len);
}

static void
encode(struct buf *out, const struct part *part)
{
	buf_reset(out);
	if (part->dns != NULL) {
		codec_put_u8(out, FRAME_DNS);
		codec_put_dns(out, part->dns);
	} else {
		codec_put_u8(out, FRAME_SMTP);
		codec_put_smtp(out, part->smtp);
	}
}

static void
send_result(struct work *w)
{
	struct buf out, part;
	size_t at;

	buf_init(&out, 64 * FRAME_MAX);
	buf_init(&part, FRAME_MAX / 2);
	at = frame_begin(&out, FRAME_RESULT, w->id);
	codec_put_u8(&out, FRAME_LAST);
	for (size_t i = 0; i < w->nparts && !out.failed; i++) {
		encode(&part, &w->part[i]);
		put_part(&out, &at, w->id, &part);
	}
	frame_end(&out, at);
	buf_free(&part);
	if (!out.failed) {
		send_bytes(w->probe, &out);
		return;
	}
	buf_free(&out);
	send_lost(w);
}

/* ------------------------------------------------------------------- work */

static void
work_free(struct work *w)
{
	for (size_t i = 0; w->part != NULL && i < w->nparts; i++) {
		if (w->part[i].ticket != NULL)
			engine_cancel(w->part[i].ticket);
		obs_dns_unref(w->part[i].dns);
		obs_smtp_unref(w->part[i].smtp);
	}
	free(w->part);
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

static void
part_told(struct part *part)
{
	struct work *w = part->work;

	part->ticket = NULL;
	/* No memory for what was seen. */
	if (part->dns == NULL && part->smtp == NULL)
		end_work(w, send_lost);
	else if (--w->untold == 0)
		end_work(w, send_result);
}

static void
told_dns(void *arg, struct obs_dns *obs)
{
	struct part *part = arg;

	part->dns = obs == NULL ? NULL : obs_dns_ref(obs);
	part_told(part);
}

static void
told_smtp(void *arg, struct obs_smtp *obs)
{
	struct part *part = arg;

	part->smtp = obs == NULL ? NULL : obs_smtp_ref(obs);
	part_told(part);
}

/* The i-th part of the task: vantage by vantage, type by type. */
static struct ticket *
start_part(struct work *w, size_t i, unsigned vantage)
{
	struct engine *engine = w->probe->engine;
	const struct task *t = &w->task;
	struct part *part = &w->part[i];

	part->work = w;
	switch (t->kind) {
	case TASK_LOOKUP:
		return engine_lookup(engine, vantage, t->name,
		    t->type[i % t->ntype], told_dns, part);
	case TASK_ASK:
		return engine_ask(
		    engine, &t->ip, t->name, t->type[i], told_dns, part);
	case TASK_DIALOGUE:
		return engine_talk(engine, &t->ip, t->name, t->rcpt, t->depth,
		    told_smtp, part);
	}
	return NULL;
}

static size_t
count_parts(const struct task *t)
{
	if (t->kind == TASK_DIALOGUE)
		return 1;
	return t->ntype *
	    (t->kind == TASK_ASK ? 1 : (size_t)__builtin_popcount(t->vantages));
}

/* Returns 0, or -1 without memory. */
static int
start_parts(struct work *w)
{
	unsigned vantage = 0;

	w->nparts = w->untold = count_parts(&w->task);
	w->part = calloc(w->nparts, sizeof(*w->part));
	if (w->part == NULL)
		return -1;
	for (size_t i = 0; i < w->nparts; i++) {
		if (w->task.kind == TASK_LOOKUP && i > 0 &&
		    i % w->task.ntype == 0)
			vantage++;
		while (w->task.kind == TASK_LOOKUP &&
		    (w->task.vantages >> vantage & 1) == 0)
			vantage++;
		w->part[i].ticket = start_part(w, i, vantage);
		if (w->part[i].ticket == NULL)
			return -1;
	}
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
	struct work *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -1;
	w->probe = p;
	w->id = frame->task;
	if (codec_task(&frame->body, &w->task) != 0 ||
	    !codec_ended(&frame->body) || !fits(p, &w->task)) {
		work_free(w);
		return -1;
	}
	TAILQ_INSERT_TAIL(&p->works, w, link);
	if (start_parts(w) != 0)
		end_work(w, send_lost);
	return 0;
}
