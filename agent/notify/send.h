#ifndef AGENT_NOTIFY_SEND_H
#define AGENT_NOTIFY_SEND_H

#include "agent/net/http.h"
#include "agent/notify/channel.h"

/*
 * One try to bring one message through one channel, whatever its kind.
 */

struct sending;

struct sender {
	uv_loop_t		*loop;
	struct http_client	*http;
	uint64_t		 command_ms;	/* limit of a command: 15 s */
};

struct sent {
	struct judgement	 judgement;
	int			 status;	/* as in struct answer */
	const char		*body;		/* what it said, or "" */
};

typedef void send_done_fn(void *arg, const struct sent *);

/* before: what the channel was told last of the same incident and still holds,
 * or NULL.  NULL: no memory.  done runs exactly once, from the loop, never
 * inside this call. */
struct sending	*send_start(const struct sender *,
		    const struct channel_setting *, const struct message *,
		    const struct message *before, send_done_fn *, void *arg);
void		 send_cancel(struct sending *);

#endif
