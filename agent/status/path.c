#include <stdio.h>
#include <string.h>

#include "agent/rules/words.h"
#include "agent/show/human.h"
#include "agent/status/sheet.h"
#include "agent/status/html.h"

/*
 * The way of new mail, drawn: on the left what there is to deliver, on the
 * right the mail servers in the order in which a sender tries them.  A ribbon
 * is as thick as the share of mail that goes there; a dashed line leads to
 * those that wait for their turn (grey) or cannot take their part (red).
 *
 * The picture is made twice, for a screen and for a phone: text in a drawing
 * does not wrap, so the narrow one puts under each other what the wide one puts
 * side by side.  The style sheet shows one of them.
 */

struct plan {
	const char *class;
	int width, box; /* of the whole; where the servers begin */
	bool narrow;
	int head, line;              /* heights: a server, an address */
	size_t name, words, network; /* characters that fit */
};

static const struct plan plans[] = {
	{ "wide", 940, 190, false, 36, 24, 60, 46, 40 },
	{ "narrow", 342, 40, true, 54, 40, 30, 36, 36 },
};

enum { TIER = 26, GAP = 10, PAD = 10, STOCK = 64, TOP = 8, CURVES_MAX = 6 };

/* Where the pen is. */
struct pen {
	struct buf *b;
	const struct plan *plan;
	const struct report *report;
	int y;
	double used; /* of the stock of mail, from its top */
};

/* ------------------------------------------------------------ the words */

/* "takes mail, 31 ms, TLSv1.3" or what is the matter. */
static void
address_words(
    struct buf *b, const struct report *r, const struct view_mx_address *a)
{
	char ms[HUMAN_MS];

	if (a->state != MX_UP || a->smtp == NULL) {
		words_address(b, r->view, a);
		return;
	}
	buf_puts(b, "takes mail");
	if (a->smtp->total_ms >= 0)
		buf_printf(b, ", %s", human_ms(a->smtp->total_ms, ms));
	if (a->smtp->tls != NULL && a->smtp->tls->protocol != NULL)
		buf_printf(b, ", %s", a->smtp->tls->protocol);
}

static void
network_words(
    struct buf *b, const struct report *r, const struct view_mx_address *a)
{
	char text[IP_NET_TEXT];
	struct ip_net net =
	    ip_network(&a->ip, r->policy->ipv4_prefix, r->policy->ipv6_prefix);

	buf_puts(b, ip_net_format(&net, text));
	if (a->asn != 0)
		buf_printf(b, " AS%u", a->asn);
}

static void
share_words(struct buf *b, const struct report *r, const struct view_mx *mx)
{
	if (mx->share > 0)
		html_percent(b, mx->share);
	if (mx->share > 0)
		buf_puts(b, " of mail");
	else if (mx->state == MX_UP || mx->state == MX_DEGRADED)
		buf_puts(b,
		    r->delivery.outcome == OUTCOME_ACCEPTED ?
		        "waits for its turn" :
		        "");
	else
		buf_puts(b, "no mail");
}

/* ---------------------------------------------------------- the drawing */

static void
put_text(struct pen *p, int x, int y, const char *class, const char *words,
    size_t max)
{
	buf_printf(p->b, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, class);
	html_cut(p->b, words, max);
	buf_puts(p->b, "</text>");
}

static void
icon(struct pen *p, int x, int y, int size, enum mark mark)
{
	buf_printf(p->b,
	    "<use href=\"#%s\" class=\"f-%s\" x=\"%d\" y=\"%d\" width=\"%d\" "
	    "height=\"%d\"/>",
	    sheet_class(mark), sheet_class(mark), x, y, size, size);
}

/* A line to a server that gets no mail now.  Few are curves; many share a rail:
 * as they begin alike, their dashes fall together. */
static void
line(struct pen *p, const struct view_mx *mx, int y)
{
	bool ready = mx->state == MX_UP || mx->state == MX_DEGRADED;
	int x1 = p->plan->box, middle = (8 + x1) / 2;
	int from = TOP + TIER + STOCK / 2;

	buf_printf(p->b, "<path class=\"%s\" d=\"M8 %d",
	    ready ? "reserve" : "broken", from);
	if (p->report->view->nmx > CURVES_MAX)
		buf_printf(p->b, "H%dV%dH%d\"/>", x1 - 14, y, x1);
	else
		buf_printf(p->b, "C%d %d %d %d %d %d\"/>", middle, from, middle,
		    y, x1, y);
}

