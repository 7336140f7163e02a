#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/rules/rules.h"
#include "agent/show/human_page.h"

#include "agent/past.h"

/* Of the line of time, and of the cells of the table. */
#define SLOTS 60
#define LABEL 8
#define CELL  14
#define WHEN  17

/* "2026-11-23 16:40": all times are UTC, which the first line says. */
static const char *
when(struct wall at, char out[CLOCK_TEXT])
{
	clock_format(at, out);
	out[10] = ' ';
	out[16] = '\0';
	return out;
}

/* The largest unit that leaves a number above 1, and the next. */
static void
duration(struct page *p, enum tone tone, struct wall from, struct wall to)
{
	long minutes = (long)((to.us - from.us) / 60000000);

	if (minutes < 1)
		page_text(p, tone, "less than a minute");
	else if (minutes < 60)
		page_printf(p, tone, "%ld min", minutes);
	else if (minutes < 48 * 60)
		page_printf(
		    p, tone, "%ld h %ld min", minutes / 60, minutes % 60);
	else
		page_printf(p, tone, "%ld days %ld h", minutes / 1440,
		    minutes / 60 % 24);
}

static enum tone
tone_of_state(const char *state)
{
	static const struct {
		const char *state;
		enum tone tone;
	} tones[] = {
		{ "accepted", TONE_GOOD },
		{ "deferred", TONE_WARNING },
		{ "bounced", TONE_BAD },
		{ "refused", TONE_PLAIN },
	};

	for (size_t i = 0; i < sizeof(tones) / sizeof(*tones); i++)
		if (strcmp(tones[i].state, state) == 0)
			return tones[i].tone;
	return TONE_FAINT;
}

/* --------------------------------------------------------------------- head */

static void
head(struct page *p, const struct past *past)
{
	char at[CLOCK_TEXT];

	page_line(p, 0, 2);
	if (past->unicode != NULL && p->style->utf8) {
		page_text(p, TONE_STRONG, past->unicode);
		page_printf(p, TONE_FAINT, " (%s)", past->name);
	} else {
		page_text(p, TONE_STRONG, past->name);
	}
	page_printf(
	    p, TONE_FAINT, "  until %s, times are UTC", when(past->now, at));
	page_end(p);
	if (!past->watched)
		return;
	page_line(p, 2, 2);
	page_text(p, tone_of_state(past->outcome), past->outcome);
	if (past->state_since.us != 0)
		page_printf(
		    p, TONE_PLAIN, " since %s", when(past->state_since, at));
	if (*past->mx != '\0')
		page_printf(p, TONE_FAINT, "; MX %s", past->mx);
	if (*past->ns != '\0')
		page_printf(p, TONE_FAINT, "; NS %s", past->ns);
	page_end(p);
}

/* ------------------------------------------------------------- availability */

/* Never 100 when something is missing, never 0 when something is there; parts
 * that were added up may be off in their last digits. */
static double
percent(double part, double whole)
{
	double p = 100 * part / whole;

	if (p > 99.99 && p < 100 - 1e-6)
		return 99.99;
	return p > 0 && p < 0.01 ? 0.01 : p;
}

static void
cell(struct page *p, double minutes, double whole, enum tone tone)
{
	char count[32] = "<1", part[64] = "-", text[96];

	if (minutes >= 1)
		snprintf(count, sizeof(count), "%.0f", minutes);
	if (minutes > 0 && whole > 0)
		snprintf(part, sizeof(part), "%sm %6.2f%%", count,
		    percent(minutes, whole));
	snprintf(text, sizeof(text), "%*s", CELL, part);
	page_cell(p, minutes > 0 ? tone : TONE_FAINT, CELL, text);
}

/* Hardly a domain says that it takes no mail: a column only where one did. */
static bool
is_shown(const struct past_view *view, size_t state)
{
	return strcmp(past_states[state].name, "refused") != 0 ||
	    past_minutes(&view->by[PAST_ALL], state) > 0 ||
	    past_minutes(&view->by[PAST_MONTH], state) > 0;
}

