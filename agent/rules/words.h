#ifndef AGENT_RULES_WORDS_H
#define AGENT_RULES_WORDS_H

#include "agent/base/buf.h"
#include "agent/rules/finding.h"
#include "agent/rules/view.h"

/*
 * The words that messages are made of.  All append plain text on one line;
 * what came from the network is safe text already.
 */

/* ", " unless *b is still empty. */
void		 words_comma(struct buf *b);

/* "SERVFAIL", "timeout", "DNSSEC validation fails" … */
const char	*words_dns(enum dns_status);

/* How a vantage's look-up ended: "SERVFAIL", "no answer at all" … */
const char	*words_vantage(const struct view *,
		    const struct view_vantage *);

/* What a mail server said last: 554 "no service here". */
void		 words_reply(struct buf *, int code, const char *text);

/* What is the matter at an address of a mail server: "timeout at connect",
 * "connection refused", answers 421 "busy" … */
void		 words_address(struct buf *, const struct view *,
		    const struct view_mx_address *);

/* What is the matter with a mail server: the words of its addresses when they
 * all say the same, else each with its address; or why there is none. */
void		 words_host(struct buf *, const struct view *,
		    const struct view_mx *);

/* The rows from begin on that end before end, each host once:
 * "mx1.example.org: timeout at connect; mx2.example.org: …".  The same as a
 * list of evidence. */
void		 words_hosts(struct buf *, const struct view *, size_t begin,
		    size_t end);
void		 words_hosts_evidence(struct finding *, const struct view *,
		    size_t begin, size_t end);

/* Why its addresses were not found: "has no address", or "its address cannot
 * be looked up (SERVFAIL)". */
void		 words_lookup(struct buf *, const struct view *,
		    enum host_lookup, enum dns_status);

/* The time in words: "90 seconds", "5 minutes", "2 hours", "3 days". */
void		 words_duration(struct buf *, double seconds);

/* "2026-11-23 16:40 UTC" */
void		 words_time(struct buf *, struct wall);

/* findings_add() with the message in *message, which is freed. */
struct finding	*words_add(struct findings *, const struct rule *,
		    enum severity, const char *subject, struct buf *message);

/* finding_item() with what is in *item, which is freed. */
void		 words_item(struct finding *, const char *key,
		    struct buf *item);

#endif
