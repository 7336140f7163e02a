#include "agent/rules/state.h"

#include "agent/rules/spread.h"

/* One host, as far as it has been looked through. */
struct host {
	bool family, other; /* has such addresses */
};

static void
add(struct spread *s, struct host *h, const struct policy *policy,
    const struct ip *ip, uint8_t family)
{
	struct ip_net net =
	    ip_network(ip, policy->ipv4_prefix, policy->ipv6_prefix);

	if (ip->family != family) {
		h->other = true;
		return;
	}
	h->family = true;
	if (s->addresses++ == 0)
		s->first = net;
	else if (!ip_net_equal(&s->first, &net))
		s->several = true;
}

static void
end_host(struct spread *s, const struct host *h)
{
	s->hosts += h->family || h->other;
	s->partial |= h->other && !h->family;
}

struct spread
spread_ns(const struct view *v, uint8_t family)
{
	struct spread s = { 0 };

	for (size_t i = 0; i < v->nns; i++) {
		const struct view_ns *ns = &v->ns[i];
		struct host h = { 0 };

		for (size_t j = 0; j < ns->naddress; j++) {
			if (ns->address[j].special == NULL)
				add(&s, &h, v->policy, &ns->address[j].ip,
				    family);
		}
		end_host(&s, &h);
	}
	return s;
}

struct spread
spread_mx(const struct view *v, uint8_t family)
{
	struct spread s = { 0 };

	for (size_t i = 0; i < v->nmx; i++) {
		const struct view_mx *mx = &v->mx[i];
		struct host h = { 0 };

		for (size_t j = 0; j < mx->naddress; j++) {
			if (mx->address[j].special == NULL)
				add(&s, &h, v->policy, &mx->address[j].ip,
				    family);
		}
		if (state_mx_first(v, mx))
			end_host(&s, &h);
	}
	return s;
}

bool
spread_single(const struct spread *s)
{
	return s->addresses > 0 && !s->several;
}

bool
spread_ns_known(const struct view *v)
{
	for (size_t i = 0; i < v->nns; i++) {
		if (v->ns[i].lookup == HOST_UNKNOWN)
			return false;
	}
	return v->ns_total == v->nns;
}

bool
spread_mx_known(const struct view *v)
{
	for (size_t i = 0; i < v->nmx; i++) {
		if (v->mx[i].target == TARGET_HOST &&
		    v->mx[i].lookup == HOST_UNKNOWN)
			return false;
	}
	return v->mx_total <= v->nmx;
}
