#ifndef TESTS_UNIT_CONN_CLIENT_H
#define TESTS_UNIT_CONN_CLIENT_H

#include <uv.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/net/conn.h"
#include "tests/unit/peer.h"

/*
 * The near side of a connection under test: it writes down the events in
 * words ("ready; line 220 hi; closed eof") and reacts to them by a table.
 */

enum client_act {
	NOTHING,
	SAY,
	STARTTLS,
	CLOSE,
	CANCEL,
	EXPECT,
	SAY_TOO_MUCH
};

struct reaction {
	const char	*on;	/* any event that begins so */
	enum client_act	 act;
	const char	*say;
	unsigned	 ms;
};

struct client {
	uv_loop_t		 loop;
	struct conn_hub		*hub;
	const struct egress	*egress;
	struct tls_context	*trust;
	struct conn		*conn;
	struct peer		*peer;		/* or NULL */
	const struct reaction	*reaction;	/* or NULL */
	struct buf		 log;
	bool			 inside;	/* a call into conn */
	bool			 wrong;		/* an event in such a call,
						 * or after the end … */
	unsigned		 ends;		/* closed() or cancel */
	size_t			 injected;
	char			 detail[512];
	char			 protocol[16];	/* of TLS */
	enum tri		 name_ok;
};

void	client_init(struct client *, const struct egress *,
	    struct tls_context *);

/* conn_open(); NULL options: the default. */
void	client_open(struct client *, const char *address, uint16_t port,
	    const struct conn_options *);

/* Do something to the connection, outside of an event. */
void	client_act(struct client *, const struct reaction *);

/* Run until no handle is left and compare with the events wanted; that none
 * came inside a call, and none after the end. */
void	client_expect(struct client *, const char *want);

/* A non-blocking listener on a loopback port of the kernel's choice, for
 * tests that accept by hand.  -1: there is no such family here. */
int	client_listen(int family, int backlog, uint16_t *port);

#endif
