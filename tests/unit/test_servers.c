#include <stdio.h>
#include <string.h>

#include "agent/model/parts.h"
#include "tests/unit/support.h"
#include "tests/unit/world.h"

#define NS   "ns1.example.org, ns2.example.net"
#define MX   "10 mx1.example.org, 20 mx2.example.org"
#define ONE  "192.0.2.53"
#define TWO  "198.51.100.53"
#define HOUR (INT64_C(3600) * 1000000)

/* What name servers say of domains, and when they are asked. */

struct scene {
	struct world w;
	struct domain *one, *two;
};

static void
say_serial(
    struct scene *s, const char *server, const char *name, uint32_t serial)
{
	char owner[32], target[] = "ns1.example.org";
	struct dns_rr soa = { .owner = owner,
		.target = target,
		.type = DNS_SOA,
		.ttl = 60,
		.soa = { serial, 1, 2, 3, 4 } };
	struct obs_dns *o =
	    facts_direct_says(s->w.facts, server, name, DNS_SOA, "");

	snprintf(owner, sizeof(owner), "%s", name);
	o->status = DNS_OK;
	o->aa = true;
	assert_int_equal(obs_dns_add(o, DNS_ANSWER, &soa), 0);
}

static struct domain *
add(struct scene *s, const char *name, uint32_t serial)
{
	static const char *const server[] = { ONE, TWO };

	facts_says(s->w.facts, EVERY, name, DNS_NS, NS);
	facts_says(s->w.facts, EVERY, name, DNS_MX, MX);
	for (size_t i = 0; i < 2; i++) {
		say_serial(s, server[i], name, serial);
		facts_direct_says(s->w.facts, server[i], name, DNS_NS, NS);
		facts_direct_says(s->w.facts, server[i], name, DNS_MX, MX);
	}
	return world_add(&s->w, name);
}

static void
begin(struct scene *s)
{
	world_init(&s->w, 3);
	s->w.facts = facts_healthy();
	s->one = add(s, "one.com", 100);
	s->two = add(s, "two.com", 2000);
	world_run(&s->w);
}

static void
end(struct scene *s)
{
	struct model *m = s->w.model;

	for (uint32_t i = 0; i < model_ids(m); i++)
		if (model_domain(m, i) != NULL)
			model_remove(m, model_domain(m, i));
	assert_int_equal(m->lists.count, 0);
	assert_int_equal(m->asked.count, 0);
	assert_int_equal(m->rounds.count, 0);
	assert_int_equal(m->nasked, 0);
	assert_int_equal(m->pictures.count, 1);
	facts_free(s->w.facts);
	world_free(&s->w);
}

static uint32_t
serial_of(struct scene *s, struct domain *domain, const char *server)
{
	struct facts *f = world_facts(&s->w, domain);
	const struct obs_dns *o;
	struct ip ip;
	uint32_t serial;

	assert_int_equal(ip_parse(server, &ip), 0);
	o = facts_direct(f, &ip, domain->name, DNS_SOA);
	assert_non_null(o);
	assert_int_equal(o->nrr, 1);
	serial = o->rr[0].soa.serial;
	facts_free(f);
	return serial;
}

/* Look at what is wanted; nothing is assembled. */
static void
look_at_wanted(struct scene *s)
{
	while (s->w.nwanted > 0)
		world_look(&s->w, s->w.wanted[0]);
}

static void
ask_again(struct scene *s, struct domain *domain)
{
	round_want_all(s->w.model, domain);
	look_at_wanted(s);
}

/* What the first server that is asked of the domain is asked, once the result of
 * the same was learned, with fingerprints that tell serials from that one. */
static struct task
learn_prints(struct scene *s, uint32_t printed_from)
{
	struct task_result result;
	struct thing *thing;
	struct task task;

	round_want_all(s->w.model, s->one);
	thing = s->w.wanted[0];
	result = world_begin(&s->w, thing);
	for (size_t i = 0; i < result.ndns; i++)
		result.dns[i]->print = 10 + i;
	result.serial = printed_from;
	assert_int_equal(
	    model_learn(s->w.model, thing, &result, s->w.now), LEARNED_SAME);
	world_end(&result);
	/* The thing is another one, and the last. */
	s->w.wanted[0] = s->w.wanted[--s->w.nwanted];
	round_want_all(s->w.model, s->one);
	thing = s->w.wanted[s->w.nwanted - 1];
	model_task(s->w.model, thing, s->w.now, &task);
	assert_true(task.ntype > 0);
	return task;
}

