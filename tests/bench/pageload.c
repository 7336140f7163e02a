/*
 * pageload ADDRESS PORT CLIENTS SECONDS: many clients of one HTTP server.
 *
 * Standard input has a line "ROUTE TARGET" for each thing that may be asked.
 * Each client asks for one, has its answer, and asks for the next at once, on
 * a connection that lasts as long as the server likes.  Which route is chosen
 * by lot, and so is which of its targets.  At the end a JSON object says how
 * long each route took, in milliseconds.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 1000
#define ROUTES_MAX  64
#define HEAD_MAX    8192

struct route {
	char name[48];
	char **target;
	size_t ntarget;
	double *ms; /* of each answer */
	size_t n, room, wrong;
	uint64_t bytes;
};

enum body { BODY_NONE, BODY_SIZED, BODY_CHUNKED };

struct client {
	int fd;
	struct route *route;
	double asked;
	char head[HEAD_MAX + 1];
	size_t len; /* of the head */
	bool in_body, closes;
	enum body body;
	uint64_t left;
	char tail[5]; /* the end of what came, to see the last chunk */
};

static struct route routes[ROUTES_MAX];
static size_t nroute;
static struct client clients[CLIENTS_MAX];
static struct sockaddr_in server;
static int events;

static void
fail(const char *what)
{
	fprintf(stderr, "pageload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void *
grown(void *list, size_t n, size_t size)
{
	void *more = reallocarray(list, n, size);

	if (more == NULL)
		fail("memory");
	return more;
}

/* ------------------------------------------------------------ what to ask */

static struct route *
route_of(const char *name)
{
	for (size_t i = 0; i < nroute; i++)
		if (strcmp(routes[i].name, name) == 0)
			return &routes[i];
	if (nroute == ROUTES_MAX)
		fail("too many routes");
	snprintf(routes[nroute].name, sizeof(routes[0].name), "%s", name);
	return &routes[nroute++];
}

static void
read_routes(void)
{
	char line[4096], name[48], target[4000];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct route *r;

		if (sscanf(line, "%47s %3999s", name, target) != 2)
			continue;
		r = route_of(name);
		r->target =
		    grown(r->target, r->ntarget + 1, sizeof(*r->target));
		r->target[r->ntarget] = strdup(target);
		if (r->target[r->ntarget++] == NULL)
			fail("memory");
	}
	if (nroute == 0)
		fail("nothing to ask");
}

/* --------------------------------------------------------------- a client */

static void
dial(struct client *c)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 ||
	    connect(c->fd, (struct sockaddr *)&server, sizeof(server)) != 0 ||
	    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) !=
	        0 ||
	    epoll_ctl(events, EPOLL_CTL_ADD, c->fd, &event) != 0)
		fail("connection");
}

static void
ask(struct client *c)
{
	char text[4400];
	int len;

	c->route = &routes[(size_t)random() % nroute];
	len = snprintf(text, sizeof(text),
	    "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
	    c->route->target[(size_t)random() % c->route->ntarget]);
	c->len = 0;
	c->in_body = false;
	c->body = BODY_SIZED;
	c->asked = now_ms();
	if (send(c->fd, text, (size_t)len, MSG_NOSIGNAL) != len)
		fail("request");
}

static void
note(struct client *c)
{
	struct route *r = c->route;

	if (r->n == r->room) {
		r->room = r->room == 0 ? 1024 : 2 * r->room;
		r->ms = grown(r->ms, r->room, sizeof(*r->ms));
	}
	r->ms[r->n++] = now_ms() - c->asked;
	r->wrong += strncmp(c->head, "HTTP/1.1 200", 12) != 0;
}

static void
begin_body(struct client *c)
{
	const char *length = strcasestr(c->head, "\r\nContent-Length:");

	c->in_body = true;
	c->closes = strcasestr(c->head, "\r\nConnection: close") != NULL;
	memset(c->tail, 0, sizeof(c->tail));
	if (length != NULL) {
		c->body = BODY_SIZED;
		c->left = strtoull(length + 17, NULL, 10);
	} else {
		c->body = strcasestr(c->head, "chunked") != NULL ?
		    BODY_CHUNKED :
		    BODY_NONE;
		c->left = 1;
	}
}

