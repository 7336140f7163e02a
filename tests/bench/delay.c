/*
 * delay MS CMD...: run CMD behind a line that takes MS milliseconds each way.
 *
 *	 the lab's namespace		   a new one
 *	+-------------------+		+-------------------+
 *	| servers      slow |--- queue -->| slow	CMD |
 *	|		    |<-- queue ---|		    |
 *	+-------------------+		+-------------------+
 *
 * A TUN device in each; what one takes in, the other hands out MS milliseconds
 * later, in the same order.  To CMD the lab's networks lie behind the line; in
 * the lab all of them are local, so the one address of CMD needs a route of
 * its own in the table that is looked at first.
 *
 * The kernel wakes us for a packet and again when it is due: the timer slack
 * is taken away, and where it is allowed we run before everything else, for a
 * busy machine would otherwise show in the delay.  At the end the line says
 * how late it was.
 */
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_tun.h>

#define DEVICE "slow"
#define OUR_V4 "198.19.255.2"
#define OUR_V6 "2001:db8:ffff::2"

#define MS         1000000 /* nanoseconds */
#define PACKET_MAX 2048    /* the device's MTU is 1500 */
#define QUEUE_MAX  32768   /* 300,000 a second for 100 ms */

struct packet {
	int64_t due; /* CLOCK_MONOTONIC, nanoseconds */
	size_t len;
	uint8_t bytes[PACKET_MAX];
};

/* One direction: a ring of the packets that are under way. */
struct queue {
	int from, to;
	struct packet *ring;
	size_t head, n;
	unsigned long passed, lost;
	int64_t late, latest; /* sum, maximum */
};

static void
fail(const char *what, const char *hint)
{
	fprintf(stderr, "delay: %s: %s%s\n", what, strerror(errno), hint);
	exit(126);
}

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 * MS + t.tv_nsec;
}

/* ------------------------------------------------------------- two ends */

static int
open_end(void)
{
	struct ifreq r = { .ifr_name = DEVICE };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		fail("/dev/net/tun", ": needs root, or a right to open it");
	r.ifr_flags = IFF_TUN | IFF_NO_PI;
	if (ioctl(fd, TUNSETIFF, &r) != 0)
		fail("TUN device", ": is this a network namespace of ours?");
	return fd;
}

static void
run(const char *command)
{
	if (system(command) == 0)
		return;
	fprintf(stderr, "delay: failed: %s\n", command);
	exit(126);
}

/* Both ends, and this process in the new namespace. */
static void
open_line(int *lab, int *ours)
{
	*lab = open_end();
	run("ip link set " DEVICE " up");
	run("ip -4 route add " OUR_V4 "/32 dev " DEVICE " table local");
	run("ip -6 route add " OUR_V6 "/128 dev " DEVICE " table local");
	if (unshare(CLONE_NEWNET) != 0)
		fail("a second network namespace", "");
	*ours = open_end();
	run("ip link set lo up");
	run("ip link set " DEVICE " up");
	run("ip -4 addr add " OUR_V4 "/32 dev " DEVICE);
	run("ip -6 addr add " OUR_V6 "/128 dev " DEVICE " nodad");
	run("ip -4 route add 198.18.0.0/15 dev " DEVICE);
	run("ip -6 route add 2001:db8::/32 dev " DEVICE);
}

/* ------------------------------------------------------------- the line */

static struct queue
queue_between(int from, int to)
{
	struct queue q = { .from = from, .to = to };

	q.ring = calloc(QUEUE_MAX, sizeof(*q.ring));
	if (q.ring == NULL)
		fail("queue", "");
	return q;
}

/* What does not fit waits in the device. */
static void
take_in(struct queue *q, int64_t delay)
{
	while (q->n < QUEUE_MAX) {
		struct packet *p = &q->ring[(q->head + q->n) % QUEUE_MAX];
		ssize_t len = read(q->from, p->bytes, sizeof(p->bytes));

		if (len <= 0)
			return;
		p->len = (size_t)len;
		p->due = now() + delay;
		q->n++;
	}
}

