#ifndef CONFIG_SETTINGS_CHANNEL_H
#define CONFIG_SETTINGS_CHANNEL_H

#include <stdbool.h>

#include "config/settings_keys.h"

/* What a kind of channel makes of a value. */
enum channel_need { CHANNEL_NO, CHANNEL_MAY, CHANNEL_MUST };

/* What a kind of channel needs. */
struct channel_needs {
	const char		*name;		/* "slack" */
	enum channel_need	 url, token, key, room, command;
	bool			 is_secret;	/* who knows the URL can post */
	const char		*url_default;
	bool			(*is_room)(const char *text);
	const char		*room_word;	/* "expected …" */
	const char		*about;		/* what it is, and where what it
						 * needs comes from: sentences */
};

/* Indexed by enum channel_type. */
extern const struct channel_needs channel_needs[CHANNEL_TYPES];

/* Returns 0, or -1 when there is no such type. */
int		 channel_type_parse(const char *text, enum channel_type *);

/* Is this a value that a receiver could take?  Both hold secrets: the
 * answer is all that is said of them. */
bool		 channel_is_token(enum channel_type, const char *text);
bool		 channel_is_key(const char *text);

/* Complain of what is wrong with a channel whose keys are right; read its
 * secrets for the daemon. */
void		 channel_check(struct schema_walk *, yaml_node_t *node,
		    struct channel_setting *);

#endif
