#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/show/human.h"

/*
 * What a mail administrator wants to read, in this order: the verdict in
 * words; what DNS says and who says it; each mail server as a sender meets
 * it; what was found, worst first, and how to mend it.
 *
 *   human.c		verdict, findings, summary of a run
 *   human_dns.c	vantages and name servers
 *   human_mx.c		mail servers
 *   human_verbose.c	answers and dialogues
 *   human_page.c	lines, cells, tones; nothing else knows the width
 */

char *
human_ms(double ms, char *out)
{
	if (ms < 9.95)
		snprintf(out, HUMAN_MS, "%.1f ms", ms);
	else if (ms < 999.5)
		snprintf(out, HUMAN_MS, "%.0f ms", ms);
	else
		snprintf(out, HUMAN_MS, "%.1f s", ms / 1000);
	return out;
}

long
human_days(struct wall a, struct wall b)
{
	return (long)floor(((double)b.us - (double)a.us) / 86400e6);
}

static const struct {
	const char *loud;
	enum tone tone;
} severities[] = {
	[SEVERITY_OFF] = { "OFF", TONE_FAINT },
	[SEVERITY_OK] = { "OK", TONE_GOOD },
	[SEVERITY_INFO] = { "INFO", TONE_PLAIN },
	[SEVERITY_UNKNOWN] = { "UNKNOWN", TONE_ODD },
	[SEVERITY_WARNING] = { "WARNING", TONE_WARNING },
	[SEVERITY_CRITICAL] = { "CRITICAL", TONE_BAD },
};

/* --------------------------------------------------------------- verdict */

/* The name as people write it, when the terminal can show it; and the name
 * that DNS knows. */
static void
domain(struct page *p, const struct facts *f)
{
	char *shown = NULL;

	if (f->unicode != NULL && p->style->utf8)
		shown = text_safe_dup(f->unicode, strlen(f->unicode));
	if (shown == NULL) {
		page_text(p, TONE_STRONG, f->domain);
	} else {
		page_text(p, TONE_STRONG, shown);
		page_printf(p, TONE_FAINT, " (%s)", f->domain);
	}
	free(shown);
}

/* Under the verdict: what a sender does, how long it all took. */
static void
circumstances(struct page *p, const struct report *r, size_t indent)
{
	static const char *const words[] = {
		[OUTCOME_ACCEPTED] = "mail is accepted",
		[OUTCOME_DEFERRED] = "mail is deferred",
		[OUTCOME_BOUNCED] = "mail bounces",
		[OUTCOME_REFUSED] = "no mail is wanted",
		[OUTCOME_UNKNOWN] = "what happens to mail is not known",
	};
	const struct delivery *d = &r->delivery;
	char ms[HUMAN_MS];

	page_line(p, indent, indent);
	page_text(p, TONE_FAINT, words[d->outcome]);
	if (d->time_s >= 0)
		page_printf(p, TONE_FAINT, ", a sender needs %s",
		    human_ms(d->time_s * 1000, ms));
	if (r->policy->sender != SENDER_RFC)
		page_printf(p, TONE_FAINT, " (sender: %s)",
		    sender_about[r->policy->sender].name);
	/* What a daemon remembers is no single look. */
	if (r->facts->duration_ms > 0)
		page_printf(p, TONE_FAINT, "; this look took %s",
		    human_ms(r->facts->duration_ms, ms));
	if (r->facts->timed_out)
		page_text(p, TONE_ODD, ", all the time there was");
	page_end(p);
}

static void
verdict(struct page *p, const struct report *r)
{
	const char *word = severities[r->verdict].loud;
	size_t indent = strlen(word) + 2;

	page_line(p, 0, indent);
	page_cell(p, severities[r->verdict].tone, 0, word);
	domain(p, r->facts);
	page_gap(p, 2);
	page_text(p, TONE_PLAIN, r->summary);
	page_end(p);
	circumstances(p, r, indent);
}

/* -------------------------------------------------------------- findings */

static void
finding(struct page *p, const struct finding *f)
{
	const char *subject = f->subject;

	page_line(p, 2, 12);
	page_cell(
	    p, severities[f->severity].tone, 8, severity_name(f->severity));
	page_text(p, TONE_PLAIN, f->message);
	if (subject != NULL && strstr(f->message, subject) == NULL)
		page_printf(p, TONE_PLAIN, " (%s)", subject);
	page_printf(p, TONE_FAINT, "  %s", f->rule->id);
	page_end(p);
	if (f->rule->remedy == NULL || *f->rule->remedy == '\0')
		return;
	page_line(p, 12, 18);
	page_printf(p, TONE_FAINT, "mend: %s", f->rule->remedy);
	page_end(p);
}

static void
findings(struct page *p, const struct report *r)
{
	if (r->findings.n == 0)
		return;
	page_blank(p);
	page_line(p, 0, 0);
	page_text(p, TONE_STRONG, "Findings");
	page_end(p);
	for (size_t i = 0; i < r->findings.n; i++)
		finding(p, &r->findings.finding[i]);
}

static void
report(struct buf *out, const struct report *r, const struct show_style *style)
{
	struct page p;

	page_init(&p, out, style);
	verdict(&p, r);
	human_dns(&p, r);
	if (style->verbosity > 0)
		human_answers(&p, r->facts);
	human_mx(&p, r);
	if (style->verbosity > 0)
		human_dialogues(&p, r->facts);
	findings(&p, r);
	page_blank(&p);
}

/* --------------------------------------------------------------- summary */

static void
end(struct buf *out, const struct report *const *all, size_t n,
    const struct show_totals *t, const struct show_style *style)
{
	static const enum severity order[] = { SEVERITY_CRITICAL,
		SEVERITY_UNKNOWN, SEVERITY_WARNING, SEVERITY_OK };
	struct page p;
	const char *before = ": ";

	(void)all;
	(void)n;
	if (t->domains < 2)
		return;
	page_init(&p, out, style);
	page_line(&p, 0, 2);
	page_printf(&p, TONE_STRONG, "%u domains", t->domains);
	page_printf(&p, TONE_PLAIN, " in %.1f s", t->seconds);
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		if (t->by_verdict[order[i]] == 0)
			continue;
		page_text(&p, TONE_PLAIN, before);
		page_printf(&p, severities[order[i]].tone, "%u %s",
		    t->by_verdict[order[i]], severity_name(order[i]));
		before = ", ";
	}
	page_end(&p);
}

const struct show_format show_human = {
	.name = "human",
	.report = report,
	.end = end,
	.streams = true,
};
