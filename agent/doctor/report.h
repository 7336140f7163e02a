#ifndef AGENT_DOCTOR_REPORT_H
#define AGENT_DOCTOR_REPORT_H

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/doctor/facts.h"
#include "agent/rules/policy.h"

/*
 * What the doctor says: results, each of one check, with what to do about
 * those that are troubles.
 */

enum doctor_check { DOCTOR_CONFIGURATION, DOCTOR_USER, DOCTOR_RESOLVERS,
	DOCTOR_PORT, DOCTOR_HAS_IPV4, DOCTOR_HAS_IPV6, DOCTOR_TIME,
	DOCTOR_DESCRIPTORS, DOCTOR_PLACE, DOCTOR_RUNNING, DOCTOR_SECRETS,
	DOCTOR_CHANNELS, DOCTOR_HELO_NAME, DOCTOR_CHECKS };

/* "configuration", "port-25" …: for ever. */
const char	*doctor_check_name(enum doctor_check);

struct doctor_result {
	enum doctor_check	 check;
	enum severity		 severity;
	char			*message;	/* one line, safe text */
	char			*remedy;	/* the same, or NULL */
};

struct doctor_report {
	struct doctor_result	*result;
	size_t			 n;
	bool			 failed;	/* no memory: not all is there */
};

/* Add a result; remedy may be NULL.  It then waits for its message. */
void		 doctor_add(struct doctor_report *, enum doctor_check,
		    enum severity, const char *remedy, const char *format, ...)
		    __attribute__((format(printf, 5, 6)));
/* The same with a remedy that is made up. */
void		 doctor_remedy(struct doctor_report *, const char *format, ...)
		    __attribute__((format(printf, 2, 3)));
void		 doctor_report_free(struct doctor_report *);

/* Was there a result of this check? */
bool		 doctor_has(const struct doctor_report *, enum doctor_check);

/* The worst; unknown only where nothing is worse. */
enum severity	 doctor_verdict(const struct doctor_report *);

/* What is said of the whole besides. */
struct doctor_about {
	const char	*config;	/* or NULL */
	const char	*user;
	struct wall	 at;
	double		 duration_ms;
};

void		 doctor_human(struct buf *, const struct doctor_report *,
		    const struct doctor_about *);
void		 doctor_json(struct buf *, const struct doctor_report *,
		    const struct doctor_about *);

#endif
