#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "agent/base/buf.h"
#include "tests/unit/support.h"

#include "tests/unit/receiver.h"

struct client {
	LIST_ENTRY(client) entry;
	struct whole *owner;
	uv_tcp_t tcp;
	struct buf text;
	uv_write_t write;
	char answer[256], part[4096];
};

struct whole {
	struct receiver r; /* first: what the test sees */
	uv_tcp_t listener;
	LIST_HEAD(, client) clients;
	unsigned handles;
};

static void
release(struct whole *w)
{
	if (--w->handles > 0)
		return;
	for (size_t i = 0; i < w->r.n; i++) {
		free(w->r.got[i].id);
		free(w->r.got[i].body);
	}
	free(w);
}

static void
client_closed(uv_handle_t *handle)
{
	struct client *c = handle->data;

	release(c->owner);
	buf_free(&c->text);
	free(c);
}

static void
drop(struct client *c)
{
	if (uv_is_closing((uv_handle_t *)&c->tcp))
		return;
	LIST_REMOVE(c, entry);
	uv_close((uv_handle_t *)&c->tcp, client_closed);
}

static void
on_written(uv_write_t *req, int status)
{
	(void)status;
	drop(req->handle->data);
}

static void
answer(struct client *c)
{
	struct receiver *r = &c->owner->r;
	size_t i = r->n <= r->nanswer ? r->n - 1 : r->nanswer - 1;
	uv_buf_t b;

	if (r->answer[i] == NULL)
		return;
	snprintf(c->answer, sizeof(c->answer),
	    "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", r->answer[i]);
	b = uv_buf_init(c->answer, (unsigned)strlen(c->answer));
	uv_write(&c->write, (uv_stream_t *)&c->tcp, &b, 1, on_written);
}

/* The value of a header, or "". */
static char *
header(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);

	if (at == NULL)
		return strdup("");
	at += strlen(name);
	return strndup(at, strcspn(at, "\r"));
}

static void
look(struct client *c)
{
	struct receiver *r = &c->owner->r;
	const char *head = buf_str(&c->text);
	const char *end = strstr(head, "\r\n\r\n");
	char *length;

	if (end == NULL)
		return;
	length = header(head, "\r\nContent-Length: ");
	if (strlen(end + 4) >= (size_t)atol(length) && r->n < RECEIVER_MAX) {
		r->got[r->n].id = header(head, "\r\nwebhook-id: ");
		r->got[r->n].body = strdup(end + 4);
		r->got[r->n].at_ms = uv_now(c->tcp.loop);
		r->n++;
		if (r->told != NULL)
			r->told(r->arg);
		answer(c);
	}
	free(length);
}

static void
lend(uv_handle_t *handle, size_t size, uv_buf_t *b)
{
	struct client *c = handle->data;

	(void)size;
	*b = uv_buf_init(c->part, sizeof(c->part));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct client *c = stream->data;

	if (n < 0) {
		drop(c);
		return;
	}
	buf_add(&c->text, b->base, (size_t)n);
	look(c);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct whole *w = listener->data;
	struct client *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	assert_int_equal(status, 0);
	c->owner = w;
	buf_init(&c->text, 0);
	uv_tcp_init(listener->loop, &c->tcp);
	c->tcp.data = c;
	w->handles++;
	LIST_INSERT_HEAD(&w->clients, c, entry);
	assert_int_equal(uv_accept(listener, (uv_stream_t *)&c->tcp), 0);
	uv_read_start((uv_stream_t *)&c->tcp, lend, on_read);
}

struct receiver *
receiver_start(uv_loop_t *loop, const char *const *answers, size_t n)
{
	struct whole *w = calloc(1, sizeof(*w));
	struct sockaddr_in any = { .sin_family = AF_INET };

	assert_non_null(w);
	w->r.answer = answers;
	w->r.nanswer = n;
	w->handles = 1;
	LIST_INIT(&w->clients);
	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	uv_tcp_init(loop, &w->listener);
	w->listener.data = w;
	assert_int_equal(
	    uv_tcp_bind(&w->listener, (struct sockaddr *)&any, 0), 0);
	assert_int_equal(
	    uv_listen((uv_stream_t *)&w->listener, 64, on_connection), 0);
	return &w->r;
}

uint16_t
receiver_port(const struct receiver *r)
{
	const struct whole *w = (const void *)r;
	struct sockaddr_in own;
	int len = sizeof(own);

	assert_int_equal(
	    uv_tcp_getsockname(&w->listener, (struct sockaddr *)&own, &len), 0);
	return ntohs(own.sin_port);
}

static void
listener_closed(uv_handle_t *handle)
{
	release(handle->data);
}

void
receiver_stop(struct receiver *r)
{
	struct whole *w = (void *)r;
	struct client *c;

	while ((c = LIST_FIRST(&w->clients)) != NULL)
		drop(c);
	uv_close((uv_handle_t *)&w->listener, listener_closed);
}
