#include "agent/model/parts.h"

/* What to ask of a thing, and when. */

static void
list_types(const struct thing *thing, struct task *out)
{
	for (int t = 0; t < TYPES; t++)
		if ((thing->marks & 1 << t) != 0)
			out->type[out->ntype++] = types_all[t];
}

/* A dialogue that did not come to its end, or to TLS, is held with a whole
 * handshake, as is the one with a recipient. */
static bool
whole_way(const struct settings *s, const struct endpoint *e, struct mono now)
{
	const struct obs_smtp *last = e->smtp;

	if (s->depth != DEPTH_STARTTLS || last == NULL ||
	    last->phase != SMTP_DONE || last->error != SMTP_OK)
		return true;
	if (last->starttls && (last->tls == NULL || !last->tls->established))
		return true;
	return now.us - e->whole.us >= (int64_t)s->tls_interval_ms * 1000;
}

/* What is known, in the order of the result, by the fingerprints of the last
 * answers that said it. */
static const uint64_t *
known_prints(
    const struct model *m, const struct thing *thing, uint32_t vantages)
{
	const struct atom *picture =
	    thing->fleeting ? servers_known(m, thing) : picture_of(m, thing);
	const struct atom *blob;
	size_t n = 0;

	for (unsigned v = 0; v < SETTINGS_VANTAGES_MAX; v++)
		for (int t = 0; t < TYPES && (vantages >> v & 1) != 0; t++)
			if ((thing->marks & 1 << t) != 0) {
				blob = picture_seek(picture, v, t);
				m->print[n++] = blob == NULL ? 0 : blob->number;
			}
	return m->print;
}

void
model_task(const struct model *m, const struct thing *thing, struct mono now,
    struct task *out)
{
	const struct settings *s = m->settings;
	const struct endpoint *e;

	*out = (struct task){ .name = thing->name };
	if (thing->kind != THING_NAME)
		out->ip = *thing_ip(thing);
	switch ((enum thing_kind)thing->kind) {
	case THING_NAME:
		out->kind = TASK_LOOKUP;
		out->vantages = thing_vantages(m, thing);
		list_types(thing, out);
		out->print = known_prints(m, thing, out->vantages);
		break;
	case THING_SERVER:
		out->kind = TASK_ASK;
		list_types(thing, out);
		out->print = known_prints(m, thing, 1);
		out->serial = serial_base(m, thing);
		break;
	case THING_ENDPOINT:
		e = node_of(thing)->endpoint;
		out->kind = TASK_DIALOGUE;
		out->rcpt = e->rcpt == NULL ? NULL : e->rcpt->bytes;
		out->depth = s->depth;
		out->resume = !whole_way(s, e, now);
		break;
	}
}

/* What a domain with an interval of its own rests on is looked at as often. */
static uint64_t
hurried(const struct thing *thing, uint64_t usual_ms)
{
	uint64_t own_ms = (uint64_t)thing->hurry_s * 1000;

	return own_ms != 0 && own_ms < usual_ms ? own_ms : usual_ms;
}

uint64_t
model_interval_ms(const struct model *m, const struct thing *thing)
{
	const struct settings *s = m->settings;
	const struct domain *domain;

	if (thing == m->control && s->canaries.interval_ms != 0)
		return s->canaries.interval_ms;
	if (thing->kind == THING_SERVER)
		return s->authority_interval_ms;
	if (thing->kind == THING_ENDPOINT)
		return hurried(thing, s->smtp_interval_ms);
	domain = domain_of(thing);
	return domain != NULL && domain->group != NULL &&
	        domain->group->interval_ms != 0 ?
	    domain->group->interval_ms :
	    hurried(thing, s->dns_interval_ms);
}
