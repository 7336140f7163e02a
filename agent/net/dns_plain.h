#ifndef AGENT_NET_DNS_PLAIN_H
#define AGENT_NET_DNS_PLAIN_H

#include "agent/net/dns_transport.h"

/*
 * What plain DNS has in common over UDP and TCP: does a message answer a
 * query, and what does an errno say about the server?
 */

enum dns_fit {
	DNS_FIT_NOT,	/* a stray */
	DNS_FIT_WHOLE,
	DNS_FIT_HEADER	/* FORMERR or a refusal without its question */
};

/* Does a message of at least a header, with the ID of this query, answer it? */
enum dns_fit	 dns_fit(const struct dns_query *, const uint8_t *msg,
		    size_t len);

/* Of an answer with nothing but a header: that, with our own question, in
 * place of the query.  Returns its length. */
size_t		 dns_take_header(struct dns_query *, const uint8_t *msg);

/* What sending and receiving end with; and connecting, where it is our own
 * routing table that says at once that there is no way. */
enum dns_end	 dns_end_of_error(int error);
enum dns_end	 dns_end_of_connect(int error);

#endif
