#ifndef AGENT_NET_DNS_SOCKET_H
#define AGENT_NET_DNS_SOCKET_H

#include <ares.h>

#include "agent/net/dns_transport.h"

/*
 * The sockets of a c-ares channel, for dns_ares.c only.  They pass the egress
 * policy, tell failures apart, and mend what c-ares would misread.
 */

struct dns_socket {
	const struct dns_server	*server;
	struct dns_channel	*channel;
	bool			 tcp;
	struct dns_query	*sending;	/* inside ares_send */
	enum dns_end		 cause;		/* of the failure at hand */
	unsigned		 budget;	/* datagrams left to read now */
};

/* For ares_set_socket_functions, with a struct dns_socket. */
extern const struct ares_socket_functions dns_socket_functions;

#endif
