#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"

/*
 * Names: the first byte picks what the rest is taken for.
 *
 * Wire form: what is read must be printable, come back octet for octet but
 * for case, and be written the same again.  Presentation form: the same from
 * the other end.  A typed domain: what is taken must be a clean name; what is
 * not must be explained in one line that is safe to print.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)           \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* What holds for every name in presentation form. */
static void
check_text(const char *text)
{
	unsigned labels = name_labels(text);
	struct ip ip;

	MUST(strlen(text) < NAME_TEXT);
	for (const char *s = text; *s != '\0'; s++)
		MUST(*s > ' ' && *s < 0x7f && !(*s >= 'A' && *s <= 'Z'));
	MUST(labels <= 127);
	MUST(name_is_below(text, text));
	for (unsigned n = 0; n <= labels; n++) {
		const char *parent = name_parent(text, n);

		MUST(name_labels(parent) == labels - n);
		MUST(name_is_below(text, parent));
	}
	MUST(strcmp(name_parent(text, labels), ".") == 0);
	MUST((name_kind(text, &ip) == NAME_ROOT) == (labels == 0));
	MUST(ip.family == 0 || name_kind(text, &ip) == NAME_LITERAL);
}

static void
from_wire(const uint8_t *wire, size_t size)
{
	char text[NAME_TEXT], again[NAME_TEXT];
	uint8_t back[NAME_WIRE];

	if (name_from_wire(wire, size, text) != 0)
		return;
	check_text(text);
	MUST(name_to_wire(text, back) == (int)size);
	for (size_t i = 0; i < size; i++)
		MUST(back[i] == lower(wire[i]));
	MUST(name_from_wire(back, size, again) == 0);
	MUST(strcmp(text, again) == 0);
}

static void
to_wire(const char *typed)
{
	uint8_t wire[NAME_WIRE], back[NAME_WIRE];
	char text[NAME_TEXT];
	struct ip ip;
	int len = name_to_wire(typed, wire);

	name_kind(typed, &ip);
	name_parent(typed, name_labels(typed));
	if (len < 0)
		return;
	MUST(len >= 1 && len <= NAME_WIRE);
	MUST(name_from_wire(wire, (size_t)len, text) == 0);
	check_text(text);
	MUST(name_to_wire(text, back) == len);
}

static void
check_line(const char *why, size_t size)
{
	MUST(strlen(why) > 0 && strlen(why) < size);
	for (const char *s = why; *s != '\0'; s++)
		MUST((uint8_t)*s >= 0x20 && *s != 0x7f);
}

static void
domain(const char *typed)
{
	char ascii[NAME_WIRE + 1], again[NAME_WIRE + 1], why[600];
	char *unicode, *ignored;
	uint8_t wire[NAME_WIRE];
	struct ip ip;

	if (name_domain(typed, ascii, &unicode, why, sizeof(why)) != 0) {
		check_line(why, sizeof(why));
		return;
	}
	MUST(strlen(ascii) <= 253);
	MUST(strspn(ascii, "abcdefghijklmnopqrstuvwxyz0123456789-_.") ==
	    strlen(ascii));
	MUST(name_to_wire(ascii, wire) > 1);
	MUST(name_kind(ascii, &ip) == NAME_HOST);
	/* The A-labels stand for themselves, and the U-labels for them. */
	MUST(name_domain(ascii, again, &ignored, why, sizeof(why)) == 0);
	MUST(strcmp(ascii, again) == 0);
	free(ignored);
	if (unicode != NULL) {
		MUST(name_domain(unicode, again, &ignored, why, sizeof(why)) ==
		    0);
		MUST(strcmp(ascii, again) == 0);
		free(ignored);
	}
	free(unicode);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	if (data[0] % 3 == 0) {
		from_wire(data + 1, size - 1);
		return 0;
	}
	text = malloc(size);
	MUST(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] % 3 == 1)
		to_wire(text);
	else
		domain(text);
	free(text);
	return 0;
}
