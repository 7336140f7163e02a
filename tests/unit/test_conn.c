#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/conn_client.h"
#include "tests/unit/pki.h"
#include "tests/unit/support.h"

/*
 * The ways in which a network fails, by name.  A scenario is what the peer
 * does, how we react to events, and the events that must come, in words.
 */

static struct egress *egress;
static struct tls_context *trust;
static struct pki *leaf;
static SSL_CTX *server[4]; /* by protocol version */

enum { ANY, TLS13, TLS12, TLS10 };

struct scenario {
	const char *label;
	struct peer_step peer[16];
	struct reaction reaction[8];
	struct conn_options options; /* 0: the default */
	int tls;                     /* index in server */
	const char *want;
	size_t injected;
	const char *detail; /* or NULL: any */
	const char *said;   /* what the peer got last, or NULL: any */
	bool notified;      /* the peer got close_notify */
	const char *protocol;
};

/* clang-format off */
#define BEGIN_TLS \
	{ PEER_SEND, "220 hi\r\n", 0 }, { PEER_WAIT, "STARTTLS", 0 }, \
	{ PEER_SEND, "220 go\r\n", 0 }
#define ASK_TLS \
	{ "line 220 hi", SAY, "STARTTLS\r\n", 0 }, \
	{ "line 220 go", STARTTLS, NULL, 0 }
#define TALK_TLS \
	{ PEER_TLS, NULL, 0 }, { PEER_WAIT, "EHLO", 0 }, \
	{ PEER_SEND, "250-a\r\n250 b\r\n", 0 }
#define SECURED "ready; line 220 hi; line 220 go; secure"
#define SHAKEN "ready; line 220 hi; line 220 go"
#define GREETED SECURED "; line 250-a; line 250 b"

