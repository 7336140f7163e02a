#ifndef AGENT_NOTIFY_MESSAGE_PARTS_H
#define AGENT_NOTIFY_MESSAGE_PARTS_H

#include "agent/notify/message.h"

/* What the writer and the reader of messages share. */

#define MESSAGE_SCHEMA "mxvigil.message/1"

/* A key of the object, and the member of struct message that it holds. */
struct message_text {
	const char	*name;
	size_t		 offset;
};
extern const struct message_text message_texts[];	/* char * */
extern const struct message_text message_times[];	/* struct wall */

static inline char **
message_text_of(const struct message *m, const struct message_text *row)
{
	return (char **)((uintptr_t)m + row->offset);
}

static inline struct wall *
message_time_of(const struct message *m, const struct message_text *row)
{
	return (struct wall *)((uintptr_t)m + row->offset);
}

#endif
