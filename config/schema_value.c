#include <stdlib.h>
#include <string.h>

#include "agent/base/num.h"
#include "agent/base/text.h"
#include "agent/rules/obs.h"

#include "config/schema.h"

/* Where the value goes. */
static void *
place(const struct schema_walk *walk, const struct schema_key *key)
{
	return (char *)walk->into + key->offset;
}

static void
complain_value(struct schema_walk *walk, const yaml_node_t *node,
    const char *text, const char *expected)
{
	char *safe = text_safe_dup(text, strlen(text));

	schema_complain(
	    walk, node, "\"%s\" is not %s", safe == NULL ? "" : safe, expected);
	free(safe);
}

/* Quotes make a number or a truth a text: whoever wrote them may have meant
 * something else. */
static const char *
plain_text(
    struct schema_walk *walk, const yaml_node_t *node, const char *expected)
{
	const char *text = schema_text(walk, node, expected);

	if (text == NULL || yaml_is_plain(node))
		return text;
	schema_complain(walk, node, "expected %s without quotes", expected);
	return NULL;
}

/* ----------------------------------------------------------------- numbers */

static void
store(const struct schema_walk *walk, const struct schema_key *key,
    uint64_t value)
{
	void *to = place(walk, key);

	switch (key->kind) {
	case SCHEMA_UINT8:
		*(uint8_t *)to = (uint8_t)value;
		break;
	case SCHEMA_UINT16:
		*(uint16_t *)to = (uint16_t)value;
		break;
	case SCHEMA_UINT:
		*(unsigned *)to = (unsigned)value;
		break;
	case SCHEMA_DURATION_S:
		*(uint32_t *)to = (uint32_t)(value / 1000);
		break;
	case SCHEMA_DURATION_F:
		*(double *)to = (double)value;
		break;
	default:
		*(uint64_t *)to = value;
		break;
	}
}

static void
read_uint(struct schema_walk *walk, const yaml_node_t *node,
    const struct schema_key *key)
{
	static const char expected[] = "a whole number";
	const char *text = plain_text(walk, node, expected);
	uint64_t value;

	if (text == NULL)
		return;
	if (num_uint(text, 0, UINT64_MAX, &value) != 0)
		complain_value(walk, node, text, expected);
	else if (value < key->min || value > key->max)
		schema_complain(walk, node,
		    "%llu is out of range (allowed: %llu to %llu)",
		    (unsigned long long)value, (unsigned long long)key->min,
		    (unsigned long long)key->max);
	else
		store(walk, key, value);
}

static void
complain_range(struct schema_walk *walk, const yaml_node_t *node,
    const struct schema_key *key)
{
	struct buf range;

	buf_init(&range, 0);
	schema_show_duration(&range, key->min);
	buf_puts(&range, " to ");
	schema_show_duration(&range, key->max);
	schema_complain(walk, node, "%s is out of range (allowed: %s)",
	    yaml_scalar(node), buf_str(&range));
	buf_free(&range);
}

static void
read_duration(struct schema_walk *walk, const yaml_node_t *node,
    const struct schema_key *key)
{
	static const char expected[] =
	    "a time such as 500ms, 10s, 5m, 1h or 2d";
	const char *text = schema_text(walk, node, expected);
	uint64_t ms;

	if (text == NULL)
		return;
	if (num_duration(text, &ms) != 0)
		complain_value(walk, node, text, expected);
	else if (ms < key->min || ms > key->max)
		complain_range(walk, node, key);
	else if (key->kind == SCHEMA_DURATION_S && ms % 1000 != 0)
		complain_value(walk, node, text, "a time in whole seconds");
	else
		store(walk, key, ms);
}

/* ------------------------------------------------------------------- others */

/* YAML 1.1's "yes", "on" and the like are surprises: not taken. */
static enum tri
truth(struct schema_walk *walk, const yaml_node_t *node)
{
	static const char expected[] = "true or false";
	const char *text = plain_text(walk, node, expected);

	if (text == NULL)
		return TRI_UNKNOWN;
	if (strcmp(text, "true") == 0)
		return TRI_YES;
	if (strcmp(text, "false") == 0)
		return TRI_NO;
	complain_value(walk, node, text, expected);
	return TRI_UNKNOWN;
}

static void
read_tri(struct schema_walk *walk, const yaml_node_t *node,
    const struct schema_key *key)
{
	enum tri value = truth(walk, node);

	if (value != TRI_UNKNOWN)
		*(enum tri *)place(walk, key) = value;
}

static void
read_bool(struct schema_walk *walk, const yaml_node_t *node,
    const struct schema_key *key)
{
	enum tri value = truth(walk, node);

	if (value != TRI_UNKNOWN)
		*(bool *)place(walk, key) = value == TRI_YES;
}

char *
schema_take(struct schema_walk *walk, const yaml_node_t *node,
    const char *expected, schema_take_fn *take)
{
	const char *text =
	    schema_text(walk, node, expected == NULL ? "a text" : expected);
	char *out = NULL, why[512] = "out of memory";

	if (text == NULL)
		return NULL;
	if (take == NULL)
		out = strdup(text);
	else if (take(text, &out, why, sizeof(why)) != 0)
		out = NULL;
	if (out == NULL)
		schema_complain(walk, node, "%s", why);
	return out;
}

static void
read_text(struct schema_walk *walk, const yaml_node_t *node,
    const struct schema_key *key)
{
	char *text = schema_take(walk, node, key->expected, key->take);
	char **to = place(walk, key);

	if (text == NULL)
		return;
	free(*to);
	*to = text;
}

void
schema_read_value(
    struct schema_walk *walk, yaml_node_t *node, const struct schema_key *key)
{
	switch (key->kind) {
	case SCHEMA_BOOL:
		read_bool(walk, node, key);
		break;
	case SCHEMA_LIST:
		schema_read_list(walk, node, key);
		break;
	case SCHEMA_TRI:
		read_tri(walk, node, key);
		break;
	case SCHEMA_DURATION:
	case SCHEMA_DURATION_S:
	case SCHEMA_DURATION_F:
		read_duration(walk, node, key);
		break;
	case SCHEMA_TEXT:
		read_text(walk, node, key);
		break;
	default:
		read_uint(walk, node, key);
		break;
	}
}
