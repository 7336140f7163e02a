#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/net/http.h"
#include "tests/unit/peer.h"
#include "tests/unit/pki.h"
#include "tests/unit/support.h"

#define SECRET  "T0p-s3cret"
#define PATIENT 5000
#define QUICK   150

static struct pki *cert, *other;
static SSL_CTX *tls, *old_tls;
static char ca_file[] = "/tmp/mxvigil-test-ca-XXXXXX";
static char other_file[] = "/tmp/mxvigil-test-ca-XXXXXX";

static struct {
	unsigned calls;
	int status;
	int64_t date_s;
	char retry_after[64], why[160];
	size_t body_len;
	char body[64]; /* its beginning */
} got;
static bool starting;
static uv_loop_t *running;

static void
save(void *arg, const struct http_got *g)
{
	(void)arg;
	assert_false(starting);
	assert_true((g->status == 0) == (*g->why != '\0'));
	assert_null(strstr(g->why, SECRET));
	got.calls++;
	got.status = g->status;
	got.date_s = g->date_s;
	snprintf(got.retry_after, sizeof(got.retry_after), "%s",
	    g->retry_after == NULL ? "" : g->retry_after);
	snprintf(got.why, sizeof(got.why), "%s", g->why);
	snprintf(got.body, sizeof(got.body), "%s", g->body);
	got.body_len = strlen(g->body);
	uv_stop(running);
}

static struct http_exchange *
ask(struct http_client *c, const char *scheme, uint16_t port, const char *ca,
    http_done_fn *done)
{
	static const char *const headers[] = { "Content-Type: text/x",
		"Authorization: Bearer " SECRET };
	char url[128];
	struct http_want want = { .method = "POST",
		.url = url,
		.header = headers,
		.nheader = 2,
		.body = "hello",
		.len = 5,
		.ca_file = ca };
	struct http_exchange *x;

	snprintf(url, sizeof(url), "%s://localhost:%u/" SECRET "?k=" SECRET,
	    scheme, (unsigned)port);
	starting = true;
	x = http_start(c, &want, done, NULL);
	starting = false;
	assert_non_null(x);
	return x;
}

static struct http_client *
open_client(uv_loop_t *loop, uint64_t ms)
{
	struct http_client *c;

	memset(&got, 0, sizeof(got));
	assert_int_equal(uv_loop_init(loop), 0);
	c = http_client_new(loop);
	assert_non_null(c);
	http_client_times(c, ms, ms);
	return c;
}

static void
run_until_told(uv_loop_t *loop)
{
	running = loop;
	uv_run(loop, UV_RUN_DEFAULT);
	assert_int_equal(got.calls, 1);
}

static void
finish(uv_loop_t *loop, struct http_client *c, struct peer *p)
{
	http_client_free(c);
	if (p != NULL)
		peer_stop(p);
	uv_run(loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(loop), 0);
	assert_true(got.calls <= 1);
}

/* ----------------------------------------------------------------- answers */

#define OK "HTTP/1.1 200 OK\r\n"
/* Our request is complete: its body is a line of its own. */
#define ASKED                                   \
	{                                       \
		.verb = PEER_WAIT, .text = "\r" \
	}

static char kilobyte[1024];

