#ifndef AGENT_STATUS_HTTP_H
#define AGENT_STATUS_HTTP_H

#include <uv.h>

#include "agent/watch/watch.h"

/*
 * The agent over HTTP/1.1, for reading only: the status page, the API, the
 * metrics.  Everything runs in the loop; no request changes anything.
 */

struct status;

/*
 * Listen as the setting says (on is false: not at all, until a reload), and
 * answer from what the watch knows, which must outlive it.  The setting is
 * copied.  NULL with one line in why.
 */
struct status	*status_new(uv_loop_t *, struct watch *,
		    const struct http_setting *, char *why, size_t why_size);

/* A new setting.  Connections go on when the address stays.  Returns 0, or -1
 * with one line in why: everything is then as before. */
int		 status_reload(struct status *, const struct http_setting *,
		    char *why, size_t why_size);

/* The port that is listened on: the kernel's choice when 0 was asked for; 0
 * when nothing is. */
uint16_t	 status_port(const struct status *);

/* Stop at once: connections are closed.  The loop must run once more. */
void		 status_free(struct status *);

#endif
