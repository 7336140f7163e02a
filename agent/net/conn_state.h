#ifndef AGENT_NET_CONN_STATE_H
#define AGENT_NET_CONN_STATE_H

#include <uv.h>

#include "agent/base/buf.h"
#include "agent/net/conn.h"
#include "agent/net/line.h"

/* What conn.c and conn_io.c share; for nobody else. */

enum conn_state { CONNECTING, PLAIN, SHAKING, SECURE, CLOSING, ENDED };

struct conn {
	enum conn_state			 state;
	const struct conn_events	*events;
	void				*arg;	/* of the events */
	struct conn_options		 options;

	uv_poll_t	 poll;		/* while connecting */
	uv_tcp_t	 tcp;		/* afterwards */
	uv_timer_t	 limit, expect;
	uv_handle_t	*open[4];	/* those of them that are initialised */
	unsigned	 nopen;
	int		 fd;		/* while connecting; else -1 */
	uint64_t	 deadline;	/* by uv_now() */
	bool		 last_look;	/* a timer fired; see look_again() */

	enum conn_end	 end;		/* when ended */
	int		 error;
	const char	*detail;	/* static text, or NULL */
	bool		 silent;	/* cancelled: no events */
	int		 broken;	/* a failed write; reads go on */

	struct tls	*tls;
	struct buf	 decrypted;
	size_t		 received, received_tls, injected;
	size_t		 unread;	/* behind the line given out now */
	struct line	 line;
	char		 in[8192];	/* what libuv reads into */
};

/* Go to another state; the reason is for the log. */
void	conn_change(struct conn *, enum conn_state, const char *reason);

/* The one way out, from any state and any depth of calls: closed() follows
 * from the loop.  detail is static text, or NULL. */
void	conn_finish(struct conn *, enum conn_end, int error,
	    const char *detail);

/* Who is to blame for an error; at_once: connect() itself returned it. */
enum conn_end	conn_blame(int error, bool at_once);

/* Read from c->tcp, which is connected.  Returns 0 or a negative UV_E*. */
int	conn_read(struct conn *);

/* Send what TLS has for the peer. */
void	conn_flush_tls(struct conn *);

/* In CLOSING: finish when all is sent. */
void	conn_finish_if_sent(struct conn *);

#endif
