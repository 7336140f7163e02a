#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "agent/round_plan_parts.h"
#include "agent/round_plan.h"

/*
 * The order of questions (each step begins as soon as one vantage has given
 * what it needs, so the time is the longest chain, not the sum):
 *
 *	every vantage: MX, NS of the domain, and "." as a control question
 *	  MX known  ->  A, AAAA of every MX host  ->  a dialogue each
 *	  no MX at any vantage  ->  A, AAAA of the domain  ->  a dialogue each
 *	  NS known  ->  NS of the zone, when the domain is no zone of its own
 *	            ->  A, AAAA of every name server
 *	                ->  SOA, then MX and NS of each
 *	            ->  NS of the zone above  ->  A, AAAA of its servers
 *	                ->  the delegation, from two of them
 *
 * An address is looked up at the first vantage that resolves the domain; at
 * the others too when that one finds none.
 */

#define VANTAGES_MAX 32

/* ---------------------------------------------------------------- answers */

/* The vantage itself works: it said something about the domain. */
bool
plan_is_useful(const struct obs_dns *obs)
{
	return obs != NULL &&
	    (obs->status == DNS_OK || obs->status == DNS_NODATA ||
	        obs->status == DNS_NXDOMAIN || obs->status == DNS_SERVFAIL ||
	        obs->status == DNS_BOGUS);
}

bool
plan_has_data(const struct obs_dns *obs)
{
	return obs != NULL &&
	    (obs->status == DNS_OK || obs->status == DNS_BOGUS);
}

const struct obs_dns *
plan_mx_of(const struct plan *p, unsigned vantage)
{
	return facts_answer(p->facts, vantage, p->facts->domain, DNS_MX);
}

bool
plan_vantage_failed(const struct facts *facts, unsigned vantage)
{
	const struct obs_dns *mx =
	    facts_answer(facts, vantage, facts->domain, DNS_MX);

	return mx == NULL ||
	    (mx->status != DNS_OK && mx->status != DNS_NODATA &&
	        mx->status != DNS_NXDOMAIN);
}

/* ------------------------------------------------------------------ wants */

void
plan_want_lookup(
    const struct plan *p, unsigned vantage, const char *name, uint16_t type)
{
	struct want want = { .kind = WANT_LOOKUP,
		.weight = WANT_NEEDED,
		.vantage = vantage,
		.name = name,
		.type = type };

	p->want(p->arg, &want);
}

void
plan_want_ask(const struct plan *p, const struct ip *ip, const char *name,
    uint16_t type, enum want_weight weight)
{
	struct want want = { .kind = WANT_ASK,
		.weight = weight,
		.ip = *ip,
		.name = name,
		.type = type };

	p->want(p->arg, &want);
}

/* The vantages that may be asked for more: first those that have data on the
 * domain, then others that work, in the order in which they answered, so that
 * a later answer never changes who is asked first. */
struct order {
	unsigned vantage[VANTAGES_MAX];
	size_t n;
};

static void
add_vantages(const struct plan *p, struct order *order, bool with_data)
{
	for (size_t i = 0; i < p->facts->ndns; i++) {
		const struct obs_dns *mx = p->facts->dns[i];
		bool data = mx->status == DNS_OK || mx->status == DNS_NODATA;

		if (mx->direct || mx->type != DNS_MX ||
		    strcmp(mx->name, p->facts->domain) != 0)
			continue;
		if (order->n < VANTAGES_MAX && data == with_data &&
		    plan_is_useful(mx))
			order->vantage[order->n++] = mx->vantage;
	}
}

