#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/control.h"

/* How long an answer is waited for. */
#define PATIENCE_S 10
#define REPLY_MAX  (16u << 20)

static int
connect_to(const char *path, char *why, size_t why_size)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(to.sun_path)) {
		snprintf(why, why_size, "%s: too long for a socket", path);
		return -1;
	}
	memcpy(to.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0) {
		setsockopt(
		    fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		setsockopt(
		    fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		return fd;
	}
	snprintf(why, why_size, "no mxvigil answers at %s: %s: %s", path,
	    strerror(errno),
	    errno == EACCES ?
	        "run this as root or as the user of the agent" :
	        "start it (systemctl start mxvigil, or \"mxvigil run\"), or "
	        "name its socket (--socket) or configuration (-f)");
	if (fd >= 0)
		close(fd);
	return -1;
}

static int
send_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
receive_all(int fd, struct buf *out)
{
	char bytes[16384];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), 0)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		buf_add(out, bytes, (size_t)n);
		if (out->failed)
			return -1;
	}
	return 0;
}

static json_t *
exchange(int fd, json_t *request, char *why, size_t why_size)
{
	char *line = json_dumps(request, JSON_COMPACT);
	json_t *reply = NULL;
	struct buf text;

	buf_init(&text, REPLY_MAX);
	if (line != NULL && send_all(fd, line, strlen(line)) == 0 &&
	    send_all(fd, "\n", 1) == 0 && receive_all(fd, &text) == 0)
		reply = json_loadb(text.data == NULL ? "" : text.data, text.len,
		    JSON_REJECT_DUPLICATES, NULL);
	if (reply == NULL)
		snprintf(why, why_size, "mxvigil does not answer");
	buf_free(&text);
	free(line);
	return reply;
}

json_t *
control_ask(const char *path, json_t *request, char *why, size_t why_size)
{
	int fd = connect_to(path, why, why_size);
	json_t *reply;

	if (fd < 0)
		return NULL;
	reply = exchange(fd, request, why, why_size);
	close(fd);
	return reply;
}
