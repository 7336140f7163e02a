#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/parse/dns_message.h"
#include "tests/unit/dns_build.h"
#include "tests/unit/support.h"

static struct msg m;

static struct obs_dns *
read_exactly(const char *name, uint16_t type, bool direct, const uint8_t *data,
    size_t len)
{
	struct obs_dns *o = obs_dns_new(name, type);
	uint8_t *copy = malloc(len == 0 ? 1 : len);

	assert_non_null(o);
	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, data, len);
	o->direct = direct;
	/* A copy of its own, so that one octet too far is seen. */
	assert_int_equal(dns_message_read(o, copy, len), 0);
	free(copy);
	return o;
}

static struct obs_dns *
read_msg(const char *name, uint16_t type)
{
	return read_exactly(name, type, false, m.data, m.len);
}

/* ----------------------------------------------------- classes of answer */

#define OPT "ar . 0 OPT"
#define SOA "ns example 60 SOA ns.example 1"

static const struct {
	const char *label;
	unsigned flags; /* beside QR */
	uint16_t type;
	bool direct;
	const char *records;
	enum dns_status status;
	int rcode;
	size_t nrr;
	const char *canonical; /* NULL: the name asked */
	unsigned cnames;
	bool loop;
} classes[] = {
	{ .label = "an MX",
	    .type = DNS_MX,
	    .records = "an w.example 300 MX 10 mx.example;" OPT,
	    .status = DNS_OK,
	    .nrr = 1 },
	{ .label = "null MX",
	    .type = DNS_MX,
	    .records = "an w.example 300 MX 0 .",
	    .status = DNS_OK,
	    .nrr = 1 },
	{ .label = "nothing of the type",
	    .type = DNS_MX,
	    .records = SOA,
	    .status = DNS_NODATA,
	    .nrr = 1 },
	{ .label = "nothing at all", .type = DNS_MX, .status = DNS_NODATA },
	{ .label = "no such name",
	    .flags = 3,
	    .type = DNS_MX,
	    .records = SOA,
	    .status = DNS_NXDOMAIN,
	    .rcode = 3,
	    .nrr = 1 },
	{ .label = "server failure",
	    .flags = 2,
	    .type = DNS_MX,
	    .status = DNS_SERVFAIL,
	    .rcode = 2 },
	{ .label = "refused",
	    .flags = 5,
	    .type = DNS_MX,
	    .status = DNS_REFUSED,
	    .rcode = 5 },
	{ .label = "format error",
	    .flags = 1,
	    .type = DNS_MX,
	    .status = DNS_REFUSED,
	    .rcode = 1 },
	{ .label = "not implemented",
	    .flags = 4,
	    .type = DNS_MX,
	    .status = DNS_REFUSED,
	    .rcode = 4 },
	{ .label = "not authoritative",
	    .flags = 9,
	    .type = DNS_MX,
	    .status = DNS_REFUSED,
	    .rcode = 9 },
	{ .label = "records of another name",
	    .type = DNS_MX,
	    .records = "an v.example 300 MX 10 mx.example",
	    .status = DNS_NODATA,
	    .nrr = 1 },
	{ .label = "records of another type",
	    .type = DNS_MX,
	    .records = "an w.example 300 A 192.0.2.1",
	    .status = DNS_NODATA,
	    .nrr = 1 },
	{ .label = "the records in the wrong section",
	    .type = DNS_MX,
	    .records = "ns w.example 300 MX 10 mx.example",
	    .status = DNS_NODATA,
	    .nrr = 1 },
	{ .label = "text: seen, not read",
	    .type = DNS_TXT,
	    .records = "an w.example 300 TXT v=spf1",
	    .status = DNS_OK,
	    .nrr = 1 },
	{ .label = "a type we know nothing of",
	    .type = DNS_MX,
	    .records = "an w.example 1 MX 10 a.example;"
	               "an w.example 1 RAW 99 00ff;ns example 1 RAW 43 01",
	    .status = DNS_OK,
	    .nrr = 1 },
	{ .label = "an alias",
	    .type = DNS_A,
	    .records = "an w.example 60 CNAME a.example;"
	               "an a.example 60 A 192.0.2.1",
	    .status = DNS_OK,
	    .nrr = 2,
	    .canonical = "a.example",
	    .cnames = 1 },
	{ .label = "aliases in any order",
	    .type = DNS_A,
	    .records = "an c.example 60 A 192.0.2.1;"
	               "an b.example 60 CNAME c.example;"
	               "an w.example 60 CNAME b.example",
	    .status = DNS_OK,
	    .nrr = 3,
	    .canonical = "c.example",
	    .cnames = 2 },
	{ .label = "an alias to nothing",
	    .type = DNS_A,
	    .records = "an w.example 60 CNAME a.example;" SOA,
	    .status = DNS_NODATA,
	    .nrr = 2,
	    .canonical = "a.example",
	    .cnames = 1 },
	{ .label = "an alias to a name that is not there",
	    .flags = 3,
	    .type = DNS_A,
	    .records = "an w.example 60 CNAME a.example;" SOA,
	    .status = DNS_NXDOMAIN,
	    .rcode = 3,
	    .nrr = 2,
	    .canonical = "a.example",
	    .cnames = 1 },
	{ .label = "records beside an alias",
	    .type = DNS_A,
	    .records = "an w.example 60 CNAME a.example;"
	               "an w.example 60 A 192.0.2.1",
	    .status = DNS_NODATA,
	    .nrr = 2,
	    .canonical = "a.example",
	    .cnames = 1 },
	{ .label = "the alias is what was asked",
	    .type = DNS_CNAME,
	    .records = "an w.example 60 CNAME a.example",
	    .status = DNS_OK,
	    .nrr = 1 },
	{ .label = "an alias to itself",
	    .type = DNS_A,
	    .records = "an w.example 60 CNAME w.example;"
	               "an w.example 60 A 192.0.2.1",
	    .status = DNS_NODATA,
	    .nrr = 2,
	    .cnames = 32,
	    .loop = true },
	{ .label = "aliases in a circle",
	    .type = DNS_A,
	    .records = "an w.example 60 CNAME a.example;"
	               "an a.example 60 CNAME w.example",
	    .status = DNS_NODATA,
	    .nrr = 2,
	    .cnames = 32,
	    .loop = true },
	{ .label = "eight aliases",
	    .type = DNS_A,
	    .records = "an w.example 1 CNAME b.x;an b.x 1 CNAME c.x;"
	               "an c.x 1 CNAME d.x;an d.x 1 CNAME e.x;"
	               "an e.x 1 CNAME f.x;an f.x 1 CNAME g.x;"
	               "an g.x 1 CNAME h.x;an h.x 1 CNAME i.x;"
	               "an i.x 1 A 192.0.2.1",
	    .status = DNS_OK,
	    .nrr = 9,
	    .canonical = "i.x",
	    .cnames = 8 },
	{ .label = "nine aliases",
	    .type = DNS_A,
	    .records = "an w.example 1 CNAME b.x;an b.x 1 CNAME c.x;"
	               "an c.x 1 CNAME d.x;an d.x 1 CNAME e.x;"
	               "an e.x 1 CNAME f.x;an f.x 1 CNAME g.x;"
	               "an g.x 1 CNAME h.x;an h.x 1 CNAME i.x;"
	               "an i.x 1 CNAME j.x;an j.x 1 A 192.0.2.1",
	    .status = DNS_OK,
	    .nrr = 10,
	    .canonical = "j.x",
	    .cnames = 9 },
	{ .label = "referral, asked direct",
	    .type = DNS_NS,
	    .direct = true,
	    .records = "ns w.example 60 NS ns.w.example;"
	               "ar ns.w.example 60 A 192.0.2.1",
	    .status = DNS_OK,
	    .nrr = 2 },
	{ .label = "referral of a zone above",
	    .type = DNS_NS,
	    .direct = true,
	    .records = "ns example 60 NS ns.example",
	    .status = DNS_OK,
	    .nrr = 1 },
	{ .label = "referral from a resolver",
	    .type = DNS_NS,
	    .records = "ns w.example 60 NS ns.w.example",
	    .status = DNS_NODATA,
	    .nrr = 1 },
	{ .label = "referral, for another type",
	    .type = DNS_MX,
	    .direct = true,
	    .records = "ns w.example 60 NS ns.w.example",
	    .status = DNS_NODATA,
	    .nrr = 1 },
	{ .label = "name servers of another zone",
	    .type = DNS_NS,
	    .direct = true,
	    .records = "ns v.example 60 NS ns.v.example",
	    .status = DNS_NODATA,
	    .nrr = 1 },
	{ .label = "no referral: authoritative",
	    .flags = MSG_AA,
	    .type = DNS_NS,
	    .direct = true,
	    .records = "ns example 60 NS ns.example",
	    .status = DNS_NODATA,
	    .nrr = 1 },
	{ .label = "no referral: with SOA",
	    .type = DNS_NS,
	    .direct = true,
	    .records = "ns example 60 NS ns.example;" SOA,
	    .status = DNS_NODATA,
	    .nrr = 2 },
	{ .label = "no referral: with an answer",
	    .type = DNS_NS,
	    .direct = true,
	    .records = "an w.example 60 A 192.0.2.1;"
	               "ns example 60 NS ns.example",
	    .status = DNS_NODATA,
	    .nrr = 2 },
};

