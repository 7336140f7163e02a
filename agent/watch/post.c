#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/notify/filter.h"
#include "agent/watch/parts.h"

/*
 * Messages on their way to the outbox.  A channel that chooses domains by
 * their labels gets a message of its own, in which there are no others; all
 * that do not choose share one.
 */

/* See struct audience. */
#define UNLABELLED ""

struct posted {
	struct message *message;
	char *not_channel, *only_channel;
	bool direct; /* was sent without the store already */
};

static void
drop_posted(void *what)
{
	struct posted *posted = what;

	message_free(posted->message);
	free(posted->not_channel);
	free(posted->only_channel);
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
		.only_channel = posted->only_channel,
	};

	return notify_post(w->notify, posted->message, &audience) < 0 ? -1 : 0;
}

static const struct journal_kind post_kind = { "message", true, put_posted,
	drop_posted };

void
post_message(struct watch *w, struct message *message, const char *not_channel,
    const char *only_channel)
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
	if (only_channel != NULL)
		posted->only_channel = strdup(only_channel);
	journal_add(w->journal, &post_kind, posted);
}

/* What follows an opening is for whoever was told of that, although its own
 * domains may be well by now. */
static bool
concerns(const struct watch *w, const struct cause *cause,
    enum message_kind kind, const struct channel_setting *to)
{
	return kind == MESSAGE_RESOLVED || kind == MESSAGE_SETTLED ||
	    labels_count(w, cause, to) > 0;
}

bool
post_cause(struct watch *w, const struct cause *cause, enum message_kind kind,
    const char *not_channel)
{
	struct message *message = describe_cause(w, cause, kind, NULL);
	const struct settings *s = w->settings;
	bool own = filter_is_own(cause->rule->id); /* is everybody's */

	if (message == NULL)
		return false;
	post_message(w, message, not_channel, own ? NULL : UNLABELLED);
	for (size_t i = 0; i < s->nchannel && !own; i++) {
		const struct channel_setting *to = &s->channel[i];

		if (to->nlabel > 0 && concerns(w, cause, kind, to))
			post_message(w, describe_cause(w, cause, kind, to),
			    not_channel, to->name);
	}
	return true;
}

/* What of it concerns the channel. */
static struct causes
part_of(const struct watch *w, const struct causes *all,
    const struct channel_setting *to)
{
	struct causes part = {
		.cause = calloc(all->n, sizeof(struct cause *)),
	};

	for (size_t i = 0; part.cause != NULL && i < all->n; i++)
		if (filter_is_own(all->cause[i]->rule->id) ||
		    labels_count(w, all->cause[i], to) > 0)
			part.cause[part.n++] = all->cause[i];
	return part;
}

bool
post_digest(struct watch *w, const struct causes *causes, bool first)
{
	struct message *message = describe_digest(w, causes, first, NULL);
	const struct settings *s = w->settings;

	if (message == NULL)
		return false;
	post_message(w, message, NULL, UNLABELLED);
	for (size_t i = 0; i < s->nchannel; i++) {
		const struct channel_setting *to = &s->channel[i];
		struct causes part = { .n = 0 };

		if (to->nlabel > 0)
			part = part_of(w, causes, to);
		if (part.n > 0)
			post_message(w, describe_digest(w, &part, first, to),
			    NULL, to->name);
		free(part.cause);
	}
	return true;
}

static void
send_directly(struct watch *w, void *what)
{
	struct posted *posted = what;

	if (posted->direct)
		return;
	posted->direct = true;
	notify_direct(w->notify, posted->message, posted->only_channel);
}

void
post_directly(struct watch *w)
{
	journal_each(w->journal, &post_kind, send_directly);
}
