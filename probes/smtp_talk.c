#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/text.h"

#include "probes/smtp_talk.h"

#define QUIT_MS   2000 /* for the answer to QUIT */
#define MARGIN_MS 100  /* before the domain's time is up */
/* Less is no fair wait: obs.hurried.  A slow server may well greet after ten
 * seconds, and senders wait for minutes (RFC 5321 4.5.3.2). */
#define FAIR_REPLY_MS 20000

/* Each state: its name, the phase that it counts as, what we say on entry. */
static const struct {
	const char *name;
	enum smtp_phase phase;
	const char *say;
} step[] = {
	[CONNECTING] = { "connecting", SMTP_CONNECT, NULL },
	[GREETING] = { "greeting", SMTP_GREETING, NULL },
	[EHLO] = { "ehlo", SMTP_EHLO, "EHLO %s\r\n" },
	[HELO] = { "helo", SMTP_EHLO, "HELO %s\r\n" },
	[STARTTLS] = { "starttls", SMTP_STARTTLS, "STARTTLS\r\n" },
	[HANDSHAKE] = { "handshake", SMTP_TLS, NULL },
	[EHLO_AGAIN] = { "ehlo-again", SMTP_TLS, "EHLO %s\r\n" },
	[MAIL] = { "mail", SMTP_RCPT, "MAIL FROM:<>\r\n" },
	[RCPT] = { "rcpt", SMTP_RCPT, "RCPT TO:<postmaster@%s>\r\n" },
	[RSET] = { "rset", SMTP_RCPT, "RSET\r\n" },
	[QUIT] = { "quit", SMTP_DONE, "QUIT\r\n" },
	[OVER] = { "over", SMTP_DONE, NULL },
};

/* ----------------------------------------------------------------- time */

double
smtp_talk_since(struct mono then)
{
	return clock_ms_between(then, clock_mono());
}

static uint64_t
smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What is left of total; never 0, which would mean "for ever". */
static uint64_t
rest(uint64_t total, uint64_t past)
{
	return total > past ? total - past : 1;
}

uint64_t
smtp_talk_patience(struct probe_smtp *p, uint64_t wanted, uint64_t fair)
{
	uint64_t past = (uint64_t)smtp_talk_since(p->started), left;

	p->given_ms = smaller(wanted, rest(p->timeouts.session_ms, past));
	p->hurry = false;
	if (p->left_ms != 0) {
		left = rest(p->left_ms, past + MARGIN_MS);
		p->hurry = left < p->given_ms && left < fair;
		p->given_ms = smaller(left, p->given_ms);
	}
	return p->given_ms;
}

static uint64_t
wanted_ms(const struct probe_smtp *p, enum state state)
{
	if (state == GREETING)
		return p->timeouts.greeting_ms;
	if (state == QUIT)
		return smaller(QUIT_MS, p->timeouts.reply_ms);
	return p->timeouts.reply_ms;
}

/* ---------------------------------------------------------- transitions */

void
smtp_talk_note(struct probe_smtp *p, const char *text)
{
	smtp_dialogue_add(&p->dialogue, '*', text, strlen(text));
}

static void
say(struct probe_smtp *p)
{
	const char *word = p->state == RCPT ? p->obs->rcpt : p->helo;
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line, step[p->state].say, word);
	if (line.len > 2)
		smtp_dialogue_add(&p->dialogue, '>', line.data, line.len - 2);
	conn_send(p->conn, buf_str(&line), line.len);
	buf_free(&line);
}

/* RFC 5321 4.2: a reply answers a command.  What has come already when the
 * command is yet to be said answers nothing, and from there on every reply
 * would be taken for another's. */
static bool
is_out_of_step(const struct probe_smtp *p, enum state next)
{
	return next < QUIT && step[next].say != NULL &&
	    conn_unread(p->conn) > 0;
}

static void
log_step(const struct probe_smtp *p, enum state next, const char *why)
{
	char ip[IP_TEXT];

	log_debug("smtp %s %s: %s -> %s (%s)", p->obs->host,
	    ip_format(&p->obs->ip, ip), step[p->state].name, step[next].name,
	    why);
}

void
smtp_talk_enter(struct probe_smtp *p, enum state next, const char *why)
{
	if (is_out_of_step(p, next)) {
		p->obs->phase = step[next].phase;
		smtp_talk_fail(p, SMTP_PROTOCOL,
		    strdup("it answers before it is asked"), false);
		next = OVER;
		why = "out of step";
	}
	if (log_wants(LOG_DEBUG))
		log_step(p, next, why);
	p->state = next;
	smtp_reply_reset(&p->reply);
	if (next < QUIT)
		p->obs->phase = step[next].phase;
	if (next == OVER) {
		p->obs->total_ms = smtp_talk_since(p->started);
		if (p->conn != NULL)
			conn_close(p->conn);
		return;
	}
	p->asked = clock_mono();
	conn_expect(
	    p->conn, smtp_talk_patience(p, wanted_ms(p, next), FAIR_REPLY_MS));
	if (step[next].say != NULL)
		say(p);
}

