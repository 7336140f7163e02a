#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/incident/blind.h"
#include "tests/unit/looks.h"
#include "tests/unit/support.h"

#include "tests/unit/fake_parts.h"

#define MINUTE 60000000LL
#define HOUR   (60 * MINUTE)

static struct wall
ago(int64_t us)
{
	return (struct wall){ clock_wall().us - us };
}

static char *
copy(const char *text)
{
	char *new = text == NULL ? NULL : strdup(text);

	assert_true(text == NULL || new != NULL);
	return new;
}

static void
poison(char **slot, const char *text)
{
	free(*slot);
	*slot = copy(text);
}

/* ---------------------------------------------------------------- making */

static uint8_t
rule_number(const char *id)
{
	for (size_t i = 0; i < rules_count; i++)
		if (strcmp(rules_all[i]->id, id) == 0)
			return (uint8_t)i;
	fail_msg("no rule %s", id);
	return 0;
}

static uint32_t
seconds(struct wall at)
{
	return (uint32_t)(at.us / 1000000);
}

static struct stand *
new_stand(size_t nfound)
{
	struct stand *is =
	    calloc(1, sizeof(*is) + nfound * sizeof(struct found));

	assert_non_null(is);
	return is;
}

static void
stand(struct domain *d, const struct report *r)
{
	struct standing *s = &d->standing;
	struct stand *is;

	s->known = true;
	s->verdict = (uint8_t)r->verdict;
	s->outcome = (uint8_t)r->delivery.outcome;
	s->since_s = seconds(ago(3 * HOUR));
	s->judged_s = seconds(ago(MINUTE));
	s->is = is = new_stand(r->findings.n);
	for (size_t i = 0; i < r->findings.n && i < UINT8_MAX; i++)
		is->found[is->nfound++] = (struct found){
			.rule = rule_number(r->findings.finding[i].rule->id),
			.severity = (uint8_t)r->findings.finding[i].severity,
		};
}

static void
plain_stand(struct domain *d, size_t i)
{
	struct standing *s = &d->standing;
	struct stand *is;

	s->known = true;
	s->verdict = SEVERITY_OK;
	s->outcome = OUTCOME_ACCEPTED;
	s->since_s = seconds(ago((int64_t)(i % 400) * HOUR));
	s->judged_s = seconds(ago(2 * MINUTE));
	if (i % 50 != 7)
		return;
	s->verdict = SEVERITY_WARNING;
	s->is = is = new_stand(1);
	is->found[is->nfound++] = (struct found){
		rule_number(i % 100 == 7 ? "mx.primary-down" : "tls.expiring"),
		SEVERITY_WARNING,
	};
}

static void
make_domain(struct watch *w, size_t i)
{
	struct domain *d = &w->domain[i];
	char name[64];
	struct judged j;

	d->id = (uint32_t)i;
	d->group = &w->group;
	if (i >= looks_count) {
		snprintf(name, sizeof(name), "d%05zu.example", i);
		plain_stand(d, i);
	} else {
		snprintf(name, sizeof(name), "%s.example", looks[i].name);
		look_judge(&looks[i], &j);
		stand(d, j.report);
		if (j.facts->unicode != NULL) {
			snprintf(name, sizeof(name), "%s", j.facts->domain);
			w->unicode[i] = copy(j.facts->unicode);
		}
		look_free(&j);
	}
	d->name = copy(name);
}

static void
make_cause(struct watch *w, size_t i, const char *rule, enum severity severity)
{
	struct cause *c = &w->cause[i];

	c->id = 17 + i;
	c->key = copy("servers 192.0.2.25");
	c->kind = CAUSE_SERVERS;
	c->rule = rule_find(rule);
	assert_non_null(c->rule);
	c->severity = severity;
	c->subject = copy(w->payload);
	c->message = copy(w->payload);
	c->outcome = OUTCOME_DEFERRED;
	c->incident.state = INCIDENT_OPEN;
	c->began = ago((int64_t)(i + 1) * 25 * MINUTE);
	c->opened = c->began;
}

static void
make_causes(struct watch *w)
{
	struct cause *c = w->cause;

	make_cause(w, 0, "mx.all-down", SEVERITY_CRITICAL);
	c->nmember = w->ndomain < 500 ? w->ndomain : 500;
	c->member = calloc(c->nmember + 1, sizeof(*c->member));
	assert_non_null(c->member);
	for (size_t i = 0; i < c->nmember; i++)
		c->member[i] = (uint32_t)(w->ndomain - 1 - i);
	c->peak = c->nmember;
	make_cause(w, 1, "mx.primary-down", SEVERITY_WARNING);
	c[1].parent = &c[0];
	make_cause(w, 2, "dns.vantage-disagreement", SEVERITY_WARNING);
	c[2].kind = CAUSE_VANTAGE;
	c[2].acked = ago(MINUTE);
	c[2].acked_by = copy(w->payload);
	w->ncause = 3;
}

