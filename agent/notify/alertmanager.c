#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/notify/render.h"

/*
 * Alertmanager's v2 API.  An alert is known by its labels and nothing else, and
 * holds until endsAt, before which it is sent again.
 *
 * Labels are what its routes choose by, so they say how things are now; what
 * else changes while it lasts is in the annotations.  When an incident got
 * worse, or hits others too, its alert with the labels of before ends in the
 * request that begins the one with the new labels; in between, and at its end,
 * the labels are those that were posted last.
 *
 * A digest is an alert for each of its incidents.
 */

#define RESEND_MS  ((uint64_t)120000)
#define FIELD_MAX  2000
#define LABEL_NAME 128

static const struct say_style style = {
	.format = ESCAPE_PLAIN,
	.line = "\n",
	.bold_on = "",
	.bold_off = "",
	.list_on = "",
	.list_off = "",
};

/* ------------------------------------------------------------------ labels */

/* What an alert is known by. */
struct identity {
	const char *name, *rule, *incident, *subject;
	enum severity severity;
	const struct label *label;
	size_t nlabel;
};

static struct identity
identity_of(const struct message *m)
{
	return (struct identity){
		.name = m->rule != NULL ? m->rule : message_kind_name(m->kind),
		.rule = m->rule,
		.incident = m->incident,
		.subject = m->subject,
		.severity = m->severity,
		.label = m->label,
		.nlabel = m->nlabel,
	};
}

/* [a-zA-Z_][a-zA-Z0-9_]*, and "label_" before a name that is ours. */
static void
label_name(const char *key, char name[LABEL_NAME])
{
	static const char *const ours[] = { "alertname", "rule", "severity",
		"incident", "subject" };
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
	                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789_";
	size_t n = 0;

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (strcmp(key, ours[i]) == 0)
			n = (size_t)snprintf(name, LABEL_NAME, "label_");
	if (*key >= '0' && *key <= '9')
		name[n++] = '_';
	for (; *key != '\0' && n < LABEL_NAME - 1; key++)
		name[n++] = strchr(allowed, *key) != NULL ? *key : '_';
	if (n == 0)
		name[n++] = '_';
	name[n] = '\0';
}

/* An empty label is the same as none. */
static int
set_label(json_t *labels, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return 0;
	return json_object_set_new(labels, name, json_text(value));
}

/* One that is there with another value has both. */
static int
add_label(json_t *labels, const struct label *label)
{
	char name[LABEL_NAME], *both;
	const char *had;
	int status;

	label_name(label->key, name);
	had = json_string_value(json_object_get(labels, name));
	if (had == NULL)
		return set_label(labels, name, label->value);
	both = printed("%s,%s", had, label->value);
	status = both == NULL ? -1 : set_label(labels, name, both);
	free(both);
	return status;
}

static json_t *
labels_of(const struct identity *id)
{
	json_t *labels = json_object();
	int status;

	status = set_label(labels, "alertname", id->name);
	status |= set_label(labels, "rule", id->rule);
	status |= set_label(labels, "severity", severity_name(id->severity));
	status |= set_label(labels, "incident", id->incident);
	status |= set_label(labels, "subject", id->subject);
	for (size_t i = 0; i < id->nlabel && status == 0; i++)
		status = add_label(labels, &id->label[i]);
	if (status == 0)
		return labels;
	json_decref(labels);
	return NULL;
}

/* ------------------------------------------------------------------ alerts */

static json_t *
notes(const struct message *m)
{
	return json_pack("{s:o, s:o*, s:o*, s:o*, s:o*, s:o*}", "summary",
	    json_headline(m, ESCAPE_PLAIN, FIELD_MAX), "when",
	    json_part(&style, m, SAY_WHEN, FIELD_MAX), "whom",
	    json_part(&style, m, SAY_WHOM, FIELD_MAX), "senders",
	    json_plain(m->senders, FIELD_MAX), "evidence",
	    json_part(&style, m, SAY_LIST, FIELD_MAX), "remedy",
	    json_plain(m->remedy, FIELD_MAX));
}

