#include <assert.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "agent/asn.h"
#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/name.h"
#include "agent/helo.h"
#include "agent/net/dns.h"
#include "agent/net/egress.h"
#include "agent/net/tls.h"
#include "agent/sched/ledger.h"
#include "probes/lookup.h"
#include "probes/smtp.h"
#include "agent/engine.h"

/*
 * Jobs and tickets.  A job is one thing to find out; it is known by its key,
 * and lives from its first ticket until it is forgotten.  A ticket is one
 * customer's interest in it.
 *
 *	submit -> waiting (a dialogue for which the ledger has no place)
 *	       -> running (a probe is at work)
 *	       -> finished: its tickets are due, and so is every later one
 *
 * Due tickets are delivered by a timer of zero milliseconds, all of them the
 * same way, so that nothing is ever called back inside a submission.  A job
 * that is not finished and has lost its last ticket is given up at once.
 */

/* Finished jobs that are remembered, at the most: the oldest are forgotten. */
#define FINISHED_MAX 50000
/* Questions at a time to one authoritative server. */
#define ASK_IN_FLIGHT 8

enum job_kind { JOB_LOOKUP, JOB_ASK, JOB_DIALOGUE };
enum job_state { JOB_WAITING, JOB_RUNNING, JOB_FINISHED };

TAILQ_HEAD(job_list, job);
TAILQ_HEAD(ticket_list, ticket);
TAILQ_HEAD(server_list, server);

/* A channel to an authoritative server.  It stays while jobs use it, and then
 * until the next delivery: a channel is not closed inside its own callback. */
struct server {
	TAILQ_ENTRY(server)	 link;		/* idle: jobs is 0 */
	struct ip		 ip;
	struct dns_channel	*channel;
	unsigned		 jobs;
};

struct job {
	TAILQ_ENTRY(job)	 link;		/* waiting, or finished */
	struct engine		*engine;
	char			*key;
	enum job_kind		 kind;
	enum job_state		 state;
	struct ticket_list	 tickets;	/* not due yet */
	unsigned		 interest;	/* tickets, due or not */
	char			*name, *rcpt;	/* asked name, or host */
	struct ip		 ip;
	uint16_t		 type;
	unsigned		 vantage;
	struct server		*server;	/* ask: held while running */
	struct mono		 queued;
	struct lookup		*lookup;	/* while running */
	struct probe_smtp	*probe;
	struct obs_dns		*dns;		/* when finished; NULL: no */
	struct obs_smtp		*smtp;		/* memory for it */
};

struct ticket {
	TAILQ_ENTRY(ticket)	 link;		/* of its job, or due */
	struct job		*job;
	bool			 due;
	struct mono		 until;		/* dialogue: customer's end */
	engine_dns_fn		*dns;
	engine_smtp_fn		*smtp;
	void			*arg;
};

struct engine {
	uv_loop_t		*loop;
	const struct settings	*settings;
	struct egress		*egress;
	struct tls_context	*tls;
	struct asn_data		*asn;
	struct ledger		*ledger;
	char			*helo;
	struct dns_channel	**vantage;
	void			*servers;	/* tsearch(3) trees */
	void			*jobs;
	struct server_list	 idle;
	struct job_list		 waiting, finished;
	unsigned		 nfinished;
	struct ticket_list	 due;
	uv_timer_t		*timer;		/* frees itself when closed */
};

/* ------------------------------------------------------------ small parts */

static int
compare_jobs(const void *a, const void *b)
{
	return strcmp(((const struct job *)a)->key,
	    ((const struct job *)b)->key);
}

static int
compare_servers(const void *a, const void *b)
{
	return ip_compare(&((const struct server *)a)->ip,
	    &((const struct server *)b)->ip);
}

static int64_t
ms_left(struct mono until)
{
	return (until.us - clock_mono().us) / 1000;
}

static struct server *
open_server(struct engine *engine, const struct ip *ip)
{
	static const struct dns_options few = {
		.try_ms = 1500, .in_flight = ASK_IN_FLIGHT,
	};
	struct server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		return NULL;
	server->ip = *ip;
	server->jobs = 1;
	server->channel = dns_channel_new(engine->loop, engine->egress,
	    EGRESS_PROBE, ip, engine->settings->dns_port, &few);
	if (server->channel == NULL ||
	    tsearch(server, &engine->servers, compare_servers) == NULL) {
		dns_channel_free(server->channel);
		free(server);
		return NULL;
	}
	return server;
}

