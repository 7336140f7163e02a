#include <stdlib.h>
#include <string.h>

#include "agent/model/parts.h"
#include "agent/worker/codec.h"

/* -------------------------------------------------------------- DNS answers */

/* What will be the new picture: answers sorted by vantage and type. */
struct sketch {
	struct answer answer[ANSWERS_MAX];
	size_t n;
};

static size_t
place_in(const struct sketch *s, unsigned vantage, int type, bool *there)
{
	size_t i = 0;

	while (i < s->n &&
	    (s->answer[i].vantage < vantage ||
	        (s->answer[i].vantage == vantage &&
	            s->answer[i].type < (uint32_t)type)))
		i++;
	*there = i < s->n && s->answer[i].vantage == vantage &&
	    s->answer[i].type == (uint32_t)type;
	return i;
}

static void
put_in(struct sketch *s, size_t at, bool there, struct answer answer)
{
	if (!there) {
		memmove(&s->answer[at + 1], &s->answer[at],
		    (s->n - at) * sizeof(*s->answer));
		s->n++;
	}
	s->answer[at] = answer;
}

/* Is it an answer to something that this thing is asked? */
static bool
belongs(
    const struct model *m, const struct thing *thing, const struct obs_dns *obs)
{
	bool direct = thing->kind == THING_SERVER;

	if (obs == NULL || obs->direct != direct || type_index(obs->type) < 0 ||
	    strcmp(obs->name, thing->name) != 0)
		return false;
	return direct ? ip_equal(&obs->server, thing_ip(thing)) :
	                obs->vantage < m->settings->nvantage;
}

/* Its fingerprint counts if that has the serial told from the same one. */
static struct atom *
essence_of(struct model *m, const struct thing *thing,
    const struct obs_dns *obs, uint32_t printed_from)
{
	uint32_t from = obs->type == DNS_SOA ? serial_base(m, thing) : 0;
	bool printed = obs->type != DNS_SOA || from == printed_from;
	struct atom *essence;

	buf_reset(&m->scratch);
	codec_put_essence(&m->scratch, obs, from);
	if (m->scratch.failed)
		return NULL;
	essence = intern_get(&m->answers, m->scratch.data, m->scratch.len);
	if (essence != NULL && obs->print != 0 && printed)
		essence->number = obs->print;
	return essence;
}

/* Part i of the result.  Returns whether anything was found out. */
static bool
sketch_in(struct model *m, const struct thing *thing, struct sketch *s,
    const struct task_result *result, size_t i, struct atom **held)
{
	const struct obs_dns *obs = result->dns[i];
	unsigned vantage = obs->direct ? 0 : obs->vantage;
	int type = type_index(obs->type);
	bool there;
	size_t at = place_in(s, vantage, type, &there);

	if (there && obs->status == DNS_UNCHECKED)
		return false;
	*held = essence_of(m, thing, obs, result->serial);
	if (*held == NULL)
		return false;
	put_in(s, at, there, (struct answer){ *held, vantage, (uint32_t)type });
	return true;
}

/* Is this part of the result what its fingerprint stood for? */
static bool
is_same(const struct task_result *result, size_t i)
{
	return result->dns[i] == NULL && result->same_ms != NULL;
}

/* In milliseconds; less than 0: it was not answered. */
static double
time_of(const struct task_result *result, size_t i)
{
	const struct obs_dns *obs = result->dns[i];

	if (obs == NULL)
		return is_same(result, i) ? (double)result->same_ms[i] : -1;
	return obs->rcode < 0 ? -1 : obs->rtt_ms;
}

/* The mean time of what was answered. */
static void
note_rtt(struct model *m, struct thing *thing, const struct task_result *result)
{
	double sum = 0, n = 0;

	for (size_t i = 0; i < result->ndns; i++) {
		double ms = time_of(result, i);

		if (ms < 0)
			continue;
		sum += ms;
		n++;
	}
	if (n > 0)
		thing->rtt = sum / n * 10 < UINT16_MAX - 1 ?
		    (uint16_t)(sum / n * 10 + 1) :
		    UINT16_MAX;
	if (thing->fleeting)
		servers_note_rtt(m, thing);
}

/* The same as before: of every vantage one question. */
static void
note_alive_still(struct model *m, unsigned vantage)
{
	const struct atom *blob =
	    picture_find(m, m->control, vantage, type_index(DNS_NS));
	struct codec_gist gist;

	if (blob == NULL)
		return;
	codec_gist((const uint8_t *)blob->bytes, blob->len, &gist);
	m->alive[vantage] = status_is_useful(gist.status) ? TRI_YES : TRI_NO;
}

/* Which vantages answer the control question? */
static void
note_alive(struct model *m, const struct task_result *result)
{
	for (size_t i = 0; i < result->ndns; i++) {
		const struct obs_dns *obs = result->dns[i];

		if (is_same(result, i) && i < m->settings->nvantage)
			note_alive_still(m, (unsigned)i);
		if (!belongs(m, m->control, obs) ||
		    obs->status == DNS_UNCHECKED)
			continue;
		m->alive[obs->vantage] =
		    status_is_useful(obs->status) ? TRI_YES : TRI_NO;
	}
}

