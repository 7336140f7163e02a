#ifndef AGENT_WATCH_PARTS_H
#define AGENT_WATCH_PARTS_H

#include "agent/asn.h"
#include "agent/incident/blind.h"
#include "agent/model/intern.h"
#include "agent/net/egress.h"
#include "agent/sched/ledger.h"
#include "agent/watch/watch.h"

/*
 * What the parts of the core share.  One turn of the loop:
 *
 *	look.c		takes what is due, submits it, learns what came
 *	conclude.c	judges the domains that this made dirty, a slice at a
 *			time, and brings their symptoms to the book
 *	alike.c		what was concluded, for all that are judged alike;
 *			standing.c: what is kept of it for each
 *	trial.c		looks again at what is suspected or mending
 *	tell.c		turns what the book says into rows and messages
 *	journal.c	writes these in one transaction, and wakes the channels;
 *			rows in bulk follow in slices
 *	change.c	believes a changed NS or MX set when two looks agree
 *	sight.c		is it us?  canary.c: whom to ask; vantage.c: single ones
 *	own.c		our own troubles
 *	event.c		changes, which have no end; remind.c: reminders
 *	hush.c		silences and maintenance
 */

struct causes;
struct journal;
struct trial;

TAILQ_HEAD(call_list, call);
TAILQ_HEAD(look_list, look);
TAILQ_HEAD(trial_list, trial);
TAILQ_HEAD(change_list, change);
STAILQ_HEAD(event_list, event);
TAILQ_HEAD(sift_list, sift);

struct silence {
	uint64_t	 id;
	char		*match, *why, *by;
	struct wall	 from, until;
};

#define WATCH_VANTAGES 32

struct vantage_state {
	unsigned	 silent;	/* control questions unanswered in a row */
	bool		 excluded;
	bool		 spared;	/* and not asked */
	int64_t		 out_ms;	/* excluded: since when */
	int64_t		 back_ms;	/* excluded, not spared: since it is
					 * asked again */
	char		 why[160];
	struct histogram time;
};

/* A mail server that was well when it was spoken to last. */
struct witness {
	struct ip	 ip;
	struct ip_net	 network;
};
#define WATCH_WITNESSES 64

/* Times of the core, in milliseconds; all follow from the settings. */
struct watch {
	uv_loop_t		*loop;
	struct settings		*settings;	/* owned */
	struct egress		*egress;
	struct asn_data		*asn;		/* or NULL */
	struct model		*model;
	struct schedule		*schedule;
	struct ledger		*ledger;
	struct pool		*pool;
	struct book		*book;
	struct blind		*blind;
	struct store		*store;
	struct notify		*notify;
	struct journal		*journal;
	void			*sets;		/* tsearch: believed sets */
	struct intern		 stands;	/* struct stand */
	void			*changing;	/* tsearch: changes */
	void			*hosts;		/* tsearch: states of hosts */
	struct alike		*alike;		/* what was judged, for others;
						 * NULL: nothing yet */

	uv_timer_t		 pump;		/* look.c: what is due */
	uv_timer_t		 slice;		/* conclude.c: what is dirty */
	uv_timer_t		 second;	/* every second */
	uv_timer_t		 gather;	/* tell.c: the group is complete */
	uv_timer_t		 control;	/* sight.c: control questions */
	uv_timer_t		 follow;	/* journal.c: rows in bulk */
	uv_timer_t		 domains;	/* domains.c: those to be passed */
	struct checkpoint	*checkpoint;	/* under way, or NULL */

	struct domain		**by_name;	/* in the order of names */
	size_t			 nby_name;
	struct moving		*moving;	/* to other settings; or NULL */
	struct roll		*roll;		/* how they stand */
	struct sift_list	 sifts;		/* searched for lately */
	size_t			 nsift;
	struct grams		*grams;		/* of the names, while searched
						 * for; or NULL */
	size_t			 ngrams;	/* names in it */
	size_t			 renewed;	/* the last one that was judged
						 * because time has passed */
	double			 owed;		/* of these, until now */

	struct look_list	 under_way;	/* under way */
	struct look_list	 waiting;	/* for a place in the ledger */
	struct trial_list	 ended;		/* looked, not yet concluded */
	struct change_list	 changes;	/* not yet believed */
	struct event_list	 events;	/* not yet told */

