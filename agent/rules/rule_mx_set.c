/*
 * Are the mail servers a good set: several, spread, and listed once?
 */

#include <stdbool.h>
#include <string.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/spread.h"
#include "agent/rules/state.h"
#include "agent/rules/words.h"

/* The next row of the same host, or NULL. */
static const struct view_mx *
next_of_host(const struct view *v, const struct view_mx *mx)
{
	for (const struct view_mx *o = mx + 1; o < v->mx + v->nmx; o++) {
		if (strcmp(o->host, mx->host) == 0)
			return o;
	}
	return NULL;
}

static void
look_same_host(
    const struct rule *rule, const struct view *v, struct findings *out)
{
	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];
		const struct view_mx *twin = next_of_host(v, mx);

		if (twin == NULL || !state_mx_first(v, mx))
			continue;
		findings_add(out, rule, rule->severity, mx->host,
		    "%s is listed at preference %u and again at %u", mx->host,
		    mx->preference, twin->preference);
	}
}

static bool
has_address(const struct view_mx *mx, const struct ip *ip)
{
	for (size_t i = 0; i < mx->naddress; i++) {
		if (ip_equal(&mx->address[i].ip, ip))
			return true;
	}
	return false;
}

/* The first row of another host that has this address too, from the begin-th
 * on; NULL: none. */
static const struct view_mx *
sharer(const struct view *v, const struct view_mx *mx, const struct ip *ip,
    size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++) {
		if (strcmp(v->mx[i].host, mx->host) != 0 &&
		    has_address(&v->mx[i], ip))
			return &v->mx[i];
	}
	return NULL;
}

static void
look_same_address(const struct rule *rule, const struct view *v, size_t i,
    struct findings *out)
{
	const struct view_mx *mx = &v->mx[i];
	char text[IP_TEXT];

	for (size_t j = 0; j < mx->naddress; j++) {
		const struct ip *ip = &mx->address[j].ip;
		const struct view_mx *other;
		struct finding *f;

		other = sharer(v, mx, ip, i + 1, v->nmx);
		if (other == NULL || sharer(v, mx, ip, 0, i) != NULL)
			continue;
		ip_format(ip, text);
		f = findings_add(out, rule, rule->severity, text,
		    "%s and %s are the same address, %s", mx->host, other->host,
		    text);
		finding_item(f, "hosts", mx->host);
		finding_item(f, "hosts", other->host);
	}
}

static void
look_duplicate(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	look_same_host(rule, v, out);
	for (size_t i = 0; i < v->nmx; i++) {
		if (state_mx_first(v, &v->mx[i]))
			look_same_address(rule, v, i, out);
	}
}

const struct rule rule_mx_duplicate = {
	.id = "mx.duplicate",
	.severity = SEVERITY_INFO,
	.line = "the same host or the same address at two places in the set",
	.explanation =
	    "Two MX records lead to the same machine. What looks "
	    "like a second mail server is none: when the one is away, so is "
	    "the other. Some people do it to make senders retry sooner, or "
	    "to fend off spam; both work poorly.",
	.remedy = "Remove the second record, or let it point to another "
	          "machine.",
	.rfc = "",
	.look = look_duplicate,
};

static size_t
count_hosts(const struct view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->nmx; i++)
		n += state_mx_first(v, &v->mx[i]);
	return n;
}

static void
look_single(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	if (v->belief == BELIEF_MX && count_hosts(v) == 1)
		findings_add(out, rule, rule->severity, v->mx[0].host,
		    "%s is the only mail server", v->mx[0].host);
}

const struct rule rule_mx_single = {
	.id = "mx.single",
	.severity = SEVERITY_INFO,
	.line = "one mail server only",
	.explanation =
	    "All mail hangs on one host. While it is away mail "
	    "waits at its senders, most of which keep it for 4 to 5 days; so "
	    "a short outage delays mail but loses none. Many domains live "
	    "well with that.",
	.remedy =
	    "If mail must not be late, add a second mail server in "
	    "another network, with the same spam filter and the same list of "
	    "recipients as the first: a backup that accepts everything does "
	    "more harm than good.",
	.rfc = "",
	.look = look_single,
};

static void
look_single_network(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	struct spread s = spread_mx(v, 4);
	char text[IP_NET_TEXT];

	(void)d;
	if (s.addresses == 0)
		s = spread_mx(v, 6);
	if (!spread_single(&s) || s.partial || s.hosts < 2 ||
	    !spread_mx_known(v))
		return;
	ip_net_format(&s.first, text);
	finding_text(findings_add(out, rule, rule->severity, v->facts->domain,
	                 "all mail servers are in one network, %s", text),
	    "network", text);
}

const struct rule rule_mx_single_network = {
	.id = "mx.single-network",
	.severity = SEVERITY_INFO,
	.line = "all mail servers in one network",
	.explanation =
	    "There are several mail servers, but one failed line "
	    "or router takes them all. Mail then waits at its senders until "
	    "the network is back; nothing is lost unless that takes days.",
	.remedy = "If mail must not be late, put one mail server into another "
	          "network.",
	.rfc = "",
	.look = look_single_network,
};

/* RFC 2181 5.2: the records of a set have one TTL; if not, the lowest
 * counts. */
static const struct view_mx *
shortest(const struct view *v)
{
	const struct view_mx *least = NULL;

	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];

		if (mx->ttl_authoritative &&
		    (least == NULL || mx->ttl < least->ttl))
			least = mx;
	}
	return least;
}

static void
look_ttl_short(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	const struct view_mx *mx = shortest(v);
	struct buf b;

	(void)d;
	if (v->belief != BELIEF_MX || mx == NULL ||
	    mx->ttl >= v->policy->mx_ttl_min)
		return;
	buf_init(&b, 0);
	buf_puts(&b, "the MX records may be kept for ");
	words_duration(&b, mx->ttl);
	buf_puts(&b, " only; at least ");
	words_duration(&b, v->policy->mx_ttl_min);
	buf_puts(&b, " is advised");
	finding_number(
	    words_add(out, rule, rule->severity, v->facts->domain, &b),
	    "ttl_seconds", mx->ttl);
}

const struct rule rule_mx_ttl_short = {
	.id = "mx.ttl-short",
	.severity = SEVERITY_INFO,
	.line = "an MX TTL below one day",
	.explanation =
	    "Resolvers may keep the MX records for a short time "
	    "only. When the name servers are away for longer than that, "
	    "nobody knows any more where the mail goes; with a TTL of a day "
	    "most senders would not even notice. During a planned move a "
	    "short TTL is right.",
	.remedy = "Set the TTL of the MX records to a day (86400), and lower "
	          "it only while a move is being prepared. MX records change "
	          "rarely: the addresses behind them may have a shorter TTL.",
	.rfc = "",
	.look = look_ttl_short,
};

/* Needs what was seen before: nothing that a single look can find. */
const struct rule rule_mx_changed = {
	.id = "mx.changed",
	.severity = SEVERITY_INFO,
	.line = "the set of mail servers is not the one seen before, or "
	        "expected",
	.explanation =
	    "The MX records of the domain have changed since the "
	    "last look, or are not those that the configuration says it "
	    "should have (then it is a warning). If that was planned, all is "
	    "well. If nobody knows of "
	    "it, mail may be going to somebody else, who can read it and have "
	    "passwords reset.",
	.remedy =
	    "Ask who made the change. If nobody did, put the old "
	    "records back, lock the account at the DNS provider, and look "
	    "through the other records of the domain.",
	.rfc = "",
	.look = NULL,
};
