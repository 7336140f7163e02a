#ifndef AGENT_MODEL_MODEL_H
#define AGENT_MODEL_MODEL_H

#include "agent/rules/rules.h"
#include "agent/sched/schedule.h"
#include "agent/worker/task.h"
#include "config/settings.h"

/*
 * What is known of the world: each distinct thing once, however many domains
 * share it.  Pure: no clock, no loop, no socket.
 *
 * A NAME is asked at every vantage: NS and MX for a domain, A and AAAA for a
 * host.  A SERVER is a name server that is asked itself about one name; of a
 * watched domain there is a thing for it only while it is asked, which is when
 * the domain's own name was looked at and intervals.authority is over.  An
 * ENDPOINT is the address of a mail server.  Domains hold references to the
 * things their judgement rests on; when an answer changes, the domains that
 * rest on it become dirty and are judged again.  An unchanged answer costs a
 * comparison of bytes.
 */

struct model;
enum thing_kind { THING_NAME, THING_SERVER, THING_ENDPOINT };

/* There is one in each domain: a million of these must be cheap. */
struct thing {
	const char	*name;		/* NAME, SERVER: the question's name;
					 * ENDPOINT: a host meant */
	struct slot	 slot;		/* the core's schedule; while it is
					 * busy, user is the core's too */
	uint32_t	 id;		/* domain.id */
	uint32_t	 picture;	/* the model's */
	uint32_t	 refs;		/* domains that rest on it; 0: it is
					 * freed by its model_learn() */
	uint32_t	 looked;	/* thing_looked() */
	uint16_t	 hurry_s;	/* the shortest own interval of the
					 * domains that rest on it; 0: none */
	uint16_t	 rtt;		/* 0.1 ms; 0: not known */
	uint8_t		 kind;		/* enum thing_kind */
	uint8_t		 marks;		/* the model's */
	bool		 busy : 1;	/* the core's: a task is under way */
	bool		 touched : 1;	/* changed, and not yet passed on */
	bool		 known : 1;	/* looked at, at least once */
	bool		 again : 1;	/* something was added to what is to be
					 * asked while it was busy: the hook is
					 * not called; true after model_learn()
					 * when that is still to be asked */
	bool		 fleeting : 1;	/* a SERVER asked about a watched domain
					 * itself: freed by its model_learn(),
					 * unless the result was lost */
	bool		 lost : 1;	/* the model's: it was */
	/* The model's, of a domain. */
	bool		 inside : 1;	/* it is in a domain */
	bool		 away : 1;	/* not this one: another is its own */
	bool		 orphan : 1;	/* the domain is gone, others rest on
					 * this */
	bool		 asking : 1;	/* its name servers are being asked */
	bool		 waits : 1;	/* at its last assembly something that
					 * it rests on was not known */
	bool		 dirty : 1;
	bool		 queued : 1;	/* in the list of what is dirty */
};

/* When it was last known, to a tenth of a second. */
#define THING_TENTH 100000	/* in us */
static inline struct mono
thing_looked(const struct thing *thing)
{
	return (struct mono){ (int64_t)thing->looked * THING_TENTH };
}
/* Of a SERVER or an ENDPOINT. */
const struct ip	*thing_ip(const struct thing *);

/* A rule that a domain breaks now. */
struct found {
	uint8_t	rule;			/* index into rules_all */
	uint8_t	severity;
};

/* What very many have in common of how they stand: one copy of each (the
 * core's). */
struct stand {
	const char	*ns, *mx;	/* believed sets as text; NULL: none
					 * yet */
	uint64_t	 nfound;
	struct found	 found[];
};

/* What the core concluded of a domain at its last judgement. */
struct standing {
	const struct stand *is;		/* standing_is() */
	uint32_t	 since_s;	/* since the epoch: of the verdict */
	uint32_t	 judged_s;
	uint8_t		 verdict;	/* enum severity */
	uint8_t		 outcome;	/* enum outcome */
	bool		 known : 1;	/* judged, at least once */
	bool		 pending : 1;	/* its last judgement waits for looks */
	bool		 changing : 1;	/* its sets were seen to be others, not
					 * yet believed */
};

static inline const struct stand *
standing_is(const struct standing *s)
{
	static const struct stand none = { .nfound = 0 };

	return s->is != NULL ? s->is : &none;
}

static inline struct wall
standing_since(const struct standing *s)
{
	return (struct wall){ (int64_t)s->since_s * 1000000 };
}