/* From the stock to the middle of the server's edge. */
static void
ribbon(struct pen *p, const struct view_mx *mx, int y)
{
	int x0 = 8, x1 = p->plan->box, middle = (x0 + x1) / 2;
	double from = TOP + TIER + p->used, thick = mx->share * (int)STOCK;

	if (thick < 2)
		thick = 2;
	buf_printf(p->b,
	    "<path class=\"flow\" d=\"M%d %.1fC%d %.1f %d %.1f %d %.1fV%.1fC%d "
	    "%.1f %d %.1f %d %.1fZ\"/>",
	    x0, from, middle, from, middle, y - thick / 2, x1, y - thick / 2,
	    y + thick / 2, middle, y + thick / 2, middle, from + thick, x0,
	    from + thick);
	p->used += mx->share * (int)STOCK;
}

static void
address(struct pen *p, const struct view_mx_address *a, int y)
{
	const struct plan *plan = p->plan;
	char ip[IP_TEXT];
	struct buf words, network;
	int x = plan->box + PAD + 22;

	buf_init(&words, 0);
	buf_init(&network, 0);
	address_words(&words, p->report, a);
	network_words(&network, p->report, a);
	icon(p, x, y - 9, 10, sheet_state(a->state));
	put_text(p, x + 16, y, "mono", ip_format(&a->ip, ip), IP_TEXT);
	if (plan->narrow) {
		put_text(p, x + 16, y + 16, "small faint", buf_str(&words),
		    plan->words);
	} else {
		put_text(p, x + 240, y, "small", buf_str(&words), plan->words);
		put_text(p, plan->width - PAD, y, "mono faint end",
		    buf_str(&network), plan->network);
	}
	p->b->failed |= words.failed || network.failed;
	buf_free(&words);
	buf_free(&network);
}

static void
headline(struct pen *p, const struct view_mx *mx, int y)
{
	const struct plan *plan = p->plan;
	struct buf share;
	int x = plan->box + PAD;

	buf_init(&share, 0);
	if (plan->narrow)
		buf_printf(&share, "%s, ", mx_state_name(mx->state));
	share_words(&share, p->report, mx);
	icon(p, x + 2, y - 12, 14, sheet_state(mx->state));
	put_text(p, x + 22, y, "name", mx->host, plan->name);
	if (plan->narrow) {
		put_text(p, x + 22, y + 18, "small", buf_str(&share), 60);
	} else {
		put_text(p, plan->width - PAD, y, "end", buf_str(&share), 60);
		put_text(p, plan->width - PAD - 150, y, "faint end",
		    mx_state_name(mx->state), 20);
	}
	p->b->failed |= share.failed;
	buf_free(&share);
}

/* A server without any address says why. */
static void
nowhere(struct pen *p, const struct view_mx *mx, int y)
{
	struct buf words;

	buf_init(&words, 0);
	words_host(&words, p->report->view, mx);
	put_text(p, p->plan->box + PAD + 22, y, "small faint", buf_str(&words),
	    p->plan->narrow ? p->plan->words : 100);
	p->b->failed |= words.failed;
	buf_free(&words);
}

static int
box_height(const struct plan *plan, const struct view_mx *mx)
{
	int lines = mx->naddress == 0 ? 1 : (int)mx->naddress;

	return plan->head + lines * plan->line + PAD / 2;
}

static void
server(struct pen *p, const struct view_mx *mx)
{
	const struct plan *plan = p->plan;
	int height = box_height(plan, mx), y = p->y + 23;

	buf_printf(p->b,
	    "<rect class=\"box\" x=\"%d\" y=\"%d\" width=\"%d\" "
	    "height=\"%d\" rx=\"6\"/><rect class=\"edge f-%s\" x=\"%d\" "
	    "y=\"%d\" width=\"3\" height=\"%d\" rx=\"1.5\"/>",
	    plan->box, p->y, plan->width - plan->box, height,
	    sheet_class(sheet_state(mx->state)), plan->box, p->y, height);
	headline(p, mx, y);
	y += plan->head - 10;
	for (size_t i = 0; i < mx->naddress; i++, y += plan->line)
		address(p, &mx->address[i], y);
	if (mx->naddress == 0)
		nowhere(p, mx, y);
	p->y += height + GAP;
}

/* Servers of one preference stand under its name. */
static bool
begins_tier(const struct view *v, size_t i)
{
	return i == 0 || v->mx[i].preference != v->mx[i - 1].preference;
}

