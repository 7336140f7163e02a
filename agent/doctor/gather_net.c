#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/engine.h"
#include "agent/net/http.h"
#include "config/url.h"

#include "agent/doctor/gather.h"

/*
 * All that is asked over the network, at once: every resolver for the root,
 * every vantage for the names, then the mail servers as soon as an address is
 * known, and every HTTP server for its Date.  It ends when nothing is under way
 * any more, or when the time is over: what has not answered by then keeps the
 * words it began with.
 */

/* For one answer; less than for all, so that there is something to say. */
#define CONNECT_MS 4000
#define LEFT_MS    300

/* One thing that is under way. */
struct wish {
	LIST_ENTRY(wish) link;
	struct asking *asking;
	enum doctor_family family;
	struct doctor_resolver *resolver;
	struct doctor_name *name;
	struct doctor_canary *canary; /* whose name that is; or NULL */
	struct doctor_endpoint *endpoint;
	struct ticket *ticket;
	struct http_exchange *exchange;
};

struct asking {
	struct doctor_facts *facts;
	struct settings settings; /* borrowed, with limits of our own */
	struct engine *engine;
	struct http_client *http;
	uv_timer_t timer;
	struct mono until;
	bool over;
	LIST_HEAD(, wish) wishes;
};

/* ------------------------------------------------------------------ ending */

static void
finish(struct asking *a)
{
	if (a->over)
		return;
	a->over = true;
	uv_close((uv_handle_t *)&a->timer, NULL);
}

static void
wish_end(struct wish *wish)
{
	struct asking *a = wish->asking;

	LIST_REMOVE(wish, link);
	free(wish);
	if (LIST_EMPTY(&a->wishes))
		finish(a);
}

static void
time_is_over(uv_timer_t *timer)
{
	struct asking *a = timer->data;
	struct wish *wish, *next;

	for (wish = LIST_FIRST(&a->wishes); wish != NULL; wish = next) {
		next = LIST_NEXT(wish, link);
		if (wish->ticket != NULL)
			engine_cancel(wish->ticket);
		if (wish->exchange != NULL)
			http_cancel(wish->exchange);
		wish_end(wish);
	}
}

/* ---------------------------------------------------------------- the wish */

static struct wish *
wish_new(struct asking *a, const struct wish *like)
{
	struct wish *wish = malloc(sizeof(*wish));

	if (wish == NULL)
		return NULL;
	*wish = *like;
	wish->asking = a;
	LIST_INSERT_HEAD(&a->wishes, wish, link);
	return wish;
}

/* Without memory it is as if nobody had answered. */
static void
wish_begun(struct wish *wish)
{
	if (wish->ticket != NULL || wish->exchange != NULL)
		return;
	LIST_REMOVE(wish, link);
	free(wish);
}

/* ------------------------------------------------------------ mail servers */

static void
talked(void *arg, struct obs_smtp *obs)
{
	struct wish *wish = arg;
	struct doctor_talk *t = &wish->canary->talk[wish->family];

	if (obs != NULL) {
		t->phase = obs->phase;
		t->error = obs->error;
		t->hurried = obs->hurried;
		t->code = obs->code;
	}
	wish_end(wish);
}

static void
talk(struct asking *a, struct doctor_canary *canary, enum doctor_family family)
{
	struct doctor_talk *t = &canary->talk[family];
	const struct wish like = { .family = family, .canary = canary };
	double left = clock_ms_between(clock_mono(), a->until) - LEFT_MS;
	struct wish *wish;

	if (t->ip.family != 0 || a->facts->way[family].error != 0 || left < 1)
		return;
	wish = wish_new(a, &like);
	if (wish == NULL)
		return;
	*t = (struct doctor_talk){
		.ip = canary->found.ip[family],
		.phase = SMTP_GREETING,
		.error = SMTP_TIMEOUT,
		.hurried = true,
	};
	wish->ticket = engine_dialogue(a->engine, &t->ip, canary->host, NULL,
	    (uint64_t)left, talked, wish);
	wish_begun(wish);
}

