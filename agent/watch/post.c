#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/watch/parts.h"

/*
 * Messages on their way to the outbox.
 */

struct posted {
	struct message *message;
	char *not_channel;
	bool direct; /* was sent without the store already */
};

static void
drop_posted(void *what)
{
	struct posted *posted = what;

	message_free(posted->message);
	free(posted->not_channel);
	free(posted);
}

static int
put_posted(struct watch *w, void *what)
{
	const struct posted *posted = what;
	const struct audience audience = {
		.label = posted->message->label,
		.nlabel = posted->message->nlabel,
		.not_channel = posted->not_channel,
	};

	return notify_post(w->notify, posted->message, &audience) < 0 ? -1 : 0;
}

static const struct journal_kind post_kind = { "message", true, put_posted,
	drop_posted };

void
post_message(
    struct watch *w, struct message *message, const char *not_channel)
{
	struct posted *posted;

	if (message == NULL) {
		log_error("a message was lost: out of memory");
		return;
	}
	posted = calloc(1, sizeof(*posted));
	if (posted == NULL) {
		message_free(message);
		log_error("a message was lost: out of memory");
		return;
	}
	posted->message = message;
	if (not_channel != NULL)
		posted->not_channel = strdup(not_channel);
	journal_add(w->journal, &post_kind, posted);
}

static void
send_directly(struct watch *w, void *what)
{
	struct posted *posted = what;

	if (posted->direct)
		return;
	posted->direct = true;
	notify_direct(w->notify, posted->message);
}

void
post_directly(struct watch *w)
{
	journal_each(w->journal, &post_kind, send_directly);
}