/* What a vantage knows of the name, in n types: asked for what it was not. */
static enum progress
ask_vantage(const struct plan *p, unsigned vantage, const char *name,
    const uint16_t *types, size_t n, bool mx_host)
{
	enum progress progress = NOT_FOUND;

	for (size_t i = 0; i < n; i++) {
		const struct obs_dns *obs =
		    facts_answer(p->facts, vantage, name, types[i]);
		struct want want = { .kind = WANT_LOOKUP,
			.weight = WANT_NEEDED,
			.vantage = vantage,
			.name = name,
			.type = types[i],
			.mx_host = mx_host };

		p->want(p->arg, &want);
		if (plan_has_data(obs))
			progress = FOUND;
		else if (obs == NULL && progress != FOUND)
			progress = PENDING;
	}
	return progress;
}

/* Ask the first vantage that works; when it has nothing, all others that
 * work. */
enum progress
plan_want_anywhere(const struct plan *p, const char *name,
    const uint16_t *types, size_t n, bool mx_host)
{
	enum progress all = PENDING;
	struct order order = { .n = 0 };

	add_vantages(p, &order, true);
	add_vantages(p, &order, false);
	for (size_t i = 0; i < order.n; i++) {
		enum progress one =
		    ask_vantage(p, order.vantage[i], name, types, n, mx_host);

		if (i == 0 && one != NOT_FOUND)
			return one;
		if (i == 0 || one == FOUND ||
		    (one == PENDING && all == NOT_FOUND))
			all = one;
	}
	return all;
}

enum progress
plan_want_addresses(const struct plan *p, const char *host, bool mx_host)
{
	static const uint16_t types[] = { DNS_A, DNS_AAAA };

	return plan_want_anywhere(p, host, types, 2, mx_host);
}

/* ------------------------------------------------------- hosts, addresses */

void
plan_add_host(struct hosts *hosts, const char *host, size_t max)
{
	for (size_t i = 0; i < hosts->n; i++)
		if (strcmp(hosts->host[i], host) == 0)
			return;
	if (hosts->n < max && hosts->n < PLAN_HOSTS_MAX)
		hosts->host[hosts->n++] = host;
}

void
plan_add_targets(struct hosts *hosts, const struct obs_dns *obs,
    enum dns_section section, size_t max)
{
	const struct dns_rr *rr;

	for (size_t i = 0;
	     (rr = obs_dns_find(obs, section, obs->type, NULL, i)) != NULL; i++)
		if (name_kind(rr->target, NULL) == NAME_HOST)
			plan_add_host(hosts, rr->target, max);
}

static void
add_address(struct addresses *addresses, const struct ip *ip)
{
	size_t same = 0;

	for (size_t i = 0; i < addresses->n; i++) {
		if (ip_equal(&addresses->ip[i], ip))
			return;
		same += addresses->ip[i].family == ip->family;
	}
	if (same < FACTS_ADDRESS_MAX && addresses->n < PLAN_ADDRESSES_MAX)
		addresses->ip[addresses->n++] = *ip;
}

static void
add_records(struct addresses *addresses, const struct obs_dns *obs,
    enum dns_section section, const char *owner)
{
	static const uint16_t types[] = { DNS_A, DNS_AAAA };
	const struct dns_rr *rr;

	for (size_t t = 0; t < 2; t++)
		for (size_t i = 0; (rr = obs_dns_find(obs, section, types[t],
		                        owner, i)) != NULL;
		     i++)
			add_address(addresses, &rr->ip);
}

/* What the vantages know of the host, and the glue of referrals. */
struct addresses
plan_addresses_of(const struct plan *p, const char *host)
{
	const struct facts *facts = p->facts;
	struct addresses addresses = { .n = 0 };

	for (size_t i = 0; i < facts->ndns; i++) {
		const struct obs_dns *obs = facts->dns[i];

		if (!obs->direct && strcmp(obs->name, host) == 0 &&
		    (obs->type == DNS_A || obs->type == DNS_AAAA) &&
		    plan_has_data(obs))
			add_records(
			    &addresses, obs, DNS_ANSWER, obs->canonical);
		else if (obs->direct && obs->type == DNS_NS && !obs->aa)
			add_records(&addresses, obs, DNS_ADDITIONAL, host);
	}
	return addresses;
}