static void
pass_on(struct queue *q)
{
	while (q->n > 0) {
		struct packet *p = &q->ring[q->head];
		int64_t late = now() - p->due;

		if (late < 0)
			return;
		if (write(q->to, p->bytes, p->len) != (ssize_t)p->len)
			q->lost++;
		q->passed++;
		q->late += late;
		if (late > q->latest)
			q->latest = late;
		q->head = (q->head + 1) % QUEUE_MAX;
		q->n--;
	}
}

/* The time until the next packet of the two is due; NULL: none is. */
static struct timespec *
time_left(const struct queue q[2], struct timespec *t)
{
	int64_t due = INT64_MAX, left;

	for (int i = 0; i < 2; i++)
		if (q[i].n > 0 && q[i].ring[q[i].head].due < due)
			due = q[i].ring[q[i].head].due;
	if (due == INT64_MAX)
		return NULL;
	left = due - now();
	if (left < 0)
		left = 0;
	t->tv_sec = left / (1000 * MS);
	t->tv_nsec = left % (1000 * MS);
	return t;
}

/* Did the child end?  Its exit status, as a shell would say it, or -1. */
static int
child_status(int signals, pid_t child)
{
	struct signalfd_siginfo info;
	int status;

	while (read(signals, &info, sizeof(info)) > 0)
		if (info.ssi_signo == SIGTERM)
			kill(child, SIGTERM);
	if (waitpid(child, &status, WNOHANG) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Carry packets until the child ends. */
static int
carry(struct queue q[2], int64_t delay, int signals, pid_t child)
{
	struct pollfd fd[] = { { .fd = signals, .events = POLLIN },
		{ .fd = q[0].from }, { .fd = q[1].from } };
	struct timespec t;
	int status;

	for (;;) {
		for (int i = 0; i < 2; i++)
			fd[1 + i].events = q[i].n < QUEUE_MAX ? POLLIN : 0;
		if (ppoll(fd, 3, time_left(q, &t), NULL) < 0 && errno != EINTR)
			fail("poll", "");
		for (int i = 0; i < 2; i++) {
			take_in(&q[i], delay);
			pass_on(&q[i]);
		}
		status = child_status(signals, child);
		if (status >= 0)
			return status;
	}
}

/* ------------------------------------------------------------- the rest */

static pid_t
start(char **words, const sigset_t *before)
{
	pid_t child = fork();

	if (child < 0)
		fail("fork", "");
	if (child > 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_SETMASK, before, NULL);
	execvp(words[0], words);
	fail(words[0], "");
	return -1;
}

/* Best effort; what is started later does not inherit it. */
static void
be_punctual(void)
{
	const struct sched_param p = { .sched_priority = 1 };

	prctl(PR_SET_TIMERSLACK, 1);
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p);
}

static void
tell(const char *name, const struct queue *q)
{
	double n = q->passed > 0 ? (double)q->passed : 1;

	fprintf(stderr,
	    "delay: %s: %lu packets, %.3f ms late on average, "
	    "%.3f at most, %lu lost\n",
	    name, q->passed, (double)q->late / n / MS, (double)q->latest / MS,
	    q->lost);
}

int
main(int argc, char **argv)
{
	double ms = argc > 2 ? atof(argv[1]) : -1;
	struct queue q[2];
	sigset_t ours, before;
	int lab, here, status;
	pid_t child;

	/* LAB: routes of the machine itself are none of our business. */
	if (ms < 0 || ms > 10000 || getenv("LAB") == NULL) {
		fputs("usage, in the lab: delay MS CMD...\n", stderr);
		return 126;
	}
	open_line(&lab, &here);
	q[0] = queue_between(lab, here);
	q[1] = queue_between(here, lab);
	sigemptyset(&ours);
	sigaddset(&ours, SIGCHLD);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT); /* the child has it too, and decides */
	sigprocmask(SIG_BLOCK, &ours, &before);
	child = start(argv + 2, &before);
	be_punctual();
	status = carry(q, (int64_t)(ms * MS),
	    signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC), child);
	tell("towards the agent", &q[0]);
	tell("towards the servers", &q[1]);
	return status;
}
