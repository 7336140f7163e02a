/*
 * dnsload DOMAINS INTERVAL [OPTION...]: all of the DNS that a bench of many
 * domains needs.
 *
 *	d000000.test …		the domains; each is a zone of its own, with one
 *				of 50 sets of name servers and one of 500 sets
 *				of mail servers, both by a hash of its number
 *	ns0.net.lab …		name servers, two to a set
 *	mx0.net.lab …		mail servers, two to a set, each with an address
 *				of either family
 *
 *	--ns-sets N, --mx-sets N	instead of 50 and 500
 *	--third			every second set has a third name server
 *	--single		a set of mail servers has but one
 *	--serials		each zone has a serial of its own
 *	--changing PERCENT	of the domains get another MX set (and serial)
 *				in each INTERVAL, spread over it
 *	--dead PERCENT		of the domains: no answer about them
 *	--slow PERCENT		answers after --slow-ms, 300 unless told
 *	--nxdomain PERCENT	no such domain
 *	--servfail PERCENT	SERVFAIL, but at the parent
 *	--loss PERCENT		of all questions vanish
 *	--workers N		threads: 1; one answers some 400,000 questions
 *				a second, and gets all from one source port
 *
 * It plays the resolvers (the vantages) and the authoritative servers alike:
 * which one is asked is told by the address.  Nothing is stored but when each
 * domain was asked for last, at the first vantage; so it can be told how many
 * were asked for again before nine tenths of INTERVAL seconds were over, and
 * what the longest time between two questions was.
 *
 * On SIGUSR1 it prints one line of JSON.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/dnsload.h"

#define BATCH       64
#define WORKERS_MAX 16
#define LATE_MAX    65536 /* slow answers that wait, a worker */

struct place {
	int fd;
	enum role role;
};

/* A slow answer on its way; all take as long, so they end in order. */
struct late {
	int fd;
	int64_t due;
	struct sockaddr_in6 to;
	socklen_t to_len;
	size_t len;
	uint8_t bytes[320];
};

/* Of one worker; read by the first thread as they are. */
struct seen {
	_Atomic uint64_t questions, answers, lost, looks, again, early;
	_Atomic int64_t longest, first, newest;
	_Atomic unsigned highest;
};

struct worker {
	int poll;
	uint64_t random;
	int64_t now;
	struct late *late;
	size_t late_at, late_n;
	struct seen seen;
	uint8_t in[BATCH][DNSLOAD_MESSAGE], out[BATCH][DNSLOAD_MESSAGE];
	struct sockaddr_in6 from[BATCH];
};

/* Times are in milliseconds of the monotonic clock. */
static struct {
	struct shape shape;
	int64_t interval, slow_ms;
	uint64_t loss;          /* of 2^32 */
	_Atomic int64_t *asked; /* each domain, 0: never */
	unsigned workers;
	struct worker *worker[WORKERS_MAX];
} load = {
	.shape = { .ns_sets = 50, .mx_sets = 500 }, .slow_ms = 300, .workers = 1
};

/* Nobody else writes it. */
#define ADD(counter, n)                                                   \
	atomic_store_explicit(&(counter),                                 \
	    atomic_load_explicit(&(counter), memory_order_relaxed) + (n), \
	    memory_order_relaxed)
#define SET(what, value) \
	atomic_store_explicit(&(what), (value), memory_order_relaxed)
#define GET(what) atomic_load_explicit(&(what), memory_order_relaxed)

