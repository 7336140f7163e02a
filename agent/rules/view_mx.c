#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "agent/rules/view.h"
#include "agent/rules/view_build.h"

const char *
mx_state_name(enum mx_state state)
{
	static const char *const name[] = {
		[MX_UP] = "up",
		[MX_DEGRADED] = "degraded",
		[MX_DEFERRING] = "deferring",
		[MX_DOWN] = "down",
		[MX_UNUSABLE] = "unusable",
		[MX_UNCHECKED] = "unchecked",
	};

	return name[state];
}

/* ---------------------------------------------------- one address */

static const enum mx_state state_of[SMTP_ERROR_COUNT] = {
	[SMTP_OK] = MX_UP,
	[SMTP_TIMEOUT] = MX_DOWN,
	[SMTP_CONN_REFUSED] = MX_DOWN,
	[SMTP_UNREACHABLE] = MX_DOWN,
	[SMTP_RESET] = MX_DOWN,
	[SMTP_CLOSED] = MX_DOWN,
	[SMTP_PROTOCOL] = MX_DOWN,
	[SMTP_REJECTED] = MX_DOWN,
	[SMTP_DEFERRED] = MX_DEFERRING,
	[SMTP_TLS_FAILED] = MX_UP,
	[SMTP_LOCAL] = MX_UNCHECKED,
	[SMTP_FORBIDDEN] = MX_UNCHECKED,
};

/* A dialogue whose end says that mail would get in nonetheless: only QUIT was
 * left, or STARTTLS was refused, without which an opportunistic sender goes on
 * in plain text (as it comes back without it when the handshake fails). */
static bool
takes_mail(const struct obs_smtp *o)
{
	if (o->phase == SMTP_STARTTLS)
		return o->error == SMTP_REJECTED || o->error == SMTP_DEFERRED;
	return o->phase == SMTP_DONE;
}

enum mx_state
view_dialogue(const struct obs_smtp *o)
{
	if (o == NULL || state_of[o->error] == MX_UNCHECKED)
		return MX_UNCHECKED;
	/* It was not given a fair time. */
	if (o->hurried && o->error == SMTP_TIMEOUT)
		return MX_UNCHECKED;
	/* "Later" to the recipient, however the dialogue went on. */
	if (o->rcpt_code >= 400 && o->rcpt_code < 500)
		return MX_DEFERRING;
	return takes_mail(o) ? MX_UP : state_of[o->error];
}

/* The domain itself, where it is an alias, may have been tried under either
 * name. */
static const struct obs_smtp *
dialogue(const struct view *v, const struct ip *ip, const char *host)
{
	const struct obs_smtp *o = facts_dialogue(v->facts, ip, host);

	if (o != NULL || v->belief != BELIEF_NO_MX || v->alias == NULL)
		return o;
	o = facts_dialogue(v->facts, ip, v->alias);
	return o != NULL ? o : facts_dialogue(v->facts, ip, v->facts->domain);
}

static void
fill_address(const struct view *v, const char *host, struct view_mx_address *a,
    const struct ip *ip)
{
	const struct obs_smtp *o = dialogue(v, ip, host);

	a->ip = *ip;
	a->asn = view_asn(v->facts, ip);
	a->special = view_special(v->policy, ip);
	a->smtp = o;
	a->state = a->special != NULL ? MX_UNCHECKED : view_dialogue(o);
	if (o == NULL || o->error != SMTP_FORBIDDEN || a->special != NULL)
		return;
	/* Whoever looked refused an address that our policy would allow. */
	if (o->detail != NULL && strcmp(o->detail, "own address") != 0)
		a->special = o->detail;
	else
		a->own = true;
}

/* ------------------------------------------------------- one host */

static enum mx_state
judge_addresses(const struct view_mx *mx)
{
	size_t n[MX_UNCHECKED + 1] = { 0 }, special = 0;

	for (size_t i = 0; i < mx->naddress; i++)
		if (mx->address[i].special != NULL)
			special++;
		else
			n[mx->address[i].state]++;
	if (n[MX_UP] > 0)
		return n[MX_DOWN] + n[MX_DEFERRING] + special > 0 ?
		    MX_DEGRADED :
		    MX_UP;
	if (n[MX_UNCHECKED] > 0)
		return MX_UNCHECKED;
	if (n[MX_DEFERRING] > 0)
		return MX_DEFERRING;
	return n[MX_DOWN] > 0 ? MX_DOWN : MX_UNUSABLE;
}

static enum mx_state
judge_host(const struct view_mx *mx)
{
	static const enum mx_state without[] = {
		[HOST_FOUND] = MX_UNUSABLE,
		[HOST_NONE] = MX_UNUSABLE,
		[HOST_FAILED] = MX_DOWN,
		[HOST_UNKNOWN] = MX_UNCHECKED,
	};

	if (mx->naddress > 0)
		return judge_addresses(mx);
	return without[mx->lookup];
}

static bool
was_tried(const struct view *v, const struct ip *ip, const char *host)
{
	return dialogue(v, ip, host) != NULL;
}

/* One family alone was wanted: leave the other out, unless the host would
 * look as if it had no address. */
