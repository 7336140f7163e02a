#include <stddef.h>

#include "agent/base/num.h"
#include "config/settings_keys.h"

/* How long to look again before an alert, and how many alerts are too many. */

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define RETRIES_MAX COUNT(((struct confirm_setting *)0)->retry_ms)

/* One of the times, at the end of those that are read. */
static void
read_retry(struct schema_walk *walk, yaml_node_t *item)
{
	struct confirm_setting *confirm = walk->into;
	const struct schema_key row = {
		.name = "",
		.kind = SCHEMA_DURATION,
		.offset = offsetof(struct confirm_setting, retry_ms) +
		    confirm->nretry * sizeof(confirm->retry_ms[0]),
		.min = 100,
		.max = DAY,
	};

	if (confirm->nretry == RETRIES_MAX) {
		schema_complain(
		    walk, item, "one time too many (most: %zu)", RETRIES_MAX);
		return;
	}
	schema_read_value(walk, item, &row);
	confirm->nretry++;
}

static void
read_retries(struct schema_walk *walk, yaml_node_t *node,
    struct confirm_setting *confirm)
{
	struct schema_walk inner = *walk;
	struct confirm_setting fresh = *confirm;

	inner.into = &fresh;
	fresh.nretry = 0;
	schema_each(&inner, node, read_retry);
	if (fresh.nretry > 0)
		*confirm = fresh;
	else if (node->type == YAML_SEQUENCE_NODE)
		schema_complain(walk, node, "at least one time is needed");
}

static void
read_dns_retry(struct schema_walk *walk, yaml_node_t *node)
{
	struct settings *settings = walk->into;

	read_retries(walk, node, &settings->alerts.dns);
}

static void
read_smtp_retry(struct schema_walk *walk, yaml_node_t *node)
{
	struct settings *settings = walk->into;

	read_retries(walk, node, &settings->alerts.smtp);
}

static bool
show_retries(struct buf *out, const struct confirm_setting *confirm)
{
	for (size_t i = 0; i < confirm->nretry; i++) {
		buf_puts(out, i == 0 ? " [" : ", ");
		schema_show_duration(out, confirm->retry_ms[i]);
	}
	buf_puts(out, "]\n");
	return confirm->nretry > 0;
}

static bool
show_dns_retry(struct buf *out, const void *from)
{
	return show_retries(out, &((const struct settings *)from)->alerts.dns);
}

static bool
show_smtp_retry(struct buf *out, const void *from)
{
	return show_retries(out, &((const struct settings *)from)->alerts.smtp);
}

/* ------------------------------------------------------------------ tables */

/* clang-format off */
#define CONFIRM_KEYS(member, read_it, show_it)                            \
	{ .name = "strikes", .kind = SCHEMA_UINT,                         \
	    AT(alerts.member.strikes), .min = 1, .max = 100,              \
	    .help = "failures in a row that are needed" },                \
	{ .name = "retry", .kind = SCHEMA_CUSTOM, .read = (read_it),      \
	    .show = (show_it),                                            \
	    .expected = "a list of one to eight times, 100ms to 1d each", \
	    .help = "time between them; the last one repeats" },          \
	{ .name = "span", .kind = SCHEMA_DURATION,                        \
	    AT(alerts.member.span_ms), .max = DAY,                        \
	    .help = "from the first to the last, at least" },             \
	{ .name = NULL }

static const struct schema_key dns_keys[] = {
	CONFIRM_KEYS(dns, read_dns_retry, show_dns_retry),
};

static const struct schema_key smtp_keys[] = {
	CONFIRM_KEYS(smtp, read_smtp_retry, show_smtp_retry),
};

const struct schema_key settings_alert_keys[] = {
	{ .name = "dns", .kind = SCHEMA_MAP, .keys = dns_keys,
	    .help = "before a failure of DNS is believed",
	    .more = "A quorum of the vantages has to agree as well." },
	{ .name = "smtp", .kind = SCHEMA_MAP, .keys = smtp_keys,
	    .help = "before a failure of a mail server is believed" },
	{ .name = "good", .kind = SCHEMA_UINT, AT(alerts.good), .min = 1,
	    .max = 100, .help = "good looks in a row that end it",
	    .more = "The end of an incident is believed then, and told." },
	{ .name = "good_gap", .kind = SCHEMA_DURATION, AT(alerts.good_ms),
	    .max = DAY, .help = "time between them" },
	{ .name = "wait", .kind = SCHEMA_DURATION, AT(alerts.wait_ms),
	    .max = 10 * MINUTE,
	    .help = "gather what begins together into one message",
	    .more = "So long is waited for more of it." },
	{ .name = "storm", .kind = SCHEMA_UINT, AT(alerts.storm), .min = 1,
	    .max = 10000, .help = "more than so many a minute are one "
	    "digest",
	    .more = "New alerts are meant, of all domains together." },
	{ .name = "flap_changes", .kind = SCHEMA_UINT,
	    AT(alerts.flap_changes), .min = 2, .max = 32,
	    .help = "so many changes within flap_window are flapping",
	    .more = "Changes from good to bad and back. Flapping is told "
	    "once, and so is its end." },
	{ .name = "flap_window", .kind = SCHEMA_DURATION,
	    AT(alerts.flap_ms), .min = SECOND, .max = 30 * DAY,
	    .more = "See flap_changes." },
	{ .name = "queue_life", .kind = SCHEMA_DURATION,
	    AT(alerts.queue_life_ms), .min = MINUTE, .max = 30 * DAY,
	    .help = "how long senders try before they bounce",
	    .more = "Messages tell by it until when mail that waits is safe." },
	{ .name = NULL },
};
/* clang-format on */
