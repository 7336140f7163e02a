#include <stdint.h>
#include <string.h>

#include "agent/rules/sender.h"
#include "agent/rules/sender_habits.h"

const struct sender_habits sender_habits[SENDER_COUNT] = {
	[SENDER_RFC] = {
		.loopback = LOOPBACK_USELESS,
		.resolver_refuses = OUTCOME_DEFERRED,
		.no_address = OUTCOME_BOUNCED,
	},
	[SENDER_POSTFIX] = {
		.addresses = 5,		/* smtp_mx_address_limit */
		.sessions = 2,		/* smtp_mx_session_limit */
		.shuffles_addresses = true,
		.literals = true,
		.special = true,
		.loopback = LOOPBACK_LOOPS,
		.resolver_refuses = OUTCOME_BOUNCED,
		.no_address = OUTCOME_BOUNCED,
	},
	[SENDER_EXIM] = {
		.addresses = 5,		/* hosts_max_try */
		.one_more_each = true,
		.special = true,
		.loopback = LOOPBACK_USELESS,
		.resolver_refuses = OUTCOME_DEFERRED,
		.no_address = OUTCOME_BOUNCED,
	},
	[SENDER_OPENSMTPD] = {
		.special = true,
		.localhost_null = true,
		.loopback = LOOPBACK_FAILS,
		.resolver_refuses = OUTCOME_BOUNCED,
		.no_address = OUTCOME_DEFERRED,
	},
};

const struct sender_about sender_about[SENDER_COUNT] = {
	[SENDER_RFC] = {
		.name = "rfc",
		.line = "RFC 5321 section 5.1, to the letter",
		.help = "\
Hosts are tried by preference, at random within a preference, each at all its\n\
addresses, until one takes the mail. NXDOMAIN bounces; any temporary DNS\n\
failure defers. Without MX records the domain itself is the host. MX records\n\
of which none can be used bounce: the domain's own address is not tried then.\n\
Uncertain:\n\
 - address order: the RFC wants the addresses of a host tried in the order in\n\
   which DNS gives them, which is not kept; they are listed IPv4 first;\n\
 - a resolver that answers REFUSED is not named in the RFC; it is taken as a\n\
   temporary failure;\n\
 - an address that nobody on the Internet can reach counts as no address.\n",
	},
	[SENDER_POSTFIX] = {
		.name = "postfix",
		.line = "Postfix with its default settings",
		.help = "\
Otherwise than the RFC:\n\
 - addresses, not hosts, are shuffled within a preference: a host with more\n\
   addresses gets more of the mail;\n\
 - a delivery run ends after 5 addresses (smtp_mx_address_limit), or after 2\n\
   sessions that got through EHLO and TLS (smtp_mx_session_limit). The chance\n\
   that a run meets a live address is given as reach; with none the mail is\n\
   deferred although a mail server is up;\n\
 - an MX that is an IPv4 address is used;\n\
 - an MX that leads to the loopback is the sender itself: it is dropped with\n\
   everything of the same or a higher preference value, and mail bounces\n\
   (\"loops back to myself\") when that was the best one;\n\
 - other addresses that are not globally reachable are tried, so mail is\n\
   deferred;\n\
 - when every resolver answers REFUSED the mail bounces.\n\
A 4xx or 5xx greeting both lead to the next address.\n\
Uncertain:\n\
 - the balance between IPv4 and IPv6 (smtp_balance_inet_protocols) is left out\n\
   of the chance;\n\
 - an MX of \"localhost\" is taken as the loopback, which depends on the\n\
   sender's resolver;\n\
 - this machine's own address is not tried from here, so an MX there is not\n\
   known; for a Postfix on this machine it would loop.\n",
	},
	[SENDER_EXIM] = {
		.name = "exim",
		.line = "Exim with its default settings, from its manual",
		.help = "\
All of it is from Exim's manual, and for a dnslookup router with no_more.\n\
Otherwise than the RFC:\n\
 - 5 addresses are tried (hosts_max_try), then one of each later preference.\n\
An MX that is an IP address is not used (allow_mx_to_ip is off).\n\
Uncertain:\n\
 - the chance that is given as reach takes addresses as shuffled; Exim\n\
   shuffles hosts, with the IPv6 addresses of each first;\n\
 - what a resolver's REFUSED leads to was not found; it is taken as a\n\
   temporary failure;\n\
 - what 4xx and 5xx greetings lead to was not found; both are taken to lead\n\
   to the next host;\n\
 - loopback addresses count as no address, as the configuration that Exim is\n\
   shipped with seems to have it (ignore_target_hosts); with another one the\n\
   \"self\" option rules. Other addresses that are not globally reachable are\n\
   taken to be tried in vain.\n",
	},
	[SENDER_OPENSMTPD] = {
		.name = "opensmtpd",
		.line = "OpenSMTPD with its default settings",
		.help = "\
Otherwise than the RFC:\n\
 - MX records of which none has an address defer (\"No MX found\"), they do not\n\
   bounce;\n\
 - an MX of \"localhost\" is a null MX: the domain takes no mail;\n\
 - when every resolver answers REFUSED the mail bounces (\"Invalid domain\n\
   name\").\n\
Uncertain:\n\
 - a domain with neither MX nor address is taken to defer like MX records\n\
   without an address;\n\
 - \"localhost\" beside other MX records is taken as a host without address;\n\
 - an MX that is an IP address is taken as not usable;\n\
 - the order within a preference, how many addresses are tried, and what 4xx\n\
   and 5xx greetings lead to were not found: taken as in the RFC;\n\
 - addresses that are not globally reachable are taken to be tried in vain.\n",
	},
};

