#include <string.h>
#include <strings.h>

#include "agent/base/text.h"

#include "probes/parse/smtp_reply.h"

#define TEXT_KEPT (16 * 1024)

void
smtp_reply_init(struct smtp_reply *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->text, TEXT_KEPT);
}

void
smtp_reply_reset(struct smtp_reply *r)
{
	r->code = 0;
	r->lines = 0;
	r->complete = false;
	buf_reset(&r->text);
}

void
smtp_reply_free(struct smtp_reply *r)
{
	buf_free(&r->text);
	smtp_reply_init(r);
}

/* RFC 5321 4.2: Reply-code = %x32-35 %x30-35 %x30-39.  0: not one. */
static int
read_code(const char *line, size_t len)
{
	if (len < 3 || line[0] < '2' || line[0] > '5' || line[1] < '0' ||
	    line[1] > '5' || line[2] < '0' || line[2] > '9')
		return 0;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}

/* Keep what there is room for; a line that had room for nothing but a part
 * is kept as that part. */
static void
keep_text(struct smtp_reply *r, const char *text, size_t len)
{
	size_t room = TEXT_KEPT - r->text.len;

	if (room == 0)
		return;
	buf_add(&r->text, text, len < room ? len : room - 1);
	buf_putc(&r->text, '\n');
}

enum smtp_reply_step
smtp_reply_line(struct smtp_reply *r, const char *line, size_t len)
{
	int code = read_code(line, len);

	if (r->complete || code == 0 || r->lines == SMTP_REPLY_LINES ||
	    (r->lines > 0 && code != r->code))
		return SMTP_REPLY_BAD;
	if (len > 3 && line[3] != ' ' && line[3] != '-')
		return SMTP_REPLY_BAD;
	/* Our own separator: a line cannot hold it. */
	if (memchr(line, '\n', len) != NULL)
		return SMTP_REPLY_BAD;
	r->code = code;
	r->lines++;
	/* A bare code, without the SP that the grammar wants, is common. */
	keep_text(r, line + (len > 3 ? 4 : 3), len > 3 ? len - 4 : 0);
	r->complete = len == 3 || line[3] == ' ';
	return r->complete ? SMTP_REPLY_DONE : SMTP_REPLY_MORE;
}

const char *
smtp_reply_text(const struct smtp_reply *r, unsigned i, size_t *len)
{
	const char *at = buf_str(&r->text), *end = at + r->text.len, *stop;

	for (; at < end; at = stop + 1, i--) {
		stop = memchr(at, '\n', (size_t)(end - at));
		/* The last one, when memory ran out before its LF. */
		if (stop == NULL)
			stop = end;
		if (i == 0) {
			*len = (size_t)(stop - at);
			return at;
		}
	}
	return NULL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool
is_letter_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

/* ehlo-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-"); 0: there is none. */
static size_t
keyword_length(const char *text, size_t len)
{
	size_t n = 0;

	if (len == 0 || text[0] == '-')
		return 0;
	while (n < len && (is_letter_digit(text[n]) || text[n] == '-'))
		n++;
	return n;
}

/* At most TEXT_MAX of them. */
static void
put_capitals(struct buf *out, const char *text, size_t len)
{
	char capitals[TEXT_MAX];

	for (size_t i = 0; i < len; i++)
		capitals[i] = text[i] >= 'a' && text[i] <= 'z' ?
		    (char)(text[i] - 'a' + 'A') :
		    text[i];
	buf_add(out, capitals, len);
}

/* What may stand behind the keyword: nothing, a blank, or the '=' that
 * servers older than RFC 4954 write after AUTH. */
static bool
keyword_ends(const char *text, size_t len, size_t n)
{
	if (n == len || is_blank(text[n]))
		return true;
	return text[n] == '=' && n == 4 && strncasecmp(text, "AUTH", 4) == 0;
}

int
smtp_reply_extension(const struct smtp_reply *r, unsigned i, struct buf *out)
{
	size_t len, n;
	const char *text = smtp_reply_text(r, i, &len);

	if (i == 0 || text == NULL)
		return -1;
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	n = keyword_length(text, len);
	if (n == 0 || n > TEXT_MAX || !keyword_ends(text, len, n))
		return -1;
	put_capitals(out, text, n);
	if (n == len)
		return 0;
	for (n++; n < len && is_blank(text[n]); n++)
		;
	if (n < len) {
		buf_putc(out, ' ');
		text_safe(out, text + n, len - n);
	}
	return 0;
}
