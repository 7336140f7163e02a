#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/model/parts.h"
#include "agent/rules/rules.h"
#include "tests/unit/looks.h"
#include "tests/unit/support.h"
#include "tests/unit/world.h"

/* ------------------------------------------------ the same as a round's facts
 */

/* What a look would have seen as well: the zone above and its server, which
 * the plan needs to come to the delegation. */
static void
complete(struct facts *f)
{
	facts_says(
	    f, EVERY, strrchr(f->domain, '.') + 1, DNS_NS, "a.nic.example");
	facts_address(f, EVERY, "a.nic.example", "203.0.113.1");
}

static void
describe(struct buf *out, const struct report *r)
{
	buf_printf(out, "%s, %s: %s\n", severity_name(r->verdict),
	    outcome_name(r->delivery.outcome), r->summary);
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = &r->findings.finding[i];

		buf_printf(out, "%s %s %s: %s\n", severity_name(f->severity),
		    f->rule->id, f->subject, f->message);
	}
}

static void
judge_into(struct buf *out, const struct facts *f, const struct policy *policy)
{
	struct report *report = judge(f, policy, facts_now);

	assert_non_null(report);
	buf_init(out, 0);
	describe(out, report);
	report_free(report);
}

/* Returns whether the model's facts are judged otherwise. */
static int
differs(const char *label, struct facts *f)
{
	struct domain_setting setting;
	struct world w;
	struct domain *domain;
	struct buf wanted, got;
	struct facts *assembled;
	int different;

	world_init(&w, (unsigned)f->nvantage);
	complete(f);
	w.facts = f;
	domain = world_add(&w, f->domain);
	setting =
	    (struct domain_setting){ .name = f->domain, .unicode = f->unicode };
	model_regroup(w.model, domain, &setting, domain->group);
	world_run(&w);
	assembled = world_facts(&w, domain);
	judge_into(&wanted, f, &w.settings.policy);
	judge_into(&got, assembled, &w.settings.policy);
	different = strcmp(buf_str(&wanted), buf_str(&got)) != 0;
	if (different)
		print_message("%s\n-- wanted:\n%s-- got:\n%s", label,
		    buf_str(&wanted), buf_str(&got));
	buf_free(&wanted);
	buf_free(&got);
	facts_free(assembled);
	world_free(&w);
	return different;
}

static void
all_looks_are_judged_alike(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < looks_count; i++) {
		struct facts *f = looks[i].make();

		wrong += differs(looks[i].name, f);
		facts_free(f);
	}
	assert_int_equal(wrong, 0);
}

/* ------------------------------------------------------ more situations */

#define NS "ns1.example.org, ns2.example.net"
#define MX "10 mx1.example.org, 20 mx2.example.org"

static void
one_vantage_blind(struct facts *f)
{
	facts_vantage_blind(f, 1);
}

static void
one_vantage_fails(struct facts *f)
{
	facts_vantage_fails(f, 2, DNS_SERVFAIL);
}

static void
bogus(struct facts *f)
{
	facts_vantage_fails(f, EVERY, DNS_BOGUS);
}

static void
lame(struct facts *f)
{
	facts_server_fails(f, "192.0.2.53", DNS_REFUSED);
}

static void
server_down(struct facts *f)
{
	facts_server_fails(f, "198.51.100.53", DNS_TIMEOUT);
}

static void
other_serial(struct facts *f)
{
	facts_direct_soa(f, "192.0.2.53", FACTS_SERIAL - 1000);
}

static void
short_ttl(struct facts *f)
{
	facts_server_up(f, "192.0.2.53", NS, "10 mx1.example.org/60");
	facts_server_up(f, "198.51.100.53", NS, "10 mx1.example.org/60");
	facts_with_mx(f, EVERY, "10 mx1.example.org");
}

static void
alias(struct facts *f)
{
	facts_alias(
	    f, EVERY, "mx2.example.org", "mail.example.net", "198.51.100.25");
}

static void
host_gone(struct facts *f)
{
	facts_no_address(f, EVERY, "mx1.example.org", DNS_NXDOMAIN);
}

static void
parent_differs(struct facts *f)
{
	facts_delegation(f, "203.0.113.1", "ns1.example.org, ns3.example.net");
	facts_address(f, EVERY, "ns3.example.net", "203.0.113.53");
	facts_server_up(f, "203.0.113.53", NS, MX);
}

