/*
 * Is what the name servers serve fresh?
 */

#include <stdbool.h>
#include <string.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/state.h"
#include "agent/rules/words.h"

#define DAY            86400
#define SIGNATURE_DAYS 3 /* a warning when it ends within these */

/* -------------------------------------------------------------- serials */

/* The i-th address that answers with authority and a serial, or NULL. */
static const struct view_ns_address *
nth_server(const struct view *v, size_t i)
{
	for (size_t j = 0; j < v->nns; j++) {
		for (size_t k = 0; k < v->ns[j].naddress; k++) {
			const struct view_ns_address *a = &v->ns[j].address[k];

			if (a->state == NS_AUTHORITATIVE && a->has_serial &&
			    i-- == 0)
				return a;
		}
	}
	return NULL;
}

/* Days since 1 January 1970 (proleptic Gregorian). */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
	if (month <= 2) {
		month += 12;
		year--;
	}
	return 365 * year + year / 4 - year / 100 + year / 400 +
	    (153 * (month - 3) + 2) / 5 + day - 1 - 719468;
}

/* The day of a serial of the form YYYYMMDDnn (RFC 1912 2.2), or -1. */
static int64_t
serial_day(uint32_t serial)
{
	uint32_t year = serial / 1000000, month = serial / 10000 % 100;
	uint32_t day = serial / 100 % 100;

	if (year < 1990 || year > 2100 || month < 1 || month > 12 || day < 1 ||
	    day > 31)
		return -1;
	return days_of(year, month, day);
}

static bool
has_record(const struct obs_dns *o, const struct dns_rr *rr)
{
	const struct dns_rr *other;

	for (size_t i = 0;
	     (other = obs_dns_find(o, DNS_ANSWER, rr->type, NULL, i)) != NULL;
	     i++) {
		if (other->preference == rr->preference &&
		    strcmp(other->target, rr->target) == 0)
			return true;
	}
	return false;
}

/* Is every record of the type in a in b as well? */
static bool
includes(const struct obs_dns *a, const struct obs_dns *b)
{
	const struct dns_rr *rr;

	for (size_t i = 0;
	     (rr = obs_dns_find(a, DNS_ANSWER, a->type, NULL, i)) != NULL;
	     i++) {
		if (!has_record(b, rr))
			return false;
	}
	return true;
}

/* Do both answers hold the same records?  What was not asked cannot
 * differ. */
static bool
same_records(const struct obs_dns *a, const struct obs_dns *b)
{
	if (a == NULL || b == NULL)
		return true;
	return includes(a, b) && includes(b, a);
}

/* What the servers hold. */
struct versions {
	bool differ;         /* in their serials */
	bool answers;        /* in the MX or NS records too */
	bool dated;          /* all serials are dates */
	int64_t first, last; /* the days, when dated */
	uint32_t refresh;    /* the longest */
};

static void
compare(struct versions *c, const struct view_ns_address *first,
    const struct view_ns_address *other)
{
	int64_t day = serial_day(other->serial);

	c->differ |= other->serial != first->serial;
	c->answers |= !same_records(first->mx, other->mx) ||
	    !same_records(first->ns, other->ns);
	c->dated &= day >= 0;
	c->first = day < c->first ? day : c->first;
	c->last = day > c->last ? day : c->last;
	if (other->refresh > c->refresh)
		c->refresh = other->refresh;
}

static struct versions
compare_all(const struct view *v)
{
	const struct view_ns_address *first = nth_server(v, 0), *other;
	struct versions c = { .dated = true, .first = INT64_MAX };

	for (size_t i = 0; (other = nth_server(v, i)) != NULL; i++)
		compare(&c, first, other);
	return c;
}

/* Dates that are further apart than the refresh time. */
static bool
beyond_refresh(const struct versions *c)
{
	return c->dated && (c->last - c->first) * DAY > c->refresh;
}

static const char *
why_serial(const struct versions *c)
{
	if (beyond_refresh(c))
		return "further apart than a refresh allows";
	if (c->answers)
		return "their MX or NS records differ too";
	return "it may be no more than a transfer under way";
}

static void
list_serials(struct buf *b, struct finding *f, const struct view *v)
{
	const struct view_ns_address *a;
	char text[IP_TEXT];

	for (size_t i = 0; (a = nth_server(v, i)) != NULL; i++) {
		struct buf item;

		buf_init(&item, 0);
		buf_printf(&item, "%s: %u", ip_format(&a->ip, text), a->serial);
		if (b != NULL) {
			words_comma(b);
			buf_puts(b, buf_str(&item));
		}
		words_item(f, "serials", &item);
	}
}

/*
 * RFC 1034 4.3.5: secondaries ask for a new serial every REFRESH seconds.  One
 * look does not see time pass, so it is held against the servers only when the
 * serials tell the time, or when what senders ask for differs already.
 */
static void
look_serial(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	struct versions c;
	struct finding *f;
	struct buf b;
	bool late;

	(void)d;
	if (!state_has_ns(v))
		return;
	c = compare_all(v);
	if (!c.differ)
		return;
	late = beyond_refresh(&c);
	buf_init(&b, 0);
	list_serials(&b, NULL, v);
	buf_printf(&b, "): %s; refresh: ", why_serial(&c));
	words_duration(&b, c.refresh);
	f = findings_add(out, rule,
	    late || c.answers ? rule->severity : SEVERITY_INFO, v->zone,
	    "name servers hold different versions of %s (%s", v->zone,
	    buf_str(&b));
	buf_free(&b);
	list_serials(NULL, f, v);
	finding_number(f, "refresh_seconds", c.refresh);
}

