#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

/* Time is the machine's, and what a test adds to it. */
#define clock_mono clock_mono_real
#include "agent/base/clock.c"
#undef clock_mono

#include "agent/status/http.h"
#include "tests/unit/fake_watch.h"
#include "tests/unit/support.h"

static int64_t skew_us;

struct mono clock_mono(void);

struct mono
clock_mono(void)
{
	return (struct mono){ clock_mono_real().us + skew_us };
}

/* ----------------------------------------------------------- a client */

struct scene {
	uv_loop_t loop;
	struct watch *watch;
	struct http_setting http;
	struct status *status;
};

static void
open_scene(struct scene *s, size_t domains)
{
	char why[256];

	memset(s, 0, sizeof(*s));
	skew_us = 0;
	assert_int_equal(uv_loop_init(&s->loop), 0);
	s->watch = fake_watch(domains, "x");
	s->http.on = true;
	assert_int_equal(ip_parse("127.0.0.1", &s->http.ip), 0);
	s->status = status_new(&s->loop, s->watch, &s->http, why, sizeof(why));
	if (s->status == NULL)
		fail_msg("%s", why);
}

static void
close_scene(struct scene *s)
{
	status_free(s->status);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&s->loop), 0);
	fake_free(s->watch);
}

static int
dial(const struct scene *s)
{
	struct sockaddr_storage to;
	struct ip ip;
	socklen_t len;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(ip_parse("127.0.0.1", &ip), 0);
	len = ip_sockaddr(&ip, status_port(s->status), &to);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, len), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static void
say(int fd, const char *text)
{
	size_t len = strlen(text);

	/* What the server no longer wants to read may not get there. */
	(void)send(fd, text, len, MSG_NOSIGNAL);
}

/* Let the loop and the client go on, whichever has something to do. */
static void
step(struct scene *s, int fd)
{
	struct pollfd wait[2] = { { .fd = fd, .events = POLLIN },
		{ .fd = uv_backend_fd(&s->loop), .events = POLLIN } };

	(void)uv_run(&s->loop, UV_RUN_NOWAIT);
	assert_true(poll(wait, 2, uv_backend_timeout(&s->loop)) >= 0);
	(void)uv_run(&s->loop, UV_RUN_NOWAIT);
}

/* Read until the server closes, or *end is there n times. */
static char *
hear(struct scene *s, int fd, const char *end, int n)
{
	struct buf b;
	char piece[65536], *text;
	ssize_t got = 1;

	buf_init(&b, 64 * 1024 * 1024);
	while (got != 0) {
		const char *at = buf_str(&b);
		int seen = 0;

		while (end != NULL && (at = strstr(at, end)) != NULL) {
			at += strlen(end);
			seen++;
		}
		if (end != NULL && seen >= n)
			break;
		step(s, fd);
		got = recv(fd, piece, sizeof(piece), 0);
		if (got > 0)
			buf_add(&b, piece, (size_t)got);
		else if (got < 0 && errno != EAGAIN)
			break; /* reset */
	}
	text = buf_take(&b);
	return text == NULL ? strdup("") : text;
}

/* One request on a connection of its own, to its end. */
static char *
exchange(struct scene *s, const char *request)
{
	int fd = dial(s);
	char *text;

	say(fd, request);
	text = hear(s, fd, NULL, 0);
	close(fd);
	return text;
}

static unsigned
status_of(const char *text)
{
	return strncmp(text, "HTTP/1.", 7) == 0 ? (unsigned)atoi(text + 9) : 0;
}

/* -------------------------------------------------------------- requests */

#define HOST   "Host: localhost\r\n"
#define CLOSE  "Connection: close\r\n"
#define GET(x) "GET " x " HTTP/1.1\r\n" HOST CLOSE "\r\n"

struct request_case {
	const char *label, *request;
	unsigned status; /* 0: no answer at all is fine, too */
	const char *holds;
};

