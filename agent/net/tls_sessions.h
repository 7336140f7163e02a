#ifndef AGENT_NET_TLS_SESSIONS_H
#define AGENT_NET_TLS_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "agent/base/buf.h"
#include "agent/base/ip.h"

/*
 * The last session that each server gave, to be resumed.  A resumed handshake
 * shows no certificate: only that the server still does TLS, at a third of
 * the cost.
 */
struct tls_sessions;

/* Of the connections made from this context.  NULL: no memory. */
struct tls_sessions	*tls_sessions_new(SSL_CTX *);
/* NULL is harmless. */
void			 tls_sessions_free(struct tls_sessions *);

/* A connection's end of it; all zero: none.  It stays where it is for as long
 * as the SSL is there. */
struct tls_guest {
	struct tls_sessions	*sessions;
	struct buf		 key;		/* the server */
	size_t			 heard;		/* bytes it sent, so far */
	bool			 offered;	/* its session */
};

/* The server is at ip and port, and meant as host: what it gives will be
 * remembered.  offer: the last one is offered to it. */
void			 tls_guest_come(struct tls_guest *,
			    struct tls_sessions *, SSL *, const struct ip *,
			    uint16_t port, const char *host, bool offer);
/* The handshake failed: with that session no other is to be tried. */
void			 tls_guest_forget(struct tls_guest *);
void			 tls_guest_go(struct tls_guest *);

#endif
