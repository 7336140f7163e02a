#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/status/sheet.h"
#include "agent/status/html.h"

/*
 * The first page: one sentence that answers whether mail gets in; how the agent
 * itself is; what is wrong now; all domains, worst first.
 */

/* ----------------------------------------------------------- the answer */

/* What the sentence is made of. */
struct conclusion {
	enum mark mark;
	size_t bad;   /* domains that get no mail */
	size_t known; /* those that were looked at */
	const char *blind;
};

static struct conclusion
conclude(const struct home *h)
{
	const struct watch_counts *c = &h->counts;
	struct conclusion a = { .mark = MARK_OK,
		.bad = c->deferred + c->bounced,
		.known = c->domains - c->pending };

	for (size_t i = 0; i < SIGHT_COUNT && a.blind == NULL; i++)
		if (h->health.blind[i])
			a.blind = h->health.blind_why[i] == NULL ?
			    "" :
			    h->health.blind_why[i];
	if (c->domains == 0 || c->pending == c->domains)
		a.mark = MARK_PENDING;
	else if (a.blind == NULL && (a.bad > 0 || c->critical > 0))
		a.mark = MARK_CRITICAL;
	else if (a.blind != NULL || c->unknown > 0)
		a.mark = MARK_UNKNOWN;
	else if (c->warning > 0)
		a.mark = MARK_WARNING;
	return a;
}

/* "for all 1,234 domains that take mail", "for 1,230 of 1,234 domains" */
static void
for_whom(struct buf *b, const struct watch_counts *c, size_t known)
{
	bool all = c->accepted + c->refused == known;

	buf_puts(b, "for ");
	if (!all) {
		html_count(b, c->accepted);
		buf_puts(b, " of ");
		html_counted(b, known, "domain", "domains");
		return;
	}
	buf_puts(b, c->accepted > 1 ? "all " : "");
	html_counted(b, c->accepted, "domain", "domains");
	if (c->refused > 0)
		buf_puts(b,
		    c->accepted == 1 ? " that takes mail" : " that take mail");
	else if (c->pending > 0)
		buf_puts(b, " looked at so far");
}

static void
sentence(struct buf *b, const struct home *h, const struct conclusion *a)
{
	const struct watch_counts *c = &h->counts;

	if (c->domains == 0) {
		buf_puts(b, "No domain is watched yet");
	} else if (c->pending == c->domains) {
		buf_puts(b, "The first look is under way");
	} else if (a->blind != NULL) {
		buf_puts(b, "The agent cannot see whether mail gets in");
	} else if (a->bad > 0) {
		html_count(b, a->bad);
		buf_puts(b, " of ");
		html_counted(b, a->known, "domain", "domains");
		buf_puts(b, a->bad == 1 ? " gets no mail" : " get no mail");
	} else if (c->refused == a->known) {
		buf_puts(b, "No domain takes mail, as each says itself");
	} else {
		buf_puts(b, "Mail gets in ");
		for_whom(b, c, a->known);
	}
}

/* Part of a list "a · b · c". */
static void
part(struct buf *b, size_t *n, size_t count, const char *one, const char *many)
{
	if (count == 0)
		return;
	if ((*n)++ > 0)
		buf_puts(b, " \xc2\xb7 ");
	html_count(b, count);
	buf_putc(b, ' ');
	buf_puts(b, count == 1 ? one : many);
}

/* Those that get mail though something is broken: not all that have a warning
 * do.  Whoever is fine gets mail, or wants none. */
static size_t
limping(const struct watch_counts *c)
{
	size_t n = c->accepted + c->refused;

	n = n > c->ok ? n - c->ok : 0;
	return n < c->warning ? n : c->warning;
}

