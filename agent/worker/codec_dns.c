#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"

#include "agent/worker/codec.h"
#include "agent/worker/substance.h"

/*
 * A DNS observation is the question, who was asked and how that went, and the
 * substance of the answer.
 */

#define SAME_NAME   2
#define MS_MAX      316224000000.0         /* ten years */
#define EXPIRES_MAX UINT64_C(253402300799) /* the year 9999 */
#define TTL_MAX     INT32_MAX              /* RFC 2181 8 */

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

void
substance_put_rr(struct buf *out, const struct obs_dns *o, unsigned section,
    const struct dns_rr *rr)
{
	codec_put_u8(out, (uint8_t)section);
	codec_put_u16(out, rr->type);
	put_name(out, o, rr->owner);
	codec_put_u32(out, rr->ttl);
	put_data(out, o, rr);
}

void
substance_put_outcome(struct buf *out, const struct obs_dns *o)
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
	substance_put_outcome(out, o);
	codec_put_u16(out, (uint16_t)o->nrr);
	for (size_t i = 0; i < o->nrr; i++)
		substance_put_rr(out, o, o->section[i], &o->rr[i]);
}

/* ---------------------------------------------------------------- reading */

const char *
substance_name(struct cursor *in, const char *question, char *text)
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
	name = substance_name(in, question, target);
	rr->target = (char *)(uintptr_t)name;
	if (rr->type == DNS_SOA)
		rr->soa = get_soa(in);
}

unsigned
substance_record(struct cursor *in, const char *question, struct dns_rr *rr,
    char *owner, char *target)
{
	unsigned section = codec_enum(in, DNS_ADDITIONAL);

	*rr = (struct dns_rr){ .type = codec_u16(in) };
	rr->owner = (char *)(uintptr_t)substance_name(in, question, owner);
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
	unsigned section = substance_record(in, o->name, &rr, owner, target);

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

void
substance_outcome(struct cursor *in, struct obs_dns *o)
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
	canonical = strdup(substance_name(in, o->name, text));
	if (canonical == NULL) {
		codec_fail(in);
		return;
	}
	free(o->canonical);
	o->canonical = canonical;
}

void
substance_records(struct cursor *in, struct obs_dns *o)
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
	substance_outcome(in, o);
	substance_records(in, o);
	if (o->direct && o->server.family == 0)
		codec_fail(in);
	if (!in->failed)
		return o;
	obs_dns_unref(o);
	return NULL;
}
