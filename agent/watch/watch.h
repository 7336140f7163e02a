#ifndef AGENT_WATCH_WATCH_H
#define AGENT_WATCH_WATCH_H

#include "agent/incident/book.h"
#include "agent/model/model.h"
#include "agent/notify/notify.h"
#include "agent/rules/rules.h"
#include "agent/store/store.h"
#include "agent/worker/pool.h"

/*
 * The core of the daemon: it alone knows the whole chain, from the schedule to
 * the outbox.  This is how the status page, the metrics and the control socket
 * ask it what it knows.  Everything is asked and answered inside the loop; what
 * is pointed at is valid until the loop goes on.
 */

struct watch;

const struct settings	*watch_settings(const struct watch *);
struct model		*watch_model(const struct watch *);
struct book		*watch_book(const struct watch *);
struct store		*watch_store(const struct watch *);	/* reads only */
const struct notify	*watch_notify(const struct watch *);
const struct schedule	*watch_schedule(const struct watch *);
const struct pool	*watch_pool(const struct watch *);

/* Judge a domain by what is known now, for showing it: the same report as a
 * check's.  *pending: not everything has been looked at yet.  The caller frees
 * both: report_free, then facts_free.  NULL: no memory. */
struct report		*watch_report(struct watch *, struct domain *,
			    struct facts **, bool *pending);

/* The domains in the order of the status page: worst first (critical, unknown,
 * warning, ok, not yet looked at), then by name; those that match. */
struct domain_filter {
	const char	*search;	/* part of the name, or NULL */
	int		 verdict;	/* enum severity; -1: all; -2: not yet
					 * looked at */
	const char	*label, *value;	/* or NULL */
};
/* A part of the list: up to n of them after offset, and how many match in
 * all. */
struct domain_part {
	struct domain	**domain;	/* the caller's, with room for n */
	size_t		 offset, n;
	size_t		 got, total;
};
/* Returns 0, -1 without memory, or WATCH_LATER: it is being searched for, and
 * is to be asked for again in the next turn of the loop. */
#define WATCH_LATER	 1
int			 watch_domains(struct watch *,
			    const struct domain_filter *,
			    struct domain_part *);
/* Until this domain is known worse, in which state is it?  Stale: not looked
 * at for three intervals. */
bool			 watch_stale(const struct watch *,
			    const struct domain *);
/* We are blind, and what was seen of it last is worse than what had been
 * confirmed before: that may be us, so it is not known how it is. */
bool			 watch_doubtful(const struct watch *,
			    const struct domain *);

struct watch_counts {
	size_t	domains, ok, warning, critical, unknown, pending;
	size_t	accepted, deferred, bounced, refused;	/* by outcome */
	size_t	open_critical, open_warning;	/* incidents */
};
void			 watch_counts(const struct watch *,
			    struct watch_counts *);

/* How the agent itself is. */
struct watch_health {
	struct wall	 started;
	struct wall	 reloaded;	/* us 0: never */
	const char	*reload_error;	/* of a reload that was refused, or
					 * NULL */
	bool		 first_pass;	/* still on the first look at all */
	bool		 blind[3];	/* by enum sight */
	const char	*blind_why[3];
	bool		 ready;		/* everything it needs works */
	const char	*not_ready;	/* why not, or NULL */
	const char	*store_error;	/* or NULL */
	uint64_t	 looks;		/* tasks done since the start */
	uint64_t	 lost;		/* of these without a result */
	double		 loop_lag_s;	/* worst of the last minute */
};
void			 watch_health(const struct watch *,
			    struct watch_health *);
struct vantage_health {
	const char	*name, *resolver;
	enum tri	 alive;
	bool		 excluded;	/* its answers do not count now */
	const char	*why;		/* excluded: why */
};
/* The i-th vantage: false when there is none. */
bool			 watch_vantage(const struct watch *, size_t i,
			    struct vantage_health *);

/* Histograms for the metrics; counts are not cumulative, the last bucket is
 * all above. */
#define WATCH_BUCKETS 12
extern const double watch_bounds[WATCH_BUCKETS];	/* seconds */
struct histogram {
	uint64_t	count[WATCH_BUCKETS + 1];
	double		sum_s;
};
const struct histogram	*watch_smtp_phase(const struct watch *,
			    enum smtp_phase);	/* connect, greeting, ehlo,
						 * tls, done; else NULL */
const struct histogram	*watch_dns_time(const struct watch *, size_t vantage);

/* An incident in words: the message that would be sent about it now, without
 * labels.  The caller frees it (message_free).  NULL: no memory. */
struct message		*watch_describe(struct watch *, const struct cause *,
			    enum message_kind);
/* Is it silenced, in maintenance, or known (ack)?  One line, or NULL. */
const char		*watch_hush(struct watch *, const struct cause *);

#endif
