#include <stdlib.h>

#include "agent/base/name.h"
#include "agent/rules/view.h"
#include "agent/rules/view_build.h"

/*
 * The addresses of a host, as all vantages tell them.  One that finds some
 * outweighs one that says there are none, and that one those which cannot
 * tell: a temporary failure is never read as "no such record".  It is only
 * believed when every vantage that was asked met it.
 */

/* What one answer, or both of one vantage, come to; the later weighs more. */
enum word {
	SAYS_NOTHING,
	SAYS_FAILURE,
	SAYS_UNKNOWN,
	SAYS_NONE,
	SAYS_GONE,
	SAYS_FOUND
};

static const enum word word_of[DNS_STATUS_COUNT] = {
	[DNS_OK] = SAYS_NONE, /* with records it is SAYS_FOUND */
	[DNS_NODATA] = SAYS_NONE,
	[DNS_NXDOMAIN] = SAYS_GONE,
	[DNS_SERVFAIL] = SAYS_FAILURE,
	[DNS_REFUSED] = SAYS_FAILURE,
	[DNS_TIMEOUT] = SAYS_FAILURE,
	[DNS_BOGUS] = SAYS_FAILURE,
	[DNS_MALFORMED] = SAYS_FAILURE,
	[DNS_UNREACHABLE] = SAYS_FAILURE,
	[DNS_UNCHECKED] = SAYS_UNKNOWN,
};

static const enum host_lookup lookup_of[] = {
	[SAYS_NOTHING] = HOST_UNKNOWN,
	[SAYS_FAILURE] = HOST_FAILED,
	[SAYS_UNKNOWN] = HOST_UNKNOWN,
	[SAYS_NONE] = HOST_NONE,
	[SAYS_GONE] = HOST_NONE,
	[SAYS_FOUND] = HOST_FOUND,
};

static enum word
hear(const struct view *v, unsigned vantage, const struct obs_dns *o)
{
	enum word word;

	if (o == NULL)
		return SAYS_NOTHING;
	word = o->loop ? SAYS_FAILURE : word_of[o->status];
	/* What fails validation comes with records that a sender does not
	 * get to see. */
	if (o->status == DNS_OK &&
	    obs_dns_find(o, DNS_ANSWER, o->type, o->canonical, 0) != NULL)
		word = SAYS_FOUND;
	/* A dead vantage fails at everything. */
	if (word == SAYS_FAILURE && v->facts->vantage[vantage].alive == TRI_NO)
		return SAYS_NOTHING;
	return word;
}

/* What A and AAAA come to, at one vantage.  NXDOMAIN is about the name, so
 * one is enough (RFC 2308 section 5); "no such record" takes both. */
static enum word
combine(enum word a, enum word b)
{
	if (a == SAYS_FOUND || b == SAYS_FOUND)
		return SAYS_FOUND;
	if (a == SAYS_GONE || b == SAYS_GONE)
		return SAYS_GONE;
	if (a == SAYS_NOTHING && b == SAYS_NOTHING)
		return SAYS_NOTHING;
	if (a == SAYS_UNKNOWN || b == SAYS_UNKNOWN)
		return SAYS_UNKNOWN;
	if (a == SAYS_FAILURE || b == SAYS_FAILURE)
		return SAYS_FAILURE;
	return a == b ? SAYS_NONE : SAYS_UNKNOWN;
}

int
view_host_add(struct view_host *h, const struct ip *ip)
{
	struct ip *more;

	for (size_t i = 0; i < h->nip; i++)
		if (ip_equal(&h->ip[i], ip))
			return 0;
	more = view_room(h->ip, h->nip, sizeof(*more));
	if (more == NULL)
		return -1;
	h->ip = more;
	h->ip[h->nip++] = *ip;
	return 0;
}