	struct silence		*silence;
	size_t			 nsilence;

	struct vantage_state	 vantage[WATCH_VANTAGES];
	struct canary		*canary, *retired;
	struct call_list	 calls;		/* canaries are spoken to */
	size_t			 ncanary;
	int64_t			 blind_ms[SIGHT_COUNT];	/* since; < 0: sees */
	unsigned		 unasked; /* control looks in a row that were
					   * not even made */
	char			 blind_why[SIGHT_COUNT][160];
	struct histogram	 phase[SMTP_DONE + 1];

	struct wall		 started, reloaded;
	struct mono		 started_mono;
	char			 reload_error[512];
	bool			 first_pass;
	size_t			 unjudged;	/* domains not yet judged */
	struct mono		 all_judged;	/* us 0: not yet */
	int64_t			 witness_ms;	/* last time of witnesses */
	struct witness		 witness[WATCH_WITNESSES];	/* of a network
						 * each */
	size_t			 nwitness;	/* ever: then a ring */
	int64_t			 storm_ms;	/* last digest; < 0: none */
	uint64_t		 next_incident;
	int64_t			 announced_ms[128];	/* a ring: storms */
	size_t			 nannounced;
	uint64_t		 looks, lost;
	uint64_t		 reports;	/* made; all others were as one of
						 * these */
	uint64_t		 assemblies;	/* of facts, for them */
	struct mono		 ticked;
	double			 lag_s, lag_before_s;	/* this minute, last */
	unsigned		 seconds;	/* ticks since the start */
	bool			 adding;	/* domains: their first looks
						 * are paced */
	bool			 trimming;	/* more is to be forgotten */
	bool			 starting;	/* look.c: in start_waiting() */
	size_t			 asks;		/* looks at name servers that
						 * are under way */
	size_t			 asks_max;	/* half of what the workers
						 * take: one that is dead, and
						 * has very many domains, shall
						 * not keep all else waiting */
	bool			 stopping;
};

struct book_now	 watch_now(void);

/* ------------------------------------------------------------- domains.c */

/* Watch all domains of the settings, with first looks at a pace: look_pump() is
 * for the caller.  Returns 0, or -1 without memory. */
int	 domains_add(struct watch *);
/* Before other settings are taken.  Returns 0, or -1 without memory: then
 * nothing has changed. */
int	 domains_prepare(struct watch *, const struct settings *new);
/* The settings are others: the domains follow in slices, the first of them now.
 * old is the callee's, and freed at the end. */
void	 domains_change(struct watch *, struct settings *old);
/* Not wanted any more, or done. */
void	 domains_free(struct watch *);

/* ---------------------------------------------------------------- look.c */

void	 look_init(struct watch *);
/* The model's hooks. */
void	 look_wanted(void *watch, struct thing *);
void	 look_unwanted(void *watch, struct thing *);
/* Look at it now, or share the look that is under way; trial may be NULL. */
void	 look_at(struct watch *, struct thing *, struct trial *);
/* Give up all looks under way; only when the pool is gone. */
void	 look_free(struct watch *);
/* Take what is due, now and whenever something is. */
void	 look_pump(struct watch *);
/* New limits, after a reload.  Returns 0, or -1 without memory. */
int	 look_limits(struct watch *);

/* ------------------------------------------------------------ conclude.c */

/* Something may be dirty: judge it, from the loop. */
void	 conclude_soon(struct watch *);
/* Time passes for certificates and signatures: each second some domains are
 * judged again, in turn, each once in intervals.authority. */
void	 conclude_renew(struct watch *);
/* Forget what the core knows of a domain that is watched no longer. */
void	 conclude_forget(struct watch *, struct domain *);

/* --------------------------------------------------------------- alike.c */

/* What was concluded of a domain, or of all that are like it. */
struct conclusion {
	uint8_t		 verdict, outcome, nfound;
	bool		 own;		/* a cause is the domain's own */
	bool		 named;		/* words of a symptom name it */
	struct found	*found;
	const char	*ns, *mx;	/* the sets, held; NULL: not known */
	struct symptoms	 symptoms;
};

