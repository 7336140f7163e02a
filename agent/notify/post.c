#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/base/num.h"
#include "agent/base/text.h"
#include "agent/notify/filter.h"
#include "agent/notify/part.h"

#include "agent/notify/notify_parts.h"

/*
 * Who gets a message.  What begins goes to those whose filters take it; what
 * follows goes to those who were told that it began, whatever their filters
 * say of it.
 */

#define DAY_MS ((uint64_t)24 * 3600 * 1000)

/* One message on its way to the channels. */
struct post {
	struct notify *notify;
	const struct message *message;
	const struct audience *audience;
	struct wall now;
	uint64_t incident; /* 0: none */
};

static uint64_t
incident_number(const char *text)
{
	uint64_t id = 0;

	if (text != NULL)
		(void)num_uint(text, 1, INT64_MAX, &id);
	return id;
}

/* Returns the id of the row, or 0: the store or memory failed. */
static uint64_t
put(const struct post *post, const struct lane *lane, const struct message *m)
{
	struct outbox_row row = {
		.channel = lane->name,
		.kind = message_kind_name(m->kind),
		.message_id = m->id,
		.incident = incident_number(m->incident),
		.made = post->now,
		.due = post->now,
	};
	struct buf json;

	buf_init(&json, 0);
	message_write(m, &json);
	row.json = buf_str(&json);
	if (json.failed || store_outbox_put(post->notify->store, &row) != 0)
		row.id = 0;
	buf_free(&json);
	return row.id;
}

/* ----------------------------------------------------------------- digests */

/* It names each incident, also those beyond what fits into the message. */
static int
put_tells(const struct post *post, const struct lane *lane, uint64_t row,
    const struct message *digest)
{
	for (size_t i = 0; i < digest->nitem; i++) {
		uint64_t id = incident_number(digest->item[i].incident);

		if (id != 0 &&
		    store_outbox_tells(
		        post->notify->store, lane->name, id, row) != 0)
			return -1;
	}
	return 0;
}

static int
put_digest(
    const struct post *post, const struct lane *lane, const struct message *m)
{
	uint64_t row = put(post, lane, m);

	return row != 0 && put_tells(post, lane, row, m) == 0 ? 1 : -1;
}

/* ------------------------------------------- digests for who keeps state */

struct described {
	struct message *message;
	const struct message_item *item;
};

static void
take_evidence(struct message *m, const char *json)
{
	json_t *list = json == NULL ? NULL : json_loads(json, 0, NULL);
	size_t n = json_array_size(list);

	m->evidence = n == 0 ? NULL : calloc(n, sizeof(*m->evidence));
	for (size_t i = 0; m->evidence != NULL && i < n; i++) {
		const char *line = json_string_value(json_array_get(list, i));

		if (line != NULL && (m->evidence[m->nevidence] = strdup(line)))
			m->nevidence++;
	}
	json_decref(list);
}

/* From the store, where the incident was put before. */
static void
describe(void *arg, const struct incident_row *row)
{
	struct described *d = arg;
	struct message *m = d->message;

	m->key = strdup(row->key);
	m->rule = strdup(row->rule);
	m->subject = strdup(row->subject);
	m->since = row->began;
	take_evidence(m, row->evidence);
}

static int
put_opened(const struct post *post, const struct lane *lane,
    const struct message_item *item)
{
	uint64_t id = incident_number(item->incident);
	struct described d = { message_new(MESSAGE_OPENED), item };
	struct message *m = d.message;
	int result = -1;

	if (m == NULL)
		return -1;
	m->id = message_id();
	m->incident = strdup(item->incident);
	m->title = item->title == NULL ? NULL : strdup(item->title);
	m->severity = item->severity;
	m->total = item->domains;
	m->at = post->message->at;
	if (m->id != NULL && m->incident != NULL &&
	    message_copy_labels(
	        &m->label, &m->nlabel, item->label, item->nlabel) == 0 &&
	    store_incident(post->notify->store, id, describe, &d) == 0 &&
	    put(post, lane, m) != 0)
		result = 1;
	message_free(m);
	return result;
}

static int
put_each(
    const struct post *post, const struct lane *lane, const struct message *m)
{
	for (size_t i = 0; i < m->nitem; i++)
		if (incident_number(m->item[i].incident) != 0 &&
		    put_opened(post, lane, &m->item[i]) < 0)
			return -1;
	return 1;
}

static int
post_digest(const struct post *post, const struct lane *lane)
{
	struct part part;
	int result;

	if (!filter_takes(lane->channel, post->message, post->audience))
		return 0;
	if (part_of(lane->channel, post->message, &part) != 0)
		return -1;
	if (lane_resend_ms(lane) != 0)
		result = put_each(post, lane, &part.message);
	else
		result = put_digest(post, lane, &part.message);
	part_free(&part);
	return result;
}

/* -------------------------------------------------------------- all others */

