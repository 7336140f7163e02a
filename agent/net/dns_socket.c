#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "agent/net/dns_socket.h"

#define SOCKET_BUFFER (1 << 20)

static void
blame(struct dns_socket *s, int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
	case EPIPE:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
		s->cause = DNS_END_UNREACHABLE;
		break;
	case ETIMEDOUT:
		s->cause = DNS_END_TIMEOUT;
		break;
	default:
		s->cause = DNS_END_LOCAL;
	}
}

static ares_socket_t
open_socket(int family, int type, int protocol, void *arg)
{
	const int size = SOCKET_BUFFER, on = 1;
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	if (fd < 0) {
		blame(arg, errno);
		return ARES_SOCKET_BAD;
	}
	/* Best effort: a burst of answers, no waiting for acknowledgements. */
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	else
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

static int
close_socket(ares_socket_t fd, void *arg)
{
	(void)arg;
	return close(fd);
}

static int
connect_socket(
    ares_socket_t fd, const struct sockaddr *sa, ares_socklen_t len, void *arg)
{
	struct dns_socket *s = arg;
	const struct dns_server *server = s->server;
	int rc = egress_connect(server->egress, server->purpose, fd, sa, len);

	/* Said at once, it is our own routing table or filter that says it. */
	if (rc < 0 &&
	    (errno == ENETUNREACH || errno == EHOSTUNREACH || errno == EACCES ||
	        errno == EPERM))
		s->cause = DNS_END_LOCAL;
	else if (rc < 0 && errno != EINPROGRESS)
		blame(s, errno);
	return rc;
}

static ares_ssize_t
send_all(ares_socket_t fd, const struct iovec *iov, int n, void *arg)
{
	struct dns_socket *s = arg;
	const struct msghdr m = { .msg_iov = (struct iovec *)(uintptr_t)iov,
		.msg_iovlen = (size_t)n };
	const uint8_t *id = iov[0].iov_base;
	ares_ssize_t sent = sendmsg(fd, &m, MSG_NOSIGNAL);

	/* The refusal of an earlier datagram, told once, here: that query is
	 * still waiting, and shall hear the refusal of this one. */
	if (sent < 0 && !s->tcp && errno != EAGAIN)
		sent = sendmsg(fd, &m, MSG_NOSIGNAL);
	if (sent < 0)
		blame(s, errno);
	/* Newer versions put an ID of their own into the datagram. */
	else if (!s->tcp && s->sending != NULL && sent >= 2)
		s->sending->id = (uint16_t)(id[0] << 8 | id[1]);
	return sent;
}

/*
 * The length of the datagram that c-ares shall see, which may be another than
 * what came: see above.  0: none.  There is room for size bytes.
 */
static size_t
mend(struct dns_socket *s, uint8_t *msg, size_t len, size_t size)
{
	const struct dns_query *q;
	unsigned rcode;
	bool headless;

	if (len < DNS_HEADER)
		return 0;
	rcode = msg[3] & 15;
	headless = msg[4] == 0 && msg[5] == 0 && rcode != 0;
	if (rcode != 1 && !headless)
		return len;
	q = dns_channel_find(s->channel, (uint16_t)(msg[0] << 8 | msg[1]));
	if (q == NULL || size < DNS_HEADER + q->question + DNS_OPT)
		return 0;
	/* Our own question, no records but an empty OPT. */
	memset(msg + 4, 0, DNS_HEADER - 4);
	msg[5] = msg[11] = 1;
	msg += DNS_HEADER;
	memcpy(msg, q->wire + DNS_HEADER, q->question);
	memset(msg + q->question, 0, DNS_OPT);
	msg[q->question + 2] = 41;
	return DNS_HEADER + q->question + DNS_OPT;
}

static ares_ssize_t
receive_stream(struct dns_socket *s, int fd, void *data, size_t size, int flags)
{
	ares_ssize_t n = recv(fd, data, size, flags);

	if (n == 0)
		s->cause = DNS_END_UNREACHABLE;
	else if (n < 0 && errno != EAGAIN)
		blame(s, errno);
	return n;
}

static ares_ssize_t
receive(ares_socket_t fd, void *data, size_t size, int flags,
    struct sockaddr *from, ares_socklen_t *from_len, void *arg)
{
	struct dns_socket *s = arg;
	ares_socklen_t room = from_len == NULL ? 0 : *from_len;
	ares_ssize_t n;

	if (s->tcp)
		return receive_stream(s, fd, data, size, flags);
	while (s->budget > 0) {
		s->budget--;
		if (from_len != NULL)
			*from_len = room;
		n = recvfrom(fd, data, size, flags, from, from_len);
		if (n < 0 && errno != EAGAIN)
			blame(s, errno);
		if (n < 0)
			return n;
		n = (ares_ssize_t)mend(s, data, (size_t)n, size);
		if (n > 0)
			return n;
	}
	errno = EAGAIN;
	return -1;
}

const struct ares_socket_functions dns_socket_functions = {
	.asocket = open_socket,
	.aclose = close_socket,
	.aconnect = connect_socket,
	.arecvfrom = receive,
	.asendv = send_all,
};