static const struct scenario scenarios[] = {
	/* Plain text. */
	{ .label = "silent peer",
	    .reaction = { { "ready", EXPECT, NULL, 30 } },
	    .want = "ready; closed timeout" },
	{ .label = "silent peer until the deadline",
	    .options = { .deadline_ms = 30 },
	    .want = "ready; closed timeout",
	    .detail = "the whole took too long" },
	{ .label = "peer closes at once",
	    .peer = { { PEER_CLOSE, NULL, 0 } },
	    .want = "ready; closed eof", .detail = "" },
	{ .label = "peer resets at once",
	    .peer = { { PEER_RESET, NULL, 0 } },
	    .want = "ready; closed reset" },
	{ .label = "peer speaks, then resets",
	    .peer = { { PEER_SEND, "554 no\r\n", 0 }, { PEER_RESET, NULL, 0 } },
	    .reaction = { { "line", SAY, "QUIT\r\n", 0 } },
	    .want = "ready; line 554 no; closed reset" },
	{ .label = "half a line, then the end",
	    .peer = { { PEER_SEND, "220 hal", 0 }, { PEER_CLOSE, NULL, 0 } },
	    .want = "ready; closed eof" },
	{ .label = "line without end",
	    .peer = { { PEER_FLOOD, "220 endless ", 0 } },
	    .want = "ready; closed limit", .detail = "too many bytes" },
	{ .label = "flood of lines up to the cap exactly",
	    .peer = { { PEER_FLOOD, "220-abc\r\n", 0 } },
	    .options = { .plain_max = 28 },
	    .want = "ready; line 220-abc; line 220-abc; line 220-abc; "
		    "closed limit" },
	{ .label = "as many bytes as the cap allows",
	    .peer = { { PEER_SEND, "220 abc\r\n", 0 }, { PEER_CLOSE, NULL, 0 } },
	    .options = { .plain_max = 9 },
	    .want = "ready; line 220 abc; closed eof" },
	{ .label = "segments of one byte",
	    .peer = { { PEER_DRIP, "220-a\r\n220 b\r\n", 0 },
		{ PEER_CLOSE, NULL, 0 } },
	    .want = "ready; line 220-a; line 220 b; closed eof" },
	{ .label = "bare LF",
	    .peer = { { PEER_SEND, "220-a\n220 b\n", 0 },
		{ PEER_CLOSE, NULL, 0 } },
	    .want = "ready; line 220-a; line 220 b; closed eof" },
	{ .label = "NUL in a line",
	    .peer = { { PEER_SEND, "220 a\0b\r\n", 9 },
		{ PEER_CLOSE, NULL, 0 } },
	    .want = "ready; line 220 a?b; closed eof" },
	{ .label = "long line is cut",
	    .peer = { { PEER_SEND, "220 abcdef\r\n220 abc\r\n", 0 },
		{ PEER_CLOSE, NULL, 0 } },
	    .options = { .line_max = 7 },
	    .want = "ready; line 220 abc~; line 220 abc; closed eof" },
	{ .label = "deadline although bytes keep coming",
	    .peer = { { PEER_DRIP_ON, "x", 0 } },
	    .reaction = { { "ready", EXPECT, NULL, 10000 } },
	    .options = { .deadline_ms = 40 },
	    .want = "ready; closed timeout",
	    .detail = "the whole took too long" },
	{ .label = "timer although bytes keep coming",
	    .peer = { { PEER_DRIP_ON, "x", 0 } },
	    .reaction = { { "ready", EXPECT, NULL, 40 } },
	    .want = "ready; closed timeout", .detail = "" },
	{ .label = "timer is stopped",
	    .peer = { { PEER_DRIP, "220 a\r\n220 b\r\n", 0 },
		{ PEER_CLOSE, NULL, 0 } },
	    .reaction = { { "ready", EXPECT, NULL, 10000 },
		{ "line 220 a", EXPECT, NULL, 1 },
		{ "line 220 a", EXPECT, NULL, 0 } },
	    .want = "ready; line 220 a; line 220 b; closed eof" },
	{ .label = "more to say than fits",
	    .reaction = { { "ready", SAY_TOO_MUCH, NULL, 0 } },
	    .want = "ready; closed local" },
	{ .label = "last words are sent",
	    .peer = { { PEER_SEND, "220 a\r\n", 0 } },
	    .reaction = { { "line", SAY, "QUIT\r\n", 0 },
		{ "line", CLOSE, NULL, 0 }, { "line", SAY, "late\r\n", 0 } },
	    .want = "ready; line 220 a; closed bye", .said = "QUIT\r\n" },

	/* Ending it ourselves, in the middle of things. */
	{ .label = "close when ready",
	    .peer = { { PEER_SEND, "220 a\r\n", 0 } },
	    .reaction = { { "ready", CLOSE, NULL, 0 },
		{ "ready", CLOSE, NULL, 0 } },
	    .want = "ready; closed bye" },
	{ .label = "close in a line: the rest is dropped",
	    .peer = { { PEER_SEND, "220 a\r\n220 b\r\n", 0 } },
	    .reaction = { { "line 220 a", CLOSE, NULL, 0 } },
	    .want = "ready; line 220 a; closed bye" },
	{ .label = "close in the handshake",
	    .peer = { BEGIN_TLS },
	    .reaction = { ASK_TLS, { "line 220 go", CLOSE, NULL, 0 } },
	    .want = SHAKEN "; closed bye" },
	{ .label = "cancel when ready",
	    .peer = { { PEER_SEND, "220 a\r\n", 0 } },
	    .reaction = { { "ready", CANCEL, NULL, 0 } },
	    .want = "ready" },
	{ .label = "cancel in a line",
	    .peer = { { PEER_SEND, "220 a\r\n220 b\r\n", 0 } },
	    .reaction = { { "line 220 a", CANCEL, NULL, 0 } },
	    .want = "ready; line 220 a" },
	{ .label = "cancel after close",
	    .peer = { { PEER_SEND, "220 a\r\n", 0 } },
	    .reaction = { { "line", CLOSE, NULL, 0 },
		{ "line", CANCEL, NULL, 0 } },
	    .want = "ready; line 220 a" },
	{ .label = "cancel in the handshake",
	    .peer = { BEGIN_TLS },
	    .reaction = { ASK_TLS, { "line 220 go", CANCEL, NULL, 0 } },
	    .want = SHAKEN },
	{ .label = "cancel in secure",
	    .peer = { BEGIN_TLS, TALK_TLS },
	    .reaction = { ASK_TLS, { "secure", CANCEL, NULL, 0 } },
	    .want = SECURED },
	{ .label = "cancel in a line in TLS",
	    .peer = { BEGIN_TLS, TALK_TLS },
	    .reaction = { ASK_TLS, { "secure", SAY, "EHLO x\r\n", 0 },
		{ "line 250-a", CANCEL, NULL, 0 } },
	    .want = SECURED "; line 250-a" },

	/* TLS. */
	{ .label = "STARTTLS, TLS 1.3, goodbye by us",
	    .peer = { BEGIN_TLS, TALK_TLS }, .tls = TLS13,
	    .reaction = { ASK_TLS, { "secure", SAY, "EHLO x\r\n", 0 },
		{ "line 250 b", SAY, "QUIT\r\n", 0 },
		{ "line 250 b", CLOSE, NULL, 0 } },
	    .want = GREETED "; closed bye", .detail = "",
	    .said = "QUIT\r\n", .notified = true, .protocol = "TLSv1.3" },
	{ .label = "STARTTLS, TLS 1.2, goodbye by the peer",
	    .peer = { BEGIN_TLS, TALK_TLS, { PEER_NOTIFY, NULL, 0 } },
	    .tls = TLS12,
	    .reaction = { ASK_TLS, { "secure", SAY, "EHLO x\r\n", 0 } },
	    .want = GREETED "; closed eof", .detail = "",
	    .notified = true, .protocol = "TLSv1.2" },
	{ .label = "STARTTLS, TLS 1.0",
	    .peer = { BEGIN_TLS, TALK_TLS, { PEER_NOTIFY, NULL, 0 } },
	    .tls = TLS10,
	    .reaction = { ASK_TLS, { "secure", SAY, "EHLO x\r\n", 0 } },
	    .want = GREETED "; closed eof", .detail = "",
	    .protocol = "TLSv1" },
	{ .label = "end without close_notify",
	    .peer = { BEGIN_TLS, TALK_TLS, { PEER_CLOSE, NULL, 0 } },
	    .reaction = { ASK_TLS, { "secure", SAY, "EHLO x\r\n", 0 } },
	    .want = GREETED "; closed eof",
	    .detail = "closed without close_notify" },
	{ .label = "reset in TLS",
	    .peer = { BEGIN_TLS, TALK_TLS, { PEER_RESET, NULL, 0 } },
	    .reaction = { ASK_TLS, { "secure", SAY, "EHLO x\r\n", 0 } },
	    .want = GREETED "; closed reset" },
	{ .label = "silence in TLS",
	    .peer = { BEGIN_TLS, { PEER_TLS, NULL, 0 } },
	    .reaction = { ASK_TLS, { "secure", EXPECT, NULL, 30 } },
	    .want = SECURED "; closed timeout" },
	{ .label = "flood of TLS over the cap",
	    .peer = { BEGIN_TLS, { PEER_TLS, NULL, 0 },
		{ PEER_FLOOD, "endless", 0 } },
	    .reaction = { ASK_TLS },
	    .want = SECURED "; closed limit", .detail = "too many bytes" },
	{ .label = "flood in the handshake over the cap",
	    .peer = { BEGIN_TLS, { PEER_WAIT_ANY, NULL, 0 },
		{ PEER_SEND, "\x16\x03\x03\x40\x00\x02\x00\xff\xff", 9 },
		{ PEER_FLOOD, "\x01", 0 } },
	    .reaction = { ASK_TLS }, .options = { .tls_max = 8000 },
	    .want = SHAKEN "; closed limit" },
	{ .label = "injected in the same segment",
	    .peer = { { PEER_SEND, "220 hi\r\n", 0 },
		{ PEER_WAIT, "STARTTLS", 0 },
		{ PEER_SEND, "220 go\r\n250 evil\r\n25", 0 }, TALK_TLS,
		{ PEER_NOTIFY, NULL, 0 } },
	    .reaction = { ASK_TLS, { "secure", SAY, "EHLO x\r\n", 0 } },
	    .want = GREETED "; closed eof", .injected = 12 },
	{ .label = "injected later",
	    .peer = { BEGIN_TLS, { PEER_WAIT_ANY, NULL, 0 },
		{ PEER_SEND, "250 evil\r\n", 0 } },
	    .reaction = { ASK_TLS }, .want = SHAKEN "; closed tls",
	    .injected = 10, .detail = "plain text where TLS should begin" },
	{ .label = "half a line is there when TLS begins",
	    .peer = { { PEER_SEND, "220 hi\r\n220", 0 },
		{ PEER_WAIT_ANY, NULL, 0 }, { PEER_CLOSE, NULL, 0 } },
	    .reaction = { { "line", STARTTLS, NULL, 0 } },
	    .want = "ready; line 220 hi; closed eof", .injected = 3 },
	{ .label = "garbage in a record",
	    .peer = { BEGIN_TLS, { PEER_WAIT_ANY, NULL, 0 },
		{ PEER_SEND, "\x16\x03\x03\x00\x04junk", 9 } },
	    .reaction = { ASK_TLS }, .want = SHAKEN "; closed tls" },
	{ .label = "alert instead of ServerHello",
	    .peer = { BEGIN_TLS, { PEER_WAIT_ANY, NULL, 0 },
		{ PEER_SEND, "\x15\x03\x03\x00\x02\x02\x28", 7 } },
	    .reaction = { ASK_TLS }, .want = SHAKEN "; closed tls",
	    .detail = " alert handshake failure" },
	{ .label = "closed in the handshake",
	    .peer = { BEGIN_TLS, { PEER_WAIT_ANY, NULL, 0 },
		{ PEER_CLOSE, NULL, 0 } },
	    .reaction = { ASK_TLS }, .want = SHAKEN "; closed eof",
	    .detail = "closed in the TLS handshake" },
	{ .label = "reset in the handshake",
	    .peer = { BEGIN_TLS, { PEER_WAIT_ANY, NULL, 0 },
		{ PEER_RESET, NULL, 0 } },
	    .reaction = { ASK_TLS }, .want = SHAKEN "; closed reset" },
	{ .label = "silence in the handshake",
	    .peer = { BEGIN_TLS },
	    .reaction = { ASK_TLS, { "line 220 go", EXPECT, NULL, 30 } },
	    .want = SHAKEN "; closed timeout" },
};
/* clang-format on */

