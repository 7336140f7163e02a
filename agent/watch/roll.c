#include <stdlib.h>
#include <string.h>

#include "agent/watch/life.h"
#include "agent/watch/parts.h"

/*
 * The roll: of each domain, in the order of their names, one byte that says how
 * it stands, and how many there are of each byte.  The status page and the
 * metrics count and list by it: with a million domains a list costs some
 * microseconds, where passing the domains themselves takes 200 ms.
 *
 * A byte is written when its domain is judged.  What time alone changes (it was
 * not looked at for too long; we are blind) is found by looking through a part
 * of the roll each second.
 */

/* Domains whose counts are kept together, so that a list skips them. */
#define BLOCK 4096

/* Looked through each second, in less than 2 ms: that many domains are right
 * to the second, a million within 50. */
#define SWEEP 20000

/* Of a byte. */
#define PLACE_MASK   7u
#define OUTCOME_AT   3
#define OUTCOME_MASK (7u << OUTCOME_AT)
#define DOUBT        (1u << 6)
#define STATES       128

/* Each state is counted once; each place once more in every block. */
struct roll {
	size_t n;
	size_t count[STATES];
	size_t next; /* to be looked through */
	uint16_t (*block)[ROLL_PLACES];
	uint8_t state[];
};

static enum roll_place
place_of(const struct domain *domain)
{
	static const uint8_t place[] = {
		[SEVERITY_OFF] = ROLL_OK,
		[SEVERITY_OK] = ROLL_OK,
		[SEVERITY_INFO] = ROLL_OK,
		[SEVERITY_UNKNOWN] = ROLL_UNKNOWN,
		[SEVERITY_WARNING] = ROLL_WARNING,
		[SEVERITY_CRITICAL] = ROLL_CRITICAL,
	};

	return domain->standing.known ? place[domain->standing.verdict] :
	                                ROLL_PENDING;
}

static uint8_t
state_of(const struct watch *w, const struct domain *domain)
{
	const struct standing *s = &domain->standing;
	unsigned state = place_of(domain);

	if (!s->known)
		return (uint8_t)state;
	state |= (unsigned)s->outcome << OUTCOME_AT;
	if (watch_stale(w, domain) || watch_doubtful(w, domain))
		state |= DOUBT;
	return (uint8_t)state;
}

static void
set(struct roll *roll, size_t i, uint8_t state)
{
	uint8_t old = roll->state[i];

	if (old == state)
		return;
	roll->count[old]--;
	roll->block[i / BLOCK][old & PLACE_MASK]--;
	roll->state[i] = state;
	roll->count[state]++;
	roll->block[i / BLOCK][state & PLACE_MASK]++;
}

/* -------------------------------------------------------------------- life */

void
roll_free(struct roll *roll)
{
	if (roll == NULL)
		return;
	free(roll->block);
	free(roll);
}

/* What it says is of domains that may be gone. */
static void
empty(struct roll *roll)
{
	if (roll == NULL)
		return;
	roll->n = 0;
	memset(roll->count, 0, sizeof(roll->count));
}

static struct roll *
make(size_t n)
{
	struct roll *roll = calloc(1, sizeof(*roll) + n);

	if (roll == NULL)
		return NULL;
	roll->n = n;
	roll->block = calloc(n / BLOCK + 1, sizeof(*roll->block));
	if (roll->block != NULL)
		return roll;
	free(roll);
	return NULL;
}

int
roll_splice(struct watch *w, size_t at, size_t was, size_t now)
{
	size_t n = w->nby_name;
	struct roll *old = w->roll, *roll = make(n);

	if (roll == NULL) {
		empty(old);
		return -1;
	}
	if (old == NULL || old->n + now != n + was) { /* it was empty */
		at = 0;
		now = n;
	} else {
		memcpy(roll->state, old->state, at);
		memcpy(roll->state + at + now, old->state + at + was,
		    n - at - now);
		roll->next = old->next;
	}
	for (size_t i = at; i < at + now; i++)
		roll->state[i] = state_of(w, w->by_name[i]);
	for (size_t i = 0; i < n; i++) {
		roll->count[roll->state[i]]++;
		roll->block[i / BLOCK][roll->state[i] & PLACE_MASK]++;
	}
	roll_free(old);
	w->roll = roll;
	return 0;
}

