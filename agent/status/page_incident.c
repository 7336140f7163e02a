#include <stdio.h>
#include <string.h>

#include "agent/status/sheet.h"
#include "agent/status/html.h"

/* An incident: all that a message about it says, whom it hits, what came of
 * it; and the list of all incidents. */

/* A message begins with whom it is about, even when it names that again. */
static const char *
title_of(const struct incident_page *p)
{
	const char *message = p->line.message;

	if (message != NULL && p->line.example != NULL && p->line.peak <= 1 &&
	    strstr(message, p->line.example) != NULL)
		return message;
	if (p->message != NULL && p->message->title != NULL)
		return p->message->title;
	return p->line.message != NULL ? p->line.message : p->line.subject;
}

static void
hero(struct buf *b, const struct incident_page *p)
{
	const struct incident_line *l = &p->line;

	sheet_hero(b, l->over ? MARK_OK : mark_of(l->severity));
	buf_puts(b, "<h1 class=\"long\">");
	html_text(b, title_of(p));
	buf_puts(b, "</h1><p>");
	sheet_mark(b, l->over ? MARK_OK : mark_of(l->severity),
	    l->over ? "over" : NULL);
	buf_puts(b, " for ");
	html_duration(b, l->over ? l->closed : l->began, p->sheet.now);
	if (l->over) {
		buf_puts(b, ", after ");
		html_duration(b, l->began, l->closed);
	}
	buf_puts(b, " \xc2\xb7 ");
	html_counted(b, l->over ? l->peak : l->domains, "domain", "domains");
	buf_puts(b, "</p>");
	sheet_hero_end(b);
}

static void
fact_text(struct buf *b, const char *term, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	sheet_fact(b, term);
	html_text(b, text);
	sheet_fact_end(b);
}

static void
fact_time(struct buf *b, const char *term, struct wall t)
{
	if (t.us == 0)
		return;
	sheet_fact(b, term);
	html_time(b, t);
	sheet_fact_end(b);
}

static void
taken_on(struct buf *b, const struct incident_line *l)
{
	if (!l->acked)
		return;
	sheet_fact(b, "Taken on");
	buf_puts(b, "yes");
	if (l->acked_by != NULL && *l->acked_by != '\0') {
		buf_puts(b, ", by ");
		html_text(b, l->acked_by);
	}
	sheet_fact_end(b);
}

static void
parent(struct buf *b, const struct incident_line *l)
{
	if (l->parent == 0)
		return;
	sheet_fact(b, "Part of");
	buf_printf(b, "<a href=\"/incident/%llu\">incident %llu</a>",
	    (unsigned long long)l->parent, (unsigned long long)l->parent);
	sheet_fact_end(b);
}

static void
facts(struct buf *b, const struct incident_page *p)
{
	const struct incident_line *l = &p->line;

	buf_puts(b, "<section class=\"card\"><dl class=\"facts\">\n");
	sheet_fact(b, "State");
	html_text(b, l->state);
	if (l->flapping)
		buf_puts(b, ", comes and goes");
	sheet_fact_end(b);
	fact_time(b, "Since", l->began);
	fact_time(b, "Until", l->over ? l->closed : (struct wall){ 0 });
	fact_text(b, "Where", l->subject);
	if (p->message != NULL)
		fact_text(b, "Senders meanwhile", p->message->senders);
	else
		fact_text(b, "Mail then", sheet_outcome(l->outcome));
	taken_on(b, l);
	fact_text(b, "Held back", l->hush);
	parent(b, l);
	sheet_fact(b, "Most at once");
	html_counted(b, l->peak, "domain", "domains");
	sheet_fact_end(b);
	sheet_fact(b, "Rule");
	buf_puts(b, "<code>");
	html_text(b, l->rule);
	buf_puts(b, "</code>");
	sheet_fact_end(b);
	buf_puts(b, "</dl></section>\n");
}

static void
evidence(struct buf *b, const struct incident_page *p)
{
	if (p->nevidence == 0)
		return;
	buf_puts(b,
	    "<section aria-labelledby=\"e\"><h2 id=\"e\">What was seen</h2>"
	    "<ul class=\"quote\">\n");
	for (size_t i = 0; i < p->nevidence; i++) {
		buf_puts(b, "<li>");
		html_text(b, p->evidence[i]);
		buf_puts(b, "</li>\n");
	}
	buf_puts(b, "</ul></section>\n");
}

static void
remedy(struct buf *b, const struct incident_page *p)
{
	const char *text = p->rule != NULL ? p->rule->remedy : NULL;

	if (p->message != NULL && p->message->remedy != NULL)
		text = p->message->remedy;
	if (text == NULL)
		return;
	buf_puts(b,
	    "<section aria-labelledby=\"r\"><h2 id=\"r\">What to do</h2><p>");
	html_text(b, text);
	buf_puts(b, "</p>");
	if (p->rule != NULL) {
		buf_puts(b,
		    "<details class=\"more\"><summary>What it means</summary>"
		    "<p>");
		html_text(b, p->rule->explanation);
		buf_puts(b, "</p><p class=\"dim\">");
		html_text(b, p->rule->rfc);
		buf_puts(b, "</p></details>");
	}
	buf_puts(b, "</section>\n");
}

static void
members(struct buf *b, const struct incident_page *p)
{
	/* The agent's own troubles hit none. */
	if (p->members.total == 0)
		return;
	buf_printf(b,
	    "<section aria-labelledby=\"d\"><h2 id=\"d\">%s "
	    "<span class=\"dim\">",
	    p->line.over ? "Whom it hit" : "Whom it hits");
	html_counted(b, p->members.total, "domain", "domains");
	buf_puts(b, p->line.over ? ", as they are now" : "");
	buf_puts(b, "</span></h2>\n");
	sheet_domains(b, &p->sheet, &p->members);
	buf_puts(b, "</section>\n");
}

void
render_incident(struct buf *b, const struct incident_page *p)
{
	const struct incident_line *l = &p->line;

	sheet_begin(b, &p->sheet, title_of(p),
	    l->over ? MARK_OK : mark_of(l->severity), "");
	buf_puts(
	    b, "<p class=\"crumb\"><a href=\"/incidents\">All incidents</a>");
	buf_printf(b,
	    " <span class=\"dim\">\xc2\xb7 incident %llu</span></p>\n",
	    (unsigned long long)l->id);
	hero(b, p);
	facts(b, p);
	evidence(b, p);
	remedy(b, p);
	members(b, p);
	if (p->children.n > 0) {
		buf_puts(b,
		    "<section aria-labelledby=\"c\"><h2 id=\"c\">Told under "
		    "this one</h2>\n");
		sheet_incidents(b, &p->sheet, &p->children);
		buf_puts(b, "</section>\n");
	}
	buf_puts(b,
	    "<section aria-labelledby=\"h\"><h2 id=\"h\">How it went</h2>\n");
	sheet_history(b, &p->history);
	buf_puts(b, "</section>\n");
	sheet_end(b, &p->sheet);
}

void
render_incidents(struct buf *b, const struct incidents_page *p)
{
	sheet_begin(b, &p->sheet, "Incidents", MARK_INFO, "/incidents");
	buf_puts(b,
	    "<section><h1>Incidents</h1><p class=\"dim\">Of all times, the "
	    "newest first.</p></section>\n<section>");
	sheet_incidents(b, &p->sheet, &p->incidents);
	sheet_pager(b, &p->sheet, p->incidents.offset, p->incidents.n,
	    p->incidents.total);
	buf_puts(b, "</section>\n");
	sheet_end(b, &p->sheet);
}