static void
fail(const char *what)
{
	fprintf(stderr, "dnsload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---------------------------------------------------------------- measuring */

static void
note(struct worker *w, const struct question *q, enum role role)
{
	struct seen *s = &w->seen;
	int64_t was;

	ADD(s->questions, 1);
	if (role != FIRST_VANTAGE || q->kind != DOMAIN || q->type != TYPE_MX)
		return;
	ADD(s->looks, 1);
	if (GET(s->first) == 0)
		SET(s->first, w->now);
	if (q->number > GET(s->highest) || GET(s->newest) == 0) {
		SET(s->newest, w->now);
		SET(s->highest, q->number);
	}
	was = GET(load.asked[q->number]);
	if (was != 0) {
		ADD(s->again, 1);
		ADD(s->early, w->now - was < load.interval * 9 / 10);
		if (w->now - was > GET(s->longest))
			SET(s->longest, w->now - was);
	}
	SET(load.asked[q->number], w->now);
}

/* All workers together. */
static void
gather(struct seen *all)
{
	for (unsigned i = 0; i < load.workers; i++) {
		struct seen *s = &load.worker[i]->seen;

		all->questions += s->questions;
		all->answers += s->answers;
		all->lost += s->lost;
		all->looks += s->looks;
		all->again += s->again;
		all->early += s->early;
		if (s->longest > all->longest)
			all->longest = s->longest;
		s->longest = 0;
		if (s->first != 0 && (all->first == 0 || s->first < all->first))
			all->first = s->first;
		if (s->newest != 0 &&
		    (all->newest == 0 || s->highest > all->highest)) {
			all->highest = s->highest;
			all->newest = s->newest;
		}
	}
}

static void
tell(void)
{
	struct seen all = { 0 };

	gather(&all);
	printf("{\"questions\": %llu, \"answers\": %llu, \"lost\": %llu, "
	       "\"looks\": %llu, \"again\": %llu, \"early\": %llu, "
	       "\"longest_ms\": %lld, \"first_ms\": %lld, "
	       "\"highest\": %u, \"newest_ms\": %lld}\n",
	    (unsigned long long)all.questions, (unsigned long long)all.answers,
	    (unsigned long long)all.lost, (unsigned long long)all.looks,
	    (unsigned long long)all.again, (unsigned long long)all.early,
	    (long long)all.longest, (long long)all.first, all.highest,
	    (long long)all.newest);
	fflush(stdout);
}

/* -------------------------------------------------------------------- serve */

static bool
is_lost(struct worker *w)
{
	if (load.loss == 0)
		return false;
	w->random ^= w->random << 13; /* xorshift */
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint32_t)(w->random >> 16) < load.loss;
}

/* What does not fit is lost. */
static void
put_off(struct worker *w, int fd, const struct mmsghdr *got, size_t len)
{
	const uint8_t *bytes = got->msg_hdr.msg_iov->iov_base;
	struct late *l = &w->late[(w->late_at + w->late_n) % LATE_MAX];

	if (w->late_n == LATE_MAX || len > sizeof(l->bytes)) {
		ADD(w->seen.lost, 1);
		return;
	}
	l->fd = fd;
	l->due = w->now + load.slow_ms;
	l->to_len = got->msg_hdr.msg_namelen;
	memcpy(&l->to, got->msg_hdr.msg_name, l->to_len);
	memcpy(l->bytes, bytes, len);
	l->len = len;
	w->late_n++;
}

/* Returns the time until the next, or -1. */
static int
send_late(struct worker *w)
{
	while (w->late_n > 0) {
		struct late *l = &w->late[w->late_at];

		if (l->due > w->now)
			return (int)(l->due - w->now);
		sendto(l->fd, l->bytes, l->len, 0, (struct sockaddr *)&l->to,
		    l->to_len);
		ADD(w->seen.answers, 1);
		w->late_at = (w->late_at + 1) % LATE_MAX;
		w->late_n--;
	}
	return -1;
}

/* One datagram.  Returns the length of an answer that is sent at once. */
static size_t
treat(struct worker *w, const struct place *place, struct mmsghdr *got,
    uint8_t *out)
{
	const uint8_t *in = got->msg_hdr.msg_iov->iov_base;
	struct iovec whole = { .iov_base = out };
	struct question q;

	if (!question_read(&load.shape, in, got->msg_len, &q))
		return 0;
	note(w, &q, place->role);
	if (q.fate == FATE_DEAD || is_lost(w)) {
		ADD(w->seen.lost, q.fate != FATE_DEAD);
		return 0;
	}
	whole.iov_len =
	    answer_write(&load.shape, in, &q, place->role, w->now, out);
	if (q.fate != FATE_SLOW)
		return whole.iov_len;
	got->msg_hdr.msg_iov = &whole;
	put_off(w, place->fd, got, whole.iov_len);
	return 0;
}

static void
serve(struct worker *w, const struct place *place)
{
	struct mmsghdr got[BATCH] = { 0 }, ready[BATCH] = { 0 };
	struct iovec room[BATCH], reply[BATCH];
	unsigned k = 0;
	int n;

	for (int i = 0; i < BATCH; i++) {
		room[i] = (struct iovec){ w->in[i], DNSLOAD_MESSAGE };
		got[i].msg_hdr.msg_iov = &room[i];
		got[i].msg_hdr.msg_iovlen = 1;
		got[i].msg_hdr.msg_name = &w->from[i];
		got[i].msg_hdr.msg_namelen = sizeof(w->from[i]);
	}
	n = recvmmsg(place->fd, got, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		size_t len = treat(w, place, &got[i], w->out[k]);

		if (len == 0)
			continue;
		reply[k] = (struct iovec){ w->out[k], len };
		ready[k].msg_hdr = got[i].msg_hdr;
		ready[k].msg_hdr.msg_iov = &reply[k];
		k++;
	}
	ADD(w->seen.answers, k);
	if (k > 0)
		sendmmsg(place->fd, ready, k, 0);
}

static void *
work(void *arg)
{
	struct epoll_event event[BATCH];
	struct worker *w = arg;
	int wait = -1;

	for (;;) {
		int n = epoll_wait(w->poll, event, BATCH, wait);

		w->now = now_ms();
		for (int i = 0; i < n; i++)
			serve(w, event[i].data.ptr);
		wait = send_late(w);
	}
	return NULL;
}

/* ------------------------------------------------------------------- sockets
 */

/* One socket for each worker: the kernel shares the questions out by their
 * source. */
static void
listen_at(const struct worker *w, const char *text, enum role role)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons(53) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(53) };
	bool is_v4 = inet_pton(AF_INET, text, &v4.sin_addr) == 1;
	struct place *place = malloc(sizeof(*place));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = place };
	int room = 8 << 20, on = 1;

	if (place == NULL)
		fail("memory");
	inet_pton(AF_INET6, text, &v6.sin6_addr);
	place->role = role;
	place->fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
	setsockopt(place->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	setsockopt(place->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	setsockopt(place->fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(place->fd,
	        is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
	        is_v4 ? sizeof(v4) : sizeof(v6)) != 0 ||
	    epoll_ctl(w->poll, EPOLL_CTL_ADD, place->fd, &event) != 0)
		fail(text);
}

static void
listen_as(const struct worker *w, enum kind kind, unsigned n, enum role role)
{
	static const int families[] = { AF_INET, AF_INET6 };
	char text[64];

	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < 2; k++) {
			host_address(&load.shape, kind, i, families[k], text);
			if (*text != '\0')
				listen_at(w, text, role);
		}
}