static const struct {
	const char *label;
	bool quick; /* it ends by its time being over */
	struct peer_step steps[6];
	int status;
	const char *body, *retry_after, *why;
} answers[] = {
	{ "an answer", false,
	    { ASKED, { PEER_SEND, OK "Content-Length: 2\r\n\r\nok", 0 } }, 200,
	    "ok", "", "" },
	{ "without content", false,
	    { ASKED, { PEER_SEND, "HTTP/1.1 204 No Content\r\n\r\n", 0 } }, 204,
	    "", "", "" },
	{ "100 before it", false,
	    { ASKED,
	        { PEER_SEND,
	            "HTTP/1.1 100 Continue\r\n\r\n"
	            "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
	            0 } },
	    202, "", "", "" },
	{ "100 and no more", true,
	    { ASKED, { PEER_SEND, "HTTP/1.1 100 Continue\r\n\r\n", 0 } }, 0, "",
	    "", "no answer in time" },
	{ "later", false,
	    { ASKED,
	        { PEER_SEND,
	            "HTTP/1.1 429 Slow\r\nretry-after: 17\r\n"
	            "Content-Length: 0\r\n\r\n",
	            0 } },
	    429, "", "17", "" },
	{ "later, twice: the first one", false,
	    { ASKED,
	        { PEER_SEND,
	            "HTTP/1.1 429 Slow\r\nRetry-After: 17\r\n"
	            "Retry-After: 3\r\nContent-Length: 0\r\n\r\n",
	            0 } },
	    429, "", "17", "" },
	{ "a redirect is an answer, not a way", false,
	    { ASKED,
	        { PEER_SEND,
	            "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd"
	            "\r\nContent-Length: 0\r\n\r\n",
	            0 } },
	    302, "", "", "" },
	{ "dripped", false,
	    { ASKED, { PEER_DRIP, OK "Content-Length: 2\r\n\r\nok", 0 } }, 200,
	    "ok", "", "" },
	{ "compressed: passed on as it is", false,
	    { ASKED,
	        { PEER_SEND,
	            OK "Content-Encoding: gzip\r\n"
	               "Content-Length: 4\r\n\r\n\037\213ab",
	            0 } },
	    200, "\037\213ab", "", "" },
	{ "cut short", false,
	    { ASKED, { PEER_SEND, OK "Content-Length: 9\r\n\r\nok", 0 },
	        { .verb = PEER_CLOSE } },
	    200, "ok", "", "" },
	{ "closed after the head", false,
	    { ASKED, { PEER_SEND, OK "Content-Length: 9\r\n\r\n", 0 },
	        { .verb = PEER_CLOSE } },
	    200, "", "", "" },
	{ "reset after the head", false,
	    { ASKED, { PEER_SEND, OK "Content-Length: 9\r\n\r\n", 0 },
	        { .verb = PEER_RESET } },
	    200, "", "", "" },
	{ "the body never comes", true,
	    { ASKED, { PEER_SEND, OK "Content-Length: 9\r\n\r\n", 0 } }, 200,
	    "", "", "" },
	{ "a body that drips for ever", true,
	    { ASKED, { PEER_SEND, OK "\r\n", 0 }, { PEER_DRIP_ON, "x", 0 } },
	    200, NULL, "", "" },
	{ "broken chunks", false,
	    { ASKED,
	        { PEER_SEND, OK "Transfer-Encoding: chunked\r\n\r\nzzz\r\n",
	            0 } },
	    200, "", "", "" },
	{ "silence", true, { ASKED }, 0, "", "", "no answer in time" },
	{ "a head that drips for ever", true,
	    { ASKED, { PEER_SEND, OK "X: ", 0 }, { PEER_DRIP_ON, "x", 0 } },
	    200, "", "", "" },
	{ "a head without an end", false,
	    { ASKED, { PEER_SEND, OK, 0 },
	        { PEER_FLOOD, "X-Y: 1234567890\r\n", 0 } },
	    200, "", "", "" },
	{ "no HTTP", false,
	    { ASKED, { PEER_SEND, "220 mx.example ESMTP\r\n", 0 },
	        { .verb = PEER_CLOSE } },
	    0, "", "", "it speaks no HTTP" },
	{ "closes instead of an answer", false,
	    { ASKED, { .verb = PEER_CLOSE } }, 0, "", "",
	    "Server returned nothing (no headers, no data)" },
	{ "resets instead of an answer", false,
	    { ASKED, { .verb = PEER_RESET } }, 0, "", "",
	    "Failure when receiving data from the peer" },
};

static void
test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct http_client *c;
		struct peer *p;
		uv_loop_t loop;

		print_message("  %s\n", answers[i].label);
		c = open_client(&loop, answers[i].quick ? QUICK : PATIENT);
		p = peer_start(&loop, answers[i].steps, NULL);
		ask(c, "http", peer_port(p), NULL, save);
		run_until_told(&loop);
		assert_int_equal(got.status, answers[i].status);
		assert_string_equal(got.why, answers[i].why);
		if (answers[i].body != NULL)
			assert_string_equal(got.body, answers[i].body);
		assert_string_equal(got.retry_after, answers[i].retry_after);
		finish(&loop, c, p);
	}
}

