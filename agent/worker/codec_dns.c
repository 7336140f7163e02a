#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"

#include "agent/worker/codec.h"

/*
 * A DNS observation is the question, who was asked and how that went, and the
 * substance, which is also the whole of the essence:
 *
 *	status, flags, RCODE, EDE, the chain of aliases, the records
 *
 * A record has what its type has and nothing else.  In names of the substance
 * the length 2, which no name has, stands for the question's name.
 */

#define SAME_NAME   2
#define SOA_NUMBERS (5 * 4)                /* bytes, the serial first */
#define MS_MAX      316224000000.0         /* ten years */
#define EXPIRES_MAX UINT64_C(253402300799) /* the year 9999 */
#define TTL_MAX     INT32_MAX              /* RFC 2181 8 */

enum flag {
	FLAG_AA = 1,
	FLAG_AD = 2,
	FLAG_TC = 4,
	FLAG_CUT = 8,
	FLAG_LOOP = 16,
	FLAG_DIRECT = 32,
	FLAG_ALL = 63
};

static unsigned
flags_of(const struct obs_dns *o)
{
	return (o->aa ? FLAG_AA : 0U) | (o->ad ? FLAG_AD : 0U) |
	    (o->tc ? FLAG_TC : 0U) | (o->cut ? FLAG_CUT : 0U) |
	    (o->loop ? FLAG_LOOP : 0U) | (o->direct ? FLAG_DIRECT : 0U);
}

/* ---------------------------------------------------------------- writing */

/* NULL is written as the root: no record has it. */
static void
put_name(struct buf *out, const struct obs_dns *o, const char *name)
{
	if (name != NULL && strcmp(name, o->name) == 0)
		codec_put_u8(out, SAME_NAME);
	else
		codec_put_name(out, name == NULL ? "." : name);
}

static void
put_soa(struct buf *out, const struct dns_soa *soa)
{
	codec_put_u32(out, soa->serial);
	codec_put_u32(out, soa->refresh);
	codec_put_u32(out, soa->retry);
	codec_put_u32(out, soa->expire);
	codec_put_u32(out, soa->minimum);
}

/* What this type of record has. */
static void
put_data(struct buf *out, const struct obs_dns *o, const struct dns_rr *rr)
{
	switch (rr->type) {
	case DNS_A:
		buf_add(out, rr->ip.byte, 4);
		break;
	case DNS_AAAA:
		buf_add(out, rr->ip.byte, 16);
		break;
	case DNS_MX:
		codec_put_u16(out, rr->preference);
		put_name(out, o, rr->target);
		break;
	case DNS_NS:
	case DNS_CNAME:
		put_name(out, o, rr->target);
		break;
	case DNS_SOA:
		put_name(out, o, rr->target);
		put_soa(out, &rr->soa);
		break;
	case DNS_RRSIG:
		codec_put_u16(out, rr->covered);
		codec_put_u64(out, (uint64_t)rr->expires);
		break;
	default:
		break;
	}
}

static void
put_rr(struct buf *out, const struct obs_dns *o, unsigned section,
    const struct dns_rr *rr)
{
	codec_put_u8(out, (uint8_t)section);
	codec_put_u16(out, rr->type);
	put_name(out, o, rr->owner);
	codec_put_u32(out, rr->ttl);
	put_data(out, o, rr);
}

/* The substance, but for the records. */
static void
put_outcome(struct buf *out, const struct obs_dns *o)
{
	codec_put_u8(out, (uint8_t)o->status);
	codec_put_u8(out, (uint8_t)flags_of(o));
	codec_put_u16(out, (uint16_t)(o->rcode + 1));
	codec_put_u32(out, (uint32_t)(o->ede + 1));
	codec_put_u8(out, (uint8_t)o->cnames);
	put_name(out, o, o->canonical);
}

