#ifndef AGENT_NOTIFY_RENDER_H
#define AGENT_NOTIFY_RENDER_H

#include <jansson.h>

#include "agent/notify/channel.h"
#include "agent/notify/say.h"

/*
 * What the renderers share.  A JSON constructor without memory gives NULL,
 * which makes what it goes into NULL too, so that only request_json looks.
 */

/* The kinds, one a file. */
extern const struct channel_kind channel_slack, channel_mattermost,
    channel_discord, channel_teams, channel_google_chat, channel_telegram,
    channel_matrix, channel_ntfy, channel_pagerduty, channel_alertmanager,
    channel_webhook, channel_exec;

/* Make it a request with a JSON body.  Takes url and body over, either of
 * which may be NULL for want of memory.  Returns 0, or -1 without memory. */
int	 request_json(struct request *, const char *method, char *url,
	    json_t *body);
/* Add a header to a request that is whole; at the first failure it is freed.
 * Returns 0, or -1. */
int	 request_header(struct request *, const char *name, const char *value);

/* The same for "Authorization: Bearer TOKEN"; nothing without a token. */
int	 request_bearer(struct request *, const char *token);

/* A malloc'ed text, or NULL. */
char	*printed(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));
/* A configured URL, or the usual one, without a slash at its end, and a path:
 * malloc'ed, or NULL. */
char	*url_under(const char *url, const char *usual, const char *path);
/* Append text as one segment of a path (RFC 3986 2.3). */
void	 url_segment(struct buf *, const char *text);

/* A string for a program: valid UTF-8 whatever text holds; null for NULL. */
json_t	*json_text(const char *text);
/* Some of the parts, as say() says them. */
json_t	*json_said(const struct say_style *, const struct message *,
	    unsigned parts, size_t max);
/* One part in a field of its own, or NULL when there is nothing to say. */
json_t	*json_part(const struct say_style *, const struct message *,
	    enum say_part, size_t max);
/* The headline in a format without our marks. */
json_t	*json_headline(const struct message *, enum escape_format,
	    size_t max);
/* Text as escape_plain has it; NULL for NULL, which "o*" leaves out. */
json_t	*json_plain(const char *text, size_t max);
/* RFC 3339; null when there is no such time. */
json_t	*json_time(struct wall);
/* What channel_alert_json writes. */
json_t	*json_alert(const struct message *);
/* Dump compactly and forget; -1: no memory. */
int	 json_write(json_t *, struct buf *out);

/* The cause as a name of at most max bytes (64 or more): as it is, or its
 * SHA-256 in hex where it is longer or not plain ASCII.  NULL: no memory. */
char	*request_key(const struct message *, size_t max);

#define SIGN_HEX 65
/* SHA-256 of text in hex.  Returns 0, or -1 without memory. */
int	 sign_hash(const char *text, char out[SIGN_HEX]);
/* Standard Webhooks: append "v1,BASE64 v1,…", one for each key of keys
 * ("whsec_BASE64", space-separated).  Returns 0, or -1 for a key that is none
 * or without memory. */
int	 sign_webhook(const char *keys, const char *id, long long seconds,
	    const struct buf *body, struct buf *out);

/* The requests whose content depends on when they are made. */
int	 webhook_request(const struct channel_setting *,
	    const struct message *, struct wall now, struct request *out);
int	 alertmanager_request(const struct channel_setting *,
	    const struct message *, const struct message *before,
	    struct wall now, struct request *out);

/* For judges: an answer's body as JSON, or NULL. */
json_t	*answer_json(const struct answer *);
/* Add "; words" of the receiver to why; NULL adds nothing. */
void	 judgement_quote(struct judgement *, const char *words);
/* The receiver asked for so many milliseconds; other than a positive finite
 * number it asked for nothing.  The longest wish counts. */
void	 judgement_wait(struct judgement *, double ms);

#endif
