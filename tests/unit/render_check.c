#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "tests/unit/render_case.h"
#include "tests/unit/render_text.h"

#include "tests/unit/render_check.h"

static bool
is(const json_t *object, const char *key, const char *want)
{
	const char *have = json_string_value(json_object_get(object, key));

	return have != NULL && strcmp(have, want) == 0;
}

/* ---------------------------------------------------------------- services */

static const char *
check_slack_block(const json_t *block)
{
	const json_t *text = json_object_get(block, "text");
	const json_t *words = json_object_get(text, "text");

	if (is(block, "type", "header")) {
		if (!is(text, "type", "plain_text") ||
		    text_characters(json_string_value(words)) > 150)
			return WRONG("header");
		return text_plain(ESCAPE_SLACK_PLAIN, words, 600);
	}
	if (!is(block, "type", "section") || !is(text, "type", "mrkdwn") ||
	    !json_is_true(json_object_get(text, "verbatim")))
		return WRONG("section");
	return text_check(&marks_slack, words, 1, 3000);
}

static const char *
check_slack(const struct request *r, const json_t *body)
{
	const json_t *blocks = json_object_get(body, "blocks"), *block;
	const char *wrong = NULL;
	size_t i;

	(void)r;
	if (json_array_size(blocks) < 1 || json_array_size(blocks) > 50)
		return WRONG("blocks");
	if (!json_is_false(json_object_get(body, "link_names")) ||
	    !json_is_false(json_object_get(body, "unfurl_links")))
		return WRONG("links are looked for");
	json_array_foreach((json_t *)blocks, i, block)
	{
		if (wrong == NULL)
			wrong = check_slack_block(block);
	}
	if (wrong == NULL)
		wrong = text_check(
		    &marks_slack, json_object_get(body, "text"), 1, 4000);
	return wrong;
}

static const char *
check_mattermost(const struct request *r, const json_t *body)
{
	(void)r;
	return text_check(
	    &marks_markdown, json_object_get(body, "text"), 1, 16383);
}

static const char *
check_discord(const struct request *r, const json_t *body)
{
	const json_t *parse, *embed, *title, *about;
	const char *wrong;

	(void)r;
	parse =
	    json_object_get(json_object_get(body, "allowed_mentions"), "parse");
	if (!json_is_array(parse) || json_array_size(parse) != 0)
		return WRONG("mentions are allowed");
	embed = json_array_get(json_object_get(body, "embeds"), 0);
	title = json_object_get(embed, "title");
	about = json_object_get(embed, "description");
	if ((wrong = text_check(&marks_discord, title, 1, 256)) != NULL ||
	    (wrong = text_check(&marks_discord, about, 1, 4096)) != NULL)
		return wrong;
	if (text_characters(json_string_value(title)) +
	        text_characters(json_string_value(about)) >
	    6000)
		return WRONG("more than 6000 characters");
	return NULL;
}

static const char *
check_run(const json_t *block)
{
	const json_t *run =
	    json_array_get(json_object_get(block, "inlines"), 0);

	if (!is(block, "type", "RichTextBlock") || !is(run, "type", "TextRun"))
		return WRONG("text that is read as Markdown");
	return text_plain(ESCAPE_CARD, json_object_get(run, "text"), 2000);
}

static const char *
check_teams(const struct request *r, const json_t *body)
{
	const json_t *attachment, *card, *block, *action;
	const char *wrong = NULL;
	size_t i;

	if (r->body.len > 28 * 1024)
		return WRONG("%zu bytes", r->body.len);
	attachment = json_array_get(json_object_get(body, "attachments"), 0);
	card = json_object_get(attachment, "content");
	if (!is(body, "type", "message") ||
	    !is(attachment, "contentType",
	        "application/vnd.microsoft.card.adaptive") ||
	    !is(card, "type", "AdaptiveCard") || !is(card, "version", "1.4"))
		return WRONG("no Adaptive Card 1.4");
	json_array_foreach(json_object_get(card, "body"), i, block)
	{
		if (wrong == NULL)
			wrong = check_run(block);
	}
	json_array_foreach(json_object_get(card, "actions"), i, action)
	{
		if (!is(action, "type", "Action.OpenUrl") ||
		    !is(action, "url", CASE_LINK))
			wrong = WRONG("an action that is not ours");
	}
	return wrong;
}

static const char *
check_google_chat(const struct request *r, const json_t *body)
{
	const json_t *text = json_object_get(body, "text");
	const json_t *key =
	    json_object_get(json_object_get(body, "thread"), "threadKey");

	if (r->body.len > 32000)
		return WRONG("%zu bytes", r->body.len);
	if (json_string_length(key) == 0 ||
	    strstr(r->url,
	        "messageReplyOption="
	        "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD") == NULL)
		return WRONG("no thread");
	return text_check(&marks_google, text, 1, 32000);
}

