#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config/settings_channel.h"
#include "config/settings_keys.h"

#include "packaging/doc/mdoc.h"
#include "packaging/doc/parts.h"

/*
 * Settings by their rows: "smtp.port (1 to 65535; default: 25)", then what is
 * said of it.  Keys have their whole path, as complaints name them; those of an
 * item of a list stand behind "[]".
 */

#define PATH_SIZE  128
#define GROUPS_MAX 64

/* --------------------------------------------------------- kinds and ranges */

static void
put_times(struct buf *out, const struct schema_key *key)
{
	if (key->min > 0)
		schema_show_duration(out, key->min);
	else
		buf_puts(out, "up");
	buf_puts(out, " to ");
	schema_show_duration(out, key->max);
}

static void
put_list(struct buf *out, const struct schema_key *key)
{
	buf_printf(out, "a list of up to %" PRIu64, key->max);
	if (key->expected != NULL)
		buf_printf(out, ", each %s", key->expected);
}

/* What stands behind the key. */
static void
put_kind(struct buf *out, const struct schema_key *key)
{
	switch (key->kind) {
	case SCHEMA_UINT8:
	case SCHEMA_UINT16:
	case SCHEMA_UINT:
		buf_printf(out, "%" PRIu64 " to %" PRIu64, key->min, key->max);
		break;
	case SCHEMA_BOOL:
	case SCHEMA_TRI:
		buf_puts(out, "true or false");
		break;
	case SCHEMA_DURATION:
	case SCHEMA_DURATION_S:
	case SCHEMA_DURATION_F:
		put_times(out, key);
		break;
	case SCHEMA_LIST:
		put_list(out, key);
		break;
	case SCHEMA_MAP:
		buf_puts(out, "a group");
		break;
	case SCHEMA_TEXT:
	case SCHEMA_CUSTOM:
		buf_puts(out, key->expected != NULL ? key->expected : "a text");
		break;
	}
}

/* ---------------------------------------------------------------- defaults */

/* As "config show" has it, in one line, without quotes; an empty list or group
 * is none. */
static void
put_default(struct buf *out, const struct schema_key *key, const void *from)
{
	struct buf value;
	const char *text;
	size_t len;

	buf_init(&value, 0);
	if (key->kind == SCHEMA_BOOL)
		buf_printf(&value, " %s",
		    *(const bool *)((const char *)from + key->offset) ?
		        "true" :
		        "false");
	else if (key->kind == SCHEMA_MAP ||
	    !schema_show_value(&value, key, from))
		buf_reset(&value);
	text = buf_str(&value);
	text += strspn(text, " \"");
	len = strcspn(text, "\"\n");
	if (len > 0 && strncmp(text, "[]", 2) != 0 && *text != '{')
		buf_printf(out, "; default: %.*s", (int)len, text);
	out->failed |= value.failed;
	buf_free(&value);
}

/* -------------------------------------------------------------------- keys */

/* from: the settings (or the item) with the defaults, or NULL. */
static void
put_key(struct buf *out, const struct schema_key *key, const char *path,
    const void *from)
{
	struct buf text;

	buf_init(&text, 0);
	put_kind(&text, key);
	if (key->is_needed)
		buf_puts(&text, "; needed");
	else if (from != NULL)
		put_default(&text, key, from);
	buf_puts(out, ".It Cm ");
	mdoc_typed(out, path);
	buf_puts(out, " Pq ");
	mdoc_words(out, buf_str(&text));
	buf_putc(out, '\n');
	buf_reset(&text);
	if (key->help != NULL)
		parts_sentence(&text, key->help);
	if (key->more != NULL)
		buf_printf(&text, " %s", key->more);
	mdoc_prose(out, buf_str(&text));
	out->failed |= text.failed;
	buf_free(&text);
}

/* A list while it is written: a group that is there twice is told once. */
struct list {
	struct buf *out;
	const struct schema_key *keys[GROUPS_MAX];
	char path[GROUPS_MAX][PATH_SIZE];
	size_t n;
};

