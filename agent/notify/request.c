#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/notify/render.h"

char *
printed(const char *format, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, 0);
	va_start(ap, format);
	buf_vprintf(&b, format, ap);
	va_end(ap);
	return buf_take(&b);
}

static void
wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

void
request_free(struct request *r)
{
	wipe(r->url);
	for (size_t i = 0; i < r->nheader; i++)
		wipe(r->header[i]);
	if (r->body.data != NULL)
		explicit_bzero(r->body.data, r->body.size);
	buf_free(&r->body);
	r->url = NULL;
	r->nheader = 0;
}

int
request_header(struct request *r, const char *name, const char *value)
{
	/* A line break would begin another header. */
	char *line =
	    printed("%s: %.*s", name, (int)strcspn(value, "\r\n"), value);

	if (line == NULL || r->nheader == REQUEST_HEADERS_MAX) {
		wipe(line);
		request_free(r);
		return -1;
	}
	r->header[r->nheader++] = line;
	return 0;
}

int
request_bearer(struct request *r, const char *token)
{
	char *value;
	int status;

	if (token == NULL || *token == '\0')
		return 0;
	value = printed("Bearer %s", token);
	if (value == NULL) {
		request_free(r);
		return -1;
	}
	status = request_header(r, "Authorization", value);
	wipe(value);
	return status;
}

int
request_json(struct request *r, const char *method, char *url, json_t *body)
{
	*r = (struct request){ .method = method, .url = url };
	buf_init(&r->body, 0);
	if (json_write(body, &r->body) != 0 || url == NULL) {
		request_free(r);
		return -1;
	}
	return request_header(r, "Content-Type", "application/json");
}

/* --------------------------------------------------------------------- URLs */

char *
url_under(const char *url, const char *usual, const char *path)
{
	size_t len;

	if (url == NULL)
		url = usual;
	len = strlen(url);
	while (len > 0 && url[len - 1] == '/')
		len--;
	return printed("%.*s%s", (int)len, url, path);
}

void
url_segment(struct buf *out, const char *text)
{
	static const char unreserved[] = "abcdefghijklmnopqrstuvwxyz"
	                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                                 "0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(unreserved, *text) != NULL)
			buf_putc(out, *text);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

/* --------------------------------------------------------------------- JSON */

static int
append(const char *bytes, size_t len, void *arg)
{
	struct buf *out = arg;

	buf_add(out, bytes, len);
	return out->failed ? -1 : 0;
}

int
json_write(json_t *root, struct buf *out)
{
	int status = -1;

	if (root != NULL)
		status = json_dump_callback(root, append, out, JSON_COMPACT);
	json_decref(root);
	return status;
}

static json_t *
json_taken(struct buf *b)
{
	json_t *string = b->failed ? NULL : json_string(buf_str(b));

	buf_free(b);
	return string;
}

json_t *
json_text(const char *text)
{
	struct buf b;

	if (text == NULL)
		return json_null();
	buf_init(&b, 0);
	escape_code(&b, ESCAPE_CLEAN, text, SIZE_MAX);
	return json_taken(&b);
}

json_t *
json_said(const struct say_style *style, const struct message *m,
    unsigned parts, size_t max)
{
	struct buf b;

	buf_init(&b, 0);
	say(style, m, parts, max, &b);
	return json_taken(&b);
}

json_t *
json_part(const struct say_style *style, const struct message *m,
    enum say_part part, size_t max)
{
	json_t *text = json_said(style, m, SAY_ONLY(part), max);

	if (json_string_length(text) > 0)
		return text;
	json_decref(text);
	return NULL;
}

json_t *
json_headline(const struct message *m, enum escape_format format, size_t max)
{
	const struct say_style style = {
		.format = format, .bold_on = "", .bold_off = "", .line = " "
	};

	return json_said(&style, m, SAY_ONLY(SAY_HEADLINE), max);
}

json_t *
json_plain(const char *text, size_t max)
{
	struct buf b;

	if (text == NULL)
		return NULL;
	buf_init(&b, 0);
	escape_plain(&b, text, max);
	return json_taken(&b);
}

json_t *
json_time(struct wall t)
{
	char text[CLOCK_TEXT];

	return t.us == 0 ? json_null() : json_string(clock_format(t, text));
}

/* ------------------------------------------------------------------- causes */

static bool
is_printable(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			return false;
	}
	return true;
}

char *
request_key(const struct message *m, size_t max)
{
	const char *key = m->key != NULL ? m->key : m->id;
	char hash[SIGN_HEX];

	if (strlen(key) <= max && is_printable(key))
		return strdup(key);
	return sign_hash(key, hash) == 0 ? strdup(hash) : NULL;
}
