#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "agent/base/text.h"
#include "agent/notify/message_parts.h"

#include "agent/notify/message.h"

/*
 * Reading is strict: every key is known and of its type, texts are safe, lists
 * are no longer than the writer makes them.  The first thing that is wrong is
 * said, and nothing comes of the rest.
 */

#define JSON_MAX ((size_t)16 << 20)

struct reading {
	struct message *m;
	char *why;
	size_t why_size;
	bool failed;
};

static void complain(struct reading *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void
complain(struct reading *r, const char *format, ...)
{
	char raw[256];
	va_list ap;

	if (r->failed)
		return;
	r->failed = true;
	va_start(ap, format);
	vsnprintf(raw, sizeof(raw), format, ap);
	va_end(ap);
	text_line(r->why, r->why_size, raw);
}

/* ------------------------------------------------------------------ values */

static bool
is_safe(const char *text, size_t len)
{
	char safe[MESSAGE_TEXT_MAX + 1];

	if (len != strlen(text) || len > MESSAGE_TEXT_MAX)
		return false;
	text_line(safe, sizeof(safe), text);
	return strcmp(safe, text) == 0;
}

static char *
take_text(struct reading *r, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);
	char *copy;

	if (text == NULL || !is_safe(text, json_string_length(value))) {
		complain(r, "%s: expected a text", name);
		return NULL;
	}
	copy = strdup(text);
	if (copy == NULL)
		complain(r, "out of memory");
	return copy;
}

static size_t
take_count(struct reading *r, const char *name, const json_t *value)
{
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0 || n > UINT32_MAX) {
		complain(r, "%s: expected a number", name);
		return 0;
	}
	return (size_t)n;
}

/* "2026-11-23T16:40:00.123Z" and nothing else. */
static struct wall
take_time(struct reading *r, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);
	char again[CLOCK_TEXT], *end;
	struct tm tm = { 0 };
	struct wall t = { 0 };

	if (text != NULL && strlen(text) < CLOCK_TEXT &&
	    (end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm)) != NULL) {
		long ms = *end == '.' ? strtol(end + 1, NULL, 10) : 0;

		t.us = ((int64_t)timegm(&tm) * 1000 + ms) * 1000;
		if (strcmp(clock_format(t, again), text) == 0)
			return t;
	}
	complain(r, "%s: expected a time", name);
	return (struct wall){ 0 };
}

static enum severity
take_severity(struct reading *r, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);

	for (enum severity s = SEVERITY_OFF;
	     text != NULL && s <= SEVERITY_CRITICAL; s++)
		if (strcmp(severity_name(s), text) == 0)
			return s;
	complain(r, "%s: expected a severity", name);
	return SEVERITY_OFF;
}

/* Room for a list of so many: NULL for an empty one, or after a complaint. */
static void *
make_room(struct reading *r, const char *name, const json_t *list, size_t max,
    size_t size)
{
	size_t n = json_array_size(list);
	void *room;

	if (!json_is_array(list) || n > max) {
		complain(r, "%s: expected a list of at most %zu", name, max);
		return NULL;
	}
	if (n == 0)
		return NULL;
	room = calloc(n, size);
	if (room == NULL)
		complain(r, "out of memory");
	return room;
}

/* ------------------------------------------------------------------- lists */

static char **
take_texts(struct reading *r, const char *name, const json_t *list, size_t max,
    size_t *n)
{
	char **text = make_room(r, name, list, max, sizeof(*text));

	*n = text == NULL ? 0 : json_array_size(list);
	for (size_t i = 0; i < *n; i++)
		text[i] = take_text(r, name, json_array_get(list, i));
	return text;
}

static void
take_labels(struct reading *r, const char *name, const json_t *list,
    struct label **label, size_t *n)
{
	*label = make_room(r, name, list, MESSAGE_LABELS_MAX, sizeof(**label));
	*n = *label == NULL ? 0 : json_array_size(list);
	for (size_t i = 0; i < *n; i++) {
		const json_t *pair = json_array_get(list, i);

		if (json_array_size(pair) != 2)
			complain(r, "%s: expected pairs", name);
		(*label)[i].key = take_text(r, name, json_array_get(pair, 0));
		(*label)[i].value = take_text(r, name, json_array_get(pair, 1));
	}
}

static void
take_item_key(struct reading *r, const char *name, const json_t *value,
    struct message_item *to)
{
	const struct {
		const char *name;
		char **text;
	} texts[] = {
		{ "incident", &to->incident },
		{ "rule", &to->rule },
		{ "subject", &to->subject },
		{ "title", &to->title },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strcmp(texts[i].name, name) == 0) {
			*texts[i].text = take_text(r, name, value);
			return;
		}
	if (strcmp(name, "severity") == 0)
		to->severity = take_severity(r, name, value);
	else if (strcmp(name, "domains") == 0)
		to->domains = take_count(r, name, value);
	else if (strcmp(name, "labels") == 0)
		take_labels(r, name, value, &to->label, &to->nlabel);
	else
		complain(r, "items: unknown key %s", name);
}

