#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "agent/base/text.h"

#include "agent/worker/codec.h"

/*
 * A text is its length plus one in two bytes (0: NULL), and its bytes.
 *
 * A name is in wire form without the root label at its end: its full length
 * in one byte (0: NULL), and its bytes.  Whatever is read so comes out in
 * canonical form.
 */

/* ---------------------------------------------------------------- writing */

static void
put_number(struct buf *out, uint64_t value, unsigned octets)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < octets; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	buf_add(out, bytes, octets);
}

void
codec_put_u8(struct buf *out, uint8_t value)
{
	put_number(out, value, 1);
}

void
codec_put_u16(struct buf *out, uint16_t value)
{
	put_number(out, value, 2);
}

void
codec_put_u32(struct buf *out, uint32_t value)
{
	put_number(out, value, 4);
}

void
codec_put_u64(struct buf *out, uint64_t value)
{
	put_number(out, value, 8);
}

void
codec_put_double(struct buf *out, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	codec_put_u64(out, bits);
}

void
codec_put_text(struct buf *out, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);

	if (text == NULL) {
		codec_put_u16(out, 0);
		return;
	}
	if (len > CODEC_TEXT_MAX) {
		out->failed = true;
		return;
	}
	codec_put_u16(out, (uint16_t)(len + 1));
	buf_add(out, text, len);
}

void
codec_put_name(struct buf *out, const char *name)
{
	uint8_t wire[NAME_WIRE];
	int len = name == NULL ? 0 : name_to_wire(name, wire);

	if (len < 0) {
		out->failed = true;
		return;
	}
	codec_put_u8(out, (uint8_t)len);
	if (len > 1)
		buf_add(out, wire, (size_t)len - 1);
}

void
codec_put_ip(struct buf *out, const struct ip *ip)
{
	codec_put_u8(out, ip->family);
	if (ip->family != 0)
		buf_add(out, ip->byte, ip->family == 4 ? 4 : 16);
}

/* ---------------------------------------------------------------- reading */

void
codec_fail(struct cursor *in)
{
	in->failed = true;
}

bool
codec_ended(const struct cursor *in)
{
	return !in->failed && in->at == in->end;
}

const uint8_t *
codec_bytes(struct cursor *in, size_t n)
{
	const uint8_t *at = in->at;

	if (in->failed || (size_t)(in->end - in->at) < n) {
		codec_fail(in);
		return NULL;
	}
	in->at += n;
	return at;
}

static uint64_t
get_number(struct cursor *in, unsigned octets)
{
	const uint8_t *bytes = codec_bytes(in, octets);
	uint64_t value = 0;

	for (unsigned i = octets; bytes != NULL && i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

uint8_t
codec_u8(struct cursor *in)
{
	return (uint8_t)get_number(in, 1);
}

uint16_t
codec_u16(struct cursor *in)
{
	return (uint16_t)get_number(in, 2);
}

uint32_t
codec_u32(struct cursor *in)
{
	return (uint32_t)get_number(in, 4);
}

uint64_t
codec_u64(struct cursor *in)
{
	return get_number(in, 8);
}

double
codec_double(struct cursor *in)
{
	uint64_t bits = codec_u64(in);
	double value;

	memcpy(&value, &bits, sizeof(value));
	if (isfinite(value))
		return value;
	codec_fail(in);
	return 0;
}

unsigned
codec_enum(struct cursor *in, unsigned max)
{
	unsigned value = codec_u8(in);

	if (value <= max)
		return value;
	codec_fail(in);
	return 0;
}

bool
codec_bool(struct cursor *in)
{
	return codec_enum(in, 1) != 0;
}

/* Would the line go to a terminal as it is? */
static bool
is_safe_line(const char *line, size_t len)
{
	/* Escaped, it is longer or other. */
	size_t size = len + 4;
	char *again = malloc(size);
	bool safe = again != NULL && text_line(again, size, line) == len &&
	    memcmp(again, line, len) == 0;

	free(again);
	return safe;
}

/* The same of each line.  The line breaks are gone for the time of it. */
static bool
are_safe_lines(char *text)
{
	char *end;

	for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		bool safe;

		*end = '\0';
		safe = is_safe_line(text, (size_t)(end - text));
		*end = '\n';
		if (!safe)
			return false;
	}
	return is_safe_line(text, strlen(text));
}

static char *
get_text(struct cursor *in, size_t max, bool lines)
{
	size_t len = codec_u16(in);
	const uint8_t *bytes;
	char *text;

	if (len-- == 0)
		return NULL;
	if (len > max)
		codec_fail(in);
	bytes = codec_bytes(in, len);
	if (bytes == NULL)
		return NULL;
	text = strndup((const char *)bytes, len);
	if (text != NULL && strlen(text) == len &&
	    (lines ? are_safe_lines(text) : is_safe_line(text, len)))
		return text;
	free(text);
	codec_fail(in);
	return NULL;
}

char *
codec_text(struct cursor *in, size_t max)
{
	return get_text(in, max, false);
}

char *
codec_lines(struct cursor *in, size_t max)
{
	return get_text(in, max, true);
}

bool
codec_name_text(struct cursor *in, char *text)
{
	size_t len = codec_u8(in);
	uint8_t wire[NAME_WIRE];
	const uint8_t *bytes;

	if (len == 0)
		return false;
	bytes = codec_bytes(in, len - 1);
	if (bytes == NULL)
		return false;
	memcpy(wire, bytes, len - 1);
	wire[len - 1] = 0;
	if (name_from_wire(wire, len, text) == 0)
		return true;
	codec_fail(in);
	return false;
}

char *
codec_name(struct cursor *in)
{
	char text[NAME_TEXT], *name;

	if (!codec_name_text(in, text))
		return NULL;
	name = strdup(text);
	if (name == NULL)
		codec_fail(in);
	return name;
}

struct ip
codec_ip(struct cursor *in)
{
	struct ip ip = { .family = codec_u8(in) };
	size_t octets = ip.family == 4 ? 4 : 16;
	const uint8_t *bytes = NULL;

	if (ip.family == 0)
		return ip;
	if (ip.family == 4 || ip.family == 6)
		bytes = codec_bytes(in, octets);
	if (bytes != NULL) {
		memcpy(ip.byte, bytes, octets);
		return ip;
	}
	codec_fail(in);
	return (struct ip){ 0 };
}
