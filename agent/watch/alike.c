#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/watch/parts.h"

/*
 * What was concluded, for all domains that are judged alike.  A provider's
 * domains share name servers, mail servers and answers: where one was judged,
 * another of the same likeness needs no facts and no report.  That makes some
 * 2 us of 150, and when a mail host of 200,000 domains dies, half a second of
 * half a minute.
 *
 * A conclusion holds for so long only, as certificates and signatures age. What
 * speaks of the domain itself, in the key of a cause, is that domain's alone
 * and is not kept; where only the words name the domain, it is judged itself
 * when its words would be told.
 *
 * The facts of a domain are put together to find out what it rests on, too,
 * once for each thing that it leads to: some 60 us each time.  It rests on what
 * the last one did that was put together and has the same outline; mostly
 * nothing is left to do then.
 *
 * The table has a few slots for each likeness; where all of them are taken, the
 * oldest goes: it is made anew if it is asked for again.
 */

#define WAYS      4
#define SLOTS_MIN 256
#define SLOTS_MAX 65536
/* Domains to a slot: there is little use in one for less. */
#define SHARED 8

#define AGE_MAX_MS 600000

/* At a time, 5 ms: all of 65,536 take a tenth of a second. */
#define FORGOTTEN 4096

/* What a judgement rests on. */
struct likeness {
	struct model_likeness model;
	uint64_t alive; /* two bits for each vantage */
};

struct kept {
	struct likeness likeness;
	const char *last_ns; /* held; what its causes were named by, if its own
	                      * set was not known */
	struct mono made;
	struct conclusion conclusion;
};

struct alike {
	size_t size;        /* a power of two */
	uint32_t *outlined; /* one of each outline: its id, plus 1 */
	struct kept *slot[];
};

/* --------------------------------------------------------------- conclusions
 */

static size_t
index_of(const struct rule *rule)
{
	size_t i = 0;

	while (rules_all[i] != rule)
		i++;
	return i;
}