static void
table_head(struct page *p, const struct past_view *view)
{
	char text[32];

	page_line(p, 2, 2);
	page_cell(p, TONE_FAINT, LABEL, "");
	for (size_t i = 0; i < PAST_STATES; i++) {
		if (!is_shown(view, i))
			continue;
		snprintf(text, sizeof(text), "%*s", CELL, past_states[i].name);
		page_cell(p, TONE_FAINT, CELL, text);
	}
	page_end(p);
}

static void
table_row(struct page *p, const struct past *past, const struct past_view *view,
    size_t period)
{
	double whole = (double)(past->now.us - view->from[period].us) / 60e6;

	page_line(p, 2, 2);
	page_cell(p, TONE_PLAIN, LABEL, past_periods[period].name);
	for (size_t i = 0; i < PAST_STATES; i++)
		if (is_shown(view, i))
			cell(p, past_minutes(&view->by[period], i), whole,
			    tone_of_state(past_states[i].name));
	page_end(p);
}

/* ------------------------------------------------------------- line of time */

static size_t
state_index(const char *state)
{
	size_t i = 0;

	while (i < PAST_STATES - 1 && strcmp(past_states[i].name, state) != 0)
		i++;
	return i;
}

/* How long each state held in a piece of time. */
static void
measure(const struct past_view *view, int64_t from, int64_t to,
    int64_t held[PAST_STATES])
{
	memset(held, 0, PAST_STATES * sizeof(*held));
	for (size_t i = 0; i < view->nspan; i++) {
		const struct past_span *span = &view->span[i];
		int64_t a = span->from.us > from ? span->from.us : from;
		int64_t b = span->to.us < to ? span->to.us : to;

		if (b > a)
			held[state_index(span->state)] += b - a;
	}
}

/* Any trouble, however short, is to be seen; else what held longest. */
static size_t
stands_for(const int64_t held[PAST_STATES])
{
	const size_t bounced = state_index("bounced");
	const size_t deferred = state_index("deferred");
	size_t longest = 0;

	if (held[bounced] > 0 || held[deferred] > 0)
		return held[bounced] > 0 ? bounced : deferred;
	for (size_t i = 1; i < PAST_STATES; i++)
		if (held[i] > held[longest])
			longest = i;
	return longest;
}

static void
line_of_time(
    struct page *p, const struct past *past, const struct past_view *view)
{
	int64_t length = past->now.us - past->since.us;
	bool seen[PAST_STATES] = { false };
	int64_t held[PAST_STATES];
	char at[CLOCK_TEXT];

	page_line(p, 2, 2);
	for (int i = 0; i < SLOTS; i++) {
		size_t state;

		measure(view, past->since.us + length / SLOTS * i,
		    past->since.us + length / SLOTS * (i + 1), held);
		state = stands_for(held);
		seen[state] = true;
		page_printf(p, tone_of_state(past_states[state].name), "%c",
		    past_states[state].mark);
	}
	page_end(p);
	page_line(p, 2, 2);
	page_printf(p, TONE_FAINT, "since %s:", when(past->since, at));
	for (size_t i = 0; i < PAST_STATES; i++)
		if (seen[i])
			page_printf(p, TONE_FAINT, "  %c %s",
			    past_states[i].mark, past_states[i].name);
	page_end(p);
}

static void
availability(struct page *p, const struct past *past, enum past_kind kind)
{
	static const char *const titles[PAST_KINDS] = {
		[PAST_DOMAIN] = "Mail for this domain",
		[PAST_HOST] = "Mail at this host",
	};
	const struct past_view *view = &past->view[kind];
	char at[CLOCK_TEXT];

	if (!view->known)
		return;
	page_blank(p);
	page_line(p, 0, 2);
	page_text(p, TONE_STRONG, titles[kind]);
	page_printf(p, TONE_FAINT, "  first seen %s", when(view->first, at));
	page_end(p);
	table_head(p, view);
	for (size_t i = 0; i < PAST_PERIODS; i++)
		table_row(p, past, view, i);
	line_of_time(p, past, view);
}

