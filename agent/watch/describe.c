#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/watch/parts.h"

/*
 * What the book knows, as a message for people.
 */

/* Of whom it hit, so many are looked through for those that a channel
 * chose. */
#define PAST_MAX 5000

static char *
printed(struct buf *text)
{
	char *line = buf_take(text);

	buf_free(text);
	return line;
}

/* --------------------------------------------------------------------- links
 */

static void
put_base(const struct http_setting *http, struct buf *out)
{
	char ip[IP_TEXT];
	size_t len;

	if (http->url == NULL) {
		buf_printf(out,
		    http->ip.family == 6 ? "http://[%s]:%u" : "http://%s:%u",
		    ip_format(&http->ip, ip), http->port);
		return;
	}
	len = strlen(http->url);
	while (len > 0 && http->url[len - 1] == '/')
		len--;
	buf_add(out, http->url, len);
}

/* The page of the incident (0: of everything), or NULL when there is none. */
static char *
link_to(const struct watch *w, uint64_t incident)
{
	struct buf out;

	if (!w->settings->http.on)
		return NULL;
	buf_init(&out, 0);
	put_base(&w->settings->http, &out);
	if (incident != 0)
		buf_printf(
		    &out, "/incident/%llu", (unsigned long long)incident);
	else
		buf_putc(&out, '/');
	return printed(&out);
}

/* -------------------------------------------------------------------- causes
 */

static char *
copy(const char *text)
{
	return text == NULL ? NULL : strdup(text);
}

/* Whom it is about, unless the message says so itself. */
static void
put_about(struct buf *out, const char *about, const char *message)
{
	if (strstr(message, about) == NULL)
		buf_printf(out, "%s: ", about);
	buf_puts(out, message);
}

/* May its words name a domain that the channel did not choose?  What fails at
 * servers is told of the servers alone. */
static bool
is_delicate(const struct watch *w, const struct cause *cause,
    const struct channel_setting *to)
{
	const struct domain *example = model_domain(w->model, cause->example);

	if (to == NULL || cause->kind == CAUSE_SERVERS ||
	    cause->kind == CAUSE_AGENT)
		return false;
	return labels_count(w, cause, to) < cause->nmember ||
	    (cause->nmember == 0 &&
	        (example == NULL || !labels_chosen(to, example)));
}

static char *
title_of(const struct watch *w, const struct cause *cause,
    const struct channel_setting *to)
{
	const struct domain *domain = model_domain(w->model, cause->example);
	bool single = cause->nmember <= 1 && cause->peak <= 1 &&
	    domain != NULL && labels_chosen(to, domain);
	struct buf out;

	buf_init(&out, 0);
	if (cause->kind == CAUSE_AGENT || cause->kind == CAUSE_VANTAGE)
		buf_puts(&out, cause->message);
	else if (is_delicate(w, cause, to))
		buf_puts(&out, cause->rule->line);
	else
		put_about(&out, single ? domain->name : cause->subject,
		    cause->message);
	return printed(&out);
}

static void
add_domain(struct message *message, const char *name)
{
	message->total++;
	if (message->ndomain < MESSAGE_DOMAINS_MAX)
		message->domain[message->ndomain++] = copy(name);
}

/* Whom it hit, of those whom the channel chose. */
struct past {
	const struct watch *watch;
	const struct channel_setting *to;
	struct message *message;
};

static void
add_past(void *arg, const char *name)
{
	const struct past *past = arg;
	const struct domain *domain = model_find(past->watch->model, name);

	if (past->to == NULL ||
	    (domain != NULL && labels_chosen(past->to, domain)))
		add_domain(past->message, name);
}

/* What is over hits nobody any more. */
static void
fill_past_domains(const struct watch *w, const struct cause *cause,
    const struct channel_setting *to, struct message *message)
{
	const struct domain *example = model_domain(w->model, cause->example);
	struct past past = { w, to, message };
	size_t total = 0;

	if (cause->id != 0 &&
	    store_members(
	        w->store, cause->id, 0, PAST_MAX, &total, add_past, &past) != 0)
		total = 0;
	if (message->total == 0 && example != NULL)
		add_past(&past, example->name);
	if (to == NULL && message->total < cause->peak)
		message->total = cause->peak;
	if (to == NULL && message->total < total)
		message->total = total;
}

static int
fill_domains(const struct watch *w, const struct cause *cause,
    const struct channel_setting *to, struct message *message)
{
	size_t n = cause->nmember;

	message->domain = calloc(MESSAGE_DOMAINS_MAX + 1, sizeof(char *));
	if (message->domain == NULL)
		return -1;
	/* For all, none needs to be looked at but those that are named. */
	if (to == NULL && n > MESSAGE_DOMAINS_MAX)
		n = MESSAGE_DOMAINS_MAX;
	for (size_t i = 0; i < n; i++) {
		const struct domain *domain =
		    model_domain(w->model, cause->member[i]);

		if (domain != NULL && labels_chosen(to, domain))
			add_domain(message, domain->name);
	}
	message->total += cause->nmember - n;
	if (cause->nmember == 0 && cause->kind != CAUSE_AGENT)
		fill_past_domains(w, cause, to, message);
	return 0;
}

static int
fill_evidence(const struct cause *cause, struct message *message)
{
	message->evidence = calloc(cause->nevidence + 1, sizeof(char *));
	if (message->evidence == NULL)
		return -1;
	for (size_t i = 0; i < cause->nevidence; i++)
		message->evidence[message->nevidence++] =
		    copy(cause->evidence[i]);
	return 0;
}

/* ------------------------------------------------------------------ messages
 */