static int
list_findings(struct conclusion *j, const struct findings *all)
{
	size_t n = all->n > UINT8_MAX ? UINT8_MAX : all->n;

	j->found = n == 0 ? NULL : calloc(n, sizeof(*j->found));
	if (n > 0 && j->found == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		j->found[i] = (struct found){
			.rule = (uint8_t)index_of(all->finding[i].rule),
			.severity = (uint8_t)all->finding[i].severity,
		};
	j->nfound = (uint8_t)n;
	return 0;
}

/* Held; *text, which is freed, is NULL without memory and "" where the set is
 * not known. */
static int
hold(struct watch *w, char *text, const char **out)
{
	bool known = text != NULL && *text != '\0';

	*out = known ? set_hold(w, text) : NULL;
	if (text == NULL || (known && *out == NULL)) {
		free(text);
		return -1;
	}
	free(text);
	return 0;
}

static bool
names(const struct symptom *s, const char *domain)
{
	bool found = strstr(s->message, domain) != NULL ||
	    strstr(s->subject, domain) != NULL;

	for (size_t i = 0; i < s->nevidence && !found; i++)
		found = strstr(s->evidence[i], domain) != NULL;
	return found;
}

static void
look_for_name(
    struct watch *w, const struct domain *domain, struct conclusion *j)
{
	const char *unicode = model_unicode(w->model, domain);

	for (size_t i = 0; i < j->symptoms.n; i++) {
		const struct symptom *s = &j->symptoms.symptom[i];

		j->own |= s->kind == CAUSE_DOMAIN;
		j->named |= names(s, domain->name) ||
		    (unicode != NULL && names(s, unicode));
	}
}

int
conclusion_make(struct watch *w, const struct domain *domain,
    const struct report *report, struct conclusion *j)
{
	*j = (struct conclusion){
		.verdict = (uint8_t)report->verdict,
		.outcome = (uint8_t)report->delivery.outcome,
	};
	if (list_findings(j, &report->findings) == 0 &&
	    hold(w, cause_ns_set(report), &j->ns) == 0 &&
	    hold(w, cause_mx_set(report), &j->mx) == 0 &&
	    causes_of(report, standing_is(&domain->standing)->ns,
	        &j->symptoms) == 0) {
		look_for_name(w, domain, j);
		return 0;
	}
	conclusion_drop(w, j);
	return -1;
}

void
conclusion_drop(struct watch *w, struct conclusion *j)
{
	set_release(w, j->ns);
	set_release(w, j->mx);
	symptoms_free(&j->symptoms);
	free(j->found);
	*j = (struct conclusion){ 0 };
}

/* -------------------------------------------------------------------- table */

static void
drop(struct watch *w, struct kept *kept)
{
	if (kept == NULL)
		return;
	set_release(w, kept->last_ns);
	conclusion_drop(w, &kept->conclusion);
	free(kept);
}

void
alike_forget(struct watch *w)
{
	for (size_t i = 0; w->alike != NULL && i < w->alike->size; i++)
		drop(w, w->alike->slot[i]);
	free(w->alike);
	w->alike = NULL;
}

bool
alike_forget_some(struct watch *w, size_t *next)
{
	size_t size = w->alike == NULL ? 0 : w->alike->size;

	for (size_t n = 0; n < FORGOTTEN && *next < size; n++, (*next)++) {
		drop(w, w->alike->slot[*next]);
		w->alike->slot[*next] = NULL;
	}
	if (*next < size)
		return false;
	alike_forget(w);
	return true;
}

/* As large as the number of domains makes it worth; NULL: no memory. */
static struct alike *
table(struct watch *w)
{
	size_t size = SLOTS_MIN;

	while (size < SLOTS_MAX && size * SHARED < model_count(w->model))
		size *= 2;
	if (w->alike != NULL && w->alike->size >= size)
		return w->alike;
	alike_forget(w);
	w->alike = calloc(1,
	    sizeof(struct alike) + size * (sizeof(void *) + sizeof(uint32_t)));
	if (w->alike == NULL)
		return NULL;
	w->alike->size = size;
	w->alike->outlined = (uint32_t *)&w->alike->slot[size];
	return w->alike;
}

static struct kept **
slots_of(struct alike *alike, const struct likeness *likeness)
{
	uint64_t hash = 0, part[sizeof(*likeness) / sizeof(uint64_t)];

	memcpy(part, likeness, sizeof(part));
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		hash = (hash ^ part[i]) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return &alike->slot[hash & (alike->size - WAYS)];
}

/* Which vantages live matters to those that they fail, and costs nothing. */
static bool
liken(const struct watch *w, const struct domain *domain, struct likeness *out)
{
	out->alive = 0;
	for (unsigned v = 0; v < w->settings->nvantage; v++)
		out->alive |= (uint64_t)model_alive(w->model, v) << 2 * v;
	return model_likeness(w->model, domain, &out->model);
}

static bool
is_same(const struct kept *kept, const struct likeness *likeness,
    const struct domain *domain)
{
	return kept != NULL &&
	    memcmp(&kept->likeness, likeness, sizeof(*likeness)) == 0 &&
	    (kept->conclusion.ns != NULL ||
	        kept->last_ns == standing_is(&domain->standing)->ns);
}

static bool
is_fresh(const struct watch *w, const struct kept *kept)
{
	uint64_t most = w->settings->authority_interval_ms;

	if (most == 0 || most > AGE_MAX_MS)
		most = AGE_MAX_MS;
	return clock_ms_between(kept->made, clock_mono()) < (double)most;
}

struct conclusion *
alike_find(struct watch *w, const struct domain *domain)
{
	struct likeness likeness;
	struct kept **slot;

	if (w->alike == NULL || !liken(w, domain, &likeness))
		return NULL;
	slot = slots_of(w->alike, &likeness);
	for (size_t i = 0; i < WAYS; i++) {
		struct conclusion *j;

		if (!is_same(slot[i], &likeness, domain))
			continue;
		j = &slot[i]->conclusion;
		if (!is_fresh(w, slot[i]) ||
		    (j->named && book_tells(w->book, domain->id, &j->symptoms)))
			return NULL;
		return j;
	}
	return NULL;
}

/* The one of this likeness, or a free one, or the oldest. */
static struct kept **
slot_for(
    struct alike *alike, const struct kept *new, const struct domain *domain)
{
	struct kept **slot = slots_of(alike, &new->likeness), **oldest = slot;

	for (size_t i = 0; i < WAYS; i++)
		if (is_same(slot[i], &new->likeness, domain))
			return &slot[i];
	for (size_t i = 0; i < WAYS; i++) {
		if (slot[i] == NULL)
			return &slot[i];
		if (slot[i]->made.us < (*oldest)->made.us)
			oldest = &slot[i];
	}
	return oldest;
}

/* Without memory it is of use for this domain alone. */
void
alike_keep(
    struct watch *w, const struct domain *domain, struct conclusion *conclusion)
{
	struct alike *alike = conclusion->own ? NULL : table(w);
	struct kept *kept = alike == NULL ? NULL : calloc(1, sizeof(*kept));
	struct kept **slot;

	if (kept == NULL || !liken(w, domain, &kept->likeness)) {
		free(kept);
		conclusion_drop(w, conclusion);
		return;
	}
	kept->made = clock_mono();
	kept->last_ns = set_again(standing_is(&domain->standing)->ns);
	kept->conclusion = *conclusion;
	slot = slot_for(alike, kept, domain);
	drop(w, *slot);
	*slot = kept;
}

/* ----------------------------------------------------------------- outlines */

void
alike_outline(struct watch *w, const struct domain *domain)
{
	uint64_t outline = model_outline(w->model, domain);
	struct alike *alike = outline == 0 ? NULL : table(w);

	if (alike != NULL)
		alike->outlined[outline >> 1 & (alike->size - 1)] =
		    domain->id + 1;
}

bool
alike_rest(struct watch *w, struct domain *domain, bool *pending)
{
	uint64_t outline = model_outline(w->model, domain);
	const struct domain *other;
	uint32_t id;

	if (outline == 0 || w->alike == NULL)
		return false;
	id = w->alike->outlined[outline >> 1 & (w->alike->size - 1)];
	other = id == 0 ? NULL : model_domain(w->model, id - 1);
	return other != NULL &&
	    model_rest_like(w->model, domain, other, pending);
}
