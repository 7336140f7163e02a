#include <stdlib.h>

#include "agent/notify/digest.h"

#include "agent/notify/notify_parts.h"

/* Nobody has so many; what is more goes into the next digest. */
#define ROWS_MAX 100000

static struct message *
make_digest(const struct parcels *list, struct wall now)
{
	struct digest *d = digest_new();
	struct message *m = NULL;
	size_t i = 0;

	while (d != NULL && i < list->n &&
	    (list->parcel[i].message == NULL ||
	        digest_add(d, list->parcel[i].message) == 0))
		i++;
	if (d != NULL && i == list->n)
		m = digest_message(d, now);
	digest_free(d);
	return m;
}

static int
put_digest(
    struct lane *lane, const struct message *m, const char *json, uint64_t *id)
{
	struct outbox_row row = {
		.channel = lane->name,
		.kind = message_kind_name(m->kind),
		.message_id = m->id,
		.json = json,
		.made = m->at,
		.due = m->at,
	};

	if (store_outbox_put(lane->owner->store, &row) != 0)
		return -1;
	*id = row.id;
	return 0;
}

/* What cannot be read stays behind, to be told of when its turn comes. */
static int
write_rows(struct lane *lane, const struct parcels *list,
    const struct message *m, const char *json)
{
	struct store *store = lane->owner->store;
	uint64_t digest;

	if (put_digest(lane, m, json, &digest) != 0)
		return -1;
	for (size_t i = 0; i < list->n; i++)
		if (list->parcel[i].message != NULL &&
		    store_outbox_merged(store, list->parcel[i].id, digest) != 0)
			return -1;
	return 0;
}

static int
write_digest(
    struct lane *lane, const struct parcels *list, const struct message *m)
{
	const struct log_about about = lane_about(lane, "merged");
	struct store *store = lane->owner->store;
	struct buf json;
	int result = -1;

	buf_init(&json, 0);
	message_write(m, &json);
	if (json.failed) {
		lane_store_failed(lane, "out of memory");
	} else if (store_begin(store) != 0) {
		lane_store_failed(lane, store_why(store));
	} else if (write_rows(lane, list, m, buf_str(&json)) != 0 ||
	    store_commit(store) != 0) {
		lane_store_failed(lane, store_why(store));
		store_rollback(store);
	} else {
		log_say(
		    LOG_INFO, &about, "channel %s: %s", lane->name, m->title);
		result = 0;
	}
	buf_free(&json);
	return result;
}

int
merge(struct lane *lane)
{
	struct parcels list;
	struct message *m;
	const char *why;
	int result = -1;

	if (parcels_read(
	        lane->owner->store, lane->name, ROWS_MAX, &list, &why) != 0) {
		lane_store_failed(lane, why);
		return -1;
	}
	m = make_digest(&list, lane->owner->times.now());
	if (m == NULL)
		lane_store_failed(lane, "out of memory");
	else
		result = write_digest(lane, &list, m);
	message_free(m);
	parcels_free(&list);
	return result;
}
