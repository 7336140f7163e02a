#include <stdlib.h>
#include <string.h>

#include "agent/rules/obs.h"

#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct ip ip_a = { 4, { 192, 0, 2, 1 } };
static const struct ip ip_b = { 4, { 192, 0, 2, 2 } };

static void
test_names(void **state)
{
	static const char *const status[] = { "ok", "nodata", "nxdomain",
		"servfail", "refused", "timeout", "bogus", "malformed",
		"unreachable", "unchecked" };
	static const char *const phase[] = { "connect", "greeting", "ehlo",
		"starttls", "tls", "rcpt", "done" };
	static const char *const error[] = { "timeout", "refused",
		"unreachable", "reset", "closed", "protocol", "rejected",
		"deferred", "tls", "local", "forbidden" };

	(void)state;
	assert_int_equal(COUNT(status), DNS_STATUS_COUNT);
	for (size_t i = 0; i < COUNT(status); i++)
		assert_string_equal(
		    dns_status_name((enum dns_status)i), status[i]);
	for (size_t i = 0; i < COUNT(phase); i++)
		assert_string_equal(
		    smtp_phase_name((enum smtp_phase)i), phase[i]);
	assert_null(smtp_error_name(SMTP_OK));
	assert_int_equal(COUNT(error) + 1, SMTP_ERROR_COUNT);
	for (size_t i = 0; i < COUNT(error); i++)
		assert_string_equal(
		    smtp_error_name((enum smtp_error)(i + 1)), error[i]);
}

static void
test_depth(void **state)
{
	static const char *const name[] = { "dns", "connect", "greeting",
		"ehlo", "starttls", "rcpt" };
	static const char *const bad[] = { "", "DNS", "tls", "rcpt ", "done",
		"0" };
	enum depth depth = DEPTH_EHLO;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(depth_parse(bad[i], &depth), -1);
	assert_int_equal(depth, DEPTH_EHLO);
	for (size_t i = 0; i < COUNT(name); i++) {
		assert_string_equal(depth_name((enum depth)i), name[i]);
		assert_int_equal(depth_parse(name[i], &depth), 0);
		assert_int_equal(depth, i);
	}
}

static void
test_dns_new(void **state)
{
	struct obs_dns *o = obs_dns_new("example.org", DNS_MX);

	(void)state;
	assert_int_equal(o->refs, 1);
	assert_string_equal(o->name, "example.org");
	assert_string_equal(o->canonical, "example.org");
	assert_int_equal(o->type, DNS_MX);
	assert_int_equal(o->status, DNS_UNCHECKED);
	assert_int_equal(o->rcode, -1);
	assert_int_equal(o->ede, -1);
	assert_int_equal(o->nrr, 0);
	assert_null(obs_dns_find(o, DNS_ANSWER, DNS_MX, NULL, 0));
	assert_ptr_equal(obs_dns_ref(o), o);
	assert_int_equal(o->refs, 2);
	obs_dns_unref(o);
	assert_int_equal(o->refs, 1);
	obs_dns_unref(o);
	obs_dns_unref(NULL);
}

static void
test_dns_add_copies(void **state)
{
	struct obs_dns *o = obs_dns_new("example.org", DNS_MX);
	char owner[] = "example.org", target[] = "mx.example.org";
	struct dns_rr rr = { .owner = owner,
		.target = target,
		.ttl = 300,
		.type = DNS_MX,
		.preference = 10 };

	(void)state;
	assert_int_equal(obs_dns_add(o, DNS_ANSWER, &rr), 0);
	owner[0] = target[0] = '?';
	assert_string_equal(o->rr[0].owner, "example.org");
	assert_string_equal(o->rr[0].target, "mx.example.org");
	assert_int_equal(o->rr[0].ttl, 300);
	assert_int_equal(o->rr[0].preference, 10);
	rr = (struct dns_rr){ .type = DNS_A, .ip = ip_a };
	assert_int_equal(obs_dns_add(o, DNS_ADDITIONAL, &rr), 0);
	assert_null(o->rr[1].owner);
	assert_null(o->rr[1].target);
	obs_dns_unref(o);
}

