#ifndef AGENT_NET_DNS_TICKET_H
#define AGENT_NET_DNS_TICKET_H

#include "agent/net/dns_transport.h"

/*
 * What c-ares sends and receives in place of queries and answers; for
 * dns_ares.c and dns_socket.c only.  A ticket is a DNS message with a question
 * for one label, the four hex digits of our ID of the query.  c-ares may give
 * it an ID of its own, which is seen when it is sent, and needed for the answer
 * to it: query->ticket.
 */

#define DNS_TICKET (DNS_HEADER + 10)

/* The ticket of a query. */
void		 dns_ticket(const struct dns_query *,
		    uint8_t ticket[DNS_TICKET]);

/* The ID of the query that a ticket is for. */
uint16_t	 dns_ticket_id(const uint8_t ticket[DNS_TICKET]);

/* A message of at least a header, with the ID of this query: the first that
 * answers it is kept in query->came (NULL: no memory), and the ticket is made
 * the answer that c-ares is to receive.  FORMERR and refusals may come without
 * their question, and are kept with it.  Returns whether it is an answer. */
bool		 dns_ticket_redeem(struct dns_query *, const uint8_t *msg,
		    size_t len, uint8_t ticket[DNS_TICKET]);

#endif
