#include <string.h>

#include "agent/store/availability.h"

#define MINUTE_US 60e6

static const char unknown[] = "unknown";

/* A walk: the piece that is being put together, and whom it is for. */
struct walk {
	const struct timeline *line;
	const char *state;
	int64_t begun; /* of the piece */
	int64_t at;    /* as far as it has come */
	store_state_fn *fn;
	void *arg;
};

static void
tell(struct walk *walk)
{
	if (walk->at > walk->begun)
		walk->fn(walk->arg, walk->state, (struct wall){ walk->begun },
		    (struct wall){ walk->at });
	walk->begun = walk->at;
}

/* Until then it was so. */
static void
advance(struct walk *walk, int64_t until, const char *state)
{
	if (until <= walk->at)
		return;
	if (strcmp(state, walk->state) != 0) {
		tell(walk);
		walk->state = state;
	}
	walk->at = until;
}

/* When were the marks over, seen from the end of the walk? */
static int64_t
end_of(const struct seen *seen, int64_t to)
{
	int64_t last = seen->last.us;

	return to > last && to - last <= AVAILABILITY_GAP_US ? to : last;
}

/* One state until then: as it was where somebody looked. */
static void
pass(struct walk *walk, int64_t until, const char *state, int64_t to)
{
	const struct timeline *line = walk->line;

	for (size_t i = 0; i < line->nseen && walk->at < until; i++) {
		int64_t first = line->seen[i].first.us;
		int64_t end = end_of(&line->seen[i], to);

		if (end <= walk->at)
			continue;
		advance(walk, first < until ? first : until, unknown);
		advance(walk, end < until ? end : until, state);
	}
	advance(walk, until, unknown);
}

void
availability_walk(const struct timeline *line, struct wall from, struct wall to,
    store_state_fn *fn, void *arg)
{
	struct walk walk = { line, unknown, from.us, from.us, fn, arg };
	const char *state = unknown;

	for (size_t i = 0; i < line->nchange; i++) {
		int64_t at = line->change[i].at.us;

		pass(&walk, at < to.us ? at : to.us, state, to.us);
		state = line->change[i].state;
	}
	pass(&walk, to.us, state, to.us);
	tell(&walk);
}

/* --------------------------------------------------------------------- sum */

static const struct {
	const char *state;
	size_t offset;
} sums[] = {
	{ "accepted", offsetof(struct availability, accepted_min) },
	{ "deferred", offsetof(struct availability, deferred_min) },
	{ "bounced", offsetof(struct availability, bounced_min) },
	{ "refused", offsetof(struct availability, refused_min) },
	{ unknown, offsetof(struct availability, unknown_min) },
};
#define SUMS (sizeof(sums) / sizeof(*sums))

static void
add(void *arg, const char *state, struct wall from, struct wall to)
{
	size_t i = 0;

	while (i < SUMS - 1 && strcmp(sums[i].state, state) != 0)
		i++;
	*(double *)(void *)((char *)arg + sums[i].offset) +=
	    (double)(to.us - from.us) / MINUTE_US;
}

void
availability_sum(const struct timeline *line, struct wall from, struct wall to,
    struct availability *out)
{
	*out = (struct availability){ 0 };
	availability_walk(line, from, to, add, out);
}
