#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "agent/base/text.h"
#include "agent/notify/message_parts.h"

#include "agent/notify/message.h"

/*
 * Writing: what is there becomes a key; texts are made safe and cut to what the
 * reader takes, so that what was once written can always be read.
 */

const struct message_text message_texts[] = {
	{ "id", offsetof(struct message, id) },
	{ "incident", offsetof(struct message, incident) },
	{ "key", offsetof(struct message, key) },
	{ "rule", offsetof(struct message, rule) },
	{ "subject", offsetof(struct message, subject) },
	{ "title", offsetof(struct message, title) },
	{ "senders", offsetof(struct message, senders) },
	{ "remedy", offsetof(struct message, remedy) },
	{ "link", offsetof(struct message, link) },
	{ .name = NULL },
};

const struct message_text message_times[] = {
	{ "at", offsetof(struct message, at) },
	{ "since", offsetof(struct message, since) },
	{ "until", offsetof(struct message, until) },
	{ .name = NULL },
};

/* At most max bytes of it. */
static json_t *
make_short(const char *text, size_t max)
{
	char safe[MESSAGE_TEXT_MAX + 1];

	text_line(safe, max + 1, text);
	return json_string(safe);
}

static json_t *
make_text(const char *text)
{
	return make_short(text, MESSAGE_TEXT_MAX);
}

/* Left out where it is not known. */
static json_t *
make_known(const char *text)
{
	return text == NULL ? NULL : make_text(text);
}

static json_t *
make_texts(char *const *text, size_t n, size_t max)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n && i < max; i++)
		if (json_array_append_new(list, make_text(text[i])) != 0)
			goto fail;
	return list;
fail:
	json_decref(list);
	return NULL;
}

/* A list of pairs, not an object: a key may be there twice. */
static json_t *
make_labels(const struct label *label, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n && i < MESSAGE_LABELS_MAX; i++) {
		json_t *pair = json_pack("[o,o]",
		    make_short(label[i].key, MESSAGE_LABEL_MAX),
		    make_short(label[i].value, MESSAGE_LABEL_MAX));

		if (json_array_append_new(list, pair) != 0)
			goto fail;
	}
	return list;
fail:
	json_decref(list);
	return NULL;
}

static json_t *
make_items(const struct message_item *item, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n && i < MESSAGE_ITEMS_MAX; i++) {
		const char *title = item[i].title;
		json_t *one = json_pack("{s:o*,s:s,s:o*,s:o*,s:o,s:I,s:o}",
		    "incident", make_known(item[i].incident), "severity",
		    severity_name(item[i].severity), "rule",
		    make_known(item[i].rule), "subject",
		    make_known(item[i].subject), "title",
		    make_text(title == NULL ? "" : title), "domains",
		    (json_int_t)item[i].domains, "labels",
		    make_labels(item[i].label, item[i].nlabel));

		if (json_array_append_new(list, one) != 0)
			goto fail;
	}
	return list;
fail:
	json_decref(list);
	return NULL;
}

static bool
add(json_t *to, const char *name, json_t *value)
{
	return json_object_set_new(to, name, value) == 0;
}

static bool
add_texts(json_t *to, const struct message *m)
{
	const struct message_text *row;

	for (row = message_texts; row->name != NULL; row++) {
		const char *text = *message_text_of(m, row);

		if (text != NULL && !add(to, row->name, make_text(text)))
			return false;
	}
	return true;
}

static bool
add_times(json_t *to, const struct message *m)
{
	const struct message_text *row;
	char text[CLOCK_TEXT];

	for (row = message_times; row->name != NULL; row++) {
		struct wall t = *message_time_of(m, row);

		if (t.us != 0 &&
		    !add(to, row->name, json_string(clock_format(t, text))))
			return false;
	}
	return true;
}

static bool
add_lists(json_t *to, const struct message *m)
{
	return add(to, "domains",
	           make_texts(m->domain, m->ndomain, MESSAGE_DOMAINS_MAX)) &&
	    add(to, "total_domains", json_integer((json_int_t)m->total)) &&
	    add(to, "evidence",
	        make_texts(m->evidence, m->nevidence, MESSAGE_EVIDENCE_MAX)) &&
	    add(to, "labels", make_labels(m->label, m->nlabel));
}

static bool
add_digest(json_t *to, const struct message *m)
{
	return m->kind != MESSAGE_DIGEST ||
	    (add(to, "items", make_items(m->item, m->nitem)) &&
	        add(to, "total_items",
	            json_integer((json_int_t)m->total_items)));
}

static int
take(const char *bytes, size_t len, void *arg)
{
	struct buf *out = arg;

	buf_add(out, bytes, len);
	return out->failed ? -1 : 0;
}

void
message_write(const struct message *m, struct buf *out)
{
	json_t *root = json_pack("{s:s,s:s,s:s}", "schema", MESSAGE_SCHEMA,
	    "kind", message_kind_name(m->kind), "severity",
	    severity_name(m->severity));

	if (root == NULL || !add_texts(root, m) || !add_times(root, m) ||
	    !add_lists(root, m) || !add_digest(root, m) ||
	    json_dump_callback(root, take, out, JSON_COMPACT) != 0)
		out->failed = true;
	json_decref(root);
}