/* Where the keys below were told already; else NULL, and they are now. */
static const char *
tell(struct list *list, const struct schema_key *keys, const char *path)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->keys[i] == keys)
			return list->path[i];
	if (list->n < GROUPS_MAX) {
		snprintf(list->path[list->n], PATH_SIZE, "%s", path);
		list->keys[list->n++] = keys;
	}
	return NULL;
}

/* NOLINTBEGIN(misc-no-recursion): the tables are our own */

static void put_keys(struct list *list, const struct schema_key *keys,
    const char *above, const void *from);

/* The key, then those below it. */
static void
put_tree(struct list *list, const struct schema_key *key, const char *path,
    const void *from)
{
	bool is_map = key->kind == SCHEMA_MAP;
	char below[PATH_SIZE];
	const char *before;

	put_key(list->out, key, path, from);
	if (key->keys == NULL)
		return;
	before = tell(list, key->keys, path);
	if (before != NULL) {
		snprintf(
		    below, sizeof(below), "Its keys are those of %s.", before);
		mdoc_prose(list->out, below);
		return;
	}
	snprintf(below, sizeof(below), "%s%s.", path, is_map ? "" : "[]");
	put_keys(list, key->keys, below, is_map ? from : key->item);
}

static void
put_keys(struct list *list, const struct schema_key *keys, const char *above,
    const void *from)
{
	for (; keys->name != NULL; keys++) {
		char path[PATH_SIZE];

		snprintf(path, sizeof(path), "%s%s", above, keys->name);
		put_tree(list, keys, path, from);
	}
}

/* NOLINTEND(misc-no-recursion) */

static const struct schema_key *
find_key(const char *name)
{
	for (const struct schema_key *k = settings_keys; k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

const char *
part_settings(struct buf *out, char *const *word)
{
	struct list list = { .out = out };
	struct settings settings;

	settings_init(&settings);
	buf_puts(out, ".Bl -tag -width Ds\n");
	for (; *word != NULL; word++) {
		const struct schema_key *key = find_key(*word);

		if (key == NULL)
			break;
		put_tree(&list, key, key->name, &settings);
	}
	buf_puts(out, ".El\n");
	settings_free(&settings);
	return *word == NULL ? NULL : "there is no such setting";
}

/* ---------------------------------------------------------------- channels */

/* The keys that a type needs (or may have). */
static void
put_wanted(struct buf *out, const struct channel_needs *needs,
    enum channel_need wanted, const char *verb)
{
	const struct {
		const char *key;
		enum channel_need need;
	} row[] = {
		{ needs->is_secret ? "url_file (or url)" : "url (or url_file)",
		    needs->url },
		{ "token_file", needs->token },
		{ "key_file", needs->key },
		{ "room", needs->room },
		{ "command", needs->command },
	};
	const char *key[sizeof(row) / sizeof(*row)];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		if (row[i].need == wanted)
			key[n++] = row[i].key;
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%s",
		    i == 0        ? verb :
		        i + 1 < n ? ", " :
		                    " and ",
		    key[i]);
	if (n > 0)
		buf_putc(out, '.');
}

const char *
part_channels(struct buf *out, char *const *word)
{
	(void)word;
	buf_puts(out, ".Bl -tag -width google\\-chat\n");
	for (size_t i = 0; i < CHANNEL_TYPES; i++) {
		const struct channel_needs *needs = &channel_needs[i];
		struct buf text;

		buf_init(&text, 0);
		buf_puts(&text, needs->about);
		put_wanted(&text, needs, CHANNEL_MUST, " Needs ");
		put_wanted(&text, needs, CHANNEL_MAY, " May have ");
		if (needs->room_word != NULL)
			buf_printf(&text, " The room is %s.", needs->room_word);
		if (needs->url_default != NULL)
			buf_printf(&text, " The URL %s is the default.",
			    needs->url_default);
		buf_puts(out, ".It Cm ");
		mdoc_typed(out, needs->name);
		buf_putc(out, '\n');
		mdoc_prose(out, buf_str(&text));
		out->failed |= text.failed;
		buf_free(&text);
	}
	buf_puts(out, ".El\n");
	return NULL;
}
