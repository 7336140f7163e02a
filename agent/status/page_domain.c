#include <string.h>

#include "agent/rules/state.h"
#include "agent/status/sheet.h"
#include "agent/status/html.h"

/* A domain: what happens to its mail and why, and what happened before. */

static void
labels(struct buf *b, const struct domain_group *group)
{
	if (group == NULL || group->nlabel == 0)
		return;
	buf_puts(b, "<div class=\"tags\">");
	for (size_t i = 0; i < group->nlabel; i++) {
		const struct label *l = &group->label[i];

		buf_puts(b, "<a class=\"tag\" href=\"/?label=");
		html_url(b, l->key);
		buf_puts(b, "%3A");
		html_url(b, l->value);
		buf_puts(b, "\">");
		html_text(b, l->key);
		buf_puts(b, ": ");
		html_text(b, l->value);
		buf_puts(b, "</a>");
	}
	buf_puts(b, "</div>");
}

static void
hero(struct buf *b, const struct domain_page *p)
{
	const struct domain_line *l = &p->line;

	sheet_hero(b, l->mark);
	buf_puts(b, "<h1>");
	sheet_name(b, l->name, l->unicode);
	buf_puts(b, "</h1><p>");
	if (p->report != NULL)
		html_text(b, p->report->summary);
	else
		buf_puts(b, "Nothing is known of it yet.");
	buf_puts(b, "</p><p class=\"dim\">");
	sheet_mark(b, l->mark, l->stale ? "stale" : NULL);
	if (l->since.us != 0) {
		buf_puts(b, " for ");
		html_duration(b, l->since, p->sheet.now);
	}
	if (l->judged.us != 0) {
		buf_puts(b, " \xc2\xb7 looked at ");
		html_duration(b, l->judged, p->sheet.now);
		buf_puts(b, " ago");
	}
	if (p->pending)
		buf_puts(b, " \xc2\xb7 not everything has been looked at yet");
	buf_puts(b, "</p>");
	labels(b, p->group);
	sheet_hero_end(b);
}

/* ------------------------------------------------------------- the way */

static const char *
no_way(const struct view *v)
{
	if (v->null_mx)
		return "Its MX record is \".\": the domain takes no mail.";
	switch (v->belief) {
	case BELIEF_NXDOMAIN:
		return "The domain does not exist: senders find nowhere to go.";
	case BELIEF_UNRESOLVABLE:
	case BELIEF_BOGUS:
		return "Senders cannot find out where to go.";
	case BELIEF_UNKNOWN:
		return "Where mail goes cannot be told from here.";
	default:
		return "There is no server to take its mail.";
	}
}

static void
hosts(struct buf *b, const struct view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->nmx; i++) {
		if (!state_mx_first(v, &v->mx[i]) || v->mx[i].naddress == 0)
			continue;
		buf_puts(b,
		    n++ > 0 ? ", <a href=\"/host/" :
		              "<p class=\"crumb dim\">More about <a "
		              "href=\"/host/");
		html_url(b, v->mx[i].host);
		buf_puts(b, "\">");
		html_text(b, v->mx[i].host);
		buf_puts(b, "</a>");
	}
	buf_puts(b, n > 0 ? "</p>" : "");
}

static void
way(struct buf *b, const struct report *r)
{
	const struct view *v = r->view;

	buf_puts(b,
	    "<section aria-labelledby=\"w\"><h2 id=\"w\">The way of mail"
	    "</h2>\n<div class=\"card\">");
	if (v->nmx == 0 || v->null_mx) {
		buf_printf(b, "<p class=\"none\">%s</p>", no_way(v));
	} else {
		sheet_path(b, r);
		hosts(b, v);
		if (v->mx_total > v->nmx) {
			buf_puts(b, "<p class=\"dim\">Of ");
			html_count(b, v->mx_total);
			buf_puts(b, " mail servers, the first are shown.</p>");
		}
	}
	buf_puts(b, "</div></section>\n");
}

/* ------------------------------------------------------------- findings */

static void
evidence(struct buf *b, const struct evidence *e)
{
	buf_puts(b, "<li><span class=\"dim\">");
	html_text(b, e->key);
	buf_puts(b, ":</span> ");
	if (e->kind == EVIDENCE_NUMBER)
		buf_printf(b, "%.10g", e->number);
	else if (e->kind == EVIDENCE_TEXT)
		html_text(b, e->text);
	for (size_t i = 0; e->kind == EVIDENCE_LIST && i < e->nlist; i++) {
		buf_puts(b, i > 0 ? "; " : "");
		html_text(b, e->list[i]);
	}
	buf_puts(b, "</li>");
}

