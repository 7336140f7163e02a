#ifndef AGENT_ROUND_FACTS_H
#define AGENT_ROUND_FACTS_H

#include "agent/engine.h"

/* What follows from the observations once they are all there: which vantages
 * are alive, the zone and the one above it, autonomous systems.  Returns 0, or
 * -1 when memory ran out for some of it. */
int	round_conclude(struct facts *, const struct engine *);

/* Replace *to by a copy of from (NULL: by NULL).  Returns 0, or -1. */
int	round_copy_name(char **to, const char *from);

#endif