static inline struct wall
standing_judged(const struct standing *s)
{
	return (struct wall){ (int64_t)s->judged_s * 1000000 };
}

struct domain {
	union {
		struct thing	 thing;	/* its NAME: domain_own() */
		struct {		/* what that begins with */
			const char	*name;
			struct slot	 slot;
			uint32_t	 id;	/* small, stable, used again */
		};
	};
	const struct domain_group *group;
	struct standing		 standing;	/* the core's */
	/* The rest is the model's. */
};

/* Its NAME, which is another domain's host or zone, too, when it was that
 * before it was watched. */
static inline struct thing *
domain_own(const struct domain *domain)
{
	if (domain->thing.away)
		return domain->thing.slot.user;
	return (struct thing *)(uintptr_t)&domain->thing;
}

struct model_hooks {
	/* Something must be looked at as soon as possible: it is new, or more
	 * is wanted of it.  Called from model_assemble, model_add and
	 * model_reload, never for what is busy (see again). */
	void		(*wanted)(void *arg, struct thing *);
	/* Nobody needs it any more; it is freed after the call unless it is
	 * busy, then by its model_learn(). */
	void		(*unwanted)(void *arg, struct thing *);
	/* Why an address may not be probed, or NULL. */
	const char	*(*refuses)(void *arg, const struct ip *);
	/* Its autonomous system, 0: not known; NULL: there is no data. */
	uint32_t	(*asn)(void *arg, const struct ip *);
};

/* hooks and settings must outlive it.  Calls no hook: the control question is
 * there, for the caller to schedule.  NULL: no memory. */
struct model	*model_new(const struct settings *, const struct model_hooks *,
		    void *arg);
void		 model_free(struct model *);

/* New settings; the old ones may go after the call.  When the vantages differ,
 * or how far to go at a mail server, what is not known for that is wanted anew;
 * when anything differs that a judgement rests on, all domains become dirty.
 * Domains are for the caller to add and remove. */
void		 model_reload(struct model *, const struct settings *);

/* Watch a domain (name as in the settings, which must outlive it or be given
 * anew by model_regroup).  Returns it, or NULL without memory. */
struct domain	*model_add(struct model *, const struct domain_setting *,
		    const struct domain_group *);
void		 model_remove(struct model *, struct domain *);
void		 model_regroup(struct model *, struct domain *,
		    const struct domain_setting *, const struct domain_group *);

/* Whose own NAME this is, or NULL. */
struct domain	*model_domain_of(const struct thing *);
/* As people write it; NULL: in no other way. */
const char	*model_unicode(const struct model *, const struct domain *);

struct domain	*model_find(const struct model *, const char *name);
struct domain	*model_domain(const struct model *, uint32_t id); /* or NULL */
size_t		 model_count(const struct model *);
/* One more than the greatest id in use. */
uint32_t	 model_ids(const struct model *);

/* The things: NULL when there is no such. */
struct thing	*model_name(const struct model *, const char *name);
struct thing	*model_endpoint(const struct model *, const struct ip *);
/* The control question, NS of "." at every vantage: always there. */
struct thing	*model_control(const struct model *);
/* Did the vantage answer the last control question? */
enum tri	 model_alive(const struct model *, unsigned vantage);
typedef void	 model_thing_fn(void *arg, struct thing *);
void		 model_each(const struct model *, enum thing_kind,
		    model_thing_fn *, void *arg);

/* Leave the answers of this vantage out of all judgements, or not: domains
 * that had them become dirty. */
void		 model_exclude(struct model *, unsigned vantage, bool);

/* Ask a vantage nothing but the control question, for it does not answer (each
 * look would wait for it): only while it is left out.  When it is to be asked
 * again, what it said before is forgotten and is wanted anew. */
void		 model_spare(struct model *, unsigned vantage, bool);
/* Is there a name that it has not been asked about yet?  Of very many domains
 * only some are looked at. */
bool		 model_lacks(const struct model *, unsigned vantage);

/* What to ask of a thing now.  Pointers in *out live until the thing changes,
 * or the next call.
 * A dialogue has to show the certificate only when tls_interval is over, when
 * it failed the last time, or at first: in between an earlier session of TLS
 * may be resumed. */
void		 model_task(const struct model *, const struct thing *,
		    struct mono now, struct task *out);
/* How long until it is to be looked at again, when nothing is wrong. */
uint64_t	 model_interval_ms(const struct model *, const struct thing *);

