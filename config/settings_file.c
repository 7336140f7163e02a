#include <stddef.h>
#include <stdlib.h>

#include "agent/rules/rules.h"
#include "config/settings_keys.h"

/* The table of all keys, with the readers that only it needs. */

#define PORT_MAX 65535
#define DAYS_MAX 36500

/* --------------------------------------------------------------- vantages */

/* One item of the list, while it is read. */
struct vantage_item {
	char *name, *resolver;
	enum tri trust_ad;
};

/* clang-format off */
static const struct schema_key vantage_keys[] = {
	{ .name = "name", .kind = SCHEMA_TEXT,
	    .offset = offsetof(struct vantage_item, name),
	    .is_needed = true,
	    .more = "How it is called in output and metrics: up to 64 "
	    "letters, digits, hyphens, underscores, dots and colons. No two "
	    "vantages may have the same." },
	{ .name = "resolver", .kind = SCHEMA_TEXT,
	    .offset = offsetof(struct vantage_item, resolver),
	    .expected = "an address or an https URL", .is_needed = true,
	    .more = "Where it is. An address alone means port 53; "
	    "another port is written \"192.0.2.1:5353\" or "
	    "\"[2001:db8::1]:5353\". A URL such as "
	    "https://dns.example.net/dns-query is DNS over HTTPS." },
	{ .name = "trust_ad", .kind = SCHEMA_TRI,
	    .offset = offsetof(struct vantage_item, trust_ad),
	    .more = "Believe what it says of DNSSEC (the AD bit). By itself "
	    "only a resolver on the loopback is believed, for nobody else "
	    "can stand on the way to it." },
	{ .name = NULL },
};
/* clang-format on */

static void
add_vantage(struct schema_walk *walk, yaml_node_t *node,
    const struct vantage_item *item)
{
	struct settings *settings = walk->into;
	char why[512];

	if (settings_vantage(
	        settings, item->name, item->resolver, why, sizeof(why)) != 0)
		schema_complain(walk, node, "%s", why);
	else if (item->trust_ad != TRI_UNKNOWN)
		settings->vantage[settings->nvantage - 1].trust_ad =
		    item->trust_ad == TRI_YES;
}

static void
read_vantage(struct schema_walk *walk, yaml_node_t *node)
{
	struct vantage_item item = { .trust_ad = TRI_UNKNOWN };
	struct schema_walk inner = *walk;
	unsigned before = walk->file->nerrors;

	inner.into = &item;
	schema_read_map(&inner, node, vantage_keys);
	if (walk->file->nerrors == before)
		add_vantage(walk, node, &item);
	free(item.name);
	free(item.resolver);
}

static void
read_vantages(struct schema_walk *walk, yaml_node_t *node)
{
	schema_each(walk, node, read_vantage);
}

/* --------------------------------------------------------- other readers */

static void
read_helo(struct schema_walk *walk, yaml_node_t *node)
{
	const char *text = schema_text(walk, node, "a host name");
	char why[512];

	if (text != NULL &&
	    settings_helo(walk->into, text, why, sizeof(why)) != 0)
		schema_complain(walk, node, "%s", why);
}

static void
read_depth(struct schema_walk *walk, yaml_node_t *node)
{
	static const char expected[] =
	    "dns, connect, greeting, ehlo, starttls or rcpt";
	struct settings *settings = walk->into;
	const char *text = schema_text(walk, node, expected);

	if (text != NULL && depth_parse(text, &settings->depth) != 0)
		schema_complain(walk, node, "expected %s", expected);
}

static void
read_network(struct schema_walk *walk, yaml_node_t *node)
{
	const char *text = schema_text(walk, node, "a network");
	char why[512];

	if (text != NULL &&
	    settings_allow(walk->into, text, why, sizeof(why)) != 0)
		schema_complain(walk, node, "%s", why);
}

static void
read_allow(struct schema_walk *walk, yaml_node_t *node)
{
	schema_each(walk, node, read_network);
}

/* To name a critical threshold is to want it: then it counts. */
static void
read_cert_critical(struct schema_walk *walk, yaml_node_t *node)
{
	static const struct schema_key row[] = {
		{ .name = "",
		    .kind = SCHEMA_UINT,
		    AT(policy.cert_crit_days),
		    .max = DAYS_MAX },
	};
	struct settings *settings = walk->into;

	schema_read_value(walk, node, row);
	settings->policy.cert_crit_set = true;
}

