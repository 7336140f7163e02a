#ifndef AGENT_NET_DNS_H
#define AGENT_NET_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "agent/net/egress.h"

/*
 * DNS transport: bytes out, bytes back, one server a channel.  UDP is done
 * here, TCP (when truncated) by c-ares, DNS over HTTPS (RFC 8484) by libcurl.
 * Nothing here reads an answer beyond matching it to its question:
 * probes/parse/dns_message does.
 */

struct dns_channel;	/* one server */
struct dns_query;	/* one question under way */

struct dns_options {
	unsigned	try_ms;		/* for one try: 1500 */
	unsigned	in_flight;	/* at the most; more wait: 1000;
					 * over HTTPS 100 at the most */
};
extern const struct dns_options dns_defaults;

/* A channel to the server at ip and port.  NULL: no memory; a server that the egress policy refuses makes every query end with
 * DNS_END_FORBIDDEN. */
struct dns_channel	*dns_channel_new(uv_loop_t *, const struct egress *,
			    enum egress_purpose, const struct ip *,
			    uint16_t port, const struct dns_options *);

/* A channel to a DNS-over-HTTPS server that the operator named.  ca_file as
 * in tls_context_new.  NULL: no memory. */
struct dns_channel	*dns_channel_https(uv_loop_t *, const char *url,
			    const char *ca_file, const struct dns_options *);

/* What a process without files and resolver must be told of such a server. */
struct dns_https_known {
	const void	*ca_pem;	/* trust anchors, kept alive */
	size_t		 ca_len;
	const char	*addresses;	/* "192.0.2.1,[2001:db8::1]", copied;
					 * "": the URL has one; NULL: not known,
					 * every query fails locally */
};
struct dns_channel	*dns_channel_https_known(uv_loop_t *, const char *url,
			    const struct dns_https_known *,
			    const struct dns_options *);

/* The host and port that a URL names; *literal: the host is an address.
 * host is malloc'ed.  Returns 0 or -1. */
int			 dns_https_host(const char *url, char **host,
			    uint16_t *port, bool *literal);

/* Close it.  Queries under way are cancelled: silently. */
void			 dns_channel_free(struct dns_channel *);

enum dns_flag {
	DNS_FLAG_RD = 1,	/* recursion desired */
	DNS_FLAG_CD = 2,	/* checking disabled */
	DNS_FLAG_AD = 4,	/* understands AD (RFC 6840 5.7) */
	DNS_FLAG_DO = 8,	/* send signatures */
	DNS_FLAG_TCP = 16,	/* over TCP at once */
	DNS_FLAG_PLAIN = 32	/* no EDNS, for a server that answers it with
				 * FORMERR (RFC 6891 7); no DO then */
};

enum dns_end {
	DNS_END_ANSWER,		/* msg is what came */
	DNS_END_TIMEOUT,
	DNS_END_UNREACHABLE,	/* refused, no route beyond us … */
	DNS_END_MALFORMED,	/* the transport could make nothing of it */
	DNS_END_FORBIDDEN,	/* the egress policy refuses the server */
	DNS_END_LOCAL		/* our own failure */
};

/* msg is valid during the call only; NULL unless DNS_END_ANSWER. */
typedef void dns_done_fn(void *arg, enum dns_end, const uint8_t *msg,
    size_t len, double rtt_ms);

/*
 * Ask once: a query with a random ID, EDNS(0) with 1232 bytes (RFC 6891) and
 * these flags; one try (the caller tries again).  name is in presentation
 * form.  done runs exactly once, from the loop, never inside this call.
 * NULL: no memory, or name is not a valid name.
 */
struct dns_query	*dns_query_start(struct dns_channel *,
			    const char *name, uint16_t type, unsigned flags,
			    dns_done_fn *, void *arg);

/* Forget it: done will not run; the pointer is dead on return. */
void			 dns_query_cancel(struct dns_query *);

#endif
