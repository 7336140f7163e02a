#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "config/secret.h"
#include "config/settings_channel.h"
#include "config/settings_keys.h"
#include "config/url.h"
#include "config/when.h"

/*
 * Channels.  Each item is read by its keys, then looked at as a whole: what its
 * type needs has to be there, what it has no use for must not, and for the
 * daemon the secrets are read.
 */

#define CHANNELS_MAX 256
#define LIST_MAX     64

#define IN(member)    .offset = offsetof(struct channel_setting, member)
#define COUNT(member) .count = offsetof(struct channel_setting, member)

/* -------------------------------------------------------------------- keys */

static void
complain_type(struct schema_walk *walk, yaml_node_t *node, const char *text)
{
	const char *names[CHANNEL_TYPES], *nearest;
	struct buf all;
	char shown[101];

	buf_init(&all, 0);
	for (size_t i = 0; i < CHANNEL_TYPES; i++) {
		names[i] = channel_needs[i].name;
		buf_printf(&all, "%s%s", i == 0 ? "" : ", ", names[i]);
	}
	nearest = text_nearest(text, names, CHANNEL_TYPES);
	text_line(shown, sizeof(shown), text);
	if (nearest != NULL)
		schema_complain(walk, node,
		    "\"%s\" is no type (did you mean \"%s\"?)", shown, nearest);
	else
		schema_complain(walk, node,
		    "\"%s\" is no type: expected one of %s", shown,
		    buf_str(&all));
	buf_free(&all);
}

static void
read_type(struct schema_walk *walk, yaml_node_t *node)
{
	struct channel_setting *channel = walk->into;
	const char *text = schema_text(walk, node, "a type");

	if (text != NULL && channel_type_parse(text, &channel->type) != 0)
		complain_type(walk, node, text);
}

static bool
show_type(struct buf *out, const void *from)
{
	const struct channel_setting *channel = from;

	buf_printf(out, " %s\n", channel_type_name(channel->type));
	return true;
}

/* A secret one only as far as its host. */
static bool
show_url(struct buf *out, const void *from)
{
	const struct channel_setting *channel = from;
	struct buf url;

	if (channel->url == NULL || channel->url_file != NULL)
		return false;
	buf_init(&url, 0);
	if (channel_needs[channel->type].is_secret)
		url_redact(&url, channel->url);
	else
		buf_puts(&url, channel->url);
	buf_putc(out, ' ');
	schema_show_text(out, buf_str(&url));
	buf_putc(out, '\n');
	buf_free(&url);
	return true;
}

static void
read_severity(struct schema_walk *walk, yaml_node_t *node)
{
	static const char expected[] = "info, warning or critical";
	struct channel_setting *channel = walk->into;
	const char *text = schema_text(walk, node, expected);
	enum severity severity;

	if (text == NULL)
		return;
	if (severity_parse(text, &severity) != 0 || severity < SEVERITY_INFO)
		schema_complain(walk, node, "expected %s", expected);
	else
		channel->min_severity = severity;
}

static bool
show_severity(struct buf *out, const void *from)
{
	const struct channel_setting *channel = from;

	buf_printf(out, " %s\n", severity_name(channel->min_severity));
	return true;
}

static void
read_labels(struct schema_walk *walk, yaml_node_t *node)
{
	struct channel_setting *channel = walk->into;

	settings_read_labels(walk, node, &channel->label, &channel->nlabel);
}

static bool
show_labels(struct buf *out, const void *from)
{
	const struct channel_setting *channel = from;

	return settings_show_labels(out, channel->label, channel->nlabel);
}

/* ------------------------------------------------------------- quiet hours */

static void
read_days(struct schema_walk *walk, yaml_node_t *node)
{
	struct channel_setting *channel = walk->into;

	settings_read_days(walk, node, &channel->quiet_days);
}

static bool
show_days(struct buf *out, const void *from)
{
	const struct channel_setting *channel = from;

	return settings_show_days(out, channel->quiet_days);
}

static void
read_time(struct schema_walk *walk, yaml_node_t *node)
{
	struct channel_setting *channel = walk->into;

	settings_read_hours(
	    walk, node, &channel->quiet_from, &channel->quiet_to);
}