/* ------------------------------------------------------------- mail hosts */

static void
want_dialogues(const struct plan *p, const char *host)
{
	struct addresses addresses = plan_addresses_of(p, host);

	for (size_t i = 0; i < addresses.n; i++) {
		struct want want = { .kind = WANT_DIALOGUE,
			.weight = WANT_NEEDED,
			.ip = addresses.ip[i],
			.name = host };

		if (p->facts->family == 0 || p->facts->family == want.ip.family)
			p->want(p->arg, &want);
	}
}

/* Has every vantage answered, none with MX records, one with "there are
 * none"?  Then, and only then, the domain's own address counts. */
static bool
has_no_mx(const struct plan *p)
{
	bool nodata = false;

	for (unsigned v = 0; v < p->facts->nvantage; v++) {
		const struct obs_dns *mx = plan_mx_of(p, v);

		if (mx == NULL || plan_has_data(mx))
			return false;
		nodata |= mx->status == DNS_NODATA;
	}
	return nodata;
}

static int
compare_mx(const void *a, const void *b)
{
	const struct dns_rr *x = *(const struct dns_rr *const *)a;
	const struct dns_rr *y = *(const struct dns_rr *const *)b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return strcmp(x->target, y->target);
}

/* The hosts of the MX records, lowest preference first, so that the limit
 * cuts the least important ones off. */
static void
add_mail_hosts(struct hosts *hosts, const struct obs_dns *mx)
{
	const struct dns_rr *rr, *sorted[DNS_RR_MAX];
	size_t n = 0;

	while (n < DNS_RR_MAX &&
	    (rr = obs_dns_find(mx, DNS_ANSWER, DNS_MX, NULL, n)) != NULL)
		sorted[n++] = rr;
	qsort(sorted, n, sizeof(*sorted), compare_mx);
	for (size_t i = 0; i < n; i++)
		if (name_kind(sorted[i]->target, NULL) == NAME_HOST)
			plan_add_host(hosts, sorted[i]->target, FACTS_MX_MAX);
}

static void
plan_mail(const struct plan *p)
{
	struct hosts hosts = { .n = 0 };

	for (unsigned v = 0; v < p->facts->nvantage; v++)
		if (plan_has_data(plan_mx_of(p, v)))
			add_mail_hosts(&hosts, plan_mx_of(p, v));
	if (has_no_mx(p))
		plan_add_host(&hosts, p->facts->domain, 1);
	for (size_t i = 0; i < hosts.n; i++)
		plan_want_addresses(p, hosts.host[i], true);
	if (p->facts->depth == DEPTH_DNS)
		return;
	for (size_t i = 0; i < hosts.n; i++)
		want_dialogues(p, hosts.host[i]);
}

/* ------------------------------------------------------------- everything */

static bool
exists_somewhere(const struct plan *p)
{
	for (unsigned v = 0; v < p->facts->nvantage; v++)
		if (plan_is_useful(plan_mx_of(p, v)) &&
		    plan_mx_of(p, v)->status != DNS_NXDOMAIN)
			return true;
	return false;
}

static void
plan_vantage(const struct plan *p, unsigned vantage)
{
	struct want control = { .kind = WANT_LOOKUP,
		.weight = WANT_CONTROL,
		.vantage = vantage,
		.name = ".",
		.type = DNS_NS };

	plan_want_lookup(p, vantage, p->facts->domain, DNS_MX);
	plan_want_lookup(p, vantage, p->facts->domain, DNS_NS);
	p->want(p->arg, &control);
}

void
plan_wants(const struct facts *facts, plan_want_fn *want, void *arg)
{
	const struct plan p = { .facts = facts, .want = want, .arg = arg };

	for (unsigned v = 0; v < facts->nvantage; v++)
		plan_vantage(&p, v);
	if (!exists_somewhere(&p))
		return;
	plan_mail(&p);
	plan_name_servers(&p);
}
