#include <stdlib.h>
#include <string.h>

#include "agent/status/gather.h"
#include "agent/status/reply.h"

/*
 * What the lists of several pages are made from.  Nothing here changes
 * anything: it asks the watch, the model, the book and the store.
 */

void
gather_sheet(struct sheet *s, const struct ask *ask)
{
	const char *refresh = ask_value(ask, "refresh");

	s->ask = ask;
	s->now = clock_wall();
	s->live = refresh == NULL || strcmp(refresh, "off") != 0;
}

/* -------------------------------------------------------------- domains */

static void
worst_finding(const struct stand *s, struct domain_line *l)
{
	const struct found *worst = NULL;

	for (size_t i = 0; i < s->nfound; i++) {
		const struct found *f = &s->found[i];

		if (f->rule >= rules_count || f->severity <= SEVERITY_INFO)
			continue;
		if (worst != NULL)
			l->more++;
		if (worst == NULL || f->severity > worst->severity)
			worst = f;
	}
	l->rule = worst == NULL ? NULL : rules_all[worst->rule];
}

void
gather_domain_line(
    struct watch *w, const struct domain *domain, struct domain_line *l)
{
	const struct standing *s = &domain->standing;

	*l = (struct domain_line){
		.name = domain->name,
		.unicode = model_unicode(watch_model(w), domain),
		.mark = MARK_PENDING,
		.outcome = OUTCOME_UNKNOWN,
	};
	if (!s->known)
		return;
	l->mark = mark_of(s->verdict);
	if (l->mark == MARK_INFO)
		l->mark = MARK_OK;
	l->outcome = s->outcome;
	l->since = standing_since(s);
	l->judged = standing_judged(s);
	worst_finding(standing_is(s), l);
	l->stale = watch_stale(w, domain);
	if (l->stale)
		l->mark = MARK_UNKNOWN;
}

int
gather_domains(struct watch *w, const struct domain_filter *filter,
    size_t offset, size_t limit, struct domain_list *list)
{
	struct domain_part part = { .offset = offset, .n = limit };
	int found = -1;

	part.domain = calloc(limit, sizeof(struct domain *));
	list->line = calloc(limit, sizeof(*list->line));
	if (part.domain != NULL && list->line != NULL)
		found = watch_domains(w, filter, &part);
	list->offset = offset;
	list->total = part.total;
	while (found == 0 && list->n < part.got) {
		gather_domain_line(
		    w, part.domain[list->n], &list->line[list->n]);
		list->n++;
	}
	free(part.domain);
	return found == 0 ? 0 : found == WATCH_LATER ? REPLY_LATER : 500;
}

static const struct {
	const char *name;
	int verdict;
} verdicts[] = {
	{ "critical", SEVERITY_CRITICAL },
	{ "warning", SEVERITY_WARNING },
	{ "unknown", SEVERITY_UNKNOWN },
	{ "ok", SEVERITY_OK },
	{ "pending", -2 },
};

static int
find_verdict(const char *name, int *verdict)
{
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++)
		if (strcmp(verdicts[i].name, name) == 0) {
			*verdict = verdicts[i].verdict;
			return 0;
		}
	return -1;
}

int
gather_filter(const struct ask *ask, struct domain_filter *filter,
    char label[GATHER_LABEL])
{
	const char *verdict = ask_value(ask, "verdict");
	const char *text = ask_value(ask, "label");
	char *colon;

	*filter = (struct domain_filter){ .verdict = -1 };
	filter->search = ask_value(ask, "q");
	if (filter->search != NULL && *filter->search == '\0')
		filter->search = NULL;
	if (verdict != NULL && *verdict != '\0' &&
	    find_verdict(verdict, &filter->verdict) != 0)
		return 400;
	if (text == NULL || *text == '\0')
		return 0;
	if (strlen(text) >= GATHER_LABEL)
		return 400;
	memcpy(label, text, strlen(text) + 1);
	filter->label = label;
	colon = strchr(label, ':');
	if (colon != NULL) {
		*colon = '\0';
		filter->value = colon + 1;
	}
	return 0;
}

/* ---------------------------------------------------------- mail in time */

struct painting {
	struct strip *strip;
	struct wall from;
};

static enum weather
weather_of(const char *state)
{
	static const struct {
		const char *state;
		enum weather weather;
	} all[] = {
		{ "accepted", WEATHER_ACCEPTED },
		{ "refused", WEATHER_REFUSED },
		{ "unknown", WEATHER_UNKNOWN },
		{ "deferred", WEATHER_DEFERRED },
		{ "bounced", WEATHER_BOUNCED },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strcmp(all[i].state, state) == 0)
			return all[i].weather;
	return WEATHER_NONE;
}

/* The enum is in the order of badness: the worst of a piece is seen. */
static void
paint(void *arg, const char *state, struct wall from, struct wall to)
{
	struct painting *p = arg;
	enum weather weather = weather_of(state);
	int64_t piece = (int64_t)STRIP_DAYS * 86400 * 1000000 / STRIP_PIECES;
	int64_t first = (from.us - p->from.us) / piece;
	int64_t last = (to.us - p->from.us - 1) / piece;

	if (first < 0)
		first = 0;
	if (last >= STRIP_PIECES)
		last = STRIP_PIECES - 1;
	for (int64_t i = first; i <= last; i++)
		if (p->strip->piece[i] < weather)
			p->strip->piece[i] = (uint8_t)weather;
	p->strip->known |= weather != WEATHER_NONE;
}

static struct wall
days_before(struct wall t, int days)
{
	return (struct wall){ t.us - (int64_t)days * 86400 * 1000000 };
}

static struct wall
later(struct wall a, struct wall b)
{
	return a.us > b.us ? a : b;
}

void
gather_strip(struct watch *w, const char *kind, const char *name,
    struct wall now, struct strip *s)
{
	struct painting p = { s, days_before(now, STRIP_DAYS) };
	struct store *store = watch_store(w);
	struct span {
		int days;
		struct availability *to;
	} span[] = { { 1, &s->day }, { 7, &s->week },
		{ STRIP_DAYS, &s->month } };
	struct wall first;
	bool failed = store_first_state(store, kind, name, &first) != 1;

	/* What lies before is not unknown: nobody looked. */
	failed = failed ||
	    store_timeline(
	        store, kind, name, later(first, p.from), now, paint, &p) != 0;
	for (size_t i = 0; i < sizeof(span) / sizeof(*span) && !failed; i++)
		failed = store_availability(store, kind, name,
		             later(first, days_before(now, span[i].days)), now,
		             span[i].to) != 0;
	if (failed)
		s->known = false;
}

/* -------------------------------------------------------------- history */

static char *
copy(const char *text)
{
	return text == NULL ? NULL : strdup(text);
}

void
gather_history_add(void *arg, const struct history_row *row)
{
	struct gather_history *g = arg;
	struct history_list *list = g->list;
	struct history_line *l;

	if ((g->incident != 0 && row->incident != g->incident) ||
	    list->n == PAGE_HISTORY)
		return;
	if (list->line == NULL)
		list->line = calloc(PAGE_HISTORY, sizeof(*list->line));
	if (list->line == NULL)
		return;
	l = &list->line[list->n++];
	l->at = row->at;
	l->name = copy(row->name);
	l->what = copy(row->what);
	l->text = copy(row->text);
	l->incident = row->incident;
}

void
history_list_free(struct history_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->line[i].name);
		free(list->line[i].what);
		free(list->line[i].text);
	}
	free(list->line);
}
