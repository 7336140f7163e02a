/*
 * dnslimit NAMES WINDOW SERVER...: the least that asking by UDP can cost: NS
 * and MX of the names of dnsrate, WINDOW under way at each server, by sendmmsg
 * and recvmmsg of up to 64, with a table of IDs.  Answers are matched by ID and
 * by the length of the question, and not looked at.  What is lost is asked
 * again after a second and a half.  Prints what dnsrate does.
 */
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH       64
#define QUERY       64
#define MESSAGE     1232
#define SERVERS_MAX 8
#define TRY_MS      1500

struct slot {
	int64_t sent; /* 0: free */
	unsigned number;
};

struct server {
	int fd;
	unsigned next, flying, window;
	unsigned lost[4096]; /* to be asked again */
	unsigned nlost;
	struct slot slot[65536];
};

static struct {
	unsigned names, answers, timeouts;
} load;

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint16_t
random_id(void)
{
	static uint16_t drawn[512];
	static size_t left;

	if (left == 0) {
		if (getrandom(drawn, sizeof(drawn), 0) != sizeof(drawn))
			err(1, "getrandom");
		left = sizeof(drawn) / sizeof(drawn[0]);
	}
	return drawn[--left];
}

static size_t
compose(uint8_t *to, uint16_t id, unsigned number)
{
	static const uint8_t head[] = { 0, 0, 1, 0x20, 0, 1, 0, 0, 0, 0, 0, 1 };
	static const uint8_t tail[] = { 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0 };
	unsigned name = number / 2, digits = 6 + name % 13;
	uint8_t *at = to + sizeof(head);

	memcpy(to, head, sizeof(head));
	memcpy(to, &id, 2);
	*at++ = (uint8_t)(digits + 1);
	*at++ = 'd';
	for (unsigned i = digits; i-- > 0; name /= 10)
		at[i] = (uint8_t)('0' + name % 10);
	at += digits;
	memcpy(at, "\4test\0\0\0\0\1", 10);
	at[7] = number % 2 == 0 ? 2 : 15;
	memcpy(at + 10, tail, sizeof(tail));
	return (size_t)(at + 10 - to) + sizeof(tail);
}

static bool
pick(struct server *s, unsigned *number)
{
	if (s->flying >= s->window)
		return false;
	if (s->nlost > 0)
		*number = s->lost[--s->nlost];
	else if (s->next < 2 * load.names)
		*number = s->next++;
	else
		return false;
	return true;
}

/* One batch.  Returns whether it was a full one. */
static bool
send_batch(struct server *s, int64_t now)
{
	static uint8_t bytes[BATCH][QUERY];
	struct mmsghdr m[BATCH] = { 0 };
	struct iovec iov[BATCH];
	unsigned n = 0, number;
	uint16_t id;
	int sent;

	for (; n < BATCH && pick(s, &number); n++) {
		do
			id = random_id();
		while (s->slot[id].sent != 0);
		s->slot[id] = (struct slot){ now, number };
		s->flying++;
		iov[n].iov_base = bytes[n];
		iov[n].iov_len = compose(bytes[n], id, number);
		m[n].msg_hdr.msg_iov = &iov[n];
		m[n].msg_hdr.msg_iovlen = 1;
	}
	sent = n == 0 ? 0 : sendmmsg(s->fd, m, n, 0);
	return sent == BATCH;
}

static bool
receive_batch(struct server *s)
{
	static uint8_t bytes[BATCH][MESSAGE];
	struct mmsghdr m[BATCH] = { 0 };
	struct iovec iov[BATCH];
	int n;

	for (unsigned i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ bytes[i], MESSAGE };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(s->fd, m, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		struct slot *slot;
		uint16_t id;

		memcpy(&id, bytes[i], 2);
		slot = &s->slot[id];
		if (m[i].msg_len < 12 || slot->sent == 0)
			continue;
		slot->sent = 0;
		s->flying--;
		load.answers++;
	}
	return n == BATCH;
}

static void
look_for_lost(struct server *s, int64_t now)
{
	for (unsigned id = 0; id < 65536; id++) {
		struct slot *slot = &s->slot[id];

		if (slot->sent == 0 || now - slot->sent < TRY_MS ||
		    s->nlost == sizeof(s->lost) / sizeof(s->lost[0]))
			continue;
		s->lost[s->nlost++] = slot->number;
		slot->sent = 0;
		s->flying--;
		load.timeouts++;
	}
}

static struct server *
open_server(int poll, const char *text, unsigned window)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons(53) };
	struct server *s = calloc(1, sizeof(*s));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = s };
	int room = 4 << 20;

	if (s == NULL || inet_pton(AF_INET, text, &sa.sin_addr) != 1)
		errx(1, "%s: not an address", text);
	s->window = window;
	s->fd = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (connect(s->fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    epoll_ctl(poll, EPOLL_CTL_ADD, s->fd, &event) != 0)
		err(1, "%s", text);
	return s;
}

static void
run(int poll, struct server *const *server, unsigned n)
{
	struct epoll_event event[SERVERS_MAX];
	int64_t looked = now_ms();
	unsigned going = 1;

	for (unsigned i = 0; i < n; i++)
		while (send_batch(server[i], now_ms()))
			;
	while (going > 0) {
		int ready = epoll_wait(poll, event, SERVERS_MAX, 100);
		int64_t now = now_ms();

		for (int i = 0; i < ready; i++) {
			struct server *s = event[i].data.ptr;

			receive_batch(s);
			while (send_batch(s, now))
				;
		}
		going = 0;
		for (unsigned i = 0; i < n; i++) {
			if (now - looked >= 100) {
				look_for_lost(server[i], now);
				send_batch(server[i], now);
			}
			going += server[i]->flying;
		}
		if (now - looked >= 100)
			looked = now;
	}
}

static double
seconds(int what)
{
	struct timespec t;

	clock_gettime(what, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int
main(int argc, char **argv)
{
	struct server *server[SERVERS_MAX];
	int poll = epoll_create1(0);
	double cpu, wall;
	unsigned window;

	if (argc < 4 || argc > 3 + SERVERS_MAX || getenv("LAB") == NULL)
		errx(1, "usage, in the lab: dnslimit NAMES WINDOW SERVER...");
	load.names = (unsigned)strtoul(argv[1], NULL, 10);
	window = (unsigned)strtoul(argv[2], NULL, 10);
	for (int i = 3; i < argc; i++)
		server[i - 3] = open_server(poll, argv[i], window);
	cpu = cpu_seconds();
	wall = seconds(CLOCK_MONOTONIC);
	run(poll, server, (unsigned)argc - 3);
	cpu = cpu_seconds() - cpu;
	wall = seconds(CLOCK_MONOTONIC) - wall;
	printf("{\"answers\": %u, \"timeouts\": %u, \"cpu_s\": %.3f, "
	       "\"wall_s\": %.3f, \"per_cpu_s\": %.0f}\n",
	    load.answers, load.timeouts, cpu, wall, load.answers / cpu);
	return 0;
}
