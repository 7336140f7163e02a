#include <string.h>

#include "agent/show/human.h"
#include "agent/status/html.h"
#include "agent/status/sheet.h"

/* A mail server: its addresses, what each said last, and whose mail it takes.
 */

static enum mark
whole(const struct host_page *p)
{
	size_t up = 0, down = 0, other = 0;

	for (size_t i = 0; i < p->naddress; i++)
		switch (view_dialogue(p->address[i].smtp)) {
		case MX_UP:
			up++;
			break;
		case MX_UNCHECKED:
			other++;
			break;
		default:
			down++;
			break;
		}
	if (up + down == 0)
		return other > 0 ? MARK_UNKNOWN : MARK_PENDING;
	if (down == 0)
		return MARK_OK;
	return up > 0 ? MARK_WARNING : MARK_CRITICAL;
}

/* How long the dialogue took, or how it ended. */
static void
said(struct buf *b, const struct obs_smtp *s)
{
	char ms[HUMAN_MS];

	if (s == NULL)
		return;
	if (s->error != SMTP_OK) {
		html_text(b, smtp_error_name(s->error));
		buf_printf(b, " at %s ", smtp_phase_name(s->phase));
	}
	if (s->error != SMTP_OK && s->code != 0)
		buf_printf(b, "%d ", s->code);
	html_text(b, s->error != SMTP_OK ? s->text : NULL);
	if (s->error == SMTP_OK && s->total_ms >= 0)
		buf_printf(b, "to the end in %s", human_ms(s->total_ms, ms));
	if (s->tls != NULL && s->tls->protocol != NULL) {
		buf_puts(b, ", ");
		html_text(b, s->tls->protocol);
	}
	if (s->tls != NULL && s->tls->certificate) {
		buf_puts(b, ", certificate until ");
		html_time(b, s->tls->not_after);
	}
}

static void
address(struct buf *b, const struct host_address *a)
{
	enum mx_state state = view_dialogue(a->smtp);
	char ip[IP_TEXT];

	buf_puts(b, "<tr><th scope=\"row\" class=\"mono\">");
	html_text(b, ip_format(&a->ip, ip));
	buf_puts(b, "</th><td>");
	sheet_mark(b, a->smtp == NULL ? MARK_PENDING : sheet_state(state),
	    a->smtp == NULL ? NULL : mx_state_name(state));
	buf_puts(b, "</td><td>");
	said(b, a->smtp);
	buf_puts(b, "</td></tr>\n");
}

static void
addresses(struct buf *b, const struct host_page *p)
{
	buf_puts(b,
	    "<section aria-labelledby=\"a\"><h2 id=\"a\">Addresses</h2>\n"
	    "<div class=\"card flush\"><table class=\"fold\"><thead><tr><th "
	    "scope=\"col\">Address</th><th scope=\"col\">State</th><th "
	    "scope=\"col\">Last dialogue</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < p->naddress; i++)
		address(b, &p->address[i]);
	buf_puts(b, "</tbody></table></div></section>\n");
}

void
render_host(struct buf *b, const struct host_page *p)
{
	sheet_begin(b, &p->sheet, p->host, whole(p), "");
	buf_puts(b, "<p class=\"crumb\"><a href=\"/\">All domains</a></p>\n");
	sheet_hero(b, whole(p));
	buf_puts(b, "<h1>");
	html_text(b, p->host);
	buf_puts(b, "</h1><p>A mail server of ");
	html_counted(b, p->users.total, "domain", "domains");
	buf_puts(b, ".</p>");
	sheet_hero_end(b);
	if (p->naddress > 0)
		addresses(b, p);
	if (p->strip.known) {
		buf_puts(b,
		    "<section aria-labelledby=\"t\"><h2 id=\"t\">Mail over "
		    "time</h2>\n<div class=\"card\">");
		sheet_strip(b, &p->strip, p->sheet.now);
		buf_puts(b, "</div></section>\n");
	}
	buf_puts(b,
	    "<section aria-labelledby=\"d\"><h2 id=\"d\">Domains that rest on "
	    "it</h2>\n");
	sheet_domains(b, &p->sheet, &p->users);
	buf_puts(b, "</section>\n");
	sheet_end(b, &p->sheet);
}
