#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>

#include "agent/net/dns.h"
#include "tests/unit/peer.h"
#include "tests/unit/pki.h"
#include "tests/unit/support.h"

static struct pki *cert, *other;
static SSL_CTX *tls;
static char ca_file[] = "/tmp/mxvigil-test-ca-XXXXXX";
static char other_file[] = "/tmp/mxvigil-test-ca-XXXXXX";

static const struct dns_options patient = { .try_ms = 5000, .in_flight = 100 };
static const struct dns_options quick = { .try_ms = 150, .in_flight = 100 };

struct result {
	unsigned calls;
	enum dns_end end;
	uint8_t msg[65535];
	size_t len;
};

static struct result result;
static bool starting;

static void
save(void *arg, enum dns_end end, const uint8_t *msg, size_t len, double rtt_ms)
{
	struct result *r = arg;

	assert_false(starting);
	assert_true(rtt_ms >= 0);
	assert_true((msg != NULL) == (end == DNS_END_ANSWER));
	r->calls++;
	r->end = end;
	r->len = len;
	if (msg != NULL)
		memcpy(r->msg, msg, len);
}

static struct dns_query *
ask(struct dns_channel *c)
{
	struct dns_query *q;

	starting = true;
	q = dns_query_start(
	    c, "w.example", 15, DNS_FLAG_RD | DNS_FLAG_AD, save, &result);
	starting = false;
	assert_non_null(q);
	return q;
}

static struct dns_channel *
open_channel(uv_loop_t *loop, const char *scheme, uint16_t port, const char *ca,
    const struct dns_options *options)
{
	struct dns_channel *c;
	char url[64];

	snprintf(url, sizeof(url), "%s://localhost:%u/dns-query", scheme,
	    (unsigned)port);
	memset(&result, 0, sizeof(result));
	c = dns_channel_https(loop, url, ca, options);
	assert_non_null(c);
	return c;
}

/* Run until the one question has its answer. */
static void
run_until_done(uv_loop_t *loop)
{
	int alive = 1;

	while (result.calls == 0 && alive)
		alive = uv_run(loop, UV_RUN_ONCE);
	assert_int_equal(result.calls, 1);
}

static void
finish(uv_loop_t *loop, struct dns_channel *c, struct peer *p)
{
	dns_channel_free(c);
	if (p != NULL)
		peer_stop(p);
	uv_run(loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(loop), 0);
	assert_true(result.calls <= 1);
}

/* -------------------------------------------------------------- responses */

#define OK             "HTTP/1.1 200 OK\r\n"
#define TYPE           "Content-Type: application/dns-message\r\n"
#define BODY           "\0\0\200\0\0\0\0\0\0\0\0\0"
#define RESPONSE(text) (text), sizeof(text) - 1

static const struct {
	const char *label, *response;
	size_t len;
	enum dns_end end;
} responses[] = {
	{ "an answer", RESPONSE(OK TYPE "Content-Length: 12\r\n\r\n" BODY),
	    DNS_END_ANSWER },
	{ "an answer in chunks",
	    RESPONSE(OK TYPE "Transfer-Encoding: chunked\r\n\r\n"
	                     "c\r\n" BODY "\r\n0\r\n\r\n"),
	    DNS_END_ANSWER },
	{ "type in capitals, with a parameter",
	    RESPONSE(OK "content-type: Application/DNS-Message; x=y\r\n"
	                "Content-Length: 12\r\n\r\n" BODY),
	    DNS_END_ANSWER },
	{ "not found",
	    RESPONSE("HTTP/1.1 404 Not Found\r\n" TYPE
	             "Content-Length: 12\r\n\r\n" BODY),
	    DNS_END_MALFORMED },
	{ "server error",
	    RESPONSE("HTTP/1.1 502 Bad Gateway\r\n"
	             "Content-Length: 0\r\n\r\n"),
	    DNS_END_MALFORMED },
	{ "a redirect, not followed",
	    RESPONSE("HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/"
	             "\r\nContent-Length: 0\r\n\r\n"),
	    DNS_END_MALFORMED },
	{ "another content type",
	    RESPONSE(OK "Content-Type: text/html\r\n"
	                "Content-Length: 12\r\n\r\n" BODY),
	    DNS_END_MALFORMED },
	{ "a content type that only begins like it",
	    RESPONSE(OK "Content-Type: application/dns-message-x\r\n"
	                "Content-Length: 12\r\n\r\n" BODY),
	    DNS_END_MALFORMED },
	{ "no content type", RESPONSE(OK "Content-Length: 12\r\n\r\n" BODY),
	    DNS_END_MALFORMED },
	{ "an empty body", RESPONSE(OK TYPE "Content-Length: 0\r\n\r\n"),
	    DNS_END_MALFORMED },
	{ "no HTTP", RESPONSE("220 mx.example ESMTP\r\n"), DNS_END_MALFORMED },
};

