#include <stdlib.h>
#include <string.h>

#include "agent/notify/render.h"

/*
 * Events API v2.  All that is said of one cause has one dedup_key, so that a
 * reminder is only noted at the open incident (and opens one again that
 * somebody closed while the trouble lasts).  What has no end (changes, a
 * digest, a test) stays open there until somebody closes it, and so is an
 * incident of its own each time.
 */

#define SUMMARY_MAX 1024
#define DEDUP_MAX   255
#define FIELD_MAX   4000

static const char *
severity_word(enum severity severity)
{
	switch (severity) {
	case SEVERITY_CRITICAL:
		return "critical";
	case SEVERITY_WARNING:
		return "warning";
	case SEVERITY_UNKNOWN:
		return "error";
	default:
		return "info";
	}
}

static const struct say_style style = {
	.format = ESCAPE_PLAIN,
	.line = "\n",
	.bold_on = "",
	.bold_off = "",
	.list_on = "",
	.list_off = "",
};

static json_t *
details(const struct message *m)
{
	return json_pack("{s:o*, s:o*, s:o*, s:o*, s:o*, s:o}", "when",
	    json_part(&style, m, SAY_WHEN, FIELD_MAX), "whom",
	    json_part(&style, m, SAY_WHOM, FIELD_MAX), "senders",
	    json_plain(m->senders, FIELD_MAX), "evidence",
	    json_part(&style, m, SAY_LIST, FIELD_MAX), "remedy",
	    json_plain(m->remedy, FIELD_MAX), "incident",
	    json_text(m->incident));
}

static json_t *
payload(const struct message *m)
{
	return json_pack("{s:o, s:o, s:s, s:o, s:o*, s:o}", "summary",
	    json_headline(m, ESCAPE_PLAIN, SUMMARY_MAX), "source",
	    m->subject != NULL ? json_text(m->subject) : json_string("mxvigil"),
	    "severity", severity_word(m->severity), "timestamp",
	    json_time(m->since.us != 0 ? m->since : m->at), "class",
	    m->rule != NULL ? json_text(m->rule) : NULL, "custom_details",
	    details(m));
}

static json_t *
links(const struct message *m)
{
	const char *link = say_link(m);

	if (link == NULL)
		return json_array();
	return json_pack("[{s:s, s:s}]", "href", link, "text", "Status page");
}

static int
render(const struct channel_setting *c, const struct message *m,
    struct request *out)
{
	char *key = m->incident != NULL || m->id == NULL ?
	    request_key(m, DEDUP_MAX) :
	    strdup(m->id);
	json_t *event = json_pack("{s:s, s:s, s:s, s:s, s:s*, s:o, s:o}",
	    "routing_key", c->token != NULL ? c->token : "", "event_action",
	    say_over(m) ? "resolve" : "trigger", "dedup_key", key, "client",
	    "mxvigil", "client_url", say_link(m), "links", links(m), "payload",
	    payload(m));

	free(key);
	return request_json(out, "POST",
	    url_under(c->url, "https://events.pagerduty.com/v2/enqueue", ""),
	    event);
}

static void
judge(const struct answer *a, struct judgement *out)
{
	json_t *body = answer_json(a), *errors;

	channel_judge(a, out);
	errors = json_object_get(body, "errors");
	if (out->verdict == DEAD)
		judgement_quote(
		    out, json_string_value(json_array_get(errors, 0)));
	json_decref(body);
}

const struct channel_kind channel_pagerduty = {
	.name = "pagerduty",
	.render = render,
	.judge = judge,
};