static const char *
check_telegram(const struct request *r, const json_t *body)
{
	if (strcmp(r->url, "https://api.telegram.org/bott0ken/sendMessage") !=
	        0 ||
	    !is(body, "chat_id", "!room/1:server.example") ||
	    !is(body, "parse_mode", "HTML") ||
	    !json_is_true(json_object_get(
	        json_object_get(body, "link_preview_options"), "is_disabled")))
		return WRONG("not as sendMessage wants it");
	return text_check(
	    &marks_telegram, json_object_get(body, "text"), 1, 4096);
}

static const char *
check_matrix(const struct request *r, const json_t *body)
{
	static const char url[] =
	    "https://server.example/_matrix/client/v3/rooms/"
	    "%21room%2F1%3Aserver.example/send/m.room.message/msg_";
	const char *wrong;

	if (strcmp(r->method, "PUT") != 0 ||
	    strncmp(r->url, url, strlen(url)) != 0 ||
	    strpbrk(r->url + strlen(url), "/?#") != NULL)
		return WRONG("URL");
	if (r->body.len > 60000 || !is(body, "msgtype", "m.text") ||
	    !is(body, "format", "org.matrix.custom.html") ||
	    json_object_size(json_object_get(body, "m.mentions")) != 0 ||
	    json_object_get(body, "m.mentions") == NULL)
		return WRONG("event");
	wrong = text_check(
	    &marks_matrix, json_object_get(body, "formatted_body"), 1, 30000);
	if (wrong == NULL)
		wrong = text_check(&marks_matrix_body,
		    json_object_get(body, "body"), 1, 30000);
	return wrong;
}

static const char *
check_ntfy(const struct request *r, const json_t *body)
{
	const json_t *text = json_object_get(body, "message");
	json_int_t priority =
	    json_integer_value(json_object_get(body, "priority"));
	const json_t *click = json_object_get(body, "click");
	const char *wrong;

	if (strcmp(r->url, "https://server.example/") != 0 ||
	    !is(body, "topic", "!room/1:server.example") || priority < 1 ||
	    priority > 5 || json_string_length(text) > 4096)
		return WRONG("not as ntfy wants it");
	if (click != NULL && !is(body, "click", CASE_LINK))
		return WRONG("a link that is not ours");
	wrong =
	    text_plain(ESCAPE_UNLINKED, json_object_get(body, "title"), 250);
	if (wrong != NULL)
		return wrong;
	return text_check(&marks_ntfy, text, 1, 4096);
}

static const char *
check_pagerduty(const struct request *r, const json_t *body)
{
	static const char *const severity[] = { "critical", "error", "warning",
		"info" };
	const json_t *payload = json_object_get(body, "payload");
	const json_t *summary = json_object_get(payload, "summary");
	bool known = false;

	for (size_t i = 0; i < 4; i++)
		known = known || is(payload, "severity", severity[i]);
	if (strcmp(r->url, "https://events.pagerduty.com/v2/enqueue") != 0 ||
	    !is(body, "routing_key", "t0ken") || r->body.len > 512 * 1024)
		return WRONG("not as PagerDuty wants it");
	if (!is(body, "event_action", "trigger") &&
	    !is(body, "event_action", "resolve"))
		return WRONG("event_action");
	if (!known ||
	    json_string_length(json_object_get(payload, "source")) == 0)
		return WRONG("severity or source");
	if (json_string_length(json_object_get(body, "dedup_key")) == 0 ||
	    json_string_length(json_object_get(body, "dedup_key")) > 255)
		return WRONG("dedup_key");
	return text_plain(ESCAPE_PLAIN, summary, 1024);
}

static bool
is_label_name(const char *name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz"
	                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";

	if (*name == '\0' || strchr(first, *name) == NULL)
		return false;
	for (; *name != '\0'; name++) {
		if (strchr(first, *name) == NULL &&
		    (*name < '0' || *name > '9'))
			return false;
	}
	return true;
}

static const char *
check_alert(const json_t *alert)
{
	json_t *labels = json_object_get(alert, "labels"), *value;
	const json_t *from = json_object_get(alert, "startsAt");
	const json_t *to = json_object_get(alert, "endsAt");
	const char *name;

	if (json_string_length(json_object_get(labels, "alertname")) == 0)
		return WRONG("no alertname");
	json_object_foreach(labels, name, value)
	{
		if (!is_label_name(name) || json_string_length(value) == 0)
			return WRONG("label %s", name);
	}
	json_object_foreach(json_object_get(alert, "annotations"), name, value)
	{
		if (!is_label_name(name) || !json_is_string(value))
			return WRONG("annotation %s", name);
	}
	if (!json_is_string(from) || !json_is_string(to) ||
	    strcmp(json_string_value(from), json_string_value(to)) > 0)
		return WRONG("ends before it begins");
	return NULL;
}

