#include <stdlib.h>
#include <string.h>

#include "agent/rules/obs.h"

static const char *const status_name[DNS_STATUS_COUNT] = {
	[DNS_OK] = "ok",
	[DNS_NODATA] = "nodata",
	[DNS_NXDOMAIN] = "nxdomain",
	[DNS_SERVFAIL] = "servfail",
	[DNS_REFUSED] = "refused",
	[DNS_TIMEOUT] = "timeout",
	[DNS_BOGUS] = "bogus",
	[DNS_MALFORMED] = "malformed",
	[DNS_UNREACHABLE] = "unreachable",
	[DNS_UNCHECKED] = "unchecked",
};

static const char *const phase_name[] = {
	[SMTP_CONNECT] = "connect",
	[SMTP_GREETING] = "greeting",
	[SMTP_EHLO] = "ehlo",
	[SMTP_STARTTLS] = "starttls",
	[SMTP_TLS] = "tls",
	[SMTP_RCPT] = "rcpt",
	[SMTP_DONE] = "done",
};

static const char *const error_name[SMTP_ERROR_COUNT] = {
	[SMTP_OK] = NULL,
	[SMTP_TIMEOUT] = "timeout",
	[SMTP_CONN_REFUSED] = "refused",
	[SMTP_UNREACHABLE] = "unreachable",
	[SMTP_RESET] = "reset",
	[SMTP_CLOSED] = "closed",
	[SMTP_PROTOCOL] = "protocol",
	[SMTP_REJECTED] = "rejected",
	[SMTP_DEFERRED] = "deferred",
	[SMTP_TLS_FAILED] = "tls",
	[SMTP_LOCAL] = "local",
	[SMTP_FORBIDDEN] = "forbidden",
};

static const char *const depth_names[] = {
	[DEPTH_DNS] = "dns",
	[DEPTH_CONNECT] = "connect",
	[DEPTH_GREETING] = "greeting",
	[DEPTH_EHLO] = "ehlo",
	[DEPTH_STARTTLS] = "starttls",
	[DEPTH_RCPT] = "rcpt",
};

const char *
dns_status_name(enum dns_status status)
{
	return status_name[status];
}

const char *
smtp_phase_name(enum smtp_phase phase)
{
	return phase_name[phase];
}

const char *
smtp_error_name(enum smtp_error error)
{
	return error_name[error];
}

const char *
depth_name(enum depth depth)
{
	return depth_names[depth];
}

int
depth_parse(const char *text, enum depth *out)
{
	for (size_t i = 0; i < sizeof(depth_names) / sizeof(depth_names[0]);
	     i++) {
		if (strcmp(text, depth_names[i]) == 0) {
			*out = (enum depth)i;
			return 0;
		}
	}
	return -1;
}

/* ------------------------------------------------------------------ DNS */

struct obs_dns *
obs_dns_new(const char *name, uint16_t type)
{
	struct obs_dns *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->refs = 1;
	o->name = strdup(name);
	o->canonical = strdup(name);
	o->type = type;
	o->status = DNS_UNCHECKED;
	o->rcode = -1;
	o->ede = -1;
	if (o->name == NULL || o->canonical == NULL) {
		obs_dns_unref(o);
		return NULL;
	}
	return o;
}

struct obs_dns *
obs_dns_ref(struct obs_dns *o)
{
	o->refs++;
	return o;
}

void
obs_dns_unref(struct obs_dns *o)
{
	if (o == NULL || --o->refs > 0)
		return;
	for (size_t i = 0; i < o->nrr; i++) {
		free(o->rr[i].owner);
		free(o->rr[i].target);
	}
	free(o->rr);
	free(o->section);
	free(o->canonical);
	free(o->name);
	free(o);
}

