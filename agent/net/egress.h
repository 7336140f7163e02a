#ifndef AGENT_NET_EGRESS_H
#define AGENT_NET_EGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "agent/base/ip.h"

/*
 * The one place that connects.  It takes addresses, never names.  Every
 * socket that mxvigil's own code opens passes egress_open(), and c-ares' and
 * libcurl's are given to them by it.
 */

/* Why we connect.  EGRESS_OPERATOR: the operator wrote the address down
 * (resolvers, webhooks): always allowed.  EGRESS_PROBE: DNS gave it: only when
 * the policy allows. */
enum egress_purpose { EGRESS_OPERATOR, EGRESS_PROBE };

struct egress;		/* the policy: opaque */

/* A policy that allows the n networks on top of what is globally reachable
 * (copied).  Reads the machine's own addresses.  NULL: no memory. */
struct egress	*egress_new(const struct ip_net *allow, size_t n);
/* The same with addresses that are known to be the machine's own, for a
 * process that cannot read them (copied). */
struct egress	*egress_new_own(const struct ip_net *allow, size_t n,
		    const struct ip *own, size_t nown);
void		 egress_free(struct egress *);

/* The machine's own addresses, malloc'ed.  Returns 0 or a negative errno. */
int		 egress_own(struct ip **own, size_t *nown);

/* Read the machine's own addresses again.  Returns 0 or a negative errno. */
int		 egress_refresh(struct egress *);

/* May we connect there for this purpose?  NULL: yes.  Otherwise a word that
 * says why not: that of ip_special(), or "own address". */
const char	*egress_refuses(const struct egress *, enum egress_purpose,
		    const struct ip *);

/*
 * A non-blocking close-on-exec socket of this type (SOCK_STREAM, SOCK_DGRAM),
 * connected or connecting to ip and port.  Returns the descriptor; -EACCES
 * when the policy refuses; else a negative errno.  *progress (may be NULL) is
 * set to 1 when the connection is still being made.
 */
int		 egress_open(const struct egress *, enum egress_purpose,
		    int socktype, const struct ip *, uint16_t port,
		    int *progress);

/* connect() of a socket that a library made, after the same check.  Returns 0
 * or -1 with errno (EACCES when refused), as connect does. */
int		 egress_connect(const struct egress *, enum egress_purpose,
		    int fd, const struct sockaddr *, socklen_t);

#endif
