#include <stdlib.h>
#include <string.h>

#include "agent/rules/view.h"
#include "agent/rules/view_build.h"

/*
 * The name servers of the zone.  Three tell of them: the vantages, the parent
 * (a referral, which is an answer without authority whose NS records are in
 * the authority section), and the zone's own servers (an answer with
 * authority).  A server that answers with authority counts as the zone's own
 * only when it is known by one of these names: the parent's server may hold an
 * old copy.
 */

/* ---------------------------------------------------- who says what */

static bool
is_own(const struct view *v, const struct obs_dns *o)
{
	return o->direct && o->type == DNS_NS && o->aa && o->status == DNS_OK &&
	    strcmp(o->name, v->zone) == 0 &&
	    obs_dns_find(o, DNS_ANSWER, DNS_NS, v->zone, 0) != NULL;
}

static bool
is_server(const struct view *v, const struct ip *ip)
{
	for (size_t i = 0; i < v->nns; i++)
		for (size_t j = 0; j < v->ns[i].naddress; j++)
			if (ip_equal(&v->ns[i].address[j].ip, ip))
				return true;
	return false;
}

/* ---------------------------------------------------------------- names */

static struct view_ns *
find_server(struct view *v, const char *host)
{
	for (size_t i = 0; i < v->nns; i++)
		if (strcmp(v->ns[i].host, host) == 0)
			return &v->ns[i];
	return NULL;
}

/* The row of this host, made when it is not there; NULL: no memory. */
static struct view_ns *
server(struct view *v, const char *host)
{
	struct view_ns *ns = find_server(v, host), *more;

	if (ns != NULL)
		return ns;
	more = view_room(v->ns, v->nns, sizeof(*more));
	if (more == NULL)
		return NULL;
	v->ns = more;
	ns = &more[v->nns++];
	ns->host = host;
	ns->ttl = UINT32_MAX;
	return view_fill_server(v, ns) == 0 ? ns : NULL;
}

enum source { FROM_VANTAGE, FROM_PARENT, FROM_CHILD };

/* Its TTL has authority from the child alone: the lowest, if they differ. */
static void
mark(struct view_ns *ns, enum source source, uint32_t ttl)
{
	bool child = source == FROM_CHILD;

	if ((child && !ns->ttl_known) || ttl < ns->ttl)
		ns->ttl = ttl;
	ns->at_parent |= source == FROM_PARENT;
	ns->at_child |= child;
	ns->ttl_known |= child;
}

static int
take_names(struct view *v, const struct obs_dns *o, enum source source)
{
	enum dns_section in =
	    source == FROM_PARENT ? DNS_AUTHORITY : DNS_ANSWER;
	const char *owner = source == FROM_VANTAGE ? o->canonical : v->zone;
	const struct dns_rr *rr;

	for (size_t i = 0; (rr = obs_dns_find(o, in, DNS_NS, owner, i)) != NULL;
	     i++) {
		struct view_ns *ns = server(v, rr->target);

		if (ns == NULL)
			return -1;
		mark(ns, source, rr->ttl);
	}
	return 0;
}

static bool
about_zone(const struct view *v, const struct obs_dns *o)
{
	return o != NULL && o->canonical != NULL &&
	    strcmp(o->canonical, v->zone) == 0;
}

static int
ask_vantages(struct view *v)
{
	for (size_t i = 0; i < v->nvantage; i++) {
		const struct obs_dns *o = v->vantage[i].ns;

		if (about_zone(v, o) && take_names(v, o, FROM_VANTAGE) != 0)
			return -1;
	}
	return 0;
}

/* A lame server may refer to the zone out of its memory, so the zone's own
 * servers are not heard as the parent. */
static int
ask_parent(struct view *v)
{
	size_t n = v->facts->ndns;
	bool *heard = calloc(n + 1, sizeof(*heard));
	int r = 0;

	if (heard == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		heard[i] = view_is_referral(v, v->facts->dns[i]) &&
		    !is_server(v, &v->facts->dns[i]->server);
	for (size_t i = 0; i < n && r == 0; i++)
		if (heard[i]) {
			v->parent_known = true;
			r = take_names(v, v->facts->dns[i], FROM_PARENT);
		}
	free(heard);
	return r;
}

/* Until nobody names a server that was not known before. */
static int
ask_child(struct view *v)
{
	size_t known;

	do {
		known = v->nns;
		for (size_t i = 0; i < v->facts->ndns; i++) {
			const struct obs_dns *o = v->facts->dns[i];

			if (is_own(v, o) && is_server(v, &o->server) &&
			    take_names(v, o, FROM_CHILD) != 0)
				return -1;
		}
	} while (v->nns > known);
	return 0;
}

/* No server told with authority: the vantages' word counts as the zone's. */
static void
settle_child(struct view *v)
{
	for (size_t i = 0; i < v->nns; i++)
		if (v->ns[i].at_child)
			return;
	for (size_t i = 0; i < v->nvantage; i++) {
		const struct view_vantage *w = &v->vantage[i];

		for (size_t j = 0; about_zone(v, w->ns) && j < w->nns; j++) {
			struct view_ns *ns = find_server(v, w->ns_host[j]);

			if (ns != NULL)
				ns->at_child = true;
		}
	}
}

/* ---------------------------------------------------- order and limit */

static int
by_host(const void *a, const void *b)
{
	const struct view_ns *x = a, *y = b;

	return strcmp(x->host, y->host);
}

static int
by_knowledge(const void *a, const void *b)
{
	const struct view_ns *x = a, *y = b;
	bool known_x = x->lookup != HOST_UNKNOWN;
	bool known_y = y->lookup != HOST_UNKNOWN;

	if (known_x != known_y)
		return known_x ? -1 : 1;
	return by_host(a, b);
}

static void
cut_servers(struct view *v)
{
	v->ns_total = v->nns;
	if (v->nns == 0)
		return;
	qsort(v->ns, v->nns, sizeof(*v->ns), by_knowledge);
	while (v->nns > FACTS_NS_MAX)
		free(v->ns[--v->nns].address);
	qsort(v->ns, v->nns, sizeof(*v->ns), by_host);
}

static int
by_network(const void *a, const void *b)
{
	const struct ip_net *x = a, *y = b;

	return ip_compare(&x->ip, &y->ip);
}

static bool
has_network(const struct view *v, const struct ip_net *net)
{
	for (size_t i = 0; i < v->nnetwork; i++)
		if (ip_net_equal(&v->network[i], net))
			return true;
	return false;
}

/* An address that nobody can reach adds no network. */
static int
list_networks(struct view *v)
{
	v->network =
	    calloc(FACTS_NS_MAX * 2 * FACTS_ADDRESS_MAX, sizeof(*v->network));
	if (v->network == NULL)
		return -1;
	for (size_t i = 0; i < v->nns; i++)
		for (size_t j = 0; j < v->ns[i].naddress; j++) {
			const struct view_ns_address *a;

			a = &v->ns[i].address[j];
			if (a->special == NULL && !has_network(v, &a->network))
				v->network[v->nnetwork++] = a->network;
		}
	qsort(v->network, v->nnetwork, sizeof(*v->network), by_network);
	return 0;
}

int
view_servers(struct view *v)
{
	v->zone = v->facts->zone;
	if (v->zone == NULL)
		return 0;
	v->zone_is_domain = strcmp(v->zone, v->facts->domain) == 0;
	if (ask_vantages(v) != 0 || ask_parent(v) != 0 || ask_child(v) != 0)
		return -1;
	settle_child(v);
	cut_servers(v);
	return list_networks(v);
}
