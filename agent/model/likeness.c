#include <string.h>

#include "agent/model/parts.h"
#include "agent/worker/codec.h"

/*
 * Which domains are judged alike.  Pictures, lists and sets have numbers; a set
 * gets another one when anything in it changes.
 */

/* Hosts in the domain itself: who serves it is then not told by names alone. */
static bool
is_within(const struct atom *picture, const char *domain)
{
	const struct answer *answer;

	if (picture == NULL)
		return false;
	answer = (const void *)picture->bytes;
	for (size_t i = 0; i < picture->len / sizeof(*answer); i++)
		if (codec_is_within((const uint8_t *)answer[i].blob->bytes,
		        answer[i].blob->len, domain, domain))
			return true;
	return false;
}

static bool
stands_alone(const struct model *m, const struct domain *domain)
{
	size_t n;
	const struct server *server = servers_of(m, domain, &n);

	if (is_within(picture_of(m, domain_own(domain)), domain->name))
		return true;
	for (size_t i = 0; i < n; i++)
		if (is_within(server_picture(m, &server[i]), domain->name))
			return true;
	return false;
}

bool
model_likeness(const struct model *m, const struct domain *domain,
    struct model_likeness *out)
{
	const struct thing *own = domain_own(domain);
	const struct atom *set = set_of(m, domain);
	const struct atom *picture = picture_of(m, own);
	const struct atom *servers =
	    intern_at(&m->lists, asked_of(m, domain)->servers);
	const struct policy *policy = &m->settings->policy;

	memset(out, 0, sizeof(*out));
	if (set == NULL || domain->thing.waits || !thing_complete(m, own) ||
	    !servers_complete(m, domain) || stands_alone(m, domain))
		return false;
	out->picture = picture == NULL ? 0 : picture->number;
	out->servers = servers == NULL ? 0 : servers->number;
	out->set = set->number;
	out->group = domain->group;
	out->epoch = m->epoch;
	if (serial_differs(m, domain))
		out->serial = asked_of(m, domain)->serial;
	if (policy->warn.set || policy->crit.set)
		out->rtt = own->rtt;
	return true;
}
