#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/file.h"

#include "agent/doctor/gather.h"

/* Who has the store, and is it the agent of this configuration? */

#define COMMAND_MAX 65536

/* ----------------------------------------------------------- its own words */

/* Whoever holds the lock has written its number there.  Ours is shared and
 * given back at once. */
static void
look_at_lock(struct doctor_agent *a, const char *store)
{
	char path[4096], number[32] = "";
	int fd;

	snprintf(path, sizeof(path), "%s.lock", store);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		a->error = errno == ENOENT ? 0 : errno;
		return;
	}
	a->held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	if (a->held && pread(fd, number, sizeof(number) - 1, 0) > 0)
		a->holder = strtol(number, NULL, 10);
	close(fd);
}

/* The kernel says who listens: it need not be asked. */
static void
look_at_socket(struct doctor_agent *a)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int fd;

	if (strlen(a->socket) >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, a->socket, strlen(a->socket));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0) {
		a->answers = true;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0)
			a->pid = peer.pid;
	} else if (errno == EACCES || errno == EAGAIN) {
		a->error = errno;
	}
	close(fd);
}

/* -------------------------------------------------- what it was started with
 */

/* The configuration that this word names, with the next one (or NULL) where the
 * value stands apart; NULL: none. */
static const char *
named_by(const char *word, const char *next)
{
	size_t flags = *word == '-' ? strspn(word + 1, "qv") : 0;

	if (strncmp(word, "--config=", 9) == 0)
		return word + 9;
	if (strcmp(word, "--config") == 0)
		return next;
	if (*word != '-' || word[1 + flags] != 'f')
		return NULL;
	return word[2 + flags] != '\0' ? word + 2 + flags : next;
}

/* The configuration that the words of a command line name: as they are in
 * /proc/PID/cmdline, each ended by a NUL.  NULL: it is no "mxvigil run". */
static const char *
config_in(const char *words, size_t len)
{
	const char *at = words, *end = words + len, *found = SETTINGS_FILE;
	unsigned n = 0;

	for (; at < end; n++) {
		const char *next = at + strlen(at) + 1;
		const char *named = named_by(at, next < end ? next : NULL);

		if (n == 1 && strcmp(at, "run") != 0)
			return NULL;
		if (named != NULL)
			found = named;
		at = next;
	}
	return n < 2 ? NULL : found;
}

/* Its folder can be seen by root alone: what cannot be compared is no other. */
static bool
is_other(const char *config, long pid, const char *ours)
{
	struct stat a, b;
	char path[4096];

	if (*config == '/')
		snprintf(path, sizeof(path), "%s", config);
	else
		snprintf(path, sizeof(path), "/proc/%ld/cwd/%s", pid, config);
	if (stat(ours, &b) != 0)
		return false;
	if (stat(path, &a) != 0)
		return errno == ENOENT && *config == '/';
	return a.st_dev != b.st_dev || a.st_ino != b.st_ino;
}

static void
look_at_config(struct doctor_agent *a, const char *ours)
{
	const char *config;
	struct buf words;
	char path[64];

	if (a->pid == 0)
		return;
	snprintf(path, sizeof(path), "/proc/%ld/cmdline", a->pid);
	buf_init(&words, COMMAND_MAX);
	if (file_read(path, COMMAND_MAX, &words) == 0 && words.len > 0) {
		config = config_in(words.data, words.len);
		if (config != NULL && is_other(config, a->pid, ours))
			snprintf(a->config, sizeof(a->config), "%s", config);
	}
	buf_free(&words);
}

void
doctor_gather_agent(struct doctor_gathered *g)
{
	struct doctor_agent *a = &g->facts.agent;

	a->socket = g->socket;
	look_at_lock(a, g->facts.store.path);
	look_at_socket(a);
	look_at_config(a, g->facts.config.path);
	a->done = a->error == 0;
}
