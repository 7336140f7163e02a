#include <string.h>

#include "agent/doctor/judge.h"

/* -------------------------------------------------- what others must know */

bool
doctor_has_way(const struct doctor_facts *f, enum doctor_family family)
{
	const struct doctor_way *way = &f->way[family];
	const char *special =
	    way->source.family == 0 ? NULL : ip_special(&way->source);

	if (way->error != 0)
		return false;
	/* Behind such an IPv4 address is often a router that translates;
	 * behind such an IPv6 address there is nothing. */
	return special == NULL || family == DOCTOR_IPV4 ||
	    (strcmp(special, "link-local") != 0 &&
	        strcmp(special, "unique-local") != 0 &&
	        strcmp(special, "site-local") != 0 &&
	        strcmp(special, "loopback") != 0);
}

bool
doctor_resolves(const struct doctor_resolver *r)
{
	return r->status == DNS_OK || r->status == DNS_NODATA;
}

bool
doctor_out_of_reach(
    const struct doctor_facts *f, const struct doctor_resolver *r)
{
	const char *special;
	enum doctor_family family =
	    r->ip.family == 6 ? DOCTOR_IPV6 : DOCTOR_IPV4;

	if (r->ip.family == 0 || doctor_resolves(r))
		return false;
	special = ip_special(&r->ip);
	if (special != NULL &&
	    (strcmp(special, "loopback") == 0 ||
	        strcmp(special, "unique-local") == 0 ||
	        strcmp(special, "link-local") == 0))
		return false;
	return !doctor_has_way(f, family);
}

static bool
any_resolves(const struct doctor_facts *f, bool system)
{
	bool asked = false;

	for (size_t i = 0; i < f->nresolver; i++) {
		const struct doctor_resolver *r = &f->resolver[i];

		if (system ? !r->system : !r->vantage)
			continue;
		if (doctor_resolves(r))
			return true;
		asked = true;
	}
	return !asked && system;
}

bool
doctor_has_vantage(const struct doctor_facts *f)
{
	return any_resolves(f, false);
}

bool
doctor_has_resolver(const struct doctor_facts *f)
{
	return any_resolves(f, true);
}

enum tri
doctor_found(const struct doctor_name *name)
{
	const unsigned both = 1U << DOCTOR_IPV4 | 1U << DOCTOR_IPV6;

	if (name->ip[DOCTOR_IPV4].family != 0 ||
	    name->ip[DOCTOR_IPV6].family != 0)
		return TRI_YES;
	return name->absent == both ? TRI_NO : TRI_UNKNOWN;
}

/* ----------------------------------------------------------- configuration */

static void
add_lines(struct doctor_report *r, const char *lines, const char *remedy)
{
	for (size_t len; *lines != '\0'; lines += len) {
		len = strcspn(lines, "\n");
		if (len > 0)
			doctor_add(r, DOCTOR_CONFIGURATION, SEVERITY_CRITICAL,
			    remedy, "%.*s", (int)len, lines);
		len += lines[len] == '\n';
	}
}

/* What other checks tell is not told twice. */
static bool
is_told_elsewhere(const char *line, size_t len)
{
	static const char *const theirs[] = { ".command: ",
		"a secret that others can read" };

	for (size_t i = 0; i < sizeof(theirs) / sizeof(*theirs); i++)
		if (memmem(line, len, theirs[i], strlen(theirs[i])) != NULL)
			return true;
	return false;
}

static void
add_notes(const struct doctor_facts *f, struct doctor_report *r)
{
	const char *lines = f->config.notes;

	for (size_t len; *lines != '\0'; lines += len) {
		len = strcspn(lines, "\n");
		if (len > 0 && !is_told_elsewhere(lines, len))
			doctor_add(r, DOCTOR_CONFIGURATION, SEVERITY_INFO, NULL,
			    "%.*s", (int)len, lines);
		len += lines[len] == '\n';
	}
}