static const struct request_case requests[] = {
	{ "plain", GET("/healthz"), 200, "\r\n\r\nok\n" },
	{ "HTTP/1.0", "GET /healthz HTTP/1.0\r\n" HOST "\r\n", 200, "ok\n" },
	{ "POST", "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc",
	    405, "Allow: GET, HEAD\r\n" },
	{ "POST closes", "POST / HTTP/1.1\r\n" HOST "\r\n", 405,
	    "Connection: close\r\n" },
	{ "PUT", "PUT /api/v1/domains HTTP/1.1\r\n" HOST "\r\n", 405,
	    "\"status\": 405" },
	{ "DELETE", "DELETE / HTTP/1.1\r\n" HOST "\r\n", 405, "" },
	{ "OPTIONS", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 405, "" },
	{ "CONNECT", "CONNECT evil.example:25 HTTP/1.1\r\n" HOST "\r\n", 405,
	    "" },
	{ "TRACE", "TRACE / HTTP/1.1\r\n" HOST "\r\n", 405, "" },
	{ "of no name", "BREW / HTTP/1.1\r\n" HOST "\r\n", 405, "" },
	{ "another Host", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421,
	    "Connection: close\r\n" },
	{ "another Host, API",
	    "GET /api/v1/domains HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421,
	    "\"status\": 421" },
	{ "Host with another port",
	    "GET / HTTP/1.1\r\nHost: localhost:1\r\n\r\n", 421, "" },
	{ "no Host", "GET / HTTP/1.1\r\n\r\n", 400, "" },
	{ "no Host, HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 421, "" },
	{ "two Hosts", "GET / HTTP/1.1\r\n" HOST "Host: evil.example\r\n\r\n",
	    400, "" },
	{ "GET with a body",
	    "GET /healthz HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc",
	    400, "Connection: close\r\n" },
	{ "chunked GET",
	    "GET /healthz HTTP/1.1\r\n" HOST
	    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	    400, "Connection: close\r\n" },
	{ "%00", GET("/healthz%00"), 400, "" },
	{ "half an escape", GET("/%4"), 400, "" },
	{ "upwards", GET("/../etc/passwd"), 404, "" },
	{ "upwards, escaped", GET("/%2e%2e/%2e%2e/etc/passwd"), 404, "" },
	{ "slash, escaped", GET("/..%2fetc/passwd"), 400, "" },
	{ "absolute form", GET("http://localhost/healthz"), 400, "" },
	{ "garbage", "\x16\x03\x01\x02garbage\r\n\r\n", 0, "" },
};

static void
test_requests(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, 3);
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		const struct request_case *c = &requests[i];
		char *text = exchange(&s, c->request);
		unsigned status = status_of(text);

		if ((c->status == 0 ? status == 200 : status != c->status) ||
		    strstr(text, c->holds) == NULL)
			fail_msg("%s: %s", c->label, text);
		free(text);
	}
	close_scene(&s);
}

/* A request within a request is not answered. */
static void
test_smuggling(void **state)
{
	static const char *const heads[] = {
		"Content-Length: 5\r\nTransfer-Encoding: "
		"chunked\r\n\r\n0\r\n\r\n",
		"Transfer-Encoding: chunked\r\nContent-Length: "
		"5\r\n\r\n0\r\n\r\n",
		"Content-Length: 0\r\nContent-Length: 43\r\n\r\n",
		"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"Content-Length: +0\r\n\r\n",
	};
	struct scene s;

	(void)state;
	open_scene(&s, 3);
	for (size_t m = 0; m < 2; m++)
		for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
			char request[512], *text;

			snprintf(request, sizeof(request),
			    "%s / HTTP/1.1\r\n" HOST "%sGET /healthz "
			    "HTTP/1.1\r\n" HOST "\r\n",
			    m == 0 ? "GET" : "POST", heads[i]);
			text = exchange(&s, request);
			if (strstr(text, "\r\n\r\nok\n") != NULL ||
			    count_text(text, "HTTP/1.1 200") > 0)
				fail_msg("%s %s: %s", m == 0 ? "GET" : "POST",
				    heads[i], text);
			free(text);
		}
	close_scene(&s);
}

static void
test_headers(void **state)
{
	static const char *const wanted[] = {
		("Content-Security-Policy: default-src 'none'; style-src "
		 "'sha256-"),
		"frame-ancestors 'none'", "X-Content-Type-Options: nosniff\r\n",
		"Referrer-Policy: no-referrer\r\n",
		"Cache-Control: no-store\r\n",
		"Cross-Origin-Resource-Policy: same-origin\r\n",
		"Cross-Origin-Opener-Policy: same-origin\r\n"
	};
	static const char *const targets[] = { GET("/"), GET("/none"),
		GET("/metrics"), GET("/api/v1/domains"), GET("/%00"),
		"POST / HTTP/1.1\r\n\r\n" };
	struct scene s;

	(void)state;
	open_scene(&s, 3);
	for (size_t i = 0; i < 5; i++) {
		char *text = exchange(&s, targets[i]);

		for (size_t k = 0; k < sizeof(wanted) / sizeof(*wanted); k++)
			if (strstr(text, wanted[k]) == NULL)
				fail_msg("%s: no %s", targets[i], wanted[k]);
		assert_null(strstr(text, "Access-Control"));
		free(text);
	}
	close_scene(&s);
}

