#ifndef AGENT_HEARTBEAT_H
#define AGENT_HEARTBEAT_H

#include "agent/watch/watch.h"

/*
 * A sign of life to an outside watcher: a GET of the heartbeat URL now and
 * then, only while the agent does its work (it is ready, not blind, its
 * schedule makes progress).
 */

struct heartbeat;

/* Reads the settings of the watch each time.  NULL: no memory. */
struct heartbeat	*heartbeat_new(uv_loop_t *, struct watch *);
void			 heartbeat_free(struct heartbeat *);

#endif
