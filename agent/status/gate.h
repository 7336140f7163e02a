#ifndef AGENT_STATUS_GATE_H
#define AGENT_STATUS_GATE_H

#include <stdbool.h>

#include "agent/base/ip.h"
#include "config/settings.h"

/*
 * Whose name may a request be for?  A page of somebody else's that a browser
 * was made to take for ours (DNS rebinding) asks under its own name, and is
 * refused: only names that the operator knows are answered.  Pure.
 */

struct gate;

/* NULL: no memory. */
struct gate	*gate_new(const struct http_setting *);
void		 gate_free(struct gate *);

/*
 * May a request with this Host (NULL: none) be answered?  Names: localhost,
 * the listening address, http.hosts and the host of http.url, exactly, with no
 * port, or that of the listening socket (or the URL's).  local, the address that
 * the connection came to, may be asked by number when we listen on all.
 */
bool		 gate_open(const struct gate *, const char *host,
		    uint16_t port, const struct ip *local);

#endif
