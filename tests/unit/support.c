#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

char *
read_file(const char *path, size_t *len_r)
{
	FILE *f = fopen(path, "rb");
	char *text;
	long len = -1;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (len = ftell(f)) < 0) {
		print_error("cannot read %s\n", path);
		fail();
		abort();
	}
	rewind(f);
	text = malloc((size_t)len + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)len, f), (size_t)len);
	text[len] = '\0';
	fclose(f);
	if (len_r != NULL)
		*len_r = (size_t)len;
	return text;
}

size_t
count_text(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		n++;
	return n;
}

void
assert_golden(const char *path, const char *text, size_t len)
{
	const char *update = getenv("UPDATE_GOLDEN");
	char *want;
	size_t want_len;

	if (update != NULL && *update == '1') {
		FILE *f = fopen(path, "wb");

		assert_non_null(f);
		assert_int_equal(fwrite(text, 1, len, f), len);
		assert_int_equal(fclose(f), 0);
	}
	want = read_file(path, &want_len);
	if (want_len != len || memcmp(want, text, len) != 0)
		print_message("--- wanted (%s)\n%s\n--- got\n%.*s\n", path,
		    want, (int)len, text);
	assert_int_equal(want_len, len);
	assert_memory_equal(want, text, len);
	free(want);
}
