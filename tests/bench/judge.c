/*
 * judge DOMAINS: what judging costs when many domains are alike.
 *
 * The core itself over a pool that answers from facts, in this process, with a
 * store in a folder of its own; no network.  All domains have the same two mail
 * servers.  It prints one line of JSON: microseconds of CPU a domain for the
 * first pass (the answers included), when all are judged again, and when the
 * mail servers die and come back; how many reports were made, the longest turn
 * of the loop, and how long after the first look that found it all domains
 * stood right, and everything was in the store.
 */
#include <sys/resource.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "tests/unit/support.h"
#include "tests/unit/watch_scene.h"

static double longest_ms;
static struct mono turn_began;

static void
turn_begins(uv_check_t *check)
{
	(void)check;
	turn_began = clock_mono();
}

static void
turn_ends(uv_prepare_t *prepare)
{
	double ms = clock_ms_between(turn_began, clock_mono());

	(void)prepare;
	if (ms > longest_ms)
		longest_ms = ms;
}

/* What this program does between two turns is not in them. */
static void
turn(struct stage *s)
{
	turn_begins(NULL);
	s->turns = 0;
	stage_turn(s);
	turn_ends(NULL);
}

static double
cpu_us(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
	    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

/* In the place of the one that the settings have.  The names last as long as
 * the process. */
static void
name_all(struct settings *settings, unsigned n)
{
	struct domain_setting one = settings->domain[0];

	settings->domain =
	    reallocarray(settings->domain, n, sizeof(settings->domain[0]));
	assert_non_null(settings->domain);
	settings->ndomain = n;
	for (unsigned i = 0; i < n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "d%07u.alike", i);
		settings->domain[i] = one;
		settings->domain[i].name = strdup(name);
		assert_non_null(settings->domain[i].name);
	}
}

static void
start(struct stage *s, unsigned n)
{
	const struct watch_options options = { .program = "none" };
	struct settings *settings = stage_settings(s, "domains: [a.alike]\n");
	char why[256];

	name_all(settings, n);
	scene_open(&s->scene);
	s->watch = watch_new(
	    &s->loop, settings, s->scene.store, &options, why, sizeof(why));
	s->scene.store = NULL; /* the watch's */
	if (s->watch == NULL)
		fail_msg("%s", why);
	settings->dns_interval_ms = 3600000;
	settings->smtp_interval_ms = 3600000;
	settings->authority_interval_ms = 3600000;
}

/* Until it is so, however long that takes. */
#define UNTIL(s, condition)  \
	while (!(condition)) \
	turn(s)

/* Until all is judged.  Returns the microseconds of CPU for each. */
static double
settle(struct stage *s, unsigned n)
{
	double before = cpu_us();

	longest_ms = 0;
	UNTIL(s,
	    s->watch->unjudged == 0 && model_dirty_count(s->watch->model) == 0);
	return (cpu_us() - before) / n;
}

static double
again(struct stage *s, unsigned n)
{
	for (size_t i = 0; i < s->watch->nby_name; i++)
		model_renew(s->watch->model, s->watch->by_name[i]);
	conclude_soon(s->watch);
	return settle(s, n);
}

struct turn {
	double us, ms, stored_ms, longest_ms;
};

static bool
stand(const struct stage *s, enum outcome outcome)
{
	for (size_t i = s->watch->nby_name; i-- > 0;)
		if (s->watch->by_name[i]->standing.outcome != outcome)
			return false;
	return true;
}

/* The mail servers have turned. */
static struct turn
turned(struct stage *s, unsigned n, enum outcome outcome)
{
	struct watch *w = s->watch;
	struct mono began = clock_mono();
	struct turn t = { .us = cpu_us() };

	longest_ms = 0;
	for (size_t i = 0; i < s->facts->nsmtp; i++)
		look_at(
		    w, model_endpoint(w->model, &s->facts->smtp[i]->ip), NULL);
	UNTIL(s, stand(s, outcome));
	t.ms = clock_ms_between(began, clock_mono());
	UNTIL(s,
	    outcome == OUTCOME_ACCEPTED ? book_count(w->book) == 0 :
	                                  stage_rows(s, "opened") == 1);
	UNTIL(s, journal_waiting(w->journal) == 0);
	t.stored_ms = clock_ms_between(began, clock_mono());
	t.us = (cpu_us() - t.us) / n;
	t.longest_ms = longest_ms;
	return t;
}

static void
print_turn(const char *name, const struct turn *turn)
{
	printf(", \"%s\": {\"us\": %.2f, \"stands_ms\": %.0f, "
	       "\"stored_ms\": %.0f, \"longest_turn_ms\": %.1f}",
	    name, turn->us, turn->ms, turn->stored_ms, turn->longest_ms);
}

int
main(int argc, char **argv)
{
	unsigned n = argc == 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	struct stage *s;
	uv_check_t check;
	uv_prepare_t prepare;
	double first, turn_ms;
	struct turn dies, mends;
	void *state;

	if (n == 0) {
		fprintf(stderr, "usage: judge DOMAINS\n");
		return 2;
	}
	stage_setup(&state);
	s = state;
	uv_check_init(&s->loop, &check);
	uv_check_start(&check, turn_begins);
	uv_prepare_init(&s->loop, &prepare);
	uv_prepare_start(&prepare, turn_ends);
	start(s, n);
	first = settle(s, n);
	turn_ms = longest_ms;
	UNTIL(s,
	    journal_waiting(s->watch->journal) == 0 && !s->watch->first_pass);
	printf("{\"domains\": %u, \"first_us\": %.2f, \"first_turn_ms\": %.1f, "
	       "\"again_us\": %.2f",
	    n, first, turn_ms, again(s, n));
	stage_break(s);
	dies = turned(s, n, OUTCOME_DEFERRED);
	stage_mend(s);
	mends = turned(s, n, OUTCOME_ACCEPTED);
	print_turn("dies", &dies);
	print_turn("mends", &mends);
	printf("}\n");
	uv_close((uv_handle_t *)&check, NULL);
	uv_close((uv_handle_t *)&prepare, NULL);
	return stage_teardown(&state);
}