/* Nothing but what was known: no essence is looked at. */
static bool
all_same(const struct thing *thing, const struct task_result *result)
{
	if (!thing->known || result->ndns == 0)
		return false;
	for (size_t i = 0; i < result->ndns; i++)
		if (!is_same(result, i))
			return false;
	return true;
}

static const struct atom *
known_picture(const struct model *m, const struct thing *thing)
{
	return thing->fleeting ? servers_known(m, thing) : picture_of(m, thing);
}

static int
set_picture(struct model *m, struct thing *thing, const struct sketch *sketch)
{
	if (thing->fleeting)
		return servers_put(m, thing, sketch->answer, sketch->n);
	return picture_set(m, thing, sketch->answer, sketch->n);
}

static enum learned
learn_new(
    struct model *m, struct thing *thing, const struct task_result *result)
{
	struct atom *held[ANSWERS_MAX] = { NULL };
	struct sketch sketch = { .n = 0 };
	const struct atom *old = known_picture(m, thing);
	bool found_out = false;
	int changed;

	if (old != NULL) {
		memcpy(sketch.answer, old->bytes, old->len);
		sketch.n = old->len / sizeof(*sketch.answer);
	}
	for (size_t i = 0; i < result->ndns && i < ANSWERS_MAX; i++)
		if (belongs(m, thing, result->dns[i]))
			found_out |= sketch_in(
			    m, thing, &sketch, result, i, &held[i]);
		else
			found_out |= thing->known && is_same(result, i);
	changed = set_picture(m, thing, &sketch);
	for (size_t i = 0; i < ANSWERS_MAX; i++)
		intern_unref(&m->answers, held[i]);
	if (!found_out || changed < 0)
		return LEARNED_NOTHING;
	return changed ? LEARNED_CHANGED : LEARNED_SAME;
}

static enum learned
learn_answers(
    struct model *m, struct thing *thing, const struct task_result *result)
{
	enum learned learned = LEARNED_SAME;

	if (!all_same(thing, result))
		learned = learn_new(m, thing, result);
	if (learned == LEARNED_NOTHING)
		return learned;
	note_rtt(m, thing, result);
	if (thing == m->control)
		note_alive(m, result);
	return learned;
}

/* --------------------------------------------------------------- dialogues */

/* The dialogue as it is to be kept: with the TLS facts of the last one when it
 * stopped before TLS, or showed no certificate because it resumed an earlier
 * session.  A new reference; NULL: no memory, or no such facts. */
static struct obs_smtp *
complete(const struct endpoint *e, struct obs_smtp *now)
{
	bool donor = e->smtp != NULL && e->smtp->tls != NULL;

	if (donor && (dialogue_stopped_early(now) || dialogue_resumed(now)))
		return dialogue_graft(now, e->smtp);
	return dialogue_resumed(now) ? NULL : obs_smtp_ref(now);
}

static enum learned
learn_dialogue(struct model *m, struct thing *thing,
    const struct task_result *result, struct mono now)
{
	struct endpoint *e = node_of(thing)->endpoint;
	struct obs_smtp *smtp = result->smtp, *old = e->smtp;
	bool same, whole;

	if (smtp == NULL || !ip_equal(&smtp->ip, thing_ip(thing)) ||
	    (smtp->error == SMTP_LOCAL && old != NULL))
		return LEARNED_NOTHING;
	whole = !dialogue_stopped_early(smtp) && !dialogue_resumed(smtp);
	smtp = complete(e, smtp);
	if (smtp == NULL)
		return LEARNED_NOTHING;
	if (whole)
		e->whole = now;
	same = old != NULL && dialogue_same(&m->settings->policy, old, smtp);
	e->smtp = smtp;
	obs_smtp_unref(old);
	return same ? LEARNED_SAME : LEARNED_CHANGED;
}

/* ------------------------------------------------------------------- learn */

/* What was wanted before a reload is not what is wanted now. */
static bool
is_stale(struct thing *thing)
{
	bool stale = (thing->marks & MARK_STALE) != 0;

	thing->marks = (uint8_t)(thing->marks & ~MARK_STALE);
	return stale;
}

/* What it is asked besides. */
static void
follow_up(struct model *m, struct thing *thing, bool lost, struct mono now)
{
	struct domain *domain;

	if (thing->fleeting) {
		round_learned(m, thing, lost);
		return;
	}
	thing->again = thing->again && !thing_complete(m, thing);
	domain = thing->kind == THING_NAME ? domain_of(thing) : NULL;
	if (domain != NULL && !lost)
		round_follow(m, domain, now);
}

enum learned
model_learn(struct model *m, struct thing *thing,
    const struct task_result *result, struct mono now)
{
	enum learned learned = LEARNED_NOTHING;
	bool stale = is_stale(thing);

	if (thing->refs == 0) {
		thing_free(m, thing);
		return LEARNED_NOTHING;
	}
	if (!result->lost && !stale)
		learned = thing->kind == THING_ENDPOINT ?
		    learn_dialogue(m, thing, result, now) :
		    learn_answers(m, thing, result);
	if (learned != LEARNED_NOTHING) {
		if (!thing->known)
			learned = LEARNED_CHANGED;
		thing_note_look(thing, now);
	}
	if (learned == LEARNED_CHANGED && !thing->fleeting)
		dirty_touch(m, thing);
	follow_up(m, thing, result->lost, now);
	return learned;
}