enum learned {
	LEARNED_NOTHING,	/* the result was lost, or nothing could be
				 * found out: what was known stays */
	LEARNED_SAME, LEARNED_CHANGED
};
/* Take what came of the task.  The domains that rest on a changed thing
 * become dirty.  The dialogue last held, and the answers, are kept.  What the
 * task's fingerprints stood for is not looked at again. */
enum learned	 model_learn(struct model *, struct thing *,
		    const struct task_result *, struct mono now);
/* The last dialogue with an endpoint, or NULL (not known yet). */
const struct obs_smtp *model_dialogue(const struct thing *);

/* The next domain whose judgement may be out of date, no longer dirty; NULL:
 * none. */
struct domain	*model_dirty(struct model *);
/* How many are known to be dirty; more than 0 while there may be any. */
size_t		 model_dirty_count(const struct model *);
/* Have it judged again, though nothing changed: time passes for certificates
 * and signatures, and what is expected of it may differ. */
void		 model_renew(struct model *, struct domain *);

/* Everything known about the domain, as a round of questions would have
 * brought it.  What is not known yet is wanted (hook), and *pending is true:
 * the domain becomes dirty again when it is there.  NULL: no memory. */
struct facts	*model_assemble(struct model *, struct domain *,
		    struct wall now, bool *pending);

/*
 * What a judgement rests on, but for the domain's name: domains of equal
 * likeness (compared as bytes) are judged alike, and their facts differ by
 * their names, the serials of their zones and the times of their looks alone.
 * No number is ever used again, and when anything shared changes it is another
 * one: so a likeness may be kept for as long as one likes.
 */
struct model_likeness {
	uint64_t	 picture;	/* what the vantages say of it */
	uint64_t	 servers;	/* what name servers say of it */
	uint64_t	 set;		/* all else that it rests on */
	const struct domain_group *group;
	uint64_t	 epoch;		/* of settings and vantages */
	uint32_t	 serial;	/* where the servers' differ: of the
					 * first; else 0 */
	uint32_t	 rtt;		/* of its own look, where a range of
					 * the settings judges that; else 0 */
};
/* False: it has none of its own to share.  Not all of it is known, or hosts in
 * the domain itself serve it. */
bool		 model_likeness(const struct model *, const struct domain *,
		    struct model_likeness *out);

/*
 * Two domains that are told the same, below the same zone and of one group,
 * rest on the same things, but for what is asked about themselves.  So one need
 * not be put together to find out what that is: from now on it rests on what
 * the other does, and what is not known of it is wanted; *pending: it becomes
 * dirty when that is there.  False: they differ, or it does so already.
 */
bool		 model_rest_like(struct model *, struct domain *,
		    const struct domain *other, bool *pending);
/* Equal for any two of which that may be true; 0: of none. */
uint64_t	 model_outline(const struct model *, const struct domain *);

/* The domains that rest on this thing, of which there are thing->refs, in the
 * order of their ids: each() for at most n of them, after so many.  Without
 * memory it finds none. */
typedef void	 model_domain_fn(void *arg, struct domain *);
void		 model_users(struct model *, const struct thing *, size_t skip,
		    size_t n, model_domain_fn *, void *arg);
/* The things this domain rests on, its own first.  A fleeting one that is not
 * busy or scheduled when each() returns is gone then. */
void		 model_rests_on(struct model *, struct domain *,
		    model_thing_fn *, void *arg);
/* The addresses of all name servers that are asked about watched domains. */
typedef void	 model_ip_fn(void *arg, const struct ip *);
void		 model_each_server(const struct model *, model_ip_fn *,
		    void *arg);
/* Does this vantage (excluded or not) see the MX of domains as the others do?
 * Counts the domains, looked at since then, of which at least two others, all
 * that are not excluded and answered, see the same: it too, or something
 * else.  Every failure to resolve is the same; so are equal MX records.  Of very
 * many domains only some are counted. */
void		 model_agreement(const struct model *, unsigned vantage,
		    struct mono since, size_t *same, size_t *otherwise);
/* Those with the same NS set as this one, itself included, at most max. */
void		 model_siblings(const struct model *, const struct domain *,
		    size_t max, model_domain_fn *, void *arg);

struct model_stats {
	size_t	domains, names, servers, endpoints, answers;
};
void		 model_stats(const struct model *, struct model_stats *);

#endif