/* ---------------------------------------------------------------- incidents */

static enum tone
tone_of_severity(const char *severity)
{
	if (strcmp(severity, "critical") == 0)
		return TONE_BAD;
	return strcmp(severity, "warning") == 0 ? TONE_WARNING : TONE_PLAIN;
}

static void
acknowledged(struct page *p, const struct past_incident *incident)
{
	char at[CLOCK_TEXT];

	if (incident->acked.us == 0)
		return;
	page_line(p, 4, 6);
	page_printf(p, TONE_PLAIN, "acknowledged by %s, %s",
	    *incident->acked_by == '\0' ? "somebody" : incident->acked_by,
	    when(incident->acked, at));
	if (*incident->note != '\0')
		page_printf(p, TONE_PLAIN, ": %s", incident->note);
	page_end(p);
}

static void
incident(
    struct page *p, const struct past *past, const struct past_incident *one)
{
	char at[CLOCK_TEXT];
	struct wall end = one->until.us == 0 ? past->now : one->until;

	page_line(p, 2, 4);
	page_printf(p, TONE_PLAIN, "%s - ", when(one->since, at));
	if (one->until.us == 0)
		page_text(p, TONE_STRONG, "now");
	else
		page_text(p, TONE_PLAIN, when(one->until, at));
	page_text(p, TONE_PLAIN, " (");
	duration(p, TONE_PLAIN, one->since, end);
	page_text(p, TONE_PLAIN, ")  ");
	page_text(p, tone_of_severity(one->severity), one->severity);
	page_printf(p, TONE_PLAIN, "  %s  %s", one->rule, one->subject);
	page_printf(p, TONE_FAINT, "  #%llu", (unsigned long long)one->id);
	page_end(p);
	page_line(p, 4, 6);
	page_text(p, TONE_PLAIN, one->message);
	if (one->peak > 1)
		page_printf(p, TONE_FAINT, " (%llu domains)",
		    (unsigned long long)one->peak);
	if (one->flapping)
		page_text(p, TONE_ODD, " (flapping)");
	page_end(p);
	acknowledged(p, one);
}

static void
title(struct page *p, const struct past *past, const char *what)
{
	char at[CLOCK_TEXT];

	page_blank(p);
	page_line(p, 0, 2);
	page_text(p, TONE_STRONG, what);
	page_printf(p, TONE_FAINT, " since %s", when(past->since, at));
	page_end(p);
}

static void
note(struct page *p, const char *text)
{
	page_line(p, 2, 2);
	page_text(p, TONE_FAINT, text);
	page_end(p);
}

static void
incidents(struct page *p, const struct past *past)
{
	title(p, past, "Incidents");
	for (size_t i = 0; i < past->nincident; i++)
		incident(p, past, &past->incident[i]);
	if (past->nincident == 0)
		note(p, "none");
	if (past->more_incidents)
		note(p, "and older ones: --limit shows more");
}

static void
changes(struct page *p, const struct past *past)
{
	char at[CLOCK_TEXT];

	if (past->nchange == 0)
		return;
	title(p, past, "Changes");
	for (size_t i = 0; i < past->nchange; i++) {
		page_line(p, 2, 2 + WHEN);
		page_printf(
		    p, TONE_PLAIN, "%s  ", when(past->change[i].at, at));
		page_printf(p, TONE_STRONG, "%s", past->change[i].what);
		page_printf(p, TONE_PLAIN, "  %s", past->change[i].text);
		page_end(p);
	}
	if (past->more_changes)
		note(p, "and older ones: --limit shows more");
}

void
past_human(
    struct buf *out, const struct past *past, const struct show_style *style)
{
	struct page p;

	page_init(&p, out, style);
	head(&p, past);
	for (size_t i = 0; i < PAST_KINDS; i++)
		availability(&p, past, (enum past_kind)i);
	incidents(&p, past);
	changes(&p, past);
}
