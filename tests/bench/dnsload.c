/*
 * dnsload DOMAINS INTERVAL: all of the DNS that a bench of many domains needs.
 *
 *	d000000.test …		the domains; each is a zone of its own, with one
 *				of 50 sets of name servers and one of 500 sets
 *				of mail servers, both by a hash of its number
 *	ns0.net.lab …		name servers, two to a set
 *	mx0.net.lab …		mail servers, two to a set
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
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_SETS  50
#define NS_HOSTS (2 * NS_SETS)
#define MX_SETS  500
#define MX_HOSTS (2 * MX_SETS)
#define DAY      86400

#define BATCH   64
#define MESSAGE 1232

enum {
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_SOA = 6,
	TYPE_MX = 15,
	TYPE_AAAA = 28,
	TYPE_OPT = 41
};

enum role { FIRST_VANTAGE, VANTAGE, PARENT, SERVER };

struct place {
	int fd;
	enum role role;
};

/* What a name is. */
enum kind { ROOT, TEST, DOMAIN, PARENT_HOST, NS_HOST, MX_HOST, NOTHING };

struct question {
	uint8_t bytes[300]; /* name, type, class */
	size_t len;
	char name[256];
	unsigned type;
	enum kind kind;
	unsigned number;
	bool edns;
};

struct reply {
	uint8_t *bytes;
	size_t len;
	unsigned answers, authorities;
};

/* Times are in milliseconds of the monotonic clock. */
static struct {
	unsigned domains;
	int64_t interval;
	int64_t *asked; /* each domain, 0: never */
	uint64_t questions, looks, again, early;
	int64_t longest, first, newest;
	unsigned highest;
} load;

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

static unsigned
spread(unsigned number, unsigned salt, unsigned sets)
{
	uint32_t x = (number + salt) * 2654435761U;

	x ^= x >> 15;
	x *= 2246822519U;
	return (x ^ x >> 13) % sets;
}

/* ----------------------------------------------------------- reading names */

/* The whole name is a number between these. */
static bool
is_numbered(const char *name, const char *before, const char *after,
    unsigned most, unsigned *number)
{
	size_t skip = strlen(before);
	char *end;

	if (strncmp(name, before, skip) != 0 || name[skip] < '0' ||
	    name[skip] > '9')
		return false;
	*number = (unsigned)strtoul(name + skip, &end, 10);
	return *number < most && strcmp(end, after) == 0;
}

static void
recognise(struct question *q)
{
	const char *name = q->name;

	if (*name == '\0')
		q->kind = ROOT;
	else if (strcmp(name, "test") == 0)
		q->kind = TEST;
	else if (is_numbered(name, "d", ".test", load.domains, &q->number))
		q->kind = DOMAIN;
	else if (is_numbered(name, "tld", ".net.lab", 2, &q->number))
		q->kind = PARENT_HOST;
	else if (is_numbered(name, "ns", ".net.lab", NS_HOSTS, &q->number))
		q->kind = NS_HOST;
	else if (is_numbered(name, "mx", ".net.lab", MX_HOSTS, &q->number))
		q->kind = MX_HOST;
	else
		q->kind = NOTHING;
}

/* One question, as every client of ours sends it. */
static bool
read_question(const uint8_t *in, size_t len, struct question *q)
{
	size_t at = 12, text = 0;

	if (len < 17 || in[4] != 0 || in[5] != 1 || (in[2] & 0x80) != 0)
		return false;
	while (at < len && in[at] != 0) {
		size_t label = in[at++];

		if (label > 63 || at + label > len ||
		    text + label + 2 > sizeof(q->name))
			return false;
		if (text > 0)
			q->name[text++] = '.';
		for (size_t i = 0; i < label; i++)
			q->name[text++] = (char)(in[at + i] |
			    (in[at + i] >= 'A' && in[at + i] <= 'Z' ? 32 : 0));
		at += label;
	}
	q->name[text] = '\0';
	q->len = at + 5 - 12;
	if (at + 5 > len || q->len > sizeof(q->bytes))
		return false;
	memcpy(q->bytes, in + 12, q->len);
	q->type = (unsigned)in[at + 1] << 8 | in[at + 2];
	q->edns = in[11] != 0;
	recognise(q);
	return true;
}

