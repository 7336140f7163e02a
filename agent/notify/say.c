#include <ctype.h>
#include <string.h>

#include "agent/notify/say.h"

#define EVIDENCE_MAX  12 /* lines */
#define ITEMS_MAX     30
#define LIST_MAX      6000 /* bytes */
#define EVIDENCE_LINE 560
#define ITEM_LINE     260
#define MORE_MAX      40 /* "… and 4294967295 more" and a line break */
#define URL_MAX       512

bool
say_over(const struct message *m)
{
	return m->kind == MESSAGE_RESOLVED ||
	    (m->kind == MESSAGE_SETTLED && m->until.us != 0);
}

enum severity
say_severity(const struct message *m)
{
	return say_over(m) ? SEVERITY_OK : m->severity;
}

const char *
say_link(const struct message *m)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
	                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789-._:/?#@$&+,;=%";
	const char *link = m->link;

	if (link == NULL || strlen(link) > URL_MAX ||
	    link[strspn(link, allowed)] != '\0')
		return NULL;
	if (strncmp(link, "https://", 8) != 0 &&
	    strncmp(link, "http://", 7) != 0)
		return NULL;
	return link;
}

/* ------------------------------------------------------------------- parts */

typedef void words_fn(const struct message *, struct buf *out);

/* What our words say as a sentence, escaped as a whole: they quote names from
 * the network. */
static void
add_words(const struct say_style *style, const struct message *m,
    words_fn *words, size_t max, struct buf *out)
{
	struct buf text;

	buf_init(&text, 0);
	words(m, &text);
	if (text.failed)
		out->failed = true;
	if (text.len > 0) {
		text.data[0] = (char)toupper((unsigned char)text.data[0]);
		escape_words(out, style->format, buf_str(&text), max);
	}
	buf_free(&text);
}

static void
add_headline(const struct say_style *style, const struct message *m, size_t max,
    struct buf *out)
{
	size_t marks = strlen(style->bold_on) + strlen(style->bold_off);

	buf_puts(out, style->bold_on);
	add_words(style, m, message_headline, max - marks, out);
	buf_puts(out, style->bold_off);
}

static void
add_when(const struct say_style *style, const struct message *m, size_t max,
    struct buf *out)
{
	add_words(style, m, message_when, max, out);
}

static void
add_whom(const struct say_style *style, const struct message *m, size_t max,
    struct buf *out)
{
	add_words(style, m, message_whom, max, out);
}

/* A text with our own word before it. */
static void
add_named(const struct say_style *style, const char *name, const char *text,
    size_t max, struct buf *out)
{
	if (text == NULL || *text == '\0')
		return;
	buf_puts(out, name);
	escape_words(out, style->format, text, max - strlen(name));
}

static void
add_senders(const struct say_style *style, const struct message *m, size_t max,
    struct buf *out)
{
	add_named(style, "Senders: ", m->senders, max, out);
}

static void
add_remedy(const struct say_style *style, const struct message *m, size_t max,
    struct buf *out)
{
	add_named(style, "What to do: ", m->remedy, max, out);
}

static void
add_link(const struct say_style *style, const struct message *m, size_t max,
    struct buf *out)
{
	const char *link = say_link(m);

	(void)max; /* URL_MAX and the marks fit */
	if (link == NULL || style->link_on == NULL)
		return;
	buf_puts(out, style->link_on);
	for (; *link != '\0'; link++) {
		if (*link == '&' && style->entities)
			buf_puts(out, "&amp;");
		else
			buf_putc(out, *link);
	}
	buf_puts(out, style->link_off);
}

static void
add_incident(const struct say_style *style, const struct message *m, size_t max,
    struct buf *out)
{
	struct buf text;

	if (m->incident == NULL)
		return;
	buf_init(&text, 0);
	buf_printf(&text, "Incident %s", m->incident);
	if (m->rule != NULL)
		buf_printf(&text, ", rule %s", m->rule);
	if (text.failed)
		out->failed = true;
	else
		escape_words(out, style->format, buf_str(&text), max);
	buf_free(&text);
}

/* -------------------------------------------------------------------- list */

static const char *
loud(enum severity severity)
{
	return severity == SEVERITY_CRITICAL ? "CRITICAL" :
	    severity == SEVERITY_WARNING     ? "WARNING" :
	                                       severity_name(severity);
}

static void
item_line(const struct say_style *style, const struct message_item *item,
    struct buf *out)
{
	struct buf text;