static void
test_classes(void **state)
{
	struct obs_dns *o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		print_message("  %s\n", classes[i].label);
		msg_build(&m, MSG_QR | classes[i].flags, "w.example",
		    classes[i].type, classes[i].records);
		o = read_exactly("w.example", classes[i].type,
		    classes[i].direct, m.data, m.len);
		assert_int_equal(o->status, classes[i].status);
		assert_int_equal(o->rcode, classes[i].rcode);
		assert_int_equal(o->nrr, classes[i].nrr);
		assert_string_equal(o->canonical,
		    classes[i].canonical == NULL ? "w.example" :
		                                   classes[i].canonical);
		assert_int_equal(o->cnames, classes[i].cnames);
		assert_int_equal(o->loop, classes[i].loop);
		obs_dns_unref(o);
	}
}

/* -------------------------------------------------------------- content */

static void
test_fields(void **state)
{
	const struct dns_rr *rr;
	struct obs_dns *o;

	(void)state;
	msg_build(&m, MSG_QR | MSG_AA | MSG_AD, "w.example", DNS_MX,
	    "an W.Example 300 MX 65535 MX.EXAMPLE;"
	    "an w.example 300 RRSIG 15 1767225600;"
	    "ns example 86400 SOA ns.example 4294967295;"
	    "ar mx.example 0 A 192.0.2.7;"
	    "ar mx.example 60 AAAA 2001:db8::7");
	o = read_msg("w.example", DNS_MX);
	assert_int_equal(o->status, DNS_OK);
	assert_true(o->aa && o->ad && !o->tc && !o->cut);
	assert_int_equal(o->ede, -1);
	assert_int_equal(o->nrr, 5);
	rr = obs_dns_find(o, DNS_ANSWER, DNS_MX, "w.example", 0);
	assert_non_null(rr);
	assert_string_equal(rr->target, "mx.example");
	assert_int_equal(rr->preference, 65535);
	assert_int_equal(rr->ttl, 300);
	rr = obs_dns_find(o, DNS_ANSWER, DNS_RRSIG, "w.example", 0);
	assert_non_null(rr);
	assert_int_equal(rr->covered, DNS_MX);
	assert_true(rr->expires == 1767225600);
	rr = obs_dns_find(o, DNS_AUTHORITY, DNS_SOA, "example", 0);
	assert_non_null(rr);
	assert_string_equal(rr->target, "ns.example");
	assert_int_equal(rr->soa.serial, 4294967295u);
	assert_int_equal(rr->soa.refresh, 7200);
	assert_int_equal(rr->soa.retry, 900);
	assert_int_equal(rr->soa.expire, 1209600);
	assert_int_equal(rr->soa.minimum, 300);
	rr = obs_dns_find(o, DNS_ADDITIONAL, DNS_A, "mx.example", 0);
	assert_non_null(rr);
	assert_int_equal(rr->ip.family, 4);
	assert_int_equal(rr->ip.byte[3], 7);
	assert_int_equal(rr->ttl, 0);
	rr = obs_dns_find(o, DNS_ADDITIONAL, DNS_AAAA, "mx.example", 0);
	assert_non_null(rr);
	assert_int_equal(rr->ip.family, 6);
	assert_int_equal(rr->ip.byte[15], 7);
	obs_dns_unref(o);
}

