#include <assert.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/asn.h"
#include "agent/base/name.h"
#include "agent/engine_job.h"
#include "agent/helo.h"
#include "agent/engine.h"

/* --------------------------------------------------------------- delivery */

/* Hand every due ticket its observation.  Customers may submit and cancel
 * meanwhile: what they make due is delivered here as well. */
static void
deliver(uv_timer_t *timer)
{
	struct engine *engine = timer->data;
	struct ticket *ticket;

	while ((ticket = TAILQ_FIRST(&engine->due)) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): off the list */
		struct job *job = ticket->job;

		TAILQ_REMOVE(&engine->due, ticket, link);
		if (job->kind == JOB_DIALOGUE)
			ticket->smtp(ticket->arg, job->smtp);
		else
			ticket->dns(ticket->arg, job->dns);
		job->interest--;
		free(ticket);
	}
	job_forget_oldest(engine);
	server_close_idle(engine);
}

void
engine_tidy(struct engine *engine)
{
	if (!uv_is_active((uv_handle_t *)engine->timer))
		uv_timer_start(engine->timer, deliver, 0, 0);
}

void
ticket_make_due(struct engine *engine, struct ticket *ticket)
{
	ticket->due = true;
	TAILQ_INSERT_TAIL(&engine->due, ticket, link);
	uv_timer_start(engine->timer, deliver, 0, 0);
}

/* ---------------------------------------------------------------- tickets */

/* Room for any key. */
#define KEY_MAX (2 * NAME_TEXT + IP_TEXT + 64)

/* A ticket like `like` for the job of this key. */
static struct ticket *
submit(struct engine *engine, const char *key, const struct job *what,
    const struct ticket *like)
{
	struct ticket *ticket = malloc(sizeof(*ticket));
	struct job *job;
	bool made;

	if (ticket == NULL)
		return NULL;
	job = job_find(engine, key, what, &made);
	if (job == NULL) {
		free(ticket);
		return NULL;
	}
	*ticket = *like;
	ticket->job = job;
	job->interest++;
	if (job->state == JOB_FINISHED)
		ticket_make_due(engine, ticket);
	else
		TAILQ_INSERT_TAIL(&job->tickets, ticket, link);
	if (made)
		job_start(job);
	return ticket;
}

struct ticket *
engine_lookup(struct engine *engine, unsigned vantage, const char *name,
    uint16_t type, engine_dns_fn *done, void *arg)
{
	struct job what = {
		.kind = JOB_LOOKUP,
		.vantage = vantage,
		.type = type,
		.name = (char *)(uintptr_t)name,
	};
	struct ticket ticket = { .dns = done, .arg = arg };
	char key[KEY_MAX];

	assert(!engine->fresh && vantage < engine->settings->nvantage);
	snprintf(key, sizeof(key), "lookup %u %u %s", vantage, type, name);
	return submit(engine, key, &what, &ticket);
}

struct ticket *
engine_ask(struct engine *engine, const struct ip *ip, const char *name,
    uint16_t type, engine_dns_fn *done, void *arg)
{
	struct job what = {
		.kind = JOB_ASK,
		.ip = *ip,
		.type = type,
		.name = (char *)(uintptr_t)name,
	};
	struct ticket ticket = { .dns = done, .arg = arg };
	char key[KEY_MAX], text[IP_TEXT];

	assert(!engine->fresh);
	snprintf(
	    key, sizeof(key), "ask %s %u %s", ip_format(ip, text), type, name);
	return submit(engine, key, &what, &ticket);
}