/* ------------------------------------------------------------------- names */

static void
named(void *arg, struct obs_dns *obs)
{
	struct wish *wish = arg;
	enum doctor_family family = wish->family;
	const struct dns_rr *rr = NULL;

	if (obs != NULL && obs->status == DNS_OK)
		rr = obs_dns_find(obs, DNS_ANSWER,
		    family == DOCTOR_IPV6 ? DNS_AAAA : DNS_A, NULL, 0);
	if (rr != NULL && wish->name->ip[family].family == 0) {
		wish->name->ip[family] = rr->ip;
		if (wish->canary != NULL)
			talk(wish->asking, wish->canary, family);
	} else if (obs != NULL &&
	    (obs->status == DNS_NODATA || obs->status == DNS_NXDOMAIN)) {
		wish->name->absent |= 1U << family;
	}
	wish_end(wish);
}

static void
find_name(struct asking *a, const char *text, struct doctor_name *name,
    struct doctor_canary *canary)
{
	for (size_t i = 0; i < a->facts->nresolver; i++)
		for (unsigned k = 0; k < DOCTOR_FAMILIES; k++) {
			const struct wish like = { .family =
				                       (enum doctor_family)k,
				.name = name,
				.canary = canary };
			struct wish *wish;

			if (!a->facts->resolver[i].vantage ||
			    (wish = wish_new(a, &like)) == NULL)
				continue;
			wish->ticket = engine_lookup(a->engine, (unsigned)i,
			    text, k == DOCTOR_IPV6 ? DNS_AAAA : DNS_A, named,
			    wish);
			wish_begun(wish);
		}
}

static void
ask_names(struct asking *a)
{
	struct doctor_facts *f = a->facts;

	for (size_t i = 0; i < f->ncanary; i++) {
		struct doctor_canary *c = &f->canary[i];

		if (c->is_name) {
			find_name(a, c->host, &c->found, c);
			continue;
		}
		for (unsigned k = 0; k < DOCTOR_FAMILIES; k++)
			if (c->found.ip[k].family != 0)
				talk(a, c, (enum doctor_family)k);
	}
	if (f->helo.name != NULL && *f->helo.name != '[')
		find_name(a, f->helo.name, &f->helo.found, NULL);
}

/* --------------------------------------------------------------- resolvers */

static void
answered(void *arg, struct obs_dns *obs)
{
	struct wish *wish = arg;

	wish->resolver->status = obs == NULL ? DNS_UNCHECKED : obs->status;
	wish->resolver->rtt_ms = obs == NULL ? 0 : obs->rtt_ms;
	wish_end(wish);
}

static void
ask_resolvers(struct asking *a)
{
	for (size_t i = 0; i < a->facts->nresolver; i++) {
		const struct wish like = { .resolver = &a->facts->resolver[i] };
		struct wish *wish = wish_new(a, &like);

		if (wish == NULL)
			continue;
		wish->ticket = engine_lookup(
		    a->engine, (unsigned)i, ".", DNS_NS, answered, wish);
		wish_begun(wish);
	}
}

/* -------------------------------------------------------------------- HTTP */

static void
replied(void *arg, const struct http_got *got)
{
	struct wish *wish = arg;
	struct doctor_endpoint *e = wish->endpoint;

	e->status = got->status;
	if (got->status == 0) {
		snprintf(e->why, sizeof(e->why), "%s", got->why);
		e->dates = strstr(got->why, "expired") != NULL ||
		    strstr(got->why, "not yet valid") != NULL;
	}
	e->told = got->date_s != 0;
	if (e->told)
		e->ahead_s = clock_wall().us / 1000000 - got->date_s;
	wish_end(wish);
}

