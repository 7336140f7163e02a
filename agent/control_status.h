#ifndef AGENT_CONTROL_STATUS_H
#define AGENT_CONTROL_STATUS_H

#include "agent/show/show.h"
#include "agent/watch/watch.h"

/*
 * What `mxvigil status` shows.  Both append text and return the exit status of
 * a check; what is stale, or not yet known, is UNKNOWN.
 */

/* Everything: how many domains are how, and the open incidents. */
int	status_overview(struct watch *, const struct show_format *,
	    const struct show_style *, struct buf *out);

/* One domain, in the words of a check. */
int	status_domain(struct watch *, struct domain *,
	    const struct show_format *, const struct show_style *,
	    struct buf *out);

#endif
