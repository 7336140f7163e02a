#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/notify/render.h"
#include "tests/unit/render_case.h"
#include "tests/unit/support.h"

#define SECOND ((int64_t)1000000)
#define OPENED (1795452000 * SECOND) /* 2026-11-23T16:40:00Z */
#define LIST(a, n, ...)                                              \
	do {                                                         \
		static const char *const texts_[] = { __VA_ARGS__ }; \
		(n) = sizeof(texts_) / sizeof(*texts_);              \
		(a) = copies(texts_, (n));                           \
	} while (0)

/* More than there are, of as many digits as are no telephone number. */
#define MANY 99999999

const struct wall case_now = { .us = OPENED + 3930 * SECOND };

static char *
copy(const char *text)
{
	char *s = strdup(text);

	assert_non_null(s);
	return s;
}

static char **
copies(const char *const *text, size_t n)
{
	char **list = calloc(n, sizeof(*list));

	assert_non_null(list);
	for (size_t i = 0; i < n; i++)
		list[i] = copy(text[i]);
	return list;
}

struct message *
case_bare(enum message_kind kind)
{
	struct message *m = message_new(kind);

	assert_non_null(m);
	m->id = copy("msg_2b1f");
	m->title = copy("nothing more is known");
	m->severity = SEVERITY_WARNING;
	m->at = (struct wall){ .us = OPENED };
	return m;
}

static void
append_label(
    struct label **label, size_t *n, const char *key, const char *value)
{
	*label = realloc(*label, (*n + 1) * sizeof(**label));
	assert_non_null(*label);
	(*label)[(*n)++] = (struct label){ copy(key), copy(value) };
}

void
case_label(struct message *m, const char *key, const char *value)
{
	append_label(&m->label, &m->nlabel, key, value);
}

static void
add_item(struct message *m, enum severity severity, const char *rule,
    const char *subject, const char *title, size_t domains)
{
	struct message_item *item;
	char incident[32];

	snprintf(incident, sizeof(incident), "%zu", 17 + m->nitem);
	m->item = realloc(m->item, (m->nitem + 1) * sizeof(*m->item));
	assert_non_null(m->item);
	item = &m->item[m->nitem++];
	*item = (struct message_item){ .incident = copy(incident),
		.severity = severity,
		.rule = copy(rule),
		.subject = copy(subject),
		.title = copy(title),
		.domains = domains };
	append_label(&item->label, &item->nlabel, "customer", "acme");
	append_label(&item->label, &item->nlabel, "cost-center", "7");
}

static void
fill_digest(struct message *m)
{
	m->severity = SEVERITY_CRITICAL;
	m->title = copy("21 incidents: 2 critical, 19 warnings");
	add_item(m, SEVERITY_CRITICAL, "mx.all-down", "mx1.example.org",
	    "no mail server of example.org takes mail", 500);
	add_item(m, SEVERITY_CRITICAL, "dns.nxdomain", "gone.example",
	    "gone.example does not exist", 1);
	add_item(m, SEVERITY_WARNING, "mx.host-down", "mx2.example.net",
	    "mail server mx2.example.net is down", 3);
	m->total_items = 21;
}

static void
fill_incident(struct message *m)
{
	m->incident = copy("17");
	m->key = copy("servers 192.0.2.25 2001:db8::25");
	m->severity = SEVERITY_CRITICAL;
	m->rule = copy("mx.all-down");
	m->subject = copy("mx1.example.org");
	m->title = copy("no mail server of example.org takes mail");
	m->since = (struct wall){ .us = OPENED };
	m->total = 500;
	LIST(m->domain, m->ndomain, "example.org", "a.example", "b.example");
	m->senders = copy("mail waits at the senders; they begin to return it "
	                  "on 2026-11-28 16:40 UTC");
	LIST(m->evidence, m->nevidence,
	    "192.0.2.25 port 25: timeout at connect (local, quad9)",
	    "2001:db8::25 port 25: 554 5.7.1 *** go away, see "
	    "http://policy.example/ <abuse@policy.example>");
	m->remedy = copy("start the mail service on mx1.example.org, or mend "
	                 "the firewall before it");
	case_label(m, "customer", "acme");
	case_label(m, "cost-center", "7");
}

struct message *
case_normal(enum message_kind kind)
{
	struct message *m = message_new(kind);

	assert_non_null(m);
	m->id = copy("msg_2b1f");
	m->link = copy(CASE_LINK);
	m->at = (struct wall){ .us = OPENED + 60 * SECOND };
	if (kind == MESSAGE_DIGEST)
		fill_digest(m);
	else
		fill_incident(m);
	if (kind == MESSAGE_RESOLVED || kind == MESSAGE_SETTLED) {
		m->at = case_now;
		m->until = (struct wall){ .us = OPENED + 3900 * SECOND };
	}
	return m;
}

