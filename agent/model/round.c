#include <stdlib.h>

#include "agent/model/parts.h"

/*
 * Name servers are asked about a domain.  A thing for one is there only while
 * it is to be asked, or is being asked: it is fleeting.  Those of one domain
 * are a round; what they say is judged when the last of them is known, or was
 * lost.  So when the serial of a zone moves at one after the other, that is
 * one change, or none.
 */

struct round {
	struct atom *was; /* the list that was judged; our reference */
	struct node *first;
};

static struct atom *
round_atom(const struct model *m, const struct domain *domain)
{
	if (!domain->thing.asking)
		return NULL;
	return intern_find(&m->rounds, &domain->id, sizeof(domain->id));
}

static struct round *
round_of(const struct model *m, const struct domain *domain)
{
	struct atom *atom = round_atom(m, domain);

	return atom == NULL ? NULL : atom->user;
}

static struct round *
begin_round(struct model *m, struct domain *domain)
{
	struct round *round = round_of(m, domain);
	struct atom *atom;

	if (round != NULL)
		return round;
	round = calloc(1, sizeof(*round));
	atom = intern_get(&m->rounds, &domain->id, sizeof(domain->id));
	if (round == NULL || atom == NULL) {
		intern_unref(&m->rounds, atom);
		free(round);
		return NULL;
	}
	atom->user = round;
	round->was = intern_at(&m->lists, asked_of(m, domain)->servers);
	if (round->was != NULL)
		intern_ref(round->was);
	domain->thing.asking = true;
	return round;
}

static void
end_round(struct model *m, struct domain *domain)
{
	struct atom *atom = round_atom(m, domain);
	struct round *round = atom->user;

	domain->thing.asking = false;
	servers_unref(m, round->was);
	free(round);
	intern_unref(&m->rounds, atom);
}

static struct node *
find_live(const struct round *round, const struct ip *ip)
{
	struct node *node = round == NULL ? NULL : round->first;

	while (node != NULL && !ip_equal(&node->ip, ip))
		node = node->next;
	return node;
}

static struct node *
make_live(struct model *m, struct domain *domain, const struct ip *ip)
{
	const struct server *server = servers_at(m, domain, ip);
	struct round *round = begin_round(m, domain);
	struct node *node = round == NULL ? NULL : calloc(1, sizeof(*node));

	if (node == NULL) {
		if (round != NULL && round->first == NULL)
			end_round(m, domain);
		return NULL;
	}
	node->thing.kind = THING_SERVER;
	node->thing.name = domain->name;
	node->thing.fleeting = true;
	node->thing.refs = 1;
	node->thing.known = server != NULL && server->picture != 0;
	node->ip = *ip;
	node->domain = domain;
	slot_init(&node->thing.slot);
	node->next = round->first;
	round->first = node;
	return node;
}

/* It is in no round any more. */
static void
leave(struct model *m, struct node *node)
{
	struct round *round = round_of(m, node->domain);
	struct node **at = &round->first;

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
}

/* Nobody waits for it. */
static void
release(struct model *m, struct node *node)
{
	leave(m, node);
	node->domain = NULL;
	node->thing.name = "";
	node->thing.refs = 0;
	m->hooks->unwanted(m->arg, &node->thing);
	if (!node->thing.busy)
		free(node);
}

static bool
add_types(struct thing *thing, uint32_t types)
{
	uint8_t before = thing->marks;

	thing->marks = (uint8_t)(before | types);
	return thing->marks != before;
}

/* NULL: no memory. */
static struct node *
live(struct model *m, struct domain *domain, const struct server *server,
    bool *fresh)
{
	struct ip ip = server_address(m, server);
	struct node *node = find_live(round_of(m, domain), &ip);

	if (node == NULL)
		node = make_live(m, domain, &ip);
	*fresh = node != NULL && add_types(&node->thing, server->types);
	return node;
}

struct thing *
round_want(struct model *m, struct domain *domain, const struct server *server)
{
	bool fresh;
	struct node *node = live(m, domain, server, &fresh);

	if (fresh)
		thing_want(m, &node->thing);
	return node == NULL ? NULL : &node->thing;
}

