#include <sys/socket.h>

#include <errno.h>

#include "agent/net/dns_plain.h"
#include "agent/net/dns_udp.h"

#define DATAGRAM_MAX 4096
#define READS_MAX    4 /* batches, before the loop has its turn */

/* One datagram.  TC: RFC 7766 5. */
static void
take(struct port *port, const uint8_t *msg, size_t len, struct mono now)
{
	struct dns_udp *t = port->owner;
	struct dns_query *q = NULL;
	enum dns_fit fit = DNS_FIT_NOT;

	if (len >= DNS_HEADER)
		q = dns_channel_find(t->channel, (uint16_t)dns_get16(msg));
	if (q != NULL && q->via == port)
		fit = dns_fit(q, msg, len);
	if (fit == DNS_FIT_NOT)
		return;
	dns_udp_land(q);
	if (msg[2] & 2) {
		dns_udp_move(t, q);
	} else if (fit == DNS_FIT_HEADER) {
		len = dns_take_header(q, msg);
		dns_query_answered(q, q->wire, len, now);
	} else {
		dns_query_answered(q, msg, len, now);
	}
}

/* The socket has failed, and all that it carries. */
static void
port_failed(struct port *port, int error)
{
	struct dns_udp *t = port->owner;
	struct dns_query *q, *next;

	t->current = t->current == port ? NULL : t->current;
	port->flights++; /* stay till the end */
	for (q = TAILQ_FIRST(&t->flying); q != NULL; q = next) {
		next = TAILQ_NEXT(q, carried);
		if (q->via != port)
			continue;
		dns_udp_land(q);
		dns_query_ended(q, dns_end_of_error(error), NULL, 0);
	}
	port->flights--;
	dns_port_settle(port);
}

bool
dns_port_read(struct port *port)
{
	/* With 4096 bytes between them they would share the same few lines of
	 * the cache. */
	static uint8_t bytes[DNS_BATCH][DATAGRAM_MAX + 64];
	static struct iovec iov[DNS_BATCH];
	static struct mmsghdr m[DNS_BATCH];
	struct dns_udp *t = port->owner;
	struct mono now;
	int n;

	for (unsigned i = 0; i < DNS_BATCH && iov[i].iov_base == NULL; i++) {
		iov[i] = (struct iovec){ bytes[i], DATAGRAM_MAX };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(port->fd, m, DNS_BATCH, MSG_DONTWAIT, NULL);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		port_failed(port, errno);
	if (n < 0)
		return false;
	now = clock_mono();
	port->flights++; /* whatever the receivers do, it stays */
	for (int i = 0; i < n && !t->closed; i++)
		take(port, bytes[i], m[i].msg_len, now);
	if (t->closed)
		return false;
	port->flights--;
	if (port->flights > 0 || port == t->current)
		return n == DNS_BATCH;
	dns_port_drop(port);
	return false;
}

void
dns_port_ready(uv_poll_t *poll, int status, int events)
{
	struct port *port = poll->data;
	struct dns_udp *t = port->owner;

	for (unsigned i = 0; i < READS_MAX && dns_port_read(port); i++)
		;
	if (t->closed || uv_is_closing((uv_handle_t *)poll))
		return;
	if (status < 0 || (events & UV_WRITABLE) != 0) {
		/* libuv stops watching after an error. */
		(void)uv_poll_start(poll, UV_READABLE, dns_port_ready);
		dns_channel_full(t->channel, false);
	}
}
