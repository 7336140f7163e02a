#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/net/conn_state.h"

#include "agent/net/conn.h"

/*
 * The life of a connection:
 *
 *	connecting --> plain --> shaking --> secure
 *	     |           |          |           |
 *	     |           +------> closing <-----+
 *	     |           |          |           |
 *	     +-----------+------> ended <-------+
 *
 * connecting	egress_open() has called connect(); a uv_poll waits for its
 *		outcome, then the descriptor goes to a uv_tcp.
 * plain	lines are given out as they come.
 * shaking	conn_starttls() was called; nothing is given out.
 * secure	lines come out of TLS.
 * closing	conn_close() was called, our last words are not yet sent;
 *		what comes in is dropped.
 * ended	the handles are being closed; the callback of the last one
 *		calls closed() and frees.
 *
 * Every ending passes conn_finish(), also those of conn_open(): libuv runs
 * close callbacks only from the loop, so closed() comes from there too.  All
 * other events start in a callback of libuv.  An event may call anything
 * here; so whoever gave one out looks at the state again before going on, and
 * nothing is freed until the last close callback.
 *
 * One timer is the deadline, shortened to connect_ms while connecting; the
 * other serves conn_expect() and the wait in closing.
 *
 * This file has the life; conn_io.c has the bytes.
 */

/* How long our last words may take to leave. */
#define LINGER_MS 1000

const struct conn_options conn_defaults = {
	.deadline_ms = 60000,
	.connect_ms = 10000,
	.line_max = 2048,
	.plain_max = 64 * 1024,
	.tls_max = 256 * 1024,
};

static const char *const state_name[] = {
	[CONNECTING] = "connecting",
	[PLAIN] = "plain",
	[SHAKING] = "shaking",
	[SECURE] = "secure",
	[CLOSING] = "closing",
	[ENDED] = "ended",
};

static const char *const end_name[] = {
	[CONN_BYE] = "bye",
	[CONN_EOF] = "eof",
	[CONN_RESET] = "reset",
	[CONN_REFUSED] = "refused",
	[CONN_UNREACHABLE] = "unreachable",
	[CONN_TIMEOUT] = "timeout",
	[CONN_FORBIDDEN] = "forbidden",
	[CONN_LIMIT] = "limit",
	[CONN_TLS] = "tls",
	[CONN_LOCAL] = "local",
};

/*
 * What an error says about who is to blame.  at_once: connect() itself said
 * so, that is this machine, before a packet went out.  later: the network or
 * the peer.  Not listed: our own failure.
 */
static const struct {
	int error;
	enum conn_end at_once, later;
} meaning[] = {
	{ UV_ECONNREFUSED, CONN_REFUSED, CONN_REFUSED },
	{ UV_ECONNRESET, CONN_RESET, CONN_RESET },
	{ UV_ECONNABORTED, CONN_RESET, CONN_RESET },
	{ UV_EPIPE, CONN_RESET, CONN_RESET },
	{ UV_ETIMEDOUT, CONN_TIMEOUT, CONN_TIMEOUT },
	{ UV_ENETUNREACH, CONN_LOCAL, CONN_UNREACHABLE },
	{ UV_EHOSTUNREACH, CONN_LOCAL, CONN_UNREACHABLE },
	{ UV_EHOSTDOWN, CONN_LOCAL, CONN_UNREACHABLE },
	{ UV_ENONET, CONN_LOCAL, CONN_UNREACHABLE },
	{ UV_EPROTO, CONN_LOCAL, CONN_UNREACHABLE },
	{ -ENOPROTOOPT, CONN_LOCAL, CONN_UNREACHABLE },
	/* ICMPv6 "administratively prohibited" and its kin. */
	{ UV_EACCES, CONN_LOCAL, CONN_UNREACHABLE },
};

const char *
conn_end_name(enum conn_end end)
{
	return end_name[end];
}

enum conn_end
conn_blame(int error, bool at_once)
{
	for (size_t i = 0; i < sizeof(meaning) / sizeof(meaning[0]); i++)
		if (meaning[i].error == error)
			return at_once ? meaning[i].at_once : meaning[i].later;
	return CONN_LOCAL;
}

