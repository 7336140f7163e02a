#include <string.h>

#include "agent/model/model.h"
#include "tests/unit/support.h"
#include "tests/unit/world.h"

#define NS "ns1.example.org, ns2.example.net"
#define MX "10 mx1.example.org, 20 mx2.example.org"

/* Two that are alike, and one whose servers are in itself. */
struct scene {
	struct world w;
	struct domain *one, *two, *org;
};

static struct domain *
add(struct scene *s, const char *name)
{
	facts_says(s->w.facts, EVERY, name, DNS_NS, NS);
	facts_says(s->w.facts, EVERY, name, DNS_MX, MX);
	facts_direct_says(s->w.facts, "192.0.2.53", name, DNS_NS, NS);
	facts_direct_says(s->w.facts, "192.0.2.53", name, DNS_MX, MX);
	return world_add(&s->w, name);
}

static void
begin(struct scene *s)
{
	world_init(&s->w, 3);
	s->w.facts = facts_healthy();
	s->one = add(s, "one.com");
	s->two = add(s, "two.com");
	s->org = world_add(&s->w, "example.org");
	world_run(&s->w);
}

static void
end(struct scene *s)
{
	facts_free(s->w.facts);
	world_free(&s->w);
}

static bool
are_alike(const struct scene *s)
{
	struct model_likeness a, b;

	assert_true(model_likeness(s->w.model, s->one, &a));
	assert_true(model_likeness(s->w.model, s->two, &b));
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static void
what_rests_on_the_same_is_alike(void **state)
{
	struct model_likeness like;
	struct scene s;

	(void)state;
	begin(&s);
	assert_true(are_alike(&s));
	assert_false(model_likeness(s.w.model, s.org, &like));
	end(&s);
}

static void
another_answer_is_another_likeness(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	facts_says(s.w.facts, 1, "two.com", DNS_MX, "10 mx2.example.org");
	world_again(&s.w);
	assert_false(are_alike(&s));
	facts_says(s.w.facts, 1, "two.com", DNS_MX, MX);
	world_again(&s.w);
	assert_true(are_alike(&s));
	facts_direct_says(s.w.facts, "192.0.2.53", "one.com", DNS_NS, "ns1.a");
	world_again(&s.w);
	assert_false(are_alike(&s));
	end(&s);
}

static void
what_is_not_known_is_like_nothing(void **state)
{
	struct model_likeness like;
	struct scene s;
	struct domain *new;

	(void)state;
	begin(&s);
	new = add(&s, "three.com");
	assert_false(model_likeness(s.w.model, new, &like));
	world_run(&s.w);
	assert_true(model_likeness(s.w.model, new, &like));
	end(&s);
}

static void
a_change_of_what_is_shared_is_seen(void **state)
{
	struct ip mail;
	struct model_likeness before, after;
	struct domain_group other = { 0 };
	struct domain_setting setting = { .name = "one.com" };
	struct scene s;

	(void)state;
	begin(&s);
	assert_true(model_likeness(s.w.model, s.one, &before));
	assert_int_equal(ip_parse("192.0.2.25", &mail), 0);
	facts_smtp_fails(s.w.facts, "192.0.2.25", "mx1.example.org",
	    SMTP_CONNECT, SMTP_TIMEOUT, 0);
	world_look(&s.w, model_endpoint(s.w.model, &mail));
	world_dirty(&s.w);
	assert_true(are_alike(&s));
	assert_true(model_likeness(s.w.model, s.one, &after));
	assert_memory_not_equal(&before, &after, sizeof(before));
	model_exclude(s.w.model, 1, true);
	assert_true(model_likeness(s.w.model, s.one, &before));
	assert_memory_not_equal(&before, &after, sizeof(before));
	model_regroup(s.w.model, s.one, &setting, &other);
	assert_false(are_alike(&s));
	end(&s);
}

static void
count_thing(void *arg, struct thing *thing)
{
	(void)thing;
	++*(size_t *)arg;
}

/* What was never put together can rest on what another one does: then it is
 * like that one as soon as its own name servers have answered. */
static void
one_rests_on_what_another_does(void **state)
{
	struct scene s;
	struct domain *new, *elsewhere;
	struct model *m;
	size_t theirs = 0, its = 0;
	bool pending;

	(void)state;
	begin(&s);
	m = s.w.model;
	new = add(&s, "three.com");
	elsewhere = add(&s, "three.net");
	assert_false(model_rest_like(m, new, s.one, &pending));
	world_look(&s.w, domain_own(new));
	world_look(&s.w, domain_own(elsewhere));
	assert_true(model_outline(m, new) == model_outline(m, s.one));
	assert_true(model_outline(m, elsewhere) != model_outline(m, s.one));
	assert_false(model_rest_like(m, elsewhere, s.one, &pending));
	assert_false(model_rest_like(m, s.org, s.one, &pending));
	assert_false(model_rest_like(m, new, s.org, &pending));
	assert_true(model_rest_like(m, new, s.one, &pending));
	assert_true(pending);
	model_rests_on(m, s.one, count_thing, &theirs);
	model_rests_on(m, new, count_thing, &its);
	assert_int_equal(its, theirs);
	/* It does so already. */
	assert_false(model_rest_like(m, new, s.one, &pending));
	world_run(&s.w);
	s.two = new;
	assert_true(are_alike(&s));
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_rests_on_the_same_is_alike),
		cmocka_unit_test(another_answer_is_another_likeness),
		cmocka_unit_test(what_is_not_known_is_like_nothing),
		cmocka_unit_test(a_change_of_what_is_shared_is_seen),
		cmocka_unit_test(one_rests_on_what_another_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
