#include <string.h>

#include "agent/status/html.h"

#include "agent/status/sheet.h"

/* -------------------------------------------------------------- domains */

void
sheet_name(struct buf *b, const char *name, const char *unicode)
{
	html_text(b, unicode != NULL ? unicode : name);
	if (unicode == NULL)
		return;
	buf_puts(b, " <span class=\"dim mono\">");
	html_text(b, name);
	buf_puts(b, "</span>");
}

/* The worst that was found, or what happens to mail. */
static void
condition(struct buf *b, const struct domain_line *l)
{
	if (l->gone) {
		buf_puts(b, "<span class=\"dim\">no longer watched</span>");
		return;
	}
	if (l->mark == MARK_PENDING) {
		buf_puts(b, "<span class=\"dim\">not looked at yet</span>");
		return;
	}
	if (l->stale)
		buf_puts(b, "not looked at for too long; before that: ");
	if (l->rule == NULL || (l->mark == MARK_UNKNOWN && !l->stale)) {
		buf_puts(b, sheet_outcome(l->outcome));
		if (l->mark == MARK_UNKNOWN && !l->stale &&
		    l->outcome != OUTCOME_UNKNOWN)
			buf_puts(b, ", but not everything could be seen");
		return;
	}
	html_text(b, l->rule->line);
	if (l->more > 0) {
		buf_puts(b, " <span class=\"dim nowrap\">+ ");
		html_count(b, l->more);
		buf_puts(b, " more</span>");
	}
}

static void
domain_link(struct buf *b, const struct domain_line *l)
{
	const char *shown = l->unicode != NULL ? l->unicode : l->name;

	if (l->gone) {
		html_text(b, shown);
		return;
	}
	buf_puts(b, "<a href=\"/domain/");
	html_url(b, l->name);
	buf_puts(b, "\">");
	html_text(b, shown);
	buf_puts(b, "</a>");
}

static void
domain_row(struct buf *b, const struct sheet *f, const struct domain_line *l)
{
	buf_puts(b, "<tr><td>");
	sheet_mark(b, l->mark, l->gone ? "gone" : l->stale ? "stale" : NULL);
	buf_puts(b, "</td><th scope=\"row\">");
	domain_link(b, l);
	buf_puts(b, "</th><td>");
	condition(b, l);
	buf_puts(b, "</td><td class=\"right nowrap dim\">");
	if (l->since.us != 0) {
		buf_puts(b, "for ");
		html_duration(b, l->since, f->now);
	}
	buf_puts(b, "</td></tr>\n");
}

void
sheet_domains(
    struct buf *b, const struct sheet *f, const struct domain_list *list)
{
	if (list->n == 0) {
		buf_puts(b, "<p class=\"none\">None.</p>\n");
		return;
	}
	buf_puts(b,
	    "<div class=\"card flush\"><table class=\"fold "
	    "domains\"><thead><tr>"
	    "<th scope=\"col\">State</th><th scope=\"col\">Domain</th>"
	    "<th scope=\"col\">Condition</th>"
	    "<th scope=\"col\" class=\"right\">Since</th></tr></thead>"
	    "<tbody>\n");
	for (size_t i = 0; i < list->n; i++)
		domain_row(b, f, &list->line[i]);
	buf_puts(b, "</tbody></table></div>\n");
	sheet_pager(b, f, list->offset, list->n, list->total);
}

/* ------------------------------------------------------------ incidents */

/* What is special about it, as tags. */
static void
circumstances(struct buf *b, const struct incident_line *l)
{
	if (l->flapping)
		buf_puts(b, " \xc2\xb7 comes and goes");
	if (l->acked) {
		buf_puts(b, " \xc2\xb7 taken on");
		if (l->acked_by != NULL && *l->acked_by != '\0') {
			buf_puts(b, " by ");
			html_text(b, l->acked_by);
		}
	}
	if (l->hush != NULL) {
		buf_puts(b, " \xc2\xb7 ");
		html_text(b, l->hush);
	}
	if (l->parent != 0)
		buf_printf(b,
		    " \xc2\xb7 part of <a href=\"/incident/%llu\">incident "
		    "%llu</a>",
		    (unsigned long long)l->parent,
		    (unsigned long long)l->parent);
}

static void
incident_title(struct buf *b, const struct incident_line *l)
{
	const char *title = l->message;

	if (title == NULL || *title == '\0')
		title = l->subject == NULL ? "" : l->subject;
	if (l->id != 0)
		buf_printf(b, "<a href=\"/incident/%llu\">",
		    (unsigned long long)l->id);
	if (l->peak <= 1 && l->example != NULL &&
	    strstr(title, l->example) == NULL) {
		html_text(b, l->example);
		buf_puts(b, ": ");
	}
	html_text(b, title);
	if (l->id != 0)
		buf_puts(b, "</a>");
}

static void
incident_item(
    struct buf *b, const struct sheet *f, const struct incident_line *l)
{
	buf_puts(b, "<li>");
	sheet_mark(b, l->over ? MARK_OK : mark_of(l->severity),
	    l->over ? "over" : NULL);
	buf_puts(b, "<div class=\"what\">");
	incident_title(b, l);
	buf_puts(b, "<p>");
	if (l->subject != NULL && *l->subject != '\0' &&
	    (l->message == NULL || strstr(l->message, l->subject) == NULL)) {
		html_text(b, l->subject);
		buf_puts(b, " \xc2\xb7 ");
	}
	/* The agent's own troubles hit none. */
	if (l->peak > 0) {
		html_counted(
		    b, l->over ? l->peak : l->domains, "domain", "domains");
		buf_puts(b, " \xc2\xb7 ");
	}
	buf_puts(b, "<code>");
	html_text(b, l->rule);
	buf_puts(b, "</code>");
	circumstances(b, l);
	buf_puts(b, "</p></div><div class=\"when\">");
	if (l->over) {
		html_time(b, l->began);
		buf_puts(b, ", ");
	}
	buf_puts(b, "for ");
	html_duration(b, l->began, l->over ? l->closed : f->now);
	buf_puts(b, "</div></li>\n");
}

void
sheet_incidents(
    struct buf *b, const struct sheet *f, const struct incident_list *list)
{
	if (list->n == 0) {
		buf_puts(b, "<p class=\"none\">None.</p>\n");
		return;
	}
	buf_puts(b, "<ul class=\"list\">\n");
	for (size_t i = 0; i < list->n; i++)
		incident_item(b, f, &list->line[i]);
	buf_puts(b, "</ul>\n");
}

/* -------------------------------------------------------------- history */

void
sheet_history(struct buf *b, const struct history_list *list)
{
	if (list->n == 0) {
		buf_puts(b, "<p class=\"none\">Nothing yet.</p>\n");
		return;
	}
	buf_puts(b, "<ol class=\"history\">\n");
	for (size_t i = 0; i < list->n; i++) {
		const struct history_line *l = &list->line[i];

		buf_puts(b, "<li><span class=\"dim\">");
		html_time(b, l->at);
		buf_puts(b, "</span><span><code>");
		html_text(b, l->what);
		buf_puts(b, "</code> ");
		html_text(b, l->text);
		if (l->incident != 0)
			buf_printf(b,
			    " <a href=\"/incident/%llu\" class=\"nowrap\">"
			    "incident %llu</a>",
			    (unsigned long long)l->incident,
			    (unsigned long long)l->incident);
		buf_puts(b, "</span></li>\n");
	}
	buf_puts(b, "</ol>\n");
}
