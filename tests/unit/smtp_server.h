#ifndef TESTS_UNIT_SMTP_SERVER_H
#define TESTS_UNIT_SMTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/*
 * A server on 127.0.0.1 that plays a script to its first client, on the
 * loop of the test.  When the script is through it holds the line until the
 * client hangs up.
 */

enum act_kind {
	END,	/* the script is through */
	SEND,	/* text, in one piece */
	BYTES,	/* text, a segment for each byte */
	FLOOD,	/* text again and again, until nobody takes it */
	DRIP,	/* text again and again, every n ms */
	EXPECT, /* wait for a line that begins with text */
	HEAR,	/* wait for bytes of any kind, and drop them */
	TLS,	/* shake hands; what follows is encrypted */
	CLOSE,
	RESET	/* close with RST */
};

struct act {
	enum act_kind	 kind;
	const char	*text;
	unsigned	 n;	/* SEND: bytes, when text holds NULs */
};

/* So that a script can be read. */
#define SAY(what)  { SEND, what, 0 }
#define WANT(what) { EXPECT, what, 0 }
#define ANY	   { HEAR, NULL, 0 }
#define SHAKE	   { TLS, NULL, 0 }
#define BYE	   { CLOSE, NULL, 0 }
#define RST	   { RESET, NULL, 0 }

struct smtp_server;

struct smtp_server	*smtp_server_new(uv_loop_t *, const struct act *);
uint16_t		 smtp_server_port(const struct smtp_server *);

/* Has the script come to its end? */
bool			 smtp_server_through(const struct smtp_server *);

/* The plain text that the client sent, up to now. */
const char		*smtp_server_heard(const struct smtp_server *);

/* Did the client send something that the script was not waiting for? */
bool			 smtp_server_surprised(const struct smtp_server *);

/* Close its handles and run the loop until they are, then free. */
void			 smtp_server_free(struct smtp_server *);

#endif
