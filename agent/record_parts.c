#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/base/name.h"

#include "agent/record_parts.h"

#define VANTAGE_MAX        256
#define OBSERVATION_MAX    4096
#define POLICY_ENTRIES_MAX 4096
#define JUDGED_MAX         (INT64_C(1) << 57) /* microseconds: 4500 years */

/* An array of at most max items under key, or NULL with the fault told. */
static const json_t *
list_of(const json_t *line, const char *key, size_t max,
    const struct record_fault *fault)
{
	const json_t *list = json_object_get(line, key);

	if (!json_is_array(list)) {
		record_fault(fault, key, "a list expected");
		return NULL;
	}
	if (json_array_size(list) > max) {
		record_fault(fault, key, "too long a list");
		return NULL;
	}
	return list;
}

/* The fault of an item: the same, with a path. */
static struct record_fault
inside(const struct record_fault *fault, const char *key, size_t i)
{
	struct record_fault item = *fault;

	snprintf(item.path, sizeof(item.path), "%s[%zu].", key, i);
	return item;
}

/* ------------------------------------------------------------------- look */

static int
read_allow(
    struct policy *p, const json_t *object, const struct record_fault *fault)
{
	const json_t *list =
	    list_of(object, "allow", POLICY_ENTRIES_MAX, fault);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		struct ip_net net;

		if (text == NULL || ip_net_parse(text, &net) != 0)
			return record_fault(
			    fault, "allow", "a network expected");
		if (policy_allow(p, &net) != 0)
			return record_fault(fault, "allow", "out of memory");
	}
	return list == NULL ? -1 : 0;
}

static int
read_overrides(
    struct policy *p, const json_t *object, const struct record_fault *fault)
{
	const json_t *list =
	    list_of(object, "override", POLICY_ENTRIES_MAX, fault);

	for (size_t i = 0; i < json_array_size(list); i++) {
		struct record_fault item = inside(fault, "override", i);
		struct rule_override o = { NULL, SEVERITY_OFF };
		int result = record_fields_read(
		    record_override, json_array_get(list, i), &o, &item);

		if (result == 0 &&
		    policy_override(p, o.pattern, o.severity) != 0)
			result =
			    record_fault(&item, "pattern", "out of memory");
		free(o.pattern);
		if (result != 0)
			return -1;
	}
	return list == NULL ? -1 : 0;
}

static int
read_policy(
    struct policy *p, const json_t *object, const struct record_fault *line)
{
	struct record_fault fault = *line;

	snprintf(fault.path, sizeof(fault.path), "policy.");
	if (record_fields_read(record_policy, object, p, &fault) != 0 ||
	    read_allow(p, object, &fault) != 0)
		return -1;
	return read_overrides(p, object, &fault);
}

/* The U-labels must be those of the domain: then they are clean as well. */
static int
check_unicode(const struct facts *f, const struct record_fault *fault)
{
	char ascii[NAME_WIRE + 1], why[128], *again = NULL;
	int same;

	if (f->unicode == NULL)
		return 0;
	if (name_domain(f->unicode, ascii, &again, why, sizeof(why)) != 0)
		return record_fault(fault, "unicode", "not a domain");
	same = again != NULL && strcmp(again, f->unicode) == 0 &&
	    strcmp(ascii, f->domain) == 0;
	free(again);
	return same ? 0 :
	              record_fault(fault, "unicode", "not the domain's name");
}

/* The fields that are no member of a struct of ours. */
static int
read_judged(
    struct wall *judged, const json_t *line, const struct record_fault *fault)
{
	static const struct field table[] = {
		{ "judged", 0, FIELD_INT64, -JUDGED_MAX, JUDGED_MAX, NULL },
		{ NULL, 0, FIELD_BOOL, 0, 0, NULL }
	};
	const char *schema = json_string_value(json_object_get(line, "schema"));

	if (schema == NULL || strcmp(schema, "mxvigil.record/1") != 0)
		return record_fault(
		    fault, "schema", "mxvigil.record/1 expected");
	return record_fields_read(table, line, judged, fault);
}

int
record_read_look(struct facts *f, struct policy *p, struct wall *judged,
    const json_t *line, const struct record_fault *fault)
{
	if (read_judged(judged, line, fault) != 0 ||
	    record_fields_read(record_look, line, f, fault) != 0 ||
	    read_policy(p, json_object_get(line, "policy"), fault) != 0)
		return -1;
	if (f->family != 0 && f->family != 4 && f->family != 6)
		return record_fault(fault, "family", "0, 4 or 6 expected");
	return check_unicode(f, fault);
}

/* ----------------------------------------------------------- observations */

int
record_read_vantage(
    struct facts *f, const json_t *line, const struct record_fault *fault)
{
	struct obs_vantage v = { NULL, NULL, false, TRI_UNKNOWN };
	int result;

	if (f->nvantage >= VANTAGE_MAX)
		return record_fault(fault, "vantage", "too many");
	result = record_fields_read(record_vantage, line, &v, fault);
	if (result == 0 &&
	    facts_add_vantage(f, v.name, v.resolver, v.trust_ad) != 0)
		result = record_fault(fault, "name", "out of memory");
	if (result == 0)
		f->vantage[f->nvantage - 1].alive = v.alive;
	free(v.name);
	free(v.resolver);
	return result;
}

