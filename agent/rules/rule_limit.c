/*
 * What was left out, because one look at one domain is bounded: nothing is
 * cut in silence.
 */

#include <stdbool.h>
#include <string.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/state.h"

/* How many aliases in a row this name leads through; *loops: without end. */
static unsigned
count_aliases(const struct view *v, const char *name, bool *loops)
{
	unsigned most = 0;

	*loops = false;
	for (size_t i = 0; i < v->facts->ndns; i++) {
		const struct obs_dns *obs = v->facts->dns[i];

		if (strcmp(obs->name, name) != 0)
			continue;
		*loops |= obs->loop;
		if (obs->cnames > most)
			most = obs->cnames;
	}
	return most;
}

static void
limit_aliases(const struct rule *rule, const struct view *v, const char *name,
    struct findings *out)
{
	unsigned aliases;
	bool loop;

	aliases = count_aliases(v, name, &loop);
	if (loop)
		findings_add(out, rule, rule->severity, name,
		    "the aliases of %s lead in a circle: not followed", name);
	else if (aliases > FACTS_CNAME_MAX)
		findings_add(out, rule, rule->severity, name,
		    "%s is an alias of an alias, %u in a row: resolvers that "
		    "follow no more than %d do not find it",
		    name, aliases, FACTS_CNAME_MAX);
}

static void
limit_addresses(const struct rule *rule, const char *host, struct findings *out)
{
	finding_number(findings_add(out, rule, rule->severity, host,
	                   "%s has more than %d addresses of one family: the "
	                   "first %d were "
	                   "looked at",
	                   host, FACTS_ADDRESS_MAX, FACTS_ADDRESS_MAX),
	    "limit", FACTS_ADDRESS_MAX);
}

/* The set has more rows than were looked at. */
static void
limit_set(const struct rule *rule, const char *subject, const char *what,
    size_t total, size_t seen, struct findings *out)
{
	struct finding *f;

	if (total <= seen)
		return;
	f = findings_add(out, rule, rule->severity, subject,
	    "%s has %zu %s: the first %zu were looked at", subject, total, what,
	    seen);
	finding_number(f, "total", (double)total);
	finding_number(f, "limit", (double)seen);
}

static void
look_dns_limit(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	bool many = state_has_ns(v) && v->ns_total > v->nns;

	(void)d;
	/* Too many name servers are reason enough for too many questions. */
	if (v->facts->limited && !many)
		findings_add(out, rule, rule->severity, v->facts->domain,
		    "more than %d DNS questions would have been needed: the "
		    "rest was not asked",
		    FACTS_QUERY_MAX);
	limit_aliases(rule, v, v->facts->domain, out);
	if (!state_has_ns(v))
		return;
	limit_set(rule, v->zone, "name servers", v->ns_total, v->nns, out);
	for (size_t i = 0; i < v->nns; i++) {
		if (v->ns[i].cut)
			limit_addresses(rule, v->ns[i].host, out);
		limit_aliases(rule, v, v->ns[i].host, out);
	}
}

const struct rule rule_dns_limit = {
	.id = "dns.limit",
	.severity = SEVERITY_INFO,
	.line = "the DNS holds more of the domain than one look asks for",
	.explanation =
	    "A look at a domain is bounded: 64 DNS questions, 16 "
	    "name servers, 8 addresses of each family a host, 8 aliases in a "
	    "row. This domain goes beyond one of them, so something of it was "
	    "not looked at, and no other finding speaks of that part. "
	    "Resolvers have bounds of the same kind, and may give up on it as "
	    "well.",
	.remedy = "Publish fewer: two to seven name servers with one or two "
	          "addresses each do; more help nobody. Let names point to "
	          "addresses, not to chains of aliases.",
	.rfc = "RFC 2182 section 5",
	.look = look_dns_limit,
};

static void
look_mx_limit(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	limit_set(
	    rule, v->facts->domain, "MX records", v->mx_total, v->nmx, out);
	for (size_t i = 0; i < v->nmx; i++) {
		if (!state_mx_first(v, &v->mx[i]))
			continue;
		if (v->mx[i].cut)
			limit_addresses(rule, v->mx[i].host, out);
		if (v->mx[i].target == TARGET_HOST)
			limit_aliases(rule, v, v->mx[i].host, out);
	}
}

const struct rule rule_mx_limit = {
	.id = "mx.limit",
	.severity = SEVERITY_INFO,
	.line = "there are more mail servers than one look asks for",
	.explanation =
	    "A look at a domain is bounded: 20 MX records, 8 "
	    "addresses of each family a host, 8 aliases in a row. This "
	    "domain goes beyond one of them, so some mail servers were not "
	    "tried, and no other finding speaks of those. Senders have "
	    "bounds too: many try no more than five addresses before they "
	    "put the mail off.",
	.remedy = "Publish fewer MX records: two to five hosts do. Behind one "
	          "host name, share the load with a balancer instead of a long "
	          "list of addresses.",
	.rfc = "RFC 5321 section 5.1",
	.look = look_mx_limit,
};