static const char *
check_alertmanager(const struct request *r, const json_t *body)
{
	const char *wrong = NULL;
	json_t *alert;
	size_t i;

	if (strcmp(r->url, "https://server.example/api/v2/alerts") != 0)
		return WRONG("URL");
	if (json_array_size(body) == 0)
		return WRONG("no list");
	json_array_foreach((json_t *)body, i, alert)
	{
		if (wrong == NULL)
			wrong = check_alert(alert);
	}
	return wrong;
}

static const char *
check_data(const json_t *data)
{
	static const char *const keys[] = { "schema", "kind", "id", "incident",
		"key", "severity", "rule", "subject", "title", "headline", "at",
		"since", "until", "domains", "domains_total", "senders",
		"evidence", "remedy", "link", "labels", "items",
		"items_total" };
	size_t n = sizeof(keys) / sizeof(*keys);

	if (!is(data, "schema", "mxvigil.alert/1"))
		return WRONG("schema");
	for (size_t i = 0; i < n; i++) {
		if (json_object_get(data, keys[i]) == NULL)
			return WRONG("%s is missing", keys[i]);
	}
	return json_object_size(data) == n ? NULL : WRONG("more keys");
}

static const char *
header(const struct request *r, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < r->nheader; i++) {
		if (strncmp(r->header[i], name, len) == 0)
			return r->header[i] + len;
	}
	return "";
}

static const char *
check_webhook(const struct request *r, const json_t *body)
{
	const char *signature = header(r, "webhook-signature: ");

	if (strncmp(header(r, "webhook-id: "), "msg_", 4) != 0 ||
	    strcmp(header(r, "webhook-timestamp: "), "1795455930") != 0)
		return WRONG("headers");
	/* "v1," and 32 bytes in base64, for each of two keys. */
	if (strlen(signature) != 2 * 47 + 1 ||
	    strncmp(signature, "v1,", 3) != 0 ||
	    strncmp(signature + 47, " v1,", 4) != 0)
		return WRONG("signature %s", signature);
	if (strncmp(json_string_value(json_object_get(body, "type")),
	        "mxvigil.", 8) != 0 ||
	    json_object_get(body, "timestamp") == NULL)
		return WRONG("envelope");
	return check_data(json_object_get(body, "data"));
}

static const char *
check_exec(const struct request *r, const json_t *body)
{
	if (r->url != NULL || r->nheader != 0 || r->method != NULL)
		return WRONG("a request for a command");
	return check_data(body);
}

static const char *(*const check[CHANNEL_TYPES])(
    const struct request *, const json_t *) = {
	[CHANNEL_SLACK] = check_slack,
	[CHANNEL_MATTERMOST] = check_mattermost,
	[CHANNEL_DISCORD] = check_discord,
	[CHANNEL_TEAMS] = check_teams,
	[CHANNEL_GOOGLE_CHAT] = check_google_chat,
	[CHANNEL_TELEGRAM] = check_telegram,
	[CHANNEL_MATRIX] = check_matrix,
	[CHANNEL_NTFY] = check_ntfy,
	[CHANNEL_PAGERDUTY] = check_pagerduty,
	[CHANNEL_ALERTMANAGER] = check_alertmanager,
	[CHANNEL_WEBHOOK] = check_webhook,
	[CHANNEL_EXEC] = check_exec,
};

static const char *
check_http(enum channel_type type, const struct request *r)
{
	bool bearer = type == CHANNEL_MATRIX || type == CHANNEL_NTFY;

	if (strncmp(r->url, "https://", 8) != 0)
		return WRONG("URL");
	if (type != CHANNEL_MATRIX && strcmp(r->method, "POST") != 0)
		return WRONG("method");
	if (strcmp(header(r, "Content-Type: "), "application/json") != 0)
		return WRONG("Content-Type");
	if (strcmp(header(r, "Authorization: "),
	        bearer ? "Bearer t0ken" : "") != 0)
		return WRONG("Authorization");
	return NULL;
}

const char *
render_check(enum channel_type type, const struct request *r)
{
	json_error_t error;
	json_t *body = json_loadb(
	    r->body.data, r->body.len, JSON_REJECT_DUPLICATES, &error);
	const char *wrong = NULL;

	if (body == NULL)
		return WRONG("no JSON: %s", error.text);
	if (type != CHANNEL_EXEC)
		wrong = check_http(type, r);
	if (wrong == NULL)
		wrong = check[type](r, body);
	json_decref(body);
	return wrong;
}
