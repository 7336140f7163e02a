#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/lru.h"
#include "tests/unit/support.h"

static unsigned released;

static void
release(void *value)
{
	released++;
	free(value);
}

static void
put(struct lru *l, const char *key, const char *value)
{
	assert_int_equal(lru_put(l, key, strlen(key), strdup(value)), 0);
}

static const char *
get(struct lru *l, const char *key)
{
	return lru_get(l, key, strlen(key));
}

static void
remembers(void **state)
{
	struct lru *l = lru_new(3, release);

	(void)state;
	released = 0;
	assert_non_null(l);
	assert_null(get(l, "a"));
	put(l, "a", "1");
	put(l, "ab", "2");
	put(l, "", "3");
	assert_string_equal(get(l, "a"), "1");
	assert_string_equal(get(l, "ab"), "2");
	assert_string_equal(get(l, ""), "3");
	assert_null(get(l, "b"));
	assert_int_equal(released, 0);
	lru_free(l);
	assert_int_equal(released, 3);
	lru_free(NULL);
}

static void
forgets_what_was_not_asked_for_the_longest(void **state)
{
	struct lru *l = lru_new(2, release);

	(void)state;
	released = 0;
	put(l, "a", "1");
	put(l, "b", "2");
	get(l, "a");
	put(l, "c", "3");
	assert_null(get(l, "b"));
	assert_string_equal(get(l, "a"), "1");
	assert_string_equal(get(l, "c"), "3");
	assert_int_equal(released, 1);
	lru_free(l);
}

/* In place of the old one: nothing else has to go for it. */
static void
replaces(void **state)
{
	struct lru *l = lru_new(2, release);

	(void)state;
	released = 0;
	put(l, "a", "1");
	put(l, "b", "2");
	put(l, "a", "3");
	assert_int_equal(released, 1);
	assert_string_equal(get(l, "a"), "3");
	assert_string_equal(get(l, "b"), "2");
	lru_drop(l, "a", 1);
	lru_drop(l, "a", 1);
	assert_int_equal(released, 2);
	assert_null(get(l, "a"));
	lru_free(l);
}

static void
of_many_the_last(void **state)
{
	struct lru *l = lru_new(100, release);
	char key[16];

	(void)state;
	released = 0;
	for (int i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		put(l, key, key);
	}
	for (int i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		if (i < 9900)
			assert_null(get(l, key));
		else
			assert_string_equal(get(l, key), key);
	}
	assert_int_equal(released, 9900);
	lru_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembers),
		cmocka_unit_test(forgets_what_was_not_asked_for_the_longest),
		cmocka_unit_test(replaces),
		cmocka_unit_test(of_many_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