void
round_tidy(struct model *m, struct domain *domain)
{
	struct round *round = round_of(m, domain);
	struct node *next;

	for (struct node *node = round == NULL ? NULL : round->first;
	     node != NULL; node = next) {
		next = node->next;
		if (servers_at(m, domain, &node->ip) == NULL)
			release(m, node);
	}
	if (round != NULL && round->first == NULL)
		end_round(m, domain);
}

void
round_note_judged(struct model *m, struct domain *domain)
{
	struct round *round = round_of(m, domain);
	struct atom *now = intern_at(&m->lists, asked_of(m, domain)->servers);

	if (round == NULL)
		return;
	if (now != NULL)
		intern_ref(now);
	servers_unref(m, round->was);
	round->was = now;
}

/* ---------------------------------------------------------------- when, whom
 */

/* All of them evenly over the interval, but
 * for its first eighth. */
uint32_t
round_first_due(const struct model *m, const struct domain *domain)
{
	uint64_t interval = m->settings->authority_interval_ms / 100;
	uint32_t phase = domain->id * UINT32_C(2654435769);

	return domain_own(domain)->looked +
	    (uint32_t)(interval / 8 +
	        (interval - interval / 8) * phase / UINT32_MAX);
}

void
round_rename(struct model *m, struct domain *domain)
{
	const struct round *round = round_of(m, domain);
	struct node *node = round == NULL ? NULL : round->first;

	for (; node != NULL; node = node->next)
		node->thing.name = domain->name;
}

void
round_want_all(struct model *m, struct domain *domain)
{
	size_t n;
	const struct server *server = servers_of(m, domain, &n);

	for (size_t i = 0; i < n; i++)
		round_want(m, domain, &server[i]);
}

void
round_follow(struct model *m, struct domain *domain, struct mono now)
{
	struct asked *w = asked_of(m, domain);
	uint32_t tenths = (uint32_t)(now.us / THING_TENTH);

	if (w->servers == 0 || w->due > tenths)
		return;
	w->due = tenths + (uint32_t)(m->settings->authority_interval_ms / 100);
	round_want_all(m, domain);
}

/* What is made for this and not taken up goes again. */
void
round_each(
    struct model *m, struct domain *domain, model_thing_fn *each, void *arg)
{
	size_t n;
	const struct server *server = servers_of(m, domain, &n);

	for (size_t i = 0; i < n; i++) {
		bool fresh;
		struct node *node = live(m, domain, &server[i], &fresh);

		if (node == NULL)
			continue;
		each(arg, &node->thing);
		if (fresh && !node->thing.busy &&
		    !slot_is_scheduled(&node->thing.slot)) {
			leave(m, node);
			free(node);
		}
	}
	if (round_of(m, domain) != NULL && round_of(m, domain)->first == NULL)
		end_round(m, domain);
}

/* --------------------------------------------------------------------- ends */

/* What is not done, and will be soon, is waited for. */
static bool
is_under_way(const struct round *round)
{
	for (struct node *node = round->first; node != NULL; node = node->next)
		if (!node->thing.lost)
			return true;
	return false;
}

/* What has come of a round, when it is over: is there something to judge? */
static void
look_at_round(struct model *m, struct domain *domain)
{
	struct round *round = round_of(m, domain);
	struct atom *now = intern_at(&m->lists, asked_of(m, domain)->servers);

	if (is_under_way(round))
		return;
	if (now != round->was || domain->thing.waits)
		dirty_concern(m, domain);
	round_tidy(m, domain);
}

/* Asked about more while it was busy: that is still to be asked. */
static bool
is_lacking(const struct model *m, const struct node *node)
{
	const struct server *server = servers_at(m, node->domain, &node->ip);

	return node->thing.again && !server_complete(m, server);
}

void
round_learned(struct model *m, struct thing *thing, bool lost)
{
	struct node *node = node_of(thing);
	struct domain *domain = node->domain;
	bool lacking = is_lacking(m, node);

	thing->lost = lost;
	if (!lost) {
		leave(m, node);
		if (lacking)
			round_want(m, domain, servers_at(m, domain, &node->ip));
		free(node);
	}
	look_at_round(m, domain);
}

void
round_free_all(struct model *m)
{
	struct atom *atom = NULL;

	while ((atom = intern_next(&m->rounds, atom)) != NULL) {
		struct round *round = atom->user;
		struct node *node;

		while ((node = round->first) != NULL) {
			round->first = node->next;
			free(node);
		}
		free(round);
	}
	intern_free(&m->rounds);
}
