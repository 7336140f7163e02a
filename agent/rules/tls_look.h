#ifndef AGENT_RULES_TLS_LOOK_H
#define AGENT_RULES_TLS_LOOK_H

#include <stdbool.h>

#include "agent/base/buf.h"
#include "agent/rules/finding.h"
#include "agent/rules/view.h"

/* Has this dialogue with a mail server the fault?  Then append to *b what it
 * is, in a clause that follows the name of the host. */
typedef bool	 tls_fault_fn(const struct view *, const struct obs_smtp *,
		    struct buf *b);

/*
 * One finding for each host with the fault, over all its addresses that can
 * take mail; a message for hosts with several addresses names those that have
 * it when not all do.
 */
void		 tls_look(const struct rule *, enum severity,
		    const struct view *, tls_fault_fn *, struct findings *);

#endif
