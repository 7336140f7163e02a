#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/model/parts.h"
#include "tests/unit/support.h"
#include "tests/unit/world.h"

#define NS "ns1.example.org, ns2.example.net"
#define MX "10 mx1.example.org, 20 mx2.example.org"

static struct ip
ip(const char *text)
{
	struct ip out;

	assert_int_equal(ip_parse(text, &out), 0);
	return out;
}

/* example.org as in facts_healthy(), and two domains that share its servers:
 * example.net all, example.com the mail server mx2 alone. */
struct three {
	struct world w;
	struct facts *f;
	struct domain *org, *net, *com;
};

static void
add_facts(struct facts *f, const char *domain, const char *mx)
{
	facts_says(f, EVERY, domain, DNS_NS, NS);
	facts_says(f, EVERY, domain, DNS_MX, mx);
	facts_direct_says(f, "192.0.2.53", domain, DNS_NS, NS);
	facts_direct_says(f, "192.0.2.53", domain, DNS_MX, mx);
}

static void
begin(struct three *x)
{
	world_init(&x->w, 3);
	x->f = facts_healthy();
	add_facts(x->f, "example.net", MX);
	add_facts(x->f, "example.com", "10 mx2.example.org");
	x->w.facts = x->f;
	x->org = world_add(&x->w, "example.org");
	x->net = world_add(&x->w, "example.net");
	x->com = world_add(&x->w, "example.com");
	world_run(&x->w);
	assert_int_equal(model_dirty_count(x->w.model), 0);
}

static void
end(struct three *x)
{
	world_free(&x->w);
	facts_free(x->f);
}

static struct thing *
endpoint(const struct three *x, const char *address)
{
	struct ip where = ip(address);
	struct thing *thing = model_endpoint(x->w.model, &where);

	assert_non_null(thing);
	return thing;
}

/* The thing by which this server is asked about the domain: wanted. */
static struct thing *
server(const struct three *x, struct domain *domain, const char *address)
{
	struct ip where = ip(address);
	const struct server *known = servers_at(x->w.model, domain, &where);
	struct thing *thing;

	assert_non_null(known);
	thing = round_want(x->w.model, domain, known);
	assert_non_null(thing);
	return thing;
}

/* ----------------------------------------------------------------- domains */

static void
domains_are_found_by_name_and_id(void **state)
{
	struct three x;
	struct model *m;

	(void)state;
	begin(&x);
	m = x.w.model;
	assert_ptr_equal(model_find(m, "example.net"), x.net);
	assert_ptr_equal(model_domain(m, x.net->id), x.net);
	assert_null(model_find(m, "mx1.example.org"));
	assert_null(model_find(m, "example.edu"));
	assert_null(model_domain(m, 3));
	assert_int_equal(model_count(m), 3);
	assert_int_equal(model_ids(m), 3);
	end(&x);
}

static void
ids_are_used_again(void **state)
{
	struct three x;
	struct model *m;

	(void)state;
	begin(&x);
	m = x.w.model;
	model_remove(m, x.net);
	assert_int_equal(model_ids(m), 3);
	assert_null(model_domain(m, 1));
	assert_int_equal(world_add(&x.w, "example.edu")->id, 1);
	assert_int_equal(world_add(&x.w, "example.info")->id, 3);
	model_remove(m, model_find(m, "example.info"));
	model_remove(m, x.com);
	assert_int_equal(model_ids(m), 2);
	assert_int_equal(model_count(m), 2);
	end(&x);
}

static void
what_is_shared_is_there_once(void **state)
{
	struct model_stats stats;
	struct three x;

	(void)state;
	begin(&x);
	model_stats(x.w.model, &stats);
	assert_int_equal(stats.domains, 3);
	/* ".", 3 domains, org, net, com, 2 name and 2 mail servers. */
	assert_int_equal(stats.names, 11);
	assert_int_equal(stats.endpoints, 3);
	/* Each domain's two. */
	assert_int_equal(stats.servers, 6);
	assert_int_equal(endpoint(&x, "192.0.2.25")->refs, 2);
	assert_int_equal(endpoint(&x, "198.51.100.25")->refs, 3);
	assert_int_equal(domain_own(x.org)->refs, 1);
	assert_int_equal(model_name(x.w.model, "mx2.example.org")->refs, 3);
	end(&x);
}

static void
nothing_is_left_of_what_nobody_watches(void **state)
{
	struct model_stats stats;
	struct three x;

	(void)state;
	begin(&x);
	model_remove(x.w.model, x.org);
	model_remove(x.w.model, x.com);
	model_remove(x.w.model, x.net);
	model_stats(x.w.model, &stats);
	assert_int_equal(stats.domains, 0);
	assert_int_equal(stats.names, 1);
	assert_int_equal(stats.servers, 0);
	assert_int_equal(stats.endpoints, 0);
	assert_int_equal(x.w.model->names.count, 1);
	assert_int_equal(x.w.model->addresses.count, 0);
	assert_int_equal(x.w.model->sets.count, 0);
	assert_int_equal(x.w.model->pictures.count, 1);
	assert_int_equal(x.w.model->lists.count, 0);
	assert_int_equal(x.w.model->asked.count, 0);
	assert_int_equal(x.w.model->rounds.count, 0);
	/* Nobody was about to be asked of the servers. */
	assert_int_equal(x.w.unwanted, 10 + 3);
	assert_int_equal(x.w.nwanted, 0);
	end(&x);
}