static void
details(struct buf *b, const struct home *h, const struct conclusion *a)
{
	const struct watch_counts *c = &h->counts;
	size_t n = 0;

	buf_puts(b, "<p>");
	if (a->blind != NULL && *a->blind != '\0') {
		html_text(b, a->blind);
		buf_puts(b, "; what is shown is what was known before</p><p>");
	}
	part(b, &n, c->bounced, "has its mail bounced", "have mail bounced");
	part(b, &n, c->deferred, "has its mail waiting at the senders",
	    "have mail waiting at the senders");
	part(b, &n, limping(c), "gets mail, with something broken",
	    "get mail, with something broken");
	part(b, &n, c->unknown, "is not known", "are not known");
	part(b, &n, c->refused, "takes no mail, and says so",
	    "take no mail, and say so");
	part(b, &n, c->pending, "not looked at yet", "not looked at yet");
	if (n == 0 && c->domains > 0)
		buf_puts(b, "Nothing is wrong with any of them.");
	if (c->domains == 0)
		buf_puts(b,
		    "List them in the configuration, under "
		    "<code>domains</code> or <code>domain_files</code>.");
	buf_puts(b, "</p>");
}

/* The parts of all domains, as a bar. */
static void
bar(struct buf *b, const struct watch_counts *c)
{
	const struct {
		size_t n;
		enum weather weather;
	} share[] = { { c->critical, WEATHER_BOUNCED },
		{ c->unknown, WEATHER_UNKNOWN },
		{ c->warning, WEATHER_DEFERRED }, { c->ok, WEATHER_ACCEPTED },
		{ c->pending, WEATHER_NONE } };
	double x = 0;

	if (c->domains == 0)
		return;
	buf_puts(b,
	    "<svg class=\"bar\" viewBox=\"0 0 1000 8\" "
	    "preserveAspectRatio=\"none\" aria-hidden=\"true\">");
	for (size_t i = 0; i < sizeof(share) / sizeof(*share); i++) {
		double width = 1000 * (double)share[i].n / (double)c->domains;

		/* One of very many is seen, too. */
		if (share[i].n > 0 && width < 6)
			width = 6;
		if (share[i].n > 0)
			buf_printf(b,
			    "<rect class=\"w%d\" x=\"%.1f\" width=\"%.1f\" "
			    "height=\"8\"/>",
			    (int)share[i].weather, x, width);
		x += width;
	}
	buf_puts(b, "</svg>");
}

static void
hero(struct buf *b, const struct home *h)
{
	struct conclusion a = conclude(h);

	sheet_hero(b, a.mark);
	buf_puts(b, "<h1>");
	sentence(b, h, &a);
	buf_puts(b, "</h1>");
	details(b, h, &a);
	bar(b, &h->counts);
	sheet_hero_end(b);
}

/* ------------------------------------------------------------ the list */

static const struct {
	const char *value, *word;
	enum mark mark;
} chips[] = {
	{ NULL, "All", MARK_COUNT },
	{ "critical", "Critical", MARK_CRITICAL },
	{ "unknown", "Not known", MARK_UNKNOWN },
	{ "warning", "Warning", MARK_WARNING },
	{ "ok", "Fine", MARK_OK },
	{ "pending", "Not yet", MARK_PENDING },
};

