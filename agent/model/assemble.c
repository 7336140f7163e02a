#include <stdlib.h>
#include <string.h>

#include "agent/model/assembly.h"
#include "agent/worker/codec.h"

/*
 * Facts as a round of questions would have brought them: the plan names what is
 * worth asking; what is known of that is put into the facts at once, and the
 * plan is asked again, until it names nothing that was not named before.  The
 * things behind all that was named are what the domain rests on.
 */

/* Questions of the budget that extras may not use. */
#define KEPT_BACK 10

/* ------------------------------------------------------------------ items */

static bool
is_same(const struct want *a, const struct want *b)
{
	return a->kind == b->kind && a->type == b->type &&
	    a->vantage == b->vantage && ip_equal(&a->ip, &b->ip) &&
	    strcmp(a->name, b->name) == 0;
}

static uint32_t
mix(uint32_t hash, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 16777619U;
	return hash;
}

/* The slot of this want: it is there, or the slot is free. */
static uint16_t *
slot_of(struct assembly *a, const struct want *want)
{
	uint32_t at = (uint32_t)want->kind << 8 | want->vantage;

	at = mix(at << 16 | want->type, want->ip.byte,
	    want->ip.family == 0 ? 0 : 16);
	at = mix(at, want->name, strlen(want->name));
	for (at ^= at >> 16; a->slot[at % SLOTS] != 0; at++)
		if (is_same(&a->item[a->slot[at % SLOTS] - 1].want, want))
			break;
	return &a->slot[at % SLOTS];
}

static struct item *
remember(struct assembly *a, uint16_t *slot, const struct want *want)
{
	struct item *item = &a->item[a->nitem++];

	*slot = (uint16_t)a->nitem;
	*item = (struct item){ .want = *want };
	return item;
}

/* ------------------------------------------------- what the domain rests on */

/* The domain will rest on it.  Returns it, or NULL without memory, also when
 * it is NULL. */
static struct thing *
hold(struct assembly *a, struct thing *thing, bool fresh)
{
	size_t size = a->size == 0 ? 64 : a->size * 2;
	struct thing **all;

	if (thing == NULL)
		return NULL;
	if (fresh)
		thing->marks |= MARK_FRESH;
	if ((thing->marks & MARK_HELD) != 0)
		return thing;
	if (a->nthing == a->size) {
		all = reallocarray(a->thing, size, sizeof(struct thing *));
		if (all == NULL) {
			if (thing->refs == 0 && !thing->busy)
				thing_free(a->m, thing);
			return NULL;
		}
		a->thing = all;
		a->size = size;
	}
	a->thing[a->nthing++] = thing;
	thing->marks |= MARK_HELD;
	return thing;
}

static struct thing *
thing_asked(struct assembly *a, const struct want *want)
{
	struct model *m = a->m;
	enum thing_kind kind =
	    want->kind == WANT_LOOKUP ? THING_NAME : THING_SERVER;
	struct thing *thing = kind == THING_NAME ?
	    thing_name(m, want->name) :
	    thing_server(m, want->name, &want->ip);

	if (thing == NULL)
		thing = thing_make(m, kind, want->name, &want->ip, NULL);
	if (thing == NULL)
		return NULL;
	return hold(a, thing, thing_add_type(thing, type_index(want->type)));
}

/* The server that is asked about the domain itself.  False: no memory. */
static bool
hold_server(struct assembly *a, const struct want *want)
{
	struct atom *address = address_get(&a->m->asked, &want->ip);
	uint32_t type = UINT32_C(1) << type_index(want->type);
	size_t i = 0;

	if (address == NULL)
		return false;
	while (i < a->nserver && a->server[i].address != address->id)
		i++;
	if (i < a->nserver || i == FACTS_QUERY_MAX)
		intern_unref(&a->m->asked, address);
	if (i == FACTS_QUERY_MAX)
		return false;
	if (i == a->nserver)
		a->server[a->nserver++] =
		    (struct server){ .address = address->id };
	a->server[i].types |= type;
	return true;
}

