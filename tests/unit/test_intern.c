#include <stdio.h>
#include <string.h>

#include "agent/model/intern.h"
#include "tests/unit/support.h"

static struct atom *
get(struct intern *in, const char *text)
{
	struct atom *atom = intern_get(in, text, strlen(text));

	assert_non_null(atom);
	return atom;
}

static void
equal_bytes_are_one_atom(void **state)
{
	struct intern in = { 0 };
	struct atom *a = get(&in, "mx.example.org");

	(void)state;
	assert_ptr_equal(get(&in, "mx.example.org"), a);
	assert_int_equal(a->refs, 2);
	assert_string_equal(a->bytes, "mx.example.org");
	assert_ptr_not_equal(get(&in, "mx.example.or"), a);
	assert_ptr_not_equal(get(&in, "mx.example.org."), a);
	assert_ptr_not_equal(get(&in, ""), a);
	assert_int_equal(in.count, 4);
	intern_free(&in);
	assert_int_equal(in.count, 0);
}

static void
zero_bytes_are_bytes(void **state)
{
	struct intern in = { 0 };
	struct atom *a = intern_get(&in, "a\0b", 3);

	(void)state;
	assert_ptr_not_equal(intern_get(&in, "a\0c", 3), a);
	assert_ptr_equal(intern_find(&in, "a\0b", 3), a);
	assert_int_equal((uintptr_t)a->bytes % 8, 0);
	assert_int_equal(a->len, 3);
	intern_free(&in);
}

static void
the_last_reference_takes_it_away(void **state)
{
	struct intern in = { 0 };
	struct atom *a = get(&in, "a"), *b = get(&in, "b");

	(void)state;
	assert_ptr_equal(intern_ref(a), a);
	intern_unref(&in, a);
	assert_ptr_equal(intern_find(&in, "a", 1), a);
	intern_unref(&in, a);
	assert_null(intern_find(&in, "a", 1));
	assert_ptr_equal(intern_find(&in, "b", 1), b);
	intern_unref(&in, NULL);
	intern_unref(&in, b);
	assert_int_equal(in.count, 0);
	intern_free(&in);
}

static void
nothing_is_found_in_an_empty_one(void **state)
{
	struct intern in = { 0 };

	(void)state;
	assert_null(intern_find(&in, "a", 1));
	assert_null(intern_next(&in, NULL));
	intern_free(&in);
}

#define MANY 5000

static void
many_are_found_and_passed_once_each(void **state)
{
	struct intern in = { 0 };
	struct atom *atom = NULL;
	char name[32];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "host%d.example.org", i);
		get(&in, name);
	}
	assert_int_equal(in.count, MANY);
	for (int i = 0; i < MANY; i += 2) {
		snprintf(name, sizeof(name), "host%d.example.org", i);
		atom = intern_find(&in, name, strlen(name));
		assert_non_null(atom);
		intern_unref(&in, atom);
	}
	assert_int_equal(in.count, MANY / 2);
	for (atom = NULL; (atom = intern_next(&in, atom)) != NULL; n++) {
		assert_null(atom->user);
		atom->user = &in;
	}
	assert_int_equal(n, MANY / 2);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "host%d.example.org", i);
		atom = intern_find(&in, name, strlen(name));
		assert_int_equal(atom != NULL, i % 2);
	}
	intern_free(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_bytes_are_one_atom),
		cmocka_unit_test(zero_bytes_are_bytes),
		cmocka_unit_test(the_last_reference_takes_it_away),
		cmocka_unit_test(nothing_is_found_in_an_empty_one),
		cmocka_unit_test(many_are_found_and_passed_once_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