static void
read_rule(struct schema_walk *walk, yaml_node_t *name, yaml_node_t *value,
    const void *unused)
{
	struct settings *settings = walk->into;
	const char *rule = yaml_scalar(name);
	const char *severity = schema_text(walk, value, "a severity");
	char why[512];

	(void)unused;
	if (severity != NULL &&
	    settings_rule(
	        &settings->policy, rule, severity, why, sizeof(why)) != 0)
		schema_complain(
		    walk, rule_pattern_known(rule) ? value : name, "%s", why);
}

static void
read_rules(struct schema_walk *walk, yaml_node_t *node)
{
	schema_each_pair(walk, node, read_rule, NULL);
}

/* ----------------------------------------------------------------- tables */

/* clang-format off */
static const struct schema_key timeout_keys[] = {
	{ .name = "connect", .kind = SCHEMA_DURATION, AT(connect_ms),
	    .min = 100, .max = 10 * MINUTE,
	    .more = "For the TCP connection." },
	{ .name = "greeting", .kind = SCHEMA_DURATION, AT(greeting_ms),
	    .min = 100, .max = 10 * MINUTE,
	    .more = "For the whole greeting, from the connection on." },
	{ .name = "reply", .kind = SCHEMA_DURATION, AT(reply_ms),
	    .min = 100, .max = 10 * MINUTE,
	    .more = "For each other reply." },
	{ .name = "session", .kind = SCHEMA_DURATION, AT(session_ms),
	    .min = 100, .max = 60 * MINUTE,
	    .more = "For the whole dialogue with one address." },
	{ .name = NULL },
};

static const struct schema_key smtp_keys[] = {
	{ .name = "port", .kind = SCHEMA_UINT16, AT(smtp_port), .min = 1,
	    .max = PORT_MAX, .help = "the port of the mail servers" },
	{ .name = "helo", .kind = SCHEMA_TEXT, AT(helo), .read = read_helo,
	    .expected = "a host name or an address literal",
	    .help = "the name to say in EHLO; without it, the host's own",
	    .more = "It should be a name that leads to the address from "
	    "which this host connects, for some mail servers refuse others. "
	    "An address literal stands in quotes, such as \"[192.0.2.1]\" "
	    "or \"[IPv6:2001:db8::1]\"." },
	{ .name = "depth", .kind = SCHEMA_CUSTOM, .read = read_depth,
	    .show = settings_show_depth,
	    .expected = "dns, connect, greeting, ehlo, starttls or rcpt",
	    .help = "how far to go: dns, "
	    "connect, greeting, ehlo, starttls or rcpt",
	    .more = "Each goes as far as those before it: only the DNS, the "
	    "TCP connection, the greeting, the reply to EHLO, encryption, "
	    "and whether postmaster of the domain is accepted as a "
	    "recipient. No message is ever sent." },
	{ .name = "per_host", .kind = SCHEMA_UINT, AT(per_host), .min = 1,
	    .max = 100, .help = "connections at a time to one address",
	    .more = "More than one is for servers that are known to bear "
	    "it: a monitor is never a burden." },
	{ .name = "per_network", .kind = SCHEMA_UINT, AT(per_network),
	    .min = 1, .max = 1000,
	    .help = "connections at a time to one network",
	    .more = "What a network is, networks.ipv4_prefix and "
	    "networks.ipv6_prefix say." },
	{ .name = "connections", .kind = SCHEMA_UINT, AT(connections),
	    .min = 1, .max = 100000, .help = "connections at a time in all" },
	{ .name = "timeouts", .kind = SCHEMA_MAP, .keys = timeout_keys,
	    .help = "for the connection, the greeting, each other reply, "
	    "the whole dialogue",
	    .more = "These are limits: what takes longer has failed." },
	{ .name = NULL },
};

