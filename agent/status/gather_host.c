#include <stdlib.h>
#include <string.h>

#include "agent/status/gather.h"
#include "agent/status/veil.h"

/*
 * A mail server, as its addresses and those who rest on it.  The model has a
 * host's addresses with each domain that uses it, and with each address but one
 * of its hosts' names: where the first do not tell, these are asked.
 */

#define OFFSET_MAX 100000000
#define ASKED_MAX  8 /* users, for one of whom it is a mail server */

struct users {
	struct watch *watch;
	struct domain_list *list;
	struct domain *asked[ASKED_MAX];
	size_t nasked;
};

static void
take_user(void *arg, struct domain *domain)
{
	struct users *u = arg;

	if (u->nasked < ASKED_MAX)
		u->asked[u->nasked++] = domain;
	gather_domain_line(u->watch, domain, &u->list->line[u->list->n++]);
}

static void
add(struct watch *w, struct host_page *p, const struct thing *thing)
{
	struct host_address *a = &p->address[p->naddress];

	for (size_t i = 0; i < p->naddress; i++)
		if (ip_compare(&p->address[i].ip, thing_ip(thing)) == 0)
			return;
	if (p->naddress == HOST_ADDRESSES)
		return;
	a->ip = *thing_ip(thing);
	a->smtp = model_dialogue(thing);
	p->naddress++;
	if (a->smtp == NULL || !veil_wanted(w))
		return;
	p->bare[p->naddress - 1] = *a->smtp;
	p->bare[p->naddress - 1].text = NULL;
	a->smtp = &p->bare[p->naddress - 1];
}

struct endpoints {
	struct watch *watch;
	struct host_page *page;
};

static void
take_endpoint(void *arg, struct thing *thing)
{
	struct endpoints *e = arg;

	if (strcmp(thing->name, e->page->host) == 0)
		add(e->watch, e->page, thing);
}

/* Is it a mail server of this domain?  Then its addresses are there, too. */
static bool
serves(struct watch *w, struct domain *user, struct host_page *p)
{
	struct facts *facts;
	bool pending, found = false;
	struct report *r = watch_report(w, user, &facts, &pending);

	if (r == NULL)
		return false;
	for (size_t i = 0; i < r->view->nmx; i++) {
		const struct view_mx *mx = &r->view->mx[i];

		if (strcmp(mx->host, p->host) != 0)
			continue;
		found = true;
		for (size_t k = 0; k < mx->naddress; k++) {
			const struct thing *thing =
			    model_endpoint(watch_model(w), &mx->address[k].ip);

			if (thing != NULL)
				add(w, p, thing);
		}
	}
	report_free(r);
	facts_free(facts);
	return found;
}

int
gather_host(struct watch *w, const struct ask *ask, const char *host,
    struct host_page *p)
{
	struct model *model = watch_model(w);
	struct users users = { .watch = w, .list = &p->users };
	struct endpoints endpoints = { w, p };
	struct thing *name = model_name(model, host);
	bool found = false;

	gather_sheet(&p->sheet, ask);
	p->host = host;
	if (ask_number(ask, "offset", OFFSET_MAX, 0, &p->users.offset) != 0)
		return 400;
	if (name == NULL)
		return 404;
	p->users.line = calloc(PAGE_ROWS, sizeof(*p->users.line));
	if (p->users.line == NULL)
		return 500;
	p->users.total = name->refs;
	model_users(model, name, p->users.offset, PAGE_ROWS, take_user, &users);
	for (size_t i = 0; i < users.nasked && !found; i++)
		found = serves(w, users.asked[i], p);
	/* Of whom it is a mail server has all of its addresses. */
	if (!found)
		model_each(model, THING_ENDPOINT, take_endpoint, &endpoints);
	/* A domain, or a name server, is a name as well. */
	if (!found && p->naddress == 0)
		return 404;
	gather_strip(w, "host", host, p->sheet.now, &p->strip);
	return 0;
}

void
host_page_free(struct host_page *p)
{
	free(p->users.line);
}