/* The same header as for GET, and nothing behind it. */
static void
test_head(void **state)
{
	static const char *const paths[] = { "/healthz", "/none",
		"/domain/healthy.example" };
	struct scene s;
	char *get, *head, request[256], *end;

	(void)state;
	open_scene(&s, 3);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		snprintf(request, sizeof(request),
		    "GET %s HTTP/1.1\r\n" HOST CLOSE "\r\n", paths[i]);
		get = exchange(&s, request);
		snprintf(request, sizeof(request),
		    "HEAD %s HTTP/1.1\r\n" HOST CLOSE "\r\n", paths[i]);
		head = exchange(&s, request);
		end = strstr(head, "\r\n\r\n");
		assert_non_null(end);
		assert_string_equal(end, "\r\n\r\n");
		assert_int_equal(status_of(head), status_of(get));
		assert_string_equal(strstr(head, "Content-Length") == NULL ?
		        "none" :
		        strndupa(strstr(head, "Content-Length"),
		            strcspn(strstr(head, "Content-Length"), "\r")),
		    strndupa(strstr(get, "Content-Length"),
		        strcspn(strstr(get, "Content-Length"), "\r")));
		free(get);
		free(head);
	}
	head = exchange(&s, "HEAD /metrics HTTP/1.1\r\n" HOST CLOSE "\r\n");
	end = strstr(head, "\r\n\r\n");
	assert_non_null(end);
	assert_string_equal(end, "\r\n\r\n");
	free(head);
	close_scene(&s);
}

static void
test_pipelining(void **state)
{
	struct scene s;
	int fd;
	char *text;

	(void)state;
	open_scene(&s, 3);
	fd = dial(&s);
	say(fd,
	    "GET /healthz HTTP/1.1\r\n" HOST "\r\n"
	    "GET /readyz HTTP/1.1\r\n" HOST "\r\n" GET("/healthz"));
	text = hear(&s, fd, NULL, 0);
	assert_int_equal(count_text(text, "HTTP/1.1 200 OK"), 3);
	assert_int_equal(count_text(text, "\r\n\r\nok\n"), 2);
	assert_int_equal(count_text(text, "\r\n\r\nready\n"), 1);
	free(text);
	close(fd);
	close_scene(&s);
}

static void
test_long_header(void **state)
{
	static const size_t sizes[] = { 9000, 20000, 100000 };
	struct scene s;

	(void)state;
	open_scene(&s, 3);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct buf b;
		char *text;

		buf_init(&b, 0);
		buf_puts(&b, "GET / HTTP/1.1\r\n" HOST "X: ");
		buf_pad(&b, 'a', sizes[i]);
		buf_puts(&b, "\r\n\r\n");
		text = exchange(&s, buf_str(&b));
		/* Beyond the library's memory, it may just close. */
		if (status_of(text) != 431 &&
		    (i == 0 || status_of(text) == 200))
			fail_msg("%zu bytes: %s", sizes[i], text);
		free(text);
		buf_free(&b);
	}
	close_scene(&s);
}

static void
test_long_target(void **state)
{
	struct scene s;
	struct buf b;
	char *text;

	(void)state;
	open_scene(&s, 3);
	buf_init(&b, 0);
	buf_puts(&b, "GET /?q=");
	buf_pad(&b, 'a', 3000);
	buf_puts(&b, " HTTP/1.1\r\n" HOST "\r\n");
	text = exchange(&s, buf_str(&b));
	assert_int_equal(status_of(text), 414);
	free(text);
	buf_free(&b);
	close_scene(&s);
}

/* A byte now and then does not keep a connection: when its time is over, it is
 * closed, whatever came. */
