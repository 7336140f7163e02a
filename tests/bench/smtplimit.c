/*
 * smtplimit PORT SESSIONS WINDOW: as fast as one process can hold dialogues
 * with mail servers, over 2,000 addresses: connect, greeting, EHLO, QUIT, its
 * answer.  Edge-triggered epoll, no timers, nothing is kept.  The limit that
 * the agent is measured against.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EVENTS    256
#define WINDOW    10000
#define ADDRESSES 2000
#define FIRST     0xc6120000U /* 198.18.0.0 */

/* What is said, in turn; after the last a server hangs up. */
static const char *const words[] = { NULL, "EHLO monitor.lab\r\n", "QUIT\r\n" };
#define WORDS (sizeof(words) / sizeof(words[0]))

struct session {
	int fd;
	unsigned said;
};

static struct session session[WINDOW];
static unsigned long wanted, begun, good, bad;
static uint16_t port;
static int poll;

static void
begin(struct session *s)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr =
		    htonl(FIRST + 0x8001U + (uint32_t)(begun % ADDRESSES)) };
	struct epoll_event event = { .events = EPOLLIN | EPOLLET,
		.data.ptr = s };

	begun++;
	s->said = 0;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if ((connect(s->fd, (struct sockaddr *)&to, sizeof(to)) != 0 &&
	        errno != EINPROGRESS) ||
	    epoll_ctl(poll, EPOLL_CTL_ADD, s->fd, &event) != 0) {
		perror("smtplimit: connect");
		exit(1);
	}
}

static void
end(struct session *s, bool well)
{
	close(s->fd);
	*(well ? &good : &bad) += 1;
	if (begun < wanted)
		begin(s);
}

/* The last line of a reply: "250 ", not "250-". */
static bool
is_whole(const char *text, size_t len)
{
	size_t at = len;

	if (len < 5 || text[len - 1] != '\n' || text[0] != '2')
		return false;
	for (at = len - 1; at > 0 && text[at - 1] != '\n'; at--)
		;
	return text[at + 3] == ' ';
}

static void
go_on(struct session *s)
{
	char text[4096];
	ssize_t n = recv(s->fd, text, sizeof(text), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || !is_whole(text, (size_t)n)) {
		end(s, false);
		return;
	}
	if (++s->said == WORDS)
		end(s, true);
	else if (send(s->fd, words[s->said], strlen(words[s->said]),
	             MSG_NOSIGNAL) < 0)
		end(s, false);
}

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	struct epoll_event event[EVENTS];
	unsigned long window;
	double wall, cpu;

	if (argc != 4 || getenv("LAB") == NULL) {
		fputs("usage, in the lab: smtplimit PORT SESSIONS WINDOW\n",
		    stderr);
		return 1;
	}
	port = (uint16_t)atoi(argv[1]);
	wanted = strtoul(argv[2], NULL, 10);
	window = strtoul(argv[3], NULL, 10);
	poll = epoll_create1(0);
	wall = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned i = 0; i < window && i < WINDOW && begun < wanted; i++)
		begin(&session[i]);
	while (good + bad < begun) {
		int n = epoll_wait(poll, event, EVENTS, -1);

		for (int i = 0; i < n; i++)
			go_on(event[i].data.ptr);
	}
	printf("{\"good\": %lu, \"bad\": %lu, \"wall\": %.4f, "
	       "\"cpu\": %.4f}\n",
	    good, bad, seconds(CLOCK_MONOTONIC) - wall,
	    seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	return bad == 0 ? 0 : 1;
}
