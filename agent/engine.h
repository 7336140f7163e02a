#ifndef AGENT_ENGINE_H
#define AGENT_ENGINE_H

#include <uv.h>

#include "agent/rules/obs.h"
#include "config/settings.h"
#include "probes/lookup.h"
#include "probes/smtp.h"

/*
 * The seam between what is to be found out and how: submit a job, get its
 * observation.  This one works in the same process: it holds the vantages'
 * channels, shares what was already seen or is being asked with everybody who
 * asks for the same, and keeps the limits (one dialogue at a time an address,
 * a few a network, so many in all).
 */

struct engine;
struct ticket;		/* one job submitted by one customer */

/* The settings must outlive it.  NULL with one line in why. */
struct engine	*engine_new(uv_loop_t *, const struct settings *, char *why,
		    size_t why_size);
/*
 * Read the trust anchors, once, before the loop runs and with it the first
 * dialogue: questions may be asked before, for this is the slow part of a
 * start.  Returns 0, or -1 with one line in why.
 */
int		 engine_trust(struct engine *, char *why, size_t why_size);

/*
 * An engine for a core that keeps what was seen, and the limits, by itself:
 * every job is a fresh look, begun at once.  And for a process that can open
 * no file any more: what it would read there is given.
 */
struct engine_outfit {
	const void	*ca_pem;	/* trust anchors; must outlive it */
	size_t		 ca_len;
	const struct ip	*own;		/* the machine's addresses; copied */
	size_t		 nown;
	char		*const *addresses; /* of each vantage's server: see
					 * dns_https_known; copied */
	struct dns_print_key key;
};
struct engine	*engine_new_bare(uv_loop_t *, const struct settings *,
		    const struct engine_outfit *, char *why, size_t why_size);

/*
 * A question to a bare engine, begun at once, in the customer's memory: a pass
 * over many domains is made of these.  Of the job name, type, direct, vantage
 * or server, and print are the customer's; the name must stay.  As
 * lookup_start().
 */
struct server;

struct engine_look {
	struct lookup	 lookup;
	struct engine	*engine;
	struct server	*server;	/* asked itself, held; or NULL */
	lookup_done_fn	*done;
	void		*arg;
};
int		 engine_look(struct engine *, struct engine_look *,
		    const struct lookup_job *, lookup_done_fn *, void *arg);
void		 engine_look_cancel(struct engine_look *);

/*
 * A dialogue of a bare engine, begun at once.  Of the job ip, host, rcpt,
 * depth and resume are the customer's.  As probe_smtp_start(), and it is
 * cancelled as one of these.
 */
struct probe_smtp *engine_talk(struct engine *, const struct smtp_job *,
		    smtp_done_fn *, void *arg);

/* No job may be under way but those that are nobody's any more. */
void		 engine_free(struct engine *);

/* The observation is shared: the receiver takes a reference (obs_*_ref) of
 * what it keeps. */
typedef void engine_dns_fn(void *arg, struct obs_dns *);
typedef void engine_smtp_fn(void *arg, struct obs_smtp *);

/* Ask a vantage (index into the settings).  This, asking a name server, and
 * the dialogue with an end are for engines that share. */
struct ticket	*engine_lookup(struct engine *, unsigned vantage,
		    const char *name, uint16_t type, engine_dns_fn *,
		    void *arg);

/* Ask the name server at ip itself, on the settings' dns_port. */
struct ticket	*engine_ask(struct engine *, const struct ip *ip,
		    const char *name, uint16_t type, engine_dns_fn *,
		    void *arg);

/* Hold a dialogue with the mail server at ip, which is meant to be host.
 * rcpt: the domain whose postmaster is named at that depth, else NULL.
 * left_ms: what is left of the customer's time. */
struct ticket	*engine_dialogue(struct engine *, const struct ip *ip,
		    const char *host, const char *rcpt, uint64_t left_ms,
		    engine_smtp_fn *, void *arg);

/* All of them return NULL only without memory; the function runs exactly once,
 * from the loop, never inside the call.  After engine_cancel() it does not
 * run, and the pointer is dead.  snapshot: what is known so far of a dialogue
 * that has begun (a new reference), or NULL. */
void		 engine_cancel(struct ticket *);
struct obs_smtp	*engine_snapshot(struct ticket *);

/* The autonomous system of ip: 0 when the data does not say.  have: is there
 * any data at all? */
uint32_t	 engine_asn(const struct engine *, const struct ip *);
bool		 engine_has_asn(const struct engine *);

/* Why the address may not be probed, or NULL (egress_refuses). */
const char	*engine_refuses(const struct engine *, const struct ip *);

#endif
