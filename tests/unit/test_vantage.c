#include "agent/model/parts.h"
#include "tests/unit/support.h"
#include "tests/unit/world.h"

/* Vantages that are left out, and those that are not even asked. */

#define DEAD 1

struct scene {
	struct world w;
	struct facts *f;
	struct domain *org;
};

static void
begin(struct scene *s)
{
	world_init(&s->w, 3);
	s->f = facts_healthy();
	s->w.facts = s->f;
	s->org = world_add(&s->w, "example.org");
	world_run(&s->w);
}

static void
end(struct scene *s)
{
	world_free(&s->w);
	facts_free(s->f);
}

static void
spare(struct scene *s)
{
	model_exclude(s->w.model, DEAD, true);
	model_spare(s->w.model, DEAD, true);
}

static uint32_t
mask(const struct scene *s, const struct thing *thing)
{
	struct task task;

	model_task(s->w.model, thing, s->w.now, &task);
	return task.vantages;
}

static void
only_the_control_question_goes_to_it(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	assert_int_equal(mask(&s, domain_own(s.org)), 7);
	spare(&s);
	assert_int_equal(mask(&s, domain_own(s.org)), 5);
	assert_int_equal(mask(&s, model_control(s.w.model)), 7);
	end(&s);
}

/* What is new is known without it, and judged. */
static void
nothing_waits_for_it(void **state)
{
	struct domain *late;
	struct scene s;
	struct facts *f;

	(void)state;
	begin(&s);
	spare(&s);
	late = world_add(&s.w, "example.net");
	facts_says(s.f, EVERY, "example.net", DNS_NS, "ns1.example.org");
	facts_says(s.f, EVERY, "example.net", DNS_MX, "10 mx1.example.org");
	world_run(&s.w);
	f = world_facts(&s.w, late);
	assert_int_equal(f->nvantage, 2);
	facts_free(f);
	assert_true(model_lacks(s.w.model, DEAD));
	assert_false(model_lacks(s.w.model, 0));
	end(&s);
}

static void
asked_again_it_is_asked_about_everything(void **state)
{
	const int mx = type_index(DNS_MX);
	const struct atom *before;
	struct scene s;
	size_t names;

	(void)state;
	begin(&s);
	before = picture_find(s.w.model, domain_own(s.org), DEAD, mx);
	assert_non_null(before);
	spare(&s);
	facts_with_mx(s.f, DEAD, "10 mx9.example.org");
	model_spare(s.w.model, DEAD, false);
	names = s.w.model->count[THING_NAME];
	/* But for the control question. */
	assert_int_equal(s.w.nwanted, names - 1);
	assert_true(model_lacks(s.w.model, DEAD));
	assert_null(picture_find(s.w.model, domain_own(s.org), DEAD, mx));
	world_run(&s.w);
	assert_false(model_lacks(s.w.model, DEAD));
	assert_ptr_not_equal(
	    picture_find(s.w.model, domain_own(s.org), DEAD, mx), before);
	end(&s);
}

/* A look that is under way then was told not to ask it. */
static void
what_is_under_way_is_asked_again(void **state)
{
	struct task_result result;
	struct scene s;

	(void)state;
	begin(&s);
	spare(&s);
	result = world_begin(&s.w, domain_own(s.org));
	domain_own(s.org)->busy = true;
	model_spare(s.w.model, DEAD, false);
	domain_own(s.org)->busy = false;
	model_learn(s.w.model, domain_own(s.org), &result, s.w.now);
	assert_true(domain_own(s.org)->again);
	world_end(&result);
	end(&s);
}

static void
somebody_is_always_asked(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	for (unsigned v = 0; v < 3; v++)
		model_spare(s.w.model, v, true);
	assert_int_equal(mask(&s, domain_own(s.org)), 7);
	end(&s);
}

/* ---------------------------------------------------- who sees otherwise */

static void
says_ad(struct obs_dns *o)
{
	o->ad = true;
}

static void
says_why(struct obs_dns *o)
{
	o->ede = 22;
}

static void
is_endless(struct obs_dns *o)
{
	o->loop = true;
}

static void
has_signature(struct obs_dns *o)
{
	char owner[] = "example.org";
	const struct dns_rr rr = { .owner = owner,
		.type = DNS_RRSIG,
		.covered = DNS_MX,
		.expires = 1 };

	assert_int_equal(obs_dns_add(o, DNS_ANSWER, &rr), 0);
}

#define MX "10 mx1.example.org, 20 mx2.example.org"

struct seen {
	enum dns_status status;
	const char *mx;
	void (*more)(struct obs_dns *);
};