/* Announced or not: what is more than the limit is not read. */
static void
test_too_long(void **state)
{
	static const char *const heads[] = { OK
		"Content-Length: 1073741824\r\n\r\n",
		OK "\r\n", OK "Transfer-Encoding: chunked\r\n\r\n400\r\n" };
	static char chunk[1024 + 7];

	(void)state;
	memset(kilobyte, 'x', sizeof(kilobyte));
	memset(chunk, 'x', 1024);
	memcpy(chunk + 1024, "\r\n400\r\n", 7);
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		const struct peer_step steps[] = { ASKED,
			{ PEER_SEND, heads[i], 0 },
			{ PEER_FLOOD, i == 2 ? chunk : kilobyte,
			    i == 2 ? sizeof(chunk) : sizeof(kilobyte) },
			{ .verb = PEER_END } };
		struct http_client *c;
		struct peer *p;
		uv_loop_t loop;

		c = open_client(&loop, PATIENT);
		p = peer_start(&loop, steps, NULL);
		ask(c, "http", peer_port(p), NULL, save);
		run_until_told(&loop);
		assert_int_equal(got.status, 200);
		assert_int_equal(got.body_len, 16384);
		finish(&loop, c, p);
	}
}

/* --------------------------------------------------------------------- TLS */

/* What libcurl says, in two ages of it. */
#define TLS_FAILS "OpenSSL/|TLS connect error"

static const struct {
	const char *label, *scheme;
	bool other_ca, old;
	struct peer_step steps[5];
	int status;
	const char *why; /* its beginning, or one of them */
} secure[] = {
	{ "an answer", "https", false, false,
	    { { .verb = PEER_TLS }, ASKED,
	        { PEER_SEND, OK "Content-Length: 2\r\n\r\nok", 0 } },
	    200, "" },
	{ "somebody else's certificate", "https", true, false,
	    { { .verb = PEER_TLS } }, 0, "SSL certificate problem" },
	{ "TLS 1.1", "https", false, true, { { .verb = PEER_TLS } }, 0,
	    TLS_FAILS },
	{ "no TLS", "https", false, false,
	    { { PEER_SEND, "220 mx.example ESMTP\r\n", 0 } }, 0, TLS_FAILS },
	{ "another scheme", "ftp", false, false, { { .verb = PEER_END } }, 0,
	    "it speaks no HTTP" },
	{ "a file", "file", false, false, { { .verb = PEER_END } }, 0, "" },
};

static bool
begins_with_one(const char *text, const char *beginnings)
{
	const char *at = beginnings;

	for (;; at++) {
		size_t len = strcspn(at, "|");

		if (strncmp(text, at, len) == 0)
			return true;
		at += len;
		if (*at == '\0')
			return false;
	}
}

static void
test_secure(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(secure) / sizeof(*secure); i++) {
		struct http_client *c;
		struct peer *p;
		uv_loop_t loop;

		print_message("  %s\n", secure[i].label);
		c = open_client(&loop, PATIENT);
		p = peer_start(
		    &loop, secure[i].steps, secure[i].old ? old_tls : tls);
		ask(c, secure[i].scheme, peer_port(p),
		    secure[i].other_ca ? other_file : ca_file, save);
		run_until_told(&loop);
		assert_int_equal(got.status, secure[i].status);
		if (!begins_with_one(got.why, secure[i].why))
			assert_string_equal(got.why, secure[i].why);
		finish(&loop, c, p);
	}
}

/* The names in the certificate count, not only who signed it. */
static void
test_wrong_name(void **state)
{
	static const struct peer_step steps[] = { { .verb = PEER_TLS },
		{ .verb = PEER_END } };
	struct http_want want = { .method = "GET", .ca_file = ca_file };
	struct http_client *c;
	struct peer *p;
	uv_loop_t loop;
	char url[64];

	(void)state;
	c = open_client(&loop, PATIENT);
	p = peer_start(&loop, steps, tls);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/" SECRET,
	    (unsigned)peer_port(p));
	want.url = url;
	assert_non_null(http_start(c, &want, save, NULL));
	run_until_told(&loop);
	assert_int_equal(got.status, 0);
	assert_non_null(strstr(got.why, "127.0.0.1"));
	finish(&loop, c, p);
}

