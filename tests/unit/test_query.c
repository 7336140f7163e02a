#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tests/unit/watch_scene.h"

/* What the status page asks of the core: lists and counts. */

static const char domains[] =
    "domains:\n"
    "  - {name: alpha.example, labels: {customer: acme}}\n"
    "  - {name: beta.example, labels: {customer: acme, plan: gold}}\n"
    "  - {name: gamma.example, labels: {customer: umbrella}}\n"
    "  - delta.example\n"
    "  - epsilon.example\n"
    "  - gone-1.example\n"
    "  - {name: gone-2.example, labels: {customer: acme}}\n"
    "  - m\xc3\xbcller.example\n";

static void
settle(struct stage *s)
{
	static const char *const well[] = { "alpha.example", "beta.example",
		"gamma.example", "delta.example", "epsilon.example",
		"zeta.example", "xn--mller-kva.example" };

	for (size_t i = 0; i < sizeof(well) / sizeof(*well); i++)
		stage_domain(s, well[i]);
	stage_no_domain(s, "gone-1.example");
	stage_no_domain(s, "gone-2.example");
	stage_settle(s, domains);
}

#define ROOM 16

/* The part as text: "a.example b.example of 12". */
static void
list(struct stage *s, const struct domain_filter *filter, size_t offset,
    size_t n, char out[512])
{
	struct domain *domain[ROOM];
	struct domain_part part = {
		.domain = domain, .offset = offset, .n = n
	};
	int found;
	size_t len = 0;

	do
		found = watch_domains(s->watch, filter, &part);
	while (found == WATCH_LATER);
	assert_int_equal(found, 0);
	*out = '\0';
	for (size_t i = 0; i < part.got; i++)
		len += (size_t)snprintf(out + len, 512 - len, "%.*s ",
		    (int)strcspn(domain[i]->name, "."), domain[i]->name);
	snprintf(out + len, 512 - len, "of %zu", part.total);
}

#define ALL -1

static const struct {
	const char *label;
	struct domain_filter filter;
	size_t offset, n;
	const char *listed;
} lists[] = {
	{ "all, the worst first", { NULL, ALL, NULL, NULL }, 0, ROOM,
	    "gone-1 gone-2 alpha beta delta epsilon gamma xn--mller-kva of 8" },
	{ "a part", { NULL, ALL, NULL, NULL }, 1, 3, "gone-2 alpha beta of 8" },
	{ "the last ones", { NULL, ALL, NULL, NULL }, 6, 3,
	    "gamma xn--mller-kva of 8" },
	{ "behind the last", { NULL, ALL, NULL, NULL }, 8, 3, "of 8" },
	{ "far behind", { NULL, ALL, NULL, NULL }, 100000000, 3, "of 8" },
	{ "none is wanted", { NULL, ALL, NULL, NULL }, 0, 0, "of 8" },
	{ "by verdict", { NULL, SEVERITY_CRITICAL, NULL, NULL }, 0, ROOM,
	    "gone-1 gone-2 of 2" },
	{ "a part of these", { NULL, SEVERITY_CRITICAL, NULL, NULL }, 1, 1,
	    "gone-2 of 2" },
	{ "none of that verdict", { NULL, -2, NULL, NULL }, 0, ROOM, "of 0" },
	{ "search", { "ta", ALL, NULL, NULL }, 0, ROOM, "beta delta of 2" },
	{ "search, long", { "ta.example", ALL, NULL, NULL }, 0, ROOM,
	    "beta delta of 2" },
	{ "search, in capitals", { "GONE", ALL, NULL, NULL }, 0, ROOM,
	    "gone-1 gone-2 of 2" },
	{ "search finds all", { "example", ALL, NULL, NULL }, 2, 2,
	    "alpha beta of 8" },
	{ "search finds all, by verdict",
	    { "example", SEVERITY_CRITICAL, NULL, NULL }, 1, 5, "gone-2 of 2" },
	{ "search as people write it", { "m\xc3\xbcll", ALL, NULL, NULL }, 0,
	    ROOM, "xn--mller-kva of 1" },
	{ "search finds nothing", { "nothing", ALL, NULL, NULL }, 0, ROOM,
	    "of 0" },
	{ "label", { NULL, ALL, "customer", NULL }, 0, ROOM,
	    "gone-2 alpha beta gamma of 4" },
	{ "label and value", { NULL, ALL, "customer", "acme" }, 1, ROOM,
	    "alpha beta of 3" },
	{ "label and search", { "alph", ALL, "customer", "acme" }, 0, ROOM,
	    "alpha of 1" },
	{ "label and verdict", { NULL, SEVERITY_OK, "customer", "acme" }, 0,
	    ROOM, "alpha beta of 2" },
	{ "another value", { NULL, ALL, "customer", "nobody" }, 0, ROOM,
	    "of 0" },
};