/* Out of a report.  Returns 0, or -1 without memory. */
int	 conclusion_make(struct watch *, const struct domain *,
	    const struct report *, struct conclusion *);
void	 conclusion_drop(struct watch *, struct conclusion *);

/* That of a domain like this one, valid until the next is kept; NULL: it must
 * be judged itself. */
struct conclusion *alike_find(struct watch *, const struct domain *);
/* Keep it for those that are like this domain, unless it is of no use for
 * others; it is the callee's. */
void	 alike_keep(struct watch *, const struct domain *, struct conclusion *);
/* It was put together: others may rest on what it does. */
void	 alike_outline(struct watch *, const struct domain *);
/* Another one with its outline was: it rests on the same from now on.  False:
 * there is none, or it does so already.  pending: as model_rest_like(). */
bool	 alike_rest(struct watch *, struct domain *, bool *pending);
/* All that is kept. */
void	 alike_forget(struct watch *);
/* A part of them, from *next on; true when that was the last. */
bool	 alike_forget_some(struct watch *, size_t *next);

/* ------------------------------------------------------------ standing.c */

/* How the domain stands from now on. */
/* Take these sets (held by the caller; NULL: as it was) as believed.  Returns
 * whether they are others. */
bool	 standing_believe(struct watch *, struct domain *, const char *ns,
	    const char *mx);
/* It is watched no longer. */
void	 standing_drop(struct watch *, struct domain *);
void	 standing_keep(struct watch *, struct domain *,
	    const struct conclusion *);
/* What happens to mail at the hosts of a domain. */
void	 standing_hosts(struct watch *, const struct view *);
/* For tdestroy: of watch.hosts. */
void	 standing_free_host(void *);

/* --------------------------------------------------------------- trial.c */

void	 trial_plan(struct watch *, struct cause *, int64_t at_ms);
void	 trial_drop(struct cause *);
/* A look that the trial waits for has ended. */
void	 trial_looked(struct trial *, bool unknown);
/* Everything that was seen has been judged. */
void	 trial_conclude(struct watch *);
/* Free those that have ended, untold. */
void	 trial_free(struct watch *);

/* ---------------------------------------------------------------- tell.c */

void	 tell_news(void *watch, struct cause *, enum incident_news);
void	 tell_grown(void *watch, struct cause *);
void	 tell_outlives(void *watch, struct cause *);
void	 tell_moved(void *watch, struct cause *, uint32_t domain, bool joins);
void	 tell_look(void *watch, struct cause *, int64_t at_ms);
/* What waits to be told: the group is complete, or a hush may be over. */
void	 tell_tick(struct watch *);
/* There may be something to tell: after the time of gathering. */
void	 tell_soon(struct watch *);

/* --------------------------------------------------------------- event.c */

/* An event without an end: the records of a domain changed. */
void	 event_add(struct watch *, const struct domain *, const char *id,
	    const char *text);
/* Tell those that were gathered. */
void	 event_announce(struct watch *);
void	 event_free(struct watch *);

/* -------------------------------------------------------------- remind.c */

void	 remind_tick(struct watch *);

/* Post a message to all channels whose filters take it.  The message is the
 * callee's from then on.  label: of the domains hit, or none. */
void	 post_message(struct watch *, struct message *, const char *not_channel,
	    const char *only_channel);	/* as in struct audience */
/* The cause, to every channel as it is for that; never to not_channel.  False:
 * no memory, and nothing was posted. */
bool	 post_cause(struct watch *, const struct cause *, enum message_kind,
	    const char *not_channel);
bool	 post_digest(struct watch *, const struct causes *, bool first);
/* All messages that wait for the store are sent without it. */
void	 post_directly(struct watch *);
/* Write the cause as it is now. */
void	 save_cause(struct watch *, struct cause *);
void	 save_drop(struct watch *, struct cause *);

/* ------------------------------------------------------------- journal.c */

struct journal	*journal_new(struct watch *);
void		 journal_free(struct journal *);
/* Something to be written: apply() in a transaction, then drop().  The journal
 * owns what; without memory it is dropped and said in the log. */
struct journal_kind {
	const char	*name;
	bool		 urgent;	/* else within a second */
	int		(*apply)(struct watch *, void *what);
	void		(*drop)(void *what);
};
void		 journal_add(struct journal *, const struct journal_kind *,
		    void *what);