static void
make_endpoints(struct watch *w)
{
	static const char *const up[] = { "192.0.2.25", "198.51.100.25",
		"2001:db8::25" };
	struct facts *f = facts_blank("example.org", 1);
	char ip[IP_TEXT], host[32];

	for (size_t i = 0; i < FAKE_ENDPOINTS; i++) {
		struct thing *t = &w->endpoint[i];

		snprintf(ip, sizeof(ip), "192.0.2.%zu", i + 30);
		assert_int_equal(ip_parse(i < 3 ? up[i] : ip, &w->ip[i]), 0);
		snprintf(host, sizeof(host), "mx%zu.example.org", i / 2 + 1);
		t->kind = THING_ENDPOINT;
		t->name = copy(host);
		t->known = true;
		t->looked = (uint32_t)(clock_mono().us / THING_TENTH);
		t->refs = (uint32_t)(i + 1);
		w->said[i] = i < 4 ?
		    facts_smtp_up(f, i < 3 ? up[i] : ip, host) :
		    facts_smtp_fails(f, ip, host, SMTP_CONNECT,
		        i == 4 ? SMTP_TIMEOUT : SMTP_LOCAL, 0);
		obs_smtp_ref(w->said[i]);
		if (i < 4)
			poison(&w->said[i]->tls->protocol, w->payload);
		poison(&w->said[i]->text, w->payload);
	}
	facts_free(f);
}

static void
make_settings(struct watch *w)
{
	w->label[0] = (struct label){ copy("customer"), copy(w->payload) };
	w->label[1] = (struct label){ copy("plan"), copy("gold") };
	w->group.label = w->label;
	w->group.nlabel = 2;
	w->settings.http.domain_metrics = true;
	w->health.ready = true;
	w->health.started = ago(30 * HOUR);
	w->health.looks = 123456;
	w->health.loop_lag_s = 0.002;
}

struct watch *
fake_watch(size_t domains, const char *payload)
{
	struct watch *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->payload = copy(payload);
	w->ndomain = domains;
	w->domain = calloc(domains + 1, sizeof(*w->domain));
	w->stale = calloc(domains + 1, sizeof(*w->stale));
	w->unicode = calloc(domains + 1, sizeof(*w->unicode));
	assert_true(w->domain != NULL && w->stale != NULL);
	for (size_t i = 0; i < domains; i++)
		make_domain(w, i);
	facts_policy(&w->policy);
	make_settings(w);
	make_causes(w);
	make_endpoints(w);
	return w;
}

static void
free_cause(struct cause *c)
{
	free(c->key);
	free(c->subject);
	free(c->message);
	free(c->member);
	free(c->acked_by);
}

void
fake_free(struct watch *w)
{
	for (size_t i = 0; i < w->ndomain; i++) {
		free((char *)(uintptr_t)w->domain[i].name);
		free((char *)(uintptr_t)w->unicode[i]);
		free((void *)(uintptr_t)w->domain[i].standing.is);
	}
	for (size_t i = 0; i < w->ncause; i++)
		free_cause(&w->cause[i]);
	for (size_t i = 0; i < FAKE_ENDPOINTS; i++) {
		free((char *)(uintptr_t)w->endpoint[i].name);
		obs_smtp_unref(w->said[i]);
	}
	for (size_t i = 0; i < 2; i++) {
		free(w->label[i].key);
		free(w->label[i].value);
	}
	policy_free(&w->policy);
	free(w->domain);
	free(w->stale);
	free((void *)(uintptr_t)w->unicode);
	free(w->payload);
	free(w);
}

/* -------------------------------------------------------------- changing */

struct settings *
fake_settings(struct watch *w)
{
	return &w->settings;
}

struct watch_health *
fake_health(struct watch *w)
{
	return &w->health;
}

struct domain *
fake_domain(struct watch *w, size_t i)
{
	return &w->domain[i];
}

struct cause *
fake_cause(struct watch *w, size_t i)
{
	return &w->cause[i];
}

void
fake_stale(struct watch *w, size_t i)
{
	w->stale[i] = true;
}

void
fake_dialogue(struct watch *w, size_t i, struct obs_smtp *said)
{
	obs_smtp_unref(w->said[i]);
	w->said[i] = said;
}

void
fake_store_fails(struct watch *w)
{
	w->store_fails = true;
}

void
fake_later(struct watch *w, unsigned times)
{
	w->later = times;
}

void
fake_reload(struct watch *w)
{
	w->health.reloaded.us++;
}
