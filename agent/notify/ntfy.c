#include "agent/notify/render.h"

/* JSON to the base URL: a message of 4096 bytes; a longer one would become an
 * attachment.  Some clients make links of host names. */

#define TITLE_MAX     250
#define MESSAGE_LIMIT 4096

static const struct say_style style = {
	.format = ESCAPE_UNLINKED,
	.line = "\n",
	.bold_on = "",
	.bold_off = "",
	.list_on = "",
	.list_off = "",
};

static int
priority(const struct message *m)
{
	switch (say_severity(m)) {
	case SEVERITY_CRITICAL:
		return 5;
	case SEVERITY_WARNING:
		return 4;
	default:
		return 3;
	}
}

/* The title is the headline, which is repeated only when it was cut. */
static json_t *
text(const struct message *m)
{
	json_t *headline = json_headline(m, ESCAPE_UNLINKED, SIZE_MAX);
	bool fits = json_string_length(headline) <= TITLE_MAX;

	json_decref(headline);
	return json_said(&style, m,
	    fits ? SAY_ALL & ~SAY_ONLY(SAY_HEADLINE) : SAY_ALL, MESSAGE_LIMIT);
}

static int
render(const struct channel_setting *c, const struct message *m,
    struct request *out)
{
	json_t *body = json_pack("{s:o, s:o, s:o, s:i, s:[s, o*], s:s*}",
	    "topic", json_text(c->room), "title",
	    json_headline(m, ESCAPE_UNLINKED, TITLE_MAX), "message", text(m),
	    "priority", priority(m), "tags",
	    say_over(m) ? "resolved" : severity_name(m->severity),
	    m->rule != NULL ? json_text(m->rule) : NULL, "click", say_link(m));

	if (request_json(out, "POST", url_under(c->url, "https://ntfy.sh", "/"),
	        body) != 0)
		return -1;
	return request_bearer(out, c->token);
}

const struct channel_kind channel_ntfy = {
	.name = "ntfy",
	.render = render,
};
