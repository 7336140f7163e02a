#include "agent/notify/render.h"

/* Incoming webhooks: Markdown in text, 16 383 characters.  Mentions and links
 * are not looked for in code. */

#define TEXT_LIMIT 16383

static const struct say_style style = {
	.format = ESCAPE_MATTERMOST,
	.line = "\n",
	.bold_on = "**",
	.bold_off = "**",
	.list_on = "```\n",
	.list_off = "\n```",
	.link_on = "[Status page](",
	.link_off = ")",
};

static int
render(const struct channel_setting *c, const struct message *m,
    struct request *out)
{
	return request_json(out, "POST", url_under(c->url, "", ""),
	    json_pack(
	        "{s:o}", "text", json_said(&style, m, SAY_ALL, TEXT_LIMIT)));
}

const struct channel_kind channel_mattermost = {
	.name = "mattermost",
	.render = render,
};
