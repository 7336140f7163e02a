#ifndef AGENT_STORE_STORE_H
#define AGENT_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/base/clock.h"

/*
 * What must survive: incidents, the outbox, silences, what was last seen of
 * each domain, and history.  SQLite, WAL, synchronous=FULL (but for what is
 * lazy), STRICT tables.
 * All times are microseconds since the epoch (struct wall).  One process
 * writes; others read.
 *
 * Every function that may fail returns 0 or -1 (or NULL); store_why() then says
 * why in one line.  A failed write leaves the transaction failed: the caller
 * rolls back and may try again later.
 */

struct store;

/* How it was found. */
enum store_found {
	STORE_FRESH,		/* there was none */
	STORE_GOOD,
	STORE_MIGRATED,		/* made by an older version */
	STORE_DAMAGED		/* set aside, and a fresh one made */
};
struct store_opening {
	enum store_found found;
	char		 aside[512];	/* DAMAGED: where it is now, */
	char		 damage[512];	/* and what was found, in one line */
};

/*
 * Open for writing; the folder must exist (it is made with mode 0700 when its
 * parent does).  Takes a lock that a second agent finds; checks integrity;
 * migrates; refuses what a newer version made.  NULL with one line in why.
 */
struct store	*store_open(const char *path, struct store_opening *,
		    char *why, size_t why_size);
/* Open for reading, beside a running agent or without one. */
struct store	*store_open_read(const char *path, char *why, size_t why_size);
void		 store_close(struct store *);
const char	*store_why(const struct store *);
/* Was that for what was to be written itself, so that it is no use to try it
 * again? */
bool		 store_refused(const struct store *);

/* Transactions; they do not nest.  Writes outside one are their own. */
int		 store_begin(struct store *);
/* One that does not wait for the disk: when the machine (not the process) dies
 * before another one is committed, it may be as if it had never been. */
int		 store_begin_lazy(struct store *);
/* One that fails has rolled back. */
int		 store_commit(struct store *);
void		 store_rollback(struct store *);

/* What is committed is in a log, which is brought into the database now and
 * then by a commit.  From now on that is the caller's, and true: it is time to.
 */
bool		 store_defers(struct store *);
/* Where it is. */
const char	*store_path(const struct store *);
/* Do it, in another thread.  Returns 0, or -1: later, then. */
int		 store_checkpoint(const char *path);

/* ------------------------------------------------------------ incidents */

/* A row of an incident, as the book has it.  Strings are borrowed on the way
 * in, and valid during the call on the way out. */
struct incident_row {
	uint64_t	 id;		/* 0: new; set by store_incident_put */
	const char	*key, *kind, *rule, *severity, *state;
	const char	*subject, *message, *evidence;	/* JSON list */
	const char	*ips;		/* space-separated */
	const char	*outcome;
	bool		 by_smtp, announced, flapping;
	unsigned	 strikes, goods;
	uint64_t	 peak, total;	/* domains: most, now */
	struct wall	 began, opened, closed, last; /* us 0: not yet */
	struct wall	 acked, reminded;
	const char	*acked_by, *example;	/* example: a domain */
	unsigned	 reminders;
	const char	*changes;	/* JSON list of µs: for flapping */
	const char	*note;		/* of the acknowledgement, or NULL */
};
int		 store_incident_put(struct store *, struct incident_row *);
/* A suspicion that was nothing. */
int		 store_incident_drop(struct store *, uint64_t id);
typedef void	 store_incident_fn(void *arg, const struct incident_row *);
/* All that are not closed, oldest first. */
int		 store_incidents_live(struct store *, store_incident_fn *,
		    void *arg);
/* Those that have opened (a suspicion is no incident yet), newest first: of a
 * domain, or with that subject (NULL: all); at most limit after offset. */
int		 store_incidents(struct store *, const char *domain,
		    size_t offset, size_t limit, store_incident_fn *,
		    void *arg);
int		 store_incident(struct store *, uint64_t id, store_incident_fn *,
		    void *arg);
/* A domain begins or ceases to suffer from an incident. */
int		 store_member(struct store *, uint64_t incident,
		    const char *domain, struct wall at, bool joins);
/* Since when, and until when (us 0: still), a domain has suffered from it.
 * Returns 1, or 0 when it never has, or -1. */
int		 store_membership(struct store *, uint64_t incident,
		    const char *domain, struct wall *joined,
		    struct wall *parted);
/* Who has ever suffered from it, by name: at most limit after offset.  *total
 * is how many there are in all. */
typedef void	 store_member_fn(void *arg, const char *domain);
int		 store_members(struct store *, uint64_t incident,
		    size_t offset, size_t limit, size_t *total,
		    store_member_fn *, void *arg);

/* --------------------------------------------------------------- outbox */

struct outbox_row {
	uint64_t	 id;		/* rising; set by store_outbox_put */
	const char	*channel, *kind, *message_id, *json;
	uint64_t	 incident;	/* 0: none */
	struct wall	 made, due;
	unsigned	 tries;
};
int		 store_outbox_put(struct store *, struct outbox_row *);
typedef void	 store_outbox_fn(void *arg, const struct outbox_row *);
/* The oldest rows of a channel that are neither sent nor dead. */
int		 store_outbox_next(struct store *, const char *channel,
		    size_t limit, store_outbox_fn *, void *arg);
