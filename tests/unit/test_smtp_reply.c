#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "probes/parse/smtp_reply.h"
#include "tests/unit/support.h"

/*
 * Replies are written out as "250 first|second;", a line that is no part of
 * one as "bad;" (after which reading stops), an unfinished one as "250...".
 */

struct feed {
	struct smtp_reply reply;
	struct buf line; /* not yet ended */
	struct buf seen;
	bool stopped;
};

static void
write_reply(struct feed *f)
{
	const char *text;
	size_t len;

	buf_printf(&f->seen, "%d ", f->reply.code);
	for (unsigned i = 0; i < f->reply.lines; i++) {
		text = smtp_reply_text(&f->reply, i, &len);
		assert_non_null(text);
		buf_puts(&f->seen, i > 0 ? "|" : "");
		buf_add(&f->seen, text, len);
	}
	assert_null(smtp_reply_text(&f->reply, f->reply.lines, &len));
	buf_puts(&f->seen, ";");
}

static void
take_line(struct feed *f, const char *line, size_t len)
{
	if (f->stopped)
		return;
	switch (smtp_reply_line(&f->reply, line, len)) {
	case SMTP_REPLY_MORE:
		assert_false(f->reply.complete);
		break;
	case SMTP_REPLY_DONE:
		assert_true(f->reply.complete);
		write_reply(f);
		smtp_reply_reset(&f->reply);
		break;
	case SMTP_REPLY_BAD:
		buf_puts(&f->seen, "bad;");
		f->stopped = true;
		break;
	}
}

/* Lines end with LF; one CR before it belongs to the end. */
static void
take_bytes(struct feed *f, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != '\n') {
			buf_putc(&f->line, bytes[i]);
			continue;
		}
		if (f->line.len > 0 && f->line.data[f->line.len - 1] == '\r')
			f->line.data[--f->line.len] = '\0';
		take_line(f, buf_str(&f->line), f->line.len);
		buf_reset(&f->line);
	}
}

/* What is read of stream when it comes in pieces of this size. */
static char *
read_in_pieces(const char *stream, size_t len, size_t piece)
{
	struct feed f = { .stopped = false };

	smtp_reply_init(&f.reply);
	buf_init(&f.line, 0);
	buf_init(&f.seen, 0);
	for (size_t at = 0; at < len; at += piece)
		take_bytes(
		    &f, stream + at, len - at < piece ? len - at : piece);
	if (!f.stopped && f.reply.code != 0)
		buf_printf(&f.seen, "%d...", f.reply.code);
	buf_putc(&f.seen, '\0');
	smtp_reply_free(&f.reply);
	buf_free(&f.line);
	return buf_take(&f.seen);
}

/* A stream that may hold NULs, and what is to be read from it. */
#define ROW(label, stream, want)                        \
	{                                               \
		label, stream, sizeof(stream) - 1, want \
	}

static const struct row {
	const char *label, *stream;
	size_t len;
	const char *want;
} rows[] = {
	ROW("one line", "220 mx ESMTP\r\n", "220 mx ESMTP;"),
	ROW("bare code", "250\r\n", "250 ;"),
	ROW("code and SP", "250 \r\n", "250 ;"),
	ROW("two spaces", "250  x\r\n", "250  x;"),
	ROW("three lines", "250-a\r\n250-b\r\n250 c\r\n", "250 a|b|c;"),
	ROW("empty texts", "250-\r\n250-\r\n250\r\n", "250 ||;"),
	ROW("two replies", "220 a\r\n250 b\r\n", "220 a;250 b;"),
	ROW("unfinished", "250-a\r\n250-b\r\n", "250..."),
	ROW("no line end", "220 mx", ""),
	ROW("lowest code", "200 x\r\n", "200 x;"),
	ROW("highest code", "559 x\r\n", "559 x;"),
	ROW("dash in text", "250 -\r\n", "250 -;"),
	ROW("enhanced code", "550 5.1.1 no\r\n", "550 5.1.1 no;"),
	ROW("LF alone", "220 a\n250-b\n250 c\n", "220 a;250 b|c;"),
	ROW("CR CR LF", "220 a\r\r\n", "220 a\r;"),
	ROW("CR alone", "220 a\r220 b\r\n", "220 a\r220 b;"),
	ROW("LF CR", "220 a\n\r220 b\r\n", "220 a;bad;"),
	ROW("8-bit text", "220 \xff\xfe\r\n", "220 \xff\xfe;"),
	ROW("code changes", "250-a\r\n251 b\r\n", "bad;"),
	ROW("code changes in the middle", "250-a\r\n550-b\r\n250 c\r\n",
	    "bad;"),
	ROW("text inside", "250-a\r\nb\r\n250 c\r\n", "bad;"),
	ROW("empty line", "\r\n220 a\r\n", "bad;"),
	ROW("empty line inside", "220-a\r\n\r\n220 b\r\n", "bad;"),
	ROW("one digit", "2\r\n", "bad;"),
	ROW("two digits", "25\r\n", "bad;"),
	ROW("two digits and SP", "25 0\r\n", "bad;"),
	ROW("four digits", "2500\r\n", "bad;"),
	ROW("four digits and text", "2500 a\r\n", "bad;"),
	ROW("SP first", " 250 a\r\n", "bad;"),
	ROW("minus first", "-250 a\r\n", "bad;"),
	ROW("plus first", "+250 a\r\n", "bad;"),
	ROW("below 200", "099 a\r\n", "bad;"),
	ROW("1yz", "199 a\r\n", "bad;"),
	ROW("6yz", "600 a\r\n", "bad;"),
	ROW("second digit", "260 a\r\n", "bad;"),
	ROW("letter in it", "2x0 a\r\n", "bad;"),
	ROW("TAB behind", "250\ta\r\n", "bad;"),
	ROW("letter behind", "250a\r\n", "bad;"),
	ROW("NUL in the code",
	    "2\0"
	    "50 a\r\n",
	    "bad;"),
	ROW("NUL behind the code", "250\0a\r\n", "bad;"),
	ROW("telnet",
	    "\xff\xfb\x01"
	    "220 a\r\n",
	    "bad;"),
	ROW("UTF-16",
	    "2\0"
	    "2\0"
	    "0\0 \0a\0\r\0\n\0",
	    "bad;"),
	ROW("HTTP", "HTTP/1.1 400 Bad Request\r\n", "bad;"),
	ROW("SSH", "SSH-2.0-OpenSSH_9.2p1\r\n", "bad;"),
	ROW("echo", "EHLO probe.example.org\r\n", "bad;"),
};

