#ifndef AGENT_INCIDENT_BOOK_H
#define AGENT_INCIDENT_BOOK_H

#include "agent/base/clock.h"
#include "agent/incident/cause.h"
#include "agent/incident/incident.h"

/*
 * The book of causes: which domains suffer from what, what is believed of it,
 * and which of it is to be told.  Pure: it is given the times, and tells what
 * happened through hooks; storing and telling are the caller's.
 *
 * The first member of a cause is its first strike; every further one comes of
 * a look (book_looked), never of a domain that is judged again for another
 * reason.  When the last member leaves, that is a good look; when what it
 * suffered from can just not be seen now, it stays.
 *
 * Mail servers that fail are known by the set of their addresses, which may
 * grow while an outage is discovered.  A suspicion goes on under the new set;
 * an open cause keeps its members while all that it is about still fails.
 *
 * A hook may raise and clear the agent's own troubles, and read the book; it
 * changes nothing else.
 */

struct book;
struct trial;		/* the caller's */

/* One cause.  Read-only for all but the book, but for the fields marked. */
struct cause {
	uint64_t		 id;		/* caller's: store id; 0: none */
	char			*key;
	enum cause_kind		 kind;
	bool			 by_smtp;
	const struct rule	*rule;		/* of the worst symptom */
	enum severity		 severity;	/* worst of the members now */
	char			*subject, *message;
	char			**evidence;
	size_t			 nevidence;
	enum outcome		 outcome;	/* worst of the members */
	struct ip		 ip[CAUSE_IPS_MAX];
	size_t			 nip;
	uint32_t		*member;	/* domain ids that suffer now */
	size_t			 nmember;
	size_t			 peak;		/* most members since opening */
	size_t			 ndeferred, nbounced, nrefused; /* of members'
						 * outcomes, accepted: rest */
	uint32_t		 example;	/* a member, or the last that
						 * was: looked at again;
						 * UINT32_MAX: none, which the
						 * caller says when it is gone */
	struct incident		 incident;
	struct wall		 began;		/* first failure seen */
	struct wall		 opened, closed;
	struct cause		*parent;	/* it is told under that one:
						 * open, as severe, with more
						 * addresses, and at its peak
						 * as many members */
	/* The caller's. */
	bool			 announced;	/* its opening was told */
	bool			 restored;	/* from the store, at start */
	bool			 waiting;	/* in the group being gathered */
	struct wall		 acked;		/* us 0: not */
	char			*acked_by;
	struct wall		 reminded;
	unsigned		 reminders;
	size_t			 told_members;	/* in the last message */
	enum severity		 told_severity;
	struct trial		*trial;		/* a look for it, planned or
						 * under way */
};

struct book_hooks {
	/* Something happened to the cause.  With CLOSED and CLEARED it is
	 * freed after the call, and with SETTLED when its state is OK. */
	void	(*news)(void *arg, struct cause *, enum incident_news);
	/* While open: it got worse, or has many more members (twice as many
	 * and 10 more than were told). */
	void	(*grown)(void *arg, struct cause *);
	/* Look at it again at this time: its addresses, and its example. */
	void	(*look)(void *arg, struct cause *, int64_t at_ms);
	/* It was told under its parent, which is over, or no longer as severe;
	 * it is not.  NULL: nobody wants to know. */
	void	(*outlives)(void *arg, struct cause *);
	/* A domain joined or left it while it is open: those that were there
	 * when it opened are in the cause then.  Not of one that is forgotten.
	 * NULL, too: nobody wants to know. */
	void	(*moved)(void *arg, struct cause *, uint32_t domain, bool joins);
};

struct book_now {
	int64_t		ms;	/* monotonic */
	struct wall	wall;
};

/* hooks and settings must outlive it.  NULL: no memory. */
struct book	*book_new(const struct alert_setting *,
		    const struct book_hooks *, void *arg);
void		 book_free(struct book *);
void		 book_reload(struct book *, const struct alert_setting *);

/* A domain was judged: these are its symptoms now (all of them; the book
 * compares with what it had).  unknown: it could not be told; then what it had
 * stays.  The symptoms may be those of many domains, and be given for each; the
 * book remembers in them where it found them.  Returns 0, or -1 without memory.
 */
int		 book_judged(struct book *, uint32_t domain, struct symptoms *,
		    bool unknown, struct book_now);
/* Would words of these symptoms be told, when it was judged so? */
bool		 book_tells(const struct book *, uint32_t domain,
		    struct symptoms *);
/* A domain is watched no longer. */
void		 book_forget(struct book *, uint32_t domain, struct book_now);

/* What was asked for by look() has been looked at, and the domains judged
 * again: members now mean it fails, none that it is good.  unknown: nothing
 * was found out. */
void		 book_looked(struct book *, struct cause *, bool unknown,
		    struct book_now);

/* We are blind for what is seen by dialogues, by DNS, or no longer. */
void		 book_hold(struct book *, bool by_smtp, bool by_dns,
		    struct book_now);

/* The agent's own troubles: raised and cleared without confirmation.  Returns
 * the cause (NULL: no memory, or nothing to clear). */
struct cause	*book_raise(struct book *, const char *key,
		    enum cause_kind, const char *rule, enum severity,
		    const char *subject, const char *message, struct book_now);
void		 book_clear(struct book *, const char *key, struct book_now);

/* Put back what was stored: call before the first judgement.  Open and
 * recovering ones stay open without members until looked at, which look() asks
 * for; suspects keep their strikes when their last is not older than stale_ms,
 * else start again at 1.  The agent's own stay until they are raised anew or
 * cleared.  All strings are copied.  NULL: no memory, it is there already, or
 * the rule is not known any more. */
struct cause	*book_restore(struct book *, const struct cause *like,
		    const char *rule, struct book_now, int64_t stale_ms);

struct cause	*book_find(const struct book *, const char *key);
struct cause	*book_by_id(const struct book *, uint64_t id);
size_t		 book_count(const struct book *);	/* all states */
typedef void	 book_cause_fn(void *arg, struct cause *);
/* Open (and recovering) ones only, or all. */
void		 book_each(const struct book *, bool open_only, book_cause_fn *,
		    void *arg);
/* The causes a domain is a member of. */
void		 book_of_domain(const struct book *, uint32_t domain,
		    book_cause_fn *, void *arg);

/* Call now and then (each second): flapping ends with time, and grown() is
 * told. */
void		 book_tick(struct book *, struct book_now);

#endif
