#include <stdlib.h>
#include <string.h>

#include "agent/model/parts.h"

/* ------------------------------------------------------------- the model */

static bool
make_control(struct model *m)
{
	m->control = thing_make(m, THING_NAME, ".", NULL, NULL);
	if (m->control == NULL)
		return false;
	m->control->refs = 1;
	thing_add_type(m->control, type_index(DNS_NS));
	return true;
}

struct model *
model_new(
    const struct settings *settings, const struct model_hooks *hooks, void *arg)
{
	struct model *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->settings = settings;
	m->hooks = hooks;
	m->arg = arg;
	buf_init(&m->scratch, 0);
	TAILQ_INIT(&m->dirty);
	m->assembly = assembly_new();
	m->print = calloc(ANSWERS_MAX, sizeof(*m->print));
	if (m->assembly == NULL || m->print == NULL || !make_control(m)) {
		model_free(m);
		return NULL;
	}
	return m;
}

static void
free_node(struct node *node)
{
	if (node->thing.kind == THING_ENDPOINT) {
		obs_smtp_unref(node->endpoint->smtp);
		free(node->endpoint);
	}
	free(node);
}

/* The things of these names, or addresses, whoever counts on them. */
static void
free_nodes(const struct intern *index)
{
	struct atom *atom = NULL;

	while ((atom = intern_next(index, atom)) != NULL) {
		struct node *node = atom->user, *next;

		for (; node != NULL; node = next) {
			next = node->next;
			free_node(node);
		}
	}
}

void
model_free(struct model *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->ids; i++)
		if (m->domain[i] != NULL) {
			free(m->domain[i]->domain.standing.found);
			free(m->domain[i]->servers);
			free(m->domain[i]);
		}
	free_nodes(&m->names);
	free_nodes(&m->addresses);
	intern_free(&m->names);
	intern_free(&m->addresses);
	intern_free(&m->answers);
	intern_free(&m->pictures);
	intern_free(&m->sets);
	buf_free(&m->scratch);
	free(m->assembly);
	free(m->print);
	free(m->domain);
	free(m->touched);
	free(m);
}

/* ---------------------------------------------------------------- domains */

/* Room for one domain more, and its id in *id. */
static bool
find_room(struct model *m, size_t *id)
{
	size_t size = m->size == 0 ? 64 : m->size * 2;
	struct watched **domain;

	while (m->low < m->ids && m->domain[m->low] != NULL)
		m->low++;
	*id = m->low;
	if (m->low < m->size)
		return true;
	domain = reallocarray(m->domain, size, sizeof(struct watched *));
	if (domain == NULL)
		return false;
	m->domain = domain;
	m->size = size;
	return true;
}

/* The thing that is the domain's own, with its types. */
static struct thing *
make_own(struct model *m, const char *name, bool *more)
{
	struct thing *own = thing_name(m, name);

	if (own == NULL)
		own = thing_make(m, THING_NAME, name, NULL, NULL);
	if (own == NULL)
		return NULL;
	*more = thing_add_type(own, type_index(DNS_NS));
	*more |= thing_add_type(own, type_index(DNS_MX));
	own->refs++;
	return own;
}

struct domain *
model_add(struct model *m, const struct domain_setting *setting,
    const struct domain_group *group)
{
	struct watched *w = calloc(1, sizeof(*w));
	bool more = false;
	size_t id;

	if (w == NULL || !find_room(m, &id) ||
	    (w->domain.own = make_own(m, setting->name, &more)) == NULL) {
		free(w);
		return NULL;
	}
	w->domain.id = (uint32_t)id;
	model_regroup(m, &w->domain, setting, group);
	node_of(w->domain.own)->domain = &w->domain;
	m->domain[id] = w;
	if (id == m->ids)
		m->ids++;
	m->ndomain++;
	if (more)
		thing_want(m, w->domain.own);
	else
		dirty_add(m, &w->domain);
	return &w->domain;
}

