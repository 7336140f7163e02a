#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/num.h"
#include "agent/base/text.h"

#include "agent/base/log_parts.h"

#define LINE_MAX_BYTES 4096

/* How long a line may wait for a log that is busy. */
#define PATIENCE_US 200000

static const char *const level_name[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARNING] = "warning",
	[LOG_ERROR] = "error",
};

/* put NULL: text on standard error.  path NULL: standard error. */
struct sink {
	const char *name, *path;
	void (*put)(struct buf *, const struct log_line *);
};

static const struct sink sinks[] = {
	{ "stderr", NULL, NULL },
	{ "json", NULL, log_put_json },
	{ "journal", "/run/systemd/journal/socket", log_put_journal },
	{ "syslog", "/dev/log", log_put_syslog },
};

static enum log_level lowest = LOG_WARNING;
static const struct sink *sink = &sinks[0];
static struct sockaddr_un to; /* of a sink with a path */
static int out_fd = -1;
static bool failing; /* it did not take the last line */

const char *
log_level_name(enum log_level level)
{
	return level_name[level];
}

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

/* ------------------------------------------------------------------- where */

/* systemd says which device and inode are its journal's: standard error may
 * have been sent elsewhere since. */
static bool
is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	const char *colon = stream == NULL ? NULL : strchr(stream, ':');
	char device[24];
	uint64_t dev, ino;
	struct stat st;

	if (colon == NULL || colon - stream >= (long)sizeof(device))
		return false;
	snprintf(device, sizeof(device), "%.*s", (int)(colon - stream), stream);
	return num_uint(device, 0, UINT64_MAX, &dev) == 0 &&
	    num_uint(colon + 1, 0, UINT64_MAX, &ino) == 0 &&
	    fstat(fd, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

void
log_set_socket(const char *path)
{
	to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	failing = false;
}

static void
use(const struct sink *chosen)
{
	static const struct timeval patience = { .tv_usec = PATIENCE_US };

	sink = chosen;
	if (out_fd >= 0)
		close(out_fd);
	out_fd = -1;
	if (sink->path == NULL)
		return;
	log_set_socket(sink->path);
	out_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (out_fd >= 0)
		setsockopt(out_fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		    sizeof(patience));
}

int
log_set_sink(const char *name)
{
	if (strcmp(name, "auto") == 0)
		name = is_journal(STDERR_FILENO) ? "journal" : "stderr";
	for (size_t i = 0; i < sizeof(sinks) / sizeof(sinks[0]); i++)
		if (strcmp(sinks[i].name, name) == 0) {
			use(&sinks[i]);
			return 0;
		}
	return -1;
}

bool
log_is_text(void)
{
	return sink->put == NULL;
}

/* -------------------------------------------------------------------- write */

/* One write for the whole line, so that lines of several writers to one
 * terminal or pipe do not mix.  Needs no memory. */
static void
write_text(enum log_level level, const char *text)
{
	char line[LINE_MAX_BYTES + 32];
	int len = snprintf(
	    line, sizeof(line), "mxvigil: %s: %s\n", level_name[level], text);

	fwrite(line, 1, (size_t)len, stderr);
}

/* Returns 0 or an errno.  What is stuck is not waited for again. */
static int
send_bytes(const struct buf *bytes)
{
	if (bytes->failed)
		return ENOMEM;
	if (sink->path == NULL)
		return fwrite(bytes->data, 1, bytes->len, stderr) ==
		        bytes->len ?
		    0 :
		    EIO;
	return sendto(out_fd, bytes->data, bytes->len,
	           MSG_NOSIGNAL | (failing ? MSG_DONTWAIT : 0),
	           (const struct sockaddr *)&to, sizeof(to)) < 0 ?
	    errno :
	    0;
}

/* Said once, until it works again. */
static void
note_failure(int error)
{
	char why[LINE_MAX_BYTES];

	if (!failing && sink->path != NULL) {
		snprintf(why, sizeof(why),
		    "--log %s: %s: %s: lines go to standard error until it "
		    "takes them",
		    sink->name, to.sun_path, strerror(error));
		write_text(LOG_WARNING, why);
	}
	failing = true;
}

static void
write_line(const struct log_line *line)
{
	struct buf bytes;
	int error;

	if (sink->put == NULL) {
		write_text(line->level, line->text);
		return;
	}
	buf_init(&bytes, 0);
	sink->put(&bytes, line);
	error = send_bytes(&bytes);
	buf_free(&bytes);
	if (error != 0) {
		note_failure(error);
		write_text(line->level, line->text);
		return;
	}
	failing = false;
}

/* --------------------------------------------------------------------- say */

static void say(enum log_level, const struct log_about *, const char *format,
    va_list ap) __attribute__((format(printf, 3, 0)));
static void
say(enum log_level level, const struct log_about *about, const char *format,
    va_list ap)
{
	char message[LINE_MAX_BYTES], safe[LINE_MAX_BYTES];
	const struct log_line line = {
		.level = level,
		.at = clock_wall(),
		.text = safe,
		.about = about,
	};

	if (!log_wants(level))
		return;
	if (vsnprintf(message, sizeof(message), format, ap) < 0)
		return;
	text_line(safe, sizeof(safe), message);
	write_line(&line);
}

void
log_say(enum log_level level, const struct log_about *about, const char *format,
    ...)
{
	va_list ap;

	va_start(ap, format);
	say(level, about, format, ap);
	va_end(ap);
}

void
log_debug(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(LOG_DEBUG, NULL, format, ap);
	va_end(ap);
}

void
log_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(LOG_INFO, NULL, format, ap);
	va_end(ap);
}

void
log_warning(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(LOG_WARNING, NULL, format, ap);
	va_end(ap);
}

void
log_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(LOG_ERROR, NULL, format, ap);
	va_end(ap);
}