/* The agent would not start; the trouble is told with the secrets. */
static bool
refuses_secret(const struct doctor_facts *f)
{
	for (size_t i = 0; i < f->nsecret; i++)
		if (*f->secret[i].why != '\0')
			return true;
	return false;
}

void
doctor_judge_config(const struct doctor_facts *f, struct doctor_report *r)
{
	const struct doctor_config *c = &f->config;

	if (*c->errors != '\0')
		add_lines(r, c->errors,
		    c->unusable ? "mend the configuration, and look again: the "
		                  "rest was not looked at" :
		                  "mend the configuration: the agent does not "
		                  "start with it");
	else if (c->path == NULL)
		doctor_add(r, DOCTOR_CONFIGURATION, SEVERITY_INFO,
		    "mxvigil config init writes one",
		    "there is none: looked with the resolvers of "
		    "/etc/resolv.conf and defaults, and at no store, secrets "
		    "or channels");
	else
		doctor_add(r, DOCTOR_CONFIGURATION, SEVERITY_OK, NULL,
		    refuses_secret(f) ? "%s: no mistake but in the secrets" :
		                        "%s is good",
		    c->path);
	add_notes(f, r);
}

void
doctor_judge_user(const struct doctor_facts *f, struct doctor_report *r)
{
	if (f->user.is_root)
		doctor_add(r, DOCTOR_USER, SEVERITY_INFO,
		    "--user NAME looks as the user that the agent runs as",
		    "looked as root, who may read and write any file");
	else
		doctor_add(r, DOCTOR_USER, SEVERITY_OK, NULL, "looked as %s",
		    f->user.name);
}

/* --------------------------------------------------------------- addresses */

static const struct {
	enum doctor_check check;
	const char *name, *remedy;
} families[] = {
	[DOCTOR_IPV4] = { DOCTOR_HAS_IPV4, "IPv4",
	    "give this host an IPv4 address and a route; until then what can "
	    "be seen over IPv4 only is reported as unknown" },
	[DOCTOR_IPV6] = { DOCTOR_HAS_IPV6, "IPv6",
	    "give this host a global IPv6 address and a route; until then "
	    "what can be seen over IPv6 only is reported as unknown" },
};

static void
judge_way(const struct doctor_facts *f, enum doctor_family family,
    struct doctor_report *r)
{
	const struct doctor_way *way = &f->way[family];
	char ip[IP_TEXT];

	if (doctor_has_way(f, family))
		doctor_add(r, families[family].check, SEVERITY_OK, NULL,
		    "goes out by %s", ip_format(&way->source, ip));
	else if (way->error != 0)
		doctor_add(r, families[family].check, SEVERITY_WARNING,
		    families[family].remedy, "there is no %s: %s",
		    families[family].name, strerror(way->error));
	else
		doctor_add(r, families[family].check, SEVERITY_WARNING,
		    families[family].remedy,
		    "there is no %s beyond this network: its only address is "
		    "%s (%s)",
		    families[family].name, ip_format(&way->source, ip),
		    ip_special(&way->source));
}

void
doctor_judge_ways(const struct doctor_facts *f, struct doctor_report *r)
{
	judge_way(f, DOCTOR_IPV4, r);
	judge_way(f, DOCTOR_IPV6, r);
}

/* --------------------------------------------------------------- all of it */

void
doctor_judge(const struct doctor_facts *f, struct doctor_report *r)
{
	static doctor_judge_fn *const all[] = { doctor_judge_config,
		doctor_judge_user, doctor_judge_resolvers, doctor_judge_port,
		doctor_judge_ways, doctor_judge_clock, doctor_judge_files,
		doctor_judge_store, doctor_judge_agent, doctor_judge_secrets,
		doctor_judge_channels, doctor_judge_helo };
	size_t n = f->config.unusable ? 1 : sizeof(all) / sizeof(*all);

	for (size_t i = 0; i < n; i++)
		all[i](f, r);
}
