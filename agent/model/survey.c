#include <stdlib.h>
#include <string.h>

#include "agent/model/parts.h"
#include "agent/rules/state.h"
#include "agent/worker/codec.h"

/*
 * What is asked of the whole: who rests on a thing, whether a vantage sees
 * domains as the others do, and what it has still to be asked.
 */

/* Has the set with this id the thing?  Each is looked into but once. */
static bool
id_has(struct model *m, uint32_t id, const struct thing *thing)
{
	enum { NOT_YET, NO, YES };

	if (id == 0)
		return false;
	if (m->passed[id] == NOT_YET)
		m->passed[id] =
		    rest_has(intern_at(&m->sets, id), thing) ? YES : NO;
	return m->passed[id] == YES;
}

/* A million in a millisecond: most of them are passed by the ids of their
 * sets. */
void
model_users(struct model *m, const struct thing *thing, size_t skip, size_t n,
    model_domain_fn *each, void *arg)
{
	const struct domain *own =
	    thing->kind == THING_NAME ? domain_of(thing) : NULL;
	size_t left = thing->refs;

	if (!dirty_marks(m))
		return;
	for (size_t i = 0; i < m->ids && n > 0 && left > 0; i++) {
		uint32_t set = m->chunk[i / CHUNK]->set[i % CHUNK];

		if ((own == NULL || own->id != i) && !id_has(m, set, thing))
			continue;
		left--;
		if (skip > 0) {
			skip--;
			continue;
		}
		each(arg, model_domain(m, (uint32_t)i));
		n--;
	}
}

void
model_rests_on(
    struct model *m, struct domain *domain, model_thing_fn *each, void *arg)
{
	size_t n;
	struct thing *const *thing;

	each(arg, domain_own(domain));
	round_each(m, domain, each, arg);
	thing = rest_things(set_of(m, domain), &n);
	for (size_t i = 0; i < n; i++)
		each(arg, thing[i]);
}

/* As the rules count votes: when name servers are dead, one resolver gives up,
 * and another is silent. */
static enum vote
vote_of(const struct codec_gist *gist)
{
	enum vote vote = gist->loop ? VOTE_LOOP : state_vote_of(gist->status);

	if (vote == VOTE_LOOP || (vote == VOTE_MX && gist->mx == NULL))
		return VOTE_UNRESOLVABLE;
	return vote;
}

/* Not that they are equal: resolvers differ in what they validate, and in the
 * reasons that they give. */
static bool
is_same(const struct atom *a, const struct atom *b)
{
	struct codec_gist one, two;
	enum vote vote;

	if (a == b)
		return true;
	codec_gist((const uint8_t *)a->bytes, a->len, &one);
	codec_gist((const uint8_t *)b->bytes, b->len, &two);
	vote = vote_of(&one);
	if (vote != vote_of(&two))
		return false;
	return vote != VOTE_MX ||
	    (one.len == two.len && memcmp(one.mx, two.mx, one.len) == 0);
}

/* What is seen of the MX: by one vantage, and by the others, when these are at
 * least two and see the same. */
struct sight_of {
	const struct atom *mine, *theirs;
};

/* others: bit i: vantage i counts. */
static struct sight_of
see(const struct model *m, const struct thing *own, unsigned vantage,
    uint32_t others)
{
	const uint32_t mx = (uint32_t)type_index(DNS_MX);
	struct sight_of sight = { NULL, NULL };
	bool agree = true;
	size_t n, answered = 0;
	const struct answer *answer = picture_answers(m, own, &n);

	for (size_t i = 0; i < n; i++) {
		if (answer[i].type != mx)
			continue;
		if (answer[i].vantage == vantage)
			sight.mine = answer[i].blob;
		if ((others >> answer[i].vantage & 1) == 0)
			continue;
		if (answered++ == 0)
			sight.theirs = answer[i].blob;
		agree = agree && is_same(answer[i].blob, sight.theirs);
	}
	if (!agree || answered < 2)
		sight.theirs = NULL;
	return sight;
}

/* Of very many domains some are asked about, spread evenly: which vantage lies
 * is seen as well by 8,000 of them, and that takes a millisecond where a
 * million take 150. */
#define SAMPLE 8192

void
model_agreement(const struct model *m, unsigned vantage, struct mono since,
    size_t *same, size_t *otherwise)
{
	size_t step = 1 + m->ids / SAMPLE;
	uint32_t others = 0;

	for (unsigned v = 0; v < m->settings->nvantage; v++)
		if (v != vantage && m->alive[v] != TRI_NO &&
		    (m->excluded >> v & 1) == 0)
			others |= UINT32_C(1) << v;
	*same = *otherwise = 0;
	/* Others each time. */
	for (size_t i = (size_t)since.us % step; i < m->ids; i += step) {
		const struct domain *domain = model_domain(m, (uint32_t)i);
		const struct thing *own =
		    domain == NULL ? NULL : domain_own(domain);
		struct sight_of sight;

		if (own == NULL || !own->known ||
		    thing_looked(own).us < since.us)
			continue;
		sight = see(m, own, vantage, others);
		if (sight.mine == NULL || sight.theirs == NULL)
			continue;
		if (is_same(sight.mine, sight.theirs))
			++*same;
		else
			++*otherwise;
	}
}

/* --------------------------------------------------- vantages that are spared
 */

struct spared {
	struct model *m;
	unsigned vantage;
};

static void
forget_answers(struct model *m, struct thing *thing, unsigned vantage)
{
	struct answer left[ANSWERS_MAX];
	size_t n, kept = 0;
	const struct answer *all = picture_answers(m, thing, &n);

	for (size_t i = 0; i < n; i++)
		if (all[i].vantage != vantage)
			left[kept++] = all[i];
	if (kept < n)
		(void)picture_set(m, thing, left, kept);
}

/* The answer to a look that is under way does not have it: again then. */
static void
ask_again(void *arg, struct thing *thing)
{
	const struct spared *s = arg;

	if (thing->refs == 0 || thing == s->m->control)
		return;
	forget_answers(s->m, thing, s->vantage);
	if (!thing_complete(s->m, thing))
		thing_want(s->m, thing);
}

void
model_spare(struct model *m, unsigned vantage, bool on)
{
	uint32_t bit = UINT32_C(1) << vantage;
	struct spared s = { m, vantage };

	if (((m->spared & bit) != 0) == on)
		return;
	m->spared ^= bit;
	if (!on)
		model_each(m, THING_NAME, ask_again, &s);
}

static bool
lacks(const struct model *m, const struct thing *thing, unsigned vantage)
{
	for (int t = 0; t < TYPES && thing->refs > 0; t++)
		if ((thing->marks & 1 << t) != 0 &&
		    picture_find(m, thing, vantage, t) == NULL)
			return true;
	return false;
}

/* Names that are in no domain are few; domains are asked for by the same
 * schedule, so that some of them stand for all. */
bool
model_lacks(const struct model *m, unsigned vantage)
{
	size_t step = 1 + m->ids / SAMPLE;
	const struct atom *atom = NULL;

	for (size_t i = 0; i < m->ids; i += step) {
		const struct domain *domain = model_domain(m, (uint32_t)i);

		if (domain != NULL && lacks(m, domain_own(domain), vantage))
			return true;
	}
	while ((atom = intern_next(&m->names, atom)) != NULL)
		for (const struct node *node = atom->user; node != NULL;
		     node = node->next)
			if (node->thing.kind == THING_NAME &&
			    lacks(m, &node->thing, vantage))
				return true;
	return false;
}
