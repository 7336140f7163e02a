#ifndef TESTS_UNIT_ANSWERS_H
#define TESTS_UNIT_ANSWERS_H

#include "agent/worker/task.h"
#include "tests/unit/facts.h"

/*
 * What a task finds in a world that facts describe.  What they do not say at
 * one vantage is what they say at another; what they say nowhere (or without
 * any facts) could not be found out.  What they say of example.org goes for all
 * names below "alike" of which they say nothing.
 */
struct task_result answers_to(const struct facts *, const struct task *,
		    unsigned nvantage);
void		 answers_free(struct task_result *);

#endif