static bool
show_time(struct buf *out, const void *from)
{
	const struct channel_setting *channel = from;

	settings_show_hours(out, channel->quiet_from, channel->quiet_to);
	return channel->quiet_days != 0;
}

static bool
show_quiet_all(struct buf *out, const void *from)
{
	const struct channel_setting *channel = from;

	buf_puts(out, " true\n");
	return channel->quiet_days != 0 && channel->quiet_all;
}

/* clang-format off */
static const struct schema_key quiet_keys[] = {
	{ .name = "days", .kind = SCHEMA_CUSTOM, .read = read_days,
	    .show = show_days, .expected = "days",
	    .more = "As in maintenance." },
	{ .name = "time", .kind = SCHEMA_CUSTOM, .read = read_time,
	    .show = show_time, .expected = "hours", .is_needed = true,
	    .more = "As in maintenance." },
	{ .name = "all", .kind = SCHEMA_BOOL, IN(quiet_all),
	    .show = show_quiet_all,
	    .more = "Critical ones wait as well." },
	{ .name = NULL },
};

const struct schema_key settings_channel_keys[] = {
	{ .name = "name", .kind = SCHEMA_TEXT, IN(name),
	    .take = settings_take_name,
	    .is_needed = true,
	    .more = "How it is called in output and by mxvigil-alert(1): up "
	    "to 64 letters, digits, hyphens, underscores, dots and colons. "
	    "No two channels may have the same." },
	{ .name = "type", .kind = SCHEMA_CUSTOM, .read = read_type,
	    .show = show_type, .expected = "one of the types below",
	    .is_needed = true, .more = "What else is needed follows from it." },
	{ .name = "url", .kind = SCHEMA_TEXT, IN(url),
	    .take = settings_take_url, .expected = "a URL",
	    .show = show_url,
	    .more = "Where it is, when that is no secret: https or http, "
	    "without a user and password in it." },
	{ .name = "url_file", .kind = SCHEMA_TEXT, IN(url_file),
	    .expected = "a file",
	    .more = "The file that holds the URL, in place of url. For "
	    "services where whoever knows the URL can post." },
	{ .name = "token_file", .kind = SCHEMA_TEXT, IN(token_file),
	    .expected = "a file",
	    .more = "The file that holds the token, see the types below." },
	{ .name = "key_file", .kind = SCHEMA_TEXT, IN(key_file),
	    .expected = "a file",
	    .more = "The file that holds the key by which a webhook is "
	    "signed: whsec_ and 24 to 64 bytes in base64. Several with "
	    "spaces between while keys are changed." },
	{ .name = "room", .kind = SCHEMA_TEXT, IN(room),
	    .more = "Where in the service, see the types below." },
	{ .name = "command", .kind = SCHEMA_LIST, IN(command),
	    COUNT(ncommand), .max = LIST_MAX, .repeats = true,
	    .more = "The program, with its absolute path, and its arguments." },
	{ .name = "ca_file", .kind = SCHEMA_TEXT, IN(ca_file),
	    .expected = "a file",
	    .more = "Trust anchors for TLS, PEM. Without it, those of the "
	    "system." },
	{ .name = "proxy", .kind = SCHEMA_TEXT, IN(proxy),
	    .take = settings_take_url, .expected = "a URL",
	    .more = "An HTTP proxy to go through. The environment is not "
	    "asked for one." },
	{ .name = "min_severity", .kind = SCHEMA_CUSTOM,
	    .read = read_severity, .show = show_severity,
	    .expected = "info, warning or critical",
	    .more = "The least that is told. Changes of MX and NS records "
	    "are info." },
	{ .name = "rules", .kind = SCHEMA_LIST, IN(rule), COUNT(nrule),
	    .max = LIST_MAX, .take = settings_take_rule,
	    .expected = "a rule or a glob",
	    .more = "Only these are told. Without any, all are. The own "
	    "troubles of the agent (rules agent.*) go to every channel, "
	    "whatever its rules and labels: only min_severity counts for "
	    "them." },
	{ .name = "labels", .kind = SCHEMA_CUSTOM, .read = read_labels,
	    .show = show_labels, .expected = "a group of texts",
	    .more = "Only for domains that have all of these." },
	{ .name = "remind", .kind = SCHEMA_DURATION, IN(remind_ms),
	    .max = 365 * DAY,
	    .more = "How long after an alert it is told again while it "
	    "lasts, doubled each time up to a day. 0: never." },
	{ .name = "resolved", .kind = SCHEMA_BOOL, IN(resolved),
	    .more = "Tell of the end, too. Only what the channel was told "
	    "of has an end there." },
	{ .name = "quiet", .kind = SCHEMA_MAP, .keys = quiet_keys,
	    .more = "Hours in which alerts that are not critical wait; none "
	    "is dropped." },
	{ .name = "per_minute", .kind = SCHEMA_UINT, IN(per_minute),
	    .min = 1, .max = 1000,
	    .more = "More messages than this within a minute are one digest." },
	{ .name = NULL },
};
/* clang-format on */

