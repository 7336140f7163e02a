#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/file.h"
#include "agent/rules/rules.h"
#include "config/settings_keys.h"

#include "config/settings.h"

#define PORT_MAX 65535
#define SECOND   1000
#define MINUTE   ((uint64_t)60 * SECOND)
#define DAY      ((uint64_t)86400 * SECOND)
#define DAYS_MAX 36500

#define AT(member) .offset = offsetof(struct settings, member)

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
	    .offset = SCHEMA_NOWHERE, .read = settings_check_domains },
	{ .name = "domain_files", .kind = SCHEMA_CUSTOM,
	    .offset = SCHEMA_NOWHERE, .read = settings_check_texts },
	{ .name = "intervals", .kind = SCHEMA_MAP,
	    .offset = SCHEMA_NOWHERE, .keys = settings_interval_keys },
	{ .name = "channels", .kind = SCHEMA_CUSTOM,
	    .offset = SCHEMA_NOWHERE, .read = settings_check_channels },
	{ .name = "http", .kind = SCHEMA_MAP, .offset = SCHEMA_NOWHERE,
	    .keys = settings_http_keys },
	{ .name = "store", .kind = SCHEMA_MAP, .offset = SCHEMA_NOWHERE,
	    .keys = settings_store_keys },
	{ .name = NULL },
};
/* clang-format on */

/* ------------------------------------------------------------------- files */

/* Rules that hold between settings. */
static void
check_together(struct schema_walk *walk, const struct settings *settings)
{
	const struct policy *policy = &settings->policy;
	yaml_node_t *root = walk->file->root;

	if (settings->nvantage > 0 && policy->quorum > settings->nvantage)
		schema_complain(walk, schema_find(walk, root, "quorum"),
		    "quorum: %u of %zu vantages can never agree",
		    policy->quorum, settings->nvantage);
	if (policy->cert_crit_set &&
	    policy->cert_crit_days > policy->cert_warn_days)
		schema_complain(walk, schema_find(walk, root, "thresholds"),
		    "thresholds: cert_critical_days (%u) is more than "
		    "cert_warning_days (%u)",
		    policy->cert_crit_days, policy->cert_warn_days);
}

int
settings_read(struct settings *settings, const char *path, const char *yaml,
    size_t len, struct buf *errors)
{
	struct settings fresh;
	struct yaml_file file;
	struct schema_walk walk = { .file = &file, .into = &fresh };

	if (yaml_file_read(&file, path, yaml, len, errors) != 0)
		return -1;
	settings_init(&fresh);
	if (file.root != NULL) {
		schema_read_map(&walk, file.root, settings_keys);
		if (file.nerrors == 0)
			check_together(&walk, &fresh);
	}
	yaml_file_free(&file);
	if (file.nerrors > 0) {
		settings_free(&fresh);
		return -1;
	}
	settings_free(settings);
	*settings = fresh;
	return 0;
}

int
settings_load(struct settings *settings, const char *path, struct buf *errors)
{
	char *shown = file_shown(path);
	struct buf text;
	int result;

	buf_init(&text, 0);
	result =
	    shown == NULL ? -ENOMEM : file_read(path, YAML_SIZE_MAX, &text);
	if (result != 0)
		buf_printf(errors, "%s: %s\n", shown == NULL ? "" : shown,
		    strerror(-result));
	else
		result = settings_read(
		    settings, shown, buf_str(&text), text.len, errors);
	buf_free(&text);
	free(shown);
	return result == 0 ? 0 : -1;
}