/* Numbers are given in the order of names; only a reload puts other domains
 * between them.  The place of the domain, or n. */
static size_t
find(const struct watch *w, const struct domain *domain)
{
	size_t low = 0, high = w->roll->n;

	if (domain->id < high && w->by_name[domain->id] == domain)
		return domain->id;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(domain->name, w->by_name[middle]->name);

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return w->roll->n;
}

void
roll_note(struct watch *w, const struct domain *domain)
{
	size_t i = w->roll == NULL ? 0 : find(w, domain);

	if (w->roll != NULL && i < w->roll->n)
		set(w->roll, i, state_of(w, domain));
}

void
roll_sweep(struct watch *w)
{
	struct roll *roll = w->roll;
	size_t most = roll->n < SWEEP ? roll->n : SWEEP;

	for (; most > 0; most--) {
		if (roll->next >= roll->n)
			roll->next = 0;
		set(roll, roll->next, state_of(w, w->by_name[roll->next]));
		roll->next++;
	}
}

/* --------------------------------------------------------------- questions */

static void
count_causes(void *arg, struct cause *cause)
{
	struct watch_counts *counts = arg;

	counts->open_critical += cause->severity == SEVERITY_CRITICAL;
	counts->open_warning += cause->severity == SEVERITY_WARNING;
}

static void
count_state(struct watch_counts *counts, unsigned state, size_t n)
{
	size_t *const of_place[] = {
		[ROLL_CRITICAL] = &counts->critical,
		[ROLL_UNKNOWN] = &counts->unknown,
		[ROLL_WARNING] = &counts->warning,
		[ROLL_OK] = &counts->ok,
		[ROLL_PENDING] = &counts->pending,
	};
	size_t *const of_outcome[] = {
		[OUTCOME_ACCEPTED] = &counts->accepted,
		[OUTCOME_DEFERRED] = &counts->deferred,
		[OUTCOME_BOUNCED] = &counts->bounced,
		[OUTCOME_REFUSED] = &counts->refused,
	};
	unsigned place = state & PLACE_MASK;
	unsigned outcome = (state & OUTCOME_MASK) >> OUTCOME_AT;

	/* What was so once is not known to be so now. */
	if ((state & DOUBT) != 0) {
		counts->unknown += n;
		return;
	}
	*of_place[place] += n;
	if (place != ROLL_PENDING && outcome != OUTCOME_UNKNOWN)
		*of_outcome[outcome] += n;
}

void
watch_counts(const struct watch *w, struct watch_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	counts->domains = w->roll->n;
	for (unsigned state = 0; state < STATES; state++)
		if (w->roll->count[state] > 0)
			count_state(counts, state, w->roll->count[state]);
	book_each(w->book, true, count_causes, counts);
}

size_t
roll_count(const struct roll *roll, enum roll_place place)
{
	size_t n = 0;

	for (unsigned state = place; state < STATES; state += PLACE_MASK + 1)
		n += roll->count[state];
	return n;
}

enum roll_place
roll_place(const struct roll *roll, size_t i)
{
	return roll->state[i] & PLACE_MASK;
}

/* Those of the place in a block, after so many. */
static size_t
pick(struct watch *w, enum roll_place place, size_t block, size_t skip,
    struct domain **out, size_t n)
{
	size_t end = (block + 1) * BLOCK, got = 0;

	end = end < w->roll->n ? end : w->roll->n;
	for (size_t i = block * BLOCK; i < end && got < n; i++) {
		if (roll_place(w->roll, i) != place)
			continue;
		if (skip > 0)
			skip--;
		else
			out[got++] = w->by_name[i];
	}
	return got;
}

size_t
roll_pick(struct watch *w, enum roll_place place, size_t skip,
    struct domain **out, size_t n)
{
	size_t got = 0;

	for (size_t b = 0; b * BLOCK < w->roll->n && got < n; b++) {
		size_t here = w->roll->block[b][place];

		if (skip < here)
			got += pick(w, place, b, skip, out + got, n - got);
		skip -= skip < here ? skip : here;
	}
	return got;
}
