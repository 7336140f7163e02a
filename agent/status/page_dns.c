#include <stdio.h>
#include <string.h>

#include "agent/rules/words.h"
#include "agent/show/human.h"
#include "agent/status/sheet.h"
#include "agent/status/html.h"

/* What DNS says of a domain: its name servers by their networks, and what each
 * vantage sees. */

static enum mark
server_mark(enum ns_state state)
{
	static const enum mark mark[] = {
		[NS_AUTHORITATIVE] = MARK_OK,
		[NS_LAME] = MARK_WARNING,
		[NS_REFUSED] = MARK_WARNING,
		[NS_TIMEOUT] = MARK_WARNING,
		[NS_UNREACHABLE] = MARK_WARNING,
		[NS_UNCHECKED] = MARK_UNKNOWN,
	};

	return mark[state];
}

static void
server_cells(struct buf *b, const struct view_ns_address *a)
{
	char text[IP_NET_TEXT], ms[HUMAN_MS];

	buf_puts(b, "<td class=\"mono\">");
	html_text(b, ip_format(&a->ip, text));
	buf_puts(b, "</td><td>");
	sheet_mark(b, server_mark(a->state), ns_state_name(a->state));
	buf_puts(b, "</td><td class=\"mono dim\">");
	html_text(b, ip_net_format(&a->network, text));
	if (a->asn != 0)
		buf_printf(b, " AS%u", a->asn);
	buf_puts(b, "</td><td class=\"right dim nowrap\">");
	if (a->has_serial)
		buf_printf(b, "serial %u", a->serial);
	if (a->rtt_ms >= 0)
		buf_printf(b, "%s%s", a->has_serial ? ", " : "",
		    human_ms(a->rtt_ms, ms));
	buf_puts(b, "</td>");
}

static void
server(struct buf *b, const struct view *v, const struct view_ns *ns)
{
	struct buf words;

	for (size_t i = 0; i < ns->naddress; i++) {
		buf_puts(b, "<tr><th scope=\"row\">");
		html_text(b, ns->host);
		buf_puts(b, "</th>");
		server_cells(b, &ns->address[i]);
		buf_puts(b, "</tr>\n");
	}
	if (ns->naddress > 0)
		return;
	buf_init(&words, 0);
	words_lookup(&words, v, ns->lookup, ns->lookup_status);
	buf_puts(b, "<tr><th scope=\"row\">");
	html_text(b, ns->host);
	buf_puts(b, "</th><td colspan=\"4\">");
	html_text(b, buf_str(&words));
	buf_puts(b, "</td></tr>\n");
	b->failed |= words.failed;
	buf_free(&words);
}

static void
servers(struct buf *b, const struct view *v)
{
	buf_puts(b, "<section aria-labelledby=\"n\"><h2 id=\"n\">Name servers");
	if (v->nnetwork > 0) {
		buf_puts(b, " <span class=\"dim\">in ");
		html_counted(b, v->nnetwork, "network", "networks");
		buf_puts(b, "</span>");
	}
	buf_puts(b, "</h2>\n");
	if (v->nns == 0) {
		buf_puts(
		    b, "<p class=\"none\">None are known.</p></section>\n");
		return;
	}
	buf_puts(b,
	    "<div class=\"card flush\"><table class=\"fold\"><thead><tr><th "
	    "scope=\"col\">Name</th><th scope=\"col\">Address</th><th "
	    "scope=\"col\">Answers</th><th scope=\"col\">Network</th><th "
	    "scope=\"col\" class=\"right\">Zone</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < v->nns; i++)
		server(b, v, &v->ns[i]);
	buf_puts(b, "</tbody></table></div></section>\n");
}

static void
vantage(struct buf *b, const struct view *v, const struct view_vantage *one)
{
	bool well = one->status == DNS_OK || one->status == DNS_NODATA;

	buf_puts(b, "<tr><th scope=\"row\">");
	html_text(b, one->about->name);
	buf_puts(b, "</th><td>");
	sheet_mark(b,
	    one->blind || one->status == DNS_UNCHECKED ?
	        MARK_UNKNOWN :
	        (well ? MARK_OK : MARK_WARNING),
	    words_vantage(v, one));
	buf_puts(b, "</td><td>");
	for (size_t i = 0; i < one->nmx; i++) {
		buf_printf(
		    b, "%s%u ", i > 0 ? ", " : "", one->mx_rr[i].preference);
		html_text(b, one->mx_rr[i].host);
	}
	buf_puts(b, "</td></tr>\n");
}

static void
vantages(struct buf *b, const struct view *v)
{
	buf_puts(b,
	    "<section aria-labelledby=\"v\"><h2 id=\"v\">Vantages</h2>\n"
	    "<div class=\"card flush\"><table class=\"fold\"><thead><tr><th "
	    "scope=\"col\">Name</th><th scope=\"col\">Sees</th><th "
	    "scope=\"col\">MX records</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < v->nvantage; i++)
		vantage(b, v, &v->vantage[i]);
	buf_puts(b, "</tbody></table></div></section>\n");
}

void
sheet_dns(struct buf *b, const struct report *r)
{
	servers(b, r->view);
	vantages(b, r->view);
}
