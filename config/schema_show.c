#include <string.h>

#include "agent/base/text.h"

#include "config/schema.h"

#define INDENT 2

/* YAML 1.2.2, section 5.1, "Character Set": what may stand in a file as it
 * is.  Of it the line separators would be folded, and others do not show. */
static bool
is_printable(uint32_t point)
{
	return (point >= 0x20 && point <= 0x7e) ||
	    (point >= 0xa0 && point <= 0xd7ff && point != 0x2028 &&
	        point != 0x2029) ||
	    (point >= 0xe000 && point <= 0xfffd && point != 0xfeff) ||
	    point >= 0x10000;
}

void
schema_show_text(struct buf *out, const char *text)
{
	size_t left = strlen(text);

	buf_putc(out, '"');
	while (left > 0) {
		uint32_t point = (unsigned char)*text;
		size_t n = text_utf8(text, left, &point);

		if (n == 0)
			n = 1; /* not UTF-8: as if it were Latin-1 */
		if (!is_printable(point))
			buf_printf(out, "\\u%04x", (unsigned)point);
		else if (*text == '"' || *text == '\\')
			buf_printf(out, "\\%c", *text);
		else
			buf_add(out, text, n);
		text += n;
		left -= n;
	}
	buf_putc(out, '"');
}

/* In the largest unit in which it is a whole number. */
void
schema_show_duration(struct buf *out, uint64_t ms)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} unit[] = {
		{ "d", 86400000 },
		{ "h", 3600000 },
		{ "m", 60000 },
		{ "s", 1000 },
		{ "ms", 1 },
	};
	size_t i = 0;

	while (ms == 0 ? unit[i].ms != 1000 : ms % unit[i].ms != 0)
		i++;
	buf_printf(
	    out, "%llu%s", (unsigned long long)(ms / unit[i].ms), unit[i].name);
}

/* A number as it is kept; durations in milliseconds. */
static uint64_t
fetch(const struct schema_key *key, const void *from)
{
	const void *at = (const char *)from + key->offset;

	switch (key->kind) {
	case SCHEMA_UINT8:
		return *(const uint8_t *)at;
	case SCHEMA_UINT16:
		return *(const uint16_t *)at;
	case SCHEMA_UINT:
		return *(const unsigned *)at;
	case SCHEMA_DURATION_S:
		return *(const uint32_t *)at * UINT64_C(1000);
	case SCHEMA_DURATION_F:
		return (uint64_t) * (const double *)at;
	default:
		return *(const uint64_t *)at;
	}
}

static bool
show_number(struct buf *out, const struct schema_key *key, const void *from)
{
	uint64_t value = fetch(key, from);

	if (value < key->min || value > key->max)
		return false;
	buf_putc(out, ' ');
	if (key->kind == SCHEMA_DURATION || key->kind == SCHEMA_DURATION_S ||
	    key->kind == SCHEMA_DURATION_F)
		schema_show_duration(out, value);
	else
		buf_printf(out, "%llu", (unsigned long long)value);
	buf_putc(out, '\n');
	return true;
}

static bool
show_text(struct buf *out, const struct schema_key *key, const void *from)
{
	char *const *text =
	    (char *const *)(const void *)((const char *)from + key->offset);

	if (*text == NULL)
		return false;
	buf_putc(out, ' ');
	schema_show_text(out, *text);
	buf_putc(out, '\n');
	return true;
}

static bool
show_list(struct buf *out, const struct schema_key *key, const void *from)
{
	const char *base = from;
	size_t n = *(const size_t *)(const void *)(base + key->count);

	if (n > 0)
		schema_show_texts(out,
		    *(char *const *const *)(const void *)(base + key->offset),
		    n);
	return n > 0;
}

static bool
show_bool(struct buf *out, const struct schema_key *key, const void *from)
{
	const bool *value =
	    (const bool *)(const void *)((const char *)from + key->offset);

	buf_puts(out, *value ? " true\n" : " false\n");
	return true;
}

bool
schema_show_value(
    struct buf *out, const struct schema_key *key, const void *from)
{
	if (key->show != NULL)
		return key->show(out, from);
	switch (key->kind) {
	case SCHEMA_TEXT:
		return show_text(out, key, from);
	case SCHEMA_LIST:
		return show_list(out, key, from);
	case SCHEMA_BOOL:
		return show_bool(out, key, from);
	default:
		return show_number(out, key, from);
	}
}

/* How keys are printed: whole with help and what is not set, or short. */
struct style {
	unsigned indent;
	bool is_whole;
};

/* NOLINTBEGIN(misc-no-recursion): the tables are our own */

static void show_keys(struct buf *out, const struct schema_key *keys,
    const void *from, struct style style);

/* Behind "name:"; a group is set when any of its keys is, or when all are
 * printed. */
static bool
show_behind(struct buf *out, const struct schema_key *key, const void *from,
    struct style style)
{
	if (key->kind != SCHEMA_MAP)
		return schema_show_value(out, key, from);
	buf_putc(out, '\n');
	style.indent += INDENT;
	show_keys(out, key->keys, from, style);
	return style.is_whole || out->len > 1;
}

static void
show_key(struct buf *out, const struct schema_key *key, const void *from,
    struct style style)
{
	struct buf value;
	bool is_set;

	buf_init(&value, 0);
	is_set = show_behind(&value, key, from, style);
	if (style.is_whole && key->help != NULL) {
		buf_pad(out, ' ', style.indent);
		buf_printf(out, "# %s\n", key->help);
	}
	if (is_set || style.is_whole) {
		buf_pad(out, ' ', style.indent);
		buf_printf(out, "%s%s:", is_set ? "" : "# ", key->name);
		buf_puts(out, is_set ? buf_str(&value) : "\n");
	}
	out->failed |= value.failed;
	buf_free(&value);
}

static void
show_keys(struct buf *out, const struct schema_key *keys, const void *from,
    struct style style)
{
	for (; keys->name != NULL; keys++)
		show_key(out, keys, from, style);
}

/* NOLINTEND(misc-no-recursion) */

void
schema_show(struct buf *out, const struct schema_key *keys, const void *from)
{
	show_keys(out, keys, from, (struct style){ 0, true });
}

void
schema_show_item(
    struct buf *out, const struct schema_key *keys, const void *from)
{
	buf_puts(out, "  -\n");
	show_keys(out, keys, from, (struct style){ 2 * INDENT, false });
}
