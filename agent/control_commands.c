#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "agent/base/num.h"
#include "agent/base/text.h"
#include "agent/control.h"
#include "agent/control_status.h"
#include "agent/show/show.h"
#include "agent/watch/life.h"

/*
 * What can be asked over the control socket.
 */

/* A silence may last so long. */
#define SILENCE_MAX_MS ((uint64_t)366 * 24 * 3600 * 1000)

#define UNKNOWN 3
#define BAD     2

json_t *
control_reply(int status, const char *text)
{
	return json_pack("{s:i, s:s}", "exit", status, "text", text);
}

json_t *
control_refuse(int status, const char *why)
{
	return json_pack("{s:i, s:s}", "exit", status, "error", why);
}

static const char *
text_of(const json_t *request, const char *key)
{
	return json_string_value(json_object_get(request, key));
}

static uint64_t
number_of(const json_t *request, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(request, key));

	return number < 0 ? 0 : (uint64_t)number;
}

/* ------------------------------------------------------------------- status */

static void
read_style(const json_t *request, struct show_style *style)
{
	style->color = json_is_true(json_object_get(request, "color"));
	style->utf8 = json_is_true(json_object_get(request, "utf8"));
	style->columns = (unsigned)number_of(request, "columns");
	style->verbosity = (unsigned)number_of(request, "verbosity");
}

/* The domain as typed: A-labels, U-labels. */
static struct domain *
find_domain(struct watch *w, const char *typed, char *why, size_t why_size)
{
	char ascii[NAME_WIRE + 1], *unicode = NULL;
	struct domain *domain;

	if (name_domain(typed, ascii, &unicode, why, why_size) != 0)
		return NULL;
	free(unicode);
	domain = model_find(watch_model(w), ascii);
	if (domain == NULL)
		snprintf(why, why_size,
		    "%s is not watched: name it below domains, and reload",
		    ascii);
	return domain;
}

static json_t *
status(struct watch *w, const json_t *request, const struct control_peer *peer)
{
	const char *typed = text_of(request, "domain");
	const char *format = text_of(request, "format");
	const struct show_format *show =
	    show_find(format == NULL ? "human" : format);
	struct show_style style;
	struct domain *domain;
	struct buf text;
	json_t *reply;
	char why[512];
	int code;

	(void)peer;
	if (show == NULL)
		return control_refuse(UNKNOWN, "there is no such format");
	read_style(request, &style);
	buf_init(&text, 0);
	if (typed == NULL) {
		code = status_overview(w, show, &style, &text);
	} else {
		domain = find_domain(w, typed, why, sizeof(why));
		if (domain == NULL)
			return control_refuse(UNKNOWN, why);
		code = status_domain(w, domain, show, &style, &text);
	}
	reply = control_reply(code, buf_str(&text));
	buf_free(&text);
	return reply;
}

/* As systemd's watchdog is told it: it does its work, whatever it sees. */
static json_t *
alive(struct watch *w, const json_t *request, const struct control_peer *peer)
{
	(void)request;
	(void)peer;
	return watch_progress(w) ?
	    control_reply(0, "alive\n") :
	    control_refuse(UNKNOWN, "the agent makes no progress");
}

/* ----------------------------------------------------------------- silences */

static json_t *
refuse(void)
{
	return control_refuse(
	    BAD, "only root and the user that mxvigil runs as may change that");
}

/* What is wrong with a silence that is asked for; NULL: nothing. */
static const char *
silence_lacks(const char *match, const char *why, uint64_t ms)
{
	if (match == NULL || *match == '\0')
		return "a silence needs a domain, a host or a rule";
	if (strlen(match) > NAME_TEXT)
		return "no domain, host or rule has a name as long as that";
	if (ms == 0)
		return "a silence needs a time: for how long?";
	if (ms > SILENCE_MAX_MS)
		return "a silence lasts at most 366 days";
	if (why == NULL || *why == '\0')
		return "a silence needs a reason: why?";
	if (strlen(why) > TEXT_MAX)
		return "the reason for a silence is too long";
	return NULL;
}

