#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "tests/unit/support.h"

#include "tests/unit/facts.h"

const struct wall facts_now = { 1795452000000000 };

static char *
copy(const char *text)
{
	char *new = strdup(text);

	assert_non_null(new);
	return new;
}

static struct ip
address_of(const char *text)
{
	struct ip ip;

	if (ip_parse(text, &ip) != 0)
		fail_msg("no address: %s", text);
	return ip;
}

void
facts_policy(struct policy *p)
{
	static const char *const documentation[] = { "192.0.2.0/24",
		"198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32" };
	struct ip_net net;

	policy_init(p);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(ip_net_parse(documentation[i], &net), 0);
		assert_int_equal(policy_allow(p, &net), 0);
	}
}

struct facts *
facts_blank(const char *domain, unsigned nvantage)
{
	struct facts *f = facts_new(domain);
	char name[16], resolver[32];

	assert_non_null(f);
	f->started = facts_now;
	f->duration_ms = 100;
	f->dns_ms = 20;
	f->depth = DEPTH_STARTTLS;
	f->port = 25;
	f->zone = copy(domain);
	f->parent = copy(name_parent(domain, 1));
	for (unsigned i = 0; i < nvantage; i++) {
		snprintf(name, sizeof(name), "v%u", i);
		snprintf(resolver, sizeof(resolver), "192.0.2.%u:53", 200 + i);
		assert_int_equal(
		    facts_add_vantage(f, name, resolver, false), 0);
		f->vantage[i].alive = TRI_YES;
	}
	return f;
}

/* ------------------------------------------------------------- records */

/* Read one record in the form of the header into *rr; target points into
 * text, which is changed. */
static void
read_record(char *text, uint16_t type, struct dns_rr *rr)
{
	char *ttl = strchr(text, '/'), *target = strrchr(text, ' ');

	rr->type = type;
	rr->ttl = 86400;
	if (ttl != NULL) {
		*ttl = '\0';
		rr->ttl = (uint32_t)strtoul(ttl + 1, NULL, 10);
	}
	if (type == DNS_A || type == DNS_AAAA) {
		rr->ip = address_of(text);
		return;
	}
	rr->target = target != NULL ? target + 1 : text;
	if (type == DNS_MX)
		rr->preference = (uint16_t)strtoul(text, NULL, 10);
}

static void
add_record(struct obs_dns *o, enum dns_section section, struct dns_rr *rr)
{
	assert_int_equal(obs_dns_add(o, section, rr), 0);
}

static void
add_records(struct obs_dns *o, enum dns_section section, const char *owner,
    uint16_t type, const char *records)
{
	char *all = copy(records), *save, *one = strtok_r(all, ",", &save);

	for (; one != NULL; one = strtok_r(NULL, ",", &save)) {
		struct dns_rr rr = { .owner = copy(owner) };

		one += strspn(one, " ");
		one[strcspn(one, "\n")] = '\0';
		read_record(one, type, &rr);
		add_record(o, section, &rr);
		free(rr.owner);
	}
	free(all);
}

static struct obs_dns *
new_answer(const char *name, uint16_t type, const char *records)
{
	struct obs_dns *o = obs_dns_new(name, type);

	assert_non_null(o);
	o->status = *records != '\0' ? DNS_OK : DNS_NODATA;
	o->rcode = 0;
	o->rtt_ms = 10;
	o->tries = 1;
	add_records(o, DNS_ANSWER, name, type, records);
	return o;
}

static const int rcode_of[DNS_STATUS_COUNT] = {
	[DNS_OK] = 0,
	[DNS_NODATA] = 0,
	[DNS_NXDOMAIN] = 3,
	[DNS_SERVFAIL] = 2,
	[DNS_REFUSED] = 5,
	[DNS_TIMEOUT] = -1,
	[DNS_BOGUS] = 2,
	[DNS_MALFORMED] = -1,
	[DNS_UNREACHABLE] = -1,
	[DNS_UNCHECKED] = -1,
};

static void
set_status(struct obs_dns *o, enum dns_status status)
{
	o->status = status;
	o->rcode = rcode_of[status];
	if (o->rcode < 0)
		o->rtt_ms = -1;
}

