/*
 * One dialogue with one mail server.
 *
 * The states are in the order of the dialogue.  smtp_talk_enter() says what is
 * to be said in a state and starts its timer; the function beside the state in
 * means[] says what a complete reply there means.  A verdict comes from
 *
 *	smtp_talk_finish()	what was asked for has been seen: QUIT
 *	smtp_talk_refuse()	the server said no: QUIT as well, but after
 *				421 it hangs up by itself (RFC 5321 3.8)
 *	smtp_talk_garbage()	it speaks no SMTP: hang up
 *	smtp_talk_lost()	the connection was gone before
 *
 * From QUIT on the verdict stands and nothing changes it.  All of them end in
 * on_closed(), the connection's last event, which alone hands the observation
 * over.
 *
 * Replies are matched to commands in their order, as senders do: one that
 * comes before its command is taken for its answer.  So what is found does
 * not depend on how the bytes were cut into packets.
 *
 * Time.  Each state has one timer, which lines do not push on, within the
 * time of the session, within what is left of the domain's time.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "probes/smtp_talk.h"

#include "probes/smtp.h"

#define FAIR_CONNECT_MS 3000 /* less is no fair wait: obs.hurried */

const struct smtp_timeouts smtp_timeout_defaults = { .connect_ms = 10000,
	.greeting_ms = 30000,
	.reply_ms = 30000,
	.session_ms = 60000 };

/* --------------------------------------------------- what a reply means */

/* After the introductions, with TLS or without. */
static void
go_on(struct probe_smtp *p, const char *why)
{
	if (p->depth == DEPTH_RCPT && p->obs->rcpt != NULL)
		smtp_talk_enter(p, MAIL, why);
	else
		smtp_talk_finish(p, why);
}

static void
on_greeting(struct probe_smtp *p, const char *code)
{
	p->obs->greeting_ms = smtp_talk_since(p->connected);
	if (code[0] != '2') {
		smtp_talk_refuse(p, code);
		return;
	}
	smtp_obs_decide(p->obs, &p->reply);
	if (p->depth == DEPTH_GREETING)
		smtp_talk_finish(p, code);
	else
		smtp_talk_enter(p, EHLO, code);
}

static void
on_ehlo(struct probe_smtp *p, const char *code)
{
	p->obs->ehlo_ms = smtp_talk_since(p->asked);
	if (code[0] == '5') {
		smtp_talk_enter(p, HELO, code);
		return;
	}
	if (code[0] != '2') {
		smtp_talk_refuse(p, code);
		return;
	}
	smtp_obs_extensions(p->obs, &p->reply);
	p->obs->starttls = smtp_obs_offers(p->obs, "STARTTLS");
	if (p->obs->starttls && p->depth >= DEPTH_STARTTLS)
		smtp_talk_enter(p, STARTTLS, code);
	else
		go_on(p, code);
}

static void
on_helo(struct probe_smtp *p, const char *code)
{
	if (code[0] != '2') {
		smtp_talk_refuse(p, code);
		return;
	}
	p->obs->helo_only = true;
	go_on(p, code);
}

static void
on_starttls(struct probe_smtp *p, const char *code)
{
	p->obs->starttls_code = p->reply.code;
	if (code[0] == '2') {
		smtp_talk_enter(p, HANDSHAKE, code);
		conn_starttls(p->conn, p->tls, p->obs->host, p->resume);
	} else if (p->reply.code == 421) {
		smtp_talk_refuse(p, code);
	} else {
		/* RFC 3207 4.1: the session may go on without. */
		go_on(p, code);
	}
}

static void
on_ehlo_again(struct probe_smtp *p, const char *code)
{
	if (code[0] != '2') {
		smtp_talk_refuse(p, code);
		return;
	}
	smtp_obs_extensions(p->obs, &p->reply);
	go_on(p, code);
}

/* To RCPT, or to a MAIL that is refused. */
static void
keep_rcpt(struct probe_smtp *p)
{
	p->obs->rcpt_code = p->reply.code;
	p->obs->rcpt_text = smtp_obs_text(&p->reply);
}

static void
on_mail(struct probe_smtp *p, const char *code)
{
	if (code[0] == '2') {
		smtp_talk_enter(p, RCPT, code);
		return;
	}
	keep_rcpt(p);
	smtp_talk_refuse(p, code);
}

/* A postmaster who is refused for good is a fact, not an error. */
static void
on_rcpt(struct probe_smtp *p, const char *code)
{
	keep_rcpt(p);
	if (code[0] == '2' || code[0] == '5')
		smtp_talk_enter(p, RSET, code);
	else
		smtp_talk_refuse(p, code);
}

static void
on_rset(struct probe_smtp *p, const char *code)
{
	if (p->reply.code == 421)
		smtp_talk_refuse(p, code);
	else
		smtp_talk_finish(p, code);
}

static void
on_quit(struct probe_smtp *p, const char *code)
{
	smtp_talk_enter(p, OVER, code);
}

static void (*const means[])(struct probe_smtp *, const char *code) = {
	[GREETING] = on_greeting,
	[EHLO] = on_ehlo,
	[HELO] = on_helo,
	[STARTTLS] = on_starttls,
	[EHLO_AGAIN] = on_ehlo_again,
	[MAIL] = on_mail,
	[RCPT] = on_rcpt,
	[RSET] = on_rset,
	[QUIT] = on_quit,
	[OVER] = NULL,
};

/* ------------------------------------------- events from the connection */