void
conn_change(struct conn *c, enum conn_state next, const char *reason)
{
	log_debug("conn %p: %s -> %s (%s)", (void *)c, state_name[c->state],
	    state_name[next], reason);
	c->state = next;
}

/* ---------------------------------------------------------------- ending */

static void
free_conn(struct conn *c)
{
	tls_free(c->tls);
	buf_free(&c->decrypted);
	line_free(&c->line);
	free(c);
}

static void
on_handle_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;

	if (--c->nopen > 0)
		return;
	if (!c->silent)
		c->events->closed(c->arg, c->end, c->error);
	free_conn(c);
}

void
conn_finish(struct conn *c, enum conn_end how, int error, const char *detail)
{
	if (c->state == ENDED)
		return;
	/* After conn_close() whatever goes wrong is no news. */
	if (c->state == CLOSING) {
		how = CONN_BYE;
		error = 0;
		detail = NULL;
	}
	conn_change(c, ENDED, detail == NULL ? end_name[how] : detail);
	c->end = how;
	c->error = error;
	c->detail = detail;
	/* The poll before the stream that has its descriptor now. */
	for (unsigned i = c->nopen; i > 0; i--)
		uv_close(c->open[i - 1], on_handle_closed);
	if (c->fd >= 0)
		close(c->fd);
}

static void
track(struct conn *c, uv_handle_t *handle)
{
	handle->data = c;
	c->open[c->nopen++] = handle;
}

void
conn_cancel(struct conn *c)
{
	c->silent = true;
	conn_finish(c, CONN_BYE, 0, "cancelled");
}

/* ---------------------------------------------------------------- timers */

/* The loop's idea of now is that of its last turn, which may be long ago. */
static void
arm(uv_timer_t *timer, uv_timer_cb fire, uint64_t ms)
{
	uv_update_time(timer->loop);
	uv_timer_start(timer, fire, ms, 0);
}

/*
 * libuv runs timers before it looks at sockets.  When this process was kept
 * from running, an answer may lie there that came in time: so a timer's first
 * firing only makes the loop look once more.
 */
static bool
look_again(struct conn *c, uv_timer_t *timer, uv_timer_cb fire)
{
	if (c->last_look)
		return false;
	c->last_look = true;
	uv_timer_start(timer, fire, 1, 0);
	return true;
}

static void
on_limit(uv_timer_t *timer)
{
	struct conn *c = timer->data;

	if (c->state != CONNECTING)
		conn_finish(
		    c, CONN_TIMEOUT, UV_ETIMEDOUT, "the whole took too long");
	else if (!look_again(c, timer, on_limit))
		conn_finish(c, CONN_TIMEOUT, UV_ETIMEDOUT, NULL);
}

static void
on_expect(uv_timer_t *timer)
{
	struct conn *c = timer->data;

	if (!look_again(c, timer, on_expect))
		conn_finish(c, CONN_TIMEOUT, UV_ETIMEDOUT, NULL);
}

void
conn_expect(struct conn *c, uint64_t ms)
{
	if (c->state == CLOSING || c->state == ENDED)
		return;
	c->last_look = false;
	if (ms == 0)
		uv_timer_stop(&c->expect);
	else
		arm(&c->expect, on_expect, ms);
}

/* ------------------------------------------------------------ connecting */

/* Hand the connected descriptor from the uv_poll to the uv_tcp. */
static int
begin_stream(struct conn *c)
{
	int r = uv_tcp_open(&c->tcp, c->fd);

	if (r != 0)
		return r;
	c->fd = -1;
	/* Our flights are small and each waits for an answer: Nagle's
	 * algorithm would hold back the second of two. */
	uv_tcp_nodelay(&c->tcp, 1);
	return conn_read(c);
}

/* Did connect() succeed?  0 or a negative error. */
static int
connect_outcome(struct conn *c, int status)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return -errno;
	/* The connection was there and was reset since: what the peer said
	 * before that can be read like after a failed write. */
	if (error == ECONNRESET) {
		c->broken = UV_ECONNRESET;
		return 0;
	}
	return error != 0 ? -error : status;
}

