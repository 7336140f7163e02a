#include <endian.h>
#include <string.h>

#include "probes/parse/dns_print.h"
#include "probes/parse/dns_wire.h"

/*
 * Of a record goes into its hash what the essence has of it: section, type,
 * owner, TTL where asked direct, data; first a word that tells how the rest is
 * to be understood.  So does the outcome: flags, codes, and what decides the
 * status beside the records.
 *
 * The essence has the end of the chain of aliases, and with two aliases of one
 * name the first counts: so of an alias its number among them goes in too.
 */

#define SAME_NAME 0    /* in place of a length: the name asked */
#define OUTCOME   0xff /* no section */

#define FORMERR  1
#define SERVFAIL 2
#define TYPE_OPT 41

struct reading {
	const struct dns_print_key *key;
	const struct dns_print_asked *asked;
	struct dns_header header;
	uint64_t sum;
	unsigned kept, cnames;
	bool found; /* a record of the type and name asked */
	bool odd;
};

/* ------------------------------------------------------------------- hash */

/* SipHash with one round a word and three at the end (Aumasson and Bernstein
 * 2012), of whole words. */
struct sip {
	uint64_t a, b, c, d;
};

static struct sip
sip_begin(const struct dns_print_key *key)
{
	return (struct sip){
		key->word[0] ^ UINT64_C(0x736f6d6570736575),
		key->word[1] ^ UINT64_C(0x646f72616e646f6d),
		key->word[0] ^ UINT64_C(0x6c7967656e657261),
		key->word[1] ^ UINT64_C(0x7465646279746573),
	};
}