static void
slow(struct facts *f)
{
	facts_smtp_up(f, "192.0.2.25", "mx1.example.org")->greeting_ms = 12000;
}

static void
hurried(struct facts *f)
{
	facts_smtp_fails(
	    f, "192.0.2.25", "mx1.example.org", SMTP_GREETING, SMTP_TIMEOUT, 0)
	    ->hurried = true;
}

static void
expired(struct facts *f)
{
	facts_smtp_up(f, "198.51.100.25", "mx2.example.org")->tls->not_after =
	    (struct wall){ facts_now.us - 1000000 };
}

static void
signed_too_long_ago(struct facts *f)
{
	for (unsigned v = 0; v < 3; v++) {
		struct dns_rr rr = { .owner = (char[]){ "example.org" },
			.type = DNS_RRSIG,
			.covered = DNS_MX,
			.expires = facts_now.us / 1000000 + 3600 };
		struct obs_dns *mx =
		    facts_says(f, v, "example.org", DNS_MX, MX);

		assert_int_equal(obs_dns_add(mx, DNS_ANSWER, &rr), 0);
	}
}

static void
subdomain(struct facts *f)
{
	struct dns_rr soa = { .owner = (char[]){ "example.org" },
		.target = (char[]){ "ns1.example.org" },
		.type = DNS_SOA,
		.ttl = 60,
		.soa = { .serial = 1 } };

	free(f->domain);
	f->domain = strdup("sub.example.org");
	facts_says(f, EVERY, "sub.example.org", DNS_MX, MX);
	facts_server_up(f, "192.0.2.53", NS, MX);
	facts_server_up(f, "198.51.100.53", NS, MX);
	for (unsigned v = 0; v < 3; v++)
		assert_int_equal(
		    obs_dns_add(facts_says(f, v, "sub.example.org", DNS_NS, ""),
		        DNS_AUTHORITY, &soa),
		    0);
}

static const struct {
	const char *label;
	void (*change)(struct facts *);
} situations[] = {
	{ "one vantage is blind", one_vantage_blind },
	{ "one vantage fails", one_vantage_fails },
	{ "bogus", bogus },
	{ "a lame server", lame },
	{ "a server is down", server_down },
	{ "serials differ", other_serial },
	{ "a short TTL", short_ttl },
	{ "an MX that is an alias", alias },
	{ "a host that is gone", host_gone },
	{ "the parent says otherwise", parent_differs },
	{ "a slow greeting", slow },
	{ "a wait that was not fair", hurried },
	{ "an expired certificate", expired },
	{ "a signature that ends", signed_too_long_ago },
	{ "a name within a zone", subdomain },
};

static void
other_situations_are_judged_alike(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(situations) / sizeof(*situations); i++) {
		struct facts *f = facts_healthy();

		situations[i].change(f);
		wrong += differs(situations[i].label, f);
		facts_free(f);
	}
	assert_int_equal(wrong, 0);
}

/* --------------------------------------------------------------- one domain */

struct one {
	struct world w;
	struct facts *f;
	struct domain *domain;
};

static void
begin(struct one *x, void (*change)(struct facts *))
{
	world_init(&x->w, 3);
	x->f = facts_healthy();
	complete(x->f);
	if (change != NULL)
		change(x->f);
	x->w.facts = x->f;
	x->domain = world_add(&x->w, "example.org");
	world_run(&x->w);
}

static void
end(struct one *x)
{
	world_free(&x->w);
	facts_free(x->f);
}

static struct ip
ip(const char *text)
{
	struct ip out;

	assert_int_equal(ip_parse(text, &out), 0);
	return out;
}

