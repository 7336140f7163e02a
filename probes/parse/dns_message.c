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

#define TYPE_OPT   41
#define OPTION_EDE 15 /* RFC 8914 2 */

/* Flags of the second header word (RFC 1035 4.1.1, RFC 4035 3.2.3). */
#define FLAG_QR 0x8000
#define OPCODE  0x7800
#define FLAG_AA 0x0400
#define FLAG_TC 0x0200
#define FLAG_AD 0x0020
#define RCODE   0x000f

struct header {
	uint16_t flags, questions;
	uint16_t count[3]; /* by enum dns_section */
	bool opt;          /* was seen */
	unsigned rcode;    /* extended by OPT */
	int ede;
};

static bool
is_cut(const struct header *h)
{
	return (h->flags & FLAG_TC) != 0;
}

/* --------------------------------------------------------------- records */

/* The EDNS record (RFC 6891 6.1): at most one, at the root. */
static bool
check_opt(struct header *h, const struct dns_record *r, struct dns_cursor *in)
{
	uint16_t code, octets, info;
	struct dns_cursor option;

	if (h->opt || strcmp(r->owner, ".") != 0)
		return false;
	h->opt = true;
	h->rcode |= r->ttl_word >> 24 << 4;
	while (dns_wire_left(in) > 0) {
		if (!dns_wire_u16(in, &code) || !dns_wire_u16(in, &octets))
			return false;
		option = *in;
		if (!dns_wire_skip(in, octets))
			return false;
		if (code == OPTION_EDE && octets >= 2 && h->ede < 0 &&
		    dns_wire_u16(&option, &info))
			h->ede = info;
	}
	return true;
}

static bool
check_record(struct header *h, struct dns_cursor *c, unsigned section)
{
	struct dns_record r;
	struct dns_cursor in;

	if (!dns_wire_record(c, &r, &in))
		return false;
	if (r.rr.type == TYPE_OPT && section == DNS_ADDITIONAL)
		return check_opt(h, &r, &in);
	return dns_wire_rdata(&in, &r);
}

/* Are the records good?  Leaves in h->count how many there are to keep. */
static bool
check_all(struct header *h, struct dns_cursor c)
{
	unsigned section, i;
	bool whole = true;

	for (section = 0; section < 3; section++) {
		for (i = 0; whole && i < h->count[section]; i++)
			if (!check_record(h, &c, section))
				whole = false;
		/* The record that broke off does not count. */
		if (!whole)
			h->count[section] = (uint16_t)(i > 0 ? i - 1 : 0);
	}
	return (whole && dns_wire_left(&c) == 0) || is_cut(h);
}

/* Copy the records, which were checked.  Of those that an observation has no
 * room for only the type asked is kept: that it is there is the answer.
 * Returns 0, or -1 without memory. */
static int
keep_all(struct obs_dns *obs, const struct header *h, struct dns_cursor c)
{
	struct dns_record r;
	struct dns_cursor in;
	unsigned section, i;

	for (section = 0; section < 3; section++)
		for (i = 0; i < h->count[section]; i++) {
			dns_wire_record(&c, &r, &in);
			dns_wire_rdata(&in, &r);
			if (r.class != DNS_CLASS_IN ||
			    (!dns_wire_known(&r) && r.rr.type != obs->type))
				continue;
			if (obs_dns_add(obs, (enum dns_section)section, &r.rr) <
			    0)
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
is_referral(const struct obs_dns *obs, const struct header *h)
{
	const struct dns_rr *ns =
	    obs_dns_find(obs, DNS_AUTHORITY, DNS_NS, NULL, 0);

	return obs->direct && !obs->aa && h->count[DNS_ANSWER] == 0 &&
	    ns != NULL && name_is_below(obs->name, ns->owner) &&
	    obs_dns_find(obs, DNS_AUTHORITY, DNS_SOA, NULL, 0) == NULL;
}

static enum dns_status
content(const struct obs_dns *obs, const struct header *h)
{
	if (!obs->loop &&
	    obs_dns_find(obs, DNS_ANSWER, obs->type, obs->canonical, 0) != NULL)
		return DNS_OK;
	if (obs->type == DNS_NS && is_referral(obs, h))
		return DNS_OK;
	return DNS_NODATA;
}

static enum dns_status
status_of(const struct obs_dns *obs, const struct header *h)
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

/* Read header and question.  False: it does not answer what was asked. */
static bool
is_answer(const struct obs_dns *obs, struct header *h, struct dns_cursor *c)
{
	char name[NAME_TEXT];
	uint16_t type, class;

	if (!dns_wire_skip(c, 2) || !dns_wire_u16(c, &h->flags) ||
	    !dns_wire_u16(c, &h->questions) ||
	    !dns_wire_u16(c, &h->count[DNS_ANSWER]) ||
	    !dns_wire_u16(c, &h->count[DNS_AUTHORITY]) ||
	    !dns_wire_u16(c, &h->count[DNS_ADDITIONAL]))
		return false;
	h->rcode = h->flags & RCODE;
	if ((h->flags & (FLAG_QR | OPCODE)) != FLAG_QR || h->questions != 1)
		return false;
	return dns_wire_name(c, name) && dns_wire_u16(c, &type) &&
	    dns_wire_u16(c, &class) && strcmp(name, obs->name) == 0 &&
	    type == obs->type && class == DNS_CLASS_IN;
}

int
dns_message_read(struct obs_dns *obs, const uint8_t *msg, size_t len)
{
	struct dns_cursor c = { .msg = msg, .end = len, .len = len };
	struct header h = { .ede = -1 };

	obs->status = DNS_MALFORMED;
	if (!is_answer(obs, &h, &c) || !check_all(&h, c))
		return 0;
	obs->rcode = (int)h.rcode;
	obs->aa = (h.flags & FLAG_AA) != 0;
	obs->ad = (h.flags & FLAG_AD) != 0;
	obs->tc = is_cut(&h);
	obs->ede = h.ede;
	if (keep_all(obs, &h, c) < 0 || follow(obs) < 0)
		return -1;
	obs->status = status_of(obs, &h);
	return 0;
}
