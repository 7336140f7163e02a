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
 *
 * An answer of PLAIN that has the fingerprint of the known one is not read.
 */

enum step { STEP_PLAIN, STEP_CHECK, STEP_CONFIRM };

static void heard(void *, enum dns_end, const uint8_t *, size_t, double);

static struct obs_dns *
blank(const struct lookup *l)
{
	struct obs_dns *o = obs_dns_new(l->job.name, l->job.type);

	if (o == NULL)
		return NULL;
	o->direct = l->job.direct;
	o->vantage = l->job.vantage;
	o->server = l->job.server;
	return o;
}

/* Signatures are asked for where a rule looks at them. */
static unsigned
flags_of(const struct lookup *l)
{
	const struct lookup_job *job = &l->job;
	unsigned flags = l->no_edns ? DNS_FLAG_PLAIN : 0;

	if (job->direct || job->type == DNS_MX || job->type == DNS_NS)
		flags |= DNS_FLAG_DO;
	if (!job->direct)
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
	    l->channel, l->job.name, l->job.type, flags_of(l), heard, l);
	return l->query == NULL ? -1 : 0;
}

static void
forget(struct lookup *l)
{
	obs_dns_unref(l->failure);
	obs_dns_unref(l->unchecked);
}

/* Every ending comes by here.  Takes over o. */
static void
finish(struct lookup *l, struct obs_dns *o, double same_ms)
{
	if (o != NULL)
		o->tries = l->total;
	forget(l);
	l->done(l->arg, o, same_ms);
}

static void
no_memory(struct lookup *l)
{
	finish(l, NULL, -1);
}

static void
ask_on(struct lookup *l)
{
	if (ask(l) < 0)
		no_memory(l);
}

static void
enter(struct lookup *l, enum step step)
{
	l->step = (uint8_t)step;
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
	o->print = 0;
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
	finish(l, result, -1);
}

/* Is the same to be asked once more?  Changes how when that is needed. */
static bool
again(struct lookup *l, const struct obs_dns *o)
{
	if (o->status == DNS_TIMEOUT)
		return l->tries < l->job.tries;
	if (o->status == DNS_UNREACHABLE)
		return l->refusals++ == 0 && l->tries < l->job.tries;
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

/* 0: none is taken. */
static uint64_t
print_of(const struct lookup *l, const uint8_t *msg, size_t len)
{
	const struct dns_print_asked asked = {
		.name = l->job.name,
		.type = l->job.type,
		.direct = l->job.direct,
		.serial = l->job.serial,
	};

	if (l->job.key == NULL || msg == NULL)
		return 0;
	return dns_print(l->job.key, &asked, msg, len);
}

static void
heard(
    void *arg, enum dns_end end, const uint8_t *msg, size_t len, double rtt_ms)
{
	struct lookup *l = arg;
	uint64_t print = print_of(l, msg, len);
	struct obs_dns *o;

	l->query = NULL;
	if (print != 0 && print == l->job.print && l->step == STEP_PLAIN) {
		finish(l, NULL, rtt_ms);
		return;
	}
	o = blank(l);
	if (o == NULL) {
		no_memory(l);
		return;
	}
	o->status = status_of(end);
	o->rtt_ms = rtt_ms;
	o->print = print;
	if (end == DNS_END_ANSWER && dns_message_read(o, msg, len) < 0) {
		obs_dns_unref(o);
		no_memory(l);
		return;
	}
	if (!again(l, o)) {
		conclude(l, o);
		return;
	}
	obs_dns_unref(o);
	ask_on(l);
}

int
lookup_start(struct lookup *l, struct dns_channel *channel,
    const struct lookup_job *job, lookup_done_fn *done, void *arg)
{
	*l = (struct lookup){
		.job = *job,
		.channel = channel,
		.done = done,
		.arg = arg,
	};
	return ask(l);
}

void
lookup_cancel(struct lookup *l)
{
	dns_query_cancel(l->query);
	forget(l);
}