/* ---------------------------------------------------------- writing records */

static void
put(struct reply *r, const void *bytes, size_t n)
{
	if (r->len + n <= MESSAGE)
		memcpy(r->bytes + r->len, bytes, n);
	r->len += n;
}

static void
put16(struct reply *r, unsigned value)
{
	const uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };

	put(r, bytes, 2);
}

static void
put32(struct reply *r, unsigned value)
{
	put16(r, value >> 16);
	put16(r, value & 0xffff);
}

static void
put_name(struct reply *r, const char *name)
{
	while (*name != '\0') {
		size_t n = strcspn(name, ".");
		uint8_t len = (uint8_t)n;

		put(r, &len, 1);
		put(r, name, n);
		name += n + (name[n] == '.');
	}
	put(r, "", 1);
}

/* Owner (the name in the question), type, class, TTL; returns where the length
 * belongs. */
static size_t
begin_record(struct reply *r, unsigned type, unsigned ttl)
{
	put16(r, 0xc00c);
	put16(r, type);
	put16(r, 1);
	put32(r, ttl);
	put16(r, 0);
	return r->len;
}

static void
end_record(struct reply *r, size_t from)
{
	size_t n = r->len - from;

	r->bytes[from - 2] = (uint8_t)(n >> 8);
	r->bytes[from - 1] = (uint8_t)n;
}

static void
put_ns(struct reply *r, const char *host)
{
	size_t at = begin_record(r, TYPE_NS, DAY);

	put_name(r, host);
	end_record(r, at);
}

static void
put_mx(struct reply *r, unsigned preference, const char *host)
{
	size_t at = begin_record(r, TYPE_MX, DAY);

	put16(r, preference);
	put_name(r, host);
	end_record(r, at);
}

static void
put_soa(struct reply *r)
{
	size_t at = begin_record(r, TYPE_SOA, DAY);

	put_name(r, "ns0.net.lab");
	put_name(r, "hostmaster.net.lab");
	put32(r, 2026112301);
	put32(r, 7200);
	put32(r, 3600);
	put32(r, 1209600);
	put32(r, 300);
	end_record(r, at);
}

/* ----------------------------------------------------------------- contents */

/* The address as text of a host of the family, or "". */
static void
address_of(const struct question *q, int family, char text[64])
{
	unsigned n = q->number;
	const char *ns =
	    family == AF_INET ? "198.19.%u.%u" : "2001:db8:6%03u::%u";
	const char *mx =
	    family == AF_INET ? "198.19.%u.%u" : "2001:db8:7%03u::%u";

	*text = '\0';
	if (q->kind == PARENT_HOST && family == AF_INET)
		snprintf(text, 64, "198.19.%u.53", 162 + n);
	else if (q->kind == NS_HOST)
		snprintf(text, 64, ns, 160 + n % 2, n / 2 + 1);
	else if (q->kind == MX_HOST)
		snprintf(text, 64, mx, 170 + n % 64, n / 64 + 1);
}

static void
answer_address(struct reply *r, const struct question *q)
{
	int family = q->type == TYPE_A ? AF_INET : AF_INET6;
	uint8_t ip[16];
	char text[64];
	size_t at;

	address_of(q, family, text);
	if (inet_pton(family, text, ip) != 1)
		return;
	at = begin_record(r, q->type, DAY);
	put(r, ip, family == AF_INET ? 4 : 16);
	end_record(r, at);
	r->answers++;
}

static void
put_hosts(struct reply *r, unsigned set, const char *format)
{
	char host[64];

	for (unsigned i = 0; i < 2; i++) {
		snprintf(host, sizeof(host), format, 2 * set + i);
		put_ns(r, host);
	}
}

