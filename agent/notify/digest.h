#ifndef AGENT_NOTIFY_DIGEST_H
#define AGENT_NOTIFY_DIGEST_H

#include "agent/notify/message.h"

/*
 * One message instead of many.  Pure.
 *
 * Every message is counted; each incident is named once, as the last message
 * about it had it: what lasts before what is over, the worst first.
 */

struct digest;

struct digest	*digest_new(void);	/* NULL: no memory */
void		 digest_free(struct digest *);
/* In their order.  Returns 0, or -1 without memory. */
int		 digest_add(struct digest *, const struct message *);
/* NULL: no memory, no randomness, or nothing was added. */
struct message	*digest_message(struct digest *, struct wall now);

#endif
