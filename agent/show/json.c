#include <math.h>
#include <string.h>

#include <jansson.h>

#include "agent/show/json_line.h"

#include "agent/show/json.h"

/*
 * Schema "mxvigil.check/1": every key is always there, in this order.  Keys
 * are only ever added, at the end of their object.
 *
 * A constructor that ran out of memory gives NULL, which makes the object
 * around it NULL too, up to the whole; so only the top looks.
 */

#define ROOT_FORMAT                                        \
	"{s:s, s:s, s:s?, s:s, s:o, s:s, s:s, s:s, s:o?, " \
	"s:o, s:o, s:o, s:o, s:o, s:o}"

void
json_append(json_t **list, json_t *item)
{
	if (*list == NULL) {
		json_decref(item);
	} else if (json_array_append_new(*list, item) != 0) {
		json_decref(*list);
		*list = NULL;
	}
}

json_t *
json_rounded(double value, double parts)
{
	if (!isfinite(value) || value < 0)
		return json_null();
	return json_real(round(value * parts) / parts);
}

json_t *
json_optional(json_int_t value)
{
	return value == 0 ? json_null() : json_integer(value);
}

/* ------------------------------------------------------------- vantages */

static json_t *
mx_rrs(const struct view_vantage *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->nmx; i++)
		json_append(&list,
		    json_pack("{s:I, s:s}", "preference",
		        (json_int_t)v->mx_rr[i].preference, "host",
		        v->mx_rr[i].host));
	return list;
}

static json_t *
ns_hosts(const struct view_vantage *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->nns; i++)
		json_append(&list, json_string(v->ns_host[i]));
	return list;
}

/* The AD bit says something only of an answer, and only when believed. */
static json_t *
authenticated(const struct view_vantage *v)
{
	if (v->mx == NULL || v->mx->rcode < 0)
		return json_null();
	return json_boolean(v->about->trust_ad && v->mx->ad);
}

static json_t *
vantage(const struct view_vantage *v)
{
	bool answered = v->mx != NULL && v->mx->rcode >= 0;

	return json_pack("{s:s, s:s, s:s?, s:o, s:o, s:o, s:o}", "name",
	    v->about->name, "resolver", v->about->resolver, "status",
	    v->status == DNS_UNCHECKED ? NULL : dns_status_name(v->status),
	    "rtt_ms", json_rounded(answered ? v->mx->rtt_ms : -1, 100),
	    "authenticated", authenticated(v), "ns", ns_hosts(v), "mx",
	    mx_rrs(v));
}

static json_t *
vantages(const struct view *view)
{
	json_t *list = json_array();

	for (size_t i = 0; i < view->nvantage; i++)
		json_append(&list, vantage(&view->vantage[i]));
	return list;
}

/* --------------------------------------------------------- name servers */

static json_t *
ns_address(const struct view_ns_address *a)
{
	char ip[IP_TEXT], net[IP_NET_TEXT];

	return json_pack("{s:s, s:s, s:o, s:s, s:o, s:o}", "ip",
	    ip_format(&a->ip, ip), "network", ip_net_format(&a->network, net),
	    "asn", json_optional(a->asn), "status", ns_state_name(a->state),
	    "serial", a->has_serial ? json_integer(a->serial) : json_null(),
	    "rtt_ms", json_rounded(a->rtt_ms, 100));
}

const char *
json_lookup(enum host_lookup lookup)
{
	static const char *const name[] = { [HOST_FOUND] = "found",
		[HOST_NONE] = "none",
		[HOST_FAILED] = "failed",
		[HOST_UNKNOWN] = "unknown" };

	return name[lookup];
}

static json_t *
nameservers(const struct view *view)
{
	json_t *list = json_array();

	for (size_t i = 0; i < view->nns; i++) {
		const struct view_ns *ns = &view->ns[i];
		json_t *addresses = json_array();

		for (size_t k = 0; k < ns->naddress; k++)
			json_append(&addresses, ns_address(&ns->address[k]));
		json_append(&list,
		    json_pack("{s:s, s:o, s:o, s:s}", "host", ns->host, "ttl",
		        ns->ttl_known ? json_integer(ns->ttl) : json_null(),
		        "addresses", addresses, "lookup",
		        json_lookup(ns->lookup)));
	}
	return list;
}

