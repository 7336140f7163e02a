#ifndef AGENT_NOTIFY_SAY_H
#define AGENT_NOTIFY_SAY_H

#include "agent/notify/escape.h"
#include "agent/notify/message.h"

/*
 * What a message says where people read it, and in which order: what is wrong,
 * since when, for whom, what senders do meanwhile, the evidence (or the
 * incidents of a digest), what to do, where to look.  The channels differ in
 * their marks only.
 *
 * Each part has its share of the room; the evidence gets what the others leave
 * and so is what a small limit cuts first.
 */
enum say_part { SAY_HEADLINE, SAY_WHEN, SAY_WHOM, SAY_SENDERS, SAY_LIST,
	SAY_REMEDY, SAY_LINK, SAY_INCIDENT, SAY_PARTS };
#define SAY_ONLY(part) (1U << (part))
#define SAY_ALL	(SAY_ONLY(SAY_PARTS) - 1)

/* What all parts but the list can take together. */
#define SAY_FIXED_MAX	3400

struct say_style {
	enum escape_format	 format;
	const char	*line;			/* between lines */
	const char	*bold_on, *bold_off;	/* the headline */
	const char	*list_on, *list_off;	/* evidence: a fence */
	const char	*link_on, *link_off;	/* around the URL; NULL: the
						 * link is told elsewhere */
	bool		 entities;		/* "&" in a URL is "&amp;" */
};

/* Append some of the parts, at most max bytes; max must be SAY_FIXED_MAX or
 * more when it is more than one part. */
void	 say(const struct say_style *, const struct message *,
	    unsigned parts, size_t max, struct buf *out);

/* The link, when it is one that can be shown: http or https, of characters
 * that are markup nowhere.  Else NULL. */
const char	*say_link(const struct message *);

/* Does the message end what an earlier one began? */
bool	 say_over(const struct message *);

/* How loud it is: what is over is OK. */
enum severity	 say_severity(const struct message *);

#endif