/* RFC 2181 8, and RFC 4034 3.1.5 for signatures past 2038. */
static void
test_numbers(void **state)
{
	static const struct {
		const char *record;
		uint32_t ttl;
		int64_t expires;
	} rows[] = {
		{ "an w.example 2147483647 RRSIG 1 0", 2147483647, 0 },
		{ "an w.example 2147483648 RRSIG 1 2147483648", 0, 2147483648 },
		{ "an w.example 4294967295 RRSIG 1 4294967295", 0, 4294967295 },
	};
	struct obs_dns *o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		msg_build(&m, MSG_QR, "w.example", DNS_A, rows[i].record);
		o = read_msg("w.example", DNS_A);
		assert_int_equal(o->nrr, 1);
		assert_int_equal(o->rr[0].ttl, rows[i].ttl);
		assert_true(o->rr[0].expires == rows[i].expires);
		obs_dns_unref(o);
	}
}

/* Mixed case in the question echoed and in the records (RFC 4343). */
static void
test_case(void **state)
{
	struct obs_dns *o;

	(void)state;
	msg_build(&m, MSG_QR, "w.example", DNS_MX,
	    "an w.example 300 MX 1 Mx.eXample");
	m.data[13] = 'W';
	m.data[15] = 'E';
	o = read_msg("w.example", DNS_MX);
	assert_int_equal(o->status, DNS_OK);
	assert_string_equal(o->rr[0].target, "mx.example");
	obs_dns_unref(o);
}

