/*
 * dnsprobe PROGRAM NAMES WINDOW PASSES SERVER...: NS and MX of d000000.test,
 * d0000001.test … (as in dnsrate) through a real probe process, as the daemon
 * has them looked up: the task is written to the process, asked at each server
 * (as a vantage), decoded, and compared with the answer of the pass before.
 *
 * PROGRAM is mxvigil; WINDOW the domains under way.  One line of JSON for each
 * pass: CPU time of both processes, what was answered, what was the same as
 * before, and what was not answered.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/clock.h"
#include "agent/worker/pool.h"

#define TYPES 2

static struct {
	uv_loop_t loop;
	struct settings settings;
	struct pool *pool;
	unsigned names, window, parts; /* parts: answers of a domain */
	unsigned next, running;
	uint64_t *print; /* of each part of each name */
	/* In this pass. */
	unsigned answers, same, timeouts, failures;
	double longest_ms;
} load;

struct look {
	unsigned number;
};

static void submit(struct look *);

static void
note(const struct task_result *result, size_t i, uint64_t *print)
{
	const struct obs_dns *obs = result->dns[i];
	double ms;

	if (obs == NULL) {
		load.same++;
		ms = result->same_ms[i];
	} else {
		*print = obs->print;
		ms = obs->rtt_ms;
		load.timeouts += obs->status == DNS_TIMEOUT;
		load.failures +=
		    obs->status != DNS_OK && obs->status != DNS_TIMEOUT;
	}
	load.answers += obs == NULL || obs->status == DNS_OK;
	if (ms > load.longest_ms)
		load.longest_ms = ms;
}

static void
told(void *arg, const struct task_result *result)
{
	struct look *look = arg;

	load.running--;
	if (result->lost)
		errx(1, "a task was lost");
	for (size_t i = 0; i < result->ndns; i++)
		note(result, i, &load.print[look->number * load.parts + i]);
	submit(look);
}

static void
submit(struct look *look)
{
	char name[32];
	struct task task = {
		.kind = TASK_LOOKUP,
		.name = name,
		.type = { 2, 15 },
		.ntype = TYPES,
		.vantages = (1U << load.settings.nvantage) - 1,
	};

	if (load.next == load.names) {
		free(look);
		if (load.running == 0)
			uv_stop(&load.loop);
		return;
	}
	look->number = load.next++;
	task.print = &load.print[look->number * load.parts];
	snprintf(name, sizeof(name), "d%0*u.test", 6 + (int)(look->number % 13),
	    look->number);
	load.running++;
	if (pool_submit(load.pool, &task, told, look) != 0)
		errx(1, "no memory");
}

/* Of this process and of the probe. */
static double
cpu_seconds(clockid_t probe)
{
	struct timespec own, its;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
	clock_gettime(probe, &its);
	return (double)(own.tv_sec + its.tv_sec) +
	    (double)(own.tv_nsec + its.tv_nsec) / 1e9;
}

static void
pass(clockid_t probe)
{
	struct mono began = clock_mono();
	double cpu = cpu_seconds(probe), wall;

	load.next = load.answers = load.same = load.timeouts = 0;
	load.failures = 0;
	load.longest_ms = 0;
	for (unsigned i = 0; i < load.window && i < load.names; i++) {
		struct look *look = malloc(sizeof(*look));

		if (look == NULL)
			errx(1, "no memory");
		submit(look);
	}
	uv_run(&load.loop, UV_RUN_DEFAULT);
	cpu = cpu_seconds(probe) - cpu;
	wall = clock_ms_between(began, clock_mono()) / 1000;
	printf("{\"answers\": %u, \"same\": %u, \"timeouts\": %u, "
	       "\"failures\": %u, \"cpu_s\": %.3f, \"wall_s\": %.3f, "
	       "\"per_cpu_s\": %.0f, \"longest_ms\": %.1f}\n",
	    load.answers, load.same, load.timeouts, load.failures, cpu, wall,
	    load.answers / cpu, load.longest_ms);
	fflush(stdout);
}

static clockid_t
wait_for_probe(void)
{
	struct pool_stats stats;
	clockid_t clock;
	int pid;

	do {
		uv_run(&load.loop, UV_RUN_ONCE);
		pool_stats(load.pool, &stats);
	} while (stats.ready == 0);
	if (pool_pids(load.pool, &pid, 1) != 1 ||
	    clock_getcpuclockid(pid, &clock) != 0)
		errx(1, "where is the probe?");
	return clock;
}

static void
set_up(const char *program, char *const *server)
{
	const struct pool_options options = {
		.program = program,
		.workers = 1,
		.sandbox = true,
		.in_flight = load.window,
	};
	char why[256] = "", name[] = "a";

	settings_init(&load.settings);
	load.settings.helo = strdup("monitor.lab");
	for (; *server != NULL; server++, name[0]++)
		if (settings_vantage(
		        &load.settings, name, *server, why, sizeof(why)) != 0)
			errx(1, "%s: %s", *server, why);
	load.parts = TYPES * (unsigned)load.settings.nvantage;
	load.print = calloc((size_t)load.names * load.parts, sizeof(uint64_t));
	uv_loop_init(&load.loop);
	load.pool =
	    pool_new(&load.loop, &load.settings, &options, why, sizeof(why));
	if (load.pool == NULL || load.print == NULL)
		errx(1, "%s", why);
}

int
main(int argc, char **argv)
{
	clockid_t probe;

	if (argc < 6 || getenv("LAB") == NULL)
		errx(1,
		    "usage, in the lab: dnsprobe PROGRAM NAMES WINDOW "
		    "PASSES SERVER...");
	load.names = (unsigned)strtoul(argv[2], NULL, 10);
	load.window = (unsigned)strtoul(argv[3], NULL, 10);
	set_up(argv[1], argv + 5);
	probe = wait_for_probe();
	for (unsigned n = (unsigned)strtoul(argv[4], NULL, 10); n > 0; n--)
		pass(probe);
	pool_free(load.pool);
	uv_run(&load.loop, UV_RUN_DEFAULT);
	return 0;
}
