/*
 * Is the set of name servers a good one, and the same wherever it is listed?
 */

#include <stdbool.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/state.h"
#include "agent/rules/words.h"

/* The servers that are in one set only: the parent's, or the zone's own. */
static void
list_only(struct buf *b, const struct view *v, bool parent)
{
	for (size_t i = 0; i < v->nns; i++) {
		const struct view_ns *ns = &v->ns[i];

		if (ns->at_parent == ns->at_child || ns->at_parent != parent)
			continue;
		words_comma(b);
		buf_puts(b, ns->host);
	}
}

static void
only_evidence(struct finding *f, const struct view *v)
{
	for (size_t i = 0; i < v->nns; i++) {
		const struct view_ns *ns = &v->ns[i];

		if (ns->at_parent != ns->at_child)
			finding_item(f,
			    ns->at_parent ? "only_at_parent" : "only_in_zone",
			    ns->host);
	}
}

static bool
child_known(const struct view *v)
{
	for (size_t i = 0; i < v->nns; i++) {
		if (v->ns[i].at_child)
			return true;
	}
	return false;
}

/* RFC 1034 4.2.2: the NS records on both sides of a cut are to be kept the
 * same. */
static void
look_mismatch(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	struct buf parent, child, b;

	(void)d;
	if (!state_has_ns(v) || !v->parent_known || !child_known(v))
		return;
	buf_init(&parent, 0);
	buf_init(&child, 0);
	buf_init(&b, 0);
	list_only(&parent, v, true);
	list_only(&child, v, false);
	if (parent.len > 0)
		buf_printf(&b, "only the parent zone lists name server %s",
		    buf_str(&parent));
	if (child.len > 0)
		buf_printf(&b, "%sonly the zone itself lists name server %s",
		    b.len > 0 ? "; " : "", buf_str(&child));
	if (b.len > 0)
		only_evidence(
		    words_add(out, rule, rule->severity, v->zone, &b), v);
	buf_free(&parent);
	buf_free(&child);
	buf_free(&b);
}

const struct rule rule_dns_ns_mismatch = {
	.id = "dns.ns-mismatch",
	.severity = SEVERITY_WARNING,
	.line = "the parent's NS set and the domain's own differ",
	.explanation =
	    "The zone above delegates the domain to other name "
	    "servers than the domain itself lists. Which of the two a "
	    "resolver follows depends on what it asked first. A server that "
	    "only the parent lists is asked by everybody and soon serves old "
	    "data; one that only the zone lists helps nobody who starts from "
	    "the top. Mostly a move of the name servers was left half done.",
	.remedy =
	    "Make both lists the same: correct the NS records in the "
	    "zone, and have the registrar set the same ones at the parent. "
	    "Keep the old servers running until the parent's old TTL has "
	    "passed.",
	.rfc = "RFC 1034 section 4.2.2, RFC 1912 section 2.8",
	.look = look_mismatch,
};

/* Needs what was seen before: nothing that a single look can find. */
const struct rule rule_dns_ns_changed = {
	.id = "dns.ns-changed",
	.severity = SEVERITY_INFO,
	.line = "the set of name servers is not the one seen before, or "
	        "expected",
	.explanation =
	    "The name servers of the domain have changed since the "
	    "last look, or are not those that the configuration says it "
	    "should have (then it is a warning). If that was planned, all is "
	    "well. If nobody knows of "
	    "it, somebody else may have got hold of the domain at its "
	    "registrar or DNS provider, and could have its mail brought to "
	    "servers of his own.",
	.remedy =
	    "Ask who made the change. If nobody did, lock the account "
	    "at the registrar, put the old servers back, and look through the "
	    "other records of the domain.",
	.rfc = "",
	.look = NULL,
};

/* RFC 1034 4.1: every zone is to be on at least two servers. */
static void
look_single(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	if (!state_has_ns(v) || v->ns_total >= 2)
		return;
	finding_item(
	    findings_add(out, rule, rule->severity, v->zone,
	        "%s has one name server only, %s", v->zone, v->ns[0].host),
	    "servers", v->ns[0].host);
}

const struct rule rule_dns_single_nameserver = {
	.id = "dns.single-nameserver",
	.severity = SEVERITY_WARNING,
	.line = "fewer than two name servers",
	.explanation =
	    "The domain hangs on one name server. While that one "
	    "restarts, is cut off or flooded, nobody can find out where the "
	    "mail goes: it waits, and bounces after some days. A zone is to "
	    "have at least two servers; three are advised.",
	.remedy =
	    "Set up a second name server in another network, or take a "
	    "secondary service of another provider, and list it in the zone's "
	    "NS records and at the registrar.",
	.rfc = "RFC 1034 section 4.1, RFC 2182 section 5",
	.look = look_single,
};
