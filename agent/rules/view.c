#include <stdlib.h>

#include "agent/rules/view.h"
#include "agent/rules/view_build.h"

/*
 * How a view is made.  Each step reads the facts and what the steps before it
 * wrote:
 *
 *	view_belief.c	what each vantage says; what the quorum makes of it
 *	view_host.c	a host's addresses, from all vantages (used below)
 *	view_ns.c	name servers: who names them
 *	view_server.c	one name server: addresses, and what each answers
 *	view_mx.c	mail servers: of the believed MX set, and their states
 *
 * The facts come in the order in which answers happened to arrive.  Nothing
 * here depends on it: whatever is listed is sorted, and where one of several
 * must be picked it is that of the first vantage.
 */

void *
view_room(void *array, size_t n, size_t size)
{
	char *more = realloc(array, (n + 1) * size);

	if (more != NULL)
		for (size_t i = n * size; i < (n + 1) * size; i++)
			more[i] = 0;
	return more;
}

uint32_t
view_asn(const struct facts *f, const struct ip *ip)
{
	for (size_t i = 0; i < f->nasn; i++)
		if (ip_equal(&f->asn[i].ip, ip))
			return f->asn[i].asn;
	return 0;
}

const char *
view_special(const struct policy *policy, const struct ip *ip)
{
	for (size_t i = 0; i < policy->nallow; i++)
		if (ip_in_net(ip, &policy->allow[i]))
			return NULL;
	return ip_special(ip);
}

static unsigned
quorum_of(const struct facts *f, const struct policy *policy)
{
	if (policy->quorum != 0)
		return policy->quorum;
	return (unsigned)(f->nvantage / 2 + 1);
}

struct view *
view_build(const struct facts *f, const struct policy *policy, struct wall now)
{
	struct view *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return NULL;
	v->facts = f;
	v->policy = policy;
	v->now = now;
	v->quorum = quorum_of(f, policy);
	if (view_vantages(v) != 0 || view_servers(v) != 0 ||
	    view_mail(v) != 0) {
		view_free(v);
		return NULL;
	}
	return v;
}

void
view_free(struct view *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->nvantage; i++) {
		free(v->vantage[i].ns_host);
		free(v->vantage[i].mx_rr);
	}
	for (size_t i = 0; i < v->nns; i++)
		free(v->ns[i].address);
	for (size_t i = 0; i < v->nmx; i++)
		free(v->mx[i].address);
	free(v->vantage);
	free(v->ns);
	free(v->mx);
	free(v->network);
	free(v);
}