/* The channel to the authoritative server at ip; NULL: no memory. */
static struct server *
hold_server(struct engine *engine, const struct ip *ip)
{
	struct server key = { .ip = *ip };
	struct server **node = tfind(&key, &engine->servers, compare_servers);

	if (node == NULL)
		return open_server(engine, ip);
	if ((*node)->jobs++ == 0)
		TAILQ_REMOVE(&engine->idle, *node, link);
	return *node;
}

static void
drop_server(struct engine *engine, struct server *server)
{
	if (server != NULL && --server->jobs == 0)
		TAILQ_INSERT_TAIL(&engine->idle, server, link);
}

static void
close_idle(struct engine *engine)
{
	struct server *server;

	while ((server = TAILQ_FIRST(&engine->idle)) != NULL) {
		TAILQ_REMOVE(&engine->idle, server, link);
		tdelete(server, &engine->servers, compare_servers);
		dns_channel_free(server->channel);
		free(server);
	}
}

/* ------------------------------------------------------------------- jobs */

static void	start_waiting(struct engine *);

static void
free_job(struct job *job)
{
	obs_dns_unref(job->dns);
	obs_smtp_unref(job->smtp);
	free(job->key);
	free(job->name);
	free(job->rcpt);
	free(job);
}

static void
forget(struct job *job)
{
	assert(job->interest == 0 && job->server == NULL);
	tdelete(job, &job->engine->jobs, compare_jobs);
	free_job(job);
}

static void
forget_oldest(struct engine *engine)
{
	struct job *job, *next;

	for (job = TAILQ_FIRST(&engine->finished);
	    job != NULL && engine->nfinished > FINISHED_MAX; job = next) {
		next = TAILQ_NEXT(job, link);
		if (job->interest > 0)
			continue;
		TAILQ_REMOVE(&engine->finished, job, link);
		engine->nfinished--;
		forget(job);
	}
}

static void
make_due(struct engine *engine, struct ticket *ticket)
{
	ticket->due = true;
	TAILQ_INSERT_TAIL(&engine->due, ticket, link);
}

static void
free_timer(uv_handle_t *handle)
{
	free(handle);
}

/* Hand every due ticket its observation.  Customers may submit and cancel
 * meanwhile: what they make due is delivered here as well. */
static void
deliver(uv_timer_t *timer)
{
	struct engine *engine = timer->data;
	struct ticket *ticket;

	while ((ticket = TAILQ_FIRST(&engine->due)) != NULL) {
		struct job *job = ticket->job;

		TAILQ_REMOVE(&engine->due, ticket, link);
		if (job->kind == JOB_DIALOGUE)
			ticket->smtp(ticket->arg, job->smtp);
		else
			ticket->dns(ticket->arg, job->dns);
		job->interest--;
		free(ticket);
	}
	forget_oldest(engine);
	close_idle(engine);
}

static void
deliver_soon(struct engine *engine)
{
	if (!TAILQ_EMPTY(&engine->due))
		uv_timer_start(engine->timer, deliver, 0, 0);
}

/* Every ending of a job that was not given up passes here. */
static void
finish(struct job *job)
{
	struct engine *engine = job->engine;
	struct ticket *ticket;

	job->state = JOB_FINISHED;
	job->lookup = NULL;
	job->probe = NULL;
	TAILQ_INSERT_TAIL(&engine->finished, job, link);
	engine->nfinished++;
	while ((ticket = TAILQ_FIRST(&job->tickets)) != NULL) {
		TAILQ_REMOVE(&job->tickets, ticket, link);
		make_due(engine, ticket);
	}
	deliver_soon(engine);
}

static void
looked_up(void *arg, struct obs_dns *obs)
{
	struct job *job = arg;
	struct server *server = job->server;

	job->dns = obs;
	job->server = NULL;
	finish(job);
	drop_server(job->engine, server);
}

static void
talked(void *arg, struct obs_smtp *obs)
{
	struct job *job = arg;

	job->smtp = obs;
	if (obs != NULL)
		obs->waited_ms = clock_ms_between(job->queued, clock_mono()) -
		    obs->total_ms;
	ledger_give(job->engine->ledger, &job->ip);
	finish(job);
	start_waiting(job->engine);
}

