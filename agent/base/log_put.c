#include <ctype.h>
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/text.h"

#include "agent/base/log_parts.h"

/*
 * A line as each place wants it.
 */

#define NAME     "mxvigil"
#define FACILITY 3 /* daemon (RFC 5424 6.2.1) */

int
log_priority(enum log_level level)
{
	static const int priority[] = {
		[LOG_DEBUG] = 7,
		[LOG_INFO] = 6,
		[LOG_WARNING] = 4,
		[LOG_ERROR] = 3,
	};

	return priority[level];
}

void
log_each_field(
    const struct log_about *about, log_field_fn *each, struct buf *out)
{
	const struct {
		const char *name, *value;
	} rows[] = {
		{ "event", about->event },
		{ "domain", about->domain },
		{ "host", about->host },
		{ "rule", about->rule },
		{ "severity", about->severity },
		{ "channel", about->channel },
		{ "vantage", about->vantage },
	};
	struct log_field field = { .number = false };
	char safe[TEXT_MAX + 1];

	field.value = safe;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		field.name = rows[i].name;
		if (rows[i].value == NULL || *rows[i].value == '\0')
			continue;
		text_line(safe, sizeof(safe), rows[i].value);
		each(out, &field);
	}
	if (about->incident == 0)
		return;
	snprintf(safe, sizeof(safe), "%" PRIu64, about->incident);
	field.name = "incident";
	field.number = true;
	each(out, &field);
}

/* -------------------------------------------------------------------- JSON */

/* RFC 8259 7.  Escaped text has no control characters and is valid UTF-8. */
static void
put_string(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

static void
put_member(struct buf *out, const struct log_field *field)
{
	buf_printf(out, ",\"%s\":", field->name);
	if (field->number)
		buf_puts(out, field->value);
	else
		put_string(out, field->value);
}

void
log_put_json(struct buf *out, const struct log_line *line)
{
	char at[CLOCK_TEXT];

	buf_printf(out, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":",
	    clock_format(line->at, at), log_level_name(line->level));
	put_string(out, line->text);
	if (line->about != NULL)
		log_each_field(line->about, put_member, out);
	buf_puts(out, "}\n");
}

/* ----------------------------------------------------------------- journal */

/*
 * systemd's native protocol: the name, a line break, the length in 8 bytes, the
 * lowest first, the value, a line break.  There is a shorter form for what has
 * no line breaks; this one holds whatever the value is.
 */
static void
put_entry(struct buf *out, const char *name, const char *value)
{
	uint64_t len = htole64(strlen(value));

	buf_puts(out, name);
	buf_putc(out, '\n');
	buf_add(out, &len, sizeof(len));
	buf_puts(out, value);
	buf_putc(out, '\n');
}

static void
put_field(struct buf *out, const struct log_field *field)
{
	char name[64] = "MXVIGIL_";
	size_t end = strlen(name);

	for (const char *from = field->name;
	     *from != '\0' && end < sizeof(name) - 1; from++)
		name[end++] = (char)toupper((unsigned char)*from);
	put_entry(out, name, field->value);
}

void
log_put_journal(struct buf *out, const struct log_line *line)
{
	char number[16];

	put_entry(out, "MESSAGE", line->text);
	snprintf(number, sizeof(number), "%d", log_priority(line->level));
	put_entry(out, "PRIORITY", number);
	snprintf(number, sizeof(number), "%d", FACILITY);
	put_entry(out, "SYSLOG_FACILITY", number);
	put_entry(out, "SYSLOG_IDENTIFIER", NAME);
	if (line->about != NULL)
		log_each_field(line->about, put_field, out);
}

/* ------------------------------------------------------------------ syslog */

/* What syslog(3) writes to its socket: RFC 3164 4.1 without the host.  The
 * month is in English, whatever the locale. */
void
log_put_syslog(struct buf *out, const struct log_line *line)
{
	static const char month[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)(line->at.us / 1000000);
	struct tm tm = { 0 };

	localtime_r(&seconds, &tm);
	buf_printf(out, "<%d>%s %2d %02d:%02d:%02d " NAME "[%d]: %s",
	    FACILITY << 3 | log_priority(line->level), month[tm.tm_mon],
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)getpid(),
	    line->text);
}