static void
add(struct obs_dns *o, enum dns_section section, uint16_t type, char *owner,
    uint32_t ttl)
{
	struct dns_rr rr = { .owner = owner, .type = type, .ttl = ttl };

	assert_int_equal(obs_dns_add(o, section, &rr), 0);
}

/* The i-th matching record's TTL, by which the test knows it; 0: none. */
static unsigned
ttl_of(const struct obs_dns *o, enum dns_section section, uint16_t type,
    const char *owner, size_t i)
{
	const struct dns_rr *rr = obs_dns_find(o, section, type, owner, i);

	return rr == NULL ? 0 : rr->ttl;
}

static void
test_dns_find(void **state)
{
	struct obs_dns *o = obs_dns_new("a", DNS_NS);

	(void)state;
	add(o, DNS_ANSWER, DNS_NS, (char[]){ "a" }, 1);
	add(o, DNS_ANSWER, DNS_A, (char[]){ "a" }, 2);
	add(o, DNS_ANSWER, DNS_NS, (char[]){ "b" }, 3);
	add(o, DNS_AUTHORITY, DNS_NS, (char[]){ "a" }, 4);
	add(o, DNS_ANSWER, DNS_NS, (char[]){ "a" }, 5);
	add(o, DNS_ANSWER, DNS_NS, NULL, 6);
	assert_int_equal(ttl_of(o, DNS_ANSWER, DNS_NS, NULL, 0), 1);
	assert_int_equal(ttl_of(o, DNS_ANSWER, DNS_NS, NULL, 1), 3);
	assert_int_equal(ttl_of(o, DNS_ANSWER, DNS_NS, NULL, 2), 5);
	assert_int_equal(ttl_of(o, DNS_ANSWER, DNS_NS, NULL, 3), 6);
	assert_int_equal(ttl_of(o, DNS_ANSWER, DNS_NS, NULL, 4), 0);
	assert_int_equal(ttl_of(o, DNS_ANSWER, DNS_NS, "a", 0), 1);
	assert_int_equal(ttl_of(o, DNS_ANSWER, DNS_NS, "a", 1), 5);
	assert_int_equal(ttl_of(o, DNS_ANSWER, DNS_NS, "a", 2), 0);
	assert_int_equal(ttl_of(o, DNS_ANSWER, DNS_NS, "b", 0), 3);
	assert_int_equal(ttl_of(o, DNS_ANSWER, DNS_NS, "c", 0), 0);
	assert_int_equal(ttl_of(o, DNS_AUTHORITY, DNS_NS, "a", 0), 4);
	assert_int_equal(ttl_of(o, DNS_ADDITIONAL, DNS_NS, NULL, 0), 0);
	assert_int_equal(ttl_of(o, DNS_ANSWER, DNS_A, NULL, 0), 2);
	obs_dns_unref(o);
}

static void
test_dns_full(void **state)
{
	struct obs_dns *o = obs_dns_new("a", DNS_A);
	struct dns_rr rr = { .type = DNS_A };

	(void)state;
	for (uint32_t i = 0; i < DNS_RR_MAX; i++) {
		rr.ttl = i + 1;
		assert_int_equal(obs_dns_add(o, DNS_ANSWER, &rr), 0);
		assert_false(o->cut);
	}
	assert_int_equal(obs_dns_add(o, DNS_ANSWER, &rr), 1);
	assert_true(o->cut);
	assert_int_equal(o->nrr, DNS_RR_MAX);
	for (uint32_t i = 0; i < DNS_RR_MAX; i++) {
		assert_int_equal(o->rr[i].ttl, i + 1);
		assert_int_equal(o->section[i], DNS_ANSWER);
	}
	obs_dns_unref(o);
}

