#include <string.h>

#include "probes/parse/dns_wire.h"

#define JUMPS_MAX 127 /* no name has more labels */

#define TYPE_OPT   41
#define OPTION_EDE 15 /* RFC 8914 2 */

#define FLAG_QR 0x8000
#define OPCODE  0x7800
#define RCODE   0x000f

/* ---------------------------------------------------------------- pieces */

size_t
dns_wire_left(const struct dns_cursor *c)
{
	return c->end - c->at;
}

static uint16_t
get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

bool
dns_wire_u16(struct dns_cursor *c, uint16_t *out)
{
	if (dns_wire_left(c) < 2)
		return false;
	*out = get16(c->msg + c->at);
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

/* Lower case.  Octets of length are below the letters, so they stay. */
static uint64_t
fold(uint64_t word)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t low = word & 0x7f * ones;
	uint64_t upper =
	    ((low + (0x80 - 'A') * ones) ^ (low + (0x7f - 'Z') * ones)) &
	    ~word & 0x80 * ones;

	return word | upper >> 2;
}

/*
 * Append the labels at the cursor, up to a pointer or the root label, which is
 * appended as well; they are together, so they are copied together, word by
 * word: what is written so is read so, without waiting for the cache.
 */
static enum {
	BROKEN,
	POINTER,
	ENDED
} copy_labels(struct dns_cursor *c, struct dns_wire_name *name)
{
	const uint8_t *from = c->msg + c->at;
	size_t left = dns_wire_left(c), n = 0;
	bool ended;

	while (n < left && from[n] > 0 && from[n] < 64)
		n += from[n] + (size_t)1;
	if (n >= left || (from[n] > 0 && from[n] < 0xc0))
		return BROKEN;
	ended = from[n] == 0;
	n += ended;
	if (n > NAME_WIRE - name->len)
		return BROKEN;
	for (size_t i = 0; i < n; i += sizeof(uint64_t)) {
		uint64_t word = 0;

		if (left - i >= sizeof(word))
			memcpy(&word, from + i, sizeof(word));
		else
			memcpy(&word, from + i, left - i);
		word = fold(word);
		memcpy(name->wire + name->len + i, &word, sizeof(word));
	}
	c->at += n;
	name->len += n;
	return ended ? ENDED : POINTER;
}

bool
dns_wire_name(struct dns_cursor *c, struct dns_wire_name *name)
{
	struct dns_cursor in = *c;
	size_t start = c->at, behind = 0;
	unsigned jumps = 0, how;

	name->len = 0;
	while ((how = copy_labels(&in, name)) == POINTER) {
		if (jumps++ == 0)
			behind = in.at + 2;
		if (jumps > JUMPS_MAX || !jump(&in, &start))
			return false;
	}
	c->at = jumps == 0 ? in.at : behind;
	return how == ENDED;
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
	return dns_wire_name(c, &r->target);
}

static bool
get_mx(struct dns_cursor *c, struct dns_record *r)
{
	return dns_wire_u16(c, &r->rr.preference) && get_target(c, r);
}

static bool
get_soa(struct dns_cursor *c, struct dns_record *r)
{
	struct dns_wire_name mailbox;
	struct dns_soa *s = &r->rr.soa;

	return get_target(c, r) && dns_wire_name(c, &mailbox) &&
	    dns_wire_u32(c, &s->serial) && dns_wire_u32(c, &s->refresh) &&
	    dns_wire_u32(c, &s->retry) && dns_wire_u32(c, &s->expire) &&
	    dns_wire_u32(c, &s->minimum);
}

/* RFC 4034 3.1: type covered, algorithm, labels, original TTL, expiration,
 * inception, key tag, signer, signature (which is for validators). */
static bool
get_rrsig(struct dns_cursor *c, struct dns_record *r)
{
	struct dns_wire_name signer;
	uint32_t expires;

	if (!dns_wire_u16(c, &r->rr.covered) || !dns_wire_skip(c, 6) ||
	    !dns_wire_u32(c, &expires) || !dns_wire_skip(c, 6) ||
	    !dns_wire_name(c, &signer))
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
dns_wire_kept(const struct dns_record *r, uint16_t asked)
{
	return r->class == DNS_CLASS_IN &&
	    (reader_of(r) != NULL || r->rr.type == asked);
}

bool
dns_wire_rdata(struct dns_cursor *rdata, struct dns_record *r)
{
	rdata_fn *get = reader_of(r);

	return get == NULL || (get(rdata, r) && dns_wire_left(rdata) == 0);
}

/* The question begins at a fixed octet, and was read. */
static bool
is_question(const struct dns_cursor *c)
{
	return dns_wire_left(c) >= 2 && c->msg[c->at] == 0xc0 &&
	    c->msg[c->at + 1] == DNS_WIRE_HEADER;
}

bool
dns_wire_record(
    struct dns_cursor *c, struct dns_record *r, struct dns_cursor *rdata)
{
	const uint8_t *at;

	memset(&r->rr, 0, sizeof(r->rr));
	r->owner.len = r->target.len = 0;
	if (is_question(c))
		c->at += 2;
	else if (!dns_wire_name(c, &r->owner))
		return false;
	at = c->msg + c->at;
	if (!dns_wire_skip(c, 10))
		return false;
	r->rr.type = get16(at);
	r->class = get16(at + 2);
	r->ttl_word = (uint32_t)get16(at + 4) << 16 | get16(at + 6);
	/* RFC 2181 8: with the high bit set it is 0. */
	r->rr.ttl = r->ttl_word > INT32_MAX ? 0 : r->ttl_word;
	*rdata = *c;
	if (!dns_wire_skip(c, get16(at + 8)))
		return false;
	rdata->end = c->at;
	return true;
}

const struct dns_wire_name *
dns_wire_owner(const struct dns_header *h, const struct dns_record *r)
{
	return r->owner.len == 0 ? &h->question : &r->owner;
}

/* -------------------------------------------------------------- messages */

bool
dns_wire_header(struct dns_cursor *c, struct dns_header *h)
{
	uint16_t questions, class;

	if (!dns_wire_skip(c, 2) || !dns_wire_u16(c, &h->flags) ||
	    !dns_wire_u16(c, &questions) ||
	    !dns_wire_u16(c, &h->count[DNS_ANSWER]) ||
	    !dns_wire_u16(c, &h->count[DNS_AUTHORITY]) ||
	    !dns_wire_u16(c, &h->count[DNS_ADDITIONAL]))
		return false;
	h->rcode = h->flags & RCODE;
	h->opt = false;
	h->ede = -1;
	if ((h->flags & (FLAG_QR | OPCODE)) != FLAG_QR || questions != 1)
		return false;
	return dns_wire_name(c, &h->question) && dns_wire_u16(c, &h->type) &&
	    dns_wire_u16(c, &class) && class == DNS_CLASS_IN;
}

/* The EDNS record (RFC 6891 6.1): at most one, at the root. */
static bool
get_opt(struct dns_header *h, const struct dns_record *r, struct dns_cursor *in)
{
	uint16_t code, octets, info;
	struct dns_cursor option;

	if (h->opt || dns_wire_owner(h, r)->len != 1)
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

bool
dns_wire_next(struct dns_header *h, struct dns_cursor *c, unsigned section,
    struct dns_record *r)
{
	struct dns_cursor rdata;

	if (!dns_wire_record(c, r, &rdata))
		return false;
	if (r->rr.type == TYPE_OPT && section == DNS_ADDITIONAL)
		return get_opt(h, r, &rdata);
	return dns_wire_rdata(&rdata, r);
}