/* What a record of this type cannot be without, or NULL. */
static const char *
lacks(const struct dns_rr *rr)
{
	switch (rr->type) {
	case DNS_NS:
	case DNS_CNAME:
	case DNS_SOA:
	case DNS_MX:
		return rr->target == NULL ? "target" : NULL;
	case DNS_A:
		return rr->ip.family != 4 ? "ip" : NULL;
	case DNS_AAAA:
		return rr->ip.family != 6 ? "ip" : NULL;
	default:
		return NULL;
	}
}

static int
read_rr(
    struct obs_dns *o, const json_t *value, const struct record_fault *fault)
{
	struct record_rr row = { .section = DNS_ANSWER };
	int result = record_fields_read(record_rr, value, &row, fault);

	if (result == 0 && lacks(&row.rr) != NULL)
		result = record_fault(
		    fault, lacks(&row.rr), "a record of its type has one");
	if (result == 0 &&
	    obs_dns_add(o, (enum dns_section)row.section, &row.rr) != 0)
		result = record_fault(fault, "owner", "out of memory");
	free(row.rr.owner);
	free(row.rr.target);
	return result;
}

static int
read_answer(
    struct obs_dns *o, const json_t *line, const struct record_fault *fault)
{
	const json_t *list;

	if (record_fields_read(record_dns, line, o, fault) != 0)
		return -1;
	if (o->direct && o->server.family == 0)
		return record_fault(fault, "server", "an address expected");
	list = list_of(line, "rr", DNS_RR_MAX, fault);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct record_fault item = inside(fault, "rr", i);

		if (read_rr(o, json_array_get(list, i), &item) != 0)
			return -1;
	}
	return list == NULL ? -1 : 0;
}

int
record_read_dns(
    struct facts *f, const json_t *line, const struct record_fault *fault)
{
	struct obs_dns *o;

	if (f->ndns >= OBSERVATION_MAX)
		return record_fault(fault, "dns", "too many");
	o = obs_dns_new("", 0);
	if (o == NULL)
		return record_fault(fault, "dns", "out of memory");
	if (read_answer(o, line, fault) != 0) {
		obs_dns_unref(o);
		return -1;
	}
	if (!o->direct && o->vantage >= f->nvantage) {
		obs_dns_unref(o);
		return record_fault(fault, "vantage", "no such vantage");
	}
	if (facts_add_dns(f, o) != 0)
		return record_fault(fault, "dns", "out of memory");
	return 0;
}

static int
read_extensions(
    struct obs_smtp *o, const json_t *line, const struct record_fault *fault)
{
	static const struct field text[] = { { "extension", 0, FIELD_TEXT, 0, 0,
		                                 NULL },
		{ NULL, 0, FIELD_BOOL, 0, 0, NULL } };
	const json_t *list =
	    list_of(line, "extension", SMTP_EXTENSIONS_MAX, fault);

	for (size_t i = 0; i < json_array_size(list); i++) {
		struct record_fault item = inside(fault, "extension", i);
		json_t *one =
		    json_pack("{s:O}", "extension", json_array_get(list, i));
		int result = record_fields_read(
		    text, one, &o->extension[o->nextension], &item);

		json_decref(one);
		if (result != 0)
			return -1;
		o->nextension++;
	}
	return list == NULL ? -1 : 0;
}

static int
read_tls(struct obs_smtp *o, const json_t *line,
    const struct record_fault *line_fault)
{
	const json_t *value = json_object_get(line, "tls");
	struct record_fault fault = *line_fault;

	if (json_is_null(value))
		return 0;
	snprintf(fault.path, sizeof(fault.path), "tls.");
	o->tls = calloc(1, sizeof(*o->tls));
	if (o->tls == NULL)
		return record_fault(&fault, "", "out of memory");
	return record_fields_read(record_tls, value, o->tls, &fault);
}

static int
read_dialogue(
    struct obs_smtp *o, const json_t *line, const struct record_fault *fault)
{
	if (record_fields_read(record_smtp, line, o, fault) != 0)
		return -1;
	if (o->ip.family == 0)
		return record_fault(fault, "ip", "an address expected");
	if (read_extensions(o, line, fault) != 0)
		return -1;
	return read_tls(o, line, fault);
}

int
record_read_smtp(
    struct facts *f, const json_t *line, const struct record_fault *fault)
{
	struct obs_smtp *o;
	struct ip none = { 0 };

	if (f->nsmtp >= OBSERVATION_MAX)
		return record_fault(fault, "smtp", "too many");
	o = obs_smtp_new(&none, 0, "");
	if (o == NULL)
		return record_fault(fault, "smtp", "out of memory");
	if (read_dialogue(o, line, fault) != 0) {
		obs_smtp_unref(o);
		return -1;
	}
	if (facts_add_smtp(f, o) != 0)
		return record_fault(fault, "smtp", "out of memory");
	return 0;
}

int
record_read_asn(
    struct facts *f, const json_t *line, const struct record_fault *fault)
{
	struct obs_asn a = { 0 };

	if (f->nasn >= OBSERVATION_MAX)
		return record_fault(fault, "asn", "too many");
	if (record_fields_read(record_asn, line, &a, fault) != 0)
		return -1;
	if (facts_add_asn(f, &a.ip, a.asn) != 0)
		return record_fault(fault, "asn", "out of memory");
	return 0;
}