static void
test_twenty_mx(void **state)
{
	char records[2000] = "", line[80];
	struct obs_dns *o;
	int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		snprintf(line, sizeof(line),
		    "an w.example 60 MX %d mx%d.example;", i / 2, i);
		strcat(records, line);
	}
	msg_build(&m, MSG_QR, "w.example", DNS_MX, records);
	o = read_msg("w.example", DNS_MX);
	assert_int_equal(o->nrr, 20);
	assert_false(o->cut);
	assert_string_equal(o->rr[19].target, "mx19.example");
	assert_int_equal(o->rr[19].preference, 9);
	obs_dns_unref(o);
}

static void
test_too_many_records(void **state)
{
	struct obs_dns *o;
	int i;

	(void)state;
	msg_build(&m, MSG_QR, "w.example", DNS_A, NULL);
	for (i = 0; i < DNS_RR_MAX + 1; i++)
		msg_hex(&m, "c00c 0001 0001 0000003c 0004 c0000201");
	msg_put16(&m, 6, DNS_RR_MAX + 1);
	o = read_msg("w.example", DNS_A);
	assert_int_equal(o->status, DNS_OK);
	assert_int_equal(o->nrr, DNS_RR_MAX);
	assert_true(o->cut);
	obs_dns_unref(o);
}

/* ------------------------------------------------------------------ EDNS */

static void
test_edns(void **state)
{
	static const struct {
		const char *label, *records;
		unsigned flags;
		enum dns_status status;
		int rcode, ede;
	} rows[] = {
		{ "no option", "ar . 0 OPT", 0, DNS_NODATA, 0, -1 },
		{ "EDE alone", "ar . 0 OPT 000f00020006", 2, DNS_SERVFAIL, 2,
		    6 },
		{ "EDE with text", "ar . 0 OPT 000f000500167465 78", 2,
		    DNS_MALFORMED, -1, -1 },
		{ "EDE with its text whole", "ar . 0 OPT 000f00040016abcd", 2,
		    DNS_SERVFAIL, 2, 22 },
		{ "EDE behind a cookie",
		    "ar . 0 OPT 000a0008010203040506070800"
		    "0f0002ffff",
		    2, DNS_SERVFAIL, 2, 65535 },
		{ "the first EDE counts", "ar . 0 OPT 000f00020007000f00020009",
		    2, DNS_SERVFAIL, 2, 7 },
		{ "EDE too short", "ar . 0 OPT 000f000106", 2, DNS_SERVFAIL, 2,
		    -1 },
		{ "BADVERS: 16", "ar . 16777216 OPT", 0, DNS_REFUSED, 16, -1 },
		{ "BADCOOKIE: 23", "ar . 16777216 OPT", 7, DNS_REFUSED, 23,
		    -1 },
		{ "DO flag in the TTL", "ar . 32768 OPT", 3, DNS_NXDOMAIN, 3,
		    -1 },
		{ "two of them", "ar . 0 OPT;ar . 0 OPT", 0, DNS_MALFORMED, -1,
		    -1 },
		{ "not at the root", "ar a 0 OPT", 0, DNS_MALFORMED, -1, -1 },
		{ "an option runs out", "ar . 0 OPT 000f0004", 0, DNS_MALFORMED,
		    -1, -1 },
		{ "half an option head", "ar . 0 OPT 000f00", 0, DNS_MALFORMED,
		    -1, -1 },
		{ "in the answer it is nothing", "an . 16777216 OPT", 0,
		    DNS_NODATA, 0, -1 },
	};
	struct obs_dns *o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("  %s\n", rows[i].label);
		msg_build(&m, MSG_QR | rows[i].flags, "w.example", DNS_MX,
		    rows[i].records);
		o = read_msg("w.example", DNS_MX);
		assert_int_equal(o->status, rows[i].status);
		assert_int_equal(o->rcode, rows[i].rcode);
		assert_int_equal(o->ede, rows[i].ede);
		assert_int_equal(o->nrr, 0);
		obs_dns_unref(o);
	}
}

