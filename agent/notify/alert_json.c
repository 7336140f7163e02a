#include "agent/notify/render.h"

/*
 * Schema "mxvigil.alert/1": every key is always there, null when it has no
 * value.  Keys are only ever added.
 */

static json_t *
texts(char *const *text, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n && list != NULL; i++) {
		if (json_array_append_new(list, json_text(text[i])) != 0) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

static json_t *
labels(const struct label *label, size_t n)
{
	json_t *object = json_object();

	for (size_t i = 0; i < n && object != NULL; i++) {
		json_t *value = json_text(label[i].value);

		if (json_object_set_new(object, label[i].key, value) != 0) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

static json_t *
items(const struct message *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->nitem && list != NULL; i++) {
		const struct message_item *item = &m->item[i];

		if (json_array_append_new(list,
		        json_pack("{s:o, s:s, s:o, s:o, s:o, s:I, s:o}",
		            "incident", json_text(item->incident), "severity",
		            severity_name(item->severity), "rule",
		            json_text(item->rule), "subject",
		            json_text(item->subject), "title",
		            json_text(item->title), "domains",
		            (json_int_t)item->domains, "labels",
		            labels(item->label, item->nlabel))) != 0) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

json_t *
json_alert(const struct message *m)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, "
	                 "s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, "
	                 "s:o, s:I}",
	    "schema", "mxvigil.alert/1", "kind", message_kind_name(m->kind),
	    "id", json_text(m->id), "incident", json_text(m->incident), "key",
	    json_text(m->key), "severity", severity_name(m->severity), "rule",
	    json_text(m->rule), "subject", json_text(m->subject), "title",
	    json_text(m->title), "headline",
	    json_headline(m, ESCAPE_CLEAN, SIZE_MAX), "at", json_time(m->at),
	    "since", json_time(m->since), "until", json_time(m->until),
	    "domains", texts(m->domain, m->ndomain), "domains_total",
	    (json_int_t)m->total, "senders", json_text(m->senders), "evidence",
	    texts(m->evidence, m->nevidence), "remedy", json_text(m->remedy),
	    "link", json_text(m->link), "labels", labels(m->label, m->nlabel),
	    "items", items(m), "items_total", (json_int_t)m->total_items);
}

int
channel_alert_json(const struct message *m, struct buf *out)
{
	return json_write(json_alert(m), out);
}
