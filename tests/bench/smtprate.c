/*
 * smtprate PORT SESSIONS WINDOW DEPTH WORKERS CA: how many dialogues the agent
 * holds in a second of its CPU time, with mail servers at 2,000 addresses.
 *
 * DEPTH is ehlo, starttls, or resume: to STARTTLS with the last session of the
 * server, which 2,000 dialogues have got before.  WORKERS 0: the dialogues are
 * held in this process, by the engine that a probe has.  Otherwise by so many
 * probe processes, shut in as the daemon's are, and this one is their core,
 * with the tasks and the observations as bytes between them; each is put on a
 * CPU of its own, from the first on, and the core on the one behind them.  CPU
 * time is that of all processes from the first dialogue to the last.
 *
 * A session is good when nothing failed; at the depth starttls also TLS must
 * have come about, with a certificate that is trusted and for the host, or by
 * a session that may be resumed.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "agent/engine.h"
#include "agent/worker/pool.h"
#include "agent/worker/setup.h"

#define ADDRESSES   2000
#define WORKERS_MAX 16

struct rate {
	uv_loop_t loop;
	struct settings settings;
	struct setup setup;
	struct engine *engine;
	struct pool *pool;
	enum depth depth;
	bool resume;
	unsigned long wanted, begun, ended, good, resumed, window;
	unsigned long warming; /* of those that are wanted, the first */
	int pid[WORKERS_MAX];
	size_t workers;
	uv_timer_t wait;
	double wall, cpu, probes[WORKERS_MAX];
};

static void begin_more(struct rate *);

static void
fail(const char *what)
{
	fprintf(stderr, "smtprate: %s\n", what);
	exit(1);
}

/* ------------------------------------------------------------------ times */

static double
seconds(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) != 0)
		fail("a clock");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
seconds_of(int pid)
{
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0)
		fail("a worker is gone");
	return seconds(clock);
}

/* From now; and again, for what it was. */
static void
read_clocks(struct rate *r)
{
	r->wall = seconds(CLOCK_MONOTONIC) - r->wall;
	r->cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - r->cpu;
	for (size_t i = 0; i < r->workers; i++)
		r->probes[i] = seconds_of(r->pid[i]) - r->probes[i];
}

/* -------------------------------------------------------------- dialogues */

static bool
is_good(const struct rate *r, const struct obs_smtp *o)
{
	if (o == NULL || o->error != SMTP_OK || o->phase != SMTP_DONE ||
	    o->dialogue == NULL || strstr(o->dialogue, "\n< 221") == NULL)
		return false;
	if (r->depth != DEPTH_STARTTLS)
		return true;
	if (o->tls == NULL || !o->tls->established)
		return false;
	return o->tls->resumed ?
	    r->resume :
	    o->tls->trusted == TRI_YES && o->tls->name_ok == TRI_YES;
}

/* What was until now only made the sessions to be resumed. */
static void
end_warming(struct rate *r)
{
	if (r->good != r->warming)
		fail("not even the first dialogues are good");
	r->good = r->resumed = 0;
	read_clocks(r);
}

static void
ended(struct rate *r, const struct obs_smtp *o)
{
	r->good += is_good(r, o);
	r->resumed += o != NULL && o->tls != NULL && o->tls->resumed;
	if (++r->ended == r->warming)
		end_warming(r);
	if (r->ended == r->wanted) {
		read_clocks(r);
		uv_stop(&r->loop);
	}
	begin_more(r);
}

static void
talked(void *arg, struct obs_smtp *o)
{
	ended(arg, o);
	obs_smtp_unref(o);
}

static void
done(void *arg, const struct task_result *result)
{
	ended(arg, result->smtp);
}

static void
begin(struct rate *r)
{
	unsigned n = (unsigned)(r->begun++ % ADDRESSES);
	struct smtp_job job = { .depth = r->depth, .resume = r->resume };
	struct task task = {
		.kind = TASK_DIALOGUE, .depth = r->depth, .resume = r->resume
	};
	char ip[32], host[32];
	bool begun;

	snprintf(
	    ip, sizeof(ip), "198.18.%u.%u", 128 + (n + 1) / 256, (n + 1) % 256);
	snprintf(host, sizeof(host), "m%u.mx.lab", n);
	if (ip_parse(ip, &task.ip) != 0)
		fail(ip);
	task.name = job.host = host;
	job.ip = task.ip;
	if (r->pool != NULL)
		begun = pool_submit(r->pool, &task, done, r) == 0;
	else
		begun = engine_talk(r->engine, &job, talked, r) != NULL;
	if (!begun)
		fail("out of memory");
}

