#ifndef AGENT_NOTIFY_PART_H
#define AGENT_NOTIFY_PART_H

#include "agent/notify/message.h"

/*
 * What of a message a channel gets: all of it; or of a digest the incidents
 * that its filters take, and nothing of any other.  Pure.
 */

struct part {
	struct message	 message;	/* borrows from the whole */
	struct message_item *item;	/* the part's own */
	struct label	*label;
	char		*title;
};

/* The message must outlive the part.  Returns 0, or -1 without memory. */
int	part_of(const struct channel_setting *, const struct message *,
	    struct part *out);
void	part_free(struct part *);

#endif
