#ifndef TESTS_UNIT_LOOKS_H
#define TESTS_UNIT_LOOKS_H

#include "agent/rules/rules.h"
#include "tests/unit/facts.h"

/* Looks at domains in all conditions: what the renderers and the recording
 * are tried on. */
struct look {
	const char *name;
	struct facts *(*make)(void);
};
extern const struct look looks[];
extern const size_t looks_count;

/* One of them, judged at facts_now by facts_policy(). */
struct judged {
	struct facts *facts;
	struct policy policy;
	struct report *report;
};
void look_judge(const struct look *, struct judged *);
void look_free(struct judged *);

/* The look of this name. */
const struct look *look_find(const char *name);

/* "tests/golden/FORMAT-NAME.txt" into out. */
void look_golden(char out[64], const char *format, const char *name);

#endif
