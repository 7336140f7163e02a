#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/watch/parts.h"
#include "config/settings_diff.h"

/*
 * The domains of the settings: all of them at the start; and with other
 * settings, what is new and what is gone, while those that stay get their new
 * texts and keep all else.
 *
 * Both lists are sorted by name: they are passed side by side, a slice in a
 * turn of the loop, 0.2 s for a million in all.  What was passed is as the new
 * settings say, the rest as the old ones do, which are therefore kept until the
 * end; watch.by_name holds both after each slice.
 */

#define SLICE_US   10000
#define PAUSE_MS   1
#define PASSED     16384 /* in a slice, at most */
#define FRESH      2048  /* of them new */
#define CLOCK_EACH 64

struct moving {
	struct settings *old;
	size_t at;   /* in by_name: the first that was not passed */
	size_t next; /* of the settings: the same */
	size_t added, removed;
	bool over;
	size_t forgotten; /* then: of what was concluded */
	/* The pair of groups that was compared last: most are in a few. */
	const struct domain_group *before, *after;
	bool same;
	/* In this slice: of the old list, of the new one (NULL: new). */
	size_t was, npassed, nfresh, ngone;
	struct domain *passed[PASSED];
};

static struct domain *
add(struct watch *w, size_t i)
{
	struct domain_setting setting = settings_domain(w->settings, i);
	struct domain *domain;

	w->adding = true;
	domain =
	    model_add(w->model, &setting, &w->settings->group[setting.group]);
	w->adding = false;
	w->unjudged += domain != NULL;
	return domain;
}

int
domains_add(struct watch *w)
{
	const struct settings *s = w->settings;

	w->by_name = calloc(s->ndomain + 1, sizeof(struct domain *));
	if (w->by_name == NULL)
		return -1;
	schedule_pace(w->schedule, s->ndomain, s->dns_interval_ms);
	for (; w->nby_name < s->ndomain; w->nby_name++) {
		w->by_name[w->nby_name] = add(w, w->nby_name);
		if (w->by_name[w->nby_name] == NULL)
			return -1;
	}
	return roll_splice(w, 0, 0, w->nby_name);
}

/* --------------------------------------------------------------- one domain */

static void
forget(struct watch *w, struct moving *m, struct domain *domain)
{
	conclude_forget(w, domain);
	journal_state(w, "domain", domain->name, "unknown");
	journal_gone(w, domain->name);
	model_remove(w->model, domain);
	m->ngone++;
}

static bool
is_same(struct moving *m, const struct domain_group *before,
    const struct domain_group *after)
{
	if (m->before != before || m->after != after) {
		m->before = before;
		m->after = after;
		m->same = settings_same_group(before, after);
	}
	return m->same;
}

/* With another interval, or other expectations, it is judged again; a new one
 * is looked at first. */
static void
keep(struct watch *w, struct moving *m, struct domain *domain,
    const struct domain_setting *setting)
{
	const struct domain_group *group = &w->settings->group[setting->group];
	bool same = is_same(m, domain->group, group);

	model_regroup(w->model, domain, setting, group);
	if (!same && domain->standing.known)
		model_renew(w->model, domain);
}

/* ---------------------------------------------------------------- one slice */

static bool
is_over(const struct watch *w, const struct moving *m)
{
	return m->at + m->was == w->nby_name &&
	    m->next + m->npassed == w->settings->ndomain;
}

/* The next of both lists. */
static void
pass_one(struct watch *w, struct moving *m)
{
	const struct settings *s = w->settings;
	size_t i = m->at + m->was, j = m->next + m->npassed;
	struct domain *domain = i < w->nby_name ? w->by_name[i] : NULL;
	struct domain_setting setting = { .name = NULL };
	int order = 1;

	if (j < s->ndomain)
		setting = settings_domain(s, j);
	if (domain != NULL)
		order = setting.name == NULL ?
		    -1 :
		    strcmp(domain->name, setting.name);
	m->was += order <= 0;
	if (order < 0) {
		forget(w, m, domain);
		return;
	}
	if (order == 0)
		keep(w, m, domain, &setting);
	else
		m->nfresh++;
	m->passed[m->npassed++] = order == 0 ? domain : NULL;
}

static void
pass_some(struct watch *w, struct moving *m, int64_t end)
{
	m->was = m->npassed = m->nfresh = m->ngone = 0;
	for (size_t n = 1;
	     !is_over(w, m) && m->npassed < PASSED && m->nfresh < FRESH; n++) {
		pass_one(w, m);
		if (n % CLOCK_EACH == 0 && clock_mono().us >= end)
			break;
	}
}

