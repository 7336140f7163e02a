#include <sys/socket.h>

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/net/dns.h"
#include "agent/net/egress.h"

#include "agent/worker/pool_parts.h"

/*
 * Where the DNS-over-HTTPS servers are that the operator named: workers have
 * no resolver.  This machine's own addresses, which workers must not probe,
 * are read again at the same pace.
 */

#define REFRESH_MS    (60 * 60 * 1000)
#define RETRY_MS      (60 * 1000) /* while nothing is known */
#define ADDRESSES_MAX 8

/* -------------------------------------------------------------- addresses */

static int
compare(const void *a, const void *b)
{
	return ip_compare(a, b);
}

/* Up to ADDRESSES_MAX of the addresses, sorted, so that two lists are the same
 * when they have the same members; NULL without any, or without memory. */
static char *
list_addresses(const struct addrinfo *list)
{
	struct ip ip[ADDRESSES_MAX];
	char text[IP_TEXT];
	struct buf out;
	size_t n = 0;

	for (; list != NULL && n < ADDRESSES_MAX; list = list->ai_next)
		if (ip_from_sockaddr(list->ai_addr, &ip[n], NULL) == 0)
			n++;
	if (n == 0)
		return NULL;
	qsort(ip, n, sizeof(ip[0]), compare);
	buf_init(&out, 0);
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, ip[i].family == 6 ? "%s[%s]" : "%s%s",
		    i > 0 ? "," : "", ip_format(&ip[i], text));
	return buf_take(&out);
}

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* ------------------------------------------------------------------ hosts */

static void
answered(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct host *host = request->data;
	char *addresses = status == 0 ? list_addresses(list) : NULL;

	uv_freeaddrinfo(list);
	host->asking = false;
	if (addresses != NULL) {
		free(host->addresses);
		host->addresses = addresses;
	} else if (!host->pool->closing) {
		log_warning("the address of %s cannot be found out%s%s",
		    host->name, status == 0 ? "" : ": ",
		    status == 0 ? "" : uv_strerror(status));
	}
	pool_release(host->pool);
}

static void
ask(struct host *host)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_ADDRCONFIG };
	struct pool *pool = host->pool;

	host->asked = uv_now(pool->loop);
	host->request.data = host;
	if (uv_getaddrinfo(pool->loop, &host->request, answered, host->name,
	        NULL, &hints) != 0)
		return;
	host->asking = true;
	pool->holds++;
}

/* The host of this name, which is asked for when it is new; NULL: no memory. */
static struct host *
find_host(struct pool *pool, const char *name)
{
	struct host *host;

	SLIST_FOREACH(host, &pool->hosts, link)
	if (strcmp(host->name, name) == 0)
		return host;
	host = calloc(1, sizeof(*host));
	if (host != NULL)
		host->name = strdup(name);
	if (host == NULL || host->name == NULL) {
		free(host);
		return NULL;
	}
	host->pool = pool;
	SLIST_INSERT_HEAD(&pool->hosts, host, link);
	ask(host);
	return host;
}

void
hosts_cancel(struct pool *pool)
{
	struct host *host;

	SLIST_FOREACH(host, &pool->hosts, link)
	if (host->asking)
		uv_cancel((uv_req_t *)&host->request);
}

void
hosts_free(struct pool *pool)
{
	struct host *host;

	while ((host = SLIST_FIRST(&pool->hosts)) != NULL) {
		SLIST_REMOVE_HEAD(&pool->hosts, link);
		free(host->addresses);
		free(host->name);
		free(host);
	}
}

/* ----------------------------------------------------------------- setups */

/* What is known of the server behind this URL: malloc'ed, or NULL. */
static char *
known(struct pool *pool, const char *url)
{
	struct host *host;
	char *name, *addresses = NULL;
	uint16_t port;
	bool literal;

	if (dns_https_host(url, &name, &port, &literal) != 0)
		return NULL;
	host = literal ? NULL : find_host(pool, name);
	if (literal)
		addresses = strdup("");
	else if (host != NULL && host->addresses != NULL)
		addresses = strdup(host->addresses);
	free(name);
	return addresses;
}

/* True: nothing is other than in the setup, which is changed otherwise. */
static bool
fill(struct pool *pool, struct setup *setup, bool *whole)
{
	bool as_before = true;

	*whole = true;
	for (size_t i = 0; i < setup->settings.nvantage; i++) {
		const char *url = setup->settings.vantage[i].url;
		char *addresses;

		if (url == NULL)
			continue;
		addresses = known(pool, url);
		if (addresses == NULL)
			*whole = false;
		if (!same(addresses, setup->addresses[i]))
			as_before = false;
		free(setup->addresses[i]);
		setup->addresses[i] = addresses;
	}
	return as_before;
}

bool
hosts_fill(struct pool *pool, struct setup *setup)
{
	bool whole;

	fill(pool, setup, &whole);
	return whole;
}

/* --------------------------------------------------------------- the clock */

static bool
same_own(const struct setup *s, const struct ip *own, size_t n)
{
	if (n != s->nown)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!ip_equal(&own[i], &s->own[i]))
			return false;
	return true;
}

/* True: they are as before. */
static bool
refresh_own(struct setup *s)
{
	struct ip *own;
	size_t n;

	if (egress_own(&own, &n) != 0)
		return true;
	if (same_own(s, own, n)) {
		free(own);
		return true;
	}
	free(s->own);
	s->own = own;
	s->nown = n;
	return false;
}

static void
ask_again(struct pool *pool)
{
	uint64_t now = uv_now(pool->loop);
	struct host *host;

	SLIST_FOREACH(host, &pool->hosts, link)
	{
		uint64_t wait = host->addresses == NULL ? RETRY_MS : REFRESH_MS;

		if (!host->asking && now - host->asked >= wait)
			ask(host);
	}
}

void
hosts_tick(struct pool *pool)
{
	uint64_t now = uv_now(pool->loop);
	bool as_before, whole;

	ask_again(pool);
	/* An era that has not begun takes what there is when it does. */
	if (era_current(pool)->setup.len == 0)
		return;
	as_before = fill(pool, &pool->setup, &whole);
	if (now - pool->refreshed >= REFRESH_MS) {
		pool->refreshed = now;
		if (!refresh_own(&pool->setup))
			as_before = false;
	}
	if (!as_before && era_renew(pool) != 0)
		log_error("the probes go on with old addresses: out of memory");
}
