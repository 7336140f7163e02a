#include <stdlib.h>
#include <string.h>

#include "agent/rules/state.h"
#include "agent/rules/view_build.h"

/*
 * Each vantage has one vote on the domain, which is what its MX look-up ended
 * with: a sender needs no more.  A failure is believed when a quorum of all
 * configured vantages votes for it; a success is believed from anybody else.
 * A vantage that answers nothing at all has no vote in a failure: that one is
 * about the vantage.
 */

/* -------------------------------------------------- what a vantage says */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
list_servers(struct view_vantage *w)
{
	const struct obs_dns *o = w->ns;
	const struct dns_rr *rr;
	size_t n = 0;

	if (o == NULL || o->nrr == 0)
		return 0;
	w->ns_host = calloc(o->nrr, sizeof(*w->ns_host));
	if (w->ns_host == NULL)
		return -1;
	for (size_t i = 0; (rr = obs_dns_find(o, DNS_ANSWER, DNS_NS,
	                        o->canonical, i)) != NULL;
	     i++)
		w->ns_host[w->nns++] = rr->target;
	qsort(w->ns_host, w->nns, sizeof(*w->ns_host), by_text);
	for (size_t i = 0; i < w->nns; i++)
		if (n == 0 || strcmp(w->ns_host[n - 1], w->ns_host[i]) != 0)
			w->ns_host[n++] = w->ns_host[i];
	w->nns = n;
	return 0;
}

static int
by_preference(const void *a, const void *b)
{
	const struct view_mx_rr *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return strcmp(x->host, y->host);
}

/* The same preference and host twice counts once, with the lower TTL (RFC
 * 2181 section 5.2: different ones are an error). */
static void
merge_twins(struct view_vantage *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->nmx; i++) {
		struct view_mx_rr *last = n > 0 ? &w->mx_rr[n - 1] : NULL;

		if (last == NULL || by_preference(last, &w->mx_rr[i]) != 0)
			w->mx_rr[n++] = w->mx_rr[i];
		else if (w->mx_rr[i].ttl < last->ttl)
			last->ttl = w->mx_rr[i].ttl;
	}
	w->nmx = n;
}

static int
list_mail(struct view_vantage *w)
{
	const struct obs_dns *o = w->mx;
	const struct dns_rr *rr;

	if (o == NULL || o->nrr == 0)
		return 0;
	w->mx_rr = calloc(o->nrr, sizeof(*w->mx_rr));
	if (w->mx_rr == NULL)
		return -1;
	for (size_t i = 0; (rr = obs_dns_find(o, DNS_ANSWER, DNS_MX,
	                        o->canonical, i)) != NULL;
	     i++)
		w->mx_rr[w->nmx++] = (struct view_mx_rr){
			.preference = rr->preference,
			.host = rr->target,
			.ttl = rr->ttl,
		};
	qsort(w->mx_rr, w->nmx, sizeof(*w->mx_rr), by_preference);
	merge_twins(w);
	return 0;
}

/* NS of the domain; where it has none of its own, of the zone it is in. */
static const struct obs_dns *
servers_of(const struct facts *f, unsigned i)
{
	const struct obs_dns *own = facts_answer(f, i, f->domain, DNS_NS);
	const struct obs_dns *zone = NULL;

	if (own != NULL &&
	    obs_dns_find(own, DNS_ANSWER, DNS_NS, own->canonical, 0) != NULL)
		return own;
	if (f->zone != NULL)
		zone = facts_answer(f, i, f->zone, DNS_NS);
	return zone != NULL ? zone : own;
}

static bool
has_failed(enum dns_status status)
{
	return state_vote_of(status) == VOTE_UNRESOLVABLE;
}

static int
ask(struct view *v, unsigned i)
{
	struct view_vantage *w = &v->vantage[i];

	w->about = &v->facts->vantage[i];
	w->ns = servers_of(v->facts, i);
	w->mx = facts_answer(v->facts, i, v->facts->domain, DNS_MX);
	w->status = w->mx != NULL ? w->mx->status : DNS_UNCHECKED;
	w->blind = w->about->alive == TRI_NO &&
	    (has_failed(w->status) || w->status == DNS_UNCHECKED);
	if (list_servers(w) != 0 || list_mail(w) != 0)
		return -1;
	return 0;
}

/* -------------------------------------------------------------- belief */

bool
view_same_mx(const struct view_vantage *a, const struct view_vantage *b)
{
	if (a->nmx != b->nmx)
		return false;
	for (size_t i = 0; i < a->nmx; i++)
		if (by_preference(&a->mx_rr[i], &b->mx_rr[i]) != 0)
			return false;
	return true;
}

/* An endless chain of aliases is an error that may be mended, not the absence
 * of MX records. */
static enum view_belief
believe(const struct view *v)
{
	size_t votes[VOTE_COUNT] = { 0 }, failed;

	for (size_t i = 0; i < v->nvantage; i++)
		votes[state_vote(&v->vantage[i])]++;
	failed = votes[VOTE_UNRESOLVABLE] + votes[VOTE_LOOP];
	if (votes[VOTE_NXDOMAIN] >= v->quorum)
		return BELIEF_NXDOMAIN;
	if (votes[VOTE_BOGUS] >= v->quorum)
		return BELIEF_BOGUS;
	if (failed + votes[VOTE_BOGUS] >= v->quorum)
		return votes[VOTE_BOGUS] > failed ? BELIEF_BOGUS :
		                                    BELIEF_UNRESOLVABLE;
	if (votes[VOTE_MX] > 0)
		return BELIEF_MX;
	return votes[VOTE_NO_MX] > 0 ? BELIEF_NO_MX : BELIEF_UNKNOWN;
}

static size_t
supporters(const struct view *v, const struct view_vantage *w)
{
	size_t n = 0;

	for (size_t i = 0; i < v->nvantage; i++)
		if (state_vote(&v->vantage[i]) == state_vote(w) &&
		    view_same_mx(&v->vantage[i], w))
			n++;
	return n;
}

static const struct view_vantage *
spokesman(const struct view *v)
{
	enum vote wanted = v->belief == BELIEF_MX ? VOTE_MX : VOTE_NO_MX;
	const struct view_vantage *best = NULL;

	if (v->belief != BELIEF_MX && v->belief != BELIEF_NO_MX)
		return NULL;
	for (size_t i = 0; i < v->nvantage; i++) {
		const struct view_vantage *w = &v->vantage[i];

		if (state_vote(w) == wanted &&
		    (best == NULL || supporters(v, w) > supporters(v, best)))
			best = w;
	}
	return best;
}

static const char *
alias_in(const struct view_vantage *w)
{
	return w->mx != NULL && w->mx->cnames > 0 ? w->mx->canonical : NULL;
}

int
view_vantages(struct view *v)
{
	size_t n = v->facts->nvantage;

	v->vantage = calloc(n + 1, sizeof(*v->vantage));
	if (v->vantage == NULL)
		return -1;
	v->nvantage = n;
	for (unsigned i = 0; i < n; i++)
		if (ask(v, i) != 0)
			return -1;
	v->belief = believe(v);
	v->believed = spokesman(v);
	if (v->believed != NULL)
		v->alias = alias_in(v->believed);
	else
		for (size_t i = 0; i < n && v->alias == NULL; i++)
			v->alias = alias_in(&v->vantage[i]);
	return 0;
}