static void
test_responses(void **state)
{
	struct peer_step steps[] = { { .verb = PEER_TLS },
		{ .verb = PEER_WAIT, .text = "\r" }, { .verb = PEER_SEND },
		{ .verb = PEER_END } };
	struct dns_channel *c;
	struct peer *p;
	uv_loop_t loop;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
		print_message("  %s\n", responses[i].label);
		steps[2].text = responses[i].response;
		steps[2].len = responses[i].len;
		assert_int_equal(uv_loop_init(&loop), 0);
		p = peer_start(&loop, steps, tls);
		c = open_channel(
		    &loop, "https", peer_port(p), ca_file, &patient);
		ask(c);
		run_until_done(&loop);
		assert_int_equal(result.end, responses[i].end);
		if (result.end == DNS_END_ANSWER) {
			assert_int_equal(result.len, 12);
			assert_memory_equal(result.msg, BODY, 12);
		}
		finish(&loop, c, p);
	}
}

/* Announced or not, no more than a DNS message can be long. */
static void
test_too_long(void **state)
{
	static const char *const heads[] = { OK TYPE
		"Content-Length: 100000\r\n\r\n",
		OK TYPE "Connection: close\r\n\r\n" };
	static char flood[1000];
	struct peer_step steps[] = { { .verb = PEER_TLS },
		{ .verb = PEER_WAIT, .text = "\r" }, { .verb = PEER_SEND },
		{ .verb = PEER_FLOOD, .text = flood, .len = sizeof(flood) },
		{ .verb = PEER_END } };
	struct dns_channel *c;
	struct peer *p;
	uv_loop_t loop;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		steps[2].text = heads[i];
		assert_int_equal(uv_loop_init(&loop), 0);
		p = peer_start(&loop, steps, tls);
		c = open_channel(
		    &loop, "https", peer_port(p), ca_file, &patient);
		ask(c);
		run_until_done(&loop);
		assert_int_equal(result.end, DNS_END_MALFORMED);
		finish(&loop, c, p);
	}
}

/* ------------------------------------------------------------ connections */

static const struct {
	const char *label, *scheme;
	bool wrong_ca;
	struct peer_step steps[4];
	enum dns_end end;
} connections[] = {
	{ "closes at once", "https", false, { { .verb = PEER_CLOSE } },
	    DNS_END_MALFORMED },
	{ "closes instead of an answer", "https", false,
	    { { .verb = PEER_TLS }, { .verb = PEER_WAIT, .text = "\r" },
	        { .verb = PEER_CLOSE } },
	    DNS_END_UNREACHABLE },
	{ "resets instead of an answer", "https", false,
	    { { .verb = PEER_TLS }, { .verb = PEER_WAIT, .text = "\r" },
	        { .verb = PEER_RESET } },
	    DNS_END_UNREACHABLE },
	{ "speaks no TLS", "https", false,
	    { { .verb = PEER_SEND, .text = "220 mx.example ESMTP\r\n" } },
	    DNS_END_MALFORMED },
	{ "a certificate of somebody else", "https", true,
	    { { .verb = PEER_TLS } }, DNS_END_MALFORMED },
	{ "silence", "https", false,
	    { { .verb = PEER_TLS }, { .verb = PEER_WAIT, .text = "\r" } },
	    DNS_END_TIMEOUT },
	{ "silence before TLS", "https", false, { { .verb = PEER_END } },
	    DNS_END_TIMEOUT },
	{ "no secret to keep: never without TLS", "http", false,
	    { { .verb = PEER_END } }, DNS_END_MALFORMED },
};