static void
test_slow(void **state)
{
	struct scene s;
	struct mono before;
	int slow, fd;
	char *text;

	(void)state;
	open_scene(&s, 3);
	slow = dial(&s);
	say(slow, "GET / HT");
	text = exchange(&s, GET("/healthz"));
	assert_int_equal(status_of(text), 200);
	free(text);
	skew_us = 9000000;
	say(slow, "TP");
	text = exchange(&s, GET("/healthz"));
	free(text);
	fd = dial(&s);
	skew_us = 11000000;
	say(slow, "/1");
	before = clock_mono_real();
	text = hear(&s, slow, NULL, 0);
	/* The library alone would wait ten seconds more. */
	assert_true(clock_ms_between(before, clock_mono_real()) < 5000);
	assert_int_not_equal(status_of(text), 200);
	free(text);
	/* Who came later has his time still. */
	say(fd, GET("/healthz"));
	text = hear(&s, fd, NULL, 0);
	assert_int_equal(status_of(text), 200);
	free(text);
	close(fd);
	close(slow);
	close_scene(&s);
}

/* One address cannot take all places. */
static void
test_many(void **state)
{
	struct scene s;
	int fd[80], answered = 0;
	char *text;

	(void)state;
	open_scene(&s, 3);
	for (size_t i = 0; i < 80; i++) {
		fd[i] = dial(&s);
		say(fd[i], "GET /healthz HTTP/1.1\r\n" HOST "\r\n");
	}
	for (size_t i = 0; i < 80; i++) {
		text = hear(&s, fd[i], "ok\n", 1);
		answered += status_of(text) == 200;
		free(text);
	}
	assert_int_equal(answered, 64);
	for (size_t i = 0; i < 80; i++)
		close(fd[i]);
	/* Their places are free as soon as the server has seen them go. */
	text = exchange(&s, GET("/healthz"));
	for (int tries = 0; status_of(text) != 200 && tries < 100; tries++) {
		free(text);
		text = exchange(&s, GET("/healthz"));
	}
	assert_int_equal(status_of(text), 200);
	free(text);
	close_scene(&s);
}

/* The whole of it comes in pieces; while it does, others are answered. */
static void
test_metrics(void **state)
{
	struct scene s;
	char *text;
	int slow;

	(void)state;
	open_scene(&s, 20000);
	slow = dial(&s);
	say(slow, GET("/metrics"));
	text = hear(&s, slow, "\n", 40);
	assert_int_equal(status_of(text), 200);
	assert_null(strstr(text, "d19999.example"));
	free(text);
	text = exchange(&s, GET("/healthz"));
	assert_int_equal(status_of(text), 200);
	free(text);
	text = hear(&s, slow, NULL, 0);
	assert_non_null(
	    strstr(text, "mxvigil_finding{domain=\"d19957.example\""));
	free(text);
	close(slow);
	text = exchange(&s,
	    "GET /metrics HTTP/1.1\r\n" HOST CLOSE
	    "Accept: application/openmetrics-text;version=1.0.0\r\n\r\n");
	assert_non_null(strstr(
	    text, "Content-Type: application/openmetrics-text; version=1.0.0"));
	assert_non_null(strstr(text, "# EOF\n"));
	free(text);
	close_scene(&s);
}

/* Without domains it is one piece. */
static void
test_few_metrics(void **state)
{
	struct scene s;
	char *text;

	(void)state;
	open_scene(&s, 1000);
	fake_settings(s.watch)->http.domain_metrics = false;
	text = exchange(&s, GET("/metrics"));
	assert_int_equal(status_of(text), 200);
	assert_non_null(strstr(text, "\r\nContent-Length: "));
	assert_non_null(
	    strstr(text, "\nmxvigil_domains_without_series 1000\n"));
	assert_non_null(strstr(text, "\nmxvigil_mx_up{"));
	assert_null(strstr(text, "mxvigil_domain_verdict"));
	free(text);
	close_scene(&s);
}

/* ----------------------------------------------------------------- turns */

#define DOMAINS(x) GET("/api/v1/domains?offset=" x)

/* What is not ready yet is asked for again, and others are answered. */
static void
test_later(void **state)
{
	struct scene s;
	int fd[40];
	char *text, request[128];

	(void)state;
	open_scene(&s, 3);
	fake_later(s.watch, 1000);
	for (size_t i = 0; i < 40; i++) {
		snprintf(request, sizeof(request), DOMAINS("%zu"), i);
		fd[i] = dial(&s);
		say(fd[i], request);
	}
	text = exchange(&s, GET("/healthz"));
	assert_int_equal(status_of(text), 200);
	free(text);
	/* One of them does not want it any more. */
	close(fd[7]);
	for (size_t i = 0; i < 40; i++) {
		if (i == 7)
			continue;
		text = hear(&s, fd[i], NULL, 0);
		assert_int_equal(status_of(text), 200);
		snprintf(request, sizeof(request), "\"offset\": %zu,", i);
		assert_non_null(strstr(text, request));
		free(text);
		close(fd[i]);
	}
	close_scene(&s);
}

