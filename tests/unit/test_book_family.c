#include <string.h>

#include "tests/unit/diary.h"
#include "tests/unit/support.h"

static const struct cause *
parent_of(struct diary *d, const char *key)
{
	return diary_cause(d, key)->parent;
}

/* ------------------------------------------- sets that grow while suspected */

/* One address is found to fail, then the other: one suspicion, one alert. */
static void
test_found_bit_by_bit(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A");
	diary_pass(&d, 20);
	diary_judge(&d, 1, "AB!");
	diary_assert(&d,
	    "suspect servers A; suspect servers AB; "
	    "cleared servers A; ");
	assert_int_equal(diary_cause(&d, "servers AB")->incident.strikes, 2);
	diary_pass(&d, 600);
	diary_assert(&d, "opened servers AB; ");
	assert_int_equal(
	    diary_cause(&d, "servers AB")->began.us, d.now.wall.us - 620000000);
	diary_end(&d);
}

/* Four strikes of A say little about B: it must fail at two more looks. */
static void
test_growing_is_looked_at(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A");
	diary_pass(&d, 106);
	assert_int_equal(diary_cause(&d, "servers A")->incident.strikes, 4);
	diary_judge(&d, 1, "AB!");
	assert_int_equal(diary_cause(&d, "servers AB")->incident.strikes, 3);
	diary_pass(&d, 60);
	assert_null(strstr(buf_str(&d.log), "opened"));
	/* And it was a blip of B's: that of A goes on, and is told. */
	diary_world(&d, 1, "A");
	diary_pass(&d, 120);
	assert_non_null(strstr(buf_str(&d.log), "opened servers A; "));
	assert_null(strstr(buf_str(&d.log), "opened servers AB"));
	diary_end(&d);
}

/* What has no address in common has nothing in common. */
static void
test_other_servers(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A");
	diary_pass(&d, 106);
	diary_judge(&d, 1, "BC");
	assert_int_equal(diary_cause(&d, "servers BC")->incident.strikes, 1);
	diary_end(&d);
}

/* Held while the set grows: nothing is carried over a hold. */
static void
test_growing_while_held(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A");
	diary_pass(&d, 106);
	book_hold(d.book, true, false, d.now);
	diary_judge(&d, 1, "AB");
	diary_pass(&d, 10);
	buf_reset(&d.log);
	book_hold(d.book, false, false, d.now);
	assert_int_equal(diary_cause(&d, "servers AB")->incident.strikes, 1);
	assert_null(book_find(d.book, "servers A"));
	diary_end(&d);
}

/* ------------------------------------------------ sets that change when open
 */

/* A is told; then B fails as well: A is not over. */
static void
test_gets_worse(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A");
	diary_pass(&d, 165);
	buf_reset(&d.log);
	diary_judge(&d, 1, "AB!");
	diary_assert(&d, "suspect servers AB; ");
	diary_pass(&d, 165);
	diary_assert(&d, "opened servers AB; ");
	assert_ptr_equal(
	    parent_of(&d, "servers A"), diary_cause(&d, "servers AB"));
	/* B is mended: A was told already, and goes on. */
	diary_judge(&d, 1, "A");
	diary_pass(&d, 60);
	diary_assert(&d,
	    "recovering servers AB; closed servers AB; "
	    "outlives servers A; ");
	assert_null(parent_of(&d, "servers A"));
	diary_judge(&d, 1, NULL);
	diary_pass(&d, 60);
	diary_assert(&d, "recovering servers A; closed servers A; ");
	diary_end(&d);
}

/* Both are mended at once. */
static void
test_all_mended(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A");
	diary_pass(&d, 165);
	diary_judge(&d, 1, "AB!");
	diary_pass(&d, 165);
	buf_reset(&d.log);
	diary_judge(&d, 1, NULL);
	diary_pass(&d, 60);
	assert_int_equal(book_count(d.book), 0);
	assert_non_null(strstr(buf_str(&d.log), "closed servers A; "));
	assert_non_null(strstr(buf_str(&d.log), "closed servers AB; "));
	diary_end(&d);
}

/* AB is told; A is mended.  What is left is confirmed already, and told when
 * the bigger one is over. */
