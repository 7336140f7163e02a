#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/worker/codec.h"
#include "probes/parse/dns_message.h"
#include "probes/parse/dns_print.h"
#include "tests/unit/dns_build.h"
#include "tests/unit/support.h"

/* Equal prints must mean equal essences: of messages in a table, and of many
 * that are made from few names, so that a good part of them are the same. */

static const struct dns_print_key key = { { 0x0123456789abcdef, 42 } };
static struct msg m;
static uint32_t serial; /* that of an SOA is told from it */

static uint64_t
print_of(const char *name, uint16_t type, bool direct)
{
	const struct dns_print_asked asked = { name, type, direct, serial };
	uint8_t *copy = malloc(m.len);
	uint64_t print;

	assert_non_null(copy);
	/* A copy of its own, so that one octet too far is seen. */
	memcpy(copy, m.data, m.len);
	print = dns_print(&key, &asked, copy, m.len);
	free(copy);
	return print;
}

static uint64_t
print_built(unsigned flags, const char *name, uint16_t type, bool direct,
    const char *records)
{
	msg_build(&m, MSG_QR | flags, name, type, records);
	return print_of(name, type, direct);
}

static void
put_essence(struct buf *out, const char *name, uint16_t type, bool direct)
{
	struct obs_dns *o = obs_dns_new(name, type);

	assert_non_null(o);
	o->direct = direct;
	assert_int_equal(dns_message_read(o, m.data, m.len), 0);
	codec_put_essence(out, o, serial);
	obs_dns_unref(o);
}

/* ------------------------------------------------------------------ tables */

#define MX1 "an w.example 300 MX 10 mx1.example;"
#define MX2 "an w.example 300 MX 20 mx2.example;"
#define SOA "ns example 60 SOA ns.example 1;"
#define OPT "ar . 0 OPT"

struct side {
	unsigned flags;
	const char *name; /* NULL: w.example */
	uint16_t type;    /* 0: MX */
	const char *records;
};

