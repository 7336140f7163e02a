#include <stdio.h>
#include <string.h>

#include "agent/base/name.h"

#include "agent/doctor/judge.h"

/* --------------------------------------------------------------- resolvers */

/* How it failed, and what to do. */
static const struct {
	const char *words, *remedy;
} failures[DNS_STATUS_COUNT] = {
	[DNS_NXDOMAIN] = { "says that the root of the DNS does not exist",
	    "a filter stands in its place: name another resolver" },
	[DNS_SERVFAIL] = { "cannot resolve the root (SERVFAIL)",
	    "see its log: can it reach the Internet?" },
	[DNS_REFUSED] = { "refuses to answer this host",
	    "allow this host's address there, or name another resolver" },
	[DNS_TIMEOUT] = { "no answer (timeout)",
	    "is it up, and does a firewall let UDP and TCP to it through? "
	    "Else name another resolver" },
	[DNS_BOGUS] = { "its DNSSEC validation fails (bogus)",
	    "see its trust anchor, and its clock" },
	[DNS_MALFORMED] = { "its answer cannot be read",
	    "is it a resolver at all? Name another one" },
	[DNS_UNREACHABLE] = { "nothing listens there (refused or unreachable)",
	    "start it, or name another resolver" },
	[DNS_UNCHECKED] = { "it could not be asked", NULL },
};

/* "quad9 (9.9.9.9)" */
static const char *
shown(const struct doctor_resolver *d, char *out, size_t size)
{
	char ip[IP_TEXT];

	if (d->url != NULL)
		snprintf(out, size, "%s (%.200s)", d->name, d->url);
	else if (strcmp(d->name, ip_format(&d->ip, ip)) == 0)
		snprintf(out, size, "%s", ip);
	else if (d->port == 53)
		snprintf(out, size, "%s (%s)", d->name, ip);
	else
		snprintf(out, size, "%s (%s port %u)", d->name, ip, d->port);
	return out;
}

static enum severity
severity_of(const struct doctor_facts *f, const struct doctor_resolver *d)
{
	if (d->status == DNS_UNCHECKED || doctor_out_of_reach(f, d))
		return SEVERITY_UNKNOWN;
	/* By a wrong clock every signature is out of its dates. */
	if ((d->status == DNS_BOGUS || d->status == DNS_SERVFAIL) &&
	    doctor_clock_severity(f) >= SEVERITY_WARNING)
		return SEVERITY_UNKNOWN;
	return SEVERITY_WARNING;
}

static void
add_failed(const struct doctor_facts *f, const struct doctor_resolver *d,
    struct doctor_report *r)
{
	enum severity severity = severity_of(f, d);
	char name[300];

	shown(d, name, sizeof(name));
	if (doctor_out_of_reach(f, d))
		doctor_add(r, DOCTOR_RESOLVERS, severity, NULL,
		    "%s: not to be asked without IPv%u", name, d->ip.family);
	else if (severity == SEVERITY_UNKNOWN && d->status != DNS_UNCHECKED)
		doctor_add(r, DOCTOR_RESOLVERS, severity, NULL,
		    "%s: %s, which a wrong clock may be the cause of", name,
		    failures[d->status].words);
	else
		doctor_add(r, DOCTOR_RESOLVERS, severity,
		    failures[d->status].remedy, "%s%s: %s",
		    d->vantage ? "" : "/etc/resolv.conf: ", name,
		    failures[d->status].words);
}

/* Those that fail, in one line.  Returns the worst that is known of them. */
static enum severity
list_failed(const struct doctor_facts *f, bool system, char *out, size_t size)
{
	enum severity worst = SEVERITY_OK, severity;
	char name[300];
	size_t len = 0;

	*out = '\0';
	for (size_t i = 0; i < f->nresolver; i++) {
		const struct doctor_resolver *d = &f->resolver[i];

		if (d->vantage == system || doctor_resolves(d))
			continue;
		severity = severity_of(f, d);
		if (severity > worst)
			worst = severity;
		if (len < size)
			len += (size_t)snprintf(out + len, size - len,
			    "%s%s: %s", len == 0 ? "" : "; ",
			    shown(d, name, sizeof(name)),
			    failures[d->status].words);
	}
	return worst;
}

/* That none of them works is one trouble. */
static void
add_no_vantage(const struct doctor_facts *f, struct doctor_report *r)
{
	char list[800];
	enum severity worst = list_failed(f, false, list, sizeof(list));

	if (*list == '\0')
		doctor_add(r, DOCTOR_RESOLVERS, SEVERITY_CRITICAL,
		    "name some: vantages in the configuration",
		    "there is none: no vantages in the configuration, and no "
		    "nameserver in /etc/resolv.conf");
	else
		doctor_add(r, DOCTOR_RESOLVERS,
		    worst == SEVERITY_UNKNOWN ? worst : SEVERITY_CRITICAL,
		    "without DNS nothing can be looked at: is the network up, "
		    "and does a firewall let port 53 (or 443) out? Else name "
		    "other resolvers",
		    "no vantage works: %s", list);
}