/* While nothing can be written: put it in the place of the last that is the same
 * and of this kind.  False: there is none, or the store is well. */
bool		 journal_replace(struct journal *, const struct journal_kind *,
		    bool (*same)(const void *, const void *), void *what);
/* Write what there is, if any of it is urgent (or all).  What fails stays and
 * is tried again; what the store will never take is dropped and said. */
void		 journal_commit(struct journal *, bool all);
/* Write everything, now, however much it is. */
void		 journal_finish(struct journal *);
/* The domain is going, and its number will be another's: what is known of it
 * by that number is written before. */
void		 journal_forget(struct journal *, uint32_t domain);
/* One line on why nothing can be written, or NULL. */
const char	*journal_error(const struct journal *);
size_t		 journal_waiting(const struct journal *);
/* The messages in it, for sending them without the store. */
void		 journal_each(struct journal *, const struct journal_kind *,
		    void (*each)(struct watch *, void *what));

/* Rows of common kinds; texts are copied. */
void	 journal_history(struct watch *, const char *name, const char *what,
	    const char *text, uint64_t incident);
void	 journal_state(struct watch *, const char *kind, const char *name,
	    const char *state);
void	 journal_member(struct watch *, uint64_t incident, const char *domain,
	    bool joins);
/* Rows that may come in bulk: written soon, after all others. */
void	 journal_moved(struct watch *, const struct cause *, uint32_t domain,
	    bool joins);
/* All that suffer from it now. */
void	 journal_joined(struct watch *, const struct cause *);
/* As it is when it is written; turned: the outcome changed just now. */
void	 journal_standing(struct watch *, const struct domain *, bool turned);
/* A domain is watched no longer. */
void	 journal_gone(struct watch *, const char *domain);
void	 journal_meta(struct watch *, const char *key, const char *value);
/* There has been a first look at all domains of this store. */
#define META_FIRST_PASS "first-pass"

/* ---------------------------------------------------------- checkpoint.c */

/* Have the store's log brought into its database, when it is time to. */
void	 checkpoint_soon(struct watch *);
/* The watch goes before that has ended. */
void	 checkpoint_leave(struct watch *);

/* -------------------------------------------------------------- change.c */

/* The domain was judged: are its sets (held; NULL: not known) the ones
 * believed? */
void	 change_judged(struct watch *, struct domain *, const char *ns,
	    const char *mx);
void	 change_forget(struct watch *, const struct domain *);
void	 change_looked(struct watch *, const struct thing *);
void	 change_free(struct watch *);
/* A text of which there is one copy, so that two that are held are compared as
 * pointers; release gives it back.  NULL: no memory, or NULL was given. */
const char *set_hold(struct watch *, const char *text);
/* One that is held already, once more. */
const char *set_again(const char *held);
void	 set_release(struct watch *, const char *text);

/* ----------------------------------------------------------------- own.c */

extern const struct notify_hooks own_notify_hooks;
void	 own_tick(struct watch *);
/* The configuration is good: end what it does not speak of any more. */
void	 own_sweep(struct watch *);

/* --------------------------------------------------------------- sight.c */

int	 sight_init(struct watch *);
void	 sight_free(struct watch *);
/* changed: settings_diff().  Returns 0, or -1 without memory. */
int	 sight_reload(struct watch *, uint32_t changed);
void	 sight_dialogue(struct watch *, const struct obs_smtp *);
/* The control questions have been answered or not. */
void	 sight_control(struct watch *, bool asked);
void	 sight_tick(struct watch *);
/* A mail server begins to fail: look at some others too. */
void	 sight_witness(struct watch *);

/* -------------------------------------------------------------- canary.c */

/* Return 0, or -1 without memory: then there are none. */
int	 canary_init(struct watch *);
int	 canary_renew(struct watch *);	/* other ones */
void	 canary_rename(struct watch *);	/* the same, in new settings */
void	 canary_free(struct watch *);
/* Speak to each of them. */
void	 canary_ask(struct watch *);

/* ---------------------------------------------------------------- roll.c */