static const struct {
	const char *label;
	bool direct, same;
	struct side a, b;
} pairs[] = {
	{ "other order", false, true, { 0, NULL, 0, MX1 MX2 },
	    { 0, NULL, 0, MX2 MX1 } },
	{ "other TTLs", false, true, { 0, NULL, 0, MX1 },
	    { 0, NULL, 0, "an w.example 9 MX 10 mx1.example" } },
	{ "other TTLs, asked direct", true, false, { 0, NULL, 0, MX1 },
	    { 0, NULL, 0, "an w.example 9 MX 10 mx1.example" } },
	{ "other case", false, true, { 0, NULL, 0, MX1 },
	    { 0, NULL, 0, "an W.Example 300 MX 10 MX1.eXample" } },
	{ "another name that has the same", false, true, { 0, NULL, 0, MX1 },
	    { 0, "v.test", 0, "an v.test 300 MX 10 mx1.example" } },
	{ "itself, under another name", false, true,
	    { 0, NULL, 0, "an w.example 300 MX 10 w.example" },
	    { 0, "v.test", 0, "an v.test 300 MX 10 v.test" } },
	{ "what a resolver adds", false, true, { 0, NULL, 0, MX1 },
	    { 0, NULL, 0,
	        MX1 "ns example 5 NS ns.example;"
	            "ar mx1.example 5 A 192.0.2.1;" OPT } },
	{ "numbers of an SOA beside", false, true, { 0, NULL, 0, SOA },
	    { 0, NULL, 0, "ns example 9 SOA ns.example 7" } },
	{ "nothing, of whichever type", false, true, { 0, NULL, 0, SOA },
	    { 0, NULL, DNS_AAAA, SOA } },
	{ "no EDNS", false, true, { 0, NULL, 0, MX1 OPT },
	    { 0, NULL, 0, MX1 } },
	{ "another target", false, false, { 0, NULL, 0, MX1 },
	    { 0, NULL, 0, "an w.example 300 MX 10 mx2.example" } },
	{ "another preference", false, false, { 0, NULL, 0, MX1 },
	    { 0, NULL, 0, "an w.example 300 MX 11 mx1.example" } },
	{ "a record more", false, false, { 0, NULL, 0, MX1 },
	    { 0, NULL, 0, MX1 MX2 } },
	{ "another type of record", false, false,
	    { 0, NULL, 0, "an w.example 300 NS mx1.example" },
	    { 0, NULL, 0, "an w.example 300 CNAME mx1.example" } },
	{ "another owner", false, false, { 0, NULL, 0, MX1 },
	    { 0, NULL, 0, "an v.example 300 MX 10 mx1.example" } },
	{ "the type asked", false, false, { 0, NULL, 0, MX1 },
	    { 0, NULL, DNS_A, MX1 } },
	{ "another address", false, false,
	    { 0, NULL, DNS_A, "an w.example 300 A 192.0.2.1" },
	    { 0, NULL, DNS_A, "an w.example 300 A 192.0.2.2" } },
	{ "NXDOMAIN", false, false, { 0, NULL, 0, SOA }, { 3, NULL, 0, SOA } },
	{ "AD", false, false, { 0, NULL, 0, MX1 }, { MSG_AD, NULL, 0, MX1 } },
	{ "AA", true, false, { 0, NULL, 0, MX1 }, { MSG_AA, NULL, 0, MX1 } },
	{ "EDE", false, false, { 0, NULL, 0, MX1 OPT },
	    { 0, NULL, 0, MX1 "ar . 0 OPT 000f00020016" } },
	{ "asked direct: numbers of an SOA", true, false, { 0, NULL, 0, SOA },
	    { 0, NULL, 0, "ns example 60 SOA ns.example 2" } },
	{ "asked direct: nothing, of another type", true, false,
	    { 0, NULL, 0, SOA }, { 0, NULL, DNS_NS, SOA } },
	{ "expiry of a signature", false, false,
	    { 0, NULL, 0, MX1 "an w.example 1 RRSIG 15 1767225600" },
	    { 0, NULL, 0, MX1 "an w.example 1 RRSIG 15 1767225601" } },
	{ "which of two aliases is first", false, false,
	    { 0, NULL, 0, "an w.example 1 CNAME a.x;an w.example 1 CNAME b.x" },
	    { 0, NULL, 0,
	        "an w.example 1 CNAME b.x;an w.example 1 CNAME a.x" } },
};

static uint64_t
print_side(const struct side *s, bool direct)
{
	return print_built(s->flags, s->name == NULL ? "w.example" : s->name,
	    s->type == 0 ? DNS_MX : s->type, direct, s->records);
}

static void
test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		uint64_t a = print_side(&pairs[i].a, pairs[i].direct);
		uint64_t b = print_side(&pairs[i].b, pairs[i].direct);

		print_message("  %s\n", pairs[i].label);
		assert_true(a != 0 && b != 0);
		assert_int_equal(a == b, pairs[i].same);
	}
}

static const struct {
	const char *label;
	unsigned flags;
	uint16_t type;
	bool direct;
	const char *records;
} without[] = {
	{ "server failure", 2, DNS_MX, false, NULL },
	{ "format error", 1, DNS_MX, false, NULL },
	{ "cut", MSG_TC, DNS_MX, false, MX1 },
	{ "address of five octets", 0, DNS_A, false,
	    "an w.example 1 RAW 1 c000020105" },
	{ "two EDNS records", 0, DNS_MX, false, OPT ";" OPT },
	{ "a referral, perhaps of another zone", 0, DNS_NS, true,
	    "ns example 60 NS ns.example" },
};

