#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/num.h"

#include "agent/systemd.h"

void
systemd_notify(const char *lines)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	socklen_t len;
	int fd;

	if (path == NULL || (*path != '/' && *path != '@') ||
	    strlen(path) >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, strlen(path));
	len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	/* An abstract address begins with a NUL. */
	if (*path == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, lines, strlen(lines), MSG_NOSIGNAL,
	    (struct sockaddr *)&to, len);
	close(fd);
}

uint64_t
systemd_watchdog_ms(void)
{
	const char *every = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	uint64_t us, whose;

	if (every == NULL || num_uint(every, 0, INT64_MAX, &us) != 0)
		return 0;
	if (pid != NULL &&
	    (num_uint(pid, 1, INT_MAX, &whose) != 0 ||
	        (pid_t)whose != getpid()))
		return 0;
	return us / 2000;
}