static void
test_connections(void **state)
{
	struct dns_channel *c;
	struct peer *p;
	uv_loop_t loop;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(connections) / sizeof(connections[0]); i++) {
		print_message("  %s\n", connections[i].label);
		assert_int_equal(uv_loop_init(&loop), 0);
		p = peer_start(&loop, connections[i].steps, tls);
		c = open_channel(&loop, connections[i].scheme, peer_port(p),
		    connections[i].wrong_ca ? other_file : ca_file,
		    connections[i].end == DNS_END_TIMEOUT ? &quick : &patient);
		ask(c);
		run_until_done(&loop);
		assert_int_equal(result.end, connections[i].end);
		finish(&loop, c, p);
	}
}

static void
test_refused(void **state)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	struct dns_channel *c;
	uv_loop_t loop;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	/* Bound, but nobody listens. */
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	assert_int_equal(uv_loop_init(&loop), 0);
	c = open_channel(&loop, "https", ntohs(sa.sin_port), ca_file, &patient);
	ask(c);
	run_until_done(&loop);
	assert_int_equal(result.end, DNS_END_UNREACHABLE);
	finish(&loop, c, NULL);
	close(fd);
}

static void
test_no_ca_file(void **state)
{
	struct peer_step steps[] = { { .verb = PEER_TLS },
		{ .verb = PEER_END } };
	struct dns_channel *c;
	struct peer *p;
	uv_loop_t loop;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	p = peer_start(&loop, steps, tls);
	c = open_channel(
	    &loop, "https", peer_port(p), "/nonexistent/ca.pem", &patient);
	ask(c);
	run_until_done(&loop);
	assert_int_equal(result.end, DNS_END_LOCAL);
	finish(&loop, c, p);
}

/* -------------------------------------------- without files and resolver */

/* The host is in no resolver: what is known of it is used, and nothing else. */
static const struct {
	const char *label, *host, *addresses;
	bool anchors, wrong_anchors;
	enum dns_end end;
} known[] = {
	{ "an address", "doh.invalid", "127.0.0.1", true, false,
	    DNS_END_ANSWER },
	{ "several, the first of which is dead", "doh.invalid",
	    "127.0.0.2,127.0.0.1", true, false, DNS_END_ANSWER },
	{ "none", "doh.invalid", NULL, true, false, DNS_END_LOCAL },
	{ "in the URL, where the certificate does not know it", "127.0.0.1", "",
	    true, false, DNS_END_MALFORMED },
	{ "other anchors", "doh.invalid", "127.0.0.1", true, true,
	    DNS_END_MALFORMED },
	{ "no anchors", "doh.invalid", "127.0.0.1", false, false,
	    DNS_END_MALFORMED },
};

static void
test_known(void **state)
{
	const struct peer_step steps[] = { { .verb = PEER_TLS },
		{ .verb = PEER_WAIT, .text = "\r" },
		{ PEER_SEND,
		    RESPONSE(OK TYPE "Content-Length: 12\r\n\r\n" BODY) },
		{ .verb = PEER_END } };

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct dns_https_known what = {
			.addresses = known[i].addresses,
		};
		struct dns_channel *c;
		struct peer *p;
		uv_loop_t loop;
		char url[64], *pem = NULL;

		print_message("  %s\n", known[i].label);
		if (known[i].anchors)
			what.ca_pem = pem = read_file(
			    known[i].wrong_anchors ? other_file : ca_file,
			    &what.ca_len);
		assert_int_equal(uv_loop_init(&loop), 0);
		p = peer_start(&loop, steps, tls);
		snprintf(url, sizeof(url), "https://%s:%u/dns-query",
		    known[i].host, (unsigned)peer_port(p));
		memset(&result, 0, sizeof(result));
		c = dns_channel_https_known(&loop, url, &what, &patient);
		assert_non_null(c);
		ask(c);
		run_until_done(&loop);
		assert_int_equal(result.end, known[i].end);
		finish(&loop, c, p);
		free(pem);
	}
}

