/*
 * Sets as text, which keys are made of, and sets of addresses.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/rules/state.h"

#include "agent/incident/cause_parts.h"

#define SET_MAX 4096

const char *
cause_kind_name(enum cause_kind kind)
{
	static const char *const name[] = {
		[CAUSE_DOMAIN] = "domain",
		[CAUSE_HOST] = "host",
		[CAUSE_SERVERS] = "mail servers",
		[CAUSE_MX_SET] = "MX set",
		[CAUSE_NS_SET] = "name servers",
		[CAUSE_VANTAGE] = "vantage",
		[CAUSE_AGENT] = "agent",
	};

	return name[kind];
}

/* FNV-1a. */
static uint64_t
hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325U;

	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 0x100000001b3U;
	return h;
}

char *
cause_key(struct buf *b, size_t max)
{
	char *key, tail[32];

	if (b->len > max) {
		size_t keep = max - sizeof(tail);

		snprintf(tail, sizeof(tail), " #%016llx",
		    (unsigned long long)hash(buf_str(b) + keep));
		b->data[keep] = '\0';
		b->len = keep;
		buf_puts(b, tail);
	}
	key = buf_take(b);
	buf_free(b);
	return key;
}

char *
cause_ns_set(const struct report *r)
{
	const struct view *v = r->view;
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; state_resolves(v) && i < v->nns; i++) {
		if (!state_ns_believed(v, &v->ns[i]))
			continue;
		if (b.len > 0)
			buf_putc(&b, ' ');
		buf_puts(&b, v->ns[i].host);
	}
	return cause_key(&b, SET_MAX);
}

char *
cause_mx_set(const struct report *r)
{
	const struct view *v = r->view;
	struct buf b;

	buf_init(&b, 0);
	if (v->belief == BELIEF_NO_MX)
		buf_puts(&b, "none");
	for (size_t i = 0; v->belief == BELIEF_MX && i < v->believed->nmx; i++)
		buf_printf(&b, "%s%u %s", i > 0 ? ", " : "",
		    v->believed->mx_rr[i].preference,
		    v->believed->mx_rr[i].host);
	return cause_key(&b, SET_MAX);
}

/* ------------------------------------------------- sorted sets of addresses */

/* Where ip is, or belongs. */
static size_t
place_of(const struct ips *s, const struct ip *ip)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (ip_compare(&s->ip[mid], ip) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool
ips_has(const struct ips *s, const struct ip *ip)
{
	size_t i = place_of(s, ip);

	return i < s->n && ip_equal(&s->ip[i], ip);
}

int
ips_add(struct ips *s, const struct ip *ip)
{
	size_t i = place_of(s, ip);
	struct ip *more;

	if (i < s->n && ip_equal(&s->ip[i], ip))
		return 0;
	more = realloc(s->ip, (s->n + 1) * sizeof(*more));
	if (more == NULL)
		return -1;
	s->ip = more;
	memmove(&more[i + 1], &more[i], (s->n - i) * sizeof(*more));
	more[i] = *ip;
	s->n++;
	return 0;
}

int
ips_merge(struct ips *s, const struct ips *other)
{
	for (size_t i = 0; i < other->n; i++) {
		if (ips_add(s, &other->ip[i]) != 0)
			return -1;
	}
	return 0;
}

bool
ips_meet(const struct ips *a, const struct ips *b)
{
	for (size_t i = 0; i < a->n; i++) {
		if (ips_has(b, &a->ip[i]))
			return true;
	}
	return false;
}

void
ips_free(struct ips *s)
{
	free(s->ip);
	s->ip = NULL;
	s->n = 0;
}

bool
cause_within(const struct ip *a, size_t na, const struct ip *b, size_t nb)
{
	for (size_t i = 0; i < na; i++) {
		bool found = false;

		for (size_t j = 0; j < nb && !found; j++)
			found = ip_equal(&a[i], &b[j]);
		if (!found)
			return false;
	}
	return true;
}
