#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/file.h"
#include "tests/unit/scratch.h"
#include "tests/unit/support.h"

/* A file of n bytes. */
static char *
make_file(size_t n)
{
	char *text = malloc(n + 1), *path;

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		text[i] = "abc"[i % 3];
	path = scratch_file(text, n);
	free(text);
	return path;
}

static void
test_size(void **state)
{
	static const struct {
		size_t bytes, max;
		int want;
	} row[] = {
		{ 0, 0, 0 },
		{ 0, 10, 0 },
		{ 10, 10, 0 },
		{ 10, 11, 0 },
		{ 11, 10, -EFBIG },
		{ 1, 0, -EFBIG },
		{ 40000, 40000, 0 },
		{ 40000, 39999, -EFBIG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		char *path = make_file(row[i].bytes);
		struct buf text;

		buf_init(&text, 0);
		assert_int_equal(
		    file_read(path, row[i].max, &text), row[i].want);
		assert_true(text.len <= row[i].max);
		if (row[i].want == 0) {
			assert_int_equal(text.len, row[i].bytes);
			for (size_t j = 0; j < text.len; j++)
				assert_int_equal(text.data[j], "abc"[j % 3]);
		}
		buf_free(&text);
		scratch_remove(path);
	}
}

static void
test_errors(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 100);
	assert_int_equal(file_read("/nonexistent", 10, &text), -ENOENT);
	assert_int_equal(file_read("", 10, &text), -ENOENT);
	assert_int_equal(file_read("/", 10, &text), -EISDIR);
	assert_int_equal(file_read("/dev/zero", 10000, &text), -EFBIG);
	assert_int_equal(file_read("/dev/null", 10, &text), 0);
	assert_int_equal(text.len, 0);
	buf_free(&text);
}

/* It adds to what is there, and says when the buffer takes no more. */
static void
test_buffer(void **state)
{
	char *path = make_file(6);
	struct buf text;

	(void)state;
	buf_init(&text, 9);
	buf_puts(&text, "x:");
	assert_int_equal(file_read(path, 100, &text), 0);
	assert_string_equal(buf_str(&text), "x:abcabc");
	assert_int_equal(file_read(path, 100, &text), -ENOMEM);
	buf_free(&text);
	scratch_remove(path);
}

static void
test_stdin(void **state)
{
	char *path = make_file(5);
	int saved = dup(STDIN_FILENO);
	struct buf text;

	(void)state;
	assert_non_null(freopen(path, "r", stdin));
	buf_init(&text, 0);
	assert_int_equal(file_read("-", 100, &text), 0);
	assert_string_equal(buf_str(&text), "abcab");
	/* It was not closed. */
	assert_int_equal(file_read("-", 100, &text), 0);
	assert_int_equal(text.len, 5);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
	buf_free(&text);
	scratch_remove(path);
}

static void
test_shown(void **state)
{
	static const struct {
		const char *path, *want;
	} row[] = {
		{ "-", "standard input" },
		{ "./-", "./-" },
		{ "a file", "a file" },
		{ "a\nb\x1b[0m\xff", "a\\x0ab\\x1b[0m\\xff" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		char *shown = file_shown(row[i].path);

		assert_string_equal(shown, row[i].want);
		free(shown);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_stdin),
		cmocka_unit_test(test_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
