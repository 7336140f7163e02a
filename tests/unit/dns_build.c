#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/ip.h"
#include "agent/base/name.h"
#include "agent/rules/obs.h"
#include "tests/unit/dns_build.h"
#include "tests/unit/support.h"

static void
add(struct msg *m, const void *bytes, size_t len)
{
	assert_true(m->len + len <= sizeof(m->data));
	memcpy(m->data + m->len, bytes, len);
	m->len += len;
}

static void
add16(struct msg *m, unsigned n)
{
	const uint8_t b[2] = { (uint8_t)(n >> 8), (uint8_t)n };

	add(m, b, 2);
}

static void
add32(struct msg *m, uint32_t n)
{
	add16(m, n >> 16);
	add16(m, n & 0xffff);
}

static void
add_name(struct msg *m, const char *name)
{
	uint8_t wire[NAME_WIRE];
	int n = name_to_wire(name, wire);

	assert_true(n > 0);
	add(m, wire, (size_t)n);
}

void
msg_put16(struct msg *m, size_t at, unsigned value)
{
	assert_true(at + 2 <= m->len);
	m->data[at] = (uint8_t)(value >> 8);
	m->data[at + 1] = (uint8_t)value;
}

unsigned
msg_get16(const uint8_t *data, size_t at)
{
	return (unsigned)data[at] << 8 | data[at + 1];
}

void
msg_hex(struct msg *m, const char *hex)
{
	unsigned byte;
	uint8_t b;

	while (*hex != '\0') {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		assert_int_equal(sscanf(hex, "%2x", &byte), 1);
		b = (uint8_t)byte;
		add(m, &b, 1);
		hex += 2;
	}
}

/* ----------------------------------------------------------------- RDATA */

static void
address(struct msg *m, const char *one, const char *two)
{
	struct ip ip;

	(void)two;
	assert_int_equal(ip_parse(one, &ip), 0);
	add(m, ip.byte, ip.family == 4 ? 4 : 16);
}

static void
host(struct msg *m, const char *one, const char *two)
{
	(void)two;
	add_name(m, one);
}

static void
mx(struct msg *m, const char *one, const char *two)
{
	add16(m, (unsigned)atoi(one));
	add_name(m, two);
}

static void
soa(struct msg *m, const char *one, const char *two)
{
	add_name(m, one);
	add_name(m, "hostmaster.example");
	add32(m, (uint32_t)strtoul(two, NULL, 10));
	add32(m, 7200);
	add32(m, 900);
	add32(m, 1209600);
	add32(m, 300);
}

static void
rrsig(struct msg *m, const char *one, const char *two)
{
	add16(m, (unsigned)atoi(one));
	add16(m, 0x0d02);
	add32(m, 3600);
	add32(m, (uint32_t)strtoul(two, NULL, 10));
	add32(m, 1);
	add16(m, 12345);
	add_name(m, "example");
	add(m, "signature", 9);
}

static void
text(struct msg *m, const char *one, const char *two)
{
	const uint8_t len = (uint8_t)strlen(one);

	(void)two;
	add(m, &len, 1);
	add(m, one, len);
}

static void
hex(struct msg *m, const char *one, const char *two)
{
	(void)two;
	msg_hex(m, one);
}

static const struct {
	const char *name;
	unsigned type;
	void (*add)(struct msg *, const char *, const char *);
} types[] = {
	{ "A", DNS_A, address },
	{ "AAAA", DNS_AAAA, address },
	{ "NS", DNS_NS, host },
	{ "CNAME", DNS_CNAME, host },
	{ "MX", DNS_MX, mx },
	{ "SOA", DNS_SOA, soa },
	{ "RRSIG", DNS_RRSIG, rrsig },
	{ "TXT", DNS_TXT, text },
	{ "OPT", 41, hex },
};

/* -------------------------------------------------------------- messages */

static void
add_rdata(struct msg *m, const char *type, const char *one, const char *two)
{
	size_t i, at = m->len + 8;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, type) == 0)
			break;
	assert_true(i < sizeof(types) / sizeof(types[0]));
	add16(m, types[i].type);
	add16(m, types[i].type == 41 ? 1232 : 1);
	add32(m, 0);
	add16(m, 0);
	types[i].add(m, one, two);
	msg_put16(m, at, (unsigned)(m->len - at - 2));
}

static void
add_raw(struct msg *m, const char *type, const char *bytes)
{
	size_t at;

	add16(m, (unsigned)atoi(type));
	add16(m, 1);
	add32(m, 0);
	at = m->len;
	add16(m, 0);
	msg_hex(m, bytes);
	msg_put16(m, at, (unsigned)(m->len - at - 2));
}

static void
add_record(struct msg *m, const char *line)
{
	char section[4], owner[300], type[8], one[800] = "", two[800] = "";
	unsigned long ttl;
	size_t at, count;

	if (sscanf(line, "%3s %299s %lu %7s %799s %799s", section, owner, &ttl,
	        type, one, two) < 4)
		fail_msg("not a record: %s", line);
	count = strcmp(section, "an") == 0 ? 6 :
	    strcmp(section, "ns") == 0     ? 8 :
	                                     10;
	msg_put16(m, count, msg_get16(m->data, count) + 1);
	add_name(m, owner);
	at = m->len + 4;
	if (strcmp(type, "RAW") == 0)
		add_raw(m, one, two);
	else
		add_rdata(m, type, one, two);
	msg_put16(m, at, (unsigned)(ttl >> 16));
	msg_put16(m, at + 2, (unsigned)(ttl & 0xffff));
}

void
msg_build(struct msg *m, unsigned flags, const char *name, uint16_t type,
    const char *records)
{
	char *copy, *line, *rest;

	m->len = 0;
	add16(m, 0);
	add16(m, flags);
	add16(m, 1);
	add32(m, 0);
	add16(m, 0);
	add_name(m, name);
	add16(m, type);
	add16(m, 1);
	if (records == NULL)
		return;
	copy = strdup(records);
	assert_non_null(copy);
	for (line = strtok_r(copy, ";\n", &rest); line != NULL;
	     line = strtok_r(NULL, ";\n", &rest))
		add_record(m, line);
	free(copy);
}
