#ifndef AGENT_NET_CONN_H
#define AGENT_NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "agent/net/egress.h"
#include "agent/net/tls.h"

/*
 * A line-based TCP connection on the loop, in plain text and then perhaps in
 * TLS, with one absolute deadline and caps on bytes that no progress resets.
 *
 * Contract: events run from the loop, never inside a call into this module.
 * closed() always comes, exactly once and last, unless conn_cancel() was
 * called, after which nothing comes at all.  The memory is freed after it.
 *
 * Every call may be made from inside an event.  After the end, and after
 * conn_close(), the other calls do nothing.
 */

struct conn;		/* opaque */
struct conn_hub;

/*
 * What the connections of a loop have in common: one epoll for their sockets,
 * one timer for their times, room to read into.  It keeps the loop alive while
 * there is a connection, and is made before a process is shut in.  NULL: no
 * memory, or no descriptor.
 */
struct conn_hub	*conn_hub_new(uv_loop_t *);

/* Nobody may have a connection any more.  It is gone when the loop has run.
 * NULL is harmless. */
void		 conn_hub_free(struct conn_hub *);

enum conn_end {
	CONN_BYE,		/* conn_close() was called */
	CONN_EOF,		/* the peer closed */
	CONN_RESET,
	CONN_REFUSED,
	CONN_UNREACHABLE,	/* a router or host said so */
	CONN_TIMEOUT,		/* phase timer or deadline */
	CONN_FORBIDDEN,		/* the egress policy refuses the address */
	CONN_LIMIT,		/* over a cap on bytes */
	CONN_TLS,		/* TLS broke; conn_detail() says how */
	CONN_LOCAL		/* our own failure: descriptors, no route … */
};
const char	*conn_end_name(enum conn_end);

struct conn_events {
	/* The TCP connection is there. */
	void	(*ready)(void *arg);
	/* A line, without its line end (CR LF, or LF alone), NUL-terminated
	 * for convenience (it may hold NULs itself); len is what was kept,
	 * cut says that the line was longer than line_max. */
	void	(*line)(void *arg, const char *line, size_t len, bool cut);
	/* The handshake that conn_starttls() began is complete. */
	void	(*secure)(void *arg);
	/* It is over.  error is 0 or a negative UV_E*; the connection and its
	 * TLS session live until this returns. */
	void	(*closed)(void *arg, enum conn_end, int error);
};

struct conn_options {
	uint64_t	deadline_ms;	/* from now, for the whole of it */
	uint64_t	connect_ms;	/* for the TCP handshake */
	size_t		line_max;	/* bytes kept of a line */
	size_t		plain_max;	/* bytes received before TLS */
	size_t		tls_max;	/* bytes received in TLS, raw */
};

/* 60 s, 10 s, 2048, 64 KiB, 256 KiB. */
extern const struct conn_options conn_defaults;

/* Connect.  The hub, the egress policy and events must outlive the connection;
 * the options are copied.  NULL only when out of memory. */
struct conn	*conn_open(struct conn_hub *, const struct egress *,
		    enum egress_purpose, const struct ip *, uint16_t port,
		    const struct conn_options *, const struct conn_events *,
		    void *arg);

/* Send bytes as they are (the caller writes CR LF), at most 4096.  A failure
 * ends the connection by closed().  Not before ready(), and not between
 * conn_starttls() and secure(). */
void		 conn_send(struct conn *, const char *bytes, size_t len);

/* Close with CONN_TIMEOUT unless conn_expect() is called again within ms (0:
 * never; the deadline stays). */
void		 conn_expect(struct conn *, uint64_t ms);

/*
 * Begin TLS as a client, meant for host; resume: the last session of this
 * server will do, if the context remembers one.  What was received and not yet given
 * out as lines is thrown away and counted (conn_injected): RFC 3207 4.2.  So
 * is what comes next when it is no TLS record; then it ends with CONN_TLS.
 */
void		 conn_starttls(struct conn *, struct tls_context *,
		    const char *host, bool resume);

/* End it in order: in TLS with close_notify.  closed() comes with CONN_BYE. */
void		 conn_close(struct conn *);

/* End it now, silently: no event will run, the pointer is dead on return. */
void		 conn_cancel(struct conn *);

/* The TLS session, or NULL; valid until closed() returns. */
struct tls	*conn_tls(struct conn *);
/* Inside line(): how many bytes have come behind that line already, before
 * anything was said in answer to it. */
size_t		 conn_unread(const struct conn *);
/* Plaintext bytes found where TLS should have begun. */
size_t		 conn_injected(const struct conn *);
/* One line on why it ended, safe text, "" when there is nothing to add. */
const char	*conn_detail(const struct conn *);

#endif