static json_t *
silenced(struct watch *w, const char *match, uint64_t id, struct wall end)
{
	char line[64], until[CLOCK_TEXT], warning[160];
	struct watch_health health;
	json_t *reply;

	clock_format(end, until);
	snprintf(line, sizeof(line), "silence %llu until %.10s %.5s UTC\n",
	    (unsigned long long)id, until, until + 11);
	reply = control_reply(0, line);
	if (watch_knows(w, match))
		return reply;
	watch_health(w, &health);
	snprintf(warning, sizeof(warning),
	    "it matches no rule, and no domain or host that is watched%s",
	    health.first_pass ? " (not all of them are known yet)" : "");
	(void)json_object_set_new(reply, "warning", json_string(warning));
	return reply;
}

static json_t *
silence(struct watch *w, const json_t *request, const struct control_peer *peer)
{
	const char *match = text_of(request, "match");
	const char *why = text_of(request, "why");
	uint64_t ms = number_of(request, "ms"), id;
	const char *lacks = silence_lacks(match, why, ms);
	char complaint[256];
	struct wall until;

	if (!peer->may_change)
		return refuse();
	if (lacks != NULL)
		return control_refuse(BAD, lacks);
	until.us = clock_wall().us + (int64_t)ms * 1000;
	if (watch_silence(w, match, until, why, peer->name, &id, complaint,
	        sizeof(complaint)) != 0)
		return control_refuse(BAD, complaint);
	return silenced(w, match, id, until);
}

static json_t *
unsilence(
    struct watch *w, const json_t *request, const struct control_peer *peer)
{
	char why[256];

	if (!peer->may_change)
		return refuse();
	if (watch_unsilence(w, number_of(request, "id"), why, sizeof(why)) != 0)
		return control_refuse(BAD, why);
	return control_reply(0, "ended\n");
}

static void
put_silence(void *arg, const struct silence_row *row)
{
	char from[CLOCK_TEXT], until[CLOCK_TEXT];

	clock_format(row->from, from);
	clock_format(row->until, until);
	buf_printf(arg, "%6llu  %s  %.10s %.5s to %.10s %.5s UTC  %s: %s%s\n",
	    (unsigned long long)row->id, row->match, from, from + 11, until,
	    until + 11, row->by, row->why,
	    row->ended.us != 0 ? " (ended)" : "");
}

static json_t *
silences(
    struct watch *w, const json_t *request, const struct control_peer *peer)
{
	bool all = json_is_true(json_object_get(request, "all"));
	struct buf text;
	json_t *reply;

	(void)peer;
	buf_init(&text, 0);
	if (store_silences(
	        watch_store(w), clock_wall(), all, put_silence, &text) != 0) {
		buf_free(&text);
		return control_refuse(BAD, store_why(watch_store(w)));
	}
	reply = control_reply(
	    0, text.len == 0 ? "nothing is silenced\n" : buf_str(&text));
	buf_free(&text);
	return reply;
}

static json_t *
ack(struct watch *w, const json_t *request, const struct control_peer *peer)
{
	const char *text = text_of(request, "why");
	char why[256];

	if (!peer->may_change)
		return refuse();
	if (watch_ack(w, number_of(request, "incident"),
	        text == NULL ? "" : text, peer->name, why, sizeof(why)) != 0)
		return control_refuse(BAD, why);
	return control_reply(0, "acknowledged\n");
}

/* ----------------------------------------------------------------- commands */

static const struct {
	const char *name;
	json_t *(*answer)(
	    struct watch *, const json_t *, const struct control_peer *);
} commands[] = {
	{ "status", status },
	{ "alive", alive },
	{ "silence", silence },
	{ "unsilence", unsilence },
	{ "silences", silences },
	{ "ack", ack },
};

json_t *
control_answer(
    struct watch *w, const json_t *request, const struct control_peer *peer)
{
	const char *name = text_of(request, "command");

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (name != NULL && strcmp(commands[i].name, name) == 0)
			return commands[i].answer(w, request, peer);
	return control_refuse(UNKNOWN, "there is no such command");
}