static void
test_refused(void **state)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	struct http_client *c;
	uv_loop_t loop;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	/* Bound, but nobody listens. */
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	c = open_client(&loop, PATIENT);
	ask(c, "http", ntohs(sa.sin_port), NULL, save);
	run_until_told(&loop);
	assert_int_equal(got.status, 0);
	assert_non_null(strstr(got.why, "Failed to connect to localhost"));
	finish(&loop, c, NULL);
	close(fd);
}

/* ---------------------------------------------------------------- requests */

static const struct {
	const char *method, *body, *want, *wait;
} requests[] = {
	{ "POST", "hello\r\n", "POST /x HTTP/1.1\r\n", "Content-Length: 7" },
	{ "PUT", "hello\r\n", "PUT /x HTTP/1.1\r\n", "Content-Length: 7" },
	{ "GET", NULL, "GET /x HTTP/1.1\r\n", "\r" },
	{ "POST", NULL, "POST /x HTTP/1.1\r\n", "Content-Length: 0" },
	{ "HEAD", NULL, "HEAD /x HTTP/1.1\r\n", "\r" },
};

/* The environment has no say, and nothing is sent that was not asked for. */
static void
test_requests(void **state)
{
	static const char *const headers[] = { "X-A: b" };

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		/* A line no request has: all of it stays to be seen. */
		static const struct peer_step steps[] = {
			{ .verb = PEER_WAIT_ANY },
			{ PEER_SEND, OK "Content-Length: 0\r\n\r\n", 0 },
			{ .verb = PEER_END }
		};
		const char *body = requests[i].body;
		struct http_want want = { .method = requests[i].method,
			.header = headers,
			.nheader = 1,
			.body = body,
			.len = body == NULL ? 0 : strlen(body) };
		struct peer_saw saw = { 0 };
		struct http_client *c;
		struct peer *p;
		uv_loop_t loop;
		char url[64];

		c = open_client(&loop, PATIENT);
		p = peer_start(&loop, steps, NULL);
		peer_report(p, &saw);
		snprintf(url, sizeof(url), "http://127.0.0.1:%u/x",
		    (unsigned)peer_port(p));
		want.url = url;
		assert_non_null(http_start(c, &want, save, NULL));
		run_until_told(&loop);
		assert_int_equal(got.status, 200);
		finish(&loop, c, p);
		assert_int_equal(strncmp(saw.text, requests[i].want,
		                     strlen(requests[i].want)),
		    0);
		assert_non_null(strstr(saw.text, requests[i].wait));
		assert_non_null(strstr(
		    saw.text, "User-Agent: mxvigil/" MXVIGIL_VERSION "\r\n"));
		assert_non_null(strstr(saw.text, "X-A: b\r\n"));
		assert_null(strstr(saw.text, "Accept-Encoding"));
		assert_null(strstr(saw.text, "Expect"));
		if (body != NULL)
			assert_non_null(strstr(saw.text, "\r\n\r\nhello"));
	}
	unsetenv("http_proxy");
	unsetenv("all_proxy");
}

