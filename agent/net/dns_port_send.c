#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/udp.h>

#include "agent/net/dns_udp.h"

/*
 * Datagrams of one length that follow each other are handed to the kernel as
 * one, which cuts them apart at the far end of its work (UDP_SEGMENT, since
 * Linux 4.18): with names of one length an answer takes half of the CPU time,
 * with names of seventeen lengths two thirds.  Not every device can do it.
 */

union control {
	struct cmsghdr header;
	uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
};

/* A message for each run of datagrams. */
struct outgoing {
	struct mmsghdr message[DNS_BATCH];
	struct iovec iov[DNS_BATCH];
	union control control[DNS_BATCH];
	unsigned count[DNS_BATCH]; /* of datagrams */
	unsigned n;
};

/* All but the last are of this length. */
static void
ask_to_cut(struct msghdr *m, union control *control, size_t len)
{
	const uint16_t size = (uint16_t)len;

	control->header.cmsg_level = IPPROTO_UDP;
	control->header.cmsg_type = UDP_SEGMENT;
	control->header.cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(&control->header), &size, sizeof(size));
	m->msg_control = control;
	m->msg_controllen = sizeof(*control);
}

/* How many from the first on are as long as that. */
static unsigned
count_alike(struct dns_query *const *q, unsigned n)
{
	unsigned alike = 1;

	while (alike < n && q[alike]->len == q[0]->len)
		alike++;
	return alike;
}

static void
pack(struct outgoing *o, struct dns_query *const *q, unsigned n, bool alone)
{
	unsigned alike;

	for (unsigned i = 0; i < n; i++)
		o->iov[i] = (struct iovec){ q[i]->wire, q[i]->len };
	o->n = 0;
	for (unsigned i = 0; i < n; i += alike) {
		struct msghdr *m = &o->message[o->n].msg_hdr;

		alike = alone ? 1 : count_alike(q + i, n - i);
		memset(m, 0, sizeof(*m));
		m->msg_iov = &o->iov[i];
		m->msg_iovlen = alike;
		if (alike > 1)
			ask_to_cut(m, &o->control[o->n], q[i]->len);
		o->count[o->n++] = alike;
	}
}

static bool
is_about_cutting(int error)
{
	return error == EIO || error == EINVAL || error == EMSGSIZE ||
	    error == EOPNOTSUPP;
}

unsigned
dns_port_send(struct port *port, struct dns_query *const *q, unsigned n)
{
	struct dns_udp *t = port->owner;
	struct outgoing o;
	unsigned sent = 0;
	int messages = -1;

	errno = 0;
	/* A second time: without, or it was the refusal of an earlier
	 * datagram, told once, here: that query is still waiting, and shall
	 * hear the refusal of this one. */
	for (int i = 0; i < 2 && messages < 0 && errno != EAGAIN; i++) {
		if (i > 0 && is_about_cutting(errno))
			t->alone = true;
		pack(&o, q, n, t->alone);
		messages = sendmmsg(port->fd, o.message, o.n, MSG_NOSIGNAL);
	}
	for (int i = 0; i < messages; i++)
		sent += o.count[i];
	return sent;
}