static struct thing *
thing_talked_to(struct assembly *a, const struct want *want)
{
	struct model *m = a->m;
	const char *rcpt =
	    m->settings->depth == DEPTH_RCPT ? a->domain->name : NULL;
	struct thing *thing = thing_endpoint(m, &want->ip, rcpt);
	bool fresh = thing == NULL;

	if (fresh)
		thing =
		    thing_make(m, THING_ENDPOINT, want->name, &want->ip, rcpt);
	/* The host that was meant may be nobody's any more. */
	else if (strcmp(thing->name, want->name) != 0 &&
	    thing_name(m, thing->name) == NULL)
		thing_rename(m, thing, want->name);
	return hold(a, thing, fresh);
}

/* ------------------------------------------------------------ observations */

/* It was told from this one. */
static void
raise_serial(struct obs_dns *obs, uint32_t serial)
{
	for (size_t i = 0; i < obs->nrr; i++)
		if (obs->rr[i].type == DNS_SOA && obs->section[i] == DNS_ANSWER)
			obs->rr[i].soa.serial += serial;
}

static void
add_answer(struct assembly *a, struct item *item, const struct atom *blob,
    unsigned rtt, uint32_t serial)
{
	const struct want *want = &item->want;
	struct obs_dns *obs = codec_essence(
	    (const uint8_t *)blob->bytes, blob->len, want->name, want->type);

	if (obs == NULL) {
		a->no_memory = true;
		return;
	}
	obs->direct = want->kind == WANT_ASK;
	obs->vantage = want->vantage;
	obs->server = want->ip;
	/* Of a name, the time is that of all vantages together. */
	if (obs->direct && rtt > 0)
		obs->rtt_ms = rtt / 10.0;
	if (serial != 0)
		raise_serial(obs, serial);
	item->found = obs->status == DNS_OK;
	a->news = true;
	if (facts_add_dns(a->facts, obs) != 0)
		a->no_memory = true;
}

static void
take_answer(struct assembly *a, struct item *item)
{
	const struct want *want = &item->want;
	struct thing *thing = thing_asked(a, want);
	unsigned vantage =
	    want->kind == WANT_LOOKUP ? a->vantage[want->vantage] : 0;
	const struct atom *blob;

	item->thing = thing;
	if (thing == NULL) {
		a->no_memory = true;
		return;
	}
	blob = picture_find(a->m, thing, vantage, type_index(want->type));
	if (blob != NULL)
		add_answer(a, item, blob, thing->rtt, 0);
	else
		a->pending = true;
}

/* What a server says of the domain itself is not in a thing. */
static void
take_own_answer(struct assembly *a, struct item *item)
{
	const struct want *want = &item->want;
	const struct atom *blob;

	if (!hold_server(a, want)) {
		a->no_memory = true;
		return;
	}
	blob =
	    servers_answer(a->m, a->domain, &want->ip, type_index(want->type));
	if (blob != NULL)
		add_answer(a, item, blob, servers_rtt(a->m, &want->ip),
		    asked_of(a->m, a->domain)->serial);
	else
		a->pending = true;
}

/* Which vantages live matters only to those domains that they fail. */
static void
take_control(struct assembly *a, struct item *item)
{
	const struct facts *facts = a->facts;
	unsigned vantage = item->want.vantage;

	if (facts_answer(facts, vantage, facts->domain, DNS_MX) != NULL &&
	    plan_vantage_failed(facts, vantage))
		take_answer(a, item);
}

static void
add_dialogue(struct assembly *a, struct obs_smtp *smtp)
{
	a->news = true;
	if (smtp == NULL || facts_add_smtp(a->facts, smtp) != 0)
		a->no_memory = true;
}

static void
take_dialogue(struct assembly *a, struct item *item)
{
	struct thing *thing = thing_talked_to(a, &item->want);
	struct obs_smtp *smtp;

	item->thing = thing;
	if (thing == NULL) {
		a->no_memory = true;
		return;
	}
	smtp = node_of(thing)->endpoint->smtp;
	if (smtp != NULL)
		add_dialogue(a, dialogue_for(smtp, item->want.name));
	else
		a->pending = true;
}

/* An address that may not be probed: a fact, and no dialogue. */
static void
note_refusal(struct assembly *a, const struct want *want, const char *why)
{
	struct obs_smtp *smtp =
	    obs_smtp_new(&want->ip, a->facts->port, want->name);

	if (smtp != NULL) {
		smtp->error = SMTP_FORBIDDEN;
		smtp->detail = strdup(why);
		if (smtp->detail == NULL) {
			obs_smtp_unref(smtp);
			smtp = NULL;
		}
	}
	add_dialogue(a, smtp);
}

