#ifndef AGENT_NOTIFY_ESCAPE_H
#define AGENT_NOTIFY_ESCAPE_H

#include "agent/base/buf.h"

/*
 * Text that stays text.
 *
 * Where a service reads markup, a word that could be more than a word (a host
 * name that becomes a link, "@everyone", "*") is put between the service's
 * marks for code, in which nothing is read, and looks there as it was written:
 * host names can be copied.  Backslashes and invisible characters would do for
 * fewer services and spoil the copy.  Only what ends code is replaced: a
 * backquote becomes an apostrophe.
 *
 * Where there are no marks, text is changed as little as stops links and
 * mentions.  Characters that do not show, and bytes that are not UTF-8, are
 * written as escapes everywhere (agent/base/text.h).
 */
enum escape_format {
	ESCAPE_SLACK,		/* mrkdwn, with verbatim set */
	ESCAPE_SLACK_PLAIN,	/* plain_text */
	ESCAPE_MATTERMOST,
	ESCAPE_DISCORD,
	ESCAPE_GOOGLE_CHAT,
	ESCAPE_HTML,		/* with <code>: Telegram, Matrix */
	ESCAPE_CARD,
	ESCAPE_PLAIN,		/* read by people in a web page */
	ESCAPE_UNLINKED,	/* where programs make links of host names */
	ESCAPE_CLEAN,		/* for programs: valid UTF-8, no more */
	ESCAPE_FORMATS
};

/* Append text as words among others, at most max bytes. */
void	 escape_words(struct buf *, enum escape_format, const char *text,
	    size_t max);
/* Append text for a place that is marked as code already. */
void	 escape_code(struct buf *, enum escape_format, const char *text,
	    size_t max);

#endif
