#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/text.h"

#include "agent/base/file.h"

static bool
is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

static int
read_all(int fd, size_t max, struct buf *text)
{
	char chunk[16384];
	size_t left = max;
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if ((size_t)n > left)
			return -EFBIG;
		left -= (size_t)n;
		buf_add(text, chunk, (size_t)n);
	}
	return text->failed ? -ENOMEM : 0;
}

int
file_read(const char *path, size_t max, struct buf *text)
{
	int fd = STDIN_FILENO, result;

	if (!is_stdin(path))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	result = read_all(fd, max, text);
	if (!is_stdin(path))
		close(fd);
	return result;
}

char *
file_shown(const char *path)
{
	return is_stdin(path) ? strdup("standard input") :
	                        text_safe_dup(path, strlen(path));
}
