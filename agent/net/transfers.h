#ifndef AGENT_NET_TRANSFERS_H
#define AGENT_NET_TRANSFERS_H

#include <curl/curl.h>

#include "agent/net/poller.h"

/* libcurl's transfers on the loop: a multi handle, and the poller that turns
 * it.  Easy handles are the caller's, who puts them in and takes them out. */
struct transfers {
	CURLM			*multi;
	struct poller		*poller;
	const struct transfers_events *events;
	void			*arg;
};

struct transfers_events {
	/* It has ended: private is what CURLOPT_PRIVATE says. */
	void	(*ended)(void *arg, void *private, CURLcode);
	/* After all that have ended in one turn; may free the transfers.
	 * NULL: nobody wants to know. */
	void	(*turned)(void *arg);
};

/* events must outlive it.  Returns 0; -1: no memory (to be freed also then). */
int	transfers_init(struct transfers *, uv_loop_t *,
	    const struct transfers_events *, void *arg);
/* All easy handles are out. */
void	transfers_free(struct transfers *);

#endif
