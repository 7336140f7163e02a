#include "tests/unit/smtp_scene.h"

/* Servers that do not speak it to the end, and what goes wrong with TLS. */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define NO_SMTP .error = SMTP_PROTOCOL, .detail = "not an SMTP reply"
#define ENDLESS .error = SMTP_PROTOCOL, .detail = "too many lines"

static const struct scene broken[] = {
	{ "greeting closed", { BYE }, .phase = SMTP_GREETING,
	    .error = SMTP_CLOSED, .detail = "" },
	{ "closed inside the greeting", { SAY("220-a\r\n220-"), BYE },
	    .phase = SMTP_GREETING, .error = SMTP_CLOSED, .detail = "" },
	{ "silent", { ANY }, .timeouts.greeting_ms = 60, .phase = SMTP_GREETING,
	    .error = SMTP_TIMEOUT, .detail = "gave up after 0.1 s",
	    .heard = "" },
	{ "silent after EHLO", { GREET, WANT("EHLO ") },
	    .timeouts.reply_ms = 300, .phase = SMTP_EHLO, .error = SMTP_TIMEOUT,
	    .detail = "gave up", .heard = "EHLO" },
	{ "lines trickle, the greeting's time is up",
	    { { DRIP, "220-x\r\n", 5 } }, .timeouts.greeting_ms = 60,
	    .phase = SMTP_GREETING, .error = SMTP_TIMEOUT,
	    .detail = "gave up" },
	{ "bytes trickle, the session's time is up", { { DRIP, "2", 5 } },
	    .timeouts.session_ms = 300, .phase = SMTP_GREETING,
	    .error = SMTP_TIMEOUT, .detail = "gave up" },
	{ "endless greeting", { { FLOOD, "220-x\r\n", 0 } },
	    .phase = SMTP_GREETING, ENDLESS },
	{ "endless EHLO reply",
	    { GREET, WANT("EHLO "), { FLOOD, "250-x\r\n", 0 } },
	    .phase = SMTP_EHLO, ENDLESS, .heard = "EHLO" },
	{ "endless line",
	    { { FLOOD, "220 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 0 } },
	    .phase = SMTP_GREETING, .error = SMTP_PROTOCOL,
	    .detail = "too many bytes" },
	{ "NUL in the code", { { SEND, "2\0002 a\r\n", 7 } },
	    .phase = SMTP_GREETING, NO_SMTP },
	{ "HTTP", { SAY("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n") },
	    .phase = SMTP_GREETING, .error = SMTP_PROTOCOL,
	    .detail = "not an SMTP reply: HTTP/1.1 400" },
	{ "SSH", { SAY("SSH-2.0-OpenSSH_9.2p1\r\n") }, .phase = SMTP_GREETING,
	    NO_SMTP },
	{ "echo", { GREET, WANT("EHLO "), SAY("EHLO probe.example.org\r\n") },
	    .phase = SMTP_EHLO, NO_SMTP, .heard = "EHLO" },
	{ "a reply before its command",
	    { SAY("220 mx.example.org ESMTP\r\n250 early\r\n") },
	    .phase = SMTP_EHLO, .error = SMTP_PROTOCOL,
	    .detail = "before it is asked", .heard = "" },
	{ "two replies to one command",
	    { GREET, WANT("EHLO "), SAY("500 what?\r\n250 fine\r\n") },
	    .phase = SMTP_EHLO, .error = SMTP_PROTOCOL,
	    .detail = "before it is asked", .heard = "EHLO" },
	{ "code changes inside a reply",
	    { GREET, WANT("EHLO "), SAY("250-a\r\n220 b\r\n") },
	    .phase = SMTP_EHLO, .error = SMTP_PROTOCOL,
	    .detail = "not the next line of an SMTP reply: 220 b",
	    .heard = "EHLO" },
	{ "RST on the connection", { RST }, .phase = SMTP_GREETING,
	    .error = SMTP_RESET, .detail = "" },
	{ "RST on EHLO", { GREET, WANT("EHLO "), RST }, .phase = SMTP_EHLO,
	    .error = SMTP_RESET, .detail = "", .heard = "EHLO" },
	{ "RST on HELO",
	    { GREET, WANT("EHLO "), SAY("500 what?\r\n"), WANT("HELO "), RST },
	    .phase = SMTP_EHLO, .error = SMTP_RESET, .detail = "",
	    .heard = "EHLO HELO" },
	{ "RST on MAIL", { GREET, EHLO_OK, WANT("MAIL "), RST },
	    .depth = DEPTH_RCPT, .phase = SMTP_RCPT, .error = SMTP_RESET,
	    .detail = "", .heard = "EHLO MAIL" },
	{ "RST on RCPT", { GREET, EHLO_OK, MAIL_OK, WANT("RCPT "), RST },
	    .depth = DEPTH_RCPT, .phase = SMTP_RCPT, .error = SMTP_RESET,
	    .detail = "", .heard = "EHLO MAIL RCPT" },
	{ "RST on RSET",
	    { GREET, EHLO_OK, MAIL_OK, RCPT("250 ok\r\n"), WANT("RSET"), RST },
	    .depth = DEPTH_RCPT, .phase = SMTP_RCPT, .error = SMTP_RESET,
	    .detail = "", .heard = "EHLO MAIL RCPT RSET", .rcpt_code = 250 },
};

#define OFFERED .starttls = true, .extensions = "SIZE 1000,STARTTLS"
#define SHAKING                                                            \
	.phase = SMTP_TLS, .error = SMTP_TLS_FAILED, .starttls_code = 220, \
	.heard = "EHLO STARTTLS", .detail = "", OFFERED
#define INSIDE                                                     \
	.phase = SMTP_TLS, .starttls_code = 220, .starttls = true, \
	.heard = "EHLO STARTTLS EHLO", .tls = ""

static const struct scene tls[] = {
	{ "RST on STARTTLS", { GREET, EHLO_STARTTLS, WANT("STARTTLS"), RST },
	    .phase = SMTP_STARTTLS, .error = SMTP_RESET, .detail = "",
	    .heard = "EHLO STARTTLS", OFFERED },
	{ "closes on STARTTLS", { GREET, EHLO_STARTTLS, WANT("STARTTLS"), BYE },
	    .phase = SMTP_STARTTLS, .error = SMTP_CLOSED, .detail = "",
	    .heard = "EHLO STARTTLS", OFFERED },
	{ "silent after STARTTLS", { GREET, EHLO_STARTTLS, WANT("STARTTLS") },
	    .timeouts.reply_ms = 300, .phase = SMTP_STARTTLS,
	    .error = SMTP_TIMEOUT, .detail = "gave up",
	    .heard = "EHLO STARTTLS", OFFERED },
	{ "closes after 220",
	    { GREET, EHLO_STARTTLS, WANT("STARTTLS"), GO, ANY, BYE }, SHAKING,
	    .tls = "closed" },
	{ "RST in the handshake",
	    { GREET, EHLO_STARTTLS, WANT("STARTTLS"), GO, ANY, RST }, SHAKING,
	    .tls = "reset" },
	{ "silent in the handshake",
	    { GREET, EHLO_STARTTLS, WANT("STARTTLS"), GO, ANY },
	    .timeouts.reply_ms = 300, SHAKING, .tls = "gave up" },
	{ "plain text where TLS should begin",
	    { GREET, EHLO_STARTTLS, WANT("STARTTLS"), GO, ANY,
	        SAY("250 mx\r\n"), ANY },
	    SHAKING, .tls = " ", .injected = 8 },
	{ "an alert in the handshake",
	    { GREET, EHLO_STARTTLS, WANT("STARTTLS"), GO, ANY,
	        { SEND, "\x15\x03\x01\0\x02\x02\x28", 7 }, ANY },
	    SHAKING, .tls = "alert" },
	{ "a record that is none",
	    { GREET, EHLO_STARTTLS, WANT("STARTTLS"), GO, ANY,
	        { SEND, "\x16\x03\x03\0\x04\xff\xff\xff\xff", 9 }, ANY },
	    SHAKING, .tls = " " },
	{ "injection in one segment",
	    { GREET, EHLO_STARTTLS, WANT("STARTTLS"),
	        SAY("220 go\r\n250-evil\r\n250 AUTH\r\n"), SHAKE, EHLO_INSIDE,
	        QUIT_OK },
	    WELL, .heard = "EHLO STARTTLS EHLO QUIT", .starttls = true,
	    .starttls_code = 220, .tls = "", .injected = 20,
	    .extensions = "AUTH LOGIN" },
	{ "EHLO after TLS refused",
	    { GREET, EHLO_STARTTLS, STARTTLS_OK, WANT("EHLO "),
	        SAY("550 no\r\n"), QUIT_OK },
	    .phase = SMTP_TLS, .error = SMTP_REJECTED, .code = 550,
	    .text = "no", .starttls_code = 220, .starttls = true,
	    .heard = "EHLO STARTTLS EHLO QUIT", .tls = "" },
	{ "EHLO after TLS put off",
	    { GREET, EHLO_STARTTLS, STARTTLS_OK, WANT("EHLO "),
	        SAY("421 no\r\n") },
	    INSIDE, .error = SMTP_DEFERRED, .code = 421, .text = "no" },
	{ "closes after TLS",
	    { GREET, EHLO_STARTTLS, STARTTLS_OK, WANT("EHLO "), BYE }, INSIDE,
	    .error = SMTP_CLOSED, .detail = "" },
	{ "RST after TLS",
	    { GREET, EHLO_STARTTLS, STARTTLS_OK, WANT("EHLO "), RST }, INSIDE,
	    .error = SMTP_RESET, .detail = "" },
	{ "silent after TLS",
	    { GREET, EHLO_STARTTLS, STARTTLS_OK, WANT("EHLO ") },
	    .timeouts.reply_ms = 1000, INSIDE, .error = SMTP_TIMEOUT,
	    .detail = "gave up" },
};

int
main(void)
{
	struct CMUnitTest tests[COUNT(broken) + COUNT(tls)];
	size_t n = smtp_scene_add(tests, 0, broken, COUNT(broken));

	smtp_scene_add(tests, n, tls, COUNT(tls));
	return cmocka_run_group_tests(tests, smtp_play_begin, smtp_play_end);
}
