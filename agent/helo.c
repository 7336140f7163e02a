#include <ifaddrs.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "agent/base/ip.h"
#include "agent/base/name.h"
#include "agent/helo.h"

static char *
usable_name(const char *typed)
{
	char ascii[NAME_WIRE + 1], why[128];
	char *unicode = NULL;
	int bad = name_domain(typed, ascii, &unicode, why, sizeof(why));

	free(unicode);
	if (bad != 0 || name_labels(ascii) < 2 ||
	    name_is_below(ascii, "localdomain"))
		return NULL;
	return strdup(ascii);
}

/* The first usable name of an entry that has host among its names. */
static char *
name_in_entry(const struct hostent *entry, const char *host)
{
	bool ours = strcasecmp(entry->h_name, host) == 0;
	char *name = NULL;

	for (char **i = entry->h_aliases; !ours && *i != NULL; i++)
		ours = strcasecmp(*i, host) == 0;
	if (!ours)
		return NULL;
	name = usable_name(entry->h_name);
	for (char **i = entry->h_aliases; name == NULL && *i != NULL; i++)
		name = usable_name(*i);
	return name;
}

/* The full name that /etc/hosts has for host.  The DNS is not asked: without
 * an answer that would hold everything up. */
static char *
name_in_hosts(const char *host)
{
	const struct hostent *entry;
	char *name = NULL;

	sethostent(0);
	while (name == NULL && (entry = gethostent()) != NULL)
		name = name_in_entry(entry, host);
	endhostent();
	return name;
}

/* An address of this machine: the first that is globally reachable, else the
 * first that is not a loopback's; none: 127.0.0.1. */
static struct ip
own_address(void)
{
	struct ip best = { .family = 4, .byte = { 127, 0, 0, 1 } }, ip;
	struct ifaddrs *list = NULL;
	bool found = false;

	if (getifaddrs(&list) != 0)
		return best;
	for (struct ifaddrs *i = list; i != NULL; i = i->ifa_next) {
		const char *special;

		if (i->ifa_addr == NULL ||
		    ip_from_sockaddr(i->ifa_addr, &ip, NULL) != 0)
			continue;
		special = ip_special(&ip);
		if (special == NULL) {
			best = ip;
			break;
		}
		if (!found && strcmp(special, "loopback") != 0 &&
		    strcmp(special, "link-local") != 0) {
			best = ip;
			found = true;
		}
	}
	freeifaddrs(list);
	return best;
}

static char *
address_literal(void)
{
	struct ip ip = own_address();
	char text[IP_TEXT], literal[IP_TEXT + 8];

	snprintf(literal, sizeof(literal), "[%s%s]",
	    ip.family == 6 ? "IPv6:" : "", ip_format(&ip, text));
	return strdup(literal);
}

char *
helo_name(void)
{
	char host[NAME_WIRE + 1] = "";
	char *name;

	if (gethostname(host, sizeof(host) - 1) != 0)
		return address_literal();
	name = usable_name(host);
	if (name == NULL)
		name = name_in_hosts(host);
	return name != NULL ? name : address_literal();
}
