#include <sys/epoll.h>
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
 * connecting	egress_open() has called connect(); the hub waits for its
 *		outcome.
 * plain	lines are given out as they come.
 * shaking	conn_starttls() was called; nothing is given out.
 * secure	lines come out of TLS.
 * closing	conn_close() was called, our last words are not yet sent;
 *		what comes in is dropped.
 * ended	the socket is closed; the hub calls closed() and frees.
 *
 * Every ending passes conn_finish(), also those of conn_open(): the hub calls
 * closed() only from the loop, and when no other event is being given out.
 * All other events start in the hub, too.  An event may call anything here; so
 * whoever gave one out looks at the state again before going on.
 *
 * One time is the deadline, shortened to connect_ms while connecting; the
 * other serves conn_expect() and the wait in closing.
 *
 * This file has the life; conn_io.c has the bytes, conn_hub.c what is common
 * to all connections.
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
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	conn_hub_ended(c);
}

void
conn_cancel(struct conn *c)
{
	c->silent = true;
	conn_finish(c, CONN_BYE, 0, "cancelled");
}

/* ----------------------------------------------------------------- times */

static void
set_times(struct conn *c, uint64_t limit, uint64_t expect)
{
	c->limit = limit;
	c->expect = expect;
	c->last_look = false;
	conn_hub_at(c, expect != 0 && expect < limit ? expect : limit);
}

/*
 * The loop runs timers before it looks at sockets.  When this process was kept
 * from running, an answer may lie there that came in time: so when a time is
 * over the loop is made to look once more.
 */
static bool
look_again(struct conn *c, uint64_t now)
{
	if (c->last_look)
		return false;
	c->last_look = true;
	conn_hub_at(c, now + 1);
	return true;
}

void
conn_due(struct conn *c, uint64_t now)
{
	if (c->limit <= now && c->state != CONNECTING)
		conn_finish(
		    c, CONN_TIMEOUT, UV_ETIMEDOUT, "the whole took too long");
	else if (!look_again(c, now))
		conn_finish(c, CONN_TIMEOUT, UV_ETIMEDOUT, NULL);
}

void
conn_expect(struct conn *c, uint64_t ms)
{
	if (c->state == CLOSING || c->state == ENDED)
		return;
	set_times(c, c->limit, ms == 0 ? 0 : conn_now() + ms);
}

/* ------------------------------------------------------------ connecting */

/* Did connect() succeed?  0 or a negative error. */
static int
connect_outcome(struct conn *c, uint32_t events)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if ((events & (EPOLLERR | EPOLLHUP)) == 0)
		return 0;
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return -errno;
	/* The connection was there and was reset since: what the peer said
	 * before that can be read like after a failed write. */
	if (error == ECONNRESET) {
		c->broken = UV_ECONNRESET;
		return 0;
	}
	return -error;
}

static void
on_connected(struct conn *c, uint32_t events)
{
	int r = connect_outcome(c, events);

	if (r != 0) {
		conn_finish(c, conn_blame(r, false), r, NULL);
		return;
	}
	conn_change(c, PLAIN, "connected");
	set_times(c, c->deadline, c->expect);
	c->events->ready(c->arg);
}

void
conn_ready(struct conn *c, uint32_t events)
{
	const uint32_t hung_up = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

	if (c->state == CONNECTING && (events & ~(uint32_t)EPOLLIN) != 0)
		on_connected(c, events);
	if (c->state == CONNECTING || c->state == ENDED)
		return;
	if ((events & EPOLLOUT) != 0)
		conn_send_rest(c);
	if ((events & (EPOLLIN | hung_up)) != 0)
		conn_read(c, (events & hung_up) != 0);
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
	r = conn_hub_watch(c);
	if (r != 0)
		conn_finish(c, CONN_LOCAL, r, NULL);
}

struct conn *
conn_open(struct conn_hub *hub, const struct egress *egress,
    enum egress_purpose purpose, const struct ip *ip, uint16_t port,
    const struct conn_options *options, const struct conn_events *events,
    void *arg)
{
	struct conn *c = conn_hub_take(hub, options->line_max);
	uint64_t now = conn_now(), connect_by;

	if (c == NULL)
		return NULL;
	buf_init(&c->decrypted, 0);
	c->state = CONNECTING;
	c->events = events;
	c->arg = arg;
	c->options = *options;
	c->ip = *ip;
	c->port = port;
	c->fd = -1;
	c->deadline = now + options->deadline_ms;
	connect_by = now + options->connect_ms;
	set_times(c, connect_by < c->deadline ? connect_by : c->deadline, 0);
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
	set_times(c, c->limit, conn_now() + LINGER_MS);
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
