#include <stdlib.h>
#include <string.h>

#include "agent/watch/parts.h"

/*
 * Events without an end: the records of a domain changed.  What is the same
 * for many domains at about the same time is told in one message.
 */

struct event {
	STAILQ_ENTRY(event) link;
	const struct rule *rule;
	char *text;
	char **domain;
	size_t ndomain, room;
};

static void
free_event(struct event *event)
{
	for (size_t i = 0; i < event->ndomain; i++)
		free(event->domain[i]);
	free(event->domain);
	free(event->text);
	free(event);
}

void
event_free(struct watch *w)
{
	struct event *event;

	while ((event = STAILQ_FIRST(&w->events)) != NULL) {
		STAILQ_REMOVE_HEAD(&w->events, link);
		free_event(event);
	}
}

static struct event *
event_of(struct watch *w, const struct rule *rule, const char *text)
{
	struct event *event;

	STAILQ_FOREACH (event, &w->events, link)
		if (event->rule == rule && strcmp(event->text, text) == 0)
			return event;
	event = calloc(1, sizeof(*event));
	if (event == NULL)
		return NULL;
	event->rule = rule;
	event->text = strdup(text);
	if (event->text == NULL) {
		free(event);
		return NULL;
	}
	STAILQ_INSERT_TAIL(&w->events, event, link);
	return event;
}

/* There is no later time to tell it: what is hushed is only remembered. */
static bool
is_hushed(struct watch *w, const struct domain *domain, const struct rule *rule)
{
	uint32_t member = domain->id;
	const struct cause like = {
		.kind = CAUSE_DOMAIN,
		.rule = rule,
		.subject = (char *)(uintptr_t)domain->name,
		.member = &member,
		.nmember = 1,
	};

	return hush_why(w, &like) != NULL;
}

static int
add_name(struct event *event, const char *name)
{
	char *copy = strdup(name);

	if (copy != NULL && event->ndomain == event->room) {
		size_t room = event->room == 0 ? 16 : 2 * event->room;
		char **more = reallocarray(event->domain, room, sizeof(char *));

		if (more == NULL) {
			free(copy);
			return -1;
		}
		event->domain = more;
		event->room = room;
	}
	if (copy == NULL)
		return -1;
	event->domain[event->ndomain++] = copy;
	return 0;
}

void
event_add(struct watch *w, const struct domain *domain, const char *id,
    const char *text)
{
	const struct rule *rule = rule_find(id);
	struct event *event;

	if (is_hushed(w, domain, rule))
		return;
	event = event_of(w, rule, text);
	if (event != NULL && add_name(event, domain->name) == 0)
		tell_soon(w);
}

/* As it is for a channel (NULL: for those that do not choose by labels). */
static void
announce_to(struct watch *w, const struct event *event,
    const struct channel_setting *to)
{
	char **chosen = calloc(event->ndomain + 1, sizeof(char *));
	size_t n = 0;

	for (size_t i = 0; chosen != NULL && i < event->ndomain; i++) {
		const struct domain *domain =
		    model_find(w->model, event->domain[i]);

		if (to == NULL || (domain != NULL && labels_chosen(to, domain)))
			chosen[n++] = event->domain[i];
	}
	if (n > 0)
		post_message(w,
		    describe_event(w, event->rule->id, event->text, chosen,
		        n < MESSAGE_DOMAINS_MAX ? n : MESSAGE_DOMAINS_MAX, n),
		    NULL, to == NULL ? "" : to->name);
	free(chosen);
}

void
event_announce(struct watch *w)
{
	const struct settings *s = w->settings;
	struct event *event;

	STAILQ_FOREACH (event, &w->events, link) {
		announce_to(w, event, NULL);
		for (size_t i = 0; i < s->nchannel; i++)
			if (s->channel[i].nlabel > 0)
				announce_to(w, event, &s->channel[i]);
	}
	event_free(w);
}
