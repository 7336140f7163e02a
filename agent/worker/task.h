#ifndef AGENT_WORKER_TASK_H
#define AGENT_WORKER_TASK_H

#include "agent/rules/obs.h"

/*
 * What is to be found out, and what was: the two things that core and probe
 * processes say to each other.  Vocabulary only.
 */

enum task_kind {
	TASK_LOOKUP,	/* name, types, at each of the vantages */
	TASK_ASK,	/* name, types, at the name server ip itself */
	TASK_DIALOGUE	/* the mail server at ip, meant as name */
};

#define TASK_TYPES_MAX 6

struct task {
	enum task_kind	 kind;
	const char	*name;
	uint16_t	 type[TASK_TYPES_MAX];
	size_t		 ntype;
	uint32_t	 vantages;	/* bit i: settings.vantage[i] */
	struct ip	 ip;
	const char	*rcpt;		/* domain whose postmaster is named, or
					 * NULL */
	enum depth	 depth;		/* of the dialogue */
	bool		 resume;	/* it may resume the last TLS session */
	const uint64_t	*print;		/* LOOKUP, ASK: what is known already,
					 * as fingerprints in the order of the
					 * result (0: not known); or NULL */
	uint32_t	 serial;	/* ASK: of an SOA, what the fingerprints
					 * tell it from */
};

/* lost: nothing was found out, and it is our own fault (a worker died, no
 * memory): dns and smtp are then empty.  Otherwise dns holds an observation
 * for each vantage × type (or type), in that order; smtp the dialogue.
 *
 * In place of an observation NULL says that the answer was the one whose
 * fingerprint the task named: same_ms then holds its round-trip time. */
struct task_result {
	bool		 lost;
	struct obs_dns	**dns;
	float		*same_ms;	/* as long as dns; or NULL: none is
					 * the same */
	size_t		 ndns;
	uint32_t	 serial;	/* the task's, when there is any of dns */
	struct obs_smtp	*smtp;
};

#endif