/* ------------------------------------------------------------ what is dirty */

static void
an_unchanged_answer_is_nothing(void **state)
{
	struct model_stats before, after;
	struct three x;

	(void)state;
	begin(&x);
	model_stats(x.w.model, &before);
	assert_int_equal(world_look(&x.w, domain_own(x.org)), LEARNED_SAME);
	assert_int_equal(
	    world_look(&x.w, endpoint(&x, "192.0.2.25")), LEARNED_SAME);
	assert_int_equal(world_dirty(&x.w), 0);
	world_again(&x.w);
	assert_int_equal(world_dirty(&x.w), 0);
	model_stats(x.w.model, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	end(&x);
}

static void
its_own_answer_concerns_one_domain(void **state)
{
	struct three x;

	(void)state;
	begin(&x);
	facts_with_mx(x.f, 1, "10 mx2.example.org");
	assert_int_equal(world_look(&x.w, domain_own(x.org)), LEARNED_CHANGED);
	assert_int_equal(model_dirty_count(x.w.model), 1);
	assert_ptr_equal(model_dirty(x.w.model), x.org);
	assert_null(model_dirty(x.w.model));
	end(&x);
}

static void
a_mail_server_concerns_all_that_rest_on_it(void **state)
{
	static const struct {
		const char *address, *host;
		size_t domains;
	} row[] = { { "192.0.2.25", "mx1.example.org", 2 },
		{ "198.51.100.25", "mx2.example.org", 3 } };
	struct three x;

	(void)state;
	begin(&x);
	for (size_t i = 0; i < 2; i++) {
		facts_smtp_fails(x.f, row[i].address, row[i].host, SMTP_CONNECT,
		    SMTP_TIMEOUT, 0);
		assert_int_equal(world_look(&x.w, endpoint(&x, row[i].address)),
		    LEARNED_CHANGED);
		assert_int_equal(world_dirty(&x.w), row[i].domains);
	}
	end(&x);
}

static void
a_name_server_concerns_the_domain_it_was_asked_about(void **state)
{
	struct three x;

	(void)state;
	begin(&x);
	facts_direct_says(x.f, "192.0.2.53", "example.net", DNS_NS, "ns1.a");
	assert_int_equal(
	    world_look(&x.w, server(&x, x.net, "192.0.2.53")), LEARNED_CHANGED);
	assert_ptr_equal(model_dirty(x.w.model), x.net);
	assert_null(model_dirty(x.w.model));
	/* A host's address concerns all. */
	facts_address(x.f, 0, "ns2.example.net", "198.51.100.54");
	world_look(&x.w, model_name(x.w.model, "ns2.example.net"));
	assert_int_equal(world_dirty(&x.w), 3);
	end(&x);
}

static void
add_below(struct three *x, const char *name)
{
	struct dns_rr soa = { .owner = (char[]){ "example.org" },
		.target = (char[]){ "ns1.example.org" },
		.type = DNS_SOA };

	for (unsigned v = 0; v < 3; v++)
		obs_dns_add(
		    facts_says(x->f, v, name, DNS_NS, ""), DNS_AUTHORITY, &soa);
	facts_says(x->f, EVERY, name, DNS_MX, MX);
	world_add(&x->w, name);
}

/* One zone, asked about for two domains. */
static void
a_server_may_be_shared(void **state)
{
	struct ip server = ip("192.0.2.53");
	struct three x;
	struct thing *thing;

	(void)state;
	begin(&x);
	add_below(&x, "one.example.org");
	add_below(&x, "two.example.org");
	world_run(&x.w);
	thing = thing_server(x.w.model, "example.org", &server);
	assert_int_equal(thing->refs, 2);
	facts_direct_soa(x.f, "192.0.2.53", 5);
	assert_int_equal(world_look(&x.w, thing), LEARNED_CHANGED);
	assert_int_equal(world_dirty(&x.w), 2);
	end(&x);
}

/* Nothing is judged before the last of what it waits for is there. */
static void
a_domain_waits_for_all_that_it_rests_on(void **state)
{
	struct world w;
	struct domain *org;
	bool pending = true;

	(void)state;
	world_init(&w, 3);
	w.facts = facts_healthy();
	org = world_add(&w, "example.org");
	for (size_t rounds = 0; pending; rounds++) {
		assert_true(rounds < 5);
		while (w.nwanted > 1) {
			world_look(&w, w.wanted[0]);
			assert_null(model_dirty(w.model));
		}
		world_look(&w, w.wanted[0]);
		assert_ptr_equal(model_dirty(w.model), org);
		facts_free(model_assemble(w.model, org, facts_now, &pending));
	}
	assert_int_equal(w.nwanted, 0);
	facts_free(w.facts);
	world_free(&w);
}

static void
many_changes_are_passed_on_once(void **state)
{
	struct three x;

	(void)state;
	begin(&x);
	facts_smtp_fails(x.f, "192.0.2.25", "mx1.example.org", SMTP_CONNECT,
	    SMTP_TIMEOUT, 0);
	facts_smtp_fails(x.f, "198.51.100.25", "mx2.example.org", SMTP_CONNECT,
	    SMTP_TIMEOUT, 0);
	facts_with_mx(x.f, 0, "10 mx2.example.org");
	world_look(&x.w, endpoint(&x, "192.0.2.25"));
	world_look(&x.w, endpoint(&x, "198.51.100.25"));
	world_look(&x.w, domain_own(x.org));
	assert_int_equal(world_dirty(&x.w), 3);
	model_renew(x.w.model, x.com);
	model_renew(x.w.model, x.com);
	assert_int_equal(model_dirty_count(x.w.model), 1);
	assert_int_equal(world_dirty(&x.w), 1);
	/* A domain that goes while it is dirty. */
	model_renew(x.w.model, x.com);
	model_remove(x.w.model, x.com);
	assert_int_equal(world_dirty(&x.w), 0);
	end(&x);
}

/* ---------------------------------------------------------- what is learned */

static void
what_could_not_be_found_out_changes_nothing(void **state)
{
	struct task_result lost = { .lost = true };
	struct mono looked;
	struct three x;

	(void)state;
	begin(&x);
	looked = thing_looked(domain_own(x.org));
	x.w.facts = NULL;
	x.w.now.us = 5000000;
	assert_int_equal(world_look(&x.w, domain_own(x.org)), LEARNED_NOTHING);
	assert_int_equal(
	    world_look(&x.w, endpoint(&x, "192.0.2.25")), LEARNED_NOTHING);
	assert_int_equal(
	    model_learn(x.w.model, domain_own(x.org), &lost, x.w.now),
	    LEARNED_NOTHING);
	assert_int_equal(thing_looked(domain_own(x.org)).us, looked.us);
	assert_int_equal(world_dirty(&x.w), 0);
	assert_int_equal(
	    model_dialogue(endpoint(&x, "192.0.2.25"))->error, SMTP_OK);
	/* One vantage: the others are learned. */
	x.w.facts = x.f;
	facts_fails(x.f, 0, "example.org", DNS_MX, DNS_UNCHECKED);
	assert_int_equal(world_look(&x.w, domain_own(x.org)), LEARNED_SAME);
	facts_fails(x.f, 1, "example.org", DNS_MX, DNS_SERVFAIL);
	assert_int_equal(world_look(&x.w, domain_own(x.org)), LEARNED_CHANGED);
	assert_int_equal(thing_looked(domain_own(x.org)).us, 5000000);
	end(&x);
}

static void
what_never_was_known_is_known_as_unknown(void **state)
{
	struct three x;
	struct domain *edu;
	struct facts *f;

	(void)state;
	begin(&x);
	edu = world_add(&x.w, "example.edu");
	facts_says(x.f, EVERY, "example.edu", DNS_MX, "10 mx.example.edu");
	facts_address(x.f, EVERY, "mx.example.edu", "203.0.113.25");
	world_run(&x.w);
	f = world_facts(&x.w, edu);
	assert_int_equal(
	    facts_answer(f, 0, "example.edu", DNS_NS)->status, DNS_UNCHECKED);
	assert_int_equal(f->nsmtp, 1);
	assert_int_equal(f->smtp[0]->error, SMTP_LOCAL);
	facts_free(f);
	end(&x);
}

static void
answers_that_do_not_belong_are_passed_over(void **state)
{
	struct obs_dns *dns[4] = { obs_dns_new("other.example", DNS_MX),
		obs_dns_new("example.org", DNS_TXT),
		obs_dns_new("example.org", DNS_MX),
		obs_dns_new("example.org", DNS_MX) };
	struct task_result result = { .dns = dns, .ndns = 4 };
	struct three x;

	(void)state;
	begin(&x);
	for (size_t i = 0; i < 4; i++)
		dns[i]->status = DNS_NXDOMAIN;
	dns[2]->vantage = 3;
	dns[3]->direct = true;
	assert_int_equal(
	    model_learn(x.w.model, domain_own(x.org), &result, x.w.now),
	    LEARNED_NOTHING);
	assert_int_equal(world_dirty(&x.w), 0);
	for (size_t i = 0; i < 4; i++)
		obs_dns_unref(dns[i]);
	end(&x);
}

/* ---------------------------------------------------------------- dialogues */

static void
failed(struct obs_smtp *o)
{
	o->error = SMTP_REJECTED;
	o->code = 554;
	o->text = strdup("no");
}

static void
quicker(struct obs_smtp *o)
{
	o->greeting_ms = 9999;
	o->total_ms = 9999;
	o->tls->handshake_ms = 999;
}

static void
slow(struct obs_smtp *o)
{
	o->greeting_ms = 10001;
}

static void
late(struct obs_smtp *o)
{
	o->total_ms = 20001;
}

static void
hurried(struct obs_smtp *o)
{
	o->hurried = true;
}

static void
goodbye(struct obs_smtp *o)
{
	free(o->text);
	o->text = strdup("until we meet again");
}

static void
no_tls(struct obs_smtp *o)
{
	obs_tls_free(o->tls);
	o->tls = NULL;
	o->starttls = false;
	o->starttls_code = 0;
}

static void
old_protocol(struct obs_smtp *o)
{
	free(o->tls->protocol);
	o->tls->protocol = strdup("TLSv1");
}

static void
new_certificate(struct obs_smtp *o)
{
	o->tls->not_after.us += 1;
}

static void
recipient(struct obs_smtp *o)
{
	o->rcpt_code = 550;
}

static const struct {
	const char *label;
	void (*change)(struct obs_smtp *);
	bool same;
} dialogues[] = {
	{ "refused", failed, false },
	{ "other times", quicker, true },
	{ "slower than the threshold", slow, false },
	{ "later than the range", late, false },
	{ "not a fair wait", hurried, false },
	{ "another goodbye", goodbye, true },
	{ "no TLS", no_tls, false },
	{ "an old protocol", old_protocol, false },
	{ "a new certificate", new_certificate, false },
	{ "a recipient refused", recipient, false },
};

static void
dialogues_are_the_same_when_judged_alike(void **state)
{
	struct facts *f = facts_healthy(), *g;
	struct policy policy;

	(void)state;
	facts_policy(&policy);
	assert_int_equal(range_parse("20", &policy.warn), 0);
	for (size_t i = 0; i < sizeof(dialogues) / sizeof(*dialogues); i++) {
		g = facts_healthy();
		dialogues[i].change(g->smtp[0]);
		if (dialogue_same(&policy, f->smtp[0], g->smtp[0]) !=
		    dialogues[i].same)
			fail_msg("%s", dialogues[i].label);
		assert_true(dialogue_same(&policy, g->smtp[0], g->smtp[0]));
		facts_free(g);
	}
	policy_free(&policy);
	facts_free(f);
}

static const struct {
	const char *a, *b;
	bool same;
} texts[] = {
	{ "try later", "try later", true },
	{ "try later", "try again later", false },
	{ "try later", "try", false },
	{ "busy a1b2 until 12:30", "busy 7f until 12:31", true },
	{ "id=x9 busy", "busy", true },
	{ "busy", "", false },
	{ "busy", NULL, false },
	{ NULL, NULL, true },
	{ "12", "", true },
};

static void
words_with_digits_do_not_count(void **state)
{
	struct ip address = ip("192.0.2.25");
	struct policy policy;

	(void)state;
	facts_policy(&policy);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct obs_smtp *a = obs_smtp_new(&address, 25, "a");
		struct obs_smtp *b = obs_smtp_new(&address, 25, "a");

		a->error = b->error = SMTP_DEFERRED;
		a->text = texts[i].a == NULL ? NULL : strdup(texts[i].a);
		b->text = texts[i].b == NULL ? NULL : strdup(texts[i].b);
		if (dialogue_same(&policy, a, b) != texts[i].same)
			fail_msg("\"%s\" and \"%s\"", texts[i].a, texts[i].b);
		obs_smtp_unref(a);
		obs_smtp_unref(b);
	}
	policy_free(&policy);
}

