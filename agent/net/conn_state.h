#ifndef AGENT_NET_CONN_STATE_H
#define AGENT_NET_CONN_STATE_H

#include <sys/queue.h>

#include <uv.h>

#include "agent/base/buf.h"
#include "agent/net/conn.h"
#include "agent/net/line.h"

/* What conn.c, conn_hub.c and conn_io.c share; for nobody else. */

enum conn_state { CONNECTING, PLAIN, SHAKING, SECURE, CLOSING, ENDED };

TAILQ_HEAD(conn_list, conn);

struct conn {
	TAILQ_ENTRY(conn)		 link;	/* ended, or spare */
	struct conn_hub			*hub;
	enum conn_state			 state;
	const struct conn_events	*events;
	void				*arg;	/* of the events */
	struct conn_options		 options;

	struct ip	 ip;		/* of the peer */
	uint16_t	 port;
	int		 fd;		/* -1: closed */
	size_t		 place;		/* in the hub's table */
	/* By conn_now(): the end of it all or of connecting; of what is
	 * expected, 0: nothing is; and when to look at both. */
	uint64_t	 limit, expect;
	uint64_t	 deadline;
	bool		 last_look;	/* a time was over; see conn_due() */

	enum conn_end	 end;		/* when ended */
	int		 error;
	const char	*detail;	/* static text, or NULL */
	bool		 silent;	/* cancelled: no events */
	int		 broken;	/* a failed write; reads go on */

	struct tls	*tls;
	struct buf	 decrypted;
	struct buf	 out;		/* what the socket has not taken yet */
	size_t		 sent;		/* of that */
	size_t		 received, received_tls, injected;
	size_t		 unread;	/* behind the line given out now */
	struct line	 line;
};

/* ------------------------------------------------------------------ life */

/* Go to another state; the reason is for the log. */
void	conn_change(struct conn *, enum conn_state, const char *reason);

/* The one way out, from any state and any depth of calls: closed() follows
 * from the loop.  detail is static text, or NULL. */
void	conn_finish(struct conn *, enum conn_end, int error,
	    const char *detail);

/* Who is to blame for an error; at_once: connect() itself returned it. */
enum conn_end	conn_blame(int error, bool at_once);

/* What epoll says of its socket. */
void	conn_ready(struct conn *, uint32_t events);

/* The time that it gave the hub is over. */
void	conn_due(struct conn *, uint64_t now);

/* ----------------------------------------------------------------- bytes */

/* Read all that is there; hung_up: down to the end. */
void	conn_read(struct conn *, bool hung_up);

/* Send what waits; the socket takes bytes again. */
void	conn_send_rest(struct conn *);

/* Send what TLS has for the peer. */
void	conn_flush_tls(struct conn *);

/* In CLOSING: finish when all is sent. */
void	conn_finish_if_sent(struct conn *);

/* ------------------------------------------------------------------- hub */

/* Milliseconds. */
uint64_t	 conn_now(void);

/* A new one, blank but for its hub and its place, or NULL without memory. */
struct conn	*conn_hub_take(struct conn_hub *, size_t line_max);

/* Tell it of the events of its socket.  Returns 0 or a negative errno. */
int		 conn_hub_watch(struct conn *);

/* Call conn_due() then, and at no other time. */
void		 conn_hub_at(struct conn *, uint64_t due);

/* It ended: closed() is called from the loop, then it is gone. */
void		 conn_hub_ended(struct conn *);

/* Room to read into, until the next event. */
char		*conn_hub_room(struct conn_hub *, size_t *size);

#endif
