#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/dnsload.h"

#define DAY 86400

struct reply {
	uint8_t *bytes;
	size_t len;
	unsigned answers, authorities;
};

/* One value of 32 bits a number, and another for each salt. */
static uint32_t
scatter(unsigned number, unsigned salt)
{
	uint32_t x = (number + salt) * 2654435761U;

	x ^= x >> 15;
	x *= 2246822519U;
	return x ^ x >> 13;
}

static unsigned
spread(unsigned number, unsigned salt, unsigned sets)
{
	return scatter(number, salt) % sets;
}

unsigned
ns_hosts(const struct shape *shape)
{
	return (shape->third ? 3 : 2) * shape->ns_sets;
}

/* ----------------------------------------------------------- reading names */

/* The whole name is a number between these. */
static bool
is_numbered(const char *name, const char *before, const char *after,
    unsigned most, unsigned *number)
{
	size_t skip = strlen(before);
	unsigned n = 0;

	if (strncmp(name, before, skip) != 0 || name[skip] < '0' ||
	    name[skip] > '9')
		return false;
	for (name += skip; *name >= '0' && *name <= '9' && n < most; name++)
		n = 10 * n + (unsigned)(*name - '0');
	*number = n;
	return n < most && strcmp(name, after) == 0;
}

static void
recognise(const struct shape *shape, const char *name, struct question *q)
{
	if (is_numbered(name, "d", ".test", shape->domains, &q->number))
		q->kind = DOMAIN;
	else if (*name == '\0')
		q->kind = ROOT;
	else if (strcmp(name, "test") == 0)
		q->kind = TEST;
	else if (is_numbered(name, "tld", ".net.lab", 2, &q->number))
		q->kind = PARENT_HOST;
	else if (is_numbered(
	             name, "ns", ".net.lab", ns_hosts(shape), &q->number))
		q->kind = NS_HOST;
	else if (is_numbered(
	             name, "mx", ".net.lab", 2 * shape->mx_sets, &q->number))
		q->kind = MX_HOST;
	else
		q->kind = NOTHING;
}

static enum fate
fate_of(const struct shape *shape, const struct question *q)
{
	const uint64_t share[] = { 0, shape->dead, shape->slow, shape->nxdomain,
		shape->servfail };
	uint64_t at = scatter(q->number, 99);

	if (q->kind != DOMAIN)
		return FATE_ANSWER;
	for (unsigned i = FATE_DEAD; i <= FATE_SERVFAIL; i++) {
		if (at < share[i])
			return i;
		at -= share[i];
	}
	return FATE_ANSWER;
}

bool
question_read(const struct shape *shape, const uint8_t *in, size_t len,
    struct question *q)
{
	size_t at = 12, text = 0;
	char name[256];

	if (len < 17 || in[4] != 0 || in[5] != 1 || (in[2] & 0x80) != 0)
		return false;
	while (at < len && in[at] != 0) {
		size_t label = in[at++];

		if (label > 63 || at + label > len ||
		    text + label + 2 > sizeof(name))
			return false;
		if (text > 0)
			name[text++] = '.';
		for (size_t i = 0; i < label; i++)
			name[text++] = (char)(in[at + i] |
			    (in[at + i] >= 'A' && in[at + i] <= 'Z' ? 32 : 0));
		at += label;
	}
	name[text] = '\0';
	if (at + 5 > len)
		return false;
	q->bytes = in + 12;
	q->len = at + 5 - 12;
	q->type = (unsigned)in[at + 1] << 8 | in[at + 2];
	q->edns = in[11] != 0;
	recognise(shape, name, q);
	q->fate = fate_of(shape, q);
	return true;
}

/* ---------------------------------------------------------- writing records */

static void
put(struct reply *r, const void *bytes, size_t n)
{
	if (r->len + n <= DNSLOAD_MESSAGE)
		memcpy(r->bytes + r->len, bytes, n);
	r->len += n;
}

static void
put16(struct reply *r, unsigned value)
{
	const uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };

	put(r, bytes, 2);
}