static inline uint64_t
turn(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void
sip_round(struct sip *s)
{
	s->a += s->b;
	s->b = turn(s->b, 13) ^ s->a;
	s->a = turn(s->a, 32);
	s->c += s->d;
	s->d = turn(s->d, 16) ^ s->c;
	s->a += s->d;
	s->d = turn(s->d, 21) ^ s->a;
	s->c += s->b;
	s->b = turn(s->b, 17) ^ s->c;
	s->c = turn(s->c, 32);
}

static inline void
sip_take(struct sip *s, uint64_t word)
{
	s->d ^= word;
	sip_round(s);
	s->a ^= word;
}

static inline uint64_t
sip_end(struct sip *s)
{
	s->c ^= 0xff;
	for (unsigned i = 0; i < 3; i++)
		sip_round(s);
	return s->a ^ s->b ^ s->c ^ s->d;
}

static inline uint64_t
load(const void *octets)
{
	uint64_t word;

	memcpy(&word, octets, sizeof(word));
	return le64toh(word);
}

/* The word of a name that begins there, with zeros behind its end. */
static inline uint64_t
word_of(const struct dns_wire_name *n, size_t at)
{
	uint64_t word = load(n->wire + at);
	size_t left = n->len - at;

	return left < sizeof(word) ? word & ~(~UINT64_C(0) << 8 * left) : word;
}

/* 0: it is the name asked. */
static void
take_name(struct sip *s, const struct dns_wire_name *n, uint64_t len)
{
	for (size_t at = 0; at < len; at += sizeof(uint64_t))
		sip_take(s, word_of(n, at));
}

/* ---------------------------------------------------------------- reading */

/* Whether it is a referral is told by what its owner is to the name asked. */
static bool
may_refer(const struct reading *p, unsigned section, const struct dns_record *r)
{
	return p->asked->direct && p->asked->type == DNS_NS &&
	    section == DNS_AUTHORITY && r->rr.type == DNS_NS &&
	    (p->header.flags & DNS_WIRE_AA) == 0 &&
	    p->header.count[DNS_ANSWER] == 0;
}

/* Of what a resolver adds the essence has the zone alone. */
static bool
is_of_essence(const struct reading *p, unsigned section, uint16_t type)
{
	return p->asked->direct || section == DNS_ANSWER ||
	    (section == DNS_AUTHORITY && type == DNS_SOA);
}

/* The length, or SAME_NAME. */
static uint64_t
length_of(const struct reading *p, const struct dns_wire_name *n)
{
	const struct dns_wire_name *question = &p->header.question;

	if (n->len != question->len)
		return n->len;
	for (size_t at = 0; at < n->len; at += sizeof(uint64_t))
		if (word_of(n, at) != word_of(question, at))
			return n->len;
	return SAME_NAME;
}

/* Of the data, what is a small number. */
static uint64_t
number_of(struct reading *p, unsigned section, const struct dns_rr *rr)
{
	if (rr->type == DNS_CNAME && section == DNS_ANSWER)
		return p->cnames++;
	return rr->type == DNS_RRSIG ? rr->covered : rr->preference;
}

/* beside: it is not what was asked for. */
static void
take_data(struct sip *s, const struct dns_rr *rr, uint32_t serial, bool beside)
{
	switch (rr->type) {
	case DNS_A:
	case DNS_AAAA:
		sip_take(s, load(rr->ip.byte));
		sip_take(s, load(rr->ip.byte + 8));
		break;
	case DNS_RRSIG:
		sip_take(s, (uint64_t)rr->expires);
		break;
	case DNS_SOA:
		if (beside)
			break;
		serial = rr->soa.serial - serial;
		sip_take(s, (uint64_t)serial << 32 | rr->soa.refresh);
		sip_take(s, (uint64_t)rr->soa.retry << 32 | rr->soa.expire);
		sip_take(s, rr->soa.minimum);
		break;
	default:
		break;
	}
}

static void
hash(struct reading *p, unsigned section, const struct dns_record *r,
    uint64_t owner)
{
	uint64_t target = length_of(p, &r->target);
	bool direct = p->asked->direct;
	struct sip s = sip_begin(p->key);

	sip_take(&s,
	    section | (uint64_t)r->rr.type << 8 | owner << 24 | target << 32 |
	        number_of(p, section, &r->rr) << 40 | (uint64_t)direct << 56);
	if (direct)
		sip_take(&s, r->rr.ttl);
	take_name(&s, &r->owner, owner);
	take_name(&s, &r->target, target);
	take_data(&s, &r->rr, section == DNS_ANSWER ? p->asked->serial : 0,
	    !direct && section != DNS_ANSWER);
	p->sum += sip_end(&s);
}

static void
take(struct reading *p, unsigned section, const struct dns_record *r)
{
	uint64_t owner = r->owner.len;

	if (!dns_wire_kept(r, p->asked->type))
		return;
	p->kept++;
	if (!is_of_essence(p, section, r->rr.type))
		return;
	if (owner > 0)
		owner = length_of(p, &r->owner);
	if (owner != SAME_NAME)
		p->odd |= may_refer(p, section, r);
	else if (section == DNS_ANSWER && r->rr.type == p->asked->type)
		p->found = true;
	hash(p, section, r, owner);
}

/* Is it the name asked?  Not said of one with escapes in it. */
static bool
is_asked(const struct dns_wire_name *n, const char *text)
{
	const uint8_t *at = n->wire;
	size_t left = strlen(text);

	if (n->len == 1 || memchr(text, '\\', left) != NULL)
		return n->len == 1 && strcmp(text, ".") == 0;
	/* A dot, or the NUL, where each label's length is but the first's. */
	if (left + 2 != n->len)
		return false;
	for (size_t label = *at++;; label = *at++) {
		/* A dot inside a label would be escaped. */
		if (memcmp(text, at, label) != 0 ||
		    memchr(at, '.', label) != NULL)
			return false;
		at += label;
		text += label;
		if (*at == 0)
			return *text == '\0';
		if (*text++ != '.')
			return false;
	}
}

/* All that the essence has beside the records, as far as those do not say it:
 * aliases and a server's own answer do not say which type was asked. */
static void
take_outcome(struct reading *p)
{
	const struct dns_header *h = &p->header;
	bool direct = p->asked->direct, typed = direct || p->cnames > 0;
	bool empty = direct && h->count[DNS_ANSWER] == 0;
	bool found = !typed && p->found && h->rcode == 0;
	uint64_t flags = h->flags & (DNS_WIRE_AA | DNS_WIRE_AD);
	struct sip s = sip_begin(p->key);

	sip_take(&s,
	    OUTCOME | (typed ? (uint64_t)p->asked->type << 8 : 0) |
	        flags << 24 | (uint64_t)direct << 40 | (uint64_t)empty << 41 |
	        (uint64_t)found << 42);
	sip_take(&s, (uint64_t)h->rcode << 32 | (uint32_t)h->ede);
	p->sum += sip_end(&s);
}

static bool
is_odd(const struct reading *p)
{
	return p->odd || p->kept > DNS_RR_MAX || p->header.rcode == FORMERR ||
	    p->header.rcode == SERVFAIL || p->asked->type == TYPE_OPT;
}

uint64_t
dns_print(const struct dns_print_key *key, const struct dns_print_asked *asked,
    const uint8_t *msg, size_t len)
{
	struct dns_cursor c = { .msg = msg, .end = len, .len = len };
	struct reading p;
	struct dns_record r;

	p.key = key;
	p.asked = asked;
	p.sum = 0;
	p.kept = p.cnames = 0;
	p.found = p.odd = false;
	if (!dns_wire_header(&c, &p.header) ||
	    (p.header.flags & DNS_WIRE_TC) != 0 ||
	    p.header.type != asked->type ||
	    !is_asked(&p.header.question, asked->name))
		return 0;
	for (unsigned section = 0; section < 3; section++)
		for (unsigned i = 0; i < p.header.count[section]; i++) {
			bool had = p.header.opt;

			if (!dns_wire_next(&p.header, &c, section, &r))
				return 0;
			if (p.header.opt == had)
				take(&p, section, &r);
		}
	if (dns_wire_left(&c) != 0 || is_odd(&p))
		return 0;
	take_outcome(&p);
	return p.sum == 0 ? 1 : p.sum;
}
