#include <limits.h>

#include "agent/rules/sender.h"
#include "agent/rules/sender_habits.h"

/*
 * One delivery run among the hosts: which addresses it tries, how the senders
 * spread over the hosts, and how many of them get through.
 */

static enum fate
address_fate(const struct sender_run *run, const struct view_mx_address *a)
{
	return sender_address_fate(run->habits, a);
}

static enum fate
host_fate(const struct sender_run *run, const struct view_mx *mx)
{
	return sender_host_fate(run->v, run->habits, mx);
}

/* ------------------------------------------------------------- attempts */

static const char *
address_outcome(const struct sender_run *run, const struct view_mx_address *a)
{
	static const char *const settled[FATE_COUNT] = {
		[FATE_USELESS] = "unusable",
		[FATE_UNKNOWN] = "unchecked",
		[FATE_TAKES] = "up",
	};
	const char *word = settled[address_fate(run, a)];

	if (word != NULL)
		return word;
	if (a->special != NULL)
		return "unreachable";
	if (a->state == MX_DEFERRING)
		return "deferred";
	if (a->smtp != NULL)
		word = smtp_error_name(a->smtp->error);
	return word != NULL ? word : "unchecked";
}

static const char *
host_outcome(const struct sender_run *run, const struct view_mx *mx)
{
	enum fate fate = host_fate(run, mx);

	if (fate == FATE_UNKNOWN)
		return "unchecked";
	if (mx->target == TARGET_LITERAL && fate == FATE_FAILS)
		return "unreachable";
	if (mx->target == TARGET_LITERAL || mx->target == TARGET_LOCAL)
		return "unusable";
	return "unresolvable";
}

static void
add_attempt(struct sender_run *run, const struct view_mx *mx,
    const struct view_mx_address *a)
{
	struct attempt *next = &run->out->attempt[run->out->nattempt++];

	next->mx = mx;
	next->address = a;
	next->outcome =
	    a != NULL ? address_outcome(run, a) : host_outcome(run, mx);
	if (a != NULL && a->smtp != NULL)
		run->out->time_s += a->smtp->total_ms / 1000;
}

/* What a run may still spend on addresses that fail. */
struct patience {
	unsigned addresses, sessions;
};

/* One try is kept for the address that takes the mail, if there is one. */
static struct patience
patience(const struct sender_run *run, bool accepted)
{
	const struct sender_habits *h = run->habits;
	struct patience p = { UINT_MAX, UINT_MAX };

	if (h->addresses > 0 && !h->one_more_each)
		p.addresses = h->addresses - accepted;
	if (h->sessions > 0)
		p.sessions = h->sessions - accepted;
	return p;
}

static bool
spend(struct patience *p, const struct view_mx_address *a)
{
	unsigned late = sender_is_late(a);

	if (p->addresses == 0 || p->sessions < late)
		return false;
	p->addresses--;
	p->sessions -= late;
	return true;
}

/* How a run gets on: one that is accepted meets nothing before that would end
 * it, and has one try kept for the address that takes the mail. */
struct progress {
	bool accepted, over;
	struct patience left;
};

static void
try_address(struct sender_run *run, const struct view_mx *mx,
    const struct view_mx_address *a, struct progress *p)
{
	enum fate fate = address_fate(run, a);
	bool ends = fate == FATE_DEFERS || fate == FATE_BOUNCES;

	if (ends && p->accepted)
		return;
	if (fate == FATE_TAKES || spend(&p->left, a)) {
		add_attempt(run, mx, a);
		p->over = ends || fate == FATE_TAKES;
	}
}

static void
try_host(struct sender_run *run, const struct view_mx *mx, struct progress *p)
{
	if (mx->naddress == 0)
		add_attempt(run, mx, NULL);
	for (size_t i = 0; i < mx->naddress && !p->over; i++)
		try_address(run, mx, &mx->address[i], p);
}

/*
 * One possible run: within a preference the hosts and addresses in their
 * order, until one takes the mail or ends it.  Where the profile limits the
 * run, it is one that comes to that one with its last try.
 */
void
sender_run_list(struct sender_run *run, bool accepted)
{
	struct progress p = { accepted, false, patience(run, accepted) };

	for (size_t i = 0; i < run->nmx && !p.over; i++) {
		bool tired = p.left.addresses == 0 || p.left.sessions == 0;

		if (tired && !accepted)
			return;
		try_host(run, &run->v->mx[i], &p);
	}
}

/* --------------------------------------------------- shares and odds */

/* What the host draws of the mail of its preference. */
static double
weight(const struct sender_run *run, const struct view_mx *mx)
{
	unsigned live = 0;

	for (size_t i = 0; i < mx->naddress; i++)
		live += address_fate(run, &mx->address[i]) == FATE_TAKES;
	if (run->habits->shuffles_addresses)
		return live;
	return live > 0 ? 1 : 0;
}

void
sender_run_share(const struct sender_run *run, unsigned preference)
{
	double sum = 0;

	for (size_t i = 0; i < run->nmx; i++)
		if (run->v->mx[i].preference == preference)
			sum += weight(run, &run->v->mx[i]);
	for (size_t i = 0; i < run->nmx; i++)
		if (run->v->mx[i].preference == preference)
			run->v->mx[i].share = weight(run, &run->v->mx[i]) / sum;
}

static void
count_address(const struct sender_run *run, const struct view_mx_address *a,
    struct sender_tier *tier)
{
	/* What is not known, or not tried, has no part in the sum. */
	static const enum draw draw[FATE_COUNT] = {
		[FATE_USELESS] = DRAW_COUNT,
		[FATE_FAILS] = DRAW_DEAD,
		[FATE_LAST] = DRAW_LAST,
		[FATE_DEFERS] = DRAW_DEFERS,
		[FATE_BOUNCES] = DRAW_BOUNCES,
		[FATE_RETRIED] = DRAW_DEAD,
		[FATE_UNKNOWN] = DRAW_COUNT,
		[FATE_TAKES] = DRAW_LIVE,
	};
	bool six = run->habits->balances && a->ip.family == 6;
	enum draw what = draw[address_fate(run, a)];

	if (what == DRAW_DEAD && sender_is_late(a))
		what = DRAW_LATE;
	if (what != DRAW_COUNT)
		tier->n[six][what]++;
}

struct sender_odds
sender_run_odds(const struct sender_run *run)
{
	struct sender_tier tier[FACTS_MX_MAX] = { 0 };
	unsigned n = 0;

	for (size_t i = 0; i < run->nmx; i++) {
		const struct view_mx *mx = &run->v->mx[i];

		if (i == 0 || mx->preference != mx[-1].preference)
			n++;
		for (size_t j = 0; j < mx->naddress; j++)
			count_address(run, &mx->address[j], &tier[n - 1]);
	}
	return sender_odds(run->habits, tier, n);
}

static bool
ends_runs(const struct sender_run *run, const struct view_mx *mx)
{
	for (size_t i = 0; i < mx->naddress; i++) {
		enum fate fate = address_fate(run, &mx->address[i]);

		if (fate == FATE_DEFERS || fate == FATE_BOUNCES)
			return true;
	}
	return false;
}

size_t
sender_run_end(const struct sender_run *run)
{
	const struct view_mx *mx = run->v->mx;
	size_t i = 0;

	while (i < run->nmx && !ends_runs(run, &mx[i]))
		i++;
	if (i < run->nmx)
		i++;
	while (
	    i > 0 && i < run->nmx && mx[i].preference == mx[i - 1].preference)
		i++;
	return i;
}