struct ticket *
engine_dialogue(struct engine *engine, const struct ip *ip, const char *host,
    const char *rcpt, uint64_t left_ms, engine_smtp_fn *done, void *arg)
{
	struct job what = {
		.kind = JOB_DIALOGUE,
		.ip = *ip,
		.name = (char *)(uintptr_t)host,
		.rcpt = (char *)(uintptr_t)rcpt,
		.depth = engine->settings->depth,
	};
	struct ticket ticket = {
		.smtp = done,
		.arg = arg,
		.until = { clock_mono().us + (int64_t)left_ms * 1000 },
	};
	char key[KEY_MAX], text[IP_TEXT];

	assert(!engine->fresh);
	snprintf(key, sizeof(key), "smtp %s %s %s", ip_format(ip, text), host,
	    rcpt == NULL ? "-" : rcpt);
	return submit(engine, key, &what, &ticket);
}

void
engine_cancel(struct ticket *ticket)
{
	struct engine *engine = ticket->job->engine;
	struct job *job = ticket->job;

	if (ticket->due)
		TAILQ_REMOVE(&engine->due, ticket, link);
	else
		TAILQ_REMOVE(&job->tickets, ticket, link);
	free(ticket);
	if (--job->interest == 0 && job->state != JOB_FINISHED)
		job_give_up(job);
}

struct obs_smtp *
engine_snapshot(struct ticket *ticket)
{
	struct job *job = ticket->job;

	if (job->probe != NULL)
		return probe_smtp_snapshot(job->probe);
	return job->smtp == NULL ? NULL : obs_smtp_ref(job->smtp);
}

/* ----------------------------------------------------------------- engine */

static struct dns_channel *
open_vantage(struct engine *engine, size_t i)
{
	const struct vantage_setting *vantage = &engine->settings->vantage[i];
	const struct engine_outfit *outfit = engine->outfit;

	if (vantage->url != NULL && outfit != NULL) {
		struct dns_https_known known = {
			.ca_pem = outfit->ca_pem,
			.ca_len = outfit->ca_len,
			.addresses = outfit->addresses[i],
		};

		return dns_channel_https_known(
		    engine->loop, vantage->url, &known, &dns_defaults);
	}
	if (vantage->url != NULL)
		return dns_channel_https(engine->loop, vantage->url,
		    engine->settings->ca_file, &dns_defaults);
	return dns_channel_new(engine->loop, engine->egress, EGRESS_OPERATOR,
	    &vantage->ip, vantage->port, &dns_defaults);
}

static bool
open_vantages(struct engine *engine)
{
	const struct settings *settings = engine->settings;

	engine->vantage =
	    calloc(settings->nvantage + 1, sizeof(struct dns_channel *));
	if (engine->vantage == NULL)
		return false;
	for (size_t i = 0; i < settings->nvantage; i++) {
		engine->vantage[i] = open_vantage(engine, i);
		if (engine->vantage[i] == NULL)
			return false;
	}
	return true;
}

static char *
choose_helo(const struct settings *settings)
{
	return settings->helo != NULL ? strdup(settings->helo) : helo_name();
}

static void
free_timer(uv_handle_t *handle)
{
	free(handle);
}

static bool
open_timer(struct engine *engine)
{
	engine->timer = malloc(sizeof(*engine->timer));
	if (engine->timer == NULL)
		return false;
	uv_timer_init(engine->loop, engine->timer);
	engine->timer->data = engine;
	return true;
}

static bool
open_asn(struct engine *engine, char *why, size_t why_size)
{
	const char *path = engine->settings->asn_database;

	if (path == NULL)
		return true;
	engine->asn = asn_open(path, why, why_size);
	return engine->asn != NULL;
}

/* What both kinds have in common. */
static bool
open_rest(struct engine *engine)
{
	engine->helo = choose_helo(engine->settings);
	engine->hub = conn_hub_new(engine->loop);
	return engine->helo != NULL && engine->egress != NULL &&
	    engine->hub != NULL && open_timer(engine) && open_vantages(engine);
}

