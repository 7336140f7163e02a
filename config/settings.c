#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "agent/base/text.h"
#include "agent/rules/rules.h"
#include "config/url.h"

#include "config/settings.h"

/* What is wrong with a value, behind the value. */
static const char no_name[] =
    "is no name for a vantage: up to 64 letters, digits and -_.:";
static const char no_resolver[] =
    "is no resolver: expected an address (192.0.2.1, 192.0.2.1:5353, "
    "[2001:db8::1]:53) or an https:// URL";
static const char no_url[] =
    "is no resolver: expected https://HOST[:PORT]/PATH";
static const char no_literal[] =
    "is no address literal: expected [192.0.2.1] or [IPv6:2001:db8::1]";
static const char no_network[] =
    "is no network: expected one such as 192.0.2.0/24 or 2001:db8::/32, "
    "with no bit set behind its length";
static const char no_severity[] =
    "is no severity: expected ok, info, warning, critical or off";

/* ------------------------------------------------------------- complaints */

static int
no_memory(char *why, size_t why_size)
{
	snprintf(why, why_size, "out of memory");
	return -1;
}

/* What was written, then what is wrong with it.  Returns -1. */
static int
wrong(char *why, size_t why_size, const char *text, const char *what)
{
	char shown[101];

	text_line(shown, sizeof(shown), text);
	snprintf(why, why_size, "\"%s\" %s", shown, what);
	return -1;
}

/* --------------------------------------------------------------- vantages */

/* A resolver on this machine: the way to it cannot be tampered with. */
static bool
is_loopback(const struct ip *ip)
{
	const char *special = ip_special(ip);

	return special != NULL && strcmp(special, "loopback") == 0;
}

static int
read_where(struct vantage_setting *vantage, const char *where, char *why,
    size_t why_size)
{
	if (strncmp(where, "https://", 8) == 0) {
		if (!url_is_good(where, false))
			return wrong(why, why_size, where, no_url);
		vantage->url = strdup(where);
		return vantage->url == NULL ? no_memory(why, why_size) : 0;
	}
	vantage->port = 53;
	if (ip_port_parse(where, &vantage->ip, &vantage->port) != 0 ||
	    vantage->port == 0)
		return wrong(why, why_size, where, no_resolver);
	vantage->trust_ad = is_loopback(&vantage->ip);
	return 0;
}

static bool
is_taken(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->nvantage; i++)
		if (strcmp(settings->vantage[i].name, name) == 0)
			return true;
	return false;
}

/* Names stand in output and metrics: short, printable, no white space. */
static bool
is_vantage_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= 64 &&
	    strspn(name,
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	        "0123456789-_.:") == len;
}

static int
append_vantage(struct settings *settings, const char *name,
    struct vantage_setting *vantage)
{
	struct vantage_setting *more = reallocarray(
	    settings->vantage, settings->nvantage + 1, sizeof(*more));

	if (more != NULL)
		settings->vantage = more;
	vantage->name = strdup(name);
	if (more == NULL || vantage->name == NULL) {
		free(vantage->name);
		free(vantage->url);
		return -1;
	}
	more[settings->nvantage++] = *vantage;
	return 0;
}

int
settings_vantage(struct settings *settings, const char *name, const char *where,
    char *why, size_t why_size)
{
	struct vantage_setting vantage = { .name = NULL };

	if (settings->nvantage == SETTINGS_VANTAGES_MAX)
		return wrong(why, why_size, name, "is one vantage too many");
	if (!is_vantage_name(name))
		return wrong(why, why_size, name, no_name);
	if (is_taken(settings, name))
		return wrong(why, why_size, name, "is a vantage already");
	if (read_where(&vantage, where, why, why_size) != 0)
		return -1;
	if (append_vantage(settings, name, &vantage) != 0)
		return no_memory(why, why_size);
	return 0;
}

