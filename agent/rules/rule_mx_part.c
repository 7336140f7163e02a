/*
 * Which part of the mail servers fails while others take mail?  When a later
 * preference carries the mail of the first, mx.primary-down speaks for all
 * hosts of the first.
 */

#include <stdbool.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/state.h"
#include "agent/rules/words.h"

/* The preference of the first host that takes mail. */
static unsigned
serving_preference(const struct view *v)
{
	for (size_t i = 0; i < v->nmx; i++) {
		if (state_mx_up(&v->mx[i]))
			return v->mx[i].preference;
	}
	return 0;
}

/* Does one of the first rows say "later"?  Then it is not down. */
static bool
some_defer(const struct view *v, size_t end)
{
	for (size_t i = 0; i < end; i++) {
		if (v->mx[i].state == MX_DEFERRING)
			return true;
	}
	return false;
}

/* RFC 5321 5.1: the next preference is for when the lower ones fail. */
static void
look_primary_down(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	size_t end = state_tier_end(v, 0);
	struct finding *f;
	struct buf b;

	(void)d;
	if (!state_primary_down(v))
		return;
	buf_init(&b, 0);
	buf_printf(&b,
	    some_defer(v, end) ?
	        "no mail server at preference %u takes mail now; mail goes "
	        "to preference %u (" :
	        "every mail server at preference %u is down; mail goes to "
	        "preference %u (",
	    v->mx[0].preference, serving_preference(v));
	words_hosts(&b, v, 0, end);
	buf_putc(&b, ')');
	f = words_add(out, rule, rule->severity, v->mx[0].host, &b);
	finding_number(f, "preference", v->mx[0].preference);
	finding_number(f, "serving_preference", serving_preference(v));
	words_hosts_evidence(f, v, 0, end);
}

const struct rule rule_mx_primary_down = {
	.id = "mx.primary-down",
	.severity = SEVERITY_WARNING,
	.line = "every host of the lowest preference is down, a later one "
	        "accepts",
	.explanation =
	    "None of the hosts that the domain prefers takes mail. "
	    "Mail still gets in, by way of a backup, but every sender first "
	    "runs into the failure, and what the backup cannot pass on waits "
	    "there. When the backup fails too, nothing gets in. A host that "
	    "only says \"later\" counts as one that takes no mail.",
	.remedy =
	    "Mend the hosts named in the finding; each bears its own "
	    "reason. See meanwhile that the backup has room for its queue and "
	    "knows the valid recipients. If the first host is meant never to "
	    "answer (nolisting), name it below expect.down of the domain, in "
	    "the "
	    "configuration of the watch.",
	.rfc = "RFC 5321 section 5.1",
	.look = look_primary_down,
};

/* Is there a finding of its own that says why this host takes no mail? */
static bool
told_elsewhere(const struct view *v, size_t i)
{
	return v->mx[i].naddress == 0 || !state_mx_first(v, &v->mx[i]) ||
	    (state_primary_down(v) && i < state_tier_end(v, 0));
}

static void
add_host_down(const struct rule *rule, const struct view *v,
    const struct view_mx *mx, struct findings *out)
{
	struct finding *f;
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b, "%s (preference %u) is down%s: ", mx->host,
	    mx->preference, mx->naddress > 1 ? " at all addresses" : "");
	words_host(&b, v, mx);
	f = words_add(out, rule, rule->severity, mx->host, &b);
	finding_number(f, "preference", mx->preference);
	for (size_t i = 0; i < mx->naddress; i++) {
		struct buf item;
		char text[IP_TEXT];

		buf_init(&item, 0);
		buf_printf(&item, "%s: ", ip_format(&mx->address[i].ip, text));
		words_address(&item, v, &mx->address[i]);
		words_item(f, "addresses", &item);
	}
}

static void
add_host_unknown(const struct rule *rule, const struct view *v,
    const struct view_mx *mx, struct findings *out)
{
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b,
	    "whether %s (preference %u) takes mail is not known: ", mx->host,
	    mx->preference);
	words_host(&b, v, mx);
	finding_number(words_add(out, rule, SEVERITY_UNKNOWN, mx->host, &b),
	    "preference", mx->preference);
}

static void
look_host_down(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	if (!state_any_up(v))
		return;
	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];

		if (mx->state == MX_DOWN && !told_elsewhere(v, i))
			add_host_down(rule, v, mx, out);
		else if (mx->state == MX_UNCHECKED && state_mx_first(v, mx) &&
		    !state_mx_unwanted(v, mx))
			add_host_unknown(rule, v, mx, out);
	}
}

