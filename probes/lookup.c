#include <stdlib.h>

#include "probes/lookup.h"
#include "probes/parse/dns_message.h"

/*
 *	PLAIN    the question.  SERVFAIL from a vantage leads on:
 *	CHECK    the same with checking disabled (RFC 4035 3.2.2).  An answer
 *	         means that the data is there, and leads on:
 *	CONFIRM  the question again.  SERVFAIL again: the data is bogus, and
 *	         the answer of CHECK holds it.  Otherwise it was a hiccup, and
 *	         this answer is as good as any.
 *
 * Whatever else ends a step ends the look-up with the best that is known.
 * Within a step silence is tried again, up to the tries of the job, an
 * unreachable server once, and FORMERR once without EDNS (RFC 6891 7).
 */

enum step { STEP_PLAIN, STEP_CHECK, STEP_CONFIRM };

struct lookup {
	struct dns_channel *channel;
	struct dns_query *query;
	lookup_done_fn *done;
	void *arg;
	enum step step;
	unsigned limit;           /* of tries in a step */
	unsigned tries, refusals; /* in this step */
	unsigned total;           /* tries in all steps */
	bool no_edns;
	struct obs_dns *blank;     /* what every answer starts as */
	struct obs_dns *failure;   /* SERVFAIL of STEP_PLAIN */
	struct obs_dns *unchecked; /* answer of STEP_CHECK */
};

static void heard(void *, enum dns_end, const uint8_t *, size_t, double);

static void
lookup_free(struct lookup *l)
{
	obs_dns_unref(l->blank);
	obs_dns_unref(l->failure);
	obs_dns_unref(l->unchecked);
	free(l);
}

static struct obs_dns *
obs_like(const struct obs_dns *model)
{
	struct obs_dns *o = obs_dns_new(model->name, model->type);

	if (o == NULL)
		return NULL;
	o->direct = model->direct;
	o->vantage = model->vantage;
	o->server = model->server;
	return o;
}

/* Signatures are asked for where a rule looks at them. */
static unsigned
flags_of(const struct lookup *l)
{
	const struct obs_dns *o = l->blank;
	unsigned flags = l->no_edns ? DNS_FLAG_PLAIN : 0;

	if (o->direct || o->type == DNS_MX || o->type == DNS_NS)
		flags |= DNS_FLAG_DO;
	if (!o->direct)
		flags |= DNS_FLAG_RD | DNS_FLAG_AD;
	if (l->step == STEP_CHECK)
		flags |= DNS_FLAG_CD;
	return flags;
}

/* Returns 0, or -1 without memory. */
static int
ask(struct lookup *l)
{
	l->tries++;
	l->total++;
	l->query = dns_query_start(
	    l->channel, l->blank->name, l->blank->type, flags_of(l), heard, l);
	return l->query == NULL ? -1 : 0;
}

/* Every ending comes by here.  Takes over o; NULL: memory ran out. */
static void
finish(struct lookup *l, struct obs_dns *o)
{
	lookup_done_fn *done = l->done;
	void *arg = l->arg;

	if (o == NULL)
		o = obs_dns_ref(l->blank);
	o->tries = l->total;
	lookup_free(l);
	done(arg, o);
}

static void
ask_on(struct lookup *l)
{
	if (ask(l) < 0)
		finish(l, NULL);
}

static void
enter(struct lookup *l, enum step step)
{
	l->step = step;
	l->tries = l->refusals = 0;
	ask_on(l);
}

/* The data is there, and the vantage refuses to vouch for it.  The code and
 * the reason are those of its refusal. */
static struct obs_dns *
bogus(struct lookup *l, const struct obs_dns *again)
{
	struct obs_dns *o = obs_dns_ref(l->unchecked);

	o->status = DNS_BOGUS;
	o->rcode = again->rcode;
	o->ad = false;
	o->ede = l->failure->ede >= 0 ? l->failure->ede : again->ede;
	return o;
}

static bool
is_servfail(const struct obs_dns *o)
{
	return o->status == DNS_SERVFAIL;
}

static bool
is_data(const struct obs_dns *o)
{
	return o->status == DNS_OK || o->status == DNS_NODATA ||
	    o->status == DNS_NXDOMAIN;
}

static bool
is_answer(const struct obs_dns *o)
{
	return o->rcode >= 0;
}

/* This step has its result, o, which is taken over. */
static void
conclude(struct lookup *l, struct obs_dns *o)
{
	struct obs_dns *result = o;

	if (l->step == STEP_PLAIN && is_servfail(o) && !o->direct) {
		l->failure = o;
		enter(l, STEP_CHECK);
		return;
	}
	if (l->step == STEP_CHECK && is_data(o)) {
		l->unchecked = o;
		enter(l, STEP_CONFIRM);
		return;
	}
	if (l->step == STEP_CONFIRM && is_servfail(o))
		result = bogus(l, o);
	else if (l->step == STEP_CHECK ||
	    (l->step == STEP_CONFIRM && !is_answer(o)))
		result = obs_dns_ref(l->failure);
	if (result != o)
		obs_dns_unref(o);
	finish(l, result);
}

/* Is the same to be asked once more?  Changes how when that is needed. */
static bool
again(struct lookup *l, const struct obs_dns *o)
{
	if (o->status == DNS_TIMEOUT)
		return l->tries < l->limit;
	if (o->status == DNS_UNREACHABLE)
		return l->refusals++ == 0 && l->tries < l->limit;
	if (o->rcode == 1 && !l->no_edns) {
		l->no_edns = true;
		return true;
	}
	return false;
}

static enum dns_status
status_of(enum dns_end end)
{
	static const enum dns_status status[] = {
		[DNS_END_ANSWER] = DNS_UNCHECKED, /* not read yet */
		[DNS_END_TIMEOUT] = DNS_TIMEOUT,
		[DNS_END_UNREACHABLE] = DNS_UNREACHABLE,
		[DNS_END_MALFORMED] = DNS_MALFORMED,
		[DNS_END_FORBIDDEN] = DNS_UNCHECKED,
		[DNS_END_LOCAL] = DNS_UNCHECKED,
	};

	return status[end];
}

static void
heard(
    void *arg, enum dns_end end, const uint8_t *msg, size_t len, double rtt_ms)
{
	struct lookup *l = arg;
	struct obs_dns *o = obs_like(l->blank);

	l->query = NULL;
	if (o == NULL) {
		finish(l, NULL);
		return;
	}
	o->status = status_of(end);
	o->rtt_ms = rtt_ms;
	if (end == DNS_END_ANSWER && dns_message_read(o, msg, len) < 0) {
		obs_dns_unref(o);
		finish(l, NULL);
		return;
	}
	if (!again(l, o)) {
		conclude(l, o);
		return;
	}
	obs_dns_unref(o);
	ask_on(l);
}

struct lookup *
lookup_start(struct dns_channel *channel, const struct lookup_job *job,
    lookup_done_fn *done, void *arg)
{
	struct lookup *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->channel = channel;
	l->done = done;
	l->arg = arg;
	l->limit = job->tries;
	l->blank = obs_dns_new(job->name, job->type);
	if (l->blank == NULL) {
		lookup_free(l);
		return NULL;
	}
	l->blank->direct = job->direct;
	l->blank->vantage = job->vantage;
	l->blank->server = job->server;
	if (ask(l) < 0) {
		lookup_free(l);
		return NULL;
	}
	return l;
}

void
lookup_cancel(struct lookup *l)
{
	if (l == NULL)
		return;
	dns_query_cancel(l->query);
	lookup_free(l);
}