/* ------------------------------------------------------------------- wants */

/* The same budget as that of a round: what only adds to what is known leaves
 * some for needs that show later. */
static bool
in_budget(struct assembly *a, const struct want *want)
{
	unsigned most = want->weight == WANT_EXTRA ?
	    FACTS_QUERY_MAX - KEPT_BACK :
	    FACTS_QUERY_MAX;

	if (want->kind == WANT_DIALOGUE || want->weight == WANT_CONTROL)
		return true;
	if (a->questions < most) {
		a->questions++;
		return true;
	}
	if (want->weight == WANT_NEEDED)
		a->facts->limited = true;
	return false;
}

static const char *
refusal(const struct assembly *a, const struct want *want)
{
	if (want->kind == WANT_LOOKUP)
		return NULL;
	return a->m->hooks->refuses(a->m->arg, &want->ip);
}

static void
consider(void *arg, const struct want *want)
{
	struct assembly *a = arg;
	uint16_t *slot = slot_of(a, want);
	const char *refused;
	struct item *item;

	if (*slot != 0) {
		a->item[*slot - 1].want.mx_host |= want->mx_host;
		return;
	}
	if (a->no_memory || a->nitem == ITEMS_MAX)
		return;
	refused = refusal(a, want);
	if (refused == NULL && !in_budget(a, want))
		return;
	item = remember(a, slot, want);
	if (refused != NULL) {
		if (want->kind == WANT_DIALOGUE)
			note_refusal(a, want, refused);
	} else if (want->weight == WANT_CONTROL)
		take_control(a, item);
	else if (want->kind == WANT_DIALOGUE)
		take_dialogue(a, item);
	else if (want->kind == WANT_ASK &&
	    strcmp(want->name, a->domain->name) == 0)
		take_own_answer(a, item);
	else
		take_answer(a, item);
}

/* ---------------------------------------------------------------- the whole */

/* The domain wants it looked at as often as itself. */
static void
hurry(const struct domain *domain, struct thing *thing)
{
	uint64_t s =
	    domain->group == NULL ? 0 : domain->group->interval_ms / 1000;

	if (s != 0 && s <= UINT16_MAX &&
	    (thing->hurry_s == 0 || s < thing->hurry_s))
		thing->hurry_s = (uint16_t)s;
}

/* Unmark what is held, and have looked at what is new or asked for more.  What
 * was made and is not needed after all goes. */
static void
settle(struct assembly *a)
{
	for (size_t i = 0; i < a->nthing; i++) {
		struct thing *thing = a->thing[i];
		bool fresh = (thing->marks & MARK_FRESH) != 0;

		hurry(a->domain, thing);
		thing->marks =
		    (uint8_t)(thing->marks & ~(MARK_FRESH | MARK_HELD));
		if (thing->refs == 0 && !thing->busy)
			thing_free(a->m, thing);
		else if (fresh)
			thing_want(a->m, thing);
	}
	for (size_t i = 0; i < a->nserver; i++)
		intern_unref(&a->m->asked,
		    intern_at(&a->m->asked, a->server[i].address));
	free(a->thing);
}

static bool
assemble(struct assembly *a, struct wall now)
{
	if (margin_begin(a, now) != 0)
		return false;
	do {
		a->news = false;
		plan_wants(a->facts, consider, a);
	} while (a->news && !a->no_memory);
	return !a->no_memory && margin_conclude(a) == 0;
}

struct assembly *
assembly_new(void)
{
	return malloc(sizeof(struct assembly));
}

struct facts *
model_assemble(
    struct model *m, struct domain *domain, struct wall now, bool *pending)
{
	struct assembly *a = m->assembly;
	bool done;

	memset(a, 0, offsetof(struct assembly, item));
	a->m = m;
	a->domain = domain;
	done = assemble(a, now) &&
	    rest_replace(m, domain, a->thing, a->nthing) == 0 &&
	    servers_replace(m, domain, a->server, a->nserver) == 0;
	settle(a);
	*pending = domain->thing.waits = a->pending;
	if (done)
		return a->facts;
	facts_free(a->facts);
	return NULL;
}
