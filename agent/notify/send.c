#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/notify/exec.h"

#include "agent/notify/send.h"

struct sending {
	struct http_exchange *exchange; /* one of the two */
	struct exec *exec;
	const struct channel_kind *kind;
	send_done_fn *done;
	void *arg;
};

static void
finish(struct sending *s, const struct answer *answer, const char *why)
{
	struct sent sent = { .status = answer->status, .body = answer->body };

	if (s->kind->judge != NULL)
		s->kind->judge(answer, &sent.judgement);
	else
		channel_judge(answer, &sent.judgement);
	if (why != NULL)
		snprintf(
		    sent.judgement.why, sizeof(sent.judgement.why), "%s", why);
	s->done(s->arg, &sent);
	free(s);
}

/* Without a status nobody has judged the message: only time is lost. */
static void
on_answer(void *arg, const struct http_got *got)
{
	const struct answer answer = {
		.status = got->status,
		.retry_after = got->retry_after,
		.body = got->body,
		.now = clock_wall(),
	};

	finish(arg, &answer, got->status == 0 ? got->why : NULL);
}

static void
on_end(void *arg, const struct exec_end *end)
{
	const struct answer answer = {
		.status = end->status,
		.body = end->output,
		.now = clock_wall(),
	};

	finish(arg, &answer, NULL);
}

static void
start_request(struct sending *s, const struct sender *sender,
    const struct channel_setting *c, const struct request *request)
{
	const struct http_want want = {
		.method = request->method,
		.url = request->url,
		.header = (const char *const *)request->header,
		.nheader = request->nheader,
		.body = request->body.data,
		.len = request->body.len,
		.ca_file = c->ca_file,
		.proxy = c->proxy,
	};

	s->exchange = http_start(sender->http, &want, on_answer, s);
}

static void
start_command(struct sending *s, const struct sender *sender,
    const struct channel_setting *c, const struct request *request)
{
	const struct exec_want want = {
		.argv = c->command,
		.argc = c->ncommand,
		.input = buf_str(&request->body),
		.len = request->body.len,
		.limit_ms = sender->command_ms,
	};

	s->exec = exec_start(sender->loop, &want, on_end, s);
}

static int
render(const struct channel_setting *c, const struct message *m,
    const struct message *before, struct request *out)
{
	const struct channel_kind *kind = channel_kinds[c->type];

	if (kind->render_after != NULL)
		return kind->render_after(c, m, before, out);
	return kind->render(c, m, out);
}

struct sending *
send_start(const struct sender *sender, const struct channel_setting *c,
    const struct message *m, const struct message *before, send_done_fn *done,
    void *arg)
{
	struct sending *s = calloc(1, sizeof(*s));
	struct request request;

	if (s == NULL)
		return NULL;
	s->kind = channel_kinds[c->type];
	s->done = done;
	s->arg = arg;
	if (render(c, m, before, &request) != 0) {
		free(s);
		return NULL;
	}
	if (c->type == CHANNEL_EXEC)
		start_command(s, sender, c, &request);
	else
		start_request(s, sender, c, &request);
	request_free(&request);
	if (s->exchange != NULL || s->exec != NULL)
		return s;
	free(s);
	return NULL;
}

void
send_cancel(struct sending *s)
{
	if (s->exchange != NULL)
		http_cancel(s->exchange);
	else
		exec_cancel(s->exec);
	free(s);
}