static int
post_begin(const struct post *post, const struct lane *lane)
{
	if (!filter_takes(lane->channel, post->message, post->audience))
		return 0;
	return put(post, lane, post->message) != 0 ? 1 : -1;
}

static int
is_told(const struct post *post, const struct lane *lane)
{
	return post->incident == 0 ?
	    0 :
	    store_outbox_told(post->notify->store, lane->name, post->incident);
}

/* Whoever was not told of the beginning is told of it now. */
static int
post_grown(const struct post *post, const struct lane *lane)
{
	struct message opened = *post->message;
	int told = is_told(post, lane);

	if (told < 0)
		return -1;
	if (told == 0 &&
	    !filter_takes(lane->channel, post->message, post->audience))
		return 0;
	if (told == 0)
		opened.kind = MESSAGE_OPENED;
	return put(post, lane, &opened) != 0 ? 1 : -1;
}

/* It may be all that is ever told of it. */
static int
post_flapping(const struct post *post, const struct lane *lane)
{
	int told = is_told(post, lane);
	uint64_t row;

	if (told < 0)
		return -1;
	if (told == 0 &&
	    !filter_takes(lane->channel, post->message, post->audience))
		return 0;
	row = put(post, lane, post->message);
	if (row == 0)
		return -1;
	if (told == 0 && post->incident != 0 &&
	    store_outbox_tells(
	        post->notify->store, lane->name, post->incident, row) != 0)
		return -1;
	return 1;
}

static int
post_after(const struct post *post, const struct lane *lane)
{
	const struct channel_setting *c = lane->channel;
	int told;

	if (post->message->kind == MESSAGE_RESOLVED && !c->resolved &&
	    !lane_keeps_state(c))
		return 0;
	told = is_told(post, lane);
	if (told != 1)
		return told;
	return put(post, lane, post->message) != 0 ? 1 : -1;
}

/* The times between reminders double, up to a day. */
static bool
is_time(uint64_t remind_ms, unsigned reminders, int64_t age_ms)
{
	uint64_t most = remind_ms > DAY_MS ? remind_ms : DAY_MS;

	while (reminders-- > 0 && remind_ms < most)
		remind_ms *= 2;
	if (remind_ms > most)
		remind_ms = most;
	/* Rows are written a moment later than they are meant.  A clock that
	 * was ahead says nothing. */
	return age_ms < 0 || (uint64_t)age_ms >= remind_ms - remind_ms / 10;
}

static int
post_reminder(const struct post *post, const struct lane *lane)
{
	uint64_t remind_ms = lane->channel->remind_ms;
	unsigned reminders;
	struct wall last;

	if (remind_ms == 0 || post->incident == 0)
		return 0;
	if (store_outbox_last(post->notify->store, lane->name, post->incident,
	        &last, &reminders) != 0)
		return -1;
	if (!is_time(remind_ms, reminders, (post->now.us - last.us) / 1000))
		return 0;
	return post_after(post, lane);
}

static int (*const post_to[MESSAGE_KINDS])(
    const struct post *, const struct lane *) = {
	[MESSAGE_OPENED] = post_begin,
	[MESSAGE_GROWN] = post_grown,
	[MESSAGE_REMINDER] = post_reminder,
	[MESSAGE_RESOLVED] = post_after,
	[MESSAGE_FLAPPING] = post_flapping,
	[MESSAGE_SETTLED] = post_after,
	[MESSAGE_CHANGED] = post_begin,
	[MESSAGE_DIGEST] = post_digest,
	[MESSAGE_TEST] = post_begin,
};

bool
notify_is_meant(const struct channel_setting *c, const char *only_channel)
{
	if (only_channel == NULL)
		return true;
	return *only_channel == '\0' ? c->nlabel == 0 :
	                               strcmp(only_channel, c->name) == 0;
}

static int
post_to_all(const struct post *post)
{
	const struct lane *lane;
	int posted = 0;

	TAILQ_FOREACH (lane, &post->notify->lanes, entry) {
		const char *not_channel = post->audience->not_channel;
		int n;

		if (lane->channel == NULL ||
		    !notify_is_meant(
		        lane->channel, post->audience->only_channel) ||
		    (not_channel != NULL &&
		        strcmp(not_channel, lane->name) == 0))
			continue;
		n = post_to[post->message->kind](post, lane);
		if (n < 0)
			return -1;
		posted += n;
	}
	return posted;
}

int
notify_post(
    struct notify *n, const struct message *m, const struct audience *audience)
{
	static const struct audience nobody;
	struct message named = *m;
	char *id = m->id == NULL ? message_id() : NULL;
	const struct post post = {
		.notify = n,
		.message = &named,
		.audience = audience == NULL ? &nobody : audience,
		.now = n->times.now(),
		.incident = incident_number(m->incident),
	};
	int posted = -1;

	if (id != NULL)
		named.id = id;
	if (named.id != NULL)
		posted = post_to_all(&post);
	free(id);
	return posted;
}
