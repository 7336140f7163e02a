#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/helo.h"
#include "agent/net/dns.h"
#include "config/url.h"

#include "agent/doctor/gather.h"

/*
 * What the daemon would read.  A secret that it does not take is a trouble of
 * its own, and no reason to look no further: then the configuration is read
 * without secrets, and those that are good are filled in.
 */

#define RESOLV_CONF "/etc/resolv.conf"

/* --------------------------------------------------------------- endpoints */

static struct doctor_endpoint *
next_endpoint(
    struct doctor_gathered *g, enum doctor_endpoint_kind kind, const char *name)
{
	struct doctor_endpoint *e = &g->facts.endpoint[g->facts.nendpoint++];

	*e = (struct doctor_endpoint){ .kind = kind, .name = name };
	snprintf(e->why, sizeof(e->why), "no answer in time");
	return e;
}

/* Who is to be found: the host of the URL, or the proxy. */
static void
add_url(struct doctor_gathered *g, enum doctor_endpoint_kind kind,
    const char *name, const char *url, const char *proxy)
{
	struct doctor_endpoint *e = next_endpoint(g, kind, name);
	bool literal = true;
	uint16_t port;

	e->skipped = url == NULL || !url_is_good(url, true);
	if (e->skipped)
		return;
	if ((proxy == NULL ||
	        dns_https_host(proxy, &e->host, &port, &literal) != 0) &&
	    dns_https_host(url, &e->host, &port, &literal) != 0)
		literal = true;
	e->is_name = !literal && strcmp(e->host, "localhost") != 0;
}

static void
add_command(struct doctor_gathered *g, const struct channel_setting *c)
{
	struct doctor_endpoint *e = next_endpoint(g, DOCTOR_COMMAND, c->name);
	struct stat st;

	e->host = strdup(c->command[0]);
	if (stat(c->command[0], &st) != 0 || eaccess(c->command[0], X_OK) != 0)
		e->error = errno;
	else if (!S_ISREG(st.st_mode))
		e->error = EACCES;
}

static int
add_endpoints(struct doctor_gathered *g)
{
	const struct settings *s = &g->settings;

	g->facts.endpoint =
	    calloc(s->nchannel + s->nvantage + 1, sizeof(*g->facts.endpoint));
	if (g->facts.endpoint == NULL)
		return -1;
	for (size_t i = 0; i < s->nchannel; i++)
		if (s->channel[i].type == CHANNEL_EXEC)
			add_command(g, &s->channel[i]);
		else
			add_url(g, DOCTOR_CHANNEL, s->channel[i].name,
			    s->channel[i].url, s->channel[i].proxy);
	if (s->heartbeat_url != NULL || s->heartbeat_file != NULL)
		add_url(
		    g, DOCTOR_HEARTBEAT, "heartbeat", s->heartbeat_url, NULL);
	for (size_t i = 0; i < s->nvantage; i++)
		if (s->vantage[i].url != NULL)
			add_url(g, DOCTOR_HTTPS_VANTAGE, s->vantage[i].name,
			    s->vantage[i].url, NULL);
	return 0;
}

/* --------------------------------------------------------------- resolvers */

static bool
has_names(const struct doctor_facts *f)
{
	for (size_t i = 0; i < f->nendpoint; i++)
		if (f->endpoint[i].is_name)
			return true;
	return false;
}

static struct doctor_resolver *
find_resolver(struct doctor_facts *f, const struct vantage_setting *v)
{
	for (size_t i = 0; v->url == NULL && i < f->nresolver; i++)
		if (f->resolver[i].url == NULL &&
		    ip_equal(&f->resolver[i].ip, &v->ip) &&
		    f->resolver[i].port == v->port)
			return &f->resolver[i];
	return NULL;
}

/* Facts follow the order of the settings' vantages. */
static void
add_resolver(struct doctor_gathered *g, const struct vantage_setting *v,
    bool vantage, bool system)
{
	struct doctor_facts *f = &g->facts;

	f->resolver[f->nresolver++] = (struct doctor_resolver){
		.name = v->name,
		.url = v->url,
		.ip = v->ip,
		.port = v->port,
		.vantage = vantage,
		.system = system,
		.status = DNS_TIMEOUT,
	};
}

/* Those of the system are asked too, when names of channels are looked up
 * with them: they become further vantages, known by their flags. */
