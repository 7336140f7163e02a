#ifndef AGENT_ENGINE_JOB_H
#define AGENT_ENGINE_JOB_H

#include <sys/queue.h>

#include "agent/base/clock.h"
#include "agent/engine.h"
#include "agent/net/conn.h"
#include "agent/net/dns.h"
#include "agent/net/egress.h"
#include "agent/net/tls.h"
#include "agent/sched/ledger.h"
#include "probes/lookup.h"
#include "probes/smtp.h"

/*
 * Jobs and tickets.  A job is one thing to find out; it is known by its key,
 * and lives from its first ticket until it is forgotten.  A ticket is one
 * customer's interest in it.
 *
 *	submit -> waiting (a dialogue for which the ledger has no place)
 *	       -> running (a probe is at work)
 *	       -> finished: its tickets are due, and so is every later one
 *
 * Due tickets are delivered by a timer of zero milliseconds, all of them the
 * same way, so that nothing is ever called back inside a submission.  A job
 * that is not finished and has lost its last ticket is given up at once.
 */

#define ENGINE_TRIES 3	/* of a question that nothing answers */

enum job_kind { JOB_LOOKUP, JOB_ASK, JOB_DIALOGUE };
enum job_state { JOB_WAITING, JOB_RUNNING, JOB_FINISHED };

TAILQ_HEAD(job_list, job);
TAILQ_HEAD(ticket_list, ticket);
TAILQ_HEAD(server_list, server);

/* A channel to an authoritative server.  It stays while jobs use it, and for
 * some time after: many domains have the same servers. */
struct server {
	TAILQ_ENTRY(server)	 link;		/* idle: jobs is 0 */
	struct ip		 ip;
	struct dns_channel	*channel;
	unsigned		 jobs;
	struct mono		 idle_since;
};

struct job {
	TAILQ_ENTRY(job)	 link;		/* waiting, or finished */
	struct engine		*engine;
	char			*key;
	enum job_kind		 kind;
	enum job_state		 state;
	struct ticket_list	 tickets;	/* not due yet */
	unsigned		 interest;	/* tickets, due or not */
	char			*name, *rcpt;	/* asked name, or host */
	struct ip		 ip;
	uint16_t		 type;
	unsigned		 vantage;
	enum depth		 depth;
	struct server		*server;	/* ask: held while running */
	struct mono		 queued;
	bool			 asking;	/* while running: */
	struct lookup		 lookup;
	struct probe_smtp	*probe;
	struct obs_dns		*dns;		/* when finished; NULL: no */
	struct obs_smtp		*smtp;		/* memory for it */
};

struct ticket {
	TAILQ_ENTRY(ticket)	 link;		/* of its job, or due */
	struct job		*job;
	bool			 due;
	struct mono		 until;		/* dialogue: customer's end */
	engine_dns_fn		*dns;
	engine_smtp_fn		*smtp;
	void			*arg;
};

struct engine {
	uv_loop_t		*loop;
	const struct settings	*settings;
	const struct engine_outfit *outfit;	/* while it is made; or NULL */
	struct egress		*egress;
	struct tls_context	*tls;
	struct conn_hub		*hub;
	struct asn_data		*asn;
	struct ledger		*ledger;	/* NULL: no limits */
	bool			 fresh;		/* nothing is shared */
	struct dns_print_key	 key;		/* of fingerprints, when fresh */
	char			*helo;
	struct dns_channel	**vantage;
	void			*servers;	/* tsearch(3) trees */
	void			*jobs;
	struct server_list	 idle;		/* left first: first */
	unsigned		 nidle;
	struct job_list		 waiting, finished;
	unsigned		 nfinished;
	struct ticket_list	 due;
	uv_timer_t		*timer;		/* frees itself when closed */
};

/* Close what nobody uses, and forget what is too old, when the loop comes
 * round. */
void		 engine_tidy(struct engine *);

/* ----------------------------------------------- the servers' channels */

/* The channel to the authoritative server at ip, held until it is dropped.
 * NULL: no memory. */
struct server	*server_hold(struct engine *, const struct ip *ip);
/* NULL is harmless. */
void		 server_drop(struct engine *, struct server *);
/* Of those that nobody holds, close the many and the old; or all.  Not inside
 * a callback of theirs. */
void		 server_close_idle(struct engine *);
void		 server_close_all(struct engine *);

/* ------------------------------------------------------------------ jobs */

/* What the settings, and nobody else, say of a dialogue. */
void		 engine_dress(const struct engine *, struct smtp_job *);


/* The job that key describes; made from like, whose strings are copied, when
 * there is none (*made is then set).  NULL: no memory. */
struct job	*job_find(struct engine *, const char *key,
		    const struct job *like, bool *made);
/* Begin with a new one.  It may finish at once: its tickets are then due. */
void		 job_start(struct job *);
/* Stop one that nobody wants any more, and forget it. */
void		 job_give_up(struct job *);
/* Forget the oldest finished ones beyond what is remembered. */
void		 job_forget_oldest(struct engine *);
void		 job_free(struct job *);

/* The ticket gets its observation with the next delivery. */
void		 ticket_make_due(struct engine *, struct ticket *);

#endif
