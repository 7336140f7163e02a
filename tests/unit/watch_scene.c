#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

#include "tests/unit/watch_scene.h"

#define NS "ns1.example.org, ns2.example.net"
#define MX "10 mx1.example.org, 20 mx2.example.org"

/* -------------------------------------------------------------------- life */

static void
turn(uv_timer_t *timer)
{
	struct stage *s = timer->data;

	s->turns++;
}

int
stage_setup(void **state)
{
	static const char *const fine[] = { "200 OK" };
	struct stage *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	signal(SIGPIPE, SIG_IGN);
	fake_clock_reset();
	fake_pool_reset();
	assert_int_equal(uv_loop_init(&s->loop), 0);
	uv_timer_init(&s->loop, &s->guard);
	s->guard.data = s;
	uv_timer_start(&s->guard, turn, 2, 2);
	scene_begin(&s->scene);
	s->facts = facts_healthy();
	fake_pool.facts = s->facts;
	s->receiver = receiver_start(&s->loop, fine, 1);
	*state = s;
	return 0;
}

int
stage_teardown(void **state)
{
	struct stage *s = *state;

	stage_stop(s);
	receiver_stop(s->receiver);
	uv_close((uv_handle_t *)&s->guard, NULL);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&s->loop), 0);
	facts_free(s->facts);
	scene_end(&s->scene);
	free(s);
	return 0;
}

/* ---------------------------------------------------------------- settings */

static const char head[] =
    "vantages:\n"
    "  - {name: v0, resolver: 192.0.2.200}\n"
    "  - {name: v1, resolver: 192.0.2.201}\n"
    "  - {name: v2, resolver: 192.0.2.202}\n"
    "networks: {allow: [192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24,"
    " \"2001:db8::/32\"]}\n"
    "http: {listen: off}\n";
static const char channels[] = "channels: [{name: a, type: webhook, "
                               "url_file: a, min_severity: info}]\n";

static void
hasten(struct confirm_setting *c)
{
	*c = (struct confirm_setting){
		.strikes = 2,
		.retry_ms = { 30 },
		.nretry = 1,
		.span_ms = 30,
	};
}

struct settings *
stage_settings(struct stage *s, const char *yaml)
{
	struct settings *settings = malloc(sizeof(*settings));
	struct buf text, errors;
	char url[64];

	assert_non_null(settings);
	settings_init(settings);
	buf_init(&text, 0);
	buf_init(&errors, 0);
	buf_printf(&text, "%s%s%s", head,
	    strstr(yaml, "channels:") == NULL ? channels : "", yaml);
	if (settings_read(settings, "f", buf_str(&text), text.len, &errors) !=
	    0)
		fail_msg("%s", buf_str(&errors));
	buf_free(&text);
	buf_free(&errors);
	hasten(&settings->alerts.dns);
	hasten(&settings->alerts.smtp);
	settings->alerts.good_ms = 30;
	settings->alerts.wait_ms = 20;
	settings->dns_interval_ms = settings->smtp_interval_ms = 200;
	settings->authority_interval_ms = 400;
	settings->canaries.interval_ms = 50;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/x",
	    (unsigned)receiver_port(s->receiver));
	for (size_t i = 0; i < settings->nchannel; i++) {
		settings->channel[i].url = strdup(url);
		settings->channel[i].per_minute = 1000;
	}
	free(settings->store_path);
	settings->store_path = strdup(s->scene.path);
	return settings;
}

/* ----------------------------------------------------------- start and end */

void
stage_start(struct stage *s, const char *yaml)
{
	const struct watch_options options = { .program = "none" };
	struct settings *settings = stage_settings(s, yaml);
	char why[256];

	scene_open(&s->scene);
	s->watch = watch_new(
	    &s->loop, settings, s->scene.store, &options, why, sizeof(why));
	s->scene.store = NULL; /* the watch's */
	if (s->watch == NULL)
		fail_msg("%s", why);
	uv_timer_start(&s->watch->second, s->watch->second.timer_cb, 10, 10);
}

void
stage_settle(struct stage *s, const char *yaml)
{
	stage_start(s, yaml);
	stage_until(s, !s->watch->first_pass && s->watch->unjudged == 0);
}

