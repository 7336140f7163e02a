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
	char *domain[MESSAGE_DOMAINS_MAX];
	size_t ndomain, total;
};

static void
free_event(struct event *event)
{
	for (size_t i = 0; i < event->ndomain; i++)
		free(event->domain[i]);
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

void
event_add(struct watch *w, const struct domain *domain, const char *id,
    const char *text)
{
	const struct rule *rule = rule_find(id);
	struct event *event;
	char *name;

	if (is_hushed(w, domain, rule))
		return;
	event = event_of(w, rule, text);
	name = event == NULL ? NULL : strdup(domain->name);
	if (name == NULL)
		return;
	event->total++;
	if (event->ndomain < MESSAGE_DOMAINS_MAX)
		event->domain[event->ndomain++] = name;
	else
		free(name);
	tell_soon(w);
}

void
event_announce(struct watch *w)
{
	struct event *event;

	STAILQ_FOREACH (event, &w->events, link)
		if (event->ndomain > 0)
			post_message(w,
			    describe_event(w, event->rule->id, event->text,
			        event->domain, event->ndomain, event->total),
			    NULL);
	event_free(w);
}
