#ifndef AGENT_DOCTOR_JUDGE_H
#define AGENT_DOCTOR_JUDGE_H

#include "agent/doctor/report.h"

/*
 * From facts to results.  Pure.  A healthy host has no trouble, and one cause
 * is one trouble: what could not be tried because of another trouble is
 * unknown, and says why.
 */

/* Judge everything, in the order of the checks. */
void	doctor_judge(const struct doctor_facts *, struct doctor_report *);

/* Each of them, for doctor_judge() and for tests. */
typedef void doctor_judge_fn(const struct doctor_facts *,
	    struct doctor_report *);
doctor_judge_fn	doctor_judge_agent, doctor_judge_channels, doctor_judge_clock,
	doctor_judge_config, doctor_judge_files, doctor_judge_helo,
	doctor_judge_port, doctor_judge_resolvers, doctor_judge_secrets,
	doctor_judge_store, doctor_judge_user, doctor_judge_ways;

/* What one check must know of another. */

/* Did this resolver do its job? */
bool		doctor_resolves(const struct doctor_resolver *);
/* Was it of no use to ask it, from here? */
bool		doctor_out_of_reach(const struct doctor_facts *,
		    const struct doctor_resolver *);
/* Does any vantage, any resolver of the system (where these were asked) do
 * its job? */
bool		doctor_has_vantage(const struct doctor_facts *);
bool		doctor_has_resolver(const struct doctor_facts *);
/* Is there a way out over this family? */
bool		doctor_has_way(const struct doctor_facts *, enum doctor_family);
/* Does the name have an address? */
enum tri	doctor_found(const struct doctor_name *);
/* How wrong is this clock: OK, INFO where nobody can tell, or worse. */
enum severity	doctor_clock_severity(const struct doctor_facts *);

#endif