#define NSCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

static struct conn_options
options_of(const struct scenario *s)
{
	struct conn_options o = conn_defaults;

	if (s->options.deadline_ms != 0)
		o.deadline_ms = s->options.deadline_ms;
	if (s->options.line_max != 0)
		o.line_max = s->options.line_max;
	if (s->options.plain_max != 0)
		o.plain_max = s->options.plain_max;
	if (s->options.tls_max != 0)
		o.tls_max = s->options.tls_max;
	return o;
}

static void
play(void **state)
{
	const struct scenario *s = *state;
	struct conn_options o = options_of(s);
	struct peer_saw saw = { 0 };
	struct client k;

	client_init(&k, egress, trust);
	k.reaction = s->reaction;
	k.peer = peer_start(&k.loop, s->peer, server[s->tls]);
	peer_report(k.peer, &saw);
	client_open(&k, "127.0.0.1", peer_port(k.peer), &o);
	client_expect(&k, s->want);
	if (s->protocol != NULL) {
		assert_string_equal(k.protocol, s->protocol);
		assert_int_equal(k.name_ok, TRI_YES);
	}
	assert_int_equal(k.injected, s->injected);
	/* Its beginning is another one in each version of OpenSSL. */
	if (s->detail != NULL && strstr(k.detail, s->detail) == NULL)
		assert_string_equal(k.detail, s->detail);
	if (s->said != NULL)
		assert_string_equal(saw.text, s->said);
	if (s->notified)
		assert_true(saw.notified);
}

