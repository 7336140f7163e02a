/*
 * smtpload PORT [PROCESSES [CHAIN KEY]]: every mail server there is, for the
 * benches.
 *
 * One socket a process listens at all addresses, of both families; in the lab
 * all of them are local.  A server greets, answers EHLO and QUIT, and with a
 * certificate chain and its key (PEM) offers STARTTLS too.  The tickets of one
 * process are good at the others.
 */
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define EVENTS 64
#define LINE   512

struct client {
	int fd;
	SSL *ssl;
	size_t len;
	char line[LINE];
};

static SSL_CTX *context; /* NULL: STARTTLS is not offered */

static void
fail(const char *what)
{
	fprintf(stderr, "smtpload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
hang_up(struct client *c)
{
	if (c->ssl != NULL) {
		SSL_shutdown(c->ssl);
		SSL_free(c->ssl);
	}
	close(c->fd);
	free(c);
}

/* The replies are short, and clients wait for them. */
static int
say(struct client *c, const char *text)
{
	size_t n = strlen(text);

	if (c->ssl != NULL)
		return SSL_write(c->ssl, text, (int)n) == (int)n ? 0 : -1;
	return send(c->fd, text, n, MSG_NOSIGNAL) == (ssize_t)n ? 0 : -1;
}

static int
begin_tls(struct client *c)
{
	if (say(c, "220 2.0.0 go ahead\r\n") != 0)
		return -1;
	c->ssl = SSL_new(context);
	if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1)
		return -1;
	SSL_set_accept_state(c->ssl);
	return 0;
}

static int
reply(struct client *c)
{
	if (strncasecmp(c->line, "EHLO ", 5) == 0)
		return say(c,
		    context != NULL && c->ssl == NULL ?
		        "250-mx.lab\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n"
		        "250-STARTTLS\r\n250 PIPELINING\r\n" :
		        "250-mx.lab\r\n250-SIZE 52428800\r\n"
		        "250-8BITMIME\r\n250 PIPELINING\r\n");
	if (strncasecmp(c->line, "STARTTLS", 8) == 0 && context != NULL &&
	    c->ssl == NULL)
		return begin_tls(c);
	if (strncasecmp(c->line, "QUIT", 4) == 0) {
		say(c, "221 2.0.0 bye\r\n");
		return -1;
	}
	if (strncasecmp(c->line, "HELO ", 5) == 0)
		return say(c, "250 mx.lab\r\n");
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

/* What there is of the line: 0 for "not yet", -1 for the end. */
static ssize_t
hear(struct client *c)
{
	char *to = c->line + c->len;
	size_t room = LINE - c->len;
	ssize_t n;

	if (c->ssl != NULL) {
		n = SSL_read(c->ssl, to, (int)room);
		if (n > 0)
			return n;
		return SSL_get_error(c->ssl, (int)n) == SSL_ERROR_WANT_READ ?
		    0 :
		    -1;
	}
	n = recv(c->fd, to, room, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return 0;
	return n == 0 ? -1 : n;
}

static void
serve(struct client *c)
{
	bool more;

	do {
		ssize_t n = hear(c);

		if (n == 0)
			return;
		if (n < 0)
			break;
		c->len += (size_t)n;
		if (answer_lines(c) != 0)
			break;
		/* What OpenSSL holds already wakes nobody up. */
		more = c->ssl != NULL && SSL_pending(c->ssl) > 0;
		if (!more)
			return;
	} while (more);
	hang_up(c);
}

static void
greet(int poll, int fd)
{
	struct client *c = calloc(1, sizeof(*c));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	int on = 1;

	if (c == NULL) {
		close(fd);
		return;
	}
	c->fd = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
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
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) != 0 ||
	    listen(fd, SOMAXCONN) != 0)
		fail("port");
	return fd;
}

static void
work(int door)
{
	struct epoll_event event[EVENTS] = { { .events = EPOLLIN } };
	int poll = epoll_create1(0), fd;

	if (epoll_ctl(poll, EPOLL_CTL_ADD, door, &event[0]) != 0)
		fail("epoll");
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

static void
open_tls(const char *chain, const char *key)
{
	context = SSL_CTX_new(TLS_server_method());
	if (context == NULL ||
	    SSL_CTX_use_certificate_chain_file(context, chain) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
		fputs("smtpload: the chain or its key is no good\n", stderr);
		exit(1);
	}
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_id_context(context, (const uint8_t *)"smtp", 4);
}

int
main(int argc, char **argv)
{
	int processes = argc > 2 ? atoi(argv[2]) : 1;
	uint16_t port;
	int door;

	/* LAB: addresses of the machine itself are none of our business. */
	if ((argc != 2 && argc != 3 && argc != 5) || processes < 1 ||
	    getenv("LAB") == NULL) {
		fputs("usage, in the lab: "
		      "smtpload PORT [PROCESSES [CHAIN KEY]]\n",
		    stderr);
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	if (argc == 5)
		open_tls(argv[3], argv[4]);
	port = (uint16_t)atoi(argv[1]);
	/* All doors are open before anybody is told so. */
	door = listen_at(port);
	for (int i = 1; i < processes; i++) {
		int own = listen_at(port);

		switch (fork()) {
		case -1:
			fail("fork");
			break;
		case 0:
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			work(own);
			break;
		default:
			close(own);
		}
	}
	puts("ready");
	fflush(stdout);
	work(door);
}