void
stage_reload(struct stage *s, const char *yaml)
{
	char why[256];

	if (watch_reload(s->watch, stage_settings(s, yaml), why, sizeof(why)) !=
	    0)
		fail_msg("%s", why);
}

static void
note_stopped(void *arg)
{
	struct stage *s = arg;

	s->stopped = true;
}

void
stage_stop(struct stage *s)
{
	if (s->watch == NULL)
		return;
	s->stopped = false;
	watch_stop(s->watch, 0, note_stopped, s);
	assert_true(s->stopped);
	/* What is closing closes with the next turns. */
	stage_turn(s);
	stage_turn(s);
	watch_free(s->watch);
	s->watch = NULL;
}

void
stage_restart(struct stage *s, const char *yaml)
{
	stage_stop(s);
	stage_start(s, yaml);
}

/* ------------------------------------------------------------------- turns */

void
stage_turn(struct stage *s)
{
	uv_run(&s->loop, UV_RUN_ONCE);
	if (s->turns > 30000) {
		print_error("it did not happen\n");
		fail();
	}
}

void
stage_pass(struct stage *s, unsigned seconds)
{
	unsigned until = s->watch->seconds + seconds;

	stage_until(s, s->watch->seconds >= until);
}

static void
find_oldest(void *arg, struct thing *thing)
{
	struct mono *oldest = arg;

	if (thing->refs > 0 && thing_looked(thing).us < oldest->us)
		*oldest = thing_looked(thing);
}

/* Of the domains and their mail servers. */
static struct mono
oldest_look(const struct stage *s)
{
	const struct watch *w = s->watch;
	struct mono oldest = clock_mono();

	for (size_t i = 0; i < w->nby_name; i++)
		find_oldest(&oldest, domain_own(w->by_name[i]));
	model_each(w->model, THING_ENDPOINT, find_oldest, &oldest);
	return oldest;
}

void
stage_again(struct stage *s)
{
	struct mono now = clock_mono();

	stage_until(s, oldest_look(s).us > now.us);
	stage_until(s, model_dirty_count(s->watch->model) == 0);
}

/* -------------------------------------------------------------- what is seen
 */

int64_t
stage_number(struct stage *s, const char *sql, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, sql);
	vsnprintf(text, sizeof(text), sql, ap);
	va_end(ap);
	return scene_number(&s->scene, text);
}

int64_t
stage_rows(struct stage *s, const char *kind)
{
	return stage_number(
	    s, "SELECT count(*) FROM outbox WHERE kind = '%s'", kind);
}

size_t
stage_got(const struct stage *s, const char *part)
{
	size_t n = 0;

	for (size_t i = 0; i < s->receiver->n; i++)
		n += strstr(s->receiver->got[i].body, part) != NULL;
	return n;
}

/* ------------------------------------------------------------------- facts */

static const struct {
	const char *ip, *host;
} servers[] = { { "192.0.2.25", "mx1.example.org" },
	{ "2001:db8:1::25", "mx1.example.org" },
	{ "198.51.100.25", "mx2.example.org" } };

void
stage_break(struct stage *s)
{
	for (size_t i = 0; i < 3; i++)
		facts_smtp_fails(s->facts, servers[i].ip, servers[i].host,
		    SMTP_GREETING, SMTP_DEFERRED, 450);
}

void
stage_mend(struct stage *s)
{
	for (size_t i = 0; i < 3; i++)
		facts_smtp_up(s->facts, servers[i].ip, servers[i].host);
}

void
stage_domain(struct stage *s, const char *name)
{
	facts_says(s->facts, EVERY, name, DNS_NS, NS);
	facts_says(s->facts, EVERY, name, DNS_MX, MX);
}

void
stage_no_domain(struct stage *s, const char *name)
{
	facts_fails(s->facts, EVERY, name, DNS_NS, DNS_NXDOMAIN);
	facts_fails(s->facts, EVERY, name, DNS_MX, DNS_NXDOMAIN);
}

struct domain *
stage_find(const struct stage *s, const char *name)
{
	struct domain *domain = model_find(s->watch->model, name);

	assert_non_null(domain);
	return domain;
}