/* ------------------------------------------------------- not an answer */

static void
test_not_the_question(void **state)
{
	static const struct {
		const char *label, *name;
		uint16_t type;
		unsigned flags;
		size_t at;     /* then this word is changed … */
		unsigned word; /* … to this; at 0: none is */
	} rows[] = {
		{ "another name", "v.example", DNS_MX, MSG_QR, 0, 0 },
		{ "a name below", "a.w.example", DNS_MX, MSG_QR, 0, 0 },
		{ "the root", ".", DNS_MX, MSG_QR, 0, 0 },
		{ "another type", "w.example", DNS_A, MSG_QR, 0, 0 },
		{ "a query", "w.example", DNS_MX, 0, 0, 0 },
		{ "NOTIFY", "w.example", DNS_MX, MSG_QR | 0x2000, 0, 0 },
		{ "no question", "w.example", DNS_MX, MSG_QR, 4, 0 },
		{ "two questions", "w.example", DNS_MX, MSG_QR, 4, 2 },
		{ "another class", "w.example", DNS_MX, MSG_QR, 25, 3 },
	};
	struct obs_dns *o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("  %s\n", rows[i].label);
		msg_build(&m, rows[i].flags, rows[i].name, rows[i].type,
		    "an w.example 60 MX 1 mx.example");
		if (rows[i].at != 0)
			msg_put16(&m, rows[i].at, rows[i].word);
		o = read_msg("w.example", DNS_MX);
		assert_int_equal(o->status, DNS_MALFORMED);
		assert_int_equal(o->rcode, -1);
		assert_int_equal(o->nrr, 0);
		obs_dns_unref(o);
	}
}

/*
 * Records in hex behind the question "w.example MX", which begins at 12 with
 * the label "w", its "example" at 14; the question ends at 27.
 */
