#include "agent/worker/outbox.h"

/* A buffer that was ever as large is not kept. */
#define KEEP_MAX (4 * OUTBOX_FULL)

static void write_all(struct outbox *);

static void
empty(struct buf *b)
{
	if (b->size > KEEP_MAX)
		buf_free(b);
	else
		buf_reset(b);
}

static void
written(uv_write_t *request, int status)
{
	struct outbox *o = request->data;

	(void)status;
	o->busy = false;
	empty(&o->flying);
	if (!uv_is_closing((uv_handle_t *)o->stream))
		write_all(o);
}

/* What the socket did not take at once is written by the loop. */
static void
write_rest(struct outbox *o, size_t from)
{
	struct buf rest = o->bytes;
	uv_buf_t chunk =
	    uv_buf_init(rest.data + from, (unsigned)(rest.len - from));

	o->bytes = o->flying;
	o->flying = rest;
	o->request.data = o;
	o->busy = uv_write(&o->request, o->stream, &chunk, 1, written) == 0;
	if (!o->busy)
		empty(&o->flying);
}

static void
write_all(struct outbox *o)
{
	struct buf *b = &o->bytes;
	uv_buf_t chunk = uv_buf_init(b->data, (unsigned)b->len);
	int n;

	uv_prepare_stop(&o->turn);
	if (o->busy || b->len == 0)
		return;
	n = uv_try_write(o->stream, &chunk, 1);
	if (n == UV_EAGAIN)
		n = 0;
	if (n >= 0 && (size_t)n < b->len)
		write_rest(o, (size_t)n);
	else
		empty(b);
}

static void
turn(uv_prepare_t *prepare)
{
	write_all(prepare->data);
}

void
outbox_init(struct outbox *o, uv_stream_t *stream, size_t max)
{
	*o = (struct outbox){ .stream = stream };
	buf_init(&o->bytes, max);
	buf_init(&o->flying, max);
	uv_prepare_init(stream->loop, &o->turn);
	o->turn.data = o;
}

void
outbox_send(struct outbox *o)
{
	if (o->bytes.len >= OUTBOX_FULL)
		write_all(o);
	else
		uv_prepare_start(&o->turn, turn);
}

void
outbox_close(struct outbox *o, uv_close_cb closed)
{
	o->turn.data = o->stream->data;
	uv_close((uv_handle_t *)&o->turn, closed);
}

void
outbox_free(struct outbox *o)
{
	buf_free(&o->bytes);
	buf_free(&o->flying);
}