/* Is the certificate due?  To TLS it always goes. */
static bool
is_due(const struct three *x, const struct thing *thing)
{
	struct task task;

	model_task(x->w.model, thing, x->w.now, &task);
	assert_int_equal(task.kind, TASK_DIALOGUE);
	assert_int_equal(task.depth, DEPTH_STARTTLS);
	return !task.resume;
}

/* What a dialogue brings that does not go as far as TLS. */
static struct obs_smtp *
short_dialogue(struct facts *f, const char *address, const char *host)
{
	struct obs_smtp *o = facts_smtp_up(f, address, host);

	obs_tls_free(o->tls);
	o->tls = NULL;
	o->starttls_code = 0;
	o->total_ms = 7;
	return o;
}

static void
tls_facts_are_kept_while_tls_is_not_due(void **state)
{
	const struct obs_smtp *held;
	struct thing *mx1;
	struct three x;

	(void)state;
	begin(&x);
	mx1 = endpoint(&x, "192.0.2.25");
	assert_false(is_due(&x, mx1));
	short_dialogue(x.f, "192.0.2.25", "mx1.example.org");
	x.w.now.us = INT64_C(3600) * 1000000;
	assert_int_equal(world_look(&x.w, mx1), LEARNED_SAME);
	held = model_dialogue(mx1);
	assert_true(held->tls->established);
	assert_int_equal(held->starttls_code, 220);
	assert_float_equal(held->total_ms, 7, 0.1);
	/* The interval counts from the last one that went the whole way. */
	assert_false(is_due(&x, mx1));
	x.w.now.us = INT64_C(6) * 3600 * 1000000;
	assert_true(is_due(&x, mx1));
	facts_smtp_up(x.f, "192.0.2.25", "mx1.example.org")->tls->trusted =
	    TRI_NO;
	assert_int_equal(world_look(&x.w, mx1), LEARNED_CHANGED);
	assert_false(is_due(&x, mx1));
	end(&x);
}

