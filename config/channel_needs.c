#include <string.h>

#include "config/settings_channel.h"

/* What each kind of channel needs, and what its values look like. */

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

#define ROOM_MAX  255
#define TOPIC_MAX 64

static bool
is_of(const char *text, const char *characters, size_t max)
{
	size_t len = strlen(text);

	return len > 0 && len <= max && strspn(text, characters) == len;
}

/* Printable ASCII without spaces. */
static bool
is_word(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

/* ------------------------------------------------------------------- rooms */

/* A chat_id of Telegram: a number, or "@" and a public name. */
static bool
is_chat(const char *text)
{
	if (*text == '@')
		return is_of(text + 1, LETTERS DIGITS "_", TOPIC_MAX);
	return is_of(text + (*text == '-'), DIGITS, 20);
}

/* A room id of Matrix: an alias would have to be looked up. */
static bool
is_room(const char *text)
{
	return *text == '!' && text[1] != '\0' && is_word(text) &&
	    strlen(text) <= ROOM_MAX;
}

static bool
is_topic(const char *text)
{
	return is_of(text, LETTERS DIGITS "-_", TOPIC_MAX);
}

/* ------------------------------------------------------------------- table */

#define HOOK .url = CHANNEL_MUST, .is_secret = true

/* clang-format off */
const struct channel_needs channel_needs[CHANNEL_TYPES] = {
	[CHANNEL_SLACK] = { .name = "slack", HOOK,
	    .about = "A channel of Slack: the URL of an incoming webhook." },
	[CHANNEL_MATTERMOST] = { .name = "mattermost", HOOK,
	    .about = "A channel of Mattermost: the URL of an incoming "
	    "webhook." },
	[CHANNEL_DISCORD] = { .name = "discord", HOOK,
	    .about = "A channel of Discord: the URL of a webhook, from the "
	    "channel's integrations." },
	[CHANNEL_TEAMS] = { .name = "teams", HOOK,
	    .about = "A channel of Microsoft Teams: the URL of a workflow "
	    "that posts what a webhook receives. It gets an Adaptive Card." },
	[CHANNEL_GOOGLE_CHAT] = { .name = "google-chat", HOOK,
	    .about = "A space of Google Chat: the URL of a webhook, with its "
	    "key and token. An incident is a thread." },
	[CHANNEL_TELEGRAM] = { .name = "telegram", .url = CHANNEL_MAY,
	    .token = CHANNEL_MUST, .room = CHANNEL_MUST,
	    .url_default = "https://api.telegram.org",
	    .is_room = is_chat,
	    .room_word = "a chat_id such as -1001234567890 or @name",
	    .about = "A chat of Telegram: the token of a bot that may write "
	    "in it." },
	[CHANNEL_MATRIX] = { .name = "matrix", .url = CHANNEL_MUST,
	    .token = CHANNEL_MUST, .room = CHANNEL_MUST, .is_room = is_room,
	    .room_word = "a room id such as !opaque:example.org",
	    .about = "A room of Matrix, without encryption: the URL of the "
	    "homeserver, and the access token of a user who is in the room." },
	[CHANNEL_NTFY] = { .name = "ntfy", .url = CHANNEL_MAY,
	    .token = CHANNEL_MAY, .room = CHANNEL_MUST,
	    .url_default = "https://ntfy.sh", .is_room = is_topic,
	    .room_word = "a topic: up to 64 letters, digits, - and _",
	    .about = "A topic of ntfy, for phones. Whoever knows the topic "
	    "can read it where the server asks for no token." },
	[CHANNEL_PAGERDUTY] = { .name = "pagerduty", .url = CHANNEL_MAY,
	    .token = CHANNEL_MUST,
	    .url_default = "https://events.pagerduty.com/v2/enqueue",
	    .about = "A service of PagerDuty, by the Events API v2: the token "
	    "is the integration's routing key." },
	[CHANNEL_ALERTMANAGER] = { .name = "alertmanager",
	    .url = CHANNEL_MUST, .token = CHANNEL_MAY,
	    .about = "Prometheus' Alertmanager, by its API v2, which then "
	    "routes, groups and repeats: the URL is its base. Alerts have the "
	    "labels of the domain." },
	[CHANNEL_WEBHOOK] = { .name = "webhook", HOOK,
	    .token = CHANNEL_MAY, .key = CHANNEL_MAY,
	    .about = "A program of your own behind a URL: JSON by POST, as "
	    "the specification Standard Webhooks says, signed when there is a "
	    "key. A token is sent as Authorization: Bearer." },
	[CHANNEL_EXEC] = { .name = "exec", .command = CHANNEL_MUST,
	    .about = "A program of your own on this host, without a shell: it "
	    "gets the message as JSON on its standard input, only PATH and "
	    "LANG in its environment, and 15 seconds. Status 0 means "
	    "delivered, 64 to 78 (but for 75), 126 and 127 that it is given "
	    "up; any other is tried again." },
};
/* clang-format on */

const char *
channel_type_name(enum channel_type type)
{
	return channel_needs[type].name;
}

int
channel_type_parse(const char *text, enum channel_type *type)
{
	for (size_t i = 0; i < CHANNEL_TYPES; i++)
		if (strcmp(channel_needs[i].name, text) == 0) {
			*type = (enum channel_type)i;
			return 0;
		}
	return -1;
}

/* ----------------------------------------------------------------- secrets */

/* Telegram's becomes a part of the URL, others of a header or of JSON. */
bool
channel_is_token(enum channel_type type, const char *text)
{
	if (type == CHANNEL_TELEGRAM)
		return is_of(text, LETTERS DIGITS ":_-", ROOM_MAX);
	return is_word(text);
}

/* Standard Webhooks: "whsec_" and 24 to 64 bytes in base64; several of them
 * with spaces between while keys are changed. */
bool
channel_is_key(const char *text)
{
	static const char prefix[] = "whsec_";
	size_t n = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, " "), base;

		if (len < sizeof(prefix) - 1 ||
		    strncmp(text, prefix, sizeof(prefix) - 1) != 0)
			return false;
		text += sizeof(prefix) - 1;
		len -= sizeof(prefix) - 1;
		base = strspn(text, LETTERS DIGITS "+/");
		base += strspn(text + base, "=");
		if (base != len || len % 4 != 0 || len < 32 || len > 88)
			return false;
		text += len;
		text += strspn(text, " ");
		n++;
	}
	return n > 0;
}