int
sender_parse(const char *name, enum sender_profile *out)
{
	for (unsigned i = 0; i < SENDER_COUNT; i++)
		if (strcmp(sender_about[i].name, name) == 0) {
			*out = (enum sender_profile)i;
			return 0;
		}
	return -1;
}

/* -------------------------------------------------------------- reach */

/* Where a run is: what is left of this preference, and of its patience. */
struct run {
	const struct sender_habits *habits;
	const struct sender_tier *next; /* preferences still to come */
	unsigned nnext;
	struct sender_tier here;
	unsigned addresses, sessions;
};

static double chance(struct run);

static double
next_tier(struct run r)
{
	if (r.nnext == 0)
		return 0;
	r.here = *r.next++;
	r.nnext--;
	if (r.habits->sessions == 0) {
		r.here.dead += r.here.late;
		r.here.late = 0;
	}
	return chance(r);
}

/* The limit is reached; some go on with one address of each preference. */
static double
give_up(struct run r)
{
	if (!r.habits->one_more_each)
		return 0;
	r.addresses = 1;
	return next_tier(r);
}

/* One address is drawn, any of this preference with the same chance.  Only
 * where sessions are counted are there two ways on, and then no more than
 * habits->addresses times: this ends soon. */
static double
chance(struct run r)
{
	struct run late = r, dead = r;
	unsigned n = r.here.live + r.here.late + r.here.dead;
	double sum = r.here.live;

	if (n == 0)
		return next_tier(r);
	late.addresses--;
	late.sessions--;
	late.here.late--;
	dead.addresses--;
	dead.here.dead--;
	if (r.here.late > 0 && late.sessions > 0)
		sum += r.here.late *
		    (late.addresses > 0 ? chance(late) : give_up(late));
	if (r.here.dead > 0)
		sum += r.here.dead *
		    (dead.addresses > 0 ? chance(dead) : give_up(dead));
	return sum / n;
}

double
sender_reach(const struct sender_habits *habits, const struct sender_tier *tier,
    unsigned ntier)
{
	struct run r = { .habits = habits,
		.next = tier,
		.nnext = ntier,
		.addresses = habits->addresses,
		.sessions = habits->sessions };

	if (habits->sessions == 0)
		r.sessions = UINT32_MAX;
	if (habits->addresses > 0)
		return next_tier(r);
	for (unsigned i = 0; i < ntier; i++)
		if (tier[i].live > 0)
			return 1;
	return 0;
}
