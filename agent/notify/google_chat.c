#include <stdlib.h>
#include <string.h>

#include "agent/notify/render.h"

/* Incoming webhooks: text with marks like Slack's, 32 000 bytes.  What belongs
 * to one incident is one thread. */

#define TEXT_LIMIT 16000

static const struct say_style style = {
	.format = ESCAPE_GOOGLE_CHAT,
	.line = "\n",
	.bold_on = "*",
	.bold_off = "*",
	.list_on = "```\n",
	.list_off = "\n```",
	.link_on = "<",
	.link_off = "|Status page>",
};

/* A cause may come back next year: its next incident is another thread. */
static json_t *
thread(const struct message *m)
{
	const char *cause = m->key != NULL ? m->key : m->id;
	char hash[SIGN_HEX], *name;
	json_t *key = NULL;

	name = printed("%s %s", m->incident != NULL ? m->incident : "", cause);
	if (name != NULL && sign_hash(name, hash) == 0)
		key = json_stringn(hash, 32);
	free(name);
	return json_pack("{s:o}", "threadKey", key);
}

static char *
url_of(const char *url)
{
	if (url == NULL)
		url = "";
	return printed("%s%cmessageReplyOption="
	               "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
	    url, strchr(url, '?') != NULL ? '&' : '?');
}

static int
render(const struct channel_setting *c, const struct message *m,
    struct request *out)
{
	return request_json(out, "POST", url_of(c->url),
	    json_pack("{s:o, s:o}", "text",
	        json_said(&style, m, SAY_ALL, TEXT_LIMIT), "thread",
	        thread(m)));
}

const struct channel_kind channel_google_chat = {
	.name = "google-chat",
	.render = render,
};