static const struct schema_key network_keys[] = {
	{ .name = "ipv4_prefix", .kind = SCHEMA_UINT8,
	    AT(policy.ipv4_prefix), .min = 8, .max = 32,
	    .help = "addresses that share so many bits are one network",
	    .more = "For IPv4. The rules dns.single-network, "
	    "dns.shared-fate and mx.single-network go by it, and "
	    "smtp.per_network." },
	{ .name = "ipv6_prefix", .kind = SCHEMA_UINT8,
	    AT(policy.ipv6_prefix), .min = 16, .max = 128,
	    .more = "The same for IPv6." },
	{ .name = "asn_database", .kind = SCHEMA_TEXT, AT(asn_database),
	    .expected = "a file",
	    .help = "an .mmdb file: the autonomous system of an address",
	    .more = "A database in the format of MaxMind, for the rule "
	    "dns.single-asn. Without it the rule finds nothing: what is not "
	    "known is never called single." },
	{ .name = "allow", .kind = SCHEMA_CUSTOM, .read = read_allow,
	    .show = settings_show_allow,
	    .expected = "a list of networks such as 10.0.0.0/8",
	    .help = "networks to connect to although not globally reachable",
	    .more = "For internal mail. Otherwise no private, loopback, "
	    "documentation or other special address that comes out of the "
	    "DNS is connected to or asked, and none of this machine itself. "
	    "A network that is allowed here opens the addresses that this "
	    "machine has in it, too." },
	{ .name = NULL },
};

static const struct schema_key threshold_keys[] = {
	{ .name = "mx_ttl", .kind = SCHEMA_DURATION_S, AT(policy.mx_ttl_min),
	    .max = 365 * DAY, .help = "mx.ttl-short: a shorter MX TTL",
	    .more = "An MX TTL below this is a finding. Whole seconds." },
	{ .name = "greeting", .kind = SCHEMA_DURATION_F, AT(policy.slow_ms),
	    .min = 1, .max = 60 * MINUTE,
	    .help = "mx.slow: a greeting that takes longer",
	    .more = "It is a warning; smtp.timeouts.greeting is when it has "
	    "failed." },
	{ .name = "cert_warning_days", .kind = SCHEMA_UINT,
	    AT(policy.cert_warn_days), .max = DAYS_MAX,
	    .help = "tls.expiring: fewer days left",
	    .more = "A certificate with fewer days left is a warning." },
	{ .name = "cert_critical_days", .kind = SCHEMA_UINT,
	    AT(policy.cert_crit_days), .max = DAYS_MAX,
	    .read = read_cert_critical, .show = settings_show_cert_critical,
	    .help = "the same, critical; without it, it stays a warning",
	    .more = "It may not be more than cert_warning_days. It is off "
	    "by itself, since a certificate alone stops no mail." },
	{ .name = NULL },
};

