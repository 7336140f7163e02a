#include <stdlib.h>

#include "agent/watch/parts.h"

/*
 * A trial looks again at what a cause rests on: its addresses, or what its
 * example domain rests on.  It is planned (the timer runs), under way (looks
 * are left), ended (all that was seen is still to be judged), and then told to
 * the book, which may plan the next.  It outlives a cause that is freed
 * meanwhile, for looks point to it.
 */

/* Domains of one name server set that are looked at beside the example, so
 * that an outage is soon seen in its size. */
#define SIBLINGS_MAX 50

struct trial {
	TAILQ_ENTRY(trial) link; /* ended */
	struct watch *watch;
	struct cause *cause; /* NULL: dropped */
	uv_timer_t timer;
	unsigned left;  /* looks under way */
	bool under_way; /* begun, and not told */
	bool unknown;   /* nothing was found out */
	bool found;     /* something was */
};

static void
free_trial(uv_handle_t *handle)
{
	free(handle->data);
}

static void
dissolve(struct trial *trial)
{
	if (trial->cause != NULL)
		trial->cause->trial = NULL;
	trial->cause = NULL;
	uv_close((uv_handle_t *)&trial->timer, free_trial);
}

/* ---------------------------------------------------------------- under way */

static void
end_if_over(struct trial *trial)
{
	if (trial->left > 0)
		return;
	TAILQ_INSERT_TAIL(&trial->watch->ended, trial, link);
	conclude_soon(trial->watch);
}

void
trial_looked(struct trial *trial, bool unknown)
{
	if (unknown)
		trial->unknown = true;
	else
		trial->found = true;
	trial->left--;
	end_if_over(trial);
}

static void
look_again(struct trial *trial, struct thing *thing)
{
	trial->left++;
	look_at(trial->watch, thing, trial);
}

/* What is asked in the DNS; dialogues are for causes seen by them. */
static void
look_at_dns(void *arg, struct thing *thing)
{
	if (thing->kind != THING_ENDPOINT)
		look_again(arg, thing);
}

static void
look_at_any(void *arg, struct thing *thing)
{
	look_again(arg, thing);
}

static void
hurry_sibling(void *arg, struct domain *domain)
{
	struct watch *w = arg;

	if (!domain_own(domain)->busy)
		schedule_after(
		    w->schedule, &domain_own(domain)->slot, 0, clock_mono());
}

/* Does a vantage see a domain otherwise, or most of them? */
static void
hurry_some(struct watch *w)
{
	size_t step = 1 + w->nby_name / SIBLINGS_MAX;

	for (size_t i = 0; i < w->nby_name; i += step)
		hurry_sibling(w, w->by_name[i]);
}

static void
begin(uv_timer_t *timer)
{
	struct trial *trial = timer->data;
	struct watch *w = trial->watch;
	const struct cause *cause = trial->cause;
	struct domain *example = model_domain(w->model, cause->example);

	trial->under_way = true;
	trial->left = 1; /* until all looks have been asked for */
	for (size_t i = 0; cause->by_smtp && i < cause->nip; i++) {
		struct thing *thing = model_endpoint(w->model, &cause->ip[i]);

		if (thing != NULL)
			look_again(trial, thing);
	}
	if (example != NULL && (!cause->by_smtp || trial->left == 1))
		model_rests_on(w->model, example,
		    cause->by_smtp ? look_at_any : look_at_dns, trial);
	if (example != NULL && cause->kind == CAUSE_NS_SET)
		model_siblings(
		    w->model, example, SIBLINGS_MAX, hurry_sibling, w);
	else if (cause->kind == CAUSE_VANTAGE)
		hurry_some(w);
	look_pump(w);
	trial->left--;
	end_if_over(trial);
}

/* ----------------------------------------------------------------- planning */

static struct trial *
new_trial(struct watch *w, struct cause *cause)
{
	struct trial *trial = calloc(1, sizeof(*trial));

	if (trial == NULL)
		return NULL;
	trial->watch = w;
	trial->cause = cause;
	uv_timer_init(w->loop, &trial->timer);
	trial->timer.data = trial;
	cause->trial = trial;
	return trial;
}

void
trial_plan(struct watch *w, struct cause *cause, int64_t at_ms)
{
	int64_t wait = at_ms - watch_now().ms;

	if (w->stopping)
		return;
	if (cause->trial == NULL && new_trial(w, cause) == NULL)
		return; /* the next look of the schedule goes on */
	if (!cause->trial->under_way)
		uv_timer_start(&cause->trial->timer, begin,
		    wait > 0 ? (uint64_t)wait : 0, 0);
}

void
trial_drop(struct cause *cause)
{
	struct trial *trial = cause->trial;

	if (trial == NULL)
		return;
	cause->trial = NULL;
	trial->cause = NULL;
	if (!trial->under_way)
		dissolve(trial);
}

/* What was seen is not judged yet: it led to more that must be looked at. */
static bool
is_pending(const struct watch *w, const struct cause *cause)
{
	const struct domain *example = model_domain(w->model, cause->example);

	return example != NULL && example->standing.pending;
}

/* Of what an earlier run left open, no member means nothing before every
 * domain has been judged again. */
static bool
is_premature(const struct watch *w, const struct cause *cause)
{
	return cause->restored && cause->nmember == 0 && w->unjudged > 0;
}

static void
conclude(struct watch *w, struct trial *trial)
{
	struct cause *cause = trial->cause;
	bool unknown = trial->unknown && !trial->found;

	TAILQ_REMOVE(&w->ended, trial, link);
	dissolve(trial);
	if (cause != NULL)
		book_looked(w->book, cause,
		    unknown || is_pending(w, cause) || is_premature(w, cause),
		    watch_now());
}

/* Those that have ended by now: what they lead to is judged first. */
void
trial_conclude(struct watch *w)
{
	const struct trial *last = TAILQ_LAST(&w->ended, trial_list);
	bool more = last != NULL;

	while (more) {
		struct trial *trial = TAILQ_FIRST(&w->ended);

		more = trial != last;
		conclude(w, trial);
	}
}

void
trial_free(struct watch *w)
{
	struct trial *trial;

	while ((trial = TAILQ_FIRST(&w->ended)) != NULL) {
		TAILQ_REMOVE(&w->ended, trial, link);
		dissolve(trial);
	}
}