static void
listen_everywhere(const struct worker *w)
{
	static const char *const vantages[] = { "198.18.250.53",
		"198.18.251.53", "198.18.252.53" };

	for (int i = 0; i < 3; i++)
		listen_at(w, vantages[i], i == 0 ? FIRST_VANTAGE : VANTAGE);
	listen_as(w, PARENT_HOST, 2, PARENT);
	listen_as(w, NS_HOST, ns_hosts(&load.shape), SERVER);
}

static struct worker *
open_worker(unsigned i)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (w != NULL)
		w->late = malloc(LATE_MAX * sizeof(*w->late));
	if (w == NULL || w->late == NULL)
		fail("memory");
	w->random = 0x9e3779b97f4a7c15 * (i + 1);
	w->poll = epoll_create1(0);
	listen_everywhere(w);
	return w;
}

/* -------------------------------------------------------------------- start */

enum {
	O_NS_SETS = 1,
	O_MX_SETS,
	O_THIRD,
	O_SINGLE,
	O_SERIALS,
	O_CHANGING,
	O_DEAD,
	O_SLOW,
	O_SLOW_MS,
	O_NXDOMAIN,
	O_SERVFAIL,
	O_LOSS,
	O_WORKERS
};

static const struct option words[] = {
	{ "ns-sets", required_argument, NULL, O_NS_SETS },
	{ "mx-sets", required_argument, NULL, O_MX_SETS },
	{ "third", no_argument, NULL, O_THIRD },
	{ "single", no_argument, NULL, O_SINGLE },
	{ "serials", no_argument, NULL, O_SERIALS },
	{ "changing", required_argument, NULL, O_CHANGING },
	{ "dead", required_argument, NULL, O_DEAD },
	{ "slow", required_argument, NULL, O_SLOW },
	{ "slow-ms", required_argument, NULL, O_SLOW_MS },
	{ "nxdomain", required_argument, NULL, O_NXDOMAIN },
	{ "servfail", required_argument, NULL, O_SERVFAIL },
	{ "loss", required_argument, NULL, O_LOSS },
	{ "workers", required_argument, NULL, O_WORKERS },
	{ 0 },
};