/* -------------------------------------------------------------------- items */

void
settings_free_channel(struct channel_setting *channel)
{
	free(channel->name);
	secret_free(channel->url);
	secret_free(channel->token);
	secret_free(channel->key);
	free(channel->room);
	settings_free_texts(channel->command, channel->ncommand);
	free(channel->url_file);
	free(channel->token_file);
	free(channel->key_file);
	free(channel->ca_file);
	free(channel->proxy);
	settings_free_texts(channel->rule, channel->nrule);
	settings_free_labels(channel->label, channel->nlabel);
}

const struct channel_setting settings_channel_default = {
	.min_severity = SEVERITY_WARNING,
	.remind_ms = 4 * HOUR,
	.resolved = true,
	.per_minute = 20,
};

static int
fill_in(struct schema_walk *walk, const yaml_node_t *node,
    struct channel_setting *channel)
{
	const char *url = channel_needs[channel->type].url_default;
	const yaml_node_t *quiet = schema_find(walk, node, "quiet");

	if (quiet != NULL && schema_find(walk, quiet, "time") != NULL &&
	    channel->quiet_days == 0)
		channel->quiet_days = WHEN_ALL_DAYS;
	if (channel->url != NULL || channel->url_file != NULL || url == NULL)
		return 0;
	channel->url = strdup(url);
	return channel->url == NULL ? -1 : 0;
}

static bool
is_name_taken(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->nchannel; i++)
		if (strcmp(settings->channel[i].name, name) == 0)
			return true;
	return false;
}

/* Takes over what the channel holds. */
static int
append(struct settings *settings, struct channel_setting *channel)
{
	struct channel_setting *more = reallocarray(
	    settings->channel, settings->nchannel + 1, sizeof(*more));

	if (more == NULL)
		return -1;
	settings->channel = more;
	more[settings->nchannel++] = *channel;
	*channel = (struct channel_setting){ .name = NULL };
	return 0;
}

/* By its keys, and then as a whole.  Was there no mistake? */
static bool
read_item(struct schema_walk *walk, yaml_node_t *node,
    struct channel_setting *channel)
{
	struct schema_walk inner = *walk;
	unsigned before = walk->file->nerrors;

	inner.into = channel;
	schema_read_map(&inner, node, settings_channel_keys);
	if (walk->file->nerrors == before)
		channel_check(walk, node, channel);
	return walk->file->nerrors == before;
}

static void
read_channel(struct schema_walk *walk, yaml_node_t *node)
{
	struct loading *loading = walk->aside;
	struct settings *settings = loading->settings;
	struct channel_setting channel = settings_channel_default;

	if (!read_item(walk, node, &channel))
		;
	else if (settings->nchannel == CHANNELS_MAX)
		schema_complain(walk, node, "one channel too many (most: %d)",
		    CHANNELS_MAX);
	else if (is_name_taken(settings, channel.name))
		schema_complain_key(
		    walk, node, "name", "there are two channels of this name");
	else if (fill_in(walk, node, &channel) != 0 ||
	    append(settings, &channel) != 0)
		schema_complain(walk, node, "out of memory");
	settings_free_channel(&channel);
}

void
settings_read_channels(struct schema_walk *walk, yaml_node_t *node)
{
	schema_each(walk, node, read_channel);
}

bool
settings_show_channels(struct buf *out, const void *from)
{
	const struct settings *settings = from;

	buf_putc(out, '\n');
	for (size_t i = 0; i < settings->nchannel; i++)
		schema_show_item(
		    out, settings_channel_keys, &settings->channel[i]);
	return settings->nchannel > 0;
}