static void
what_is_not_known_is_pending(void **state)
{
	struct facts *f;
	struct one x;
	bool pending;

	(void)state;
	begin(&x, NULL);
	facts_with_mx(x.f, EVERY, "10 mx3.example.org");
	facts_address(x.f, EVERY, "mx3.example.org", "192.0.2.99");
	world_look(&x.w, domain_own(x.domain));
	assert_ptr_equal(model_dirty(x.w.model), x.domain);
	f = model_assemble(x.w.model, x.domain, facts_now, &pending);
	assert_true(pending);
	assert_int_equal(x.w.nwanted, 1);
	assert_string_equal(x.w.wanted[0]->name, "mx3.example.org");
	facts_free(f);
	assert_null(model_dirty(x.w.model));
	world_look(&x.w, x.w.wanted[0]);
	assert_ptr_equal(model_dirty(x.w.model), x.domain);
	f = model_assemble(x.w.model, x.domain, facts_now, &pending);
	assert_true(pending);
	assert_int_equal(x.w.nwanted, 1);
	assert_int_equal(x.w.wanted[0]->kind, THING_ENDPOINT);
	facts_free(f);
	world_run(&x.w);
	f = world_facts(&x.w, x.domain);
	assert_int_equal(f->nsmtp, 1);
	facts_free(f);
	end(&x);
}

static void
the_frame_of_the_facts(void **state)
{
	const struct domain_setting setting = { .name = "example.org",
		.unicode = "EXAMPLE.org" };
	struct facts *f;
	struct one x;

	(void)state;
	begin(&x, NULL);
	model_regroup(x.w.model, x.domain, &setting, x.domain->group);
	f = world_facts(&x.w, x.domain);
	assert_string_equal(f->domain, "example.org");
	assert_string_equal(f->unicode, "EXAMPLE.org");
	assert_int_equal(f->started.us, facts_now.us);
	assert_int_equal(f->depth, DEPTH_STARTTLS);
	assert_int_equal(f->port, 25);
	assert_string_equal(f->zone, "example.org");
	assert_string_equal(f->parent, "org");
	assert_int_equal(f->nvantage, 3);
	assert_string_equal(f->vantage[1].name, "v1");
	assert_string_equal(f->vantage[1].resolver, "192.0.2.201:53");
	assert_false(f->asn_known);
	assert_false(f->limited);
	/* 10 ms for the MX, 10 ms for the first address. */
	assert_float_equal(f->dns_ms, 20.2, 0.3);
	assert_true(f->duration_ms < 1e-9);
	facts_free(f);
	end(&x);
}

/* The model keeps no TTL and no time of what the vantages said. */
static void
what_vantages_said_has_faded(void **state)
{
	struct facts *f;
	size_t faded = 0;
	struct one x;

	(void)state;
	begin(&x, NULL);
	f = world_facts(&x.w, x.domain);
	for (size_t i = 0; i < f->ndns; i++) {
		assert_int_equal(f->dns[i]->faded, !f->dns[i]->direct);
		if (!f->dns[i]->faded)
			continue;
		assert_true(f->dns[i]->rtt_ms < 0);
		faded++;
	}
	assert_in_range(faded, 1, f->ndns - 1);
	facts_free(f);
	end(&x);
}

static uint32_t
number_of(void *arg, const struct ip *address)
{
	(void)arg;
	return address->byte[0] == 192 ? 64500 : 0;
}

static void
autonomous_systems_are_asked_for(void **state)
{
	struct ip known = ip("192.0.2.25"), other = ip("198.51.100.25");
	struct facts *f;
	struct one x;
	size_t seen = 0;

	(void)state;
	begin(&x, NULL);
	x.w.hooks.asn = number_of;
	f = world_facts(&x.w, x.domain);
	assert_true(f->asn_known);
	for (size_t i = 0; i < f->nasn; i++) {
		if (ip_equal(&f->asn[i].ip, &known))
			seen += f->asn[i].asn == 64500;
		if (ip_equal(&f->asn[i].ip, &other))
			seen += f->asn[i].asn == 0;
	}
	assert_int_equal(seen, 2);
	facts_free(f);
	end(&x);
}

static void
inside(struct facts *f)
{
	facts_address(f, EVERY, "mx2.example.org", "10.1.2.3");
	facts_address(f, EVERY, "ns2.example.net", "10.1.2.53");
}

static void
a_refused_address_is_a_fact_and_no_thing(void **state)
{
	struct ip mail = ip("10.1.2.3"), server = ip("10.1.2.53");
	const struct obs_smtp *smtp;
	struct facts *f;
	struct one x;

	(void)state;
	begin(&x, inside);
	f = world_facts(&x.w, x.domain);
	smtp = facts_dialogue(f, &mail, "mx2.example.org");
	assert_non_null(smtp);
	assert_int_equal(smtp->error, SMTP_FORBIDDEN);
	assert_string_equal(smtp->detail, "private-use");
	assert_null(model_endpoint(x.w.model, &mail));
	assert_null(facts_direct(f, &server, "example.org", DNS_SOA));
	facts_free(f);
	end(&x);
}

