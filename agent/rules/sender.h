#ifndef AGENT_RULES_SENDER_H
#define AGENT_RULES_SENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/rules/view.h"

/* What a sending MTA does with mail for the domain now (RFC 5321 5.1). */
enum outcome { OUTCOME_ACCEPTED, OUTCOME_DEFERRED, OUTCOME_BOUNCED,
	OUTCOME_REFUSED, OUTCOME_UNKNOWN };
const char	*outcome_name(enum outcome);

struct attempt {
	const struct view_mx		*mx;
	const struct view_mx_address	*address;	/* NULL: none to try */
	const char			*outcome;	/* "up", "timeout" … */
};

struct delivery {
	enum outcome		 outcome;
	const char		*why;		/* one clause, static text */
	const struct view_mx	*accepted_by;	/* or NULL */
	struct attempt		*attempt;	/* up to the accepting one */
	size_t			 nattempt;
	double			 time_s;	/* DNS and all attempts up to
						 * acceptance; < 0: none */
	/* The part of senders that reach a live address in one delivery run;
	 * below 1 where a profile limits how many addresses it tries, or takes
	 * the word of one server for all.  And the part that bounces. */
	double			 reach, bounce;
	bool			 retried;	/* deferred, but the next try
						 * gets in */
};

/*
 * Walk section 5.1 over the view as the profile of view->policy does; also
 * sets the share of each view->mx.  The caller ends with delivery_free.
 * Returns 0, or -1 without memory.
 */
int		 sender_walk(struct view *, struct delivery *out);
void		 delivery_free(struct delivery *);

/* A profile's name, its one-line description, and its help: what it does
 * otherwise than the RFC, and which of that is uncertain. */
struct sender_about {
	const char	*name, *line, *help;
};
extern const struct sender_about sender_about[SENDER_COUNT];
/* Returns 0, or -1 when there is no such profile. */
int		 sender_parse(const char *name, enum sender_profile *out);

#endif
