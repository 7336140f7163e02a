#ifndef AGENT_NOTIFY_CHANNEL_H
#define AGENT_NOTIFY_CHANNEL_H

#include "agent/notify/message.h"

/*
 * How each kind of channel says it, and what its answers mean.  Pure: from a
 * message to a request, from an answer to a verdict.  Two requests also say
 * when they are made and so ask the clock: what is sent again must be rendered
 * again (webhook: the time that is signed; alertmanager: how long the alert
 * holds).
 */

#define REQUEST_HEADERS_MAX 8

struct request {
	const char	*method;	/* "POST", "PUT" */
	char		*url;		/* secret */
	char		*header[REQUEST_HEADERS_MAX];	/* "Name: value";
					 * secret */
	size_t		 nheader;
	struct buf	 body;
};
void		 request_free(struct request *);	/* wipes */

/* What a receiver answered. */
struct answer {
	int		 status;	/* HTTP status; exec: exit status; 0:
					 * no answer */
	const char	*retry_after;	/* the header, or NULL */
	const char	*body;		/* at most 16 KiB, NUL-terminated */
	struct wall	 now;		/* for dates in Retry-After */
};

enum delivery_verdict { DELIVERED, RETRY, DEAD };

struct judgement {
	enum delivery_verdict	 verdict;
	uint64_t		 wait_ms;	/* RETRY: the receiver asked for
						 * so long (at most an hour);
						 * 0: it said nothing */
	char			 why[256];	/* one line, safe, no secret */
};

struct channel_kind {
	const char	*name;		/* as in the configuration */
	/* NULL for exec, which has no request: the body only.  Returns 0, or
	 * -1 without memory. */
	int		(*render)(const struct channel_setting *,
			    const struct message *, struct request *out);
	/* NULL: the common judgement (2xx delivered; 408, 425, 429 and 5xx
	 * again; other 4xx dead). */
	void		(*judge)(const struct answer *, struct judgement *out);
	/* Alerts must be sent again at least this often while they last
	 * (alertmanager), 0: no. */
	uint64_t	 resend_ms;
	/* render, for a kind that knows an incident by what it was told: the
	 * message before that holds there, or NULL.  NULL: render does. */
	int		(*render_after)(const struct channel_setting *,
			    const struct message *,
			    const struct message *before,
			    struct request *out);
};

/* Indexed by enum channel_type. */
extern const struct channel_kind *const channel_kinds[CHANNEL_TYPES];

/* The common judgement, and Retry-After (RFC 9110 10.2.3: seconds or a date)
 * in milliseconds, 0 when it says nothing usable; never more than an hour. */
void		 channel_judge(const struct answer *, struct judgement *out);
uint64_t	 channel_retry_after(const char *header, struct wall now);

/* For the renderers: append text so that it is only text in that format, at
 * most max bytes of output (a service that counts characters counts no more),
 * cut between characters and never inside an escape; "…" marks the cut. */
void		 escape_slack(struct buf *, const char *text, size_t max);
void		 escape_mattermost(struct buf *, const char *text, size_t max);
void		 escape_discord(struct buf *, const char *text, size_t max);
void		 escape_html(struct buf *, const char *text, size_t max);
void		 escape_google_chat(struct buf *, const char *text, size_t max);
/* For the text runs of Adaptive Cards, which know no Markdown. */
void		 escape_card(struct buf *, const char *text, size_t max);
void		 escape_plain(struct buf *, const char *text, size_t max);

/* The message as a receiver's program reads it: one JSON object of schema
 * "mxvigil.alert/1", what the body of webhook holds as "data" and what exec
 * gives its command.  Appended without a line break; -1: no memory. */
int		 channel_alert_json(const struct message *, struct buf *out);

#endif
