#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/base/text.h"
#include "agent/notify/render.h"

#include "agent/notify/channel.h"

#define HOUR_MS ((uint64_t)3600000)

const struct channel_kind *const channel_kinds[CHANNEL_TYPES] = {
	[CHANNEL_SLACK] = &channel_slack,
	[CHANNEL_MATTERMOST] = &channel_mattermost,
	[CHANNEL_DISCORD] = &channel_discord,
	[CHANNEL_TEAMS] = &channel_teams,
	[CHANNEL_GOOGLE_CHAT] = &channel_google_chat,
	[CHANNEL_TELEGRAM] = &channel_telegram,
	[CHANNEL_MATRIX] = &channel_matrix,
	[CHANNEL_NTFY] = &channel_ntfy,
	[CHANNEL_PAGERDUTY] = &channel_pagerduty,
	[CHANNEL_ALERTMANAGER] = &channel_alertmanager,
	[CHANNEL_WEBHOOK] = &channel_webhook,
	[CHANNEL_EXEC] = &channel_exec,
};

/* ------------------------------------------------------------- Retry-After */

/* The three forms of a date (RFC 9110 5.6.7).  strptime reads names of months
 * in English as long as nobody sets a locale, which nobody does here. */
static const char *const date_form[] = {
	"%a, %d %b %Y %H:%M:%S GMT",
	"%A, %d-%b-%y %H:%M:%S GMT",
	"%a %b %d %H:%M:%S %Y",
};

/* A year of two digits that seems more than 50 years ahead is past. */
static void
mend_century(struct tm *tm, struct wall now)
{
	time_t seconds = (time_t)(now.us / 1000000);
	struct tm today;

	gmtime_r(&seconds, &today);
	while (tm->tm_year > today.tm_year + 50)
		tm->tm_year -= 100;
	while (tm->tm_year < today.tm_year - 49)
		tm->tm_year += 100;
}

static bool
read_date(const char *text, struct wall now, int64_t *seconds)
{
	for (size_t i = 0; i < sizeof(date_form) / sizeof(*date_form); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(text, date_form[i], &tm);

		if (end == NULL || end[strspn(end, " \t")] != '\0')
			continue;
		if (strstr(date_form[i], "%y") != NULL)
			mend_century(&tm, now);
		*seconds = timegm(&tm);
		return true;
	}
	return false;
}

/* Digits only; more than an hour is an hour. */
static bool
read_seconds(const char *text, uint64_t *ms)
{
	uint64_t seconds = 0;
	size_t len = strspn(text, "0123456789");

	if (len == 0 || text[len + strspn(text + len, " \t")] != '\0')
		return false;
	for (size_t i = 0; i < len && seconds <= HOUR_MS / 1000; i++)
		seconds = seconds * 10 + (uint64_t)(text[i] - '0');
	*ms = seconds * 1000;
	return true;
}

uint64_t
channel_retry_after(const char *header, struct wall now)
{
	uint64_t ms = 0;
	int64_t at;

	if (header == NULL)
		return 0;
	header += strspn(header, " \t");
	if (!read_seconds(header, &ms) && read_date(header, now, &at) &&
	    at > now.us / 1000000)
		ms = (uint64_t)(at * 1000 - now.us / 1000);
	return ms < HOUR_MS ? ms : HOUR_MS;
}

/* --------------------------------------------------------------- judgement */

static const struct meaning {
	int status;
	enum delivery_verdict verdict;
	const char *words;
} meanings[] = {
	{ 400, DEAD, "it does not understand the request" },
	{ 401, DEAD, "it does not accept the secret" },
	{ 403, DEAD, "it does not allow this" },
	{ 404, DEAD, "there is nothing at this URL" },
	{ 408, RETRY, "it waited too long for the request" },
	{ 410, DEAD, "what was at this URL is gone for good" },
	{ 413, DEAD, "the message is too long for it" },
	{ 425, RETRY, "too early" },
	{ 429, RETRY, "too many messages" },
	{ 500, RETRY, "its own error" },
	{ 502, RETRY, "a server behind it failed" },
	{ 503, RETRY, "it cannot serve now" },
	{ 504, RETRY, "a server behind it is too slow" },
};

static const struct meaning *
find_meaning(int status)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
		if (meanings[i].status == status)
			return &meanings[i];
	}
	return NULL;
}

/* By the class of the status. */
static enum delivery_verdict
verdict_of(int status)
{
	if (status >= 200 && status <= 299)
		return DELIVERED;
	return status >= 300 && status <= 499 ? DEAD : RETRY;
}

void
channel_judge(const struct answer *a, struct judgement *out)
{
	const struct meaning *m = find_meaning(a->status);

	*out =
	    (struct judgement){ .verdict = m != NULL ? m->verdict :
		                                       verdict_of(a->status) };
	if (a->status == 0)
		snprintf(out->why, sizeof(out->why), "no answer");
	else if (a->status >= 300 && a->status <= 399)
		snprintf(out->why, sizeof(out->why),
		    "it answered %d: it wants to send us elsewhere, and "
		    "redirects are not followed",
		    a->status);
	else
		snprintf(out->why, sizeof(out->why), "it answered %d%s%s",
		    a->status, m != NULL ? ": " : "",
		    m != NULL ? m->words : "");
	if (out->verdict == RETRY)
		out->wait_ms = channel_retry_after(a->retry_after, a->now);
}

json_t *
answer_json(const struct answer *a)
{
	return a->body == NULL ? NULL : json_loads(a->body, 0, NULL);
}

void
judgement_wait(struct judgement *j, double ms)
{
	uint64_t wait;

	if (!isfinite(ms) || ms <= 0)
		return;
	wait = ms < (double)HOUR_MS ? (uint64_t)ceil(ms) : HOUR_MS;
	if (wait > j->wait_ms)
		j->wait_ms = wait;
}

void
judgement_quote(struct judgement *j, const char *words)
{
	size_t len = strlen(j->why);

	if (words == NULL || *words == '\0' || sizeof(j->why) - len < 16)
		return;
	memcpy(j->why + len, "; ", 2);
	text_line(j->why + len + 2, sizeof(j->why) - len - 2, words);
}