/* What a dialogue brings whose TLS session is an earlier one. */
static struct obs_smtp *
resumed_dialogue(struct facts *f, const char *address, const char *host)
{
	struct obs_smtp *o = facts_smtp_up(f, address, host);

	obs_tls_free(o->tls);
	o->tls = calloc(1, sizeof(*o->tls));
	assert_non_null(o->tls);
	o->tls->established = o->tls->resumed = true;
	o->tls->protocol = strdup("TLSv1.3");
	o->tls->cipher = strdup("TLS_AES_256_GCM_SHA384");
	return o;
}

/* It lacks the certificate, and nothing else. */
static void
a_resumed_session_keeps_the_certificate(void **state)
{
	const struct obs_tls *tls;
	struct obs_smtp *o;
	struct thing *mx1;
	struct three x;

	(void)state;
	begin(&x);
	mx1 = endpoint(&x, "192.0.2.25");
	x.w.now.us = INT64_C(3600) * 1000000;
	resumed_dialogue(x.f, "192.0.2.25", "mx1.example.org");
	assert_int_equal(world_look(&x.w, mx1), LEARNED_SAME);
	tls = model_dialogue(mx1)->tls;
	assert_true(tls->certificate && !tls->resumed);
	assert_int_equal(tls->trusted, TRI_YES);
	assert_false(is_due(&x, mx1));
	/* The interval is that of the certificate. */
	x.w.now.us = INT64_C(6) * 3600 * 1000000;
	assert_true(is_due(&x, mx1));
	/* What was put before its TLS is its own. */
	o = resumed_dialogue(x.f, "192.0.2.25", "mx1.example.org");
	o->tls->injected = 7;
	assert_int_equal(world_look(&x.w, mx1), LEARNED_CHANGED);
	tls = model_dialogue(mx1)->tls;
	assert_int_equal(tls->injected, 7);
	assert_true(tls->certificate);
	/* TLS that fails has no session. */
	o = resumed_dialogue(x.f, "192.0.2.25", "mx1.example.org");
	o->tls->established = o->tls->resumed = false;
	o->error = SMTP_TLS_FAILED;
	o->phase = SMTP_TLS;
	assert_int_equal(world_look(&x.w, mx1), LEARNED_CHANGED);
	assert_false(model_dialogue(mx1)->tls->certificate);
	assert_true(is_due(&x, mx1));
	end(&x);
}

