#include <string.h>

#include "agent/base/num.h"

#include "config/url.h"

#define REDACTED "/..."

/* Behind the scheme and its slashes, or NULL. */
static const char *
skip_scheme(const char *url, bool http_allowed)
{
	if (strncmp(url, "https://", 8) == 0)
		return url + 8;
	if (http_allowed && strncmp(url, "http://", 7) == 0)
		return url + 7;
	return NULL;
}

/* RFC 3986 appendix A: no character that has to be escaped in a URL. */
static bool
is_printable(const char *url)
{
	for (; *url != '\0'; url++)
		if (*url <= ' ' || *url > '~' ||
		    strchr("\"<>\\^`{|}", *url) != NULL)
			return false;
	return true;
}

/* Is it ":PORT", or nothing? */
static bool
is_port(const char *text, size_t len)
{
	char digits[8] = "";
	uint64_t port;

	if (len == 0)
		return true;
	if (*text != ':' || len - 1 >= sizeof(digits))
		return false;
	memcpy(digits, text + 1, len - 1);
	return num_uint(digits, 1, 65535, &port) == 0;
}

/* How long the host is; an IPv6 address with its brackets. */
static size_t
host_len(const char *host, size_t len)
{
	const char *end = *host == '[' ? memchr(host, ']', len) : host;

	if (end == NULL)
		return 0;
	end = memchr(end, ':', len - (size_t)(end - host));
	return end == NULL ? len : (size_t)(end - host);
}

bool
url_is_good(const char *url, bool http_allowed)
{
	const char *host = skip_scheme(url, http_allowed);
	size_t len, name;

	if (host == NULL || !is_printable(url) || strlen(url) > URL_MAX)
		return false;
	len = strcspn(host, "/?#");
	if (memchr(host, '@', len) != NULL)
		return false;
	name = host_len(host, len);
	return name > 0 && is_port(host + name, len - name);
}

void
url_origin(struct buf *out, const char *url)
{
	const char *host = skip_scheme(url, true);

	if (host != NULL)
		buf_add(out, url, (size_t)(host - url) + strcspn(host, "/?#"));
}

void
url_redact(struct buf *out, const char *url)
{
	if (skip_scheme(url, true) == NULL)
		return;
	url_origin(out, url);
	buf_puts(out, REDACTED);
}

bool
url_is_redacted(const char *url)
{
	size_t len = strlen(url), end = strlen(REDACTED);

	return len > end && strcmp(url + len - end, REDACTED) == 0;
}