/* Put o in, in place of what was said before to the same question. */
static void
put_dns(struct facts *f, struct obs_dns *o)
{
	for (size_t i = 0; i < f->ndns; i++) {
		struct obs_dns *old = f->dns[i];

		if (old->direct == o->direct && old->type == o->type &&
		    strcmp(old->name, o->name) == 0 &&
		    (o->direct ? ip_equal(&old->server, &o->server) :
		                 old->vantage == o->vantage)) {
			obs_dns_unref(old);
			f->dns[i] = o;
			return;
		}
	}
	assert_int_equal(facts_add_dns(f, o), 0);
}

/* ------------------------------------------------------------ vantages */

static unsigned
first_of(unsigned vantage)
{
	return vantage == EVERY ? 0 : vantage;
}

static unsigned
end_of(const struct facts *f, unsigned vantage)
{
	return vantage == EVERY ? (unsigned)f->nvantage : vantage + 1;
}

struct obs_dns *
facts_says(struct facts *f, unsigned vantage, const char *name, uint16_t type,
    const char *records)
{
	struct obs_dns *o = NULL;

	for (unsigned v = first_of(vantage); v < end_of(f, vantage); v++) {
		o = new_answer(name, type, records);
		o->vantage = v;
		put_dns(f, o);
	}
	return o;
}

struct obs_dns *
facts_fails(struct facts *f, unsigned vantage, const char *name, uint16_t type,
    enum dns_status status)
{
	struct obs_dns *o = NULL;

	for (unsigned v = first_of(vantage); v < end_of(f, vantage); v++) {
		o = facts_says(f, v, name, type, "");
		set_status(o, status);
	}
	return o;
}

void
facts_with_ns(struct facts *f, unsigned vantage, const char *records)
{
	facts_says(
	    f, vantage, f->zone != NULL ? f->zone : f->domain, DNS_NS, records);
}

void
facts_with_mx(struct facts *f, unsigned vantage, const char *records)
{
	facts_says(f, vantage, f->domain, DNS_MX, records);
}

/* The addresses of the family that type is for, as records. */
static void
pick(const char *addresses, uint16_t type, char *out, size_t size)
{
	char *all = copy(addresses), *save;
	size_t len = 0;

	*out = '\0';
	for (char *one = strtok_r(all, ", ", &save); one != NULL;
	     one = strtok_r(NULL, ", ", &save))
		if ((strchr(one, ':') != NULL) == (type == DNS_AAAA))
			len += (size_t)snprintf(out + len, size - len, "%s%s",
			    len > 0 ? "," : "", one);
	free(all);
	assert_true(len < size);
}

void
facts_address(
    struct facts *f, unsigned vantage, const char *host, const char *addresses)
{
	char records[1024];

	pick(addresses, DNS_A, records, sizeof(records));
	facts_says(f, vantage, host, DNS_A, records);
	pick(addresses, DNS_AAAA, records, sizeof(records));
	facts_says(f, vantage, host, DNS_AAAA, records);
}

void
facts_no_address(
    struct facts *f, unsigned vantage, const char *host, enum dns_status status)
{
	facts_fails(f, vantage, host, DNS_A, status);
	facts_fails(f, vantage, host, DNS_AAAA, status);
}

static void
alias_type(struct facts *f, unsigned vantage, const char *host,
    const char *target, const char *addresses, uint16_t type)
{
	char records[1024];
	struct obs_dns *o = facts_says(f, vantage, host, type, "");
	struct dns_rr rr = { .owner = copy(host),
		.target = copy(target),
		.ttl = 300,
		.type = DNS_CNAME };

	add_record(o, DNS_ANSWER, &rr);
	free(rr.owner);
	free(rr.target);
	pick(addresses, type, records, sizeof(records));
	add_records(o, DNS_ANSWER, target, type, records);
	o->status = *records != '\0' ? DNS_OK : DNS_NODATA;
	free(o->canonical);
	o->canonical = copy(target);
	o->cnames = 1;
}