/* Everything that can fail at the start; false with one line in why. */
static bool
open_all(struct engine *engine, char *why, size_t why_size)
{
	const struct settings *settings = engine->settings;
	const struct policy *policy = &settings->policy;
	struct ledger_limits limits = {
		.per_host = settings->per_host,
		.per_network = settings->per_network,
		.total = settings->connections,
		.ipv4_prefix = policy->ipv4_prefix,
		.ipv6_prefix = policy->ipv6_prefix,
	};

	if (!open_asn(engine, why, why_size))
		return false;
	snprintf(why, why_size, "out of memory");
	engine->egress = egress_new(policy->allow, policy->nallow);
	engine->ledger = ledger_new(&limits);
	return engine->ledger != NULL && open_rest(engine);
}

static bool
open_bare(struct engine *engine, const struct engine_outfit *outfit, char *why,
    size_t why_size)
{
	const struct policy *policy = &engine->settings->policy;

	engine->fresh = true;
	engine->key = outfit->key;
	engine->outfit = outfit;
	engine->tls =
	    tls_context_new_pem(outfit->ca_pem, outfit->ca_len, why, why_size);
	if (engine->tls == NULL)
		return false;
	snprintf(why, why_size, "out of memory");
	if (tls_context_remember(engine->tls) != 0)
		return false;
	engine->egress = egress_new_own(
	    policy->allow, policy->nallow, outfit->own, outfit->nown);
	return open_rest(engine);
}

static struct engine *
engine_blank(uv_loop_t *loop, const struct settings *settings)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		return NULL;
	engine->loop = loop;
	engine->settings = settings;
	TAILQ_INIT(&engine->idle);
	TAILQ_INIT(&engine->waiting);
	TAILQ_INIT(&engine->finished);
	TAILQ_INIT(&engine->due);
	return engine;
}

struct engine *
engine_new(uv_loop_t *loop, const struct settings *settings, char *why,
    size_t why_size)
{
	struct engine *engine = engine_blank(loop, settings);

	snprintf(why, why_size, "out of memory");
	if (engine == NULL || open_all(engine, why, why_size))
		return engine;
	engine_free(engine);
	return NULL;
}

int
engine_trust(struct engine *engine, char *why, size_t why_size)
{
	assert(engine->tls == NULL);
	engine->tls = tls_context_new(engine->settings->ca_file, why, why_size);
	return engine->tls == NULL ? -1 : 0;
}

struct engine *
engine_new_bare(uv_loop_t *loop, const struct settings *settings,
    const struct engine_outfit *outfit, char *why, size_t why_size)
{
	struct engine *engine = engine_blank(loop, settings);

	snprintf(why, why_size, "out of memory");
	if (engine == NULL || open_bare(engine, outfit, why, why_size)) {
		if (engine != NULL)
			engine->outfit = NULL;
		return engine;
	}
	engine_free(engine);
	return NULL;
}

static void
free_job_node(void *node)
{
	job_free(node);
}

void
engine_free(struct engine *engine)
{
	if (engine == NULL)
		return;
	assert(TAILQ_EMPTY(&engine->due) && TAILQ_EMPTY(&engine->waiting));
	server_close_all(engine);
	assert(engine->servers == NULL);
	tdestroy(engine->jobs, free_job_node);
	for (size_t i = 0;
	     engine->vantage != NULL && i < engine->settings->nvantage; i++)
		dns_channel_free(engine->vantage[i]);
	free(engine->vantage);
	if (engine->timer != NULL)
		uv_close((uv_handle_t *)engine->timer, free_timer);
	conn_hub_free(engine->hub);
	ledger_free(engine->ledger);
	egress_free(engine->egress);
	asn_close(engine->asn);
	tls_context_free(engine->tls);
	free(engine->helo);
	free(engine);
}

uint32_t
engine_asn(const struct engine *engine, const struct ip *ip)
{
	return engine->asn == NULL ? 0 : asn_find(engine->asn, ip);
}

bool
engine_has_asn(const struct engine *engine)
{
	return engine->asn != NULL;
}

const char *
engine_refuses(const struct engine *engine, const struct ip *ip)
{
	return egress_refuses(engine->egress, EGRESS_PROBE, ip);
}
