#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "agent/base/name.h"
#include "tests/unit/dns_build.h"
#include "tests/unit/dns_server.h"
#include "tests/unit/support.h"

/* An answer that waits. */
struct held {
	struct held *next;
	struct sockaddr_storage to;
	size_t len;
	uint8_t data[512];
};

/* A TCP connection, which collects one question at a time. */
struct client {
	LIST_ENTRY(client) entry;
	uv_tcp_t tcp;
	struct dns_server *server;
	uint8_t data[4096];
	size_t len;
};

/* Where a question came from. */
struct source {
	const struct sockaddr *udp;
	struct client *tcp;
};

static struct msg out; /* one server speaks at a time */

/* ------------------------------------------------------------- questions */

static void
note(struct dns_server *s, const uint8_t *q, size_t len, bool tcp)
{
	struct asked *a = &s->asked[s->nasked];
	size_t n = 12;

	assert_true(s->nasked < ASKED_MAX && len >= 17);
	while (q[n] != 0 && n < len - 5)
		n += q[n] + (size_t)1;
	n++;
	assert_int_equal(name_from_wire(q + 12, n - 12, a->name), 0);
	a->tcp = tcp;
	a->id = msg_get16(q, 0);
	a->flags = msg_get16(q, 2);
	a->type = (uint16_t)msg_get16(q, n);
	a->len = len;
	assert_int_equal(msg_get16(q, 4), 1);
	assert_int_equal(msg_get16(q, n + 2), 1);
	if (msg_get16(q, 10) == 1) {
		/* The OPT record is the last; newer versions of c-ares put a
		 * cookie into it. */
		assert_true(len >= n + 4 + 11);
		assert_int_equal(len, n + 4 + 11 + msg_get16(q, n + 13));
		assert_int_equal(msg_get16(q, n + 5), 41);
		a->edns = msg_get16(q, n + 7);
		a->dnssec = (q[n + 11] & 0x80) != 0;
	}
	s->nasked++;
}

/* ---------------------------------------------------------------- sending */

static void
send_udp(struct dns_server *s, const struct sockaddr *to, const void *data,
    size_t len)
{
	uv_buf_t b = uv_buf_init((char *)(uintptr_t)data, (unsigned)len);

	uv_udp_try_send(&s->udp, &b, 1, to);
}

static void
client_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void
hang_up(struct client *c)
{
	LIST_REMOVE(c, entry);
	uv_close((uv_handle_t *)&c->tcp, client_closed);
}

static void
written(uv_write_t *w, int status)
{
	(void)status;
	free(w);
}

static void
send_tcp(struct client *c, const uint8_t *data, size_t len, size_t announced)
{
	uv_write_t *w = malloc(sizeof(*w) + len + 2);
	uint8_t *copy = (uint8_t *)(w + 1);
	uv_buf_t b;

	assert_non_null(w);
	copy[0] = (uint8_t)(announced >> 8);
	copy[1] = (uint8_t)announced;
	memcpy(copy + 2, data, len);
	b = uv_buf_init((char *)copy, (unsigned)len + 2);
	uv_write(w, (uv_stream_t *)&c->tcp, &b, 1, written);
}

static void
send_strays(struct dns_server *s, const struct sockaddr *to)
{
	struct msg other;

	send_udp(s, to, "", 0);
	send_udp(s, to, out.data, 5);
	out.data[0] ^= 0x55;
	send_udp(s, to, out.data, out.len);
	out.data[0] ^= 0x55;
	msg_build(&other, MSG_QR | 2, "stray.example", 1, NULL);
	memcpy(other.data, out.data, 2);
	send_udp(s, to, other.data, other.len);
}

/* ---------------------------------------------------------------- holding */

static void
hold(struct dns_server *s, const struct sockaddr *to)
{
	struct held *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	assert_true(out.len <= sizeof(h->data));
	memcpy(&h->to, to, sizeof(struct sockaddr_in));
	memcpy(h->data, out.data, out.len);
	h->len = out.len;
	h->next = s->held;
	s->held = h;
	if (++s->nheld > s->most_held)
		s->most_held = s->nheld;
}