/* As when what was known was forgotten while it was under way. */
static void
a_resumed_session_alone_is_nothing(void **state)
{
	struct thing *mx1;
	struct three x;

	(void)state;
	begin(&x);
	mx1 = endpoint(&x, "192.0.2.25");
	short_dialogue(x.f, "192.0.2.25", "mx1.example.org")->starttls = false;
	assert_int_equal(world_look(&x.w, mx1), LEARNED_CHANGED);
	resumed_dialogue(x.f, "192.0.2.25", "mx1.example.org");
	assert_int_equal(world_look(&x.w, mx1), LEARNED_NOTHING);
	assert_null(model_dialogue(mx1)->tls);
	end(&x);
}

static void
what_failed_goes_the_whole_way(void **state)
{
	struct thing *mx1;
	struct three x;

	(void)state;
	begin(&x);
	mx1 = endpoint(&x, "192.0.2.25");
	facts_smtp_fails(x.f, "192.0.2.25", "mx1.example.org", SMTP_CONNECT,
	    SMTP_TIMEOUT, 0);
	world_look(&x.w, mx1);
	assert_null(model_dialogue(mx1)->tls);
	assert_true(is_due(&x, mx1));
	facts_smtp_up(x.f, "192.0.2.25", "mx1.example.org");
	world_look(&x.w, mx1);
	assert_false(is_due(&x, mx1));
	/* STARTTLS is gone: nothing to graft, and found at once. */
	short_dialogue(x.f, "192.0.2.25", "mx1.example.org")->starttls = false;
	assert_int_equal(world_look(&x.w, mx1), LEARNED_CHANGED);
	assert_null(model_dialogue(mx1)->tls);
	assert_false(is_due(&x, mx1));
	/* It is back: its facts are wanted. */
	short_dialogue(x.f, "192.0.2.25", "mx1.example.org");
	world_look(&x.w, mx1);
	assert_true(is_due(&x, mx1));
	end(&x);
}

