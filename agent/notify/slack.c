#include <string.h>

#include "agent/notify/render.h"

/*
 * Incoming webhooks, Block Kit.  A header holds 150 characters and a section
 * 3000.  verbatim stops Slack from making links and mentions of plain text;
 * what it would read all the same is escaped or code.
 */

#define HEADER_MAX  150
#define SECTION_MAX 2900

static const struct say_style style = {
	.format = ESCAPE_SLACK,
	.line = "\n",
	.bold_on = "*",
	.bold_off = "*",
	.list_on = "```",
	.list_off = "```",
	.link_on = "<",
	.link_off = "|Status page>",
	.entities = true,
};

static json_t *
mrkdwn(const struct message *m, unsigned parts)
{
	return json_pack("{s:s, s:o, s:b}", "type", "mrkdwn", "text",
	    json_said(&style, m, parts, SECTION_MAX), "verbatim", 1);
}

/* Some parts as a section; nothing when they say nothing, for Slack refuses
 * an empty text. */
static void
add_section(json_t **blocks, const struct message *m, unsigned parts)
{
	json_t *text = mrkdwn(m, parts), *block;

	if (text != NULL &&
	    json_string_length(json_object_get(text, "text")) == 0) {
		json_decref(text);
		return;
	}
	block = json_pack("{s:s, s:o}", "type", "section", "text", text);
	if (json_array_append_new(*blocks, block) != 0) {
		json_decref(*blocks);
		*blocks = NULL;
	}
}

static json_t *
blocks_of(const struct message *m)
{
	static const unsigned sections[] = {
		SAY_ONLY(SAY_WHEN) | SAY_ONLY(SAY_WHOM) | SAY_ONLY(SAY_SENDERS),
		SAY_ONLY(SAY_LIST),
		SAY_ONLY(SAY_REMEDY),
		SAY_ONLY(SAY_LINK) | SAY_ONLY(SAY_INCIDENT),
	};
	json_t *headline = json_headline(m, ESCAPE_SLACK_PLAIN, SIZE_MAX);
	bool fits = json_string_length(headline) <= HEADER_MAX;
	json_t *blocks;

	json_decref(headline);
	blocks = json_pack("[{s:s, s:{s:s, s:o, s:b}}]", "type", "header",
	    "text", "type", "plain_text", "text",
	    json_headline(m, ESCAPE_SLACK_PLAIN, HEADER_MAX), "emoji", 0);
	if (!fits && blocks != NULL)
		add_section(&blocks, m, SAY_ONLY(SAY_HEADLINE));
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		if (blocks != NULL)
			add_section(&blocks, m, sections[i]);
	}
	return blocks;
}

static int
render(const struct channel_setting *c, const struct message *m,
    struct request *out)
{
	return request_json(out, "POST", url_under(c->url, "", ""),
	    json_pack("{s:o, s:o, s:b, s:b, s:b, s:b}", "text",
	        json_headline(m, ESCAPE_SLACK, SECTION_MAX), "blocks",
	        blocks_of(m), "mrkdwn", 1, "link_names", 0, "unfurl_links", 0,
	        "unfurl_media", 0));
}

/* A refusal is one word in the body, as "invalid_blocks". */
static void
judge(const struct answer *a, struct judgement *out)
{
	size_t len;

	channel_judge(a, out);
	if (out->verdict == DELIVERED || a->body == NULL)
		return;
	len = strspn(a->body, "abcdefghijklmnopqrstuvwxyz_");
	if (len > 0 && len < 64 && a->body[len] == '\0')
		judgement_quote(out, a->body);
}

const struct channel_kind channel_slack = {
	.name = "slack",
	.render = render,
	.judge = judge,
};
