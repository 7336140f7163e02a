#ifndef AGENT_NET_DNS_SOCKET_H
#define AGENT_NET_DNS_SOCKET_H

#include <ares.h>

#include "agent/net/dns_ticket.h"

/*
 * The sockets of a c-ares channel, for dns_ares.c only.  They pass the egress
 * policy, tell failures apart, and keep c-ares off questions and answers: it
 * is given a ticket for each query, and the sockets
 *
 *	send the query when c-ares sends its ticket,
 *	keep the answer that comes, in query->came,
 *	and have c-ares receive an answer to the ticket.
 */

struct dns_socket {
	const struct dns_server	*server;
	struct dns_channel	*channel;
	enum dns_end		 cause;		/* of the failure at hand */
	unsigned		 budget;	/* reads left now */

	/* The message that is coming, after its length; and the ticket,
	 * after its length, that c-ares has not yet read to its end. */
	uint8_t			 length[2];
	uint8_t			*msg;
	size_t			 have;		/* of both */
	uint8_t			 back[2 + DNS_TICKET];
	size_t			 back_at, back_len;
	bool			 spoke;		/* there was an answer on it */
};

/* For ares_set_socket_functions, with a struct dns_socket. */
extern const struct ares_socket_functions dns_socket_functions;

/* Is there something for c-ares that the kernel knows nothing of? */
bool	dns_socket_pending(const struct dns_socket *);

#endif
