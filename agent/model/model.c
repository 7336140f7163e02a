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

static void
free_chunk(struct chunk *chunk)
{
	free(chunk->unicode);
	free(chunk);
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
	for (size_t i = 0; i < m->nchunk; i++)
		free_chunk(m->chunk[i]);
	free_nodes(&m->names);
	free_nodes(&m->addresses);
	intern_free(&m->names);
	intern_free(&m->addresses);
	intern_free(&m->answers);
	intern_free(&m->pictures);
	intern_free(&m->sets);
	round_free_all(m);
	intern_free(&m->lists);
	intern_free(&m->asked);
	buf_free(&m->scratch);
	free(m->assembly);
	free(m->print);
	free(m->chunk);
	free(m->table);
	free(m->passed);
	free(m->touched);
	free(m);
}

/* ---------------------------------------------------------------- domains */

/* It begins in its record. */
static struct domain *
begin_inside(struct model *m, const char *name)
{
	struct domain *w = record_new(m, name);

	if (w == NULL)
		return NULL;
	slot_init(&w->thing.slot);
	m->count[THING_NAME]++;
	return w;
}

/* Others rest on the name already: that thing is its own. */
static struct domain *
begin_away(struct model *m, const char *name, struct thing *own)
{
	struct domain *w = record_new(m, name);

	if (w == NULL)
		return NULL;
	w->thing.away = true;
	w->thing.slot.user = own;
	node_of(own)->domain = w;
	return w;
}

static struct domain *
begin(struct model *m, const char *name)
{
	struct thing *known = thing_name(m, name);

	if (known == NULL)
		return begin_inside(m, name);
	if (!known->inside)
		return begin_away(m, name, known);
	thing_adopt(m, known, name);
	return (struct domain *)known;
}

struct domain *
model_add(struct model *m, const struct domain_setting *setting,
    const struct domain_group *group)
{
	struct domain *w = begin(m, setting->name);
	struct thing *own;
	bool more;

	if (w == NULL)
		return NULL;
	own = domain_own(w);
	own->refs++;
	more = thing_add_type(own, type_index(DNS_NS));
	more |= thing_add_type(own, type_index(DNS_MX));
	model_regroup(m, w, setting, group);
	m->ndomain++;
	if (more)
		thing_want(m, own);
	else
		dirty_add(m, w);
	return w;
}

/* The thing in it stays for as long as others rest on that. */
static void
end(struct model *m, struct domain *domain)
{
	struct thing *own = domain_own(domain);

	domain->group = NULL;
	domain->standing = (struct standing){ .known = false };
	domain->thing.waits = false;
	if (domain->thing.away) {
		node_of(own)->domain = NULL;
		record_free(m, domain);
	} else
		thing_orphan(m, own);
	thing_release(m, own);
}

void
model_remove(struct model *m, struct domain *domain)
{
	dirty_drop(m, domain);
	m->ndomain--;
	rest_drop(m, domain);
	servers_drop(m, domain);
	end(m, domain);
}

/* Few have one. */
static void
keep_unicode(struct model *m, const struct domain *domain, const char *unicode)
{
	struct chunk *chunk = m->chunk[domain->id / CHUNK];

	if (chunk->unicode == NULL && unicode != NULL)
		chunk->unicode = calloc(CHUNK, sizeof(char *));
	if (chunk->unicode != NULL)
		chunk->unicode[domain->id % CHUNK] = unicode;
}

const char *
model_unicode(const struct model *m, const struct domain *domain)
{
	const struct chunk *chunk = m->chunk[domain->id / CHUNK];

	return chunk->unicode == NULL ? NULL :
	                                chunk->unicode[domain->id % CHUNK];
}

void
model_regroup(struct model *m, struct domain *domain,
    const struct domain_setting *setting, const struct domain_group *group)
{
	domain->name = setting->name;
	domain->group = group;
	keep_unicode(m, domain, setting->unicode);
	round_rename(m, domain);
}

/* Not one that is gone but for its thing. */
static struct domain *
in_use(struct domain *w)
{
	if (w == NULL || w->name == NULL || w->thing.orphan)
		return NULL;
	return w;
}

struct domain *
model_find(const struct model *m, const char *name)
{
	return in_use(record_find(m, name));
}

struct domain *
model_domain_of(const struct thing *thing)
{
	return thing->kind == THING_NAME ? domain_of(thing) : NULL;
}

struct domain *
model_domain(const struct model *m, uint32_t id)
{
	return id < m->ids ? in_use(record_at(m, id)) : NULL;
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

	for (size_t i = 0; i < m->ids && kind == THING_NAME; i++) {
		struct domain *domain = record_at(m, i);

		if (domain->name != NULL && !domain->thing.away)
			each(arg, &domain->thing);
	}
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
		.servers = m->count[THING_SERVER] + m->nasked,
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
	return picture_find(m, domain_own(domain), v, type_index(DNS_NS));
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