void
model_remove(struct model *m, struct domain *domain)
{
	size_t id = domain->id;

	dirty_drop(m, domain);
	m->domain[id] = NULL;
	m->ndomain--;
	if (id < m->low)
		m->low = id;
	while (m->ids > 0 && m->domain[m->ids - 1] == NULL)
		m->ids--;
	rest_drop(m, domain);
	node_of(domain->own)->domain = NULL;
	thing_release(m, domain->own);
	free(domain->standing.found);
	free(watched_of(domain));
}

void
model_regroup(struct model *m, struct domain *domain,
    const struct domain_setting *setting, const struct domain_group *group)
{
	(void)m;
	domain->name = setting->name;
	domain->unicode = setting->unicode;
	domain->group = group;
}

struct domain *
model_find(const struct model *m, const char *name)
{
	struct thing *own = thing_name(m, name);

	return own == NULL ? NULL : node_of(own)->domain;
}

struct domain *
model_domain(const struct model *m, uint32_t id)
{
	if (id >= m->ids || m->domain[id] == NULL)
		return NULL;
	return &m->domain[id]->domain;
}

size_t
model_count(const struct model *m)
{
	return m->ndomain;
}

uint32_t
model_ids(const struct model *m)
{
	return (uint32_t)m->ids;
}

/* ----------------------------------------------------------------- things */

struct thing *
model_name(const struct model *m, const char *name)
{
	return thing_name(m, name);
}

struct thing *
model_endpoint(const struct model *m, const struct ip *ip)
{
	return thing_endpoint_any(m, ip);
}

struct thing *
model_control(const struct model *m)
{
	return m->control;
}

enum tri
model_alive(const struct model *m, unsigned vantage)
{
	return vantage < m->settings->nvantage ? m->alive[vantage] :
	                                         TRI_UNKNOWN;
}

const struct obs_smtp *
model_dialogue(const struct thing *thing)
{
	return node_of(thing)->endpoint->smtp;
}

void
model_each(const struct model *m, enum thing_kind kind, model_thing_fn *each,
    void *arg)
{
	const struct intern *index =
	    kind == THING_ENDPOINT ? &m->addresses : &m->names;
	struct atom *atom = NULL;

	while ((atom = intern_next(index, atom)) != NULL)
		for (struct node *node = atom->user; node != NULL;
		     node = node->next)
			if (node->thing.kind == kind)
				each(arg, &node->thing);
}

void
model_stats(const struct model *m, struct model_stats *out)
{
	*out = (struct model_stats){
		.domains = m->ndomain,
		.names = m->count[THING_NAME],
		.servers = m->count[THING_SERVER],
		.endpoints = m->count[THING_ENDPOINT],
		.answers = m->answers.count,
	};
}

/* --------------------------------------------------------------- vantages */

void
model_exclude(struct model *m, unsigned vantage, bool on)
{
	uint32_t bit = UINT32_C(1) << vantage;

	if (((m->excluded & bit) != 0) == on)
		return;
	m->excluded ^= bit;
	dirty_all(m);
}

/* What the first vantage that counts says of the domain's NS. */
static const struct atom *
ns_answer(const struct model *m, const struct domain *domain)
{
	unsigned v = 0;

	while (v < m->settings->nvantage && (m->excluded >> v & 1) != 0)
		v++;
	return picture_find(domain->own, v, type_index(DNS_NS));
}

void
model_siblings(const struct model *m, const struct domain *domain, size_t max,
    model_domain_fn *each, void *arg)
{
	const struct atom *ns = ns_answer(m, domain);

	for (size_t i = 0; i < m->ids && max > 0; i++) {
		struct domain *other = model_domain(m, (uint32_t)i);

		if (other == NULL ||
		    (other != domain &&
		        (ns == NULL || ns_answer(m, other) != ns)))
			continue;
		each(arg, other);
		max--;
	}
}