static void
let_go(uv_timer_t *timer)
{
	struct dns_server *s = timer->data;
	struct held *h;

	while ((h = s->held) != NULL) {
		s->held = h->next;
		send_udp(s, (struct sockaddr *)&h->to, h->data, h->len);
		free(h);
	}
	s->nheld = 0;
}

/* --------------------------------------------------------------- replying */

/* A record of the root with pad octets: makes the answer as long as wanted. */
static void
pad_out(size_t pad)
{
	static const uint8_t head[] = { 0, 0, 99, 0, 1, 0, 0, 0, 0 };

	memcpy(out.data + out.len, head, sizeof(head));
	out.len += sizeof(head);
	out.data[out.len++] = (uint8_t)(pad >> 8);
	out.data[out.len++] = (uint8_t)pad;
	memset(out.data + out.len, 'x', pad);
	out.len += pad;
	msg_put16(&out, 10, msg_get16(out.data, 10) + 1);
}

static void
compose(const struct reply *r, const struct asked *a, bool cut)
{
	unsigned flags = MSG_QR | r->flags | (a->flags & 0x0110);

	if (cut)
		msg_build(&out, flags | MSG_TC, a->name, a->type, NULL);
	else
		msg_build(&out, flags, a->name, a->type, r->records);
	if (!cut && r->pad > 0)
		pad_out(r->pad);
	if ((r->how & REPLY_HEADER) != 0) {
		out.len = 12;
		memset(out.data + 4, 0, 8);
	}
	msg_put16(&out, 0, a->id);
}

static void
reply_udp(
    struct dns_server *s, const struct reply *r, const struct sockaddr *to)
{
	if ((r->how & REPLY_STRAYS) != 0)
		send_strays(s, to);
	if ((r->how & REPLY_HOLD) != 0) {
		hold(s, to);
		uv_timer_start(&s->timer, let_go, 2, 0);
	} else {
		send_udp(s, to, out.data, out.len);
	}
}

static void
reply_tcp(const struct reply *r, struct client *c)
{
	if ((r->how & REPLY_CLOSE) != 0) {
		hang_up(c);
	} else if ((r->how & REPLY_HALF) != 0) {
		send_tcp(c, out.data, out.len / 2, out.len);
		hang_up(c);
	} else {
		send_tcp(c, out.data, out.len, out.len);
		if ((r->how & REPLY_LAST) != 0)
			hang_up(c);
	}
}

static void
serve(struct dns_server *s, const uint8_t *q, size_t len,
    const struct source *from)
{
	const size_t n = s->nasked;
	const struct reply *r = &s->script[n < s->nscript ? n : s->nscript - 1];

	note(s, q, len, from->tcp != NULL);
	if (from->udp != NULL)
		s->asked[n].port =
		    ntohs(((const struct sockaddr_in *)(const void *)from->udp)
		              ->sin_port);
	if (s->heard != NULL)
		s->heard(s->arg);
	if ((r->how & REPLY_SILENT) != 0)
		return;
	compose(r, &s->asked[n], (r->how & REPLY_CUT) && !from->tcp);
	if ((r->how & REPLY_ECHO) != 0) {
		memcpy(out.data, q, len);
		out.len = len;
	}
	if (from->tcp != NULL)
		reply_tcp(r, from->tcp);
	else
		reply_udp(s, r, from->udp);
}

/* -------------------------------------------------------------- receiving */

static void
give_room(uv_handle_t *handle, size_t size, uv_buf_t *b)
{
	static char room[65536];

	(void)handle;
	(void)size;
	*b = uv_buf_init(room, sizeof(room));
}

static void
got_udp(uv_udp_t *udp, ssize_t n, const uv_buf_t *b,
    const struct sockaddr *from, unsigned flags)
{
	const struct source source = { .udp = from };

	(void)flags;
	if (n > 0 && from != NULL)
		serve(udp->data, (uint8_t *)b->base, (size_t)n, &source);
}

