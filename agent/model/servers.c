#include <stdlib.h>
#include <string.h>

#include "agent/model/parts.h"

/*
 * What the name servers that are asked about a domain itself say of it: a list,
 * which is interned, for the domains of a provider share it.
 */

/* ------------------------------------------------------------------- lists */

const struct server *
servers_of(const struct model *m, const struct domain *domain, size_t *n)
{
	const struct atom *list =
	    intern_at(&m->lists, asked_of(m, domain)->servers);

	*n = list == NULL ? 0 : list->len / sizeof(struct server);
	return list == NULL ? NULL : (const void *)list->bytes;
}

const struct server *
servers_at(
    const struct model *m, const struct domain *domain, const struct ip *ip)
{
	uint32_t address = intern_id(address_find(&m->asked, ip));
	size_t n;
	const struct server *server = servers_of(m, domain, &n);

	for (size_t i = 0; i < n; i++)
		if (server[i].address == address)
			return &server[i];
	return NULL;
}

/* The last reference takes those to addresses and pictures with it. */
void
servers_unref(struct model *m, struct atom *list)
{
	const struct server *server;

	if (list == NULL)
		return;
	server = (const void *)list->bytes;
	for (size_t i = 0; list->refs == 1 && i < list->len / sizeof(*server);
	     i++) {
		intern_unref(
		    &m->asked, intern_at(&m->asked, server[i].address));
		picture_unref(m, intern_at(&m->pictures, server[i].picture));
	}
	intern_unref(&m->lists, list);
}

static int
compare_servers(const void *a, const void *b)
{
	uint32_t x = ((const struct server *)a)->address;
	uint32_t y = ((const struct server *)b)->address;

	return (x > y) - (x < y);
}

/* A list with references to all that is in it; it is put in order.  NULL when
 * n is 0, or without memory. */
static struct atom *
make_list(struct model *m, struct server *server, size_t n)
{
	struct atom *list;

	if (n == 0)
		return NULL;
	qsort(server, n, sizeof(*server), compare_servers);
	list = intern_get(&m->lists, server, n * sizeof(*server));
	if (list == NULL || list->refs > 1)
		return list;
	list->number = ++m->numbers;
	for (size_t i = 0; i < n; i++) {
		intern_ref(intern_at(&m->asked, server[i].address));
		if (server[i].picture != 0)
			intern_ref(intern_at(&m->pictures, server[i].picture));
	}
	return list;
}

int
servers_set(
    struct model *m, struct domain *domain, struct server *server, size_t n)
{
	struct asked *w = asked_of(m, domain);
	struct atom *old = intern_at(&m->lists, w->servers);
	struct atom *list = make_list(m, server, n);

	if (n > 0 && list == NULL)
		return -1;
	if (old != NULL)
		m->nasked -= old->len / sizeof(*server);
	m->nasked += n;
	w->servers = intern_id(list);
	servers_unref(m, old);
	return 0;
}

/* -------------------------------------------------------------------- needs */

struct ip
server_address(const struct model *m, const struct server *server)
{
	return address_read(intern_at(&m->asked, server->address));
}

const struct atom *
server_picture(const struct model *m, const struct server *server)
{
	return intern_at(&m->pictures, server->picture);
}

bool
server_complete(const struct model *m, const struct server *server)
{
	for (int t = 0; t < TYPES; t++)
		if ((server->types >> t & 1) != 0 &&
		    picture_seek(server_picture(m, server), 0, t) == NULL)
			return false;
	return true;
}

bool
servers_complete(const struct model *m, const struct domain *domain)
{
	size_t n;
	const struct server *server = servers_of(m, domain, &n);

	for (size_t i = 0; i < n; i++)
		if (!server_complete(m, &server[i]))
			return false;
	return true;
}

const struct atom *
servers_answer(const struct model *m, const struct domain *domain,
    const struct ip *ip, int type)
{
	const struct server *server = servers_at(m, domain, ip);

	return server == NULL ?
	    NULL :
	    picture_seek(server_picture(m, server), 0, type);
}

int
servers_replace(
    struct model *m, struct domain *domain, struct server *server, size_t n)
{
	bool first = asked_of(m, domain)->servers == 0;
	const struct server *now;

	for (size_t i = 0; i < n; i++) {
		struct ip ip = server_address(m, &server[i]);
		const struct server *before = servers_at(m, domain, &ip);

		server[i].picture = before == NULL ? 0 : before->picture;
	}
	if (servers_set(m, domain, server, n) != 0)
		return -1;
	if (first && n > 0)
		asked_of(m, domain)->due = round_first_due(m, domain);
	now = servers_of(m, domain, &n);
	for (size_t i = 0; i < n; i++)
		if (!server_complete(m, &now[i]))
			round_want(m, domain, &now[i]);
	round_tidy(m, domain);
	round_note_judged(m, domain);
	return 0;
}

int
servers_like(struct model *m, struct domain *domain, const struct domain *other,
    bool *same)
{
	struct server server[FACTS_QUERY_MAX];
	size_t n, mine;
	const struct server *theirs = servers_of(m, other, &n);
	const struct server *own = servers_of(m, domain, &mine);

	*same = n == mine;
	for (size_t i = 0; i < n; i++) {
		server[i] = theirs[i];
		server[i].picture = 0;
		*same = *same && own[i].address == theirs[i].address &&
		    own[i].types == theirs[i].types;
	}
	return *same ? 0 : servers_replace(m, domain, server, n);
}

void
servers_drop(struct model *m, struct domain *domain)
{
	(void)servers_set(m, domain, NULL, 0);
	round_tidy(m, domain);
}

/* --------------------------------------------------------------------- learn
 */

const struct atom *
servers_known(const struct model *m, const struct thing *thing)
{
	const struct node *node = node_of(thing);
	const struct server *server = servers_at(m, node->domain, &node->ip);

	return server == NULL ? NULL : server_picture(m, server);
}

/* Returns whether it is another one, or -1 without memory. */
static int
put_picture(struct model *m, const struct node *node, struct atom *picture)
{
	struct domain *domain = node->domain;
	struct server server[FACTS_QUERY_MAX];
	size_t n, at;
	const struct server *all = servers_of(m, domain, &n);

	at = (size_t)(servers_at(m, domain, &node->ip) - all);
	if (all[at].picture == picture->id)
		return 0;
	memcpy(server, all, n * sizeof(*server));
	server[at].picture = picture->id;
	if (servers_set(m, domain, server, n) != 0)
		return -1;
	serial_rebase(m, domain);
	return 1;
}

int
servers_put(struct model *m, const struct thing *thing,
    const struct answer *answer, size_t n)
{
	struct atom *picture;
	int changed;

	if (n == 0)
		return 0;
	picture = picture_get(m, answer, n);
	if (picture == NULL)
		return -1;
	changed = put_picture(m, node_of(thing), picture);
	picture_unref(m, picture);
	return changed;
}

void
servers_note_rtt(struct model *m, const struct thing *thing)
{
	struct atom *address = address_find(&m->asked, thing_ip(thing));

	if (address != NULL)
		address->number = thing->rtt;
}

uint16_t
servers_rtt(const struct model *m, const struct ip *ip)
{
	const struct atom *address = address_find(&m->asked, ip);

	return address == NULL ? 0 : (uint16_t)address->number;
}

void
model_each_server(const struct model *m, model_ip_fn *each, void *arg)
{
	struct atom *atom = NULL;

	while ((atom = intern_next(&m->asked, atom)) != NULL) {
		struct ip ip = address_read(atom);

		each(arg, &ip);
	}
}