/* The root of its host, and no secret of the rest of the URL. */
static void
ask_http(struct asking *a, struct doctor_endpoint *e, const char *url,
    const struct channel_setting *c)
{
	const struct wish like = { .endpoint = e };
	struct http_want want = { .method = "HEAD" };
	struct buf origin;
	struct wish *wish;

	if (e->skipped || (wish = wish_new(a, &like)) == NULL)
		return;
	buf_init(&origin, URL_MAX + 8);
	url_origin(&origin, url);
	buf_putc(&origin, '/');
	want.url = buf_str(&origin);
	want.ca_file = c != NULL ? c->ca_file : NULL;
	want.proxy = c != NULL ? c->proxy : NULL;
	if (e->kind == DOCTOR_HTTPS_VANTAGE)
		want.ca_file = a->settings.ca_file;
	wish->exchange = http_start(a->http, &want, replied, wish);
	buf_free(&origin);
	wish_begun(wish);
}

/* In the order in which they were listed. */
static void
ask_endpoints(struct asking *a)
{
	const struct settings *s = &a->settings;
	size_t vantage = 0;

	for (size_t i = 0; i < a->facts->nendpoint; i++) {
		struct doctor_endpoint *e = &a->facts->endpoint[i];

		switch (e->kind) {
		case DOCTOR_CHANNEL:
			ask_http(a, e, s->channel[i].url, &s->channel[i]);
			break;
		case DOCTOR_HEARTBEAT:
			ask_http(a, e, s->heartbeat_url, NULL);
			break;
		case DOCTOR_HTTPS_VANTAGE:
			while (s->vantage[vantage].url == NULL)
				vantage++;
			ask_http(a, e, s->vantage[vantage++].url, NULL);
			break;
		case DOCTOR_COMMAND:
			break;
		}
	}
}

/* --------------------------------------------------------------- all of it */

/* As the agent would look, but only as far as the greeting, and soon. */
static void
limit(struct asking *a, const struct settings *from, uint64_t limit_ms)
{
	struct settings *s = &a->settings;

	*s = *from;
	s->depth = DEPTH_GREETING;
	s->per_network = s->connections;
	s->timeout_ms = limit_ms;
	if (s->connect_ms > CONNECT_MS)
		s->connect_ms = CONNECT_MS;
}

static void
complain(struct doctor_gathered *g, const char *why)
{
	buf_printf(&g->errors, "%s\n", why);
	g->facts.config.unusable = true;
}

/* NULL with one line in why. */
static struct engine *
open_engine(uv_loop_t *loop, const struct settings *settings, char *why,
    size_t why_size)
{
	struct engine *engine = engine_new(loop, settings, why, why_size);

	if (engine == NULL || engine_trust(engine, why, why_size) == 0)
		return engine;
	engine_free(engine);
	return NULL;
}

void
doctor_gather_net(struct doctor_gathered *g, uv_loop_t *loop, uint64_t limit_ms)
{
	struct asking a = { .facts = &g->facts };
	char why[512] = "out of memory";

	limit(&a, &g->settings, limit_ms);
	a.until.us = clock_mono().us + (int64_t)limit_ms * 1000;
	a.engine = open_engine(loop, &a.settings, why, sizeof(why));
	a.http = http_client_new(loop);
	if (a.engine != NULL && a.http != NULL) {
		http_client_times(a.http, CONNECT_MS, limit_ms - LEFT_MS);
		uv_timer_init(loop, &a.timer);
		a.timer.data = &a;
		uv_timer_start(&a.timer, time_is_over, limit_ms, 0);
		ask_resolvers(&a);
		ask_names(&a);
		ask_endpoints(&a);
		if (LIST_EMPTY(&a.wishes))
			finish(&a);
		while (!a.over && uv_run(loop, UV_RUN_ONCE) != 0)
			;
	} else {
		complain(g, why);
	}
	http_client_free(a.http);
	engine_free(a.engine);
	uv_run(loop, UV_RUN_DEFAULT);
}
