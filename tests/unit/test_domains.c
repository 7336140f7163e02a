#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/model/parts.h"
#include "tests/unit/support.h"
#include "tests/unit/world.h"

#define NS "ns1.example.org, ns2.example.net"
#define MX "10 mx1.example.org, 20 mx2.example.org"

/* Domains where they are: in records, which are found by names and ids. */

static void
watch_nothing_else(struct world *w)
{
	struct model_stats stats;

	model_stats(w->model, &stats);
	assert_int_equal(stats.domains, 0);
	assert_int_equal(stats.names, 1);
	assert_int_equal(stats.servers, 0);
	assert_int_equal(stats.endpoints, 0);
	assert_int_equal(w->model->nrecord, 0);
	assert_int_equal(w->model->ids, 0);
	assert_int_equal(w->model->names.count, 1);
}

static void
begin(struct world *w)
{
	world_init(w, 3);
	w->facts = facts_healthy();
	facts_says(w->facts, EVERY, "mx1.example.org", DNS_NS, "");
	facts_says(w->facts, EVERY, "mx1.example.org", DNS_MX, MX);
}

static void
end(struct world *w)
{
	facts_free(w->facts);
	world_free(w);
}

/* A host of others that was watched before, and is not any more. */
static void
a_name_that_others_rest_on_outlives_its_domain(void **state)
{
	char *text = strdup("mx1.example.org");
	struct domain_setting setting = { .name = text };
	struct domain *host, *org;
	struct thing *thing;
	struct world w;

	(void)state;
	begin(&w);
	host = model_add(w.model, &setting, &w.group);
	thing = domain_own(host);
	org = world_add(&w, "example.org");
	world_run(&w);
	assert_ptr_equal(model_name(w.model, "mx1.example.org"), thing);
	assert_int_equal(thing->refs, 2);
	model_remove(w.model, host);
	free(text);
	assert_int_equal(thing->refs, 1);
	assert_null(model_find(w.model, "mx1.example.org"));
	assert_null(model_domain(w.model, 0));
	assert_int_equal(model_count(w.model), 1);
	/* It is a host as any other: looked at, and changed. */
	assert_ptr_equal(model_name(w.model, "mx1.example.org"), thing);
	assert_string_equal(thing->name, "mx1.example.org");
	facts_address(w.facts, EVERY, "mx1.example.org", "192.0.2.26");
	assert_int_equal(world_look(&w, thing), LEARNED_CHANGED);
	assert_int_equal(world_dirty(&w), 1);
	model_remove(w.model, org);
	watch_nothing_else(&w);
	end(&w);
}

static void
it_may_be_watched_again(void **state)
{
	struct domain *host, *org;
	struct thing *thing;
	struct world w;

	(void)state;
	begin(&w);
	host = world_add(&w, "mx1.example.org");
	thing = domain_own(host);
	org = world_add(&w, "example.org");
	world_run(&w);
	model_remove(w.model, host);
	host = world_add(&w, "mx1.example.org");
	assert_ptr_equal(domain_own(host), thing);
	assert_int_equal(thing->refs, 2);
	assert_ptr_equal(model_find(w.model, "mx1.example.org"), host);
	assert_int_equal(model_dirty_count(w.model), 1);
	world_run(&w);
	facts_free(world_facts(&w, host));
	model_remove(w.model, org);
	facts_free(world_facts(&w, host));
	model_remove(w.model, host);
	watch_nothing_else(&w);
	end(&w);
}