static int
add_resolvers(struct doctor_gathered *g)
{
	struct doctor_facts *f = &g->facts;
	struct settings *s = &g->settings;
	size_t named = s->nvantage;
	char why[256];

	if (named == 0 || has_names(f))
		(void)settings_resolv_conf(s, RESOLV_CONF, why, sizeof(why));
	f->resolver = calloc(s->nvantage + 1, sizeof(*f->resolver));
	if (f->resolver == NULL)
		return -1;
	for (size_t i = 0; i < named; i++)
		add_resolver(g, &s->vantage[i], true, false);
	for (size_t i = named; i < s->nvantage;) {
		struct doctor_resolver *same =
		    named == 0 ? NULL : find_resolver(f, &s->vantage[i]);

		if (same == NULL) {
			add_resolver(g, &s->vantage[i++], named == 0, true);
			continue;
		}
		same->system = true;
		free(s->vantage[i].name);
		s->vantage[i] = s->vantage[--s->nvantage];
	}
	return 0;
}

/* As the agent would refuse to start. */
static void
check_quorum(struct doctor_gathered *g)
{
	const struct doctor_facts *f = &g->facts;

	for (size_t i = 0; i < f->nresolver; i++)
		if (f->resolver[i].vantage && !f->resolver[i].system)
			return;
	if (f->nresolver > 0 && f->quorum > f->nresolver)
		buf_printf(&g->errors,
		    "quorum: %u of the %zu nameservers in " RESOLV_CONF
		    " can never agree\n",
		    f->quorum, f->nresolver);
}

/* -------------------------------------------------------------------- rest */

static int
add_canaries(struct doctor_gathered *g)
{
	const struct canary_setting *from = &g->settings.canaries;
	struct doctor_facts *f = &g->facts;
	struct ip ip;

	f->canary = calloc(from->nsmtp + 1, sizeof(*f->canary));
	if (f->canary == NULL)
		return -1;
	for (size_t i = 0; i < from->nsmtp; i++) {
		struct doctor_canary *c = &f->canary[f->ncanary++];

		c->host = from->smtp[i];
		c->is_name = ip_parse(c->host, &ip) != 0;
		if (!c->is_name)
			c->found.ip[ip.family == 6] = ip;
	}
	return 0;
}

/* Without the lines that a bad secret has caused. */
static void
keep_errors(struct doctor_gathered *g, const char *lines)
{
	for (size_t len; *lines != '\0'; lines += len) {
		bool secret = false;

		len = strcspn(lines, "\n");
		for (size_t i = 0; i < g->facts.nsecret; i++) {
			const char *why = g->facts.secret[i].why;

			secret |= *why != '\0' &&
			    memmem(lines, len, why, strlen(why)) != NULL;
		}
		if (!secret && len > 0)
			buf_printf(&g->errors, "%.*s\n", (int)len, lines);
		len += lines[len] == '\n';
	}
}

/* *all is what the daemon would say. */
static int
load(struct doctor_gathered *g, const char *path, struct buf *all)
{
	struct buf again;

	if (path == NULL)
		return 0;
	buf_init(&again, 0);
	g->facts.config.unusable =
	    settings_load_daemon(&g->settings, path, all, &g->notes) != 0 &&
	    settings_load(&g->settings, path, &again) != 0;
	buf_free(&again);
	if (g->facts.config.unusable)
		return 0;
	return doctor_gather_secrets(g, path);
}

static int
set_ca_file(struct settings *s, const char *path)
{
	if (path == NULL)
		return 0;
	free(s->ca_file);
	s->ca_file = strdup(path);
	return s->ca_file == NULL ? -1 : 0;
}

int
doctor_gather_config(struct doctor_gathered *g, const struct doctor_from *from)
{
	struct doctor_facts *f = &g->facts;
	struct settings *s = &g->settings;
	struct buf all;
	int bad;

	buf_init(&all, 0);
	bad = load(g, from->config, &all);
	keep_errors(g, buf_str(&all));
	buf_free(&all);
	if (bad != 0 || f->config.unusable)
		return bad;
	f->quorum = s->policy.quorum;
	f->smtp_port = s->smtp_port;
	f->helo.is_set = s->helo != NULL;
	f->helo.name = s->helo != NULL ? strdup(s->helo) : helo_name();
	if (from->config != NULL)
		g->socket = settings_socket(s);
	if (f->helo.name == NULL || (from->config != NULL && g->socket == NULL))
		return -1;
	if (set_ca_file(s, from->ca_file) != 0 || add_endpoints(g) != 0)
		return -1;
	if (add_canaries(g) != 0 || add_resolvers(g) != 0)
		return -1;
	check_quorum(g);
	return 0;
}
