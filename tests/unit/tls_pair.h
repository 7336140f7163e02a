#ifndef TESTS_UNIT_TLS_PAIR_H
#define TESTS_UNIT_TLS_PAIR_H

#include <openssl/ssl.h>

#include "agent/net/tls.h"

/* Our side of TLS and a server of OpenSSL, joined in memory. */

struct pair {
	struct tls	*tls;
	SSL		*server;
	BIO		*in, *out;	/* of the server */
};

/* Fails the test when it cannot. */
void		 pair_begin(struct pair *, struct tls_context *, SSL_CTX *,
		    const char *host);
void		 pair_end(struct pair *);

/* Carry over what lies there. */
void		 pair_to_server(struct pair *);
void		 pair_to_client(struct pair *);

/* Both sides in turn until ours knows how it went. */
enum tls_step	 pair_shake(struct pair *);

#endif