static void
want_family(const struct view *v, struct view_host *h)
{
	unsigned family = v->facts->family;
	size_t n = 0;

	for (size_t i = 0; family != 0 && i < h->nip; i++)
		n += h->ip[i].family == family;
	if (n == 0)
		return;
	n = 0;
	for (size_t i = 0; i < h->nip; i++)
		if (h->ip[i].family == family)
			h->ip[n++] = h->ip[i];
	h->nip = n;
}

/* name: as what it was looked up. */
static int
fill_host(const struct view *v, const char *name, struct view_mx *mx)
{
	struct view_host h;
	int r = view_resolve(v, name, &h);

	if (r == 0) {
		want_family(v, &h);
		view_host_cut(v, name, &h, was_tried);
		mx->lookup = h.lookup;
		mx->lookup_status = h.status;
		mx->alias_of = h.alias;
		mx->cut = h.cut;
		mx->address = calloc(h.nip + 1, sizeof(*mx->address));
		r = mx->address != NULL ? 0 : -1;
	}
	for (size_t i = 0; r == 0 && i < h.nip; i++)
		fill_address(v, name, &mx->address[mx->naddress++], &h.ip[i]);
	free(h.ip);
	if (r == 0)
		mx->state = judge_host(mx);
	return r;
}

/* --------------------------------------------------- the MX records */

/* The lowest TTL that servers give it with authority: what a vantage says
 * has counted down. */
static void
ask_servers(const struct view *v, struct view_mx *mx, const struct obs_dns *o)
{
	const struct dns_rr *rr;

	if (o == NULL || !o->aa || o->status != DNS_OK)
		return;
	for (size_t i = 0; (rr = obs_dns_find(o, DNS_ANSWER, DNS_MX,
	                        v->believed->mx->canonical, i)) != NULL;
	     i++) {
		if (rr->preference != mx->preference ||
		    strcmp(rr->target, mx->host) != 0)
			continue;
		if (!mx->ttl_authoritative || rr->ttl < mx->ttl)
			mx->ttl = rr->ttl;
		mx->ttl_known = mx->ttl_authoritative = true;
	}
}

static int
add_host(struct view *v, const struct view_mx_rr *rr)
{
	static const enum mx_target target[] = {
		[NAME_HOST] = TARGET_HOST,
		[NAME_LITERAL] = TARGET_LITERAL,
		[NAME_LOCAL] = TARGET_LOCAL,
		[NAME_ROOT] = TARGET_NULL,
	};
	struct view_mx *mx = &v->mx[v->nmx++];

	mx->preference = rr->preference;
	mx->host = rr->host;
	mx->ttl = rr->ttl;
	mx->ttl_known = !v->believed->mx->faded;
	mx->target = target[name_kind(rr->host, NULL)];
	for (size_t i = 0; i < v->nns; i++)
		for (size_t j = 0; j < v->ns[i].naddress; j++)
			ask_servers(v, mx, v->ns[i].address[j].mx);
	return fill_host(v, rr->host, mx);
}

static bool
is_null(const struct view_mx_rr *rr)
{
	return name_kind(rr->host, NULL) == NAME_ROOT;
}

static int
add_records(struct view *v)
{
	const struct view_vantage *w = v->believed;
	size_t null = 0;

	for (size_t i = 0; i < w->nmx; i++)
		null += is_null(&w->mx_rr[i]);
	v->null_mx = null == w->nmx;
	v->null_mixed = null > 0 && null < w->nmx;
	v->mx_total = w->nmx - null;
	v->mx = calloc(FACTS_MX_MAX, sizeof(*v->mx));
	if (v->mx == NULL)
		return -1;
	for (size_t i = 0; i < w->nmx && v->nmx < FACTS_MX_MAX; i++)
		if (!is_null(&w->mx_rr[i]) && add_host(v, &w->mx_rr[i]) != 0)
			return -1;
	return 0;
}

/* ------------------------------------- no MX records (RFC 5321 5.1) */

static bool
was_looked_up(const struct view *v, const char *host)
{
	for (unsigned i = 0; i < v->nvantage; i++)
		if (facts_answer(v->facts, i, host, DNS_A) != NULL ||
		    facts_answer(v->facts, i, host, DNS_AAAA) != NULL)
			return true;
	return false;
}

/* The domain itself is the mail server.  Where it is an alias, its addresses
 * too may have been asked for under either name. */
static int
add_implicit(struct view *v)
{
	const char *domain = v->facts->domain, *name = domain;
	int r;

	v->mx = calloc(1, sizeof(*v->mx));
	if (v->mx == NULL)
		return -1;
	if (v->alias != NULL && was_looked_up(v, v->alias))
		name = v->alias;
	v->nmx = v->mx_total = 1;
	v->mx->host = v->alias != NULL ? v->alias : domain;
	v->mx->target = TARGET_IMPLICIT;
	r = fill_host(v, name, v->mx);
	v->mx->alias_of = NULL;
	return r;
}

int
view_mail(struct view *v)
{
	if (v->belief == BELIEF_MX)
		return add_records(v);
	return v->belief == BELIEF_NO_MX ? add_implicit(v) : 0;
}