	buf_init(&text, 0);
	buf_printf(&text, "%s: %s (%zu domain%s, %s)", loud(item->severity),
	    item->title != NULL ? item->title : "", item->domains,
	    item->domains == 1 ? "" : "s",
	    item->rule != NULL ? item->rule : "");
	if (text.failed)
		out->failed = true;
	buf_puts(out, "\xe2\x80\xa2 ");
	escape_words(out, style->format, buf_str(&text), ITEM_LINE);
	buf_free(&text);
}

static void
list_line(const struct say_style *style, const struct message *m, size_t i,
    struct buf *out)
{
	if (m->kind == MESSAGE_DIGEST)
		item_line(style, &m->item[i], out);
	else
		escape_code(out, style->format, m->evidence[i], EVIDENCE_LINE);
}

/* As many whole lines as there is room for.  Returns how many. */
static size_t
add_lines(const struct say_style *style, const struct message *m, size_t n,
    size_t end, struct buf *out)
{
	struct buf line;
	size_t i;

	buf_init(&line, 0);
	for (i = 0; i < n; i++) {
		buf_reset(&line);
		if (i > 0)
			buf_puts(&line, style->line);
		list_line(style, m, i, &line);
		if (line.failed)
			out->failed = true;
		if (out->len + line.len > end)
			break;
		buf_add(out, buf_str(&line), line.len);
	}
	buf_free(&line);
	return i;
}

/* Evidence, or what a digest tells of; out is empty. */
static void
add_list(const struct say_style *style, const struct message *m, size_t max,
    struct buf *out)
{
	bool digest = m->kind == MESSAGE_DIGEST;
	size_t n = digest ? m->nitem : m->nevidence;
	size_t total = digest ? m->total_items : n;
	const char *on = digest ? "" : style->list_on;
	const char *off = digest ? "" : style->list_off;
	size_t most = digest ? ITEMS_MAX : EVIDENCE_MAX;
	size_t fixed = strlen(on) + strlen(off) + MORE_MAX, done;

	if (max > LIST_MAX)
		max = LIST_MAX;
	if (n == 0 || max < fixed)
		return;
	buf_puts(out, on);
	done = add_lines(
	    style, m, n < most ? n : most, max - strlen(off) - MORE_MAX, out);
	if (done == 0) {
		buf_drop(out, out->len);
		return;
	}
	if (total > done)
		buf_printf(out, "%s\xe2\x80\xa6 and %zu more", style->line,
		    total - done);
	buf_puts(out, off);
}

/* ------------------------------------------------------------------- whole */

static const struct part {
	void (*add)(const struct say_style *, const struct message *,
	    size_t max, struct buf *out);
	size_t max; /* bytes, escaped; 0: what is left */
} parts_table[SAY_PARTS] = {
	[SAY_HEADLINE] = { add_headline, 440 },
	[SAY_WHEN] = { add_when, 160 },
	[SAY_WHOM] = { add_whom, 760 },
	[SAY_SENDERS] = { add_senders, 400 },
	[SAY_LIST] = { add_list, 0 },
	[SAY_REMEDY] = { add_remedy, 760 },
	[SAY_LINK] = { add_link, 640 },
	[SAY_INCIDENT] = { add_incident, 160 },
};

/* Of what is over it is enough what it was and how long it lasted. */
#define NOT_WHEN_OVER \
	(SAY_ONLY(SAY_SENDERS) | SAY_ONLY(SAY_LIST) | SAY_ONLY(SAY_REMEDY))

static size_t
fill(const struct say_style *style, const struct message *m, unsigned parts,
    size_t max, struct buf part[SAY_PARTS])
{
	size_t used = 0;

	for (size_t i = 0; i < SAY_PARTS; i++) {
		size_t most = parts_table[i].max;

		buf_init(&part[i], 0);
		if ((parts & SAY_ONLY(i)) == 0 || most == 0)
			continue;
		parts_table[i].add(style, m, most < max ? most : max, &part[i]);
		if (part[i].len > 0)
			used += part[i].len + strlen(style->line);
	}
	return used;
}

void
say(const struct say_style *style, const struct message *m, unsigned parts,
    size_t max, struct buf *out)
{
	struct buf part[SAY_PARTS];
	size_t used, start = out->len;

	if (say_over(m))
		parts &= ~NOT_WHEN_OVER;
	used = fill(style, m, parts, max, part);
	if ((parts & SAY_ONLY(SAY_LIST)) != 0 && used < max)
		add_list(style, m, max - used, &part[SAY_LIST]);
	for (size_t i = 0; i < SAY_PARTS; i++) {
		if (part[i].failed)
			out->failed = true;
		if (part[i].len > 0) {
			if (out->len > start)
				buf_puts(out, style->line);
			buf_add(out, part[i].data, part[i].len);
		}
		buf_free(&part[i]);
	}
}