/* What time it is there; no body follows what HEAD asks for. */
static void
test_date(void **state)
{
	static const struct {
		const char *header;
		int64_t date_s;
	} dates[] = {
		{ "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 784111777 },
		{ "Date: tomorrow\r\n", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
		char url[64], answer[128];
		const struct peer_step steps[] = { { .verb = PEER_WAIT_ANY },
			{ PEER_SEND, answer, 0 }, { .verb = PEER_END } };
		const struct http_want want = { .method = "HEAD", .url = url };
		struct http_client *c;
		struct peer *p;
		uv_loop_t loop;

		snprintf(answer, sizeof(answer),
		    OK "%sContent-Length: 5\r\n\r\n", dates[i].header);
		c = open_client(&loop, PATIENT);
		p = peer_start(&loop, steps, NULL);
		snprintf(url, sizeof(url), "http://127.0.0.1:%u/",
		    (unsigned)peer_port(p));
		assert_non_null(http_start(c, &want, save, NULL));
		run_until_told(&loop);
		assert_int_equal(got.status, 200);
		assert_int_equal(got.date_s, dates[i].date_s);
		finish(&loop, c, p);
	}
}

/* One that was named is used, whatever no_proxy says. */
static void
test_proxy(void **state)
{
	static const struct peer_step steps[] = { { .verb = PEER_WAIT_ANY },
		{ PEER_SEND, OK "Content-Length: 0\r\n\r\n", 0 },
		{ .verb = PEER_END } };
	struct http_want want = { .method = "GET",
		.url = "http://hooks.example/x" };
	struct peer_saw saw = { 0 };
	struct http_client *c;
	struct peer *p;
	uv_loop_t loop;
	char proxy[64];

	(void)state;
	setenv("no_proxy", "*", 1);
	c = open_client(&loop, PATIENT);
	p = peer_start(&loop, steps, NULL);
	peer_report(p, &saw);
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u",
	    (unsigned)peer_port(p));
	want.proxy = proxy;
	assert_non_null(http_start(c, &want, save, NULL));
	run_until_told(&loop);
	assert_int_equal(got.status, 200);
	finish(&loop, c, p);
	unsetenv("no_proxy");
	assert_non_null(strstr(saw.text, "GET http://hooks.example/x "));
}

/* ------------------------------------------------------------ cancel, free */

static void
test_cancel(void **state)
{
	static const struct peer_step steps[] = { { .verb = PEER_TLS },
		{ .verb = PEER_END } };

	(void)state;
	for (int turns = 0; turns < 8; turns++) {
		struct http_client *c;
		struct peer *p;
		uv_loop_t loop;
		struct http_exchange *x;

		c = open_client(&loop, PATIENT);
		p = peer_start(&loop, steps, tls);
		http_cancel(ask(c, "https", peer_port(p), ca_file, save));
		x = ask(c, "https", peer_port(p), ca_file, save);
		for (int i = 0; i < turns; i++)
			uv_run(&loop, UV_RUN_NOWAIT);
		http_cancel(x);
		ask(c, "https", peer_port(p), ca_file, save);
		finish(&loop, c, p);
		assert_int_equal(got.calls, 0);
	}
}

static struct http_client *shared;
static struct http_exchange *pending[3];

static void
free_all(void *arg, const struct http_got *g)
{
	save(arg, g);
	http_client_free(shared);
}

static void
cancel_others(void *arg, const struct http_got *g)
{
	save(arg, g);
	for (int i = 1; i < 3; i++)
		http_cancel(pending[i]);
}

/* Three end at the same time; the first one told of ends all. */
static void
test_end_inside_done(void **state)
{
	http_done_fn *const ends[] = { free_all, cancel_others };
	static const struct peer_step steps[] = { { .verb = PEER_END } };

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct peer *p;
		uv_loop_t loop;

		shared = open_client(&loop, QUICK);
		p = peer_start(&loop, steps, NULL);
		for (int i = 0; i < 3; i++)
			pending[i] =
			    ask(shared, "http", peer_port(p), NULL, ends[k]);
		run_until_told(&loop);
		finish(&loop, k == 0 ? NULL : shared, p);
		assert_int_equal(got.calls, 1);
	}
}

static int
make_certificates(void **state)
{
	const struct pki_want want = { .cn = "localhost",
		.dns = { "localhost" } };

	(void)state;
	cert = pki_make(&want);
	other = pki_make(&want);
	pki_save(cert, ca_file);
	pki_save(other, other_file);
	tls = pki_server(cert, NULL, 0, 0, NULL);
	old_tls = pki_server(cert, NULL, 0, TLS1_1_VERSION, NULL);
	return 0;
}

static int
remove_certificates(void **state)
{
	(void)state;
	SSL_CTX_free(tls);
	SSL_CTX_free(old_tls);
	pki_free(cert);
	pki_free(other);
	unlink(ca_file);
	unlink(other_file);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_secure),
		cmocka_unit_test(test_wrong_name),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_end_inside_done),
	};

	/* As the program does: libuv and OpenSSL write as they please. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name(
	    "http", tests, make_certificates, remove_certificates);
}