void
smtp_talk_finish(struct probe_smtp *p, const char *why)
{
	p->obs->phase = SMTP_DONE;
	/* Before its greeting a server is told nothing, not even goodbye. */
	smtp_talk_enter(p, p->state == CONNECTING ? OVER : QUIT, why);
}

void
smtp_talk_fail(
    struct probe_smtp *p, enum smtp_error error, char *detail, bool replied)
{
	smtp_obs_decide(p->obs, replied ? &p->reply : NULL);
	p->obs->error = error;
	p->obs->detail = detail;
	smtp_talk_note(p, detail != NULL ? detail : smtp_error_name(error));
}

/* "what: text", safe; NULL without memory. */
static char *
explain(const char *what, const char *text, size_t len)
{
	struct buf line;

	buf_init(&line, 0);
	buf_puts(&line, what);
	buf_puts(&line, ": ");
	text_safe(&line, text, len);
	return buf_take(&line);
}

void
smtp_talk_refuse(struct probe_smtp *p, const char *code)
{
	static const enum smtp_error class[] = { ['2'] = SMTP_PROTOCOL,
		['3'] = SMTP_PROTOCOL,
		['4'] = SMTP_DEFERRED,
		['5'] = SMTP_REJECTED };
	enum smtp_error error = class[(int)code[0]];
	char *detail = NULL;

	if (error == SMTP_PROTOCOL)
		detail = explain("a reply that does not belong here", code, 3);
	smtp_talk_fail(p, error, detail, true);
	/* RFC 5321 3.8: with 421 the server closes the connection. */
	smtp_talk_enter(p, p->reply.code == 421 ? OVER : QUIT, code);
}

void
smtp_talk_garbage(struct probe_smtp *p, const char *line, size_t len)
{
	const char *what = "not an SMTP reply";

	if (p->reply.lines == SMTP_REPLY_LINES)
		what = "a reply of too many lines";
	else if (p->reply.lines > 0)
		what = "not the next line of an SMTP reply";
	if (p->state != QUIT)
		smtp_talk_fail(
		    p, SMTP_PROTOCOL, explain(what, line, len), false);
	/* It speaks no SMTP: nothing more is said to it. */
	smtp_talk_enter(p, OVER, what);
}

/* Did TLS fail to come about?  A wait that was not fair tells nothing.  In
 * TLS 1.3 a server's last word on the handshake may come after it. */
static bool
is_handshake_failure(const struct probe_smtp *p, enum conn_end end)
{
	if (p->state == EHLO_AGAIN)
		return end == CONN_TLS;
	return p->state == HANDSHAKE && end != CONN_LOCAL &&
	    !(end == CONN_TIMEOUT && p->hurry);
}

static void
keep_tls_failure(struct probe_smtp *p, const char *why)
{
	if (p->obs->tls == NULL)
		p->obs->tls = calloc(1, sizeof(*p->obs->tls));
	if (p->obs->tls == NULL)
		return;
	p->obs->tls->established = false;
	p->obs->tls->injected = conn_injected(p->conn);
	p->obs->tls->error = strdup(why);
}

/* Why the connection ended, in words. */
static void
put_reason(
    struct buf *out, const struct probe_smtp *p, enum conn_end end, int error)
{
	if (end == CONN_TIMEOUT)
		buf_printf(
		    out, "gave up after %.1f s", (double)p->given_ms / 1000);
	else if (conn_detail(p->conn)[0] != '\0')
		buf_puts(out, conn_detail(p->conn));
	else if (error != 0)
		buf_puts(out, uv_strerror(error));
	else
		buf_puts(out, conn_end_name(end));
}

void
smtp_talk_lost(struct probe_smtp *p, enum conn_end end, int error)
{
	static const enum smtp_error error_of[] = {
		[CONN_BYE] = SMTP_LOCAL,
		[CONN_EOF] = SMTP_CLOSED,
		[CONN_RESET] = SMTP_RESET,
		[CONN_REFUSED] = SMTP_CONN_REFUSED,
		[CONN_UNREACHABLE] = SMTP_UNREACHABLE,
		[CONN_TIMEOUT] = SMTP_TIMEOUT,
		[CONN_FORBIDDEN] = SMTP_FORBIDDEN,
		[CONN_LIMIT] = SMTP_PROTOCOL,
		[CONN_TLS] = SMTP_TLS_FAILED,
		[CONN_LOCAL] = SMTP_LOCAL,
	};
	enum smtp_error what = error_of[end];
	struct buf why;

	buf_init(&why, 0);
	put_reason(&why, p, end, error);
	p->obs->hurried = end == CONN_TIMEOUT && p->hurry;
	if (is_handshake_failure(p, end)) {
		keep_tls_failure(p, buf_str(&why));
		what = SMTP_TLS_FAILED;
	}
	smtp_talk_fail(p, what, buf_take(&why), false);
}