/* ---------------------------------------------------------------- hostile */

static const char *const bad[] = { "@everyone ", "<!channel> ", "<@U1>",
	"<users/all>", "[x](http://e.example) ", "https://e.example/x ", "*b* ",
	"_i_ ", "`", "```", "||s||", "~~", "&amp;", "&", "</code>", "</pre>",
	"<a href=\"x\">", "\"", "\\", "{{DATE(x)}} ", "e.example ",
	"@room:e.example ", "\xc3\xa4\xc3\xb6 ", "\xf0\x9f\x92\xa9", "1. ",
	"- ", "www.e.example ", "/start ", "word ", "\\x0a" };

/* size bytes of it, cut between characters as text_safe would. */
static char *
badness(unsigned *seed, size_t size)
{
	struct buf b;

	buf_init(&b, 0);
	while (b.len < size) {
		*seed = *seed * 1103515245 + 12345;
		buf_puts(&b, bad[*seed / 65536 % (sizeof(bad) / sizeof(*bad))]);
	}
	return buf_take(&b);
}

static char **
many(unsigned *seed, size_t n, size_t size)
{
	char **list = calloc(n, sizeof(*list));

	assert_non_null(list);
	for (size_t i = 0; i < n; i++)
		list[i] = badness(seed, size);
	return list;
}

static void
hostile_items(struct message *m, unsigned *seed)
{
	for (size_t i = 0; i < MESSAGE_ITEMS_MAX; i++) {
		char *title = badness(seed, 512);

		add_item(m, SEVERITY_CRITICAL, "dns.vantage-disagreement",
		    title, title, MANY);
		free(title);
	}
	m->total_items = MANY;
}

struct message *
case_hostile(enum message_kind kind, unsigned seed)
{
	struct message *m = message_new(kind);

	assert_non_null(m);
	m->id = copy("msg_/?#");
	m->incident = copy("4294967295");
	m->key = badness(&seed, 2000);
	m->severity = SEVERITY_CRITICAL;
	m->rule = copy("dns.vantage-disagreement");
	m->subject = badness(&seed, 512);
	m->title = badness(&seed, 512);
	m->at = m->since = m->until = (struct wall){ .us = INT64_MAX };
	m->domain = many(&seed, m->ndomain = MESSAGE_DOMAINS_MAX, 253);
	m->total = MANY;
	m->senders = badness(&seed, 2000);
	m->evidence = many(&seed, m->nevidence = 100, 512);
	m->remedy = badness(&seed, 2000);
	m->link = copy(CASE_LINK);
	for (int i = 0; i < 20; i++) {
		char *value = badness(&seed, 512);

		case_label(m, i == 0 ? "severity" : value, value);
		free(value);
	}
	if (kind == MESSAGE_DIGEST)
		hostile_items(m, &seed);
	return m;
}

/* --------------------------------------------------------------- channels */

const struct channel_setting *
case_channel(enum channel_type type)
{
	static char url[] = "https://hooks.example/T0/s3cret?sig=abc";
	static char base[] = "https://server.example/";
	static char token[] = "t0ken";
	static char key[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw "
	                    "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
	static char room[] = "!room/1:server.example";
	static struct channel_setting c;

	c = (struct channel_setting){ .type = type, .url = url };
	switch (type) {
	case CHANNEL_TELEGRAM:
	case CHANNEL_PAGERDUTY:
		c.url = NULL;
		break;
	case CHANNEL_MATRIX:
	case CHANNEL_NTFY:
	case CHANNEL_ALERTMANAGER:
		c.url = base;
		break;
	default:
		break;
	}
	if (type == CHANNEL_TELEGRAM || type == CHANNEL_PAGERDUTY ||
	    type == CHANNEL_MATRIX || type == CHANNEL_NTFY)
		c.token = token;
	c.key = type == CHANNEL_WEBHOOK ? key : NULL;
	c.room = room;
	return &c;
}

void
case_render(
    enum channel_type type, const struct message *m, struct request *out)
{
	const struct channel_setting *c = case_channel(type);
	int status;

	if (type == CHANNEL_WEBHOOK)
		status = webhook_request(c, m, case_now, out);
	else if (type == CHANNEL_ALERTMANAGER)
		status = alertmanager_request(c, m, NULL, case_now, out);
	else
		status = channel_kinds[type]->render(c, m, out);
	if (status != 0)
		fail_msg("%s, %s: not rendered", channel_kinds[type]->name,
		    message_kind_name(m->kind));
}