static const struct {
	const char *label;
	struct seen theirs, mine;
	bool same;
} sights[] = {
	{ "the same", { DNS_OK, MX, NULL }, { DNS_OK, MX, NULL }, true },
	{ "one validates", { DNS_OK, MX, says_ad }, { DNS_OK, MX, NULL },
	    true },
	{ "it shows signatures", { DNS_OK, MX, NULL },
	    { DNS_OK, MX, has_signature }, true },
	{ "they are silent, it gives up", { DNS_TIMEOUT, NULL, NULL },
	    { DNS_SERVFAIL, NULL, NULL }, true },
	{ "both give up, it says why", { DNS_SERVFAIL, NULL, NULL },
	    { DNS_SERVFAIL, NULL, says_why }, true },
	{ "they follow an endless alias", { DNS_OK, "", is_endless },
	    { DNS_SERVFAIL, NULL, NULL }, true },
	{ "another preference", { DNS_OK, MX, NULL },
	    { DNS_OK, "10 mx1.example.org, 10 mx2.example.org", NULL }, false },
	{ "another host", { DNS_OK, MX, NULL },
	    { DNS_OK, "10 mx1.example.org, 20 mx9.example.org", NULL }, false },
	{ "one less", { DNS_OK, MX, NULL },
	    { DNS_OK, "10 mx1.example.org", NULL }, false },
	{ "it gives up alone", { DNS_OK, MX, NULL },
	    { DNS_SERVFAIL, NULL, NULL }, false },
	{ "it alone finds it", { DNS_TIMEOUT, NULL, NULL },
	    { DNS_OK, MX, NULL }, false },
	{ "its validation fails", { DNS_OK, MX, NULL }, { DNS_BOGUS, MX, NULL },
	    false },
	{ "they give up, its validation fails", { DNS_SERVFAIL, NULL, NULL },
	    { DNS_BOGUS, MX, NULL }, false },
	{ "it says no such domain", { DNS_OK, "", NULL },
	    { DNS_NXDOMAIN, NULL, NULL }, false },
};

static void
say(struct facts *f, unsigned vantage, const struct seen *seen)
{
	struct obs_dns *o;

	if (seen->mx == NULL) {
		o = facts_fails(
		    f, vantage, "example.org", DNS_MX, seen->status);
	} else {
		o = facts_says(f, vantage, "example.org", DNS_MX, seen->mx);
		if (seen->status != DNS_OK)
			o->status = seen->status;
	}
	if (seen->more != NULL)
		seen->more(o);
}

static void
who_fails_or_finds_alike_sees_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sights) / sizeof(sights[0]); i++) {
		size_t same, otherwise;
		struct scene s;

		begin(&s);
		for (unsigned v = 0; v < 3; v++)
			say(s.f, v,
			    v == DEAD ? &sights[i].mine : &sights[i].theirs);
		world_again(&s.w);
		model_agreement(
		    s.w.model, DEAD, (struct mono){ 0 }, &same, &otherwise);
		if (same != sights[i].same || same + otherwise != 1)
			fail_msg("%s: %zu same, %zu otherwise", sights[i].label,
			    same, otherwise);
		end(&s);
	}
}

/* The others, too, fail alike in ways of their own. */
static void
others_agree_when_each_fails_in_its_way(void **state)
{
	static const enum dns_status fails[] = { DNS_TIMEOUT, DNS_NXDOMAIN,
		DNS_SERVFAIL };
	size_t same, otherwise;
	struct scene s;

	(void)state;
	begin(&s);
	for (unsigned v = 0; v < 3; v++)
		facts_fails(s.f, v, "example.org", DNS_MX, fails[v]);
	world_again(&s.w);
	model_agreement(s.w.model, DEAD, (struct mono){ 0 }, &same, &otherwise);
	assert_int_equal(same, 0);
	assert_int_equal(otherwise, 1);
	end(&s);
}

/* Where none counts, nothing is known: no failure is made of that. */
static void
without_any_that_counts_all_is_unknown(void **state)
{
	struct report *report;
	struct scene s;
	struct facts *f;
	bool pending;

	(void)state;
	begin(&s);
	for (unsigned v = 0; v < 3; v++)
		model_exclude(s.w.model, v, true);
	f = model_assemble(s.w.model, s.org, facts_now, &pending);
	assert_non_null(f);
	report = judge(f, &s.w.settings.policy, facts_now);
	assert_non_null(report);
	assert_int_equal(report->verdict, SEVERITY_UNKNOWN);
	report_free(report);
	facts_free(f);
	end(&s);
}

static void
a_reload_that_moves_vantages_asks_all(void **state)
{
	struct vantage_setting vantage[2];
	struct settings other;
	struct scene s;

	(void)state;
	begin(&s);
	spare(&s);
	vantage[0] = s.w.vantage[1];
	vantage[1] = s.w.vantage[0];
	other = s.w.settings;
	other.vantage = vantage;
	other.nvantage = 2;
	model_reload(s.w.model, &other);
	assert_int_equal(mask(&s, domain_own(s.org)), 3);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_control_question_goes_to_it),
		cmocka_unit_test(nothing_waits_for_it),
		cmocka_unit_test(asked_again_it_is_asked_about_everything),
		cmocka_unit_test(what_is_under_way_is_asked_again),
		cmocka_unit_test(somebody_is_always_asked),
		cmocka_unit_test(who_fails_or_finds_alike_sees_the_same),
		cmocka_unit_test(others_agree_when_each_fails_in_its_way),
		cmocka_unit_test(without_any_that_counts_all_is_unknown),
		cmocka_unit_test(a_reload_that_moves_vantages_asks_all),
	};

	return cmocka_run_group_tests_name("vantage", tests, NULL, NULL);
}
