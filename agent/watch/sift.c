#include <stdlib.h>
#include <string.h>

#include "agent/watch/grams.h"
#include "agent/watch/life.h"
#include "agent/watch/parts.h"

/*
 * Which domains are searched for?  To look through a million names takes some
 * 30 ms or more, so it is done a slice at a time, and whoever asks is asked to
 * come back; most names need not be looked at at all (grams.h).  What was found
 * is a bit for each domain, in the order of their names; it is kept while
 * somebody asks for it, for names and labels change with a reload only.  How
 * the domains stand is not in it, but in the roll.
 */

/* Kept at a time: as many as there may be connections, so that none is dropped
 * before it is whole. */
#define SIFTS 128

#define SLICE_US 2000 /* for one question, in one turn of the loop */
#define KEEP_MS  60000

struct sift {
	TAILQ_ENTRY(sift) link; /* asked for last: first */
	char *search, *label, *value;
	struct gram_set grams;
	size_t n;
	size_t word;   /* of blocks, the next to be looked at; done */
	uint64_t rest; /* what is left of the blocks before it */
	int64_t asked_ms;
	uint64_t bits[];
};

static bool
has_label(const struct domain_group *group, const char *key, const char *value)
{
	for (size_t i = 0; i < group->nlabel; i++)
		if (strcmp(group->label[i].key, key) == 0 &&
		    (value == NULL ||
		        strcmp(group->label[i].value, value) == 0))
			return true;
	return false;
}

static bool
matches(struct watch *w, const struct sift *sift, const struct domain *domain)
{
	const char *unicode;

	if (sift->label != NULL &&
	    !has_label(domain->group, sift->label, sift->value))
		return false;
	if (sift->search == NULL ||
	    strcasestr(domain->name, sift->search) != NULL)
		return true;
	unicode = model_unicode(w->model, domain);
	return unicode != NULL && strcasestr(unicode, sift->search) != NULL;
}

/* -------------------------------------------------------------------- life */

static void
drop(struct watch *w, struct sift *sift)
{
	TAILQ_REMOVE(&w->sifts, sift, link);
	w->nsift--;
	free(sift->search);
	free(sift->label);
	free(sift->value);
	free(sift);
}

void
sift_free(struct watch *w)
{
	struct sift *sift;

	while ((sift = TAILQ_FIRST(&w->sifts)) != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): off the list */
		drop(w, sift);
	grams_free(w->grams);
	w->grams = NULL;
}

void
sift_tick(struct watch *w)
{
	struct sift *sift;

	while ((sift = TAILQ_LAST(&w->sifts, sift_list)) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): off the list */
		if (watch_now().ms - sift->asked_ms <= KEEP_MS)
			return;
		drop(w, sift);
	}
	sift_free(w);
}

static bool
copy(const char *text, char **out)
{
	*out = text == NULL ? NULL : strdup(text);
	return text == NULL || *out != NULL;
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static struct sift *
begin(struct watch *w, const struct domain_filter *filter)
{
	size_t n = w->nby_name;
	struct sift *sift =
	    calloc(1, sizeof(*sift) + (n / 64 + 1) * sizeof(uint64_t));

	if (sift == NULL)
		return NULL;
	if (w->nsift == SIFTS)
		drop(w, TAILQ_LAST(&w->sifts, sift_list));
	sift->n = n;
	grams_of(&sift->grams, filter->search == NULL ? "" : filter->search);
	TAILQ_INSERT_HEAD(&w->sifts, sift, link);
	w->nsift++;
	if (copy(filter->search, &sift->search) &&
	    copy(filter->label, &sift->label) &&
	    copy(filter->value, &sift->value))
		return sift;
	drop(w, sift);
	return NULL;
}

static struct sift *
find(struct watch *w, const struct domain_filter *filter)
{
	struct sift *sift;

	TAILQ_FOREACH (sift, &w->sifts, link) {
		if (!same(sift->search, filter->search) ||
		    !same(sift->label, filter->label) ||
		    !same(sift->value, filter->value))
			continue;
		TAILQ_REMOVE(&w->sifts, sift, link);
		TAILQ_INSERT_HEAD(&w->sifts, sift, link);
		return sift;
	}
	return begin(w, filter);
}

/* ----------------------------------------------------------------- looking */

/* The index of all names; false: it is not whole yet. */
static bool
index_names(struct watch *w, int64_t end)
{
	size_t n = w->nby_name;

	if (w->grams == NULL) {
		w->grams = grams_new(n);
		w->ngrams = 0;
	}
	while (w->grams != NULL && w->ngrams < n) {
		const struct domain *domain = w->by_name[w->ngrams];
		const char *unicode = model_unicode(w->model, domain);

		grams_add(w->grams, w->ngrams, domain->name);
		if (unicode != NULL)
			grams_add(w->grams, w->ngrams, unicode);
		if (++w->ngrams % GRAMS_BLOCK == 0 && clock_mono().us >= end)
			return false;
	}
	return w->grams != NULL;
}

static void
look_at_block(struct watch *w, struct sift *sift, size_t block)
{
	uint64_t found = 0;

	for (size_t k = 0, i = block * GRAMS_BLOCK; k < GRAMS_BLOCK; k++, i++)
		if (i < sift->n && matches(w, sift, w->by_name[i]))
			found |= UINT64_C(1) << k;
	sift->bits[block] = found;
}

/* False: not all of it yet. */
static bool
look_through(struct watch *w, struct sift *sift, int64_t end)
{
	while (sift->rest != 0 || sift->word < grams_words(w->grams)) {
		if (sift->rest == 0) {
			sift->rest =
			    grams_blocks(w->grams, &sift->grams, sift->word++);
			continue;
		}
		look_at_block(w, sift,
		    (sift->word - 1) * 64 +
		        (size_t)__builtin_ctzll(sift->rest));
		sift->rest &= sift->rest - 1;
		if (clock_mono().us >= end)
			return false;
	}
	return true;
}

enum sifted
sift_find(struct watch *w, const struct domain_filter *filter,
    const struct sift **out)
{
	int64_t end = clock_mono().us + SLICE_US;
	struct sift *sift = find(w, filter);
	bool indexed;

	*out = sift;
	if (sift == NULL)
		return SIFT_FAILED;
	sift->asked_ms = watch_now().ms;
	indexed = index_names(w, end);
	if (w->grams == NULL)
		return SIFT_FAILED;
	return indexed && look_through(w, sift, end) ? SIFT_READY : SIFT_LATER;
}

size_t
sift_next(const struct sift *sift, size_t i)
{
	uint64_t rest;

	if (i >= sift->n)
		return sift->n;
	rest = sift->bits[i / 64] >> i % 64;
	if (rest != 0)
		return i + (size_t)__builtin_ctzll(rest);
	for (i = i / 64 + 1; i * 64 < sift->n; i++)
		if (sift->bits[i] != 0)
			return i * 64 + (size_t)__builtin_ctzll(sift->bits[i]);
	return sift->n;
}
