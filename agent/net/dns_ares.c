#include <stdlib.h>
#include <string.h>

/* ares_send is what we want, in newer versions too. */
#define CARES_NO_DEPRECATED
#include <ares.h>

#include "agent/net/dns_socket.h"
#include "agent/net/dns_transport.h"
#include "agent/net/poller.h"

/*
 * Plain DNS through c-ares, which keeps sockets, timeouts and TCP framing, and
 * nothing else: it never sees a question or an answer, but tickets for them
 * (dns_ticket.h).  For what it does with those is not for a monitor, and is
 * another thing in 1.18 and in 1.34:
 *
 * - A FORMERR without OPT makes it ask again, without EDNS.
 * - Answers without a question, as FORMERR and REFUSED come, it takes for a
 *   stranger's.  Datagrams are cut at the EDNS size that it was told.
 * - 1.34 refuses names with octets that cannot be printed, adds cookies,
 *   and hands out answers written anew; those that it cannot read are gone.
 * - 1.34 learns from answers how long to wait for the next: a resolver that
 *   knew the last ones by heart would be given up on too soon.  Only good
 *   answers teach it, so every ticket comes back REFUSED; and that it does not
 *   take for a dead server with ARES_FLAG_NOCHECKRESP.
 *
 * Whether an answer was truncated is looked at here, and the query then moved
 * from one of two sessions, each a c-ares channel, to the other: one is for
 * UDP, one for TCP, opened when first needed, because a failure of a TCP
 * connection ends the UDP queries of the same c-ares channel.
 *
 * Everything that goes wrong is ARES_ECONNREFUSED.  The sockets see the errno,
 * and keep what it means as the cause.
 *
 * Sockets close whenever a session has nothing under way, so a channel does
 * not keep one source port for its life.
 */

struct session {
	struct ares_transport *owner;
	int flags;         /* ARES_FLAG_* */
	ares_channel ares; /* NULL: not open */
	struct poller *poller;
	struct dns_socket socket;
	bool deaf; /* a socket is not watched */
};

struct ares_transport {
	uv_loop_t *loop;
	struct dns_server server;
	unsigned try_ms;
	struct session udp, tcp;
};

#define READS_MAX 256 /* before the loop has its turn */

/* -------------------------------------------------------------- sessions */

static void
watch(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct session *s = arg;

	if (poller_watch(s->poller, fd, readable != 0, writable != 0) < 0)
		s->deaf = true;
}

/* What the next calls into c-ares are judged by. */
static void
prepare(struct session *s)
{
	s->socket.cause = DNS_END_TIMEOUT;
	s->socket.budget = READS_MAX;
}

static void
set_alarm(struct session *s)
{
	struct timeval room, *left = ares_timeout(s->ares, NULL, &room);

	poller_alarm(s->poller,
	    left == NULL ?
	        -1 :
	        (int64_t)left->tv_sec * 1000 + left->tv_usec / 1000 + 1);
}

