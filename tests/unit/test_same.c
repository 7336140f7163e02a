#include <string.h>

#include "agent/model/model.h"
#include "tests/unit/support.h"
#include "tests/unit/world.h"

/* Answers that are told by their fingerprints alone. */

#define PARTS 6 /* NS and MX at three vantages */

struct scene {
	struct world w;
	struct domain *org;
	struct task task;
	struct task_result result; /* of the next look at its name */
	float ms[PARTS];
};

static void
begin(struct scene *s)
{
	world_init(&s->w, 3);
	s->w.facts = facts_healthy();
	s->org = world_add(&s->w, "example.org");
	world_run(&s->w);
	s->result = world_begin(&s->w, domain_own(s->org));
	assert_int_equal(s->result.ndns, PARTS);
	for (size_t i = 0; i < PARTS; i++) {
		s->result.dns[i]->print = 100 + i % 2;
		s->ms[i] = (float)i;
	}
}

static void
end(struct scene *s)
{
	world_end(&s->result);
	facts_free(s->w.facts);
	world_free(&s->w);
}

static enum learned
learn(struct scene *s, struct thing *thing)
{
	return model_learn(s->w.model, thing, &s->result, s->w.now);
}

/* From now on part i is the same. */
static void
be_same(struct scene *s, size_t i)
{
	obs_dns_unref(s->result.dns[i]);
	s->result.dns[i] = NULL;
	s->result.same_ms = s->ms;
}

static const uint64_t *
prints(struct scene *s)
{
	model_task(s->w.model, domain_own(s->org), s->w.now, &s->task);
	assert_non_null(s->task.print);
	return s->task.print;
}

static void
a_task_names_what_is_known(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	for (size_t i = 0; i < PARTS; i++)
		assert_int_equal(prints(&s)[i], 0);
	assert_int_equal(learn(&s, domain_own(s.org)), LEARNED_SAME);
	for (size_t i = 0; i < PARTS; i++)
		assert_int_equal(prints(&s)[i], 100 + i % 2);
	/* One without a fingerprint does not undo what is known. */
	s.result.dns[0]->print = 0;
	assert_int_equal(learn(&s, domain_own(s.org)), LEARNED_SAME);
	assert_int_equal(prints(&s)[0], 100);
	end(&s);
}

static void
what_is_the_same_changes_nothing(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	learn(&s, domain_own(s.org));
	for (size_t i = 0; i < PARTS; i++)
		be_same(&s, i);
	s.w.now.us = 7000000;
	assert_int_equal(learn(&s, domain_own(s.org)), LEARNED_SAME);
	assert_int_equal(thing_looked(domain_own(s.org)).us, 7000000);
	/* The mean of 0 to 5 ms, in tenths, rounded up. */
	assert_int_equal(domain_own(s.org)->rtt, 26);
	assert_int_equal(world_dirty(&s.w), 0);
	facts_free(world_facts(&s.w, s.org));
	end(&s);
}

static void
some_are_the_same(void **state)
{
	struct facts *f;
	struct scene s;

	(void)state;
	begin(&s);
	learn(&s, domain_own(s.org));
	for (size_t i = 0; i < PARTS; i++)
		if (i != 3)
			be_same(&s, i);
	assert_int_equal(s.result.dns[3]->type, DNS_MX);
	assert_int_equal(s.result.dns[3]->vantage, 1);
	s.result.dns[3]->status = DNS_NXDOMAIN;
	s.result.dns[3]->print = 7;
	assert_int_equal(learn(&s, domain_own(s.org)), LEARNED_CHANGED);
	assert_int_equal(prints(&s)[2], 100);
	assert_int_equal(prints(&s)[3], 7);
	f = world_facts(&s.w, s.org);
	assert_int_equal(
	    facts_answer(f, 1, "example.org", DNS_MX)->status, DNS_NXDOMAIN);
	assert_int_equal(
	    facts_answer(f, 2, "example.org", DNS_MX)->status, DNS_OK);
	facts_free(f);
	end(&s);
}

/* Nothing is known of it: nothing can be the same. */
static void
only_what_is_known_can_be_the_same(void **state)
{
	struct scene s;
	struct domain *other;

	(void)state;
	begin(&s);
	for (size_t i = 0; i < PARTS; i++)
		be_same(&s, i);
	other = world_add(&s.w, "example.net");
	assert_int_equal(learn(&s, domain_own(other)), LEARNED_NOTHING);
	assert_false(domain_own(other)->known);
	s.result.same_ms = NULL;
	assert_int_equal(learn(&s, domain_own(s.org)), LEARNED_NOTHING);
	end(&s);
}

static void
a_vantage_that_answers_the_same_is_alive(void **state)
{
	float ms[3] = { 1, 1, 1 };
	struct obs_dns *none[3] = { NULL };
	struct task_result same = { .dns = none, .same_ms = ms, .ndns = 3 };
	struct thing *control;
	struct scene s;

	(void)state;
	begin(&s);
	control = model_control(s.w.model);
	s.w.facts->vantage[1].alive = TRI_NO;
	world_look(&s.w, control);
	assert_int_equal(model_alive(s.w.model, 1), TRI_NO);
	assert_int_equal(
	    model_learn(s.w.model, control, &same, s.w.now), LEARNED_SAME);
	assert_int_equal(model_alive(s.w.model, 0), TRI_YES);
	assert_int_equal(model_alive(s.w.model, 1), TRI_NO);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_task_names_what_is_known),
		cmocka_unit_test(what_is_the_same_changes_nothing),
		cmocka_unit_test(some_are_the_same),
		cmocka_unit_test(only_what_is_known_can_be_the_same),
		cmocka_unit_test(a_vantage_that_answers_the_same_is_alive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