static json_t *
item_notes(const struct message_item *item)
{
	struct buf text, safe;
	json_t *object = NULL;

	buf_init(&text, 0);
	buf_init(&safe, 0);
	buf_printf(&text, "%s (%zu domain%s)",
	    item->title != NULL ? item->title : "", item->domains,
	    item->domains == 1 ? "" : "s");
	escape_plain(&safe, buf_str(&text), FIELD_MAX);
	if (!text.failed && !safe.failed)
		object = json_pack("{s:s}", "summary", buf_str(&safe));
	buf_free(&text);
	buf_free(&safe);
	return object;
}

/* Takes labels and annotations over. */
static json_t *
alert(const struct message *m, json_t *labels, json_t *annotations,
    struct wall end)
{
	struct wall start = m->since.us != 0 ? m->since : m->at;

	if (start.us > end.us) /* the clock was set */
		start = end;
	return json_pack("{s:o, s:o, s:o, s:o, s:s*}", "labels", labels,
	    "annotations", annotations, "startsAt", json_time(start), "endsAt",
	    json_time(end), "generatorURL", say_link(m));
}

/* Until it is sent again, or over. */
static struct wall
end_of(const struct message *m, struct wall now)
{
	if (say_over(m))
		return m->until.us != 0 ? m->until : m->at;
	return (struct wall){ now.us + (int64_t)RESEND_MS * 2 * 1000 };
}

/* Does it say how things are now?  Others say that it lasts, or is over. */
static bool
renews(const struct message *m)
{
	return m->kind != MESSAGE_REMINDER && !say_over(m);
}

static json_t *
incident_alerts(
    const struct message *m, const struct message *before, struct wall now)
{
	struct identity id = identity_of(m);
	struct identity id_before = identity_of(before != NULL ? before : m);
	json_t *labels = labels_of(renews(m) ? &id : &id_before);
	json_t *old = labels_of(&id_before), *list;

	list = json_pack("[o]", alert(m, labels, notes(m), end_of(m, now)));
	if (before != NULL && !json_equal(labels, old) &&
	    json_array_append_new(list,
	        alert(before, json_incref(old), notes(before), now)) != 0) {
		json_decref(list);
		list = NULL;
	}
	json_decref(old);
	return list;
}

static json_t *
item_alert(
    const struct message *m, const struct message_item *item, struct wall now)
{
	const struct identity id = {
		.name = item->rule != NULL ? item->rule :
		                             message_kind_name(m->kind),
		.rule = item->rule,
		.incident = item->incident,
		.subject = item->subject,
		.severity = item->severity,
		.label = item->label,
		.nlabel = item->nlabel,
	};

	return alert(m, labels_of(&id), item_notes(item), end_of(m, now));
}

static json_t *
digest_alerts(const struct message *m, struct wall now)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->nitem && list != NULL; i++) {
		if (json_array_append_new(
		        list, item_alert(m, &m->item[i], now)) != 0) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

int
alertmanager_request(const struct channel_setting *c, const struct message *m,
    const struct message *before, struct wall now, struct request *out)
{
	json_t *alerts = m->kind == MESSAGE_DIGEST && m->nitem > 0 ?
	    digest_alerts(m, now) :
	    incident_alerts(m, before, now);

	if (request_json(out, "POST", url_under(c->url, "", "/api/v2/alerts"),
	        alerts) != 0)
		return -1;
	return request_bearer(out, c->token);
}

static int
render_after(const struct channel_setting *c, const struct message *m,
    const struct message *before, struct request *out)
{
	return alertmanager_request(c, m, before, clock_wall(), out);
}

static int
render(const struct channel_setting *c, const struct message *m,
    struct request *out)
{
	return render_after(c, m, NULL, out);
}

const struct channel_kind channel_alertmanager = {
	.name = "alertmanager",
	.render = render,
	.resend_ms = RESEND_MS,
	.render_after = render_after,
};