static void
a_serial_is_in_the_fingerprint_as_its_difference(void **state)
{
	struct task task;
	struct scene s;

	(void)state;
	begin(&s);
	task = learn_prints(&s, 100);
	assert_int_equal(task.serial, 100);
	for (size_t t = 0; t < task.ntype; t++)
		assert_int_equal(task.print[t], 10 + t);
	/* The other zone has the same, told from its own serial. */
	look_at_wanted(&s);
	round_want_all(s.w.model, s.two);
	model_task(s.w.model, s.w.wanted[0], s.w.now, &task);
	assert_int_equal(task.serial, 2000);
	for (size_t t = 0; t < task.ntype; t++)
		assert_int_equal(task.print[t], 10 + t);
	look_at_wanted(&s);
	end(&s);
}

static void
a_fingerprint_from_another_serial_is_not_kept(void **state)
{
	struct task task;
	struct scene s;

	(void)state;
	begin(&s);
	task = learn_prints(&s, 99);
	for (size_t t = 0; t < task.ntype; t++)
		assert_int_equal(
		    task.print[t], task.type[t] == DNS_SOA ? 0 : 10 + t);
	look_at_wanted(&s);
	end(&s);
}

static void
each_zone_has_its_serial_and_all_share_the_rest(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	assert_int_equal(asked_of(s.w.model, s.one)->servers,
	    asked_of(s.w.model, s.two)->servers);
	assert_true(asked_of(s.w.model, s.one)->servers != 0);
	assert_int_equal(serial_of(&s, s.one, ONE), 100);
	assert_int_equal(serial_of(&s, s.one, TWO), 100);
	assert_int_equal(serial_of(&s, s.two, ONE), 2000);
	assert_int_equal(s.w.model->rounds.count, 0);
	end(&s);
}

static void
a_serial_that_moves_at_all_is_no_change(void **state)
{
	uint32_t before;
	struct scene s;

	(void)state;
	begin(&s);
	before = asked_of(s.w.model, s.one)->servers;
	say_serial(&s, ONE, "one.com", 101);
	say_serial(&s, TWO, "one.com", 101);
	ask_again(&s, s.one);
	assert_int_equal(world_dirty(&s.w), 0);
	assert_int_equal(asked_of(s.w.model, s.one)->servers, before);
	assert_int_equal(serial_of(&s, s.one, ONE), 101);
	assert_int_equal(serial_of(&s, s.one, TWO), 101);
	/* Over the end of the numbers, too. */
	say_serial(&s, ONE, "one.com", 3);
	say_serial(&s, TWO, "one.com", 3);
	ask_again(&s, s.one);
	assert_int_equal(world_dirty(&s.w), 0);
	assert_int_equal(serial_of(&s, s.one, TWO), 3);
	end(&s);
}

static void
a_serial_that_moves_at_one_is_a_change(void **state)
{
	struct model_likeness a, b;
	struct scene s;

	(void)state;
	begin(&s);
	say_serial(&s, TWO, "one.com", 101);
	ask_again(&s, s.one);
	assert_ptr_equal(model_dirty(s.w.model), s.one);
	assert_null(model_dirty(s.w.model));
	assert_int_equal(serial_of(&s, s.one, ONE), 100);
	assert_int_equal(serial_of(&s, s.one, TWO), 101);
	/* They say it with their serials: no two are alike. */
	say_serial(&s, TWO, "two.com", 2001);
	ask_again(&s, s.two);
	world_run(&s.w);
	assert_int_equal(asked_of(s.w.model, s.one)->servers,
	    asked_of(s.w.model, s.two)->servers);
	assert_true(model_likeness(s.w.model, s.one, &a));
	assert_true(model_likeness(s.w.model, s.two, &b));
	assert_memory_not_equal(&a, &b, sizeof(a));
	/* The other one follows. */
	say_serial(&s, ONE, "one.com", 101);
	ask_again(&s, s.one);
	assert_int_equal(world_dirty(&s.w), 1);
	assert_int_equal(serial_of(&s, s.one, ONE), 101);
	end(&s);
}

/* Not before the last of those that are asked at a time. */
static void
a_round_is_judged_when_it_is_over(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	facts_direct_says(s.w.facts, ONE, "one.com", DNS_NS, "ns1.a");
	round_want_all(s.w.model, s.one);
	while (s.w.nwanted > 1) {
		world_look(&s.w, s.w.wanted[0]);
		assert_int_equal(world_dirty(&s.w), 0);
	}
	world_look(&s.w, s.w.wanted[0]);
	assert_int_equal(world_dirty(&s.w), 1);
	end(&s);
}

