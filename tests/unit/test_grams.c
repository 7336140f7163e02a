#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/grams.h"
#include "tests/unit/support.h"

#define TEXTS 5000

static void
name(size_t i, char out[64])
{
	static const char *const word[] = { "shop", "mail", "Berlin", "a",
		"xn--mller-kva", "web" };

	snprintf(out, 64, "%s-%zu.%s", word[i % 6], i * 7919 % 10007,
	    i % 3 == 0 ? "example" : "test");
}

static struct grams *
make(size_t n)
{
	struct grams *g = grams_new(n);
	char text[64];

	assert_non_null(g);
	for (size_t i = 0; i < n; i++) {
		name(i, text);
		grams_add(g, i, text);
	}
	return g;
}

static bool
has(const struct grams *g, const char *text, size_t i)
{
	struct gram_set set;
	size_t block = i / GRAMS_BLOCK;

	grams_of(&set, text);
	return (grams_blocks(g, &set, block / 64) >> block % 64 & 1) != 0;
}

static size_t
count(const struct grams *g, const char *text)
{
	struct gram_set set;
	size_t n = 0;

	grams_of(&set, text);
	for (size_t w = 0; w < grams_words(g); w++)
		n += (size_t)__builtin_popcountll(grams_blocks(g, &set, w));
	return n;
}

/* Whatever part of a text is searched for, its block is among them. */
static void
nothing_is_missed(void **state)
{
	struct grams *g = make(TEXTS);
	char text[64], part[64];

	(void)state;
	for (size_t i = 0; i < TEXTS; i += 13) {
		name(i, text);
		for (size_t from = 0; text[from] != '\0'; from++)
			for (size_t n = 0; n <= strlen(text + from); n++) {
				snprintf(part, sizeof(part), "%.*s", (int)n,
				    text + from);
				assert_true(has(g, part, i));
			}
		assert_true(has(g, i % 6 == 2 ? "BERLIN" : text, i));
	}
	grams_free(g);
}

static void
most_need_not_be_looked_at(void **state)
{
	struct grams *g = make(TEXTS);
	size_t blocks = (TEXTS + GRAMS_BLOCK - 1) / GRAMS_BLOCK;

	(void)state;
	/* Too short for a triple: all there are, and no more. */
	assert_int_equal(count(g, ""), blocks);
	assert_int_equal(count(g, "zz"), blocks);
	assert_int_equal(count(g, ".test"), blocks);
	assert_true(count(g, "qxjzkvw") < 3);
	assert_true(count(g, "shop-7919.test") < blocks / 4);
	grams_free(g);
}

/* A search that is longer than what is kept of it. */
static void
a_long_one_is_found(void **state)
{
	struct grams *g = grams_new(100);
	char text[256];

	(void)state;
	assert_non_null(g);
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)('a' + i * i % 23);
	text[sizeof(text) - 1] = '\0';
	grams_add(g, 99, text);
	assert_true(has(g, text, 99));
	assert_false(has(g, text, 0));
	grams_free(g);
}

static void
sizes(void **state)
{
	static const size_t n[] = { 0, 1, 63, 64, 65, 4096, 4097, 8192 };

	(void)state;
	for (size_t i = 0; i < sizeof(n) / sizeof(*n); i++) {
		struct grams *g = make(n[i]);

		assert_int_equal(count(g, ""), (n[i] + 63) / 64);
		grams_free(g);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_missed),
		cmocka_unit_test(most_need_not_be_looked_at),
		cmocka_unit_test(a_long_one_is_found),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests_name("grams", tests, NULL, NULL);
}