/* The address of a "nameserver ADDRESS" line, or NULL; cuts the line up.  A
 * zone index (fe80::1%eth0) is not understood, and such a line passed over. */
static const char *
nameserver(char *line)
{
	char *rest = line, *word;

	word = strsep(&rest, " \t\n");
	if (strcmp(word, "nameserver") != 0)
		return NULL;
	while (rest != NULL && (word = strsep(&rest, " \t\n")) != NULL)
		if (*word != '\0')
			return word;
	return NULL;
}

int
settings_resolv_conf(
    struct settings *settings, const char *path, char *why, size_t why_size)
{
	FILE *file = fopen(path, "re");
	char *line = NULL, unused[256];
	size_t size = 0;
	int found = 0;

	if (file == NULL) {
		snprintf(why, why_size, "%s: %m", path);
		return -1;
	}
	while (getline(&line, &size, file) > 0) {
		const char *address = nameserver(line);
		struct ip ip;

		if (address != NULL && ip_parse(address, &ip) == 0 &&
		    settings_vantage(settings, address, address, unused,
		        sizeof(unused)) == 0)
			found++;
	}
	free(line);
	fclose(file);
	return found;
}

/* ------------------------------------------------------------------ others */

/* RFC 5321 4.1.3: "[192.0.2.1]" or "[IPv6:2001:db8::1]". */
static bool
is_literal(const char *text)
{
	size_t len = strlen(text);
	char address[IP_TEXT + 8];
	unsigned family = 4;
	struct ip ip;

	if (len < 2 || len - 2 >= sizeof(address) || text[len - 1] != ']')
		return false;
	memcpy(address, text + 1, len - 2);
	address[len - 2] = '\0';
	if (strncasecmp(address, "IPv6:", 5) == 0) {
		memmove(address, address + 5, len - 2 - 5 + 1);
		family = 6;
	}
	return ip_parse(address, &ip) == 0 && ip.family == family;
}

int
settings_helo(
    struct settings *settings, const char *name, char *why, size_t why_size)
{
	char ascii[NAME_WIRE + 1], *unicode = NULL, *copy;

	if (*name == '[') {
		if (!is_literal(name))
			return wrong(why, why_size, name, no_literal);
		copy = strdup(name);
	} else {
		if (name_domain(name, ascii, &unicode, why, why_size) != 0)
			return -1;
		free(unicode);
		copy = strdup(ascii);
	}
	if (copy == NULL)
		return no_memory(why, why_size);
	free(settings->helo);
	settings->helo = copy;
	return 0;
}

int
settings_allow(
    struct settings *settings, const char *network, char *why, size_t why_size)
{
	struct ip_net net;

	if (ip_net_parse(network, &net) != 0)
		return wrong(why, why_size, network, no_network);
	if (policy_allow(&settings->policy, &net) != 0)
		return no_memory(why, why_size);
	return 0;
}

static int
unknown_rule(const char *rule, char *why, size_t why_size)
{
	const char **id = calloc(rules_count, sizeof(*id)), *nearest;
	char what[128];

	for (size_t i = 0; id != NULL && i < rules_count; i++)
		id[i] = rules_all[i]->id;
	nearest = id == NULL ? NULL : text_nearest(rule, id, rules_count);
	free(id);
	if (nearest != NULL)
		snprintf(what, sizeof(what),
		    "is no rule (did you mean \"%s\"?)", nearest);
	else
		snprintf(what, sizeof(what),
		    "is no rule (\"mxvigil rules\" lists them)");
	return wrong(why, why_size, rule, what);
}

int
settings_rule(struct policy *policy, const char *rule, const char *severity,
    char *why, size_t why_size)
{
	enum severity value;

	if (!rule_pattern_known(rule))
		return unknown_rule(rule, why, why_size);
	if (severity_parse(severity, &value) != 0)
		return wrong(why, why_size, severity, no_severity);
	if (policy_override(policy, rule, value) != 0)
		return no_memory(why, why_size);
	return 0;
}