static void
put32(struct reply *r, unsigned value)
{
	put16(r, value >> 16);
	put16(r, value & 0xffff);
}

static void
put_name(struct reply *r, const char *name)
{
	while (*name != '\0') {
		size_t n = strcspn(name, ".");
		uint8_t len = (uint8_t)n;

		put(r, &len, 1);
		put(r, name, n);
		name += n + (name[n] == '.');
	}
	put(r, "", 1);
}

/* "ns17.net.lab": snprintf takes longer than all the rest of an answer. */
static void
put_host(struct reply *r, const char *prefix, unsigned number)
{
	char label[16], *end = label + sizeof(label), *at = end;
	size_t skip = strlen(prefix);

	do
		*--at = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	at -= skip;
	memcpy(at, prefix, skip);
	at--;
	*at = (char)(end - at - 1);
	put(r, at, (size_t)(end - at));
	put(r, "\3net\3lab", 9);
}

/* Owner (the name in the question), type, class, TTL; returns where the length
 * belongs. */
static size_t
begin_record(struct reply *r, unsigned type)
{
	put16(r, 0xc00c);
	put16(r, type);
	put16(r, 1);
	put32(r, DAY);
	put16(r, 0);
	return r->len;
}

static void
end_record(struct reply *r, size_t from)
{
	size_t n = r->len - from;

	r->bytes[from - 2] = (uint8_t)(n >> 8);
	r->bytes[from - 1] = (uint8_t)n;
}

static void
put_ns(struct reply *r, const char *prefix, unsigned number)
{
	size_t at = begin_record(r, TYPE_NS);

	put_host(r, prefix, number);
	end_record(r, at);
}

static void
put_mx(struct reply *r, unsigned preference, unsigned number)
{
	size_t at = begin_record(r, TYPE_MX);

	put16(r, preference);
	put_host(r, "mx", number);
	end_record(r, at);
}

static void
put_soa(struct reply *r, unsigned serial)
{
	size_t at = begin_record(r, TYPE_SOA);

	put_name(r, "ns0.net.lab");
	put_name(r, "hostmaster.net.lab");
	put32(r, serial);
	put32(r, 7200);
	put32(r, 3600);
	put32(r, 1209600);
	put32(r, 300);
	end_record(r, at);
}

/* ----------------------------------------------------------------- contents */

/* How often a domain has changed: each has its own moment. */
static unsigned
edition(const struct shape *shape, const struct question *q, int64_t now_ms)
{
	uint64_t every = (uint64_t)shape->change_ms, ahead;

	if (every == 0 || q->kind != DOMAIN)
		return 0;
	ahead = every * scatter(q->number, 41) >> 32;
	return (unsigned)(((uint64_t)now_ms + ahead) / every);
}

static unsigned
serial_of(const struct shape *shape, const struct question *q, int64_t now_ms)
{
	unsigned serial = 2026112301U;

	if (shape->serials && q->kind == DOMAIN)
		serial += 7 * q->number;
	return serial + edition(shape, q, now_ms);
}

void
host_address(const struct shape *shape, enum kind kind, unsigned n, int family,
    char text[64])
{
	unsigned set = n / 2, which = n % 2;

	if (kind == NS_HOST && n >= 2 * shape->ns_sets) {
		set = n - 2 * shape->ns_sets;
		which = 4;
	}
	*text = '\0';
	if (kind == PARENT_HOST && family == AF_INET)
		snprintf(text, 64, "198.19.%u.53", 162 + n);
	else if (kind == NS_HOST && family == AF_INET)
		snprintf(text, 64, "198.19.%u.%u", 160 + which, set + 1);
	else if (kind == NS_HOST)
		snprintf(text, 64, "2001:db8:6%03u::%u", 160 + which, set + 1);
	else if (kind == MX_HOST && family == AF_INET)
		snprintf(text, 64, "198.19.%u.%u", 170 + n % 64, n / 64 + 1);
	else if (kind == MX_HOST)
		snprintf(
		    text, 64, "2001:db8:7%03u::%u", 170 + n % 64, n / 64 + 1);
}

