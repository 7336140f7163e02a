/*
 * For each family the networks that were looked at are in one of two lists, by
 * when that was: within the last minute, with a vote each; and longer ago,
 * kept only for when they last were fine.  Counting is done as they come and
 * go, so that a dialogue costs the same however many networks there are.
 *
 * Once blind, the minute stands still: what was looked at since it began keeps
 * its vote until sight is back.  Otherwise an outage of ours that outlasts the
 * ten minutes would look like one of theirs.
 */

#include <sys/queue.h>

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/incident/blind.h"

#define MINUTE   60000
#define FINE_MS  (10 * MINUTE)
#define KEEP_MS  (FINE_MS + MINUTE)
#define LEAST    3
#define PERCENT  60
#define CANARIES 64

/* What a network says of us: nothing when it was dead before. */
enum vote { VOTE_NONE, VOTE_FINE, VOTE_FAILS, VOTES };

struct network {
	struct ip_net net;
	TAILQ_ENTRY(network) list; /* the latest first */
	bool recent;               /* in which list; then its vote counts */
	enum vote vote;
	int64_t looked, fine; /* fine: only when it ever was */
	bool ever_fine;
};
TAILQ_HEAD(networks, network);

struct canary {
	bool known, fine;
	int64_t at;
};

struct port {
	struct networks recent, past;
	size_t votes[VOTES];
	void *index; /* tsearch, by network */
	struct canary canary[CANARIES];
	int64_t fine;      /* the last dialogue that went well */
	int64_t canaries;  /* since when all canaries fail, < 0: not so */
	int64_t correlate; /* since when by correlation, < 0: not so */
};

struct blind {
	struct port port[SIGHT_COUNT]; /* that of DNS is not used */
	unsigned answered, vantages;
};

const char *
sight_name(enum sight sight)
{
	static const char *const name[SIGHT_COUNT] = {
		[SIGHT_DNS] = "DNS",
		[SIGHT_SMTP4] = "port 25 over IPv4",
		[SIGHT_SMTP6] = "port 25 over IPv6",
	};

	return name[sight];
}

struct blind *
blind_new(void)
{
	struct blind *b = calloc(1, sizeof(*b));

	for (size_t i = 0; b != NULL && i < SIGHT_COUNT; i++) {
		TAILQ_INIT(&b->port[i].recent);
		TAILQ_INIT(&b->port[i].past);
		b->port[i].fine = INT64_MIN;
		b->port[i].canaries = b->port[i].correlate = -1;
	}
	return b;
}

/* ------------------------------------------------------------- networks */

static int
by_net(const void *a, const void *b)
{
	const struct network *x = a, *y = b;
	int order = ip_compare(&x->net.ip, &y->net.ip);

	return order != 0 ? order : x->net.length - y->net.length;
}

static void
take_out(struct port *p, struct network *n)
{
	TAILQ_REMOVE(n->recent ? &p->recent : &p->past, n, list);
	if (n->recent)
		p->votes[n->vote]--;
}

static void
put_in(struct port *p, struct network *n, bool recent)
{
	n->recent = recent;
	TAILQ_INSERT_HEAD(recent ? &p->recent : &p->past, n, list);
	if (recent)
		p->votes[n->vote]++;
}

static void
forget(struct port *p, struct network *n)
{
	take_out(p, n);
	tdelete(n, &p->index, by_net);
	free(n);
}

void
blind_free(struct blind *b)
{
	for (size_t i = 0; b != NULL && i < SIGHT_COUNT; i++) {
		struct port *p = &b->port[i];

		while (!TAILQ_EMPTY(&p->recent))
			forget(p, TAILQ_FIRST(&p->recent));
		while (!TAILQ_EMPTY(&p->past))
			forget(p, TAILQ_FIRST(&p->past));
	}
	free(b);
}

/* The network, out of the lists; NULL: no memory. */
static struct network *
pick(struct port *p, const struct ip_net *net)
{
	struct network key = { .net = *net }, *n;
	void *found = tfind(&key, &p->index, by_net);

	if (found != NULL) {
		n = *(struct network **)found;
		take_out(p, n);
		return n;
	}
	n = calloc(1, sizeof(*n));
	if (n == NULL)
		return NULL;
	n->net = *net;
	if (tsearch(n, &p->index, by_net) != NULL)
		return n;
	free(n);
	return NULL;
}

/* What was looked at longer than a minute ago has no vote; what was fine too
 * long ago is of no use.  Neither while we are blind. */
static void
age(struct port *p, int64_t now)
{
	struct network *n;

	if (p->correlate >= 0)
		return;
	while ((n = TAILQ_LAST(&p->recent, networks)) != NULL &&
	    now - n->looked > MINUTE) {
		take_out(p, n);
		put_in(p, n, false);
	}
	while ((n = TAILQ_LAST(&p->past, networks)) != NULL &&
	    now - n->looked > KEEP_MS)
		forget(p, n);
}

