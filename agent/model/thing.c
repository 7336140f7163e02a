#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/model/parts.h"

/*
 * All things of one name hang on the atom of that name, those of one address
 * on that of the address: both lists are short.  Each node holds a reference
 * to its atom, and an endpoint one to the name of a host, too.
 *
 * The NAME of a domain is in its record, and found by that.
 */

const uint16_t types_all[TYPES] = { DNS_A, DNS_NS, DNS_SOA, DNS_MX, DNS_AAAA };

int
type_index(uint16_t type)
{
	for (int i = 0; i < TYPES; i++)
		if (types_all[i] == type)
			return i;
	return -1;
}

/* ---------------------------------------------------------------- indexes */

/* An address as bytes: equal ones give equal bytes. */
struct key {
	uint8_t byte[17];
	size_t len;
};

static struct key
key_of(const struct ip *ip)
{
	struct key key = { .len = ip->family == 4 ? 5 : 17 };

	key.byte[0] = ip->family;
	memcpy(key.byte + 1, ip->byte, key.len - 1);
	return key;
}

struct atom *
address_find(const struct intern *in, const struct ip *ip)
{
	struct key key = key_of(ip);

	return intern_find(in, key.byte, key.len);
}

struct atom *
address_get(struct intern *in, const struct ip *ip)
{
	struct key key = key_of(ip);

	return intern_get(in, key.byte, key.len);
}

struct ip
address_read(const struct atom *atom)
{
	struct ip ip = { .family = (uint8_t)atom->bytes[0] };

	memcpy(ip.byte, atom->bytes + 1, atom->len - 1);
	return ip;
}

static struct atom *
name_atom(const struct model *m, const char *name)
{
	return intern_find(&m->names, name, strlen(name));
}

static struct atom *
atom_of_text(const char *text)
{
	return (struct atom *)((uintptr_t)text - offsetof(struct atom, bytes));
}

/* The atom on which it hangs. */
static struct atom *
hook_of(const struct model *m, const struct thing *thing)
{
	return thing->kind == THING_ENDPOINT ?
	    address_find(&m->addresses, thing_ip(thing)) :
	    atom_of_text(thing->name);
}

static struct thing *
found(struct node *node)
{
	return node == NULL ? NULL : &node->thing;
}

const struct ip *
thing_ip(const struct thing *thing)
{
	return &node_of(thing)->ip;
}

void
thing_note_look(struct thing *thing, struct mono now)
{
	thing->looked = (uint32_t)(now.us / THING_TENTH);
	thing->known = true;
}

/* Of things that are in no domain. */
static struct thing *
node_named(const struct model *m, const char *name)
{
	struct atom *atom = name_atom(m, name);
	struct node *node = atom == NULL ? NULL : atom->user;

	while (node != NULL && node->thing.kind != THING_NAME)
		node = node->next;
	return found(node);
}

struct thing *
thing_name(const struct model *m, const char *name)
{
	const struct domain *w = record_find(m, name);

	return w != NULL ? domain_own(w) : node_named(m, name);
}

struct thing *
thing_server(const struct model *m, const char *name, const struct ip *ip)
{
	struct atom *atom = name_atom(m, name);
	struct node *node = atom == NULL ? NULL : atom->user;

	while (node != NULL &&
	    (node->thing.kind != THING_SERVER || !ip_equal(&node->ip, ip)))
		node = node->next;
	return found(node);
}

static bool
is_for(const struct node *node, const char *rcpt)
{
	const struct atom *own = node->endpoint->rcpt;

	if (own == NULL || rcpt == NULL)
		return own == NULL && rcpt == NULL;
	return strcmp(own->bytes, rcpt) == 0;
}

struct thing *
thing_endpoint(const struct model *m, const struct ip *ip, const char *rcpt)
{
	struct atom *atom = address_find(&m->addresses, ip);
	struct node *node = atom == NULL ? NULL : atom->user;

	while (node != NULL && !is_for(node, rcpt))
		node = node->next;
	return found(node);
}

struct thing *
thing_endpoint_any(const struct model *m, const struct ip *ip)
{
	struct atom *atom = address_find(&m->addresses, ip);

	return atom == NULL ? NULL : found(atom->user);
}

/* ----------------------------------------------------------- made, dropped */

static struct endpoint *
make_endpoint(struct model *m, const char *rcpt)
{
	struct endpoint *e = calloc(1, sizeof(*e));

	if (e == NULL || rcpt == NULL)
		return e;
	e->rcpt = intern_get(&m->names, rcpt, strlen(rcpt));
	if (e->rcpt == NULL) {
		free(e);
		return NULL;
	}
	return e;
}

static void
free_endpoint(struct model *m, struct endpoint *e)
{
	obs_smtp_unref(e->smtp);
	intern_unref(&m->names, e->rcpt);
	free(e);
}

/* Give the node its name, and for an endpoint the rest that makes it one.
 * Returns the atom to hang it on, or NULL without memory. */
