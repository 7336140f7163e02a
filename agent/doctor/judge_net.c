#include <stdio.h>
#include <string.h>

#include "agent/doctor/judge.h"

/* Whom this host must reach: mail servers and channels. */

/* ----------------------------------------------------------------- port 25 */

enum reach { REACH_GOOD, REACH_NOT, REACH_UNKNOWN };

/* Only what an SMTP server says shows that nobody stands between. */
static enum reach
reach_of_talk(const struct doctor_talk *t)
{
	if (t->code != 0 || t->phase > SMTP_GREETING)
		return REACH_GOOD;
	if (t->ip.family == 0 || t->error == SMTP_LOCAL ||
	    t->error == SMTP_FORBIDDEN ||
	    (t->phase == SMTP_GREETING && t->hurried))
		return REACH_UNKNOWN;
	return REACH_NOT;
}

/* The one that says most. */
static const struct doctor_talk *
best_talk(const struct doctor_canary *c)
{
	const struct doctor_talk *best = &c->talk[0];

	for (size_t i = 1; i < DOCTOR_FAMILIES; i++)
		if (reach_of_talk(&c->talk[i]) < reach_of_talk(best) ||
		    best->ip.family == 0)
			best = &c->talk[i];
	return best;
}

static enum reach
reach_of(const struct doctor_canary *c)
{
	if (c->is_name && doctor_found(&c->found) == TRI_NO)
		return REACH_UNKNOWN;
	return reach_of_talk(best_talk(c));
}

static void
add_unknown(const struct doctor_facts *f, const struct doctor_canary *c,
    struct doctor_report *r)
{
	const struct doctor_talk *t = best_talk(c);
	const char *why = "no address of it can be reached from here";

	if (c->is_name && doctor_found(&c->found) == TRI_NO) {
		doctor_add(r, DOCTOR_PORT, SEVERITY_WARNING,
		    "name another one under canaries.smtp",
		    "canary %s has no address in the DNS", c->host);
		return;
	}
	if (c->is_name && doctor_found(&c->found) == TRI_UNKNOWN)
		why = doctor_has_vantage(f) ?
		    "no vantage could find out its address" :
		    "no vantage works";
	else if (t->error == SMTP_FORBIDDEN)
		why = "its address may not be probed (networks.allow)";
	else if (t->ip.family != 0 && t->phase == SMTP_GREETING)
		why = "it takes connections, and its greeting did not come in "
		      "time";
	else if (t->ip.family != 0)
		why = "it could not be asked from this host";
	doctor_add(r, DOCTOR_PORT, SEVERITY_UNKNOWN, NULL, "canary %s: %s",
	    c->host, why);
}

static const char *
error_words(const struct doctor_talk *t)
{
	const char *name = smtp_error_name(t->error);

	return name == NULL ? "no greeting" : name;
}

/* Do those that fail lie in several networks?  One alone may be down. */
static bool
are_apart(const struct doctor_facts *f)
{
	const struct ip *first = NULL;

	for (size_t i = 0; i < f->ncanary; i++) {
		const struct doctor_talk *t = best_talk(&f->canary[i]);
		struct ip_net here, there;

		if (reach_of(&f->canary[i]) != REACH_NOT)
			continue;
		if (first == NULL)
			first = &t->ip;
		here = ip_network(&t->ip, 24, 48);
		there = ip_network(first, 24, 48);
		if (!ip_net_equal(&here, &there))
			return true;
	}
	return false;
}

static void
add_blocked(const struct doctor_facts *f, unsigned n, struct doctor_report *r)
{
	char list[600] = "";
	size_t len = 0;

	for (size_t i = 0; i < f->ncanary; i++)
		if (reach_of(&f->canary[i]) == REACH_NOT && len < sizeof(list))
			len += (size_t)snprintf(list + len, sizeof(list) - len,
			    "%s%s: %s", len == 0 ? "" : "; ", f->canary[i].host,
			    error_words(best_talk(&f->canary[i])));
	doctor_add(r, DOCTOR_PORT, SEVERITY_CRITICAL,
	    "let TCP to port 25 out: the firewall here, and the provider, who "
	    "often opens it on request only; until then no mail server can be "
	    "looked at",
	    "port %u is blocked: none of %u canaries greets (%s)", f->smtp_port,
	    n, list);
}