static const struct {
	const char *label, *hex;
	enum dns_status status;
} records[] = {
	{ "compressed as it should be",
	    "c00c 000f 0001 0000003c 0007 000a 02 6d78 c00e", DNS_OK },
	{ "a pointer to a pointer", "c00c 000f 0001 0000003c 0004 000a c01b",
	    DNS_OK },
	{ "owner points to itself", "c01b 000f 0001 0000003c 0003 000a 00",
	    DNS_MALFORMED },
	{ "owner points ahead", "c01d 000f 0001 0000003c 0003 000a 00",
	    DNS_MALFORMED },
	{ "owner points into the header",
	    "c000 000f 0001 0000003c 0003 000a 00", DNS_MALFORMED },
	{ "a label, then a pointer to it",
	    "0161 c01b 000f 0001 0000003c 0003 000a 00", DNS_MALFORMED },
	{ "target points to itself", "c00c 000f 0001 0000003c 0004 000a c029",
	    DNS_MALFORMED },
	{ "target points ahead", "c00c 000f 0001 0000003c 0004 000a c02b",
	    DNS_MALFORMED },
	{ "half a pointer", "c00c 000f 0001 0000003c 0003 000a c0",
	    DNS_MALFORMED },
	{ "label of 64 octets", "c00c 000f 0001 0000003c 0003 000a 40",
	    DNS_MALFORMED },
	{ "label type 10", "c00c 000f 0001 0000003c 0004 000a 8000",
	    DNS_MALFORMED },
	{ "name runs out of the RDATA",
	    "c00c 000f 0001 0000003c 0003 000a 01 61 00", DNS_MALFORMED },
	{ "name without its end", "c00c 000f 0001 0000003c 0004 000a 01 61",
	    DNS_MALFORMED },
	{ "something behind the name",
	    "c00c 000f 0001 0000003c 0005 000a c00e ff", DNS_MALFORMED },
	{ "MX without a target", "c00c 000f 0001 0000003c 0002 000a",
	    DNS_MALFORMED },
	{ "MX of one octet", "c00c 000f 0001 0000003c 0001 00", DNS_MALFORMED },
	{ "MX of nothing", "c00c 000f 0001 0000003c 0000", DNS_MALFORMED },
	{ "address of 3 octets", "c00c 0001 0001 0000003c 0003 c00002",
	    DNS_MALFORMED },
	{ "address of 5 octets", "c00c 0001 0001 0000003c 0005 c000020100",
	    DNS_MALFORMED },
	{ "IPv6 address of 4 octets", "c00c 001c 0001 0000003c 0004 c0000201",
	    DNS_MALFORMED },
	{ "SOA cut short",
	    "c00c 0006 0001 0000003c 0014 00 00 00000001 00000002 00000003"
	    "00000004 0000",
	    DNS_MALFORMED },
	{ "RRSIG without a signer",
	    "c00c 002e 0001 0000003c 0012 000f0d0200000e10"
	    "00000001 00000001 3039",
	    DNS_MALFORMED },
	{ "RRSIG of 9 octets",
	    "c00c 002e 0001 0000003c 0009 000f0d0200000e10 00", DNS_MALFORMED },
	{ "RDATA longer than the message",
	    "c00c 000f 0001 0000003c ffff 000a 00", DNS_MALFORMED },
	{ "head cut short", "c00c 000f 0001 0000", DNS_MALFORMED },
	{ "the name alone", "c00c", DNS_MALFORMED },
	{ "something behind the last record",
	    "c00c 000f 0001 0000003c 0003 000a 00 00", DNS_MALFORMED },
	{ "another class: not ours to read", "c00c 000f 0003 0000003c 0001 00",
	    DNS_NODATA },
};

static void
test_records(void **state)
{
	struct obs_dns *o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		print_message("  %s\n", records[i].label);
		msg_build(&m, MSG_QR, "w.example", DNS_MX, NULL);
		msg_put16(&m, 6, 1);
		msg_hex(&m, records[i].hex);
		o = read_msg("w.example", DNS_MX);
		assert_int_equal(o->status, records[i].status);
		assert_int_equal(o->nrr, records[i].status == DNS_OK ? 1 : 0);
		obs_dns_unref(o);
	}
}

/* A good record before a bad one goes with it. */
static void
test_nothing_is_left(void **state)
{
	struct obs_dns *o;

	(void)state;
	msg_build(&m, MSG_QR | MSG_AA, "w.example", DNS_MX,
	    "an w.example 60 MX 1 mx.example;an w.example 60 RAW 15 00");
	o = read_msg("w.example", DNS_MX);
	assert_int_equal(o->status, DNS_MALFORMED);
	assert_int_equal(o->nrr, 0);
	assert_int_equal(o->rcode, -1);
	assert_false(o->aa);
	assert_string_equal(o->canonical, "w.example");
	obs_dns_unref(o);
}

/* Truncated though it came over TCP: what is there is kept. */
static void
test_truncated(void **state)
{
	struct obs_dns *o;

	(void)state;
	msg_build(&m, MSG_QR | MSG_TC, "w.example", DNS_MX,
	    "an w.example 60 MX 1 mx.example;"
	    "an w.example 60 MX 2 my.example;"
	    "ns example 60 NS ns.example");
	o = read_exactly("w.example", DNS_MX, false, m.data, m.len);
	assert_true(o->tc);
	assert_int_equal(o->nrr, 3);
	obs_dns_unref(o);
	o = read_exactly("w.example", DNS_MX, false, m.data, m.len - 32);
	assert_int_equal(o->status, DNS_OK);
	assert_true(o->tc);
	assert_int_equal(o->nrr, 1);
	obs_dns_unref(o);
	o = read_exactly("w.example", DNS_MX, false, m.data, 27);
	assert_int_equal(o->status, DNS_NODATA);
	assert_true(o->tc);
	obs_dns_unref(o);
	o = read_exactly("w.example", DNS_MX, false, m.data, 26);
	assert_int_equal(o->status, DNS_MALFORMED);
	obs_dns_unref(o);
}