static void
reads_streams(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t piece = 1; piece <= rows[i].len; piece++) {
			char *seen =
			    read_in_pieces(rows[i].stream, rows[i].len, piece);

			if (strcmp(seen, rows[i].want) != 0)
				fail_msg("%s, in pieces of %zu: \"%s\", "
				         "wanted \"%s\"",
				    rows[i].label, piece, seen, rows[i].want);
			free(seen);
		}
}

/* A NUL in the text is text. */
static void
keeps_nul(void **state)
{
	struct smtp_reply r;
	const char *text;
	size_t len;

	(void)state;
	smtp_reply_init(&r);
	assert_int_equal(smtp_reply_line(&r, "220 a\0b", 7), SMTP_REPLY_DONE);
	text = smtp_reply_text(&r, 0, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(text, "a\0b", 3);
	smtp_reply_free(&r);
}

static void
refuses_line_end_inside(void **state)
{
	struct smtp_reply r;

	(void)state;
	smtp_reply_init(&r);
	assert_int_equal(smtp_reply_line(&r, "220 a\nb", 7), SMTP_REPLY_BAD);
	smtp_reply_free(&r);
}

static void
takes_so_many_lines(void **state)
{
	struct smtp_reply r;

	(void)state;
	smtp_reply_init(&r);
	for (int i = 0; i < SMTP_REPLY_LINES - 1; i++)
		assert_int_equal(
		    smtp_reply_line(&r, "250-x", 5), SMTP_REPLY_MORE);
	assert_int_equal(smtp_reply_line(&r, "250 x", 5), SMTP_REPLY_DONE);
	assert_int_equal(r.lines, SMTP_REPLY_LINES);
	smtp_reply_reset(&r);
	for (int i = 0; i < SMTP_REPLY_LINES; i++)
		assert_int_equal(
		    smtp_reply_line(&r, "250-x", 5), SMTP_REPLY_MORE);
	assert_int_equal(smtp_reply_line(&r, "250 x", 5), SMTP_REPLY_BAD);
	smtp_reply_free(&r);
}

static void
wants_reset_after_a_reply(void **state)
{
	struct smtp_reply r;

	(void)state;
	smtp_reply_init(&r);
	assert_int_equal(smtp_reply_line(&r, "220 a", 5), SMTP_REPLY_DONE);
	assert_int_equal(smtp_reply_line(&r, "220 a", 5), SMTP_REPLY_BAD);
	smtp_reply_reset(&r);
	assert_int_equal(r.code, 0);
	assert_int_equal(smtp_reply_line(&r, "354 b", 5), SMTP_REPLY_DONE);
	assert_int_equal(r.code, 354);
	smtp_reply_free(&r);
}

/* 20 lines of 2004 bytes: eight whole ones fit, and a part of the ninth. */
static void
cuts_long_texts(void **state)
{
	struct smtp_reply r;
	char line[2004];
	const char *text;
	size_t len;

	(void)state;
	memset(line, 'x', sizeof(line));
	smtp_reply_init(&r);
	for (int i = 0; i < 20; i++) {
		memcpy(line, i < 19 ? "250-" : "250 ", 4);
		assert_int_equal(smtp_reply_line(&r, line, sizeof(line)),
		    i < 19 ? SMTP_REPLY_MORE : SMTP_REPLY_DONE);
	}
	assert_int_equal(r.lines, 20);
	assert_int_equal(r.text.len, 16 * 1024);
	text = smtp_reply_text(&r, 7, &len);
	assert_non_null(text);
	assert_int_equal(len, 2000);
	assert_non_null(smtp_reply_text(&r, 8, &len));
	assert_int_equal(len, 16 * 1024 - 8 * 2001 - 1);
	assert_null(smtp_reply_text(&r, 9, &len));
	smtp_reply_free(&r);
}

static void
has_no_text_at_first(void **state)
{
	struct smtp_reply r;
	size_t len;

	(void)state;
	smtp_reply_init(&r);
	assert_null(smtp_reply_text(&r, 0, &len));
	smtp_reply_free(&r);
}

/* ----------------------------------------------------------- extensions */

#define EXT(line, want)                      \
	{                                    \
		line, sizeof(line) - 1, want \
	}

/* The second line of an EHLO reply, and the extension in it (NULL: none). */
static const struct {
	const char *line;
	size_t len;
	const char *want;
} extensions[] = {
	EXT("STARTTLS", "STARTTLS"),
	EXT("starttls", "STARTTLS"),
	EXT("StartTLS", "STARTTLS"),
	EXT("SIZE 10485760", "SIZE 10485760"),
	EXT("size 10485760", "SIZE 10485760"),
	EXT("8BITMIME", "8BITMIME"),
	EXT("X-ExperIment abc Def", "X-EXPERIMENT abc Def"),
	EXT("AUTH LOGIN PLAIN", "AUTH LOGIN PLAIN"),
	EXT("AUTH=LOGIN PLAIN", "AUTH LOGIN PLAIN"),
	EXT("auth=LOGIN", "AUTH LOGIN"),
	EXT("AUTH=", "AUTH"),
	EXT("SIZE=10", NULL),
	EXT("LIMITS RCPTMAX=10", "LIMITS RCPTMAX=10"),
	EXT("STARTTLS ", "STARTTLS"),
	EXT("STARTTLS\r", "STARTTLS"),
	EXT("SIZE\t5", "SIZE 5"),
	EXT("SIZE   5  ", "SIZE 5"),
	EXT("XESC \x1b[31m", "XESC \\x1b[31m"),
	EXT("XNUL a\0b", "XNUL a\\x00b"),
	EXT("", NULL),
	EXT(" STARTTLS", NULL),
	EXT("-STARTTLS", NULL),
	EXT("START_TLS", NULL),
	EXT("START\0TLS", NULL),
	EXT("XCLIENT\xc3\xa9", NULL),
	EXT("mx.example.org", NULL),
};

static void
reads_extensions(void **state)
{
	char line[128];
	struct smtp_reply r;
	struct buf out;

	(void)state;
	smtp_reply_init(&r);
	buf_init(&out, 0);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]);
	     i++) {
		const char *want = extensions[i].want;
		int result;

		smtp_reply_reset(&r);
		buf_reset(&out);
		smtp_reply_line(&r, "250-STARTTLS", 12);
		memcpy(line, "250 ", 4);
		memcpy(line + 4, extensions[i].line, extensions[i].len);
		smtp_reply_line(&r, line, extensions[i].len + 4);
		result = smtp_reply_extension(&r, 1, &out);
		if (result != (want == NULL ? -1 : 0) ||
		    strcmp(buf_str(&out), want == NULL ? "" : want) != 0)
			fail_msg("\"%s\": %d \"%s\"", extensions[i].line,
			    result, buf_str(&out));
	}
	smtp_reply_free(&r);
	buf_free(&out);
}