static unsigned
put_zone_ns(struct reply *r, const struct question *q)
{
	if (q->kind == DOMAIN)
		put_hosts(r, spread(q->number, 0, NS_SETS), "ns%u.net.lab");
	else
		put_hosts(r, 0, "tld%u.net.lab");
	return 2;
}

static void
answer_mx(struct reply *r, const struct question *q)
{
	unsigned set = spread(q->number, 7, MX_SETS);
	char host[64];

	for (unsigned i = 0; i < 2; i++) {
		snprintf(host, sizeof(host), "mx%u.net.lab", 2 * set + i);
		put_mx(r, 10 * (i + 1), host);
	}
	r->answers = 2;
}

static void
answer_zone(struct reply *r, const struct question *q)
{
	if (q->type == TYPE_NS) {
		r->answers = put_zone_ns(r, q);
	} else if (q->type == TYPE_SOA) {
		put_soa(r);
		r->answers = 1;
	} else if (q->type == TYPE_MX && q->kind == DOMAIN) {
		answer_mx(r, q);
	}
}

static void
answer(struct reply *r, const struct question *q, enum role role)
{
	if (role == PARENT && q->kind == DOMAIN)
		r->authorities = put_zone_ns(r, q);
	else if (q->kind <= DOMAIN)
		answer_zone(r, q);
	else if (q->type == TYPE_A || q->type == TYPE_AAAA)
		answer_address(r, q);
	if (r->answers + r->authorities == 0) {
		put_soa(r);
		r->authorities = 1;
	}
}

/* The header, the question, what there is, and OPT. */
static size_t
make_reply(
    const uint8_t *in, const struct question *q, enum role role, uint8_t *out)
{
	struct reply r = { .bytes = out, .len = 12 };
	bool resolver = role <= VANTAGE;
	bool referral = role == PARENT && q->kind == DOMAIN;

	put(&r, q->bytes, q->len);
	answer(&r, q, role);
	if (q->edns) {
		put(&r, "", 1);
		put16(&r, TYPE_OPT);
		put16(&r, MESSAGE);
		put32(&r, 0);
		put16(&r, 0);
	}
	memset(out, 0, 12);
	memcpy(out, in, 2);
	out[2] = (uint8_t)(0x80 | (in[2] & 1) | (resolver || referral ? 0 : 4));
	out[3] =
	    (uint8_t)((resolver ? 0x80 : 0) | (q->kind == NOTHING ? 3 : 0));
	out[5] = 1;
	out[7] = (uint8_t)r.answers;
	out[9] = (uint8_t)r.authorities;
	out[11] = q->edns;
	return r.len;
}

/* ---------------------------------------------------------------- measuring */

static void
note(const struct question *q, enum role role)
{
	int64_t now = now_ms(), *asked;

	load.questions++;
	if (role != FIRST_VANTAGE || q->kind != DOMAIN || q->type != TYPE_MX)
		return;
	asked = &load.asked[q->number];
	load.looks++;
	if (load.first == 0)
		load.first = now;
	if (q->number > load.highest || load.newest == 0) {
		load.highest = q->number;
		load.newest = now;
	}
	if (*asked != 0) {
		load.again++;
		load.early += now - *asked < load.interval * 9 / 10;
		if (now - *asked > load.longest)
			load.longest = now - *asked;
	}
	*asked = now;
}

static void
tell(int signals)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) > 0)
		;
	printf("{\"questions\": %llu, \"looks\": %llu, \"again\": %llu, "
	       "\"early\": %llu, \"longest_ms\": %lld, \"first_ms\": %lld, "
	       "\"highest\": %u, \"newest_ms\": %lld}\n",
	    (unsigned long long)load.questions, (unsigned long long)load.looks,
	    (unsigned long long)load.again, (unsigned long long)load.early,
	    (long long)load.longest, (long long)load.first, load.highest,
	    (long long)load.newest);
	fflush(stdout);
	load.longest = 0;
}

