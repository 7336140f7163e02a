/*
 * Which rule has which kind of cause, and the addresses behind a finding.
 */

#include <stdlib.h>
#include <string.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/state.h"

#include "agent/incident/cause_parts.h"

static const struct cause_row rows[] = {
	{ &rule_dns_nxdomain, CAUSE_DOMAIN, BY_DOMAIN, false, NULL },
	{ &rule_dns_unresolvable, CAUSE_NS_SET, BY_NS_SET, false,
	    "name-servers" },
	{ &rule_dns_all_ns_down, CAUSE_NS_SET, BY_NS_SET, false,
	    "name-servers" },
	{ &rule_dns_bogus, CAUSE_NS_SET, BY_NS_SET, false, NULL },
	{ &rule_dns_vantage_disagreement, CAUSE_VANTAGE, BY_VANTAGE, false,
	    NULL },
	{ &rule_dns_ns_unresolvable, CAUSE_HOST, BY_HOST, false, NULL },
	{ &rule_dns_ns_down, CAUSE_HOST, BY_NS_DOWN, false, NULL },
	{ &rule_dns_ns_lame, CAUSE_HOST, BY_NS_ZONE, false, NULL },
	{ &rule_dns_ns_mismatch, CAUSE_NS_SET, BY_NS_SET, false, NULL },
	{ &rule_dns_serial_mismatch, CAUSE_NS_SET, BY_NS_SET, false, NULL },
	{ &rule_dns_signature_expiring, CAUSE_NS_SET, BY_NS_SET, false, NULL },
	{ &rule_dns_single_nameserver, CAUSE_NS_SET, BY_NS_SET, false, NULL },
	{ &rule_dns_single_network, CAUSE_NS_SET, BY_NS_SET, false, NULL },
	{ &rule_dns_single_asn, CAUSE_NS_SET, BY_NS_SET, false, NULL },
	{ &rule_dns_shared_fate, CAUSE_NS_SET, BY_NS_SET, false, NULL },
	{ &rule_dns_ns_changed, CAUSE_DOMAIN, BY_DOMAIN, false, NULL },
	{ &rule_dns_limit, CAUSE_DOMAIN, BY_DOMAIN, false, NULL },

	{ &rule_mx_none, CAUSE_DOMAIN, BY_DOMAIN, false, NULL },
	{ &rule_mx_missing, CAUSE_DOMAIN, BY_DOMAIN, false, NULL },
	{ &rule_mx_null, CAUSE_DOMAIN, BY_DOMAIN, false, NULL },
	{ &rule_mx_null_mixed, CAUSE_MX_SET, BY_MX_SET, false, NULL },
	{ &rule_mx_ip_literal, CAUSE_HOST, BY_HOST, false, NULL },
	{ &rule_mx_cname, CAUSE_HOST, BY_HOST, false, NULL },
	{ &rule_mx_host_unresolvable, CAUSE_HOST, BY_HOST, false, NULL },
	{ &rule_mx_bad_address, CAUSE_HOST, BY_HOST, false, NULL },
	{ &rule_mx_all_down, CAUSE_SERVERS, BY_ALL, true, NULL },
	{ &rule_mx_all_deferring, CAUSE_SERVERS, BY_ALL, true, NULL },
	{ &rule_mx_primary_down, CAUSE_SERVERS, BY_TIER, true, NULL },
	{ &rule_mx_host_down, CAUSE_SERVERS, BY_SUBJECT, true, NULL },
	{ &rule_mx_address_down, CAUSE_SERVERS, BY_SUBJECT, true, NULL },
	{ &rule_mx_load_uneven, CAUSE_SERVERS, BY_LOAD, true, NULL },
	{ &rule_mx_rejecting, CAUSE_SERVERS, BY_SUBJECT, true, NULL },
	{ &rule_mx_deferring, CAUSE_SERVERS, BY_SUBJECT, true, NULL },
	{ &rule_mx_slow, CAUSE_HOST, BY_TALK, true, NULL },
	{ &rule_mx_duplicate, CAUSE_MX_SET, BY_MX_SET, false, NULL },
	{ &rule_mx_single, CAUSE_MX_SET, BY_MX_SET, false, NULL },
	{ &rule_mx_single_network, CAUSE_MX_SET, BY_MX_SET, false, NULL },
	{ &rule_mx_ttl_short, CAUSE_DOMAIN, BY_DOMAIN, false, NULL },
	{ &rule_mx_changed, CAUSE_DOMAIN, BY_DOMAIN, false, NULL },
	{ &rule_mx_limit, CAUSE_DOMAIN, BY_DOMAIN, false, NULL },

	{ &rule_smtp_postmaster_rejected, CAUSE_DOMAIN, BY_DOMAIN, true, NULL },
	{ &rule_smtp_delivery_time, CAUSE_DOMAIN, BY_DOMAIN, true, NULL },

	{ &rule_tls_none, CAUSE_HOST, BY_TALK, true, NULL },
	{ &rule_tls_failed, CAUSE_HOST, BY_TALK, true, NULL },
	{ &rule_tls_injection, CAUSE_HOST, BY_TALK, true, NULL },
	{ &rule_tls_old_protocol, CAUSE_HOST, BY_TALK, true, NULL },
	{ &rule_tls_expired, CAUSE_HOST, BY_TALK, true, NULL },
	{ &rule_tls_expiring, CAUSE_HOST, BY_TALK, true, NULL },
	{ &rule_tls_name_mismatch, CAUSE_HOST, BY_TALK, true, NULL },
	{ &rule_tls_untrusted, CAUSE_HOST, BY_TALK, true, NULL },
	{ &rule_tls_weak_key, CAUSE_HOST, BY_TALK, true, NULL },

	{ &rule_agent_blind, CAUSE_AGENT, BY_AGENT, false, NULL },
	{ &rule_agent_vantage, CAUSE_AGENT, BY_AGENT, false, NULL },
	{ &rule_agent_channel, CAUSE_AGENT, BY_AGENT, false, NULL },
	{ &rule_agent_store, CAUSE_AGENT, BY_AGENT, false, NULL },
	{ &rule_agent_config, CAUSE_AGENT, BY_AGENT, false, NULL },
	{ &rule_agent_worker, CAUSE_AGENT, BY_AGENT, false, NULL },
};

