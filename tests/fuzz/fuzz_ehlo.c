#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/text.h"
#include "probes/parse/smtp_reply.h"

/*
 * The lines of an EHLO reply, without codes, LF between them: what is taken
 * for an extension is a keyword in capitals and harmless text, and reading it
 * again gives the same keyword.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
add_line(struct smtp_reply *r, const uint8_t *text, size_t len)
{
	struct buf line;

	buf_init(&line, 0);
	buf_puts(&line, "250-");
	buf_add(&line, text, len);
	smtp_reply_line(r, line.data, line.len);
	buf_free(&line);
}

static size_t
check_keyword(const char *line)
{
	size_t n = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

	assert(n > 0 && line[0] != '-');
	assert(line[n] == '\0' || (line[n] == ' ' && line[n + 1] != '\0'));
	return n;
}

static void
check_again(const char *line, size_t keyword)
{
	struct smtp_reply r;
	struct buf out;

	smtp_reply_init(&r);
	buf_init(&out, 0);
	add_line(&r, (const uint8_t *)"hello", 5);
	add_line(&r, (const uint8_t *)line, strlen(line));
	assert(smtp_reply_extension(&r, 1, &out) == 0);
	assert(check_keyword(buf_str(&out)) == keyword);
	assert(memcmp(buf_str(&out), line, keyword) == 0);
	buf_free(&out);
	smtp_reply_free(&r);
}

static void
check_extension(const struct smtp_reply *r, unsigned i)
{
	struct buf out;
	size_t keyword;

	buf_init(&out, 0);
	if (smtp_reply_extension(r, i, &out) == 0) {
		assert(i > 0 && !out.failed);
		assert(strlen(buf_str(&out)) == out.len);
		assert(out.len <= 2 * TEXT_MAX + 1);
		for (size_t k = 0; k < out.len; k++)
			assert((unsigned char)out.data[k] >= ' ' &&
			    out.data[k] != 0x7f);
		keyword = check_keyword(buf_str(&out));
		check_again(buf_str(&out), keyword);
	} else {
		assert(out.len == 0);
	}
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_reply r;

	smtp_reply_init(&r);
	while (size > 0) {
		const uint8_t *lf = memchr(data, '\n', size);
		size_t n = lf == NULL ? size : (size_t)(lf - data);

		add_line(&r, data, n);
		data += lf == NULL ? n : n + 1;
		size -= lf == NULL ? n : n + 1;
	}
	for (unsigned i = 0; i <= r.lines; i++)
		check_extension(&r, i);
	smtp_reply_free(&r);
	return 0;
}