static void
test_without(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		print_message("  %s\n", without[i].label);
		assert_true(
		    print_built(without[i].flags, "w.example", without[i].type,
		        without[i].direct, without[i].records) == 0);
	}
	assert_true(print_built(0, "w.example", DNS_NS, true,
	                "ns w.example 60 NS ns.example") != 0);
	/* Of another question, of one with a dot in a label, too long. */
	print_built(0, "w.example", DNS_MX, false, MX1);
	assert_true(print_of("v.example", DNS_MX, false) == 0);
	assert_true(print_of("w.exampl", DNS_MX, false) == 0);
	assert_true(print_of("w.example", DNS_NS, false) == 0);
	assert_true(print_built(0, "w\\.example", DNS_MX, false, NULL) == 0);
	assert_true(print_of("w.example", DNS_MX, false) == 0);
	assert_true(print_built(0, ".", DNS_NS, false, "an . 1 NS a.x") != 0);
	msg_hex(&m, "00");
	assert_true(print_of(".", DNS_NS, false) == 0);
}

static void
test_too_many_records(void **state)
{
	(void)state;
	print_built(0, "w.example", DNS_A, false, NULL);
	for (int i = 0; i < DNS_RR_MAX; i++)
		msg_hex(&m, "c00c 0001 0001 0000003c 0004 c0000201");
	msg_put16(&m, 6, DNS_RR_MAX);
	assert_true(print_of("w.example", DNS_A, false) != 0);
	msg_hex(&m, "c00c 0001 0001 0000003c 0004 c0000201");
	msg_put16(&m, 6, DNS_RR_MAX + 1);
	assert_true(print_of("w.example", DNS_A, false) == 0);
}

static void
test_compression(void **state)
{
	uint64_t plain = print_built(0, "w.example", DNS_MX, false, MX1);

	(void)state;
	print_built(0, "w.example", DNS_MX, false, NULL);
	msg_hex(&m, "c00c 000f 0001 00000001 0008 000a 036d7831 c00e");
	msg_put16(&m, 6, 1);
	msg_put16(&m, 0, 4711);
	assert_true(print_of("w.example", DNS_MX, false) == plain);
}

static void
test_key(void **state)
{
	const struct dns_print_asked asked = { "w.example", DNS_MX, false, 0 };
	const struct dns_print_key other[] = { { { 1, 42 } },
		{ { 0x0123456789abcdef, 43 } } };
	uint64_t print = print_built(0, "w.example", DNS_MX, false, MX1);

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_true(
		    dns_print(&other[i], &asked, m.data, m.len) != print);
}

/* ---------------------------------------------------------------- made up */

#define MADE 1500

struct record {
	const char *section, *owner, *kind, *data;
	unsigned ttl;
};

static const char *const sections[] = { "an", "ns", "ar" };
static const char *const names[] = { "w.example", "a.example", "example", "." };
static const char *const kinds[] = { "A", "NS", "MX", "CNAME", "SOA", "RRSIG" };
static const char *const values[][2] = { { "192.0.2.1", "192.0.2.2" },
	{ "w.example", "a.example" }, { "1 w.example", "1 a.example" },
	{ "w.example", "a.example" }, { "a.example 1", "a.example 2" },
	{ "1 1", "15 1" } };
static const uint16_t asked_types[] = { DNS_MX, DNS_NS, DNS_A, DNS_CNAME };

struct made {
	uint64_t print;
	struct buf essence;

	bool plain; /* neither asked direct, nor aliases, nor two alike */
};

static unsigned
draw(unsigned below)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (unsigned)(x >> 33) % below;
}

static void
make_record(struct record *r)
{
	unsigned kind = draw(6), section = draw(4);

	r->section = sections[section == 3 ? 0 : section];
	r->owner = names[draw(4) & draw(4)];
	r->kind = kinds[kind];
	r->data = values[kind][draw(2)];
	r->ttl = draw(2);
}

/* As text, section by section, from this record on; in some letters' case. */
static void
write_records(
    char *out, size_t size, const struct record *r, unsigned n, unsigned from)
{
	size_t len = 0;

	*out = '\0';
	for (unsigned i = 0; i < 3 * n; i++) {
		const struct record *one = &r[(i + from) % n];
		size_t at = len + strlen(sections[0]) + 1;

		if (one->section != sections[i / n])
			continue;
		len += (size_t)snprintf(out + len, size - len,
		    "%s %s %u %s %s;", one->section, one->owner, one->ttl,
		    one->kind, one->data);
		if (draw(2) == 0)
			out[at] = (char)toupper((unsigned char)out[at]);
	}
}

