#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

#include "tests/unit/diary.h"

/* ---------------------------------------------------------------- hooks */

static void
write_line(struct diary *d, const char *what, const struct cause *c)
{
	buf_printf(&d->log, "%s %s; ", what, c->key);
}

static void
on_news(void *arg, struct cause *c, enum incident_news news)
{
	static const char *const name[] = { "none", "suspect", "opened",
		"recovering", "reopened", "closed", "cleared", "flapping",
		"settled" };
	struct diary *d = arg;

	write_line(d, name[news], c);
	if (news == NEWS_OPENED && d->announces && c->parent == NULL) {
		c->announced = true;
		c->told_members = c->nmember;
		c->told_severity = c->severity;
	}
	if (news == NEWS_OPENED && d->raises && c->kind != CAUSE_AGENT)
		book_raise(d->book, "agent.store", CAUSE_AGENT, "agent.store",
		    SEVERITY_CRITICAL, "store", "it is full", d->now);
}

static void
on_grown(void *arg, struct cause *c)
{
	write_line(arg, "grown", c);
}

static void
on_outlives(void *arg, struct cause *c)
{
	write_line(arg, "outlives", c);
}

/* One look is planned at a time; the later word counts. */
static void
on_look(void *arg, struct cause *c, int64_t at)
{
	struct diary *d = arg;
	size_t i = 0;

	while (i < d->nlook && strcmp(d->look[i].key, c->key) != 0)
		i++;
	assert_true(i < 256);
	if (i == d->nlook)
		d->nlook++;
	snprintf(d->look[i].key, sizeof(d->look[i].key), "%s", c->key);
	d->look[i].at = at;
}

static const struct book_hooks hooks = {
	.news = on_news,
	.grown = on_grown,
	.look = on_look,
	.outlives = on_outlives,
};

void
diary_begin(struct diary *d)
{
	memset(d, 0, sizeof(*d));
	d->alerts = (struct alert_setting){
		.dns = { 3, { 15000, 30000 }, 2, 60000 },
		.smtp = { 5, { 15000, 30000, 60000, 60000 }, 4, 150000 },
		.good = 2,
		.good_ms = 60000,
		.flap_changes = 4,
		.flap_ms = 86400000,
	};
	d->now.ms = 1000000;
	d->now.wall.us = 1795452000000000;
	buf_init(&d->log, 0);
	d->book = book_new(&d->alerts, &hooks, d);
	assert_non_null(d->book);
}

void
diary_end(struct diary *d)
{
	book_free(d->book);
	buf_free(&d->log);
}

/* ------------------------------------------------------- words, symptoms */

static struct ip
address(char letter)
{
	return (struct ip){ 4, { 192, 0, 2, (uint8_t)letter } };
}

static char *
copy(const char *text)
{
	char *new = strdup(text);

	assert_non_null(new);
	return new;
}

static struct symptom *
add(struct symptoms *all, enum cause_kind kind, const char *rule,
    const char *key)
{
	struct symptom *s;

	assert_true(all->n < 8);
	s = &all->symptom[all->n++];
	s->kind = kind;
	s->rule = rule_find(rule);
	assert_non_null(s->rule);
	s->key = copy(key);
	s->severity = SEVERITY_WARNING;
	s->outcome = OUTCOME_ACCEPTED;
	s->subject = copy(key);
	s->message = copy("it fails");
	s->by_smtp = kind == CAUSE_SERVERS || kind == CAUSE_HOST;
	s->evidence = calloc(1, sizeof(*s->evidence));
	assert_non_null(s->evidence);
	s->evidence[s->nevidence++] = copy("seen");
	return s;
}

static void
add_ips(struct symptom *s, const char *letters)
{
	for (; isupper((unsigned char)*letters); letters++)
		s->ip[s->nip++] = address(*letters);
}

static void
add_servers(struct symptoms *all, const char *word)
{
	char key[64];
	struct symptom *s;
	bool critical = strchr(word, '!') != NULL;

	snprintf(
	    key, sizeof(key), "servers %.*s", (int)strcspn(word, "!"), word);
	s = add(
	    all, CAUSE_SERVERS, critical ? "mx.all-down" : "mx.host-down", key);
	add_ips(s, word);
	if (critical) {
		s->severity = SEVERITY_CRITICAL;
		s->outcome = OUTCOME_DEFERRED;
		free(s->message);
		s->message = copy("all fail");
	}
}