/* Keep the last five bytes that came. */
static void
keep_tail(struct client *c, const char *bytes, size_t n)
{
	size_t new = n < 5 ? n : 5;

	memmove(c->tail, c->tail + new, 5 - new);
	memcpy(c->tail + 5 - new, bytes + n - new, new);
}

static void
take_body(struct client *c, const char *bytes, size_t n)
{
	c->route->bytes += n;
	if (c->body == BODY_SIZED)
		c->left -= n < c->left ? n : c->left;
	else if (n > 0)
		keep_tail(c, bytes, n);
	/* What the metrics say has no such line. */
	if (c->body == BODY_CHUNKED && memcmp(c->tail, "0\r\n\r\n", 5) == 0)
		c->left = 0;
}

static void
take(struct client *c, const char *bytes, size_t n)
{
	size_t old = c->len, room = HEAD_MAX - c->len, used = n;
	const char *end;

	if (!c->in_body) {
		used = n < room ? n : room;
		memcpy(c->head + c->len, bytes, used);
		c->len += used;
		c->head[c->len] = '\0';
		end = strstr(c->head, "\r\n\r\n");
		if (end == NULL)
			return;
		used = (size_t)(end + 4 - c->head) - old;
		begin_body(c);
	} else {
		used = 0;
	}
	take_body(c, bytes + used, n - used);
}

static void
serve(struct client *c, bool more)
{
	static char bytes[1 << 18];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		take(c, bytes, (size_t)n);
	if (n > 0 && (!c->in_body || c->left > 0))
		return;
	if (n > 0 || c->body == BODY_NONE)
		note(c);
	else
		c->route->wrong++;
	if (n <= 0 || c->closes) {
		close(c->fd);
		dial(c);
	}
	if (more)
		ask(c);
}

static void
run(size_t n, double seconds)
{
	double end = now_ms() + seconds * 1000;
	struct epoll_event event[64];

	for (size_t i = 0; i < n; i++) {
		dial(&clients[i]);
		ask(&clients[i]);
	}
	while (now_ms() < end) {
		int k = epoll_wait(events, event, 64, 100);

		for (int i = 0; i < k; i++)
			serve(event[i].data.ptr, true);
	}
}

/* ----------------------------------------------------------- what came out */

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
quantile(const struct route *r, double part)
{
	size_t at = (size_t)((double)r->n * part);

	return r->n == 0 ? 0 : r->ms[at < r->n ? at : r->n - 1];
}

static void
put(struct route *r, const char *name)
{
	qsort(r->ms, r->n, sizeof(*r->ms), compare);
	printf("\"%s\": {\"n\": %zu, \"wrong\": %zu, \"bytes\": %llu, "
	       "\"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f}",
	    name, r->n, r->wrong,
	    (unsigned long long)(r->n == 0 ? 0 : r->bytes / r->n),
	    quantile(r, 0.5), quantile(r, 0.99), quantile(r, 1));
}

static void
report(double seconds)
{
	struct route all = { .n = 0 };

	printf("{\"seconds\": %.1f, \"routes\": {", seconds);
	for (size_t i = 0; i < nroute; i++) {
		struct route *r = &routes[i];

		all.ms = grown(all.ms, all.n + r->n + 1, sizeof(*all.ms));
		if (r->n > 0)
			memcpy(all.ms + all.n, r->ms, r->n * sizeof(*r->ms));
		all.n += r->n;
		all.wrong += r->wrong;
		all.bytes += r->bytes;
		put(r, r->name);
		if (i + 1 < nroute)
			fputs(", ", stdout);
	}
	fputs("}, ", stdout);
	put(&all, "all");
	puts("}");
}

int
main(int argc, char **argv)
{
	size_t n = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;
	double seconds = argc == 5 ? strtod(argv[4], NULL) : 0;

	server.sin_family = AF_INET;
	if (n == 0 || n > CLIENTS_MAX || seconds <= 0 ||
	    inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
		fputs("usage: pageload ADDRESS PORT CLIENTS SECONDS\n", stderr);
		return 2;
	}
	server.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	read_routes();
	events = epoll_create1(0);
	if (events < 0)
		fail("epoll");
	run(n, seconds);
	report(seconds);
	return 0;
}
