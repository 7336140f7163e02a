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
	    .offset = offsetof(struct vantage_item, name) },
	{ .name = "resolver", .kind = SCHEMA_TEXT,
	    .offset = offsetof(struct vantage_item, resolver) },
	{ .name = "trust_ad", .kind = SCHEMA_TRI,
	    .offset = offsetof(struct vantage_item, trust_ad) },
	{ .name = NULL },
};
/* clang-format on */

static void
add_vantage(struct schema_walk *walk, yaml_node_t *node,
    const struct vantage_item *item)
{
	struct settings *settings = walk->into;
	char why[512];

	if (item->name == NULL || item->resolver == NULL)
		schema_complain(walk, node, "%s is missing",
		    item->name == NULL ? "name" : "resolver");
	else if (settings_vantage(settings, item->name, item->resolver, why,
	             sizeof(why)) != 0)
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
	    .min = 100, .max = 10 * MINUTE },
	{ .name = "greeting", .kind = SCHEMA_DURATION, AT(greeting_ms),
	    .min = 100, .max = 10 * MINUTE },
	{ .name = "reply", .kind = SCHEMA_DURATION, AT(reply_ms),
	    .min = 100, .max = 10 * MINUTE },
	{ .name = "session", .kind = SCHEMA_DURATION, AT(session_ms),
	    .min = 100, .max = 60 * MINUTE },
	{ .name = NULL },
};

static const struct schema_key smtp_keys[] = {
	{ .name = "port", .kind = SCHEMA_UINT16, AT(smtp_port), .min = 1,
	    .max = PORT_MAX, .help = "the port of the mail servers" },
	{ .name = "helo", .kind = SCHEMA_TEXT, AT(helo), .read = read_helo,
	    .help = "the name to say in EHLO; without it, the host's own" },
	{ .name = "depth", .kind = SCHEMA_CUSTOM, .read = read_depth,
	    .show = settings_show_depth, .help = "how far to go: dns, "
	    "connect, greeting, ehlo, starttls or rcpt" },
	{ .name = "per_host", .kind = SCHEMA_UINT, AT(per_host), .min = 1,
	    .max = 100, .help = "connections at a time to one address" },
	{ .name = "per_network", .kind = SCHEMA_UINT, AT(per_network),
	    .min = 1, .max = 1000,
	    .help = "connections at a time to one network" },
	{ .name = "connections", .kind = SCHEMA_UINT, AT(connections),
	    .min = 1, .max = 100000, .help = "connections at a time in all" },
	{ .name = "timeouts", .kind = SCHEMA_MAP, .keys = timeout_keys,
	    .help = "for the connection, the greeting, each other reply, "
	    "the whole dialogue" },
	{ .name = NULL },
};

static const struct schema_key network_keys[] = {
	{ .name = "ipv4_prefix", .kind = SCHEMA_UINT8,
	    AT(policy.ipv4_prefix), .min = 8, .max = 32,
	    .help = "addresses that share so many bits are one network" },
	{ .name = "ipv6_prefix", .kind = SCHEMA_UINT8,
	    AT(policy.ipv6_prefix), .min = 16, .max = 128 },
	{ .name = "asn_database", .kind = SCHEMA_TEXT, AT(asn_database),
	    .help = "an .mmdb file: the autonomous system of an address" },
	{ .name = "allow", .kind = SCHEMA_CUSTOM, .read = read_allow,
	    .show = settings_show_allow, .help = "may be connected to "
	    "although not globally reachable" },
	{ .name = NULL },
};

static const struct schema_key threshold_keys[] = {
	{ .name = "mx_ttl", .kind = SCHEMA_DURATION_S, AT(policy.mx_ttl_min),
	    .max = 365 * DAY, .help = "mx.ttl-short: a shorter MX TTL" },
	{ .name = "greeting", .kind = SCHEMA_DURATION_F, AT(policy.slow_ms),
	    .min = 1, .max = 60 * MINUTE,
	    .help = "mx.slow: a greeting that takes longer" },
	{ .name = "cert_warning_days", .kind = SCHEMA_UINT,
	    AT(policy.cert_warn_days), .max = DAYS_MAX,
	    .help = "tls.expiring: fewer days left" },
	{ .name = "cert_critical_days", .kind = SCHEMA_CUSTOM,
	    .read = read_cert_critical, .show = settings_show_cert_critical,
	    .help = "the same, critical; without it, it stays a warning" },
	{ .name = NULL },
};

const struct schema_key settings_keys[] = {
	{ .name = "vantages", .kind = SCHEMA_CUSTOM, .read = read_vantages,
	    .show = settings_show_vantages, .help = "the resolvers that are "
	    "asked; without any, those of /etc/resolv.conf" },
	{ .name = "quorum", .kind = SCHEMA_UINT, AT(policy.quorum), .min = 1,
	    .max = SETTINGS_VANTAGES_MAX, .help = "how many vantages must "
	    "agree; without it, a majority" },
	{ .name = "smtp", .kind = SCHEMA_MAP, .keys = smtp_keys },
	{ .name = "networks", .kind = SCHEMA_MAP, .keys = network_keys },
	{ .name = "thresholds", .kind = SCHEMA_MAP, .keys = threshold_keys },
	{ .name = "rules", .kind = SCHEMA_CUSTOM, .read = read_rules,
	    .show = settings_show_rules, .help = "rules to change or "
	    "silence; the last match counts" },
	{ .name = "domains", .kind = SCHEMA_CUSTOM,
	    .read = settings_read_domains, .show = settings_show_domains,
	    .help = "what is watched" },
	{ .name = "domain_files", .kind = SCHEMA_CUSTOM,
	    .read = settings_read_files, .show = settings_show_files,
	    .help = "files or globs with more, one domain a line" },
	{ .name = "intervals", .kind = SCHEMA_MAP,
	    .keys = settings_interval_keys,
	    .help = "how often to look" },
	{ .name = "workers", .kind = SCHEMA_UINT, AT(workers), .max = 256,
	    .help = "processes that look; 0: by the machine" },
	{ .name = "alerts", .kind = SCHEMA_MAP,
	    .keys = settings_alert_keys },
	{ .name = "maintenance", .kind = SCHEMA_CUSTOM,
	    .read = settings_read_maintenance,
	    .show = settings_show_maintenance,
	    .help = "times without alerts" },
	{ .name = "channels", .kind = SCHEMA_CUSTOM,
	    .read = settings_read_channels, .show = settings_show_channels,
	    .help = "where alerts go" },
	{ .name = "canaries", .kind = SCHEMA_MAP,
	    .keys = settings_canary_keys,
	    .help = "when these are silent as well, it is us" },
	{ .name = "heartbeat", .kind = SCHEMA_MAP,
	    .keys = settings_heartbeat_keys },
	{ .name = "http", .kind = SCHEMA_MAP, .keys = settings_http_keys,
	    .help = "the status page and the metrics" },
	{ .name = "store", .kind = SCHEMA_MAP,
	    .keys = settings_store_keys },
	{ .name = "socket", .kind = SCHEMA_TEXT, AT(socket),
	    .take = settings_take_path, .help = "the control socket; "
	    "without it, beside the store" },
	{ .name = NULL },
};
/* clang-format on */
