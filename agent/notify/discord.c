#include "agent/notify/render.h"

/*
 * Webhooks: one embed, title 256 and description 4096 characters, all texts of
 * a message together 6000.  An empty allowed_mentions stops every mention,
 * whatever the text holds.
 */

#define TITLE_MAX       256
#define DESCRIPTION_MAX 4096

static const struct say_style style = {
	.format = ESCAPE_DISCORD,
	.line = "\n",
	.bold_on = "**",
	.bold_off = "**",
	.list_on = "```\n",
	.list_off = "\n```",
	.link_on = "[Status page](",
	.link_off = ")",
};

static json_int_t
colour(const struct message *m)
{
	switch (say_severity(m)) {
	case SEVERITY_CRITICAL:
		return 0xd32f2f;
	case SEVERITY_WARNING:
		return 0xf9a825;
	case SEVERITY_OK:
		return 0x2e7d32;
	default:
		return 0x546e7a;
	}
}

static json_t *
embed(const struct message *m)
{
	json_t *headline = json_headline(m, ESCAPE_DISCORD, SIZE_MAX);
	bool fits = json_string_length(headline) <= TITLE_MAX;
	unsigned parts = fits ? SAY_ALL & ~SAY_ONLY(SAY_HEADLINE) : SAY_ALL;

	json_decref(headline);
	return json_pack("{s:o, s:o, s:I, s:o*}", "title",
	    json_headline(m, ESCAPE_DISCORD, TITLE_MAX), "description",
	    json_said(&style, m, parts, DESCRIPTION_MAX), "color", colour(m),
	    "timestamp", json_time(m->at));
}

static int
render(const struct channel_setting *c, const struct message *m,
    struct request *out)
{
	return request_json(out, "POST", url_under(c->url, "", ""),
	    json_pack("{s:{s:[]}, s:[o]}", "allowed_mentions", "parse",
	        "embeds", embed(m)));
}

/* 429 says how long in the body too, in seconds with a fraction. */
static void
judge(const struct answer *a, struct judgement *out)
{
	json_t *body = answer_json(a);

	channel_judge(a, out);
	if (out->verdict == RETRY)
		judgement_wait(out,
		    json_number_value(json_object_get(body, "retry_after")) *
		        1000);
	if (out->verdict != DELIVERED)
		judgement_quote(
		    out, json_string_value(json_object_get(body, "message")));
	json_decref(body);
}

const struct channel_kind channel_discord = {
	.name = "discord",
	.render = render,
	.judge = judge,
};