/* The first line greets, whatever it says; behind the last there is none. */
static void
reads_no_extension_elsewhere(void **state)
{
	struct smtp_reply r;
	struct buf out;

	(void)state;
	smtp_reply_init(&r);
	buf_init(&out, 0);
	smtp_reply_line(&r, "250-STARTTLS", 12);
	smtp_reply_line(&r, "250 SIZE", 8);
	assert_int_equal(smtp_reply_extension(&r, 0, &out), -1);
	assert_int_equal(smtp_reply_extension(&r, 1, &out), 0);
	assert_int_equal(smtp_reply_extension(&r, 2, &out), -1);
	assert_string_equal(buf_str(&out), "SIZE");
	smtp_reply_free(&r);
	buf_free(&out);
}

static void
bounds_keywords(void **state)
{
	char line[2048];
	struct smtp_reply r;
	struct buf out;

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "250 ", 4);
	smtp_reply_init(&r);
	buf_init(&out, 0);
	smtp_reply_line(&r, "250-hello", 9);
	smtp_reply_line(&r, line, sizeof(line));
	assert_int_equal(smtp_reply_extension(&r, 1, &out), -1);
	assert_int_equal(out.len, 0);
	smtp_reply_free(&r);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_streams),
		cmocka_unit_test(keeps_nul),
		cmocka_unit_test(refuses_line_end_inside),
		cmocka_unit_test(takes_so_many_lines),
		cmocka_unit_test(wants_reset_after_a_reply),
		cmocka_unit_test(cuts_long_texts),
		cmocka_unit_test(has_no_text_at_first),
		cmocka_unit_test(reads_extensions),
		cmocka_unit_test(reads_no_extension_elsewhere),
		cmocka_unit_test(bounds_keywords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
