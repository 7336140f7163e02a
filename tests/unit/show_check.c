#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/base/text.h"

#include "tests/unit/show_check.h"

/* Copy one line without our own colours. */
static size_t
strip(char *out, const char *line, size_t len, bool color)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (color && line[i] == '\033' && line[i + 1] == '[') {
			i += 2 + strspn(line + i + 2, "0123456789;");
			if (line[i] == 'm')
				continue;
		}
		out[n++] = line[i];
	}
	out[n] = '\0';
	return n;
}

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

static const char *
check_line(const char *line, char *again, const struct show_style *style)
{
	size_t len = strlen(line);

	text_line(again, len + 4, line);
	if (strcmp(line, again) != 0)
		return "a character that does not show";
	if (style->columns > 0 && text_columns(line) > style->columns)
		return "a line is too wide";
	if (!style->utf8 && !is_ascii(line))
		return "not ASCII";
	if (len > 0 && line[len - 1] == ' ')
		return "a blank at the end of a line";
	return NULL;
}

const char *
check_human(const char *text, const struct show_style *style)
{
	size_t size = strlen(text) + 4;
	char *line = malloc(size), *again = malloc(size);
	const char *wrong = line == NULL || again == NULL ? "no memory" : NULL;

	while (*text != '\0' && wrong == NULL) {
		size_t len = strcspn(text, "\n");

		if (text[len] != '\n')
			wrong = "no line break at the end";
		strip(line, text, len, style->color);
		if (wrong == NULL)
			wrong = check_line(line, again, style);
		text += len + (text[len] == '\n');
	}
	free(line);
	free(again);
	return wrong;
}

/* ---------------------------------------------------------------- nagios */

static bool
holds(const char *text, size_t len, const char *chars)
{
	for (size_t i = 0; i < len; i++)
		if (strchr(chars, text[i]) != NULL)
			return true;
	return false;
}

const char *
check_nagios(const char *text)
{
	const char *bar = strstr(text, " | ");
	size_t first = strcspn(text, "\n");
	struct show_style style = { .utf8 = true };

	if (strncmp(text, "MXVIGIL ", 8) != 0)
		return "no status";
	if (bar == NULL || bar > text + first)
		return "no performance data in the first line";
	if (bar - text > 200)
		return "the status line is too long";
	if (holds(text, (size_t)(bar - text), "|`~$&<>\"'\\") ||
	    holds(text + first, strlen(text + first), "|`~$&<>\"'\\"))
		return "a character that means something";
	if (holds(bar + 3, first - (size_t)(bar + 3 - text), "|'`$&<>\"\\"))
		return "bad performance data";
	if (strlen(text) >= 4096)
		return "too long";
	return check_human(text, &style);
}

/* ------------------------------------------------------------------ JSON */

static const char *const root_keys[] = { "schema", "domain", "unicode",
	"checked_at", "duration_ms", "verdict", "summary", "outcome",
	"deliverable", "vantages", "nameservers", "networks", "mx", "delivery",
	"findings", NULL };
static const char *const vantage_keys[] = { "name", "resolver", "status",
	"rtt_ms", "authenticated", "ns", "mx", NULL };
static const char *const ns_keys[] = { "host", "ttl", "addresses", "lookup",
	NULL };
static const char *const ns_address_keys[] = { "ip", "network", "asn", "status",
	"serial", "rtt_ms", NULL };
static const char *const mx_keys[] = { "preference", "host", "ttl", "implicit",
	"state", "share", "addresses", "lookup", "alias_of", NULL };
static const char *const address_keys[] = { "ip", "port", "state", "phase",
	"error", "code", "text", "connect_ms", "greeting_ms", "total_ms",
	"extensions", "tls", "ehlo_ms", "helo_only", "starttls", "detail",
	NULL };
static const char *const delivery_keys[] = { "accepted_by", "attempts",
	"time_s", "why", NULL };
static const char *const attempt_keys[] = { "preference", "host", "ip",
	"outcome", NULL };
static const char *const finding_keys[] = { "rule", "severity", "subject",
	"message", "evidence", NULL };
static const char *const rr_keys[] = { "preference", "host", NULL };

/* Has the object these keys, in this order, and no other? */
static bool
keys_are(json_t *object, const char *const *keys)
{
	void *i = json_object_iter(object);

	for (; i != NULL && *keys != NULL; keys++) {
		if (strcmp(json_object_iter_key(i), *keys) != 0)
			return false;
		i = json_object_iter_next(object, i);
	}
	return json_is_object(object) && i == NULL && *keys == NULL;
}

/* Have all objects of the list under key these keys? */
static bool
all_are(json_t *object, const char *key, const char *const *keys)
{
	json_t *list = json_object_get(object, key), *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (!keys_are(item, keys))
			return false;
	}
	return json_is_array(list);
}

static bool
lists_are(
    json_t *root, const char *key, const char *under, const char *const *keys)
{
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(root, key), i, item)
	{
		if (!all_are(item, under, keys))
			return false;
	}
	return true;
}

static const char *
check_root(json_t *root)
{
	json_t *delivery = json_object_get(root, "delivery");

	if (!keys_are(root, root_keys))
		return "keys";
	if (!all_are(root, "vantages", vantage_keys) ||
	    !lists_are(root, "vantages", "mx", rr_keys))
		return "keys of vantages";
	if (!all_are(root, "nameservers", ns_keys) ||
	    !lists_are(root, "nameservers", "addresses", ns_address_keys))
		return "keys of name servers";
	if (!all_are(root, "mx", mx_keys) ||
	    !lists_are(root, "mx", "addresses", address_keys))
		return "keys of mail servers";
	if (!keys_are(delivery, delivery_keys) ||
	    !all_are(delivery, "attempts", attempt_keys))
		return "keys of the delivery";
	if (!all_are(root, "findings", finding_keys))
		return "keys of findings";
	return NULL;
}

const char *
check_json(const char *text)
{
	size_t len = strcspn(text, "\n");
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const char *wrong = "not JSON";

	if (root != NULL)
		wrong = text[len] == '\n' && text[len + 1] == '\0' ?
		    check_root(root) :
		    "not one line";
	json_decref(root);
	return wrong;
}
