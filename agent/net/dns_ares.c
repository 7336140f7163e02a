#include <stdlib.h>
#include <string.h>

/* ares_send is what we want, in newer versions too. */
#define CARES_NO_DEPRECATED
#include <ares.h>

#include "agent/net/dns_socket.h"
#include "agent/net/dns_transport.h"
#include "agent/net/poller.h"

/*
 * DNS over TCP through c-ares, which keeps connections, timeouts and framing,
 * and nothing else: it never sees a question or an answer, but tickets for them
 * (dns_ticket.h).  For what it does with those is not for a monitor, and is
 * another thing in 1.18 and in 1.34:
 *
 * - A FORMERR without OPT makes it ask again, without EDNS.
 * - Answers without a question, as FORMERR and REFUSED come, it takes for a
 *   stranger's.
 * - 1.34 refuses names with octets that cannot be printed, adds cookies,
 *   and hands out answers written anew; those that it cannot read are gone.
 * - 1.34 learns from answers how long to wait for the next: a resolver that
 *   knew the last ones by heart would be given up on too soon.  Only good
 *   answers teach it, so every ticket comes back REFUSED; and that it does not
 *   take for a dead server with ARES_FLAG_NOCHECKRESP.
 *
 * UDP does not come by here.  An answer by UDP takes 1.9 times the CPU time of
 * a bare recvmmsg client with 1.18 and 4.4 times with 1.34, but 1.1 times in
 * dns_udp.c.
 *
 * Everything that goes wrong is ARES_ECONNREFUSED.  The sockets see the errno,
 * and keep what it means as the cause.
 */

struct ares_transport {
	struct dns_server server;
	unsigned try_ms;
	ares_channel ares; /* NULL: not open */
	struct poller *poller;
	struct dns_socket socket;
	bool deaf; /* a socket is not watched */
};

#define READS_MAX 256 /* before the loop has its turn */

/* --------------------------------------------------------------- sockets */

static void
watch(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct ares_transport *t = arg;

	if (poller_watch(t->poller, fd, readable != 0, writable != 0) < 0)
		t->deaf = true;
}

/* What the next calls into c-ares are judged by. */
static void
prepare(struct ares_transport *t)
{
	t->socket.cause = DNS_END_TIMEOUT;
	t->socket.budget = READS_MAX;
}

static void
set_alarm(struct ares_transport *t)
{
	struct timeval room, *left = ares_timeout(t->ares, NULL, &room);

	poller_alarm(t->poller,
	    left == NULL ?
	        -1 :
	        (int64_t)left->tv_sec * 1000 + left->tv_usec / 1000 + 1);
}