static void
answer_address(
    const struct shape *shape, struct reply *r, const struct question *q)
{
	int family = q->type == TYPE_A ? AF_INET : AF_INET6;
	uint8_t ip[16];
	char text[64];
	size_t at;

	host_address(shape, q->kind, q->number, family, text);
	if (inet_pton(family, text, ip) != 1)
		return;
	at = begin_record(r, q->type);
	put(r, ip, family == AF_INET ? 4 : 16);
	end_record(r, at);
	r->answers++;
}

static unsigned
put_zone_ns(
    const struct shape *shape, struct reply *r, const struct question *q)
{
	bool domain = q->kind == DOMAIN;
	unsigned set = domain ? spread(q->number, 0, shape->ns_sets) : 0;

	for (unsigned i = 0; i < 2; i++)
		put_ns(r, domain ? "ns" : "tld", 2 * set + i);
	if (!domain || !shape->third || set % 2 == 0)
		return 2;
	put_ns(r, "ns", 2 * shape->ns_sets + set);
	return 3;
}

static void
answer_mx(const struct shape *shape, struct reply *r, const struct question *q,
    int64_t now_ms)
{
	unsigned set =
	    (spread(q->number, 7, shape->mx_sets) + edition(shape, q, now_ms)) %
	    shape->mx_sets;

	r->answers = shape->single ? 1 : 2;
	for (unsigned i = 0; i < r->answers; i++)
		put_mx(r, 10 * (i + 1), 2 * set + i);
}

static void
answer_zone(const struct shape *shape, struct reply *r,
    const struct question *q, int64_t now_ms)
{
	if (q->type == TYPE_NS) {
		r->answers = put_zone_ns(shape, r, q);
	} else if (q->type == TYPE_SOA) {
		put_soa(r, serial_of(shape, q, now_ms));
		r->answers = 1;
	} else if (q->type == TYPE_MX && q->kind == DOMAIN) {
		answer_mx(shape, r, q, now_ms);
	}
}

/* Returns the RCODE. */
static unsigned
answer(const struct shape *shape, struct reply *r, const struct question *q,
    enum role role, int64_t now_ms)
{
	if (q->fate == FATE_SERVFAIL && role != PARENT)
		return 2;
	if (q->fate == FATE_NXDOMAIN)
		;
	else if (role == PARENT && q->kind == DOMAIN)
		r->authorities = put_zone_ns(shape, r, q);
	else if (q->kind <= DOMAIN)
		answer_zone(shape, r, q, now_ms);
	else if (q->type == TYPE_A || q->type == TYPE_AAAA)
		answer_address(shape, r, q);
	if (r->answers + r->authorities == 0) {
		put_soa(r, serial_of(shape, q, now_ms));
		r->authorities = 1;
	}
	return q->kind == NOTHING || q->fate == FATE_NXDOMAIN ? 3 : 0;
}

/* The header, the question, what there is, and OPT. */
size_t
answer_write(const struct shape *shape, const uint8_t *in,
    const struct question *q, enum role role, int64_t now_ms,
    uint8_t out[DNSLOAD_MESSAGE])
{
	struct reply r = { .bytes = out, .len = 12 };
	bool resolver = role <= VANTAGE;
	bool referral = role == PARENT && q->kind == DOMAIN;
	unsigned rcode;

	put(&r, q->bytes, q->len);
	rcode = answer(shape, &r, q, role, now_ms);
	if (q->edns) {
		put(&r, "", 1);
		put16(&r, TYPE_OPT);
		put16(&r, DNSLOAD_MESSAGE);
		put32(&r, 0);
		put16(&r, 0);
	}
	memset(out, 0, 12);
	memcpy(out, in, 2);
	out[2] = (uint8_t)(0x80 | (in[2] & 1) | (resolver || referral ? 0 : 4));
	out[3] = (uint8_t)((resolver ? 0x80 : 0) | rcode);
	out[5] = 1;
	out[7] = (uint8_t)r.answers;
	out[9] = (uint8_t)r.authorities;
	out[11] = q->edns;
	return r.len;
}
