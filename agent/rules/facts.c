#include <stdlib.h>
#include <string.h>

#include "agent/rules/obs.h"

struct facts *
facts_new(const char *domain)
{
	struct facts *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->domain = strdup(domain);
	if (f->domain == NULL) {
		free(f);
		return NULL;
	}
	return f;
}

void
facts_free(struct facts *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->nvantage; i++) {
		free(f->vantage[i].name);
		free(f->vantage[i].resolver);
	}
	for (size_t i = 0; i < f->ndns; i++)
		obs_dns_unref(f->dns[i]);
	for (size_t i = 0; i < f->nsmtp; i++)
		obs_smtp_unref(f->smtp[i]);
	free(f->vantage);
	free(f->dns);
	free(f->smtp);
	free(f->asn);
	free(f->domain);
	free(f->unicode);
	free(f->zone);
	free(f->parent);
	free(f);
}

int
facts_add_dns(struct facts *f, struct obs_dns *o)
{
	struct obs_dns **all =
	    reallocarray(f->dns, f->ndns + 1, sizeof(struct obs_dns *));

	if (all == NULL) {
		obs_dns_unref(o);
		return -1;
	}
	f->dns = all;
	all[f->ndns++] = o;
	return 0;
}

int
facts_add_smtp(struct facts *f, struct obs_smtp *o)
{
	struct obs_smtp **all =
	    reallocarray(f->smtp, f->nsmtp + 1, sizeof(struct obs_smtp *));

	if (all == NULL) {
		obs_smtp_unref(o);
		return -1;
	}
	f->smtp = all;
	all[f->nsmtp++] = o;
	return 0;
}

int
facts_add_vantage(
    struct facts *f, const char *name, const char *resolver, bool trust_ad)
{
	struct obs_vantage *all;
	struct obs_vantage v = {
		.name = strdup(name),
		.resolver = strdup(resolver),
		.trust_ad = trust_ad,
	};

	all = reallocarray(f->vantage, f->nvantage + 1, sizeof(*all));
	if (all != NULL)
		f->vantage = all;
	if (all == NULL || v.name == NULL || v.resolver == NULL) {
		free(v.name);
		free(v.resolver);
		return -1;
	}
	all[f->nvantage++] = v;
	return 0;
}

int
facts_add_asn(struct facts *f, const struct ip *ip, uint32_t asn)
{
	struct obs_asn *all;

	for (size_t i = 0; i < f->nasn; i++) {
		if (ip_equal(&f->asn[i].ip, ip)) {
			f->asn[i].asn = asn;
			return 0;
		}
	}
	all = reallocarray(f->asn, f->nasn + 1, sizeof(*all));
	if (all == NULL)
		return -1;
	f->asn = all;
	all[f->nasn++] = (struct obs_asn){ *ip, asn };
	return 0;
}

/* The same question may have been asked more than once: the last answer is
 * what is known, so all three look from the end. */

const struct obs_dns *
facts_answer(
    const struct facts *f, unsigned vantage, const char *name, uint16_t type)
{
	for (size_t i = f->ndns; i-- > 0;) {
		const struct obs_dns *o = f->dns[i];

		if (!o->direct && o->vantage == vantage && o->type == type &&
		    strcmp(o->name, name) == 0)
			return o;
	}
	return NULL;
}

const struct obs_dns *
facts_direct(
    const struct facts *f, const struct ip *ip, const char *name, uint16_t type)
{
	for (size_t i = f->ndns; i-- > 0;) {
		const struct obs_dns *o = f->dns[i];

		if (o->direct && o->type == type && ip_equal(&o->server, ip) &&
		    strcmp(o->name, name) == 0)
			return o;
	}
	return NULL;
}

const struct obs_smtp *
facts_dialogue(const struct facts *f, const struct ip *ip, const char *host)
{
	for (size_t i = f->nsmtp; i-- > 0;) {
		const struct obs_smtp *o = f->smtp[i];

		if (ip_equal(&o->ip, ip) && strcmp(o->host, host) == 0)
			return o;
	}
	return NULL;
}
