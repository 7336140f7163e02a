#ifndef AGENT_SHOW_NAGIOS_H
#define AGENT_SHOW_NAGIOS_H

#include "agent/show/show.h"

/* Append "MXVIGIL CRITICAL - text", cut and without what the format gives a
 * meaning; no line break. */
void	nagios_status(struct buf *, enum severity, const char *text);
/* Append "[CRITICAL] text" as a line of long output; false when what begins at
 * byte start of the buffer has no room for it. */
bool	nagios_line(struct buf *, size_t start, enum severity,
	    const char *text);
/* Append the performance data of one domain: " | time=…" to its line break. */
void	nagios_perfdata(struct buf *, const struct report *);

#endif