/* One that was lost is asked again later, and held up by nobody. */
static void
what_was_lost_is_not_waited_for(void **state)
{
	struct task_result lost = { .lost = true };
	struct thing *thing;
	struct scene s;

	(void)state;
	begin(&s);
	facts_direct_says(s.w.facts, ONE, "one.com", DNS_NS, "ns1.a");
	facts_direct_says(s.w.facts, TWO, "one.com", DNS_NS, "ns1.a");
	round_want_all(s.w.model, s.one);
	thing = s.w.wanted[0];
	world_look(&s.w, s.w.wanted[1]);
	while (s.w.nwanted > 1)
		world_look(&s.w, s.w.wanted[1]);
	assert_int_equal(world_dirty(&s.w), 0);
	assert_int_equal(
	    model_learn(s.w.model, thing, &lost, s.w.now), LEARNED_NOTHING);
	assert_int_equal(world_dirty(&s.w), 1);
	assert_int_equal(s.w.model->rounds.count, 1);
	look_at_wanted(&s);
	assert_int_equal(s.w.model->rounds.count, 0);
	end(&s);
}

/* With the domain's own look, when their interval is over. */
static void
they_are_asked_when_it_is_time(void **state)
{
	size_t asked;
	struct scene s;

	(void)state;
	begin(&s);
	assert_int_equal(world_look(&s.w, domain_own(s.one)), LEARNED_SAME);
	assert_int_equal(s.w.nwanted, 0);
	/* The first time within an interval, then after each. */
	s.w.now.us = HOUR;
	world_look(&s.w, domain_own(s.one));
	asked = s.w.nwanted;
	assert_true(asked >= 2);
	look_at_wanted(&s);
	s.w.now.us = 2 * HOUR - 1000000;
	world_look(&s.w, domain_own(s.one));
	assert_int_equal(s.w.nwanted, 0);
	s.w.now.us = 2 * HOUR;
	world_look(&s.w, domain_own(s.one));
	assert_int_equal(s.w.nwanted, asked);
	look_at_wanted(&s);
	assert_int_equal(world_dirty(&s.w), 0);
	end(&s);
}

static void
at_a_time_of_its_own_each(void **state)
{
	static char name[400][24];
	struct scene s;
	size_t early = 0, half = 0, all = 400;

	(void)state;
	begin(&s);
	for (size_t i = 0; i < all; i++) {
		uint32_t due;

		snprintf(name[i], sizeof(name[i]), "d%zu.com", i);
		due = round_first_due(s.w.model, world_add(&s.w, name[i]));
		assert_in_range(due, 4500, 36000);
		early += due < 4500 + 3150;
		half += due < 4500 + 15750;
	}
	assert_in_range(early, 35, 45);
	assert_in_range(half, 195, 205);
	end(&s);
}

static void
keep(void *arg, struct thing *thing)
{
	struct thing **kept = arg;

	if (thing->kind == THING_SERVER && *kept == NULL) {
		thing->busy = true;
		*kept = thing;
	}
}

static void
do_nothing(void *arg, struct thing *thing)
{
	assert_true(thing->refs > 0);
	++*(size_t *)arg;
}

static void
a_thing_is_made_for_who_looks_and_goes(void **state)
{
	struct thing *busy = NULL;
	struct task_result result;
	size_t n = 0, again = 0;
	struct scene s;

	(void)state;
	begin(&s);
	model_rests_on(s.w.model, s.one, do_nothing, &n);
	assert_int_equal(s.w.model->rounds.count, 0);
	model_rests_on(s.w.model, s.one, keep, &busy);
	assert_non_null(busy);
	assert_int_equal(s.w.model->rounds.count, 1);
	model_rests_on(s.w.model, s.one, do_nothing, &again);
	assert_int_equal(n, again);
	/* The domain goes while it is busy, and comes again. */
	result = world_begin(&s.w, busy);
	model_remove(s.w.model, s.one);
	assert_int_equal(busy->refs, 0);
	assert_int_equal(s.w.model->rounds.count, 0);
	s.one = world_add(&s.w, "one.com");
	world_run(&s.w);
	busy->busy = false;
	assert_int_equal(
	    model_learn(s.w.model, busy, &result, s.w.now), LEARNED_NOTHING);
	world_end(&result);
	facts_free(world_facts(&s.w, s.one));
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_serial_is_in_the_fingerprint_as_its_difference),
		cmocka_unit_test(a_fingerprint_from_another_serial_is_not_kept),
		cmocka_unit_test(
		    each_zone_has_its_serial_and_all_share_the_rest),
		cmocka_unit_test(a_serial_that_moves_at_all_is_no_change),
		cmocka_unit_test(a_serial_that_moves_at_one_is_a_change),
		cmocka_unit_test(a_round_is_judged_when_it_is_over),
		cmocka_unit_test(what_was_lost_is_not_waited_for),
		cmocka_unit_test(they_are_asked_when_it_is_time),
		cmocka_unit_test(at_a_time_of_its_own_each),
		cmocka_unit_test(a_thing_is_made_for_who_looks_and_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