static void
an_excluded_vantage_leaves_no_gap(void **state)
{
	struct facts *f;
	struct one x;

	(void)state;
	begin(&x, NULL);
	facts_with_mx(x.f, 2, "10 other.example.org");
	world_again(&x.w);
	model_exclude(x.w.model, 1, true);
	model_exclude(x.w.model, 1, true);
	assert_int_equal(world_dirty(&x.w), 1);
	f = world_facts(&x.w, x.domain);
	assert_int_equal(f->nvantage, 2);
	assert_string_equal(f->vantage[1].name, "v2");
	assert_string_equal(
	    facts_answer(f, 1, "example.org", DNS_MX)->rr[0].target,
	    "other.example.org");
	for (size_t i = 0; i < f->ndns; i++)
		assert_true(f->dns[i]->vantage < 2);
	facts_free(f);
	model_exclude(x.w.model, 1, false);
	assert_int_equal(world_dirty(&x.w), 1);
	f = world_facts(&x.w, x.domain);
	assert_int_equal(f->nvantage, 3);
	facts_free(f);
	end(&x);
}

static void
only_one_family(void **state)
{
	struct ip six = ip("2001:db8:1::25");
	struct facts *f;
	struct one x;

	(void)state;
	begin(&x, NULL);
	assert_non_null(model_endpoint(x.w.model, &six));
	x.w.settings.family = 4;
	f = world_facts(&x.w, x.domain);
	assert_int_equal(f->nsmtp, 2);
	assert_int_equal(f->family, 4);
	assert_null(model_endpoint(x.w.model, &six));
	facts_free(f);
	end(&x);
}

/* More name servers than there are questions. */
static void
crowd_of_servers(struct facts *f)
{
	struct buf ns;
	char host[32], address[IP_TEXT], both[2 * IP_TEXT];

	buf_init(&ns, 0);
	for (int i = 0; i < FACTS_NS_MAX; i++) {
		snprintf(host, sizeof(host), "n%d.example.net", i);
		snprintf(address, sizeof(address), "203.0.113.%d", 10 + i);
		buf_printf(&ns, "%s%s", i > 0 ? "," : "", host);
		snprintf(both, sizeof(both), "%s 2001:db8:53::%d", address, i);
		facts_address(f, EVERY, host, both);
		facts_direct_soa(f, address, FACTS_SERIAL);
	}
	facts_with_ns(f, EVERY, buf_str(&ns));
	facts_delegation(f, "203.0.113.1", buf_str(&ns));
	buf_free(&ns);
}

static void
questions_are_limited_as_in_a_round(void **state)
{
	struct facts *f;
	struct one x;

	(void)state;
	begin(&x, crowd_of_servers);
	f = world_facts(&x.w, x.domain);
	assert_true(f->limited);
	assert_in_range(f->ndns, FACTS_QUERY_MAX - 10, FACTS_QUERY_MAX);
	facts_free(f);
	end(&x);
}

/* -------------------------------------------------------------- dialogues */

static const struct {
	const char *names, *host;
	enum tri ok;
} certificates[] = {
	{ "mail.example.com", "mail.example.com", TRI_YES },
	{ "MAIL.Example.com", "mail.example.com", TRI_YES },
	{ "a.example.com b.example.com", "b.example.com", TRI_YES },
	{ "*.example.com", "mail.example.com", TRI_YES },
	{ "*.example.com", "a.b.example.com", TRI_NO },
	{ "*.example.com", "example.com", TRI_NO },
	{ "*.example.com", "mail.example.org", TRI_NO },
	{ "*.com", "example.com", TRI_NO },
	{ "m*.example.com", "mail.example.com", TRI_NO },
	{ "mail.*.com", "mail.example.com", TRI_NO },
	{ "*.example.com", "a_b.example.com", TRI_NO },
	{ "xmail.example.com", "mail.example.com", TRI_NO },
	{ "mail.example.com.", "mail.example.com", TRI_NO },
	{ "", "mail.example.com", TRI_NO },
	{ "a.example.com ...", "mail.example.com", TRI_UNKNOWN },
	{ "*.example.com ...", "mail.example.com", TRI_YES },
	{ "...", "mail.example.com", TRI_UNKNOWN },
};