static void
explanation(struct buf *b, const struct finding *f)
{
	buf_puts(b,
	    "<details class=\"more\"><summary>What it means, what to "
	    "do</summary><p>");
	html_text(b, f->rule->explanation);
	buf_puts(b, "</p><p><strong>To mend it:</strong> ");
	html_text(b, f->rule->remedy);
	buf_puts(b, "</p>");
	if (f->nevidence > 0) {
		buf_puts(b, "<ul>");
		for (size_t i = 0; i < f->nevidence; i++)
			evidence(b, &f->evidence[i]);
		buf_puts(b, "</ul>");
	}
	if (f->rule->rfc != NULL && *f->rule->rfc != '\0') {
		buf_puts(b, "<p class=\"dim\">");
		html_text(b, f->rule->rfc);
		buf_puts(b, "</p>");
	}
	buf_puts(b, "</details>");
}

static void
finding(struct buf *b, const struct finding *f)
{
	const char *subject = f->subject;

	buf_puts(b, "<li>");
	sheet_mark(b, mark_of(f->severity), NULL);
	buf_puts(b, "<div class=\"what\">");
	html_text(b, f->message);
	if (subject != NULL && strstr(f->message, subject) == NULL) {
		buf_puts(b, " <span class=\"dim\">(");
		html_text(b, subject);
		buf_puts(b, ")</span>");
	}
	explanation(b, f);
	buf_puts(b, "</div><code class=\"dim\">");
	html_text(b, f->rule->id);
	buf_puts(b, "</code></li>\n");
}

static void
findings(struct buf *b, const struct report *r)
{
	buf_puts(
	    b, "<section aria-labelledby=\"f\"><h2 id=\"f\">Findings</h2>\n");
	if (r->findings.n == 0)
		buf_puts(b,
		    "<p class=\"none\">Nothing to find fault with."
		    "</p>\n");
	else
		buf_puts(b, "<ul class=\"list\">\n");
	for (size_t i = 0; i < r->findings.n; i++)
		finding(b, &r->findings.finding[i]);
	buf_puts(b, r->findings.n == 0 ? "</section>\n" : "</ul></section>\n");
}

/* ------------------------------------------------------------ the whole */

static void
weather(struct buf *b, const struct domain_page *p)
{
	buf_puts(b,
	    "<section aria-labelledby=\"t\"><h2 id=\"t\">Mail over time"
	    "</h2>\n<div class=\"card\">");
	if (p->strip.known)
		sheet_strip(b, &p->strip, p->sheet.now);
	else
		buf_puts(b, "<p class=\"none\">Nothing is known yet.</p>");
	buf_puts(b, "</div></section>\n");
}

static void
past(struct buf *b, const struct domain_page *p)
{
	buf_puts(b,
	    "<section aria-labelledby=\"i\"><h2 id=\"i\">Incidents"
	    "</h2>\n");
	sheet_incidents(b, &p->sheet, &p->incidents);
	buf_puts(b,
	    "</section>\n<section aria-labelledby=\"h\"><h2 "
	    "id=\"h\">History</h2>\n");
	sheet_history(b, &p->history);
	buf_puts(b, "</section>\n");
}

void
render_domain(struct buf *b, const struct domain_page *p)
{
	const struct domain_line *l = &p->line;

	sheet_begin(b, &p->sheet, l->unicode != NULL ? l->unicode : l->name,
	    l->mark, "");
	buf_puts(b, "<p class=\"crumb\"><a href=\"/\">All domains</a></p>\n");
	hero(b, p);
	if (p->report != NULL) {
		way(b, p->report);
		findings(b, p->report);
	}
	weather(b, p);
	if (p->report != NULL)
		sheet_dns(b, p->report);
	past(b, p);
	buf_puts(b,
	    "<p class=\"crumb dim\">The same as JSON: <a "
	    "href=\"/api/v1/domains/");
	html_url(b, l->name);
	buf_puts(b, "\">/api/v1/domains/");
	html_text(b, l->name);
	buf_puts(b, "</a></p>\n");
	sheet_end(b, &p->sheet);
}