const struct schema_key settings_keys[] = {
	{ .name = "vantages", .kind = SCHEMA_CUSTOM, .read = read_vantages,
	    .show = settings_show_vantages, .keys = vantage_keys,
	    .expected = "a list of up to 32 groups",
	    .help = "the resolvers that are "
	    "asked; without any, those of /etc/resolv.conf",
	    .more = "Several in different networks are better than one: "
	    "what only one of them sees is not believed. The daemon takes "
	    "one that is dead, or differs from the others for half of the "
	    "domains, out of the count until it is well again (rule "
	    "agent.vantage)." },
	{ .name = "quorum", .kind = SCHEMA_UINT, AT(policy.quorum), .min = 1,
	    .max = SETTINGS_VANTAGES_MAX, .help = "how many vantages must "
	    "agree; without it, a majority",
	    .more = "So many must say the same before a failure of the DNS "
	    "is believed. It may not be more than there are vantages." },
	{ .name = "smtp", .kind = SCHEMA_MAP, .keys = smtp_keys,
	    .more = "The dialogues with mail servers." },
	{ .name = "networks", .kind = SCHEMA_MAP, .keys = network_keys,
	    .more = "What one network is, and where to connect." },
	{ .name = "thresholds", .kind = SCHEMA_MAP, .keys = threshold_keys,
	    .more = "Where rules draw the line." },
	{ .name = "rules", .kind = SCHEMA_CUSTOM, .read = read_rules,
	    .show = settings_show_rules, .expected = "a group of severities",
	    .help = "rules to change or "
	    "silence; the last match counts",
	    .more = "Each key is the id of a rule or a glob in quotes such "
	    "as \"tls.*\", each value ok, info, warning, critical or off. "
	    "The rules are in mxvigil-rules(7)." },
	{ .name = "domains", .kind = SCHEMA_CUSTOM,
	    .read = settings_read_domains, .show = settings_show_domains,
	    .keys = settings_domain_keys,
	    .expected = "a list of names or groups",
	    .help = "what is watched",
	    .more = "An item is a domain, or a group with its name and what "
	    "belongs to it. Internationalized domains may be written as "
	    "U-labels or A-labels. No two items may name the same domain." },
	{ .name = "domain_files", .kind = SCHEMA_CUSTOM,
	    .read = settings_read_files, .show = settings_show_files,
	    .keys = settings_files_keys,
	    .expected = "a list of up to 1000 files or groups",
	    .help = "files or globs with more, one domain a line",
	    .more = "\"#\" begins a comment. What is not absolute is in the "
	    "folder of the configuration. A glob that matches nothing is no "
	    "mistake, a file that is not there is one. A file has at most "
	    "64 MiB, and a glob matches at most 10000 of them. A domain "
	    "that is named more than once is watched once: the list wins "
	    "over files, and the first file over others." },
	{ .name = "intervals", .kind = SCHEMA_MAP,
	    .keys = settings_interval_keys,
	    .help = "how often to look",
	    .more = "What fails is looked at sooner, see alerts." },
	{ .name = "workers", .kind = SCHEMA_UINT, AT(workers), .max = 256,
	    .help = "processes that look; 0: by the machine",
	    .more = "By the machine is one for each 5000 domains, but not "
	    "more than there are CPUs, nor than 32. A change needs a "
	    "restart." },
	{ .name = "alerts", .kind = SCHEMA_MAP,
	    .keys = settings_alert_keys,
	    .more = "When a failure is believed, and how much is told." },
	{ .name = "maintenance", .kind = SCHEMA_CUSTOM,
	    .read = settings_read_maintenance,
	    .show = settings_show_maintenance,
	    .keys = settings_maintenance_keys,
	    .expected = "a list of up to 1000 groups",
	    .help = "times without alerts",
	    .more = "Everything is watched on, and what is still broken at "
	    "the end is told then. An item has either from and to, or time." },
	{ .name = "channels", .kind = SCHEMA_CUSTOM,
	    .read = settings_read_channels, .show = settings_show_channels,
	    .keys = settings_channel_keys, .item = &settings_channel_default,
	    .expected = "a list of up to 256 groups",
	    .help = "where alerts go" },
	{ .name = "canaries", .kind = SCHEMA_MAP,
	    .keys = settings_canary_keys,
	    .help = "when these are silent as well, it is us",
	    .more = "Mail servers in several networks that are known to "
	    "answer at all times. When none of them does, the incident is "
	    "agent.blind, and no domain is blamed." },
	{ .name = "heartbeat", .kind = SCHEMA_MAP,
	    .keys = settings_heartbeat_keys,
	    .more = "A URL that is fetched by GET while the agent is ready, "
	    "not blind, and its schedule makes progress, so that a watcher "
	    "elsewhere notices when it is not. Only one of url and url_file "
	    "may be there." },
	{ .name = "http", .kind = SCHEMA_MAP, .keys = settings_http_keys,
	    .help = "the status page and the metrics",
	    .more = "They, and the API, have no login: for others, put a "
	    "proxy before them that has one." },
	{ .name = "store", .kind = SCHEMA_MAP,
	    .keys = settings_store_keys,
	    .more = "What is remembered: incidents, messages that were not "
	    "delivered yet, silences, history." },
	{ .name = "socket", .kind = SCHEMA_TEXT, AT(socket),
	    .take = settings_take_path, .expected = "an absolute path",
	    .help = "the control socket; "
	    "without it, beside the store",
	    .more = "By it mxvigil-status(1), mxvigil-silence(1) and "
	    "mxvigil-ack(1) reach the daemon. Beside the store means: its "
	    "path with the ending .sock. It is at most 107 bytes long. A "
	    "change needs a restart." },
	{ .name = NULL },
};
/* clang-format on */
