#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/notify/render.h"

/*
 * The Bot API's sendMessage: HTML, 4096 characters after its entities are
 * read.  Host names, "@names", "/commands" and numbers become links anywhere
 * but in code, and code may not be bold.
 */

#define TEXT_LIMIT 4096

static const struct say_style style = {
	.format = ESCAPE_HTML,
	.line = "\n",
	.bold_on = "",
	.bold_off = "",
	.list_on = "<pre>",
	.list_off = "</pre>",
	.link_on = "<a href=\"",
	.link_off = "\">Status page</a>",
	.entities = true,
};

/* The token is part of the path. */
static char *
url_of(const struct channel_setting *c)
{
	char *path, *url = NULL;

	path = printed("/bot%s/sendMessage", c->token != NULL ? c->token : "");
	if (path != NULL) {
		url = url_under(c->url, "https://api.telegram.org", path);
		explicit_bzero(path, strlen(path));
	}
	free(path);
	return url;
}

static int
render(const struct channel_setting *c, const struct message *m,
    struct request *out)
{
	return request_json(out, "POST", url_of(c),
	    json_pack("{s:o, s:o, s:s, s:{s:b}}", "chat_id", json_text(c->room),
	        "text", json_said(&style, m, SAY_ALL, TEXT_LIMIT), "parse_mode",
	        "HTML", "link_preview_options", "is_disabled", 1));
}

static void
judge(const struct answer *a, struct judgement *out)
{
	json_t *body = answer_json(a);
	json_t *more = json_object_get(body, "parameters");
	json_t *chat = json_object_get(more, "migrate_to_chat_id");
	char text[64];

	channel_judge(a, out);
	if (out->verdict == RETRY)
		judgement_wait(out,
		    json_number_value(json_object_get(more, "retry_after")) *
		        1000);
	if (out->verdict != DELIVERED)
		judgement_quote(out,
		    json_string_value(json_object_get(body, "description")));
	if (out->verdict == DEAD && json_is_integer(chat)) {
		snprintf(text, sizeof(text), "the chat is now %lld",
		    (long long)json_integer_value(chat));
		judgement_quote(out, text);
	}
	json_decref(body);
}

const struct channel_kind channel_telegram = {
	.name = "telegram",
	.render = render,
	.judge = judge,
};
