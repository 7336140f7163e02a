#include <string.h>

#include "probes/parse/dns_wire.h"

#define JUMPS_MAX 127 /* no name has more labels */

/* ---------------------------------------------------------------- pieces */

size_t
dns_wire_left(const struct dns_cursor *c)
{
	return c->end - c->at;
}

bool
dns_wire_u16(struct dns_cursor *c, uint16_t *out)
{
	if (dns_wire_left(c) < 2)
		return false;
	*out = (uint16_t)(c->msg[c->at] << 8 | c->msg[c->at + 1]);
	c->at += 2;
	return true;
}

bool
dns_wire_u32(struct dns_cursor *c, uint32_t *out)
{
	uint16_t high, low;

	if (!dns_wire_u16(c, &high) || !dns_wire_u16(c, &low))
		return false;
	*out = (uint32_t)high << 16 | low;
	return true;
}

bool
dns_wire_skip(struct dns_cursor *c, size_t octets)
{
	if (dns_wire_left(c) < octets)
		return false;
	c->at += octets;
	return true;
}

/*
 * Take the compression pointer at the cursor (RFC 1035 4.1.4), which must
 * lead before start, where this part of the name began.
 */
static bool
jump(struct dns_cursor *c, size_t *start)
{
	uint16_t to;

	if (!dns_wire_u16(c, &to))
		return false;
	to &= 0x3fff;
	if (to < DNS_WIRE_HEADER || to >= *start)
		return false;
	c->at = *start = to;
	c->end = c->len;
	return true;
}

/* Append the label at the cursor, with its length octet, to the n octets
 * that wire holds. */
static bool
copy_label(struct dns_cursor *c, uint8_t *wire, size_t *n)
{
	const size_t octets = c->msg[c->at] + (size_t)1;

	if (octets > 64 || octets > dns_wire_left(c) || octets > NAME_WIRE - *n)
		return false;
	memcpy(wire + *n, c->msg + c->at, octets);
	c->at += octets;
	*n += octets;
	return true;
}

bool
dns_wire_name(struct dns_cursor *c, char *text)
{
	struct dns_cursor in = *c;
	uint8_t wire[NAME_WIRE];
	size_t n = 0, start = c->at, behind = 0;
	unsigned jumps = 0;
	uint8_t octet;

	do {
		if (dns_wire_left(&in) == 0)
			return false;
		octet = in.msg[in.at];
		if (octet >= 0xc0) {
			if (jumps++ == 0)
				behind = in.at + 2;
			if (jumps > JUMPS_MAX || !jump(&in, &start))
				return false;
		} else if (!copy_label(&in, wire, &n)) {
			return false;
		}
	} while (octet != 0);
	c->at = jumps == 0 ? in.at : behind;
	return name_from_wire(wire, n, text) == 0;
}

/* ----------------------------------------------------------------- RDATA */

static bool
get_address(struct dns_cursor *c, struct dns_record *r)
{
	const size_t octets = r->rr.type == DNS_A ? 4 : 16;
	const uint8_t *from = c->msg + c->at;

	if (!dns_wire_skip(c, octets))
		return false;
	r->rr.ip.family = octets == 4 ? 4 : 6;
	memcpy(r->rr.ip.byte, from, octets);
	return true;
}

static bool
get_target(struct dns_cursor *c, struct dns_record *r)
{
	r->rr.target = r->target;
	return dns_wire_name(c, r->target);
}

static bool
get_mx(struct dns_cursor *c, struct dns_record *r)
{
	return dns_wire_u16(c, &r->rr.preference) && get_target(c, r);
}

static bool
get_soa(struct dns_cursor *c, struct dns_record *r)
{
	char mailbox[NAME_TEXT];
	struct dns_soa *s = &r->rr.soa;

	return get_target(c, r) && dns_wire_name(c, mailbox) &&
	    dns_wire_u32(c, &s->serial) && dns_wire_u32(c, &s->refresh) &&
	    dns_wire_u32(c, &s->retry) && dns_wire_u32(c, &s->expire) &&
	    dns_wire_u32(c, &s->minimum);
}

/* RFC 4034 3.1: type covered, algorithm, labels, original TTL, expiration,
 * inception, key tag, signer, signature (which is for validators). */
static bool
get_rrsig(struct dns_cursor *c, struct dns_record *r)
{
	char signer[NAME_TEXT];
	uint32_t expires;

	if (!dns_wire_u16(c, &r->rr.covered) || !dns_wire_skip(c, 6) ||
	    !dns_wire_u32(c, &expires) || !dns_wire_skip(c, 6) ||
	    !dns_wire_name(c, signer))
		return false;
	r->rr.expires = expires;
	return dns_wire_skip(c, dns_wire_left(c));
}

typedef bool rdata_fn(struct dns_cursor *, struct dns_record *);

static const struct {
	uint16_t type;
	rdata_fn *get;
} readers[] = {
	{ DNS_A, get_address },
	{ DNS_AAAA, get_address },
	{ DNS_NS, get_target },
	{ DNS_CNAME, get_target },
	{ DNS_MX, get_mx },
	{ DNS_SOA, get_soa },
	{ DNS_RRSIG, get_rrsig },
};

static rdata_fn *
reader_of(const struct dns_record *r)
{
	size_t i;

	if (r->class != DNS_CLASS_IN)
		return NULL;
	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i].type == r->rr.type)
			return readers[i].get;
	return NULL;
}

bool
dns_wire_known(const struct dns_record *r)
{
	return reader_of(r) != NULL;
}

bool
dns_wire_rdata(struct dns_cursor *rdata, struct dns_record *r)
{
	rdata_fn *get = reader_of(r);

	return get == NULL || (get(rdata, r) && dns_wire_left(rdata) == 0);
}

bool
dns_wire_record(
    struct dns_cursor *c, struct dns_record *r, struct dns_cursor *rdata)
{
	uint16_t octets;

	memset(&r->rr, 0, sizeof(r->rr));
	r->rr.owner = r->owner;
	if (!dns_wire_name(c, r->owner) || !dns_wire_u16(c, &r->rr.type) ||
	    !dns_wire_u16(c, &r->class) || !dns_wire_u32(c, &r->ttl_word) ||
	    !dns_wire_u16(c, &octets))
		return false;
	/* RFC 2181 8: with the high bit set it is 0. */
	r->rr.ttl = r->ttl_word > INT32_MAX ? 0 : r->ttl_word;
	*rdata = *c;
	if (!dns_wire_skip(c, octets))
		return false;
	rdata->end = c->at;
	return true;
}
