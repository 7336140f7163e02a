#include <string.h>

#include "agent/base/name.h"
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
	if (set == NULL || !thing_complete(m, own) ||
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

/* ------------------------------------------------------- what they rest on */

uint64_t
model_outline(const struct model *m, const struct domain *domain)
{
	const struct atom *picture = picture_of(m, domain_own(domain));
	uint64_t hash = (uintptr_t)domain->group;

	/* With a recipient, each has dialogues of its own. */
	if (picture == NULL || m->settings->depth == DEPTH_RCPT)
		return 0;
	hash = (hash ^ picture->number) * UINT64_C(0x9e3779b97f4a7c15);
	for (const char *at = name_parent(domain->name, 1);
	     at != NULL && *at != '\0'; at++)
		hash = (hash ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
	return (hash ^ hash >> 29) | 1;
}

static bool
same_parent(const char *a, const char *b)
{
	const char *x = name_parent(a, 1), *y = name_parent(b, 1);

	return x != NULL && y != NULL && strcmp(x, y) == 0;
}

/* The other's set lacks its own name, and that of the domain would not be in
 * the domain's. */
static bool
may_rest_like(const struct model *m, const struct domain *domain,
    const struct domain *other)
{
	const struct thing *own = domain_own(domain);

	return domain != other && set_of(m, other) != NULL &&
	    own->picture != 0 && own->picture == domain_own(other)->picture &&
	    domain->group == other->group && m->settings->depth != DEPTH_RCPT &&
	    same_parent(domain->name, other->name) && thing_complete(m, own) &&
	    !rest_has(set_of(m, other), own) &&
	    !is_within(picture_of(m, own), domain->name) &&
	    !is_within(picture_of(m, own), other->name);
}

bool
model_rest_like(struct model *m, struct domain *domain,
    const struct domain *other, bool *pending)
{
	bool same, moved;

	if (!may_rest_like(m, domain, other) ||
	    servers_like(m, domain, other, &same) != 0)
		return false;
	moved = rest_like(m, domain, other);
	if (same && !moved)
		return false;
	*pending = domain->thing.waits = !dirty_complete(m, domain);
	return true;
}
