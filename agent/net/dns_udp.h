#ifndef AGENT_NET_DNS_UDP_H
#define AGENT_NET_DNS_UDP_H

#include "agent/net/dns_transport.h"

/*
 * What the files of the UDP transport share: dns_udp.c has the queries and
 * waits, dns_port.c has the sockets, dns_port_send.c and dns_port_read.c use
 * them.
 */

#define DNS_BATCH	64	/* datagrams for one system call */
#define DNS_PORT_MS	1000	/* that a socket takes queries */

/* A socket. */
struct port {
	uv_poll_t		 poll;
	struct dns_udp		*owner;
	LIST_ENTRY(port)	 entry;
	int			 fd;
	unsigned		 taken, flights; /* queries: in all, now */
	struct mono		 since, emptied;
};

struct dns_udp {
	uv_timer_t		 timer;		/* alone keeps the loop alive */
	struct dns_channel	*channel;
	struct dns_server	 server;
	unsigned		 try_ms;
	void			*tcp;		/* dns_ares; NULL: not yet */
	struct port		*current;	/* takes queries; or NULL */
	LIST_HEAD(port_list, port) ports;
	TAILQ_HEAD(flying_list, dns_query) flying; /* oldest first */
	struct dns_query	*batch[DNS_BATCH]; /* to be sent */
	unsigned		 in_batch;
	unsigned		 handles;	/* not closed yet */
	bool			 alone;		/* the kernel does not cut */
	bool			 closed;
};

/* The socket by which the next queries leave.  NULL with *why. */
struct port	*dns_port_now(struct dns_udp *, struct mono now,
		    enum dns_end *why);
/* It takes no more queries: too old, or too many. */
bool		 dns_port_worn(const struct port *, struct mono now);
void		 dns_port_drop(struct port *);
/* Close it if nothing is under way and it is no more to be used. */
void		 dns_port_settle(struct port *);

/* Returns how many of the n (up to DNS_BATCH) could be sent, from the first on;
 * when it is none, the error of that one is in errno. */
unsigned	 dns_port_send(struct port *, struct dns_query *const *,
		    unsigned n);

/* A batch of datagrams is read, and handed out: anything may be gone after it.
 * Returns whether there may be more, and the port is still there. */
bool		 dns_port_read(struct port *);
/* For uv_poll_start. */
void		 dns_port_ready(uv_poll_t *, int status, int events);

/* A query is on its way by this port; and no longer. */
void		 dns_udp_launch(struct port *, struct dns_query *);
void		 dns_udp_land(struct dns_query *);
/* By TCP, instead. */
void		 dns_udp_move(struct dns_udp *, struct dns_query *);
/* Free it with its last handle. */
void		 dns_udp_release(struct dns_udp *);

#endif
