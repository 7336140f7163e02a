#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "agent/net/dns_plain.h"
#include "agent/net/dns_socket.h"

#define LENGTH 2 /* before each message: RFC 1035 4.2.2 */

/* Those that go by UDP are not ours. */
static struct dns_query *
find_query(const struct dns_socket *s, uint16_t id)
{
	struct dns_query *q = dns_channel_find(s->channel, id);

	return q != NULL && q->tcp ? q : NULL;
}

/* ---------------------------------------------------------------- sockets */

static void
forget_stream(struct dns_socket *s)
{
	free(s->msg);
	s->msg = NULL;
	s->have = s->back_at = s->back_len = 0;
}

static void
blame(struct dns_socket *s, int error)
{
	s->cause = dns_end_of_error(error);
}

static ares_socket_t
open_socket(int family, int type, int protocol, void *arg)
{
	const int on = 1;
	struct dns_socket *s = arg;
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	forget_stream(s);
	s->spoke = false;
	if (fd < 0) {
		blame(s, errno);
		return ARES_SOCKET_BAD;
	}
	/* Best effort: no waiting for acknowledgements. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static int
close_socket(ares_socket_t fd, void *arg)
{
	forget_stream(arg);
	return close(fd);
}

static int
connect_socket(
    ares_socket_t fd, const struct sockaddr *sa, ares_socklen_t len, void *arg)
{
	struct dns_socket *s = arg;
	const struct dns_server *server = s->server;
	int rc = egress_connect(server->egress, server->purpose, fd, sa, len);

	if (rc < 0 && errno != EINPROGRESS)
		s->cause = dns_end_of_connect(errno);
	return rc;
}

/* ---------------------------------------------------------------- sending */

/* The length of a ticket and the ticket.  Returns how much there is of it. */
static size_t
gather(const struct iovec *iov, int n, uint8_t *to, size_t size)
{
	size_t len = 0;

	for (int i = 0; i < n && len < size; i++) {
		size_t part = iov[i].iov_len;

		if (part > size - len)
			part = size - len;
		memcpy(to + len, iov[i].iov_base, part);
		len += part;
	}
	return len;
}

static ares_ssize_t
send_message(int fd, const struct dns_query *q)
{
	uint8_t length[2];
	struct iovec iov[] = { { length, sizeof(length) },
		{ (void *)(uintptr_t)q->wire, q->len } };
	const struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	ares_ssize_t sent;

	dns_put16(length, q->len);
	sent = sendmsg(fd, &m, MSG_NOSIGNAL);
	/* The kernel takes so little as a whole, or we give up. */
	if (sent >= 0 && (size_t)sent < sizeof(length) + q->len) {
		errno = ENOBUFS;
		return -1;
	}
	return sent;
}

/* One query at a time: c-ares comes again with what is left. */
static ares_ssize_t
send_query(ares_socket_t fd, const struct iovec *iov, int n, void *arg)
{
	struct dns_socket *s = arg;
	uint8_t bytes[LENGTH + DNS_TICKET];
	struct dns_query *q = NULL;

	if (gather(iov, n, bytes, sizeof(bytes)) == sizeof(bytes))
		q = find_query(s, dns_ticket_id(bytes + LENGTH));
	if (q == NULL) {
		errno = EINVAL;
		s->cause = DNS_END_LOCAL;
		return -1;
	}
	q->ticket = (uint16_t)dns_get16(bytes + LENGTH);
	if (send_message(fd, q) >= 0)
		return sizeof(bytes);
	/* Of a connection's end, reading tells: after the last answer. */
	if (errno == EPIPE || errno == ECONNRESET)
		errno = EAGAIN;
	else
		blame(s, errno);
	return -1;
}

/* -------------------------------------------------------------- receiving */

/* A message that came; for an answer c-ares gets its ticket.  Returns whether
 * it is one. */
static bool
admit(const struct dns_socket *s, const uint8_t *msg, size_t len,
    uint8_t ticket[DNS_TICKET])
{
	struct dns_query *q = NULL;

	if (len >= DNS_HEADER)
		q = find_query(s, (uint16_t)dns_get16(msg));
	return q != NULL && dns_ticket_redeem(q, msg, len, ticket);
}

/* Like recv(), within the budget, with the cause of what goes wrong. */
static ares_ssize_t
take(struct dns_socket *s, int fd, uint8_t *to, size_t size)
{
	ares_ssize_t n;

	if (s->budget == 0) {
		errno = EAGAIN;
		return -1;
	}
	s->budget--;
	n = recv(fd, to, size, 0);
	if (n < 0 && errno != EAGAIN)
		blame(s, errno);
	return n;
}

/* The message is whole. */
static void
end_message(struct dns_socket *s)
{
	if (admit(s, s->msg, dns_get16(s->length), s->back + 2)) {
		dns_put16(s->back, DNS_TICKET);
		s->back_len = sizeof(s->back);
		s->spoke = true;
	}
	free(s->msg);
	s->msg = NULL;
	s->have = 0;
}

/* A part of the message that is coming, like recv(). */
static ares_ssize_t
read_part(struct dns_socket *s, int fd)
{
	bool in_length = s->have < sizeof(s->length);
	size_t at = in_length ? s->have : s->have - sizeof(s->length);
	uint8_t *to = in_length ? s->length : s->msg;
	size_t size = in_length ? sizeof(s->length) : dns_get16(s->length);
	ares_ssize_t n = take(s, fd, to + at, size - at);

	if (n == 0)
		s->cause = DNS_END_UNREACHABLE;
	if (n <= 0)
		return n;
	s->have += (size_t)n;
	size = sizeof(s->length) + dns_get16(s->length);
	if (s->have == sizeof(s->length) && size > s->have) {
		s->msg = malloc(dns_get16(s->length));
		if (s->msg == NULL) {
			blame(s, errno);
			return -1;
		}
	}
	if (s->have >= sizeof(s->length) && s->have == size)
		end_message(s);
	return n;
}

static ares_ssize_t
receive_ticket(struct dns_socket *s, int fd, void *data, size_t size)
{
	size_t left;

	while (!dns_socket_pending(s)) {
		ares_ssize_t n = read_part(s, fd);

		if (n <= 0)
			return n;
	}
	left = s->back_len - s->back_at;
	if (left > size)
		left = size;
	memcpy(data, s->back + s->back_at, left);
	s->back_at += left;
	if (s->back_at == s->back_len)
		s->back_at = s->back_len = 0;
	return (ares_ssize_t)left;
}

bool
dns_socket_pending(const struct dns_socket *s)
{
	return s->back_at < s->back_len;
}

/* The sockets are connected: nobody else can have sent it. */
static void
tell_sender(
    const struct dns_socket *s, struct sockaddr *to, ares_socklen_t *len)
{
	struct sockaddr_storage from;
	socklen_t size = ip_sockaddr(&s->server->ip, s->server->port, &from);

	memcpy(to, &from, size < *len ? size : *len);
	*len = size;
}

static ares_ssize_t
receive(ares_socket_t fd, void *data, size_t size, int flags,
    struct sockaddr *from, ares_socklen_t *from_len, void *arg)
{
	struct dns_socket *s = arg;

	(void)flags;
	if (from != NULL && from_len != NULL)
		tell_sender(s, from, from_len);
	return receive_ticket(s, fd, data, size);
}

const struct ares_socket_functions dns_socket_functions = {
	.asocket = open_socket,
	.aclose = close_socket,
	.aconnect = connect_socket,
	.arecvfrom = receive,
	.asendv = send_query,
};