static void
each_recipient_is_a_dialogue_of_its_own(void **state)
{
	struct model_stats stats;
	struct settings rcpt;
	struct task task;
	struct three x;
	struct thing *mx2;

	(void)state;
	begin(&x);
	rcpt = x.w.settings;
	rcpt.depth = DEPTH_RCPT;
	model_reload(x.w.model, &rcpt);
	x.w.nwanted = 0;
	assert_int_equal(world_dirty(&x.w), 3);
	model_renew(x.w.model, x.org);
	model_renew(x.w.model, x.net);
	model_renew(x.w.model, x.com);
	world_run(&x.w);
	model_stats(x.w.model, &stats);
	assert_int_equal(stats.endpoints, 3 + 3 + 1);
	mx2 = endpoint(&x, "198.51.100.25");
	assert_int_equal(mx2->refs, 1);
	model_task(x.w.model, mx2, x.w.now, &task);
	assert_int_equal(task.depth, DEPTH_RCPT);
	assert_non_null(task.rcpt);
	assert_non_null(model_find(x.w.model, task.rcpt));
	x.w.settings = rcpt;
	end(&x);
}

/* --------------------------------------------------------------- who and what
 */

static void
tasks_ask_what_is_wanted(void **state)
{
	struct ip where = ip("192.0.2.53");
	struct task task;
	struct three x;

	(void)state;
	begin(&x);
	model_task(x.w.model, domain_own(x.org), x.w.now, &task);
	assert_int_equal(task.kind, TASK_LOOKUP);
	assert_int_equal(task.vantages, 7);
	assert_int_equal(task.ntype, 2);
	model_task(x.w.model, model_name(x.w.model, "mx1.example.org"), x.w.now,
	    &task);
	assert_int_equal(task.ntype, 2);
	assert_int_equal(task.type[0], DNS_A);
	assert_int_equal(task.type[1], DNS_AAAA);
	model_task(x.w.model, server(&x, x.org, "192.0.2.53"), x.w.now, &task);
	assert_int_equal(task.kind, TASK_ASK);
	assert_int_equal(task.ntype, 3);
	assert_true(ip_equal(&task.ip, &where));
	assert_string_equal(task.name, "example.org");
	end(&x);
}

static void
intervals(void **state)
{
	struct domain_group often = { .interval_ms = 60000 };
	struct domain_setting setting = { .name = "example.org" };
	struct three x;
	struct model *m;

	(void)state;
	begin(&x);
	m = x.w.model;
	assert_int_equal(model_interval_ms(m, domain_own(x.org)), 300000);
	model_regroup(m, x.org, &setting, &often);
	assert_int_equal(model_interval_ms(m, domain_own(x.org)), 60000);
	assert_int_equal(
	    model_interval_ms(m, endpoint(&x, "192.0.2.25")), 300000);
	assert_int_equal(
	    model_interval_ms(m, server(&x, x.org, "192.0.2.53")), 3600000);
	assert_int_equal(model_interval_ms(m, model_control(m)), 10000);
	end(&x);
}

static void
note_domain(void *arg, struct domain *domain)
{
	snprintf(
	    (char *)arg + strlen(arg), 100 - strlen(arg), "%s ", domain->name);
}

static void
users_and_siblings(void **state)
{
	char text[100] = "";
	struct three x;
	struct model *m;

	(void)state;
	begin(&x);
	m = x.w.model;
	model_users(m, endpoint(&x, "192.0.2.25"), 0, 9, note_domain, text);
	assert_string_equal(text, "example.org example.net ");
	*text = '\0';
	model_users(m, domain_own(x.com), 0, 9, note_domain, text);
	assert_string_equal(text, "example.com ");
	*text = '\0';
	model_users(m, endpoint(&x, "192.0.2.25"), 1, 9, note_domain, text);
	assert_string_equal(text, "example.net ");
	*text = '\0';
	model_users(m, endpoint(&x, "192.0.2.25"), 0, 1, note_domain, text);
	assert_string_equal(text, "example.org ");
	*text = '\0';
	model_users(m, endpoint(&x, "192.0.2.25"), 2, 9, note_domain, text);
	assert_string_equal(text, "");
	*text = '\0';
	model_siblings(m, x.net, 9, note_domain, text);
	assert_string_equal(text, "example.org example.net example.com ");
	*text = '\0';
	model_siblings(m, x.net, 2, note_domain, text);
	assert_string_equal(text, "example.org example.net ");
	facts_says(x.f, EVERY, "example.com", DNS_NS, "ns3.example.com");
	world_look(&x.w, domain_own(x.com));
	*text = '\0';
	model_siblings(m, x.com, 9, note_domain, text);
	assert_string_equal(text, "example.com ");
	end(&x);
}

/* ---------------------------------------------------------- wanted, unwanted
 */

static void
what_is_not_used_any_more_goes(void **state)
{
	struct ip gone = ip("192.0.2.25");
	struct three x;

	(void)state;
	begin(&x);
	facts_with_mx(x.f, EVERY, "10 mx2.example.org");
	facts_says(x.f, EVERY, "example.net", DNS_MX, "10 mx2.example.org");
	world_look(&x.w, domain_own(x.org));
	world_run(&x.w);
	assert_int_equal(endpoint(&x, "192.0.2.25")->refs, 1);
	assert_int_equal(x.w.unwanted, 0);
	world_look(&x.w, domain_own(x.net));
	world_run(&x.w);
	assert_null(model_endpoint(x.w.model, &gone));
	assert_null(model_name(x.w.model, "mx1.example.org"));
	/* The host, and its two addresses. */
	assert_int_equal(x.w.unwanted, 3);
	end(&x);
}

