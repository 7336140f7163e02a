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
	if (is_loopback(ip) && habits->loopback == ITSELF_USELESS)
		return FATE_USELESS;
	return FATE_FAILS;
}

/* ------------------------------------------------------------ troubles */

static bool
is_lost(enum smtp_error error)
{
	return error == SMTP_CLOSED || error == SMTP_RESET ||
	    error == SMTP_TIMEOUT;
}

static enum trouble
trouble_in_tls(const struct obs_smtp *o)
{
	if (o->error == SMTP_TLS_FAILED)
		return TROUBLE_HANDSHAKE;
	if (o->error == SMTP_REJECTED)
		return TROUBLE_EHLO_TLS;
	return is_lost(o->error) ? TROUBLE_LOST_TLS : TROUBLE_OTHER;
}

static enum trouble
trouble_in_mail(const struct obs_smtp *o)
{
	if (o->error == SMTP_REJECTED)
		return TROUBLE_MAIL;
	if (o->error == SMTP_DEFERRED)
		return TROUBLE_LATER;
	return is_lost(o->error) ? TROUBLE_LOST : TROUBLE_OTHER;
}

static enum trouble
trouble(const struct obs_smtp *o)
{
	if (o == NULL)
		return TROUBLE_OTHER;
	if (o->phase == SMTP_TLS)
		return trouble_in_tls(o);
	if (o->phase == SMTP_RCPT)
		return trouble_in_mail(o);
	if (o->error != SMTP_REJECTED)
		return TROUBLE_OTHER;
	if (o->phase == SMTP_GREETING)
		return TROUBLE_GREETING;
	return o->phase == SMTP_EHLO ? TROUBLE_EHLO : TROUBLE_OTHER;
}

bool
sender_is_late(const struct view_mx_address *a)
{
	return a->smtp != NULL && a->smtp->phase >= SMTP_RCPT;
}

/* ------------------------------------------------- addresses and hosts */

enum fate
sender_address_fate(
    const struct sender_habits *habits, const struct view_mx_address *a)
{
	enum fate fate;

	if (a->special != NULL)
		return special_fate(habits, &a->ip);
	if (a->state == MX_UNCHECKED)
		return FATE_UNKNOWN;
	fate = habits->upon[trouble(a->smtp)];
	if (fate != FATE_USELESS)
		return fate;
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
has_loopback(const struct view_mx *mx)
{
	struct ip ip;

	if (literal(mx, &ip) && is_loopback(&ip))
		return true;
	for (size_t i = 0; i < mx->naddress; i++)
		if (mx->address[i].special != NULL &&
		    is_loopback(&mx->address[i].ip))
			return true;
	return false;
}

static bool
is_self(const struct sender_habits *habits, const struct view_mx *mx)
{
	if (mx->target == TARGET_LOCAL)
		return habits->localhost == ITSELF_LOOPS;
	return habits->loopback == ITSELF_LOOPS && has_loopback(mx);
}

/* A sender that finds itself drops itself and what is not better. */
size_t
sender_rows(const struct view *v, const struct sender_habits *habits)
{
	size_t i = 0;

	while (i < v->nmx && !is_self(habits, &v->mx[i]))
		i++;
	if (i == v->nmx)
		return i;
	while (i > 0 && v->mx[i - 1].preference == v->mx[i].preference)
		i--;
	return i;
}