/* The number of a domain that is gone will be another's. */
static void
forget_example(void *arg, struct cause *cause)
{
	const struct watch *w = arg;

	if (model_domain(w->model, cause->example) == NULL)
		cause->example = UINT32_MAX;
}

/* Those that are new, now that those that are gone are forgotten.  Returns how
 * many of the new list there are. */
static size_t
add_fresh(struct watch *w, struct moving *m)
{
	size_t n = 0;

	for (size_t k = 0; k < m->npassed; k++) {
		struct domain *domain = m->passed[k];

		if (domain == NULL) {
			domain = add(w, m->next + k);
			m->added += domain != NULL;
		}
		if (domain == NULL)
			log_error("%s: out of memory",
			    settings_domain(w->settings, m->next + k).name);
		else
			m->passed[n++] = domain;
	}
	return n;
}

/* There is room: domains_prepare(). */
static void
replace(struct watch *w, struct moving *m, size_t n)
{
	struct domain **to = w->by_name + m->at;

	memmove(to + n, to + m->was,
	    (w->nby_name - m->at - m->was) * sizeof(struct domain *));
	memcpy(to, m->passed, n * sizeof(struct domain *));
	w->nby_name += n - m->was;
	sift_free(w);
	if (roll_splice(w, m->at, m->was, n) != 0)
		log_error("out of memory while loading the configuration");
}

/* Returns whether that was all. */
static bool
move(struct watch *w, int64_t end)
{
	struct moving *m = w->moving;
	size_t n;
	bool over;

	pass_some(w, m, end);
	over = is_over(w, m);
	if (m->ngone > 0)
		book_each(w->book, false, forget_example, w);
	n = m->nfresh > 0 ? add_fresh(w, m) : m->npassed;
	if (m->ngone > 0 || m->nfresh > 0)
		replace(w, m, n);
	m->removed += m->ngone;
	m->next += m->npassed;
	m->at += n;
	return over;
}

/* --------------------------------------------------------------------- all */

static void
say(const struct watch *w)
{
	const struct log_about about = { .event = "reloaded" };

	log_say(LOG_INFO, &about,
	    "configuration loaded again: %zu domains, %zu new, %zu gone",
	    w->nby_name, w->moving->added, w->moving->removed);
}

void
domains_free(struct watch *w)
{
	if (w->moving == NULL)
		return;
	if (w->moving->old != NULL)
		settings_free(w->moving->old);
	free(w->moving->old);
	free(w->moving);
	w->moving = NULL;
}

/* There was room for both lists. */
static void
shrink(struct watch *w)
{
	struct domain **less =
	    reallocarray(w->by_name, w->nby_name + 1, sizeof(struct domain *));

	if (less != NULL)
		w->by_name = less;
}

/* A slice.  Last, what was concluded is forgotten, for it is kept by the
 * groups, and those of the old settings go.  Returns whether that was all. */
static bool
go(struct watch *w, int64_t end)
{
	struct moving *m = w->moving;

	m->over = m->over || move(w, end);
	return m->over && alike_forget_some(w, &m->forgotten);
}

static void
finish(struct watch *w)
{
	say(w);
	shrink(w);
	sift_free(w);
	domains_free(w);
	settings_drop_list(w->settings);
	conclude_soon(w);
	look_pump(w);
	journal_commit(w->journal, true);
}

static void
go_on(uv_timer_t *timer)
{
	struct watch *w = timer->data;

	if (go(w, clock_mono().us + SLICE_US)) {
		finish(w);
		return;
	}
	conclude_soon(w);
	look_pump(w);
	uv_timer_start(timer, go_on, PAUSE_MS, 0);
}

int
domains_prepare(struct watch *w, const struct settings *new)
{
	struct moving *moving;
	struct domain **room;

	/* The one before is not through. */
	if (w->moving != NULL) {
		uv_timer_stop(&w->domains);
		while (!go(w, INT64_MAX))
			;
		finish(w);
	}
	moving = malloc(sizeof(*moving));
	room = reallocarray(w->by_name, w->nby_name + new->ndomain + 1,
	    sizeof(struct domain *));
	if (room != NULL)
		w->by_name = room;
	if (moving == NULL || room == NULL) {
		free(moving);
		return -1;
	}
	*moving = (struct moving){ .old = NULL };
	w->moving = moving;
	return 0;
}

void
domains_change(struct watch *w, struct settings *old)
{
	const struct settings *s = w->settings;

	w->moving->old = old;
	schedule_pace(w->schedule, s->ndomain, s->dns_interval_ms);
	go_on(&w->domains);
}
