#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/store/place.h"

#define ALONE 0600 /* files are the owner's */
/* Damaged files of one second that can be told apart. */
#define ASIDE_MAX 100

/* The endings of a store's files; SQLite's own come last. */
static const char *const ending[] = { "", "-wal", "-shm", "-journal" };
#define ENDINGS (sizeof(ending) / sizeof(*ending))

static char *
join(const char *a, const char *between, const char *b)
{
	char *out;

	return asprintf(&out, "%s%s%s", a, between, b) < 0 ? NULL : out;
}

/* ------------------------------------------------------------------ folder */

/* The folder's own path, and the file's name in it. */
static char *
resolve_in(const char *path, bool make)
{
	char *copy = strdup(path), *other = strdup(path), *folder, *out = NULL;

	if (copy == NULL || other == NULL)
		goto out;
	folder = dirname(copy);
	if (make && mkdir(folder, 0700) != 0 && errno != EEXIST)
		goto out;
	folder = realpath(folder, NULL);
	if (folder != NULL)
		out = join(folder, "/", basename(other));
	free(folder);
out:
	free(copy);
	free(other);
	return out;
}

char *
place_resolve(const char *path, bool make)
{
	char *whole = realpath(path, NULL);

	return whole != NULL ? whole : resolve_in(path, make);
}

/* -------------------------------------------------------------------- lock */

static void
name_holder(int fd, const char *shown, char *why, size_t why_size)
{
	char pid[32] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[n < 0 ? 0 : strspn(pid, "0123456789")] = '\0';
	snprintf(why, why_size, "%s: another mxvigil is using it (process %s)",
	    shown, *pid == '\0' ? "unknown" : pid);
}

static int
write_pid(int fd)
{
	char pid[32];
	int len = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());

	if (ftruncate(fd, 0) != 0)
		return -1;
	return pwrite(fd, pid, (size_t)len, 0) == len ? 0 : -1;
}

int
place_lock(const char *path, const char *shown, char *why, size_t why_size)
{
	char *name = join(path, ".lock", "");
	int fd = -1;

	if (name != NULL)
		fd = open(
		    name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, ALONE);
	free(name);
	if (fd < 0) {
		snprintf(why, why_size, "%s.lock: %s", shown, strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			name_holder(fd, shown, why, why_size);
		else
			snprintf(why, why_size, "%s.lock: %s", shown,
			    strerror(errno));
		close(fd);
		return -1;
	}
	/* On a full disk nobody can be named; the lock holds all the same. */
	(void)write_pid(fd);
	return fd;
}

/* -------------------------------------------------------------------- made */

bool
place_has(const char *path, const char *what)
{
	char *name = join(path, what, "");
	struct stat st;
	bool there = name == NULL || lstat(name, &st) == 0;

	free(name);
	return there;
}

static void
remove_all(const char *path)
{
	for (size_t i = 0; i < ENDINGS; i++) {
		char *name = join(path, ending[i], "");

		if (name != NULL)
			unlink(name);
		free(name);
	}
}

char *
place_new(const char *path)
{
	char *made = join(path, ".new", "");
	int fd;

	if (made == NULL)
		return NULL;
	remove_all(made);
	fd = open(made, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, ALONE);
	if (fd < 0) {
		free(made);
		return NULL;
	}
	close(fd);
	return made;
}

void
place_discard(char *made)
{
	remove_all(made);
	free(made);
}

/* A new name lasts only when its folder is on the disk. */
static int
sync_folder(const char *path)
{
	char *copy = strdup(path);
	int fd = -1, result = -1;

	if (copy != NULL)
		fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		result = fsync(fd);
		close(fd);
	}
	free(copy);
	return result;
}

int
place_settle(char *made, const char *path)
{
	int result = rename(made, path);

	if (result == 0)
		result = sync_folder(path);
	/* Its journal is empty now. */
	place_discard(made);
	return result;
}

/* ------------------------------------------------------------------- aside */

static bool
any_of(const char *path)
{
	for (size_t i = 0; i < ENDINGS; i++)
		if (place_has(path, ending[i]))
			return true;
	return false;
}

/* A name that nothing has, malloc'ed. */
static char *
free_name(const char *path, struct wall now)
{
	time_t second = (time_t)(now.us / 1000000);
	char stamp[32] = "", number[16] = "", *name = NULL;
	struct tm tm;

	gmtime_r(&second, &tm);
	strftime(stamp, sizeof(stamp), ".damaged-%Y%m%dT%H%M%SZ", &tm);
	for (int i = 1; i <= ASIDE_MAX; i++) {
		name = join(path, stamp, number);
		if (name == NULL || !any_of(name))
			return name;
		free(name);
		snprintf(number, sizeof(number), ".%d", i);
	}
	errno = EEXIST;
	return NULL;
}

static int
move(const char *path, const char *to, const char *what)
{
	char *from = join(path, what, ""), *name = join(to, what, "");
	int result = -1;

	if (from != NULL && name != NULL)
		result = rename(from, name);
	if (result != 0 && errno == ENOENT)
		result = 0;
	free(from);
	free(name);
	return result;
}

int
place_set_aside(const char *path, struct wall now, char *aside, size_t size)
{
	char *to = free_name(path, now);
	int result = 0;

	if (to == NULL)
		return -1;
	/* The file itself last: until it is gone, the rest will be tried
	 * again. */
	for (size_t i = ENDINGS; i > 0 && result == 0; i--)
		result = move(path, to, ending[i - 1]);
	if (result == 0)
		result = sync_folder(path);
	snprintf(aside, size, "%s", to);
	free(to);
	return result;
}
