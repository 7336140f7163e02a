#include <stdlib.h>
#include <string.h>

#include "agent/show/metrics.h"
#include "agent/status/scrape.h"

/*
 * Of the mail servers.  Each address is there once; its host, by which
 * certificates go, may have several, so that the first to expire is looked for.
 * Of very many addresses the rest is left out, and counted.
 */

#define ADDRESSES_MAX 10000

struct expiry {
	const char *host; /* NULL: free place */
	int64_t at_us;
};

struct hosts {
	struct metrics *metrics;
	size_t n;             /* addresses that were passed */
	struct expiry *table; /* open addressing; size is a power of two */
	size_t size;
};

static const struct metric mx_up = { "mxvigil_mx_up", METRIC_GAUGE,
	"1: the mail server takes mail at this address; 0: it does not, or "
	"says later. Absent when it is not known.",
	{ "host", "address" } };
static const struct metric expiry = {
	"mxvigil_certificate_expiry_timestamp_seconds", METRIC_GAUGE,
	"When the certificate of the mail server expires; of several "
	"addresses, the first.",
	{ "host" }
};

static const struct metric dropped = { "mxvigil_addresses_without_series",
	METRIC_GAUGE,
	"Addresses of mail servers that have no series: there are too many.",
	{ NULL } };

static void
put_up(void *arg, struct thing *t)
{
	struct hosts *h = arg;
	enum mx_state state = view_dialogue(model_dialogue(t));
	char ip[IP_TEXT];
	const char *value[] = { t->name, ip };

	if (h->n++ >= ADDRESSES_MAX || state == MX_UNCHECKED)
		return;
	ip_format(thing_ip(t), ip);
	metrics_sample(h->metrics, value, state == MX_UP);
}

/* FNV-1a; names are chosen by others, but a bad day costs a slow scrape. */
static size_t
hash(const char *text)
{
	uint64_t h = 14695981039346656037U;

	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 1099511628211U;
	return (size_t)(h ^ h >> 29);
}

static void
note_expiry(void *arg, struct thing *t)
{
	struct hosts *h = arg;
	const struct obs_smtp *s = model_dialogue(t);
	size_t i = hash(t->name);

	if (h->n++ >= ADDRESSES_MAX || s == NULL || s->tls == NULL ||
	    !s->tls->certificate)
		return;
	while (h->table[i & (h->size - 1)].host != NULL &&
	    strcmp(h->table[i & (h->size - 1)].host, t->name) != 0)
		i++;
	i &= h->size - 1;
	if (h->table[i].host == NULL ||
	    h->table[i].at_us > s->tls->not_after.us)
		h->table[i].at_us = s->tls->not_after.us;
	h->table[i].host = t->name;
}

int
scrape_hosts(struct metrics *m, const struct model *model)
{
	struct hosts h = { .metrics = m, .size = 16 };
	size_t told;

	metrics_family(m, &mx_up);
	model_each(model, THING_ENDPOINT, put_up, &h);
	told = h.n < ADDRESSES_MAX ? h.n : ADDRESSES_MAX;
	metrics_plain(m, &dropped, (double)(h.n - told));
	while (h.size < told * 2)
		h.size *= 2;
	h.n = 0;
	h.table = calloc(h.size, sizeof(*h.table));
	if (h.table == NULL)
		return -1;
	model_each(model, THING_ENDPOINT, note_expiry, &h);
	metrics_family(m, &expiry);
	for (size_t i = 0; i < h.size; i++)
		if (h.table[i].host != NULL)
			metrics_one(
			    m, h.table[i].host, (double)h.table[i].at_us / 1e6);
	free(h.table);
	return 0;
}