static const struct cause_row *
find_row(const struct rule *rule)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].rule == rule)
			return &rows[i];
	}
	return NULL;
}

bool
cause_knows(const struct rule *rule)
{
	return find_row(rule) != NULL;
}

const struct cause_row *
cause_row(const struct rule *rule)
{
	static const struct cause_row other = { NULL, CAUSE_DOMAIN, BY_DOMAIN,
		false, NULL };
	const struct cause_row *row = find_row(rule);

	return row != NULL ? row : &other;
}

/* ------------------------------------------------ addresses of a finding */

static bool
fails(const struct view_mx_address *a)
{
	return a->special == NULL &&
	    (a->state == MX_DOWN || a->state == MX_DEFERRING);
}

static int
add_failing(const struct view_mx *mx, struct ips *out)
{
	for (size_t i = 0; i < mx->naddress; i++) {
		if (fails(&mx->address[i]) &&
		    ips_add(out, &mx->address[i].ip) != 0)
			return -1;
	}
	return 0;
}

static int
add_range(const struct view *v, size_t begin, size_t end, struct ips *out)
{
	for (size_t i = begin; i < end; i++) {
		if (add_failing(&v->mx[i], out) != 0)
			return -1;
	}
	return 0;
}

/* Those of the mail server of this name; all: also those that do not fail. */
static int
add_host(const struct view *v, const char *host, bool all, struct ips *out)
{
	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];

		if (strcmp(mx->host, host) != 0)
			continue;
		if (!all && add_failing(mx, out) != 0)
			return -1;
		for (size_t j = 0; all && j < mx->naddress; j++) {
			if (mx->address[j].special == NULL &&
			    ips_add(out, &mx->address[j].ip) != 0)
				return -1;
		}
	}
	return 0;
}

/* Of each preference that the host has: those that take no part. */
static int
add_load(const struct view *v, const char *host, struct ips *out)
{
	for (size_t i = 0, end; i < v->nmx; i = end) {
		bool here = false, up = false;

		end = state_tier_end(v, i);
		for (size_t j = i; j < end; j++) {
			here |= strcmp(v->mx[j].host, host) == 0;
			up |= state_mx_up(&v->mx[j]);
		}
		for (size_t j = i; here && up && j < end; j++) {
			if (!state_mx_up(&v->mx[j]) &&
			    add_failing(&v->mx[j], out) != 0)
				return -1;
		}
	}
	return 0;
}

static bool
out_of_reach(const struct view_ns_address *a)
{
	return a->special != NULL;
}

static int
add_name_server(const struct view *v, const char *host,
    bool (*is)(const struct view_ns_address *), struct ips *out)
{
	for (size_t i = 0; i < v->nns; i++) {
		const struct view_ns *ns = &v->ns[i];

		if (strcmp(ns->host, host) != 0)
			continue;
		for (size_t j = 0; j < ns->naddress; j++) {
			if (is(&ns->address[j]) &&
			    ips_add(out, &ns->address[j].ip) != 0)
				return -1;
		}
	}
	return 0;
}

/* Those that do not answer; or, when all do, those that nobody can reach. */
static int
add_silent(const struct view *v, const char *host, struct ips *out)
{
	if (add_name_server(v, host, state_ns_silent, out) != 0)
		return -1;
	return out->n > 0 ? 0 : add_name_server(v, host, out_of_reach, out);
}

int
cause_addresses(const struct report *r, const struct finding *f,
    enum cause_by by, struct ips *out)
{
	const struct view *v = r->view;

	switch (by) {
	case BY_ALL:
		return add_range(v, 0, v->nmx, out);
	case BY_TIER:
		return add_range(
		    v, 0, v->nmx > 0 ? state_tier_end(v, 0) : 0, out);
	case BY_SUBJECT:
		return add_host(v, f->subject, false, out);
	case BY_TALK:
		return add_host(v, f->subject, true, out);
	case BY_LOAD:
		return add_load(v, f->subject, out);
	case BY_NS_DOWN:
		return add_silent(v, f->subject, out);
	default:
		return 0;
	}
}