/* In the order in which the status page lists them: the worst first. */
enum roll_place { ROLL_CRITICAL, ROLL_UNKNOWN, ROLL_WARNING, ROLL_OK,
	ROLL_PENDING, ROLL_PLACES };

/* In watch.by_name, from at on, now of them are in the place of so many that
 * were there.  Returns 0, or -1 without memory: then nothing is in the roll. */
int	 roll_splice(struct watch *, size_t at, size_t was, size_t now);
void	 roll_free(struct roll *);
/* It was judged. */
void	 roll_note(struct watch *, const struct domain *);
/* Each second: what time has changed. */
void	 roll_sweep(struct watch *);
/* Of the i-th domain by name; of how many. */
enum roll_place roll_place(const struct roll *, size_t i);
size_t	 roll_count(const struct roll *, enum roll_place);
/* Those of the place, by name, after so many, at most n.  Returns how many. */
size_t	 roll_pick(struct watch *, enum roll_place, size_t skip,
	    struct domain **out, size_t n);

/* ---------------------------------------------------------------- sift.c */

/* Those whose names or labels match, whatever the verdict that is asked
 * for. */
struct sift;
enum sifted { SIFT_READY, SIFT_LATER, SIFT_FAILED };
/* LATER: a part of the names was looked through; ask again in the next turn of
 * the loop.  FAILED: no memory. */
enum sifted sift_find(struct watch *, const struct domain_filter *,
	    const struct sift **);
/* The first at i or after it, as an index of watch.by_name; none: their
 * number, or more. */
size_t	 sift_next(const struct sift *, size_t i);
/* Forget what nobody asks for any more; everything: names are others. */
void	 sift_tick(struct watch *);
void	 sift_free(struct watch *);

/* ------------------------------------------------------------- vantage.c */

/* Leave out those that misbehave, let in those that do no longer. */
void	 vantage_judge(struct watch *);
/* They are numbered anew: none is judged by what another one did. */
void	 vantage_forget(struct watch *);

/* ---------------------------------------------------------------- hush.c */

/* Why the cause is not told now: a silence or maintenance, in one line, or
 * NULL.  Valid until the next call. */
const char *hush_why(struct watch *, const struct cause *);
int	 hush_load(struct watch *);
void	 hush_free(struct watch *);

/* -------------------------------------------------------------- labels.c */

struct causes {
	struct cause	**cause;
	size_t		 n;
};

/* Does the channel choose the domain by its labels?  to NULL: yes. */
bool	 labels_chosen(const struct channel_setting *to,
	    const struct domain *);
/* How many domains that the channel chooses suffer from it. */
size_t	 labels_count(const struct watch *, const struct cause *,
	    const struct channel_setting *to);

/* The labels of the domains that a cause hits (to: of those that the channel
 * chooses; NULL: all), or of these domains: each once, sorted, the caller's.
 * Return 0, or -1 without memory. */
int	 labels_of_cause(const struct watch *, const struct cause *,
	    const struct channel_setting *to, struct label **, size_t *);
int	 labels_of_causes(const struct watch *, const struct causes *,
	    const struct channel_setting *to, struct label **, size_t *);
int	 labels_of_domains(const struct watch *, char *const *name, size_t n,
	    struct label **, size_t *);

/* ------------------------------------------------------------ describe.c */

/* As it is for a channel that chooses domains by labels: no others are in it.
 * to NULL: everything. */
struct message *describe_cause(struct watch *, const struct cause *,
		    enum message_kind, const struct channel_setting *to);
/* Puts the causes in another order: the worst first. */
struct message *describe_digest(struct watch *, const struct causes *,
		    bool first, const struct channel_setting *to);
/* What happened to the records of total domains, of which these are named. */
struct message *describe_event(struct watch *, const char *rule,
		    const char *text, char **domain, size_t n, size_t total);

/* ------------------------------------------------------------- senders.c */

/* What happens to mail for the domains that it hits (of those that the channel
 * chooses, unless to is NULL); malloc'ed, NULL: nothing is to be said. */
char	*describe_senders(const struct watch *, const struct cause *,
	    const struct channel_setting *to);

/* ------------------------------------------------------------- restore.c */

/* Bring back incidents, silences and believed sets.  Returns 0 or -1. */
int	 restore_all(struct watch *);

#endif