static int
set_up(void **state)
{
	static const int version[] = { [ANY] = 0,
		[TLS13] = TLS1_3_VERSION,
		[TLS12] = TLS1_2_VERSION,
		[TLS10] = TLS1_VERSION };
	const struct pki_want want = { .cn = "mx.example.org",
		.dns = { "mx.example.org" } };
	struct ip_net loopback;
	char why[256];

	(void)state;
	assert_int_equal(ip_net_parse("127.0.0.0/8", &loopback), 0);
	egress = egress_new(&loopback, 1);
	trust = tls_context_new(NULL, why, sizeof(why));
	leaf = pki_make(&want);
	for (size_t i = 0; i < sizeof(server) / sizeof(server[0]); i++)
		server[i] = pki_server(leaf, NULL, 0, version[i], NULL);
	return egress == NULL || trust == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(server) / sizeof(server[0]); i++)
		SSL_CTX_free(server[i]);
	pki_free(leaf);
	tls_context_free(trust);
	egress_free(egress);
	return 0;
}

int
main(void)
{
	struct CMUnitTest tests[NSCENARIOS];

	signal(SIGPIPE, SIG_IGN);
	alarm(60); /* a hang is a failure */
	for (size_t i = 0; i < NSCENARIOS; i++)
		tests[i] = (struct CMUnitTest){ .name = scenarios[i].label,
			.test_func = play,
			.initial_state = (void *)(uintptr_t)&scenarios[i] };
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
