#ifndef AGENT_NOTIFY_MESSAGE_H
#define AGENT_NOTIFY_MESSAGE_H

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/rules/policy.h"
#include "config/settings.h"

/*
 * An alert before it has the form of any channel.  All texts are valid, safe
 * UTF-8 (text_safe), but not escaped for any format: they may hold "<",
 * "@everyone" or "*", for parts of them come from the network.
 */

enum message_kind {
	MESSAGE_OPENED,		/* an incident was confirmed */
	MESSAGE_GROWN,		/* it got worse, or hits many more */
	MESSAGE_REMINDER,	/* it is still there */
	MESSAGE_RESOLVED,
	MESSAGE_FLAPPING,	/* it comes and goes: no more messages */
	MESSAGE_SETTLED,	/* … and now it stays as it is */
	MESSAGE_CHANGED,	/* an event without an end: records changed */
	MESSAGE_DIGEST,		/* many at once, or the first look */
	MESSAGE_TEST,
	MESSAGE_KINDS
};
const char	*message_kind_name(enum message_kind);	/* "opened" … */

/* One of the incidents in a digest. */
struct message_item {
	char		*incident;	/* "17" */
	enum severity	 severity;
	char		*rule, *subject, *title;
	size_t		 domains;
	struct label	*label;		/* as in the message of its own */
	size_t		 nlabel;
};

struct message {
	enum message_kind	 kind;
	char			*id;		/* unique; the same on every
						 * try: "msg_…"; NULL: it gets
						 * one when it is posted */
	char			*incident;	/* "17"; NULL: none */
	char			*key;		/* the cause: the same for all
						 * messages about it */
	enum severity		 severity;	/* of the cause */
	char			*rule;		/* "mx.all-down"; NULL: digest */
	char			*subject;	/* host, set, domain */
	char			*title;		/* what is wrong, one line */
	struct wall		 at;		/* when this was written */
	struct wall		 since;		/* when it began; us 0: none */
	struct wall		 until;		/* resolved: when */
	char			**domain;	/* whom it hits: the first few
						 * by name … */
	size_t			 ndomain;
	size_t			 total;		/* … of so many */
	char			*senders;	/* what senders do meanwhile,
						 * when they begin to bounce */
	char			**evidence;	/* lines */
	size_t			 nevidence;
	char			*remedy;	/* what to do; NULL: nothing */
	char			*link;		/* status page, or NULL */
	struct label		*label;		/* common to all domains hit */
	size_t			 nlabel;
	struct message_item	*item;		/* digest */
	size_t			 nitem, total_items;
};

/* What is written of one: as much as is read back. */
#define MESSAGE_DOMAINS_MAX 50		/* by name */
#define MESSAGE_ITEMS_MAX 100
#define MESSAGE_EVIDENCE_MAX 64
#define MESSAGE_LABELS_MAX 64
#define MESSAGE_LABEL_MAX 256		/* bytes of a key, or of a value */
#define MESSAGE_TEXT_MAX 4096		/* bytes of any other text */

struct message	*message_new(enum message_kind);	/* NULL: no memory */
void		 message_free(struct message *);
/* Labels of one's own.  Returns 0, or -1 without memory. */
int		 message_copy_labels(struct label **to, size_t *nto,
		    const struct label *from, size_t n);
void		 message_free_labels(struct label *, size_t n);
/* Are all the wanted ones among these? */
bool		 message_has_labels(const struct label *, size_t n,
		    const struct label *wanted, size_t nwanted);
/* Sort labels that belong to others, each once; returns how many are left. */
size_t		 message_unique_labels(struct label *, size_t n);
/* A fresh id: malloc'ed; NULL: no memory, or no randomness. */
char		*message_id(void);

/* As JSON (one object, one line), and back: NULL with one line in why.  Times
 * are RFC 3339 with milliseconds; what is not set is not there.  Whatever is
 * written can be read: longer texts and lists are cut. */
void		 message_write(const struct message *, struct buf *out);
struct message	*message_read(const char *json, char *why, size_t why_size);

/* The parts of a message in words, shared by the channels that show text.
 * Each appends plain text; a channel escapes it before use.
 * headline: "CRITICAL: no mail server of example.org takes mail (500
 * domains)"; resolved: "RESOLVED after 1 h 5 min: …". */
void		 message_headline(const struct message *, struct buf *out);
/* "since 2026-11-23 16:40 UTC, for 12 min" */
void		 message_when(const struct message *, struct buf *out);
/* "hits 500 domains: a.example, b.example … and 450 more"; nothing when there
 * are none. */
void		 message_whom(const struct message *, struct buf *out);
/* "45 s", "12 min", "1 h 5 min", "2 d 3 h" */
void		 message_duration(int64_t us, struct buf *out);

#endif
