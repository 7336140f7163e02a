#include <stdlib.h>

#include "agent/sched/schedule.h"

/*
 * Each FIFO has a gate: the time at which it lets the next slot out.  Passing
 * moves the gate on by one step of its pace, from where it stood, or from a
 * moment ago when it has stood open for longer: a loop that wakes up late may
 * make that up, but no more.
 *
 *	first looks	the pace of schedule_pace(); no other due time
 *	second looks	as many in their time as came since there were none
 *	a delay		due after the delay, and the gate keeps what is overdue
 *			to twice the usual rate
 *
 * Of several FIFOs whose gates are open, the one goes first that is open
 *longest; no gate stays open, so each has its share, by its pace, when not all
 *can go: first looks do not hold up what earlier ones want.
 */

#define SECOND     INT64_C(1000000) /* in µs */
#define MADE_UP    (SECOND / 10)    /* what a late loop may make up */
#define FIRST_RATE 200              /* a second, at least */
#define LATE_RATE  400

#define DUE_MASK ((UINT64_C(1) << 48) - 1)

/* What one first look may want at once, and the part of the delay that is over
 * before a second look. */
#define FOLLOW      16
#define SECOND_PART 8

const double schedule_bounds[SCHEDULE_BUCKETS] = { 0.005, 0.01, 0.025, 0.05,
	0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60 };

TAILQ_HEAD(slots, slot);

enum kind { FIRST_LOOKS, SECOND_LOOKS, DELAY };

struct fifo {
	struct fifo *next;
	uint16_t number; /* what slots call it */
	struct slots slots;
	size_t count;
	enum kind kind;
	size_t came;       /* SECOND_LOOKS: since it was empty */
	uint64_t delay_ms; /* 0 for first looks */
	struct mono gate;
};

struct schedule {
	struct fifo first;  /* then the others: a few */
	struct fifo **fifo; /* by their numbers, less one */
	size_t nfifo;
	double first_rate; /* a second */
	size_t count;
	struct lateness late;
};

static void
init_fifo(struct fifo *fifo, enum kind kind, uint64_t delay_ms)
{
	*fifo = (struct fifo){
		.kind = kind, .delay_ms = delay_ms, .gate = { INT64_MIN }
	};
	TAILQ_INIT(&fifo->slots);
}

/* For its slots, which have no room for a pointer to it. */
static bool
number_fifo(struct schedule *s, struct fifo *fifo)
{
	struct fifo **more = NULL;

	if (s->nfifo < UINT16_MAX)
		more =
		    reallocarray(s->fifo, s->nfifo + 1, sizeof(struct fifo *));
	if (more == NULL)
		return false;
	s->fifo = more;
	s->fifo[s->nfifo++] = fifo;
	fifo->number = (uint16_t)s->nfifo;
	return true;
}

struct schedule *
schedule_new(void)
{
	struct schedule *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	init_fifo(&s->first, FIRST_LOOKS, 0);
	s->first_rate = FIRST_RATE;
	if (number_fifo(s, &s->first))
		return s;
	free(s);
	return NULL;
}

void
schedule_free(struct schedule *s)
{
	struct fifo *fifo;

	if (s == NULL)
		return;
	while ((fifo = s->first.next) != NULL) {
		s->first.next = fifo->next;
		free(fifo);
	}
	free(s->fifo);
	free(s);
}

/* ------------------------------------------------------------- in and out */

void
slot_init(struct slot *slot)
{
	*slot = (struct slot){ .fifo = 0 };
}

static void
append(struct schedule *s, struct fifo *fifo, struct slot *slot)
{
	TAILQ_INSERT_TAIL(&fifo->slots, slot, link);
	slot->fifo = fifo->number;
	fifo->came = fifo->count == 0 ? 1 : fifo->came + 1;
	fifo->count++;
	s->count++;
}

void
schedule_remove(struct schedule *s, struct slot *slot)
{
	struct fifo *fifo;

	if (!slot_is_scheduled(slot))
		return;
	fifo = s->fifo[slot->fifo - 1];
	TAILQ_REMOVE(&fifo->slots, slot, link);
	slot->fifo = 0;
	slot->user = NULL;
	fifo->count--;
	s->count--;
}

static struct fifo *
fifo_of(struct schedule *s, enum kind kind, uint64_t delay_ms)
{
	struct fifo *fifo;

	for (fifo = s->first.next; fifo != NULL; fifo = fifo->next)
		if (fifo->kind == kind && fifo->delay_ms == delay_ms)
			return fifo;
	fifo = malloc(sizeof(*fifo));
	if (fifo == NULL)
		return NULL;
	init_fifo(fifo, kind, delay_ms);
	if (!number_fifo(s, fifo)) {
		free(fifo);
		return NULL;
	}
	fifo->next = s->first.next;
	s->first.next = fifo;
	return fifo;
}

static int
add(struct schedule *s, struct slot *slot, struct fifo *fifo, struct mono due)
{
	schedule_remove(s, slot);
	if (fifo == NULL)
		return -1;
	slot->due = (uint64_t)due.us & DUE_MASK;
	append(s, fifo, slot);
	return 0;
}

static struct mono
later(struct mono now, uint64_t ms)
{
	return (struct mono){ now.us + (int64_t)ms * 1000 };
}

