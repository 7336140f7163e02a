#ifndef AGENT_RULES_SUMMARY_H
#define AGENT_RULES_SUMMARY_H

#include "agent/rules/rules.h"

/* What happens to mail for the domain, and the worst that was found, in one
 * line for a person.  Everything else in the report is set.  The caller frees
 * it; NULL: no memory. */
char	*summary_line(const struct report *);

#endif