static void
parts_of_the_list(void **state)
{
	struct stage *s = *state;
	char out[512];

	settle(s);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		list(s, &lists[i].filter, lists[i].offset, lists[i].n, out);
		if (strcmp(out, lists[i].listed) != 0)
			fail_msg("%s: %s", lists[i].label, out);
	}
}

static void
a_reload_is_seen_at_once(void **state)
{
	const struct domain_filter all = { .verdict = ALL };
	const struct domain_filter eta = { .search = "eta", .verdict = ALL };
	struct stage *s = *state;
	char out[512];

	settle(s);
	list(s, &eta, 0, ROOM, out);
	assert_string_equal(out, "beta of 1");
	stage_reload(
	    s, "domains: [zeta.example, gamma.example, gone-2.example]\n");
	list(s, &eta, 0, ROOM, out);
	assert_string_equal(out, "zeta of 1");
	list(s, &all, 0, ROOM, out);
	assert_string_equal(out, "gone-2 gamma zeta of 3");
	/* zeta has a number that another one had. */
	stage_until(s, s->watch->unjudged == 0);
	stage_no_domain(s, "gamma.example");
	stage_until(s,
	    stage_find(s, "gamma.example")->standing.verdict ==
	        SEVERITY_CRITICAL);
	list(s, &all, 0, ROOM, out);
	assert_string_equal(out, "gamma gone-2 zeta of 3");
}

static void
counts_are_kept(void **state)
{
	struct stage *s = *state;
	struct watch_counts c;

	settle(s);
	watch_counts(s->watch, &c);
	assert_int_equal(c.domains, 8);
	assert_int_equal(c.ok, 6);
	assert_int_equal(c.critical, 2);
	assert_int_equal(c.accepted, 6);
	assert_int_equal(c.bounced, 2);
	stage_domain(s, "gone-1.example");
	stage_until(s,
	    stage_find(s, "gone-1.example")->standing.verdict == SEVERITY_OK);
	watch_counts(s->watch, &c);
	assert_int_equal(c.ok, 7);
	assert_int_equal(c.critical, 1);
	assert_int_equal(c.bounced, 1);
	assert_int_equal(c.pending + c.unknown + c.warning, 0);
}

static void
what_is_not_looked_at_is_not_known(void **state)
{
	struct stage *s = *state;
	struct watch_counts c;

	settle(s);
	for (size_t i = 0; i < s->watch->nby_name; i++)
		domain_own(s->watch->by_name[i])->looked = 0;
	roll_sweep(s->watch);
	watch_counts(s->watch, &c);
	assert_int_equal(c.unknown, 8);
	assert_int_equal(c.ok + c.critical + c.accepted + c.bounced, 0);
	stage_again(s);
	roll_sweep(s->watch);
	watch_counts(s->watch, &c);
	assert_int_equal(c.unknown, 0);
	assert_int_equal(c.ok, 6);
}

/* Of many searches the first are forgotten, and found again. */
static void
searches_are_forgotten(void **state)
{
	const struct domain_filter ta = { .search = "ta", .verdict = ALL };
	struct stage *s = *state;
	char out[512];

	settle(s);
	for (size_t i = 0; i < 300; i++) {
		struct domain_filter f = { .verdict = ALL, .search = out };

		snprintf(out, sizeof(out), "x%zu", i);
		list(s, &f, 0, 1, (char[512]){ 0 });
	}
	assert_true(s->watch->nsift <= 128);
	list(s, &ta, 0, ROOM, out);
	assert_string_equal(out, "beta delta of 2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define ONE(test) \
	cmocka_unit_test_setup_teardown(test, stage_setup, stage_teardown)
		ONE(parts_of_the_list),
		ONE(a_reload_is_seen_at_once),
		ONE(counts_are_kept),
		ONE(what_is_not_looked_at_is_not_known),
		ONE(searches_are_forgotten),
	};

	return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