/* Room for one record more.  Returns 0, or -1 without memory. */
static int
grow(struct obs_dns *o)
{
	size_t size = o->nrr == 0 ? 8 : o->nrr * 2;
	struct dns_rr *rr;
	uint8_t *section;

	/* The size is a power of two from 8 on: full when nrr is one. */
	if (o->nrr != 0 && (o->nrr < 8 || (o->nrr & (o->nrr - 1)) != 0))
		return 0;
	rr = reallocarray(o->rr, size, sizeof(*rr));
	if (rr == NULL)
		return -1;
	o->rr = rr;
	section = realloc(o->section, size);
	if (section == NULL)
		return -1;
	o->section = section;
	return 0;
}

int
obs_dns_add(
    struct obs_dns *o, enum dns_section section, const struct dns_rr *rr)
{
	struct dns_rr copy = *rr;

	if (o->nrr >= DNS_RR_MAX) {
		o->cut = true;
		return 1;
	}
	if (grow(o) != 0)
		return -1;
	copy.owner = rr->owner == NULL ? NULL : strdup(rr->owner);
	copy.target = rr->target == NULL ? NULL : strdup(rr->target);
	if ((rr->owner != NULL && copy.owner == NULL) ||
	    (rr->target != NULL && copy.target == NULL)) {
		free(copy.owner);
		free(copy.target);
		return -1;
	}
	o->rr[o->nrr] = copy;
	o->section[o->nrr++] = (uint8_t)section;
	return 0;
}

const struct dns_rr *
obs_dns_find(const struct obs_dns *o, enum dns_section section, uint16_t type,
    const char *owner, size_t i)
{
	for (size_t n = 0; n < o->nrr; n++) {
		const struct dns_rr *rr = &o->rr[n];

		if (o->section[n] != section || rr->type != type)
			continue;
		if (owner != NULL &&
		    (rr->owner == NULL || strcmp(rr->owner, owner) != 0))
			continue;
		if (i-- == 0)
			return rr;
	}
	return NULL;
}

/* ----------------------------------------------------------------- SMTP */

#define AT(field) offsetof(struct obs_tls, field)

static const size_t tls_strings[] = { AT(error), AT(protocol), AT(cipher),
	AT(subject), AT(issuer), AT(names), AT(trust_error), AT(key),
	AT(signature), AT(weak) };

#define TLS_STRINGS (sizeof(tls_strings) / sizeof(tls_strings[0]))

static char **
tls_string(struct obs_tls *t, size_t i)
{
	return (char **)(void *)((char *)t + tls_strings[i]);
}

void
obs_tls_free(struct obs_tls *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < TLS_STRINGS; i++)
		free(*tls_string(t, i));
	free(t);
}

struct obs_tls *
obs_tls_copy(const struct obs_tls *old)
{
	struct obs_tls *new = malloc(sizeof(*new));
	bool failed = false;

	if (new == NULL)
		return NULL;
	*new = *old;
	for (size_t i = 0; i < TLS_STRINGS; i++) {
		char **string = tls_string(new, i);

		if (*string == NULL)
			continue;
		*string = failed ? NULL : strdup(*string);
		failed |= *string == NULL;
	}
	if (!failed)
		return new;
	obs_tls_free(new);
	return NULL;
}

struct obs_smtp *
obs_smtp_new(const struct ip *ip, uint16_t port, const char *host)
{
	/* calloc() would not take what malloc() has at hand. */
	struct obs_smtp *o = malloc(sizeof(*o));

	if (o == NULL)
		return NULL;
	*o = (struct obs_smtp){ .refs = 1 };
	o->ip = *ip;
	o->port = port;
	o->connect_ms = o->greeting_ms = o->ehlo_ms = o->total_ms = -1;
	o->host = strdup(host);
	if (o->host == NULL) {
		free(o);
		return NULL;
	}
	return o;
}

struct obs_smtp *
obs_smtp_ref(struct obs_smtp *o)
{
	o->refs++;
	return o;
}

void
obs_smtp_unref(struct obs_smtp *o)
{
	if (o == NULL || --o->refs > 0)
		return;
	for (size_t i = 0; i < o->nextension; i++)
		free(o->extension[i]);
	obs_tls_free(o->tls);
	free(o->host);
	free(o->rcpt);
	free(o->text);
	free(o->detail);
	free(o->rcpt_text);
	free(o->dialogue);
	free(o);
}
