#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"

#include "agent/worker/substance.h"

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
	substance_put_rr(out, o, o->section[i], &rr);
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

	substance_put_outcome(out, o);
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
	substance_outcome(&in, o);
	substance_records(&in, o);
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
	substance_name(&in, "", NULL);
	/* Sorted, those of one section and type are next to each other. */
	for (unsigned n = codec_u16(&in); n > 0 && !in.failed; n--) {
		const uint8_t *at = in.at;

		if (substance_record(&in, "", &rr, NULL, NULL) == DNS_ANSWER &&
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
	substance_name(&in, "", NULL);
	for (unsigned n = codec_u16(&in); n > 0 && !in.failed; n--)
		if (substance_record(&in, "", &rr, NULL, NULL) == DNS_ANSWER &&
		    rr.type == DNS_SOA && !in.failed)
			return in.at - SUBSTANCE_SOA;
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
	text = substance_name(&in, question, owner);
	within = text != question && name_is_below(text, domain);
	for (unsigned n = codec_u16(&in); n > 0 && !in.failed; n--) {
		substance_record(&in, question, &rr, owner, target);
		within |=
		    rr.owner != question && name_is_below(rr.owner, domain);
		within |= rr.target != NULL && name_is_below(rr.target, domain);
	}
	return within;
}
