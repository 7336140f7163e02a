#ifndef AGENT_INCIDENT_BOOK_PARTS_H
#define AGENT_INCIDENT_BOOK_PARTS_H

#include <sys/queue.h>

#include "agent/incident/book.h"

/* What the files of the book share. */

struct page;

/* That a domain suffers from a cause.  All of them are in one array, and are
 * known by their numbers there; what nobody suffers from costs nothing. */
struct suffered {
	struct page	*page;
	uint32_t	 slot;		/* its place in the page's arrays */
	uint32_t	 domain;
	uint32_t	 next;		/* of its bucket, or of those to be
					 * used again; MEMBER_NONE: the last */
	uint8_t		 severity, outcome;
	bool		 unsure;	/* it could not be told at last */
};
#define MEMBER_NONE UINT32_MAX

struct page {
	struct cause	 c;		/* first: both are one address */
	size_t		 place;		/* in book.page */
	uint32_t	*suffered;	/* beside c.member: their numbers */
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
	struct suffered			*suffered;
	uint32_t			 nsuffered, used, size_suffered;
	uint32_t			 unused;	/* first to use again */
	uint32_t			*bucket;	/* first of its domains;
							 * as many as there is
							 * room for */
	uint64_t			 dropped;	/* pages, plus 1 */
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

/* The domain suffers so, from now on (1) or still (0); -1: no memory. */
int		 member_join(struct book *, struct page *, uint32_t domain,
		    const struct symptom *);
/* Are the texts of this domain's symptom better than those it has? */
bool		 member_tells_more(const struct page *, uint32_t domain,
		    const struct symptom *);
/* It does so no more; the pointer is dead. */
void		 member_leave(struct book *, struct suffered *);
/* It stays so; it may be that it could not be told. */
void		 member_keep(struct suffered *, bool unsure);
/* NULL: it does not suffer from this. */
struct suffered	*member_find(const struct book *, const struct page *,
		    uint32_t domain);
/* What it suffers from, the latest first; NULL: (no more) nothing.  Valid until
 * the next that joins. */
struct suffered	*member_first(const struct book *, uint32_t domain);
struct suffered	*member_next(const struct book *, const struct suffered *);
void		 book_members_free(struct book *);

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