const struct rule rule_mx_host_down = {
	.id = "mx.host-down",
	.severity = SEVERITY_WARNING,
	.line = "a mail server is down on all its addresses while another "
	        "takes mail",
	.explanation =
	    "One of the mail servers fails at every address it "
	    "has, while another takes the mail. So mail gets in, but those "
	    "senders that draw the dead one first are delayed, and the domain "
	    "is one failure closer to having none. A dead backup is noticed "
	    "by nobody until it is needed.",
	.remedy =
	    "Bring the host back, or open port 25 to it; if it is gone "
	    "for good, take it out of the MX records. The finding names what "
	    "happened at each address.",
	.rfc = "RFC 5321 section 5.1",
	.look = look_host_down,
};

static void
list_down(struct buf *b, const struct view *v, const struct view_mx *mx,
    struct finding *f)
{
	char text[IP_TEXT];

	for (size_t i = 0; i < mx->naddress; i++) {
		struct buf item;

		if (mx->address[i].state != MX_DOWN)
			continue;
		buf_init(&item, 0);
		buf_printf(&item, "%s: ", ip_format(&mx->address[i].ip, text));
		words_address(&item, v, &mx->address[i]);
		if (b != NULL) {
			words_comma(b);
			buf_puts(b, buf_str(&item));
		}
		words_item(f, "addresses", &item);
	}
}

/* RFC 5321 5.1: a multihomed host's addresses are tried in turn. */
static void
look_address_down(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	(void)d;
	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];
		struct buf b;

		if (mx->state != MX_DEGRADED || !state_mx_first(v, mx))
			continue;
		buf_init(&b, 0);
		list_down(&b, v, mx, NULL);
		if (b.len > 0)
			list_down(NULL, v, mx,
			    findings_add(out, rule, rule->severity, mx->host,
			        "%s takes mail at some of its addresses only "
			        "(%s)",
			        mx->host, buf_str(&b)));
		buf_free(&b);
	}
}

const struct rule rule_mx_address_down = {
	.id = "mx.address-down",
	.severity = SEVERITY_WARNING,
	.line = "one address of a mail server is down, another is up",
	.explanation =
	    "The mail server takes mail at one of its addresses "
	    "and fails at another. Senders try the addresses in turn, so most "
	    "mail comes through after a delay; a sender that has only the "
	    "failing family (IPv6 only, say), or that stops after a few "
	    "addresses, cannot deliver. Mostly the service does not listen on "
	    "the new address, or a firewall was opened for one family only.",
	.remedy = "Let the service listen on that address and open port 25 "
	          "for it; or remove the A or AAAA record.",
	.rfc = "RFC 5321 section 5.1",
	.look = look_address_down,
};

static bool
takes_no_part(const struct view_mx *mx)
{
	return mx->state == MX_DOWN || mx->state == MX_DEFERRING ||
	    mx->state == MX_UNUSABLE;
}

/* The hosts of one preference: how many take mail, and which do not. */
static void
look_tier(const struct rule *rule, const struct view *v, size_t begin,
    size_t end, struct findings *out)
{
	const char *subject = NULL;
	struct finding *f;
	size_t up = 0;
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = begin; i < end; i++) {
		up += state_mx_up(&v->mx[i]);
		if (!takes_no_part(&v->mx[i]))
			continue;
		if (subject == NULL)
			subject = v->mx[i].host;
		words_comma(&b);
		buf_puts(&b, v->mx[i].host);
	}
	if (up > 0 && subject != NULL) {
		f = findings_add(out, rule, rule->severity, subject,
		    "of the %zu mail servers at preference %u only %zu %s "
		    "mail (not %s)",
		    end - begin, v->mx[begin].preference, up,
		    up == 1 ? "takes" : "take", buf_str(&b));
		finding_number(f, "preference", v->mx[begin].preference);
		finding_number(f, "hosts", (double)(end - begin));
		finding_number(f, "up", (double)up);
	}
	buf_free(&b);
}

/* RFC 5321 5.1: senders choose at random among equal preferences. */
static void
look_load_uneven(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	size_t end;

	(void)d;
	for (size_t i = 0; i < v->nmx; i = end) {
		end = state_tier_end(v, i);
		look_tier(rule, v, i, end, out);
	}
}

const struct rule rule_mx_load_uneven = {
	.id = "mx.load-uneven",
	.severity = SEVERITY_WARNING,
	.line = "of the hosts that share a preference, some cannot take their "
	        "part",
	.explanation =
	    "Senders choose at random among the hosts of one "
	    "preference, so that each carries its part. Some of them take no "
	    "mail now: the others carry it all, and a part of all first "
	    "attempts fails and is late. If the load was shared because one "
	    "host cannot bear it, the rest may follow.",
	.remedy = "Bring the failing hosts back, or take them out of the MX "
	          "records while they are being mended. See whether those that "
	          "remain can bear the whole load.",
	.rfc = "RFC 5321 section 5.1",
	.look = look_load_uneven,
};
