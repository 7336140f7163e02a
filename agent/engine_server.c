#include <search.h>
#include <stdlib.h>

#include "agent/engine_job.h"

/* Questions at a time to one authoritative server.  A provider's few servers
 * are asked for all of its domains, so it takes rate x (RTT + loss x timeout):
 * 100 ms away, with one question in a hundred lost, these are 560 a second; 8
 * were 70, and what waited for them kept everything else waiting. */
#define ASK_IN_FLIGHT 64

/* Channels that are kept for the next question: a provider's few servers are
 * asked for all of its domains, and to make a channel and its socket costs as
 * much as three questions do. */
#define IDLE_MAX 256
#define IDLE_MS  60000

static int
compare_servers(const void *a, const void *b)
{
	return ip_compare(
	    &((const struct server *)a)->ip, &((const struct server *)b)->ip);
}

static struct server *
open_server(struct engine *engine, const struct ip *ip)
{
	static const struct dns_options few = {
		.try_ms = 1500,
		.in_flight = ASK_IN_FLIGHT,
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

struct server *
server_hold(struct engine *engine, const struct ip *ip)
{
	struct server key = { .ip = *ip };
	struct server **node = tfind(&key, &engine->servers, compare_servers);

	if (node == NULL)
		return open_server(engine, ip);
	if ((*node)->jobs++ == 0) {
		TAILQ_REMOVE(&engine->idle, *node, link);
		engine->nidle--;
	}
	return *node;
}

void
server_drop(struct engine *engine, struct server *server)
{
	if (server == NULL || --server->jobs > 0)
		return;
	server->idle_since = clock_mono();
	TAILQ_INSERT_TAIL(&engine->idle, server, link);
	engine->nidle++;
}

/* Those that were left first, until no more than so many are left. */
static void
close_idle(struct engine *engine, unsigned most, double ms)
{
	struct mono now = clock_mono();
	struct server *server;

	while ((server = TAILQ_FIRST(&engine->idle)) != NULL &&
	    (engine->nidle > most ||
	        clock_ms_between(server->idle_since, now) > ms)) {
		TAILQ_REMOVE(&engine->idle, server, link);
		engine->nidle--;
		tdelete(server, &engine->servers, compare_servers);
		dns_channel_free(server->channel);
		free(server);
	}
}

void
server_close_idle(struct engine *engine)
{
	close_idle(engine, IDLE_MAX, IDLE_MS);
}

void
server_close_all(struct engine *engine)
{
	close_idle(engine, 0, 0);
}
