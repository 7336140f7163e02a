#include <string.h>

#include "agent/model/parts.h"
#include "agent/worker/codec.h"

/*
 * Each zone has a serial of its own.  What its servers say is kept as the
 * difference from one that is in the domain's record: so it is the same for
 * all domains of a provider, and when it has moved at all servers alike it is
 * what it was.
 */

uint32_t
serial_base(const struct model *m, const struct thing *thing)
{
	return thing->fleeting ? asked_of(m, node_of(thing)->domain)->serial :
	                         0;
}

static const uint8_t *
serial_of(const struct atom *blob)
{
	return blob == NULL ?
	    NULL :
	    codec_serial((const uint8_t *)blob->bytes, blob->len);
}

static uint32_t
number_at(const uint8_t *at)
{
	struct cursor in = { .at = at, .end = at + 4 };

	return codec_u32(&in);
}

/* What all that have a serial tell it by; false: they differ, or none has. */
static bool
agree_on(const struct model *m, const struct server *server, size_t n,
    uint32_t *serial)
{
	const int soa = type_index(DNS_SOA);
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *at = serial_of(
		    picture_seek(server_picture(m, &server[i]), 0, soa));
		uint32_t one;

		if (at == NULL)
			continue;
		one = number_at(at);
		if (any && one != *serial)
			return false;
		*serial = one;
		any = true;
	}
	return any;
}

/* The same picture, with its serial set to zero.  A new reference, or NULL
 * without memory. */
static struct atom *
rebase_picture(struct model *m, struct atom *picture)
{
	const int soa = type_index(DNS_SOA);
	struct answer answer[TYPES];
	struct atom *blob = NULL, *new;
	size_t n = picture->len / sizeof(*answer);

	memcpy(answer, picture->bytes, picture->len);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *at = answer[i].type == (uint32_t)soa ?
		    serial_of(answer[i].blob) :
		    NULL;
		size_t where;

		if (at == NULL)
			continue;
		where = (size_t)((const char *)at - answer[i].blob->bytes);
		buf_reset(&m->scratch);
		buf_add(
		    &m->scratch, answer[i].blob->bytes, answer[i].blob->len);
		if (m->scratch.failed)
			return NULL;
		memset(m->scratch.data + where, 0, 4);
		blob = intern_get(&m->answers, m->scratch.data, m->scratch.len);
		if (blob == NULL)
			return NULL;
		answer[i].blob = blob;
	}
	new = picture_get(m, answer, n);
	intern_unref(&m->answers, blob);
	return new;
}

void
serial_rebase(struct model *m, struct domain *domain)
{
	struct server server[FACTS_QUERY_MAX];
	struct atom *held[FACTS_QUERY_MAX] = { NULL };
	uint32_t serial = 0;
	bool good = true;
	size_t n;
	const struct server *all = servers_of(m, domain, &n);

	if (!agree_on(m, all, n, &serial) || serial == 0)
		return;
	memcpy(server, all, n * sizeof(*server));
	for (size_t i = 0; i < n && good; i++) {
		if (server[i].picture == 0)
			continue;
		held[i] = rebase_picture(
		    m, intern_at(&m->pictures, server[i].picture));
		good = held[i] != NULL;
		server[i].picture = intern_id(held[i]);
	}
	if (good && servers_set(m, domain, server, n) == 0)
		asked_of(m, domain)->serial += serial;
	for (size_t i = 0; i < n; i++)
		picture_unref(m, held[i]);
}

bool
serial_differs(const struct model *m, const struct domain *domain)
{
	uint32_t serial = 0;
	size_t n;
	const struct server *server = servers_of(m, domain, &n);

	return !agree_on(m, server, n, &serial);
}
