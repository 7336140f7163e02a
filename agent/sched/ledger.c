#include <assert.h>
#include <search.h>
#include <stdlib.h>

#include "agent/sched/ledger.h"

/* How many are open to one network; an address is a network of full length.
 * Kept only while there are any. */
struct place {
	struct ip_net net;
	unsigned taken;
};

/* A server that wants to be left alone. */
struct rest {
	struct ip ip;
	int64_t length_ms, until_ms;
};

#define REST_FIRST_MS (INT64_C(5) * 60 * 1000)
#define REST_MOST_MS  (INT64_C(60) * 60 * 1000)

struct ledger {
	struct ledger_limits limits;
	void *places; /* tsearch(3) trees */
	void *rests;
	unsigned taken;
};

static int
compare(const void *a, const void *b)
{
	const struct ip_net *x = &((const struct place *)a)->net;
	const struct ip_net *y = &((const struct place *)b)->net;

	if (x->length != y->length)
		return x->length < y->length ? -1 : 1;
	return ip_compare(&x->ip, &y->ip);
}

static struct place *
find(const struct ledger *ledger, const struct ip_net *net)
{
	struct place key = { .net = *net };
	struct place **node = tfind(&key, &ledger->places, compare);

	return node == NULL ? NULL : *node;
}

static bool
has_room(const struct ledger *ledger, const struct ip_net *net, unsigned most)
{
	const struct place *place = find(ledger, net);

	return place == NULL || place->taken < most;
}

/* One more in net.  False: no memory. */
static bool
count(struct ledger *ledger, const struct ip_net *net)
{
	struct place *place = find(ledger, net);

	if (place == NULL) {
		place = calloc(1, sizeof(*place));
		if (place == NULL)
			return false;
		place->net = *net;
		if (tsearch(place, &ledger->places, compare) == NULL) {
			free(place);
			return false;
		}
	}
	place->taken++;
	return true;
}

static void
uncount(struct ledger *ledger, const struct ip_net *net)
{
	struct place *place = find(ledger, net);

	assert(place != NULL && place->taken > 0);
	if (--place->taken > 0)
		return;
	tdelete(place, &ledger->places, compare);
	free(place);
}

static struct ip_net
host_of(const struct ip *ip)
{
	return ip_network(ip, 32, 128);
}

static struct ip_net
network_of(const struct ledger *ledger, const struct ip *ip)
{
	return ip_network(
	    ip, ledger->limits.ipv4_prefix, ledger->limits.ipv6_prefix);
}

struct ledger *
ledger_new(const struct ledger_limits *limits)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (ledger != NULL)
		ledger->limits = *limits;
	return ledger;
}

void
ledger_limit(struct ledger *ledger, const struct ledger_limits *limits)
{
	ledger->limits.per_host = limits->per_host;
	ledger->limits.per_network = limits->per_network;
	ledger->limits.total = limits->total;
}

void
ledger_free(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	tdestroy(ledger->places, free);
	tdestroy(ledger->rests, free);
	free(ledger);
}

/* Where a network is as long as an address, both are one place, which is
 * counted once. */
bool
ledger_take(struct ledger *ledger, const struct ip *ip)
{
	struct ip_net host = host_of(ip), net = network_of(ledger, ip);
	bool same = ip_net_equal(&host, &net);

	if (ledger->taken >= ledger->limits.total ||
	    !has_room(ledger, &host, ledger->limits.per_host) ||
	    !has_room(ledger, &net, ledger->limits.per_network))
		return false;
	if (!count(ledger, &host))
		return false;
	if (!same && !count(ledger, &net)) {
		uncount(ledger, &host);
		return false;
	}
	ledger->taken++;
	return true;
}

void
ledger_give(struct ledger *ledger, const struct ip *ip)
{
	struct ip_net host = host_of(ip), net = network_of(ledger, ip);

	assert(ledger->taken > 0);
	uncount(ledger, &host);
	if (!ip_net_equal(&host, &net))
		uncount(ledger, &net);
	ledger->taken--;
}

unsigned
ledger_taken(const struct ledger *ledger)
{
	return ledger->taken;
}

/* --------------------------------------------------------------- back-off */

static int
compare_rests(const void *a, const void *b)
{
	return ip_compare(
	    &((const struct rest *)a)->ip, &((const struct rest *)b)->ip);
}

static struct rest *
find_rest(const struct ledger *ledger, const struct ip *ip)
{
	struct rest key = { .ip = *ip };
	struct rest **node = tfind(&key, &ledger->rests, compare_rests);

	return node == NULL ? NULL : *node;
}

static struct rest *
new_rest(struct ledger *ledger, const struct ip *ip)
{
	struct rest *rest = calloc(1, sizeof(*rest));

	if (rest == NULL)
		return NULL;
	rest->ip = *ip;
	if (tsearch(rest, &ledger->rests, compare_rests) == NULL) {
		free(rest);
		return NULL;
	}
	return rest;
}

/* The same 421 may be told more than once: while it rests, it rests. */
int64_t
ledger_back_off(struct ledger *ledger, const struct ip *ip, int64_t now_ms)
{
	struct rest *rest = find_rest(ledger, ip);

	if (rest == NULL)
		rest = new_rest(ledger, ip);
	if (rest == NULL)
		return now_ms;
	if (rest->length_ms > 0 && now_ms < rest->until_ms)
		return rest->until_ms;
	rest->length_ms *= 2;
	if (rest->length_ms < REST_FIRST_MS)
		rest->length_ms = REST_FIRST_MS;
	if (rest->length_ms > REST_MOST_MS)
		rest->length_ms = REST_MOST_MS;
	rest->until_ms = now_ms + rest->length_ms;
	return rest->until_ms;
}

bool
ledger_may(const struct ledger *ledger, const struct ip *ip, int64_t now_ms)
{
	const struct rest *rest = find_rest(ledger, ip);

	return rest == NULL || now_ms >= rest->until_ms;
}

void
ledger_forgive(struct ledger *ledger, const struct ip *ip)
{
	struct rest *rest = find_rest(ledger, ip);

	if (rest == NULL)
		return;
	tdelete(rest, &ledger->rests, compare_rests);
	free(rest);
}
