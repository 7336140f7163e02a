#ifndef CONFIG_URL_H
#define CONFIG_URL_H

#include <stdbool.h>

#include "agent/base/buf.h"

/* URLs that the operator writes; pure. */

#define URL_MAX 2048

/* Is it https://HOST[:PORT][/…] (or http://, where that is allowed) in
 * printable ASCII?  A user and password in it are not allowed: URLs are shown
 * in output. */
bool	 url_is_good(const char *url, bool http_allowed);

/* Append the scheme, host and port of a good URL: "https://HOST[:PORT]". */
void	 url_origin(struct buf *out, const char *url);

/* Append a good URL without all that may be a secret in it:
 * "https://HOST[:PORT]/...". */
void	 url_redact(struct buf *out, const char *url);

/* Is it what url_redact() makes? */
bool	 url_is_redacted(const char *url);

#endif