/* All that an observation may own is freed with it: the leak checker looks. */
static void
test_smtp(void **state)
{
	struct obs_smtp *o = obs_smtp_new(&ip_a, 25, "mx.example.org");

	(void)state;
	assert_int_equal(o->refs, 1);
	assert_true(ip_equal(&o->ip, &ip_a));
	assert_int_equal(o->port, 25);
	assert_string_equal(o->host, "mx.example.org");
	assert_true(o->connect_ms < 0 && o->greeting_ms < 0);
	assert_true(o->ehlo_ms < 0 && o->total_ms < 0);
	assert_false(o->waited_ms < 0 || o->waited_ms > 0);
	o->rcpt = strdup("example.org");
	o->text = strdup("text");
	o->detail = strdup("detail");
	o->rcpt_text = strdup("rcpt");
	o->dialogue = strdup("> EHLO\n");
	for (size_t i = 0; i < SMTP_EXTENSIONS_MAX; i++)
		o->extension[o->nextension++] = strdup("SIZE");
	o->tls = calloc(1, sizeof(*o->tls));
	o->tls->error = strdup("a");
	o->tls->protocol = strdup("b");
	o->tls->cipher = strdup("c");
	o->tls->subject = strdup("d");
	o->tls->issuer = strdup("e");
	o->tls->names = strdup("f");
	o->tls->trust_error = strdup("g");
	o->tls->key = strdup("h");
	o->tls->signature = strdup("i");
	o->tls->weak = strdup("j");
	assert_ptr_equal(obs_smtp_ref(o), o);
	obs_smtp_unref(o);
	assert_string_equal(o->text, "text");
	obs_smtp_unref(o);
	obs_smtp_unref(NULL);
	obs_tls_free(NULL);
}

/* ---------------------------------------------------------------- facts */

static struct obs_dns *
asked(const char *name, uint16_t type, unsigned vantage, int rcode)
{
	struct obs_dns *o = obs_dns_new(name, type);

	o->vantage = vantage;
	o->rcode = rcode;
	return o;
}

static struct obs_dns *
asked_direct(
    const char *name, uint16_t type, const struct ip *server, int rcode)
{
	struct obs_dns *o = obs_dns_new(name, type);

	o->direct = true;
	o->server = *server;
	o->rcode = rcode;
	return o;
}

static void
test_facts_answers(void **state)
{
	struct facts *f = facts_new("example.org");

	(void)state;
	assert_string_equal(f->domain, "example.org");
	assert_null(facts_answer(f, 0, "a", DNS_MX));
	assert_null(facts_direct(f, &ip_a, "a", DNS_MX));
	facts_add_dns(f, asked("a", DNS_MX, 0, 1));
	facts_add_dns(f, asked("a", DNS_MX, 1, 2));
	facts_add_dns(f, asked("a", DNS_NS, 0, 3));
	facts_add_dns(f, asked("b", DNS_MX, 0, 4));
	facts_add_dns(f, asked_direct("a", DNS_MX, &ip_a, 5));
	facts_add_dns(f, asked_direct("a", DNS_MX, &ip_b, 6));
	facts_add_dns(f, asked_direct("a", DNS_SOA, &ip_a, 7));
	assert_int_equal(f->ndns, 7);
	assert_int_equal(facts_answer(f, 0, "a", DNS_MX)->rcode, 1);
	assert_int_equal(facts_answer(f, 1, "a", DNS_MX)->rcode, 2);
	assert_int_equal(facts_answer(f, 0, "a", DNS_NS)->rcode, 3);
	assert_int_equal(facts_answer(f, 0, "b", DNS_MX)->rcode, 4);
	assert_null(facts_answer(f, 2, "a", DNS_MX));
	assert_null(facts_answer(f, 1, "b", DNS_MX));
	assert_null(facts_answer(f, 0, "a", DNS_SOA));
	assert_int_equal(facts_direct(f, &ip_a, "a", DNS_MX)->rcode, 5);
	assert_int_equal(facts_direct(f, &ip_b, "a", DNS_MX)->rcode, 6);
	assert_int_equal(facts_direct(f, &ip_a, "a", DNS_SOA)->rcode, 7);
	assert_null(facts_direct(f, &ip_b, "a", DNS_SOA));
	assert_null(facts_direct(f, &ip_a, "b", DNS_MX));
	facts_free(f);
}

