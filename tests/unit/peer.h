#ifndef TESTS_UNIT_PEER_H
#define TESTS_UNIT_PEER_H

#include <openssl/ssl.h>
#include <uv.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A server on 127.0.0.1 that follows a script, on the loop of the test.  It
 * takes one connection.  When the script is at its end it keeps silent.
 */

enum peer_verb {
	PEER_END,
	PEER_SEND,		/* text, in one write */
	PEER_DRIP,		/* text, a byte for each turn of the loop */
	PEER_DRIP_ON,		/* the same, again and again */
	PEER_FLOOD,		/* text, again and again, as fast as it goes */
	PEER_WAIT,		/* for a line that begins with text */
	PEER_WAIT_ANY,		/* for any bytes */
	PEER_TLS,		/* the handshake, until it is complete */
	PEER_NOTIFY,		/* close_notify */
	PEER_CLOSE,		/* FIN */
	PEER_RESET		/* RST */
};

struct peer_step {
	enum peer_verb	 verb;
	const char	*text;
	size_t		 len;	/* of text; 0: strlen() */
};

struct peer;	/* opaque */

/* Listen; steps (up to PEER_END) and tls, which may be NULL, must outlive it.
 * Fails the test when it cannot. */
struct peer	*peer_start(uv_loop_t *, const struct peer_step *steps,
		    SSL_CTX *tls);
uint16_t	 peer_port(const struct peer *);

/* Stop the script, read what still comes up to the end of the connection, and
 * go; it is gone when the loop has run. */
void		 peer_stop(struct peer *);

/* What it saw up to its end: the text received that no step waited for, and
 * close_notify.  Written when the peer goes. */
struct peer_saw {
	char	text[512];
	bool	notified;
};
void		 peer_report(struct peer *, struct peer_saw *);

#endif