void
codec_put_dns(struct buf *out, const struct obs_dns *o)
{
	codec_put_name(out, o->name);
	codec_put_u16(out, o->type);
	codec_put_u16(out, (uint16_t)o->vantage);
	codec_put_ip(out, &o->server);
	codec_put_double(out, o->rtt_ms);
	codec_put_u16(out, (uint16_t)o->tries);
	codec_put_u64(out, o->print);
	put_outcome(out, o);
	codec_put_u16(out, (uint16_t)o->nrr);
	for (size_t i = 0; i < o->nrr; i++)
		put_rr(out, o, o->section[i], &o->rr[i]);
}

/* ---------------------------------------------------------------- reading */

/* A name of the substance.  text: room for it, or NULL: it is passed over. */
static const char *
get_name(struct cursor *in, const char *question, char *text)
{
	size_t len = codec_u8(in);
	uint8_t wire[NAME_WIRE] = { 0 };
	const uint8_t *bytes;

	if (len == SAME_NAME)
		return question;
	bytes = len == 0 ? NULL : codec_bytes(in, len - 1);
	if (bytes != NULL && text == NULL)
		return question;
	if (bytes != NULL)
		memcpy(wire, bytes, len - 1);
	if (bytes == NULL || name_from_wire(wire, len, text) != 0) {
		codec_fail(in);
		return question;
	}
	return text;
}

static void
get_address(struct cursor *in, uint8_t family, struct ip *ip)
{
	size_t octets = family == 4 ? 4 : 16;
	const uint8_t *bytes = codec_bytes(in, octets);

	ip->family = family;
	if (bytes != NULL)
		memcpy(ip->byte, bytes, octets);
}

static struct dns_soa
get_soa(struct cursor *in)
{
	struct dns_soa soa;

	soa.serial = codec_u32(in);
	soa.refresh = codec_u32(in);
	soa.retry = codec_u32(in);
	soa.expire = codec_u32(in);
	soa.minimum = codec_u32(in);
	return soa;
}

static int64_t
get_expiry(struct cursor *in)
{
	uint64_t expires = codec_u64(in);

	if (expires > EXPIRES_MAX)
		codec_fail(in);
	return expires > EXPIRES_MAX ? 0 : (int64_t)expires;
}

/* target: room for a name. */
static void
get_data(
    struct cursor *in, const char *question, struct dns_rr *rr, char *target)
{
	const char *name;

	switch (rr->type) {
	case DNS_A:
		get_address(in, 4, &rr->ip);
		return;
	case DNS_AAAA:
		get_address(in, 6, &rr->ip);
		return;
	case DNS_RRSIG:
		rr->covered = codec_u16(in);
		rr->expires = get_expiry(in);
		return;
	case DNS_MX:
		rr->preference = codec_u16(in);
		break;
	case DNS_NS:
	case DNS_CNAME:
	case DNS_SOA:
		break;
	default:
		return;
	}
	name = get_name(in, question, target);
	rr->target = (char *)(uintptr_t)name;
	if (rr->type == DNS_SOA)
		rr->soa = get_soa(in);
}

/* Returns the section.  owner, target: as in get_name(). */
static unsigned
get_record(struct cursor *in, const char *question, struct dns_rr *rr,
    char *owner, char *target)
{
	unsigned section = codec_enum(in, DNS_ADDITIONAL);

	*rr = (struct dns_rr){ .type = codec_u16(in) };
	rr->owner = (char *)(uintptr_t)get_name(in, question, owner);
	rr->ttl = codec_u32(in);
	if (rr->ttl > TTL_MAX)
		codec_fail(in);
	get_data(in, question, rr, target);
	return section;
}

static void
get_rr(struct cursor *in, struct obs_dns *o)
{
	char owner[NAME_TEXT], target[NAME_TEXT];
	struct dns_rr rr;
	unsigned section = get_record(in, o->name, &rr, owner, target);

	if (!in->failed && obs_dns_add(o, (enum dns_section)section, &rr) != 0)
		codec_fail(in);
}