/* First what came: after that, writing may find the connection at its end. */
static void
process(void *arg, int fd, bool readable, bool writable)
{
	struct ares_transport *t = arg;

	prepare(t);
	ares_process_fd(
	    t->ares, readable ? fd : ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	/* 1.18 reads a length, and leaves what follows for another event. */
	if (dns_socket_pending(&t->socket))
		ares_process_fd(t->ares, fd, ARES_SOCKET_BAD);
	if (writable)
		ares_process_fd(t->ares, ARES_SOCKET_BAD, fd);
	set_alarm(t);
}

static void
process_timeouts(void *arg)
{
	process(arg, ARES_SOCKET_BAD, false, false);
}

static const struct poller_events ares_events = {
	.ready = process,
	.alarm = process_timeouts,
};

static int
set_server(struct ares_transport *t)
{
	const struct dns_server *server = &t->server;
	struct ares_addr_port_node node = { .udp_port = server->port,
		.tcp_port = server->port };

	if (server->ip.family == 4) {
		node.family = AF_INET;
		memcpy(&node.addr.addr4, server->ip.byte, 4);
	} else {
		node.family = AF_INET6;
		memcpy(&node.addr.addr6, server->ip.byte, 16);
	}
	return ares_set_servers_ports(t->ares, &node);
}

/*
 * Everything that c-ares would look up in files is given, so it reads none;
 * one server, one try.  Returns 0 or -1.
 */
static int
open_ares(struct ares_transport *t)
{
	static char lookups[] = "b";
	struct ares_options o = { .flags =
		                      ARES_FLAG_USEVC | ARES_FLAG_NOCHECKRESP,
		.timeout = (int)t->try_ms,
		.tries = 1,
		.ndots = 1,
		.lookups = lookups,
		.sock_state_cb = watch,
		.sock_state_cb_data = t };
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
	    ARES_OPT_NDOTS | ARES_OPT_LOOKUPS | ARES_OPT_SERVERS |
	    ARES_OPT_DOMAINS | ARES_OPT_SORTLIST | ARES_OPT_SOCK_STATE_CB;

#ifdef ARES_OPT_QUERY_CACHE
	mask |= ARES_OPT_QUERY_CACHE; /* of 0 seconds: off */
#endif
	if (ares_init_options(&t->ares, &o, mask) != ARES_SUCCESS) {
		t->ares = NULL;
		return -1;
	}
	ares_set_socket_functions(t->ares, &dns_socket_functions, &t->socket);
	return set_server(t) == ARES_SUCCESS ? 0 : -1;
}

/* --------------------------------------------------------------- queries */

static enum dns_end
end_of(const struct ares_transport *t, int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return DNS_END_ANSWER;
	case ARES_ETIMEOUT:
		return t->deaf ? DNS_END_LOCAL : DNS_END_TIMEOUT;
	case ARES_ECONNREFUSED:
		return t->socket.cause;
	default:
		return DNS_END_LOCAL;
	}
}

/* A server may answer one query and hang up on those behind it, which are to
 * be sent again (RFC 7766 6.2.4): it got on with its work. */
static bool
was_hung_up_on(const struct ares_transport *t, int status)
{
	return t->socket.spoke && status == ARES_ECONNREFUSED &&
	    t->socket.cause == DNS_END_UNREACHABLE;
}

static void
answered(void *arg, int status, int timeouts, unsigned char *msg, int len)
{
	struct dns_query *q = arg;
	struct ares_transport *t = q->via;
	enum dns_end end = end_of(t, status);

	(void)timeouts;
	(void)msg; /* the ticket */
	(void)len;
	if (end == DNS_END_ANSWER && q->came == NULL)
		end = DNS_END_LOCAL; /* no memory */
	if (was_hung_up_on(t, status)) {
		q->flags |= DNS_FLAG_TCP;
		dns_query_again(q);
	} else {
		dns_query_ended(q, end, q->came, q->came_len);
	}
}

static void
ares_transport_send(void *self, struct dns_query *q)
{
	struct ares_transport *t = self;
	uint8_t ticket[DNS_TICKET];

	q->via = t;
	prepare(t);
	dns_ticket(q, ticket);
	ares_send(t->ares, ticket, sizeof(ticket), answered, q);
	set_alarm(t);
}

/* c-ares can only cancel everything at once. */
static bool
ares_transport_forget(void *self, struct dns_query *q)
{
	(void)self;
	(void)q;
	return false;
}

static void
ares_transport_close(void *self)
{
	struct ares_transport *t = self;

	if (t->ares != NULL)
		ares_destroy(t->ares);
	poller_free(t->poller);
	ares_library_cleanup();
	free(t);
}

const struct dns_transport dns_ares = {
	.send = ares_transport_send,
	.forget = ares_transport_forget,
	.close = ares_transport_close,
};

void *
dns_ares_new(uv_loop_t *loop, struct dns_channel *channel,
    const struct dns_server *server, unsigned try_ms)
{
	struct ares_transport *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
		free(t);
		return NULL;
	}
	t->server = *server;
	t->try_ms = try_ms;
	t->socket.server = &t->server;
	t->socket.channel = channel;
	t->poller = poller_new(loop, &ares_events, t);
	if (t->poller == NULL || open_ares(t) < 0) {
		ares_transport_close(t);
		return NULL;
	}
	return t;
}
