#include <stdlib.h>
#include <string.h>

#include "agent/worker/codec.h"
#include "probes/smtp_obs.h"

/*
 * A dialogue and its TLS session: the fields are rows of tables, which writer
 * and reader both walk.
 */

#define TEXT_LONGEST 2048 /* one or two texts of TEXT_MAX, with words */
#define MS_MAX       316224000000.0 /* ten years */

/* Years 0 to 9999, in microseconds since the epoch. */
#define WALL_MIN (INT64_C(-62167219200) * 1000000)
#define WALL_MAX (INT64_C(253402300799) * 1000000)

enum kind {
	KIND_BOOL,
	KIND_ENUM,  /* up to max */
	KIND_INT,   /* int or unsigned: 0 to max */
	KIND_U16,   /* 1 to 65535 */
	KIND_SIZE,  /* up to max */
	KIND_MS,    /* double: -1, or milliseconds */
	KIND_WALL,  /* struct wall */
	KIND_TEXT,  /* or NULL */
	KIND_LINES, /* or NULL */
	KIND_NAME,
	KIND_NAME_NULL,
	KIND_IP
};

struct row {
	size_t offset;
	enum kind kind;
	uint32_t max;
};

/* clang-format off */
#define ROW(field, kind, max) { offsetof(struct obs_smtp, field), kind, max }
static const struct row smtp_rows[] = {
	ROW(ip, KIND_IP, 0),
	ROW(port, KIND_U16, 0),
	ROW(host, KIND_NAME, 0),
	ROW(rcpt, KIND_NAME_NULL, 0),
	ROW(phase, KIND_ENUM, SMTP_DONE),
	ROW(error, KIND_ENUM, SMTP_ERROR_COUNT - 1),
	ROW(hurried, KIND_BOOL, 0),
	ROW(code, KIND_INT, 999),
	ROW(text, KIND_TEXT, 0),
	ROW(detail, KIND_TEXT, 0),
	ROW(connect_ms, KIND_MS, 0),
	ROW(greeting_ms, KIND_MS, 0),
	ROW(ehlo_ms, KIND_MS, 0),
	ROW(total_ms, KIND_MS, 0),
	ROW(waited_ms, KIND_MS, 0),
	ROW(helo_only, KIND_BOOL, 0),
	ROW(starttls, KIND_BOOL, 0),
	ROW(starttls_code, KIND_INT, 999),
	ROW(rcpt_code, KIND_INT, 999),
	ROW(rcpt_text, KIND_TEXT, 0),
	ROW(dialogue, KIND_LINES, 0),
};
#undef ROW

#define ROW(field, kind, max) { offsetof(struct obs_tls, field), kind, max }
static const struct row tls_rows[] = {
	ROW(established, KIND_BOOL, 0),
	ROW(error, KIND_TEXT, 0),
	ROW(protocol, KIND_TEXT, 0),
	ROW(cipher, KIND_TEXT, 0),
	ROW(handshake_ms, KIND_MS, 0),
	ROW(resumed, KIND_BOOL, 0),
	ROW(injected, KIND_SIZE, INT32_MAX),
	ROW(certificate, KIND_BOOL, 0),
	ROW(subject, KIND_TEXT, 0),
	ROW(issuer, KIND_TEXT, 0),
	ROW(not_before, KIND_WALL, 0),
	ROW(not_after, KIND_WALL, 0),
	ROW(names, KIND_TEXT, 0),
	ROW(name_ok, KIND_ENUM, TRI_YES),
	ROW(trusted, KIND_ENUM, TRI_YES),
	ROW(trust_error, KIND_TEXT, 0),
	ROW(key, KIND_TEXT, 0),
	ROW(signature, KIND_TEXT, 0),
	ROW(weak, KIND_TEXT, 0),
	ROW(chain, KIND_INT, UINT16_MAX),
};
#undef ROW
/* clang-format on */

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---------------------------------------------------------------- writing */

static void
put_row(struct buf *out, enum kind kind, const void *at)
{
	switch (kind) {
	case KIND_BOOL:
		codec_put_u8(out, *(const bool *)at);
		break;
	case KIND_ENUM:
		codec_put_u8(out, (uint8_t) * (const unsigned *)at);
		break;
	case KIND_INT:
		codec_put_u32(out, *(const unsigned *)at);
		break;
	case KIND_U16:
		codec_put_u16(out, *(const uint16_t *)at);
		break;
	case KIND_SIZE:
		codec_put_u32(out, (uint32_t) * (const size_t *)at);
		break;
	case KIND_MS:
		codec_put_double(out, *(const double *)at);
		break;
	case KIND_WALL:
		codec_put_u64(out, (uint64_t)((const struct wall *)at)->us);
		break;
	case KIND_TEXT:
	case KIND_LINES:
		codec_put_text(out, *(char *const *)at);
		break;
	case KIND_NAME:
	case KIND_NAME_NULL:
		codec_put_name(out, *(char *const *)at);
		break;
	case KIND_IP:
		codec_put_ip(out, at);
		break;
	}
}

