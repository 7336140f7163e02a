#include <stdarg.h>
#include <stdio.h>

#include "agent/base/text.h"

#include "agent/base/log.h"

#define LINE_MAX_BYTES 4096

static const char *const level_name[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARNING] = "warning",
	[LOG_ERROR] = "error",
};

static enum log_level lowest = LOG_WARNING;

void
log_set_level(enum log_level level)
{
	lowest = level;
}

bool
log_wants(enum log_level level)
{
	return level >= lowest;
}

/* One write for the whole line, so that lines of several writers to one
 * terminal or pipe do not mix. */
static void print(enum log_level level, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));
static void
print(enum log_level level, const char *format, va_list ap)
{
	char message[LINE_MAX_BYTES], safe[LINE_MAX_BYTES];
	char line[LINE_MAX_BYTES + 32];
	int len;

	if (!log_wants(level))
		return;
	if (vsnprintf(message, sizeof(message), format, ap) < 0)
		return;
	text_line(safe, sizeof(safe), message);
	len = snprintf(
	    line, sizeof(line), "mxvigil: %s: %s\n", level_name[level], safe);
	fwrite(line, 1, (size_t)len, stderr);
}

void
log_debug(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print(LOG_DEBUG, format, ap);
	va_end(ap);
}

void
log_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print(LOG_INFO, format, ap);
	va_end(ap);
}

void
log_warning(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print(LOG_WARNING, format, ap);
	va_end(ap);
}

void
log_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print(LOG_ERROR, format, ap);
	va_end(ap);
}