void
facts_alias(struct facts *f, unsigned vantage, const char *host,
    const char *target, const char *addresses)
{
	for (unsigned v = first_of(vantage); v < end_of(f, vantage); v++) {
		alias_type(f, v, host, target, addresses, DNS_A);
		alias_type(f, v, host, target, addresses, DNS_AAAA);
	}
}

void
facts_vantage_fails(struct facts *f, unsigned vantage, enum dns_status status)
{
	facts_fails(f, vantage, f->domain, DNS_NS, status);
	facts_fails(f, vantage, f->domain, DNS_MX, status);
}

void
facts_vantage_blind(struct facts *f, unsigned vantage)
{
	facts_vantage_fails(f, vantage, DNS_TIMEOUT);
	for (unsigned v = first_of(vantage); v < end_of(f, vantage); v++)
		f->vantage[v].alive = TRI_NO;
}

/* -------------------------------------------------------- name servers */

struct obs_dns *
facts_direct_says(struct facts *f, const char *ip, const char *name,
    uint16_t type, const char *records)
{
	struct obs_dns *o = new_answer(name, type, records);

	o->direct = true;
	o->server = address_of(ip);
	o->aa = true;
	put_dns(f, o);
	return o;
}

struct obs_dns *
facts_direct_fails(struct facts *f, const char *ip, const char *name,
    uint16_t type, enum dns_status status)
{
	struct obs_dns *o = facts_direct_says(f, ip, name, type, "");

	o->aa = false;
	set_status(o, status);
	return o;
}

struct obs_dns *
facts_direct_soa(struct facts *f, const char *ip, uint32_t serial)
{
	struct obs_dns *o =
	    facts_direct_says(f, ip, f->zone, DNS_SOA, "ns1.example.org");

	o->rr[0].soa = (struct dns_soa){ .serial = serial,
		.refresh = FACTS_REFRESH,
		.retry = 600,
		.expire = 1209600,
		.minimum = 300 };
	return o;
}

void
facts_server_up(struct facts *f, const char *ip, const char *ns, const char *mx)
{
	facts_direct_soa(f, ip, FACTS_SERIAL);
	facts_direct_says(f, ip, f->zone, DNS_NS, ns);
	facts_direct_says(f, ip, f->domain, DNS_MX, mx);
}

void
facts_server_fails(struct facts *f, const char *ip, enum dns_status status)
{
	facts_direct_fails(f, ip, f->zone, DNS_SOA, status);
	facts_direct_fails(f, ip, f->zone, DNS_NS, status);
	facts_direct_fails(f, ip, f->domain, DNS_MX, status);
}

struct obs_dns *
facts_delegation(struct facts *f, const char *ip, const char *ns)
{
	struct obs_dns *o = facts_direct_says(f, ip, f->zone, DNS_NS, "");

	o->aa = false;
	o->status = DNS_OK;
	add_records(o, DNS_AUTHORITY, f->zone, DNS_NS, ns);
	return o;
}

void
facts_glue(struct obs_dns *o, const char *host, const char *ip)
{
	add_records(o, DNS_ADDITIONAL, host,
	    strchr(ip, ':') != NULL ? DNS_AAAA : DNS_A, ip);
}

/* ---------------------------------------------------------------- SMTP */

static void
put_smtp(struct facts *f, struct obs_smtp *o)
{
	for (size_t i = 0; i < f->nsmtp; i++) {
		struct obs_smtp *old = f->smtp[i];

		if (ip_equal(&old->ip, &o->ip) &&
		    strcmp(old->host, o->host) == 0) {
			obs_smtp_unref(old);
			f->smtp[i] = o;
			return;
		}
	}
	assert_int_equal(facts_add_smtp(f, o), 0);
}

static struct obs_tls *
good_tls(const char *host)
{
	struct obs_tls *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->established = true;
	t->protocol = copy("TLSv1.3");
	t->cipher = copy("TLS_AES_256_GCM_SHA384");
	t->handshake_ms = 5;
	t->certificate = true;
	t->subject = copy("CN=mail");
	t->issuer = copy("CN=Example CA");
	t->not_before.us = facts_now.us - 30 * 86400 * INT64_C(1000000);
	t->not_after.us = facts_now.us + 60 * 86400 * INT64_C(1000000);
	t->names = copy(host);
	t->name_ok = TRI_YES;
	t->trusted = TRI_YES;
	t->key = copy("EC prime256v1");
	t->signature = copy("ecdsa-with-SHA256");
	t->chain = 2;
	return t;
}