/* -------------------------------------------------------------------- serve */

static void
serve(const struct place *place)
{
	static uint8_t in[BATCH][MESSAGE], out[BATCH][MESSAGE];
	static struct sockaddr_storage from[BATCH];
	struct mmsghdr got[BATCH] = { 0 }, send[BATCH] = { 0 };
	struct iovec room[BATCH], reply[BATCH];
	struct question q;
	int n, k = 0;

	for (int i = 0; i < BATCH; i++) {
		room[i] = (struct iovec){ in[i], MESSAGE };
		got[i].msg_hdr.msg_iov = &room[i];
		got[i].msg_hdr.msg_iovlen = 1;
		got[i].msg_hdr.msg_name = &from[i];
		got[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	n = recvmmsg(place->fd, got, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		if (!read_question(in[i], got[i].msg_len, &q))
			continue;
		note(&q, place->role);
		reply[k].iov_base = out[k];
		reply[k].iov_len = make_reply(in[i], &q, place->role, out[k]);
		send[k].msg_hdr = got[i].msg_hdr;
		send[k].msg_hdr.msg_iov = &reply[k];
		k++;
	}
	if (k > 0)
		sendmmsg(place->fd, send, (unsigned)k, 0);
}

static void
listen_at(int poll, const char *text, enum role role)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons(53) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(53) };
	bool is_v4 = inet_pton(AF_INET, text, &v4.sin_addr) == 1;
	struct place *place = malloc(sizeof(*place));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = place };
	int room = 8 << 20;

	if (place == NULL)
		fail("memory");
	inet_pton(AF_INET6, text, &v6.sin6_addr);
	place->role = role;
	place->fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
	setsockopt(place->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (bind(place->fd,
	        is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
	        is_v4 ? sizeof(v4) : sizeof(v6)) != 0 ||
	    epoll_ctl(poll, EPOLL_CTL_ADD, place->fd, &event) != 0)
		fail(text);
}

static void
listen_everywhere(int poll)
{
	static const char *const vantages[] = { "198.18.250.53",
		"198.18.251.53", "198.18.252.53" };
	struct question host = { .kind = PARENT_HOST };
	char text[64];

	for (int i = 0; i < 3; i++)
		listen_at(poll, vantages[i], i == 0 ? FIRST_VANTAGE : VANTAGE);
	for (host.number = 0; host.number < 2; host.number++) {
		address_of(&host, AF_INET, text);
		listen_at(poll, text, PARENT);
	}
	host.kind = NS_HOST;
	for (host.number = 0; host.number < NS_HOSTS; host.number++) {
		address_of(&host, AF_INET, text);
		listen_at(poll, text, SERVER);
		address_of(&host, AF_INET6, text);
		listen_at(poll, text, SERVER);
	}
}

static int
watch_signals(int poll)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	if (fd < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) != 0)
		fail("signals");
	return fd;
}

int
main(int argc, char **argv)
{
	struct epoll_event event[BATCH];
	int poll = epoll_create1(0), signals;

	/* LAB: addresses of the machine itself are none of our business. */
	if (argc != 3 || getenv("LAB") == NULL) {
		fputs("usage, in the lab: dnsload DOMAINS INTERVAL\n", stderr);
		return 1;
	}
	load.domains = (unsigned)strtoul(argv[1], NULL, 10);
	load.interval = strtol(argv[2], NULL, 10) * 1000;
	load.asked = calloc(load.domains + 1U, sizeof(*load.asked));
	if (load.asked == NULL)
		fail("memory");
	signals = watch_signals(poll);
	listen_everywhere(poll);
	puts("ready");
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(poll, event, BATCH, -1);

		for (int i = 0; i < n; i++)
			if (event[i].data.ptr == NULL)
				tell(signals);
			else
				serve(event[i].data.ptr);
	}
}