static struct atom *
name_it(struct model *m, struct node *node, const char *name, const char *rcpt)
{
	struct atom *atom = intern_get(&m->names, name, strlen(name)), *hook;

	if (atom == NULL)
		return NULL;
	node->thing.name = atom->bytes;
	if (node->thing.kind != THING_ENDPOINT)
		return atom;
	hook = address_get(&m->addresses, &node->ip);
	node->endpoint = hook == NULL ? NULL : make_endpoint(m, rcpt);
	if (node->endpoint != NULL)
		return hook;
	intern_unref(&m->addresses, hook);
	intern_unref(&m->names, atom);
	return NULL;
}

struct thing *
thing_make(struct model *m, enum thing_kind kind, const char *name,
    const struct ip *ip, const char *rcpt)
{
	struct node *node = calloc(1, sizeof(*node));
	struct atom *hook;

	if (node == NULL)
		return NULL;
	node->thing.kind = (uint8_t)kind;
	if (ip != NULL)
		node->ip = *ip;
	slot_init(&node->thing.slot);
	hook = name_it(m, node, name, rcpt);
	if (hook == NULL) {
		free(node);
		return NULL;
	}
	node->next = hook->user;
	hook->user = node;
	m->count[kind]++;
	return &node->thing;
}

void
thing_rename(struct model *m, struct thing *endpoint, const char *host)
{
	struct atom *atom = intern_get(&m->names, host, strlen(host));

	if (atom == NULL)
		return;
	intern_unref(&m->names, atom_of_text(endpoint->name));
	endpoint->name = atom->bytes;
}

static void
unhook(struct atom *atom, struct node *node)
{
	struct node *at = atom->user;

	if (at == node) {
		atom->user = node->next;
		return;
	}
	while (at->next != node)
		at = at->next;
	at->next = node->next;
}

static void
free_node(struct model *m, struct node *node)
{
	struct atom *hook = hook_of(m, &node->thing);

	unhook(hook, node);
	if (node->thing.kind == THING_ENDPOINT) {
		free_endpoint(m, node->endpoint);
		intern_unref(&m->addresses, hook);
	}
	intern_unref(&m->names, atom_of_text(node->thing.name));
	free(node);
}

/* The copy that an orphan has of its name outlives the search for it. */
static void
free_record(struct model *m, struct thing *thing)
{
	bool copy = thing->orphan && *thing->name != '\0';
	struct atom *name = copy ? atom_of_text(thing->name) : NULL;

	record_free(m, (struct domain *)thing);
	intern_unref(&m->names, name);
}

void
thing_free(struct model *m, struct thing *thing)
{
	if (thing->fleeting) {
		free(node_of(thing));
		return;
	}
	dirty_untouch(m, thing);
	picture_set(m, thing, NULL, 0);
	m->count[thing->kind]--;
	if (thing->inside)
		free_record(m, thing);
	else
		free_node(m, node_of(thing));
}

void
thing_orphan(struct model *m, struct thing *thing)
{
	struct atom *name =
	    intern_get(&m->names, thing->name, strlen(thing->name));

	thing->orphan = true;
	if (name != NULL)
		thing->name = name->bytes;
	else
		record_hide(m, (struct domain *)thing);
}

void
thing_adopt(struct model *m, struct thing *orphan, const char *name)
{
	struct atom *copy = atom_of_text(orphan->name);

	orphan->orphan = false;
	orphan->name = name;
	intern_unref(&m->names, copy);
}

void
thing_release(struct model *m, struct thing *thing)
{
	assert(thing->refs > 0);
	if (--thing->refs > 0)
		return;
	m->hooks->unwanted(m->arg, thing);
	if (!thing->busy)
		thing_free(m, thing);
}

/* ------------------------------------------------------- what is to be asked
 */

bool
thing_add_type(struct thing *thing, int type)
{
	if ((thing->marks & 1 << type) != 0)
		return false;
	thing->marks = (uint8_t)(thing->marks | 1 << type);
	return true;
}

uint32_t
thing_vantages(const struct model *m, const struct thing *thing)
{
	uint32_t all = (uint32_t)((UINT64_C(1) << m->settings->nvantage) - 1);

	if (thing->kind != THING_NAME)
		return 1;
	/* Somebody must be asked. */
	return thing == m->control || (all & ~m->spared) == 0 ?
	    all :
	    all & ~m->spared;
}

bool
thing_complete(const struct model *m, const struct thing *thing)
{
	uint32_t vantages = thing_vantages(m, thing);

	if (thing->kind == THING_ENDPOINT)
		return node_of(thing)->endpoint->smtp != NULL;
	for (unsigned v = 0; v < SETTINGS_VANTAGES_MAX; v++)
		for (int t = 0; t < TYPES; t++)
			if ((vantages >> v & 1) != 0 &&
			    (thing->marks & 1 << t) != 0 &&
			    picture_find(m, thing, v, t) == NULL)
				return false;
	return true;
}

void
thing_want(struct model *m, struct thing *thing)
{
	if (thing->busy)
		thing->again = true;
	else
		m->hooks->wanted(m->arg, thing);
}