/* The other way round: it was a host before. */
static void
a_host_may_be_watched(void **state)
{
	struct domain *host, *org;
	struct thing *thing;
	struct world w;

	(void)state;
	begin(&w);
	org = world_add(&w, "example.org");
	world_run(&w);
	thing = model_name(w.model, "mx1.example.org");
	host = world_add(&w, "mx1.example.org");
	assert_ptr_equal(domain_own(host), thing);
	assert_ptr_equal(model_find(w.model, "mx1.example.org"), host);
	assert_ptr_equal(model_name(w.model, "mx1.example.org"), thing);
	world_run(&w);
	facts_free(world_facts(&w, host));
	model_remove(w.model, org);
	assert_int_equal(thing->refs, 1);
	facts_free(world_facts(&w, host));
	model_remove(w.model, host);
	watch_nothing_else(&w);
	end(&w);
}

/* What is under way at its own name, when its domain goes and comes. */
static void
a_domain_may_go_while_it_is_looked_at(void **state)
{
	struct task_result result;
	struct domain *org;
	struct thing *own;
	struct world w;

	(void)state;
	begin(&w);
	org = world_add(&w, "example.org");
	own = domain_own(org);
	result = world_begin(&w, own);
	own->busy = true;
	model_remove(w.model, org);
	assert_int_equal(own->refs, 0);
	assert_ptr_equal(model_name(w.model, "example.org"), own);
	org = world_add(&w, "example.org");
	assert_ptr_equal(domain_own(org), own);
	assert_int_equal(own->refs, 1);
	model_remove(w.model, org);
	own->busy = false;
	assert_int_equal(
	    model_learn(w.model, own, &result, w.now), LEARNED_NOTHING);
	world_end(&result);
	watch_nothing_else(&w);
	end(&w);
}

/* A configuration is read again: the old texts go. */
static void
names_are_given_anew(void **state)
{
	char *before = strdup("example.org"), *after = strdup("example.org");
	struct domain_setting setting = { .name = before };
	struct domain *org;
	struct world w;

	(void)state;
	begin(&w);
	org = model_add(w.model, &setting, &w.group);
	world_run(&w);
	setting.name = after;
	setting.unicode = "EXAMPLE.org";
	model_regroup(w.model, org, &setting, &w.group);
	free(before);
	assert_ptr_equal(model_find(w.model, "example.org"), org);
	assert_string_equal(domain_own(org)->name, "example.org");
	assert_string_equal(model_unicode(w.model, org), "EXAMPLE.org");
	world_again(&w);
	model_remove(w.model, org);
	free(after);
	watch_nothing_else(&w);
	end(&w);
}

#define MANY 5000

static void
name_it(char *name, size_t i)
{
	snprintf(name, 24, "d%zu.example", i);
}

/* Added, every third removed, and again: each is found, and no other. */
static void
many_are_found(void **state)
{
	static char name[MANY][24];
	struct world w;

	(void)state;
	world_init(&w, 1);
	for (size_t i = 0; i < MANY; i++) {
		name_it(name[i], i);
		assert_int_equal(world_add(&w, name[i])->id, i);
	}
	for (size_t i = 0; i < MANY; i += 3)
		model_remove(w.model, model_find(w.model, name[i]));
	for (size_t i = 0; i < MANY; i++) {
		struct domain *domain = model_find(w.model, name[i]);

		assert_int_equal(domain == NULL, i % 3 == 0);
		assert_ptr_equal(model_domain(w.model, (uint32_t)i), domain);
		if (domain != NULL)
			assert_string_equal(domain->name, name[i]);
	}
	assert_int_equal(model_ids(w.model), MANY);
	for (size_t i = 0; i < MANY; i += 3)
		assert_int_equal(world_add(&w, name[i])->id, i);
	assert_int_equal(model_count(w.model), MANY);
	for (size_t i = 0; i < MANY; i++)
		model_remove(w.model, model_find(w.model, name[i]));
	watch_nothing_else(&w);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_name_that_others_rest_on_outlives_its_domain),
		cmocka_unit_test(it_may_be_watched_again),
		cmocka_unit_test(a_host_may_be_watched),
		cmocka_unit_test(a_domain_may_go_while_it_is_looked_at),
		cmocka_unit_test(names_are_given_anew),
		cmocka_unit_test(many_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
