#include <stdlib.h>
#include <string.h>

#include "agent/model/parts.h"
#include "tests/unit/answers.h"
#include "tests/unit/support.h"

#include "tests/unit/world.h"

/* ------------------------------------------------------------------ hooks */

static void
forget(struct world *w, const struct thing *thing)
{
	for (size_t i = 0; i < w->nwanted; i++)
		if (w->wanted[i] == thing)
			w->wanted[i] = w->wanted[--w->nwanted];
}

static void
note_wanted(void *arg, struct thing *thing)
{
	struct world *w = arg;

	assert_false(thing->busy);
	forget(w, thing);
	w->wanted =
	    reallocarray(w->wanted, w->nwanted + 1, sizeof(struct thing *));
	assert_non_null(w->wanted);
	w->wanted[w->nwanted++] = thing;
}

static void
note_unwanted(void *arg, struct thing *thing)
{
	struct world *w = arg;

	assert_int_equal(thing->refs, 0);
	forget(w, thing);
	w->unwanted++;
}

static const char *
refuse_special(void *arg, const struct ip *ip)
{
	const struct policy *policy = &((struct world *)arg)->settings.policy;

	for (size_t i = 0; i < policy->nallow; i++)
		if (ip_in_net(ip, &policy->allow[i]))
			return NULL;
	return ip_special(ip);
}

void
world_init(struct world *w, unsigned nvantage)
{
	static char name[][3] = { "v0", "v1", "v2", "v3" };

	*w = (struct world){ 0 };
	for (unsigned i = 0; i <= WORLD_VANTAGES; i++) {
		w->vantage[i] =
		    (struct vantage_setting){ .name = name[i], .port = 53 };
		w->vantage[i].ip.family = 4;
		memcpy(w->vantage[i].ip.byte, "\xc0\x00\x02\xc8", 4);
		w->vantage[i].ip.byte[3] = (uint8_t)(200 + i);
	}
	facts_policy(&w->settings.policy);
	w->settings.vantage = w->vantage;
	w->settings.nvantage = nvantage;
	w->settings.smtp_port = 25;
	w->settings.depth = DEPTH_STARTTLS;
	w->settings.dns_interval_ms = w->settings.smtp_interval_ms = 300000;
	w->settings.authority_interval_ms = 3600000;
	w->settings.tls_interval_ms = 6 * 3600000;
	w->settings.canaries.interval_ms = 10000;
	w->hooks = (struct model_hooks){ .wanted = note_wanted,
		.unwanted = note_unwanted,
		.refuses = refuse_special };
	w->model = model_new(&w->settings, &w->hooks, w);
	assert_non_null(w->model);
	note_wanted(w, model_control(w->model));
}

void
world_free(struct world *w)
{
	model_free(w->model);
	policy_free(&w->settings.policy);
	free(w->wanted);
}

struct domain *
world_add(struct world *w, const char *name)
{
	struct domain_setting setting = { .name = name };
	struct domain *domain = model_add(w->model, &setting, &w->group);

	assert_non_null(domain);
	return domain;
}

/* ------------------------------------------------------------------- looks */

struct task_result
world_begin(struct world *w, struct thing *thing)
{
	struct task task;

	model_task(w->model, thing, w->now, &task);
	w->looks++;
	return answers_to(w->facts, &task, (unsigned)w->settings.nvantage);
}

void
world_end(struct task_result *result)
{
	answers_free(result);
}

enum learned
world_look(struct world *w, struct thing *thing)
{
	struct task_result result = world_begin(w, thing);
	enum learned learned;

	forget(w, thing);
	learned = model_learn(w->model, thing, &result, w->now);
	world_end(&result);
	return learned;
}

void
world_run(struct world *w)
{
	struct domain *domain;
	bool pending;

	for (size_t rounds = 0; rounds < 100; rounds++) {
		while (w->nwanted > 0)
			world_look(w, w->wanted[0]);
		domain = model_dirty(w->model);
		for (; domain != NULL; domain = model_dirty(w->model)) {
			struct facts *f = model_assemble(
			    w->model, domain, facts_now, &pending);

			assert_non_null(f);
			facts_free(f);
		}
		if (w->nwanted == 0)
			return;
	}
	fail_msg("it has no end");
}

static void
want_again(void *arg, struct thing *thing)
{
	note_wanted(arg, thing);
}

void
world_again(struct world *w)
{
	model_each(w->model, THING_NAME, want_again, w);
	model_each(w->model, THING_SERVER, want_again, w);
	model_each(w->model, THING_ENDPOINT, want_again, w);
	for (uint32_t i = 0; i < model_ids(w->model); i++)
		if (model_domain(w->model, i) != NULL)
			round_want_all(w->model, model_domain(w->model, i));
	world_run(w);
}

struct facts *
world_facts(struct world *w, struct domain *domain)
{
	bool pending;
	struct facts *f = model_assemble(w->model, domain, facts_now, &pending);

	assert_non_null(f);
	assert_false(pending);
	return f;
}

size_t
world_dirty(struct world *w)
{
	size_t n = 0;

	while (model_dirty(w->model) != NULL)
		n++;
	assert_int_equal(model_dirty_count(w->model), 0);
	return n;
}
