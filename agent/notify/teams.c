#include <stdlib.h>
#include <string.h>

#include "agent/notify/render.h"

/*
 * The webhook of a Teams workflow: an Adaptive Card, 28 KB in all.  Text goes
 * into text runs, which know no Markdown (text blocks do).
 */

#define LIST_LIMIT 6000
#define PART_LIMIT 800

static const struct say_style style = {
	.format = ESCAPE_CARD,
	.line = "\n",
	.bold_on = "",
	.bold_off = "",
	.list_on = "",
	.list_off = "",
};

static const char *
colour(const struct message *m)
{
	switch (say_severity(m)) {
	case SEVERITY_CRITICAL:
		return "Attention";
	case SEVERITY_WARNING:
		return "Warning";
	case SEVERITY_OK:
		return "Good";
	default:
		return "Default";
	}
}

static json_t *
paragraph(json_t *run, const char *spacing)
{
	return json_pack("{s:s, s:s, s:[o]}", "type", "RichTextBlock",
	    "spacing", spacing, "inlines", run);
}

static void
add(json_t **body, json_t *item)
{
	if (*body == NULL) {
		json_decref(item);
	} else if (json_array_append_new(*body, item) != 0) {
		json_decref(*body);
		*body = NULL;
	}
}

static void
add_part(json_t **body, const struct message *m, enum say_part part)
{
	json_t *text = json_part(&style, m, part, PART_LIMIT);

	if (text != NULL)
		add(body,
		    paragraph(json_pack("{s:s, s:o}", "type", "TextRun", "text",
		                  text),
		        "Small"));
}

/* Evidence, or a digest's lines: a paragraph each, for a run has no line
 * breaks. */
static void
add_list(json_t **body, const struct message *m)
{
	const char *font = m->kind == MESSAGE_DIGEST ? "Default" : "Monospace";
	struct buf b;
	char *text, *line, *rest;

	buf_init(&b, 0);
	say(&style, m, SAY_ONLY(SAY_LIST), LIST_LIMIT, &b);
	text = rest = buf_take(&b);
	if (text == NULL)
		add(body, NULL);
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
		if (*line != '\0')
			add(body,
			    paragraph(
			        json_pack("{s:s, s:s, s:s}", "type", "TextRun",
			            "text", line, "fontType", font),
			        line == text ? "Medium" : "None"));
	}
	free(text);
}

static json_t *
body_of(const struct message *m)
{
	json_t *body = json_array();

	add(&body,
	    paragraph(
	        json_pack("{s:s, s:o, s:s, s:s, s:s}", "type", "TextRun",
	            "text", json_headline(m, ESCAPE_CARD, PART_LIMIT), "weight",
	            "Bolder", "size", "Medium", "color", colour(m)),
	        "None"));
	add_part(&body, m, SAY_WHEN);
	add_part(&body, m, SAY_WHOM);
	add_part(&body, m, SAY_SENDERS);
	add_list(&body, m);
	add_part(&body, m, SAY_REMEDY);
	add_part(&body, m, SAY_INCIDENT);
	return body;
}

static json_t *
actions(const struct message *m)
{
	const char *link = say_link(m);

	if (link == NULL)
		return json_array();
	return json_pack("[{s:s, s:s, s:s}]", "type", "Action.OpenUrl", "title",
	    "Status page", "url", link);
}

static json_t *
card(const struct message *m)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:{s:s}}", "type",
	    "AdaptiveCard", "$schema",
	    "http://adaptivecards.io/schemas/adaptive-card.json", "version",
	    "1.4", "fallbackText", json_headline(m, ESCAPE_CARD, PART_LIMIT),
	    "body", body_of(m), "actions", actions(m), "msteams", "width",
	    "Full");
}

static int
render(const struct channel_setting *c, const struct message *m,
    struct request *out)
{
	return request_json(out, "POST", url_under(c->url, "", ""),
	    json_pack("{s:s, s:[{s:s, s:n, s:o}]}", "type", "message",
	        "attachments", "contentType",
	        "application/vnd.microsoft.card.adaptive", "contentUrl",
	        "content", card(m)));
}

/* 202 says only that the workflow began: a flow that fails later is not
 * seen. */
const struct channel_kind channel_teams = {
	.name = "teams",
	.render = render,
};