static void
what_is_busy_goes_when_it_is_done(void **state)
{
	struct ip where = ip("192.0.2.25");
	struct task_result result;
	struct thing *mx1;
	struct three x;

	(void)state;
	begin(&x);
	mx1 = endpoint(&x, "192.0.2.25");
	result = world_begin(&x.w, mx1);
	mx1->busy = true;
	model_remove(x.w.model, x.org);
	model_remove(x.w.model, x.net);
	assert_ptr_equal(model_endpoint(x.w.model, &where), mx1);
	assert_int_equal(mx1->refs, 0);
	mx1->busy = false;
	assert_int_equal(
	    model_learn(x.w.model, mx1, &result, x.w.now), LEARNED_NOTHING);
	assert_null(model_endpoint(x.w.model, &where));
	world_end(&result);
	end(&x);
}

static void
what_goes_may_come_back(void **state)
{
	struct task_result result;
	struct thing *mx1;
	struct three x;

	(void)state;
	begin(&x);
	mx1 = endpoint(&x, "192.0.2.25");
	result = world_begin(&x.w, mx1);
	mx1->busy = true;
	model_remove(x.w.model, x.org);
	model_remove(x.w.model, x.net);
	assert_int_equal(mx1->refs, 0);
	x.org = world_add(&x.w, "example.org");
	world_run(&x.w);
	assert_ptr_equal(endpoint(&x, "192.0.2.25"), mx1);
	assert_int_equal(mx1->refs, 1);
	mx1->busy = false;
	assert_int_equal(
	    model_learn(x.w.model, mx1, &result, x.w.now), LEARNED_SAME);
	assert_ptr_equal(endpoint(&x, "192.0.2.25"), mx1);
	world_end(&result);
	end(&x);
}

static void
what_is_added_while_busy_is_asked_again(void **state)
{
	struct task_result result;
	struct thing *host;
	struct domain *domain;
	struct three x;

	(void)state;
	begin(&x);
	host = model_name(x.w.model, "mx1.example.org");
	result = world_begin(&x.w, host);
	host->busy = true;
	domain = world_add(&x.w, "mx1.example.org");
	assert_ptr_equal(domain_own(domain), host);
	assert_true(host->again);
	assert_int_equal(x.w.nwanted, 0);
	host->busy = false;
	assert_int_equal(
	    model_learn(x.w.model, host, &result, x.w.now), LEARNED_SAME);
	assert_true(host->again);
	world_end(&result);
	facts_says(x.f, EVERY, "mx1.example.org", DNS_MX, MX);
	facts_says(x.f, EVERY, "mx1.example.org", DNS_NS, "");
	assert_int_equal(world_look(&x.w, host), LEARNED_CHANGED);
	assert_false(host->again);
	/* As domain and as host. */
	assert_int_equal(world_dirty(&x.w), 3);
	end(&x);
}

/* ------------------------------------------------------------------- reload */

static void
an_equal_configuration_moves_nothing(void **state)
{
	struct settings same;
	struct three x;

	(void)state;
	begin(&x);
	same = x.w.settings;
	same.dns_interval_ms = 1000;
	model_reload(x.w.model, &same);
	assert_int_equal(x.w.nwanted, 0);
	assert_int_equal(world_dirty(&x.w), 0);
	assert_int_equal(model_interval_ms(x.w.model, domain_own(x.org)), 1000);
	end(&x);
}

static void
another_policy_is_judged_by(void **state)
{
	struct settings other;
	struct three x;

	(void)state;
	begin(&x);
	other = x.w.settings;
	other.policy.slow_ms = 1;
	model_reload(x.w.model, &other);
	assert_int_equal(x.w.nwanted, 0);
	assert_int_equal(world_dirty(&x.w), 3);
	end(&x);
}

/* v1, v0, v3 in place of v0, v1, v2. */
static void
vantages_keep_their_answers(void **state)
{
	struct vantage_setting vantage[3];
	struct settings other;
	struct three x;
	struct facts *f;
	bool pending;

	(void)state;
	begin(&x);
	facts_with_mx(x.f, 1, "10 mx2.example.org");
	world_again(&x.w);
	model_exclude(x.w.model, 1, true);
	vantage[0] = x.w.vantage[1];
	vantage[1] = x.w.vantage[0];
	vantage[2] = x.w.vantage[3];
	other = x.w.settings;
	other.vantage = vantage;
	model_reload(x.w.model, &other);
	assert_int_equal(world_dirty(&x.w), 3);
	/* All names: the new vantage knows none. */
	assert_int_equal(x.w.nwanted, x.w.model->count[THING_NAME]);
	assert_int_equal(model_alive(x.w.model, 0), TRI_YES);
	assert_int_equal(model_alive(x.w.model, 2), TRI_UNKNOWN);
	f = model_assemble(x.w.model, x.org, facts_now, &pending);
	assert_true(pending);
	assert_int_equal(f->nvantage, 2);
	assert_string_equal(f->vantage[0].name, "v0");
	assert_int_equal(facts_answer(f, 0, "example.org", DNS_MX)->nrr, 2);
	assert_null(facts_answer(f, 1, "example.org", DNS_MX));
	facts_free(f);
	model_exclude(x.w.model, 0, false);
	x.w.settings = other;
	world_run(&x.w);
	f = world_facts(&x.w, x.org);
	assert_string_equal(f->vantage[2].name, "v3");
	facts_free(f);
	end(&x);
}