/* First what came: after that, writing may find the connection at its end. */
static void
process(void *arg, int fd, bool readable, bool writable)
{
	struct session *s = arg;

	prepare(s);
	ares_process_fd(
	    s->ares, readable ? fd : ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	/* 1.18 reads a length, and leaves what follows for another event. */
	if (dns_socket_pending(&s->socket))
		ares_process_fd(s->ares, fd, ARES_SOCKET_BAD);
	if (writable)
		ares_process_fd(s->ares, ARES_SOCKET_BAD, fd);
	set_alarm(s);
}

static void
process_timeouts(void *arg)
{
	process(arg, ARES_SOCKET_BAD, false, false);
}

static const struct poller_events session_events = {
	.ready = process,
	.alarm = process_timeouts,
};

static int
set_server(struct session *s)
{
	const struct dns_server *server = &s->owner->server;
	struct ares_addr_port_node node = { .udp_port = server->port,
		.tcp_port = server->port };

	if (server->ip.family == 4) {
		node.family = AF_INET;
		memcpy(&node.addr.addr4, server->ip.byte, 4);
	} else {
		node.family = AF_INET6;
		memcpy(&node.addr.addr6, server->ip.byte, 16);
	}
	return ares_set_servers_ports(s->ares, &node);
}

static void
session_init(struct session *s, struct ares_transport *owner,
    struct dns_channel *channel, int flags)
{
	s->owner = owner;
	s->flags = flags;
	s->socket.server = &owner->server;
	s->socket.channel = channel;
	s->socket.session = s;
	s->socket.tcp = (flags & ARES_FLAG_USEVC) != 0;
}

static void
session_close(struct session *s)
{
	if (s->ares != NULL)
		ares_destroy(s->ares);
	poller_free(s->poller);
	s->ares = NULL;
	s->poller = NULL;
}

/*
 * Everything that c-ares would look up in files is given, so it reads none;
 * one server, one try.  Returns 0 or -1.
 */
static int
session_open(struct session *s)
{
	static char lookups[] = "b";
	struct ares_options o = { .flags = s->flags | ARES_FLAG_NOCHECKRESP,
		.timeout = (int)s->owner->try_ms,
		.tries = 1,
		.ndots = 1,
		.lookups = lookups,
		.sock_state_cb = watch,
		.sock_state_cb_data = s };
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
	    ARES_OPT_NDOTS | ARES_OPT_LOOKUPS | ARES_OPT_SERVERS |
	    ARES_OPT_DOMAINS | ARES_OPT_SORTLIST | ARES_OPT_SOCK_STATE_CB;

#ifdef ARES_OPT_QUERY_CACHE
	mask |= ARES_OPT_QUERY_CACHE; /* of 0 seconds: off */
#endif
	s->poller = poller_new(s->owner->loop, &session_events, s);
	if (s->poller == NULL)
		return -1;
	if (ares_init_options(&s->ares, &o, mask) != ARES_SUCCESS)
		s->ares = NULL;
	if (s->ares == NULL || set_server(s) != ARES_SUCCESS) {
		session_close(s);
		return -1;
	}
	ares_set_socket_functions(s->ares, &dns_socket_functions, &s->socket);
	return 0;
}

/* --------------------------------------------------------------- queries */

static enum dns_end
end_of(const struct session *s, int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return DNS_END_ANSWER;
	case ARES_ETIMEOUT:
		return s->deaf ? DNS_END_LOCAL : DNS_END_TIMEOUT;
	case ARES_ECONNREFUSED:
		return s->socket.cause;
	default:
		return DNS_END_LOCAL;
	}
}

static void transmit(struct session *, struct dns_query *);

/* A server may answer one query and hang up on those behind it, which are to
 * be sent again (RFC 7766 6.2.4): it got on with its work. */
static bool
was_hung_up_on(const struct session *s, int status)
{
	return s->socket.spoke && status == ARES_ECONNREFUSED &&
	    s->socket.cause == DNS_END_UNREACHABLE;
}

/* TC: RFC 7766 5. */
static bool
is_cut(const struct dns_query *q)
{
	return (q->came[2] & 2) != 0;
}

static void
move_to_tcp(struct dns_query *q, struct ares_transport *t)
{
	free(q->came);
	q->came = NULL;
	transmit(&t->tcp, q);
}

static void
answered(void *arg, int status, int timeouts, unsigned char *msg, int len)
{
	struct dns_query *q = arg;
	struct session *s = q->via;
	enum dns_end end = end_of(s, status);
	bool tcp = s == &s->owner->tcp;

	(void)timeouts;
	(void)msg; /* the ticket */
	(void)len;
	if (end == DNS_END_ANSWER && q->came == NULL)
		end = DNS_END_LOCAL; /* no memory */
	if (tcp && was_hung_up_on(s, status)) {
		q->flags |= DNS_FLAG_TCP;
		dns_query_again(q);
	} else if (!tcp && end == DNS_END_ANSWER && is_cut(q) && !q->dead) {
		move_to_tcp(q, s->owner);
	} else {
		dns_query_ended(q, end, q->came, q->came_len);
	}
}

static void
transmit(struct session *s, struct dns_query *q)
{
	uint8_t ticket[DNS_TICKET];

	if (s->ares == NULL && session_open(s) < 0) {
		dns_query_ended(q, DNS_END_LOCAL, NULL, 0);
		return;
	}
	q->via = s;
	prepare(s);
	dns_ticket(q, ticket);
	ares_send(s->ares, ticket, sizeof(ticket), answered, q);
	set_alarm(s);
}

static void
ares_transport_send(void *self, struct dns_query *q)
{
	struct ares_transport *t = self;
	const struct dns_server *to = &t->server;

	if (egress_refuses(to->egress, to->purpose, &to->ip) != NULL)
		dns_query_ended(q, DNS_END_FORBIDDEN, NULL, 0);
	else
		transmit(q->flags & DNS_FLAG_TCP ? &t->tcp : &t->udp, q);
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

	session_close(&t->udp);
	session_close(&t->tcp);
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
	t->loop = loop;
	t->server = *server;
	t->try_ms = try_ms;
	session_init(&t->udp, t, channel, 0);
	session_init(&t->tcp, t, channel, ARES_FLAG_USEVC);
	if (session_open(&t->udp) < 0) {
		ares_transport_close(t);
		return NULL;
	}
	return t;
}
