#include <string.h>

#include "agent/rules/state.h"

enum vote
state_vote_of(enum dns_status status)
{
	static const enum vote vote[DNS_STATUS_COUNT] = {
		[DNS_OK] = VOTE_MX,
		[DNS_NODATA] = VOTE_NO_MX,
		[DNS_NXDOMAIN] = VOTE_NXDOMAIN,
		[DNS_SERVFAIL] = VOTE_UNRESOLVABLE,
		[DNS_REFUSED] = VOTE_UNRESOLVABLE,
		[DNS_TIMEOUT] = VOTE_UNRESOLVABLE,
		[DNS_BOGUS] = VOTE_BOGUS,
		[DNS_MALFORMED] = VOTE_UNRESOLVABLE,
		[DNS_UNREACHABLE] = VOTE_UNRESOLVABLE,
		[DNS_UNCHECKED] = VOTE_UNCHECKED,
	};

	return vote[status];
}

enum vote
state_vote(const struct view_vantage *vantage)
{
	if (vantage->mx != NULL && vantage->mx->loop)
		return VOTE_LOOP;
	if (vantage->blind)
		return VOTE_BLIND;
	/* An answer with records of other names only. */
	if (vantage->status == DNS_OK && vantage->nmx == 0)
		return VOTE_UNRESOLVABLE;
	return state_vote_of(vantage->status);
}

bool
state_differs(const struct view *v, const struct view_vantage *vantage)
{
	switch (state_vote(vantage)) {
	case VOTE_UNCHECKED:
		return false;
	case VOTE_MX:
		return v->believed == NULL ||
		    !view_same_mx(vantage, v->believed);
	case VOTE_NO_MX:
		return v->belief != BELIEF_NO_MX;
	default:
		return true;
	}
}

bool
state_resolves(const struct view *v)
{
	return v->belief == BELIEF_MX || v->belief == BELIEF_NO_MX;
}

bool
state_has_ns(const struct view *v)
{
	return v->belief != BELIEF_NXDOMAIN && v->zone != NULL && v->nns > 0;
}

static bool
lists(const struct view_vantage *w, const char *host)
{
	for (size_t i = 0; i < w->nns; i++) {
		if (strcmp(w->ns_host[i], host) == 0)
			return true;
	}
	return false;
}

bool
state_ns_believed(const struct view *v, const struct view_ns *ns)
{
	size_t n = 0;

	for (size_t i = 0; i < v->nvantage; i++)
		n += lists(&v->vantage[i], ns->host);
	return ns->at_child && (ns->at_parent || n >= v->quorum);
}

bool
state_ns_silent(const struct view_ns_address *address)
{
	return address->state == NS_TIMEOUT || address->state == NS_UNREACHABLE;
}

bool
state_ns_lame(const struct view_ns_address *address)
{
	return address->state == NS_LAME || address->state == NS_REFUSED;
}

/* Count the addresses of one server into n, by their state. */
static void
count_ns(const struct view_ns *ns, size_t n[NS_UNCHECKED + 1])
{
	for (size_t i = 0; i < ns->naddress; i++)
		n[ns->address[i].state]++;
	if (ns->naddress == 0 && ns->lookup == HOST_UNKNOWN)
		n[NS_UNCHECKED]++;
}

enum tri
state_all_ns_down(const struct view *v)
{
	size_t n[NS_UNCHECKED + 1] = { 0 };

	if (!state_has_ns(v))
		return TRI_NO;
	for (size_t i = 0; i < v->nns; i++)
		count_ns(&v->ns[i], n);
	if (n[NS_AUTHORITATIVE] > 0)
		return TRI_NO;
	if (n[NS_LAME] + n[NS_REFUSED] + n[NS_TIMEOUT] + n[NS_UNREACHABLE] == 0)
		return TRI_NO;
	return n[NS_UNCHECKED] > 0 ? TRI_UNKNOWN : TRI_YES;
}

bool
state_mx_none(const struct view *v)
{
	return v->belief == BELIEF_NO_MX && v->nmx > 0 &&
	    v->mx[0].lookup == HOST_NONE;
}

bool
state_mx_first(const struct view *v, const struct view_mx *mx)
{
	for (const struct view_mx *other = v->mx; other < mx; other++) {
		if (strcmp(other->host, mx->host) == 0)
			return false;
	}
	return true;
}

bool
state_mx_up(const struct view_mx *mx)
{
	return mx->state == MX_UP || mx->state == MX_DEGRADED;
}

bool
state_any(const struct view *v, enum mx_state state)
{
	for (size_t i = 0; i < v->nmx; i++) {
		if (v->mx[i].state == state)
			return true;
	}
	return false;
}

bool
state_any_up(const struct view *v)
{
	return state_any(v, MX_UP) || state_any(v, MX_DEGRADED);
}

size_t
state_tier_end(const struct view *v, size_t first)
{
	size_t end = first;

	while (end < v->nmx && v->mx[end].preference == v->mx[first].preference)
		end++;
	return end;
}

enum tri
state_all_down(const struct view *v)
{
	if (v->nmx == 0 || state_mx_none(v) || state_any_up(v) ||
	    state_any(v, MX_DEFERRING))
		return TRI_NO;
	return state_any(v, MX_UNCHECKED) ? TRI_UNKNOWN : TRI_YES;
}

enum tri
state_all_deferring(const struct view *v)
{
	if (state_any_up(v) || !state_any(v, MX_DEFERRING))
		return TRI_NO;
	return state_any(v, MX_UNCHECKED) ? TRI_UNKNOWN : TRI_YES;
}

bool
state_primary_down(const struct view *v)
{
	size_t end = state_tier_end(v, 0);

	for (size_t i = 0; i < end; i++) {
		if (state_mx_up(&v->mx[i]) || v->mx[i].state == MX_UNCHECKED)
			return false;
	}
	return state_any_up(v);
}

bool
state_smtp_wanted(const struct view *v)
{
	return v->facts->depth != DEPTH_DNS;
}

bool
state_mx_unwanted(const struct view *v, const struct view_mx *mx)
{
	if (v->facts->family == 0 || mx->naddress == 0)
		return false;
	for (size_t i = 0; i < mx->naddress; i++) {
		if (mx->address[i].ip.family == v->facts->family)
			return false;
	}
	return true;
}