static void
add_unseen(struct symptoms *all, char letter)
{
	assert_true(all->nunseen < 8);
	all->unseen[all->nunseen++] = address(letter);
}

static void
add_word(struct symptoms *all, uint32_t domain, const char *word)
{
	char key[64];

	if (isupper((unsigned char)*word)) {
		add_servers(all, word);
	} else if (strcmp(word, "ns") == 0) {
		add(all, CAUSE_NS_SET, "dns.unresolvable", "ns");
	} else if (strcmp(word, "own") == 0) {
		snprintf(key, sizeof(key), "own %u", domain);
		add(all, CAUSE_DOMAIN, "mx.missing", key);
	} else if (strncmp(word, "tls@", 4) == 0) {
		add_ips(add(all, CAUSE_HOST, "tls.none", word), word + 4);
	} else if (strcmp(word, "-dns") == 0) {
		all->dns_unseen = true;
	} else if (strcmp(word, "-mx") == 0) {
		all->mx_unseen = true;
	} else if (*word == '-') {
		add_unseen(all, word[1]);
	} else if (*word == '~') {
		assert_true(all->nsilent < 8);
		all->silent[all->nsilent++] = address(word[1]);
	} else
		fail_msg("word %s", word);
}

static void
say(struct symptoms *all, uint32_t domain, const char *words)
{
	char *text, *save, *word;

	memset(all, 0, sizeof(*all));
	all->symptom = calloc(8, sizeof(*all->symptom));
	all->unseen = calloc(8, sizeof(*all->unseen));
	all->silent = calloc(8, sizeof(*all->silent));
	assert_true(
	    all->symptom != NULL && all->unseen != NULL && all->silent != NULL);
	text = copy(words != NULL ? words : "");
	for (word = strtok_r(text, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save))
		add_word(all, domain, word);
	free(text);
}

static void
judge_now(struct diary *d, uint32_t domain, bool unknown)
{
	struct symptoms all;

	say(&all, domain, d->world[domain]);
	assert_int_equal(
	    book_judged(d->book, domain, &all, unknown, d->now), 0);
	symptoms_free(&all);
}

void
diary_world(struct diary *d, uint32_t domain, const char *words)
{
	assert_true(domain < DIARY_DOMAINS);
	d->world[domain] = words;
}

void
diary_judge(struct diary *d, uint32_t domain, const char *words)
{
	diary_world(d, domain, words);
	judge_now(d, domain, false);
}

void
diary_unknown(struct diary *d, uint32_t domain)
{
	const char *words = d->world[domain];

	d->world[domain] = NULL;
	judge_now(d, domain, true);
	d->world[domain] = words;
}

/* ----------------------------------------------------------------- time */

/* Of addresses all domains learn, of the rest the example alone. */
static void
look_at(struct diary *d, const char *key)
{
	struct cause *c = book_find(d->book, key);
	bool by_address = c != NULL && c->nip > 0;
	uint32_t example = c != NULL ? c->example : 0;

	if (c == NULL)
		return;
	for (uint32_t i = 0; i < DIARY_DOMAINS && !d->lost; i++)
		if (by_address || i == example)
			judge_now(d, i, false);
	c = book_find(d->book, key);
	if (c != NULL)
		book_looked(d->book, c, d->lost, d->now);
}

static void
look_what_is_due(struct diary *d)
{
	for (size_t i = 0; i < d->nlook;) {
		char key[64];

		if (d->look[i].at > d->now.ms) {
			i++;
			continue;
		}
		memcpy(key, d->look[i].key, sizeof(key));
		d->look[i] = d->look[--d->nlook];
		look_at(d, key);
		i = 0;
	}
}

void
diary_pass(struct diary *d, unsigned seconds)
{
	while (seconds-- > 0) {
		d->now.ms += 1000;
		d->now.wall.us += 1000000;
		look_what_is_due(d);
		book_tick(d->book, d->now);
	}
}

void
diary_check(struct diary *d, const char *text, const char *file, int line)
{
	if (strcmp(buf_str(&d->log), text) != 0)
		fail_msg("%s:%d: \"%s\" instead of \"%s\"", file, line,
		    buf_str(&d->log), text);
	buf_reset(&d->log);
}

struct cause *
diary_cause(struct diary *d, const char *key)
{
	struct cause *c = book_find(d->book, key);

	if (c == NULL)
		fail_msg("no cause %s", key);
	return c;
}