static size_t
count_of(const struct watch_counts *c, const char *verdict)
{
	const struct {
		const char *name;
		size_t n;
	} count[] = { { "critical", c->critical }, { "unknown", c->unknown },
		{ "warning", c->warning }, { "ok", c->ok },
		{ "pending", c->pending } };

	for (size_t i = 0; verdict != NULL && i < 5; i++)
		if (strcmp(verdict, count[i].name) == 0)
			return count[i].n;
	return c->domains;
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The same page without what only makes sense on another one. */
static void
chip_link(struct buf *b, const struct home *h, const char *verdict)
{
	struct ask plain = *h->sheet.ask;
	size_t n = 0;

	for (size_t i = 0; i < plain.npair; i++)
		if (strcmp(plain.pair[i].key, "offset") != 0)
			plain.pair[n++] = plain.pair[i];
	plain.npair = n;
	ask_link(b, &plain, "verdict", verdict);
}

static void
filters(struct buf *b, const struct home *h)
{
	buf_puts(b, "<nav class=\"chips\" aria-label=\"By state\">");
	for (size_t i = 0; i < sizeof(chips) / sizeof(*chips); i++) {
		size_t n = count_of(&h->counts, chips[i].value);

		if (n == 0 && i > 0 && !same(chips[i].value, h->verdict))
			continue;
		buf_puts(b, "<a href=\"");
		chip_link(b, h, chips[i].value);
		buf_putc(b, '"');
		if (chips[i].mark != MARK_COUNT)
			buf_printf(
			    b, " class=\"%s\"", sheet_class(chips[i].mark));
		if (same(chips[i].value, h->verdict))
			buf_puts(b, " aria-current=\"true\"");
		buf_putc(b, '>');
		if (chips[i].mark != MARK_COUNT)
			sheet_icon(b, chips[i].mark);
		buf_printf(b, "%s ", chips[i].word);
		html_count(b, n);
		buf_puts(b, "</a>");
	}
	buf_puts(b, "</nav>");
}

/* What a search keeps of what was asked before. */
static void
keep(struct buf *b, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, "<input type=\"hidden\" name=\"%s\" value=\"", key);
	html_text(b, value);
	buf_puts(b, "\">");
}

static void
search(struct buf *b, const struct home *h)
{
	buf_puts(b,
	    "<form action=\"/\" method=\"get\" role=\"search\">"
	    "<input type=\"search\" name=\"q\" maxlength=\"255\" "
	    "aria-label=\"Part of a domain's name\" "
	    "placeholder=\"Find a domain\" value=\"");
	html_text(b, h->search);
	buf_puts(b, "\">");
	keep(b, "verdict", h->verdict);
	keep(b, "label", h->label);
	keep(b, "refresh", h->sheet.live ? NULL : "off");
	buf_puts(b, "<button>Find</button></form>");
}

static void
matches(struct buf *b, const struct home *h)
{
	if (h->search == NULL && h->verdict == NULL && h->label == NULL)
		return;
	buf_puts(b, " <span class=\"dim\">");
	html_counted(b, h->domains.total, "match", "match");
	if (h->label != NULL) {
		buf_puts(b, ", label ");
		html_text(b, h->label);
	}
	buf_puts(b, " \xc2\xb7 <a href=\"/\">all</a></span>");
}

static void
domains(struct buf *b, const struct home *h)
{
	buf_puts(b, "<section aria-labelledby=\"d\"><h2 id=\"d\">Domains");
	matches(b, h);
	buf_puts(b, "</h2>\n<div class=\"find\">");
	search(b, h);
	filters(b, h);
	buf_puts(b, "</div>\n");
	sheet_domains(b, &h->sheet, &h->domains);
	buf_puts(b, "</section>\n");
}

static void
incidents(struct buf *b, const struct home *h)
{
	const struct incident_list *list = &h->incidents;

	if (list->n == 0)
		return;
	buf_puts(b,
	    "<section aria-labelledby=\"i\"><h2 id=\"i\">Open incidents "
	    "<span class=\"dim\">");
	html_count(b, list->total);
	buf_puts(b, "</span></h2>\n");
	sheet_incidents(b, &h->sheet, list);
	if (list->total > list->n) {
		buf_puts(b, "<p class=\"crumb\"><a href=\"/incidents\">and ");
		html_count(b, list->total - list->n);
		buf_puts(b, " more</a></p>");
	}
	buf_puts(b, "</section>\n");
}

void
render_home(struct buf *b, const struct home *h)
{
	struct conclusion a = conclude(h);
	struct buf title;

	buf_init(&title, 0);
	sentence(&title, h, &a);
	sheet_begin(b, &h->sheet, buf_str(&title), a.mark, "/");
	b->failed |= title.failed;
	buf_free(&title);
	hero(b, h);
	sheet_agent(b, h);
	incidents(b, h);
	domains(b, h);
	sheet_end(b, &h->sheet);
}
