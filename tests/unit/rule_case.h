#ifndef TESTS_UNIT_RULE_CASE_H
#define TESTS_UNIT_RULE_CASE_H

#include <stddef.h>

#include "agent/rules/rules.h"
#include "tests/unit/facts.h"

/*
 * A healthy domain (facts_healthy) in which one thing is changed, and all that
 * the rules then find, in the order of the rules:
 *
 *	"mx.host-down=warning mx2.example.org; mx.single=info mx1.example.org"
 *
 * "" is nothing.  says, when it is not NULL, is part of one of the messages.
 */
struct rule_case {
	const char	*label;
	void		(*change)(struct facts *, struct policy *);
	const char	*found;
	const char	*says;
};

/* Try them all; fails the test, with the labels of those that are wrong. */
void	 try_cases(const struct rule_case *, size_t n);

/* The same, from facts of one's own. */
void	 try_facts(const char *label, struct facts *, struct policy *,
	    const char *found, const char *says);

/* Each change of the first list followed by each of the second, whatever is
 * found then: no cause has two findings, and the findings say the same as the
 * walk of the sender. */
void	 try_pairs(const struct rule_case *first, size_t nfirst,
	    const struct rule_case *second, size_t nsecond);

#define TRY(cases) try_cases(cases, sizeof(cases) / sizeof((cases)[0]))
#define TRY_PAIRS(a, b)                                                    \
	try_pairs(a, sizeof(a) / sizeof((a)[0]), b, sizeof(b) / sizeof((b)[0]))

#endif