static enum vote
vote_of(const struct port *p, const struct network *n, bool fine, int64_t now)
{
	int64_t since = p->correlate >= 0 ? p->correlate : now;

	if (fine)
		return VOTE_FINE;
	return n->ever_fine && since - n->fine <= FINE_MS ? VOTE_FAILS :
	                                                    VOTE_NONE;
}

static bool
most_fail(const struct port *p)
{
	size_t all = p->votes[VOTE_FINE] + p->votes[VOTE_FAILS];

	return p->votes[VOTE_FAILS] > 0 &&
	    p->votes[VOTE_FAILS] * 100 >= all * PERCENT;
}

/* ------------------------------------------------------------- canaries */

/* How many are known now, and how many of them answer. */
static size_t
count_canaries(const struct port *p, int64_t now, size_t *fine)
{
	size_t n = 0;

	*fine = 0;
	for (size_t i = 0; i < CANARIES; i++) {
		const struct canary *c = &p->canary[i];

		if (!c->known || now - c->at > FINE_MS)
			continue;
		n++;
		*fine += c->fine;
	}
	return n;
}

/* The votes, or what the canaries say, have changed. */
static void
judge(struct port *p, int64_t now)
{
	size_t fine, canaries = count_canaries(p, now, &fine);

	if (canaries == 0 || fine > 0)
		p->canaries = -1;
	else if (p->canaries < 0)
		p->canaries = now;
	if (fine > 0 || !most_fail(p))
		p->correlate = -1;
	else if (p->correlate < 0 && p->votes[VOTE_FAILS] >= LEAST)
		p->correlate = now;
	age(p, now);
}

/* --------------------------------------------------------------- events */

void
blind_dialogue(
    struct blind *b, const struct ip_net *net, bool fine, int64_t now_ms)
{
	struct port *p =
	    &b->port[net->ip.family == 6 ? SIGHT_SMTP6 : SIGHT_SMTP4];
	struct network *n;

	age(p, now_ms);
	if (fine)
		p->fine = now_ms;
	n = pick(p, net);
	if (n == NULL)
		return;
	n->vote = vote_of(p, n, fine, now_ms);
	n->looked = now_ms;
	if (fine) {
		n->fine = now_ms;
		n->ever_fine = true;
	}
	put_in(p, n, true);
	judge(p, now_ms);
}

void
blind_canary(struct blind *b, enum sight sight, unsigned number, bool fine,
    int64_t now_ms)
{
	struct port *p = &b->port[sight];

	if (sight == SIGHT_DNS || number >= CANARIES)
		return;
	age(p, now_ms);
	p->canary[number] = (struct canary){ true, fine, now_ms };
	judge(p, now_ms);
}

/* What failed when nothing at all could be seen says little of port 25: it is
 * judged by what is looked at from now on. */
static void
start_over(struct port *p)
{
	struct network *n;

	while ((n = TAILQ_FIRST(&p->recent)) != NULL) {
		take_out(p, n);
		put_in(p, n, false);
	}
}

void
blind_vantages(struct blind *b, unsigned answered, unsigned n, int64_t now_ms)
{
	(void)now_ms;
	if (b->vantages > 0 && b->answered == 0 && answered > 0) {
		start_over(&b->port[SIGHT_SMTP4]);
		start_over(&b->port[SIGHT_SMTP6]);
	}
	b->answered = answered;
	b->vantages = n;
}

/* ------------------------------------------------------------- judgement */

static bool
dns_is(const struct blind *b, char *why, size_t why_size)
{
	if (b->vantages == 0 || b->answered > 0)
		return false;
	snprintf(why, why_size,
	    b->vantages == 1 ? "the only vantage does not answer" :
	                       "none of the %u vantages answers",
	    b->vantages);
	return true;
}

static bool
canaries_are(const struct port *p, int64_t now, char *why, size_t why_size)
{
	size_t fine, n = count_canaries(p, now, &fine);

	if (p->canaries < 0 || n == 0)
		return false;
	/* It is they that are dead. */
	if (p->fine >= p->canaries && now - p->fine <= FINE_MS)
		return false;
	snprintf(why, why_size,
	    n == 1 ? "the only canary does not answer" :
	             "none of the %zu canaries answers",
	    n);
	return true;
}

bool
blind_is(const struct blind *b, enum sight sight, int64_t now_ms, char *why,
    size_t why_size)
{
	const struct port *p = &b->port[sight];

	if (dns_is(b, why, why_size))
		return true;
	if (sight == SIGHT_DNS)
		return false;
	if (canaries_are(p, now_ms, why, why_size))
		return true;
	if (p->correlate < 0 || p->votes[VOTE_FAILS] == 0)
		return false;
	snprintf(why, why_size,
	    "%zu of %zu networks that answered before fail at once",
	    p->votes[VOTE_FAILS], p->votes[VOTE_FAILS] + p->votes[VOTE_FINE]);
	return true;
}