static json_t *
networks(const struct view *view)
{
	char net[IP_NET_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < view->nnetwork; i++)
		json_append(
		    &list, json_string(ip_net_format(&view->network[i], net)));
	return list;
}

/* -------------------------------------------------------------- delivery */

static json_t *
attempts(const struct delivery *d)
{
	json_t *list = json_array();
	char ip[IP_TEXT];

	for (size_t i = 0; i < d->nattempt; i++) {
		const struct attempt *a = &d->attempt[i];

		json_append(&list,
		    json_pack("{s:I, s:s, s:s?, s:s}", "preference",
		        (json_int_t)a->mx->preference, "host", a->mx->host,
		        "ip",
		        a->address == NULL ? NULL :
		                             ip_format(&a->address->ip, ip),
		        "outcome", a->outcome));
	}
	return list;
}

static json_t *
delivery(const struct delivery *d)
{
	return json_pack("{s:s?, s:o, s:o, s:s?}", "accepted_by",
	    d->accepted_by == NULL ? NULL : d->accepted_by->host, "attempts",
	    attempts(d), "time_s", json_rounded(d->time_s, 1000), "why",
	    d->why);
}

/* -------------------------------------------------------------- findings */

static json_t *
evidence_value(const struct evidence *e)
{
	json_t *list;

	switch (e->kind) {
	case EVIDENCE_NUMBER:
		if (!isfinite(e->number))
			return json_null();
		if (e->number == floor(e->number) && fabs(e->number) < 1e15)
			return json_integer((json_int_t)e->number);
		return json_real(e->number);
	case EVIDENCE_LIST:
		list = json_array();
		for (size_t i = 0; i < e->nlist; i++)
			json_append(&list, json_string(e->list[i]));
		return list;
	case EVIDENCE_TEXT:
		break;
	}
	return e->text == NULL ? json_null() : json_string(e->text);
}

static json_t *
evidence(const struct finding *f)
{
	json_t *object = json_object();

	for (size_t i = 0; i < f->nevidence && object != NULL; i++)
		if (json_object_set_new(object, f->evidence[i].key,
		        evidence_value(&f->evidence[i])) != 0) {
			json_decref(object);
			object = NULL;
		}
	return object;
}

static json_t *
findings(const struct findings *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < all->n; i++) {
		const struct finding *f = &all->finding[i];

		json_append(&list,
		    json_pack("{s:s, s:s, s:s?, s:s, s:o}", "rule", f->rule->id,
		        "severity", severity_name(f->severity), "subject",
		        f->subject, "message", f->message, "evidence",
		        evidence(f)));
	}
	return list;
}

/* ----------------------------------------------------------------- whole */

static json_t *
deliverable(enum outcome outcome)
{
	return outcome == OUTCOME_UNKNOWN ?
	    json_null() :
	    json_boolean(outcome == OUTCOME_ACCEPTED);
}

static json_t *
root(const struct report *r)
{
	const struct facts *f = r->facts;
	char when[CLOCK_TEXT];

	return json_pack(ROOT_FORMAT, "schema", "mxvigil.check/1", "domain",
	    f->domain, "unicode", f->unicode, "checked_at",
	    clock_format(f->started, when), "duration_ms",
	    json_rounded(f->duration_ms, 10), "verdict",
	    severity_name(r->verdict), "summary", r->summary, "outcome",
	    outcome_name(r->delivery.outcome), "deliverable",
	    deliverable(r->delivery.outcome), "vantages", vantages(r->view),
	    "nameservers", nameservers(r->view), "networks", networks(r->view),
	    "mx", json_mx(r), "delivery", delivery(&r->delivery), "findings",
	    findings(&r->findings));
}

static void
report(struct buf *out, const struct report *r, const struct show_style *style)
{
	(void)style;
	/* 15 digits: 412.3 is printed so, not as 412.30000000000001. */
	json_line(out, root(r), JSON_REAL_PRECISION(15));
}

const struct show_format show_json = {
	.name = "json",
	.report = report,
	.streams = true,
};