static void
test_what_is_left(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "AB!");
	diary_pass(&d, 165);
	buf_reset(&d.log);
	diary_judge(&d, 1, "B");
	diary_assert(&d, "opened servers B; recovering servers AB; ");
	assert_ptr_equal(
	    parent_of(&d, "servers B"), diary_cause(&d, "servers AB"));
	diary_pass(&d, 60);
	diary_assert(&d, "closed servers AB; outlives servers B; ");
	assert_null(parent_of(&d, "servers B"));
	diary_end(&d);
}

/* A half dead server that answers once in a while makes no noise. */
static void
test_breathes(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "AB!");
	diary_pass(&d, 165);
	diary_judge(&d, 1, "B");
	diary_pass(&d, 30);
	buf_reset(&d.log);
	for (int i = 0; i < 20; i++) {
		diary_judge(&d, 1, "AB!");
		diary_pass(&d, 30);
		diary_judge(&d, 1, "B");
		diary_pass(&d, 30);
	}
	assert_null(strstr(buf_str(&d.log), "closed"));
	assert_null(strstr(buf_str(&d.log), "; opened"));
	assert_null(strstr(buf_str(&d.log), "outlives"));
	diary_end(&d);
}

/* ------------------------------------------------------ parents, children */

/* Domain 1 has both servers, 2 only the one: told under the first. */
static void
test_child(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "AB!");
	diary_judge(&d, 2, "A!");
	diary_pass(&d, 165);
	assert_ptr_equal(
	    parent_of(&d, "servers A"), diary_cause(&d, "servers AB"));
	assert_null(parent_of(&d, "servers AB"));
	/* Not as severe any more: no parent. */
	buf_reset(&d.log);
	diary_judge(&d, 1, "AB");
	diary_assert(&d, "outlives servers A; ");
	assert_null(parent_of(&d, "servers A"));
	diary_judge(&d, 2, "A");
	assert_non_null(parent_of(&d, "servers A"));
	diary_end(&d);
}

/* One domain with two dead servers is not what to tell of five hundred with
 * one. */
static void
test_many_under_few(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 0, "AB!");
	diary_judge(&d, 1, "A!");
	diary_pass(&d, 165);
	assert_non_null(parent_of(&d, "servers A"));
	buf_reset(&d.log);
	for (uint32_t i = 2; i < 50; i++)
		diary_judge(&d, i, "A!");
	diary_pass(&d, 1);
	assert_null(parent_of(&d, "servers A"));
	diary_assert(&d, "outlives servers A; ");
	diary_end(&d);
}

/* The biggest of several, and the next when that is over. */
static void
test_grandparent(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "ABC!");
	diary_judge(&d, 2, "AB!");
	diary_judge(&d, 3, "A!");
	diary_pass(&d, 165);
	assert_ptr_equal(
	    parent_of(&d, "servers A"), diary_cause(&d, "servers ABC"));
	assert_ptr_equal(
	    parent_of(&d, "servers AB"), diary_cause(&d, "servers ABC"));
	buf_reset(&d.log);
	diary_judge(&d, 1, NULL);
	diary_pass(&d, 60);
	diary_assert(&d,
	    "recovering servers ABC; closed servers ABC; "
	    "outlives servers AB; ");
	assert_ptr_equal(
	    parent_of(&d, "servers A"), diary_cause(&d, "servers AB"));
	diary_end(&d);
}

/* A suspicion is nobody's parent, and nobody's child. */
static void
test_not_yet(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 2, "A!");
	diary_pass(&d, 100);
	diary_judge(&d, 1, "AB!");
	diary_pass(&d, 65);
	assert_null(parent_of(&d, "servers A"));
	diary_pass(&d, 100);
	assert_non_null(parent_of(&d, "servers A"));
	diary_end(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_bit_by_bit),
		cmocka_unit_test(test_growing_is_looked_at),
		cmocka_unit_test(test_other_servers),
		cmocka_unit_test(test_growing_while_held),
		cmocka_unit_test(test_gets_worse),
		cmocka_unit_test(test_all_mended),
		cmocka_unit_test(test_what_is_left),
		cmocka_unit_test(test_breathes),
		cmocka_unit_test(test_child),
		cmocka_unit_test(test_many_under_few),
		cmocka_unit_test(test_grandparent),
		cmocka_unit_test(test_not_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
