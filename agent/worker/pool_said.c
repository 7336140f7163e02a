#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"

#include "agent/worker/pool_parts.h"

/*
 * What a process says on its standard error, which is a pipe to here: lines of
 * its own log, or the last words of a library.  They go into ours, so that they
 * arrive where it goes.  A process that was taken over may say anything: what
 * it says is escaped like all text, has its number before it, and has a bound.
 */

#define LINE_LONGEST 1024
#define LINES_MAX    200

/* "mxvigil: error: no memory": the level, and what comes behind it. */
static enum log_level
read_level(const char **text)
{
	static const char name[] = "mxvigil: ";
	const size_t skip = sizeof(name) - 1;

	if (strncmp(*text, name, skip) != 0)
		return LOG_WARNING;
	for (enum log_level level = LOG_DEBUG; level <= LOG_ERROR; level++) {
		const char *word = log_level_name(level);
		size_t len = strlen(word);

		if (strncmp(*text + skip, word, len) == 0 &&
		    strncmp(*text + skip + len, ": ", 2) == 0) {
			*text += skip + len + 2;
			return level;
		}
	}
	return LOG_WARNING;
}

/* Whoever looks for a fault wants to see it all. */
static unsigned
most_lines(void)
{
	return log_wants(LOG_DEBUG) ? UINT_MAX - 1 : LINES_MAX;
}

static void
repeat(struct child *child, const char *bytes, size_t len)
{
	const struct log_about about = { .event = "probe-said" };
	char line[LINE_LONGEST + 1];
	const char *text = line;
	enum log_level level;

	if (len == 0)
		return;
	memcpy(line, bytes, len);
	line[len] = '\0';
	level = read_level(&text);
	if (!log_wants(level))
		return;
	if (++child->lines > most_lines()) {
		level = LOG_WARNING;
		text = "says too much: no more of it is shown";
	}
	log_say(
	    level, &about, "probe process %d: %s", child->process.pid, text);
}

/* All lines that are whole, or as long as they may be; at the end, the rest. */
static void
repeat_lines(struct child *child, bool end)
{
	struct buf *said = &child->said;
	size_t used = 0;

	while (used < said->len && child->lines <= most_lines()) {
		const char *line = said->data + used;
		size_t left = said->len - used, len;
		const char *stop = memchr(line, '\n', left);

		len = stop == NULL ? left : (size_t)(stop - line);
		if (stop == NULL && !end && len < LINE_LONGEST)
			break;
		if (len > LINE_LONGEST)
			len = LINE_LONGEST;
		repeat(child, line, len);
		used += len + (line + len == stop);
	}
	buf_drop(said, child->lines > most_lines() ? said->len : used);
}

static void
hear(struct child *child, const char *bytes, size_t len)
{
	buf_add(&child->said, bytes, len);
	if (child->said.failed)
		buf_reset(&child->said);
	repeat_lines(child, false);
}

static void
on_said(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
	struct child *child = stream->data;

	if (n < 0) {
		uv_read_stop(stream);
		return;
	}
	hear(child, bytes->base, (size_t)n);
}

void
said_init(struct child *child)
{
	buf_init(&child->said, 0);
	uv_pipe_init(child->era->pool->loop, &child->hearing, 0);
	child->hearing.data = child;
}

int
said_start(struct child *child)
{
	return uv_read_start(
	    (uv_stream_t *)&child->hearing, child_room, on_said);
}

/* What it said before it ended is still there. */
void
said_end(struct child *child)
{
	char chunk[4096];
	uv_os_fd_t fd;
	ssize_t n;

	if (uv_fileno((uv_handle_t *)&child->hearing, &fd) == 0)
		while (child->lines <= most_lines() &&
		    (n = read(fd, chunk, sizeof(chunk))) > 0)
			hear(child, chunk, (size_t)n);
	repeat_lines(child, true);
	buf_free(&child->said);
}