static void
got_tcp(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct client *c = stream->data;
	const struct source source = { .tcp = c };
	uint8_t query[sizeof(c->data)];
	size_t len;

	if (n < 0) {
		hang_up(c);
		return;
	}
	assert_true(c->len + (size_t)n <= sizeof(c->data));
	memcpy(c->data + c->len, b->base, (size_t)n);
	c->len += (size_t)n;
	while (c->len >= 2 && !uv_is_closing((uv_handle_t *)stream)) {
		len = msg_get16(c->data, 0);
		if (c->len < len + 2)
			break;
		memcpy(query, c->data + 2, len);
		c->len -= len + 2;
		memmove(c->data, c->data + len + 2, c->len);
		serve(c->server, query, len, &source);
	}
}

static void
got_client(uv_stream_t *stream, int status)
{
	struct client *c = calloc(1, sizeof(*c));

	assert_int_equal(status, 0);
	assert_non_null(c);
	c->server = stream->data;
	LIST_INSERT_HEAD(&c->server->clients, c, entry);
	uv_tcp_init(stream->loop, &c->tcp);
	c->tcp.data = c;
	assert_int_equal(uv_accept(stream, (uv_stream_t *)&c->tcp), 0);
	uv_unref((uv_handle_t *)&c->tcp);
	uv_read_start((uv_stream_t *)&c->tcp, give_room, got_tcp);
}

/* ------------------------------------------------------------------ setup */

/* Both sockets on the port that the first was given; false: the other was
 * taken. */
static bool
bind_both(struct dns_server *s, uv_loop_t *loop)
{
	struct sockaddr_in sa;
	int len = sizeof(sa);

	assert_int_equal(uv_udp_init(loop, &s->udp), 0);
	assert_int_equal(uv_tcp_init(loop, &s->tcp), 0);
	uv_ip4_addr("127.0.0.1", 0, &sa);
	assert_int_equal(uv_udp_bind(&s->udp, (struct sockaddr *)&sa, 0), 0);
	uv_udp_getsockname(&s->udp, (struct sockaddr *)&sa, &len);
	s->port = ntohs(sa.sin_port);
	s->udp.data = s->tcp.data = s->timer.data = s;
	return uv_tcp_bind(&s->tcp, (struct sockaddr *)&sa, 0) == 0 &&
	    uv_listen((uv_stream_t *)&s->tcp, 16, got_client) == 0;
}

struct dns_server *
dns_server_start(uv_loop_t *loop, const struct reply *script, size_t nscript)
{
	struct dns_server *s = calloc(1, sizeof(*s));
	unsigned tries = 0;

	assert_non_null(s);
	s->script = script;
	s->nscript = nscript;
	while (!bind_both(s, loop)) {
		assert_true(tries++ < 20);
		uv_close((uv_handle_t *)&s->udp, NULL);
		uv_close((uv_handle_t *)&s->tcp, NULL);
		uv_run(loop, UV_RUN_DEFAULT);
	}
	uv_timer_init(loop, &s->timer);
	s->timer.data = s;
	uv_udp_recv_start(&s->udp, give_room, got_udp);
	uv_unref((uv_handle_t *)&s->udp);
	uv_unref((uv_handle_t *)&s->tcp);
	return s;
}

static void
server_closed(uv_handle_t *handle)
{
	struct dns_server *s = handle->data;

	if (--s->handles == 0)
		free(s);
}

void
dns_server_stop(struct dns_server *s)
{
	struct client *c;

	let_go(&s->timer);
	while ((c = LIST_FIRST(&s->clients)) != NULL)
		hang_up(c);
	s->handles = 3;
	uv_close((uv_handle_t *)&s->udp, server_closed);
	uv_close((uv_handle_t *)&s->tcp, server_closed);
	uv_close((uv_handle_t *)&s->timer, server_closed);
}
