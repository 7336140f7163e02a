#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/base/num.h"

#include "agent/status/gate.h"

#define HOST_MAX 300

struct gate {
	char **name; /* as in Host, without a port */
	size_t n;
	char *url_host;    /* or NULL; */
	uint16_t url_port; /* 0: none is named */
};

/* An address as it stands in Host. */
static void
spell(const struct ip *ip, char out[IP_TEXT + 2])
{
	char text[IP_TEXT];

	ip_format(ip, text);
	snprintf(out, IP_TEXT + 2, ip->family == 6 ? "[%s]" : "%s", text);
}

static bool
is_any(const struct ip *ip)
{
	static const struct ip none;

	return memcmp(ip->byte, none.byte, sizeof(ip->byte)) == 0;
}

static int
add(struct gate *g, const char *name)
{
	g->name[g->n] = strdup(name);
	return g->name[g->n++] == NULL ? -1 : 0;
}

/* "https://status.example.org:8443/x" → its host, and port or 0. */
static int
take_url(struct gate *g, const char *url)
{
	const char *at = strstr(url, "://"), *colon;
	size_t len;
	uint64_t port;

	if (at == NULL)
		return 0;
	at += 3;
	len = strcspn(at, "/?#");
	g->url_host = strndup(at, len);
	if (g->url_host == NULL)
		return -1;
	colon = strrchr(g->url_host, ':');
	if (colon == NULL || strchr(colon, ']') != NULL)
		return 0;
	if (num_uint(colon + 1, 1, UINT16_MAX, &port) == 0)
		g->url_port = (uint16_t)port;
	g->url_host[colon - g->url_host] = '\0';
	return 0;
}

struct gate *
gate_new(const struct http_setting *h)
{
	static const char *const always[] = { "localhost", "127.0.0.1",
		"[::1]" };
	struct gate *g = calloc(1, sizeof(*g));
	char own[IP_TEXT + 2];
	int failed = 0;

	if (g == NULL)
		return NULL;
	g->name = calloc(h->nhost + 4, sizeof(*g->name));
	if (g->name == NULL) {
		free(g);
		return NULL;
	}
	for (size_t i = 0; i < 3; i++)
		failed |= add(g, always[i]);
	spell(&h->ip, own);
	if (!is_any(&h->ip))
		failed |= add(g, own);
	for (size_t i = 0; i < h->nhost; i++)
		failed |= add(g, h->host[i]);
	if (h->url != NULL)
		failed |= take_url(g, h->url);
	if (failed == 0)
		return g;
	gate_free(g);
	return NULL;
}

void
gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < g->n; i++)
		free(g->name[i]);
	free(g->name);
	free(g->url_host);
	free(g);
}

/* Take the port off: 0 when there is none.  -1: it is no port. */
static int
split(char *host, uint16_t *port)
{
	char *colon = strrchr(host, ':');
	uint64_t n;

	*port = 0;
	if (colon == NULL || strchr(colon, ']') != NULL)
		return 0;
	if (num_uint(colon + 1, 1, UINT16_MAX, &n) != 0)
		return -1;
	*colon = '\0';
	*port = (uint16_t)n;
	return 0;
}

static bool
is_local(const char *host, const struct ip *local)
{
	char text[IP_TEXT + 2];

	if (local == NULL || local->family == 0)
		return false;
	spell(local, text);
	return strcasecmp(host, text) == 0;
}

bool
gate_open(const struct gate *g, const char *host, uint16_t port,
    const struct ip *local)
{
	char name[HOST_MAX];
	uint16_t asked;

	if (host == NULL || strlen(host) >= sizeof(name))
		return false;
	memcpy(name, host, strlen(host) + 1);
	if (split(name, &asked) != 0)
		return false;
	if (g->url_host != NULL && strcasecmp(name, g->url_host) == 0 &&
	    (asked == 0 || asked == port || asked == g->url_port))
		return true;
	for (size_t i = 0; i < g->n; i++)
		if (strcasecmp(host, g->name[i]) == 0 ||
		    ((asked == 0 || asked == port) &&
		        strcasecmp(name, g->name[i]) == 0))
			return true;
	return (asked == 0 || asked == port) && is_local(name, local);
}