static enum tri
name_ok(const char *names, const char *host)
{
	struct facts *f = facts_healthy();
	struct ip address = ip("192.0.2.25");
	struct obs_smtp *held =
	    facts_smtp_up(f, "192.0.2.25", "mx1.example.org");
	struct obs_smtp *other;
	enum tri ok;

	free(held->tls->names);
	held->tls->names = strdup(names);
	other = dialogue_for(held, host);
	assert_non_null(other);
	assert_ptr_not_equal(other, held);
	assert_string_equal(other->host, host);
	assert_true(ip_equal(&other->ip, &address));
	assert_int_equal(held->tls->name_ok, TRI_YES);
	ok = other->tls->name_ok;
	obs_smtp_unref(other);
	facts_free(f);
	return ok;
}

static void
a_certificate_is_held_against_the_host_that_is_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(certificates) / sizeof(*certificates);
	     i++)
		if (name_ok(certificates[i].names, certificates[i].host) !=
		    certificates[i].ok)
			fail_msg("%s as %s", certificates[i].names,
			    certificates[i].host);
}

static void
one_machine_two_names(struct facts *f)
{
	facts_address(f, EVERY, "mx2.example.org", "192.0.2.25");
}

static void
one_dialogue_serves_all_hosts_at_its_address(void **state)
{
	struct ip address = ip("192.0.2.25");
	const struct obs_smtp *one, *other;
	struct facts *f;
	struct one x;

	(void)state;
	begin(&x, one_machine_two_names);
	f = world_facts(&x.w, x.domain);
	one = facts_dialogue(f, &address, "mx1.example.org");
	other = facts_dialogue(f, &address, "mx2.example.org");
	assert_non_null(one);
	assert_non_null(other);
	assert_ptr_equal(
	    one, model_dialogue(model_endpoint(x.w.model, &address)));
	assert_int_equal(one->tls->name_ok, TRI_YES);
	assert_int_equal(other->tls->name_ok, TRI_NO);
	assert_string_equal(other->tls->subject, one->tls->subject);
	facts_free(f);
	end(&x);
}

/* Silence at the name itself is not made good by what others once said. */
static void
a_dead_vantage_is_told_by_the_control_question(void **state)
{
	struct facts *f;
	struct one x;

	(void)state;
	begin(&x, NULL);
	facts_vantage_blind(x.f, 0);
	world_look(&x.w, domain_own(x.domain));
	world_look(&x.w, model_control(x.w.model));
	assert_int_equal(model_alive(x.w.model, 0), TRI_NO);
	assert_int_equal(model_alive(x.w.model, 1), TRI_YES);
	assert_int_equal(model_alive(x.w.model, 3), TRI_UNKNOWN);
	world_run(&x.w);
	f = world_facts(&x.w, x.domain);
	assert_int_equal(f->vantage[0].alive, TRI_NO);
	assert_int_equal(f->vantage[1].alive, TRI_YES);
	assert_non_null(facts_answer(f, 0, ".", DNS_NS));
	assert_null(facts_answer(f, 1, ".", DNS_NS));
	facts_free(f);
	/* Only who needs it rests on it. */
	x.f->vantage[0].alive = TRI_YES;
	world_look(&x.w, model_control(x.w.model));
	assert_int_equal(world_dirty(&x.w), 1);
	end(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_looks_are_judged_alike),
		cmocka_unit_test(other_situations_are_judged_alike),
		cmocka_unit_test(what_is_not_known_is_pending),
		cmocka_unit_test(the_frame_of_the_facts),
		cmocka_unit_test(what_vantages_said_has_faded),
		cmocka_unit_test(autonomous_systems_are_asked_for),
		cmocka_unit_test(a_refused_address_is_a_fact_and_no_thing),
		cmocka_unit_test(an_excluded_vantage_leaves_no_gap),
		cmocka_unit_test(only_one_family),
		cmocka_unit_test(questions_are_limited_as_in_a_round),
		cmocka_unit_test(
		    a_certificate_is_held_against_the_host_that_is_meant),
		cmocka_unit_test(one_dialogue_serves_all_hosts_at_its_address),
		cmocka_unit_test(
		    a_dead_vantage_is_told_by_the_control_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
