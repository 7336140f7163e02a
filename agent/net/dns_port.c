#include <sys/socket.h>

#include <stdlib.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/udp.h>

#include "agent/net/dns_plain.h"
#include "agent/net/dns_udp.h"

#define BUFFER       (1 << 20)
#define PORT_QUERIES 512

void
dns_udp_release(struct dns_udp *t)
{
	if (--t->handles == 0)
		free(t);
}

static void
port_closed(uv_handle_t *handle)
{
	struct port *port = handle->data;

	dns_udp_release(port->owner);
	free(port);
}

void
dns_port_drop(struct port *port)
{
	struct dns_udp *t = port->owner;

	if (t->current == port)
		t->current = NULL;
	LIST_REMOVE(port, entry);
	uv_close((uv_handle_t *)&port->poll, port_closed);
	close(port->fd);
	dns_channel_full(t->channel, false);
}

void
dns_port_settle(struct port *port)
{
	if (port->flights == 0 && port != port->owner->current)
		dns_port_drop(port);
}

/* Takes over fd. */
static struct port *
port_new(struct dns_udp *t, int fd)
{
	const int size = BUFFER;
	struct port *port = calloc(1, sizeof(*port));
	int cut;
	socklen_t len = sizeof(cut);

	if (port == NULL || uv_poll_init(t->timer.loop, &port->poll, fd) < 0) {
		close(fd);
		free(port);
		return NULL;
	}
	/* Best effort. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	/* An older kernel would send many as one, and say nothing. */
	if (getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &cut, &len) < 0)
		t->alone = true;
	port->poll.data = port;
	port->owner = t;
	port->fd = fd;
	port->since = clock_mono();
	t->handles++;
	LIST_INSERT_HEAD(&t->ports, port, entry);
	uv_unref((uv_handle_t *)&port->poll);
	(void)uv_poll_start(&port->poll, UV_READABLE, dns_port_ready);
	return port;
}

bool
dns_port_worn(const struct port *port, struct mono now)
{
	return port->taken >= PORT_QUERIES ||
	    clock_ms_between(port->since, now) >= DNS_PORT_MS;
}

struct port *
dns_port_now(struct dns_udp *t, struct mono now, enum dns_end *why)
{
	struct port *old = t->current;
	int fd;

	if (old != NULL && !dns_port_worn(old, now))
		return old;
	t->current = NULL;
	if (old != NULL)
		dns_port_settle(old);
	*why = DNS_END_LOCAL;
	fd = egress_open(t->server.egress, t->server.purpose, SOCK_DGRAM,
	    &t->server.ip, t->server.port, NULL);
	if (fd < 0)
		*why = dns_end_of_connect(-fd);
	else
		t->current = port_new(t, fd);
	return t->current;
}
