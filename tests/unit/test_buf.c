#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"

#include "tests/unit/support.h"

static void
test_empty(void **state)
{
	struct buf b;
	char *taken;

	(void)state;
	buf_init(&b, 0);
	assert_string_equal(buf_str(&b), "");
	buf_drop(&b, 5);
	buf_reset(&b);
	assert_false(b.failed);
	taken = buf_take(&b);
	assert_string_equal(taken, "");
	free(taken);
	buf_free(&b);
}

static void
test_appends_every_kind(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_add(&b, "ab\0c", 4);
	buf_puts(&b, "de");
	buf_putc(&b, 'f');
	buf_printf(&b, "%d-%s", 42, "x");
	buf_pad(&b, '.', 3);
	assert_int_equal(b.len, 14);
	assert_memory_equal(b.data, "ab\0cdef42-x...", 15);
	buf_drop(&b, 4);
	assert_string_equal(buf_str(&b), "def42-x...");
	buf_drop(&b, 100);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(b.len, 0);
	buf_free(&b);
	assert_null(b.data);
}

/* Every size around the steps of growth, byte for byte. */
static void
test_grows(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < 5000; i++) {
		buf_putc(&b, (char)('a' + i % 26));
		assert_int_equal(b.len, i + 1);
		assert_int_equal(b.data[i + 1], '\0');
	}
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	assert_false(b.failed);
	buf_free(&b);
}

static void
test_bound_is_exact(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_puts(&b, "12345678");
	assert_false(b.failed);
	assert_string_equal(buf_str(&b), "12345678");
	buf_add(&b, "", 0);
	assert_false(b.failed);
	buf_putc(&b, '9');
	assert_true(b.failed);
	assert_string_equal(buf_str(&b), "12345678");
	buf_free(&b);
}

/* After a failure nothing is added, even what would fit. */
static void
test_failure_stays(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_puts(&b, "1234");
	buf_printf(&b, "%s", "too long");
	assert_true(b.failed);
	buf_putc(&b, 'x');
	buf_pad(&b, 'x', 1);
	buf_drop(&b, 1);
	assert_string_equal(buf_str(&b), "1234");
	assert_null(buf_take(&b));
	assert_false(b.failed);
	assert_int_equal(b.max, 8);
	buf_puts(&b, "again");
	assert_string_equal(buf_str(&b), "again");
	buf_free(&b);
}

static void
test_reset_clears_failure(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_puts(&b, "abcd");
	buf_putc(&b, 'e');
	assert_true(b.failed);
	buf_reset(&b);
	assert_false(b.failed);
	assert_string_equal(buf_str(&b), "");
	buf_puts(&b, "xyz");
	assert_string_equal(buf_str(&b), "xyz");
	buf_free(&b);
}

static void
test_huge_request_fails(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	buf_putc(&b, 'a');
	buf_pad(&b, 'x', SIZE_MAX - 1);
	assert_true(b.failed);
	assert_string_equal(buf_str(&b), "a");
	buf_free(&b);
	buf_init(&b, 0);
	buf_pad(&b, 'x', (size_t)16 << 20);
	assert_false(b.failed);
	buf_putc(&b, 'x');
	assert_true(b.failed);
	buf_free(&b);
}

static void
test_take_hands_over(void **state)
{
	struct buf b;
	char *taken;

	(void)state;
	buf_init(&b, 100);
	buf_puts(&b, "mine");
	taken = buf_take(&b);
	assert_string_equal(taken, "mine");
	assert_int_equal(b.len, 0);
	assert_int_equal(b.max, 100);
	buf_puts(&b, "other");
	assert_string_equal(taken, "mine");
	free(taken);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_appends_every_kind),
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_bound_is_exact),
		cmocka_unit_test(test_failure_stays),
		cmocka_unit_test(test_reset_clears_failure),
		cmocka_unit_test(test_huge_request_fails),
		cmocka_unit_test(test_take_hands_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
