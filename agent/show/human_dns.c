#include <stdio.h>
#include <string.h>

#include "agent/rules/words.h"

#include "agent/show/human.h"

/* Widths of the columns: as wide as the widest cell. */
struct layout {
	size_t name, resolver, status, took; /* vantages */
	size_t host, ip, state, rtt;         /* name servers */
	bool one_serial;                     /* all hold the same */
	bool any_serial;
	uint32_t serial;
};

static void
widen(const struct page *p, size_t *width, const char *text)
{
	size_t taken = page_width(p, text);

	if (*width < taken)
		*width = taken;
}

static enum tone
status_tone(enum dns_status s)
{
	switch (s) {
	case DNS_OK:
	case DNS_NODATA:
		return TONE_GOOD;
	case DNS_UNCHECKED:
		return TONE_ODD;
	default:
		return TONE_BAD;
	}
}

static enum tone
state_tone(enum ns_state s)
{
	return s == NS_AUTHORITATIVE ? TONE_GOOD :
	    s == NS_UNCHECKED        ? TONE_ODD :
	                               TONE_BAD;
}

/* How long the MX look-up took; "" when it was not answered. */
static char *
took(const struct view_vantage *v, char *out)
{
	*out = '\0';
	if (v->mx != NULL && v->mx->rcode >= 0 && v->mx->rtt_ms >= 0)
		human_ms(v->mx->rtt_ms, out);
	return out;
}

static void
measure_vantage(
    const struct page *p, struct layout *l, const struct view_vantage *v)
{
	char ms[HUMAN_MS];

	widen(p, &l->name, v->about->name);
	widen(p, &l->resolver, v->about->resolver);
	widen(p, &l->status, dns_status_name(v->status));
	widen(p, &l->took, took(v, ms));
}

static void
measure_address(
    const struct page *p, struct layout *l, const struct view_ns_address *a)
{
	char text[IP_TEXT];

	widen(p, &l->ip, ip_format(&a->ip, text));
	widen(p, &l->state, ns_state_name(a->state));
	if (a->rtt_ms >= 0)
		widen(p, &l->rtt, human_ms(a->rtt_ms, text));
	if (!a->has_serial)
		return;
	l->one_serial &= !l->any_serial || l->serial == a->serial;
	l->any_serial = true;
	l->serial = a->serial;
}

static struct layout
measure(const struct page *p, const struct view *view)
{
	struct layout l = { .one_serial = true };

	for (size_t i = 0; i < view->nvantage; i++)
		measure_vantage(p, &l, &view->vantage[i]);
	for (size_t i = 0; i < view->nns; i++) {
		widen(p, &l.host, view->ns[i].host);
		for (size_t k = 0; k < view->ns[i].naddress; k++)
			measure_address(p, &l, &view->ns[i].address[k]);
	}
	return l;
}

/* -------------------------------------------------------------- vantages */

static void
vantage(struct page *p, const struct layout *l, const struct view_vantage *v)
{
	char ms[HUMAN_MS];

	page_line(p, 2, 4);
	page_cell(p, TONE_PLAIN, l->name, v->about->name);
	page_cell(p, TONE_FAINT, l->resolver, v->about->resolver);
	page_cell(
	    p, status_tone(v->status), l->status, dns_status_name(v->status));
	page_cell(p, TONE_PLAIN, l->took, took(v, ms));
	if (v->about->alive == TRI_NO)
		page_text(p, TONE_ODD, "answers nothing at all");
	else if (v->status == DNS_OK || v->status == DNS_NODATA)
		page_printf(p, TONE_FAINT, "%zu MX, %zu NS", v->nmx, v->nns);
	page_end(p);
}

/* ---------------------------------------------------------- name servers */

static void
ns_address(
    struct page *p, const struct layout *l, const struct view_ns_address *a)
{
	char text[IP_TEXT];

	page_cell(p, TONE_PLAIN, l->ip, ip_format(&a->ip, text));
	page_cell(p, state_tone(a->state), l->state, ns_state_name(a->state));
	if (a->rtt_ms >= 0)
		page_cell(p, TONE_PLAIN, l->rtt, human_ms(a->rtt_ms, text));
	if (a->has_serial && !l->one_serial)
		page_printf(p, TONE_PLAIN, "serial %u", a->serial);
	if (a->special != NULL)
		page_text(p, TONE_ODD, a->special);
	page_end(p);
}

static void
no_address(struct page *p, const struct view *view, const struct view_ns *ns)
{
	struct buf words;

	buf_init(&words, 0);
	words_lookup(&words, view, ns->lookup, ns->lookup_status);
	p->out->failed |= words.failed;
	page_text(p, ns->lookup == HOST_UNKNOWN ? TONE_ODD : TONE_BAD,
	    buf_str(&words));
	buf_free(&words);
	page_end(p);
}

static void
name_server(struct page *p, const struct layout *l, const struct view *view,
    const struct view_ns *ns)
{
	page_line(p, 2, 4);
	page_cell(p, TONE_PLAIN, l->host, ns->host);
	if (ns->naddress == 0)
		no_address(p, view, ns);
	for (size_t i = 0; i < ns->naddress; i++) {
		if (i > 0) /* below the first, two columns behind the host */
			page_line(p, 2 + l->host + 2, 4);
		ns_address(p, l, &ns->address[i]);
	}
}

/* What all name servers have in common, said once. */
static void
in_common(struct page *p, const struct layout *l, const struct view *view)
{
	char net[IP_NET_TEXT];

	if (view->nnetwork == 0)
		return;
	page_line(p, 2, 4);
	if (l->any_serial && l->one_serial)
		page_printf(p, TONE_FAINT, "serial %u, ", l->serial);
	page_printf(p, TONE_FAINT, "%zu network%s:", view->nnetwork,
	    view->nnetwork == 1 ? "" : "s");
	for (size_t i = 0; i < view->nnetwork; i++)
		page_printf(p, TONE_FAINT, " %s%s",
		    ip_net_format(&view->network[i], net),
		    i + 1 < view->nnetwork ? "," : "");
	page_end(p);
}

static void
heading(struct page *p, const struct view *view)
{
	page_line(p, 0, 2);
	page_text(p, TONE_STRONG, "DNS");
	if (view->alias != NULL)
		page_printf(p, TONE_PLAIN, "  an alias of %s", view->alias);
	if (view->zone != NULL && !view->zone_is_domain)
		page_printf(p, TONE_PLAIN, "  in the zone %s", view->zone);
	page_end(p);
}

void
human_dns(struct page *p, const struct report *r)
{
	const struct view *view = r->view;
	struct layout l = measure(p, view);

	page_blank(p);
	heading(p, view);
	for (size_t i = 0; i < view->nvantage; i++)
		vantage(p, &l, &view->vantage[i]);
	for (size_t i = 0; i < view->nns; i++)
		name_server(p, &l, view, &view->ns[i]);
	in_common(p, &l, view);
}