static void
begin_more(struct rate *r)
{
	while (r->begun < r->wanted && r->begun - r->ended < r->window)
		begin(r);
}

/* --------------------------------------------------------------- start-up */

static void
take_settings(struct rate *r, char **argv)
{
	struct settings *s = &r->settings;
	struct ip_net net;

	settings_init(s);
	s->smtp_port = (uint16_t)atoi(argv[1]);
	s->helo = strdup("monitor.lab");
	s->ca_file = strdup(argv[6]);
	if (ip_net_parse("198.18.0.0/15", &net) != 0 ||
	    policy_allow(&s->policy, &net) != 0)
		fail("out of memory");
	r->wanted = strtoul(argv[2], NULL, 10);
	r->warming = strcmp(argv[4], "resume") == 0 ? ADDRESSES : 0;
	r->wanted += r->warming;
	r->window = strtoul(argv[3], NULL, 10);
	r->workers = strtoul(argv[5], NULL, 10);
	r->resume = strcmp(argv[4], "resume") == 0;
	if (depth_parse(r->resume ? "starttls" : argv[4], &r->depth) != 0 ||
	    r->workers > WORKERS_MAX)
		fail("depth, or too many workers");
}

static void
open_engine(struct rate *r)
{
	char why[256];
	struct engine_outfit outfit;

	if (setup_make(&r->setup, &r->settings, false, why, sizeof(why)) != 0)
		fail(why);
	outfit = (struct engine_outfit){
		.ca_pem = r->setup.ca_pem,
		.ca_len = r->setup.ca_len,
		.own = r->setup.own,
		.nown = r->setup.nown,
	};
	r->engine =
	    engine_new_bare(&r->loop, &r->settings, &outfit, why, sizeof(why));
	if (r->engine == NULL)
		fail(why);
}

static void
put_on(int pid, size_t cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	/* A machine that has fewer does without. */
	(void)sched_setaffinity(pid, sizeof(set), &set);
}

static void
start(struct rate *r)
{
	if (r->warming == 0)
		read_clocks(r);
	begin_more(r);
}

static void
on_wait(uv_timer_t *timer)
{
	struct rate *r = timer->data;
	struct pool_stats stats;

	pool_stats(r->pool, &stats);
	if (stats.ready < r->workers)
		return;
	uv_timer_stop(timer);
	if (pool_pids(r->pool, r->pid, r->workers) != r->workers)
		fail("a worker is gone");
	for (size_t i = 0; i < r->workers; i++)
		put_on(r->pid[i], i);
	put_on(0, r->workers);
	start(r);
}

static void
open_pool(struct rate *r)
{
	const struct pool_options options = {
		.program = "/proc/self/exe",
		.workers = (unsigned)r->workers,
		.sandbox = true,
		.in_flight = (unsigned)r->window,
	};
	char why[256];

	r->pool = pool_new(&r->loop, &r->settings, &options, why, sizeof(why));
	if (r->pool == NULL)
		fail(why);
	uv_timer_init(&r->loop, &r->wait);
	r->wait.data = r;
	uv_timer_start(&r->wait, on_wait, 10, 10);
}

static void
tell(const struct rate *r)
{
	double probes = 0;

	for (size_t i = 0; i < r->workers; i++)
		probes += r->probes[i];
	printf("{\"good\": %lu, \"bad\": %lu, \"resumed\": %lu, "
	       "\"wall\": %.4f, \"cpu\": %.4f, \"core\": %.4f, "
	       "\"probes\": %.4f}\n",
	    r->good, r->ended - r->warming - r->good, r->resumed, r->wall,
	    r->cpu + probes, r->cpu, probes);
}

int
main(int argc, char **argv)
{
	static struct rate r;

	if (argc == 2 && strcmp(argv[1], "probe") == 0)
		return probe_main(argc, argv);
	if (argc != 7 || getenv("LAB") == NULL) {
		fputs("usage, in the lab: smtprate PORT SESSIONS WINDOW DEPTH "
		      "WORKERS CA\n",
		    stderr);
		return 1;
	}
	uv_loop_init(&r.loop);
	take_settings(&r, argv);
	if (r.workers > 0) {
		open_pool(&r);
	} else {
		open_engine(&r);
		start(&r);
	}
	uv_run(&r.loop, UV_RUN_DEFAULT);
	tell(&r);
	return r.good == r.wanted - r.warming ? 0 : 1;
}