/* The same answer for a moment, and for a moment only. */
static void
test_kept(void **state)
{
	struct scene s;
	char *one, *two;

	(void)state;
	open_scene(&s, 3);
	one = exchange(&s, DOMAINS("0"));
	fake_domain(s.watch, 0)->standing.outcome = OUTCOME_REFUSED;
	two = exchange(&s, DOMAINS("0"));
	assert_string_equal(strstr(one, "\r\n\r\n"), strstr(two, "\r\n\r\n"));
	free(two);
	two = exchange(&s,
	    "GET /api/v1/domains?offset=0 HTTP/1.1\r\n" HOST CLOSE
	    "Accept: application/openmetrics-text\r\n\r\n");
	assert_non_null(strstr(two, "refused"));
	free(two);
	skew_us += 600000;
	two = exchange(&s, DOMAINS("0"));
	assert_null(strstr(one, "refused"));
	assert_non_null(strstr(two, "refused"));
	free(one);
	free(two);
	/* What was refused is refused anew. */
	one = exchange(&s, GET("/domain/no.example"));
	assert_int_equal(status_of(one), 404);
	free(one);
	/* Of more than are kept. */
	for (size_t i = 0; i < 100; i++) {
		char request[128];

		snprintf(request, sizeof(request), DOMAINS("%zu"), i);
		one = exchange(&s, request);
		assert_int_equal(status_of(one), 200);
		free(one);
	}
	close_scene(&s);
}

/* ------------------------------------------------------------------ life */

static void
test_reload(void **state)
{
	struct scene s;
	struct http_setting other;
	char why[256], *names[] = { (char *)(uintptr_t) "monitor.example.org" };
	uint16_t port;
	char *text;

	(void)state;
	open_scene(&s, 3);
	port = status_port(s.status);
	/* Another name, the same socket. */
	other = s.http;
	other.host = names;
	other.nhost = 1;
	assert_int_equal(status_reload(s.status, &other, why, sizeof(why)), 0);
	assert_int_equal(status_port(s.status), port);
	text = exchange(&s,
	    "GET /healthz HTTP/1.1\r\nHost: monitor.example.org\r\n" CLOSE
	    "\r\n");
	assert_int_equal(status_of(text), 200);
	free(text);
	/* An address that is not ours: all is as before. */
	assert_int_equal(ip_parse("203.0.113.99", &other.ip), 0);
	assert_int_equal(status_reload(s.status, &other, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "cannot listen on 203.0.113.99 port 0: "));
	text = exchange(&s, GET("/healthz"));
	assert_int_equal(status_of(text), 200);
	free(text);
	/* Off, and on again. */
	other = s.http;
	other.on = false;
	assert_int_equal(status_reload(s.status, &other, why, sizeof(why)), 0);
	assert_int_equal(status_port(s.status), 0);
	assert_int_equal(status_reload(s.status, &s.http, why, sizeof(why)), 0);
	text = exchange(&s, GET("/healthz"));
	assert_int_equal(status_of(text), 200);
	free(text);
	close_scene(&s);
}

static void
test_taken(void **state)
{
	struct scene s;
	struct http_setting same;
	char why[256];

	(void)state;
	open_scene(&s, 3);
	same = s.http;
	same.port = status_port(s.status);
	assert_null(status_new(&s.loop, s.watch, &same, why, sizeof(why)));
	assert_non_null(strstr(why, "Address already in use"));
	close_scene(&s);
}

/* Ending in the middle of everything leaks nothing. */
static void
test_end(void **state)
{
	struct scene s;
	int fd[3], waits;

	(void)state;
	open_scene(&s, 20000);
	for (size_t i = 0; i < 3; i++)
		fd[i] = dial(&s);
	say(fd[1], "GET / HTTP/1.1\r\nHost: loc");
	say(fd[2], GET("/metrics"));
	free(hear(&s, fd[2], "\n", 30));
	fake_later(s.watch, 1000000);
	waits = dial(&s);
	say(waits, GET("/"));
	free(exchange(&s, GET("/healthz")));
	close(waits);
	close_scene(&s);
	for (size_t i = 0; i < 3; i++)
		close(fd[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_smuggling),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_pipelining),
		cmocka_unit_test(test_long_header),
		cmocka_unit_test(test_long_target),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_few_metrics),
		cmocka_unit_test(test_later),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