static bool
are_plain(const struct record *r, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (strcmp(r[i].kind, "CNAME") == 0)
			return false;
		for (unsigned j = 0; j < i; j++)
			if (r[i].owner == r[j].owner && r[i].data == r[j].data)
				return false;
	}
	return true;
}

/* The message in another order and with other TTLs, as a resolver has it. */
static void
check_rotated(const struct made *made, unsigned flags, uint16_t type,
    struct record *r, unsigned n)
{
	char text[1000];

	for (unsigned i = 0; i < n; i++)
		r[i].ttl = draw(1000);
	write_records(text, sizeof(text), r, n, draw(n));
	assert_true(
	    print_built(flags, "w.example", type, false, text) == made->print);
}

/* Each zone's serial, told from what it was. */
static void
test_serial(void **state)
{
	static const char *const soa[] = { "an w.example 60 SOA a.x 7",
		"an w.example 60 SOA a.x 1000", "ns w.example 60 SOA a.x 1000" };
	static const struct {
		const char *label, *records;
		uint32_t serial;
		bool same;
	} cases[] = {
		{ "another, as far on", soa[1], 993, true },
		{ "not moved, moved", soa[1], 1000, false },
		{ "further on", soa[1], 990, false },
		{ "beside: as it is", soa[2], 993, false },
	};
	uint64_t print, beside;

	(void)state;
	serial = 0;
	print = print_built(0, "w.example", DNS_SOA, true, soa[0]);
	beside = print_built(0, "w.example", DNS_SOA, true, soa[2]);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t other;

		print_message("  %s\n", cases[i].label);
		serial = cases[i].serial;
		other = print_built(
		    0, "w.example", DNS_SOA, true, cases[i].records);
		assert_int_equal(other == print, cases[i].same);
		if (cases[i].records == soa[2])
			assert_true(other == beside);
	}
	serial = 0;
}

static void
make(struct made *made)
{
	bool direct = draw(3) == 0;
	uint16_t type = asked_types[draw(4)];
	unsigned flags = draw(2) * MSG_AA + draw(2) * 3, n = draw(4);
	struct record r[3];
	char text[1000];

	serial = direct ? draw(2) : 0;
	for (unsigned i = 0; i < n; i++)
		make_record(&r[i]);
	write_records(text, sizeof(text), r, n, 0);
	made->plain = !direct && are_plain(r, n);
	made->print = print_built(flags, "w.example", type, direct, text);
	buf_init(&made->essence, 0);
	put_essence(&made->essence, "w.example", type, direct);
	if (made->plain && n > 0)
		check_rotated(made, flags, type, r, n);
}

static bool
is_same_essence(const struct made *a, const struct made *b)
{
	return a->essence.len == b->essence.len &&
	    memcmp(a->essence.data, b->essence.data, a->essence.len) == 0;
}

static void
test_made_up(void **state)
{
	static struct made made[MADE];
	unsigned same = 0;

	(void)state;
	for (size_t i = 0; i < MADE; i++)
		make(&made[i]);
	for (size_t i = 0; i < MADE; i++)
		for (size_t j = 0; made[i].print != 0 && j < i; j++) {
			bool equal = made[i].print == made[j].print;

			same += equal;
			if (equal || (made[i].plain && made[j].plain))
				assert_int_equal(
				    equal, is_same_essence(&made[i], &made[j]));
		}
	assert_true(same > MADE);
	for (size_t i = 0; i < MADE; i++)
		buf_free(&made[i].essence);
	serial = 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_without),
		cmocka_unit_test(test_too_many_records),
		cmocka_unit_test(test_compression),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_serial),
		cmocka_unit_test(test_made_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