const struct rule rule_dns_serial_mismatch = {
	.id = "dns.serial-mismatch",
	.severity = SEVERITY_WARNING,
	.line = "name servers hold different versions of the zone",
	.explanation =
	    "The serial numbers of the name servers differ, and by "
	    "more than the time within which they are to fetch a new version. "
	    "So a secondary no longer follows the primary: it serves old "
	    "records, and sends part of the mail to where it no longer "
	    "belongs. When the zone expires there, it stops answering. As "
	    "long as it may be no more than a transfer under way, it is "
	    "reported as advice.",
	.remedy =
	    "On the server with the old serial look for failed "
	    "transfers: address and key of the primary, permission to "
	    "transfer (AXFR over TCP port 53), NOTIFY. When the primary's "
	    "serial was set back by mistake, raise it above that of the "
	    "secondaries.",
	.rfc = "RFC 1034 section 4.3.5",
	.look = look_serial,
};

/* ----------------------------------------------------------- signatures */

/* When the last signature over this type in the answer ends; 0: none. */
static int64_t
signed_until(const struct obs_dns *o, uint16_t type)
{
	const struct dns_rr *rr;
	int64_t end = 0;

	for (size_t i = 0;
	     (rr = obs_dns_find(o, DNS_ANSWER, DNS_RRSIG, NULL, i)) != NULL;
	     i++) {
		if (rr->covered == type && rr->expires > end)
			end = rr->expires;
	}
	return end;
}

/* The earliest end over the records of name that an answer shows, of the
 * name servers' own or of the vantages'; 0: nothing is signed. */
static int64_t
earliest_of(const struct view *v, const char *name, uint16_t type, bool direct)
{
	int64_t earliest = 0;

	for (size_t i = 0; i < v->facts->ndns; i++) {
		const struct obs_dns *o = v->facts->dns[i];
		int64_t end;

		if (o->type != type || o->direct != direct ||
		    strcmp(o->name, name) != 0)
			continue;
		end = signed_until(o, type);
		if (end != 0 && (earliest == 0 || end < earliest))
			earliest = end;
	}
	return earliest;
}

/* A vantage may still have an old signature when the zone has a new one. */
static int64_t
earliest_end(const struct view *v, const char *name, uint16_t type)
{
	int64_t end = name == NULL ? 0 : earliest_of(v, name, type, true);

	return end != 0 || name == NULL ? end :
	                                  earliest_of(v, name, type, false);
}

static void
add_signature(const struct rule *rule, const struct view *v, const char *what,
    int64_t end, struct findings *out)
{
	double left = (double)end - (double)v->now.us / 1e6;
	struct wall when = { end * 1000000 };
	char text[CLOCK_TEXT];
	struct finding *f;
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b, "the signature over the %s records of %s ", what,
	    v->facts->domain);
	if (left > 0) {
		buf_puts(&b, "runs out in ");
		words_duration(&b, left);
	} else
		buf_puts(&b, "has run out");
	buf_puts(&b, ", on ");
	words_time(&b, when);
	f = words_add(out, rule, rule->severity, v->facts->domain, &b);
	finding_text(f, "records", what);
	finding_text(f, "expires", clock_format(when, text));
}

/* RFC 4035 5.3.1: a validator takes no signature after its end.  When that is
 * past and seen as a failure, dns.bogus tells. */
static void
look_signature(const struct rule *rule, const struct view *v,
    const struct delivery *d, struct findings *out)
{
	int64_t soon = v->now.us / 1000000 + SIGNATURE_DAYS * DAY;
	int64_t mx = earliest_end(v, v->facts->domain, DNS_MX);
	int64_t ns = earliest_end(v, v->zone, DNS_NS);
	bool mx_soon = mx != 0 && mx < soon, ns_soon = ns != 0 && ns < soon;

	(void)d;
	if (v->belief == BELIEF_BOGUS || v->belief == BELIEF_NXDOMAIN)
		return;
	if (mx_soon && ns_soon)
		add_signature(rule, v, "MX and NS", mx < ns ? mx : ns, out);
	else if (mx_soon)
		add_signature(rule, v, "MX", mx, out);
	else if (ns_soon)
		add_signature(rule, v, "NS", ns, out);
}

const struct rule rule_dns_signature_expiring = {
	.id = "dns.signature-expiring",
	.severity = SEVERITY_WARNING,
	.line = "a signature over the MX or NS records runs out within 3 days",
	.explanation =
	    "DNSSEC signatures bear an end date and must be made "
	    "anew before it. One over the domain's MX or NS records ends "
	    "within three days and has not been renewed, which mostly means "
	    "that the signing has stopped. At that moment every resolver that "
	    "validates begins to answer SERVFAIL, and mail from behind it "
	    "waits and then bounces.",
	.remedy =
	    "See why the signer does not run: its service or timer, its "
	    "keys, its clock, its disk; or a secondary that no longer gets "
	    "the fresh zone. Sign the zone again now and check the new end "
	    "with \"dig +dnssec\".",
	.rfc = "RFC 4035 section 5.3.1",
	.look = look_signature,
};
