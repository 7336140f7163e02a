#ifndef AGENT_NOTIFY_FILTER_H
#define AGENT_NOTIFY_FILTER_H

#include <stdbool.h>

#include "agent/notify/notify.h"

/*
 * Which messages a channel wants, by its settings alone.  Pure.
 */

/* Is it about the agent itself?  Every channel is told of that, whatever its
 * rules and labels. */
bool	filter_is_own(const char *rule);
/* Severity, rule and labels; a digest by its items: one that it wants is
 * enough. */
bool	filter_takes(const struct channel_setting *, const struct message *,
	    const struct audience *);
/* Does it want this one of a digest's? */
bool	filter_item(const struct channel_setting *,
	    const struct message_item *);

#endif