static void
on_ready(void *arg)
{
	struct probe_smtp *p = arg;

	p->connected = clock_mono();
	p->obs->connect_ms = smtp_talk_since(p->started);
	if (p->depth <= DEPTH_CONNECT)
		smtp_talk_finish(p, "connected");
	else
		smtp_talk_enter(p, GREETING, "connected");
}

static void
on_line(void *arg, const char *line, size_t len, bool cut)
{
	struct probe_smtp *p = arg;
	char code[] = "000";

	(void)cut; /* what matters stands at its beginning */
	if (means[p->state] == NULL)
		return;
	smtp_dialogue_add(&p->dialogue, '<', line, len);
	switch (smtp_reply_line(&p->reply, line, len)) {
	case SMTP_REPLY_MORE:
		break;
	case SMTP_REPLY_BAD:
		smtp_talk_garbage(p, line, len);
		break;
	case SMTP_REPLY_DONE:
		memcpy(code, line, 3);
		means[p->state](p, code);
		break;
	}
}

static void
on_secure(void *arg)
{
	struct probe_smtp *p = arg;
	struct obs_tls *facts = tls_facts(conn_tls(p->conn), p->obs->host);
	struct buf line;

	if (facts == NULL) {
		smtp_talk_fail(p, SMTP_LOCAL, strdup("out of memory"), false);
		smtp_talk_enter(p, OVER, "out of memory");
		return;
	}
	facts->injected = conn_injected(p->conn);
	p->obs->tls = facts;
	buf_init(&line, 0);
	buf_printf(&line, "TLS %s %s%s", facts->protocol, facts->cipher,
	    facts->resumed ? ", resumed" : "");
	smtp_talk_note(p, buf_str(&line));
	buf_free(&line);
	/* RFC 3207 4.2: what was learned before is to be forgotten. */
	smtp_obs_extensions(p->obs, NULL);
	smtp_talk_enter(p, EHLO_AGAIN, "secure");
}

static void
release(struct probe_smtp *p)
{
	obs_smtp_unref(p->obs);
	smtp_dialogue_free(&p->dialogue);
	smtp_reply_free(&p->reply);
	free(p->helo);
	free(p);
}

/* Every ending comes here. */
static void
on_closed(void *arg, enum conn_end end, int error)
{
	struct probe_smtp *p = arg;
	struct obs_smtp *obs = p->obs;
	smtp_done_fn *done = p->done;
	void *done_arg = p->arg;

	if (p->state < QUIT)
		smtp_talk_lost(p, end, error);
	p->conn = NULL;
	if (p->state != OVER)
		smtp_talk_enter(p, OVER, conn_end_name(end));
	obs->dialogue = buf_take(&p->dialogue.text);
	p->obs = NULL;
	release(p);
	done(done_arg, obs);
}

static const struct conn_events events = { .ready = on_ready,
	.line = on_line,
	.secure = on_secure,
	.closed = on_closed };

/* ------------------------------------------------ start, look, and stop */

static bool
is_one_line(const char *text)
{
	return strpbrk(text, "\r\n") == NULL;
}

static struct probe_smtp *
new_probe(const struct smtp_job *job)
{
	struct probe_smtp *p = malloc(sizeof(*p));
	bool rcpt = job->depth == DEPTH_RCPT && job->rcpt != NULL;

	if (p == NULL)
		return NULL;
	*p = (struct probe_smtp){ 0 };
	smtp_reply_init(&p->reply);
	smtp_dialogue_init(&p->dialogue);
	p->timeouts = job->timeouts;
	p->left_ms = job->left_ms;
	p->depth = job->depth;
	p->resume = job->resume;
	p->helo = strdup(job->helo);
	p->obs = obs_smtp_new(&job->ip, job->port, job->host);
	if (p->obs != NULL && rcpt)
		p->obs->rcpt = strdup(job->rcpt);
	if (p->helo == NULL || p->obs == NULL ||
	    (rcpt && p->obs->rcpt == NULL)) {
		release(p);
		return NULL;
	}
	p->started = clock_mono();
	return p;
}

struct probe_smtp *
probe_smtp_start(struct conn_hub *hub, const struct egress *egress,
    struct tls_context *tls, const struct smtp_job *job, smtp_done_fn *done,
    void *arg)
{
	struct conn_options options = conn_defaults;
	struct probe_smtp *p;

	assert(is_one_line(job->helo));
	assert(job->rcpt == NULL || is_one_line(job->rcpt));
	if ((p = new_probe(job)) == NULL)
		return NULL;
	p->tls = tls;
	p->done = done;
	p->arg = arg;
	options.deadline_ms =
	    smtp_talk_patience(p, job->timeouts.session_ms, 0);
	options.connect_ms =
	    smtp_talk_patience(p, job->timeouts.connect_ms, FAIR_CONNECT_MS);
	p->conn = conn_open(hub, egress, EGRESS_PROBE, &job->ip, job->port,
	    &options, &events, p);
	if (p->conn == NULL) {
		release(p);
		return NULL;
	}
	return p;
}

struct obs_smtp *
probe_smtp_snapshot(struct probe_smtp *p)
{
	struct obs_smtp *copy = smtp_obs_copy(p->obs);

	if (copy == NULL)
		return NULL;
	copy->total_ms = smtp_talk_since(p->started);
	copy->dialogue = strdup(buf_str(&p->dialogue.text));
	if (p->state < QUIT) {
		copy->error = SMTP_TIMEOUT;
		copy->hurried = true;
		smtp_obs_decide(copy, NULL);
	}
	return copy;
}

void
probe_smtp_cancel(struct probe_smtp *p)
{
	conn_cancel(p->conn);
	release(p);
}
