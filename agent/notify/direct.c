#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/notify/filter.h"
#include "agent/notify/part.h"

#include "agent/notify/notify_parts.h"

/* Messages that are sent without a store: one try each, beside the lanes. */

struct direct {
	LIST_ENTRY(direct) entry;
	struct notify *owner;
	struct sending *sending;
	char *channel;
};

static void
drop(struct direct *d)
{
	LIST_REMOVE(d, entry);
	free(d->channel);
	free(d);
}

static void
on_sent(void *arg, const struct sent *sent)
{
	struct direct *d = arg;
	struct notify *n = d->owner;
	const bool good = sent->judgement.verdict == DELIVERED;
	const struct log_about about = { .event = good ? "sent" : "given-up",
		.channel = d->channel };

	if (good)
		log_say(LOG_INFO, &about, "channel %s: sent without the store",
		    d->channel);
	else
		log_say(LOG_ERROR, &about,
		    "channel %s: not sent, without the store: %s", d->channel,
		    sent->judgement.why);
	drop(d);
	notify_ended(n);
}

static void
start(
    struct notify *n, const struct channel_setting *c, const struct message *m)
{
	struct direct *d = calloc(1, sizeof(*d));
	struct part part;

	if (d != NULL) {
		LIST_INSERT_HEAD(&n->directs, d, entry);
		d->owner = n;
		d->channel = strdup(c->name);
		if (d->channel != NULL && part_of(c, m, &part) == 0) {
			d->sending = send_start(
			    &n->sender, c, &part.message, NULL, on_sent, d);
			part_free(&part);
		}
		if (d->sending != NULL)
			return;
		drop(d);
	}
	log_error(
	    "channel %s: not sent, without the store: out of memory", c->name);
}

void
notify_direct(
    struct notify *n, const struct message *m, const char *only_channel)
{
	const struct audience audience = { .label = m->label,
		.nlabel = m->nlabel };
	char *id = m->id == NULL ? message_id() : NULL;
	struct message named = *m;
	struct lane *lane;

	if (id != NULL)
		named.id = id;
	TAILQ_FOREACH (lane, &n->lanes, entry)
		if (lane->channel != NULL &&
		    notify_is_meant(lane->channel, only_channel) &&
		    filter_takes(lane->channel, m, &audience))
			start(n, lane->channel, &named);
	free(id);
}

bool
direct_any(const struct notify *n)
{
	return !LIST_EMPTY(&n->directs);
}

void
direct_free_all(struct notify *n)
{
	struct direct *d;

	while ((d = LIST_FIRST(&n->directs)) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): off the list */
		send_cancel(d->sending);
		drop(d);
	}
}