/* An observation for a job that could not even be started: our own failure,
 * so it says that nothing is known. */
static void
fail(struct job *job)
{
	if (job->kind == JOB_DIALOGUE) {
		job->smtp = obs_smtp_new(&job->ip,
		    job->engine->settings->smtp_port, job->name);
		if (job->smtp != NULL)
			job->smtp->error = SMTP_LOCAL;
	} else {
		job->dns = obs_dns_new(job->name, job->type);
		if (job->dns != NULL) {
			job->dns->direct = job->kind == JOB_ASK;
			job->dns->vantage = job->vantage;
			job->dns->server = job->ip;
		}
	}
	log_error("%s: out of memory", job->key);
	finish(job);
}

static void
start_lookup(struct job *job)
{
	struct lookup_job what = {
		.name = job->name,
		.type = job->type,
		.direct = job->kind == JOB_ASK,
		.vantage = job->vantage,
		.server = job->ip,
		.tries = 3,
	};
	struct dns_channel *channel = NULL;

	job->state = JOB_RUNNING;
	if (job->kind == JOB_LOOKUP) {
		channel = job->engine->vantage[job->vantage];
	} else {
		job->server = hold_server(job->engine, &job->ip);
		if (job->server != NULL)
			channel = job->server->channel;
	}
	if (channel != NULL)
		job->lookup = lookup_start(channel, &what, looked_up, job);
	if (job->lookup == NULL) {
		drop_server(job->engine, job->server);
		job->server = NULL;
		fail(job);
	}
}

/* The longest that any customer of the job still waits. */
static uint64_t
patience(const struct job *job)
{
	const struct ticket *ticket;
	int64_t most = 1;

	TAILQ_FOREACH (ticket, &job->tickets, link) {
		int64_t left = ms_left(ticket->until);

		if (left > most)
			most = left;
	}
	return (uint64_t)most;
}

/* The place in the ledger is taken. */
static void
start_dialogue(struct job *job)
{
	const struct engine *engine = job->engine;
	const struct settings *settings = engine->settings;
	struct smtp_job what = {
		.ip = job->ip,
		.port = settings->smtp_port,
		.host = job->name,
		.helo = engine->helo,
		.rcpt = job->rcpt,
		.depth = settings->depth,
		.timeouts = {
			.connect_ms = settings->connect_ms,
			.greeting_ms = settings->greeting_ms,
			.reply_ms = settings->reply_ms,
			.session_ms = settings->session_ms,
		},
		.left_ms = patience(job),
	};

	job->state = JOB_RUNNING;
	job->probe = probe_smtp_start(engine->loop, engine->egress,
	    engine->tls, &what, talked, job);
	if (job->probe == NULL) {
		ledger_give(engine->ledger, &job->ip);
		fail(job);
	}
}

/* Start what waits and has a place now, in the order of submission. */
static void
start_waiting(struct engine *engine)
{
	struct job *job, *next;

	for (job = TAILQ_FIRST(&engine->waiting); job != NULL; job = next) {
		next = TAILQ_NEXT(job, link);
		if (!ledger_take(engine->ledger, &job->ip))
			continue;
		TAILQ_REMOVE(&engine->waiting, job, link);
		start_dialogue(job);
	}
}

/* Nobody wants to know any more what is not known yet. */
static void
give_up(struct job *job)
{
	struct engine *engine = job->engine;

	if (job->state == JOB_WAITING)
		TAILQ_REMOVE(&engine->waiting, job, link);
	if (job->lookup != NULL)
		lookup_cancel(job->lookup);
	if (job->probe != NULL) {
		probe_smtp_cancel(job->probe);
		ledger_give(engine->ledger, &job->ip);
	}
	drop_server(engine, job->server);
	job->server = NULL;
	forget(job);
	start_waiting(engine);
}

/* ---------------------------------------------------------------- tickets */

/* The job that key describes, like which it is made when there is none.  The
 * strings of like are copied.  NULL: no memory. */