static void
tier(struct pen *p, const struct view_mx *mx)
{
	char words[64];

	if (mx->target == TARGET_IMPLICIT)
		snprintf(words, sizeof(words),
		    p->plan->narrow ? "no MX: the domain itself" :
		                      "no MX records: the domain's own "
		                      "address");
	else
		snprintf(words, sizeof(words), "preference %u", mx->preference);
	put_text(
	    p, p->plan->box + 2, p->y + TIER - 10, "small faint", words, 60);
	p->y += TIER;
}

static void
stock(struct pen *p)
{
	static const struct {
		const char *wide, *narrow;
		enum weather weather;
	} fate[] = {
		[OUTCOME_ACCEPTED] = { "new mail", "mail", WEATHER_ACCEPTED },
		[OUTCOME_DEFERRED] = { "mail waits", "waits",
		    WEATHER_DEFERRED },
		[OUTCOME_BOUNCED] = { "mail bounces", "back", WEATHER_BOUNCED },
		[OUTCOME_REFUSED] = { "no mail wanted", "none",
		    WEATHER_REFUSED },
		[OUTCOME_UNKNOWN] = { "mail", "mail", WEATHER_UNKNOWN },
	};
	enum outcome outcome = p->report->delivery.outcome;

	put_text(p, 0, TOP + TIER - 10, "small",
	    p->plan->narrow ? fate[outcome].narrow : fate[outcome].wide, 40);
	buf_printf(p->b,
	    "<rect class=\"w%d\" x=\"0\" y=\"%d\" width=\"8\" height=\"%d\" "
	    "rx=\"2\"/>",
	    (int)fate[outcome].weather, TOP + TIER, STOCK);
}

/* The servers are drawn over all of them, dashed lines over ribbons. */
static void
put_lines(struct pen *p)
{
	const struct view *v = p->report->view;
	int y = TOP;

	for (int dashed = 0; dashed < 2; dashed++, y = TOP)
		for (size_t i = 0; i < v->nmx; i++) {
			int height = box_height(p->plan, &v->mx[i]);

			y += begins_tier(v, i) ? TIER : 0;
			if (v->mx[i].share > 0 && !dashed)
				ribbon(p, &v->mx[i], y + height / 2);
			else if (v->mx[i].share <= 0 && dashed)
				line(p, &v->mx[i], y + height / 2);
			y += height + GAP;
		}
}

static int
whole_height(const struct plan *plan, const struct view *v)
{
	int height = TOP;

	for (size_t i = 0; i < v->nmx; i++)
		height += (begins_tier(v, i) ? TIER : 0) + GAP +
		    box_height(plan, &v->mx[i]);
	return height > TOP + TIER + STOCK + 2 ? height :
	                                         TOP + TIER + STOCK + 2;
}

/* All that the drawing says, in words. */
static void
alternative(struct buf *b, const struct report *r)
{
	struct buf words;

	buf_init(&words, 0);
	for (size_t i = 0; i < r->view->nmx; i++) {
		const struct view_mx *mx = &r->view->mx[i];

		buf_printf(&words, "Preference %u: %s is %s, ", mx->preference,
		    mx->host, mx_state_name(mx->state));
		share_words(&words, r, mx);
		buf_puts(&words, "; ");
		words_host(&words, r->view, mx);
		buf_puts(&words, ". ");
	}
	html_text(b, buf_str(&words));
	b->failed |= words.failed;
	buf_free(&words);
}

static void
draw(struct buf *b, const struct report *r, const struct plan *plan)
{
	struct pen p = { b, plan, r, TOP, 0 };
	const struct view *v = r->view;

	buf_printf(b,
	    "<svg class=\"path %s\" viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-labelledby=\"p-%s\"><desc id=\"p-%s\">",
	    plan->class, plan->width, whole_height(plan, v), plan->class,
	    plan->class);
	alternative(b, r);
	buf_puts(b, "</desc>");
	put_lines(&p);
	stock(&p);
	for (size_t i = 0; i < v->nmx; i++) {
		if (begins_tier(v, i))
			tier(&p, &v->mx[i]);
		server(&p, &v->mx[i]);
	}
	buf_puts(b, "</svg>\n");
}

void
sheet_path(struct buf *b, const struct report *r)
{
	if (r->view->nmx == 0 || r->view->null_mx)
		return;
	for (size_t i = 0; i < sizeof(plans) / sizeof(*plans); i++)
		draw(b, r, &plans[i]);
}
