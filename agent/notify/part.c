#include <stdlib.h>

#include "agent/notify/filter.h"

#include "agent/notify/part.h"

static int
choose_items(const struct channel_setting *c, struct part *part)
{
	const struct message *m = &part->message;
	size_t n = 0;

	part->item = calloc(m->nitem, sizeof(*part->item));
	if (part->item == NULL)
		return -1;
	for (size_t i = 0; i < m->nitem; i++)
		if (filter_item(c, &m->item[i]))
			part->item[n++] = m->item[i];
	part->message.item = part->item;
	part->message.nitem = n;
	return 0;
}

static int
join_labels(struct part *part)
{
	struct message *m = &part->message;
	size_t n = 0, room = 1;

	for (size_t i = 0; i < m->nitem; i++)
		room += m->item[i].nlabel;
	part->label = calloc(room, sizeof(*part->label));
	if (part->label == NULL)
		return -1;
	for (size_t i = 0; i < m->nitem; i++)
		for (size_t j = 0; j < m->item[i].nlabel; j++)
			part->label[n++] = m->item[i].label[j];
	m->label = part->label;
	m->nlabel = message_unique_labels(part->label, n);
	return 0;
}

static int
retitle(struct part *part)
{
	struct message *m = &part->message;
	struct buf title;

	buf_init(&title, 0);
	if (m->title != NULL)
		buf_puts(&title, m->title);
	buf_printf(&title, " (%zu of them for this channel)", m->nitem);
	m->title = part->title = buf_take(&title);
	return part->title == NULL ? -1 : 0;
}

/* How many they are and how bad, without those that are left out. */
static void
recount(struct message *m)
{
	m->severity = SEVERITY_OK;
	m->total_items = m->nitem;
	m->total = 0;
	for (size_t i = 0; i < m->nitem; i++) {
		m->total += m->item[i].domains;
		if (m->item[i].severity > m->severity)
			m->severity = m->item[i].severity;
	}
}

int
part_of(
    const struct channel_setting *c, const struct message *m, struct part *out)
{
	*out = (struct part){ .message = *m };
	if (m->kind != MESSAGE_DIGEST || m->nitem == 0)
		return 0;
	if (choose_items(c, out) != 0)
		goto fail;
	if (out->message.nitem == m->nitem)
		return 0;
	recount(&out->message);
	if (join_labels(out) == 0 && retitle(out) == 0)
		return 0;
fail:
	part_free(out);
	return -1;
}

void
part_free(struct part *part)
{
	free(part->item);
	free(part->label);
	free(part->title);
	*part = (struct part){ .item = NULL };
}
