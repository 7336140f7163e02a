/*
 * dnsrate NAMES WINDOW SERVER...: what an answer costs in the agent's own DNS
 * transport, and nothing above it.
 *
 * NS and MX of d000000.test, d0000001.test … (thirteen lengths, as names differ
 * in theirs) are asked of each server (an address), WINDOW questions under way
 * at each.  One line of JSON tells how many were answered,
 * how many not, the CPU time and the longest round trip.
 */
#include <sys/resource.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/base/clock.h"
#include "agent/net/dns.h"

#define SERVERS_MAX 8

struct server {
	struct dns_channel *channel;
	unsigned asked; /* of 2 * names */
};

static struct {
	unsigned names, servers, answers, timeouts, failures;
	double longest_ms, sum_ms;
	struct server server[SERVERS_MAX];
} load;

static void done(void *, enum dns_end, const uint8_t *, size_t, double);

static void
ask(struct server *s)
{
	const unsigned flags = DNS_FLAG_RD | DNS_FLAG_AD;
	unsigned n = s->asked++;
	char name[32];

	if (n >= 2 * load.names)
		return;
	snprintf(
	    name, sizeof(name), "d%0*u.test", 6 + (int)(n / 2 % 13), n / 2);
	if (dns_query_start(
	        s->channel, name, n % 2 == 0 ? 2 : 15, flags, done, s) == NULL)
		errx(1, "no memory");
}

static void
done(void *arg, enum dns_end end, const uint8_t *msg, size_t len, double rtt_ms)
{
	(void)msg;
	(void)len;
	load.answers += end == DNS_END_ANSWER;
	load.timeouts += end == DNS_END_TIMEOUT;
	load.failures += end != DNS_END_ANSWER && end != DNS_END_TIMEOUT;
	if (end == DNS_END_ANSWER && rtt_ms > load.longest_ms)
		load.longest_ms = rtt_ms;
	if (end == DNS_END_ANSWER)
		load.sum_ms += rtt_ms;
	ask(arg);
}

static double
cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
tell(double cpu, double wall)
{
	printf("{\"answers\": %u, \"timeouts\": %u, \"failures\": %u, "
	       "\"cpu_s\": %.3f, \"wall_s\": %.3f, \"per_cpu_s\": %.0f, "
	       "\"mean_ms\": %.2f, \"longest_ms\": %.1f}\n",
	    load.answers, load.timeouts, load.failures, cpu, wall,
	    load.answers / cpu, load.sum_ms / load.answers, load.longest_ms);
}

int
main(int argc, char **argv)
{
	struct egress *egress = egress_new(NULL, 0);
	struct dns_options options = dns_defaults;
	struct mono began;
	uv_loop_t loop;
	struct ip ip;
	double cpu;

	if (argc < 4 || argc > 3 + SERVERS_MAX || getenv("LAB") == NULL)
		errx(1, "usage, in the lab: dnsrate NAMES WINDOW SERVER...");
	load.names = (unsigned)strtoul(argv[1], NULL, 10);
	options.in_flight = (unsigned)strtoul(argv[2], NULL, 10);
	uv_loop_init(&loop);
	for (int i = 3; i < argc; i++) {
		struct server *s = &load.server[load.servers++];

		if (ip_parse(argv[i], &ip) != 0)
			errx(1, "%s: not an address", argv[i]);
		s->channel = dns_channel_new(
		    &loop, egress, EGRESS_OPERATOR, &ip, 53, &options);
	}
	began = clock_mono();
	cpu = cpu_seconds();
	for (unsigned k = 0; k < options.in_flight; k++)
		for (unsigned i = 0; i < load.servers; i++)
			ask(&load.server[i]);
	uv_run(&loop, UV_RUN_DEFAULT);
	tell(cpu_seconds() - cpu, clock_ms_between(began, clock_mono()) / 1000);
	return 0;
}
