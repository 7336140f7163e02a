#include "agent/rules/sender.h"
#include "agent/rules/sender_habits.h"

/*
 * The chances of a run.  A sender without limits comes to every address of a
 * preference before the next one, so the first preference at which anything
 * is decided tells.  With limits the draws are played through: there are no
 * more of them than the limit, after which each preference has one at most.
 */

/* Where a run is: what is left of this preference, and of its patience. */
struct run {
	const struct sender_habits *habits;
	const struct sender_tier *next; /* preferences still to come */
	unsigned nnext;
	struct sender_tier here;
	unsigned addresses, sessions;
	unsigned family[2]; /* how many of each may still be tried */
	bool even;          /* the first one drawn settles family[] */
	double last;        /* the part of DRAW_LAST among those that fail
	                     * here; any of them may be drawn last */
	double word;        /* has the last one drawn such an answer? */
};

static struct sender_odds draw(struct run);

/* ----------------------------------------------------------- no limits */

static unsigned
count(const struct sender_tier *tier, enum draw what)
{
	return tier->n[0][what] + tier->n[1][what];
}

static unsigned
failing(const struct sender_tier *tier)
{
	return count(tier, DRAW_DEAD) + count(tier, DRAW_LAST) +
	    count(tier, DRAW_LATE);
}

static struct sender_odds
odds_of_all(const struct sender_tier *tier, unsigned ntier)
{
	struct sender_odds odds = { 0, 0 };

	for (unsigned i = 0; i < ntier; i++) {
		double live = count(&tier[i], DRAW_LIVE);
		double bounces = count(&tier[i], DRAW_BOUNCES);
		double all = live + bounces + count(&tier[i], DRAW_DEFERS);

		if (all > 0)
			return (
			    struct sender_odds){ live / all, bounces / all };
		if (failing(&tier[i]) > 0)
			odds.bounced = (double)count(&tier[i], DRAW_LAST) /
			    failing(&tier[i]);
	}
	return odds;
}

/* -------------------------------------------------------------- limits */

/* NOLINTBEGIN(misc-no-recursion): no deeper than tries and preferences */

static struct sender_odds
in_vain(struct run r)
{
	return (struct sender_odds){ 0, r.word };
}

/* What need not be told apart any more is put together, so that there are few
 * ways on. */
static void
enter(struct run *r, const struct sender_tier *tier)
{
	unsigned all = failing(tier);

	r->here = *tier;
	r->last = all > 0 ? (double)count(tier, DRAW_LAST) / all : 0;
	for (int f = 0; f < 2; f++) {
		unsigned *n = r->here.n[f];

		n[DRAW_DEAD] += n[DRAW_LAST];
		n[DRAW_LAST] = 0;
		if (r->habits->sessions > 0)
			continue;
		n[DRAW_DEAD] += n[DRAW_LATE];
		n[DRAW_LATE] = 0;
	}
}

static struct sender_odds
next_tier(struct run r)
{
	if (r.nnext == 0)
		return in_vain(r);
	enter(&r, r.next++);
	r.nnext--;
	return draw(r);
}

/* The limit is reached; some go on with one address of each preference. */
static struct sender_odds
give_up(struct run r)
{
	if (!r.habits->one_more_each)
		return in_vain(r);
	r.addresses = 1;
	r.family[0] = r.family[1] = 1;
	return next_tier(r);
}

static struct sender_odds
go_on(struct run r, int family, enum draw what)
{
	if (r.even) {
		r.even = false;
		r.family[family] = (r.addresses + 1) / 2;
		r.family[!family] = r.addresses / 2;
	}
	r.here.n[family][what]--;
	r.family[family]--;
	r.addresses--;
	r.word = r.last;
	if (what == DRAW_LATE && --r.sessions == 0)
		return in_vain(r);
	return r.addresses > 0 ? draw(r) : give_up(r);
}

/* Of a family that has had its part no more are tried. */
static unsigned
strip(struct run *r)
{
	unsigned all = 0;

	for (int f = 0; f < 2; f++)
		for (int what = 0; what < DRAW_COUNT; what++) {
			if (r->family[f] == 0)
				r->here.n[f][what] = 0;
			all += r->here.n[f][what];
		}
	return all;
}

/* One address is drawn, any of this preference with the same chance. */
static struct sender_odds
draw(struct run r)
{
	static const enum draw fails[] = { DRAW_DEAD, DRAW_LATE };
	unsigned all = strip(&r);
	struct sender_odds sum;

	if (all == 0)
		return next_tier(r);
	sum.accepted = (double)count(&r.here, DRAW_LIVE) / all;
	sum.bounced = (double)count(&r.here, DRAW_BOUNCES) / all;
	for (int i = 0; i < 4; i++) {
		unsigned n = r.here.n[i / 2][fails[i % 2]];
		struct sender_odds o;

		if (n == 0)
			continue;
		o = go_on(r, i / 2, fails[i % 2]);
		sum.accepted += o.accepted * n / all;
		sum.bounced += o.bounced * n / all;
	}
	return sum;
}

/* NOLINTEND(misc-no-recursion) */

/*
 * Postfix: a family that has no more than half of the limit keeps them all,
 * and leaves the rest to the other; else each has its half, and the odd one is
 * for the family of the first address in the list.
 */
static void
balance(struct run *r, const struct sender_tier *tier, unsigned ntier)
{
	unsigned n[2] = { 0 }, limit = r->addresses;

	r->family[0] = r->family[1] = limit;
	for (unsigned i = 0; i < ntier; i++)
		for (int what = 0; what < DRAW_COUNT; what++) {
			n[0] += tier[i].n[0][what];
			n[1] += tier[i].n[1][what];
		}
	if (n[0] == 0 || n[1] == 0 || n[0] + n[1] <= limit)
		return;
	r->even = n[0] > limit / 2 && n[1] > limit / 2;
	if (n[0] <= limit / 2)
		r->family[1] = limit - n[0];
	else if (n[1] <= limit / 2)
		r->family[0] = limit - n[1];
}

struct sender_odds
sender_odds(const struct sender_habits *habits, const struct sender_tier *tier,
    unsigned ntier)
{
	struct run r = { .habits = habits,
		.next = tier,
		.nnext = ntier,
		.addresses = habits->addresses,
		.sessions = habits->sessions };

	if (habits->addresses == 0)
		return odds_of_all(tier, ntier);
	balance(&r, tier, ntier);
	return next_tier(r);
}
