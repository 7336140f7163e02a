#include <stdlib.h>

#include "agent/notify/render.h"

/*
 * The client-server API: one event, 64 KiB at most, with the message's id as
 * its transaction, so that a repeat is no second message.  An m.text and not
 * an m.notice, which rings no bell anywhere.  An empty m.mentions stops the
 * rules that look for names and for "@room" in the text.
 */

#define TEXT_LIMIT 12000

static const struct say_style html = {
	.format = ESCAPE_HTML,
	.line = "<br>",
	.bold_on = "<b>",
	.bold_off = "</b>",
	.list_on = "<pre><code>",
	.list_off = "</code></pre>",
	.link_on = "<a href=\"",
	.link_off = "\">Status page</a>",
	.entities = true,
};

static const struct say_style plain = {
	.format = ESCAPE_UNLINKED,
	.line = "\n",
	.bold_on = "",
	.bold_off = "",
	.list_on = "",
	.list_off = "",
	.link_on = "Status page: ",
	.link_off = "",
};

static char *
url_of(const struct channel_setting *c, const struct message *m)
{
	struct buf path;
	char *text, *url = NULL;

	buf_init(&path, 0);
	buf_puts(&path, "/_matrix/client/v3/rooms/");
	url_segment(&path, c->room != NULL ? c->room : "");
	buf_puts(&path, "/send/m.room.message/");
	url_segment(&path, m->id);
	text = buf_take(&path);
	if (text != NULL)
		url = url_under(c->url, "", text);
	free(text);
	return url;
}

static int
render(const struct channel_setting *c, const struct message *m,
    struct request *out)
{
	json_t *event = json_pack("{s:s, s:o, s:s, s:o, s:{}}", "msgtype",
	    "m.text", "body", json_said(&plain, m, SAY_ALL, TEXT_LIMIT),
	    "format", "org.matrix.custom.html", "formatted_body",
	    json_said(&html, m, SAY_ALL, TEXT_LIMIT), "m.mentions");

	if (request_json(out, "PUT", url_of(c, m), event) != 0)
		return -1;
	return request_bearer(out, c->token);
}

static void
judge(const struct answer *a, struct judgement *out)
{
	json_t *body = answer_json(a);

	channel_judge(a, out);
	if (out->verdict == RETRY)
		judgement_wait(out,
		    json_number_value(json_object_get(body, "retry_after_ms")));
	if (out->verdict != DELIVERED)
		judgement_quote(
		    out, json_string_value(json_object_get(body, "errcode")));
	json_decref(body);
}

const struct channel_kind channel_matrix = {
	.name = "matrix",
	.render = render,
	.judge = judge,
};
