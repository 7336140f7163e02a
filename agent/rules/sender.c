#include <stdlib.h>
#include <string.h>

#include "agent/rules/sender.h"
#include "agent/rules/sender_habits.h"

/*
 * RFC 5321 section 5.1, as the profile's habits have it.  What DNS says of the
 * domain may settle it; else every address gets a fate in the eyes of this
 * sender (sender_fate.c), a host the best fate of its addresses, and the
 * domain its outcome by the odds of a run among its hosts (sender_odds.c), of
 * which sender_run.c writes down one.  sender_profile.c holds the habits.
 */

const char *
outcome_name(enum outcome outcome)
{
	static const char *const name[] = {
		[OUTCOME_ACCEPTED] = "accepted",
		[OUTCOME_DEFERRED] = "deferred",
		[OUTCOME_BOUNCED] = "bounced",
		[OUTCOME_REFUSED] = "refused",
		[OUTCOME_UNKNOWN] = "unknown",
	};

	return name[outcome];
}

static int
end(struct sender_run *run, enum outcome outcome, const char *why)
{
	run->out->outcome = outcome;
	run->out->why = why;
	return 0;
}

/* Of the rows that a run comes to. */
static enum fate
best_fate(const struct sender_run *run)
{
	enum fate best = FATE_USELESS;

	for (size_t i = 0; i < sender_run_end(run); i++)
		best = sender_better(best,
		    sender_host_fate(run->v, run->habits, &run->v->mx[i]));
	return best;
}

static int
make_room(struct sender_run *run)
{
	size_t n = 0;

	for (size_t i = 0; i < run->v->nmx; i++)
		n += run->v->mx[i].naddress + 1;
	run->out->attempt = calloc(n + 1, sizeof(*run->out->attempt));
	return run->out->attempt != NULL ? 0 : -1;
}

/* ------------------------------------------------------------- the walk */

static int
hand_over(struct sender_run *run)
{
	const struct view_mx *mx = run->v->mx;

	while (sender_host_fate(run->v, run->habits, mx) != FATE_TAKES)
		mx++;
	run->out->accepted_by = mx;
	sender_run_share(run, mx->preference);
	sender_run_list(run, true);
	return end(run, OUTCOME_ACCEPTED, "a mail server takes the mail");
}

static int
bounce_useless(struct sender_run *run)
{
	if (run->nmx < run->v->nmx && run->nmx == 0)
		return end(run, run->habits->loops,
		    "the best mail server is the sender itself: mail loops");
	if (run->nmx < run->v->nmx)
		return end(run, OUTCOME_DEFERRED,
		    "the mail servers before the sender itself cannot be "
		    "used");
	if (run->v->mx[0].target == TARGET_IMPLICIT)
		return end(run, run->habits->no_address,
		    "it has neither MX records nor an address");
	return end(run, run->habits->no_address,
	    "none of its mail servers can be used");
}

/* No run comes to a host that takes the mail. */
static int
keep_or_return(struct sender_run *run)
{
	static const char *const why[FATE_COUNT] = {
		[FATE_FAILS] = "no mail server takes mail now",
		[FATE_LAST] = "no mail server takes mail now",
		[FATE_DEFERS] =
		    "a mail server puts the mail off, and no other is tried",
		[FATE_BOUNCES] = "no mail server takes mail now",
		[FATE_RETRIED] = "TLS fails at the mail servers; the next try "
		                 "goes in plain text",
		[FATE_TAKES] = "the mail server that takes mail stands behind "
		               "more addresses than the sender tries",
	};
	enum fate best = best_fate(run);

	sender_run_list(run, false);
	if (best == FATE_UNKNOWN)
		return end(run, OUTCOME_UNKNOWN,
		    run->v->facts->depth == DEPTH_DNS ?
		        "its mail servers were not asked" :
		        "not all of its mail servers could be tried from "
		        "here");
	if (best == FATE_USELESS)
		return bounce_useless(run);
	if (run->out->bounce > 0)
		return end(run, OUTCOME_BOUNCED,
		    "a mail server refuses the mail for good");
	run->out->retried = best == FATE_RETRIED;
	return end(run, OUTCOME_DEFERRED, why[best]);
}

static int
try_hosts(struct sender_run *run)
{
	struct sender_odds odds;

	run->nmx = sender_rows(run->v, run->habits);
	if (make_room(run) != 0)
		return -1;
	odds = sender_run_odds(run);
	run->out->reach = odds.accepted;
	run->out->bounce = odds.bounced;
	return odds.accepted > 0 ? hand_over(run) : keep_or_return(run);
}

/* Did every vantage that is alive get REFUSED? */
static bool
resolvers_refuse(const struct view *v)
{
	size_t refused = 0;

	for (size_t i = 0; i < v->nvantage; i++) {
		const struct view_vantage *s = &v->vantage[i];

		if (s->blind || s->status == DNS_UNCHECKED)
			continue;
		if (s->status != DNS_REFUSED)
			return false;
		refused++;
	}
	return refused > 0;
}

static bool
takes_no_mail(const struct sender_run *run)
{
	const struct view *v = run->v;

	return v->null_mx || (v->null_mixed && run->habits->null_mixed) ||
	    (run->habits->localhost_null && v->nmx == 1 &&
	        v->mx[0].target == TARGET_LOCAL);
}

static int
walk(struct sender_run *run)
{
	switch (run->v->belief) {
	case BELIEF_NXDOMAIN:
		return end(run, OUTCOME_BOUNCED, "the domain does not exist");
	case BELIEF_BOGUS:
		return end(run, OUTCOME_DEFERRED, "DNSSEC validation fails");
	case BELIEF_UNRESOLVABLE:
		if (resolvers_refuse(run->v))
			return end(run, run->habits->resolver_refuses,
			    "every resolver refuses to look it up");
		return end(
		    run, OUTCOME_DEFERRED, "no name server answers for it");
	case BELIEF_UNKNOWN:
		return end(
		    run, OUTCOME_UNKNOWN, "too few vantages answer to tell");
	case BELIEF_MX:
	case BELIEF_NO_MX:
		break;
	}
	if (takes_no_mail(run))
		return end(
		    run, OUTCOME_REFUSED, "the domain takes no mail (null MX)");
	return try_hosts(run);
}

int
sender_walk(struct view *v, struct delivery *out)
{
	struct sender_run run = {
		.v = v, .out = out, .habits = &sender_habits[v->policy->sender]
	};

	*out = (struct delivery){ .time_s = v->facts->dns_ms / 1000 };
	for (size_t i = 0; i < v->nmx; i++)
		v->mx[i].share = 0;
	if (walk(&run) != 0)
		return -1;
	if (out->outcome != OUTCOME_ACCEPTED)
		out->time_s = -1;
	return 0;
}

void
delivery_free(struct delivery *out)
{
	free(out->attempt);
	memset(out, 0, sizeof(*out));
}