/* ----------------------------------------------------------- long names */

/* A question of 255 octets is read, and one pointer more than that is not. */
static void
test_longest_name(void **state)
{
	char label[64], name[256];
	struct obs_dns *o;

	(void)state;
	memset(label, 'a', 63);
	label[63] = '\0';
	snprintf(
	    name, sizeof(name), "%s.%s.%s.%.61s", label, label, label, label);
	msg_build(&m, MSG_QR, name, DNS_A, NULL);
	assert_int_equal(m.len, 12 + 255 + 4);
	msg_put16(&m, 6, 1);
	msg_hex(&m, "c00c 0001 0001 0000003c 0004 c0000201");
	o = read_msg(name, DNS_A);
	assert_int_equal(o->status, DNS_OK);
	obs_dns_unref(o);
	m.len -= 16;
	msg_hex(&m, "0161 c00c 0001 0001 0000003c 0004 c0000201");
	o = read_msg(name, DNS_A);
	assert_int_equal(o->status, DNS_MALFORMED);
	obs_dns_unref(o);
}

/* Thousands of pointers, each to the one before: given up, not followed. */
static void
test_pointer_ladder(void **state)
{
	struct obs_dns *o;
	unsigned i;
	char hex[8];

	(void)state;
	msg_build(&m, MSG_QR, "w.example", DNS_MX, NULL);
	msg_put16(&m, 6, 2);
	msg_hex(&m, "00 0063 0001 0000003c 3000 c00c");
	for (i = 1; i < 0x3000 / 2; i++) {
		snprintf(hex, sizeof(hex), "%04x", 0xc000 + 36 + 2 * i);
		msg_hex(&m, hex);
	}
	snprintf(hex, sizeof(hex), "%04x", 0xc000 + (unsigned)m.len - 2);
	msg_hex(&m, hex);
	msg_hex(&m, "000f 0001 0000003c 0003 000a 00");
	o = read_msg("w.example", DNS_MX);
	assert_int_equal(o->status, DNS_MALFORMED);
	obs_dns_unref(o);
}

/* Octets that a terminal or a log would choke on. */
static void
test_odd_octets(void **state)
{
	struct obs_dns *o;

	(void)state;
	msg_build(&m, MSG_QR, "w.example", DNS_MX,
	    "an w.example 60 RAW 15 0001041b2e005c00");
	o = read_msg("w.example", DNS_MX);
	assert_int_equal(o->status, DNS_OK);
	assert_string_equal(o->rr[0].target, "\\027\\.\\000\\\\");
	obs_dns_unref(o);
}

/* ------------------------------------------------- every way to cut it */

static void
test_prefixes(void **state)
{
	struct obs_dns *o;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		msg_build(&m, MSG_QR | classes[i].flags, "w.example",
		    classes[i].type, classes[i].records);
		for (len = 0; len < m.len; len++) {
			o = read_exactly("w.example", classes[i].type,
			    classes[i].direct, m.data, len);
			assert_int_equal(o->status, DNS_MALFORMED);
			assert_int_equal(o->nrr, 0);
			obs_dns_unref(o);
		}
	}
}

/* Each octet turned over: whatever it then is, it is one of the classes. */
static void
test_flips(void **state)
{
	struct obs_dns *o;
	size_t i, at;

	(void)state;
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		msg_build(&m, MSG_QR | classes[i].flags, "w.example",
		    classes[i].type, classes[i].records);
		for (at = 0; at < m.len; at++) {
			m.data[at] = (uint8_t)~m.data[at];
			o = read_exactly("w.example", classes[i].type,
			    classes[i].direct, m.data, m.len);
			assert_in_range(o->status, DNS_OK, DNS_MALFORMED);
			assert_true(o->status != DNS_MALFORMED || o->nrr == 0);
			obs_dns_unref(o);
			m.data[at] = (uint8_t)~m.data[at];
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_case),
		cmocka_unit_test(test_twenty_mx),
		cmocka_unit_test(test_too_many_records),
		cmocka_unit_test(test_edns),
		cmocka_unit_test(test_not_the_question),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_nothing_is_left),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_pointer_ladder),
		cmocka_unit_test(test_odd_octets),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_flips),
	};

	return cmocka_run_group_tests_name("dns_message", tests, NULL, NULL);
}
