#include <stdio.h>

#include "agent/notify/render.h"

/*
 * Standard Webhooks 1.0, for programs of the operator's own; and the same data
 * on the standard input of a command.
 */

static const char *const type[MESSAGE_KINDS] = {
	[MESSAGE_OPENED] = "mxvigil.incident.opened",
	[MESSAGE_GROWN] = "mxvigil.incident.grown",
	[MESSAGE_REMINDER] = "mxvigil.incident.reminder",
	[MESSAGE_RESOLVED] = "mxvigil.incident.resolved",
	[MESSAGE_FLAPPING] = "mxvigil.incident.flapping",
	[MESSAGE_SETTLED] = "mxvigil.incident.settled",
	[MESSAGE_CHANGED] = "mxvigil.changed",
	[MESSAGE_DIGEST] = "mxvigil.digest",
	[MESSAGE_TEST] = "mxvigil.test",
};

static int
sign(const char *keys, const char *id, long long seconds, struct request *r)
{
	struct buf signature;
	int status = -1;

	buf_init(&signature, 0);
	if (sign_webhook(keys, id, seconds, &r->body, &signature) != 0)
		request_free(r);
	else
		status =
		    request_header(r, "webhook-signature", buf_str(&signature));
	buf_free(&signature);
	return status;
}

int
webhook_request(const struct channel_setting *c, const struct message *m,
    struct wall now, struct request *out)
{
	long long seconds = now.us / 1000000;
	char text[24];

	snprintf(text, sizeof(text), "%lld", seconds);
	if (request_json(out, "POST", url_under(c->url, "", ""),
	        json_pack("{s:s, s:o, s:o}", "type", type[m->kind], "timestamp",
	            json_time(m->at), "data", json_alert(m))) != 0 ||
	    request_header(out, "webhook-id", m->id) != 0 ||
	    request_header(out, "webhook-timestamp", text) != 0 ||
	    request_bearer(out, c->token) != 0)
		return -1;
	return c->key == NULL ? 0 : sign(c->key, m->id, seconds, out);
}

static int
render(const struct channel_setting *c, const struct message *m,
    struct request *out)
{
	return webhook_request(c, m, clock_wall(), out);
}

const struct channel_kind channel_webhook = {
	.name = "webhook",
	.render = render,
};

/* ----------------------------------------------------------------- command */

static int
render_exec(const struct channel_setting *c, const struct message *m,
    struct request *out)
{
	(void)c;
	*out = (struct request){ .method = NULL };
	buf_init(&out->body, 0);
	if (channel_alert_json(m, &out->body) == 0)
		return 0;
	request_free(out);
	return -1;
}

#define EX_FIRST    64 /* sysexits.h */
#define EX_TEMP     75
#define EX_LAST     78
#define EX_NO_EXEC  126 /* as a shell says it */
#define EX_NO_FOUND 127

/* A command that fails may fail for now; one that says why it never will do,
 * or is not there, is given up. */
static void
judge_exec(const struct answer *a, struct judgement *out)
{
	bool dead = (a->status >= EX_FIRST && a->status <= EX_LAST &&
	                a->status != EX_TEMP) ||
	    a->status == EX_NO_EXEC || a->status == EX_NO_FOUND;

	*out = (struct judgement){ .verdict = dead ? DEAD : RETRY };
	if (a->status == 0)
		out->verdict = DELIVERED;
	if (a->status < 0)
		snprintf(out->why, sizeof(out->why),
		    "the command did not end by itself");
	else
		snprintf(out->why, sizeof(out->why),
		    "the command ended with status %d", a->status);
}

const struct channel_kind channel_exec = {
	.name = "exec",
	.render = render_exec,
	.judge = judge_exec,
};