static void
test_facts_last_answer_wins(void **state)
{
	struct facts *f = facts_new("example.org");

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct obs_smtp *s = obs_smtp_new(&ip_a, 25, "mx");

		s->code = i;
		facts_add_smtp(f, s);
		facts_add_dns(f, asked("a", DNS_MX, 0, i));
		facts_add_dns(f, asked_direct("a", DNS_MX, &ip_a, i));
	}
	assert_int_equal(facts_answer(f, 0, "a", DNS_MX)->rcode, 2);
	assert_int_equal(facts_direct(f, &ip_a, "a", DNS_MX)->rcode, 2);
	assert_int_equal(facts_dialogue(f, &ip_a, "mx")->code, 2);
	facts_free(f);
}

static void
test_facts_dialogue(void **state)
{
	struct facts *f = facts_new("example.org");

	(void)state;
	facts_add_smtp(f, obs_smtp_new(&ip_a, 25, "mx1"));
	facts_add_smtp(f, obs_smtp_new(&ip_a, 25, "mx2"));
	assert_ptr_equal(facts_dialogue(f, &ip_a, "mx1"), f->smtp[0]);
	assert_ptr_equal(facts_dialogue(f, &ip_a, "mx2"), f->smtp[1]);
	assert_null(facts_dialogue(f, &ip_a, "mx3"));
	assert_null(facts_dialogue(f, &ip_b, "mx1"));
	facts_free(f);
}

/* The facts hold a reference of their own: an observation that is shared
 * outlives them. */
static void
test_facts_share(void **state)
{
	struct facts *f = facts_new("a"), *g = facts_new("b");
	struct obs_dns *o = asked("a", DNS_MX, 0, 0);

	(void)state;
	facts_add_dns(f, obs_dns_ref(o));
	facts_add_dns(g, o);
	assert_int_equal(o->refs, 2);
	facts_free(f);
	assert_int_equal(g->dns[0]->refs, 1);
	facts_free(g);
	facts_free(NULL);
}

static void
test_facts_lists(void **state)
{
	struct facts *f = facts_new("example.org");
	char name[] = "quad9";

	(void)state;
	assert_int_equal(facts_add_vantage(f, name, "9.9.9.9:53", false), 0);
	name[0] = '?';
	assert_int_equal(
	    facts_add_vantage(f, "local", "127.0.0.1:53", true), 0);
	assert_int_equal(f->nvantage, 2);
	assert_string_equal(f->vantage[0].name, "quad9");
	assert_string_equal(f->vantage[0].resolver, "9.9.9.9:53");
	assert_false(f->vantage[0].trust_ad);
	assert_int_equal(f->vantage[0].alive, TRI_UNKNOWN);
	assert_true(f->vantage[1].trust_ad);

	assert_int_equal(facts_add_asn(f, &ip_a, 64500), 0);
	assert_int_equal(facts_add_asn(f, &ip_b, 0), 0);
	assert_int_equal(facts_add_asn(f, &ip_a, 64501), 0);
	assert_int_equal(f->nasn, 2);
	assert_int_equal(f->asn[0].asn, 64501);
	assert_int_equal(f->asn[1].asn, 0);

	f->unicode = strdup("u");
	f->zone = strdup("z");
	f->parent = strdup("p");
	facts_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_dns_new),
		cmocka_unit_test(test_dns_add_copies),
		cmocka_unit_test(test_dns_find),
		cmocka_unit_test(test_dns_full),
		cmocka_unit_test(test_smtp),
		cmocka_unit_test(test_facts_answers),
		cmocka_unit_test(test_facts_last_answer_wins),
		cmocka_unit_test(test_facts_dialogue),
		cmocka_unit_test(test_facts_share),
		cmocka_unit_test(test_facts_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
