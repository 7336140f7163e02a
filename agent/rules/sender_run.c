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
	const char *error = NULL;

	switch (address_fate(run, a)) {
	case FATE_TAKES:
		return "up";
	case FATE_UNKNOWN:
		return "unchecked";
	case FATE_USELESS:
		return "unusable";
	case FATE_FAILS:
		break;
	}
	if (a->special != NULL)
		return "unreachable";
	if (a->state == MX_DEFERRING)
		return "deferred";
	if (a->smtp != NULL)
		error = smtp_error_name(a->smtp->error);
	return error != NULL ? error : "unchecked";
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

/* It fails only after a whole EHLO and TLS. */
static bool
is_late(const struct view_mx_address *a)
{
	return a->smtp != NULL && a->smtp->phase >= SMTP_RCPT;
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
	unsigned late = is_late(a);

	if (p->addresses == 0 || p->sessions < late)
		return false;
	p->addresses--;
	p->sessions -= late;
	return true;
}

/* Try the host at its addresses; true when one takes the mail. */
static bool
try_host(struct sender_run *run, const struct view_mx *mx, struct patience *p)
{
	if (mx->naddress == 0)
		add_attempt(run, mx, NULL);
	for (size_t i = 0; i < mx->naddress; i++) {
		const struct view_mx_address *a = &mx->address[i];
		bool takes = address_fate(run, a) == FATE_TAKES;

		if (takes || spend(p, a))
			add_attempt(run, mx, a);
		if (takes)
			return true;
	}
	return false;
}

/*
 * One possible run: within a preference the hosts and addresses in their
 * order, until one takes the mail.  Where the profile limits the run, it is
 * one that comes to that one with its last try.
 */
void
sender_run_list(struct sender_run *run, bool accepted)
{
	struct patience p = patience(run, accepted);

	for (size_t i = 0; i < run->nmx; i++) {
		bool over = p.addresses == 0 || p.sessions == 0;

		if (over && !accepted)
			return;
		if (try_host(run, &run->v->mx[i], &p))
			return;
	}
}

/* --------------------------------------------------- shares and reach */

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
	switch (address_fate(run, a)) {
	case FATE_TAKES:
		tier->live++;
		break;
	case FATE_FAILS:
		if (is_late(a))
			tier->late++;
		else
			tier->dead++;
		break;
	case FATE_USELESS:
	case FATE_UNKNOWN:
		/* What is not known has no part in the sum. */
		break;
	}
}

double
sender_run_reach(const struct sender_run *run)
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
	return sender_reach(run->habits, tier, n);
}
