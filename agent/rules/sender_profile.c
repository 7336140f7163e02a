#include <string.h>

#include "agent/rules/sender.h"
#include "agent/rules/sender_habits.h"

const struct sender_habits sender_habits[SENDER_COUNT] = {
	[SENDER_RFC] = {
		.resolver_refuses = OUTCOME_DEFERRED,
		.no_address = OUTCOME_BOUNCED,
	},
	[SENDER_POSTFIX] = {
		.addresses = 5,		/* smtp_mx_address_limit */
		.sessions = 2,		/* smtp_mx_session_limit */
		.balances = true,	/* smtp_balance_inet_protocols */
		.shuffles_addresses = true,
		.literals = true,
		.special = true,
		.null_mixed = true,
		.localhost = ITSELF_LOOPS,
		.loopback = ITSELF_LOOPS,
		.loops = OUTCOME_BOUNCED,
		.resolver_refuses = OUTCOME_DEFERRED,
		.no_address = OUTCOME_BOUNCED,
		.upon = {
			[TROUBLE_EHLO] = FATE_BOUNCES,
			[TROUBLE_HANDSHAKE] = FATE_RETRIED,
			[TROUBLE_EHLO_TLS] = FATE_BOUNCES,
			[TROUBLE_MAIL] = FATE_BOUNCES,
		},
	},
	[SENDER_EXIM] = {
		.addresses = 5,		/* hosts_max_try */
		.one_more_each = true,
		.special = true,
		.localhost = ITSELF_LOOPS,
		.loopback = ITSELF_USELESS,	/* ignore_target_hosts */
		.loops = OUTCOME_DEFERRED,	/* self = freeze */
		.resolver_refuses = OUTCOME_DEFERRED,
		.no_address = OUTCOME_BOUNCED,
		.upon = {
			[TROUBLE_GREETING] = FATE_LAST,
			[TROUBLE_EHLO] = FATE_LAST,
			[TROUBLE_EHLO_TLS] = FATE_TAKES,
			[TROUBLE_LOST_TLS] = FATE_TAKES,
			[TROUBLE_MAIL] = FATE_BOUNCES,
		},
	},
	[SENDER_OPENSMTPD] = {
		.literals = true,
		.special = true,
		.localhost_null = true,
		.loopback = ITSELF_FAILS,
		.resolver_refuses = OUTCOME_BOUNCED,
		.no_address = OUTCOME_DEFERRED,
		.upon = {
			[TROUBLE_MAIL] = FATE_BOUNCES,
			[TROUBLE_LATER] = FATE_DEFERS,
			[TROUBLE_LOST] = FATE_DEFERS,
		},
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
Measured with Postfix 3.7.11 of Debian 12. Otherwise than the RFC:\n\
 - addresses, not hosts, are shuffled within a preference: a host with more\n\
   addresses gets more of the mail;\n\
 - a delivery run ends after 5 addresses (smtp_mx_address_limit), of which\n\
   IPv4 and IPv6 each have their half if they need it, or after 2 sessions\n\
   that got through EHLO and TLS (smtp_mx_session_limit). The chance that a\n\
   run meets a live address is given as reach; with none the mail is deferred\n\
   although a mail server is up;\n\
 - a 5xx answer to EHLO and HELO, to EHLO inside TLS or to MAIL is the answer\n\
   for all: mail bounces, and no other server is tried. After a 5xx greeting\n\
   the next one is;\n\
 - a server with which TLS fails is left for the next one. Where none takes\n\
   the mail it waits, and the next try goes in plain text;\n\
 - a null MX beside others counts: the domain takes no mail;\n\
 - an MX that is an IPv4 address is used;\n\
 - an MX that leads to the loopback is the sender itself: it is dropped with\n\
   everything of the same or a higher preference value, and mail bounces\n\
   (\"loops back to myself\") when that was the best one;\n\
 - other addresses that are not globally reachable are tried, so mail is\n\
   deferred.\n\
Uncertain:\n\
 - when every resolver answers REFUSED, mail is deferred with the GNU C\n\
   library; with another one it may bounce;\n\
 - an MX of \"localhost\" is taken as the loopback, which depends on the\n\
   sender's resolver;\n\
 - Postfix forgives some faults in a server's answers that are taken for\n\
   failures here: a code that changes within an answer, endless lines;\n\
 - this machine's own address is not tried from here, so an MX there is not\n\
   known; for a Postfix on this machine it would loop.\n",
	},
	[SENDER_EXIM] = {
		.name = "exim",
		.line = "Exim with its default settings",
		.help = "\
Measured with Exim 4.96 of Debian 12 and the dnslookup router (no_more) of\n\
Exim's example configuration. Otherwise than the RFC:\n\
 - 5 addresses are tried (hosts_max_try), then one of each later preference;\n\
 - a 5xx greeting or a 5xx answer to EHLO and HELO leads to the next server;\n\
   but if it comes from the last one that is tried, mail bounces;\n\
 - a 5xx answer to MAIL is the answer for all: mail bounces;\n\
 - where EHLO fails inside TLS, Exim goes on without its answer, or once more\n\
   in plain text;\n\
 - an MX of \"localhost\" is the sender itself: it is dropped with everything\n\
   of the same or a higher preference value; when that was the best one the\n\
   message is kept, and frozen;\n\
 - an MX that leads to a loopback address counts as one without address\n\
   (ignore_target_hosts).\n\
An MX that is an IP address is not used (allow_mx_to_ip is off).\n\
Uncertain:\n\
 - the chance that is given as reach takes addresses as shuffled; Exim\n\
   shuffles hosts, with the IPv6 addresses of each first;\n\
 - addresses that are not globally reachable are tried in vain; with the\n\
   configuration that Debian ships they count as no address instead;\n\
 - Exim forgives a code that changes within an answer, which is taken for a\n\
   failure here.\n",
	},
	[SENDER_OPENSMTPD] = {
		.name = "opensmtpd",
		.line = "OpenSMTPD with its default settings",
		.help = "\
Measured with OpenSMTPD 6.8.0p2 of Debian 12, but for null MX. Otherwise than\n\
the RFC:\n\
 - MX records of which none has an address defer (\"No MX found\"), they do not\n\
   bounce; nor does a domain with neither MX nor address;\n\
 - a 4xx answer to MAIL or RCPT, or a connection that ends there, is the\n\
   answer for all: mail waits, and no other server is tried. With 5xx to MAIL\n\
   it bounces. What fails before leads to the next server, 5xx too;\n\
 - an MX that is an IP address is used;\n\
 - addresses that are not globally reachable, loopback too, are tried in\n\
   vain;\n\
 - when every resolver answers REFUSED the mail bounces (\"Invalid domain\n\
   name\").\n\
Uncertain:\n\
 - an MX of \"localhost\" is a null MX, so alone the domain takes no mail. That\n\
   is from the source of version 7.5; 6.8 knows no null MX at all, tries the\n\
   localhost, and defers in both cases;\n\
 - the order within a preference: the address with the fewest connections is\n\
   taken. The shares are those of the RFC;\n\
 - a silent server is waited for for five minutes, longer than from here;\n\
 - OpenSMTPD forgives wrong codes in a server's answers, which are taken for\n\
   failures here.\n",
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