static void
judge_each(
    const struct doctor_facts *f, const unsigned *n, struct doctor_report *r)
{
	for (size_t i = 0; i < f->ncanary; i++) {
		const struct doctor_canary *c = &f->canary[i];
		enum reach reach = reach_of(c);

		if (reach == REACH_UNKNOWN)
			add_unknown(f, c, r);
		else if (reach == REACH_NOT && n[REACH_GOOD] > 0)
			doctor_add(r, DOCTOR_PORT, SEVERITY_WARNING,
			    "others do: name another one under canaries.smtp",
			    "canary %s does not greet (%s)", c->host,
			    error_words(best_talk(c)));
		else if (reach == REACH_NOT && !are_apart(f))
			doctor_add(r, DOCTOR_PORT, SEVERITY_WARNING,
			    "name one of another network under canaries.smtp, "
			    "to tell a dead canary from a firewall or provider "
			    "that keeps port 25 shut",
			    "canary %s does not greet (%s): it is down, or "
			    "port %u is blocked",
			    c->host, error_words(best_talk(c)), f->smtp_port);
	}
}

void
doctor_judge_port(const struct doctor_facts *f, struct doctor_report *r)
{
	unsigned n[REACH_UNKNOWN + 1] = { 0 };

	if (f->ncanary == 0) {
		doctor_add(r, DOCTOR_PORT, SEVERITY_INFO,
		    "name some under canaries.smtp: mail servers that are "
		    "known to answer, such as those of your provider",
		    "not tried: no canaries are named");
		return;
	}
	for (size_t i = 0; i < f->ncanary; i++)
		n[reach_of(&f->canary[i])]++;
	if (n[REACH_GOOD] > 0)
		doctor_add(r, DOCTOR_PORT, SEVERITY_OK, NULL,
		    "%u of %zu canaries greet%s", n[REACH_GOOD], f->ncanary,
		    n[REACH_GOOD] == 1 ? "s" : "");
	else if (!doctor_has_vantage(f))
		doctor_add(r, DOCTOR_PORT, SEVERITY_UNKNOWN, NULL,
		    "no canary greets, and no vantage works: that is told "
		    "first");
	else if (are_apart(f))
		add_blocked(f, n[REACH_NOT], r);
	if (n[REACH_GOOD] > 0 || doctor_has_vantage(f))
		judge_each(f, n, r);
}

/* ---------------------------------------------------------------- channels */

static void
shown(const struct doctor_endpoint *e, char *out, size_t size)
{
	if (e->kind == DOCTOR_HEARTBEAT)
		snprintf(out, size, "heartbeat (%s)", e->host);
	else
		snprintf(out, size, "%s (%s)", e->name,
		    e->host == NULL ? "?" : e->host);
}

/* Why an endpoint that did not answer says nothing; NULL: it does. */
static const char *
excuse(const struct doctor_facts *f, const struct doctor_endpoint *e)
{
	if (e->skipped)
		return "where it is, is not known: see secrets";
	if (e->is_name && !doctor_has_resolver(f))
		return "no name server of /etc/resolv.conf works";
	if (e->dates && doctor_clock_severity(f) >= SEVERITY_WARNING)
		return "its certificate is out of its dates by this clock, "
		       "which is wrong";
	if (e->is_name && !doctor_has_way(f, DOCTOR_IPV4) &&
	    !doctor_has_way(f, DOCTOR_IPV6))
		return "there is no way out";
	return NULL;
}

static void
judge_endpoint(const struct doctor_facts *f, const struct doctor_endpoint *e,
    struct doctor_report *r)
{
	const char *why = excuse(f, e);
	char name[300];

	shown(e, name, sizeof(name));
	if (e->kind == DOCTOR_COMMAND && e->error != 0)
		doctor_add(r, DOCTOR_CHANNELS, SEVERITY_WARNING,
		    "write the program, make it executable for the agent's "
		    "user, or mend the channel's command",
		    "%s: %s", name, strerror(e->error));
	else if (e->kind == DOCTOR_COMMAND || e->status != 0)
		doctor_add(r, DOCTOR_CHANNELS, SEVERITY_OK, NULL,
		    e->kind == DOCTOR_COMMAND ? "%s can be run" : "%s answers",
		    name);
	else if (why != NULL)
		doctor_add(r, DOCTOR_CHANNELS, SEVERITY_UNKNOWN, NULL,
		    "%s: not known whether it answers: %s", name, why);
	else
		doctor_add(r, DOCTOR_CHANNELS, SEVERITY_WARNING,
		    "is it up, is its URL right, and does a firewall let this "
		    "host go there (proxy, ca_file)? Until then its alerts "
		    "wait",
		    "%s: %s", name, e->why);
}

void
doctor_judge_channels(const struct doctor_facts *f, struct doctor_report *r)
{
	if (f->config.path == NULL)
		return;
	for (size_t i = 0; i < f->nendpoint; i++)
		if (f->endpoint[i].kind != DOCTOR_HTTPS_VANTAGE)
			judge_endpoint(f, &f->endpoint[i], r);
	if (!doctor_has(r, DOCTOR_CHANNELS))
		doctor_add(r, DOCTOR_CHANNELS, SEVERITY_INFO,
		    "name some under channels",
		    "there are none: alerts go nowhere");
}
