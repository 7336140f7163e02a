#include <stdlib.h>
#include <string.h>

#include "probes/parse/dns_message.h"
#include "probes/parse/dns_wire.h"

/*
 * A message is read twice: first all of it is checked, then the records that
 * are wanted are copied.  So nothing is allocated for a message that turns out
 * to be broken, and nothing has to be taken back.
 *
 * Nothing may follow the last record, and nothing be missing of it.  Only a
 * truncated message (TC) may break off anywhere; it is read as far as it
 * goes.
 */

static bool
is_cut(const struct dns_header *h)
{
	return (h->flags & DNS_WIRE_TC) != 0;
}

/* --------------------------------------------------------------- records */

/* Are the records good?  Leaves in h->count how many there are to keep. */
static bool
check_all(struct dns_header *h, struct dns_cursor c)
{
	struct dns_record r;
	unsigned section, i;
	bool whole = true;

	for (section = 0; section < 3; section++) {
		for (i = 0; whole && i < h->count[section]; i++)
			if (!dns_wire_next(h, &c, section, &r))
				whole = false;
		/* The record that broke off does not count. */
		if (!whole)
			h->count[section] = (uint16_t)(i > 0 ? i - 1 : 0);
	}
	return (whole && dns_wire_left(&c) == 0) || is_cut(h);
}

/* Returns 0, or -1 without memory. */
static int
keep(struct obs_dns *obs, const struct dns_header *h, unsigned section,
    struct dns_record *r)
{
	const struct dns_wire_name *from = dns_wire_owner(h, r);
	char owner[NAME_TEXT], target[NAME_TEXT];
	int rc;

	name_from_wire(from->wire, from->len, owner);
	r->rr.owner = owner;
	if (r->target.len > 0) {
		name_from_wire(r->target.wire, r->target.len, target);
		r->rr.target = target;
	}
	rc = obs_dns_add(obs, (enum dns_section)section, &r->rr);
	r->rr.owner = r->rr.target = NULL;
	return rc < 0 ? -1 : 0;
}

/* Copy the records, which were checked.  Returns 0, or -1 without memory. */
static int
keep_all(struct obs_dns *obs, const struct dns_header *h, struct dns_cursor c)
{
	struct dns_record r;
	struct dns_cursor in;
	unsigned section, i;

	for (section = 0; section < 3; section++)
		for (i = 0; i < h->count[section]; i++) {
			dns_wire_record(&c, &r, &in);
			dns_wire_rdata(&in, &r);
			if (dns_wire_kept(&r, obs->type) &&
			    keep(obs, h, section, &r) < 0)
				return -1;
		}
	return 0;
}

/* --------------------------------------------------------------- meaning */

/* Go from the name asked to where its aliases lead (RFC 1034 3.6.2).
 * Returns 0, or -1 without memory. */
static int
follow(struct obs_dns *obs)
{
	const char *at = obs->name;
	const struct dns_rr *rr;
	char *end;

	while (obs->type != DNS_CNAME && !obs->loop &&
	    (rr = obs_dns_find(obs, DNS_ANSWER, DNS_CNAME, at, 0)) != NULL) {
		if (obs->cnames == DNS_MESSAGE_CNAMES) {
			obs->loop = true;
		} else {
			at = rr->target;
			obs->cnames++;
		}
	}
	end = strdup(at);
	if (end == NULL)
		return -1;
	free(obs->canonical);
	obs->canonical = end;
	return 0;
}

static bool
is_referral(const struct obs_dns *obs, const struct dns_header *h)
{
	const struct dns_rr *ns =
	    obs_dns_find(obs, DNS_AUTHORITY, DNS_NS, NULL, 0);

	return obs->direct && !obs->aa && h->count[DNS_ANSWER] == 0 &&
	    ns != NULL && name_is_below(obs->name, ns->owner) &&
	    obs_dns_find(obs, DNS_AUTHORITY, DNS_SOA, NULL, 0) == NULL;
}

static enum dns_status
content(const struct obs_dns *obs, const struct dns_header *h)
{
	if (!obs->loop &&
	    obs_dns_find(obs, DNS_ANSWER, obs->type, obs->canonical, 0) != NULL)
		return DNS_OK;
	if (obs->type == DNS_NS && is_referral(obs, h))
		return DNS_OK;
	return DNS_NODATA;
}

static enum dns_status
status_of(const struct obs_dns *obs, const struct dns_header *h)
{
	switch (h->rcode) {
	case 0:
		return content(obs, h);
	case 2:
		return DNS_SERVFAIL;
	case 3:
		return DNS_NXDOMAIN;
	default:
		return DNS_REFUSED;
	}
}

/* False: it does not answer what was asked. */
static bool
is_answer(const struct obs_dns *obs, struct dns_header *h, struct dns_cursor *c)
{
	char name[NAME_TEXT];

	if (!dns_wire_header(c, h) || h->type != obs->type)
		return false;
	name_from_wire(h->question.wire, h->question.len, name);
	return strcmp(name, obs->name) == 0;
}

int
dns_message_read(struct obs_dns *obs, const uint8_t *msg, size_t len)
{
	struct dns_cursor c = { .msg = msg, .end = len, .len = len };
	struct dns_header h;

	obs->status = DNS_MALFORMED;
	if (!is_answer(obs, &h, &c) || !check_all(&h, c))
		return 0;
	obs->rcode = (int)h.rcode;
	obs->aa = (h.flags & DNS_WIRE_AA) != 0;
	obs->ad = (h.flags & DNS_WIRE_AD) != 0;
	obs->tc = is_cut(&h);
	obs->ede = h.ede;
	if (keep_all(obs, &h, c) < 0 || follow(obs) < 0)
		return -1;
	obs->status = status_of(obs, &h);
	return 0;
}
