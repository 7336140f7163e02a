/*
 * smtpload PORT: every mail server there is, for a bench of many domains.
 *
 * One socket listens at all addresses, of both families; in the lab all of
 * them are local.  A server greets, answers EHLO and QUIT, and offers nothing.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define EVENTS 64
#define LINE   512

struct client {
	int fd;
	size_t len;
	char line[LINE];
};

static void
fail(const char *what)
{
	fprintf(stderr, "smtpload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
hang_up(struct client *c)
{
	close(c->fd);
	free(c);
}

/* The replies are short, and clients wait for them. */
static int
say(struct client *c, const char *text)
{
	size_t n = strlen(text);

	return send(c->fd, text, n, MSG_NOSIGNAL) == (ssize_t)n ? 0 : -1;
}

static int
reply(struct client *c)
{
	if (strncasecmp(c->line, "EHLO ", 5) == 0)
		return say(c,
		    "250-mx.lab\r\n250-SIZE 52428800\r\n"
		    "250-8BITMIME\r\n250 PIPELINING\r\n");
	if (strncasecmp(c->line, "QUIT", 4) == 0) {
		say(c, "221 2.0.0 bye\r\n");
		return -1;
	}
	return say(c, "502 5.5.1 not here\r\n");
}

/* Answer the lines that are there.  Returns -1 when it is over. */
static int
answer_lines(struct client *c)
{
	char *end;

	while ((end = memchr(c->line, '\n', c->len)) != NULL) {
		size_t used = (size_t)(end + 1 - c->line);

		*end = '\0';
		if (reply(c) != 0)
			return -1;
		memmove(c->line, c->line + used, c->len - used);
		c->len -= used;
	}
	return c->len == LINE ? -1 : 0;
}

static void
serve(struct client *c)
{
	ssize_t n = recv(c->fd, c->line + c->len, LINE - c->len, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		hang_up(c);
		return;
	}
	c->len += (size_t)n;
	if (answer_lines(c) != 0)
		hang_up(c);
}

static void
greet(int poll, int fd)
{
	struct client *c = calloc(1, sizeof(*c));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

	if (c == NULL) {
		close(fd);
		return;
	}
	c->fd = fd;
	if (say(c, "220 mx.lab ESMTP\r\n") != 0 ||
	    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) != 0)
		hang_up(c);
}

static int
listen_at(uint16_t port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6,
		.sin6_port = htons(port) };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int off = 0, on = 1;

	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) != 0 ||
	    listen(fd, SOMAXCONN) != 0)
		fail("port");
	return fd;
}

int
main(int argc, char **argv)
{
	struct epoll_event event[EVENTS] = { { .events = EPOLLIN } };
	int poll = epoll_create1(0), door, fd;

	/* LAB: addresses of the machine itself are none of our business. */
	if (argc != 2 || getenv("LAB") == NULL) {
		fputs("usage, in the lab: smtpload PORT\n", stderr);
		return 1;
	}
	door = listen_at((uint16_t)atoi(argv[1]));
	if (epoll_ctl(poll, EPOLL_CTL_ADD, door, &event[0]) != 0)
		fail("epoll");
	puts("ready");
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(poll, event, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (event[i].data.ptr != NULL)
				serve(event[i].data.ptr);
			else
				while ((fd = accept4(door, NULL, NULL,
				            SOCK_NONBLOCK)) >= 0)
					greet(poll, fd);
		}
	}
}