static void
put_rows(struct buf *out, const struct row *row, size_t n, const void *from)
{
	for (size_t i = 0; i < n; i++)
		put_row(out, row[i].kind, (const char *)from + row[i].offset);
}

void
codec_put_smtp(struct buf *out, const struct obs_smtp *o)
{
	put_rows(out, smtp_rows, COUNT(smtp_rows), o);
	codec_put_u8(out, (uint8_t)o->nextension);
	for (size_t i = 0; i < o->nextension; i++)
		codec_put_text(out, o->extension[i]);
	codec_put_u8(out, o->tls != NULL);
	if (o->tls != NULL)
		put_rows(out, tls_rows, COUNT(tls_rows), o->tls);
}

/* ---------------------------------------------------------------- reading */

static uint32_t
get_number(struct cursor *in, uint32_t max)
{
	uint32_t value = codec_u32(in);

	if (value <= max)
		return value;
	codec_fail(in);
	return 0;
}

static uint16_t
get_port(struct cursor *in)
{
	uint16_t port = codec_u16(in);

	if (port == 0)
		codec_fail(in);
	return port;
}

static double
get_ms(struct cursor *in)
{
	double ms = codec_double(in);

	if (ms >= -1 && ms <= MS_MAX)
		return ms;
	codec_fail(in);
	return -1;
}

static struct wall
get_wall(struct cursor *in)
{
	struct wall wall = { (int64_t)codec_u64(in) };

	if (wall.us >= WALL_MIN && wall.us <= WALL_MAX)
		return wall;
	codec_fail(in);
	return (struct wall){ 0 };
}

/* In place of the one that may be there. */
static void
set_string(struct cursor *in, char **at, char *string, bool may_be_null)
{
	if (string == NULL && !may_be_null)
		codec_fail(in);
	if (in->failed) {
		free(string);
		return;
	}
	free(*at);
	*at = string;
}

static void
get_row(struct cursor *in, const struct row *row, void *at)
{
	switch (row->kind) {
	case KIND_BOOL:
		*(bool *)at = codec_bool(in);
		break;
	case KIND_ENUM:
		*(unsigned *)at = codec_enum(in, row->max);
		break;
	case KIND_INT:
		*(unsigned *)at = get_number(in, row->max);
		break;
	case KIND_U16:
		*(uint16_t *)at = get_port(in);
		break;
	case KIND_SIZE:
		*(size_t *)at = get_number(in, row->max);
		break;
	case KIND_MS:
		*(double *)at = get_ms(in);
		break;
	case KIND_WALL:
		*(struct wall *)at = get_wall(in);
		break;
	case KIND_TEXT:
		set_string(in, at, codec_text(in, TEXT_LONGEST), true);
		break;
	case KIND_LINES:
		set_string(in, at, codec_lines(in, SMTP_DIALOGUE_MAX), true);
		break;
	case KIND_NAME:
	case KIND_NAME_NULL:
		set_string(in, at, codec_name(in), row->kind == KIND_NAME_NULL);
		break;
	case KIND_IP:
		*(struct ip *)at = codec_ip(in);
		break;
	}
}

static void
get_rows(struct cursor *in, const struct row *row, size_t n, void *into)
{
	for (size_t i = 0; i < n && !in->failed; i++)
		get_row(in, &row[i], (char *)into + row[i].offset);
}

static void
get_extensions(struct cursor *in, struct obs_smtp *o)
{
	size_t n = codec_enum(in, SMTP_EXTENSIONS_MAX);

	while (o->nextension < n && !in->failed) {
		char *text = codec_text(in, TEXT_LONGEST);

		if (text == NULL)
			codec_fail(in);
		else
			o->extension[o->nextension++] = text;
	}
}

static void
get_tls(struct cursor *in, struct obs_smtp *o)
{
	if (!codec_bool(in))
		return;
	o->tls = calloc(1, sizeof(*o->tls));
	if (o->tls == NULL) {
		codec_fail(in);
		return;
	}
	get_rows(in, tls_rows, COUNT(tls_rows), o->tls);
}

struct obs_smtp *
codec_smtp(struct cursor *in)
{
	struct ip none = { 0 };
	struct obs_smtp *o = obs_smtp_new(&none, 0, ".");

	if (o == NULL) {
		codec_fail(in);
		return NULL;
	}
	get_rows(in, smtp_rows, COUNT(smtp_rows), o);
	get_extensions(in, o);
	get_tls(in, o);
	if (o->ip.family == 0)
		codec_fail(in);
	if (!in->failed)
		return o;
	obs_smtp_unref(o);
	return NULL;
}
