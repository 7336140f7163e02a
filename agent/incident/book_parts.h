#ifndef AGENT_INCIDENT_BOOK_PARTS_H
#define AGENT_INCIDENT_BOOK_PARTS_H

#include <sys/queue.h>

#include "agent/incident/book.h"

/* What the files of the book share. */

/* What is known of a member of a cause; at the same place as in c.member. */
struct member {
	uint32_t	 at;		/* its place among the domain's */
	uint8_t		 severity, outcome;
	bool		 unsure;	/* it could not be told at last */
};

struct page {
	struct cause	 c;		/* first: both are one address */
	size_t		 place;		/* in book.page */
	struct member	*member;
	size_t		 size;		/* room for members */
	size_t		 nunsure;
	size_t		 by_severity[SEVERITY_CRITICAL + 1];
	size_t		 by_outcome[OUTCOME_UNKNOWN + 1];
	enum severity	 shown;		/* of what the texts tell */
	bool		 raised;	/* the agent's own: no members */
	bool		 unlooked;	/* restored, and not looked at yet */
	size_t		 grown;		/* members when grown() was told */
	enum severity	 grown_severity;
	uint32_t	 asked;		/* the example when a look was asked */
	uint64_t	 round;		/* the judgement that has it */
};

/* A cause that a domain suffers from; its slot there. */
struct suffered {
	struct page	*page;
	size_t		 slot;
};
struct sufferer {
	struct suffered	*list;
	uint32_t	 n, size;
};

struct past;
TAILQ_HEAD(pasts, past);

struct book {
	const struct alert_setting	*alerts;
	struct alert_setting		 plain;	/* without confirmation */
	const struct book_hooks		*hooks;
	void				*arg;
	struct page			**page;
	size_t				 n, size;
	void				*by_key, *by_ip, *by_past; /* tsearch */
	struct pasts			 past;	/* the latest last */
	size_t				 npast;
	struct sufferer			*domain;	/* by id */
	size_t				 ndomain;
	bool				 hold_smtp, hold_dns;
	uint64_t			 round;
};

/* ----------------------------------------------------------------- book */

/* An event, and all that follows from it.  Returns whether it is over, and
 * freed. */
bool		 book_step(struct book *, struct page *, enum incident_event,
		    struct book_now);
/* Have it looked at. */
void		 book_ask(struct book *, struct page *, int64_t at_ms);
/* A new one, in the book, with what is remembered of its key and held as all
 * are now.  NULL: no memory. */
struct page	*book_add(struct book *, const char *key, enum cause_kind,
		    bool by_smtp, const struct ip *, size_t nip);
/* Not in the book any more, and freed. */
void		 book_drop(struct book *, struct page *);
bool		 book_holds(const struct book *, const struct page *);

/* ------------------------------------------------------------ book_page */

struct page	*page_find(const struct book *, const char *key);
/* A new one, not in the book yet: key is copied.  NULL: no memory. */
struct page	*page_new(const char *key, enum cause_kind, bool by_smtp);
/* Into the book (returns 0, or -1 without memory), and out of it. */
int		 page_put(struct book *, struct page *);
void		 page_take_out(struct book *, struct page *);
void		 page_free(struct page *);
/* Take over what it is called, copied.  Returns 0, or -1: then the old texts
 * stay. */
int		 page_say(struct page *, const struct rule *,
		    const char *subject, const char *message,
		    char *const *evidence, size_t nevidence);
void		 page_addresses(struct page *, const struct ip *, size_t n);

/* ----------------------------------------------------------- book_member */

/* The domain suffers so, from now on or still.  Returns 0, or -1. */
int		 member_join(struct book *, struct page *, uint32_t domain,
		    const struct symptom *);
/* The i-th cause of the domain is none of its any more. */
void		 member_leave(struct book *, uint32_t domain, size_t i);
/* It stays with it; it may be that it could not be told. */
void		 member_keep(struct page *, size_t slot, bool unsure);
/* NULL: it does not suffer from this. */
struct member	*member_find(const struct book *, const struct page *,
		    uint32_t domain);
/* NULL: it suffers from nothing. */
struct sufferer	*member_causes(const struct book *, uint32_t domain);

/* ----------------------------------------------------------- book_family */

/* Sets of mail servers, by address.  Return 0, or -1 without memory. */
int		 family_put(struct book *, struct page *);
void		 family_take_out(struct book *, struct page *);
/* It opened, became more or less severe, has more members, or is over: who is
 * told under whom? */
void		 family_changed(struct book *, struct page *);

/* ------------------------------------------------------------- book_past */

/* Remember the changes of a cause that is over, for it may come back; give
 * them to a new one of the same key; forget those that are too old.  Without
 * memory nothing is remembered. */
void		 past_keep(struct book *, const struct page *);
void		 past_give(struct book *, struct page *);
void		 past_trim(struct book *, int64_t now_ms);
void		 book_past_free(struct book *);

#endif