static void
take_option(int option, double value)
{
	uint64_t share = (uint64_t)(value / 100 * 4294967296.0);
	struct shape *shape = &load.shape;

	switch (option) {
	case O_NS_SETS:
		shape->ns_sets = (unsigned)value;
		break;
	case O_MX_SETS:
		shape->mx_sets = (unsigned)value;
		break;
	case O_THIRD:
		shape->third = true;
		break;
	case O_SINGLE:
		shape->single = true;
		break;
	case O_SERIALS:
		shape->serials = true;
		break;
	case O_CHANGING:
		shape->change_ms = value <= 0 ?
		    0 :
		    (int64_t)((double)load.interval * 100 / value);
		break;
	case O_DEAD:
		shape->dead = share;
		break;
	case O_SLOW:
		shape->slow = share;
		break;
	case O_SLOW_MS:
		load.slow_ms = (int64_t)value;
		break;
	case O_NXDOMAIN:
		shape->nxdomain = share;
		break;
	case O_SERVFAIL:
		shape->servfail = share;
		break;
	case O_LOSS:
		load.loss = share;
		break;
	default:
		load.workers = (unsigned)value;
	}
}

/* DOMAINS and INTERVAL come first. */
static bool
take_words(int argc, char **argv)
{
	const struct shape *shape = &load.shape;
	int option;

	if (argc < 3)
		return false;
	load.shape.domains = (unsigned)strtoul(argv[1], NULL, 10);
	load.interval = strtol(argv[2], NULL, 10) * 1000;
	optind = 3;
	while ((option = getopt_long(argc, argv, "", words, NULL)) != -1) {
		if (option == '?')
			return false;
		take_option(option, optarg == NULL ? 0 : atof(optarg));
	}
	return optind == argc && shape->ns_sets >= 1 &&
	    shape->ns_sets <= DNSLOAD_NS_SETS && shape->mx_sets >= 1 &&
	    shape->mx_sets <= DNSLOAD_MX_SETS && load.workers >= 1 &&
	    load.workers <= WORKERS_MAX;
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	sigset_t set;
	int caught;

	/* LAB: addresses of the machine itself are none of our business. */
	if (getenv("LAB") == NULL || !take_words(argc, argv)) {
		fputs("usage, in the lab: dnsload DOMAINS INTERVAL "
		      "[OPTION...]\n",
		    stderr);
		return 1;
	}
	load.asked = calloc(load.shape.domains + 1U, sizeof(*load.asked));
	if (load.asked == NULL)
		fail("memory");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (unsigned i = 0; i < load.workers; i++)
		load.worker[i] = open_worker(i);
	for (unsigned i = 0; i < load.workers; i++)
		if (pthread_create(&thread, NULL, work, load.worker[i]) != 0)
			fail("thread");
	puts("ready");
	fflush(stdout);
	for (;;)
		if (sigwait(&set, &caught) == 0)
			tell();
}
