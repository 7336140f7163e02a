#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/secret.h"
#include "config/settings_channel.h"
#include "config/url.h"

/* A channel as a whole: what its type needs, and what its files hold. */

/* ----------------------------------------------------------- what is needed */

/* A key, and what it gives. */
struct given {
	const char *key;
	bool is_there;
	enum channel_need need;
};

/* An item as a whole: mistakes name its keys. */
static void
check_given(struct schema_walk *walk, yaml_node_t *node,
    const struct channel_setting *channel)
{
	const struct channel_needs *needs = &channel_needs[channel->type];
	enum channel_need http =
	    needs->command == CHANNEL_MUST ? CHANNEL_NO : CHANNEL_MAY;
	const struct given given[] = {
		{ "url", channel->url != NULL, needs->url },
		{ "url_file", channel->url_file != NULL, needs->url },
		{ "token_file", channel->token_file != NULL, needs->token },
		{ "key_file", channel->key_file != NULL, needs->key },
		{ "room", channel->room != NULL, needs->room },
		{ "command", channel->ncommand > 0, needs->command },
		{ "ca_file", channel->ca_file != NULL, http },
		{ "proxy", channel->proxy != NULL, http },
	};
	bool has_url = given[0].is_there || given[1].is_there;

	if (given[0].is_there && given[1].is_there)
		schema_complain_key(
		    walk, node, "url_file", "there is a url as well");
	if (needs->url == CHANNEL_MUST && !has_url)
		schema_complain(walk, node,
		    "url_file (or url) is missing, which a channel of type "
		    "%s needs",
		    needs->name);
	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
		if (given[i].is_there && given[i].need == CHANNEL_NO)
			schema_complain_key(walk, node, given[i].key,
			    "a channel of type %s has none", needs->name);
		if (!given[i].is_there && given[i].need == CHANNEL_MUST &&
		    i > 1)
			schema_complain(walk, node,
			    "%s is missing, which a channel of type %s needs",
			    given[i].key, needs->name);
	}
}

static void
check_values(struct schema_walk *walk, yaml_node_t *node,
    const struct channel_setting *channel)
{
	const struct channel_needs *needs = &channel_needs[channel->type];

	if (channel->room != NULL && needs->is_room != NULL &&
	    !needs->is_room(channel->room))
		schema_complain_key(
		    walk, node, "room", "expected %s", needs->room_word);
	if (channel->ncommand > 0 && *channel->command[0] != '/')
		schema_complain_key(walk, node, "command",
		    "the program must be an absolute path");
}

/* ----------------------------------------------------------------- secrets */

static void
read_secret(struct schema_walk *walk, yaml_node_t *node, const char *key,
    const char *name, char **secret)
{
	const struct loading *loading = walk->aside;
	char why[1024];

	if (name != NULL &&
	    secret_read(name, loading->dir, secret, why, sizeof(why)) != 0)
		schema_complain_key(walk, node, key, "%s", why);
}

/* What the files hold is never put into a message. */
static void
check_secrets(struct schema_walk *walk, yaml_node_t *node,
    const struct channel_setting *channel)
{
	if (channel->url_file != NULL && channel->url != NULL &&
	    !url_is_good(channel->url, true))
		schema_complain_key(walk, node, "url_file",
		    "what is in the file is no URL: expected "
		    "https://HOST[:PORT]/PATH (or http), without a user and "
		    "password");
	if (channel->token != NULL &&
	    !channel_is_token(channel->type, channel->token))
		schema_complain_key(walk, node, "token_file",
		    "what is in the file is no token of %s",
		    channel_type_name(channel->type));
	if (channel->key != NULL && !channel_is_key(channel->key))
		schema_complain_key(walk, node, "key_file",
		    "what is in the file is no key: expected whsec_ and 24 "
		    "to 64 bytes in base64");
}

static void
check_files(struct schema_walk *walk, yaml_node_t *node,
    const struct channel_setting *channel)
{
	if (channel->url != NULL && channel->url_file == NULL &&
	    channel_needs[channel->type].is_secret)
		settings_check_inline(
		    walk, schema_find(walk, node, "url"), channel->url);
	if (channel->ncommand > 0 && access(channel->command[0], X_OK) != 0)
		settings_note(walk, schema_find(walk, node, "command"),
		    "the program cannot be run: %m");
	if (channel->ca_file != NULL && access(channel->ca_file, R_OK) != 0)
		settings_note(walk, schema_find(walk, node, "ca_file"),
		    "the file cannot be read: %m");
}

/* What only the daemon reads. */
static void
load_channel(struct schema_walk *walk, yaml_node_t *node,
    struct channel_setting *channel)
{
	read_secret(walk, node, "url_file", channel->url_file, &channel->url);
	read_secret(
	    walk, node, "token_file", channel->token_file, &channel->token);
	read_secret(walk, node, "key_file", channel->key_file, &channel->key);
	check_secrets(walk, node, channel);
	check_files(walk, node, channel);
}

void
channel_check(struct schema_walk *walk, yaml_node_t *node,
    struct channel_setting *channel)
{
	const struct loading *loading = walk->aside;
	unsigned before = walk->file->nerrors;

	check_given(walk, node, channel);
	check_values(walk, node, channel);
	if (loading->is_whole && walk->file->nerrors == before)
		load_channel(walk, node, channel);
}