static void
set_flags(struct obs_dns *o, unsigned flags)
{
	o->aa = flags & FLAG_AA;
	o->ad = flags & FLAG_AD;
	o->tc = flags & FLAG_TC;
	o->cut = flags & FLAG_CUT;
	o->loop = flags & FLAG_LOOP;
	o->direct = flags & FLAG_DIRECT;
}

static void
get_outcome(struct cursor *in, struct obs_dns *o)
{
	char text[NAME_TEXT], *canonical;
	uint32_t rcode, ede;

	o->status = (enum dns_status)codec_enum(in, DNS_STATUS_COUNT - 1);
	set_flags(o, codec_enum(in, FLAG_ALL));
	rcode = codec_u16(in);
	ede = codec_u32(in);
	o->cnames = codec_u8(in);
	/* RFC 6891 6.1.3: twelve bits; RFC 8914 2: sixteen. */
	if (rcode > 4096 || ede > 65536)
		codec_fail(in);
	o->rcode = (int)rcode - 1;
	o->ede = in->failed ? -1 : (int)ede - 1;
	canonical = strdup(get_name(in, o->name, text));
	if (canonical == NULL) {
		codec_fail(in);
		return;
	}
	free(o->canonical);
	o->canonical = canonical;
}

static void
get_records(struct cursor *in, struct obs_dns *o)
{
	size_t n = codec_u16(in);

	if (n > DNS_RR_MAX)
		codec_fail(in);
	for (size_t i = 0; i < n && !in->failed; i++)
		get_rr(in, o);
}

/* Who was asked, and how long it took. */
static void
get_circumstances(struct cursor *in, struct obs_dns *o)
{
	o->vantage = codec_u16(in);
	o->server = codec_ip(in);
	o->rtt_ms = codec_double(in);
	o->tries = codec_u16(in);
	o->print = codec_u64(in);
	if (!(o->rtt_ms >= -1 && o->rtt_ms <= MS_MAX))
		codec_fail(in);
}

struct obs_dns *
codec_dns(struct cursor *in)
{
	char *name = codec_name(in);
	uint16_t type = codec_u16(in);
	struct obs_dns *o = name == NULL ? NULL : obs_dns_new(name, type);

	free(name);
	if (o == NULL) {
		codec_fail(in);
		return NULL;
	}
	get_circumstances(in, o);
	get_outcome(in, o);
	get_records(in, o);
	if (o->direct && o->server.family == 0)
		codec_fail(in);
	if (!in->failed)
		return o;
	obs_dns_unref(o);
	return NULL;
}

/* ---------------------------------------------------------------- essence */

struct piece {
	size_t at, len;
	const char *bytes; /* of all */
};

static int
compare_pieces(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;
	int order = memcmp(a->bytes + a->at, b->bytes + b->at,
	    a->len < b->len ? a->len : b->len);

	if (order != 0)
		return order;
	return (a->len > b->len) - (a->len < b->len);
}

/* Append the record as far as it is of the essence. */
static void
put_part(struct buf *out, const struct obs_dns *o, size_t i, uint32_t serial)
{
	struct dns_rr rr = o->rr[i];

	if (rr.type == DNS_SOA && o->section[i] == DNS_ANSWER)
		rr.soa.serial -= serial;
	if (!o->direct) {
		rr.ttl = 0;
		if (o->section[i] != DNS_ANSWER) {
			if (o->section[i] != DNS_AUTHORITY ||
			    rr.type != DNS_SOA)
				return;
			rr.soa = (struct dns_soa){ 0 };
		}
	}
	put_rr(out, o, o->section[i], &rr);
}

/* Sort the pieces, each once; returns how many are left. */
static size_t
sort_pieces(struct piece *piece, size_t n)
{
	size_t kept = 0;

	qsort(piece, n, sizeof(*piece), compare_pieces);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 ||
		    compare_pieces(&piece[kept - 1], &piece[i]) != 0)
			piece[kept++] = piece[i];
	return kept;
}

