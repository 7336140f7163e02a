#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "probes/parse/smtp_reply.h"

/*
 * A stream of SMTP replies, cut into lines from pieces of different sizes:
 * what is read must not depend on the sizes.  The first two bytes of the
 * input choose them, the rest is the stream.
 */

#define LINE_KEPT 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reader {
	struct smtp_reply reply;
	struct buf line; /* what is kept of the open line */
	struct buf seen; /* what was read, written out */
};

static void
check(const struct smtp_reply *r)
{
	const char *text = "";
	unsigned i;
	size_t len;

	assert(r->code >= 200 && r->code <= 559);
	assert(r->lines >= 1 && r->lines <= SMTP_REPLY_LINES);
	assert(r->text.len <= 16 * 1024);
	for (i = 0; text != NULL; i++)
		text = smtp_reply_text(r, i, &len);
	assert(i - 1 <= r->lines);
}

static void
end_line(struct reader *r)
{
	size_t len = r->line.len;
	const char *line = buf_str(&r->line);
	enum smtp_reply_step step;

	if (len > 0 && line[len - 1] == '\r')
		len--;
	step = smtp_reply_line(&r->reply, line, len);
	buf_printf(
	    &r->seen, "%d %d %u\n", (int)step, r->reply.code, r->reply.lines);
	if (step == SMTP_REPLY_DONE) {
		check(&r->reply);
		buf_add(&r->seen, r->reply.text.data, r->reply.text.len);
	}
	if (step != SMTP_REPLY_MORE)
		smtp_reply_reset(&r->reply);
	buf_reset(&r->line);
}

static void
keep(struct reader *r, const uint8_t *bytes, size_t len)
{
	size_t room = LINE_KEPT - r->line.len;

	buf_add(&r->line, bytes, len < room ? len : room);
}

static void
take_piece(struct reader *r, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		const uint8_t *lf = memchr(bytes, '\n', len);
		size_t n = lf == NULL ? len : (size_t)(lf - bytes);

		keep(r, bytes, n);
		if (lf == NULL)
			return;
		end_line(r);
		bytes += n + 1;
		len -= n + 1;
	}
}

/* Sizes from 1 to most, by a small generator of fixed sequence. */
static void
read_stream(struct reader *r, const uint8_t *bytes, size_t len, size_t most,
    uint32_t seed)
{
	size_t n;

	smtp_reply_init(&r->reply);
	buf_init(&r->line, 0);
	buf_init(&r->seen, 0);
	for (size_t at = 0; at < len; at += n) {
		seed = seed * 1664525U + 1013904223U;
		n = 1 + (seed >> 8) % most;
		if (n > len - at)
			n = len - at;
		take_piece(r, bytes + at, n);
	}
	smtp_reply_free(&r->reply);
	buf_free(&r->line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader a, b;

	if (size < 2)
		return 0;
	read_stream(&a, data + 2, size - 2, 1 + (size_t)data[0], data[1]);
	read_stream(&b, data + 2, size - 2, size, 0);
	assert(a.seen.failed == b.seen.failed);
	assert(a.seen.len == b.seen.len);
	assert(a.seen.len == 0 ||
	    memcmp(a.seen.data, b.seen.data, a.seen.len) == 0);
	buf_free(&a.seen);
	buf_free(&b.seen);
	return 0;
}