static void
add_no_system(const struct doctor_facts *f, struct doctor_report *r)
{
	char list[800];
	enum severity worst = list_failed(f, true, list, sizeof(list));

	/* When they are the vantages as well, that has been said. */
	if (*list != '\0')
		doctor_add(r, DOCTOR_RESOLVERS, worst,
		    "channels whose host is a name are not reached: mend "
		    "/etc/resolv.conf",
		    "no name server of /etc/resolv.conf works: %s", list);
}

static void
add_each(const struct doctor_facts *f, bool system, struct doctor_report *r)
{
	for (size_t i = 0; i < f->nresolver; i++) {
		const struct doctor_resolver *d = &f->resolver[i];

		if (d->vantage != system && !doctor_resolves(d))
			add_failed(f, d, r);
	}
}

static void
count_vantages(const struct doctor_facts *f, unsigned *work, unsigned *all)
{
	*work = *all = 0;
	for (size_t i = 0; i < f->nresolver; i++) {
		*all += f->resolver[i].vantage;
		*work +=
		    f->resolver[i].vantage && doctor_resolves(&f->resolver[i]);
	}
}

static void
judge_vantages(const struct doctor_facts *f, struct doctor_report *r)
{
	unsigned work, all;
	char list[800];

	count_vantages(f, &work, &all);
	if (work == 0) {
		add_no_vantage(f, r);
	} else if (work == all) {
		doctor_add(r, DOCTOR_RESOLVERS, SEVERITY_OK, NULL,
		    all == 1 ? "the one vantage answers" :
		               "all %u vantages answer",
		    all);
	} else if (work < f->quorum) {
		list_failed(f, false, list, sizeof(list));
		doctor_add(r, DOCTOR_RESOLVERS, SEVERITY_CRITICAL,
		    "mend them, or lower quorum in the configuration",
		    "the quorum of %u cannot be reached, %u of %u vantages "
		    "work: %s",
		    f->quorum, work, all, list);
	} else {
		add_each(f, false, r);
	}
}

void
doctor_judge_resolvers(const struct doctor_facts *f, struct doctor_report *r)
{
	judge_vantages(f, r);
	if (doctor_has_resolver(f))
		add_each(f, true, r);
	else
		add_no_system(f, r);
}

/* -------------------------------------------------------------------- helo */

static const char set_helo[] =
    "set smtp.helo to a full name of this host that resolves: many mail "
    "servers refuse others";

/* Is it the address of the one who says it? */
static bool
leads_here(const struct doctor_facts *f)
{
	for (size_t i = 0; i < DOCTOR_FAMILIES; i++) {
		const struct ip *ip = &f->helo.found.ip[i];
		const struct ip *source = &f->way[i].source;

		/* Behind a router that translates nobody here can tell. */
		if (ip->family != 0 && source->family != 0 &&
		    (ip_equal(ip, source) || ip_special(source) != NULL))
			return true;
	}
	return false;
}

static void
judge_address(const struct doctor_facts *f, struct doctor_report *r)
{
	char first[IP_TEXT];

	switch (doctor_found(&f->helo.found)) {
	case TRI_UNKNOWN:
		doctor_add(r, DOCTOR_HELO_NAME, SEVERITY_UNKNOWN, NULL,
		    "%s: not looked up: %s", f->helo.name,
		    doctor_has_vantage(f) ? "no vantage could find it out" :
		                            "no vantage works");
		break;
	case TRI_NO:
		doctor_add(r, DOCTOR_HELO_NAME, SEVERITY_WARNING, set_helo,
		    "%s has no address in the DNS", f->helo.name);
		break;
	case TRI_YES:
		if (leads_here(f)) {
			doctor_add(r, DOCTOR_HELO_NAME, SEVERITY_OK, NULL,
			    "%s resolves", f->helo.name);
			break;
		}
		ip_format(
		    &f->helo.found.ip[f->helo.found.ip[0].family == 0], first);
		doctor_add(r, DOCTOR_HELO_NAME, SEVERITY_INFO, NULL,
		    "%s is %s, which is not the address that this host goes "
		    "out by (with address translation that may be right)",
		    f->helo.name, first);
		break;
	}
}

void
doctor_judge_helo(const struct doctor_facts *f, struct doctor_report *r)
{
	const char *name = f->helo.name;

	if (name == NULL)
		doctor_add(r, DOCTOR_HELO_NAME, SEVERITY_UNKNOWN, NULL,
		    "not found out");
	else if (*name == '[' && !f->helo.is_set)
		doctor_add(r, DOCTOR_HELO_NAME, SEVERITY_WARNING, set_helo,
		    "this host has no full name: EHLO says %s", name);
	else if (*name == '[' || name_kind(name, NULL) == NAME_LITERAL)
		doctor_add(r, DOCTOR_HELO_NAME, SEVERITY_WARNING, set_helo,
		    "%s is an address, not a name", name);
	else if (name_kind(name, NULL) == NAME_LOCAL ||
	    name_is_below(name, "localdomain"))
		doctor_add(r, DOCTOR_HELO_NAME, SEVERITY_WARNING, set_helo,
		    "%s is the name of every host", name);
	else if (name_labels(name) < 2)
		doctor_add(r, DOCTOR_HELO_NAME, SEVERITY_WARNING, set_helo,
		    "%s is no full name", name);
	else
		judge_address(f, r);
}