static struct job *
find_job(struct engine *engine, const char *key, const struct job *like,
    bool *made)
{
	struct job probe = { .key = (char *)(uintptr_t)key }, *job;
	struct job **node = tfind(&probe, &engine->jobs, compare_jobs);

	*made = false;
	if (node != NULL)
		return *node;
	job = malloc(sizeof(*job));
	if (job == NULL)
		return NULL;
	*job = *like;
	job->engine = engine;
	job->queued = clock_mono();
	TAILQ_INIT(&job->tickets);
	job->key = strdup(key);
	job->name = strdup(like->name);
	job->rcpt = like->rcpt == NULL ? NULL : strdup(like->rcpt);
	if (job->key == NULL || job->name == NULL ||
	    (like->rcpt != NULL && job->rcpt == NULL) ||
	    tsearch(job, &engine->jobs, compare_jobs) == NULL) {
		free_job(job);
		return NULL;
	}
	*made = true;
	return job;
}

static void
start(struct job *job)
{
	struct engine *engine = job->engine;

	if (job->kind != JOB_DIALOGUE) {
		start_lookup(job);
		return;
	}
	TAILQ_INSERT_TAIL(&engine->waiting, job, link);
	if (ledger_take(engine->ledger, &job->ip)) {
		TAILQ_REMOVE(&engine->waiting, job, link);
		start_dialogue(job);
	}
}

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
	job = find_job(engine, key, what, &made);
	if (job == NULL) {
		free(ticket);
		return NULL;
	}
	*ticket = *like;
	ticket->job = job;
	job->interest++;
	if (job->state == JOB_FINISHED)
		make_due(engine, ticket);
	else
		TAILQ_INSERT_TAIL(&job->tickets, ticket, link);
	if (made)
		start(job);
	deliver_soon(engine);
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
	char key[NAME_TEXT + 32];

	assert(vantage < engine->settings->nvantage);
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
	char key[NAME_TEXT + IP_TEXT + 32], text[IP_TEXT];

	snprintf(key, sizeof(key), "ask %s %u %s", ip_format(ip, text), type,
	    name);
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
	};
	struct ticket ticket = {
		.smtp = done,
		.arg = arg,
		.until = { clock_mono().us + (int64_t)left_ms * 1000 },
	};
	char key[2 * NAME_TEXT + IP_TEXT + 32], text[IP_TEXT];

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
		give_up(job);
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
open_vantage(struct engine *engine, const struct vantage_setting *vantage)
{
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

	engine->vantage = calloc(settings->nvantage + 1,
	    sizeof(struct dns_channel *));
	if (engine->vantage == NULL)
		return false;
	for (size_t i = 0; i < settings->nvantage; i++) {
		engine->vantage[i] = open_vantage(engine,
		    &settings->vantage[i]);
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

	engine->tls = tls_context_new(settings->ca_file, why, why_size);
	if (engine->tls == NULL || !open_asn(engine, why, why_size))
		return false;
	snprintf(why, why_size, "out of memory");
	engine->helo = choose_helo(settings);
	engine->egress = egress_new(policy->allow, policy->nallow);
	engine->ledger = ledger_new(&limits);
	return engine->helo != NULL && engine->egress != NULL &&
	    engine->ledger != NULL && open_timer(engine) &&
	    open_vantages(engine);
}

struct engine *
engine_new(uv_loop_t *loop, const struct settings *settings, char *why,
    size_t why_size)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	engine->loop = loop;
	engine->settings = settings;
	TAILQ_INIT(&engine->idle);
	TAILQ_INIT(&engine->waiting);
	TAILQ_INIT(&engine->finished);
	TAILQ_INIT(&engine->due);
	if (open_all(engine, why, why_size))
		return engine;
	engine_free(engine);
	return NULL;
}

static void
free_job_node(void *node)
{
	free_job(node);
}

void
engine_free(struct engine *engine)
{
	if (engine == NULL)
		return;
	assert(TAILQ_EMPTY(&engine->due) && TAILQ_EMPTY(&engine->waiting));
	close_idle(engine);
	assert(engine->servers == NULL);
	tdestroy(engine->jobs, free_job_node);
	for (size_t i = 0; engine->vantage != NULL &&
	    i < engine->settings->nvantage; i++)
		dns_channel_free(engine->vantage[i]);
	free(engine->vantage);
	if (engine->timer != NULL)
		uv_close((uv_handle_t *)engine->timer, free_timer);
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
