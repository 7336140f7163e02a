#ifndef AGENT_PAST_H
#define AGENT_PAST_H

#include "agent/base/buf.h"
#include "agent/show/show.h"
#include "agent/store/store.h"

/*
 * What the store remembers of one name, gathered and then shown.  Text in it is
 * harmless on a terminal.
 */

enum past_period { PAST_DAY, PAST_WEEK, PAST_MONTH, PAST_ALL, PAST_PERIODS };
extern const struct past_about {
	const char	*name;		/* "24 hours" */
	const char	*key;		/* "24h" */
	int		 hours;		/* 0: since the beginning */
} past_periods[PAST_PERIODS];

struct past_span {
	char		*state;
	struct wall	 from, to;
};

/* As a domain that mail is for, or as a host that it goes to. */
enum past_kind { PAST_DOMAIN, PAST_HOST, PAST_KINDS };
extern const char *const past_kind_name[PAST_KINDS];

struct past_view {
	bool			 known;
	struct wall		 first;	/* the beginning */
	struct wall		 from[PAST_PERIODS];
	struct availability	 by[PAST_PERIODS];
	struct past_span	*span;	/* since .. now */
	size_t			 nspan;
};

struct past_incident {
	uint64_t	 id, peak;
	char		*rule, *severity, *state, *subject, *message, *outcome;
	char		*acked_by;	/* "": nobody */
	char		*note;
	char		*evidence;	/* JSON, as stored */
	struct wall	 since, until;	/* for this name; us 0: still */
	struct wall	 opened, closed, acked;
	bool		 flapping;
};

struct past_change {
	struct wall	 at;
	char		*what, *text;
};

struct past {
	const char		*name;		/* A-labels */
	const char		*unicode;	/* or NULL */
	struct wall		 now, since;
	size_t			 limit;
	bool			 watched;	/* there is a row of the domain: */
	char			*ns, *mx, *verdict, *outcome;
	struct wall		 state_since;
	struct past_view	 view[PAST_KINDS];
	struct past_incident	*incident;	/* newest first */
	size_t			 nincident;
	struct past_change	*change;	/* newest first */
	size_t			 nchange;
	bool			 more_incidents, more_changes;
	bool			 failed;	/* no memory */
};

/* Fill in all but name, unicode, now, since and limit, which are the caller's.
 * Returns 1, or 0 when nothing is known of the name, or -1: store_why(), or
 * failed. */
int	 past_gather(struct past *, struct store *);
void	 past_free(struct past *);

void	 past_human(struct buf *, const struct past *,
	    const struct show_style *);
/* Schema mxvigil.history/1. */
void	 past_json(struct buf *, const struct past *);

/* The parts of an availability by name, in the order of showing. */
#define PAST_STATES 5
extern const struct past_state {
	const char	*name;
	size_t		 offset;	/* of the minutes in it */
	char		 mark;		/* in the line of time */
} past_states[PAST_STATES];
double	 past_minutes(const struct availability *, size_t state);

#endif