static void
test_host(void **state)
{
	static const struct {
		const char *url, *host;
		unsigned port;
		bool literal;
	} row[] = {
		{ "https://dns.example/dns-query", "dns.example", 443, false },
		{ "https://dns.example:8443/", "dns.example", 8443, false },
		{ "https://192.0.2.1/q", "192.0.2.1", 443, true },
		{ "https://[2001:db8::1]:444/q", "[2001:db8::1]", 444, true },
		{ "https://", NULL, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		uint16_t port = 0;
		bool literal = false;
		char *host;
		int rc = dns_https_host(row[i].url, &host, &port, &literal);

		if ((rc == 0) != (row[i].host != NULL))
			fail_msg("%s: %d", row[i].url, rc);
		if (rc != 0)
			continue;
		assert_string_equal(host, row[i].host);
		assert_int_equal(port, row[i].port);
		assert_int_equal(literal, row[i].literal);
		free(host);
	}
}

/* ---------------------------------------------------------- cancel, free */

static void
test_cancel(void **state)
{
	const struct peer_step steps[] = { { .verb = PEER_TLS },
		{ .verb = PEER_END } };
	struct dns_channel *c;
	struct peer *p;
	uv_loop_t loop;
	int turns;

	(void)state;
	for (turns = 0; turns < 8; turns++) {
		assert_int_equal(uv_loop_init(&loop), 0);
		p = peer_start(&loop, steps, tls);
		c = open_channel(
		    &loop, "https", peer_port(p), ca_file, &patient);
		dns_query_cancel(ask(c));
		for (int i = 0; i < turns; i++)
			uv_run(&loop, UV_RUN_NOWAIT);
		dns_query_cancel(ask(c));
		ask(c);
		for (int i = 0; i < turns; i++)
			uv_run(&loop, UV_RUN_NOWAIT);
		finish(&loop, c, p);
		assert_int_equal(result.calls, 0);
	}
}

static struct dns_channel *shared;

static void
free_channel(
    void *arg, enum dns_end end, const uint8_t *msg, size_t len, double rtt_ms)
{
	save(arg, end, msg, len, rtt_ms);
	dns_channel_free(shared);
}

static void
test_free_inside_done(void **state)
{
	const struct peer_step steps[] = { { .verb = PEER_TLS },
		{ .verb = PEER_WAIT, .text = "\r" }, { .verb = PEER_CLOSE },
		{ .verb = PEER_END } };
	struct peer *p;
	uv_loop_t loop;
	int i;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	p = peer_start(&loop, steps, tls);
	shared = open_channel(&loop, "https", peer_port(p), ca_file, &patient);
	for (i = 0; i < 3; i++)
		assert_non_null(dns_query_start(
		    shared, "w.example", 15, 0, free_channel, &result));
	run_until_done(&loop);
	finish(&loop, NULL, p);
	assert_int_equal(result.calls, 1);
}

static int
make_certificates(void **state)
{
	const struct pki_want want = { .cn = "localhost",
		.dns = { "localhost", "doh.invalid" } };

	(void)state;
	cert = pki_make(&want);
	other = pki_make(&want);
	pki_save(cert, ca_file);
	pki_save(other, other_file);
	tls = pki_server(cert, NULL, 0, 0, NULL);
	return 0;
}

static int
remove_certificates(void **state)
{
	(void)state;
	SSL_CTX_free(tls);
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
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_ca_file),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_free_inside_done),
	};

	/* As the program does: libuv and OpenSSL write as they please. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name(
	    "dns_https", tests, make_certificates, remove_certificates);
}
