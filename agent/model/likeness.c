#include <stdlib.h>
#include <string.h>

#include "agent/model/parts.h"
#include "agent/worker/codec.h"

/*
 * Which domains are judged alike.  Pictures and sets have numbers; a set gets
 * another one when anything in it changes.
 */

/* Hosts in the domain itself: who serves it is then not told by names alone. */
static bool
is_within(const struct thing *thing, const char *domain)
{
	size_t n;
	const struct answer *answer = picture_answers(thing, &n);

	for (size_t i = 0; i < n; i++)
		if (codec_is_within((const uint8_t *)answer[i].blob->bytes,
		        answer[i].blob->len, thing->name, domain))
			return true;
	return false;
}

static uint64_t
number_of(const struct thing *thing)
{
	const struct atom *picture = thing->picture;

	return picture == NULL ? 0 : picture->number;
}

static uint64_t
mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static uint64_t
hash_server(const struct thing *thing, const char *domain)
{
	uint64_t hash = mix(thing_ip(thing)->family, number_of(thing)), half;

	for (size_t at = 0; at < 16; at += 8) {
		memcpy(&half, thing_ip(thing)->byte + at, 8);
		hash = mix(hash, half);
	}
	/* Of another name than the domain's own: a zone above it. */
	if (strcmp(thing->name, domain) != 0)
		hash = mix(hash, (uintptr_t)thing);
	return hash;
}

/* Whatever their order: they are sorted by where they are. */
static uint64_t
hash_servers(const struct servers *servers, const char *domain)
{
	uint64_t sum = 0;

	for (size_t i = 0; servers != NULL && i < servers->n; i++)
		sum += hash_server(servers->thing[i], domain);
	return sum;
}

static bool
is_known(const struct model *m, const struct watched *w)
{
	if (set_of(m, &w->domain) == NULL || w->domain.thing.waits ||
	    !thing_complete(m, domain_own(&w->domain)))
		return false;
	for (size_t i = 0; w->servers != NULL && i < w->servers->n; i++)
		if (!thing_complete(m, w->servers->thing[i]) ||
		    is_within(w->servers->thing[i], w->domain.name))
			return false;
	return !is_within(domain_own(&w->domain), w->domain.name);
}

bool
model_likeness(const struct model *m, const struct domain *domain,
    struct model_likeness *out)
{
	const struct watched *w = watched_of(domain);
	const struct policy *policy = &m->settings->policy;

	memset(out, 0, sizeof(*out));
	if (!is_known(m, w))
		return false;
	out->picture = number_of(domain_own(domain));
	out->servers = hash_servers(w->servers, domain->name);
	out->set = set_of(m, domain)->number;
	out->group = domain->group;
	out->epoch = m->epoch;
	if (policy->warn.set || policy->crit.set)
		out->rtt = domain_own(domain)->rtt;
	return true;
}