static void
take_item(struct reading *r, json_t *from, struct message_item *to)
{
	const char *name;
	json_t *value;

	if (json_object_get(from, "severity") == NULL ||
	    json_object_get(from, "title") == NULL)
		complain(r, "items: expected objects");
	json_object_foreach(from, name, value)
	    take_item_key(r, name, value, to);
}

static void
take_items(struct reading *r, const char *name, const json_t *list)
{
	struct message *m = r->m;

	m->item = make_room(r, name, list, MESSAGE_ITEMS_MAX, sizeof(*m->item));
	m->nitem = m->item == NULL ? 0 : json_array_size(list);
	for (size_t i = 0; i < m->nitem; i++)
		take_item(r, json_array_get(list, i), &m->item[i]);
}

/* -------------------------------------------------------------------- keys */

static void
read_schema(struct reading *r, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);

	if (text == NULL || strcmp(text, MESSAGE_SCHEMA) != 0)
		complain(r, "%s: expected %s", name, MESSAGE_SCHEMA);
}

static void
read_kind(struct reading *r, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);
	enum message_kind kind = 0;

	while (text != NULL && kind < MESSAGE_KINDS &&
	    strcmp(message_kind_name(kind), text) != 0)
		kind++;
	if (text == NULL || kind == MESSAGE_KINDS)
		complain(r, "%s: expected a kind of message", name);
	else
		r->m->kind = kind;
}

static void
read_severity(struct reading *r, const char *name, const json_t *value)
{
	r->m->severity = take_severity(r, name, value);
}

static void
read_domains(struct reading *r, const char *name, const json_t *value)
{
	r->m->domain =
	    take_texts(r, name, value, MESSAGE_DOMAINS_MAX, &r->m->ndomain);
}

static void
read_evidence(struct reading *r, const char *name, const json_t *value)
{
	r->m->evidence =
	    take_texts(r, name, value, MESSAGE_EVIDENCE_MAX, &r->m->nevidence);
}

static void
read_labels(struct reading *r, const char *name, const json_t *value)
{
	take_labels(r, name, value, &r->m->label, &r->m->nlabel);
}

static void
read_total(struct reading *r, const char *name, const json_t *value)
{
	r->m->total = take_count(r, name, value);
}

static void
read_total_items(struct reading *r, const char *name, const json_t *value)
{
	r->m->total_items = take_count(r, name, value);
}

static const struct {
	const char *name;
	void (*read)(struct reading *, const char *, const json_t *);
	bool needed;
} keys[] = {
	{ "schema", read_schema, true },
	{ "kind", read_kind, true },
	{ "severity", read_severity, true },
	{ "domains", read_domains, false },
	{ "total_domains", read_total, false },
	{ "evidence", read_evidence, false },
	{ "labels", read_labels, false },
	{ "items", take_items, false },
	{ "total_items", read_total_items, false },
};
#define KEYS (sizeof(keys) / sizeof(*keys))

static void
read_key(struct reading *r, const char *name, const json_t *value)
{
	const struct message_text *row;

	for (size_t i = 0; i < KEYS; i++)
		if (strcmp(keys[i].name, name) == 0) {
			keys[i].read(r, name, value);
			return;
		}
	for (row = message_texts; row->name != NULL; row++)
		if (strcmp(row->name, name) == 0) {
			*message_text_of(r->m, row) = take_text(r, name, value);
			return;
		}
	for (row = message_times; row->name != NULL; row++)
		if (strcmp(row->name, name) == 0) {
			*message_time_of(r->m, row) = take_time(r, name, value);
			return;
		}
	complain(r, "unknown key %s", name);
}

static void
read_root(struct reading *r, json_t *root)
{
	const char *name;
	json_t *value;

	if (!json_is_object(root))
		complain(r, "expected an object");
	for (size_t i = 0; i < KEYS; i++)
		if (keys[i].needed &&
		    json_object_get(root, keys[i].name) == NULL)
			complain(r, "%s is missing", keys[i].name);
	if (json_object_get(root, "id") == NULL)
		complain(r, "id is missing");
	json_object_foreach(root, name, value) read_key(r, name, value);
}

struct message *
message_read(const char *json, char *why, size_t why_size)
{
	struct reading r = { .why = why, .why_size = why_size };
	size_t len = strnlen(json, JSON_MAX + 1);
	json_error_t error;
	json_t *root = NULL;

	r.m = message_new(MESSAGE_TEST);
	if (r.m == NULL)
		complain(&r, "out of memory");
	else if (len > JSON_MAX)
		complain(&r, "more than %zu bytes", JSON_MAX);
	else if ((root = json_loadb(
	              json, len, JSON_REJECT_DUPLICATES, &error)) == NULL)
		complain(&r, "no JSON: %s", error.text);
	else
		read_root(&r, root);
	json_decref(root);
	if (!r.failed)
		return r.m;
	message_free(r.m);
	return NULL;
}
