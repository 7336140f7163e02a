#include <stdio.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/net/line.h"
#include "tests/unit/support.h"

#define MAX 8

/* Lines as "[text]" or, when cut, "[text~]"; what is left as "+n". */
static const struct row {
	const char *label, *in;
	size_t len;
	const char *want;
} rows[] = {
	{ "nothing", "", 0, "+0" },
	{ "CR LF", "220 a\r\n", 7, "[220 a]+0" },
	{ "bare LF", "220 a\n220 b\n", 12, "[220 a][220 b]+0" },
	{ "empty lines", "\n\r\n\n", 4, "[][][]+0" },
	{ "no line end", "220 a", 5, "+5" },
	{ "a lone CR is text", "a\rb\r\n", 5, "[a\rb]+0" },
	{ "only one CR goes", "a\r\r\n", 4, "[a\r]+0" },
	{ "just fits", "12345678\r\n", 10, "[12345678]+0" },
	{ "just fits with LF", "12345678\n", 9, "[12345678]+0" },
	{ "one too many", "123456789\r\n1\n", 13, "[12345678~][1]+0" },
	{ "CR beyond the end", "12345678\rx\n", 11, "[12345678~]+0" },
	{ "CR in the last place", "1234567\r\n", 9, "[1234567]+0" },
	{ "endless", "123456789012345678", 18, "+18" },
	{ "NUL", "a\0b\n", 4, "[a?b]+0" },
};

/* Feed in portions of step bytes; write down what comes out. */
static void
split(const struct row *r, size_t step, struct buf *out)
{
	struct line l;
	size_t kept;
	bool cut;

	assert_int_equal(line_init(&l, MAX), 0);
	for (size_t at = 0; at < r->len; at += step) {
		const char *p = r->in + at;
		size_t left = r->len - at < step ? r->len - at : step;

		while (line_take(&l, &p, &left, &kept, &cut)) {
			assert_int_equal(l.text[kept], '\0');
			for (size_t i = 0; i < kept; i++)
				if (l.text[i] == '\0')
					l.text[i] = '?';
			buf_printf(out, "[%s%s]", l.text, cut ? "~" : "");
		}
		assert_int_equal(left, 0);
	}
	buf_printf(out, "+%zu", line_drop(&l));
	assert_int_equal(line_drop(&l), 0);
	line_free(&l);
}

static void
lines_do_not_depend_on_segments(void **state)
{
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t step = 1; step <= 20; step++) {
			buf_init(&out, 0);
			split(&rows[i], step, &out);
			if (strcmp(buf_str(&out), rows[i].want) != 0)
				fail_msg("%s, by %zu: %s", rows[i].label, step,
				    buf_str(&out));
			buf_free(&out);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_do_not_depend_on_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
