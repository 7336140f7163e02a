#include <string.h>

#include "agent/model/parts.h"

/* ------------------------------------------------------- what is different */

static bool
same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static bool
same_vantage(const struct vantage_setting *a, const struct vantage_setting *b)
{
	return same_text(a->name, b->name) && same_text(a->url, b->url) &&
	    ip_equal(&a->ip, &b->ip) && a->port == b->port;
}

static bool
same_range(const struct range *a, const struct range *b)
{
	if (!a->set || !b->set)
		return a->set == b->set;
	return a->inside == b->inside && a->start == b->start &&
	    a->end == b->end;
}

static bool
same_lists(const struct policy *a, const struct policy *b)
{
	if (a->nallow != b->nallow || a->noverride != b->noverride)
		return false;
	for (size_t i = 0; i < a->nallow; i++)
		if (!ip_net_equal(&a->allow[i], &b->allow[i]))
			return false;
	for (size_t i = 0; i < a->noverride; i++)
		if (a->override[i].severity != b->override[i].severity ||
		    strcmp(a->override[i].pattern, b->override[i].pattern) != 0)
			return false;
	return true;
}

static bool
same_policy(const struct policy *a, const struct policy *b)
{
	return a->quorum == b->quorum && a->ipv4_prefix == b->ipv4_prefix &&
	    a->ipv6_prefix == b->ipv6_prefix &&
	    a->cert_warn_days == b->cert_warn_days &&
	    a->cert_crit_days == b->cert_crit_days &&
	    a->cert_crit_set == b->cert_crit_set &&
	    a->mx_ttl_min == b->mx_ttl_min && a->slow_ms == b->slow_ms &&
	    same_range(&a->warn, &b->warn) && same_range(&a->crit, &b->crit) &&
	    a->sender == b->sender && same_lists(a, b);
}

/* Would everything be judged alike, and of the same facts? */
static bool
same_judgement(const struct settings *a, const struct settings *b)
{
	for (size_t i = 0; i < a->nvantage && i < b->nvantage; i++)
		if (a->vantage[i].trust_ad != b->vantage[i].trust_ad)
			return false;
	return a->family == b->family && a->depth == b->depth &&
	    a->smtp_port == b->smtp_port &&
	    same_text(a->asn_database, b->asn_database) &&
	    same_policy(&a->policy, &b->policy);
}

/* --------------------------------------------------------------- vantages */

#define NONE SETTINGS_VANTAGES_MAX

/* Which old vantage each new one is. */
struct mapping {
	unsigned old[SETTINGS_VANTAGES_MAX];
	size_t n;
	bool same; /* nothing moves */
};

static struct mapping
map_vantages(const struct settings *old, const struct settings *new)
{
	struct mapping map = { .n = new->nvantage,
		.same = old->nvantage == new->nvantage };

	for (unsigned i = 0; i < new->nvantage; i++) {
		unsigned v = 0;

		while (v < old->nvantage &&
		    !same_vantage(&old->vantage[v], &new->vantage[i]))
			v++;
		map.old[i] = v < old->nvantage ? v : NONE;
		map.same &= v == i;
	}
	return map;
}

static void
move_states(struct model *m, const struct mapping *map)
{
	enum tri alive[SETTINGS_VANTAGES_MAX] = { TRI_UNKNOWN };
	uint32_t excluded = 0;

	for (unsigned i = 0; i < map->n; i++) {
		unsigned v = map->old[i];

		if (v == NONE)
			continue;
		alive[i] = m->alive[v];
		excluded |= (m->excluded >> v & 1) << i;
	}
	memcpy(m->alive, alive, sizeof(alive));
	m->excluded = excluded;
	m->spared = 0;
}

/* What an old vantage said is kept when it is a new one as well. */
static void
move_answers(void *arg, struct model *m, struct thing *thing)
{
	const struct mapping *map = arg;
	struct answer answer[ANSWERS_MAX];
	size_t n = 0;

	for (unsigned i = 0; i < map->n; i++)
		for (int t = 0; map->old[i] != NONE && t < TYPES; t++) {
			struct atom *blob =
			    picture_find(m, thing, map->old[i], t);

			if (blob != NULL)
				answer[n++] =
				    (struct answer){ blob, i, (uint32_t)t };
		}
	if (picture_set(m, thing, answer, n) < 0)
		picture_set(m, thing, NULL, 0);
}

/* ---------------------------------------------------------------- dialogues */

static void
forget_dialogue(void *arg, struct model *m, struct thing *thing)
{
	struct endpoint *e = node_of(thing)->endpoint;

	(void)arg;
	(void)m;
	obs_smtp_unref(e->smtp);
	e->smtp = NULL;
	thing->known = false;
}

/* ------------------------------------------------------------------ reload */

struct change {
	struct model *m;
	void (*change)(void *arg, struct model *, struct thing *);
	void *arg;
};

/* What it is busy with is of no use any more; what is not known now is
 * wanted.  One that nobody rests on is only waiting for its end. */
static void
change_one(void *arg, struct thing *thing)
{
	const struct change *c = arg;

	if (thing->busy)
		thing->marks |= MARK_STALE;
	if (thing->refs == 0)
		return;
	c->change(c->arg, c->m, thing);
	if (thing->busy || !thing_complete(c->m, thing))
		thing_want(c->m, thing);
}

void
model_reload(struct model *m, const struct settings *new)
{
	const struct settings *old = m->settings;
	struct mapping map = map_vantages(old, new);
	struct change names = { m, move_answers, &map };
	struct change endpoints = { m, forget_dialogue, NULL };
	bool same = map.same && same_judgement(old, new);
	bool other =
	    old->depth != new->depth || old->smtp_port != new->smtp_port;

	m->settings = new;
	if (!map.same) {
		move_states(m, &map);
		model_each(m, THING_NAME, change_one, &names);
	}
	if (other)
		model_each(m, THING_ENDPOINT, change_one, &endpoints);
	if (!same)
		dirty_all(m);
}
