#include "agent/base/name.h"

#include "agent/rules/sender_habits.h"

static bool
is_loopback(const struct ip *ip)
{
	static const struct ip one = { .family = 6, .byte = { [15] = 1 } };
	static const struct ip any = { .family = 6 };

	if (ip->family == 4)
		return ip->byte[0] == 127 || ip->byte[0] == 0;
	return ip_equal(ip, &one) || ip_equal(ip, &any);
}

/* The address that an MX spells in place of a name, where it spells one. */
static bool
literal(const struct view_mx *mx, struct ip *ip)
{
	return name_kind(mx->host, ip) == NAME_LITERAL && ip->family != 0;
}

enum fate
sender_better(enum fate a, enum fate b)
{
	return a > b ? a : b;
}

static enum fate
special_fate(const struct sender_habits *habits, const struct ip *ip)
{
	if (!habits->special)
		return FATE_USELESS;
	if (is_loopback(ip) && habits->loopback == LOOPBACK_USELESS)
		return FATE_USELESS;
	return FATE_FAILS;
}

enum fate
sender_address_fate(
    const struct sender_habits *habits, const struct view_mx_address *a)
{
	if (a->special != NULL)
		return special_fate(habits, &a->ip);
	if (a->state == MX_UNCHECKED)
		return FATE_UNKNOWN;
	return a->state == MX_UP ? FATE_TAKES : FATE_FAILS;
}

/* It may be used, but was never tried from here. */
static enum fate
literal_fate(const struct view *v, const struct sender_habits *habits,
    const struct view_mx *mx)
{
	struct ip ip;

	if (!habits->literals || !literal(mx, &ip))
		return FATE_USELESS;
	if (view_special(v->policy, &ip) != NULL)
		return special_fate(habits, &ip);
	return FATE_UNKNOWN;
}

enum fate
sender_host_fate(const struct view *v, const struct sender_habits *habits,
    const struct view_mx *mx)
{
	static const enum fate without[] = {
		[HOST_FOUND] = FATE_USELESS,
		[HOST_NONE] = FATE_USELESS,
		[HOST_FAILED] = FATE_FAILS,
		[HOST_UNKNOWN] = FATE_UNKNOWN,
	};
	enum fate best = FATE_USELESS;

	if (mx->target == TARGET_LITERAL)
		return literal_fate(v, habits, mx);
	if (mx->naddress == 0)
		return without[mx->lookup];
	for (size_t i = 0; i < mx->naddress; i++)
		best = sender_better(
		    best, sender_address_fate(habits, &mx->address[i]));
	return best;
}

/* ------------------------------------------------- the sender itself */

static bool
is_self(const struct view_mx *mx)
{
	struct ip ip;

	if (mx->target == TARGET_LOCAL ||
	    (literal(mx, &ip) && is_loopback(&ip)))
		return true;
	for (size_t i = 0; i < mx->naddress; i++)
		if (mx->address[i].special != NULL &&
		    is_loopback(&mx->address[i].ip))
			return true;
	return false;
}

/* A sender that finds itself drops itself and what is not better. */
size_t
sender_rows(const struct view *v, const struct sender_habits *habits)
{
	size_t i = 0;

	if (habits->loopback != LOOPBACK_LOOPS)
		return v->nmx;
	while (i < v->nmx && !is_self(&v->mx[i]))
		i++;
	if (i == v->nmx)
		return i;
	while (i > 0 && v->mx[i - 1].preference == v->mx[i].preference)
		i--;
	return i;
}
