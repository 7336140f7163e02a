#ifndef AGENT_RULES_RULES_H
#define AGENT_RULES_RULES_H

#include <stddef.h>

#include "agent/rules/finding.h"
#include "agent/rules/sender.h"
#include "agent/rules/view.h"

struct rule {
	const char	*id;
	enum severity	 severity;	/* the usual one */
	bool		 quorum;	/* believed only by a quorum */
	const char	*line;		/* what it finds, in one line */
	const char	*explanation;	/* what it means, why mail suffers */
	const char	*remedy;	/* how to mend it */
	const char	*rfc;		/* "RFC 5321 section 5.1", or "" */
	/* Look for it; NULL: only the daemon can tell. */
	void		(*look)(const struct rule *, const struct view *,
			    const struct delivery *, struct findings *);
};

/* All rules, in the order in which they are shown. */
extern const struct rule *const rules_all[];
extern const size_t rules_count;

/* The rule of this id, or NULL. */
const struct rule	*rule_find(const char *id);

/* Does the pattern (id or glob) match any rule? */
bool			 rule_pattern_known(const char *pattern);

/* A domain judged: what the renderers show. */
struct report {
	const struct facts	*facts;	/* not owned */
	const struct policy	*policy;	/* not owned */
	struct view		*view;
	struct delivery		 delivery;
	struct findings		 findings;	/* worst first, then by rule,
						 * subject; overrides applied,
						 * "off" removed */
	enum severity		 verdict;	/* OK, WARNING, CRITICAL or
						 * UNKNOWN */
	char			*summary;	/* one line */
};

/* Judge the facts at this time.  NULL: no memory. */
struct report	*judge(const struct facts *, const struct policy *,
		    struct wall now);
/* Findings were added or taken away: apply the overrides, sort, and say anew
 * what comes of it.  Returns 0, or -1 without memory: then there is no
 * summary. */
int		 judge_again(struct report *);
void		 report_free(struct report *);

#endif