void
codec_put_essence(struct buf *out, const struct obs_dns *o, uint32_t serial)
{
	struct piece piece[DNS_RR_MAX];
	struct buf all;
	size_t n = 0;

	put_outcome(out, o);
	buf_init(&all, 0);
	for (size_t i = 0; i < o->nrr && i < DNS_RR_MAX; i++) {
		size_t at = all.len;

		put_part(&all, o, i, serial);
		if (all.len > at)
			piece[n++] = (struct piece){ at, all.len - at, NULL };
	}
	for (size_t i = 0; i < n; i++)
		piece[i].bytes = all.data;
	n = sort_pieces(piece, n);
	codec_put_u16(out, (uint16_t)n);
	for (size_t i = 0; i < n; i++)
		buf_add(out, all.data + piece[i].at, piece[i].len);
	out->failed |= all.failed;
	buf_free(&all);
}

struct obs_dns *
codec_essence(const uint8_t *bytes, size_t len, const char *name, uint16_t type)
{
	struct cursor in = { .at = bytes, .end = bytes + len };
	struct obs_dns *o = obs_dns_new(name, type);

	if (o == NULL)
		return NULL;
	o->rtt_ms = -1;
	o->tries = 1;
	get_outcome(&in, o);
	get_records(&in, o);
	o->faded = !o->direct;
	if (codec_ended(&in))
		return o;
	obs_dns_unref(o);
	return NULL;
}

void
codec_gist(const uint8_t *bytes, size_t len, struct codec_gist *out)
{
	struct cursor in = { .at = bytes, .end = bytes + len };
	struct dns_rr rr;

	*out = (struct codec_gist){ .status = (enum dns_status)codec_enum(
		                        &in, DNS_STATUS_COUNT - 1) };
	out->loop = codec_enum(&in, FLAG_ALL) & FLAG_LOOP;
	codec_bytes(&in, 2 + 4 + 1); /* RCODE, EDE, length of the chain */
	get_name(&in, "", NULL);
	/* Sorted, those of one section and type are next to each other. */
	for (unsigned n = codec_u16(&in); n > 0 && !in.failed; n--) {
		const uint8_t *at = in.at;

		if (get_record(&in, "", &rr, NULL, NULL) == DNS_ANSWER &&
		    rr.type == DNS_MX) {
			out->mx = out->mx == NULL ? at : out->mx;
			out->len = (size_t)(in.at - out->mx);
		}
	}
}

const uint8_t *
codec_serial(const uint8_t *bytes, size_t len)
{
	struct cursor in = { .at = bytes, .end = bytes + len };
	struct dns_rr rr;

	codec_bytes(&in, 1 + 1 + 2 + 4 + 1); /* the outcome up to its name */
	get_name(&in, "", NULL);
	for (unsigned n = codec_u16(&in); n > 0 && !in.failed; n--)
		if (get_record(&in, "", &rr, NULL, NULL) == DNS_ANSWER &&
		    rr.type == DNS_SOA && !in.failed)
			return in.at - SOA_NUMBERS;
	return NULL;
}

bool
codec_is_within(
    const uint8_t *bytes, size_t len, const char *question, const char *domain)
{
	struct cursor in = { .at = bytes, .end = bytes + len };
	char owner[NAME_TEXT], target[NAME_TEXT];
	struct dns_rr rr;
	const char *text;
	bool within;

	codec_bytes(&in, 1 + 1 + 2 + 4 + 1); /* the outcome up to its name */
	text = get_name(&in, question, owner);
	within = text != question && name_is_below(text, domain);
	for (unsigned n = codec_u16(&in); n > 0 && !in.failed; n--) {
		get_record(&in, question, &rr, owner, target);
		within |=
		    rr.owner != question && name_is_below(rr.owner, domain);
		within |= rr.target != NULL && name_is_below(rr.target, domain);
	}
	return within;
}
