#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "agent/base/num.h"
#include "agent/base/text.h"
#include "agent/rules/rules.h"
#include "config/settings_keys.h"
#include "config/url.h"

/* Judges of texts that a person wrote. */

#define NAME_LEN_MAX  64
#define TITLE_LEN_MAX 200
#define GLOB_LEN_MAX  253

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

static int
keep(const char *text, char **out, char *why, size_t why_size)
{
	*out = strdup(text);
	if (*out == NULL)
		snprintf(why, why_size, "out of memory");
	return *out == NULL ? -1 : 0;
}

/* What was written, then what is wrong with it.  Returns -1. */
static int
wrong(char *why, size_t why_size, const char *text, const char *what)
{
	char shown[101];

	text_line(shown, sizeof(shown), text);
	snprintf(why, why_size, "\"%s\" %s", shown, what);
	return -1;
}

/* Is it 1 to max of these characters? */
static bool
is_of(const char *text, const char *characters, size_t max)
{
	size_t len = strlen(text);

	return len > 0 && len <= max && strspn(text, characters) == len;
}

int
settings_take_name(const char *text, char **out, char *why, size_t why_size)
{
	if (!is_of(text, LETTERS DIGITS "-_.:", NAME_LEN_MAX))
		return wrong(why, why_size, text,
		    "is no name: up to 64 letters, digits and -_.:");
	return keep(text, out, why, why_size);
}

int
settings_take_title(const char *text, char **out, char *why, size_t why_size)
{
	char *safe;
	bool is_line;

	if (strlen(text) > TITLE_LEN_MAX)
		return wrong(why, why_size, text, "is too long: 200 bytes");
	safe = text_safe_dup(text, strlen(text));
	is_line = safe != NULL && strlen(safe) == strlen(text);
	free(safe);
	if (!is_line)
		return wrong(why, why_size, text,
		    "has a backslash or characters in it that do not show");
	return keep(text, out, why, why_size);
}

/* ------------------------------------------------------------------- hosts */

int
settings_take_host(const char *text, char **out, char *why, size_t why_size)
{
	char ascii[NAME_WIRE + 1], *unicode = NULL;

	if (name_domain(text, ascii, &unicode, why, why_size) != 0)
		return -1;
	free(unicode);
	return keep(ascii, out, why, why_size);
}

int
settings_take_web_host(const char *text, char **out, char *why, size_t why_size)
{
	char plain[IP_TEXT];
	struct ip ip;

	if (ip_parse(text, &ip) == 0)
		return keep(ip_format(&ip, plain), out, why, why_size);
	return settings_take_host(text, out, why, why_size);
}

int
settings_take_mail_server(
    const char *text, char **out, char *why, size_t why_size)
{
	struct ip ip;

	if (strchr(text, ':') != NULL && ip_parse(text, &ip) != 0)
		return wrong(why, why_size, text,
		    "is no mail server: expected HOST or ADDRESS, without a "
		    "port (smtp.port is the port of all)");
	return settings_take_web_host(text, out, why, why_size);
}

/* "10 mx1.example.org"; the host "." is RFC 7505's null MX. */
int
settings_take_mx(const char *text, char **out, char *why, size_t why_size)
{
	const char *host = text + strcspn(text, " ");
	char digits[8] = "", line[NAME_WIRE + 16], *ascii = NULL;
	uint64_t preference;

	if ((size_t)(host - text) < sizeof(digits))
		memcpy(digits, text, (size_t)(host - text));
	if (num_uint(digits, 0, 65535, &preference) != 0 || *host == '\0')
		return wrong(why, why_size, text,
		    "is no MX record: expected PREFERENCE HOST, such as "
		    "10 mx1.example.org");
	host += strspn(host, " ");
	if (strcmp(host, ".") != 0 &&
	    settings_take_host(host, &ascii, why, why_size) != 0)
		return -1;
	snprintf(line, sizeof(line), "%u %s", (unsigned)preference,
	    ascii == NULL ? "." : ascii);
	free(ascii);
	return keep(line, out, why, why_size);
}

/* ------------------------------------------------------------------- globs */

int
settings_take_glob(const char *text, char **out, char *why, size_t why_size)
{
	if (!is_of(text, LETTERS DIGITS "-_.:*?", GLOB_LEN_MAX))
		return wrong(why, why_size, text,
		    "matches no domain or host: only letters, digits, - _ . "
		    ": and the wildcards * and ? (IDNs as A-labels)");
	return keep(text, out, why, why_size);
}

int
settings_take_rule(const char *text, char **out, char *why, size_t why_size)
{
	struct policy policy;
	int result;

	policy_init(&policy);
	result = settings_rule(&policy, text, "ok", why, why_size);
	policy_free(&policy);
	return result == 0 ? keep(text, out, why, why_size) : -1;
}

/* ------------------------------------------------------------------ others */

int
settings_take_path(const char *text, char **out, char *why, size_t why_size)
{
	if (*text != '/')
		return wrong(why, why_size, text,
		    "is no absolute path: it must begin with /");
	return keep(text, out, why, why_size);
}

/* What was written may hold a secret: it is not shown. */
int
settings_take_url(const char *text, char **out, char *why, size_t why_size)
{
	if (!url_is_good(text, true)) {
		snprintf(why, why_size,
		    "is no URL: expected https://HOST[:PORT]/PATH (or http), "
		    "without a user and password");
		return -1;
	}
	return keep(text, out, why, why_size);
}
