#include <jansson.h>

#include "agent/show/json_line.h"

#include "agent/record.h"
#include "agent/record_fields.h"

/*
 * The writer.  Each line is the table of its struct (agent/record_rows.c) as
 * an object, "record" first, and lists where the struct has lists.
 */

/* Write the line and drop it; NULL: it could not be made. */
static void
put(struct buf *out, const char *kind, json_t *line)
{
	json_t *whole = json_pack("{s:s}", "record", kind);

	if (line == NULL || json_object_update(whole, line) != 0) {
		json_decref(whole);
		whole = NULL;
	}
	json_line(out, whole, JSON_COMPACT | JSON_REAL_PRECISION(17));
	json_decref(line);
}

/* Add a member; *object becomes NULL when that fails. */
static void
set(json_t **object, const char *key, json_t *value)
{
	if (*object == NULL) {
		json_decref(value);
	} else if (json_object_set_new(*object, key, value) != 0) {
		json_decref(*object);
		*object = NULL;
	}
}

static void
append(json_t **list, json_t *item)
{
	if (*list == NULL) {
		json_decref(item);
	} else if (json_array_append_new(*list, item) != 0) {
		json_decref(*list);
		*list = NULL;
	}
}

static json_t *
policy_object(const struct policy *p)
{
	json_t *object = record_fields_write(record_policy, p);
	json_t *allow = json_array(), *overrides = json_array();
	char net[IP_NET_TEXT];

	for (size_t i = 0; i < p->nallow; i++)
		append(&allow, json_string(ip_net_format(&p->allow[i], net)));
	for (size_t i = 0; i < p->noverride; i++)
		append(&overrides,
		    record_fields_write(record_override, &p->override[i]));
	set(&object, "allow", allow);
	set(&object, "override", overrides);
	return object;
}

static json_t *
look_line(const struct facts *f, const struct policy *p, struct wall judged)
{
	json_t *line = json_pack("{s:s}", "schema", "mxvigil.record/1");
	json_t *fields = record_fields_write(record_look, f);

	if (line == NULL || fields == NULL ||
	    json_object_update(line, fields) != 0) {
		json_decref(line);
		line = NULL;
	}
	json_decref(fields);
	set(&line, "judged", json_integer(judged.us));
	set(&line, "policy", policy_object(p));
	return line;
}

static json_t *
dns_line(const struct obs_dns *o)
{
	json_t *line = record_fields_write(record_dns, o);
	json_t *list = json_array();

	for (size_t i = 0; i < o->nrr; i++) {
		struct record_rr row = { o->rr[i], o->section[i] };

		append(&list, record_fields_write(record_rr, &row));
	}
	set(&line, "rr", list);
	return line;
}

static json_t *
smtp_line(const struct obs_smtp *o)
{
	json_t *line = record_fields_write(record_smtp, o);
	json_t *list = json_array();

	for (size_t i = 0; i < o->nextension; i++)
		append(&list, json_string(o->extension[i]));
	set(&line, "extension", list);
	set(&line, "tls",
	    o->tls == NULL ? json_null() :
	                     record_fields_write(record_tls, o->tls));
	return line;
}

void
record_write(struct buf *out, const struct facts *f, const struct policy *p,
    struct wall judged)
{
	put(out, "look", look_line(f, p, judged));
	for (size_t i = 0; i < f->nvantage; i++)
		put(out, "vantage",
		    record_fields_write(record_vantage, &f->vantage[i]));
	for (size_t i = 0; i < f->ndns; i++)
		put(out, "dns", dns_line(f->dns[i]));
	for (size_t i = 0; i < f->nsmtp; i++)
		put(out, "smtp", smtp_line(f->smtp[i]));
	for (size_t i = 0; i < f->nasn; i++)
		put(out, "asn", record_fields_write(record_asn, &f->asn[i]));
	put(out, "end", json_object());
}
