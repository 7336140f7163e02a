#ifndef AGENT_NET_POLLER_H
#define AGENT_NET_POLLER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/*
 * For a library that brings its own descriptors and its own idea of time
 * (c-ares, libcurl): watches descriptors and holds one alarm, on the loop.
 */

struct poller;		/* opaque */

struct poller_events {
	/* fd is ready; after an error on it both are true. */
	void	(*ready)(void *arg, int fd, bool readable, bool writable);
	/* The alarm rang; it is off until it is set again. */
	void	(*alarm)(void *arg);
};

/* events must outlive the poller.  NULL: no memory. */
struct poller	*poller_new(uv_loop_t *, const struct poller_events *,
		    void *arg);

/* No event runs after this.  The descriptors stay open: they are the
 * library's.  May be called from an event. */
void		 poller_free(struct poller *);

/* Watch fd for this and nothing else; for neither: let go of it, before it
 * is closed.  Returns 0, or -1: it cannot be watched. */
int		 poller_watch(struct poller *, int fd, bool readable,
		    bool writable);

/* Ring once after ms, from the loop even for 0; below 0: not at all. */
void		 poller_alarm(struct poller *, int64_t ms);

#endif
