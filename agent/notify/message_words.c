#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/notify/message.h"

#define SECOND ((int64_t)1000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* ------------------------------------------------------------------- times */

void
message_duration(int64_t us, struct buf *out)
{
	static const struct {
		int64_t unit, next;
		const char *name, *next_name;
	} units[] = {
		{ DAY, HOUR, "d", "h" },
		{ HOUR, MINUTE, "h", "min" },
		{ MINUTE, 0, "min", NULL },
		{ SECOND, 0, "s", NULL },
	};
	size_t i = 0;

	if (us < 0)
		us = 0;
	while (i < 3 && us < units[i].unit)
		i++;
	buf_printf(
	    out, "%lld %s", (long long)(us / units[i].unit), units[i].name);
	us %= units[i].unit;
	if (units[i].next != 0 && us >= units[i].next)
		buf_printf(out, " %lld %s", (long long)(us / units[i].next),
		    units[i].next_name);
}

/* "2026-11-23 16:40 UTC" */
static void
add_time(struct wall t, struct buf *out)
{
	char text[CLOCK_TEXT];

	clock_format(t, text);
	buf_printf(out, "%.10s %.5s UTC", text, text + 11);
}

void
message_when(const struct message *m, struct buf *out)
{
	if (m->since.us == 0) {
		buf_puts(out, "at ");
		add_time(m->at, out);
		return;
	}
	buf_puts(out, m->until.us == 0 ? "since " : "from ");
	add_time(m->since, out);
	if (m->until.us != 0) {
		buf_puts(out, " to ");
		add_time(m->until, out);
	}
	buf_puts(out, ", for ");
	message_duration(
	    (m->until.us == 0 ? m->at : m->until).us - m->since.us, out);
}

/* ---------------------------------------------------------------- headline */

static void
add_loud(const char *word, struct buf *out)
{
	for (; *word != '\0'; word++)
		buf_putc(out, (char)toupper((unsigned char)*word));
}

static void
add_severity(const struct message *m, struct buf *out)
{
	add_loud(severity_name(m->severity), out);
}

static void
add_grown(const struct message *m, struct buf *out)
{
	add_severity(m, out);
	buf_puts(out, ", and worse than before");
}

static void
add_reminder(const struct message *m, struct buf *out)
{
	buf_puts(out, "STILL ");
	add_severity(m, out);
	if (m->since.us == 0)
		return;
	buf_puts(out, " after ");
	message_duration(m->at.us - m->since.us, out);
}

static void
add_resolved(const struct message *m, struct buf *out)
{
	buf_puts(out, "RESOLVED");
	if (m->since.us == 0 || m->until.us == 0)
		return;
	buf_puts(out, " after ");
	message_duration(m->until.us - m->since.us, out);
}

static void
add_settled(const struct message *m, struct buf *out)
{
	buf_puts(out, "SETTLED, ");
	if (m->until.us != 0) {
		buf_puts(out, "and resolved");
		return;
	}
	buf_puts(out, "and still ");
	add_severity(m, out);
}

/* Of many: as bad as the worst that lasts. */
static void
add_digest(const struct message *m, struct buf *out)
{
	if (m->severity >= SEVERITY_INFO)
		add_severity(m, out);
	else
		buf_puts(out, "DIGEST");
}

/* What stands before the colon: a word, or what a function writes. */
static const struct {
	const char *word;
	void (*add)(const struct message *, struct buf *);
} opening[MESSAGE_KINDS] = {
	[MESSAGE_OPENED] = { .add = add_severity },
	[MESSAGE_GROWN] = { .add = add_grown },
	[MESSAGE_REMINDER] = { .add = add_reminder },
	[MESSAGE_RESOLVED] = { .add = add_resolved },
	[MESSAGE_FLAPPING] = { .word = "FLAPPING, it comes and goes" },
	[MESSAGE_SETTLED] = { .add = add_settled },
	[MESSAGE_CHANGED] = { .word = "CHANGED" },
	[MESSAGE_DIGEST] = { .add = add_digest },
	[MESSAGE_TEST] = { .word = "TEST" },
};

/* How many it hits; or whom, unless the title says so. */
static void
add_scope(const struct message *m, struct buf *out)
{
	if (m->total > 1)
		buf_printf(out, " (%zu domains)", m->total);
	else if (m->ndomain == 1 && strstr(m->title, m->domain[0]) == NULL)
		buf_printf(out, " (%s)", m->domain[0]);
}

void
message_headline(const struct message *m, struct buf *out)
{
	if (opening[m->kind].add != NULL)
		opening[m->kind].add(m, out);
	else
		buf_puts(out, opening[m->kind].word);
	if (m->title == NULL)
		return;
	buf_puts(out, ": ");
	buf_puts(out, m->title);
	add_scope(m, out);
}

/* -------------------------------------------------------------------- whom */

/* It is over, or it was never more than a moment. */
static bool
is_past(const struct message *m)
{
	return m->kind == MESSAGE_RESOLVED || m->until.us != 0;
}

void
message_whom(const struct message *m, struct buf *out)
{
	size_t total = m->total > m->ndomain ? m->total : m->ndomain;

	if (total == 0)
		return;
	buf_puts(out, is_past(m) ? "hit " : "hits ");
	if (total != 1 || m->ndomain == 0)
		buf_printf(out, "%zu domain%s", total, total == 1 ? "" : "s");
	if (m->ndomain == 0)
		return;
	buf_puts(out, total == 1 ? "" : ": ");
	for (size_t i = 0; i < m->ndomain; i++)
		buf_printf(out, "%s%s", i == 0 ? "" : ", ", m->domain[i]);
	if (total > m->ndomain)
		buf_printf(out, " … and %zu more", total - m->ndomain);
}