int
schedule_after(
    struct schedule *s, struct slot *slot, uint64_t delay_ms, struct mono now)
{
	return add(s, slot, fifo_of(s, DELAY, delay_ms), later(now, delay_ms));
}

int
schedule_spread(
    struct schedule *s, struct slot *slot, uint64_t delay_ms, struct mono now)
{
	return add(s, slot, fifo_of(s, SECOND_LOOKS, delay_ms),
	    later(now, delay_ms / SECOND_PART));
}

int
schedule_first(struct schedule *s, struct slot *slot, struct mono now)
{
	return add(s, slot, &s->first, now);
}

void
schedule_pace(struct schedule *s, size_t n, uint64_t interval_ms)
{
	double spread =
	    interval_ms == 0 ? 0 : (double)n * 1000 / (double)interval_ms;

	s->first_rate = spread > FIRST_RATE ? spread : FIRST_RATE;
}

size_t
schedule_count(const struct schedule *s)
{
	return s->count;
}

/* ------------------------------------------------------------------- pace */

/* Slots a second. */
static double
rate_of(const struct schedule *s, const struct fifo *fifo)
{
	double usual;

	if (fifo->kind == FIRST_LOOKS)
		return s->first_rate;
	if (fifo->delay_ms == 0)
		return FOLLOW * s->first_rate;
	if (fifo->kind == SECOND_LOOKS)
		return (double)fifo->came * SECOND_PART / (SECOND_PART - 1) *
		    1000 / (double)fifo->delay_ms;
	usual = (double)fifo->count * 1000 / (double)fifo->delay_ms;
	return 2 * usual > LATE_RATE ? 2 * usual : LATE_RATE;
}

static struct mono
due_of(const struct slot *slot)
{
	return (struct mono){ (int64_t)slot->due };
}

/* When its first slot may go. */
static struct mono
opens(const struct fifo *fifo)
{
	struct mono due = due_of(TAILQ_FIRST(&fifo->slots));

	return fifo->gate.us > due.us ? fifo->gate : due;
}

/* The first looks, then the others: those that are not empty. */
static struct fifo *
not_empty(const struct fifo *fifo)
{
	while (fifo != NULL && fifo->count == 0)
		fifo = fifo->next;
	return (struct fifo *)(uintptr_t)fifo;
}

static void
pass(const struct schedule *s, struct fifo *fifo, struct mono now)
{
	int64_t from = now.us - MADE_UP;

	if (fifo->gate.us > from)
		from = fifo->gate.us;
	fifo->gate.us = from + (int64_t)((double)SECOND / rate_of(s, fifo));
}

static void
note_lateness(struct lateness *late, int64_t us)
{
	double seconds = (double)us / (double)SECOND;
	size_t i = 0;

	while (i < SCHEDULE_BUCKETS && seconds > schedule_bounds[i])
		i++;
	late->count[i]++;
	late->sum_s += seconds;
	if (seconds > late->worst_s)
		late->worst_s = seconds;
}

/* Since when its first slot waits.  That of first looks could have been let out
 * no sooner. */
static struct mono
waits_since(const struct fifo *fifo)
{
	return fifo->kind == FIRST_LOOKS ? opens(fifo) :
	                                   due_of(TAILQ_FIRST(&fifo->slots));
}

static bool
is_open(const struct fifo *fifo, struct mono now)
{
	return opens(fifo).us <= now.us;
}

/* Of the FIFOs that are open, the one whose first slot waits longest; but first
 * looks not before what is wanted: all that they want would wait, and be kept,
 * for as long as they go on. */
static struct fifo *
longest_due(const struct schedule *s, struct mono now)
{
	struct fifo *best = NULL, *wanted = NULL;

	for (struct fifo *fifo = not_empty(&s->first); fifo != NULL;
	     fifo = not_empty(fifo->next)) {
		if (!is_open(fifo, now))
			continue;
		if (fifo->kind == DELAY && fifo->delay_ms == 0)
			wanted = fifo;
		if (best == NULL || waits_since(fifo).us < waits_since(best).us)
			best = fifo;
	}
	return best != NULL && best->kind == FIRST_LOOKS && wanted != NULL ?
	    wanted :
	    best;
}

struct slot *
schedule_take(struct schedule *s, struct mono now)
{
	struct fifo *fifo = longest_due(s, now);
	struct slot *slot;

	if (fifo == NULL)
		return NULL;
	slot = TAILQ_FIRST(&fifo->slots);
	/* Where there is a pace, it is due when that lets it out. */
	note_lateness(&s->late,
	    now.us - (fifo->kind == DELAY ? due_of(slot).us : opens(fifo).us));
	pass(s, fifo, now);
	schedule_remove(s, slot);
	return slot;
}

int64_t
schedule_wait(const struct schedule *s, struct mono now)
{
	int64_t least = INT64_MAX;

	for (struct fifo *fifo = not_empty(&s->first); fifo != NULL;
	     fifo = not_empty(fifo->next))
		if (opens(fifo).us < least)
			least = opens(fifo).us;
	if (least == INT64_MAX)
		return -1;
	return least <= now.us ? 0 : (least - now.us + 999) / 1000;
}

/* --------------------------------------------------------------- lateness */

const struct lateness *
schedule_lateness(const struct schedule *s)
{
	return &s->late;
}
