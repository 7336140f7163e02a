#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/text.h"

#include "config/secret.h"

#define SHOWN_MAX 256

/* A file and where complaints about it go. */
struct reader {
	char *path;
	bool is_credential; /* systemd looks after who may read it */
	char *why;
	size_t why_size;
};

static int refuse(const struct reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "PATH: what is wrong".  Returns -1. */
static int
refuse(const struct reader *r, const char *format, ...)
{
	char shown[SHOWN_MAX], what[SHOWN_MAX + 128];
	va_list ap;

	text_line(shown, sizeof(shown), r->path);
	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	snprintf(r->why, r->why_size, "%s: %s", shown, what);
	return -1;
}

/* ------------------------------------------------------------------- paths */

/* Does the path leave the folder again?  Then it is not in it. */
static bool
has_parent(const char *path)
{
	size_t len;

	for (;; path += len + 1) {
		len = strcspn(path, "/");
		if (len == 2 && path[0] == '.' && path[1] == '.')
			return true;
		if (path[len] == '\0')
			return false;
	}
}

static bool
is_in(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 0 && dir[len - 1] == '/')
		len--;
	return strncmp(path, dir, len) == 0 && path[len] == '/' &&
	    !has_parent(path + len);
}

/* Where the name is.  Returns 0, or -1 without memory. */
static int
find(struct reader *r, const char *name, const char *dir)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");

	if (credentials != NULL && *credentials != '/')
		credentials = NULL; /* not systemd's: it is absolute */
	if (*name == '/')
		r->path = strdup(name);
	else if (asprintf(&r->path, "%s/%s",
	             credentials == NULL ? dir : credentials, name) < 0)
		r->path = NULL;
	if (r->path == NULL) {
		snprintf(r->why, r->why_size, "out of memory");
		return -1;
	}
	r->is_credential = credentials != NULL && is_in(r->path, credentials);
	return 0;
}

/* ------------------------------------------------------------------- files */

static int
check_file(const struct reader *r, int fd)
{
	char shown[SHOWN_MAX];
	struct stat st;

	if (fstat(fd, &st) != 0)
		return refuse(r, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(r, "not a regular file");
	if (!r->is_credential && (st.st_mode & 077) != 0) {
		text_line(shown, sizeof(shown), r->path);
		return refuse(r,
		    "a secret that others may read or write (mode %04o): "
		    "chmod 600 %s",
		    (unsigned)st.st_mode & 07777, shown);
	}
	return 0;
}

static int
refuse_open(const struct reader *r, int error)
{
	switch (error) {
	case ELOOP:
		return refuse(r, "a link, where the file itself is needed");
	case ENOENT:
		return refuse(r, "%s: write the secret into it, and chmod 600",
		    strerror(error));
	case EACCES:
		return refuse(r, "%s: it has to be the agent's user's own",
		    strerror(error));
	default:
		return refuse(r, "%s", strerror(error));
	}
}

/* Returns how many bytes there are, at most size, or -1. */
static ssize_t
read_bytes(const struct reader *r, int fd, char *bytes, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(fd, bytes + len, size - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse(r, "%s", strerror(errno));
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int
take(const struct reader *r, const char *bytes, size_t len, char **secret)
{
	if (len > SECRET_MAX)
		return refuse(r, "larger than %d bytes", SECRET_MAX);
	while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
		len--;
	if (len == 0)
		return refuse(r, "empty");
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)bytes[i] < ' ' || bytes[i] == 0x7f)
			return refuse(
			    r, "a control character or a second line in it");
	*secret = strndup(bytes, len);
	return *secret == NULL ? refuse(r, "out of memory") : 0;
}

static int
read_secret(const struct reader *r, int fd, char **secret)
{
	char bytes[SECRET_MAX + 1];
	ssize_t len;
	int result = -1;

	if (check_file(r, fd) != 0)
		return -1;
	len = read_bytes(r, fd, bytes, sizeof(bytes));
	if (len >= 0)
		result = take(r, bytes, (size_t)len, secret);
	explicit_bzero(bytes, sizeof(bytes));
	return result;
}

int
secret_read(const char *name, const char *dir, char **secret, char *why,
    size_t why_size)
{
	struct reader r = { .why = why, .why_size = why_size };
	int fd, result;

	if (find(&r, name, dir) != 0)
		return -1;
	/* A pipe must not make us wait. */
	fd = open(
	    r.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		result = refuse_open(&r, errno);
	else
		result = read_secret(&r, fd, secret);
	if (fd >= 0)
		close(fd);
	free(r.path);
	return result;
}

void
secret_free(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}
