#include <stdio.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/watch/life.h"
#include "agent/watch/parts.h"

/*
 * The agent's own troubles, but for what it cannot see (sight.c): channels, the
 * store, its probe processes, a configuration that was refused.
 */

/* So many probe processes dead in ten minutes are worth an alert. */
#define DEATHS_MAX 3

static void
raise_own(struct watch *w, const char *key, const char *rule,
    enum severity severity, const char *subject, const char *message)
{
	if (book_find(w->book, key) == NULL)
		book_raise(w->book, key, CAUSE_AGENT, rule, severity, subject,
		    message, watch_now());
}

static void
channel_key(const char *channel, char key[160])
{
	snprintf(key, 160, "agent channel %.120s", channel);
}

static void
channel_died(void *arg, const char *channel, const char *why)
{
	struct watch *w = arg;
	char key[160], message[512];

	channel_key(channel, key);
	snprintf(message, sizeof(message),
	    "a message could not be delivered through channel %.120s and was "
	    "given up: %.300s",
	    channel, why);
	raise_own(w, key, "agent.channel", SEVERITY_WARNING, channel, message);
	journal_commit(w->journal, false);
}

static void
channel_lives(void *arg, const char *channel)
{
	struct watch *w = arg;
	char key[160];

	channel_key(channel, key);
	book_clear(w->book, key, watch_now());
	journal_commit(w->journal, false);
}

const struct notify_hooks own_notify_hooks = {
	.dead = channel_died,
	.alive = channel_lives,
};

/* What cannot be written is at least told. */
static void
check_store(struct watch *w)
{
	const char *why = journal_error(w->journal);
	char message[400];

	if (why == NULL) {
		book_clear(w->book, "agent store", watch_now());
		return;
	}
	snprintf(message, sizeof(message),
	    "the store cannot be written (%.300s): alerts go out, but would "
	    "not survive a restart",
	    why);
	raise_own(w, "agent store", "agent.store", SEVERITY_CRITICAL,
	    w->settings->store_path, message);
	post_directly(w);
}

static void
check_workers(struct watch *w)
{
	struct pool_stats stats;
	char message[200];

	pool_stats(w->pool, &stats);
	if (stats.recent_deaths == 0) {
		book_clear(w->book, "agent worker", watch_now());
		return;
	}
	if (stats.recent_deaths < DEATHS_MAX)
		return;
	snprintf(message, sizeof(message),
	    "probe processes of this monitor died %u times in ten minutes; "
	    "what they were looking at is not known",
	    stats.recent_deaths);
	raise_own(w, "agent worker", "agent.worker", SEVERITY_WARNING,
	    "probe processes", message);
}

void
watch_store_aside(struct watch *w, const char *aside)
{
	const struct log_about about = { .event = "store-damaged" };
	struct cause *cause;
	char message[800];

	snprintf(message, sizeof(message),
	    "the store was damaged and has been set aside as %s; a new one was "
	    "begun: history and open incidents of before are not in it",
	    aside);
	log_say(LOG_ERROR, &about, "%s", message);
	cause = book_raise(w->book, "agent store damaged", CAUSE_AGENT,
	    "agent.store", SEVERITY_CRITICAL, w->settings->store_path, message,
	    watch_now());
	/* It has happened, and does not last: told at once, and no end. */
	if (cause != NULL)
		post_cause(w, cause, MESSAGE_OPENED, NULL);
	book_clear(w->book, "agent store damaged", watch_now());
	journal_commit(w->journal, true);
}

void
own_tick(struct watch *w)
{
	check_store(w);
	check_workers(w);
}

/* ------------------------------------------------------------ configuration */

void
watch_reload_refused(struct watch *w, const char *why)
{
	const struct log_about about = { .event = "reload-refused" };
	char message[700];

	snprintf(w->reload_error, sizeof(w->reload_error), "%s", why);
	snprintf(message, sizeof(message),
	    "the new configuration was refused and the old one goes on: %s",
	    w->reload_error);
	log_say(LOG_ERROR, &about, "%s", message);
	book_clear(w->book, "agent config", watch_now());
	book_raise(w->book, "agent config", CAUSE_AGENT, "agent.config",
	    SEVERITY_WARNING, "configuration", message, watch_now());
	journal_commit(w->journal, true);
}

/* ------------------------------------------------------- what is gone by now
 */

struct sweep {
	struct watch *watch;
	char key[256]; /* found; "": none */
};

static bool
has_channel(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->nchannel; i++)
		if (strcmp(s->channel[i].name, name) == 0)
			return true;
	return false;
}

static bool
has_vantage(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->nvantage; i++)
		if (strcmp(s->vantage[i].name, name) == 0)
			return true;
	return false;
}

/* A trouble of what is not in the configuration any more, or with one that was
 * good since. */
static void
find_gone(void *arg, struct cause *cause)
{
	struct sweep *sweep = arg;
	const struct settings *s = sweep->watch->settings;
	const char *rule = cause->rule->id;

	if (strcmp(rule, "agent.config") == 0 ||
	    (strcmp(rule, "agent.channel") == 0 &&
	        !has_channel(s, cause->subject)) ||
	    (strcmp(rule, "agent.vantage") == 0 &&
	        !has_vantage(s, cause->subject)))
		snprintf(sweep->key, sizeof(sweep->key), "%s", cause->key);
}

/* One that cannot be cleared would be found again. */
void
own_sweep(struct watch *w)
{
	struct sweep sweep = { .watch = w };
	size_t most = book_count(w->book);

	for (; most > 0; most--) {
		*sweep.key = '\0';
		book_each(w->book, true, find_gone, &sweep);
		if (*sweep.key == '\0')
			return;
		book_clear(w->book, sweep.key, watch_now());
	}
}