static void
on_connected(uv_poll_t *poll, int status, int events)
{
	struct conn *c = poll->data;
	int r = connect_outcome(c, status);
	uint64_t now;

	(void)events;
	uv_poll_stop(poll);
	if (r != 0) {
		conn_finish(c, conn_blame(r, false), r, NULL);
		return;
	}
	r = begin_stream(c);
	if (r != 0) {
		conn_finish(c, CONN_LOCAL, r, NULL);
		return;
	}
	conn_change(c, PLAIN, "connected");
	c->last_look = false;
	uv_update_time(poll->loop);
	now = uv_now(poll->loop);
	arm(&c->limit, on_limit, c->deadline > now ? c->deadline - now : 0);
	c->events->ready(c->arg);
}

static void
start_connect(struct conn *c, const struct egress *egress,
    enum egress_purpose purpose, const struct ip *ip, uint16_t port)
{
	const char *refusal = egress_refuses(egress, purpose, ip);
	int r;

	if (refusal != NULL) {
		conn_finish(c, CONN_FORBIDDEN, UV_EACCES, refusal);
		return;
	}
	r = egress_open(egress, purpose, SOCK_STREAM, ip, port, NULL);
	if (r < 0) {
		conn_finish(c, conn_blame(r, true), r, NULL);
		return;
	}
	c->fd = r;
	r = uv_poll_init(c->limit.loop, &c->poll, c->fd);
	if (r == 0) {
		track(c, (uv_handle_t *)&c->poll);
		r = uv_poll_start(&c->poll, UV_WRITABLE, on_connected);
	}
	if (r != 0)
		conn_finish(c, CONN_LOCAL, r, NULL);
}

static void
init_handles(struct conn *c, uv_loop_t *loop)
{
	const struct conn_options *o = &c->options;

	uv_timer_init(loop, &c->limit);
	track(c, (uv_handle_t *)&c->limit);
	uv_timer_init(loop, &c->expect);
	track(c, (uv_handle_t *)&c->expect);
	uv_tcp_init(loop, &c->tcp);
	track(c, (uv_handle_t *)&c->tcp);
	arm(&c->limit, on_limit,
	    o->connect_ms < o->deadline_ms ? o->connect_ms : o->deadline_ms);
	c->deadline = uv_now(loop) + o->deadline_ms;
}

struct conn *
conn_open(uv_loop_t *loop, const struct egress *egress,
    enum egress_purpose purpose, const struct ip *ip, uint16_t port,
    const struct conn_options *options, const struct conn_events *events,
    void *arg)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	buf_init(&c->decrypted, 0);
	if (line_init(&c->line, options->line_max) != 0) {
		free_conn(c);
		return NULL;
	}
	c->state = CONNECTING;
	c->events = events;
	c->arg = arg;
	c->options = *options;
	c->fd = -1;
	init_handles(c, loop);
	start_connect(c, egress, purpose, ip, port);
	return c;
}

/* --------------------------------------------------------------- the rest */

void
conn_close(struct conn *c)
{
	if (c->state == CONNECTING || c->state == SHAKING)
		conn_finish(c, CONN_BYE, 0, NULL);
	if (c->state == SECURE) {
		tls_bye(c->tls);
		conn_flush_tls(c);
	}
	if (c->state == CLOSING || c->state == ENDED)
		return;
	conn_change(c, CLOSING, "closed by us");
	arm(&c->expect, on_expect, LINGER_MS);
	conn_finish_if_sent(c);
}

struct tls *
conn_tls(struct conn *c)
{
	return c->tls;
}

size_t
conn_unread(const struct conn *c)
{
	return c->unread;
}

size_t
conn_injected(const struct conn *c)
{
	return c->injected;
}

const char *
conn_detail(const struct conn *c)
{
	if (c->detail != NULL)
		return c->detail;
	return c->tls == NULL ? "" : tls_error(c->tls);
}