static int
take(struct view_host *h, const struct obs_dns *o, enum dns_status status)
{
	const struct dns_rr *rr;

	if (o == NULL)
		return 0;
	if (h->alias == NULL && o->cnames > 0)
		h->alias = o->canonical;
	if (o->status != status)
		return 0;
	for (size_t i = 0; (rr = obs_dns_find(o, DNS_ANSWER, o->type,
	                        o->canonical, i)) != NULL;
	     i++)
		if (view_host_add(h, &rr->ip) != 0)
			return -1;
	return 0;
}

int
view_host_take(const struct view *v, const char *host, enum dns_status status,
    struct view_host *h)
{
	static const uint16_t type[] = { DNS_A, DNS_AAAA };

	for (unsigned i = 0; i < 2 * v->facts->nvantage; i++) {
		const struct obs_dns *o;

		o = facts_answer(v->facts, i / 2, host, type[i % 2]);
		if (take(h, o, status) != 0)
			return -1;
	}
	return 0;
}

static enum dns_status
failure(const struct obs_dns *o)
{
	return o->loop ? DNS_MALFORMED : o->status;
}

/* Why one vantage found nothing. */
static enum dns_status
reason(enum word word, enum word word_a, const struct obs_dns *a,
    const struct obs_dns *aaaa)
{
	switch (word) {
	case SAYS_FOUND:
		return DNS_OK;
	case SAYS_GONE:
		return DNS_NXDOMAIN;
	case SAYS_NONE:
		return DNS_NODATA;
	case SAYS_FAILURE:
		return failure(word_a == SAYS_FAILURE ? a : aaaa);
	default:
		return DNS_UNCHECKED;
	}
}

static void
ask_vantages(const struct view *v, const char *host, struct view_host *out)
{
	enum word best = SAYS_NOTHING;

	for (unsigned i = 0; i < v->facts->nvantage; i++) {
		const struct obs_dns *a, *aaaa;
		enum word word_a, word;

		a = facts_answer(v->facts, i, host, DNS_A);
		aaaa = facts_answer(v->facts, i, host, DNS_AAAA);
		word_a = hear(v, i, a);
		word = combine(word_a, hear(v, i, aaaa));
		if (word > best) {
			best = word;
			out->status = reason(word, word_a, a, aaaa);
		}
	}
	out->lookup = lookup_of[best];
}

int
view_resolve(const struct view *v, const char *host, struct view_host *out)
{
	*out = (struct view_host){ .status = DNS_UNCHECKED };
	/* An address in place of a name, or "localhost": there is nothing
	 * to look up. */
	if (name_kind(host, NULL) != NAME_HOST) {
		out->lookup = HOST_NONE;
		out->status = DNS_NXDOMAIN;
		return 0;
	}
	ask_vantages(v, host, out);
	return view_host_take(v, host, DNS_OK, out);
}

/* ----------------------------------------------------------- the limit */

static int
by_address(const void *a, const void *b)
{
	return ip_compare(a, b);
}

/* Move those that were seen to in front; both parts stay sorted. */
static void
seen_first(const struct view *v, const char *host, struct view_host *h,
    view_seen_fn *seen)
{
	size_t n = 0;

	for (size_t i = 0; i < h->nip; i++) {
		struct ip ip = h->ip[i];

		if (!seen(v, &ip, host))
			continue;
		for (size_t j = i; j > n; j--)
			h->ip[j] = h->ip[j - 1];
		h->ip[n++] = ip;
	}
}

void
view_host_cut(const struct view *v, const char *host, struct view_host *h,
    view_seen_fn *seen)
{
	size_t left[2] = { FACTS_ADDRESS_MAX, FACTS_ADDRESS_MAX }, n = 0;

	if (h->nip == 0)
		return;
	qsort(h->ip, h->nip, sizeof(*h->ip), by_address);
	seen_first(v, host, h, seen);
	for (size_t i = 0; i < h->nip; i++) {
		size_t *room = &left[h->ip[i].family == 6];

		if (*room == 0)
			continue;
		--*room;
		h->ip[n++] = h->ip[i];
	}
	h->cut = n < h->nip;
	h->nip = n;
	qsort(h->ip, h->nip, sizeof(*h->ip), by_address);
}