static void
one_vantage_less_asks_nothing(void **state)
{
	struct settings other;
	struct three x;
	struct facts *f;

	(void)state;
	begin(&x);
	other = x.w.settings;
	other.nvantage = 2;
	model_reload(x.w.model, &other);
	assert_int_equal(x.w.nwanted, 0);
	assert_int_equal(world_dirty(&x.w), 3);
	f = world_facts(&x.w, x.org);
	assert_int_equal(f->nvantage, 2);
	facts_free(f);
	end(&x);
}

static void
what_was_under_way_at_a_reload_is_of_no_use(void **state)
{
	struct settings other;
	struct task_result result;
	struct three x;

	(void)state;
	begin(&x);
	facts_with_mx(x.f, EVERY, "10 mx2.example.org");
	result = world_begin(&x.w, domain_own(x.org));
	domain_own(x.org)->busy = true;
	other = x.w.settings;
	other.vantage = x.w.vantage + 1;
	model_reload(x.w.model, &other);
	assert_true(domain_own(x.org)->again);
	domain_own(x.org)->busy = false;
	assert_int_equal(
	    model_learn(x.w.model, domain_own(x.org), &result, x.w.now),
	    LEARNED_NOTHING);
	assert_true(domain_own(x.org)->again);
	world_end(&result);
	assert_int_equal(world_look(&x.w, domain_own(x.org)), LEARNED_CHANGED);
	assert_false(domain_own(x.org)->again);
	end(&x);
}

static void
another_port_is_another_dialogue(void **state)
{
	struct settings other;
	struct three x;
	struct facts *f;
	bool pending;

	(void)state;
	begin(&x);
	other = x.w.settings;
	other.smtp_port = 2525;
	model_reload(x.w.model, &other);
	assert_int_equal(x.w.nwanted, 3);
	assert_null(model_dialogue(endpoint(&x, "192.0.2.25")));
	f = model_assemble(x.w.model, x.org, facts_now, &pending);
	assert_true(pending);
	assert_int_equal(f->port, 2525);
	facts_free(f);
	world_run(&x.w);
	facts_free(world_facts(&x.w, x.org));
	end(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domains_are_found_by_name_and_id),
		cmocka_unit_test(ids_are_used_again),
		cmocka_unit_test(what_is_shared_is_there_once),
		cmocka_unit_test(nothing_is_left_of_what_nobody_watches),
		cmocka_unit_test(an_unchanged_answer_is_nothing),
		cmocka_unit_test(its_own_answer_concerns_one_domain),
		cmocka_unit_test(a_mail_server_concerns_all_that_rest_on_it),
		cmocka_unit_test(
		    a_name_server_concerns_the_domain_it_was_asked_about),
		cmocka_unit_test(a_server_may_be_shared),
		cmocka_unit_test(a_domain_waits_for_all_that_it_rests_on),
		cmocka_unit_test(many_changes_are_passed_on_once),
		cmocka_unit_test(what_could_not_be_found_out_changes_nothing),
		cmocka_unit_test(what_never_was_known_is_known_as_unknown),
		cmocka_unit_test(answers_that_do_not_belong_are_passed_over),
		cmocka_unit_test(dialogues_are_the_same_when_judged_alike),
		cmocka_unit_test(words_with_digits_do_not_count),
		cmocka_unit_test(tls_facts_are_kept_while_tls_is_not_due),
		cmocka_unit_test(a_resumed_session_keeps_the_certificate),
		cmocka_unit_test(a_resumed_session_alone_is_nothing),
		cmocka_unit_test(what_failed_goes_the_whole_way),
		cmocka_unit_test(each_recipient_is_a_dialogue_of_its_own),
		cmocka_unit_test(tasks_ask_what_is_wanted),
		cmocka_unit_test(intervals),
		cmocka_unit_test(users_and_siblings),
		cmocka_unit_test(what_is_not_used_any_more_goes),
		cmocka_unit_test(what_is_busy_goes_when_it_is_done),
		cmocka_unit_test(what_goes_may_come_back),
		cmocka_unit_test(what_is_added_while_busy_is_asked_again),
		cmocka_unit_test(an_equal_configuration_moves_nothing),
		cmocka_unit_test(another_policy_is_judged_by),
		cmocka_unit_test(vantages_keep_their_answers),
		cmocka_unit_test(one_vantage_less_asks_nothing),
		cmocka_unit_test(what_was_under_way_at_a_reload_is_of_no_use),
		cmocka_unit_test(another_port_is_another_dialogue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
