#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/num.h"

#include "agent/rules/policy.h"

static const char *const name[] = {
	[SEVERITY_OFF] = "off",
	[SEVERITY_OK] = "ok",
	[SEVERITY_INFO] = "info",
	[SEVERITY_UNKNOWN] = "unknown",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_CRITICAL] = "critical",
};

const char *
severity_name(enum severity severity)
{
	return name[severity];
}

int
severity_parse(const char *text, enum severity *out)
{
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		/* Nobody wants a finding to be unknown. */
		if (i == SEVERITY_UNKNOWN || strcmp(text, name[i]) != 0)
			continue;
		*out = (enum severity)i;
		return 0;
	}
	return -1;
}

/* One end of a range: the len bytes at text, which may be empty, or "~" where
 * that is allowed; value is the default then. */
static int
parse_end(const char *text, size_t len, double *value)
{
	char copy[64];

	if (len == 0)
		return 0;
	if (len >= sizeof(copy))
		return -1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return num_decimal(copy, value);
}

/* Monitoring Plugins Development Guidelines, "Threshold and Ranges":
 * [@][start:][end]; no start is 0, "~" is minus infinity, no end behind a
 * colon is infinity. */
int
range_parse(const char *text, struct range *out)
{
	struct range r = { .set = true, .end = INFINITY };
	const char *colon;

	if (*text == '@') {
		r.inside = true;
		text++;
	}
	colon = strchr(text, ':');
	if (colon != NULL) {
		if (colon == text + 1 && *text == '~')
			r.start = -INFINITY;
		else if (parse_end(text, (size_t)(colon - text), &r.start) != 0)
			return -1;
		if (colon == text && colon[1] == '\0')
			return -1;
		text = colon + 1;
	} else if (*text == '\0') {
		return -1;
	}
	if (parse_end(text, strlen(text), &r.end) != 0 || r.start > r.end)
		return -1;
	*out = r;
	return 0;
}

bool
range_alerts(const struct range *r, double value)
{
	bool within = value >= r->start && value <= r->end;

	return r->set && within == r->inside;
}

void
policy_init(struct policy *p)
{
	*p = (struct policy){
		.ipv4_prefix = 24,
		.ipv6_prefix = 48,
		.cert_warn_days = 21,
		.cert_crit_days = 7,
		.mx_ttl_min = 86400,
		.slow_ms = 10000,
		.sender = SENDER_RFC,
	};
}

void
policy_free(struct policy *p)
{
	for (size_t i = 0; i < p->noverride; i++)
		free(p->override[i].pattern);
	free(p->override);
	free(p->allow);
	p->override = NULL;
	p->allow = NULL;
	p->noverride = p->nallow = 0;
}

int
policy_override(struct policy *p, const char *pattern, enum severity severity)
{
	struct rule_override *all;
	char *copy = strdup(pattern);

	if (copy == NULL)
		return -1;
	all = reallocarray(p->override, p->noverride + 1, sizeof(*all));
	if (all == NULL) {
		free(copy);
		return -1;
	}
	p->override = all;
	all[p->noverride++] = (struct rule_override){ copy, severity };
	return 0;
}

int
policy_allow(struct policy *p, const struct ip_net *net)
{
	struct ip_net *all =
	    reallocarray(p->allow, p->nallow + 1, sizeof(*all));

	if (all == NULL)
		return -1;
	p->allow = all;
	all[p->nallow++] = *net;
	return 0;
}