static struct obs_smtp *
new_dialogue(const char *ip, const char *host)
{
	struct ip a = address_of(ip);
	struct obs_smtp *o = obs_smtp_new(&a, 25, host);

	assert_non_null(o);
	o->connect_ms = o->greeting_ms = o->ehlo_ms = -1;
	return o;
}

struct obs_smtp *
facts_smtp_up(struct facts *f, const char *ip, const char *host)
{
	static const char *const extension[] = { "PIPELINING", "STARTTLS" };
	struct obs_smtp *o = new_dialogue(ip, host);

	o->phase = SMTP_DONE;
	o->error = SMTP_OK;
	o->code = 221;
	o->connect_ms = 1;
	o->greeting_ms = 2;
	o->ehlo_ms = 3;
	o->total_ms = 20;
	o->starttls = true;
	o->starttls_code = 220;
	for (size_t i = 0; i < 2; i++)
		o->extension[i] = copy(extension[i]);
	o->nextension = 2;
	o->tls = good_tls(host);
	put_smtp(f, o);
	return o;
}

struct obs_smtp *
facts_smtp_fails(struct facts *f, const char *ip, const char *host,
    enum smtp_phase phase, enum smtp_error error, int code)
{
	struct obs_smtp *o = new_dialogue(ip, host);

	o->phase = phase;
	o->error = error;
	o->code = code;
	if (code != 0)
		o->text = copy("what it said");
	o->total_ms = error == SMTP_TIMEOUT ? 5000 : 2;
	o->connect_ms = phase > SMTP_CONNECT ? 1 : -1;
	o->greeting_ms = phase > SMTP_GREETING ? 2 : -1;
	o->ehlo_ms = phase > SMTP_EHLO ? 3 : -1;
	o->starttls = phase == SMTP_STARTTLS || phase == SMTP_TLS;
	put_smtp(f, o);
	return o;
}

/* ------------------------------------------------------------- domains */

struct facts *
facts_healthy(void)
{
	static const char ns[] = "ns1.example.org, ns2.example.net";
	static const char mx[] = "10 mx1.example.org, 20 mx2.example.org";
	struct facts *f = facts_blank("example.org", 3);

	facts_with_ns(f, EVERY, ns);
	facts_with_mx(f, EVERY, mx);
	facts_address(f, 0, "ns1.example.org", "192.0.2.53");
	facts_address(f, 0, "ns2.example.net", "198.51.100.53");
	facts_address(f, 0, "mx1.example.org", "192.0.2.25 2001:db8:1::25");
	facts_address(f, 0, "mx2.example.org", "198.51.100.25");
	facts_server_up(f, "192.0.2.53", ns, mx);
	facts_server_up(f, "198.51.100.53", ns, mx);
	facts_delegation(f, "203.0.113.1", ns);
	facts_smtp_up(f, "192.0.2.25", "mx1.example.org");
	facts_smtp_up(f, "2001:db8:1::25", "mx1.example.org");
	facts_smtp_up(f, "198.51.100.25", "mx2.example.org");
	return f;
}

static unsigned
next_random(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16 & 0x7fff;
}

void
facts_shuffle(struct facts *f, unsigned seed)
{
	for (size_t i = f->ndns; i > 1; i--) {
		size_t j = next_random(&seed) % i;
		struct obs_dns *o = f->dns[i - 1];

		f->dns[i - 1] = f->dns[j];
		f->dns[j] = o;
	}
	for (size_t i = f->nsmtp; i > 1; i--) {
		size_t j = next_random(&seed) % i;
		struct obs_smtp *o = f->smtp[i - 1];

		f->smtp[i - 1] = f->smtp[j];
		f->smtp[j] = o;
	}
}
