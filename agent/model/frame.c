#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/model/assembly.h"

/* What facts say besides the observations: first what was set, at last what
 * follows from all that was seen. */

static int
copy(char **to, const char *from)
{
	*to = from == NULL ? NULL : strdup(from);
	return from != NULL && *to == NULL ? -1 : 0;
}

static int
add_vantage(struct facts *facts, const struct vantage_setting *v)
{
	char where[IP_TEXT + 8], ip[IP_TEXT];

	snprintf(where, sizeof(where), v->ip.family == 6 ? "[%s]:%u" : "%s:%u",
	    ip_format(&v->ip, ip), v->port);
	return facts_add_vantage(
	    facts, v->name, v->url != NULL ? v->url : where, v->trust_ad);
}

/* Those that are left out leave no gap. */
static int
add_vantages(struct assembly *a)
{
	const struct settings *s = a->m->settings;

	for (unsigned v = 0; v < s->nvantage; v++) {
		if ((a->m->excluded >> v & 1) != 0)
			continue;
		a->vantage[a->facts->nvantage] = v;
		if (add_vantage(a->facts, &s->vantage[v]) != 0)
			return -1;
	}
	return 0;
}

int
margin_begin(struct assembly *a, struct wall now)
{
	const struct settings *s = a->m->settings;
	struct facts *facts = facts_new(a->domain->name);

	a->facts = facts;
	if (facts == NULL ||
	    copy(&facts->unicode, model_unicode(a->m, a->domain)) != 0)
		return -1;
	facts->started = now;
	facts->depth = s->depth;
	facts->port = s->smtp_port;
	facts->family = s->family;
	facts->asn_known = a->m->hooks->asn != NULL;
	return add_vantages(a);
}

/* Answers of another time say nothing of a vantage that fails this domain now:
 * only those of the same look do, and the control question. */
static enum tri
judge_alive(const struct assembly *a, unsigned vantage)
{
	static const uint16_t type[] = { DNS_MX, DNS_NS };

	for (size_t i = 0; i < 2; i++) {
		const struct obs_dns *obs =
		    facts_answer(a->facts, vantage, a->facts->domain, type[i]);

		if (obs != NULL && status_is_useful(obs->status))
			return TRI_YES;
	}
	return a->m->alive[a->vantage[vantage]];
}

static int
add_asns(struct assembly *a)
{
	struct facts *facts = a->facts;
	const struct model *m = a->m;
	int failed = 0;

	for (size_t i = 0; facts->asn_known && i < facts->ndns; i++) {
		const struct obs_dns *obs = facts->dns[i];

		for (size_t j = 0; j < obs->nrr; j++) {
			const struct dns_rr *rr = &obs->rr[j];

			if (rr->type == DNS_A || rr->type == DNS_AAAA)
				failed |= facts_add_asn(facts, &rr->ip,
				    m->hooks->asn(m->arg, &rr->ip));
		}
	}
	return failed;
}

/* As long as a sender waits: for the MX records, and then for the first
 * address, or for all when there is none. */
static double
dns_ms(const struct assembly *a)
{
	unsigned least = UINT16_MAX, most = 0;
	bool found = false;

	for (size_t i = 0; i < a->nitem; i++) {
		const struct item *item = &a->item[i];
		unsigned rtt = item->thing == NULL ? 0 : item->thing->rtt;

		if (!item->want.mx_host)
			continue;
		found |= item->found;
		if (item->found && rtt < least)
			least = rtt;
		if (rtt > most)
			most = rtt;
	}
	return (domain_own(a->domain)->rtt + (found ? least : most)) / 10.0;
}

int
margin_conclude(struct assembly *a)
{
	struct facts *facts = a->facts;
	int failed = add_asns(a);

	for (unsigned v = 0; v < facts->nvantage; v++)
		facts->vantage[v].alive = judge_alive(a, v);
	failed |= copy(&facts->zone, plan_zone(facts));
	failed |= copy(&facts->parent, plan_parent(facts));
	facts->dns_ms = dns_ms(a);
	return failed;
}
