#ifndef AGENT_HELO_H
#define AGENT_HELO_H

/*
 * What to say in EHLO when nothing was set (RFC 5321 4.1.1.1): the host's fully
 * qualified name; without one, an address literal of its own (4.1.3), a
 * globally reachable one if there is any.  From the host's name and /etc/hosts,
 * never from the DNS.  malloc'ed; NULL only without memory.
 */
char	*helo_name(void);

#endif
