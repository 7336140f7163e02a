#include <stdlib.h>
#include <string.h>

#include "agent/notify/notify_parts.h"

void
parcel_free(struct parcel *p)
{
	message_free(p->message);
	*p = (struct parcel){ 0 };
}

void
parcels_free(struct parcels *list)
{
	for (size_t i = 0; i < list->n; i++)
		parcel_free(&list->parcel[i]);
	free(list->parcel);
	*list = (struct parcels){ 0 };
}

static struct parcel *
add(struct parcels *list)
{
	if (list->n == list->room) {
		size_t room = list->room == 0 ? 16 : 2 * list->room;
		struct parcel *more =
		    reallocarray(list->parcel, room, sizeof(*more));

		if (more == NULL)
			return NULL;
		list->parcel = more;
		list->room = room;
	}
	list->parcel[list->n] = (struct parcel){ 0 };
	return &list->parcel[list->n++];
}

static void
take(void *arg, const struct outbox_row *row)
{
	struct parcels *list = arg;
	struct parcel *p = list->failed ? NULL : add(list);

	if (p == NULL) {
		list->failed = true;
		return;
	}
	p->id = row->id;
	p->incident = row->incident;
	p->made = row->made;
	p->due = row->due;
	p->tries = row->tries;
	p->message = message_read(row->json, p->why, sizeof(p->why));
	if (p->message == NULL && strcmp(p->why, "out of memory") == 0)
		list->failed = true;
}

int
parcels_read(struct store *store, const char *channel, size_t limit,
    struct parcels *list, const char **why)
{
	*list = (struct parcels){ 0 };
	if (store_outbox_next(store, channel, limit, take, list) != 0)
		*why = store_why(store);
	else if (list->failed)
		*why = "out of memory";
	else
		return 0;
	parcels_free(list);
	return -1;
}
