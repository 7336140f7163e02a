/*
 * Do the vantages see the same?  Asked only where something is believed that
 * a vantage can differ from: when nothing resolves, the rules that say so name
 * what each vantage saw.
 */

#include <stdbool.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/state.h"
#include "agent/rules/words.h"

#define SHOWN_MX 3 /* MX records that a message spells out */

/* "10 mx1.example.org, 20 mx2.example.org and 3 more" */
static void
list_mx(struct buf *b, const struct view_vantage *vantage)
{
	for (size_t i = 0; i < vantage->nmx && i < SHOWN_MX; i++)
		buf_printf(b, "%s%u %s", i > 0 ? ", " : "",
		    vantage->mx_rr[i].preference, vantage->mx_rr[i].host);
	if (vantage->nmx > SHOWN_MX)
		buf_printf(b, " and %zu more", vantage->nmx - SHOWN_MX);
}

/* What the vantage says otherwise. */
static void
say_difference(
    struct buf *b, const struct view *v, const struct view_vantage *vantage)
{
	buf_printf(b, "%s ", vantage->about->name);
	switch (state_vote(vantage)) {
	case VOTE_MX:
		buf_puts(b, "sees other MX records (");
		list_mx(b, vantage);
		buf_putc(b, ')');
		break;
	case VOTE_NO_MX:
		buf_puts(b, "sees no MX records");
		break;
	case VOTE_BLIND:
		buf_puts(b, "answers nothing at all");
		break;
	default:
		buf_printf(b, "cannot resolve the domain (%s)",
		    words_vantage(v, vantage));
		break;
	}
}

/* Is the difference just that some cannot resolve it? */
static bool
only_failures(const struct view *v)
{
	for (size_t i = 0; i < v->nvantage; i++) {
		enum vote vote = state_vote(&v->vantage[i]);

		if (vote == VOTE_BLIND ||
		    ((vote == VOTE_MX || vote == VOTE_NO_MX) &&
		        state_differs(v, &v->vantage[i])))
			return false;
	}
	return true;
}

/* Who agrees, and on what. */
static void
say_agreement(struct buf *b, const struct view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->nvantage; i++) {
		if (state_vote(&v->vantage[i]) == VOTE_UNCHECKED ||
		    state_differs(v, &v->vantage[i]))
			continue;
		buf_printf(
		    b, "%s%s", n++ > 0 ? ", " : "", v->vantage[i].about->name);
	}
	if (only_failures(v)) {
		buf_puts(b, " can");
		return;
	}
	buf_printf(b, " %s ", n == 1 ? "sees" : "see");
	if (v->belief == BELIEF_MX)
		list_mx(b, v->believed);
	else
		buf_puts(b, "no MX records");
}

static void
difference_evidence(struct finding *f, const struct view *v)
{
	for (size_t i = 0; i < v->nvantage; i++) {
		struct buf item;

		if (!state_differs(v, &v->vantage[i]))
			continue;
		buf_init(&item, 0);
		say_difference(&item, v, &v->vantage[i]);
		words_item(f, "differ", &item);
	}
}

static void
look_disagreement(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	struct buf b;

	(void)d;
	if (!state_resolves(v))
		return;
	buf_init(&b, 0);
	for (size_t i = 0; i < v->nvantage; i++) {
		if (!state_differs(v, &v->vantage[i]))
			continue;
		if (b.len > 0)
			buf_puts(&b, "; ");
		say_difference(&b, v, &v->vantage[i]);
	}
	if (b.len == 0) {
		buf_free(&b);
		return;
	}
	buf_puts(&b, "; ");
	say_agreement(&b, v);
	difference_evidence(
	    words_add(out, rule, rule->severity, v->facts->domain, &b), v);
}

const struct rule rule_dns_vantage_disagreement = {
	.id = "dns.vantage-disagreement",
	.severity = SEVERITY_WARNING,
	.line = "vantages differ: one cannot resolve the domain, or sees "
	        "other MX records",
	.explanation =
	    "Seen from one place the domain looks different than "
	    "from the others: it cannot be resolved there, or has other MX "
	    "records. Senders near that place queue their mail or bring it "
	    "somewhere else, while all looks well from everywhere else. It "
	    "may be a change that has not reached every cache yet, a name "
	    "server that only some can reach, DNSSEC that only some check, or "
	    "just that resolver's own trouble.",
	.remedy =
	    "After a recent change wait for the old TTL to pass and "
	    "look again. If it stays, ask each name server of the domain for "
	    "the MX records and compare; mend the one that differs or is not "
	    "reachable. If all are the same, look at the vantage itself.",
	.rfc = "",
	.look = look_disagreement,
};