int64_t		 store_outbox_waiting(struct store *, const char *channel);
int		 store_outbox_sent(struct store *, uint64_t id, struct wall);
int		 store_outbox_later(struct store *, uint64_t id, struct wall due,
		    const char *why);
int		 store_outbox_dead(struct store *, uint64_t id, struct wall,
		    const char *why);
/* Was the channel told that this incident opened?  1, 0 or -1.  Told: a row of
 * kind opened (or a digest that names it: store_outbox_tells) that is not
 * dead. */
int		 store_outbox_told(struct store *, const char *channel,
		    uint64_t incident);
/* When the channel was last given a message about the incident (us 0: never),
 * and how many reminders there were since it last began or grew. */
int		 store_outbox_last(struct store *, const char *channel,
		    uint64_t incident, struct wall *made,
		    unsigned *reminders);
int		 store_outbox_tells(struct store *, const char *channel,
		    uint64_t incident, uint64_t outbox_id);
/* Take rows out because one digest (put before) says what they said. */
int		 store_outbox_merged(struct store *, uint64_t id,
		    uint64_t into);

/* ------------------------------------------------- domains, availability */

/* What was last believed of a domain: to see changes across a restart. */
struct domain_row {
	const char	*name, *ns, *mx;	/* sets as text; "" unknown */
	const char	*ns_next, *mx_next;	/* seen once, not yet believed */
	const char	*verdict, *outcome;
	struct wall	 since;
};
int		 store_domain_put(struct store *, const struct domain_row *);
/* Its history stays: say first that its state is unknown from now on. */
int		 store_domain_drop(struct store *, const char *name);
typedef void	 store_domain_fn(void *arg, const struct domain_row *);
int		 store_domains(struct store *, store_domain_fn *, void *arg);
/* One of them: fn is not called when it is not there. */
int		 store_domain(struct store *, const char *name,
		    store_domain_fn *, void *arg);

/* From this time on mail for (kind "domain") or at (kind "host", a name)
 * is accepted, deferred, bounced, refused or unknown.  What was said of later
 * times, by a clock that was ahead, is forgotten. */
int		 store_state(struct store *, const char *kind,
		    const char *name, const char *state, struct wall at);
/* The agent looked: called every minute; what lies between two such times
 * that are more than three minutes apart is "unknown". */
int		 store_alive(struct store *, struct wall at);

struct availability {
	double	 accepted_min, deferred_min, bounced_min, refused_min,
		 unknown_min;
};
int		 store_availability(struct store *, const char *kind,
		    const char *name, struct wall from, struct wall to,
		    struct availability *out);
typedef void	 store_state_fn(void *arg, const char *state, struct wall from,
		    struct wall to);
/* The whole of from..to in order, without gaps; neighbours differ. */
int		 store_timeline(struct store *, const char *kind,
		    const char *name, struct wall from, struct wall to,
		    store_state_fn *, void *arg);
/* When the first state that is remembered began.  Returns 1, or 0 when there
 * is none, or -1. */
int		 store_first_state(struct store *, const char *kind,
		    const char *name, struct wall *at);

/* --------------------------------------------------------------- history */

/* Something worth remembering of a domain, a host or the agent (""): a
 * changed set, a silence, a reload … */
struct history_row {
	struct wall	 at;
	const char	*name, *what, *text;	/* what: "mx.changed" … */
	uint64_t	 incident;
};
int		 store_history_put(struct store *, const struct history_row *);
typedef void	 store_history_fn(void *arg, const struct history_row *);
/* Newest first; name NULL: everything. */
int		 store_history(struct store *, const char *name, struct wall from,
		    struct wall to, size_t offset, size_t limit,
		    store_history_fn *, void *arg);

/* -------------------------------------------------------------- silences */

struct silence_row {
	uint64_t	 id;		/* 0: new; set by store_silence_put */
	const char	*match;		/* a domain, host, or rule; globs */
	const char	*why, *by;
	struct wall	 from, until;
	struct wall	 ended;		/* before its time; us 0: not */
};
int		 store_silence_put(struct store *, struct silence_row *);
typedef void	 store_silence_fn(void *arg, const struct silence_row *);
/* Those that hold at this time; or all, newest first. */
int		 store_silences(struct store *, struct wall now, bool all,
		    store_silence_fn *, void *arg);

/* --------------------------------------------------------------- keeping */

/* Small facts of the agent: "first-pass", "instance" … value is malloc'ed by
 * store_meta; NULL: not set. */
int		 store_meta_put(struct store *, const char *key,
		    const char *value);
char		*store_meta(struct store *, const char *key);

/* Forget what ended before this time; does a bounded piece of the work.
 * Returns 1 when more is left, 0 when done, -1. */
int		 store_trim(struct store *, struct wall before);

#endif