static struct message *
start(struct watch *w, enum message_kind kind, uint64_t incident)
{
	struct message *message = message_new(kind);

	if (message == NULL)
		return NULL;
	free(message->id);
	message->id = message_id();
	message->at = clock_wall();
	message->link = link_to(w, incident);
	if (message->id != NULL)
		return message;
	message_free(message);
	return NULL;
}

static char *
number(uint64_t id)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	return strdup(text);
}

/* What has settled is over, or is there to stay. */
static bool
ends(const struct cause *cause, enum message_kind kind)
{
	return kind == MESSAGE_RESOLVED ||
	    (kind == MESSAGE_SETTLED && cause->incident.state == INCIDENT_OK);
}

/* Without the labels of the domains. */
static struct message *
describe(struct watch *w, const struct cause *cause, enum message_kind kind,
    const struct channel_setting *to)
{
	struct message *message = start(w, kind, cause->id);

	if (message == NULL)
		return NULL;
	message->incident = number(cause->id);
	message->key = copy(cause->key);
	message->severity = cause->severity;
	message->rule = copy(cause->rule->id);
	message->title = title_of(w, cause, to);
	message->subject = copy(cause->subject);
	message->since = cause->began;
	if (ends(cause, kind))
		message->until =
		    cause->closed.us != 0 ? cause->closed : message->at;
	else
		message->senders = describe_senders(w, cause, to);
	message->remedy = copy(cause->rule->remedy);
	if (fill_domains(w, cause, to, message) == 0 &&
	    (is_delicate(w, cause, to) || fill_evidence(cause, message) == 0))
		return message;
	message_free(message);
	return NULL;
}

struct message *
describe_cause(struct watch *w, const struct cause *cause,
    enum message_kind kind, const struct channel_setting *to)
{
	struct message *message = describe(w, cause, kind, to);

	if (message == NULL ||
	    labels_of_cause(w, cause, to, &message->label, &message->nlabel) ==
	        0)
		return message;
	message_free(message);
	return NULL;
}

static int
by_weight(const void *a, const void *b)
{
	const struct cause *x = *(struct cause *const *)a;
	const struct cause *y = *(struct cause *const *)b;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->nmember != y->nmember)
		return x->nmember > y->nmember ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int
fill_item(struct watch *w, const struct cause *cause,
    const struct channel_setting *to, struct message_item *item)
{
	*item = (struct message_item){
		.incident = number(cause->id),
		.severity = cause->severity,
		.rule = copy(cause->rule->id),
		.subject = copy(is_delicate(w, cause, to) ?
		        cause_kind_name(cause->kind) :
		        cause->subject),
		.title = title_of(w, cause, to),
		.domains = labels_count(w, cause, to),
	};
	return labels_of_cause(w, cause, to, &item->label, &item->nlabel);
}

/* All of them: which of them a channel gets, and how many it can name, is for
 * the outbox to say. */
static int
fill_items(struct watch *w, const struct causes *causes,
    const struct channel_setting *to, struct message *message)
{
	message->total_items = causes->n;
	message->item = calloc(causes->n, sizeof(struct message_item));
	if (message->item == NULL)
		return -1;
	for (size_t i = 0; i < causes->n; i++) {
		struct message_item *item = &message->item[message->nitem++];

		if (fill_item(w, causes->cause[i], to, item) != 0)
			return -1;
		message->total += item->domains;
	}
	return labels_of_causes(
	    w, causes, to, &message->label, &message->nlabel);
}

struct message *
describe_digest(struct watch *w, const struct causes *causes, bool first,
    const struct channel_setting *to)
{
	struct message *message = start(w, MESSAGE_DIGEST, 0);
	char title[160];

	if (message == NULL)
		return NULL;
	qsort(causes->cause, causes->n, sizeof(struct cause *), by_weight);
	if (first && to == NULL)
		snprintf(title, sizeof(title),
		    "the first look at %zu domains found %zu troubles",
		    model_count(w->model), causes->n);
	else if (first)
		snprintf(title, sizeof(title),
		    "the first look found %zu troubles", causes->n);
	else
		snprintf(title, sizeof(title),
		    "%zu troubles began at about the same time", causes->n);
	message->key = strdup(first ? "digest first" : "digest");
	message->severity = causes->cause[0]->severity;
	message->title = strdup(title);
	message->since = causes->cause[0]->began;
	if (fill_items(w, causes, to, message) == 0)
		return message;
	message_free(message);
	return NULL;
}

struct message *
describe_event(struct watch *w, const char *rule, const char *text,
    char **domain, size_t n, size_t total)
{
	const struct rule *about = rule_find(rule);
	struct message *message = start(w, MESSAGE_CHANGED, 0);
	struct buf title;

	if (message == NULL)
		return NULL;
	buf_init(&title, 0);
	if (total == 1)
		buf_printf(&title, "%s: ", domain[0]);
	buf_printf(&title, "%s records changed: %s",
	    strcmp(rule, "mx.changed") == 0 ? "MX" : "NS", text);
	message->title = printed(&title);
	message->key = copy(rule);
	message->rule = copy(rule);
	message->severity = about->severity;
	message->subject = copy(n > 0 ? domain[0] : "");
	message->since = message->at;
	message->total = total;
	message->remedy = copy(about->remedy);
	message->domain = calloc(n + 1, sizeof(char *));
	for (size_t i = 0; message->domain != NULL && i < n; i++)
		message->domain[message->ndomain++] = copy(domain[i]);
	if (labels_of_domains(
	        w, domain, n, &message->label, &message->nlabel) == 0)
		return message;
	message_free(message);
	return NULL;
}

/* Labels are for channels: all domains would have to be passed for them. */
struct message *
watch_describe(
    struct watch *w, const struct cause *cause, enum message_kind kind)
{
	return describe(w, cause, kind, NULL);
}
